//! A follower keeps the target ahead: whatever becomes of sequences, connections and servers on the way.

mod create;
mod direction;
mod pace;

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use reseq::carry::CarryOptions;
use reseq::carry::follow::{Event, FollowOptions, Follower, Side};
use reseq::plan::FixOptions;
use reseq::pq;
use reseq::session::{Connector, Interrupt, Sessions};
use reseq_scratch::{Cluster, StopMode, newest_installation, testing};

use crate::support::{Database, on_every_version, on_newest, on_versions};

const INTERVAL: Duration = Duration::from_millis(100);

/// No tick takes so long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a follower has told so far.
struct Told<'a>(&'a Mutex<Vec<Event>>);

impl Told<'_> {
    /// Waits until one of the events from the place `from` on is such a one.
    fn wait(&self, from: usize, what: &str, is_it: impl Fn(&Event) -> bool) {
        let began = Instant::now();
        while !self.0.lock().unwrap().iter().skip(from).any(&is_it) {
            let told = self.0.lock().unwrap();
            assert!(
                began.elapsed() < PATIENCE,
                "no {what}: {:#?}",
                told.iter().rev().take(5).collect::<Vec<_>>()
            );
            drop(told);
            thread::sleep(INTERVAL / 4);
        }
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Waits until it has looked so often once more.
    fn ticks(&self, more: usize) {
        let from = self.len();
        for further in 0..more {
            self.wait(from + further, "tick", |event| matches!(event, Event::Tick(_)));
        }
    }
}

