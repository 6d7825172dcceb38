//! Looks at the state of every sequence and at the rows of every linked column.
//!
//! Extremes are read before states: a row that is visible drew its value before, so live inserts
//! between the two never look like a sequence that is behind.
//!
//! Everything is read in small batches over all connections ([`crate::session::Sessions::run`]), each in a
//! read-only transaction of its own: a batch keeps a few hundred locks for some milliseconds, however many tables
//! there are. What one table refuses concerns that table alone.

mod ahead;
mod answers;
mod batch;
mod collision;
mod column;
mod ends;
mod exact;
mod extreme;
mod failure;
mod gaps;
mod held;
mod isolate;
mod model;
mod probe;
mod relation;
mod scan;
mod snapshot;
mod state;
mod values;

pub use ahead::{Ahead, look_ahead};
pub(crate) use ahead::{furthest_row, nearest_row, nearest_rows};
pub(crate) use column::Column;
pub use gaps::{FreeGap, gaps, whole_lane};
pub use model::{Collision, Gap, Observation, Observations, Probe, Reading, StateReading};

pub(crate) use snapshot::{SNAPSHOT, snapshot_in};

use collision::Search;

use crate::Result;
use crate::catalog::{Catalog, Leaf, SequenceId};
use crate::plan::IgnoreAbove;
use crate::session::Sessions;

/// What is looked at, and how far.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// One flag a sequence, in the order of [`Catalog::sequences`]: whether it and its links are looked at.
    pub selected: &'a [bool],
    /// How many bytes a table may take that must be read from end to end.
    pub scan_limit: u64,
    /// Whether foreign tables are read too: nobody knows what that costs, and whom it reaches.
    pub foreign_tables: bool,
    /// Rows to be left out.
    pub ignore_above: &'a [IgnoreAbove],
    /// Whether it is worth knowing where a collision begins and how many calls in a row it will fail. Without,
    /// only its end is exact: [`Collision::first`] is the same as `last`, and nothing is counted.
    pub detail: bool,
    /// From which used share (percent) on, past all rows, it is worth knowing whether the furthest of them are outliers:
    /// where `exhausting` is an error ([`crate::diagnose::Thresholds`]).
    pub nearly_used_up: f64,
}

impl Request<'_> {
    fn selects(&self, id: SequenceId) -> bool {
        self.selected.get(id.0).copied().unwrap_or(false)
    }

    /// The selected sequences, in order.
    fn sequences(&self, catalog: &Catalog) -> Vec<SequenceId> {
        catalog.iter().map(|(id, _)| id).filter(|id| self.selects(*id)).collect()
    }

    fn reads(&self, leaf: &Leaf) -> bool {
        self.foreign_tables || !leaf.foreign
    }

    /// The last value that counts in the columns of a sequence: what is said of it, or of all.
    pub(crate) fn ignore_above(&self, catalog: &Catalog, id: SequenceId) -> Option<i128> {
        let oid = catalog.sequence(id).oid;
        let of = |sequence| self.ignore_above.iter().find(|ignore| ignore.sequence == sequence);
        of(Some(oid)).or_else(|| of(None)).map(|ignore| ignore.value)
    }
}

/// Looks at the selected sequences and their links.
///
/// # Errors
/// A lost connection, an interrupt. What one sequence or table refuses is found in its
/// [`StateReading::Unreadable`] or [`Observation::Unreadable`].
pub fn observe(sessions: &mut Sessions, catalog: &Catalog, request: &Request<'_>) -> Result<Observations> {
    let since = Some(snapshot::snapshot(sessions.first())?);
    Ok(Observations { since, ..observe_again(sessions, catalog, request)? })
}

/// As [`observe`], by somebody who need not know which transactions had ended before.
///
/// # Errors
/// As [`observe`].
pub(crate) fn observe_again(
    sessions: &mut Sessions,
    catalog: &Catalog,
    request: &Request<'_>,
) -> Result<Observations> {
    let mut seen = Observations::of_none(catalog);
    for portion in request.sequences(catalog).chunks(PORTION) {
        let bytes = extreme::read(sessions, catalog, request, portion, &mut seen)?;
        for (id, state) in portion.iter().zip(state::read(sessions, catalog, portion)?) {
            seen.states[id.0] = state;
        }
        Search { catalog, request, bytes: &bytes }.collisions(sessions, portion, &mut seen)?;
    }
    Ok(seen)
}

/// Reads where the selected sequences stand, and looks at no rows: one reading a sequence of the catalogue.
///
/// # Errors
/// As [`observe`].
pub fn states(sessions: &mut Sessions, catalog: &Catalog, selected: &[bool]) -> Result<Vec<StateReading>> {
    let is_selected = |id: &SequenceId| selected.get(id.0).copied().unwrap_or(false);
    let ids: Vec<SequenceId> = catalog.iter().map(|(id, _)| id).filter(is_selected).collect();
    let mut states = vec![StateReading::NotSelected; catalog.sequences.len()];
    for (id, state) in ids.iter().zip(state::read(sessions, catalog, &ids)?) {
        states[id.0] = state;
    }
    Ok(states)
}

/// So many sequences are looked at after each other: what is asked about 100,000 of them would take more memory than
/// what is known in the end.
const PORTION: usize = 20_000;
