//! Takes the rows of tables into a backup, and gives them back.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use reseq_pq as pq;

use super::change::Streams;
use super::receipt::{BackedUp, Backup};
use crate::session::Server;
use crate::{Error, Result};

/// How much is read of a file at once.
const PIECE: usize = 1 << 18;

/// Writes a backup while a change goes on; what was written goes away again unless the change was done.
#[derive(Debug)]
pub struct BackupWriter {
    folder: PathBuf,
    backup: Backup,
    /// How many tables are written.
    written: usize,
    /// What was made, to be removed where nothing comes of it.
    made: Vec<PathBuf>,
    kept: bool,
}

impl BackupWriter {
    /// For a change whose acts that copy are those of `tables`, in order. Nothing is written before the first of them.
    pub(crate) fn new(folder: &Path, server: &Server, tables: Vec<BackedUp>) -> Self {
        let backup = Backup::begin(server, tables);
        Self { folder: folder.to_owned(), backup, written: 0, made: Vec::new(), kept: false }
    }

    fn failure(path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::File { tried: "write the backup", path, source }
    }

    /// The folder is this backup's own: it must not be there yet.
    fn make_folder(&mut self) -> Result<()> {
        let failure = || Self::failure(&self.folder);
        if let Some(parent) = self.folder.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(failure())?;
        }
        DirBuilder::new().mode(0o700).create(&self.folder).map_err(failure())?;
        self.made.push(self.folder.clone());
        Ok(())
    }

    /// Writes the rows of one table; they are on the disk when this returns.
    fn write(&mut self, copy: &mut pq::CopyOut<'_>) -> Result<()> {
        let Some(table) = self.backup.tables.get_mut(self.written) else {
            return Err(Error::Server("more tables were copied than were to be kept".to_owned()));
        };
        let path = self.folder.join(&table.file);
        let failure = || Self::failure(&path);
        let file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failure())?;
        self.made.push(path.clone());
        let mut encoder =
            zstd::Encoder::new(BufWriter::new(file), zstd::DEFAULT_COMPRESSION_LEVEL).map_err(failure())?;
        encoder.include_checksum(true).map_err(failure())?;
        let tried = || format!("keep the rows of {}", table.table);
        while let Some(row) = copy.next_row().map_err(Error::while_trying(tried()))? {
            encoder.write_all(row).map_err(failure())?;
            table.rows += 1;
            table.bytes += row.len() as u64;
        }
        let finish = || encoder.finish()?.into_inner()?.sync_all();
        finish().map_err(failure())?;
        self.written += 1;
        Ok(())
    }
}

impl Streams for BackupWriter {
    fn give(&mut self, _: usize, _: &mut pq::CopyIn<'_>) -> Result<()> {
        Ok(())
    }

    fn take(&mut self, _: usize, copy: &mut pq::CopyOut<'_>) -> Result<()> {
        if self.written == 0 {
            self.make_folder()?;
        }
        self.write(copy)?;
        if self.written == self.backup.tables.len() {
            self.backup.write(&self.folder)?;
            self.made.push(self.folder.join("manifest.json"));
            let parent = self.folder.parent().unwrap_or(Path::new("/"));
            File::open(parent).and_then(|parent| parent.sync_all()).map_err(Self::failure(parent))?;
        }
        Ok(())
    }

    fn done(&mut self) {
        self.kept = true;
    }
}

impl Drop for BackupWriter {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // The rows are where they were. What cannot be removed is of no use, and does no harm.
        for path in self.made.iter().rev() {
            let _ = if path == &self.folder { std::fs::remove_dir(path) } else { std::fs::remove_file(path) };
        }
    }
}

/// Gives the rows of a backup back, table by table.
#[derive(Debug, Default)]
pub struct BackupReader {
    folder: PathBuf,
    tables: std::vec::IntoIter<BackedUp>,
}

impl BackupReader {
    /// For a change whose acts that copy are those of the backup's tables, in order.
    pub(crate) fn new(folder: &Path, backup: Backup) -> Self {
        Self { folder: folder.to_owned(), tables: backup.tables.into_iter() }
    }
}

impl Streams for BackupReader {
    fn give(&mut self, _: usize, copy: &mut pq::CopyIn<'_>) -> Result<()> {
        let Some(table) = self.tables.next() else { return Ok(()) };
        let path = self.folder.join(&table.file);
        let failed = |source| Error::File { tried: "read the backup", path: path.clone(), source };
        let mut decoder = File::open(&path).and_then(zstd::Decoder::new).map_err(failed)?;
        let (mut piece, mut bytes) = (vec![0; PIECE], 0);
        loop {
            let length = decoder.read(&mut piece).map_err(failed)?;
            if length == 0 {
                break;
            }
            bytes += length as u64;
            copy.put(&piece[..length])
                .map_err(Error::while_trying(format!("put the rows of {} back", table.table)))?;
        }
        if bytes != table.bytes {
            let words = format!("it holds {bytes} bytes of rows, and was written with {}", table.bytes);
            return Err(failed(io::Error::new(io::ErrorKind::InvalidData, words)));
        }
        Ok(())
    }

    fn take(&mut self, _: usize, _: &mut pq::CopyOut<'_>) -> Result<()> {
        Ok(())
    }
}
