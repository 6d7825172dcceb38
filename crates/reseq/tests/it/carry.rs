//! Carrying sequences from one server to another, of the same and of other versions.

mod create;
mod definitions;
mod ends;
mod held;
mod left_out;
mod names;
mod privileges;
mod replication;

use std::path::Path;

use reseq::apply::receipt::Receipt;
use reseq::apply::{ApplyOptions, Outcome, Status};
use reseq::carry::{CarryOptions, Carrying, look};
use reseq::model::quote_literal;
use reseq::session::Sessions;

use crate::fixing::assert_all_repaired;
use crate::support::{Database, on_every_version, on_newest, on_versions};

/// A source and a target: each version that can be had is each once, and the oldest is carried to the newest too.
fn pairs() -> Vec<(Database, Database)> {
    let mut targets: Vec<_> = on_every_version().collect();
    targets.rotate_left(1);
    let mut pairs: Vec<_> = on_every_version().zip(targets).collect();
    let oldest = pairs.first().map(|(source, _)| source.major()).unwrap();
    pairs.extend(on_versions(&[oldest]).zip([on_newest()]));
    pairs
}

/// What a look and a run gave.
struct Carried {
    carrying: Carrying,
    outcome: Outcome,
    receipt: Option<Receipt>,
}

/// A look that reads only what it needs of the source finds the same.
fn look_at(source: &Database, target: &Database, options: &CarryOptions) -> Carrying {
    let carrying = look(&mut source.sessions(), &mut target.sessions(), options).unwrap();
    let brief = briefly(source, target, options);
    assert_eq!(brief.pairs, carrying.pairs);
    assert_eq!(brief.differences, carrying.differences);
    assert_eq!(brief.least, carrying.least);
    carrying
}

fn briefly(source: &Database, target: &Database, options: &CarryOptions) -> Carrying {
    let options = CarryOptions { sequences_suffice: true, ..options.clone() };
    look(&mut source.sessions(), &mut target.sessions(), &options).unwrap()
}

/// Carries with the defaults.
fn carry(source: &Database, target: &Database) -> Carried {
    carry_with(source, target, &CarryOptions::default())
}

fn carry_with(source: &Database, target: &Database, options: &CarryOptions) -> Carried {
    carry_over(&mut source.sessions(), &mut target.sessions(), options)
}

fn carry_over(source: &mut Sessions, target: &mut Sessions, options: &CarryOptions) -> Carried {
    let receipts = tempfile::tempdir().unwrap();
    let carrying = look(source, target, options).unwrap();
    let outcome = apply(&carrying, target, receipts.path()).unwrap();
    let receipt = outcome.receipt.as_ref().map(|path| Receipt::load(path).unwrap());
    Carried { carrying, outcome, receipt }
}

fn apply(carrying: &Carrying, target: &mut Sessions, receipts: &Path) -> reseq::Result<Outcome> {
    let options = ApplyOptions::default();
    carrying.apply(target, carrying.plan(&options.fix), &options, receipts)
}

/// What each sequence hands out next; one that is used up says so.
fn next_values(database: &Database, sequences: &[&str]) -> Vec<String> {
    let mut connection = database.connect();
    let mut next = |sequence: &&str| {
        let sql = format!("SELECT nextval({})", quote_literal(sequence));
        match connection.query(&sql, &[]) {
            Ok(rows) => rows.row(0).unwrap().get(0).unwrap(),
            Err(error) => error.sqlstate().unwrap_or_default().to_owned(),
        }
    };
    sequences.iter().map(&mut next).collect()
}

