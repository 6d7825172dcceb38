//! What is known of one step, from its sending to the last look at its sequence.

use std::collections::BTreeSet;

use super::advance::Sent;
use super::in_flight::Holder;
use super::outcome::Status;
use super::receipt::{Move, Progress};
use crate::model::State;
use crate::plan::Step;

/// What is known of one step. What is rare is kept elsewhere: there may be 100,000 of them.
#[derive(Default)]
pub(super) struct End {
    pub(super) moves: Vec<Move>,
    pub(super) progress: Option<Progress>,
    failure: Option<Box<Failure>>,
    pub(super) after: Option<State>,
    /// It was dropped.
    pub(super) gone: bool,
    /// It was looked at after its last move, and needs nothing.
    pub(super) right: bool,
    /// Why it could not be looked at after its last move.
    pub(super) unseen: Option<Box<str>>,
    /// The step as it was sent when it was cut off, as long as nobody knows what it did.
    cut_off: Option<Box<Step>>,
}

/// Why a step failed.
struct Failure {
    error: String,
    hint: Option<String>,
}

impl End {
    /// Takes what became of the step. Returns what an earlier sending, that was cut off, is found out to have done.
    pub(super) fn take(&mut self, step: &Step, sent: Sent) -> Option<Move> {
        let mut found_out = None;
        match sent {
            Sent::Done(made) => {
                found_out = made.and_then(|made| self.find_out(made.from));
                // Of 100,000 steps most move once: a vector begins with room for four.
                self.moves.reserve_exact(1);
                self.moves.extend(made);
                self.progress = Some(Progress::Done);
            }
            Sent::Failed(error) => {
                self.progress = Some(Progress::Failed);
                self.fail(error.to_string(), error.hint());
            }
            // A step that was done before stays so: only its second round has not begun.
            Sent::NotBegun => {}
            Sent::CutShort => {
                self.progress = Some(Progress::Unknown);
                self.cut_off.get_or_insert_with(|| Box::new(step.clone()));
            }
        }
        found_out
    }

    /// Whether it was cut off, and nobody knows yet what it did.
    pub(super) fn is_cut_off(&self) -> bool {
        self.cut_off.is_some()
    }

    /// What was cut off has ended, and the sequence stands there now: the way from where it stood is its doing. Calls
    /// of others cannot be told from it, but for those beyond what was planned.
    pub(super) fn find_out(&mut self, now: State) -> Option<Move> {
        let step = self.cut_off.take()?;
        self.progress = Some(Progress::Done);
        let calls = calls_between(&step, now).min(step.calls);
        let found_out = (calls > 0).then_some(Move { method: step.method, from: step.before, calls });
        self.moves.extend(found_out);
        found_out
    }

    /// The first error is the one that tells.
    pub(super) fn fail(&mut self, error: String, hint: Option<String>) {
        self.failure.get_or_insert_with(|| Box::new(Failure { error, hint }));
    }

    /// Why it failed.
    pub(super) fn error(&self) -> Option<&str> {
        self.failure.as_ref().map(|failure| failure.error.as_str())
    }

    /// What became of it in the end; `open` are the transactions that were not waited for.
    pub(super) fn status(&self, open: Option<&BTreeSet<Holder>>) -> Status {
        if self.gone {
            return Status::Gone;
        }
        if self.right {
            return if let Some(transactions) = open {
                Status::NotWaited { transactions: transactions.clone() }
            } else if self.moves.is_empty() {
                Status::Already
            } else {
                Status::Repaired
            };
        }
        match (&self.failure, self.progress, &self.unseen) {
            (Some(failure), ..) => {
                Status::Failed { error: failure.error.clone(), hint: failure.hint.clone() }
            }
            (None, None, _) => Status::NotBegun,
            (None, _, Some(unseen)) => Status::Unknown { error: unseen.to_string() },
            (None, _, None) => {
                Status::Failed { error: "it is not right, although it was moved".to_owned(), hint: None }
            }
        }
    }
}

/// How many calls of nextval() lead from where the sequence stood before the step to where it stands now.
fn calls_between(step: &Step, now: State) -> u64 {
    let next = |state: State| {
        let step_by = if state.is_called { step.definition.increment } else { 0 };
        i128::from(state.last_value) + i128::from(step_by)
    };
    let calls = (next(now) - next(step.before)) / i128::from(step.definition.increment);
    u64::try_from(calls).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Method;
    use crate::plan::testing::step;

    const FRESH: State = State { last_value: 1, is_called: false };

    fn called(last_value: i64) -> State {
        State { last_value, is_called: true }
    }

    /// A step from 1 to 10 that was cut off.
    fn cut_off() -> End {
        let mut end = End::default();
        let step = step("public.s", Method::Draw, 1, FRESH, 10, 9);
        assert_eq!(end.take(&step, Sent::CutShort), None);
        assert_eq!(end.progress, Some(Progress::Unknown));
        end
    }

    #[test]
    fn what_was_cut_off_is_found_out_by_where_the_sequence_stands() {
        for (now, calls) in
            [(FRESH, None), (called(1), Some(1)), (called(9), Some(9)), (called(500), Some(9))]
        {
            let mut end = cut_off();
            assert_eq!(end.find_out(now).map(|made| made.calls), calls);
            assert_eq!((end.progress, end.is_cut_off()), (Some(Progress::Done), false));
            assert_eq!(end.moves.len(), usize::from(calls.is_some()));
        }
    }

    #[test]
    fn the_next_sending_tells_what_the_one_before_did() {
        let mut end = cut_off();
        let rest = step("public.s", Method::Draw, 1, called(4), 10, 5);
        let made = Move { method: Method::Draw, from: called(4), calls: 5 };
        let found_out = end.take(&rest, Sent::Done(Some(made)));
        assert_eq!(found_out, Some(Move { method: Method::Draw, from: FRESH, calls: 4 }));
        assert_eq!(end.moves.iter().map(|made| made.calls).sum::<u64>(), 9);
    }

    #[test]
    fn cut_off_twice_counts_from_the_first_time() {
        let mut end = cut_off();
        let rest = step("public.s", Method::Draw, 1, called(4), 10, 5);
        end.take(&rest, Sent::CutShort);
        assert_eq!(end.find_out(called(9)), Some(Move { method: Method::Draw, from: FRESH, calls: 9 }));
    }
}
