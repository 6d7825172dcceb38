//! Repairs of every kind on every version: each method, each direction, who may and who may not.

use std::time::Duration;

use reseq::apply::{ApplyOptions, Holder, Status};
use reseq::diagnose::Code;
use reseq::plan::{FixOptions, Method, ScriptOptions, script};
use reseq::session::{Limits, Sessions};

use crate::fixing::{assert_all_repaired, carry_out, fix, fix_with, plan, repair};
use crate::support::{Database, on_every_version, on_newest};

/// Tables whose rows came from elsewhere, the values that insert next, and by which method.
const DAMAGE: &str = r#"
    CREATE TABLE plain (id serial PRIMARY KEY);
    INSERT INTO plain SELECT generate_series(1, 100);
    CREATE TABLE fresh (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
    INSERT INTO fresh OVERRIDING SYSTEM VALUE VALUES (1);
    CREATE TABLE far (id bigserial PRIMARY KEY);
    INSERT INTO far VALUES (1), (2), (500000), (1000000);
    CREATE SEQUENCE down INCREMENT -2;
    CREATE TABLE down_there (id int PRIMARY KEY DEFAULT nextval('down'));
    INSERT INTO down_there VALUES (-1), (-3), (-5);
    CREATE SEQUENCE lane INCREMENT 10 START 3;
    CREATE TABLE lanes (id int PRIMARY KEY DEFAULT nextval('lane'));
    INSERT INTO lanes VALUES (3), (13), (57);
    CREATE TABLE cached (id serial PRIMARY KEY);
    ALTER SEQUENCE cached_id_seq CACHE 20;
    INSERT INTO cached SELECT generate_series(1, 50);
    CREATE SCHEMA "Sch.ema; --";
    CREATE TABLE "Sch.ema; --"."T '""a""' \ {name} Ü" ("I d" serial PRIMARY KEY);
    INSERT INTO "Sch.ema; --"."T '""a""' \ {name} Ü" SELECT generate_series(1, 7);
    CREATE TABLE right_one (id serial PRIMARY KEY);
    INSERT INTO right_one DEFAULT VALUES;
"#;

/// The next value of each of them when it is right again.
const NEXT: &str = r#"
    SELECT concat_ws(' ', nextval('plain_id_seq'), nextval('fresh_id_seq'), nextval('far_id_seq'), nextval('down'),
                     nextval('lane'), nextval('cached_id_seq'),
                     nextval(pg_get_serial_sequence('"Sch.ema; --"."T ''""a""'' \ {name} Ü"', 'I d')),
                     nextval('right_one_id_seq'))
"#;
const NEXT_WHEN_RIGHT: &str = "101 2 1000001 -7 63 51 8 2";

fn jobs(database: &Database, jobs: usize) -> Sessions {
    Sessions::open(database.connector(), jobs).unwrap()
}

/// Roles belong to the whole server: this one to a test's database alone, whose name it has.
fn role(database: &Database, grants: &str) -> String {
    let role = format!("{}_role", database.name);
    database
        .connect()
        .simple(&format!("CREATE ROLE {role} LOGIN; {}", grants.replace("ROLE", &role)))
        .unwrap();
    role
}

fn drop_role(database: &Database, role: &str) {
    database.connect().simple(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).unwrap();
}

#[test]
fn every_kind_of_damage_is_repaired_once() {
    for database in on_every_version() {
        let database = database.with(DAMAGE);
        let sessions = &mut jobs(&database, 2);
        let outcome = fix(sessions);
        assert_all_repaired(&outcome);
        let method = |name| repair(&outcome, name).method;
        assert_eq!(method("public.plain_id_seq"), Method::Draw);
        assert_eq!(method("public.far_id_seq"), Method::Alter);
        assert_eq!(method("public.cached_id_seq"), Method::Alter);
        assert_eq!(outcome.sequences.len(), 7);
        assert_eq!(repair(&outcome, "public.plain_id_seq").calls, 100);

        let again = fix(sessions);
        assert_eq!((again.sequences.len(), again.remaining.len()), (0, 0));
        assert_eq!(database.value(NEXT), NEXT_WHEN_RIGHT, "{}", database.major());
    }
}

#[test]
fn one_connection_is_enough() {
    let database = on_newest().with(DAMAGE);
    assert_all_repaired(&fix(&mut jobs(&database, 1)));
    assert_eq!(database.value(NEXT), NEXT_WHEN_RIGHT);
}

#[test]
fn a_script_repairs_too_and_changes_nothing_the_second_time() {
    for database in on_every_version() {
        let database = database.with(DAMAGE);
        let (catalog, plan) = plan(&mut jobs(&database, 1), &ApplyOptions::default());
        let options = ScriptOptions {
            made_for: "a test".to_owned(),
            statement_timeout: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(1),
        };
        let script: String = script(&catalog, &plan, &options).collect();
        // The commands of psql's own.
        let script = script.replace("\\set ON_ERROR_STOP on\n\\encoding UTF8\n", "");
        database.connect().simple(&script).unwrap();
        database.connect().simple(&script).unwrap();
        assert_eq!(database.value(NEXT), NEXT_WHEN_RIGHT, "{}", database.major());
    }
}

#[test]
fn every_statement_can_be_prepared() {
    for database in on_every_version() {
        let database = database.with(DAMAGE);
        let steps = plan(&mut jobs(&database, 1), &ApplyOptions::default()).1.steps;
        for method in [Method::Draw, Method::Setval, Method::Alter] {
            for state_by_usage in [false, true] {
                for mut step in steps.clone() {
                    (step.method, step.state_by_usage) = (method, state_by_usage);
                    if method != Method::Alter {
                        step.rows = Box::default();
                    }
                    let prepare = format!("PREPARE s AS {}; DEALLOCATE s", step.statement());
                    database.connect().simple(&prepare).unwrap();
                }
            }
        }
        let writers = include_str!("../../src/apply/sql/writers.sql");
        database.connect().simple(&format!("PREPARE s AS {writers}")).unwrap();
    }
}

#[test]
fn who_only_may_update_sets_a_large_gap() {
    for database in on_every_version() {
        let database = database.with(DAMAGE);
        let role = role(
            &database,
            "GRANT SELECT ON far TO ROLE; GRANT SELECT, UPDATE ON far_id_seq TO ROLE; GRANT SELECT ON plain TO \
             ROLE; GRANT SELECT, USAGE ON plain_id_seq TO ROLE;",
        );
        let mut sessions = Sessions::open(database.connector_as(&role), 1).unwrap();
        let outcome = fix(&mut sessions);
        let far = repair(&outcome, "public.far_id_seq");
        assert_eq!((far.method, &far.status, far.calls), (Method::Setval, &Status::Repaired, 1_000_000));
        let plain = repair(&outcome, "public.plain_id_seq");
        assert_eq!((plain.method, &plain.status), (Method::Draw, &Status::Repaired));
        assert_eq!(database.value("SELECT nextval('far_id_seq')"), "1000001");
        assert!(!outcome.complete, "the other columns cannot be read");
        drop(sessions);
        drop_role(&database, &role);
    }
}

#[test]
fn with_usage_alone_a_large_gap_is_drawn_in_several_statements() {
    let database = on_newest().with(
        "CREATE TABLE far (id bigserial PRIMARY KEY); INSERT INTO far VALUES (1), (1200000), (2300000);",
    );
    let role = role(&database, "GRANT SELECT ON far TO ROLE; GRANT SELECT, USAGE ON far_id_seq TO ROLE;");
    let mut sessions = Sessions::open(database.connector_as(&role), 1).unwrap();
    let outcome = fix(&mut sessions);
    assert_all_repaired(&outcome);
    let far = repair(&outcome, "public.far_id_seq");
    assert_eq!((far.method, far.calls), (Method::Draw, 2_300_000));
    assert_eq!(database.value("SELECT nextval('far_id_seq')"), "2300001");
    drop(sessions);
    drop_role(&database, &role);
}

#[test]
fn without_any_privilege_the_grant_is_named_and_the_others_go_on() {
    let database = on_newest().with(DAMAGE);
    let role = role(
        &database,
        "GRANT SELECT ON plain, far TO ROLE; GRANT SELECT ON far_id_seq TO ROLE; \
         GRANT SELECT, USAGE ON plain_id_seq TO ROLE;",
    );
    let mut sessions = Sessions::open(database.connector_as(&role), 1).unwrap();
    let outcome = fix(&mut sessions);
    assert_eq!(repair(&outcome, "public.plain_id_seq").status, Status::Repaired);
    let remains = |rest: &&reseq::apply::Remains| rest.sequence.as_str() == "public.far_id_seq";
    let far = outcome.remaining.iter().find(remains).unwrap();
    assert_eq!(far.code, Code::Behind);
    assert!(far.hint.starts_with("GRANT UPDATE ON SEQUENCE public.far_id_seq TO "), "{}", far.hint);
    assert!(far.incomplete && !outcome.complete);
    drop(sessions);
    drop_role(&database, &role);
}

#[test]
fn the_values_that_another_session_holds_are_taken_from_it() {
    for database in on_every_version() {
        let database =
            database.with("CREATE TABLE t (id serial PRIMARY KEY); ALTER SEQUENCE t_id_seq CACHE 100;");
        let mut application = database.connect();
        application
            .simple("INSERT INTO t DEFAULT VALUES; INSERT INTO t SELECT generate_series(2, 400)")
            .unwrap();
        assert_all_repaired(&fix(&mut jobs(&database, 1)));
        let rows = application.query("INSERT INTO t DEFAULT VALUES RETURNING id", &[]).unwrap();
        assert_eq!(rows.row(0).unwrap().get::<i32>(0).unwrap(), 401, "{}", database.major());
    }
}

#[test]
fn who_cannot_take_the_held_values_repairs_what_comes_and_says_so() {
    let database =
        on_newest().with("CREATE TABLE t (id serial PRIMARY KEY); ALTER SEQUENCE t_id_seq CACHE 100;");
    let mut application = database.connect();
    application.simple("INSERT INTO t DEFAULT VALUES; INSERT INTO t SELECT generate_series(2, 450)").unwrap();
    let role = role(&database, "GRANT SELECT ON t TO ROLE; GRANT SELECT, USAGE ON t_id_seq TO ROLE;");
    let mut sessions = Sessions::open(database.connector_as(&role), 1).unwrap();
    let outcome = fix(&mut sessions);
    assert_eq!(repair(&outcome, "public.t_id_seq").status, Status::Repaired);
    assert_eq!((outcome.remaining[0].code, outcome.complete), (Code::Cached, false));
    let next: i64 = database.value("INSERT INTO t DEFAULT VALUES RETURNING id").parse().unwrap();
    assert!(next > 450, "{next}");

    // The session of the first run holds values itself: a second repair is not fooled by them.
    application.simple("INSERT INTO t SELECT generate_series(600, 1234)").unwrap();
    assert_eq!(repair(&fix(&mut sessions), "public.t_id_seq").status, Status::Repaired);
    let next: i64 = database.value("INSERT INTO t DEFAULT VALUES RETURNING id").parse().unwrap();
    assert!(next > 1234, "{next}");
    drop(sessions);
    drop_role(&database, &role);
}

#[test]
fn one_that_is_locked_does_not_stop_the_others() {
    let database = on_newest().with(DAMAGE);
    let mut other = database.connect();
    other.simple("BEGIN; ALTER SEQUENCE plain_id_seq CACHE 1").unwrap();
    let limits = Limits { lock_timeout: Duration::from_millis(20), ..Limits::default() };
    let mut sessions = Sessions::open(database.connector().limits(limits), 2).unwrap();
    let outcome = fix(&mut sessions);
    let Status::Failed { error, hint: Some(hint) } = &repair(&outcome, "public.plain_id_seq").status else {
        unreachable!("{:?}", outcome.sequences);
    };
    assert!(error.contains("lock timeout") && hint.contains("--lock-timeout"), "{error}, {hint}");
    let repaired = outcome.sequences.iter().filter(|repair| repair.status == Status::Repaired);
    assert_eq!((repaired.count(), outcome.sequences.len()), (6, 7));
    assert!(outcome.anything_remains() && !outcome.complete);
}

#[test]
fn a_lock_that_goes_away_is_waited_for() {
    let database = on_newest().with("CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (1)");
    let limits = Limits { lock_timeout: Duration::from_millis(20), ..Limits::default() };
    let mut sessions = Sessions::open(database.connector().limits(limits), 2).unwrap();
    let planned = plan(&mut sessions, &ApplyOptions::default());
    let mut other = database.connect();
    other.simple("BEGIN; ALTER SEQUENCE t_id_seq CACHE 1").unwrap();
    let fixed = std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(400));
            other.simple("COMMIT").unwrap();
        });
        carry_out(&mut sessions, &planned, &ApplyOptions::default())
    });
    assert_all_repaired(&fixed.outcome);
}

