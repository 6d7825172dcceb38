//! Reads which sequences there are, how they are defined, and which columns take their values from them.
//!
//! Only the system catalogues are read: any role may, and no relation is locked.

mod model;

pub use model::{
    Catalog, ColumnType, ForeignKeyColumn, Leaf, Link, LinkId, Missing, Owner, Privileges, Sequence,
    SequenceId, Storage, Uniqueness, Unreadable, Unresolved, Via,
};
