//! Sends the steps of a plan over the sessions, and tells the receipt of each.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::moving::{Unfinished, is_drawn_together, move_alone, move_together, outlasts_failure};
use super::receipt::{Move, Recorder};
use super::retry::{PAUSES, is_passing};
use crate::plan::{MOST_CALLS_AT_ONCE, Method, Step, Together};
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// How many sequences are drawn in one statement: each takes two locks until it ends.
const DRAWN_TOGETHER: usize = 100;

/// How many sequences are altered in one transaction: nextval() waits for all of them until it ends. On two busy cores the
/// longest wait of eight sessions was 40 ms with 8, 70 to 90 with 16 and 50 to 140 with 32, which saves a fifth of the time.
const ALTERED_TOGETHER: usize = 8;

/// How many sequences are locked in one transaction without writing them anew: on two busy cores the longest wait of eight
/// sessions was 31 to 39 ms, not longer than with 8, which takes a third more time.
const LOCKED_TOGETHER: usize = 32;

/// How many sequences are set in one statement by somebody who does not own them: the planner's work grows with their
/// square.
const SET_TOGETHER: usize = 32;

/// How many locks setting them may take: the server has room for 64 a connection for certain, shared by all.
const MOST_LOCKS: u64 = 250;

/// How many steps are told to the receipt as begun at once, where each is sent alone.
const BEGUN_TOGETHER: usize = 32;

/// How long a lock is waited for as long as others have not had their turn.
const SHORT_WAIT: Duration = Duration::from_millis(100);

/// So many held sequences are each waited for as long as `lock_timeout` says.
const FEW: usize = 8;

/// How long held sequences are come back to altogether.
const LONGEST_RETRYING: Duration = Duration::from_secs(30);

/// A step, and its place in the receipt.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) place: usize,
    pub(super) step: &'a Step,
}

/// A step that is tried once more.
struct Held<'a> {
    placed: Placed<'a>,
    /// An earlier try may have moved it.
    may_be_moved: bool,
}

/// What became of a step that was sent.
#[derive(Debug)]
pub(super) enum Sent {
    /// It was done; `None` where the sequence needed nothing any more.
    Done(Option<Move>),
    /// It failed.
    Failed(Box<Error>),
    /// The run was interrupted, or its connection lost, before its turn.
    NotBegun,
    /// The run was interrupted, or its connection lost, while it went on.
    CutShort,
}

/// What became of a step at one try.
enum Try {
    Ended(Sent),
    /// It failed because somebody else was there, or together with others: another try may succeed.
    Held {
        /// `None` where it failed with others.
        error: Option<Box<Error>>,
        /// What was done before the failure was not taken back: it may have been moved.
        may_be_moved: bool,
    },
}

/// A piece of work for one session.
enum Work<'a> {
    /// Steps of one method that are done in one transaction.
    Together(Vec<Placed<'a>>),
    /// Steps that are sent one by one.
    Alone(Vec<Placed<'a>>),
}

/// Sends all steps; one that fails does not keep the others. Returns what became of each.
///
/// At first no lock is waited for long, so that a sequence that is locked does not hold up those behind it; then those
/// that were held are come back to, each alone, with growing pauses.
pub(super) fn advance<'a>(
    sessions: &mut Sessions,
    steps: &'a [Placed<'a>],
    recorder: &'a Recorder,
) -> impl Iterator<Item = (Placed<'a>, Sent)> + use<'a> {
    let results = sessions.run(portions(steps), |session, work| {
        Ok(session.waiting_at_most(SHORT_WAIT, |session| match work {
            Work::Together(steps) => together(session, &steps, recorder),
            Work::Alone(steps) => alone(session, &steps, recorder),
        }))
    });
    // The job returns no error of its own: every step has its own end.
    let mut tries: HashMap<usize, Try> = HashMap::with_capacity(steps.len());
    tries.extend(results.into_iter().flatten().flatten());
    // Every one gets a try alone, whatever that takes.
    let mut end = None;
    for pause in PAUSES {
        let is_held = |placed: &Placed<'a>| match tries.get(&placed.place)? {
            Try::Held { may_be_moved, .. } => Some(Held { placed: *placed, may_be_moved: *may_be_moved }),
            Try::Ended(_) => None,
        };
        let held: Vec<Held<'_>> = steps.iter().filter_map(is_held).collect();
        if held.is_empty() || sessions.interrupt().pause(pause).is_err() {
            break;
        }
        tries.extend(try_again(sessions, held, recorder, end));
        end = end.or_else(|| Some(Instant::now() + LONGEST_RETRYING));
    }
    let last = move |placed: &Placed<'a>| {
        let last = tries.remove(&placed.place)?;
        Some((*placed, give_up(placed.place, last, recorder)))
    };
    steps.iter().filter_map(last)
}

