//! What can be undone: the run that a receipt tells of, or what has happened since a save.

use std::path::Path;

use serde::Deserialize;

use super::{Changed, Progress, Receipt, ReceiptStep, Run, Saved};
use crate::model::{Definition, Oid, QuotedName, State};
use crate::{Error, Result};

/// A receipt, or what was saved.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// What one run changed.
    Receipt(Box<Receipt>),
    /// Where sequences stood at some time.
    Saved(Box<Saved>),
}

/// Where a sequence stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// `schema.name`, quoted, as it was called.
    pub sequence: QuotedName,
    /// Its OID.
    pub oid: Oid,
    /// Where it stood.
    pub state: State,
    /// What CREATE SEQUENCE said of it, where that was written down.
    pub definition: Option<Definition>,
    /// Where the run left it.
    pub left: Left,
}

/// Where a run of reseq left a sequence: if it still stands there, nobody has drawn the values between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Others have drawn since, or that is not known.
    Unknown,
    /// There.
    At(State),
    /// So many calls from where it stood.
    Calls(u64),
}

impl Record {
    /// Reads a receipt, with its journal where its run did not end in order, or what `reseq save` has written.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read or is neither.
    pub fn load(path: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            command: String,
        }
        let failed = |source| Error::File { tried: "read", path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(failed)?;
        let head: Head = serde_json::from_reader(std::io::BufReader::new(file)).map_err(|error| {
            let words = format!("it is neither a receipt nor what reseq save --format json writes ({error})");
            failed(std::io::Error::new(std::io::ErrorKind::InvalidData, words))
        })?;
        match head.command.as_str() {
            "save" => Saved::load(path).map(|saved| Self::Saved(Box::new(saved))),
            _ => Receipt::load(path).map(|receipt| Self::Receipt(Box::new(receipt))),
        }
    }

    /// When and where it was.
    pub fn run(&self) -> &Run {
        match self {
            Self::Receipt(receipt) => &receipt.run,
            Self::Saved(saved) => &saved.run,
        }
    }

    /// Where the sequences stood; without those that the run did not come to.
    pub fn past(&self) -> Vec<Past> {
        match self {
            Self::Receipt(receipt) => match &receipt.change {
                Some(changed) => changed.past(),
                None => receipt.steps.iter().filter_map(ReceiptStep::past).collect(),
            },
            Self::Saved(saved) => {
                let past = saved.sequences.iter().map(|saved| Past {
                    sequence: saved.sequence.clone(),
                    oid: saved.oid,
                    state: saved.state,
                    definition: Some(saved.definition),
                    left: Left::Unknown,
                });
                past.collect()
            }
        }
    }
}

impl Changed {
    /// All of them or none.
    fn past(&self) -> Vec<Past> {
        if matches!(self.progress, Progress::Planned | Progress::Failed) {
            return Vec::new();
        }
        let past = self.sequences.iter().map(|one| Past {
            sequence: one.sequence.clone(),
            oid: one.oid,
            state: one.before,
            definition: None,
            left: one.after.map_or(Left::Unknown, Left::At),
        });
        past.collect()
    }
}

impl ReceiptStep {
    /// None where nothing was done. What was begun and has no end may have been done: where the sequence stands tells.
    fn past(&self) -> Option<Past> {
        let from = match (self.progress, self.moves.first()) {
            (_, Some(first)) => first.from,
            (Progress::Unknown, None) => self.before,
            (Progress::Planned | Progress::Failed | Progress::Done, None) => return None,
        };
        let left = match self.progress {
            Progress::Done => Left::Calls(self.moves.iter().map(|one| one.calls).sum()),
            Progress::Planned | Progress::Unknown | Progress::Failed => Left::Unknown,
        };
        Some(Past { sequence: self.sequence.clone(), oid: self.oid, state: from, definition: None, left })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Move, Recorder};
    use super::*;
    use crate::plan::testing::step;
    use crate::plan::{Method, Plan};

    const FRESH: State = State { last_value: 1, is_called: false };
    const LATER: State = State { last_value: 4, is_called: true };

    #[test]
    fn of_a_run_that_was_killed_only_what_it_came_to_is_past() {
        let folder = tempfile::tempdir().unwrap();
        let steps = ["done", "not needed", "failed", "unknown", "not begun"]
            .map(|name| step(name, Method::Draw, 1, FRESH, 10, 9));
        let plan = Plan { steps: steps.into(), ..Plan::default() };
        let recorder = Recorder::begin(folder.path(), "fix", &crate::fixture::server(), &plan).unwrap();
        recorder.started(&[0, 1, 2, 3]).unwrap();
        let made = Move { method: Method::Draw, from: LATER, calls: 5 };
        recorder.done([(0, Some(made)), (1, None)]).unwrap();
        recorder.failed(2, "no").unwrap();
        let record = Record::load(recorder.path()).unwrap();
        let past: Vec<_> =
            record.past().into_iter().map(|one| (one.sequence.to_string(), one.state, one.left)).collect();
        let expected =
            [("done".to_owned(), LATER, Left::Calls(5)), ("unknown".to_owned(), FRESH, Left::Unknown)];
        assert_eq!(past, expected);
    }

    #[test]
    fn what_is_neither_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        std::fs::write(&path, "[]").unwrap();
        let words = Record::load(&path).unwrap_err().to_string();
        assert!(words.contains("it is neither a receipt nor what reseq save"), "{words}");
    }
}
