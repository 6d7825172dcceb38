//! Others read and write meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use super::{FOLLOWING, renumber, request};
use crate::support::{SetOnDrop, on_newest};

const MAKE: &str = "
    CREATE TABLE t (id serial PRIMARY KEY, n int);
    CREATE TABLE c (t int NOT NULL REFERENCES t, n int);
    INSERT INTO t (n) SELECT i FROM generate_series(1, 3000) i;
    DELETE FROM t WHERE id % 3 = 0;
    INSERT INTO c SELECT id, n FROM t";

#[test]
fn readers_see_the_old_or_the_new_and_writers_go_on() {
    for method in FOLLOWING {
        let database = on_newest().with(MAKE);
        let (stop, reads, writes) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            let _stop = SetOnDrop(&stop);
            scope.spawn(|| {
                let mut reader = database.connect();
                while !stop.load(Ordering::Relaxed) {
                    // Every child has its parent, whose number it knows; all are there, and all are old or all new.
                    let look = "SELECT count(*) < 2000 OR count(t.id) < count(*) OR bool_or(t.n <> c.n)
                                    OR (min(t.id) = 1) = (max(t.id) > 100000)
                                FROM c LEFT JOIN t ON t.id = c.t";
                    let rows = reader.query(look, &[]).unwrap();
                    assert!(!rows.row(0).unwrap().get::<bool>(0).unwrap());
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut writer = database.connect();
                    while !stop.load(Ordering::Relaxed) {
                        let insert = "WITH new AS (INSERT INTO t (n) VALUES (-1) RETURNING id, n) INSERT INTO c SELECT * FROM new";
                        writer.simple(insert).unwrap();
                        writes.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(100));
            assert!(renumber(&database, &request("t", 100_001, method)).unwrap().is_done());
            std::thread::sleep(Duration::from_millis(100));
        });
        assert!(reads.into_inner() > 1 && writes.into_inner() > 10);
        let gaps = "SELECT max(id) - min(id) + 1 - count(*) FROM t WHERE n > 0";
        assert_eq!(database.value(gaps), "0", "the numbered rows are without gaps");
        assert_eq!(
            database.value("SELECT count(*) FROM c LEFT JOIN t ON t.id = c.t WHERE t.id IS NULL"),
            "0"
        );
    }
}
