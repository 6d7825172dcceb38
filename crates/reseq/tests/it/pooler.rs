//! Behind PgBouncer: nothing depends on the state of a session, which in transaction mode is another one for each
//! transaction, and nothing is left behind in it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reseq::pq;
use reseq::session::{Connector, Sessions};
use reseq_scratch::PoolMode;

use crate::checking::check;
use crate::fixing::{assert_all_repaired, carry_out, plan};
use crate::lost::{
    assert_everything_is_right, assert_no_value_twice, behind, both_methods, kill, mixed, write_on,
};
use crate::support::{Database, SetOnDrop, on_newest, on_versions};

/// How reseq connects through a pooler.
fn through(database: &Database, port: u16) -> Connector {
    database.connector().keyword("port", &port.to_string())
}

/// What a test itself does through the same pooler.
fn client(database: &Database, port: u16) -> pq::Connection {
    let conninfo = format!("host=127.0.0.1 port={port} user=postgres dbname={}", database.name);
    pq::Connection::connect(&[("dbname", &conninfo)]).unwrap()
}

/// Checks and repairs through the pooler while writers use it too.
fn check_and_fix(database: &Database, port: u16, jobs: usize, writers: usize) {
    let mut sessions = Sessions::open(through(database, port), jobs).unwrap();
    let planned = plan(&mut sessions, &both_methods());
    let over = AtomicBool::new(false);
    let (fixed, values) = thread::scope(|scope| {
        let writers: Vec<_> =
            (0..writers).map(|_| scope.spawn(|| write_on(|| Some(client(database, port)), &over))).collect();
        let end = SetOnDrop(&over);
        let report = check(&mut sessions).report;
        assert!(report.complete, "{:#?}", report.all_findings().collect::<Vec<_>>());
        let fixed = carry_out(&mut sessions, &planned, &both_methods());
        drop(end);
        let values = writers.into_iter().flat_map(|writer| writer.join().unwrap());
        (fixed, values.collect::<Vec<_>>())
    });
    assert!(!values.is_empty());
    assert_no_value_twice(&values);
    assert_everything_is_right(&mut sessions, &fixed);
}

#[test]
fn a_pool_in_transaction_mode_is_shared_with_writers() {
    for jobs in [1, 2] {
        for database in on_versions(&[10, 18]) {
            let database = database.with(&behind());
            mixed(&database);
            let Some(pooler) = database.pooler(PoolMode::Transaction) else { return };
            check_and_fix(&database, pooler.port(), jobs, 6);
            assert_nothing_is_left_in_the_sessions(&database, pooler.port());
        }
    }
}

#[test]
fn a_pool_in_session_mode_is_shared_with_writers() {
    let database = on_newest().with(&behind());
    mixed(&database);
    let Some(pooler) = database.pooler(PoolMode::Session) else { return };
    check_and_fix(&database, pooler.port(), 2, 2);
}

/// Whoever gets a session of the pool after reseq finds it as it was.
fn assert_nothing_is_left_in_the_sessions(database: &Database, port: u16) {
    let left =
        "SELECT pg_backend_pid(), current_setting('lock_timeout'), current_setting('statement_timeout'),
                       current_setting('row_security'), current_setting('search_path'),
                       (SELECT count(*) FROM pg_prepared_statements),
                       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
                          (SELECT oid FROM pg_database WHERE datname = current_database()))";
    let mut pids = BTreeSet::new();
    // A client that is in a transaction keeps its session: the next one gets another.
    let mut clients: Vec<_> = (0..4).map(|_| client(database, port)).collect();
    for client in &mut clients {
        client.simple("BEGIN").unwrap();
        let rows = client.query(left, &[]).unwrap();
        let row = rows.row(0).unwrap();
        pids.insert(row.get::<i32>(0).unwrap());
        let settings: Vec<String> = (1..7).map(|column| row.get(column).unwrap()).collect();
        assert_eq!(settings, ["0", "0", "on", "\"$user\", public", "0", "0"]);
    }
    assert_eq!(pids.len(), 4);
}

#[test]
fn a_transaction_of_each_statement_may_meet_another_session() {
    let database = on_newest();
    let Some(pooler) = database.pooler(PoolMode::Transaction) else { return };
    let mut session = through(&database, pooler.port()).connect().unwrap();
    let over = AtomicBool::new(false);
    let pids = thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut client = client(&database, pooler.port());
                while !over.load(Ordering::Relaxed) {
                    client.query("SELECT pg_sleep(random() / 1000)", &[]).unwrap();
                }
            });
        }
        let _end = SetOnDrop(&over);
        let pid = |_| {
            let rows = session.read("ask", "SELECT pg_catalog.pg_backend_pid()", &[]).unwrap();
            rows.row(0).unwrap().get::<i32>(0).unwrap()
        };
        (0..100).map(pid).collect::<BTreeSet<i32>>()
    });
    assert!(pids.len() > 1, "the other tests of this file prove nothing");
}

#[test]
fn sessions_of_the_pool_that_are_ended_do_not_end_the_run() {
    let database = on_newest().with(&behind());
    mixed(&database);
    let Some(pooler) = database.pooler(PoolMode::Transaction) else { return };
    let mut sessions = Sessions::open(through(&database, pooler.port()), 2).unwrap();
    let over = AtomicBool::new(false);
    let fixed = thread::scope(|scope| {
        let killer = scope.spawn(|| kill(database.connect(), Duration::from_millis(40), &over));
        let end = SetOnDrop(&over);
        for _ in 0..4 {
            assert!(check(&mut sessions).report.complete);
        }
        let planned = plan(&mut sessions, &both_methods());
        let fixed = carry_out(&mut sessions, &planned, &both_methods());
        drop(end);
        assert!(killer.join().unwrap() > 0, "no session was ended");
        fixed
    });
    assert_all_repaired(&fixed.outcome);
    assert_everything_is_right(&mut sessions, &fixed);
}

#[test]
fn an_interrupt_reaches_the_server_through_a_pooler() {
    let database = on_newest();
    let Some(pooler) = database.pooler(PoolMode::Transaction) else { return };
    let connector = through(&database, pooler.port());
    let interrupt = connector.interrupted_by().clone();
    let mut session = connector.connect().unwrap();
    let outcome = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(200));
            interrupt.trigger();
        });
        session.read("sleep", "SELECT pg_catalog.pg_sleep(30)", &[])
    });
    assert!(matches!(outcome, Err(reseq::Error::Interrupted)), "{outcome:?}");
}

#[test]
fn a_pooler_in_statement_mode_is_refused() {
    for database in on_versions(&[10, 18]) {
        let Some(pooler) = database.pooler(PoolMode::Statement) else { return };
        let error = through(&database, pooler.port()).connect().unwrap_err().to_string();
        let expected = format!("the connection pooler on 127.0.0.1:{} is in statement mode: ", pooler.port());
        assert!(error.starts_with(&expected), "{error}");
    }
}
