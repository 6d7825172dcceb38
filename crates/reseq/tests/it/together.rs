//! Sequences far behind are set many in one short transaction: all or none, and whoever draws hardly waits.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use reseq::apply::receipt::Progress;
use reseq::apply::{ApplyOptions, Status};
use reseq::plan::{FixOptions, Method};

use crate::fixing::{assert_all_repaired, carry_out, fix_with, plan};
use crate::support::{Database, SetOnDrop, on_versions};

const TABLES: usize = 100;

/// Further than others draw meanwhile.
const LAST_ROW: i64 = 1_000_000;

/// Tables whose sequences know nothing of their rows.
fn far_behind(majors: &[u32]) -> impl Iterator<Item = Database> {
    let script = format!(
        "DO $$ BEGIN FOR n IN 1..{TABLES} LOOP
           EXECUTE format('CREATE TABLE t%s (id bigserial PRIMARY KEY)', n);
           EXECUTE format('INSERT INTO t%s VALUES ({LAST_ROW})', n);
         END LOOP; END $$"
    );
    on_versions(majors).map(move |database| database.with(&script))
}

fn altering() -> ApplyOptions {
    ApplyOptions { fix: FixOptions { draw_limit: 0, ..FixOptions::default() }, ..ApplyOptions::default() }
}

/// ALTER SEQUENCE writes the row of pg_sequence anew.
const TRANSACTIONS: &str = "SELECT count(DISTINCT xmin::text)::text FROM pg_catalog.pg_sequence";

/// How many were altered since they were created, unlike this one. Looks at no sequence, which would be in the way.
const ALTERED: &str = "
    SELECT count(*)::text FROM pg_catalog.pg_sequence
    WHERE xmin::text <> (SELECT xmin::text FROM pg_catalog.pg_sequence WHERE seqrelid = 't50_id_seq'::regclass)";

#[test]
fn a_hundred_sequences_take_four_transactions_and_the_receipt_tells_of_each() {
    for database in far_behind(&[10, 13, 18]) {
        let mut sessions = database.sessions();
        let planned = plan(&mut sessions, &altering());
        let fixed = carry_out(&mut sessions, &planned, &altering());
        assert_all_repaired(&fixed.outcome);
        assert_eq!(database.value(TRANSACTIONS), "4", "{}", database.major());
        let receipt = fixed.receipt.unwrap();
        assert_eq!(receipt.steps.len(), TABLES);
        for step in &receipt.steps {
            let [made] = step.moves.as_slice() else { unreachable!("{step:?}") };
            assert_eq!((step.progress, made.method), (Progress::Done, Method::Alter));
            assert_eq!((made.from, made.calls), (step.before, LAST_ROW.unsigned_abs()));
        }
        assert_eq!(database.value("SELECT nextval('t77_id_seq')"), (LAST_ROW + 1).to_string());
    }
}

#[test]
fn one_that_is_held_leaves_those_beside_it_to_be_set_alone() {
    for database in far_behind(&[13]) {
        let mut other = database.connect();
        other.simple("BEGIN; SELECT nextval('t50_id_seq')").unwrap();
        let outcome = thread::scope(|scope| {
            let run = scope.spawn(|| fix_with(&mut database.sessions(), &altering()));
            let began = Instant::now();
            while database.value(ALTERED) != (TABLES - 1).to_string() {
                assert!(began.elapsed() < Duration::from_secs(20), "the others are held up");
                thread::sleep(Duration::from_millis(20));
            }
            other.simple("COMMIT").unwrap();
            run.join().unwrap()
        });
        assert_all_repaired(&outcome);
        // Three went well with 32, 32 and 4 in them; those of the fourth went one by one.
        assert_eq!(database.value(TRANSACTIONS), (3 + 32).to_string());
    }
}

