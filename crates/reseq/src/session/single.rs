//! One connection, made again where it is lost, and a transaction for writing.

use std::time::{Duration, Instant};

use reseq_pq as pq;

use super::connector::Open;
use super::{Connector, Interrupt, Limits, Server};
use crate::{Error, Result};

const SETTINGS: &str = include_str!("sql/settings.sql");
// The isolation level is said, because a role may have another default.
const WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
pub(super) const COMMIT: pq::Statement<'static> = pq::Statement { sql: "COMMIT", params: &[] };
/// PostgreSQL 10 looks at statement_timeout only where a transaction command begins or ends since the last Sync, and
/// not once it is set: this begins one more.
const TAKE_TIMEOUT: &str = "SAVEPOINT reseq";

/// The catalogue of a large database looks expensive enough to the planner to be compiled first, which takes longer
/// than to read it. The setting is there since PostgreSQL 11.
const WITHOUT_JIT: &str = "SELECT pg_catalog.set_config('jit', 'off', true)";

/// A connection to one database.
#[derive(Debug)]
pub struct Session {
    connector: Connector,
    pub(super) open: Open,
    /// Why no other connection could be made in place of one that was lost.
    lost: Option<String>,
    /// The time-outs in milliseconds, as set_config() takes them: statement, lock.
    pub(super) timeouts: [String; 2],
    limits: Limits,
}

impl Session {
    pub(super) fn new(connector: Connector, open: Open) -> Self {
        let limits = connector.limits_kept();
        let timeouts =
            [limits.statement_timeout, limits.lock_timeout].map(|limit| limit.as_millis().to_string());
        Self { connector, open, lost: None, timeouts, limits }
    }

    /// From now on nothing that is cut off is done again.
    pub(super) fn give_up_at_once(&mut self) {
        self.connector = self.connector.clone().retry(Duration::ZERO);
    }

    /// What the server is.
    pub fn server(&self) -> &Server {
        &self.open.server
    }

    /// Whether the connection was lost and no other could be made: whatever is tried fails.
    pub fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// The error of whatever is not tried any more.
    pub(super) fn loss(&self) -> Error {
        Error::Lost { reason: self.lost.clone().unwrap_or_default() }
    }

    /// The server process behind it; behind a pooler, that of the pooler's own choice.
    pub(crate) fn backend_pid(&self) -> i32 {
        self.open.connection.backend_pid()
    }

    /// What ends this session's statements.
    pub fn interrupt(&self) -> &Interrupt {
        self.connector.interrupted_by()
    }

    /// How long a statement may wait for a lock; zero is without end.
    pub fn lock_timeout(&self) -> Duration {
        self.limits.lock_timeout
    }

    /// Does what only reads, and does it again over another connection where it was cut off.
    pub(crate) fn again_when_lost<T>(&mut self, mut work: impl FnMut(&mut Self) -> Result<T>) -> Result<T> {
        let mut endurance = self.connector.endurance();
        loop {
            match work(self) {
                Err(error) => self.connect_again(endurance.another_try(error)?)?,
                done => return done,
            }
        }
    }

    /// Makes another connection where the last one was lost.
    fn stand_up(&mut self) -> Result<()> {
        if self.is_lost() {
            return Err(self.loss());
        }
        if !self.open.connection.is_broken() {
            return Ok(());
        }
        match self.connector.endurance().end() {
            Some(end) => self.connect_again(end),
            None => Err(self.give_up(Error::Lost { reason: "and no other is to be made".to_owned() })),
        }
    }

    fn connect_again(&mut self, end: Instant) -> Result<()> {
        let open = self.connector.connect_again(&self.open.server, end);
        self.open = open.map_err(|error| self.give_up(error))?;
        Ok(())
    }

    /// Lets every further try fail at once.
    fn give_up(&mut self, error: Error) -> Error {
        if let Error::Lost { reason } = &error {
            self.lost = Some(reason.clone());
        }
        error
    }

    /// Does `work` with statements that wait for a lock no longer than `limit`, nor than their own time-out.
    pub(crate) fn waiting_at_most<T>(&mut self, limit: Duration, work: impl FnOnce(&mut Self) -> T) -> T {
        let own = self.limits.lock_timeout;
        let shorter = if own.is_zero() { limit } else { own.min(limit) };
        let patient = std::mem::replace(&mut self.timeouts[1], shorter.as_millis().to_string());
        let result = work(self);
        self.timeouts[1] = patient;
        result
    }

    /// Does `work` with statements that may take as long as they take, unless `hurried`.
    pub(crate) fn hurried<T>(&mut self, hurried: bool, work: impl FnOnce(&mut Self) -> T) -> T {
        if hurried {
            return work(self);
        }
        let timeout = std::mem::take(&mut self.limits.statement_timeout);
        let usual = std::mem::replace(&mut self.timeouts[0], "0".to_owned());
        let result = work(self);
        (self.limits.statement_timeout, self.timeouts[0]) = (timeout, usual);
        result
    }