#[test]
fn nobody_is_made_to_wait_into_a_deadlock() {
    let database = on_newest().with(DAMAGE);
    let mut sessions = jobs(&database, 1);
    let planned = plan(&mut sessions, &ApplyOptions::default());
    let mut other = database.connect();
    other.simple("BEGIN; LOCK TABLE far").unwrap();
    let fixed = std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            for _ in 0..30 {
                // Waits for as long as the run has the sequence and waits for the table.
                other.simple("SELECT nextval('far_id_seq')").unwrap();
                std::thread::sleep(Duration::from_millis(10));
            }
            other.simple("COMMIT").unwrap();
        });
        carry_out(&mut sessions, &planned, &ApplyOptions::default())
    });
    assert_all_repaired(&fixed.outcome);
}

#[test]
fn what_somebody_else_repaired_is_left_alone() {
    let database = on_newest().with(DAMAGE);
    let mut sessions = jobs(&database, 1);
    let planned = plan(&mut sessions, &ApplyOptions::default());
    let meanwhile =
        "SELECT setval('plain_id_seq', 5000), setval('far_id_seq', 2000000), setval('lane', 1003)";
    database.connect().simple(meanwhile).unwrap();
    let outcome = carry_out(&mut sessions, &planned, &ApplyOptions::default()).outcome;
    for name in ["public.plain_id_seq", "public.far_id_seq", "public.lane"] {
        let repair = repair(&outcome, name);
        assert_eq!((&repair.status, repair.calls), (&Status::Already, 0), "{name}");
    }
    assert_eq!(database.value("SELECT nextval('plain_id_seq')"), "5001");
    assert_eq!(database.value("SELECT nextval('far_id_seq')"), "2000001");
    assert_eq!(database.value("SELECT nextval('lane')"), "1013");
}

