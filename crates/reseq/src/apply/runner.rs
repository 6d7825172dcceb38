//! Goes through a plan: advance, wait for rows in flight, look again, advance what still needs it.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::advance::{Placed, Sent, advance, tell};
use super::end::End;
use super::in_flight::{self, Holder};
use super::outcome::{Outcome, Remains};
use super::receipt::{Progress, ReceiptStep, Recorder};
use super::repairs::{Ended, Repairs};
use super::verify::{Look, look};
use super::{ApplyOptions, refuse_standby};
use crate::catalog::{Catalog, SequenceId};
use crate::diagnose::Code;
use crate::plan::{Plan, Remaining, Step};
use crate::session::Sessions;
use crate::{Error, Result};

/// How often sequences are advanced: once as planned, once more for the rows that were in flight, and once more
/// for those of a busy moment.
const ROUNDS: usize = 3;

/// How often at most what was cut off by a lost connection is looked at and sent again before the run goes on.
const CUT_OFF: usize = 10;

/// So many sequences are looked at before what was seen of them is taken over and forgotten.
const LOOKED_AT_TOGETHER: usize = 10_000;

/// Moves the sequences of `plan` and looks at them again, and at those that needed nothing but whose tables are being
/// written to. A step that fails does not keep the others from being
/// done; what became of each is in the outcome, and in the receipt that `recorder` began.
///
/// A step that is cut off by a lost connection is looked at again over another one, and sent again only where it is
/// still needed. A run that is interrupted, or loses its connection for good, ends in order: its outcome says what was
/// done.
///
/// # Errors
/// [`Error::Server`] on a standby, before anything is tried. Where the plan has no step, what keeps from reading which
/// transactions are writing, too.
pub fn apply(
    sessions: &mut Sessions,
    catalog: &Catalog,
    plan: Plan,
    options: &ApplyOptions,
    mut recorder: Recorder,
) -> Result<Outcome> {
    refuse_standby(sessions.server())?;
    let mut run = Run::new(catalog, &plan, options);
    run.go(sessions, &mut recorder)?;
    let (receipt, interrupted) = (recorder.written(), sessions.interrupt().is_triggered());
    if let Err(error) =
        recorder.finish(sessions.first().server(), run.steps(), |place, step| run.write_down(place, step))
    {
        // Receipt and journal together still tell everything.
        tracing::warn!(%error, "the receipt could not be completed");
    }
    let (ends, remaining) = (run.ended(), run.remains());
    let late = run.late;
    let mut steps = plan.steps;
    steps.extend(late);
    Ok(Outcome { receipt, interrupted, ..Outcome::new(Repairs::new(steps, ends), remaining) })
}

/// A plan on its way.
struct Run<'a> {
    catalog: &'a Catalog,
    plan: &'a Plan,
    options: &'a ApplyOptions,
    /// Steps of sequences that needed nothing when the plan was made.
    late: Vec<Step>,
    /// The places of the sequences among the steps, those of the plan first.
    places: HashMap<SequenceId, usize>,
    /// One a step.
    ends: Vec<End>,
    /// The transactions that were not waited for to their end.
    open: HashMap<SequenceId, BTreeSet<Holder>>,
    /// What came up beside the plan's own.
    remaining: Vec<Remaining>,
    /// What remains of which sequence, by the plan or since.
    told: HashSet<(SequenceId, Code)>,
    /// What the plan has left alone of sequences although it may move them: rows that could not be read or followed.
    beside: HashSet<(SequenceId, Code)>,
}

impl<'a> Run<'a> {
    fn new(catalog: &'a Catalog, plan: &'a Plan, options: &'a ApplyOptions) -> Self {
        Self {
            catalog,
            plan,
            options,
            late: Vec::new(),
            places: plan.steps.iter().enumerate().map(|(place, step)| (step.sequence, place)).collect(),
            ends: plan.steps.iter().map(|_| End::default()).collect(),
            open: HashMap::new(),
            remaining: Vec::new(),
            told: plan.remaining.iter().map(|rest| (rest.sequence, rest.code)).collect(),
            beside: plan
                .remaining
                .iter()
                .filter(|rest| is_of_rows(rest))
                .map(|rest| (rest.sequence, rest.code))
                .collect(),
        }
    }