    /// Whether the connection was lost, and no other made since.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.open.connection.is_broken()
    }

    /// A transaction that may write. It begins with its first statement, in the same round trip, and is
    /// rolled back unless committed.
    pub(crate) fn transaction(&mut self) -> Transaction<'_> {
        Transaction { session: self, begun: false, attempting: false }
    }

    /// Runs one statement in a transaction that is left open: what it locks is locked until the session is dropped.
    /// Nothing else may be done with that.
    ///
    /// # Errors
    /// As [`Transaction::query`].
    pub(crate) fn leave_open(&mut self, tried: &str, sql: &str) -> Result<pq::Rows> {
        Ok(self.begin(tried, &[pq::Statement { sql, params: &[] }]).map_err(Stopped::error)?.swap_remove(0))
    }

    /// Begins a transaction that may write with these statements, in one round trip; returns their results.
    fn begin(&mut self, tried: &str, statements: &[pq::Statement<'_>]) -> Result<Vec<pq::Rows>, Stopped> {
        self.get_ready(statements.len()).map_err(|error| Stopped { done: 0, error })?;
        let timeouts = self.timeouts.each_ref().map(|timeout| Some(timeout.as_str()));
        let mut all = preamble(WRITE, &timeouts, &self.open.server);
        let before = all.len();
        all.extend(statements);
        let sent = self.open.connection.pipeline(&all);
        let mut results = sent.map_err(|failed| Stopped {
            done: failed.statement.saturating_sub(before),
            error: self.failed(tried, failed.error),
        })?;
        Ok(results.split_off(before))
    }

    /// Before so many statements that may take their time are sent at once: nobody wants an end, and there is a
    /// connection.
    pub(super) fn get_ready(&mut self, statements: usize) -> Result<()> {
        self.interrupt().check()?;
        self.stand_up()?;
        self.open.connection.give_up_after(self.limits.longest_silence(statements));
        Ok(())
    }

    /// Rolls back what a failed statement left open, and says what failed.
    pub(super) fn failed(&mut self, tried: &str, error: pq::Error) -> Error {
        self.roll_back();
        self.error(tried, error)
    }

    fn error(&self, tried: &str, error: pq::Error) -> Error {
        if self.interrupt().is_triggered() { Error::Interrupted } else { Error::while_trying(tried)(error) }
    }

    /// Rolls back where the connection still stands. A failure is not told: it can only be the loss of the
    /// connection, which rolls back too, and the next statement says so.
    fn roll_back(&mut self) {
        if !self.open.connection.is_broken() {
            let _ = self.open.connection.simple("ROLLBACK");
        }
    }
}

/// Why statements were not all run.
pub(crate) struct Stopped {
    /// How many were done before. All were rolled back, but for what no transaction takes back.
    pub(crate) done: usize,
    pub(crate) error: Error,
}

impl Stopped {
    fn error(self) -> Error {
        self.error
    }
}

/// A transaction that may write; rolled back when dropped without [`Transaction::commit`].
#[derive(Debug)]
pub struct Transaction<'s> {
    session: &'s mut Session,
    begun: bool,
    /// A savepoint is set.
    attempting: bool,
}