/// What every sequence of this file is defined as, on both sides.
const SHOP: &str = "
    CREATE TABLE orders (id serial PRIMARY KEY);
    CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
    CREATE TABLE own_rows (id serial PRIMARY KEY);
    CREATE SEQUENCE restarted;
    CREATE SEQUENCE untouched START 7;
    CREATE SEQUENCE down INCREMENT -1;
    CREATE SEQUENCE tens START 100 MINVALUE 100 INCREMENT 10;
    CREATE SEQUENCE cached CACHE 50;
    CREATE SEQUENCE round MAXVALUE 10 CYCLE;
    CREATE SEQUENCE ahead;
    CREATE SEQUENCE far;
    CREATE SEQUENCE small AS smallint;
    CREATE SEQUENCE used_up MAXVALUE 3;
";

/// Where the source's stand.
const SOURCE: &str = "
    INSERT INTO orders SELECT nextval('orders_id_seq') FROM generate_series(1, 41);
    INSERT INTO people SELECT FROM generate_series(1, 5);
    SELECT setval('own_rows_id_seq', 10);
    ALTER SEQUENCE restarted RESTART 5000;
    SELECT nextval('down') FROM generate_series(1, 9);
    SELECT nextval('tens') FROM generate_series(1, 3);
    SELECT nextval('cached');
    SELECT nextval('round') FROM generate_series(1, 14);
    SELECT setval('ahead', 50);
    SELECT setval('far', 9000000000);
    SELECT setval('small', 32766);
    SELECT setval('used_up', 3);
";

/// Where the target's stand, with the rows that replication brought.
const TARGET: &str = "
    INSERT INTO orders SELECT generate_series(1, 41);
    INSERT INTO people OVERRIDING SYSTEM VALUE SELECT generate_series(1, 5);
    INSERT INTO own_rows SELECT generate_series(1, 30);
    SELECT setval('ahead', 70);
    SELECT setval('round', 2);
    SELECT setval('used_up', 3);
";

const NEXT: &[(&str, &str)] = &[
    ("orders_id_seq", "42"),
    ("people_id_seq", "6"),
    ("own_rows_id_seq", "31"),
    ("restarted", "5000"),
    ("untouched", "7"),
    ("down", "-10"),
    ("tens", "130"),
    ("cached", "51"),
    ("round", "5"),
    ("ahead", "71"),
    ("far", "9000000001"),
    ("small", "32767"),
    ("used_up", "2200H"),
];

#[test]
fn every_sequence_goes_on_where_the_source_stops() {
    for (source, target) in pairs() {
        let (source, target) = (source.with(SHOP).with(SOURCE), target.with(SHOP).with(TARGET));
        let versions = (source.major(), target.major());
        let carried = carry(&source, &target);
        assert!(carried.carrying.stands_for_all(), "{versions:?}");
        // What is used up on both sides is right.
        assert!(carried.outcome.remaining.is_empty(), "{versions:?}: {:?}", carried.outcome.remaining);
        assert_eq!(carried.receipt.unwrap().run.command, "carry");
        let (names, values): (Vec<_>, Vec<_>) = NEXT.iter().copied().unzip();
        let again = carry(&source, &target);
        assert_eq!(again.outcome.sequences.len(), 0, "{versions:?}");
        assert_eq!(next_values(&target, &names), values, "{versions:?}");
    }
}

#[test]
fn a_target_that_is_ahead_never_goes_back() {
    let (source, target) = (on_newest().with(SHOP), on_newest().with(SHOP).with(SOURCE));
    let (names, _): (Vec<_>, Vec<_>) = NEXT.iter().copied().unzip();
    let carried = carry(&source, &target);
    // Of the one with CACHE values may be held: they end, and its next value stays.
    let steps: Vec<_> = carried.outcome.sequences.iter().collect();
    let steps: Vec<_> = steps.iter().map(|step| (step.sequence.as_str(), step.calls)).collect();
    assert_eq!(steps, [("public.cached", 0)]);
    let expected =
        ["42", "6", "11", "5000", "7", "-10", "130", "51", "5", "51", "9000000001", "32767", "2200H"];
    assert_eq!(next_values(&target, &names), expected);
}