#[test]
fn what_somebody_else_altered_keeps_what_he_said() {
    for database in on_every_version() {
        let database = database.with(DAMAGE);
        let mut sessions = jobs(&database, 1);
        let planned = plan(&mut sessions, &ApplyOptions::default());
        let meanwhile = "ALTER SEQUENCE far_id_seq CACHE 50; ALTER SEQUENCE cached_id_seq RENAME TO other; \
                         CREATE SEQUENCE cached_id_seq CACHE 20; DROP SEQUENCE lane CASCADE";
        database.connect().simple(meanwhile).unwrap();
        let outcome = carry_out(&mut sessions, &planned, &ApplyOptions::default()).outcome;
        let expected = "public.far_id_seq was renamed, dropped or altered since it was looked at";
        let Status::Failed { error, .. } = &repair(&outcome, "public.far_id_seq").status else {
            unreachable!("{outcome:?}")
        };
        assert_eq!(error, expected);
        assert_eq!(
            database.value("SELECT seqcache FROM pg_sequence WHERE seqrelid = 'far_id_seq'::regclass"),
            "50"
        );
        assert_eq!(database.value("SELECT is_called FROM cached_id_seq"), "f");
        assert_eq!(repair(&outcome, "public.plain_id_seq").status, Status::Repaired);
    }
}

