//! Reads which sequences there are, how they are defined, and which columns take their values from them.
//!
//! Only the system catalogues are read: any role may, and no relation is locked.

mod assemble;
mod columns;
mod databases;
mod declared;
mod defaults;
mod domains;
mod foreign_keys;
mod found;
mod grants;
mod indexes;
mod model;
mod query;
mod read;
mod sequences;
mod trees;

pub use databases::databases;
pub use declared::DeclaredLink;
pub use model::{
    Catalog, ColumnType, ForeignKeyColumn, Leaf, Link, LinkId, Missing, Owner, Privileges, Sequence,
    SequenceId, Storage, Uniqueness, Unreadable, Unresolved, Via,
};
pub use read::read;
