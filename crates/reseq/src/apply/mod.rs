//! The only room that writes: runs a plan, keeps the receipt, looks again.
//!
//! A run writes its receipt ([`Recorder::begin`]), sends the steps, waits for the transactions that were writing
//! to the tables at that moment, also to those of sequences that needed nothing so far, looks at the sequences once
//! more and advances again those that need it. Where any transaction has ended since the first look, all sequences are
//! looked at again. Nothing depends on the state of a session: one connection behind a pooler in transaction mode is
//! enough.

mod advance;
mod backup;
mod change;
mod end;
mod forward;
pub(crate) mod in_flight;
mod kept_files;
mod load;
mod moving;
mod outcome;
pub mod receipt;
mod repairs;
mod resolve;
mod retry;
mod runner;
mod verify;

use std::time::Duration;

use crate::plan::FixOptions;
use crate::session::Server;
use crate::{Error, Result};

pub use backup::{BackupReader, BackupWriter};
pub(crate) use forward::forward;

pub(crate) use change::change_at_once;
pub use change::{ChangeOutcome, NoStreams, Portions, Rejected, Streams, change};
pub use in_flight::Holder;
pub use kept_files::KeptFiles;
pub use load::{Loaded, Loader, Search};
pub use outcome::{Outcome, Remains, Status};
pub use receipt::Recorder;
pub use repairs::{Repair, Repairs};
pub use resolve::resolve;
pub use runner::apply;

/// How a plan is carried out.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// How long transactions that were writing to a table are waited for; zero does not wait.
    pub wait: Duration,
    /// Whether sequences that needed nothing when the plan was made may be moved too, where rows of such a
    /// transaction come in ahead of them. Else they are said to remain.
    pub beyond_plan: bool,
    /// What the plan was made with: what is seen after the first round is planned by it too.
    pub fix: FixOptions,
    /// Up to how many bytes a table without an index is read, as when it was observed.
    pub scan_limit: u64,
    /// Whether foreign tables are read, as when it was observed.
    pub foreign_tables: bool,
}

impl Default for ApplyOptions {
    /// Waits for ten seconds, moves what needs it by then, and reads tables without an index up to 1 GB.
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(10),
            beyond_plan: true,
            fix: FixOptions::default(),
            scan_limit: crate::SCAN_LIMIT,
            foreign_tables: false,
        }
    }
}

/// A standby takes no changes, and its sequences run ahead of the primary's.
///
/// # Errors
/// [`Error::Server`] on a standby.
pub fn refuse_standby(server: &Server) -> Result<()> {
    if server.in_recovery {
        let from = server.primary.as_ref().map(|from| format!(" (this one gets its changes from {from})"));
        return Err(Error::Server(format!(
            "{} on {}:{} is a standby, where nothing can be changed: connect to the primary{}",
            server.database,
            server.host,
            server.port,
            from.unwrap_or_default()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standby_is_refused() {
        let mut server = crate::fixture::server();
        (server.database, server.host) = ("shop".to_owned(), "replica".to_owned());
        assert!(refuse_standby(&server).is_ok());
        server.in_recovery = true;
        let refusal = |server: &Server| refuse_standby(server).map_err(|error| error.to_string());
        let expected =
            "shop on replica:5432 is a standby, where nothing can be changed: connect to the primary";
        assert_eq!(refusal(&server), Err(expected.to_owned()));
        server.primary = Some("db1:5433".to_owned());
        let expected = format!("{expected} (this one gets its changes from db1:5433)");
        assert_eq!(refusal(&server), Err(expected));
    }
}
