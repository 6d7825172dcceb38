//! The databases of a server.

use super::select::malformed;
use crate::array::text_array;
use crate::model::database_pattern;
use crate::session::Session;
use crate::{Error, Result};

/// The names of the databases that allow connections, as they are (not quoted), in order; without those that match one
/// of these patterns.
///
/// # Errors
/// [`Error::Usage`] for a pattern that cannot be read, [`Error::Database`], [`Error::Interrupted`].
pub fn databases(session: &mut Session, exclude: &[String]) -> Result<Vec<String>> {
    let tried = "list the databases";
    let exclude: Vec<String> =
        exclude.iter().map(|pattern| database_pattern(pattern).map_err(malformed)).collect::<Result<_>>()?;
    let rows = session.read(tried, include_str!("sql/databases.sql"), &[Some(&text_array(&exclude))])?;
    rows.iter().map(|row| row.get(0).map_err(Error::while_trying(tried))).collect()
}
