//! Runs a [`Change`]: one transaction, all of it or nothing, whatever happens meanwhile; and the receipt tells which.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reseq_pq as pq;

use serde::Serialize;

use super::receipt::{ChangeRecorder, Changed, Progress};
use super::refuse_standby;
use super::resolve::{Fate, fate};
use super::retry::{PAUSES, is_passing};
use crate::array::{array, text_array};
use crate::model::State;
use crate::plan::{Act, Change, SequenceChange, Work};
use crate::session::{Session, Sessions, Transaction};
use crate::template::fill;
use crate::{Error, Result};

/// How many statements are sent in one round trip.
const AT_ONCE: usize = 250;

/// Gives and takes the rows of the acts that copy. An act is known by its place in [`Change::acts`].
pub trait Streams {
    /// Gives the rows of a [`Work::CopyIn`], and returns when there are no more.
    ///
    /// # Errors
    /// Whatever ends the run: nothing was changed then.
    fn give(&mut self, act: usize, copy: &mut pq::CopyIn<'_>) -> Result<()>;

    /// Takes the rows of a [`Work::CopyOut`]. They must be safe (on the disk) when it returns: what comes after relies
    /// on it.
    ///
    /// # Errors
    /// Whatever ends the run: nothing was changed then.
    fn take(&mut self, act: usize, copy: &mut pq::CopyOut<'_>) -> Result<()>;

    /// Runs a [`Work::CopyInPortions`]; returns how many rows it was. What was left out must be safe (on the disk) when
    /// it returns.
    ///
    /// # Errors
    /// Whatever ends the run: nothing was changed then.
    fn give_portions(&mut self, portions: &mut Portions<'_, '_>) -> Result<u64> {
        Err(Error::Server(format!("nothing gives rows to the act number {}", portions.act)))
    }

    /// Says what a failure of an act that copies is about.
    fn explain(&self, _act: usize, error: Error) -> Error {
        error
    }

    /// Says more of what ended the run, when nothing was changed: it may be looked for once more.
    fn look_into(&mut self, _sessions: &mut Sessions, error: Error) -> Error {
        error
    }

    /// The rows that were left out, where any were.
    fn rejected(&self) -> Option<Rejected> {
        None
    }

    /// The change was done, or may have been: what was written stays.
    fn done(&mut self) {}
}

/// A [`Work::CopyInPortions`] that is going on.
pub struct Portions<'a, 's> {
    pub(super) tx: &'a mut Transaction<'s>,
    pub(super) act: usize,
    what: &'a str,
    copy: String,
    then: Option<&'a str>,
    afterwards: Option<&'a str>,
}

impl Portions<'_, '_> {
    /// Gives one portion; returns how many rows it was.
    ///
    /// # Errors
    /// What the server says: then nothing of the portion stays, and others can be given.
    pub fn give(&mut self, rows: &[&[u8]]) -> Result<u64> {
        let Self { tx, what, copy, then, afterwards, .. } = self;
        let given = tx.attempt(|tx| {
            let copied = tx.copy_in(what, copy, |copy| {
                rows.iter().try_for_each(|piece| copy.put(piece)).map_err(Error::while_trying(*what))
            })?;
            let Some(then) = then else { return Ok(copied) };
            Ok(tx.query(what, then, &[])?.affected_rows().unwrap_or(copied))
        });
        match (afterwards, given) {
            (Some(sql), Ok(given)) => tx.query(what, sql, &[]).map(|_| given),
            // What comes of a lost connection is told by the first error.
            (Some(sql), Err(error)) => {
                let _ = tx.query(what, sql, &[]);
                Err(error)
            }
            (None, given) => given,
        }
    }
}

/// Rows that were left out of a load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// The file that keeps them.
    pub file: PathBuf,
    /// How many.
    pub rows: u64,
    /// Where the first of them stand, and what is wrong with them.
    pub first: Vec<String>,
}

/// For changes that copy nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStreams;

impl Streams for NoStreams {
    fn give(&mut self, _: usize, _: &mut pq::CopyIn<'_>) -> Result<()> {
        Ok(())
    }

    fn take(&mut self, _: usize, _: &mut pq::CopyOut<'_>) -> Result<()> {
        Ok(())
    }
}

/// What became of a change: the result of a run and, with `--format json`, its output (see
/// `schema/change.schema.json`).
#[derive(Clone, Debug, Serialize)]
pub struct ChangeOutcome {
    /// What it did.
    #[serde(flatten)]
    pub changed: Changed,
    /// Where the receipt is; `None` for what is only planned.
    pub receipt: Option<PathBuf>,
    /// The rows that were left out of a load, where any were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Rejected>,
}

impl ChangeOutcome {
    /// What a change would do (`--dry-run`).
    pub fn planned(change: &Change) -> Self {
        Self { changed: Changed::planned(change), receipt: None, rejected: None }
    }

