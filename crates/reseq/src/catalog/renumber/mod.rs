//! What renumbering a table's rows is about: the tables whose columns follow, and all that has to be put away and put
//! back meanwhile.

mod also;
mod disk;
mod model;
mod parts;
mod references;

use super::domains::Domains;
use super::trees::Inheritance;
use super::{Link, query};
use crate::array::array;
use crate::model::{Oid, QuotedName};
use crate::session::Session;
use crate::{Error, Result};

pub use also::Also;
pub use model::{
    Column, Follower, ForeignKey, Index, IndexConstraint, Obstacle, Renumbering, RewrittenTable, Switch,
    SwitchKind,
};
pub(crate) use parts::SHAPE;

/// Reads what renumbering the column of `link` means: its table, everything that refers to it by foreign keys, at
/// first hand or further, and what `also` names.
///
/// # Errors
/// [`Error::Usage`] where `also` names what is not there; [`Error::Refused`] where two columns exclude each other.
pub fn read_renumbering(session: &mut Session, link: &Link, also: &[Also]) -> Result<Renumbering> {
    let mut domains = Domains::default();
    query::run(session, [domains.query()])?;
    let mut found = references::Found::default();
    for table in own_tables(session, link)? {
        found.add(session, table, &link.column)?;
    }
    let own = found.tables.len();
    references::follow(session, &mut found)?;
    for also in also {
        let (table, column) = also::look_up(session, also)?;
        found.add_also(session, table, &column, also)?;
    }
    let mut renumbering =
        Renumbering { tables: parts::tables(session, &found, &domains)?, own, ..Renumbering::default() };
    refuse_nested(&renumbering)?;
    let everything = renumbering.oids();
    let all = array(&everything);
    renumbering.foreign_keys = parts::foreign_keys(session, &all, &found)?;
    parts::indexes(session, &mut renumbering.tables)?;
    renumbering.switches = parts::switches(session, &all)?;
    renumbering.obstacles = parts::obstacles(session, &found)?;
    renumbering.shape = parts::shape(session, &all)?;
    renumbering.free_bytes = disk::free_bytes(session, &renumbering)?;
    Ok(renumbering)
}

/// The tables that hold the rows of the link: the one table, partitioned or not, or it and all that inherit from it.
fn own_tables(session: &mut Session, link: &Link) -> Result<Vec<Oid>> {
    let mut own = vec![link.table_oid];
    if !link.leaves.is_empty() {
        let mut inheritance = Inheritance::default();
        query::run(session, [inheritance.query()])?;
        let below = inheritance.descendants(link.table_oid);
        own.extend(parts::inherited(session, link.table_oid, below)?);
    }
    Ok(own)
}

/// A partition cannot be rewritten beside the table that it is part of.
fn refuse_nested(renumbering: &Renumbering) -> Result<()> {
    for table in &renumbering.tables {
        let outer = renumbering
            .tables
            .iter()
            .find(|other| other.oid != table.oid && other.members.contains(&table.oid));
        if let Some(outer) = outer {
            return Err(Error::Refused {
                message: format!(
                    "{} is a partition of {}, and both have columns that follow",
                    table.name, outer.name
                ),
                hint: Some("declare the foreign key on the partitioned table".to_owned()),
            });
        }
    }
    Ok(())
}
