//! Goes through a plan: advance, wait for rows in flight, look again, advance what still needs it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::advance::{Placed, Sent, advance};
use super::in_flight::{self, Holder};
use super::outcome::{Outcome, Remains, Repair, Status};
use super::receipt::{Move, Progress, ReceiptStep, Recorder};
use super::verify::{Look, look};
use super::{ApplyOptions, refuse_standby, retry};
use crate::catalog::{Catalog, SequenceId};
use crate::diagnose::Code;
use crate::model::State;
use crate::plan::{Plan, Remaining, Step};
use crate::session::Sessions;
use crate::{Error, Result};

/// How often sequences are advanced: once as planned, once more for the rows that were in flight, and once more
/// for those of a busy moment.
const ROUNDS: usize = 3;

/// Moves the sequences of `plan` and looks at them again. A step that fails does not keep the others from being
/// done; what became of each is in the outcome, and in the receipt that `recorder` began.
///
/// A run that is interrupted or loses its connection ends in order: its outcome says what was done.
///
/// # Errors
/// [`Error::Server`] on a standby, before anything is tried.
pub fn apply(
    sessions: &mut Sessions,
    catalog: &Catalog,
    plan: &Plan,
    options: &ApplyOptions,
    recorder: Recorder,
) -> Result<Outcome> {
    refuse_standby(sessions.server())?;
    let mut run = Run::new(catalog, plan, options);
    run.go(sessions, &recorder);
    let path = recorder.path().to_owned();
    let outcome =
        Outcome { receipt: Some(path), interrupted: sessions.interrupt().is_triggered(), ..run.outcome() };
    if let Err(error) = recorder.finish(plan, |place, step| run.write_down(place, step)) {
        // Receipt and journal together still tell everything.
        tracing::warn!(%error, "the receipt could not be completed");
    }
    Ok(outcome)
}

/// A plan on its way.
struct Run<'a> {
    catalog: &'a Catalog,
    plan: &'a Plan,
    options: &'a ApplyOptions,
    /// The places of the sequences in the plan.
    places: HashMap<SequenceId, usize>,
    /// One a step.
    ends: Vec<End>,
    /// What came up beside the plan's own.
    remaining: Vec<Remaining>,
}

/// What is known of one step.
#[derive(Default)]
struct End {
    moves: Vec<Move>,
    progress: Option<Progress>,
    error: Option<String>,
    hint: Option<String>,
    open: BTreeSet<Holder>,
    after: Option<State>,
    /// It was looked at after its last move, and needs nothing.
    right: bool,
    /// Why it could not be looked at after its last move.
    unseen: Option<String>,
}

impl<'a> Run<'a> {
    fn new(catalog: &'a Catalog, plan: &'a Plan, options: &'a ApplyOptions) -> Self {
        Self {
            catalog,
            plan,
            options,
            places: plan.steps.iter().enumerate().map(|(place, step)| (step.sequence, place)).collect(),
            ends: plan.steps.iter().map(|_| End::default()).collect(),
            remaining: Vec::new(),
        }
    }

    fn go(&mut self, sessions: &mut Sessions, recorder: &Recorder) {
        let mut again: Vec<Step> = Vec::new();
        for round in 0..ROUNDS {
            let steps = if round == 0 { &self.plan.steps } else { &again };
            if steps.is_empty() || sessions.interrupt().is_triggered() {
                return;
            }
            let sequences: Vec<SequenceId> = steps.iter().map(|step| step.sequence).collect();
            self.advance(sessions, steps, recorder);
            if round == 0 {
                self.wait(sessions, &sequences);
            }
            again = self.look(sessions, &sequences);
        }
        for step in &again {
            let end = &mut self.ends[self.places[&step.sequence]];
            end.fail("rows ahead of it keep coming in".to_owned(), Some("run reseq fix again".to_owned()));
        }
    }

    fn advance(&mut self, sessions: &mut Sessions, steps: &[Step], recorder: &Recorder) {
        let placed: Vec<Placed<'_>> =
            steps.iter().map(|step| Placed { place: self.places[&step.sequence], step }).collect();
        for (place, sent) in advance(sessions, &placed, recorder) {
            self.ends[place].take(sent);
        }
    }

    fn wait(&mut self, sessions: &mut Sessions, sequences: &[SequenceId]) {
        let waited = in_flight::wait(sessions.first(), self.catalog, sequences, self.options.wait);
        match waited {
            Ok(open) => {
                for (sequence, holders) in open {
                    self.ends[self.places[&sequence]].open = holders;
                }
            }
            Err(error) => self.leave_unseen(sequences, &error),
        }
    }

