//! Connections that are lost, servers that go away for a while: what counts as that, and how long to go on.

use std::time::{Duration, Instant};

use reseq_pq as pq;

use crate::{Error, Result};

/// How often at most a statement is sent over which the connection was lost without a word: it may be what the
/// server falls over.
const MOST_SILENT_LOSSES: u32 = 3;

/// Ended by an administrator or a restart: no statement's fault (manual, appendix A).
const ADMIN_SHUTDOWN: &str = "57P01";
/// Another session's process crashed, and the server starts anew.
const CRASH_SHUTDOWN: &str = "57P02";
const CANNOT_CONNECT_NOW: &str = "57P03";
const IDLE_SESSION_TIMEOUT: &str = "57P05";
/// Sessions were ended by somebody, not by what they did.
const ENDED_FROM_OUTSIDE: [&str; 4] =
    [ADMIN_SHUTDOWN, CRASH_SHUTDOWN, CANNOT_CONNECT_NOW, IDLE_SESSION_TIMEOUT];
/// Connection exceptions. Poolers tell in this class what became of their own connection to the server.
const CONNECTION_EXCEPTION: &str = "08";

/// Whether the connection was lost, or the server behind a pooler.
pub(crate) fn is_loss(error: &pq::Error) -> bool {
    error.is_connection_lost()
        || error
            .sqlstate()
            .is_some_and(|state| is_ended_from_outside(state) || state.starts_with(CONNECTION_EXCEPTION))
}

fn is_ended_from_outside(state: &str) -> bool {
    ENDED_FROM_OUTSIDE.contains(&state)
}

/// Words of a server that will let somebody in before long. libpq hands over no SQLSTATE with a connect that fails,
/// and servers speak the language that lc_messages says: in another than English nothing is recognised.
const STARTING: [&str; 4] = [
    "the database system is starting up",
    "the database system is in recovery mode",
    "the database system is not yet accepting connections",
    "the database system is shutting down",
];

/// Words for a server that was there a moment ago: libpq's own, which are English in every program that sets no
/// locale; of a server that all its clients come back to at once; of one that is not the primary yet; of PgBouncer.
const AWAY: [&str; 21] = [
    "Connection refused",
    "Connection reset",
    "Connection timed out",
    "timeout expired",
    "No route to host",
    "Network is unreachable",
    "could not translate host name",
    "No such file or directory",
    "server closed the connection unexpectedly",
    "could not receive data from server",
    "could not send data to server",
    "SSL SYSCALL error",
    "terminating connection",
    "too many clients already",
    "remaining connection slots are reserved",
    "session is read-only",
    "server is in hot standby mode",
    "server conn crashed",
    "cannot connect to server",
    "server login has been failing",
    "query_wait_timeout",
];

/// Words that end the trying, whatever else is said (of several hosts, each says something): to be refused again and
/// again may lock an account.
const REFUSED: [&str; 4] =
    ["authentication failed", "no pg_hba.conf entry", "pg_hba.conf rejects", "no password supplied"];

fn says(message: &str, words: &[&str]) -> bool {
    words.iter().any(|word| message.contains(word))
}

/// Whether a first connect failed only because the server is starting, or going, by libpq's `message`.
pub(super) fn is_starting(message: &str) -> bool {
    says(message, &STARTING) && !says(message, &REFUSED)
}

/// Whether connecting again to a server that was there failed for a reason that may pass.
pub(super) fn is_away(message: &str) -> bool {
    (says(message, &STARTING) || says(message, &AWAY)) && !says(message, &REFUSED)
}

/// How long one piece of work is taken up again.
#[derive(Debug)]
pub(crate) struct Endurance {
    retry: Duration,
    /// Counted from the first loss.
    end: Option<Instant>,
    silent_losses: u32,
}

impl Endurance {
    /// For `retry` after the first loss.
    pub(super) fn new(retry: Duration) -> Self {
        Self { retry, end: None, silent_losses: 0 }
    }

    /// Until when a connection may be looked for that was lost by now; `None` where none is to be made.
    pub(super) fn end(&self) -> Option<Instant> {
        (!self.retry.is_zero()).then(|| self.end.unwrap_or_else(|| Instant::now() + self.retry))
    }

    /// Until when a connection may be looked for to do again what was cut off by this error.
    ///
    /// # Errors
    /// The error itself where it is none of a lost connection or nothing is taken up again; [`Error::Lost`] where it
    /// was done again often enough.
    pub(super) fn another_try(&mut self, error: Error) -> Result<Instant> {
        if !error.is_loss() || self.retry.is_zero() {
            return Err(error);
        }
        if !error.sqlstate().is_some_and(is_ended_from_outside) {
            self.silent_losses += 1;
        }
        let end = *self.end.get_or_insert_with(|| Instant::now() + self.retry);
        if self.silent_losses < MOST_SILENT_LOSSES && Instant::now() < end {
            tracing::info!(%error, "to be done again over another connection");
            return Ok(end);
        }
        Err(Error::Lost { reason: format!("again and again: {error}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_outweighs_what_other_hosts_say() {
        let down = "connection to server at \"a\" (10.0.0.1), port 5432 failed: Connection refused";
        let wrong =
            "connection to server at \"b\" failed: FATAL:  password authentication failed for user \"u\"";
        assert!(is_away(down) && !is_away(wrong) && !is_away(&format!("{down}\n{wrong}")));
        assert!(!is_starting(down));
    }
}
