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
use super::isolate::{Reader, Statement, is_refusal};
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
        let reader = Reader { tried: TRIED, ask: &ask_data, answer: &data, alone: &leave };
        states.read(sessions, DATA, |_| true, &reader)?;
    }
    let without_data = |sequence: &Sequence| !has_data || !sequence.privileges.select;
    let reader = Reader { tried: TRIED, ask: &ask_last_values, answer: &last_values, alone: &leave };
    states.read(sessions, LAST_VALUES, without_data, &reader)?;
    states.read_exact(sessions)?;
    states.explain(sessions)?;
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
        let reader: StateReader<'_, 'a> =
            Reader { tried: TRIED, ask: &exact::statement, answer: &exact::answers, alone: &read_alone };
        let held = reader.read_each(sessions, &sequences, &chunks(sequences.len(), EXACT), &mut done)?;
        reader.come_back(sessions, &sequences, held, done)
    }

    /// Says of those that are left, none of which the role may read, what grant would help.
    fn explain(&mut self, sessions: &mut Sessions) -> Result<()> {
        let open = self.open(|_| true);
        let sequences = open.iter().map(|&place| self.sequences[place].oid).collect();
        let relations = sessions.run(sequences, |session, oid| Relation::look_up(session, oid, None));
        for (place, relation) in open.into_iter().zip(relations) {
            self.found[place] = match relation {
                Ok(relation) => relation.map(|relation| forbidden_sequence(&relation).into()),
                Err(error) if is_refusal(&error) => None,
                Err(error) => return Err(error),
            };
        }
        Ok(())
    }

    /// The places of those that are still open.
    fn open(&self, fit: impl Fn(&Sequence) -> bool) -> Vec<usize> {
        let places = 0..self.sequences.len();
        places.filter(|&place| self.found[place].is_none() && fit(self.sequences[place])).collect()
    }
}

fn ask_data(batch: &[&Sequence]) -> Statement {
    by_oid(include_str!("sql/state_data.sql"), batch)
}

fn ask_last_values(batch: &[&Sequence]) -> Statement {
    by_oid(include_str!("sql/state_last_value.sql"), batch)
}

/// A statement that takes the OIDs and returns one with each row.
fn by_oid(sql: &'static str, batch: &[&Sequence]) -> Statement {
    Statement { sql: sql.into(), params: vec![array(batch.iter().map(|sequence| sequence.oid))] }
}

/// By pg_get_sequence_data(): open where the role has no SELECT, and where there is nothing to read.
fn data(_: &mut Session, batch: &[&Sequence], rows: &pq::Rows) -> Result<Vec<Option<StateReading>>> {
    in_order(batch, rows, |row| {
        let last_value: Option<i64> = row.get(1)?;
        let is_called: Option<bool> = row.get(2)?;
        Ok(last_value.zip(is_called).map(|(last_value, is_called)| State { last_value, is_called }))
    })
}

/// By pg_sequence_last_value(): open where the sequence was not called yet, and without a privilege.
fn last_values(_: &mut Session, batch: &[&Sequence], rows: &pq::Rows) -> Result<Vec<Option<StateReading>>> {
    in_order(batch, rows, |row| {
        let last_value: Option<i64> = row.get(1)?;
        Ok(last_value.map(|last_value| State { last_value, is_called: true }))
    })
}

/// Reads one state for each sequence from rows that begin with an OID, in any order.
fn in_order(
    batch: &[&Sequence],
    rows: &pq::Rows,
    state: impl Fn(pq::Row<'_>) -> Result<Option<State>, pq::Error>,
) -> Result<Vec<Option<StateReading>>> {
    let states: Result<HashMap<Oid, Option<State>>, pq::Error> =
        rows.iter().map(|row| Ok((Oid(row.get(0)?), state(row)?))).collect();
    let states = states.map_err(Error::while_trying(TRIED))?;
    let found = batch.iter().map(|sequence| states.get(&sequence.oid).copied().flatten());
    Ok(found.map(|state| state.map(StateReading::Known)).collect())
}
