//! How to connect, and the limits that every statement gets.

use std::time::{Duration, Instant};

use reseq_pq as pq;

use super::interrupt::Registration;
use super::loss::{Endurance, is_away, is_starting};
use super::{Interrupt, Server, Session};
use crate::{Error, Result};

/// Time-outs of every statement. Zero means none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a statement may run (`statement_timeout`).
    pub statement_timeout: Duration,
    /// How long a statement may wait for a lock (`lock_timeout`).
    pub lock_timeout: Duration,
}

impl Default for Limits {
    /// Long enough for reading a table of the default scan limit, short enough for a lock queue that nobody
    /// notices.
    fn default() -> Self {
        Self { statement_timeout: Duration::from_secs(60), lock_timeout: Duration::from_secs(1) }
    }
}

/// How long a lost connection is made again by default, and a server waited for that is starting.
pub const RETRY: Duration = Duration::from_secs(30);

/// How long one try to connect again may take, unless the connection string says it: the next may meet a server
/// that is back.
const CONNECT_TIMEOUT: &str = "10";

/// The pauses between these tries: short ones at first, for a session that was merely ended.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
];

/// Opens connections: libpq's keywords, the limits of every statement, and the interrupt that ends them.
#[derive(Clone)]
pub struct Connector {
    keywords: Vec<(String, String)>,
    limits: Limits,
    retry: Duration,
    interrupt: Interrupt,
}

/// A connection, and what it leads to.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) connection: pq::Connection,
    pub(super) server: Server,
    /// What ends its statements knows it as long as this lives.
    pub(super) _registration: Registration,
}

impl Connector {
    /// Connects with libpq's keywords (manual, section 34.1.2); what they do not say comes from the service
    /// file, the environment and libpq's defaults, as in psql. `dbname` may be a conninfo string or a URI.
    pub fn new(keywords: Vec<(String, String)>) -> Self {
        Self { keywords, limits: Limits::default(), retry: RETRY, interrupt: Interrupt::default() }
    }

    /// Connects with a conninfo string or URI.
    pub fn from_conninfo(conninfo: &str) -> Self {
        Self::new(vec![("dbname".to_owned(), conninfo.to_owned())])
    }

    /// Sets the time-outs.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sets how long a connection that was lost is made again, for each piece of work that was cut off, and how long a
    /// server is waited for that is starting; zero is not at all. [`RETRY`] by default.
    #[must_use]
    pub fn retry(self, retry: Duration) -> Self {
        Self { retry, ..self }
    }

    /// Sets what ends the connections' statements.
    #[must_use]
    pub fn interrupt(self, interrupt: Interrupt) -> Self {
        Self { interrupt, ..self }
    }

    /// Sets a keyword, in place of an earlier value of it: a password that was asked for, another database.
    #[must_use]
    pub fn keyword(mut self, keyword: &str, value: &str) -> Self {
        // libpq lets the last value of a keyword win, and a conninfo string in `dbname` counts as
        // standing where dbname stands: appending is enough.
        self.keywords.push((keyword.to_owned(), value.to_owned()));
        self
    }

    /// What ends this connector's sessions.
    pub fn interrupted_by(&self) -> &Interrupt {
        &self.interrupt
    }

    /// The time-outs.
    pub(super) fn limits_kept(&self) -> Limits {
        self.limits
    }

    /// How long what a lost connection cut off is taken up again.
    pub(super) fn endurance(&self) -> Endurance {
        Endurance::new(self.retry)
    }

    /// Opens a connection, and asks the server what it is. A server that is starting is waited for, and one that ended
    /// the connection before it answered, too.
    ///
    /// # Errors
    /// [`Error::Connect`] in libpq's words, [`Error::TooOld`] for a server before PostgreSQL 10, [`Error::Server`] for a
    /// pooler in statement mode, [`Error::Lost`] where it was waited for in vain, [`Error::Interrupted`].
    pub fn connect(&self) -> Result<Session> {
        self.connect_waiting(false)
    }

    /// As [`Connector::connect`], but waits for nothing.
    pub(super) fn connect_once(&self) -> Result<Session> {
        Ok(Session::new(self.clone(), self.open(&[("connect_timeout", CONNECT_TIMEOUT)])?))
    }

    /// As [`Connector::connect`], to a server that was `there` a moment ago: if it is away, it is waited for.
    pub(super) fn connect_waiting(&self, there: bool) -> Result<Session> {
        let mut there = there && !self.retry.is_zero();
        let mut end = Instant::now() + self.retry;
        let mut endurance = self.endurance();
        let mut pauses = pauses();
        loop {
            let more: &[_] = if there { &[("connect_timeout", CONNECT_TIMEOUT)] } else { &[] };
            let failed = match self.open(more) {
                Ok(open) => return Ok(Session::new(self.clone(), open)),
                Err(failed) => failed,
            };
            if failed.is_loss() {
                // It let us in.
                there = true;
                end = endurance.another_try(failed)?;
            } else if !may_be_there_soon(&failed, there) {
                return Err(failed);
            } else if Instant::now() >= end {
                return Err(if there { self.waited_in_vain(&failed.to_string()) } else { failed });
            } else {
                tracing::info!(error = %failed, "waiting for the server");
            }
            self.interrupt.pause(pauses.next().unwrap_or_default())?;
        }
    }

