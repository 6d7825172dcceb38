//! libpq against real servers of every version.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod cancel;
mod connection;
mod copy;
mod notice;
mod pipeline;
mod refusal;
mod statement;
mod tls;
mod valgrind;

use std::thread;
use std::time::{Duration, Instant};

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

/// A connection to a server that may not be ready for it yet: what it was told, or who has left it, takes a
/// moment.
fn connect_soon(conninfo: &str) -> Connection {
    let started = Instant::now();
    loop {
        match Connection::connect(&[("dbname", conninfo)]) {
            Ok(connection) => return connection,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(30), "{error}"),
        }
        thread::sleep(Duration::from_millis(20));
    }
}