/// Follows while `meanwhile` does something, and ends in order. Returns all that was told.
fn follow_from(
    ends: (Connector, Connector),
    margin: Option<u64>,
    meanwhile: impl FnOnce(&Told<'_>),
) -> Vec<Event> {
    let options = FollowOptions { carry: CarryOptions::default(), interval: INTERVAL, margin, create: None };
    follow_with(ends, options, meanwhile)
}

fn follow_with(
    (source, target): (Connector, Connector),
    options: FollowOptions,
    meanwhile: impl FnOnce(&Told<'_>),
) -> Vec<Event> {
    let interrupt = Interrupt::default();
    let open = |connector: Connector| Sessions::open(connector.interrupt(interrupt.clone()), 2).unwrap();
    let follower = Follower::new(open(source), open(target), options).unwrap();
    let (told, fix) = (Mutex::new(Vec::new()), FixOptions::default());
    thread::scope(|scope| {
        scope.spawn(|| follower.run(&fix, &mut |event| told.lock().unwrap().push(event.clone())));
        let _stop = TriggerOnDrop(&interrupt);
        meanwhile(&Told(&told));
    });
    let told = told.into_inner().unwrap();
    assert!(matches!(told.last(), Some(Event::Ended { .. })), "{:?}", told.last());
    told
}

fn follow(source: &Database, target: &Database, meanwhile: impl FnOnce(&Told<'_>)) -> Vec<Event> {
    follow_from((source.connector(), target.connector()), None, meanwhile)
}

/// Ends the follower, also where the test panics: a scope waits for all its threads.
struct TriggerOnDrop<'a>(&'a Interrupt);

impl Drop for TriggerOnDrop<'_> {
    fn drop(&mut self) {
        self.0.trigger();
    }
}

fn next(database: &Database, sequence: &str) -> i64 {
    next_at(&mut database.connect(), sequence)
}

/// The next value, which is not drawn.
fn next_at(connection: &mut pq::Connection, sequence: &str) -> i64 {
    value_at(connection, &format!("SELECT last_value + is_called::int FROM {sequence}"))
}

fn value_at(connection: &mut pq::Connection, sql: &str) -> i64 {
    connection.query(sql, &[]).unwrap().row(0).unwrap().get(0).unwrap()
}

fn draw(database: &Database, sequence: &str, calls: u32) {
    let sql = format!("SELECT count(nextval('{sequence}')) FROM generate_series(1, {calls})");
    database.value(&sql);
}

/// Waits until the target hands out what the source has not handed out yet.
fn wait_until_ahead(source: &Database, target: &Database, sequence: &str) {
    let began = Instant::now();
    while next(target, sequence) < next(source, sequence) {
        assert!(began.elapsed() < PATIENCE, "{sequence} is left behind");
        thread::sleep(INTERVAL / 4);
    }
}

#[test]
fn what_draws_is_kept_ahead_and_what_does_not_is_left_alone_on_every_version() {
    const SEQUENCES: usize = 200;
    for source in on_every_version() {
        let make = format!(
            "DO $$ BEGIN FOR n IN 1..{SEQUENCES} LOOP EXECUTE format('CREATE SEQUENCE s%s', n); END LOOP; END $$"
        );
        let target = on_newest().with(&make);
        let source = source.with(&make);
        // Called and not yet called ones are read in different ways.
        draw(&source, "s1", 5);
        draw(&source, "s2", 1);
        let told = follow(&source, &target, |told| {
            draw(&source, "s1", 5000);
            wait_until_ahead(&source, &target, "s1");
            // All cool down, though each look is an access of its own. Those whose turn it is are looked at all the same.
            told.wait(told.len(), "quiet tick", |event| {
                matches!(event, Event::Tick(status) if status.followed == SEQUENCES && status.looked_at <= 3)
            });
            draw(&source, "s2", 800);
            told.wait(0, "margin", |event| matches!(event, Event::Tick(status) if status.drawing == 1));
            wait_until_ahead(&source, &target, "s2");
        });
        assert!(!told.iter().any(|event| matches!(event, Event::Lost { .. })), "{told:#?}");
        assert_eq!(next(&target, "s9"), 1001, "PostgreSQL {}: moved by its margin, and once", source.major());
    }
}

#[test]
fn sequences_created_altered_renamed_and_dropped_on_the_way_are_picked_up() {
    for source in on_versions(&[10, 18]) {
        let make = "CREATE TABLE t (id serial PRIMARY KEY); CREATE SEQUENCE gone; CREATE SEQUENCE other";
        let (source, target) = (source.with(make), on_newest().with(make));
        let on_both = |sql: &str| {
            source.connect().simple(sql).unwrap();
            target.connect().simple(sql).unwrap();
        };
        let told = follow(&source, &target, |told| {
            on_both("CREATE SEQUENCE \"New\"\"one\"");
            draw(&source, "\"New\"\"one\"", 3000);
            wait_until_ahead(&source, &target, "\"New\"\"one\"");
            on_both("ALTER SEQUENCE t_id_seq INCREMENT BY 10");
            on_both("ALTER SEQUENCE other RENAME TO \"Another\"");
            on_both("DROP SEQUENCE gone");
            draw(&source, "t_id_seq", 3000);
            draw(&source, "\"Another\"", 3000);
            wait_until_ahead(&source, &target, "t_id_seq");
            wait_until_ahead(&source, &target, "\"Another\"");
            source.connect().simple("CREATE SEQUENCE missing").unwrap();
            told.wait(0, "problem", |event| {
                matches!(event, Event::Tick(status)
                    if status.first_problems.iter().any(|problem| problem.sequence.as_str() == "public.missing"))
            });
            source.connect().simple("DROP SEQUENCE missing").unwrap();
            let is_well = |event: &Event| matches!(event, Event::Tick(status) if status.problems == 0);
            told.wait(told.len(), "tick without a problem", is_well);
        });
        let mut altered = reseq::carry::follow::Altered::default();
        for event in told {
            if let Event::Altered(more) = event {
                altered.created.extend(more.created);
                altered.renamed.extend(more.renamed);
                altered.altered.extend(more.altered);
                altered.dropped.extend(more.dropped);
            }
        }
        let names =
            |names: &[reseq::model::QuotedName]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&altered.created), ["public.\"New\"\"one\"", "public.missing"]);
        assert_eq!(altered.renamed.len(), 1);
        assert_eq!(names(&altered.altered), ["public.t_id_seq"]);
        assert_eq!(names(&altered.dropped), ["public.gone", "public.missing"]);
    }
}

#[test]
fn a_truncate_that_restarts_the_target_is_noticed_and_mended() {
    for target in on_versions(&[10, 14, 18]) {
        let make = "CREATE TABLE t (id serial PRIMARY KEY)";
        let (source, target) = (on_newest().with(make), target.with(make));
        draw(&source, "t_id_seq", 500);
        follow(&source, &target, |told| {
            wait_until_ahead(&source, &target, "t_id_seq");
            told.ticks(2);
            // As an apply worker does it where the publisher restarts its own.
            target.connect().simple("TRUNCATE t RESTART IDENTITY").unwrap();
            told.wait(0, "setting back", |event| matches!(event, Event::SetBack(back) if back.to == 1));
            wait_until_ahead(&source, &target, "t_id_seq");
            // What keeps its file shows in the statistics.
            target.value("SELECT setval('t_id_seq', 3, false)");
            told.wait(0, "setting back", |event| matches!(event, Event::SetBack(back) if back.to == 3));
            wait_until_ahead(&source, &target, "t_id_seq");
        });
    }
}

