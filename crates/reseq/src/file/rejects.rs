//! The file that keeps the records that were not loaded.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, Write};
use std::path::{Path, PathBuf};

use super::Input;
use crate::{Error, Result};

/// A file of records as they stood in the input, with its header: once they are repaired, it can be loaded like the
/// input.
#[derive(Debug)]
pub struct Rejects {
    path: PathBuf,
    file: BufWriter<File>,
    /// What stands before the first record.
    head: Vec<u8>,
    trailer: &'static [u8],
    count: u64,
    /// The trailer was written.
    trailed: bool,
    /// The file was made by this run.
    made: bool,
    kept: bool,
}

impl Rejects {
    /// Makes the file; nothing is written to it as long as nothing is rejected.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be written; [`Error::Usage`] where it holds something already, which may be the
    /// input.
    pub fn create(path: &Path) -> Result<Self> {
        let failed = |source| failure(path, source);
        let made = !path.exists();
        // Not truncated: it might be the input.
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() > 0 {
            return Err(Error::Usage {
                message: format!("{} holds something already, and is not written over", path.display()),
                hint: Some("name another file for the rejected lines, or remove it (a run that was killed leaves it behind)".to_owned()),
            });
        }
        let (file, head) = (BufWriter::new(file), Vec::new());
        Ok(Self {
            path: path.to_owned(),
            file,
            head,
            trailer: b"",
            count: 0,
            trailed: false,
            made,
            kept: false,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many records it holds.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Records of this input come next.
    pub fn begin(&mut self, input: &Input) {
        if self.count == 0 {
            self.head = input.head().to_vec();
            self.trailer = input.format().end_of_data();
        }
    }

    /// Adds a record as it stands in the input.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn add(&mut self, record: &[u8]) -> Result<()> {
        let mut write = || {
            if self.count == 0 {
                self.write(&self.head.clone())?;
            } else if std::mem::take(&mut self.trailed) {
                self.file.seek_relative(-(self.trailer.len() as i64))?;
            }
            self.write(record)
        };
        write().map_err(|source| failure(&self.path, source))?;
        self.count += 1;
        Ok(())
    }

    /// In the binary format as it is, else as a line: the last one of a file may have no end.
    fn write(&mut self, record: &[u8]) -> io::Result<()> {
        self.file.write_all(record)?;
        let ended = record.is_empty() || record.ends_with(b"\n") || record.ends_with(b"\r");
        if ended || !self.trailer.is_empty() { Ok(()) } else { self.file.write_all(b"\n") }
    }

    /// Brings everything to the disk.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn sync(&mut self) -> Result<()> {
        let mut write = || {
            if self.count > 0 && !self.trailed {
                self.file.write_all(self.trailer)?;
                self.trailed = true;
            }
            self.file.flush()?;
            match self.file.get_ref().sync_all() {
                // A pipe or a device has no disk.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
                other => other,
            }
        };
        write().map_err(|source| failure(&self.path, source))
    }

    /// The others were loaded: what is rejected stays. Else the file is removed again.
    pub fn keep(&mut self) {
        self.kept = self.count > 0;
    }
}

impl Drop for Rejects {
    /// What was not loaded and not kept is still in the input.
    fn drop(&mut self) {
        if self.made && !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn failure(path: &Path, source: io::Error) -> Error {
    Error::File { tried: "write the rejected lines to", path: path.to_owned(), source }
}
