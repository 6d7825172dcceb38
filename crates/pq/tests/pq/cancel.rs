//! Cancelling from another thread.

use std::thread;
use std::time::{Duration, Instant};

use reseq_pq::CancelHandle;
use reseq_scratch::testing::servers;

use crate::{connect, connect_newest};

#[test]
fn every_version_lets_a_statement_be_cancelled_more_than_once() {
    for server in servers() {
        let mut connection = connect(server);
        let handle = connection.cancel_handle().unwrap();
        for _ in 0..2 {
            let started = Instant::now();
            thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(Duration::from_millis(100));
                    handle.cancel().unwrap();
                });
                let error = connection.query("select pg_catalog.pg_sleep(30)", &[]).unwrap_err();
                assert_eq!(error.sqlstate(), Some("57014"));
            });
            assert!(started.elapsed() < Duration::from_secs(10));
        }
        connection.query("select 1", &[]).unwrap();
    }
}

#[test]
fn a_cancel_without_anything_to_cancel_does_no_harm_also_after_the_connection() {
    fn assert_shared<T: Send + Sync>(_: &T) {}

    let mut connection = connect_newest();
    let handle: CancelHandle = connection.cancel_handle().unwrap();
    assert_shared(&handle);
    handle.cancel().unwrap();
    // It may come late; then it meets the next statement.
    let ok = connection.query("select pg_catalog.pg_sleep(0.2)", &[]).is_ok();
    assert!(ok || !connection.is_broken());
    drop(connection);
    handle.cancel().unwrap();
}
