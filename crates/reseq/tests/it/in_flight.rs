//! Rows that nobody sees yet, in tables whose sequences look right.

use std::time::Duration;

use reseq::apply::{ApplyOptions, Outcome, Status};
use reseq::diagnose::Code;

use crate::fixing::{assert_all_repaired, carry_out, fix, fix_with, plan, repair};
use crate::support::{Database, on_every_version, on_newest};

/// Two sequences that are right, and one that is behind.
const TABLES: &str = "
    CREATE TABLE t (id serial PRIMARY KEY);
    INSERT INTO t SELECT nextval('t_id_seq') FROM generate_series(1, 5);
    CREATE TABLE quiet (id serial PRIMARY KEY);
    INSERT INTO quiet DEFAULT VALUES;
";
const BEHIND: &str = "
    CREATE TABLE behind (id serial PRIMARY KEY);
    INSERT INTO behind VALUES (1);
";

fn waiting(wait: Duration) -> ApplyOptions {
    ApplyOptions { wait, ..ApplyOptions::default() }
}

/// Repairs while a transaction has written a row ahead of the sequence of `t`, and is committed meanwhile.
fn fix_across_a_commit(database: &Database, options: &ApplyOptions) -> Outcome {
    let mut application = database.connect();
    application.simple("BEGIN; INSERT INTO t VALUES (250)").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            application.simple("COMMIT").unwrap();
        });
        fix_with(&mut database.sessions(), options)
    })
}

#[test]
fn rows_in_flight_of_a_sequence_that_looks_right_are_waited_for() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        let outcome = fix_across_a_commit(&database, &ApplyOptions::default());
        assert_all_repaired(&outcome);
        assert_eq!(outcome.sequences.len(), 1);
        assert!(outcome.receipt.is_some());
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "251", "{}", database.major());
    }
}

#[test]
fn rows_that_were_committed_since_the_look_are_seen() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        let options = ApplyOptions::default();
        let mut sessions = database.sessions();
        let mut application = database.connect();
        application.simple("BEGIN; INSERT INTO t VALUES (250)").unwrap();
        let planned = plan(&mut sessions, &options);
        assert_eq!(planned.1.steps.len(), 0);
        application.simple("COMMIT; INSERT INTO quiet VALUES (70)").unwrap();
        let outcome = carry_out(&mut sessions, &planned, &options).outcome;
        assert_all_repaired(&outcome);
        assert_eq!(outcome.sequences.len(), 2);
        let next = "SELECT concat_ws(' ', nextval('t_id_seq'), nextval('quiet_id_seq'))";
        assert_eq!(database.value(next), "251 71", "{}", database.major());
    }
}

#[test]
fn they_are_waited_for_beside_a_repair_too() {
    let database = on_newest().with(TABLES).with(BEHIND);
    let outcome = fix_across_a_commit(&database, &ApplyOptions::default());
    assert_all_repaired(&outcome);
    assert_eq!(repair(&outcome, "public.t_id_seq").target, 251);
    assert_eq!(outcome.sequences.len(), 2);
    assert_eq!(database.value("SELECT nextval('t_id_seq')"), "251");
}

#[test]
fn what_nobody_agreed_to_is_not_moved() {
    let database = on_newest().with(TABLES);
    let options = ApplyOptions { beyond_plan: false, ..ApplyOptions::default() };
    let outcome = fix_across_a_commit(&database, &options);
    assert_eq!((outcome.sequences.len(), outcome.remaining.len()), (0, 1));
    assert_eq!((outcome.remaining[0].code, outcome.complete), (Code::Behind, true));
    assert_eq!(database.value("SELECT nextval('t_id_seq')"), "6");
}

#[test]
fn what_is_still_open_is_told_of_every_sequence() {
    for database in on_every_version() {
        let database = database.with(TABLES).with(BEHIND);
        let mut application = database.connect();
        application.simple("BEGIN; INSERT INTO t VALUES (250); INSERT INTO behind VALUES (250)").unwrap();
        for planned in [1, 0] {
            let outcome = fix_with(&mut database.sessions(), &waiting(Duration::ZERO));
            assert_eq!(outcome.sequences.len(), planned);
            assert!(!outcome.complete, "{outcome:?}");
            let open: Vec<&str> = outcome.remaining.iter().map(|rest| rest.sequence.as_str()).collect();
            let expected = if planned == 1 {
                let status = &repair(&outcome, "public.behind_id_seq").status;
                assert!(matches!(status, Status::NotWaited { .. }), "{status:?}");
                vec!["public.t_id_seq"]
            } else {
                vec!["public.behind_id_seq", "public.t_id_seq"]
            };
            assert_eq!(open, expected);
            let process = format!("the transaction of process {}", application.backend_pid());
            assert!(outcome.remaining.iter().all(|rest| rest.incomplete && rest.reason.ends_with(&process)));
        }
    }
}

#[test]
fn where_nothing_is_written_nothing_is_left_behind() {
    let database = on_newest().with(TABLES);
    let mut reader = database.connect();
    reader.simple("BEGIN; SELECT * FROM t").unwrap();
    let outcome = fix(&mut database.sessions());
    assert!(outcome.complete && outcome.sequences.is_empty() && outcome.receipt.is_none());
}
