//! The databases of a server.

use crate::session::Session;
use crate::{Error, Result};

/// The names of the databases that allow connections, as they are (not quoted), in order.
///
/// # Errors
/// [`Error::Database`], [`Error::Interrupted`].
pub fn databases(session: &mut Session) -> Result<Vec<String>> {
    let tried = "list the databases";
    let rows = session.read(tried, include_str!("sql/databases.sql"), &[])?;
    rows.iter().map(|row| row.get(0).map_err(Error::while_trying(tried))).collect()
}
