//! Where nothing is meant: a database that is not the one, or a publication of tables without sequences. That is no target
//! that would be safe.

use super::Carrying;
use crate::session::Server;
use crate::{Error, Result};

impl Carrying {
    /// Whether the source has no sequence at all: nothing is left behind then.
    pub fn source_is_empty(&self) -> bool {
        self.source.catalog.sequences.is_empty()
    }

    /// Refuses to say anything of no sequence.
    ///
    /// # Errors
    /// [`Error::Usage`] where no sequence of the source is selected.
    pub fn refuse_nothing(&self) -> Result<()> {
        if !self.pairs.found.is_empty() || !self.pairs.missing.is_empty() {
            return Ok(());
        }
        let Server { database, host, port, .. } = &self.source.server;
        let place = format!("{database} on {host}:{port}");
        let (message, hint) = match self.source.catalog.sequences.len() {
            0 => (
                format!("{place} has no sequences: there is nothing to carry"),
                "name the database whose sequences are to be carried",
            ),
            number => (
                format!(
                    "no sequence of {place} is selected, of {number} that it has: there is nothing to carry"
                ),
                "name others with -n, -t, -s, --publication or --subscription, or all by naming none",
            ),
        };
        Err(Error::Usage { message, hint: Some(hint.to_owned()) })
    }
}
