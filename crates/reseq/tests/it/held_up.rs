//! Sequences that somebody else locks or drops while they are repaired.

use std::time::{Duration, Instant};

use reseq::apply::{ApplyOptions, Outcome, Status};
use reseq::plan::FixOptions;

use crate::fixing::{assert_all_repaired, carry_out, fix_with, plan};
use crate::support::{Database, on_every_version, on_newest};

const SEQUENCES: usize = 60;

fn behind() -> Database {
    on_newest().with(&format!(
        "DO $$ BEGIN FOR n IN 1..{SEQUENCES} LOOP
           EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY)', n);
           EXECUTE format('INSERT INTO t%s VALUES (1), (2)', n);
         END LOOP; END $$"
    ))
}

fn repaired(outcome: &Outcome) -> usize {
    outcome.sequences.iter().filter(|repair| repair.status == Status::Repaired).count()
}

#[test]
fn many_that_are_locked_do_not_hold_up_the_others() {
    for draw_limit in [FixOptions::default().draw_limit, 0] {
        let database = behind();
        let mut other = database.connect();
        let lock: String = (1..=20).map(|n| format!("; ALTER SEQUENCE t{n}_id_seq CACHE 1")).collect();
        other.simple(&format!("BEGIN{lock}")).unwrap();
        let fix = FixOptions { draw_limit, ..FixOptions::default() };
        let options = ApplyOptions { fix, wait: Duration::ZERO, ..ApplyOptions::default() };
        let outcome = std::thread::scope(|scope| {
            let run = scope.spawn(|| fix_with(&mut database.sessions(), &options));
            let began = Instant::now();
            let healthy: Vec<String> =
                (21..=SEQUENCES).map(|n| format!("SELECT is_called FROM t{n}_id_seq")).collect();
            let called = format!("SELECT bool_and(is_called) FROM ({}) AS s", healthy.join(" UNION ALL "));
            while database.value(&called) != "t" {
                assert!(began.elapsed() < Duration::from_secs(10), "the others are held up");
                std::thread::sleep(Duration::from_millis(50));
            }
            let outcome = run.join().unwrap();
            assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
            outcome
        });
        assert_eq!((repaired(&outcome), outcome.complete), (SEQUENCES - 20, false));
    }
}

#[test]
fn what_is_dropped_meanwhile_is_no_failure() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE few (id serial PRIMARY KEY); INSERT INTO few VALUES (1);
             CREATE TABLE many (id bigserial PRIMARY KEY); INSERT INTO many VALUES (200000);
             CREATE SEQUENCE s; CREATE TABLE u (id bigint PRIMARY KEY DEFAULT nextval('s'));
             INSERT INTO u VALUES (200000);
             CREATE TABLE stays (id serial PRIMARY KEY); INSERT INTO stays VALUES (1);",
        );
        let mut sessions = database.sessions();
        let planned = plan(&mut sessions, &ApplyOptions::default());
        assert_eq!(planned.1.steps.len(), 4);
        database.connect().simple("DROP TABLE few, many, u").unwrap();
        let outcome = carry_out(&mut sessions, &planned, &ApplyOptions::default()).outcome;
        let gone = outcome.sequences.iter().filter(|repair| repair.status == Status::Gone);
        let gone: Vec<String> = gone.map(|repair| repair.sequence.to_string()).collect();
        assert_eq!(gone, ["public.few_id_seq", "public.many_id_seq"], "{}", database.major());
        assert_eq!((repaired(&outcome), outcome.complete), (2, true), "{outcome:?}");
        assert!(!outcome.anything_remains());
        let again = fix_with(&mut sessions, &ApplyOptions::default());
        assert_all_repaired(&again);
    }
}