#[test]
fn rows_that_came_after_the_plan_are_seen() {
    for database in on_every_version() {
        let database = database.with(DAMAGE);
        let mut sessions = jobs(&database, 1);
        let planned = plan(&mut sessions, &ApplyOptions::default());
        database
            .connect()
            .simple("INSERT INTO plain VALUES (300); INSERT INTO far VALUES (1000777)")
            .unwrap();
        assert_all_repaired(&carry_out(&mut sessions, &planned, &ApplyOptions::default()).outcome);
        assert_eq!(database.value("SELECT nextval('plain_id_seq')"), "301");
        assert_eq!(database.value("SELECT nextval('far_id_seq')"), "1000778");
    }
}

#[test]
fn rows_in_flight_are_waited_for() {
    for database in on_every_version() {
        let database = database.with(DAMAGE);
        let mut application = database.connect();
        application.simple("BEGIN; INSERT INTO plain VALUES (777)").unwrap();
        let mut prepared = database.connect();
        let prepare =
            format!("BEGIN; INSERT INTO far VALUES (1000999); PREPARE TRANSACTION '{}'", database.name);
        prepared.simple(&prepare).unwrap();
        let outcome = std::thread::scope(|scope| {
            let name = &database.name;
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(200));
                application.simple("COMMIT").unwrap();
                prepared.simple(&format!("COMMIT PREPARED '{name}'")).unwrap();
            });
            fix(&mut jobs(&database, 2))
        });
        assert_all_repaired(&outcome);
        assert_eq!(database.value("SELECT nextval('plain_id_seq')"), "778", "{}", database.major());
        assert_eq!(database.value("SELECT nextval('far_id_seq')"), "1001000", "{}", database.major());
    }
}

