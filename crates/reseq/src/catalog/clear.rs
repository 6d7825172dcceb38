//! What clearing tables is about: the tables, what is below them, and what refers to them.

use std::collections::HashSet;

use super::query::each_row;
use crate::array::array;
use crate::model::{Oid, QuotedName};
use crate::session::Session;
use crate::{Error, Result};

/// A table that is cleared, or would have to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared {
    /// Its OID.
    pub oid: Oid,
    /// `schema.table`, quoted.
    pub name: QuotedName,
    /// Whether it holds rows itself: a partitioned table does not.
    pub plain: bool,
    /// Its rows are elsewhere (a foreign table), or it is something else than a table.
    pub foreign: bool,
    /// It was named, or is below a named one. Else it refers to one.
    pub named: bool,
    /// The tables that it refers to by foreign keys, but for itself.
    pub refers_to: Vec<Oid>,
    /// Its columns but for those that the server computes, quoted, in order.
    pub columns: String,
    /// What it takes on the disk.
    pub bytes: u64,
    /// The role may truncate it.
    pub may_truncate: bool,
    /// The role may read it.
    pub may_read: bool,
}

/// Reads what is to be cleared with the tables `named`: those that are referred to before those that refer to them.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn cleared(session: &mut Session, named: &[Oid]) -> Result<Vec<Cleared>> {
    let mut tables = Vec::new();
    let oids = array(named);
    let tried = "read which tables refer to them";
    each_row(session, tried, include_str!("sql/clear_tables.sql"), &[Some(&oids)], |row| {
        let kind: &str = row.get(2)?;
        tables.push(Cleared {
            oid: Oid(row.get(0)?),
            name: QuotedName::from_server(row.get::<&str>(1)?),
            plain: kind == "r",
            foreign: !matches!(kind, "r" | "p"),
            named: row.get(3)?,
            refers_to: row.get::<Vec<u32>>(4)?.into_iter().map(Oid).collect(),
            columns: row.get(5)?,
            bytes: u64::try_from(row.get::<i64>(6)?).unwrap_or(0),
            may_truncate: row.get(7)?,
            may_read: row.get(8)?,
        });
        Ok(())
    })?;
    Ok(in_order(tables))
}

/// What is referred to first; where tables refer to each other, by name.
fn in_order(mut open: Vec<Cleared>) -> Vec<Cleared> {
    let mut ordered: Vec<Cleared> = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let waiting: HashSet<Oid> = open.iter().map(|table| table.oid).collect();
        let free = |table: &Cleared| !table.refers_to.iter().any(|oid| waiting.contains(oid));
        let place = open.iter().position(free).unwrap_or(0);
        ordered.push(open.remove(place));
    }
    ordered
}

/// A trigger that is enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnabledTrigger {
    /// `schema.table`, quoted.
    pub table: QuotedName,
    /// Its name, quoted.
    pub name: QuotedName,
    /// How ALTER TABLE enables it again.
    pub enable: &'static str,
}

/// The users' triggers of tables.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn enabled_triggers(session: &mut Session, tables: &[Oid]) -> Result<Vec<EnabledTrigger>> {
    let mut triggers = Vec::new();
    let oids = array(tables);
    each_row(session, "read the triggers", include_str!("sql/triggers_of.sql"), &[Some(&oids)], |row| {
        triggers.push(EnabledTrigger {
            table: QuotedName::from_server(row.get::<&str>(0)?),
            name: QuotedName::from_server(row.get::<&str>(1)?),
            enable: match row.get(2)? {
                "A" => "ENABLE ALWAYS",
                "R" => "ENABLE REPLICA",
                _ => "ENABLE",
            },
        });
        Ok(())
    })?;
    Ok(triggers)
}

/// A foreign key that is looked at with every statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImmediateReference {
    /// The table that it belongs to.
    pub table: Oid,
    /// `schema.table`, quoted.
    pub table_name: QuotedName,
    /// Its name, quoted.
    pub name: QuotedName,
    /// The table that it refers to.
    pub refers_to: Oid,
}

/// The foreign keys between tables that cannot wait for the end of a transaction.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn immediate_references(session: &mut Session, tables: &[Oid]) -> Result<Vec<ImmediateReference>> {
    let mut references = Vec::new();
    let (tried, oids) = ("read the foreign keys between the tables", array(tables));
    each_row(session, tried, include_str!("sql/immediate_references.sql"), &[Some(&oids)], |row| {
        references.push(ImmediateReference {
            table: Oid(row.get(0)?),
            table_name: QuotedName::from_server(row.get::<&str>(1)?),
            name: QuotedName::from_server(row.get::<&str>(2)?),
            refers_to: Oid(row.get(3)?),
        });
        Ok(())
    })?;
    Ok(references)
}

/// A table whose rows were kept, as it is today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refilled {
    pub(crate) oid: Oid,
    /// `schema.table`, quoted.
    pub(crate) name: QuotedName,
    /// Its columns, quoted.
    pub(crate) columns: Vec<String>,
}

/// Those of the tables that are still there.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn refilled(session: &mut Session, tables: &[Oid]) -> Result<Vec<Refilled>> {
    let mut there = Vec::new();
    let (tried, oids) = ("look whether the tables are still there", array(tables));
    each_row(session, tried, include_str!("sql/refilled.sql"), &[Some(&oids)], |row| {
        there.push(Refilled {
            oid: Oid(row.get(0)?),
            name: QuotedName::from_server(row.get::<&str>(1)?),
            columns: row.get(2)?,
        });
        Ok(())
    })?;
    Ok(there)
}

/// Whether a table has a row of its own.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn has_rows(session: &mut Session, table: &QuotedName) -> Result<bool> {
    let tried = format!("look whether {table} has rows");
    let sql = format!("SELECT EXISTS (SELECT FROM ONLY {table})");
    let rows = session.read(&tried, &sql, &[])?;
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(tried))
}
