//! How a run ended, as its receipt tells it.

use serde::Serialize;

use super::{Progress, Receipt};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// All that it meant to do was done.
    Done,
    /// Nothing was changed.
    NothingChanged,
    /// Some of it was done, the rest not, and it is known which.
    Partly,
    /// Of some of it is not known whether it was done.
    Unknown,
}

/// How many sequences came how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Done.
    pub done: usize,
    /// Begun, and failed.
    pub failed: usize,
    /// Begun, and there is no word of the end.
    pub unknown: usize,
    /// Not begun.
    pub planned: usize,
}

impl Receipt {
    /// How many sequences came how far.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            counts.add(step.progress, 1);
        }
        if let Some(change) = &self.change {
            counts.add(change.progress, change.sequences.len());
        }
        counts
    }

    /// How it ended. A run that has no end yet, because it was killed or still goes on, is told by what is known of it.
    pub fn ended(&self) -> Ended {
        if let Some(change) = &self.change {
            return match change.progress {
                Progress::Done => Ended::Done,
                Progress::Planned | Progress::Failed => Ended::NothingChanged,
                Progress::Unknown => Ended::Unknown,
            };
        }
        match self.counts() {
            Counts { unknown: 1.., .. } => Ended::Unknown,
            Counts { failed: 0, planned: 0, .. } => Ended::Done,
            Counts { done: 0, .. } => Ended::NothingChanged,
            Counts { .. } => Ended::Partly,
        }
    }
}

impl Counts {
    fn add(&mut self, progress: Progress, number: usize) {
        *match progress {
            Progress::Done => &mut self.done,
            Progress::Failed => &mut self.failed,
            Progress::Unknown => &mut self.unknown,
            Progress::Planned => &mut self.planned,
        } += number;
    }

    /// All of them.
    pub fn sum(&self) -> usize {
        self.done + self.failed + self.unknown + self.planned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::receipt::{Changed, ReceiptStep, Run};
    use crate::model::State;
    use crate::plan::testing::step;
    use crate::plan::{Change, Method};

    fn receipt(progress: &[Progress]) -> Receipt {
        let fresh = State { last_value: 1, is_called: false };
        let planned = ReceiptStep::planned(&step("public.s", Method::Draw, 1, fresh, 10, 9));
        let steps = progress.iter().map(|far| ReceiptStep { progress: *far, ..planned.clone() });
        let run = Run::begin("fix", &crate::fixture::server());
        Receipt { run, steps: steps.collect(), change: None }
    }

    #[test]
    fn a_run_of_steps_ends_as_its_steps_do() {
        use Progress::{Done, Failed, Planned, Unknown};
        let ended = |progress: &[Progress]| receipt(progress).ended();
        assert_eq!(ended(&[Done, Done]), Ended::Done);
        assert_eq!(ended(&[Done, Failed]), Ended::Partly);
        assert_eq!(ended(&[Done, Planned]), Ended::Partly);
        assert_eq!(ended(&[Planned, Failed]), Ended::NothingChanged);
        assert_eq!(ended(&[Done, Unknown, Planned]), Ended::Unknown);
        let counts = receipt(&[Done, Unknown, Done, Planned]).counts();
        assert_eq!(counts, Counts { done: 2, failed: 0, unknown: 1, planned: 1 });
        assert_eq!(counts.sum(), 4);
    }

    #[test]
    fn a_change_without_sequences_has_an_end_too() {
        let ended = |progress| {
            let change = Changed { progress, ..Changed::planned(&Change::default()) };
            Receipt { change: Some(change), ..receipt(&[]) }.ended()
        };
        assert_eq!(ended(Progress::Done), Ended::Done);
        assert_eq!(ended(Progress::Planned), Ended::NothingChanged);
        assert_eq!(ended(Progress::Failed), Ended::NothingChanged);
        assert_eq!(ended(Progress::Unknown), Ended::Unknown);
    }
}
