//! What libpq or the server says when something fails.

use std::ffi::CStr;

use pq_sys::{
    PG_DIAG_COLUMN_NAME, PG_DIAG_CONSTRAINT_NAME, PG_DIAG_CONTEXT, PG_DIAG_MESSAGE_DETAIL,
    PG_DIAG_MESSAGE_HINT, PG_DIAG_MESSAGE_PRIMARY, PG_DIAG_SCHEMA_NAME, PG_DIAG_SEVERITY,
    PG_DIAG_SEVERITY_NONLOCALIZED, PG_DIAG_SQLSTATE, PG_DIAG_STATEMENT_POSITION, PG_DIAG_TABLE_NAME,
};

use crate::handle::Handle;
use crate::hint;
use crate::password_source::PasswordSource;
use crate::raw_result::RawResult;

/// An error of the server's, of libpq's, or about a value that is not what was asked for.
///
/// It displays as libpq's own words without the line's end, which may be several lines:
/// `ERROR:  relation "t" does not exist`, then `LINE 1: …`.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Inner>);

/// COPY needs data to flow, which only `copy_in` and `copy_out` arrange.
pub(crate) const COPY_ELSEWHERE: &CStr =
    c"COPY FROM STDIN and COPY TO STDOUT are run by copy_in and copy_out";

#[derive(Debug, Default)]
struct Inner {
    message: String,
    fields: Fields,
    connection_lost: bool,
    needs_password: bool,
    connect_hint: Option<String>,
    nonsense: bool,
}

/// The fields of the server's ErrorResponse (manual, 54.8).
#[derive(Debug, Default)]
struct Fields {
    severity: Option<String>,
    sqlstate: Option<String>,
    primary: Option<String>,
    detail: Option<String>,
    hint: Option<String>,
    position: Option<usize>,
    context: Option<String>,
    schema: Option<String>,
    table: Option<String>,
    column: Option<String>,
    constraint: Option<String>,
}

impl Error {
    /// An error that libpq knows nothing of.
    pub(crate) fn local(message: String) -> Self {
        Self(Box::new(Inner { message, ..Inner::default() }))
    }

    /// The connection string makes no sense.
    pub(crate) fn of_conninfo(message: String) -> Self {
        Self(Box::new(Inner { message, nonsense: true, ..Inner::default() }))
    }

    /// The connection could not be made; with where its password came from, as far as that is known.
    pub(crate) fn of_connect(handle: &Handle, password: Option<PasswordSource>) -> Self {
        let message = handle.error_message().trim().to_owned();
        let connect_hint = hint::for_connect(&message, password, handle);
        Self(Box::new(Inner {
            nonsense: hint::is_nonsense(&message),
            message,
            connect_hint,
            connection_lost: true,
            needs_password: handle.needs_password(),
            ..Inner::default()
        }))
    }

    /// libpq could not do what it was asked.
    pub(crate) fn of_connection(handle: &Handle) -> Self {
        let message = match handle.error_message().trim() {
            "" => "the connection gave no result".to_owned(),
            message => message.to_owned(),
        };
        Self(Box::new(Inner { message, connection_lost: !handle.is_ok(), ..Inner::default() }))
    }

    /// A statement began a COPY where none can be served.
    pub(crate) fn of_copy(handle: &Handle) -> Self {
        let message = COPY_ELSEWHERE.to_string_lossy().into_owned();
        Self(Box::new(Inner { message, connection_lost: !handle.is_ok(), ..Inner::default() }))
    }

    /// The server, or libpq, answered with an error. All results have been fetched before, so that the
    /// connection knows whether it is still there.
    pub(crate) fn of_result(result: &RawResult, handle: &Handle) -> Self {
        let fields = Fields {
            severity: result
                .error_field(PG_DIAG_SEVERITY_NONLOCALIZED)
                .or_else(|| result.error_field(PG_DIAG_SEVERITY)),
            sqlstate: result.error_field(PG_DIAG_SQLSTATE),
            primary: result.error_field(PG_DIAG_MESSAGE_PRIMARY),
            detail: result.error_field(PG_DIAG_MESSAGE_DETAIL),
            hint: result.error_field(PG_DIAG_MESSAGE_HINT),
            position: result.error_field(PG_DIAG_STATEMENT_POSITION).and_then(|text| text.parse().ok()),
            context: result.error_field(PG_DIAG_CONTEXT),
            schema: result.error_field(PG_DIAG_SCHEMA_NAME),
            table: result.error_field(PG_DIAG_TABLE_NAME),
            column: result.error_field(PG_DIAG_COLUMN_NAME),
            constraint: result.error_field(PG_DIAG_CONSTRAINT_NAME),
        };
        let message = result.error_message().trim().to_owned();
        Self(Box::new(Inner { message, fields, connection_lost: !handle.is_ok(), ..Inner::default() }))
    }

    /// The message alone, without severity, position, detail and hint: `relation "t" does not exist`. Where
    /// the server did not speak, all of libpq's words.
    pub fn message(&self) -> &str {
        self.0.fields.primary.as_deref().unwrap_or(&self.0.message)
    }

    /// The five characters of the manual's appendix A, where the server gave them: `42P01`.
    ///
    /// An error of connecting has none: libpq hands over no more than the text.
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.fields.sqlstate.as_deref()
    }

    /// `ERROR`, `FATAL` or `PANIC`, in English whatever the server's language.
    pub fn severity(&self) -> Option<&str> {
        self.0.fields.severity.as_deref()
    }

    /// The server's DETAIL.
    pub fn detail(&self) -> Option<&str> {
        self.0.fields.detail.as_deref()
    }

    /// The server's HINT.
    pub fn hint(&self) -> Option<&str> {
        self.0.fields.hint.as_deref()
    }

    /// Where in the statement, in characters from 1.
    pub fn position(&self) -> Option<usize> {
        self.0.fields.position
    }

    /// The server's CONTEXT: which function, which row of a COPY.
    pub fn context(&self) -> Option<&str> {
        self.0.fields.context.as_deref()
    }

    /// The schema of the object that the error is about, unquoted.
    pub fn schema(&self) -> Option<&str> {
        self.0.fields.schema.as_deref()
    }

    /// The table that the error is about, unquoted.
    pub fn table(&self) -> Option<&str> {
        self.0.fields.table.as_deref()
    }

    /// The column that the error is about, unquoted.
    pub fn column(&self) -> Option<&str> {
        self.0.fields.column.as_deref()
    }

    /// The constraint that the error is about, unquoted.
    pub fn constraint(&self) -> Option<&str> {
        self.0.fields.constraint.as_deref()
    }

    /// Whether the connection is gone, or was never there.
    pub fn is_connection_lost(&self) -> bool {
        self.0.connection_lost
    }

    /// Whether the server asked for a password and none was at hand: asking the user and connecting again may
    /// help.
    pub fn needs_password(&self) -> bool {
        self.0.needs_password
    }

    /// Whether what was asked for makes no sense to libpq, by itself: nothing was connected to. An unknown keyword, a
    /// quote without end, a port that is no number.
    pub fn is_nonsense(&self) -> bool {
        self.0.nonsense
    }

    /// What libpq's message about a failed connect leaves out: what to do. `None` where it says that itself,
    /// and for every other error.
    pub fn connect_hint(&self) -> Option<&str> {
        self.0.connect_hint.as_deref()
    }
}