    /// Looks at these sequences again. Returns the steps that are still to be done: of those that failed none,
    /// they have been tried enough.
    fn look(&mut self, sessions: &mut Sessions, sequences: &[SequenceId]) -> Vec<Step> {
        let seen = match look(sessions, self.catalog, sequences, self.options) {
            Ok(seen) => seen,
            Err(error) => {
                self.leave_unseen(sequences, &error);
                return Vec::new();
            }
        };
        self.take_look(sequences, &seen);
        self.add_remaining(&seen.plan.remaining);
        let Look { plan, .. } = seen;
        let untried = |step: &Step| self.ends[self.places[&step.sequence]].progress == Some(Progress::Done);
        plan.steps.into_iter().filter(untried).collect()
    }

    fn take_look(&mut self, sequences: &[SequenceId], seen: &Look) {
        let moving = seen.plan.steps.iter().map(|step| step.sequence);
        let staying = seen.plan.remaining.iter().filter(|rest| !is_beside(rest)).map(|rest| rest.sequence);
        let wrong: HashSet<SequenceId> = moving.chain(staying).collect();
        for sequence in sequences {
            let end = &mut self.ends[self.places[sequence]];
            end.after = seen.state(*sequence);
            end.right = end.after.is_some() && !wrong.contains(sequence);
            end.unseen = None;
        }
    }

    fn add_remaining(&mut self, remaining: &[Remaining]) {
        for rest in remaining {
            let same = |known: &&Remaining| known.sequence == rest.sequence && known.code == rest.code;
            if !self.plan.remaining.iter().chain(&self.remaining).any(|known| same(&known)) {
                self.remaining.push(rest.clone());
            }
        }
    }

    /// What cannot be looked at after it was sent is not called repaired.
    fn leave_unseen(&mut self, sequences: &[SequenceId], error: &Error) {
        for sequence in sequences {
            let end = &mut self.ends[self.places[sequence]];
            (end.unseen, end.right) = (Some(error.to_string()), false);
        }
    }

    fn outcome(&self) -> Outcome {
        let repairs = self.plan.steps.iter().zip(&self.ends).map(|(step, end)| Repair {
            id: step.sequence,
            sequence: step.name.clone(),
            method: step.method,
            reason: step.reason.clone().into_owned(),
            before: step.before,
            after: end.after,
            target: step.target,
            calls: end.moves.iter().map(|made| made.calls).sum(),
            status: end.status(),
        });
        let remaining = self.plan.remaining.iter().chain(&self.remaining);
        Outcome::new(repairs.collect(), remaining.map(|rest| Remains::new(self.catalog, rest)).collect())
    }

    fn write_down(&self, place: usize, step: &mut ReceiptStep) {
        let end = &self.ends[place];
        step.progress = end.progress.unwrap_or(Progress::Planned);
        step.moves.clone_from(&end.moves);
        step.after = end.after;
        step.error.clone_from(&end.error);
    }
}

/// A remainder that says nothing of where the sequence itself stands.
fn is_beside(remaining: &Remaining) -> bool {
    remaining.code == Code::Cached
}

impl End {
    fn take(&mut self, sent: Sent) {
        match sent {
            Sent::Done(made) => {
                self.moves.extend(made);
                self.progress = Some(Progress::Done);
            }
            Sent::Failed(error) => {
                self.progress = Some(Progress::Failed);
                self.fail(error.to_string(), retry::hint(&error));
            }
            // A step that was done before stays so: only its second round has not begun.
            Sent::NotBegun => {}
            Sent::CutShort => self.progress = Some(Progress::Unknown),
        }
    }

    /// The first error is the one that tells.
    fn fail(&mut self, error: String, hint: Option<String>) {
        if self.error.is_none() {
            (self.error, self.hint) = (Some(error), hint);
        }
    }

    fn status(&self) -> Status {
        if self.right {
            return if !self.open.is_empty() {
                Status::NotWaited { transactions: self.open.clone() }
            } else if self.moves.is_empty() {
                Status::Already
            } else {
                Status::Repaired
            };
        }
        match (&self.error, self.progress, &self.unseen) {
            (Some(error), ..) => Status::Failed { error: error.clone(), hint: self.hint.clone() },
            (None, None, _) => Status::NotBegun,
            (None, _, Some(unseen)) => Status::Unknown { error: unseen.clone() },
            (None, _, None) => {
                Status::Failed { error: "it is not right, although it was moved".to_owned(), hint: None }
            }
        }
    }
}
