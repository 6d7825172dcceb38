//! The state of every selected sequence.
//!
//! Three ways, from the cheapest to the one that is always exact; each takes what the one before left open:
//! `pg_get_sequence_data()` where the server has it, `pg_sequence_last_value()`, which knows nothing of sequences
//! that were not called yet, and reading the sequence itself.

use std::collections::HashMap;

use reseq_pq as pq;

use super::batch::chunks;
use super::exact::{self, read_alone};
use super::failure::forbidden_sequence;
use super::isolate::Reader;
use super::model::StateReading;
use super::relation::Relation;
use crate::array::array;
use crate::catalog::{Catalog, Sequence, SequenceId};
use crate::model::{Oid, State};
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// What all statements here are for.
pub(super) const TRIED: &str = "read the state of sequences";

/// The first server whose pg_get_sequence_data() does not fail for a sequence that was dropped in between.
const SEQUENCE_DATA: u32 = 180_002;
/// Sequences a statement, by pg_get_sequence_data(): it keeps no lock.
const DATA: usize = 1000;
/// Sequences a statement, by pg_sequence_last_value(): each stays locked until the end.
const LAST_VALUES: usize = 250;
/// Sequences a statement that reads the sequences themselves.
const EXACT: usize = 30;

/// Reads the state of these sequences; one reading each, in their order.
///
/// # Errors
/// A lost connection, an interrupt.
pub(super) fn read(
    sessions: &mut Sessions,
    catalog: &Catalog,
    sequences: &[SequenceId],
) -> Result<Vec<StateReading>> {
    let has_data = sessions.server().version_num >= SEQUENCE_DATA;
    let mut states = States::new(sequences.iter().map(|id| catalog.sequence(*id)).collect());
    // The cheap ways leave whatever they fail for to the next one.
    let leave = |_: &mut Session, _: &&Sequence, _| Ok(None);
    if has_data {
        states.read(sessions, DATA, |_| true, &Reader { read: &data, alone: &leave })?;
    }
    let without_data = |sequence: &Sequence| !has_data || !sequence.privileges.select;
    states.read(sessions, LAST_VALUES, without_data, &Reader { read: &last_values, alone: &leave })?;
    states.read_exact(sessions)?;
    states.read(sessions, DATA, |_| true, &Reader { read: &forbidden, alone: &leave })?;
    Ok(states.found.into_iter().map(|found| found.unwrap_or(StateReading::Vanished)).collect())
}

/// Reads sequences; `None` leaves one open.
type StateReader<'r, 'a> = Reader<'r, &'a Sequence, Option<StateReading>>;

/// What is known so far.
struct States<'a> {
    sequences: Vec<&'a Sequence>,
    found: Vec<Option<StateReading>>,
}

impl<'a> States<'a> {
    fn new(sequences: Vec<&'a Sequence>) -> Self {
        Self { found: vec![None; sequences.len()], sequences }
    }

    /// Reads those that are still open, `size` of them a statement. What is locked stays open.
    fn read(
        &mut self,
        sessions: &mut Sessions,
        size: usize,
        fit: impl Fn(&Sequence) -> bool,
        reader: &StateReader<'_, 'a>,
    ) -> Result<()> {
        let open = self.open(fit);
        let sequences: Vec<&Sequence> = open.iter().map(|&place| self.sequences[place]).collect();
        let done = |place: usize, state| self.found[open[place]] = state;
        reader.read_each(sessions, &sequences, &chunks(sequences.len(), size), done).map(drop)
    }

    /// Reads the sequences themselves, and waits for those that are locked.
    fn read_exact(&mut self, sessions: &mut Sessions) -> Result<()> {
        let open = self.open(|sequence| sequence.privileges.select);
        let sequences: Vec<&Sequence> = open.iter().map(|&place| self.sequences[place]).collect();
        let mut done = |place: usize, state| self.found[open[place]] = state;
        let reader: StateReader<'_, 'a> = Reader { read: &exact::read, alone: &read_alone };
        let held = reader.read_each(sessions, &sequences, &chunks(sequences.len(), EXACT), &mut done)?;
        reader.come_back(sessions, &sequences, held, done)
    }

    /// The places of those that are still open.
    fn open(&self, fit: impl Fn(&Sequence) -> bool) -> Vec<usize> {
        let places = 0..self.sequences.len();
        places.filter(|&place| self.found[place].is_none() && fit(self.sequences[place])).collect()
    }
}

/// By pg_get_sequence_data(): open where the role has no SELECT, and where there is nothing to read.
fn data(session: &mut Session, batch: &[&Sequence]) -> Result<Vec<Option<StateReading>>> {
    by_oid(session, batch, include_str!("sql/state_data.sql"), |row| {
        let last_value: Option<i64> = row.get(1)?;
        let is_called: Option<bool> = row.get(2)?;
        Ok(last_value.zip(is_called).map(|(last_value, is_called)| State { last_value, is_called }))
    })
}

/// By pg_sequence_last_value(): open where the sequence was not called yet, and without a privilege.
fn last_values(session: &mut Session, batch: &[&Sequence]) -> Result<Vec<Option<StateReading>>> {
    by_oid(session, batch, include_str!("sql/state_last_value.sql"), |row| {
        let last_value: Option<i64> = row.get(1)?;
        Ok(last_value.map(|last_value| State { last_value, is_called: true }))
    })
}

/// Runs a statement that takes the OIDs and returns one with each row.
fn by_oid(
    session: &mut Session,
    batch: &[&Sequence],
    sql: &str,
    state: impl Fn(pq::Row<'_>) -> Result<Option<State>, pq::Error>,
) -> Result<Vec<Option<StateReading>>> {
    let oids = array(batch.iter().map(|sequence| sequence.oid));
    let rows = session.read(TRIED, sql, &[Some(&oids)])?;
    let states: Result<HashMap<Oid, Option<State>>, pq::Error> =
        rows.iter().map(|row| Ok((Oid(row.get(0)?), state(row)?))).collect();
    let states = states.map_err(Error::while_trying(TRIED))?;
    let found = batch.iter().map(|sequence| states.get(&sequence.oid).copied().flatten());
    Ok(found.map(|state| state.map(StateReading::Known)).collect())
}

/// Says of those that are left, none of which the role may read, what grant would help.
fn forbidden(session: &mut Session, batch: &[&Sequence]) -> Result<Vec<Option<StateReading>>> {
    let look_up = |sequence: &&Sequence| {
        let relation = Relation::look_up(session, sequence.oid, None)?;
        Ok(Some(relation.map_or(StateReading::Vanished, |relation| forbidden_sequence(&relation).into())))
    };
    batch.iter().map(look_up).collect()
}
