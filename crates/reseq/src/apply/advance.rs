//! Sends the steps of a plan over the sessions, and tells the receipt of each.

use super::moving::{draw_together, move_alone};
use super::receipt::{Move, Recorder};
use super::retry::retrying;
use crate::plan::{MOST_CALLS_AT_ONCE, Method, Step};
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// How many sequences are drawn in one statement: planning grows with it, round trips shrink.
const DRAWN_TOGETHER: usize = 64;

/// How many steps are told to the receipt as begun at once, where each is sent alone.
const BEGUN_TOGETHER: usize = 32;

/// A step, and its place in the receipt.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) place: usize,
    pub(super) step: &'a Step,
}

/// What became of a step that was sent.
#[derive(Debug)]
pub(super) enum Sent {
    /// It was done; `None` where the sequence needed nothing any more.
    Done(Option<Move>),
    /// It failed.
    Failed(Error),
    /// The run was interrupted, or its connection lost, before its turn.
    NotBegun,
    /// The run was interrupted, or its connection lost, while it went on.
    CutShort,
}

/// A piece of work for one session.
enum Work<'a> {
    /// Steps that are drawn in one statement.
    Together(Vec<Placed<'a>>),
    /// Steps that are sent one by one.
    Alone(Vec<Placed<'a>>),
}

/// Sends all steps; one that fails does not keep the others. Returns what became of the steps, by place.
pub(super) fn advance(
    sessions: &mut Sessions,
    steps: &[Placed<'_>],
    recorder: &Recorder,
) -> Vec<(usize, Sent)> {
    let work = portions(steps);
    let results = sessions.run(work, |session, work| {
        Ok(match work {
            Work::Together(steps) => together(session, &steps, recorder),
            Work::Alone(steps) => alone(session, &steps, recorder),
        })
    });
    // The job returns no error of its own: every step has its own end.
    results.into_iter().flatten().flatten().collect()
}

fn portions<'a>(steps: &[Placed<'a>]) -> Vec<Work<'a>> {
    let (drawn, others): (Vec<Placed<'a>>, Vec<Placed<'a>>) = steps.iter().partition(|placed| {
        let step = placed.step;
        step.method == Method::Draw && step.definition.cache == 1 && step.calls <= MOST_CALLS_AT_ONCE
    });
    let mut work: Vec<Work<'a>> = Vec::new();
    let (mut portion, mut calls) = (Vec::new(), 0);
    for placed in drawn {
        if portion.len() == DRAWN_TOGETHER || calls + placed.step.calls > MOST_CALLS_AT_ONCE {
            work.push(Work::Together(std::mem::take(&mut portion)));
            calls = 0;
        }
        calls += placed.step.calls;
        portion.push(placed);
    }
    if !portion.is_empty() {
        work.push(Work::Together(portion));
    }
    work.extend(others.chunks(BEGUN_TOGETHER).map(|steps| Work::Alone(steps.to_vec())));
    work
}

/// Draws several sequences in one statement, and where that fails one by one.
fn together(session: &mut Session, steps: &[Placed<'_>], recorder: &Recorder) -> Vec<(usize, Sent)> {
    if let Err(ended) = begin(session, steps, recorder) {
        return ended;
    }
    let bare: Vec<&Step> = steps.iter().map(|placed| placed.step).collect();
    match draw_together(session, &bare) {
        Ok(moves) => {
            let done: Vec<_> = steps.iter().map(|placed| placed.place).zip(moves).collect();
            tell(recorder.done(done.iter().copied()));
            done.into_iter().map(|(place, made)| (place, Sent::Done(made))).collect()
        }
        Err(error) if cuts_short(&error) => {
            steps.iter().map(|placed| (placed.place, Sent::CutShort)).collect()
        }
        Err(error) => {
            tracing::debug!(%error, "drawing one by one instead");
            one_by_one(session, steps, recorder, After::FailedTogether)
        }
    }
}

fn alone(session: &mut Session, steps: &[Placed<'_>], recorder: &Recorder) -> Vec<(usize, Sent)> {
    match begin(session, steps, recorder) {
        Ok(()) => one_by_one(session, steps, recorder, After::Nothing),
        Err(ended) => ended,
    }
}

/// Tells the receipt that these steps are about to be sent. Without that none is.
fn begin(session: &Session, steps: &[Placed<'_>], recorder: &Recorder) -> Result<(), Vec<(usize, Sent)>> {
    if session.interrupt().is_triggered() || session.is_broken() {
        return Err(steps.iter().map(|placed| (placed.place, Sent::NotBegun)).collect());
    }
    let places: Vec<usize> = steps.iter().map(|placed| placed.place).collect();
    recorder.started(&places).map_err(|error| {
        let mut ended: Vec<_> = places.iter().map(|place| (*place, Sent::NotBegun)).collect();
        if let Some((_, first)) = ended.first_mut() {
            *first = Sent::Failed(error);
        }
        ended
    })
}

/// What went before steps that are sent one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    /// A statement with all of them that failed. What it drew before that is not taken back.
    FailedTogether,
}

fn one_by_one(
    session: &mut Session,
    steps: &[Placed<'_>],
    recorder: &Recorder,
    after: After,
) -> Vec<(usize, Sent)> {
    let interrupt = session.interrupt().clone();
    let mut ends = Vec::with_capacity(steps.len());
    for Placed { place, step } in steps {
        if interrupt.is_triggered() || session.is_broken() {
            ends.push((*place, Sent::NotBegun));
            continue;
        }
        let end = match retrying(&interrupt, || move_alone(session, step)) {
            Ok(made) => {
                let drawn_before = || Move { method: step.method, from: step.before, calls: step.calls };
                let made = made.or_else(|| (after == After::FailedTogether).then(drawn_before));
                tell(recorder.done([(*place, made)]));
                Sent::Done(made)
            }
            Err(error) if cuts_short(&error) => Sent::CutShort,
            Err(error) => {
                tell(recorder.failed(*place, &error.to_string()));
                Sent::Failed(error)
            }
        };
        ends.push((*place, end));
    }
    ends
}

/// Whether it is unknown after this error what the server did.
fn cuts_short(error: &Error) -> bool {
    match error {
        Error::Interrupted => true,
        Error::Database { source, .. } => source.is_connection_lost(),
        _ => false,
    }
}

/// A step's end that cannot be written down leaves it unknown in the journal; the next step that would begin is
/// kept from it by the same error.
fn tell(written: Result<()>) {
    if let Err(error) = written {
        tracing::warn!(%error, "the journal of this run has a gap");
    }
}