/// Tries once more those that were held, over all sessions, until `end`. Returns those that were tried.
fn try_again(
    sessions: &mut Sessions,
    held: Vec<Held<'_>>,
    recorder: &Recorder,
    end: Option<Instant>,
) -> Vec<(usize, Try)> {
    let few = held.len() <= FEW;
    let results = sessions.run(held, |session, held| {
        let is_over = end.is_some_and(|end| Instant::now() >= end);
        if is_over || session.interrupt().is_triggered() || session.is_lost() {
            return Ok(None);
        }
        let result = if few {
            send(session, &held, recorder)
        } else {
            session.waiting_at_most(SHORT_WAIT, |session| send(session, &held, recorder))
        };
        Ok(Some((held.placed.place, result)))
    });
    results.into_iter().flatten().flatten().collect()
}

/// The end of a step that is not tried any more.
fn give_up(place: usize, last: Try, recorder: &Recorder) -> Sent {
    match last {
        Try::Ended(sent) => sent,
        Try::Held { error: Some(error), .. } => {
            tell(recorder.failed(place, &error.to_string()));
            Sent::Failed(error)
        }
        Try::Held { error: None, may_be_moved: true } => Sent::CutShort,
        Try::Held { error: None, may_be_moved: false } => Sent::NotBegun,
    }
}

fn portions<'a>(steps: &[Placed<'a>]) -> Vec<Work<'a>> {
    let (drawn, others): (Vec<Placed<'a>>, Vec<Placed<'a>>) =
        steps.iter().partition(|placed| is_drawn_together(placed.step));
    let (altered, others): (Vec<Placed<'a>>, Vec<Placed<'a>>) =
        others.into_iter().partition(|placed| Together::takes(placed.step));
    let (set, others): (Vec<Placed<'a>>, Vec<Placed<'a>>) =
        others.into_iter().partition(|placed| placed.step.method == Method::Setval);
    let drawn = bundles(drawn, DRAWN_TOGETHER, MOST_CALLS_AT_ONCE, |step| step.calls);
    let (lightly, altered): (Vec<Placed<'a>>, Vec<Placed<'a>>) =
        altered.into_iter().partition(|placed| placed.step.is_locked_by_owner());
    let lightly = bundles(lightly, LOCKED_TOGETHER, MOST_LOCKS, locks);
    let altered = bundles(altered, ALTERED_TOGETHER, MOST_LOCKS, locks);
    let set = bundles(set, SET_TOGETHER, MOST_LOCKS, locks);
    let alone = others.chunks(BEGUN_TOGETHER).map(|steps| Work::Alone(steps.to_vec()));
    drawn.into_iter().chain(lightly).chain(altered).chain(set).map(Work::Together).chain(alone).collect()
}

/// So many steps at most, and no more of what they take together.
fn bundles<'a>(
    steps: Vec<Placed<'a>>,
    number: usize,
    most: u64,
    takes: impl Fn(&Step) -> u64,
) -> Vec<Vec<Placed<'a>>> {
    let (mut bundles, mut bundle, mut taken) = (Vec::new(), Vec::new(), 0);
    for placed in steps {
        let more = takes(placed.step);
        if bundle.len() == number || (taken + more > most && !bundle.is_empty()) {
            bundles.push(std::mem::take(&mut bundle));
            taken = 0;
        }
        taken += more;
        bundle.push(placed);
    }
    if !bundle.is_empty() {
        bundles.push(bundle);
    }
    bundles
}

/// How many locks it takes to set a sequence: on itself, on the table that it belongs to, and on what is read then.
fn locks(step: &Step) -> u64 {
    1 + u64::from(step.owner.is_some()) + step.rows.iter().map(|row| u64::from(row.locks)).sum::<u64>()
}

