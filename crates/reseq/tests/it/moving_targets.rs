//! Others create, rename and drop while reseq looks and repairs: that is no error, and nobody is taken for another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use reseq::apply::Status;
use reseq::diagnose::Code;
use reseq::pq;

use crate::checking::check;
use crate::fixing::fix;
use crate::support::{Database, SetOnDrop, on_every_version};

/// Two tables that are right and swap their names, with ids far apart; one that is behind; partitions and sequences
/// that come and go.
const SETUP: &str = "
    CREATE TABLE one (id serial PRIMARY KEY); INSERT INTO one SELECT FROM generate_series(1, 10);
    CREATE TABLE two (id serial PRIMARY KEY); INSERT INTO two SELECT FROM generate_series(1, 1000);
    CREATE TABLE behind (id serial PRIMARY KEY); INSERT INTO behind SELECT generate_series(1, 50);
    CREATE TABLE tree (id serial, k int) PARTITION BY LIST (k);
    CREATE TABLE leaf PARTITION OF tree FOR VALUES IN (0); INSERT INTO leaf (k) SELECT 0 FROM generate_series(1, 100);
";

/// What the others do, statement by statement; in the end everything is as it was.
const CHANGES: &[&str] = &[
    "CREATE TABLE gone (id serial PRIMARY KEY); INSERT INTO gone SELECT FROM generate_series(1, 5)",
    "ALTER TABLE one RENAME TO spare; ALTER TABLE two RENAME TO one; ALTER TABLE spare RENAME TO two",
    "ALTER TABLE tree RENAME COLUMN id TO number",
    "ALTER TABLE tree RENAME COLUMN number TO id",
    "CREATE TABLE late PARTITION OF tree FOR VALUES IN (1); INSERT INTO tree (k) VALUES (1)",
    "ALTER SEQUENCE one_id_seq RENAME TO spare_seq; ALTER SEQUENCE two_id_seq RENAME TO one_id_seq;
     ALTER SEQUENCE spare_seq RENAME TO two_id_seq",
    "ALTER TABLE gone RENAME COLUMN id TO number",
    "CREATE SCHEMA other; ALTER TABLE gone SET SCHEMA other",
    "ALTER TABLE one RENAME TO spare; ALTER TABLE two RENAME TO one; ALTER TABLE spare RENAME TO two",
    "ALTER TABLE tree DETACH PARTITION late",
    "DROP TABLE late",
    "ALTER SEQUENCE one_id_seq RENAME TO spare_seq; ALTER SEQUENCE two_id_seq RENAME TO one_id_seq;
     ALTER SEQUENCE spare_seq RENAME TO two_id_seq",
    "ALTER SEQUENCE other.gone_id_seq CACHE 1",
    "DROP SCHEMA other CASCADE",
];

/// Runs `work` again and again for a while, beside the changes. Returns how often each went round.
fn beside_changes(database: &Database, mut work: impl FnMut()) -> (u32, u32) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let changes = scope.spawn(|| {
            let mut connection = database.connect();
            let mut rounds = 0;
            while !over.load(Ordering::Relaxed) {
                for change in CHANGES {
                    run(&mut connection, change);
                }
                rounds += 1;
            }
            rounds
        });
        let began = Instant::now();
        let mut rounds = 0;
        let end = SetOnDrop(&over);
        while began.elapsed() < Duration::from_millis(800) || rounds < 3 {
            work();
            rounds += 1;
        }
        drop(end);
        (rounds, changes.join().unwrap())
    })
}

/// In one transaction; where it and reseq waited for each other, once more.
fn run(connection: &mut pq::Connection, change: &str) {
    while let Err(error) = connection.simple(change) {
        assert_eq!(error.sqlstate(), Some("40P01"), "{change}: {error}");
    }
}

#[test]
fn what_changes_meanwhile_is_not_mistaken() {
    for database in on_every_version() {
        let database = database.with(SETUP);
        let mut sessions = database.sessions();
        let rounds = beside_changes(&database, || {
            let checked = check(&mut sessions);
            assert_eq!(checked.sequences_with(Code::Behind), ["public.behind_id_seq"]);
            assert_eq!(checked.unreadable(), [""; 0]);
            assert!(checked.report.complete);
        });
        assert!(rounds.0 > 2 && rounds.1 > 2, "{rounds:?} on {}", database.major());
    }
}

#[test]
fn repairs_beside_changes_move_what_they_mean() {
    for database in on_every_version() {
        let database = database.with(SETUP);
        let mut sessions = database.sessions();
        let mut connection = database.connect();
        let rounds = beside_changes(&database, || {
            connection.simple("SELECT setval('behind_id_seq', 1, false)").unwrap();
            let outcome = fix(&mut sessions);
            let repairs: Vec<_> =
                outcome.sequences.iter().map(|repair| (repair.sequence.to_string(), repair.status)).collect();
            assert_eq!(repairs, [("public.behind_id_seq".to_owned(), Status::Repaired)]);
            assert!(outcome.complete && outcome.remaining.is_empty(), "{:?}", outcome.remaining);
        });
        assert!(rounds.0 > 2 && rounds.1 > 2, "{rounds:?} on {}", database.major());
        let states =
            "SELECT concat_ws(' ', a.last_value, b.last_value) FROM one_id_seq AS a, two_id_seq AS b";
        assert_eq!(database.value(states), "10 1000", "on {}", database.major());
    }
}