    /// Whether all of it was done, for certain.
    pub fn is_done(&self) -> bool {
        self.changed.progress == Progress::Done
    }
}

/// Does all of `change` or nothing of it, and keeps a receipt in the folder `receipts`
/// ([`super::receipt::default_folder`] is the command's own). Where a lock is not had in time, everything is rolled
/// back and tried again with growing pauses, unless rows have been copied by then.
///
/// The receipt is on the disk before anything is sent, and once more, with the number of the transaction, before
/// COMMIT: a run that is cut off there can be told done or not by [`super::resolve()`]. Where the connection is
/// lost at COMMIT, the server is asked over a new one.
///
/// # Errors
/// [`Error::Server`] on a standby; [`Error::Refused`] where a demand of the change is not met; [`Error::File`] where the
/// receipt cannot be written; else what the server or `streams` say. After an error nothing was changed. Where it cannot
/// be known whether COMMIT was done the result says [`Progress::Unknown`].
pub fn change(
    sessions: &mut Sessions,
    change: &Change,
    streams: &mut dyn Streams,
    receipts: &Path,
) -> Result<ChangeOutcome> {
    refuse_standby(sessions.server())?;
    let recorder = ChangeRecorder::begin(receipts, sessions.server(), change)?;
    let pauses = PAUSES.into_iter().chain(as_patient(sessions.lock_timeout()));
    carry_out(sessions, change, streams, recorder, pauses)
}

/// The same for whoever comes again by himself: it is tried once, and no receipt is kept where nothing was changed.
///
/// # Errors
/// As [`change()`].
pub(crate) fn change_at_once(
    sessions: &mut Sessions,
    change: &Change,
    receipts: &Path,
) -> Result<ChangeOutcome> {
    refuse_standby(sessions.server())?;
    let recorder = ChangeRecorder::begin(receipts, sessions.server(), change)?;
    let receipt = recorder.path().to_owned();
    carry_out(sessions, change, &mut NoStreams, recorder, std::iter::empty()).inspect_err(|_| {
        if let Err(error) = std::fs::remove_file(&receipt) {
            tracing::warn!(%error, "the receipt of what was not done stays");
        }
    })
}

/// Tries until it is done, or these pauses between the tries are over.
fn carry_out(
    sessions: &mut Sessions,
    change: &Change,
    streams: &mut dyn Streams,
    mut recorder: ChangeRecorder,
    mut pauses: impl Iterator<Item = Duration>,
) -> Result<ChangeOutcome> {
    let mut locks = change.locks.clone();
    let stop = loop {
        let hurried = !change.unhurried;
        let attempt = |session: &mut Session| attempt(session, change, &locks, streams, &mut recorder);
        match sessions.first().hurried(hurried, attempt) {
            Ok(()) => {
                streams.done();
                return Ok(end(recorder, Progress::Done, None, streams));
            }
            Err(Stop::Again(error)) => {
                let Some(pause) = pauses.next() else { break Stop::Failed(error) };
                begin_with_the_missing(&mut locks, &error);
                if let Err(interrupted) = sessions.interrupt().pause(pause) {
                    break Stop::Failed(interrupted);
                }
            }
            Err(stop) => break stop,
        }
    };
    let (error, fate) = match stop {
        Stop::Again(error) | Stop::Failed(error) => (error, Fate::RolledBack),
        Stop::CutOff { transaction, error } => (error, ask_again(sessions, transaction)),
    };
    if fate != Fate::RolledBack {
        streams.done();
    }
    match fate {
        Fate::Committed => Ok(end(recorder, Progress::Done, None, streams)),
        Fate::Open | Fate::Forgotten => Ok(end(recorder, Progress::Unknown, Some(&error), streams)),
        Fate::RolledBack => {
            let error = streams.look_into(sessions, error);
            end(recorder, Progress::Failed, Some(&error), streams);
            Err(match error {
                Error::Database { .. } => Error::Undone(Box::new(error)),
                error => error,
            })
        }
    }
}

/// Does what `change` does up to the last act that copies, and takes it back: to see how it would go.
///
/// # Errors
/// As [`change()`].
pub(super) fn rehearse(sessions: &mut Sessions, change: &Change, streams: &mut dyn Streams) -> Result<()> {
    let last = change.acts.iter().rposition(Act::copies).map_or(0, |place| place + 1);
    sessions.first().hurried(false, |session| {
        let mut tx = session.transaction();
        run(&mut tx, AT_ONCE, &change.locks)?;
        for (place, act) in change.acts[..last].iter().enumerate() {
            if act.copies() {
                copy(&mut tx, act, place, streams)?;
            } else {
                run(&mut tx, 1, std::slice::from_ref(act))?;
            }
        }
        Ok(())
    })
}

fn end(
    recorder: ChangeRecorder,
    progress: Progress,
    error: Option<&Error>,
    streams: &dyn Streams,
) -> ChangeOutcome {
    let (changed, receipt) = recorder.finish(progress, error);
    ChangeOutcome { changed, receipt: Some(receipt), rejected: streams.rejected() }
}

/// Why an attempt came to nothing.
enum Stop {
    /// Somebody else was there: another try may succeed.
    Again(Error),
    /// It failed, and nothing was changed.
    Failed(Error),
    /// The connection was lost at COMMIT.
    CutOff {
        /// Which transaction.
        transaction: i64,
        /// The loss.
        error: Error,
    },
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Further pauses as long as all tries together could have waited for their first lock: whoever waits longer for a lock
/// also tries longer.
fn as_patient(lock_timeout: Duration) -> impl Iterator<Item = Duration> {
    const PAUSE: Duration = Duration::from_millis(100);
    let began = Instant::now();
    let tries = u32::try_from(PAUSES.len() + 1).unwrap_or(u32::MAX);
    std::iter::repeat_with(move || (began.elapsed() < lock_timeout * tries).then_some(PAUSE))
        .map_while(|pause| pause)
}

/// The lock of a table that was not had is waited for first the next time: who held it while waiting for another
/// table gets that one then.
fn begin_with_the_missing(locks: &mut [Act], error: &Error) {
    let Error::Database { tried, .. } = error else { return };
    let is_table = |act: &Act| matches!(act.work, Work::LockTable(_));
    let first = locks.iter().position(is_table);
    let missing = locks.iter().position(|act| is_table(act) && act.what == *tried);
    if let (Some(first), Some(missing)) = (first, missing) {
        locks.swap(first, missing);
    }
}

/// Runs the whole transaction once, with the locks in this order.
fn attempt(
    session: &mut Session,
    change: &Change,
    locks: &[Act],
    streams: &mut dyn Streams,
    recorder: &mut ChangeRecorder,
) -> Result<(), Stop> {
    let mut tx = session.transaction();
    let mut copied = false;
    let transaction = prepare(&mut tx, change, locks, streams, recorder, &mut copied).map_err(|error| {
        if is_passing(&error) && !copied { Stop::Again(error) } else { Stop::Failed(error) }
    })?;
    let tried = format!("commit what reseq {} has done", change.command);
    match tx.commit(&tried, &[]) {
        Ok(_) => Ok(()),
        // An interrupt may hide the loss.
        Err(error) if error.is_loss() || session.is_cut_off() => Err(Stop::CutOff { transaction, error }),
        // Constraints that are deferred speak up here.
        Err(error) => Err(Stop::Failed(error)),
    }
}

/// Everything before COMMIT. Returns the number of the transaction, which the receipt has by then.
fn prepare(
    tx: &mut Transaction<'_>,
    change: &Change,
    locks: &[Act],
    streams: &mut dyn Streams,
    recorder: &mut ChangeRecorder,
    copied: &mut bool,
) -> Result<i64> {
    const TRIED: &str = "begin the transaction";
    let row = tx.query(TRIED, include_str!("sql/transaction.sql"), &[])?;
    let transaction = row.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(TRIED))?;
    run(tx, AT_ONCE, locks)?;
    make_sure_of_names(tx, change)?;
    for (sequence, before) in recorder.changed.sequences.iter_mut().zip(states(tx, change)?) {
        sequence.before = before;
    }
    let mut place = 0;
    for acts in change.acts.chunk_by(|one, next| !one.copies() && !next.copies()) {
        let rows = match acts {
            [act] if act.copies() => {
                *copied = true;
                vec![Some(copy(tx, act, place, streams)?)]
            }
            acts => run(tx, if change.unhurried { 1 } else { AT_ONCE }, acts)?,
        };
        let done = &mut recorder.changed.acts[change.locks.len() + place..];
        done.iter_mut().zip(rows).for_each(|(act, rows)| act.rows = rows);
        place += acts.len();
    }
    for (sequence, after) in recorder.changed.sequences.iter_mut().zip(states(tx, change)?) {
        sequence.after = Some(after);
    }
    recorder.committing(transaction)?;
    Ok(transaction)
}

/// Runs acts that are statements, up to the first demand that is not met; returns how many rows each changed, where it
/// is one that changes rows. While locks are held the network is waited for as seldom as may be; but statements that
/// take their time are not sent after a demand before that is known to be met: these go one `at_once`.
fn run(tx: &mut Transaction<'_>, at_once: usize, acts: &[Act]) -> Result<Vec<Option<u64>>> {
    let mut changed = Vec::with_capacity(acts.len());
    for acts in acts.chunks(at_once) {
        let statements: Vec<_> = acts.iter().map(|act| (act.what.as_str(), act.statement())).collect();
        for (act, rows) in acts.iter().zip(tx.pipeline_each_tried(&statements)?) {
            if let (Work::Demand(_), Some(found)) = (&act.work, rows.iter().next()) {
                let read = || Ok(Error::Refused { message: found.get(0)?, hint: found.get(1)? });
                return Err(read().map_err(Error::while_trying(&*act.what))?);
            }
            let changes = matches!(&act.work, Work::Run(sql) if !sql.starts_with("SELECT"));
            changed.push(rows.affected_rows().filter(|_| changes));
        }
    }
    Ok(changed)
}

/// Runs an act that copies; returns how many rows it copied.
fn copy(tx: &mut Transaction<'_>, act: &Act, place: usize, streams: &mut dyn Streams) -> Result<u64> {
    let statement = act.statement();
    match &act.work {
        Work::CopyOut(_) => tx.copy_out(&act.what, &statement, |copy| streams.take(place, copy)),
        Work::CopyInPortions { then, afterwards, .. } => {
            let (then, afterwards) = (then.as_deref(), afterwards.as_deref());
            let what = &act.what;
            streams.give_portions(&mut Portions { tx, act: place, what, copy: statement, then, afterwards })
        }
        _ => {
            let copied = tx.copy_in(&act.what, &statement, |copy| streams.give(place, copy));
            copied.map_err(|error| streams.explain(place, error))
        }
    }
}

/// While the locks were waited for, a name may have come to mean something else.
fn make_sure_of_names(tx: &mut Transaction<'_>, change: &Change) -> Result<()> {
    let tables = change.tables.iter().map(|table| (table.oid, table.name.to_string()));
    let sequences = change.sequences.iter().map(|sequence| (sequence.oid, sequence.name.to_string()));
    let (oids, names): (Vec<_>, Vec<_>) = tables.chain(sequences).unzip();
    let params = [array(oids), text_array(&names)];
    let tried = "look whether names mean what they meant";
    let rows = tx.query(
        tried,
        include_str!("sql/relations.sql"),
        &params.each_ref().map(|text| Some(text.as_str())),
    )?;
    let gone: Option<String> = rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(tried))?;
    match gone {
        None => Ok(()),
        Some(name) => Err(Error::Refused {
            message: format!("{name} was renamed or dropped since it was looked at"),
            hint: Some("run the command again".to_owned()),
        }),
    }
}

