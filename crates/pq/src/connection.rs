//! A connection: how it is made, and what it knows of itself.

use std::fmt;
use std::time::Duration;

use pq_sys::PGTransactionStatusType;

use crate::c_text::to_c;
use crate::handle::Handle;
use crate::notice::Notices;
use crate::password_source::PasswordSource;
use crate::{CancelHandle, Conninfo, Error, Notice, socket_directory};

/// A connection to a server; closed on drop.
///
/// Statements are run by [`query`](Self::query), [`simple`](Self::simple), [`pipeline`](Self::pipeline) and
/// [`pipeline_each`](Self::pipeline_each).
pub struct Connection {
    pub(crate) handle: Handle,
    // Declared after the handle, and so dropped after it: libpq holds its address.
    notices: Notices,
}

/// Where a connection stands in its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// In none.
    Idle,
    /// A statement is running.
    Active,
    /// In one that can go on.
    InTransaction,
    /// In one that has failed and waits for ROLLBACK.
    InError,
    /// The connection is lost.
    Unknown,
}

impl Connection {
    /// Connects, with any of libpq's keywords (manual, 32.1.2). What is not given comes from the service
    /// file, the `PG*` variables and libpq's defaults. `dbname` may be a conninfo string or a URI: its words
    /// win over the keywords before it, and those after it win over its words.
    ///
    /// `client_encoding` is always UTF8. Warnings that the server gives while connecting are printed by libpq
    /// on stderr, as psql does it; later ones are collected ([`Connection::take_notices`]).
    pub fn connect(keywords: &[(&str, &str)]) -> Result<Self, Error> {
        let conninfo = Conninfo::from_keywords(keywords)?;
        let given = keywords;
        let mut keywords = keywords.to_vec();
        let mut password = None;
        if cfg!(all(unix, feature = "bundled"))
            && let Some(directory) = socket_directory::default_for(&conninfo)?
        {
            password = password_of_localhost(&keywords)?;
            keywords.push(("host", directory));
        }
        keywords.extend(password.iter().map(|password| ("password", password.as_str())));
        keywords.push(("client_encoding", "UTF8"));
        let handle = try_to_connect(&keywords)?;
        if !handle.is_ok() {
            let source =
                PasswordSource::find(given, &conninfo, handle.password().as_deref(), password.is_none());
            return Err(Error::of_connect(&handle, source));
        }
        // SAFETY: the struct drops its fields in their order, the handle first.
        let notices = unsafe { Notices::collect(&handle) };
        Ok(Self { handle, notices })
    }

    /// Closes the connection and makes it again with the same keywords: a new session, with nothing of the
    /// old.
    pub fn reset(&mut self) -> Result<(), Error> {
        self.handle.reset();
        if self.handle.is_ok() { Ok(()) } else { Err(Error::of_connect(&self.handle, None)) }
    }

    /// Sets how long the server may say nothing while an answer is awaited; `None`, as at first, is without end.
    /// After that the connection counts as lost, whatever becomes of the statement on the server: choose a limit
    /// that no statement reaches, by `statement_timeout`.
    pub fn give_up_after(&mut self, silence: Option<Duration>) {
        self.handle.set_longest_silence(silence);
    }

    /// The server's version as it counts: 180004 is 18.4; 0 when the connection is lost.
    pub fn server_version(&self) -> i32 {
        self.handle.server_version()
    }

    /// A setting that the server reports by itself: `server_version`, `in_hot_standby` (14 and later), …
    pub fn parameter_status(&self, name: &str) -> Option<String> {
        self.handle.parameter_status(&to_c("a parameter's name", name).ok()?)
    }

    /// The host that was connected to: its name, its address or the directory of its socket.
    pub fn host(&self) -> String {
        self.handle.host().unwrap_or_default()
    }

    /// The port that was connected to.
    pub fn port(&self) -> String {
        self.handle.port().unwrap_or_default()
    }

    /// The database's name.
    pub fn database(&self) -> String {
        self.handle.database().unwrap_or_default()
    }

    /// The user that logged in.
    pub fn user(&self) -> String {
        self.handle.user().unwrap_or_default()
    }

