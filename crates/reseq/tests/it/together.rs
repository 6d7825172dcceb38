//! Sequences far behind are set many in one short transaction: all or none, and whoever draws hardly waits. Who does not
//! own them sets many in one statement, each on its own condition.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use reseq::apply::receipt::Progress;
use reseq::apply::{ApplyOptions, Status};
use reseq::plan::{FixOptions, Method};
use reseq::session::Sessions;

use crate::fixing::{Fixed, assert_all_repaired, carry_out, fix_with, plan};
use crate::support::{Database, Role, SetOnDrop, on_versions};

const TABLES: usize = 100;

/// Further than others draw meanwhile.
const LAST_ROW: i64 = 1_000_000;

/// Tables whose sequences know nothing of their rows.
fn far_behind(majors: &[u32]) -> impl Iterator<Item = Database> {
    on_versions(majors).map(|database| database.with(&tables()))
}

fn tables() -> String {
    format!(
        "DO $$ BEGIN FOR n IN 1..{TABLES} LOOP
           EXECUTE format('CREATE TABLE t%s (id bigserial PRIMARY KEY)', n);
           EXECUTE format('INSERT INTO t%s VALUES ({LAST_ROW})', n);
         END LOOP; END $$"
    )
}

/// The same, and a role that may set the sequences and owns none of them: in the order in which they can be dropped.
fn far_behind_of_others(majors: &[u32]) -> impl Iterator<Item = (Role, Database)> {
    on_versions(majors).map(|database| {
        let role = Role::on(&database);
        let grants = format!(
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};
             GRANT SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}"
        );
        (role, database.with(&tables()).with(&grants))
    })
}

fn sessions_of(database: &Database, role: &Role) -> Sessions {
    Sessions::open(database.connector_as(&role.name), 2).unwrap()
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
        assert_each_is_told(&fixed, Method::Alter);
        assert_eq!(database.value("SELECT nextval('t77_id_seq')"), (LAST_ROW + 1).to_string());
    }
}

/// Every step has one move in the receipt, all the way.
fn assert_each_is_told(fixed: &Fixed, method: Method) {
    let steps = &fixed.receipt.as_ref().unwrap().steps;
    assert_eq!(steps.len(), TABLES);
    for step in steps {
        let [made] = step.moves.as_slice() else { unreachable!("{step:?}") };
        assert_eq!((step.progress, made.method), (Progress::Done, method));
        assert_eq!((made.from, made.calls), (step.before, LAST_ROW.unsigned_abs()));
    }
}

#[test]
fn who_owns_none_sets_a_hundred_in_few_round_trips() {
    for (role, database) in far_behind_of_others(&[10, 13, 18]) {
        let proxy = database.proxy(Duration::ZERO);
        let connector = database.connector_as(&role.name).keyword("port", &proxy.port().to_string());
        let mut sessions = Sessions::open(connector, 1).unwrap();
        let planned = plan(&mut sessions, &altering());
        let before = proxy.round_trips();
        let fixed = carry_out(&mut sessions, &planned, &altering());
        assert_all_repaired(&fixed.outcome);
        let taken = proxy.round_trips() - before;
        assert!(taken < 20, "{taken} on {}", database.major());
        assert_each_is_told(&fixed, Method::Setval);
        assert_eq!(database.value("SELECT nextval('t77_id_seq')"), (LAST_ROW + 1).to_string());
    }
}