#[test]
fn a_margin_counts_calls_and_takes_a_tenth_of_what_is_left() {
    let (source, target) = (on_newest().with(SHOP).with(SOURCE), on_newest().with(SHOP));
    let names = ["orders_id_seq", "down", "tens", "cached", "ahead", "small"];
    let options = CarryOptions { margin: 1000, ..CarryOptions::default() };
    carry_with(&source, &target, &options);
    assert_eq!(next_values(&target, &names), ["1042", "-1010", "10130", "1051", "1051", "32767"]);
}

#[test]
fn a_margin_of_what_is_nearly_used_up_is_none_and_keeps_the_lane() {
    let sequence = |start: u32| format!("CREATE SEQUENCE s START {start} INCREMENT 10 MAXVALUE 1000");
    let (source, target) = (on_newest().with(&sequence(1)), on_newest().with(&sequence(2)));
    source.value("SELECT setval('s', 971)");
    let options = CarryOptions { margin: 1000, ..CarryOptions::default() };
    let carried = carry_with(&source, &target, &options);
    assert_all_repaired(&carried.outcome);
    assert_eq!(next_values(&target, &["s"]), ["982"]);
}

#[test]
fn lanes_are_kept_on_both_sides() {
    let sequence = |start: u32| format!("CREATE SEQUENCE s START {start} INCREMENT 2");
    let (source, target) = (on_newest().with(&sequence(1)), on_newest().with(&sequence(2)));
    source.value("SELECT setval('s', 99)");
    assert_all_repaired(&carry(&source, &target).outcome);
    assert_eq!(next_values(&source, &["s"]), ["101"]);
    assert_eq!(next_values(&target, &["s"]), ["102"]);
}

#[test]
fn values_that_are_drawn_meanwhile_are_never_handed_out_again() {
    let (source, target) = (on_newest().with(SHOP).with(SOURCE), on_newest().with(SHOP));
    let receipts = tempfile::tempdir().unwrap();
    let mut sessions = target.sessions();
    let carrying = look(&mut source.sessions(), &mut sessions, &CarryOptions::default()).unwrap();
    target.value("SELECT setval('orders_id_seq', 1000), setval('far', 9000005000)");
    apply(&carrying, &mut sessions, receipts.path()).unwrap();
    assert_eq!(next_values(&target, &["orders_id_seq", "far"]), ["1001", "9000005001"]);
}

#[test]
fn a_sequence_that_is_dropped_meanwhile_stops_no_other() {
    let (source, target) = (on_newest().with(SHOP).with(SOURCE), on_newest().with(SHOP));
    let receipts = tempfile::tempdir().unwrap();
    let mut sessions = target.sessions();
    let carrying = look(&mut source.sessions(), &mut sessions, &CarryOptions::default()).unwrap();
    target.connect().simple("DROP SEQUENCE far, ahead").unwrap();
    let outcome = apply(&carrying, &mut sessions, receipts.path()).unwrap();
    assert_eq!(next_values(&target, &["orders_id_seq", "tens"]), ["42", "130"]);
    let gone = outcome.sequences.statuses().filter(|status| **status == Status::Gone).count();
    assert_eq!(gone, 2, "{outcome:?}");
    let missing = carrying.missing_after(&outcome);
    let missing: Vec<_> =
        missing.iter().map(|id| carrying.source.catalog.sequence(*id).name.as_str()).collect();
    assert_eq!(missing, ["public.ahead", "public.far"]);
}

#[test]
fn what_the_source_used_up_goes_on_behind_it_on_a_wider_target() {
    let sequence =
        |data_type: &str| format!("CREATE TABLE t (id {data_type}); CREATE SEQUENCE s AS {data_type}");
    let (source, target) = (on_newest().with(&sequence("smallint")), on_newest().with(&sequence("bigint")));
    source.value("SELECT setval('s', 32767)");
    assert_all_repaired(&carry(&source, &target).outcome);
    assert_eq!(next_values(&target, &["s"]), ["32768"]);
}
