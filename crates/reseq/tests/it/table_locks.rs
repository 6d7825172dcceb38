//! Commands that lock several tables: nobody else falls victim to a deadlock, and they get their locks.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use reseq::apply::{ChangeOutcome, change};
use reseq::plan::{ClearOptions, RenumberMethod};
use reseq::session::{Limits, Sessions};
use reseq::{Result, clear};

use crate::interrupted::wait_for;
use crate::renumber::{renumber, request};
use crate::support::{Database, SetOnDrop, on_versions};

const TABLES: &str = "
    CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (a int REFERENCES a);
    INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)";

/// Whether a table of the database is waited for.
const WAITS: &str = "
    SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE NOT l.granted AND l.locktype = 'relation' AND d.datname = current_database())";

fn clear_both(database: &Database) -> Result<ChangeOutcome> {
    let limits = Limits { lock_timeout: Duration::from_secs(10), ..Limits::default() };
    let mut sessions = Sessions::open(database.connector().limits(limits), 1)?;
    let options = ClearOptions { cascade: true, ..ClearOptions::default() };
    let (planned, mut writer) = clear(&mut sessions, &["a".to_owned()], &options, &[])?;
    let receipts = tempfile::tempdir().unwrap();
    change(&mut sessions, &planned, &mut writer, receipts.path())
}

#[test]
fn clear_leaves_in_peace_who_holds_one_table_and_comes_to_another() {
    for database in on_versions(&[10, 13, 18, 19]) {
        for [one, other] in [["a", "b"], ["b", "a"]] {
            database.anew(TABLES);
            let mut application = database.connect();
            application.simple(&format!("BEGIN; SELECT count(*) FROM {one}")).unwrap();
            std::thread::scope(|scope| {
                let clearing = scope.spawn(|| clear_both(&database));
                wait_for(|| (database.value(WAITS) == "t").then_some(()));
                application.simple(&format!("SELECT count(*) FROM {other}; COMMIT")).unwrap();
                assert!(
                    clearing.join().unwrap().unwrap().is_done(),
                    "{one}, PostgreSQL {}",
                    database.major()
                );
            });
        }
    }
}

/// What an application does all the time: it joins the tables in either order, without a pause or with one, and inserts.
const WORK: [(&str, Duration); 5] = [
    ("SELECT count(*) FROM b JOIN a ON a.id = b.a", Duration::ZERO),
    ("SELECT count(*) FROM b JOIN a ON a.id = b.a", Duration::ZERO),
    ("SELECT count(*) FROM a JOIN b ON a.id = b.a", PAUSE),
    (INSERT, PAUSE),
    (INSERT, PAUSE),
];
const INSERT: &str =
    "WITH new AS (INSERT INTO a DEFAULT VALUES RETURNING id) INSERT INTO b SELECT id FROM new";
const PAUSE: Duration = Duration::from_millis(25);

fn at_work(database: &Database, lock: impl Fn()) {
    let (stop, done) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        let _stop = SetOnDrop(&stop);
        for (statement, pause) in WORK {
            let (stop, done) = (&stop, &done);
            scope.spawn(move || {
                let mut application = database.connect();
                while !stop.load(Ordering::Relaxed) {
                    application.simple(statement).unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(pause);
                }
            });
        }
        while done.load(Ordering::Relaxed) < 20 {
            std::thread::sleep(Duration::from_millis(5));
        }
        lock();
    });
}

#[test]
fn locks_are_had_among_readers_and_writers_of_both_tables() {
    for database in on_versions(&[10, 13, 18]) {
        let database = database.with(TABLES);
        database.connect().simple("INSERT INTO a SELECT generate_series(2, 2000); INSERT INTO b SELECT id FROM a; SELECT setval('a_id_seq', 2000)").unwrap();
        at_work(&database, || {
            for start in [1_000_001, 2_000_001, 3_000_001] {
                let done = renumber(&database, &request("a", start, RenumberMethod::Rebuild)).unwrap();
                assert!(done.is_done(), "PostgreSQL {}", database.major());
            }
            for _ in 0..3 {
                assert!(clear_both(&database).unwrap().is_done(), "PostgreSQL {}", database.major());
            }
        });
    }
}
