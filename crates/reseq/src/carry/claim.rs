//! One fence at a time for one database: two runs that raise and lift the same setting would each believe in a fence that
//! the other has lifted.
//!
//! Whoever fences a database holds an advisory lock in it until the run is over, in a transaction of its own that is left
//! open: that holds behind a pooler too, and ends with the connection, also of a run that is killed.

use std::time::Duration;

use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// So often it is tried to be the one: the connection of a run that was just killed ends in a moment.
const TRIES: usize = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// The right to fence a database.
pub(super) struct Claim {
    /// For the work of the fence. Of its own: what interrupts the run does not keep a fence from being lifted.
    pub(super) session: Session,
    lock: Lock,
}

/// The lock, until this is dropped.
struct Lock {
    _session: Session,
    pid: i32,
}

impl Claim {
    /// Takes it.
    ///
    /// # Errors
    /// [`Error::Unable`] where another run has it.
    pub(super) fn take(source: &Sessions) -> Result<Self> {
        let mut session = source.another()?;
        let lock = Lock::take(source, &mut session)?;
        Ok(Self { session, lock })
    }

    /// Takes it again where the connection was lost that held it.
    ///
    /// # Errors
    /// [`Error::Unable`] where another run has it by now.
    pub(super) fn renew(&mut self, source: &Sessions) -> Result<()> {
        // A connection that was lost may be there still, as the server sees it.
        if holder(&mut self.session)?.is_none_or(|holder| holder.pid != self.lock.pid) {
            self.lock = Lock::take(source, &mut self.session)?;
        }
        Ok(())
    }

    /// The server processes of the run.
    pub(super) fn pids_with(&self, source: &Sessions) -> Vec<i32> {
        let mut pids = source.backend_pids();
        pids.push(self.lock.pid);
        pids
    }
}

impl Lock {
    /// `session` is for asking who has it else.
    fn take(source: &Sessions, session: &mut Session) -> Result<Self> {
        let mut left = TRIES;
        loop {
            let mut holding = source.another()?;
            if let Some(pid) = try_to_hold(&mut holding)? {
                return Ok(Self { _session: holding, pid });
            }
            left -= 1;
            if left == 0 {
                return Err(refused(session));
            }
            session.interrupt().pause(PAUSE)?;
        }
    }
}

/// The server process that holds the lock now; `None` where another does.
fn try_to_hold(session: &mut Session) -> Result<Option<i32>> {
    const TRIED: &str = "take the lock of those who fence the database";
    let rows = session.leave_open(TRIED, include_str!("sql/claim.sql"))?;
    let read = || {
        let row = rows.row(0)?;
        let pid = row.get(1)?;
        Ok(row.get::<bool>(0)?.then_some(pid))
    };
    read().map_err(Error::while_trying(TRIED))
}

/// A run that fences a database, or is about to, and has not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FencingRun {
    /// The server process that holds the lock for it.
    pub pid: i32,
    /// Who that is and since when, as far as the role may know.
    whose: String,
}

impl std::fmt::Display for FencingRun {
    /// The process, and in brackets its role, where it comes from and since when.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {}{}", self.pid, self.whose)
    }
}

/// The run that fences this database at this moment; `None` where none does. On a standby nobody sees those of its primary.
///
/// # Errors
/// As [`Session::read`].
pub fn fencing_run(end: &mut Sessions) -> Result<Option<FencingRun>> {
    holder(end.first())
}

/// Refuses to fence the source while another run does, before anything is done; [`super::finish`] refuses it once more.
///
/// # Errors
/// [`Error::Unable`] where another run is at it; as [`Session::read`].
pub fn refuse_second_fence(source: &mut Sessions) -> Result<()> {
    let session = source.first();
    for _ in 1..TRIES {
        if holder(session)?.is_none() {
            return Ok(());
        }
        session.interrupt().pause(PAUSE)?;
    }
    refuse_if_held(session)
}

fn holder(session: &mut Session) -> Result<Option<FencingRun>> {
    const TRIED: &str = "ask who fences the database";
    let rows = session.read(TRIED, include_str!("sql/claimed_by.sql"), &[])?;
    let read = |row: reseq_pq::Row<'_>| Ok(FencingRun { pid: row.get(0)?, whose: row.get(1)? });
    rows.iter().next().map(read).transpose().map_err(Error::while_trying(TRIED))
}

/// Refuses where somebody fences the database now.
pub(super) fn refuse_if_held(session: &mut Session) -> Result<()> {
    holder(session)?.map_or(Ok(()), |_| Err(refused(session)))
}

fn refused(session: &mut Session) -> Error {
    let database = session.server().database.clone();
    let who = match holder(session) {
        Ok(Some(run)) => run.to_string(),
        Ok(None) => "it has just ended".to_owned(),
        Err(error) => return error,
    };
    Error::Unable {
        message: format!("another run of reseq fences the database {database}: {who}"),
        hint: Some(
            "one at a time: wait until it has said how it ended, or stop it, and run it again".to_owned(),
        ),
    }
}