impl Transaction<'_> {
    /// Runs one statement.
    ///
    /// # Errors
    /// [`Error::Database`] with `tried`, [`Error::Interrupted`]; the transaction is then rolled back.
    pub fn query(&mut self, tried: &str, sql: &str, params: &[Option<&str>]) -> Result<pq::Rows> {
        let mut results = self.pipeline(tried, &[pq::Statement { sql, params }])?;
        Ok(results.swap_remove(0))
    }

    /// Runs several statements in one round trip.
    ///
    /// # Errors
    /// As [`Transaction::query`]; of the statements after the failed one none ran.
    pub fn pipeline(&mut self, tried: &str, statements: &[pq::Statement<'_>]) -> Result<Vec<pq::Rows>> {
        if !self.begun {
            let results = self.session.begin(tried, statements).map_err(Stopped::error)?;
            self.begun = true;
            return Ok(results);
        }
        self.go_on(|_| tried, statements)
    }

    /// Runs several statements in one round trip, each with what it is for.
    ///
    /// # Errors
    /// As [`Transaction::pipeline`], in the words of the statement that failed.
    pub fn pipeline_each_tried(&mut self, statements: &[(&str, String)]) -> Result<Vec<pq::Rows>> {
        self.begin()?;
        let bare: Vec<_> = statements.iter().map(|(_, sql)| pq::Statement { sql, params: &[] }).collect();
        self.go_on(|place| statements.get(place).map_or("run the statements", |(tried, _)| tried), &bare)
    }

    fn go_on<'t>(
        &mut self,
        tried: impl FnOnce(usize) -> &'t str,
        statements: &[pq::Statement<'_>],
    ) -> Result<Vec<pq::Rows>> {
        self.session.interrupt().check()?;
        let connection = &mut self.session.open.connection;
        connection.give_up_after(self.session.limits.longest_silence(statements.len()));
        connection.pipeline(statements).map_err(|failed| {
            let error = self.session.error(tried(failed.statement), failed.error);
            self.roll_back();
            error
        })
    }

    /// Does `work` inside a savepoint: where a statement of it fails, all of it is rolled back and the transaction goes
    /// on.
    ///
    /// # Errors
    /// What `work` returns; and as [`Transaction::query`].
    pub(crate) fn attempt<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.query("set a savepoint", "SAVEPOINT reseq_attempt", &[])?;
        self.attempting = true;
        let done = work(self).and_then(|done| {
            self.query("release a savepoint", "RELEASE SAVEPOINT reseq_attempt", &[])?;
            Ok(done)
        });
        self.attempting = false;
        done
    }

    /// To the savepoint, or to the beginning. A failure is not told: see [`Session::roll_back`].
    fn roll_back(&mut self) {
        if self.attempting && !self.session.is_cut_off() {
            let back = "ROLLBACK TO SAVEPOINT reseq_attempt; RELEASE SAVEPOINT reseq_attempt";
            let _ = self.session.open.connection.simple(back);
        } else {
            self.begun = false;
            self.session.roll_back();
        }
    }

    /// Runs a `COPY … FROM STDIN`; `feed` gives its rows. Returns how many rows the server took.
    ///
    /// # Errors
    /// As [`Transaction::query`], and what `feed` returns: then no row stays.
    pub fn copy_in(
        &mut self,
        tried: &str,
        sql: &str,
        feed: impl FnOnce(&mut pq::CopyIn<'_>) -> Result<()>,
    ) -> Result<u64> {
        self.begin()?;
        let copied = match self.session.open.connection.copy_in(sql) {
            Err(error) => Err(Error::while_trying(tried)(error)),
            // The server says why it takes no more rows; whoever feeds it only meets a closed door.
            Ok(mut copy) => feed(&mut copy).and_then(|()| copy.finish().map_err(Error::while_trying(tried))),
        };
        self.roll_back_unless(copied)
    }

    /// Runs a `COPY … TO STDOUT`; `take` takes its rows. Returns how many rows the server sent.
    ///
    /// # Errors
    /// As [`Transaction::query`], and what `take` returns.
    pub fn copy_out(
        &mut self,
        tried: &str,
        sql: &str,
        take: impl FnOnce(&mut pq::CopyOut<'_>) -> Result<()>,
    ) -> Result<u64> {
        self.begin()?;
        let copied = match self.session.open.connection.copy_out(sql) {
            Err(error) => Err(Error::while_trying(tried)(error)),
            Ok(mut copy) => take(&mut copy).and_then(|()| copy.finish().map_err(Error::while_trying(tried))),
        };
        self.roll_back_unless(copied)
    }

    fn begin(&mut self) -> Result<()> {
        if !self.begun {
            self.session.begin("begin a transaction", &[]).map_err(Stopped::error)?;
            self.begun = true;
        }
        self.session.interrupt().check()
    }

    fn roll_back_unless<T>(&mut self, result: Result<T>) -> Result<T> {
        result
            .inspect_err(|_| self.roll_back())
            .map_err(|error| if self.session.interrupt().is_triggered() { Error::Interrupted } else { error })
    }

    /// Runs a whole transaction in one round trip.
    ///
    /// # Errors
    /// As [`Transaction::commit`], with how far it came.
    pub(crate) fn commit_at_once(
        self,
        tried: &str,
        statements: &[pq::Statement<'_>],
    ) -> Result<Vec<pq::Rows>, Stopped> {
        let with_commit: Vec<_> = statements.iter().copied().chain([COMMIT]).collect();
        let mut results = self.session.begin(tried, &with_commit)?;
        results.truncate(statements.len());
        Ok(results)
    }

    /// Runs the last statements and commits, in one round trip.
    ///
    /// # Errors
    /// As [`Transaction::query`]. After a lost connection it is unknown whether the commit was done.
    pub fn commit(mut self, tried: &str, statements: &[pq::Statement<'_>]) -> Result<Vec<pq::Rows>> {
        let with_commit: Vec<_> = statements.iter().copied().chain([COMMIT]).collect();
        let mut results = self.pipeline(tried, &with_commit)?;
        self.begun = false;
        results.truncate(statements.len());
        Ok(results)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.begun {
            self.session.roll_back();
        }
    }
}

/// BEGIN and the settings.
pub(super) fn preamble<'a>(
    begin: &'a str,
    timeouts: &'a [Option<&'a str>],
    server: &Server,
) -> Vec<pq::Statement<'a>> {
    let mut preamble =
        vec![pq::Statement { sql: begin, params: &[] }, pq::Statement { sql: SETTINGS, params: timeouts }];
    match server.major() {
        10 => preamble.push(pq::Statement { sql: TAKE_TIMEOUT, params: &[] }),
        _ => preamble.push(pq::Statement { sql: WITHOUT_JIT, params: &[] }),
    }
    preamble
}
