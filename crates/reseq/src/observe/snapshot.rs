//! Which transactions have ended.

use reseq_pq as pq;

use crate::session::{Query, Session};
use crate::{Error, Result};

/// Which transactions have ended at this moment, as the server writes it: as long as it stays the same, none that has
/// written has ended, and what was seen is still all that there is to be seen.
///
/// # Errors
/// A lost connection, an interrupt.
pub(super) fn snapshot(session: &mut Session) -> Result<Box<str>> {
    let Query { tried, sql, params } = SNAPSHOT;
    snapshot_in(&session.read(tried, sql, params)?)
}

/// The statement that asks for it.
pub(crate) const SNAPSHOT: Query<'static> =
    Query { tried: "ask which transactions have ended", sql: include_str!("sql/snapshot.sql"), params: &[] };

/// Reads what it returned.
///
/// # Errors
/// What the server returned is not that.
pub(crate) fn snapshot_in(rows: &pq::Rows) -> Result<Box<str>> {
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(SNAPSHOT.tried))
}
