//! Rows that were kept before a table was cleared: a folder with a manifest and one file a table.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Run;
use super::recorder::replace;
use crate::model::{Oid, QuotedName};
use crate::session::Server;
use crate::{Error, Result};

/// What the manifest is called.
const MANIFEST: &str = "manifest.json";

/// The manifest of a backup. Without it, the backup is not complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// The head: which run, when, where.
    #[serde(flatten)]
    pub run: Run,
    /// The tables, what is referred to before what refers to it.
    pub tables: Vec<BackedUp>,
}

/// The rows of one table: COPY's text format in UTF-8, compressed with zstd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUp {
    /// `schema.table`, quoted.
    pub table: QuotedName,
    /// Its OID.
    pub oid: Oid,
    /// The columns, quoted, in order, with commas between.
    pub columns: String,
    /// The file in the folder.
    pub file: String,
    /// How many rows.
    pub rows: u64,
    /// How many bytes before they were compressed.
    pub bytes: u64,
}

impl Backup {
    /// A backup that begins now.
    pub(in crate::apply) fn begin(server: &Server, tables: Vec<BackedUp>) -> Self {
        Self { run: Run::begin("clear", server), tables }
    }

    /// Reads the manifest of the folder.
    ///
    /// # Errors
    /// [`Error::File`] where there is none that can be read: the backup is not complete, or gone.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let failed = |source| Error::File { tried: "read the backup's manifest", path: path.clone(), source };
        let file = std::fs::File::open(&path).map_err(failed)?;
        serde_json::from_reader(std::io::BufReader::new(file))
            .map_err(|error| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))
    }

    /// Writes the manifest. It and the files' names are on the disk when this returns.
    pub(in crate::apply) fn write(&self, folder: &Path) -> Result<()> {
        replace(&folder.join(MANIFEST), |file| {
            serde_json::to_writer_pretty(file, self).map_err(std::io::Error::from)
        })
    }
}
