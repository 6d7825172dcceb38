//! Restarts sequences where the user says, all of them or none, unless rows stand in the way.

mod acts;
#[cfg(test)]
mod tests;
mod value;
mod way;

pub use value::Destination;

use super::change::Change;
use crate::catalog::{Catalog, SequenceId};
use crate::diagnose::words;
use crate::model::{Lane, State};
use crate::observe::{Ahead, Observations, StateReading};
use crate::{Error, Result};

/// What is asked for, and what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartOptions {
    /// Where to.
    pub destination: Destination,
    /// Whether values may be handed out again that were handed out before.
    pub allow_backward: bool,
    /// Whether it is done although rows stand in the way, or although the value is not one of the lane.
    pub force: bool,
}

/// Where a sequence is to stand, before the value that it hands out next, as far as that is possible: what
/// [`crate::observe::look_ahead`] asks for.
pub fn restarted(
    catalog: &Catalog,
    seen: &Observations,
    id: SequenceId,
    options: RestartOptions,
) -> Option<State> {
    let subject = Subject::of(catalog, seen, id).ok()?;
    let value = subject.value(options).ok().flatten()?;
    Some(State { last_value: value, is_called: false })
}

/// Plans the restart of these sequences. What needs none has no part in the change; where all are right it has no acts.
///
/// # Errors
/// [`Error::Refused`] where the value lies outside the bounds or the lane, where the sequence would go back without
/// `allow_backward`, and where rows stand in the way without `force`; [`Error::Unable`] where a state or column could not
/// be read, or where the role does not own a sequence.
pub fn restart(
    catalog: &Catalog,
    ahead: &Ahead,
    ids: &[SequenceId],
    options: RestartOptions,
) -> Result<Change> {
    let mut change = Change { command: "restart", ..Change::default() };
    for id in ids {
        let subject = Subject::of(catalog, &ahead.seen, *id)?;
        if let Some(value) = subject.value(options)? {
            subject.add(&mut change, &ahead.restarted, value, options)?;
        }
    }
    change.title = match change.sequences.len() {
        0 => "nothing needs to be restarted".to_owned(),
        number => format!("Restart {}", words::count(number, "sequence")),
    };
    Ok(change)
}

/// One sequence that is to be restarted.
pub(super) struct Subject<'a> {
    catalog: &'a Catalog,
    id: SequenceId,
    seen: &'a Observations,
    state: State,
    /// Its values from the next one on; past the bound where there is none.
    lane: Lane,
}

impl<'a> Subject<'a> {
    pub(super) fn of(catalog: &'a Catalog, seen: &'a Observations, id: SequenceId) -> Result<Self> {
        let sequence = catalog.sequence(id);
        let state = match seen.state(id) {
            StateReading::Known(state) => *state,
            StateReading::Unreadable(why) => {
                return Err(Error::Unable {
                    message: format!("the state of {} is not known: {}", sequence.name, why.reason),
                    hint: Some(why.hint.clone()),
                });
            }
            StateReading::Vanished | StateReading::NotSelected => {
                return Err(Error::Usage { message: format!("{} was dropped", sequence.name), hint: None });
            }
        };
        Ok(Self { catalog, id, seen, state, lane: lane_of(catalog, id, state) })
    }

    /// Where it stands.
    pub(super) fn state(&self) -> State {
        self.state
    }

    /// Its values from the next one on; past the bound where there is none.
    pub(super) fn lane(&self) -> Lane {
        self.lane
    }

    fn name(&self) -> &'a str {
        self.catalog.sequence(self.id).name.as_str()
    }
}

/// The values of a sequence from its next one on; past the bound where there is none.
pub(crate) fn lane_of(catalog: &Catalog, id: SequenceId, state: State) -> Lane {
    let definition = &catalog.sequence(id).definition;
    let step = i128::from(definition.increment);
    let past = || Lane::new(i128::from(state.last_value) + step, step, definition.bound().into());
    definition.lane(state).unwrap_or_else(past)
}
