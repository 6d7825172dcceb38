//! What became of a plan.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::in_flight::Holder;
use super::repairs::Repairs;
use crate::catalog::Catalog;
use crate::diagnose::Code;
use crate::model::QuotedName;
use crate::plan::{Plan, Remaining};

/// What became of a plan: the result of a run, and with `--format json` its output (see `schema/fix.schema.json`).
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Everything was finished: no step that failed or whose end is unknown, no privilege missing, no transaction that
    /// was not waited for, no cache of others that only the owner can end, nothing unreadable. Else the exit status
    /// is 3.
    pub complete: bool,
    /// The run was interrupted.
    pub interrupted: bool,
    /// One a step of the plan.
    pub sequences: Repairs,
    /// What was asked for and not done, or not in full.
    pub remaining: Vec<Remains>,
    /// Where the receipt is; `None` where there was nothing to change.
    pub receipt: Option<PathBuf>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Status {
    /// The plan was only shown.
    Planned,
    /// It was moved, looked at again, and is right.
    Repaired,
    /// It was right when its turn came: somebody else had repaired it.
    Already,
    /// It was dropped meanwhile: there is nothing to repair.
    Gone,
    /// It was moved and is right as far as can be seen, but transactions that have written to its tables are
    /// still open.
    NotWaited {
        /// Whose.
        transactions: BTreeSet<Holder>,
    },
    /// It is not right.
    Failed {
        /// Why.
        error: String,
        /// What helps.
        hint: Option<String>,
    },
    /// The run ended before its turn: nothing was changed.
    NotBegun,
    /// It was sent, but could not be followed to its end, or not be looked at again.
    Unknown {
        /// Why.
        error: String,
    },
}

impl Status {
    /// Whether the sequence was right when it was looked at last.
    pub(crate) fn is_right(&self) -> bool {
        matches!(self, Self::Repaired | Self::Already | Self::NotWaited { .. })
    }
}

/// [`Remaining`], with names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Remains {
    /// The sequence, quoted.
    pub sequence: QuotedName,
    /// The finding that remains.
    pub code: Code,
    /// Why.
    pub reason: String,
    /// What helps.
    pub hint: String,
    /// The run is incomplete by it.
    pub incomplete: bool,
}

impl Remains {
    /// What remains by a plan.
    pub fn of(catalog: &Catalog, plan: &Plan) -> Vec<Self> {
        plan.remaining.iter().map(|rest| Self::new(catalog, rest)).collect()
    }

    pub(crate) fn new(catalog: &Catalog, remaining: &Remaining) -> Self {
        Self {
            sequence: catalog.sequence(remaining.sequence).name.clone(),
            code: remaining.code,
            reason: remaining.reason.clone(),
            hint: remaining.hint.clone(),
            incomplete: remaining.incomplete,
        }
    }
}

impl Outcome {
    /// What a plan would do (`--dry-run`).
    pub fn planned(catalog: &Catalog, plan: Plan) -> Self {
        let remaining = Remains::of(catalog, &plan);
        Self::new(Repairs::planned(plan.steps), remaining)
    }

    pub(super) fn new(sequences: Repairs, remaining: Vec<Remains>) -> Self {
        let finished = |status: &Status| {
            matches!(status, Status::Planned | Status::Repaired | Status::Already | Status::Gone)
        };
        Self {
            complete: sequences.statuses().all(finished) && !remaining.iter().any(|rest| rest.incomplete),
            interrupted: false,
            sequences,
            remaining,
            receipt: None,
        }
    }

    /// Whether something that was asked for is not right: exit status 1, where the run is complete.
    pub fn anything_remains(&self) -> bool {
        !self.remaining.is_empty()
            || self.sequences.statuses().any(|status| matches!(status, Status::Failed { .. }))
    }
}
