//! How the databases of a run fare: one that fails does not stop the others.

use crate::databases::Database;
use crate::exit;
use crate::failure::Failure;
use crate::ui::tell_of;

/// What has become of the databases so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    status: u8,
    any_done: bool,
    passed_over: Option<Failure>,
}

impl Tally {
    /// One was worked on, with this exit status.
    pub(crate) fn done(&mut self, status: u8) {
        self.status = self.status.max(status);
        self.any_done = true;
    }

    /// One could not be worked on. Without `--all` that ends the run; else it is told, and the run is incomplete by it
    /// (true), unless the database only lacks what the user named: others may have it.
    pub(crate) fn failed(&mut self, database: &Database, failure: Failure) -> Result<bool, Failure> {
        let Some(name) = &database.name else { return Err(failure) };
        if matches!(failure, Failure::Usage { .. }) {
            return Err(failure);
        }
        tell_of(name, &failure);
        let lacks = failure.status() == exit::USAGE;
        if lacks {
            self.passed_over.get_or_insert(failure);
        } else {
            self.done(exit::INCOMPLETE);
        }
        Ok(!lacks)
    }

    /// The exit status of the run.
    pub(crate) fn status(self) -> Result<u8, Failure> {
        match self.passed_over {
            Some(failure) if !self.any_done => Err(failure),
            _ => Ok(self.status),
        }
    }
}