/// Where the sequences of the change stand.
fn states(tx: &mut Transaction<'_>, change: &Change) -> Result<Vec<State>> {
    const TRIED: &str = "read where the sequences stand";
    let mut states = Vec::with_capacity(change.sequences.len());
    for sequences in change.sequences.chunks(AT_ONCE) {
        let statement = |sequence: &SequenceChange| {
            (TRIED, fill(include_str!("sql/state.sql"), &[("name", sequence.name.as_str())]))
        };
        for rows in tx.pipeline_each_tried(&sequences.iter().map(statement).collect::<Vec<_>>())? {
            let read = |row: pq::Row<'_>| Ok(State { last_value: row.get(0)?, is_called: row.get(1)? });
            states.push(rows.row(0).and_then(read).map_err(Error::while_trying(TRIED))?);
        }
    }
    Ok(states)
}

/// Asks over a new connection what became of a transaction, until that is certain or it takes too long.
fn ask_again(sessions: &Sessions, transaction: i64) -> Fate {
    for pause in PAUSES {
        std::thread::sleep(pause);
        match sessions.another().and_then(|mut session| fate(&mut session, transaction)) {
            Ok(Fate::Open) => {}
            Ok(fate) => return fate,
            Err(error) => tracing::debug!(%error, "the server cannot be asked about the transaction yet"),
        }
    }
    Fate::Open
}
