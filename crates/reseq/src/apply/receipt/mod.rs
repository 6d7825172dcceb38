//! Receipts: what a run meant to change, what it changed, when and where.
//!
//! A receipt is written before the first change, with every step as planned. While the run goes on, a journal
//! beside it takes one line for every group of steps that begins and for every step that ends; in the end the
//! receipt is written anew, complete, and the journal removed. [`Receipt::load`] reads both, so that a run that
//! was killed still tells what was done, what was not, and of which steps that is unknown.
//!
//! A run that does all or nothing ([`crate::plan::Change`]) has no journal: its receipt is written anew before COMMIT,
//! with the number of the transaction, and [`crate::apply::resolve`] asks the server what became of that.

mod backup;
mod change_recorder;
mod changed;
mod ended;
mod folder;
mod journal;
mod record;
mod recorder;
mod saved;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{Oid, QuotedName, State};
use crate::plan::{Method, Step};
use crate::session::Server;
use crate::{Error, Result};

pub use backup::{BackedUp, Backup};
pub(super) use change_recorder::ChangeRecorder;
pub use changed::{Changed, ChangedAct, ChangedSequence};
pub use ended::{Counts, Ended};
pub use folder::{default_folder, find, id, list, newest};
pub use record::{Left, Past, Record};
pub use recorder::Recorder;
pub(crate) use recorder::{make_folder, replace};
pub use saved::{Saved, SavedOwner, SavedSequence};

/// What one run meant to change and changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The head: which run, when, where.
    #[serde(flatten)]
    pub run: Run,
    /// One step a sequence, of a run that moves each by itself.
    #[serde(default)]
    pub steps: Vec<ReceiptStep>,
    /// What a run did that does all or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Changed>,
}

/// Which run it was, when and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The version of reseq.
    pub reseq: String,
    /// The command: `fix`.
    pub command: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; `None` where it never did (killed, machine lost).
    pub finished: Option<Timestamp>,
    /// The server where it began.
    pub server: Place,
    /// Where it ended, if that is elsewhere: a standby had taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_on: Option<Place>,
}

impl Run {
    /// A run that begins now.
    fn begin(command: &str, server: &Server) -> Self {
        Self {
            reseq: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.to_owned(),
            started: Timestamp::now(),
            finished: None,
            server: Place::from(server),
            ended_on: None,
        }
    }

    /// It ends now, on this server.
    fn end(&mut self, server: &Server) {
        self.finished = Some(Timestamp::now());
        let last = Place::from(server);
        let moved = (&last.host, &last.port) != (&self.server.host, &self.server.port);
        self.ended_on = moved.then_some(last);
    }

    /// Where its database was last.
    pub fn last_server(&self) -> &Place {
        self.ended_on.as_ref().unwrap_or(&self.server)
    }
}

/// A database and where it is. No secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// As the server writes its version.
    pub version: String,
    /// The database.
    pub database: String,
    /// The host, or the folder of the Unix socket.
    pub host: String,
    /// The port.
    pub port: String,
    /// The role that the run worked as.
    pub user: String,
    /// The OID of the database; receipts of old have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_oid: Option<u32>,
    /// What the server and its standbys share and no other server has; `None` where the role may not ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_identifier: Option<i64>,
}

impl Place {
    /// libpq's keywords that lead to it.
    pub fn keywords(&self) -> [(&str, &str); 4] {
        [("host", &self.host), ("port", &self.port), ("user", &self.user), ("dbname", &self.database)]
    }

    /// Whether the server leads to this database. Where either does not say what tells it from all others, host, port
    /// and name must do.
    pub fn is(&self, server: &Server) -> bool {
        match (self.system_identifier, server.system_identifier, self.database_oid) {
            (Some(here), Some(there), Some(database)) => here == there && database == server.database_oid,
            _ => (&self.host, &self.port, &self.database) == (&server.host, &server.port, &server.database),
        }
    }
}

impl From<&Server> for Place {
    fn from(server: &Server) -> Self {
        Self {
            version: server.version.clone(),
            database: server.database.clone(),
            host: server.host.clone(),
            port: server.port.clone(),
            user: server.user.clone(),
            database_oid: Some(server.database_oid),
            system_identifier: server.system_identifier,
        }
    }
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceiptStep {
    /// The sequence, `schema.name`, quoted.
    pub sequence: QuotedName,
    /// Its OID.
    pub oid: Oid,
    /// Where it stood when the plan was made.
    pub before: State,
    /// The next value that was wanted; of a sequence that was to go to its end the last value.
    pub target: i64,
    /// How it was to be moved.
    pub method: Method,
    /// Why so.
    pub reason: String,
    /// The statement that locks the sequence before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_statement: Option<String>,
    /// The statement.
    pub statement: String,
    /// The statement that would put the sequence back.
    pub undo: String,
    /// How far it came.
    pub progress: Progress,
    /// Every move that was made, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<Move>,
    /// Where it stood when the run looked at it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<State>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl ReceiptStep {
    /// A step that has not begun.
    fn planned(step: &Step) -> Self {
        Self {
            sequence: step.name.clone(),
            oid: step.oid,
            before: step.before,
            target: step.target,
            method: step.method,
            reason: step.reason.clone().into_owned(),
            lock_statement: step.lock_statement(),
            statement: step.statement(),
            undo: step.undo(),
            progress: Progress::Planned,
            moves: Vec::new(),
            after: None,
            error: None,
        }
    }
}

/// How far a step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Progress {
    /// It was not begun: nothing was changed.
    Planned,
    /// It was begun, and there is no word of its end: it may have been done or not.
    Unknown,
    /// It was done; `moves` says what it did, nothing where the sequence needed nothing any more.
    Done,
    /// It was begun and failed.
    Failed,
}

