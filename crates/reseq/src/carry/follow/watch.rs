//! What one cheap statement tells of all sequences of a database.

use std::collections::HashSet;

use reseq_pq as pq;

use crate::model::Oid;
use crate::session::Session;
use crate::{Error, Result};

const TRIED: &str = "watch the sequences";

/// The first server where counts may be asked for without keeping them.
const UNKEPT_COUNTS: u32 = 15;

/// A sequence at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glance {
    pub(super) oid: Oid,
    /// Its file, another one when it was altered or restarted.
    pub(super) file: u32,
    /// How often its block was accessed, as far as the statistics know by now.
    pub(super) blocks: i64,
    /// A transaction that is going on has called nextval().
    pub(super) held: bool,
    /// Another session keeps from calling it, or waits to: who reads it would wait too.
    pub(super) locked: bool,
}

/// All sequences of a database at a glance.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    /// In the order of their OIDs.
    pub(super) glances: Vec<Glance>,
    /// The glances say nothing of who draws: a standby, or a server that does not count (`track_counts`).
    pub(super) blind: bool,
}

impl Watched {
    /// Whether there are the same sequences in the same files as in another one.
    pub(super) fn same_files(&self, other: &Self) -> bool {
        let files = |watched: &Self| -> Vec<(Oid, u32)> {
            watched.glances.iter().map(|glance| (glance.oid, glance.file)).collect()
        };
        files(self) == files(other)
    }
}

/// Looks at the statistics.
pub(super) fn watch(session: &mut Session) -> Result<Watched> {
    let sql = if session.server().major() >= UNKEPT_COUNTS {
        include_str!("../sql/watch_15.sql")
    } else {
        include_str!("../sql/watch.sql")
    };
    let in_recovery = session.server().in_recovery;
    let rows = session.read(TRIED, sql, &[])?;
    let watched = rows.row(0).and_then(|row| read(&row)).map_err(Error::while_trying(TRIED))?;
    Ok(Watched { blind: watched.blind || in_recovery, ..watched })
}

fn read(row: &pq::Row<'_>) -> Result<Watched, pq::Error> {
    let oids: Option<Vec<u32>> = row.get(0)?;
    let files: Option<Vec<u32>> = row.get(1)?;
    let blocks: Option<Vec<i64>> = row.get(2)?;
    let set = |oids: Option<Vec<u32>>| -> HashSet<u32> { oids.unwrap_or_default().into_iter().collect() };
    let (held, locked) = (set(row.get(3)?), set(row.get(4)?));
    let files = files.unwrap_or_default().into_iter().zip(blocks.unwrap_or_default());
    let glances = oids.unwrap_or_default().into_iter().zip(files).map(|(oid, (file, blocks))| Glance {
        oid: Oid(oid),
        file,
        blocks,
        held: held.contains(&oid),
        locked: locked.contains(&oid),
    });
    let mut glances: Vec<_> = glances.collect();
    glances.sort_unstable_by_key(|glance| glance.oid);
    Ok(Watched { glances, blind: !row.get::<bool>(5)? })
}

/// What changes as soon as any sequence is created, altered, renamed or dropped.
pub(super) fn fingerprint(session: &mut Session) -> Result<String> {
    let rows = session.read(TRIED, include_str!("../sql/definitions.sql"), &[])?;
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(TRIED))
}