#[test]
fn rows_in_flight_that_were_not_waited_for_are_told() {
    for database in on_every_version() {
        let database = database.with(DAMAGE);
        let mut application = database.connect();
        application.simple("BEGIN; INSERT INTO plain VALUES (777)").unwrap();
        let mut prepared = database.connect();
        let prepare =
            format!("BEGIN; INSERT INTO far VALUES (1000999); PREPARE TRANSACTION '{}'", database.name);
        prepared.simple(&prepare).unwrap();
        let options = ApplyOptions { wait: Duration::from_millis(50), ..ApplyOptions::default() };
        let outcome = fix_with(&mut jobs(&database, 2), &options);
        let not_waited = |name, holder| {
            let expected = Status::NotWaited { transactions: [holder].into() };
            assert_eq!(repair(&outcome, name).status, expected, "{}", database.major());
        };
        not_waited("public.plain_id_seq", Holder::Pid(application.backend_pid()));
        not_waited("public.far_id_seq", Holder::Prepared(database.name.clone()));
        assert!(!outcome.complete);
        prepared.simple(&format!("ROLLBACK PREPARED '{}'", database.name)).unwrap();
    }
}

#[test]
fn headroom_is_kept() {
    let database = on_newest().with(DAMAGE);
    let fix_options = FixOptions { headroom: 50, ..FixOptions::default() };
    let options = ApplyOptions { fix: fix_options, ..ApplyOptions::default() };
    let outcome = fix_with(&mut jobs(&database, 1), &options);
    assert_all_repaired(&outcome);
    let again = fix_with(&mut jobs(&database, 1), &options);
    assert_eq!(again.sequences.len(), 0);
    assert_eq!(database.value("SELECT nextval('plain_id_seq')"), "151");
    assert_eq!(database.value("SELECT nextval('far_id_seq')"), "1000051");
    assert_eq!(database.value("SELECT nextval('down')"), "-107");
}

#[test]
fn a_name_that_goes_to_another_sequence_while_the_lock_is_waited_for_is_not_followed() {
    for database in on_every_version() {
        let database =
            database.with("CREATE TABLE t (id bigserial PRIMARY KEY); INSERT INTO t VALUES (500000)");
        let mut sessions = jobs(&database, 1);
        let planned = plan(&mut sessions, &ApplyOptions::default());
        assert_eq!(planned.1.steps[0].method, Method::Alter);
        let mut other = database.connect();
        let swap = "BEGIN; ALTER SEQUENCE t_id_seq RENAME TO other; CREATE SEQUENCE t_id_seq CACHE 50";
        other.simple(swap).unwrap();
        let fixed = std::thread::scope(|scope| {
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(300));
                other.simple("COMMIT").unwrap();
            });
            carry_out(&mut sessions, &planned, &ApplyOptions::default())
        });
        let cache = "SELECT seqcache FROM pg_sequence WHERE seqrelid = 't_id_seq'::regclass";
        assert_eq!(database.value(cache), "50", "{}", database.major());
        assert!(!fixed.outcome.complete);
    }
}
