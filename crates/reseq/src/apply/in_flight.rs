//! Waits for the rows that no look can see yet: those of transactions that wrote to a linked table before its
//! sequence was moved, or seen to be right, and that have not ended. Nobody is blocked meanwhile.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, SequenceId};
use crate::model::Oid;
use crate::observe::{SNAPSHOT, snapshot_in};
use crate::session::{Query, Session};
use crate::{Error, Result};

/// A transaction that was not waited for to its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    /// Of the session with this process ID.
    Pid(i32),
    /// A prepared one, with its global transaction identifier.
    Prepared(String),
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pid(pid) => write!(f, "the transaction of process {pid}"),
            Self::Prepared(gid) => write!(f, "the prepared transaction {}", crate::model::quote_literal(gid)),
        }
    }
}

/// What helps where transactions were not waited for to their end.
pub(crate) const HINT: &str = "run it again when they have ended, or with a longer --wait";

/// What such transactions mean for a sequence.
pub(crate) fn words(open: &BTreeSet<Holder>) -> String {
    let open: Vec<_> = open.iter().map(ToString::to_string).collect();
    format!(
        "rows may still come in ahead of it, from what has written to its tables and is still open: {}",
        open.join(", ")
    )
}

/// The write locks of all transactions.
const WRITERS: Query<'static> =
    Query { tried: "read which transactions are writing", sql: include_str!("sql/writers.sql"), params: &[] };

/// One write lock.
struct Writer {
    table: Oid,
    transaction: String,
    holder: Holder,
}

/// What came of waiting.
#[derive(Debug, Default)]
pub(super) struct Waited {
    /// The sequences whose tables had a writer: rows may have come in ahead of them.
    pub(super) written: BTreeSet<SequenceId>,
    /// Transactions may have ended since then, whose rows nobody has seen: they may have come in ahead of any sequence.
    pub(super) any_ended: bool,
    /// The transactions that have not ended, by sequence.
    pub(super) open: HashMap<SequenceId, BTreeSet<Holder>>,
}

/// Waits until every transaction that has now written to a table of these sequences has ended, at most `limit`; says
/// whether any has ended between `since` and now.
pub(super) fn wait(
    session: &mut Session,
    catalog: &Catalog,
    sequences: impl Iterator<Item = SequenceId>,
    limit: Duration,
    since: Option<&str>,
) -> Result<Waited> {
    let end = Instant::now() + limit;
    // In this order: whoever ends in between was open a moment ago.
    let read = session.read_together(&[WRITERS, SNAPSHOT])?;
    let mut open = writers_in(&read[0])?;
    let any_ended = since != Some(&snapshot_in(&read[1])?);
    if open.is_empty() {
        return Ok(Waited { any_ended, ..Waited::default() });
    }
    let written: HashSet<Oid> = open.iter().map(|writer| writer.table).collect();
    let tables = fed_tables(catalog, sequences, &written);
    open.retain(|writer| tables.contains_key(&writer.table));
    let awaited: BTreeSet<String> = open.iter().map(|writer| writer.transaction.clone()).collect();
    let mut pause = Duration::from_millis(5);
    while !open.is_empty() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        session.interrupt().pause(pause.min(left))?;
        pause = (pause * 2).min(Duration::from_millis(250));
        open = writers_in(&session.read(WRITERS.tried, WRITERS.sql, WRITERS.params)?)?;
        open.retain(|writer| tables.contains_key(&writer.table) && awaited.contains(&writer.transaction));
    }
    let written = tables.values().flatten().copied().collect();
    let mut waited = Waited { written, any_ended, ..Waited::default() };
    for writer in open {
        for sequence in tables.get(&writer.table).into_iter().flatten() {
            waited.open.entry(*sequence).or_default().insert(writer.holder.clone());
        }
    }
    Ok(waited)
}

/// Those of the `written` tables whose rows take their values from these sequences, leaves too.
fn fed_tables(
    catalog: &Catalog,
    sequences: impl Iterator<Item = SequenceId>,
    written: &HashSet<Oid>,
) -> HashMap<Oid, Vec<SequenceId>> {
    let mut tables: HashMap<Oid, Vec<SequenceId>> = HashMap::new();
    for sequence in sequences {
        for link in catalog.links_of(sequence) {
            let leaves = link.leaves.iter().map(|leaf| leaf.oid);
            for table in leaves.chain([link.table_oid]).filter(|table| written.contains(table)) {
                tables.entry(table).or_default().push(sequence);
            }
        }
    }
    tables
}

fn writers_in(rows: &reseq_pq::Rows) -> Result<Vec<Writer>> {
    rows.iter()
        .map(|row| {
            let pid: Option<i32> = row.get(2)?;
            let gid: Option<String> = row.get(3)?;
            let holder = pid.map_or_else(|| Holder::Prepared(gid.unwrap_or_default()), Holder::Pid);
            Ok(Writer { table: Oid(row.get(0)?), transaction: row.get(1)?, holder })
        })
        .collect::<Result<_, reseq_pq::Error>>()
        .map_err(Error::while_trying(WRITERS.tried))
}