/// Moves several sequences in one transaction.
fn together(session: &mut Session, steps: &[Placed<'_>], recorder: &Recorder) -> Vec<(usize, Try)> {
    if let Err(ended) = begin(session, steps, recorder) {
        return ended;
    }
    let bare: Vec<&Step> = steps.iter().map(|placed| placed.step).collect();
    match move_together(session, &bare) {
        Ok(moves) => {
            let done: Vec<_> = steps.iter().map(|placed| placed.place).zip(moves).collect();
            tell(recorder.done(done.iter().copied()));
            done.into_iter().map(|(place, made)| (place, Try::Ended(Sent::Done(made)))).collect()
        }
        Err(Unfinished { error: Error::Lost { .. }, .. }) => {
            steps.iter().map(|placed| (placed.place, Try::Ended(Sent::NotBegun))).collect()
        }
        Err(Unfinished { error, .. }) if cuts_short(&error) => {
            steps.iter().map(|placed| (placed.place, Try::Ended(Sent::CutShort))).collect()
        }
        Err(Unfinished { error, came_to_move }) => {
            tracing::debug!(%error, "moving one by one instead");
            let held = |step| Try::Held { error: None, may_be_moved: came_to_move && outlasts_failure(step) };
            steps.iter().map(|placed| (placed.place, held(placed.step))).collect()
        }
    }
}

fn alone(session: &mut Session, steps: &[Placed<'_>], recorder: &Recorder) -> Vec<(usize, Try)> {
    if let Err(ended) = begin(session, steps, recorder) {
        return ended;
    }
    let interrupt = session.interrupt().clone();
    let mut tries = Vec::with_capacity(steps.len());
    for placed in steps {
        let goes_on = !interrupt.is_triggered() && !session.is_lost();
        let first = Held { placed: *placed, may_be_moved: false };
        let result = if goes_on { send(session, &first, recorder) } else { Try::Ended(Sent::NotBegun) };
        tries.push((placed.place, result));
    }
    tries
}

/// Sends one step.
fn send(session: &mut Session, held: &Held<'_>, recorder: &Recorder) -> Try {
    let Held { placed: Placed { place, step }, may_be_moved } = *held;
    match move_alone(session, step) {
        Ok(made) => {
            // What a statement with others did before it failed is not taken back.
            let done_before = || Move { method: step.method, from: step.before, calls: step.calls };
            let made = made.or_else(|| may_be_moved.then(done_before));
            tell(recorder.done([(place, made)]));
            Try::Ended(Sent::Done(made))
        }
        Err(Error::Lost { .. }) if !may_be_moved => Try::Ended(Sent::NotBegun),
        Err(error) if cuts_short(&error) => Try::Ended(Sent::CutShort),
        Err(error) if is_passing(&error) => {
            tracing::debug!(%error, "to be tried again");
            Try::Held { error: Some(Box::new(error)), may_be_moved }
        }
        Err(error) => {
            tell(recorder.failed(place, &error.to_string()));
            Try::Ended(Sent::Failed(Box::new(error)))
        }
    }
}

/// Tells the receipt that these steps are about to be sent. Without that none is.
fn begin(session: &Session, steps: &[Placed<'_>], recorder: &Recorder) -> Result<(), Vec<(usize, Try)>> {
    if session.interrupt().is_triggered() || session.is_lost() {
        return Err(steps.iter().map(|placed| (placed.place, Try::Ended(Sent::NotBegun))).collect());
    }
    let places: Vec<usize> = steps.iter().map(|placed| placed.place).collect();
    recorder.started(&places).map_err(|error| {
        let mut ended: Vec<_> = places.iter().map(|place| (*place, Try::Ended(Sent::NotBegun))).collect();
        if let Some((_, first)) = ended.first_mut() {
            *first = Try::Ended(Sent::Failed(Box::new(error)));
        }
        ended
    })
}

/// Whether it is unknown after this error what the server did.
fn cuts_short(error: &Error) -> bool {
    matches!(error, Error::Interrupted | Error::Lost { .. }) || error.is_loss()
}

/// A step's end that cannot be written down leaves it unknown in the journal; the next step that would begin is
/// kept from it by the same error.
pub(super) fn tell(written: Result<()>) {
    if let Err(error) = written {
        tracing::warn!(%error, "the journal of this run has a gap");
    }
}
