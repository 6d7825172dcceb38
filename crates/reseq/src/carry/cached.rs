//! Whether sessions of the source write rows with values that they hold in advance (CACHE): their sequence does not move, and
//! a short transaction holds no lock when it is looked for.
//!
//! Who writes uses up a transaction id: while the next one stays, nobody has written. Where it moves, somebody writes
//! somewhere on the server; what the tables got the statistics tell, which come late.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::quiet::tables;
use crate::array::array;
use crate::catalog::{Catalog, SequenceId};
use crate::model::{Oid, QuotedName};
use crate::observe::StateReading;
use crate::session::Session;
use crate::{Error, Result};

/// After so long the statistics know what sessions have written that write at least once a second.
pub(super) const KNOWN_AFTER: Duration = Duration::from_millis(2500);

/// The sequences of which sessions may hold values, and what they feed.
#[derive(Debug)]
pub(super) struct Cached<'a> {
    sequences: Vec<SequenceId>,
    tables: BTreeMap<Oid, &'a QuotedName>,
}

/// What was counted.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) at: Instant,
    next_id: i64,
    /// In the order of the tables.
    rows: Vec<i64>,
}

impl<'a> Cached<'a> {
    pub(super) fn of(catalog: &'a Catalog, selected: &[bool]) -> Self {
        let cached = catalog.iter().filter(|(id, one)| selected[id.0] && one.definition.cache > 1);
        let sequences: Vec<SequenceId> = cached.map(|(id, _)| id).collect();
        let tables = sequences.iter().flat_map(|id| tables(catalog, *id)).collect();
        Self { sequences, tables }
    }

    /// Those of which sessions may hold values, where they stand so.
    pub(super) fn may_be_held(&self, states: &[StateReading]) -> Vec<SequenceId> {
        let is_called = |id: &&SequenceId| match states[id.0] {
            StateReading::Known(state) => state.is_called,
            _ => true,
        };
        self.sequences.iter().filter(is_called).copied().collect()
    }

    /// `None` where there is nothing to count.
    pub(super) fn count(&self, session: &mut Session) -> Result<Option<Counted>> {
        const TRIED: &str = "read how many rows were written";
        if self.tables.is_empty() {
            return Ok(None);
        }
        let at = Instant::now();
        let oids = array(self.tables.keys().map(|oid| oid.0));
        let counted = session.read(TRIED, include_str!("sql/written.sql"), &[Some(&oids)])?;
        let row = counted.row(0).map_err(Error::while_trying(TRIED))?;
        let read = || Ok(Counted { at, next_id: row.get(0)?, rows: row.get(1)? });
        read().map(Some).map_err(Error::while_trying(TRIED))
    }

    /// The tables that have got rows.
    pub(super) fn written(&self, before: &Counted, now: &Counted) -> Vec<QuotedName> {
        let counts = before.rows.iter().zip(&now.rows);
        let grown = self.tables.values().zip(counts).filter(|(_, (before, now))| before != now);
        grown.map(|(table, _)| (*table).clone()).collect()
    }
}

impl Counted {
    /// Whether anybody on the server may have written since.
    pub(super) fn anybody_wrote(&self, now: &Self) -> bool {
        self.next_id != now.next_id
    }
}
