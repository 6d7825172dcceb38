//! A database that changes while it is looked at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reseq::catalog;
use reseq::observe::{Observation, StateReading};

use super::{Look, known};
use crate::support::{Database, on_every_version};

#[test]
fn what_was_dropped_or_renamed_since_the_catalogue_was_read() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE stays (id serial PRIMARY KEY); INSERT INTO stays VALUES (4);
             CREATE TABLE goes (id serial PRIMARY KEY); INSERT INTO goes VALUES (5);
             CREATE TABLE swapped (id serial PRIMARY KEY); INSERT INTO swapped VALUES (6);
             CREATE TABLE narrowed (id serial PRIMARY KEY, x int);
             CREATE TABLE moved (id serial PRIMARY KEY); INSERT INTO moved VALUES (8);",
        );
        let catalog = catalog::read(&mut database.sessions(), &[]).unwrap();
        let database = database.with(
            "DROP TABLE goes;
             ALTER TABLE swapped RENAME TO swapped_old;
             ALTER SEQUENCE swapped_id_seq RENAME TO swapped_old_id_seq;
             CREATE TABLE swapped (id serial PRIMARY KEY); INSERT INTO swapped VALUES (60);
             SELECT setval('swapped_id_seq', 50);
             ALTER TABLE narrowed DROP id;
             CREATE SCHEMA elsewhere; ALTER TABLE moved SET SCHEMA elsewhere;
             ALTER TABLE elsewhere.moved RENAME id TO \"Id\";",
        );
        let seen = Look::default().at_catalog(&mut database.sessions(), catalog);
        for (sequence, extreme) in [("stays_id_seq", 4), ("swapped_id_seq", 6), ("moved_id_seq", 8)] {
            assert_eq!(seen.extreme(sequence), Some(extreme), "{sequence} on {}", database.major());
            assert_eq!(*seen.state(sequence), known(1, false), "{sequence} on {}", database.major());
        }
        for sequence in ["goes_id_seq", "narrowed_id_seq"] {
            assert_eq!(*seen.observation(sequence), Observation::Vanished, "{sequence}");
            assert_eq!(*seen.state(sequence), StateReading::Vanished, "{sequence}");
        }
    }
}

/// Looks again and again while each of the statements is run over and over.
fn while_running(database: &Database, statements: &[&str], look: impl Fn()) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for statement in statements {
            let mut connection = database.connect();
            let stop = &stop;
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    connection.simple(statement).unwrap();
                }
            });
        }
        let until = Instant::now() + Duration::from_millis(700);
        while Instant::now() < until {
            look();
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn states_are_read_while_sequences_are_altered() {
    for database in on_every_version() {
        let mut script = String::new();
        for number in 0..40 {
            script += &format!("CREATE TABLE t{number} (id serial PRIMARY KEY);");
        }
        let database = database.with(&script);
        let catalog = catalog::read(&mut database.sessions(), &[]).unwrap();
        let alter = |first: i32| {
            (first..first + 20).map(|n| format!("ALTER SEQUENCE t{n}_id_seq RESTART 10;")).collect::<String>()
        };
        let (low, high) = (alter(0), alter(20));
        while_running(&database, &[&low, &high], || {
            let seen = Look::default().at_catalog(&mut database.sessions(), catalog.clone());
            for (state, sequence) in seen.observations.states.iter().zip(&seen.catalog.sequences) {
                let fine = [known(1, false), known(10, false)].contains(state);
                assert!(fine, "{}: {state:?} on {}", sequence.name, database.major());
            }
        });
    }
}

#[test]
fn live_inserts_never_look_like_a_collision() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE t (id bigserial PRIMARY KEY);
             CREATE SEQUENCE odd INCREMENT 2; CREATE SEQUENCE even START 2 INCREMENT 2;
             CREATE TABLE master (id bigint PRIMARY KEY DEFAULT nextval('odd'));
             INSERT INTO master SELECT nextval('even') FROM generate_series(1, 20000);",
        );
        let catalog = catalog::read(&mut database.sessions(), &[]).unwrap();
        let inserts = ["INSERT INTO t VALUES (DEFAULT)", "INSERT INTO master VALUES (DEFAULT)"];
        while_running(&database, &inserts, || {
            let seen = Look::default().at_catalog(&mut database.sessions(), catalog.clone());
            assert_eq!(seen.collision("t_id_seq"), None, "{}", database.major());
            assert_eq!(seen.collision("odd"), None, "{}", database.major());
        });
    }
}
