//! Whether two connections lead to the same database.

use super::Session;
use crate::{Error, Result};

/// Whether both are the same database of the same server, under whatever names it is reached. A copy of its files, or a
/// standby, is another.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn is_same(one: &mut Session, other: &mut Session) -> Result<bool> {
    Ok(one.server().is_same_database(other.server()) && started(one)? == started(other)?)
}

fn started(session: &mut Session) -> Result<String> {
    let tried = "ask when the server was started";
    let rows = session.read(tried, include_str!("sql/started.sql"), &[])?;
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(tried))
}
