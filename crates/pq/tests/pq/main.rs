//! libpq against real servers of every version.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod cancel;
mod connection;
mod copy;
mod notice;
mod pipeline;
mod psql;
mod refusal;
mod statement;
mod tls;
mod valgrind;

use reseq_pq::Connection;
use reseq_scratch::testing::{TestServer, newest};

/// A connection to a shared server.
fn connect(server: &TestServer) -> Connection {
    Connection::connect(&server.keywords()).unwrap()
}

/// A connection to the newest shared server.
fn connect_newest() -> Connection {
    connect(newest())
}