#[test]
fn a_target_ends_with_a_source_that_is_used_up() {
    const SMALL: &str = "CREATE SEQUENCE small MAXVALUE 5000; CREATE SEQUENCE first MAXVALUE 3";
    let (source, target) =
        (on_newest().with(SMALL).with("SELECT setval('first', 3)"), on_newest().with(SMALL));
    let events = follow(&source, &target, |told| {
        told.ticks(2);
        draw(&source, "small", 5000);
        wait_until_ahead(&source, &target, "small");
        told.ticks(3);
        assert_eq!(next(&target, "first"), 4);
        // Set back by others, it goes there again.
        target.value("SELECT setval('small', 1)");
        wait_until_ahead(&source, &target, "small");
        told.ticks(3);
    });
    let Some(Event::Tick(last)) = events.iter().rev().find(|event| matches!(event, Event::Tick(_))) else {
        panic!("no tick")
    };
    assert_eq!((last.lag, &last.first_problems), (0, &Vec::new()));
}

#[test]
fn a_transaction_that_is_still_open_is_followed_too() {
    for source in on_versions(&[10, 15, 18]) {
        let (source, target) = (source.with("CREATE SEQUENCE s"), on_newest().with("CREATE SEQUENCE s"));
        follow(&source, &target, |told| {
            told.ticks(3);
            let mut writer = source.connect();
            writer.simple("BEGIN; SELECT count(nextval('s')) FROM generate_series(1, 5000)").unwrap();
            wait_until_ahead(&source, &target, "s");
            writer.simple("SELECT count(nextval('s')) FROM generate_series(1, 50000)").unwrap();
            wait_until_ahead(&source, &target, "s");
            writer.simple("ROLLBACK").unwrap();
        });
    }
}

#[test]
fn a_margin_is_kept_as_said_or_by_the_rate() {
    let source = on_newest().with("CREATE SEQUENCE s; CREATE SEQUENCE ends MAXVALUE 50");
    let target = on_newest().with("CREATE SEQUENCE s; CREATE SEQUENCE ends MAXVALUE 50");
    let connectors = || (source.connector(), target.connector());
    follow_from(connectors(), Some(20), |told| {
        told.ticks(2);
        assert_eq!((next(&target, "s"), next(&target, "ends")), (21, 6), "a tenth of what is left");
        draw(&source, "s", 9);
        told.ticks(15);
        assert_eq!(next(&target, "s"), 21, "more than half of the margin is left");
        draw(&source, "s", 3);
        told.wait(told.len(), "move", |event| matches!(event, Event::Tick(status) if status.moved == 1));
        assert_eq!(next(&target, "s"), 33);
        draw(&source, "ends", 45);
        wait_until_ahead(&source, &target, "ends");
        told.ticks(2);
        assert_eq!(next(&target, "ends"), 46, "nothing is left to spare");
    });
}

#[test]
fn sessions_that_are_ended_are_taken_up_again() {
    let make = "CREATE SEQUENCE s";
    let (source, target) = (on_newest().with(make), on_newest().with(make));
    let end = |database: &Database| {
        database.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE application_name = 'reseq' AND datname = current_database()",
        )
    };
    follow(&source, &target, |told| {
        for (side, database) in [(Side::Source, &source), (Side::Target, &target)] {
            told.ticks(2);
            let from = told.len();
            end(database);
            told.wait(from, "loss", |event| matches!(event, Event::Lost { side: lost, .. } if *lost == side));
            told.wait(
                from,
                "return",
                |event| matches!(event, Event::Back { side: back, .. } if *back == side),
            );
            draw(&source, "s", 3000);
            wait_until_ahead(&source, &target, "s");
        }
    });
}

