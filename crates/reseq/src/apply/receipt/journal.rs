//! The journal of a run: one JSON object a line, only ever appended to.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Move, Progress, ReceiptStep};
use crate::{Error, Result};

/// A line of the journal. Steps are known by their place in the receipt.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    /// These are about to be sent.
    Started(Vec<usize>),
    /// This one was done; `None` where the sequence needed nothing any more.
    Done(usize, Option<Move>),
    /// This one failed.
    Failed(usize, String),
}

/// A journal that is being written, from several threads.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

impl Journal {
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        let file = File::options().append(true).create_new(true).open(&path);
        match file {
            Ok(file) => Ok(Self { path, file: Mutex::new(file) }),
            Err(source) => Err(Error::File { tried: "write the journal", path, source }),
        }
    }

    /// These steps are about to be sent. On the disk when this returns.
    pub(super) fn started(&self, steps: &[usize]) -> Result<()> {
        self.append([Line::Started(steps.to_vec())], true)
    }

    /// These steps were done. A line that is lost makes its step unknown, no more: nothing waits for the disk.
    pub(super) fn done(&self, steps: impl IntoIterator<Item = (usize, Option<Move>)>) -> Result<()> {
        self.append(steps.into_iter().map(|(step, made)| Line::Done(step, made)), false)
    }

    /// This step failed.
    pub(super) fn failed(&self, step: usize, reason: &str) -> Result<()> {
        self.append([Line::Failed(step, reason.to_owned())], false)
    }

    fn append(&self, lines: impl IntoIterator<Item = Line>, sync: bool) -> Result<()> {
        let write = || {
            let mut text = Vec::new();
            for line in lines {
                serde_json::to_writer(&mut text, &line)?;
                text.push(b'\n');
            }
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(&text)?;
            if sync { file.sync_data() } else { Ok(()) }
        };
        write().map_err(|source| Error::File { tried: "write the journal", path: self.path.clone(), source })
    }

    /// Once the receipt itself is complete.
    pub(super) fn remove(self) -> Result<()> {
        std::fs::remove_file(&self.path).map_err(|source| Error::File {
            tried: "remove the journal",
            path: self.path,
            source,
        })
    }
}

/// Adds to the steps what the journal tells of them; without a journal none was begun.
pub(super) fn merge(path: &Path, steps: &mut [ReceiptStep]) -> Result<()> {
    let failed = |source| Error::File { tried: "read the journal", path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for line in BufReader::new(file).lines() {
        // The last line may be cut off; its step stays unknown.
        let Ok(line) = serde_json::from_str(&line.map_err(failed)?) else { break };
        apply(line, steps);
    }
    Ok(())
}

fn apply(line: Line, steps: &mut [ReceiptStep]) {
    match line {
        Line::Started(places) => {
            for place in places {
                if let Some(step) = steps.get_mut(place) {
                    step.progress = Progress::Unknown;
                }
            }
        }
        Line::Done(place, made) => {
            if let Some(step) = steps.get_mut(place) {
                step.progress = Progress::Done;
                step.moves.extend(made);
            }
        }
        Line::Failed(place, reason) => {
            if let Some(step) = steps.get_mut(place) {
                step.progress = Progress::Failed;
                step.error = Some(reason);
            }
        }
    }
}
