//! Loads: files of every format, sequences of every kind, rows that are not taken, conflicts, company, and the kill.

mod company;
mod conflicts;
mod end_of_data;
mod formats;
mod killed;
mod rejects;
mod search;
mod sequences;

use std::path::PathBuf;

use reseq::apply::{ChangeOutcome, change};
use reseq::file::Source;
use reseq::{LoadRequest, Result, prepare_load};
use tempfile::TempDir;

use crate::support::Database;

/// The files of one test, and the folder of its receipts.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Source {
        std::fs::write(self.path(name), content).unwrap();
        Source::File(self.path(name))
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn load(&self, database: &Database, request: &LoadRequest) -> Result<ChangeOutcome> {
        let mut sessions = database.sessions();
        let prepared = prepare_load(&mut sessions, request)?;
        let (planned, mut loader) = prepared.begin(&sessions, |_| ())?;
        change(&mut sessions, &planned, &mut loader, &self.path("receipts"))
    }

    /// Loads one file with this content, and nothing else said.
    fn load_csv(&self, database: &Database, table: &str, content: &str) -> Result<ChangeOutcome> {
        let file = self.write("rows.csv", content);
        self.load(database, &into(table, [file]))
    }
}

fn into(table: &str, files: impl IntoIterator<Item = Source>) -> LoadRequest {
    LoadRequest { table: table.to_owned(), files: files.into_iter().collect(), ..LoadRequest::default() }
}
