//! Every error that this crate expects, with its data.

use reseq_pq as pq;

use crate::file::BadRow;
use crate::session::is_loss;

/// The result of whatever may fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. [`Error::hint`] says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection could be made; libpq's words.
    #[error("{0}")]
    Connect(#[source] pq::Error),
    /// The server refused a statement, or the connection was lost.
    #[error("could not {tried}: {source}")]
    Database {
        /// What was tried, as it follows "could not": `read the sequences`.
        tried: String,
        /// What libpq or the server said.
        #[source]
        source: pq::Error,
    },
    /// The connection was lost, and no other could be made: nothing was sent. Or it was lost again and again while the
    /// same was read.
    #[error("the connection was lost, {reason}")]
    Lost {
        /// What was done about it: `and no other could be made within 30 s: …`.
        reason: String,
    },
    /// The server has no `pg_sequence`: it is older than PostgreSQL 10.
    #[error("{}", too_old(version))]
    TooOld {
        /// As the server writes it: `9.6.24`.
        version: String,
    },
    /// The server is not one that reseq can work with.
    #[error("{0}")]
    Server(String),
    /// A name or pattern of the user's that nothing matches, or that cannot be read.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// What was asked for must not be done: rows stand in the way, or something has changed meanwhile. Nothing was
    /// changed.
    #[error("{message}")]
    Refused {
        /// What stands in the way.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// What must be known before anything may be changed could not be read, or the role may not do it: privilege, row
    /// security, time-out, size. Nothing was changed.
    #[error("{message}")]
    Unable {
        /// What could not be read or may not be done, and why.
        message: String,
        /// What would help.
        hint: Option<String>,
    },
    /// The same in a change that is done as a whole or not at all: it was not done.
    #[error("{0}")]
    Undone(#[source] Box<Error>),
    /// A row of a file that was to be loaded. Nothing was loaded.
    #[error("{0}")]
    BadRow(Box<BadRow>),
    /// A file could not be read or written.
    #[error("could not {tried} {path}: {source}")]
    File {
        /// What was tried: `read`.
        tried: &'static str,
        /// Which file.
        path: std::path::PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Ctrl-C or SIGTERM.
    #[error("interrupted")]
    Interrupted,
}

/// How a statement fails that waited for a lock as long as `lock_timeout` says (manual, appendix A).
const LOCK_NOT_AVAILABLE: &str = "55P03";
const LOCK_NOT_AVAILABLE_HINT: &str =
    "somebody holds a lock on it: try again later, or with a longer --lock-timeout";

/// How the server refuses to send a text that is not in the encoding of the connection, which is UTF-8 (manual,
/// appendix A): databases of the encoding SQL_ASCII keep whatever bytes they were given.
const NOT_UTF8: &str = "22021";
const NOT_UTF8_HINT: &str = "the name, default or function that these bytes are part of is not UTF-8, which a \
                             database of the encoding SQL_ASCII permits; find and rename it with psql, where \
                             PGCLIENTENCODING=SQL_ASCII shows it";

const TOO_OLD_HINT: &str = "on such a server, compare the last_value of each sequence with the largest value of its \
                            column by hand, or look after the upgrade";
const PGBOUNCER_HINT: &str = "name a database that PgBouncer leads to (-d); SHOW DATABASES lists them there";
const BAD_ROW_HINT: &str =
    "nothing was loaded: mend the line, or load the others and keep it in a file with --reject";

const BAD_ENCODING_HINT: &str = "nothing was loaded: if the file is in another encoding, say which with --encoding \
                                 (LATIN1, WIN1252, …)";

/// What to do about a change that came to nothing.
fn undone(error: &Error) -> &'static str {
    const INSUFFICIENT_PRIVILEGE: &str = "42501";
    match error.sqlstate() {
        _ if error.is_loss() => "nothing was changed, as it was not committed: run the command again",
        Some(INSUFFICIENT_PRIVILEGE) => {
            "nothing was changed: connect as the owner, or have the privilege granted to the role"
        }
        Some(state) if state.starts_with("22") || state.starts_with("23") => {
            "nothing was changed: what would have been written is not what a type, a constraint or a partition takes"
        }
        _ => "nothing was changed",
    }
}

/// PgBouncer's console gives PgBouncer's own version: `1.18.0/bouncer`.
fn is_pgbouncer(version: &str) -> bool {
    version.ends_with("/bouncer")
}

fn too_old(version: &str) -> String {
    if is_pgbouncer(version) {
        return format!("this is PgBouncer's own console (version {version}), no database");
    }
    format!("the server is PostgreSQL {version}, but reseq needs PostgreSQL 10 or later")
}

impl Error {
    /// A database error with what was tried, for `map_err`.
    pub(crate) fn while_trying(tried: impl Into<String>) -> impl FnOnce(pq::Error) -> Self {
        let tried = tried.into();
        move |source| Self::Database { tried, source }
    }

    /// Whether the connection was lost while this was tried: the server may have done it or not.
    pub(crate) fn is_loss(&self) -> bool {
        match self {
            Self::Database { source, .. } => is_loss(source),
            Self::Undone(error) => error.is_loss(),
            _ => false,
        }
    }

    /// The SQLSTATE, where the server gave one.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Connect(error) | Self::Database { source: error, .. } => error.sqlstate(),
            Self::BadRow(bad) => bad.sqlstate.as_deref(),
            Self::Undone(error) => error.sqlstate(),
            _ => None,
        }
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Connect(error) => error.connect_hint().map(str::to_owned),
            Self::Database { source, .. } if source.sqlstate() == Some(NOT_UTF8) => {
                Some(NOT_UTF8_HINT.to_owned())
            }
            Self::Database { source, .. } if source.sqlstate() == Some(LOCK_NOT_AVAILABLE) => {
                Some(LOCK_NOT_AVAILABLE_HINT.to_owned())
            }
            Self::Database { source, .. } => source.hint().map(str::to_owned),
            Self::Usage { hint, .. } | Self::Refused { hint, .. } | Self::Unable { hint, .. } => hint.clone(),
            Self::Undone(error) => error.hint().or_else(|| Some(undone(error).to_owned())),
            Self::BadRow(bad) if bad.sqlstate.as_deref() == Some(NOT_UTF8) => {
                Some(BAD_ENCODING_HINT.to_owned())
            }
            Self::BadRow(_) => Some(BAD_ROW_HINT.to_owned()),
            Self::TooOld { version } if is_pgbouncer(version) => Some(PGBOUNCER_HINT.to_owned()),
            Self::TooOld { .. } => Some(TOO_OLD_HINT.to_owned()),
            Self::Lost { .. } | Self::Server(_) | Self::File { .. } | Self::Interrupted => None,
        }
    }
}