#[test]
fn whoever_draws_meanwhile_hardly_waits_and_gets_no_value_twice() {
    for database in far_behind(&[10, 13, 18]) {
        let over = AtomicBool::new(false);
        let (outcome, drawn) = thread::scope(|scope| {
            let writers: Vec<_> = (0..3).map(|_| scope.spawn(|| draw(&database, &over))).collect();
            let end = SetOnDrop(&over);
            thread::sleep(Duration::from_millis(200));
            let outcome = fix_with(&mut database.sessions(), &altering());
            drop(end);
            let drawn: Vec<_> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
            (outcome, drawn)
        });
        assert!(outcome.sequences.iter().all(|repair| repair.status == Status::Repaired), "{outcome:?}");
        let longest = drawn.iter().map(|(_, longest)| *longest).max().unwrap_or_default();
        assert!(longest < Duration::from_secs(1), "{longest:?} on {}", database.major());
        let values: Vec<_> = drawn.into_iter().flat_map(|(values, _)| values).collect();
        let distinct: HashSet<_> = values.iter().collect();
        assert_eq!(distinct.len(), values.len(), "a value was handed out twice on {}", database.major());
        assert!(values.len() > TABLES, "only {} values", values.len());
    }
}

#[test]
fn each_goes_to_its_own_place_by_what_is_there_under_the_locks() {
    // Each with a row to come after the plan, and what nextval() gives in the end.
    let kinds = [
        ("lane", "START 3 INCREMENT 5", "nextval('s')", 1_000_003, 1_000_004, 1_000_008),
        ("lane_seen_later", "START 3 INCREMENT 5", "nextval('s')", 1_000_003, 1_000_203, 1_000_208),
        ("down", "START -1 INCREMENT -2", "nextval('s')", -999_999, -1_000_003, -1_000_005),
        ("shifted", "START 1", "1000 + nextval('s')", 2_001_000, 2_001_007, 2_000_008),
        ("turned", "START 1", "- nextval('s')", -1_000_000, -1_000_009, 1_000_010),
        ("small", "AS integer MAXVALUE 100000000", "nextval('s')", 1_000_000, 1_000_050, 1_000_051),
        ("far", "START 1", "nextval('s')", 1_000_000, 900_000_000, 900_000_001),
    ];
    for database in on_versions(&[10, 13, 18]) {
        let run = |script: &str| database.connect().simple(script).unwrap();
        for (name, options, default, last_row, ..) in kinds {
            let default = default.replace("'s'", &format!("'{name}_seq'"));
            run(&format!(
                "CREATE SEQUENCE {name}_seq {options};
                 CREATE TABLE {name} (id bigint PRIMARY KEY DEFAULT {default});
                 INSERT INTO {name} VALUES ({last_row});"
            ));
        }
        let mut sessions = database.sessions();
        let planned = plan(&mut sessions, &altering());
        for (name, .., later, _) in kinds {
            run(&format!("INSERT INTO {name} VALUES ({later})"));
        }
        assert_all_repaired(&carry_out(&mut sessions, &planned, &altering()).outcome);
        // What lies too far for the look under the locks takes a second round.
        assert_eq!(database.value(TRANSACTIONS), "2", "{}", database.major());
        for (name, .., next) in kinds {
            let seen = database.value(&format!("SELECT nextval('{name}_seq')"));
            assert_eq!(seen, next.to_string(), "{name} on {}", database.major());
        }
    }
}

/// Draws from one sequence after the other; returns which gave which value, and the longest wait.
fn draw(database: &Database, over: &AtomicBool) -> (Vec<(usize, i64)>, Duration) {
    let mut connection = database.connect();
    let (mut values, mut longest) = (Vec::new(), Duration::ZERO);
    for table in (1..=TABLES).cycle() {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let began = Instant::now();
        let rows = connection.query(&format!("SELECT nextval('t{table}_id_seq')"), &[]).unwrap();
        longest = longest.max(began.elapsed());
        values.push((table, rows.row(0).unwrap().get(0).unwrap()));
    }
    (values, longest)
}
