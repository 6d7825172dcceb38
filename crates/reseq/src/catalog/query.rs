//! Running one of the .sql files.

use reseq_pq as pq;

use crate::session::Session;
use crate::{Error, Result};

/// Runs `sql` and hands each row to `each`, as it comes. `tried` follows "could not".
pub(super) fn each_row(
    session: &mut Session,
    tried: &'static str,
    sql: &str,
    params: &[Option<&str>],
    mut each: impl FnMut(pq::Row<'_>) -> Result<(), pq::Error>,
) -> Result<()> {
    session.read_each(tried, sql, params, |row| each(row).map_err(Error::while_trying(tried)))
}
