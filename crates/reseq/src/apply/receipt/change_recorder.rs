//! Writes the receipt of a change: before anything is sent, before COMMIT, and in the end.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::recorder::{file_name, make_folder, replace};
use super::{Changed, Progress, Receipt, Run};
use crate::plan::Change;
use crate::session::Server;
use crate::{Error, Result};

/// The receipt of a change that is going on.
#[derive(Debug)]
pub(in crate::apply) struct ChangeRecorder {
    path: PathBuf,
    run: Run,
    /// What is known of the change so far.
    pub(in crate::apply) changed: Changed,
}

impl ChangeRecorder {
    /// Writes the receipt of a change that is about to begin. It is on the disk when this returns; where it cannot be
    /// written, nothing may be changed.
    pub(in crate::apply) fn begin(folder: &Path, server: &Server, change: &Change) -> Result<Self> {
        let run = Run::begin(change.command, server);
        make_folder(folder)?;
        let recorder = Self { path: folder.join(file_name(&run)), run, changed: Changed::planned(change) };
        recorder.write()?;
        Ok(recorder)
    }

    /// Where the receipt is.
    pub(in crate::apply) fn path(&self) -> &Path {
        &self.path
    }

    /// COMMIT of this transaction is about to be sent. On the disk when this returns.
    pub(in crate::apply) fn committing(&mut self, transaction: i64) -> Result<()> {
        self.changed.progress = Progress::Unknown;
        self.changed.transaction = Some(transaction);
        self.write()
    }

    /// The change has come to its end. Returns what became of it, and where that is written down.
    pub(in crate::apply) fn finish(
        mut self,
        progress: Progress,
        error: Option<&Error>,
    ) -> (Changed, PathBuf) {
        self.changed.progress = progress;
        self.changed.error = error.map(ToString::to_string);
        self.run.finished = Some(Timestamp::now());
        if let Err(error) = self.write() {
            // What was written before COMMIT still tells everything.
            tracing::warn!(%error, "the receipt could not be completed");
        }
        (self.changed, self.path)
    }

    fn write(&self) -> Result<()> {
        let receipt =
            Receipt { run: self.run.clone(), steps: Vec::new(), change: Some(self.changed.clone()) };
        replace(&self.path, |file| serde_json::to_writer_pretty(file, &receipt).map_err(std::io::Error::from))
    }
}
