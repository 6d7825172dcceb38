//! Cancelling from another thread.

use std::thread;
use std::time::{Duration, Instant};

use reseq_pq::{CancelHandle, Connection};
use reseq_scratch::testing::servers;

use crate::{connect, connect_newest, connect_soon};

/// Has a long statement run, and cancels it.
pub(crate) fn assert_cancelled(connection: &mut Connection, handle: &CancelHandle) {
    let pid = connection.backend_pid().to_string();
    let conninfo = format!(
        "host='{}' port={} user={} dbname={}",
        connection.host(),
        connection.port(),
        connection.user(),
        connection.database()
    );
    let started = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut watcher = connect_soon(&conninfo);
            let sleeps =
                "select from pg_catalog.pg_stat_activity where pid = $1::int and wait_event = 'PgSleep'";
            while watcher.query(sleeps, &[Some(&pid)]).unwrap().is_empty() {
                thread::sleep(Duration::from_millis(10));
            }
            handle.cancel().unwrap();
        });
        let error = connection.query("select pg_catalog.pg_sleep(60)", &[]).unwrap_err();
        assert_eq!(error.sqlstate(), Some("57014"));
    });
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn every_version_lets_a_statement_be_cancelled_more_than_once() {
    for server in servers() {
        let mut connection = connect(server);
        let handle = connection.cancel_handle().unwrap();
        assert_cancelled(&mut connection, &handle);
        assert_cancelled(&mut connection, &handle);
        connection.query("select 1", &[]).unwrap();
    }
}

#[test]
fn a_cancel_without_anything_to_cancel_does_no_harm_also_after_the_connection() {
    fn assert_shared<T: Send + Sync>(_: &T) {}

    let mut connection = connect_newest();
    let handle = connection.cancel_handle().unwrap();
    assert_shared(&handle);
    handle.cancel().unwrap();
    // It may come late; then it meets the next statement.
    if let Err(error) = connection.query("select pg_catalog.pg_sleep(0.2)", &[]) {
        assert_eq!(error.sqlstate(), Some("57014"));
    }
    connection.query("select 1", &[]).unwrap();
    drop(connection);
    handle.cancel().unwrap();
}
