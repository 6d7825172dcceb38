//! Which transactions have ended.

use crate::session::Session;
use crate::{Error, Result};

/// Which transactions have ended at this moment, as the server writes it: as long as it stays the same, none that has
/// written has ended, and what was seen is still all that there is to be seen.
///
/// # Errors
/// A lost connection, an interrupt.
pub(crate) fn snapshot(session: &mut Session) -> Result<Box<str>> {
    let tried = "ask which transactions have ended";
    let rows = session.read(tried, include_str!("sql/snapshot.sql"), &[])?;
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(tried))
}
