//! States that were saved: a file that [`crate::plan::restore`] takes like a receipt.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Run;
use crate::model::{Definition, Oid, QuotedName, State};
use crate::session::Server;
use crate::{Error, Result};

/// The definitions and states of sequences at one time: the JSON of `reseq save` (`schema/save.schema.json`; fields are
/// added over time, never renamed).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The head: when and where.
    #[serde(flatten)]
    pub run: Run,
    /// The sequences, by name.
    pub sequences: Vec<SavedSequence>,
}

/// A sequence as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSequence {
    /// `schema.name`, quoted.
    pub sequence: QuotedName,
    /// Its OID.
    pub oid: Oid,
    /// What CREATE SEQUENCE said of it.
    #[serde(flatten)]
    pub definition: Definition,
    /// Where it stood.
    #[serde(flatten)]
    pub state: State,
    /// The column that it belongs to, if it belongs to one.
    pub owner: Option<SavedOwner>,
}

/// The column that a sequence belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedOwner {
    /// `schema.table`, quoted.
    pub table: QuotedName,
    /// The column, quoted.
    pub column: QuotedName,
    /// It is the sequence of an identity column, and not one OWNED BY it.
    pub identity: bool,
}

impl Saved {
    /// What is saved now.
    pub(crate) fn now(server: &Server, sequences: Vec<SavedSequence>) -> Self {
        let run = Run::begin("save", server);
        Self { run: Run { finished: Some(run.started), ..run }, sequences }
    }

    /// Reads what `reseq save` has written.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read or is nothing of the kind.
    pub fn load(path: &Path) -> Result<Self> {
        let failed = |source| Error::File { tried: "read what was saved in", path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(failed)?;
        serde_json::from_reader(std::io::BufReader::new(file))
            .map_err(|error| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))
    }
}