    /// `protocol`, `cipher`, `library`, … of TLS (manual, 32.2); `None` without TLS.
    pub fn ssl_attribute(&self, name: &str) -> Option<String> {
        self.handle.ssl_attribute(&to_c("an attribute's name", name).ok()?)
    }

    /// The process of the server's that serves the connection, as in `pg_stat_activity`.
    pub fn backend_pid(&self) -> i32 {
        self.handle.backend_pid()
    }

    /// Where the connection stands in its transaction.
    pub fn transaction_status(&self) -> TransactionStatus {
        match self.handle.transaction_status() {
            PGTransactionStatusType::PQTRANS_IDLE => TransactionStatus::Idle,
            PGTransactionStatusType::PQTRANS_ACTIVE => TransactionStatus::Active,
            PGTransactionStatusType::PQTRANS_INTRANS => TransactionStatus::InTransaction,
            PGTransactionStatusType::PQTRANS_INERROR => TransactionStatus::InError,
            PGTransactionStatusType::PQTRANS_UNKNOWN => TransactionStatus::Unknown,
        }
    }

    /// Whether the connection is known to be lost. A loss shows at the next statement, not before.
    pub fn is_broken(&self) -> bool {
        !self.handle.is_ok()
    }

    /// Whether the server asked for a password, and got one.
    pub fn used_password(&self) -> bool {
        self.handle.used_password()
    }

    /// `"name"`: the text quoted as an identifier.
    pub fn escape_identifier(&self, name: &str) -> Result<String, Error> {
        to_c("a name", name)?;
        self.handle.escape_identifier(name).ok_or_else(|| Error::of_connection(&self.handle))
    }

    /// `'text'`: the text quoted as a literal.
    pub fn escape_literal(&self, text: &str) -> Result<String, Error> {
        to_c("a literal", text)?;
        self.handle.escape_literal(text).ok_or_else(|| Error::of_connection(&self.handle))
    }

    /// What another thread needs to cancel the running statement.
    pub fn cancel_handle(&self) -> Result<CancelHandle, Error> {
        CancelHandle::new(&self.handle)
    }

    /// The notices since the last call, oldest first; at most 1,000, later ones are lost.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.take()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("host", &self.host())
            .field("port", &self.port())
            .field("database", &self.database())
            .field("user", &self.user())
            .field("backend_pid", &self.backend_pid())
            .field("transaction_status", &self.transaction_status())
            .finish()
    }
}

/// A handle, connected or not.
fn try_to_connect(keywords: &[(&str, &str)]) -> Result<Handle, Error> {
    let keywords = keywords
        .iter()
        .map(|(name, value)| {
            Ok((to_c("a connection keyword", name)?, to_c(&format!("the value of {name}"), value)?))
        })
        .collect::<Result<Vec<_>, Error>>()?;
    Handle::connect(&keywords).ok_or_else(|| Error::local("out of memory for a connection".to_owned()))
}

/// The password that there is for `localhost`. In the password file that name stands for libpq's default directory of
/// sockets too (manual, 32.16); where we name a directory, libpq does not know that it is meant as the default.
///
/// libpq looks passwords up before it looks at the address, and ends at one that is none: nothing is connected to.
fn password_of_localhost(keywords: &[(&str, &str)]) -> Result<Option<String>, Error> {
    let nowhere = [("host", "localhost"), ("hostaddr", "none")];
    let password = try_to_connect(&[keywords, &nowhere].concat())?.password();
    Ok(password.filter(|password| !password.is_empty()))
}

/// Whether libpq and OpenSSL are built in, rather than those of the system.
pub const LIBPQ_IS_BUNDLED: bool = cfg!(feature = "bundled");

/// The version of libpq that is linked: `18.6`. The system's may be another than the one that was there to build with.
pub fn libpq_version() -> String {
    // SAFETY: only returns a number.
    let version = unsafe { pq_sys::PQlibVersion() };
    let (major, minor) = (version / 10_000, version % 10_000);
    // 18.6 counts as 180006, but as 180600 where libpq is built from pq-src's sources.
    let minor = if minor < 100 { minor } else { minor / 100 };
    format!("{major}.{minor}")
}