    /// The plan's steps, and the late ones.
    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.plan.steps.iter().chain(&self.late)
    }

    fn go(&mut self, sessions: &mut Sessions, recorder: &mut Recorder) -> Result<()> {
        let plan = self.plan;
        let mut sequences = ids(&plan.steps);
        self.advance(sessions, &plan.steps, recorder);
        match self.wait(sessions) {
            Ok(written) => sequences.extend(written),
            Err(error) if sequences.is_empty() => return Err(error),
            Err(error) => {
                self.leave_unseen(&sequences, &error);
                return Ok(());
            }
        }
        for _ in 1..ROUNDS {
            let again = self.look(sessions, &sequences, recorder);
            let again = self.admit(again, recorder);
            if again.is_empty() || sessions.interrupt().is_triggered() {
                return Ok(());
            }
            self.advance(sessions, &again, recorder);
            sequences = ids(&again);
        }
        for step in self.look(sessions, &sequences, recorder) {
            let end = &mut self.ends[self.places[&step.sequence]];
            let error = if end.is_cut_off() {
                "the connection was lost again and again while it was moved"
            } else {
                "rows ahead of it keep coming in"
            };
            // A carry meets the rows of a source that goes on, as they are replicated.
            let carries = !self.options.fix.least.is_empty();
            let hint = if carries { "run it again, with a --margin or --follow" } else { "run it again" };
            end.fail(error.to_owned(), Some(hint.to_owned()));
        }
        Ok(())
    }

    /// Gives steps of sequences that needed nothing so far their places and writes them down, if they may be moved.
    /// Returns the steps that may.
    fn admit(&mut self, steps: Vec<Step>, recorder: &mut Recorder) -> Vec<Step> {
        let (mut steps, late): (Vec<Step>, Vec<Step>) =
            steps.into_iter().partition(|step| self.places.contains_key(&step.sequence));
        if late.is_empty() {
            return steps;
        }
        if !self.options.beyond_plan {
            self.remaining.extend(late.iter().map(came_in));
            return steps;
        }
        for step in &late {
            self.places.insert(step.sequence, self.ends.len());
            self.ends.push(End::default());
            self.late.push(step.clone());
        }
        match recorder.planned(self.steps()) {
            Ok(()) => steps.extend(late),
            Err(error) => {
                for step in &late {
                    self.ends[self.places[&step.sequence]].fail(error.to_string(), error.hint());
                }
            }
        }
        steps
    }

    /// Sends the steps. Those that a lost connection cuts off are looked at, and sent again where that is needed.
    fn advance(&mut self, sessions: &mut Sessions, steps: &[Step], recorder: &Recorder) {
        let mut cut_off = self.send(sessions, steps, recorder);
        for _ in 0..CUT_OFF {
            if cut_off.is_empty() || sessions.interrupt().is_triggered() || sessions.are_lost() {
                return;
            }
            tracing::info!(steps = cut_off.len(), "looking at what was cut off");
            let again = self.look(sessions, &cut_off, recorder);
            cut_off = self.send(sessions, &again, recorder);
        }
    }

    /// Sends the steps once. Returns the sequences of those that were cut off.
    fn send(&mut self, sessions: &mut Sessions, steps: &[Step], recorder: &Recorder) -> Vec<SequenceId> {
        let placed: Vec<Placed<'_>> =
            steps.iter().map(|step| Placed { place: self.places[&step.sequence], step }).collect();
        let mut cut_off = Vec::new();
        for (Placed { place, step }, sent) in advance(sessions, &placed, recorder) {
            if matches!(sent, Sent::CutShort) {
                cut_off.push(step.sequence);
            }
            if let Some(found_out) = self.ends[place].take(step, sent) {
                tell(recorder.done([(place, Some(found_out))]));
            }
        }
        cut_off
    }

    /// Waits for the writers of all tables that the run is about. Returns the sequences that rows may have come in
    /// ahead of.
    fn wait(&mut self, sessions: &mut Sessions) -> Result<BTreeSet<SequenceId>> {
        let moved = self.plan.steps.iter().map(|step| step.sequence);
        let all = moved.chain(self.plan.right.iter().copied());
        let since = self.plan.since.as_deref();
        let mut waited = in_flight::wait(sessions.first(), self.catalog, all, self.options.wait, since)?;
        self.open = waited.open;
        if waited.any_ended {
            waited.written.extend(&self.plan.right);
        }
        let unplanned = |sequence: &SequenceId| !self.places.contains_key(sequence);
        Ok(waited.written.into_iter().filter(unplanned).collect())
    }

    /// Looks at these sequences again. Returns the steps that are still to be done: of those that failed none,
    /// they have been tried enough.
    fn look(&mut self, sessions: &mut Sessions, sequences: &[SequenceId], recorder: &Recorder) -> Vec<Step> {
        let portions = sequences.chunks(LOOKED_AT_TOGETHER);
        portions.flat_map(|portion| self.look_at(sessions, portion, recorder)).collect()
    }

    fn look_at(
        &mut self,
        sessions: &mut Sessions,
        sequences: &[SequenceId],
        recorder: &Recorder,
    ) -> Vec<Step> {
        let mut seen = match look(sessions, self.catalog, sequences, self.options) {
            Ok(seen) => seen,
            Err(error) => {
                self.leave_unseen(sequences, &error);
                return Vec::new();
            }
        };
        seen.plan.steps.retain(|step| step.calls > 0 || self.is_cut_off(step.sequence));
        self.take_look(sequences, &seen, recorder);
        self.add_remaining(&seen.plan.remaining);
        let Look { plan, .. } = seen;
        let failed =
            |place: &usize| !matches!(self.ends[*place].progress, Some(Progress::Done | Progress::Unknown));
        plan.steps.into_iter().filter(|step| !self.places.get(&step.sequence).is_some_and(failed)).collect()
    }

    fn take_look(&mut self, sequences: &[SequenceId], seen: &Look, recorder: &Recorder) {
        let moving = seen.plan.steps.iter().map(|step| step.sequence);
        let staying =
            seen.plan.remaining.iter().filter(|rest| !self.is_beside(rest)).map(|rest| rest.sequence);
        let wrong: HashSet<SequenceId> = moving.chain(staying).collect();
        for sequence in sequences {
            let Some(place) = self.places.get(sequence) else { continue };
            let end = &mut self.ends[*place];
            end.after = seen.state(*sequence);
            end.gone = seen.is_gone(*sequence);
            end.right = end.after.is_some() && !wrong.contains(sequence);
            end.unseen = None;
            if let (true, Some(after)) = (end.right, end.after)
                && end.is_cut_off()
            {
                tell(recorder.done([(*place, end.find_out(after))]));
            }
        }
    }

    /// Whether what sessions hold in advance may not have ended. Where it has, what they have taken since lies behind
    /// what was reached.
    fn is_cut_off(&self, sequence: SequenceId) -> bool {
        let end = self.places.get(&sequence).map(|place| &self.ends[*place]);
        end.is_some_and(|end| end.is_cut_off() || end.progress != Some(Progress::Done))
    }

    fn add_remaining(&mut self, remaining: &[Remaining]) {
        for rest in remaining {
            if self.told.insert((rest.sequence, rest.code)) {
                self.remaining.push(rest.clone());
            }
        }
    }

    /// Whether a remainder says nothing of where the sequence itself stands: what other sessions hold in advance, and
    /// rows that the plan has left alone already.
    fn is_beside(&self, remaining: &Remaining) -> bool {
        remaining.code == Code::Cached || self.beside.contains(&(remaining.sequence, remaining.code))
    }

    /// What cannot be looked at after it was sent is not called repaired, nor what was written to meanwhile right.
    fn leave_unseen(&mut self, sequences: &[SequenceId], error: &Error) {
        for sequence in sequences {
            if let Some(place) = self.places.get(sequence) {
                let end = &mut self.ends[*place];
                (end.unseen, end.right) = (Some(error.to_string().into()), false);
            } else {
                self.remaining.push(Remaining {
                    sequence: *sequence,
                    code: Code::Unreadable,
                    reason: error.to_string(),
                    hint: error.hint().unwrap_or_default(),
                    incomplete: true,
                });
            }
        }
    }

    /// What became of every step.
    fn ended(&self) -> Vec<Ended> {
        let ended = self.steps().zip(&self.ends).map(|(step, end)| Ended {
            after: end.after,
            calls: end.moves.iter().map(|made| made.calls).sum(),
            status: end.status(self.open.get(&step.sequence)),
        });
        ended.collect()
    }

    /// What remains by the plan, and what came up since.
    fn remains(&self) -> Vec<Remains> {
        let unplanned = self.open.iter().filter(|(sequence, _)| !self.places.contains_key(sequence));
        let mut open: Vec<Remaining> =
            unplanned.map(|(sequence, holders)| still_open(*sequence, holders)).collect();
        open.sort_unstable_by_key(|rest| rest.sequence);
        let remaining = self.plan.remaining.iter().chain(&self.remaining).chain(&open);
        remaining.map(|rest| Remains::new(self.catalog, rest)).collect()
    }

    fn write_down(&self, place: usize, step: &mut ReceiptStep) {
        let end = &self.ends[place];
        step.progress = end.progress.unwrap_or(Progress::Planned);
        step.moves.clone_from(&end.moves);
        step.after = end.after;
        step.error = end.error().map(str::to_owned);
    }
}

/// Rows that could not be read, or must not be followed.
fn is_of_rows(remaining: &Remaining) -> bool {
    matches!(remaining.code, Code::Unreadable | Code::Outlier | Code::Blocked)
}

fn ids(steps: &[Step]) -> Vec<SequenceId> {
    steps.iter().map(|step| step.sequence).collect()
}

/// A sequence that needed nothing so far and may not be moved without being asked for.
fn came_in(step: &Step) -> Remaining {
    Remaining {
        sequence: step.sequence,
        code: Code::Behind,
        reason: "rows came in ahead of it since it was looked at".to_owned(),
        hint: "run it again".to_owned(),
        incomplete: false,
    }
}

/// A sequence that needed nothing so far, and whose tables are still being written to.
fn still_open(sequence: SequenceId, holders: &BTreeSet<Holder>) -> Remaining {
    Remaining {
        sequence,
        code: Code::Behind,
        reason: format!("nobody can say yet: {}", in_flight::words(holders)),
        hint: in_flight::HINT.to_owned(),
        incomplete: true,
    }
}