#[test]
fn servers_that_crash_are_waited_for() {
    let mut clusters = [(); 2].map(|()| {
        let cluster = Cluster::start(&newest_installation().unwrap(), &testing::options()).unwrap();
        pq::Connection::connect(&[("dbname", &cluster.conninfo())])
            .unwrap()
            .simple("CREATE SEQUENCE s")
            .unwrap();
        cluster
    });
    let conninfos = [0, 1].map(|end: usize| clusters[end].conninfo());
    let connect = |end: usize| pq::Connection::connect(&[("dbname", &conninfos[end])]).unwrap();
    let connectors = (Connector::from_conninfo(&conninfos[0]), Connector::from_conninfo(&conninfos[1]));
    let mut furthest = 0;
    follow_from(connectors, None, |told| {
        for crashed in [0, 1] {
            told.ticks(2);
            let from = told.len();
            clusters[crashed].stop(StopMode::Immediate).unwrap();
            let lost = |event: &Event| matches!(event, Event::Lost { pause, .. } if !pause.is_zero());
            told.wait(from, "second try", lost);
            clusters[crashed].start_again().unwrap();
            told.wait(from, "return", |event| matches!(event, Event::Back { .. }));
            connect(0).simple("SELECT count(nextval('s')) FROM generate_series(1, 5000)").unwrap();
            let began = Instant::now();
            while next_at(&mut connect(1), "s") < next_at(&mut connect(0), "s") {
                assert!(began.elapsed() < PATIENCE);
                thread::sleep(INTERVAL);
            }
            let reached = next_at(&mut connect(1), "s");
            assert!(reached >= furthest, "{reached} after {furthest}");
            furthest = reached;
        }
    });
}

#[test]
fn a_standby_is_followed_without_statistics() {
    let mut primary = Cluster::start(&newest_installation().unwrap(), &testing::options()).unwrap();
    let standby = primary.standby().unwrap();
    let connect = |cluster: &Cluster| pq::Connection::connect(&[("dbname", &cluster.conninfo())]).unwrap();
    connect(&primary).simple("CREATE SEQUENCE s").unwrap();
    let began = Instant::now();
    while connect(&standby).simple("SELECT FROM s").is_err() {
        assert!(began.elapsed() < PATIENCE, "the standby does not follow");
        thread::sleep(INTERVAL);
    }
    let target = on_newest().with("CREATE SEQUENCE s");
    follow_from((Connector::from_conninfo(&standby.conninfo()), target.connector()), None, |_| {
        connect(&primary).simple("SELECT count(nextval('s')) FROM generate_series(1, 5000)").unwrap();
        let began = Instant::now();
        while next(&target, "s") < next_at(&mut connect(&primary), "s") {
            assert!(began.elapsed() < PATIENCE, "left behind");
            thread::sleep(INTERVAL);
        }
        // Marked on the standby alone, and on the target.
        assert_eq!(value_at(&mut connect(&standby), direction::MARKS), 2);
        assert_eq!(value_at(&mut connect(&primary), direction::MARKS), 0);
        let primary = Connector::from_conninfo(&primary.conninfo());
        direction::assert_refused(direction::begin(target.connector(), primary));
    });
}

#[test]
fn a_locked_sequence_holds_up_no_other() {
    for source in on_versions(&[10, 18]) {
        let make = "CREATE SEQUENCE s; CREATE SEQUENCE locked";
        let (source, target) = (source.with(make), on_newest().with(make));
        let told = follow(&source, &target, |told| {
            told.ticks(3);
            for database in [&source, &target] {
                let mut owner = database.connect();
                owner.simple("BEGIN; ALTER SEQUENCE locked RESTART WITH 7777").unwrap();
                let is_told = |event: &Event| {
                    matches!(event, Event::Tick(status)
                        if status.first_problems.iter().any(|problem| problem.reason.contains("keeps it locked")))
                };
                told.wait(told.len(), "word of the lock", is_told);
                draw(&source, "s", 3000);
                wait_until_ahead(&source, &target, "s");
                owner.simple("COMMIT").unwrap();
                wait_until_ahead(&source, &target, "locked");
                told.wait(
                    told.len(),
                    "end of it",
                    |event| matches!(event, Event::Tick(status) if status.problems == 0),
                );
            }
        });
        assert!(!told.iter().any(|event| matches!(event, Event::Lost { .. })), "{told:#?}");
        assert!(next(&target, "locked") >= 7777);
    }
}
