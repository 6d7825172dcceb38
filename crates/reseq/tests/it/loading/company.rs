//! Loads while others read, write, and wait.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::Files;
use crate::support::{SetOnDrop, on_every_version, on_versions};

/// Rows with ids from `from` on.
fn csv(from: u32, rows: u32) -> String {
    let rows = (from..from + rows).map(|id| format!("{id},t\n"));
    std::iter::once("id,loaded\n".to_owned()).chain(rows).collect()
}

#[test]
fn nobody_sees_rows_without_their_sequence_nor_gets_a_value_twice() {
    const FAR: u32 = 1_000_000;
    for database in on_every_version() {
        let database = database.with("CREATE TABLE t (id serial PRIMARY KEY, loaded bool)");
        let stop = AtomicBool::new(false);
        let going = || !stop.load(Ordering::Relaxed);
        thread::scope(|scope| {
            let _stopped = SetOnDrop(&stop);
            let writers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let mut connection = database.connect();
                        let mut drawn: Vec<i64> = Vec::new();
                        while going() {
                            let rows =
                                connection.query("INSERT INTO t DEFAULT VALUES RETURNING id", &[]).unwrap();
                            drawn.push(rows.row(0).unwrap().get(0).unwrap());
                        }
                        drawn
                    })
                })
                .collect();
            let reader = scope.spawn(|| {
                let mut connection = database.connect();
                let mut looks = 0;
                while going() {
                    // Rows first: were the sequence to follow them later than COMMIT, it would be seen here.
                    let rows = connection.query("SELECT count(*) FROM t WHERE loaded", &[]).unwrap();
                    let loaded: i64 = rows.row(0).unwrap().get(0).unwrap();
                    // The file of the sequence may just be replaced: then there is an error, or no row.
                    let state = connection.query("SELECT last_value FROM t_id_seq", &[]);
                    let Some(last_value) = state.iter().flat_map(|rows| rows.iter()).next() else { continue };
                    let last_value: i64 = last_value.get(0).unwrap();
                    let whole = loaded % 3000 == 0 && last_value >= i64::from(FAR) * (loaded / 3000);
                    assert!(whole, "{loaded} rows, and the sequence at {last_value}");
                    looks += 1;
                }
                looks
            });
            let files = Files::new();
            for round in 0..4 {
                // Each time further than the writers can have come.
                files.load_csv(&database, "t", &csv(FAR * (round + 1), 3000)).unwrap();
                thread::sleep(Duration::from_millis(50));
            }
            stop.store(true, Ordering::Relaxed);
            let drawn: Vec<i64> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
            assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), drawn.len());
            assert!(drawn.len() > 20 && reader.join().unwrap() > 5, "PostgreSQL {}", database.major());
        });
    }
}

#[test]
fn a_transaction_that_has_drawn_and_stays_open_holds_nothing_up() {
    for database in on_every_version() {
        let database = database.with("CREATE TABLE t (id serial PRIMARY KEY, loaded bool)");
        let mut other = database.connect();
        other.simple("BEGIN; INSERT INTO t DEFAULT VALUES").unwrap();
        Files::new().load_csv(&database, "t", &csv(5000, 100)).unwrap();
        other.simple("COMMIT").unwrap();
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "5100", "PostgreSQL {}", database.major());
    }
}

#[test]
fn whoever_waits_for_a_row_of_the_load_holds_nothing_up() {
    for database in on_versions(&[10, 14, 18, 19]) {
        let database = database.with(
            "CREATE TABLE t (id serial PRIMARY KEY);
             CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN IF NEW.id = 51 THEN PERFORM pg_sleep(1); END IF; RETURN NEW; END';
             CREATE TRIGGER dawdle BEFORE INSERT ON t FOR EACH ROW EXECUTE PROCEDURE dawdle()",
        );
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                let mut other = database.connect();
                other.simple("BEGIN; SELECT nextval('t_id_seq')").unwrap();
                thread::sleep(Duration::from_millis(500));
                // Row 50 is there, and not committed.
                other.query("INSERT INTO t VALUES (50)", &[]).unwrap_err().sqlstate().map(str::to_owned)
            });
            thread::sleep(Duration::from_millis(200));
            Files::new().load_csv(&database, "t", "id\n50\n51\n").unwrap();
            // Its row is there already, which the server may tell it as a deadlock where it looks for one just then.
            let error = other.join().unwrap();
            assert!(
                matches!(error.as_deref(), Some("23505" | "40P01")),
                "PostgreSQL {}: {error:?}",
                database.major()
            );
        });
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "52");
    }
}