/// One move of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// How.
    pub method: Method,
    /// Where the sequence stood just before.
    pub from: State,
    /// How many calls of nextval() it was moved by.
    pub calls: u64,
}

impl Receipt {
    /// Reads a receipt and, where its run did not end in order, the journal beside it.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read or is not a receipt.
    pub fn load(path: &Path) -> Result<Self> {
        let failed = |source| Error::File { tried: "read the receipt", path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut receipt: Self = serde_json::from_reader(std::io::BufReader::new(file))
            .map_err(|error| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
        if receipt.run.finished.is_none() {
            journal::merge(&journal_of(path), &mut receipt.steps)?;
        }
        Ok(receipt)
    }
}

/// What a run that begins now is called: sorts by time, and no two share one.
pub(crate) fn name(server: &Server) -> String {
    let file = recorder::file_name(&Run::begin("", server));
    id(Path::new(&file))
}

/// The journal that stands beside a receipt while its run goes on.
fn journal_of(receipt: &Path) -> PathBuf {
    receipt.with_extension(folder::JOURNAL_EXTENSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::plan::testing::step;

    const FRESH: State = State { last_value: 1, is_called: false };
    const MOVE: Move = Move { method: Method::Draw, from: FRESH, calls: 9 };

    fn server() -> Server {
        Server { database: "shop/\"Zürich\"".to_owned(), ..crate::fixture::server() }
    }

    fn plan(steps: usize) -> Plan {
        let steps = (0..steps).map(|n| step(&format!("public.\"t{n}\""), Method::Draw, 1, FRESH, 10, 9));
        Plan { steps: steps.collect(), ..Plan::default() }
    }

    fn progress(receipt: &Receipt) -> Vec<Progress> {
        receipt.steps.iter().map(|step| step.progress).collect()
    }

    #[test]
    fn a_receipt_stands_before_the_first_change() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::begin(&folder.path().join("a/b"), "fix", &server(), &plan(2)).unwrap();
        let receipt = Receipt::load(recorder.path()).unwrap();
        assert_eq!(progress(&receipt), [Progress::Planned, Progress::Planned]);
        assert_eq!(receipt.run.server.database, "shop/\"Zürich\"");
        assert_eq!(receipt.run.finished, None);
        assert_eq!(
            receipt.steps[1].undo,
            "SELECT pg_catalog.setval('public.\"t1\"'::pg_catalog.regclass, 1, false)"
        );
    }

    #[test]
    fn a_run_that_was_killed_still_tells_what_it_did() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::begin(folder.path(), "fix", &server(), &plan(5)).unwrap();
        recorder.started(&[0, 1, 2, 3]).unwrap();
        recorder.done([(0, Some(MOVE)), (1, None)]).unwrap();
        recorder.failed(2, "no").unwrap();
        let receipt = Receipt::load(recorder.path()).unwrap();
        let expected =
            [Progress::Done, Progress::Done, Progress::Failed, Progress::Unknown, Progress::Planned];
        assert_eq!(progress(&receipt), expected);
        assert_eq!((&receipt.steps[0].moves[..], &receipt.steps[1].moves[..]), (&[MOVE][..], &[][..]));
        assert_eq!(receipt.steps[2].error.as_deref(), Some("no"));
    }

    #[test]
    fn a_line_cut_off_leaves_its_step_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::begin(folder.path(), "fix", &server(), &plan(2)).unwrap();
        recorder.started(&[0, 1]).unwrap();
        recorder.done([(0, Some(MOVE)), (1, Some(MOVE))]).unwrap();
        let journal = journal_of(recorder.path());
        let text = std::fs::read(&journal).unwrap();
        std::fs::write(&journal, &text[..text.len() - 10]).unwrap();
        let receipt = Receipt::load(recorder.path()).unwrap();
        assert_eq!(progress(&receipt), [Progress::Done, Progress::Unknown]);
    }

    #[test]
    fn in_the_end_the_receipt_alone_tells_everything() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::begin(folder.path(), "fix", &server(), &plan(2)).unwrap();
        recorder.started(&[0, 1]).unwrap();
        let after = State { last_value: 9, is_called: true };
        let path = recorder.path().to_owned();
        recorder
            .finish(&server(), plan(2).steps.iter(), |place, step| {
                step.progress = Progress::Done;
                step.after = (place == 0).then_some(after);
            })
            .unwrap();
        let files: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files, std::slice::from_ref(&path));
        assert_eq!(list(folder.path()).unwrap(), std::slice::from_ref(&path));
        let receipt = Receipt::load(&path).unwrap();
        assert!(receipt.run.finished.is_some() && receipt.run.ended_on.is_none());
        assert_eq!(progress(&receipt), [Progress::Done, Progress::Done]);
        assert_eq!(receipt.steps[0].after, Some(after));
    }

    #[test]
    fn a_receipt_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = Recorder::begin(&file.join("receipts"), "fix", &server(), &plan(1)).unwrap_err();
        assert!(error.to_string().starts_with("could not make the folder "), "{error}");
    }

    #[test]
    fn what_is_no_receipt_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        std::fs::write(&path, "{}").unwrap();
        assert!(Receipt::load(&path).unwrap_err().to_string().starts_with("could not read the receipt "));
    }
}
