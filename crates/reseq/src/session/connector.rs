//! How to connect, and the limits that every statement gets.

use std::time::Duration;

use reseq_pq as pq;

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

/// Opens connections: libpq's keywords, the limits of every statement, and the interrupt that ends them.
#[derive(Clone)]
pub struct Connector {
    keywords: Vec<(String, String)>,
    limits: Limits,
    interrupt: Interrupt,
}

impl Connector {
    /// Connects with libpq's keywords (manual, section 34.1.2); what they do not say comes from the service
    /// file, the environment and libpq's defaults, as in psql. `dbname` may be a conninfo string or a URI.
    pub fn new(keywords: Vec<(String, String)>) -> Self {
        Self { keywords, limits: Limits::default(), interrupt: Interrupt::default() }
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

    /// Opens a connection, and asks the server what it is.
    ///
    /// # Errors
    /// [`Error::Connect`] in libpq's words, [`Error::Server`] for a server older than PostgreSQL 10.
    pub fn connect(&self) -> Result<Session> {
        self.interrupt.check()?;
        let mut keywords = vec![("fallback_application_name", "reseq"), ("client_encoding", "UTF8")];
        keywords.extend(self.keywords.iter().map(|(keyword, value)| (keyword.as_str(), value.as_str())));
        let mut connection = pq::Connection::connect(&keywords).map_err(Error::Connect)?;
        let server = Server::ask(&mut connection)?;
        let registration = self.interrupt.register(connection.cancel_handle().map_err(Error::Connect)?);
        Ok(Session::new(connection, server, self.limits, self.interrupt.clone(), registration))
    }
}

impl std::fmt::Debug for Connector {
    /// Without the keywords' values: one of them may be a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keywords: Vec<&str> = self.keywords.iter().map(|(keyword, _)| keyword.as_str()).collect();
        f.debug_struct("Connector").field("keywords", &keywords).field("limits", &self.limits).finish()
    }
}
