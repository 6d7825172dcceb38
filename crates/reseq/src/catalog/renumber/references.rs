//! Which columns of which tables copy the numbered one, from table to table.

use std::collections::HashSet;

use super::{Also, array};
use crate::catalog::query::each_row;
use crate::model::{Oid, QuotedName};
use crate::session::Session;
use crate::{Error, Result};

/// The columns that follow, as they are found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The tables, in the order in which they are found.
    pub(super) tables: Vec<Oid>,
    /// The columns.
    pub(super) columns: Vec<FoundColumn>,
    /// The foreign keys over them.
    pub(super) foreign_keys: HashSet<u32>,
}

/// A column that follows.
#[derive(Debug)]
pub(super) struct FoundColumn {
    pub(super) table: Oid,
    pub(super) attnum: i16,
    /// It follows in the rows of this condition, as the user says; `None` for all rows.
    pub(super) condition: Option<String>,
    /// Every value is the id of a row: it is the numbered column itself, or a valid foreign key says so.
    pub(super) sure: bool,
}

impl Found {
    /// Adds the numbered column of a table.
    pub(super) fn add(&mut self, session: &mut Session, table: Oid, column: &QuotedName) -> Result<()> {
        let attnum = attnum(session, table, column)?;
        self.push(table, attnum).sure = true;
        Ok(())
    }

    /// Adds a column that the user names. A foreign key says more: that it follows in all rows.
    pub(super) fn add_also(
        &mut self,
        session: &mut Session,
        table: Oid,
        column: &QuotedName,
        also: &Also,
    ) -> Result<()> {
        let attnum = attnum(session, table, column)?;
        if !self.columns.iter().any(|known| (known.table, known.attnum) == (table, attnum)) {
            self.push(table, attnum).condition.clone_from(&also.condition);
        }
        Ok(())
    }

    fn push(&mut self, table: Oid, attnum: i16) -> &mut FoundColumn {
        if !self.tables.contains(&table) {
            self.tables.push(table);
        }
        let known = self.columns.iter().position(|known| (known.table, known.attnum) == (table, attnum));
        let place = known.unwrap_or(self.columns.len());
        if known.is_none() {
            self.columns.push(FoundColumn { table, attnum, condition: None, sure: false });
        }
        &mut self.columns[place]
    }
}

/// Adds the columns that refer to those found so far, those that refer to them, and so on.
pub(super) fn follow(session: &mut Session, found: &mut Found) -> Result<()> {
    let mut from = 0;
    while from < found.columns.len() {
        let keys: Vec<(Oid, i16)> = found.columns[from..].iter().map(|key| (key.table, key.attnum)).collect();
        from = found.columns.len();
        let tables = array(keys.iter().map(|(table, _)| table));
        let attnums = array(keys.iter().map(|(_, attnum)| attnum));
        let params = [Some(tables.as_str()), Some(attnums.as_str())];
        let sql = include_str!("../sql/renumber_references.sql");
        each_row(session, "read the foreign keys", sql, &params, |row| {
            found.foreign_keys.insert(row.get(1)?);
            found.push(Oid(row.get(2)?), row.get(3)?).sure |= row.get::<bool>(4)?;
            Ok(())
        })?;
    }
    Ok(())
}

fn attnum(session: &mut Session, table: Oid, column: &QuotedName) -> Result<i16> {
    let tried = "look up a column";
    let params = [Some(table.to_string()), Some(column.to_string())];
    let params = params.each_ref().map(|param| param.as_deref());
    let rows = session.read(tried, include_str!("../sql/renumber_column.sql"), &params)?;
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(tried))
}
