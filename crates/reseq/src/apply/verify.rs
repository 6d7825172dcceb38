//! Looks at the sequences of a run once more: only what was seen to be right is called repaired.

use super::ApplyOptions;
use crate::Result;
use crate::catalog::{Catalog, SequenceId};
use crate::diagnose::{Options, diagnose};
use crate::model::State;
use crate::observe::{Observations, Request, StateReading, observe_again};
use crate::plan::{Plan, fix};
use crate::session::Sessions;

/// What was seen of some sequences after they were moved.
pub(super) struct Look {
    observations: Observations,
    /// What is still to be done for them.
    pub(super) plan: Plan,
}

impl Look {
    pub(super) fn state(&self, id: SequenceId) -> Option<State> {
        match self.observations.state(id) {
            StateReading::Known(state) => Some(*state),
            _ => None,
        }
    }

    /// Whether the sequence was dropped.
    pub(super) fn is_gone(&self, id: SequenceId) -> bool {
        *self.observations.state(id) == StateReading::Vanished
    }
}

/// Observes, diagnoses and plans again.
pub(super) fn look(
    sessions: &mut Sessions,
    catalog: &Catalog,
    sequences: &[SequenceId],
    options: &ApplyOptions,
) -> Result<Look> {
    let mut selected = vec![false; catalog.sequences.len()];
    for id in sequences {
        selected[id.0] = true;
    }
    let request = Request {
        selected: &selected,
        scan_limit: options.scan_limit,
        foreign_tables: options.foreign_tables,
        ignore_above: &options.fix.ignore_above,
        // Outliers are told by it.
        detail: true,
        nearly_used_up: options.fix.thresholds.error,
    };
    let observations = observe_again(sessions, catalog, &request)?;
    let mut report = diagnose(
        catalog,
        &observations,
        &Options { thresholds: options.fix.thresholds, ..Options::default() },
    );
    report.sequences.retain(|diagnosis| selected[diagnosis.sequence.0]);
    let plan = fix(catalog, &observations, &report, &options.fix);
    Ok(Look { observations, plan })
}
