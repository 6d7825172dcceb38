//! Many tables on a server with the default settings: few locks at any moment, whatever their number, and one
//! connection is enough.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reseq::diagnose::Code;
use reseq::session::Sessions;
use reseq_scratch::testing;

use crate::checking::check;
use crate::fixing::{assert_all_repaired, fix};
use crate::support::{Database, SetOnDrop};

/// How many there are.
#[derive(Clone, Copy)]
struct Size {
    tables: usize,
    /// Sequences that no column draws from.
    alone: usize,
}

/// The lock table has room for 64 a connection for certain, shared by all; this is what reseq takes of it at most.
const MOST_LOCKS: i64 = 300;

/// Tables with rows that their sequences know nothing of, and sequences alone, in transactions that the lock table
/// has room for.
fn create(database: &Database, size: Size) {
    const TABLE: &str = "EXECUTE 'CREATE TABLE t' || n || ' (id serial PRIMARY KEY)';
                         EXECUTE 'INSERT INTO t' || n || ' VALUES (1), (20)';";
    const SEQUENCE: &str = "EXECUTE 'CREATE SEQUENCE s' || n || ' START ' || n;";
    let portions = |every: usize, script: &str, count: usize| {
        let mut connection = database.connect();
        for first in (1..count).step_by(500).skip(every).step_by(2) {
            let last = first + 499;
            let block = format!("DO $$ BEGIN FOR n IN {first} .. {last} LOOP {script} END LOOP; END $$");
            connection.simple(&block).unwrap();
        }
    };
    thread::scope(|scope| {
        for every in [0, 1] {
            scope.spawn(move || {
                portions(every, TABLE, size.tables);
                portions(every, SEQUENCE, size.alone);
            });
        }
    });
}

/// The most locks that one session held at once on relations of the database while `work` ran.
fn most_locks(database: &Database, work: impl FnOnce()) -> i64 {
    let held = "SELECT count(*) FROM pg_locks
                WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND pid IN (SELECT pid FROM pg_stat_activity WHERE application_name = 'reseq')
                GROUP BY pid ORDER BY 1 DESC LIMIT 1";
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut connection = database.connect();
            let mut most = 0;
            while !over.load(Ordering::Relaxed) {
                let rows = connection.query(held, &[]).unwrap();
                most = most.max(rows.iter().next().map_or(0, |row| row.get(0).unwrap()));
                thread::sleep(Duration::from_millis(2));
            }
            most
        });
        let end = SetOnDrop(&over);
        work();
        drop(end);
        watch.join().unwrap()
    })
}

fn many_tables(major: u32, jobs: usize, size: Size) {
    let Some(server) = testing::server(major) else { return };
    let database = Database::on(server);
    create(&database, size);
    let mut sessions = Sessions::open(database.connector(), jobs).unwrap();
    let most = most_locks(&database, || {
        let checked = check(&mut sessions);
        assert!(checked.report.complete);
        assert_eq!(checked.report.sequences.len(), size.tables + size.alone);
        assert_eq!(checked.sequences_with(Code::Behind).len(), size.tables);
        assert_eq!(checked.diagnosis("public.s7777").next_value, Some(7777));

        let outcome = fix(&mut sessions);
        assert_eq!(outcome.sequences.len(), size.tables);
        assert_all_repaired(&outcome);
        assert_eq!(check(&mut sessions).report.all_findings().count(), 0);
    });
    assert!((1..=MOST_LOCKS).contains(&most), "{most} locks at once on {major}");
    assert_eq!(database.value("SELECT nextval('t7999_id_seq')"), "21");
}

#[test]
fn twenty_thousand_tables_over_two_connections() {
    many_tables(testing::newest().major, 2, Size { tables: 20_000, alone: 10_000 });
}

#[test]
fn many_tables_over_one_connection_on_an_old_server() {
    // More than its lock table holds at once with default settings: 6,280 tables, or 12,554 sequences.
    many_tables(13, 1, Size { tables: 8_000, alone: 8_000 });
}
