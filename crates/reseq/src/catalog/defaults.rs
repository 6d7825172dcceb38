//! Columns whose default draws.

use super::Via;
use super::found::{ColumnAt, Found};
use super::query::each_row;
use super::sequences::Sequences;
use crate::Result;
use crate::model::Oid;
use crate::session::Session;

/// Finds the columns whose default calls nextval().
pub(super) fn find(session: &mut Session, sequences: &Sequences, found: &mut Found) -> Result<()> {
    each_row(session, "read the defaults", include_str!("sql/defaults.sql"), &[], |row| {
        let column = ColumnAt { table: Oid(row.get(0)?), attnum: row.get(1)? };
        let expression: &str = row.get(2)?;
        if let Some(sequence) = plain(expression).and_then(|name| sequences.by_quoted_name(name)) {
            found.link(column, sequence, via(sequences, sequence, column));
        }
        Ok(())
    })
}

/// The sequence's name, quoted, where the expression is what `serial` makes: `nextval('name'::regclass)`.
fn plain(expression: &str) -> Option<&str> {
    let name = expression.strip_prefix("nextval('")?.strip_suffix("'::regclass)")?;
    (!name.contains(['\'', '\\'])).then_some(name)
}

/// A default that draws from the column's own sequence is a serial's.
fn via(sequences: &Sequences, sequence: usize, column: ColumnAt) -> Via {
    match &sequences.list[sequence].owner {
        Some(owner) if (owner.table_oid, owner.attnum) == (column.table, column.attnum) => Via::Serial,
        _ => Via::Default,
    }
}
