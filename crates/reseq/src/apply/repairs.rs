//! What became of each step of a plan.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::outcome::Status;
use crate::catalog::SequenceId;
use crate::model::{QuotedName, State};
use crate::plan::{Method, Step};

/// What became of one sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// Which sequence of the catalogue.
    #[serde(skip)]
    pub id: SequenceId,
    /// Its name, quoted.
    pub sequence: QuotedName,
    /// How it was to be moved.
    pub method: Method,
    /// Why so.
    pub reason: Cow<'static, str>,
    /// Where it stood when the plan was made.
    pub before: State,
    /// Where it stood when it was looked at last; `None` where it was not.
    pub after: Option<State>,
    /// The next value that was wanted; with `uses_up` the last value that was to be used up.
    pub target: i64,
    /// It was to go to its end: none of its values was to be left.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub uses_up: bool,
    /// How many calls are left from there on, where the sequence is nearly used up then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub little_left: Option<u64>,
    /// How many calls of nextval() the run made, or what it did is worth.
    pub calls: u64,
    /// What became of it.
    #[serde(flatten)]
    pub status: Status,
}

/// The repairs of an outcome, one a step of the plan. Each is made when it is asked for: 100,000 of them would take as
/// much memory as the plan itself.
#[derive(Clone, Debug)]
pub struct Repairs {
    steps: Vec<Step>,
    /// One a step.
    pub(crate) ends: Vec<Ended>,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// As [`Repair::after`].
    pub(crate) after: Option<State>,
    /// As [`Repair::calls`].
    pub(crate) calls: u64,
    pub(crate) status: Status,
}

impl Repairs {
    /// `ends` are those of the steps, in the same order.
    pub(super) fn new(steps: Vec<Step>, ends: Vec<Ended>) -> Self {
        Self { steps, ends }
    }

    /// Nothing was done yet.
    pub(super) fn planned(steps: Vec<Step>) -> Self {
        let end = |step: &Step| Ended { after: None, calls: step.calls, status: Status::Planned };
        let ends = steps.iter().map(end).collect();
        Self { steps, ends }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// One after the other, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = Repair> {
        self.steps.iter().zip(&self.ends).map(|(step, end)| Repair {
            id: step.sequence,
            sequence: step.name.clone(),
            method: step.method,
            reason: step.reason.clone(),
            before: step.before,
            after: end.after,
            target: step.target,
            uses_up: step.uses_up,
            little_left: step.little_left,
            calls: end.calls,
            status: end.status.clone(),
        })
    }

    /// What became of each.
    pub fn statuses(&self) -> impl Iterator<Item = &Status> {
        self.ends.iter().map(|end| &end.status)
    }
}

impl Serialize for Repairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
