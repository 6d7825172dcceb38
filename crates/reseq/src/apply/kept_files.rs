//! Files that a change writes and may read again, each named by the act itself.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;

use reseq_pq as pq;

use super::Streams;
use crate::plan::Change;
use crate::{Error, Result};

/// Streams of a change whose acts name their files. A file that is there already is left alone, and the change refused;
/// what was written is removed again where the change comes to nothing.
#[derive(Debug, Default)]
pub struct KeptFiles {
    /// The file of each act, by its place in [`Change::acts`].
    files: Vec<Option<PathBuf>>,
    /// What was written.
    written: Vec<PathBuf>,
    /// The change was done, or may have been.
    keep: bool,
}

impl KeptFiles {
    /// The files of this change's acts.
    pub fn of(change: &Change) -> Self {
        Self {
            files: change.acts.iter().map(|act| act.file().cloned()).collect(),
            written: Vec::new(),
            keep: false,
        }
    }

    fn path(&self, act: usize) -> PathBuf {
        self.files.get(act).cloned().flatten().unwrap_or_default()
    }
}

fn failed(tried: &'static str, path: PathBuf) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::File { tried, path, source }
}

impl Streams for KeptFiles {
    fn give(&mut self, act: usize, copy: &mut pq::CopyIn<'_>) -> Result<()> {
        let path = self.path(act);
        let mut file = File::open(&path).map_err(failed("read", path.clone()))?;
        io::copy(&mut file, copy).map(drop).map_err(failed("send the rows of", path))
    }

    fn take(&mut self, act: usize, copy: &mut pq::CopyOut<'_>) -> Result<()> {
        let path = self.path(act);
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = opened.map_err(failed("make the file", path.clone()))?;
        self.written.push(path.clone());
        let mut buffered = io::BufWriter::with_capacity(1 << 16, file);
        let write = || {
            while let Some(row) = copy.next_row().map_err(io::Error::other)? {
                buffered.write_all(row)?;
            }
            buffered.into_inner()?.sync_all()
        };
        write().map_err(failed("write", path))
    }

    fn done(&mut self) {
        self.keep = true;
    }
}

impl Drop for KeptFiles {
    fn drop(&mut self) {
        if !self.keep {
            for path in &self.written {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}
