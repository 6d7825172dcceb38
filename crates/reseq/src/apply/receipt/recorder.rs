//! Writes a receipt.

use std::fs::{DirBuilder, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::journal::Journal;
use super::{Move, ReceiptStep, Run, folder, journal_of};
use crate::plan::{Plan, Step};
use crate::session::Server;
use crate::{Error, Result};

/// The receipt of a run that is going on. It is written with the first steps: a run that changes nothing has none.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    run: Run,
    journal: Option<Journal>,
}

impl Recorder {
    /// Writes the receipt of a run that is about to begin, with all steps as planned, if there are any. It is on the
    /// disk when this returns; where it cannot be written, nothing may be changed.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn begin(folder: &Path, command: &str, server: &Server, plan: &Plan) -> Result<Self> {
        let run = Run::begin(command, server);
        let mut recorder = Self { path: folder.join(file_name(&run)), run, journal: None };
        if !plan.steps.is_empty() {
            recorder.planned(plan.steps.iter())?;
        }
        Ok(recorder)
    }

    /// Of a run that leaves no receipt.
    pub(in crate::apply) fn of_nothing(server: &Server) -> Self {
        Self { path: PathBuf::new(), run: Run::begin("", server), journal: None }
    }

    /// Writes the receipt with all steps of the run as planned: those that it has already, in their places, and new
    /// ones after them. What became of the former is in the journal.
    pub(in crate::apply) fn planned<'a>(&mut self, steps: impl Iterator<Item = &'a Step>) -> Result<()> {
        if self.journal.is_none() {
            make_folder(self.path.parent().unwrap_or(Path::new(".")))?;
        }
        write(&self.path, &self.run, steps.map(ReceiptStep::planned))?;
        if self.journal.is_none() {
            self.journal = Some(Journal::create(journal_of(&self.path))?);
        }
        Ok(())
    }

    /// Where the receipt was written; `None` as long as there was no step.
    pub(in crate::apply) fn written(&self) -> Option<PathBuf> {
        self.journal.is_some().then(|| self.path.clone())
    }

    /// Where the receipt is, or will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// These steps, by their place in the plan, are about to be sent.
    pub(in crate::apply) fn started(&self, steps: &[usize]) -> Result<()> {
        self.journal.as_ref().map_or(Ok(()), |journal| journal.started(steps))
    }

    /// These steps were done.
    pub(in crate::apply) fn done(
        &self,
        steps: impl IntoIterator<Item = (usize, Option<Move>)>,
    ) -> Result<()> {
        self.journal.as_ref().map_or(Ok(()), |journal| journal.done(steps))
    }

    /// This step failed.
    pub(in crate::apply) fn failed(&self, step: usize, reason: &str) -> Result<()> {
        self.journal.as_ref().map_or(Ok(()), |journal| journal.failed(step, reason))
    }

    /// Writes the receipt anew with what became of every step and the server where it ended, and removes the journal.
    /// `became` adds to the step at a place.
    pub(in crate::apply) fn finish<'a>(
        mut self,
        server: &Server,
        steps: impl Iterator<Item = &'a Step>,
        became: impl Fn(usize, &mut ReceiptStep),
    ) -> Result<()> {
        let Some(journal) = self.journal else { return Ok(()) };
        self.run.end(server);
        let steps = steps.enumerate().map(|(place, step)| {
            let mut step = ReceiptStep::planned(step);
            became(place, &mut step);
            step
        });
        write(&self.path, &self.run, steps)?;
        journal.remove()
    }
}

/// Makes the folder of receipts, for its owner alone.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| Error::File { tried: "make the folder", path: folder.to_owned(), source })
}

fn write(path: &Path, run: &Run, steps: impl Iterator<Item = ReceiptStep>) -> Result<()> {
    replace(path, |file| write_json(file, run, steps))
}

/// Writes a whole receipt beside its place and moves it there: a reader sees the old one or the new one.
pub(crate) fn replace(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<()> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = BufWriter::new(File::create(&temporary)?);
        content(&mut file)?;
        file.into_inner()?.sync_all()?;
        std::fs::rename(&temporary, path)?;
        // The new name too must outlast a crash of the machine.
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(|source| Error::File { tried: "write the receipt", path: path.to_owned(), source })
}

/// One line a step, each made when it is its turn: 100,000 of them never stand in memory together.
fn write_json(
    file: &mut impl Write,
    run: &Run,
    steps: impl Iterator<Item = ReceiptStep>,
) -> std::io::Result<()> {
    let head = serde_json::to_string(run)?;
    write!(file, "{},\n\"steps\": [", head.strip_suffix('}').unwrap_or(&head))?;
    for (place, step) in steps.enumerate() {
        file.write_all(if place == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *file, &step)?;
    }
    file.write_all(b"\n]}\n")
}

/// `2026-05-01T22-15-03.123456Z-shop-4711.json`: sorts by time, and no two runs share one.
pub(super) fn file_name(run: &Run) -> String {
    let time = format!("{:.6}", run.started).replace(':', "-");
    let plain = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let database: String =
        run.server.database.chars().map(|c| if plain(c) { c } else { '_' }).take(40).collect();
    format!("{time}-{database}-{}.{}", std::process::id(), folder::EXTENSION)
}