    /// No new connection within the time that is given to it.
    fn waited_in_vain(&self, reason: &str) -> Error {
        let seconds = self.retry.as_secs_f64();
        Error::Lost { reason: format!("and no other could be made within {seconds} s: {reason}") }
    }

    /// Opens a further connection to the database of `other`, whose server may be away for a while.
    ///
    /// # Errors
    /// As [`Connector::connect_again`].
    pub(super) fn connect_beside(&self, other: &Server) -> Result<Session> {
        let open = self.connect_again(other, Instant::now() + self.retry)?;
        Ok(Session::new(self.clone(), open))
    }

    /// Opens a connection to the database of `before` in place of one that was lost, trying until `end`.
    ///
    /// # Errors
    /// [`Error::Lost`] where that fails, [`Error::Interrupted`].
    pub(super) fn connect_again(&self, before: &Server, end: Instant) -> Result<Open> {
        let mut pauses = pauses();
        loop {
            let reason = match self.open(&[("connect_timeout", CONNECT_TIMEOUT)]) {
                Ok(open) if !before.is_same_database(&open.server) => {
                    let Server { database, host, port, .. } = open.server;
                    let reason =
                        format!("and what answers now is another server: {database} on {host}:{port}");
                    return Err(Error::Lost { reason });
                }
                // A standby that is to become the primary, or stands in for it.
                Ok(open) if open.server.in_recovery && !before.in_recovery => {
                    format!("{}:{} is a standby", open.server.host, open.server.port)
                }
                Ok(open) => return Ok(open),
                Err(Error::Interrupted) => return Err(Error::Interrupted),
                Err(error) if may_pass(&error) => error.to_string(),
                Err(error) => {
                    return Err(Error::Lost { reason: format!("and cannot be made again: {error}") });
                }
            };
            tracing::info!(error = %reason, "no new connection yet");
            let pause = pauses.next().unwrap_or_default();
            if Instant::now() + pause >= end {
                return Err(self.waited_in_vain(&reason));
            }
            self.interrupt.pause(pause)?;
        }
    }

    /// Connects once; `more` gives way to what the connection string says.
    fn open(&self, more: &[(&str, &str)]) -> Result<Open> {
        self.interrupt.check()?;
        let mut keywords = more.to_vec();
        keywords.extend([("fallback_application_name", "reseq"), ("client_encoding", "UTF8")]);
        keywords.extend(self.keywords.iter().map(|(keyword, value)| (keyword.as_str(), value.as_str())));
        let mut connection = pq::Connection::connect(&keywords).map_err(Error::Connect)?;
        connection.give_up_after(self.limits.longest_silence(1));
        let server = Server::ask(&mut connection)?;
        let registration = self.interrupt.register(connection.cancel_handle().map_err(Error::Connect)?);
        Ok(Open { connection, server, _registration: registration })
    }
}

impl Limits {
    /// How long the server may say nothing while it runs so many statements in one round trip: as long as they may
    /// take by `statement_timeout`, and some seconds for the way.
    pub(super) fn longest_silence(self, statements: usize) -> Option<Duration> {
        const WAY: Duration = Duration::from_secs(10);
        let statements = u32::try_from(statements.max(1)).unwrap_or(u32::MAX);
        let all = self.statement_timeout.saturating_mul(statements);
        (!all.is_zero()).then(|| all.saturating_add(WAY))
    }
}

/// Whether a first connection may be had later: to a server that is starting, or one that was `there` a moment ago.
fn may_be_there_soon(error: &Error, there: bool) -> bool {
    let Error::Connect(error) = error else { return false };
    let message = error.to_string();
    is_starting(&message) || there && is_away(&message)
}

/// Whether connecting again may succeed later.
fn may_pass(error: &Error) -> bool {
    match error {
        Error::Connect(error) => is_away(&error.to_string()),
        error => error.is_loss(),
    }
}

/// The pauses between tries to connect, without end.
fn pauses() -> impl Iterator<Item = Duration> {
    let last = PAUSES[PAUSES.len() - 1];
    PAUSES.into_iter().chain(std::iter::repeat(last))
}

impl std::fmt::Debug for Connector {
    /// Without the keywords' values: one of them may be a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keywords: Vec<&str> = self.keywords.iter().map(|(keyword, _)| keyword.as_str()).collect();
        f.debug_struct("Connector").field("keywords", &keywords).field("limits", &self.limits).finish()
    }
}
