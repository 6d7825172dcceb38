//! How much room the server's disk has, where that can be seen: SQL does not tell.

use std::os::unix::fs::MetadataExt as _;

use super::{Renumbering, Result, Session};
use crate::Error;

/// The bytes that are free where the tables lie. Known where the server runs on this very machine and shows superusers
/// where it keeps its data, and all tables lie there.
pub(super) fn free_bytes(session: &mut Session, renumbering: &Renumbering) -> Result<Option<u64>> {
    if !session.server().is_superuser || renumbering.tables.iter().any(|table| table.elsewhere) {
        return Ok(None);
    }
    let tried = "look where the server keeps its data";
    let rows = session.read(tried, include_str!("../sql/renumber_disk.sql"), &[])?;
    let row = rows.row(0).map_err(Error::while_trying(tried))?;
    let read = || Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<bool>(2)?));
    let (folder, changed, in_place) = read().map_err(Error::while_trying(tried))?;
    // A folder of the same name may be another one.
    let is_same = std::fs::metadata(&folder).is_ok_and(|here| here.ctime() == changed);
    if !in_place || !is_same {
        return Ok(None);
    }
    Ok(rustix::fs::statvfs(&*folder).ok().map(|disk| disk.f_bavail * disk.f_frsize))
}
