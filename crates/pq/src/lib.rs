//! A small, safe face of libpq: connection, rows, errors, COPY, pipeline, cancel.

/// An error of libpq or of the server.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    message: String,
}

impl Error {
    /// The SQLSTATE, where the server gave one.
    pub fn sqlstate(&self) -> Option<&str> {
        None
    }
    /// What libpq's message leaves out.
    pub fn connect_hint(&self) -> Option<&str> {
        None
    }
    /// The server's HINT.
    pub fn hint(&self) -> Option<&str> {
        None
    }
}
