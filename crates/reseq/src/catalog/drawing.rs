//! The sequences alone, and what the catalogue says outright of the columns that draw from them.

use super::Catalog;
use super::query::{self, Query};
use super::read::while_things_vanish;
use super::sequences::{self, Sequences};
use crate::Result;
use crate::model::{Oid, QuotedName};
use crate::session::Session;

/// A column that draws from a sequence, as far as OIDs say it.
#[derive(Debug)]
pub(crate) struct DrawingColumn {
    /// The sequence; `None` where the default does not name it by OID.
    pub(crate) sequence: Option<Oid>,
    /// `schema.table`, quoted.
    pub(crate) table: QuotedName,
    /// Quoted.
    pub(crate) column: QuotedName,
}

/// Reads the sequences without their links, and every column that may draw from one by its default or its identity: what
/// [`super::read`] finds of those is among them, and less of it is certain. Takes two statements in one round trip.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn read_sequences(session: &mut Session) -> Result<(Catalog, Vec<DrawingColumn>)> {
    let read_once = |session: &mut Session| {
        let (mut list, mut columns) = (Vec::new(), Vec::new());
        query::run(session, [sequences::query(&mut list), drawing(&mut columns)])?;
        let catalog =
            Catalog { sequences: Sequences::new(list).list, links: Vec::new(), unresolved: Vec::new() };
        Ok((catalog, columns))
    };
    while_things_vanish(|| session.again_when_lost(read_once))
}

fn drawing(columns: &mut Vec<DrawingColumn>) -> Query<'_> {
    Query::new("read which columns draw from sequences", include_str!("sql/drawing.sql"), |row| {
        columns.push(DrawingColumn {
            sequence: row.get::<Option<u32>>(0)?.map(Oid),
            table: QuotedName::from_server(row.get::<&str>(1)?),
            column: QuotedName::from_server(row.get::<Option<&str>>(2)?.unwrap_or_default()),
        });
        Ok(())
    })
}