#[test]
fn one_that_is_held_leaves_those_beside_it_to_be_set_alone_by_others_too() {
    /// How many are set, but for the one that is held.
    const SET: &str = "
        SELECT count(*)::text FROM pg_catalog.pg_sequence
        WHERE CASE WHEN seqrelid <> 't50_id_seq'::regclass THEN pg_sequence_last_value(seqrelid) = 1000000 END";
    for (role, database) in far_behind_of_others(&[10, 18]) {
        let mut other = database.connect();
        other.simple("BEGIN; ALTER SEQUENCE t50_id_seq CACHE 1").unwrap();
        let fixed = thread::scope(|scope| {
            let run = scope.spawn(|| {
                let mut sessions = sessions_of(&database, &role);
                let planned = plan(&mut sessions, &altering());
                carry_out(&mut sessions, &planned, &altering())
            });
            let began = Instant::now();
            while database.value(SET) != (TABLES - 1).to_string() {
                assert!(began.elapsed() < Duration::from_secs(20), "the others are held up");
                thread::sleep(Duration::from_millis(20));
            }
            other.simple("COMMIT").unwrap();
            run.join().unwrap()
        });
        assert_all_repaired(&fixed.outcome);
        // Also of those that were set by the statement that failed.
        assert_each_is_told(&fixed, Method::Setval);
    }
}

#[test]
fn one_that_goes_ahead_while_the_statement_waits_is_never_set_back() {
    const WAITING: &str =
        "SELECT count(*) FROM pg_locks WHERE relation = 't50_id_seq'::regclass AND NOT granted";
    for (role, database) in far_behind_of_others(&[10, 13, 18]) {
        let mut sessions = sessions_of(&database, &role);
        let planned = plan(&mut sessions, &altering());
        let (mut holder, mut other) = (database.connect(), database.connect());
        holder.simple("BEGIN; ALTER SEQUENCE t50_id_seq CACHE 1").unwrap();
        thread::scope(|scope| {
            scope.spawn(|| carry_out(&mut sessions, &planned, &altering()));
            let began = Instant::now();
            while other.query(WAITING, &[]).unwrap().row(0).unwrap().get::<i64>(0).unwrap() == 0 {
                assert!(began.elapsed() < Duration::from_secs(20), "nobody waits");
            }
            // Its turn comes right after that of the one that is held.
            other.simple("SELECT setval('t51_id_seq', 5000000)").unwrap();
            holder.simple("COMMIT").unwrap();
        });
        assert_eq!(database.value("SELECT nextval('t51_id_seq')"), "5000001", "{}", database.major());
        assert_eq!(database.value("SELECT nextval('t52_id_seq')"), (LAST_ROW + 1).to_string());
    }
}

#[test]
fn one_whose_name_another_sequence_has_leaves_those_beside_it_to_be_set_alone() {
    for (role, database) in far_behind_of_others(&[10, 18]) {
        let mut sessions = sessions_of(&database, &role);
        let planned = plan(&mut sessions, &altering());
        let another = format!(
            "DROP TABLE t50; CREATE SEQUENCE t50_id_seq; GRANT SELECT, UPDATE ON SEQUENCE t50_id_seq TO {role}"
        );
        database.connect().simple(&another).unwrap();
        let outcome = carry_out(&mut sessions, &planned, &altering()).outcome;
        let repaired = outcome.sequences.statuses().filter(|status| **status == Status::Repaired).count();
        assert_eq!(repaired, TABLES - 1, "{}: {outcome:?}", database.major());
        assert_eq!(database.value("SELECT nextval('t50_id_seq')"), "1");
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
        // Three went well, two with 32 and one with 4 in them; those of the other went one by one.
        assert_eq!(database.value(TRANSACTIONS), (3 + 32).to_string());
    }
}

#[test]
fn whoever_draws_meanwhile_hardly_waits_and_gets_no_value_twice() {
    for database in far_behind(&[10, 13, 18]) {
        assert_nobody_is_hurt(&database, &mut database.sessions());
    }
    for (role, database) in far_behind_of_others(&[10, 13, 18]) {
        assert_nobody_is_hurt(&database, &mut sessions_of(&database, &role));
    }
}

/// While others draw from all of them.
fn assert_nobody_is_hurt(database: &Database, sessions: &mut Sessions) {
    let over = AtomicBool::new(false);
    let (outcome, drawn) = thread::scope(|scope| {
        let writers: Vec<_> = (0..3).map(|_| scope.spawn(|| draw(database, &over))).collect();
        let end = SetOnDrop(&over);
        thread::sleep(Duration::from_millis(200));
        let outcome = fix_with(sessions, &altering());
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
