//! Reads which sequences there are, how they are defined, and which columns take their values from them.
//!
//! Only the system catalogues are read: any role may, and no relation is locked.

mod absent;
mod assemble;
mod ceiling;
mod clear;
mod columns;
mod databases;
mod declared;
mod defaults;
mod domains;
mod drawing;
mod foreign_keys;
mod found;
mod functions;
mod grants;
mod indexes;
mod model;
mod query;
mod read;
pub mod renumber;
mod replicated;
mod resolve;
mod rules;
mod select;
mod sequences;
mod shared;
mod table;
mod target;
mod trees;
mod triggers;
mod views;

pub use absent::{Absent, Grant, KnownRole, Place, PlaceColumn, Wanted};
pub(crate) use absent::{absent, known_roles, places};
pub use ceiling::{Bound, Ceiling, Usage};
pub use clear::{Cleared, EnabledTrigger, ImmediateReference};
pub(crate) use clear::{Refilled, cleared, enabled_triggers, has_rows, immediate_references, refilled};
pub use databases::databases;
pub(crate) use drawing::{DrawingColumn, read_sequences};
pub use model::{
    Catalog, ColumnType, ForeignKeyColumn, Leaf, Link, LinkId, Missing, Owner, Privileges, Sequence,
    SequenceId, Storage, Uniqueness, Unreadable, Unresolved, Via,
};
pub use read::read;
pub use replicated::Replication;
pub(crate) use replicated::replicated;
pub use select::Selection;
pub use table::{Column, Table};
pub use target::Target;
