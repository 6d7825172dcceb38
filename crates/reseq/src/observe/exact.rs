//! The state of sequences by reading the sequences themselves.

use std::time::Duration;

use reseq_pq as pq;

use super::failure::{Refusal, renamed_too_often, unreadable_sequence};
use super::isolate::{Statement, is_refusal};
use super::model::StateReading;
use super::relation::Relation;
use super::state::TRIED;
use crate::catalog::{Sequence, Unreadable};
use crate::model::{Oid, QuotedName, State, quote_literal};
use crate::session::Session;
use crate::template::fill;
use crate::{Error, Result};

/// How often a sequence is read that is altered or renamed at this very moment, and the pause in between.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// The statement that reads a batch.
pub(super) fn statement(batch: &[&Sequence]) -> Statement {
    let probes = batch.iter().enumerate().map(|(place, sequence)| probe(place, &sequence.name));
    Statement { sql: probes.collect::<Vec<_>>().join("\nUNION ALL\n").into(), params: Vec::new() }
}

/// Reads what the sequences of a batch answered.
pub(super) fn answers(
    session: &mut Session,
    batch: &[&Sequence],
    rows: &pq::Rows,
) -> Result<Vec<Option<StateReading>>> {
    let mut states: Vec<Option<State>> = vec![None; batch.len()];
    for row in rows.iter() {
        let (place, relation, state) = take(row).map_err(Error::while_trying(TRIED))?;
        if let (Some(sequence), Some(found)) = (batch.get(place), states.get_mut(place)) {
            *found = (sequence.oid == relation).then_some(state);
        }
    }
    let states = states.into_iter().zip(batch);
    states
        .map(|(state, sequence)| match state {
            Some(state) => Ok(Some(StateReading::Known(state))),
            None => by_current_name(session, sequence).map(Some),
        })
        .collect()
}

fn probe(place: usize, name: &QuotedName) -> String {
    fill(
        include_str!("sql/state_exact.sql"),
        &[
            ("place", &place.to_string()),
            ("relation", &quote_literal(name.as_str())),
            ("sequence", name.as_str()),
        ],
    )
}

fn take(row: pq::Row<'_>) -> Result<(usize, Oid, State), pq::Error> {
    let place = usize::try_from(row.get::<i32>(0)?).unwrap_or(usize::MAX);
    Ok((place, Oid(row.get(1)?), State { last_value: row.get(2)?, is_called: row.get(3)? }))
}

/// Reads a sequence whose name no longer leads to it, or that has no row for this session.
fn by_current_name(session: &mut Session, sequence: &Sequence) -> Result<StateReading> {
    let mut reason = renamed_too_often(&sequence.name);
    for _ in 0..ATTEMPTS {
        let Some(relation) = Relation::look_up(session, sequence.oid, None)? else {
            return Ok(StateReading::Vanished);
        };
        let rows = session.read(TRIED, &probe(0, &relation.name), &[])?;
        match rows.iter().next().map(take).transpose().map_err(Error::while_trying(TRIED))? {
            Some((_, oid, state)) if oid == sequence.oid => return Ok(StateReading::Known(state)),
            // It was renamed once more.
            Some(_) => {}
            // So looks, too, the file that ALTER SEQUENCE has just put another in the place of.
            None => {
                reason = Unreadable {
                    reason: format!("{} has no state that this session may see", relation.name),
                    hint: "a temporary sequence can be read by its own session alone".to_owned(),
                };
                std::thread::sleep(PAUSE);
            }
        }
    }
    Ok(reason.into())
}

/// Reads a sequence again that could not be read, and says why not where it stays so.
pub(super) fn read_alone(
    session: &mut Session,
    sequence: &&Sequence,
    mut error: Error,
) -> Result<Option<StateReading>> {
    for _ in 0..ATTEMPTS {
        match Refusal::of(&error) {
            // ALTER SEQUENCE has just put a new file in the place of the one that was read.
            Refusal::Damaged => std::thread::sleep(PAUSE),
            Refusal::NoSuchName => {}
            _ => break,
        }
        match by_current_name(session, sequence) {
            Ok(reading) => return Ok(Some(reading)),
            Err(again) if is_refusal(&again) => error = again,
            Err(fatal) => return Err(fatal),
        }
    }
    let relation = Relation::look_up(session, sequence.oid, None)?;
    let unreadable = relation.map(|relation| {
        if sequence.unlogged && session.server().in_recovery {
            Unreadable {
                reason: format!("{} is unlogged: a standby has no state of it", relation.name),
                hint: "look at the primary".to_owned(),
            }
        } else {
            unreadable_sequence(&error, &relation)
        }
    });
    Ok(Some(unreadable.map_or(StateReading::Vanished, Into::into)))
}

impl From<Unreadable> for StateReading {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(Box::new(unreadable))
    }
}
