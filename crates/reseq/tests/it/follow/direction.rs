//! Followers in opposite directions between the same two databases see each other, and the one that began later gives way.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use reseq::carry::follow::{Event, FollowOptions, Follower, Side};
use reseq::carry::{CarryOptions, OtherWay, look};
use reseq::plan::{FixOptions, SchemaMapping};
use reseq::session::{Connector, Interrupt, Sessions};
use reseq::{Error, Result};
use reseq_scratch::PoolMode;

use super::{INTERVAL, Told, TriggerOnDrop, draw, follow, follow_from, next, wait_until_ahead};
use crate::support::{Database, on_every_version, on_newest, on_versions};

const MAKE: &str = "CREATE SEQUENCE s; CREATE SEQUENCE small AS smallint";

/// The locks of followers in a database.
pub(super) const MARKS: &str =
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid IN (1919251300, 1919251316)
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

fn options() -> FollowOptions {
    FollowOptions { carry: CarryOptions::default(), interval: INTERVAL, margin: None, create: None }
}

pub(super) fn begin(source: Connector, target: Connector) -> Result<Follower> {
    let open = |connector| Sessions::open(connector, 2).unwrap();
    Follower::new(open(source), open(target), options())
}

pub(super) fn assert_refused(begun: Result<Follower>) {
    let Err(Error::Unable { message, hint: Some(hint) }) = begun else { panic!("{begun:?}") };
    assert!(
        message.starts_with("a follower goes the other way between these two databases: process "),
        "{message}"
    );
    assert!(message.contains(" (as postgres, from "), "{message}");
    assert!(hint.contains("SELECT pg_terminate_backend("), "{hint}");
}

fn seen_from(source: &Database, target: &Database) -> Option<OtherWay> {
    look(&mut source.sessions(), &mut target.sessions(), &CarryOptions::default()).unwrap().other_way
}

#[test]
fn whoever_would_go_the_other_way_is_refused_as_long_as_it_lasts() {
    for source in on_every_version() {
        let (source, target) = (source.with(MAKE), on_newest().with(MAKE));
        let third = on_newest().with(MAKE);
        let reached = || (next(&source, "s"), next(&source, "small"));
        follow(&source, &target, |told| {
            told.ticks(2);
            assert_refused(begin(target.connector(), source.connector()));
            let seen = seen_from(&target, &source).unwrap();
            assert_eq!((seen.side, seen.role.as_deref()), (Side::Source, Some("postgres")));
            let is_it = format!("SELECT application_name FROM pg_stat_activity WHERE pid = {}", seen.process);
            assert_eq!(target.value(&is_it), "reseq");
            // Others go the same way, or to and from other databases.
            assert_eq!(seen_from(&source, &target), None);
            drop(begin(source.connector(), target.connector()).unwrap());
            drop(begin(target.connector(), third.connector()).unwrap());
            drop(begin(third.connector(), source.connector()).unwrap());
            told.ticks(2);
        });
        assert_eq!(reached(), (1, 1), "PostgreSQL {}: nobody drew", source.major());
        drop(begin(target.connector(), source.connector()).unwrap());
    }
}

/// Runs it until `meanwhile` is over.
fn run(follower: Follower, interrupt: &Interrupt, meanwhile: impl FnOnce(&Told<'_>)) {
    let (told, fix) = (Mutex::new(Vec::new()), FixOptions::default());
    thread::scope(|scope| {
        scope.spawn(|| follower.run(&fix, &mut |event| told.lock().unwrap().push(event.clone())));
        let _stop = TriggerOnDrop(interrupt);
        meanwhile(&Told(&told));
    });
}

#[test]
fn the_later_of_two_gives_way_where_the_first_comes_back_and_goes_on_when_that_has_ended() {
    let gives_way = |event: &Event| matches!(event, Event::Tick(status) if status.other_way.is_some());
    let goes_on = |event: &Event| matches!(event, Event::Tick(status) if status.other_way.is_none());
    for one in on_versions(&[10, 18]) {
        let (one, other) = (one.with(MAKE), on_newest().with(MAKE));
        let interrupt = Interrupt::default();
        let first = begin(
            other.connector().interrupt(interrupt.clone()),
            one.connector().interrupt(interrupt.clone()),
        );
        let first = first.unwrap();
        // It began in an earlier second than the other.
        thread::sleep(Duration::from_millis(1100));
        for database in [&one, &other] {
            database.value(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                 WHERE application_name = 'reseq' AND datname = current_database()",
            );
            while database.value(MARKS) != "0" {
                thread::sleep(INTERVAL / 4);
            }
        }
        follow(&one, &other, |told| {
            told.ticks(2);
            run(first, &interrupt, |told_by_first| {
                told.wait(0, "giving way", gives_way);
                told_by_first.wait(0, "tick", goes_on);
                let reached = next(&other, "s");
                draw(&other, "s", 5000);
                wait_until_ahead(&other, &one, "s");
                told.ticks(3);
                assert_eq!(next(&other, "s"), reached + 5000, "nobody moves it but those who draw");
                assert!(told_by_first.0.lock().unwrap().iter().all(|event| !gives_way(event)));
            });
            let from = told.len();
            told.wait(from, "going on", goes_on);
            draw(&one, "s", 5000);
            wait_until_ahead(&one, &other, "s");
            told.ticks(5);
            assert!(next(&other, "s") <= next(&one, "s") + 2000, "the moves of the first were not drawn");
        });
        assert!(next(&one, "small") <= 2001, "nobody drew");
    }
}

#[test]
fn behind_a_pooler_in_transaction_mode_no_mark_is_left_and_those_of_others_are_seen() {
    let (source, target) = (on_newest().with(MAKE), on_newest().with(MAKE));
    let Some(pooler) = source.pooler(PoolMode::Transaction) else { return };
    let pooled =
        || source.connector().keyword("host", "127.0.0.1").keyword("port", &pooler.port().to_string());
    follow_from((pooled(), target.connector()), None, |told| {
        told.ticks(3);
        draw(&source, "s", 3000);
        wait_until_ahead(&source, &target, "s");
        assert_eq!(source.value(MARKS), "0");
        assert_eq!(target.value(MARKS), "2");
    });
    follow(&target, &source, |told| {
        told.ticks(1);
        assert_refused(begin(pooled(), target.connector()));
    });
}

#[test]
fn within_one_database_schemas_are_the_ends() {
    let shop = on_newest().with("CREATE SCHEMA a CREATE SEQUENCE s; CREATE SCHEMA b CREATE SEQUENCE s; CREATE SCHEMA c CREATE SEQUENCE s");
    let begin = |source: &str, target: &str| {
        let schemas = vec![SchemaMapping { source: source.to_owned(), target: target.to_owned() }];
        let carry = CarryOptions { schemas, ..CarryOptions::default() };
        Follower::new(shop.sessions(), shop.sessions(), FollowOptions { carry, ..options() })
    };
    let _standing = begin("a", "b").unwrap();
    assert_refused(begin("b", "a"));
    drop(begin("b", "c").unwrap());
}
