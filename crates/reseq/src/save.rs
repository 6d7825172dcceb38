//! Saving where sequences stand.

use crate::Result;
use crate::apply::receipt::{Saved, SavedOwner, SavedSequence};
use crate::catalog::{self, Selection, Sequence, Unreadable};
use crate::model::{QuotedName, State};
use crate::observe::{StateReading, states};
use crate::session::Sessions;

/// A sequence that could not be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// Its quoted name.
    pub sequence: QuotedName,
    /// What stood in the way.
    pub reason: String,
    /// What would help.
    pub hint: String,
}

/// Reads the definition and the state of every selected sequence; changes nothing. Those whose state cannot be read are
/// told apart.
///
/// # Errors
/// [`crate::Error::Usage`] for patterns that mean nothing; else what ends the whole run.
pub fn save(sessions: &mut Sessions, selection: &Selection) -> Result<(Saved, Vec<Unsaved>)> {
    let catalog = catalog::read(sessions, &[])?;
    let selected = selection.select(sessions.first(), &catalog)?;
    let states = states(sessions, &catalog, &selected)?;
    let (mut sequences, mut unsaved) = (Vec::new(), Vec::new());
    for (sequence, reading) in catalog.sequences.iter().zip(states) {
        match reading {
            StateReading::Known(state) => sequences.push(saved(sequence, state)),
            StateReading::Unreadable(why) => {
                let Unreadable { reason, hint } = *why;
                unsaved.push(Unsaved { sequence: sequence.name.clone(), reason, hint });
            }
            StateReading::Vanished | StateReading::NotSelected => {}
        }
    }
    Ok((Saved::now(sessions.server(), sequences), unsaved))
}

fn saved(sequence: &Sequence, state: State) -> SavedSequence {
    let owner = sequence.owner.as_ref().map(|owner| SavedOwner {
        table: (*owner.table).clone(),
        column: owner.column.clone(),
        identity: owner.identity,
    });
    SavedSequence {
        sequence: sequence.name.clone(),
        oid: sequence.oid,
        definition: *sequence.definition,
        state,
        owner,
    }
}
