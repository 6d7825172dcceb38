//! Connections that are lost and servers that go away in the middle: what reads goes on, what was cut off is looked at
//! before anything is repeated, and the receipt is right afterwards.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use reseq::apply::receipt::{Progress, Receipt};
use reseq::apply::{ApplyOptions, Status};
use reseq::plan::FixOptions;
use reseq::pq;
use reseq::report::text::{self, Style};
use reseq::session::{Connector, Limits, Sessions};
use reseq_scratch::{Cluster, ClusterOptions, Proxy, StopMode, newest_installation, testing};

use crate::checking::check;
use crate::fixing::{Fixed, assert_all_repaired, carry_out, plan};
use crate::support::{Database, SetOnDrop, on_newest, on_versions};

const TABLES: usize = 200;

/// How far the rows are ahead of every sequence.
const AHEAD: usize = 300;

/// Tables whose sequences know nothing of their rows.
pub(crate) fn behind() -> String {
    format!(
        "DO $$ BEGIN FOR n IN 1..{TABLES} LOOP
           EXECUTE format('CREATE TABLE t%s (id bigserial PRIMARY KEY)', n);
           EXECUTE format('INSERT INTO t%s SELECT generate_series(1, {AHEAD})', n);
         END LOOP; END $$"
    )
}

/// Every other sequence is drawn, the others are altered.
pub(crate) fn both_methods() -> ApplyOptions {
    let fix = FixOptions { draw_limit: AHEAD as u64 - 1, ..FixOptions::default() };
    ApplyOptions { fix, ..ApplyOptions::default() }
}

/// Lets half of the sequences need so little that they are drawn.
pub(crate) fn mixed(database: &Database) {
    database
        .connect()
        .simple(&format!(
            "DO $$ BEGIN FOR n IN 1..{TABLES} BY 2 LOOP
               EXECUTE format('SELECT setval(''t%s_id_seq'', 5)', n);
             END LOOP; END $$"
        ))
        .unwrap();
}

/// Lets every sequence know nothing of its rows again.
fn put_back(database: &Database) {
    let all = "SELECT setval(seqrelid::regclass, 1, false) FROM pg_catalog.pg_sequence";
    database.connect().simple(all).unwrap();
}

/// So often sessions are ended or connections cut at most: a slow machine gets on between.
const MOST_BLOWS: usize = 30;

/// Ends sessions of reseq's in the database, one after the other, until told to stop. Returns how many.
pub(crate) fn kill(mut connection: pq::Connection, pause: Duration, over: &AtomicBool) -> usize {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE application_name = 'reseq' AND datname = current_database() AND state <> 'idle'
               ORDER BY random() LIMIT 1";
    let mut ended = 0;
    while ended < MOST_BLOWS && !over.load(Ordering::Relaxed) {
        ended += connection.query(end, &[]).unwrap().len();
        thread::sleep(pause);
    }
    ended
}

/// Cuts all connections when so many round trips are made, and whenever some more have got through since the last time,
/// until told to stop. Returns how often.
fn cut_on(proxy: &Proxy, first: u64, over: &AtomicBool) -> usize {
    // To connect anew, both sessions take ten.
    const BETWEEN: u64 = 25;
    let (mut cuts, mut next) = (0, proxy.round_trips() + first);
    while cuts < MOST_BLOWS && !over.load(Ordering::Relaxed) {
        if proxy.round_trips() >= next {
            proxy.cut();
            cuts += 1;
            next = proxy.round_trips() + BETWEEN;
        }
        thread::sleep(Duration::from_millis(1));
    }
    cuts
}

/// Inserts through the defaults of all tables in turn until told to stop, whatever becomes of the connection; returns
/// what was handed out, by table.
pub(crate) fn write_on(connect: impl Fn() -> Option<pq::Connection>, over: &AtomicBool) -> Vec<(usize, i64)> {
    let mut values = Vec::new();
    let mut connection = None;
    for table in (1..=TABLES).cycle().take_while(|_| !over.load(Ordering::Relaxed)) {
        let Some(connected) = &mut connection else {
            thread::sleep(Duration::from_millis(5));
            connection = connect();
            continue;
        };
        match connected.query(&format!("INSERT INTO t{table} DEFAULT VALUES RETURNING id"), &[]) {
            Ok(rows) => values.push((table, rows.row(0).unwrap().get(0).unwrap())),
            Err(error) if error.sqlstate() == Some("23505") => {}
            Err(_) => connection = None,
        }
    }
    values
}

/// No step is in doubt, and the moves of each lead to where it stands or before.
fn assert_receipt_is_right(receipt: &Receipt) {
    assert!(receipt.run.finished.is_some());
    for step in &receipt.steps {
        assert_eq!(step.progress, Progress::Done, "{step:#?}");
        let after = step.after.unwrap();
        assert!(after.last_value >= step.target - 1 && after.is_called, "{step:#?}");
        let made: u64 = step.moves.iter().map(|made| made.calls).sum();
        let stood = step.before.last_value - i64::from(!step.before.is_called);
        assert!(stood + i64::try_from(made).unwrap() <= after.last_value, "{step:#?}");
    }
}

pub(crate) fn assert_no_value_twice(values: &[(usize, i64)]) {
    let distinct: HashSet<_> = values.iter().collect();
    assert_eq!(distinct.len(), values.len(), "a value was handed out twice");
}

pub(crate) fn assert_everything_is_right(sessions: &mut Sessions, fixed: &Fixed) {
    assert!(fixed.outcome.complete && !fixed.outcome.anything_remains(), "{:#?}", fixed.outcome);
    let receipt = fixed.receipt.as_ref().unwrap();
    assert_eq!(receipt.steps.len(), fixed.outcome.sequences.len());
    assert_receipt_is_right(receipt);
    assert_eq!(check(sessions).report.all_findings().count(), 0);
}

#[test]
fn a_check_goes_on_while_its_sessions_are_ended() {
    for database in on_versions(&[10, 18]) {
        let database = database.with(&behind());
        let calm = format!("{:?}", check(&mut database.sessions()).report.sequences);
        let over = AtomicBool::new(false);
        // A first connection that is cut off is for whoever asked for it to make again.
        let mut sessions = database.sessions();
        thread::scope(|scope| {
            let killer = scope.spawn(|| kill(database.connect(), Duration::from_millis(40), &over));
            let end = SetOnDrop(&over);
            for _ in 0..8 {
                let checked = check(&mut sessions);
                assert!(checked.report.complete);
                let seen = format!("{:?}", checked.report.sequences);
                assert!(seen == calm, "{seen}");
            }
            drop(end);
            assert!(killer.join().unwrap() > 0, "no session was ended");
        });
    }
}

#[test]
fn a_check_goes_on_over_a_network_that_breaks() {
    let database = on_newest().with(&behind());
    let proxy = database.proxy(Duration::ZERO);
    let connector = database.connector().keyword("port", &proxy.port().to_string());
    let mut sessions = Sessions::open(connector, 2).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let cutter = scope.spawn(|| cut_on(&proxy, 25, &over));
        let end = SetOnDrop(&over);
        for _ in 0..10 {
            let checked = check(&mut sessions);
            assert!(checked.report.complete);
            assert_eq!(checked.report.all_findings().count(), TABLES);
        }
        drop(end);
        assert!(cutter.join().unwrap() > 3, "the network hardly broke");
    });
}

#[test]
fn a_statement_that_the_server_may_fall_over_is_not_sent_for_ever() {
    let database = on_newest();
    let proxy = database.proxy(Duration::ZERO);
    let mut session = database.connector().keyword("port", &proxy.port().to_string()).connect().unwrap();
    let over = AtomicBool::new(false);
    let sent = thread::scope(|scope| {
        let cutter = scope.spawn(|| {
            let running = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(77)%'
                           AND pid <> pg_backend_pid() AND state = 'active' AND datname = current_database()";
            let mut seen = 0;
            while !over.load(Ordering::Relaxed) {
                if database.value(&running.replace("pg_terminate_backend(pid)", "pid")) != "0" {
                    // The client hears nothing of why.
                    proxy.cut();
                    database.value(running);
                    seen += 1;
                }
                thread::sleep(Duration::from_millis(5));
            }
            seen
        });
        let end = SetOnDrop(&over);
        let error = session.read("sleep", "SELECT pg_catalog.pg_sleep(77)", &[]).unwrap_err();
        let expected = "the connection was lost, again and again: could not sleep: ";
        assert!(error.to_string().starts_with(expected), "{error}");
        drop(end);
        cutter.join().unwrap()
    });
    assert_eq!(sent, 3);
    session.read("go on", "SELECT 1", &[]).unwrap();
}

#[test]
fn a_network_that_says_nothing_is_given_up() {
    let database = on_newest();
    let proxy = database.proxy(Duration::ZERO);
    let limits = Limits { statement_timeout: Duration::from_millis(500), ..Limits::default() };
    let connector = database.connector().keyword("port", &proxy.port().to_string()).limits(limits);
    let mut session = connector.connect().unwrap();
    proxy.stall(true);
    let began = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(11));
            proxy.stall(false);
        });
        session.read("look", "SELECT 1", &[]).unwrap();
    });
    let took = began.elapsed();
    assert!((10..30).contains(&took.as_secs()), "{took:?}");
}

#[test]
fn a_repair_goes_on_while_its_sessions_are_ended() {
    for (database, jobs) in on_versions(&[10, 18]).zip([1, 2]) {
        let database = database.with(&behind());
        mixed(&database);
        let mut sessions = Sessions::open(database.connector(), jobs).unwrap();
        let planned = plan(&mut sessions, &both_methods());
        let over = AtomicBool::new(false);
        let (fixed, values, ended) = thread::scope(|scope| {
            let writers: Vec<_> =
                (0..2).map(|_| scope.spawn(|| write_on(|| Some(database.connect()), &over))).collect();
            let killer = scope.spawn(|| kill(database.connect(), Duration::from_millis(15), &over));
            let end = SetOnDrop(&over);
            let fixed = carry_out(&mut sessions, &planned, &both_methods());
            drop(end);
            let values = writers.into_iter().flat_map(|writer| writer.join().unwrap());
            (fixed, values.collect::<Vec<_>>(), killer.join().unwrap())
        });
        assert!(ended > 0, "no session was ended on {}", database.major());
        assert_no_value_twice(&values);
        assert_everything_is_right(&mut sessions, &fixed);
    }
}

#[test]
fn a_repair_over_a_network_that_breaks_draws_no_value_for_nothing() {
    let database = on_newest().with(&behind());
    let proxy = database.proxy(Duration::from_millis(3));
    let connector = database.connector().keyword("port", &proxy.port().to_string());
    let mut cuts = 0;
    // A repair takes few round trips: it breaks at another one each time.
    for first in [1, 2, 3, 5, 7] {
        put_back(&database);
        mixed(&database);
        let mut sessions = Sessions::open(connector.clone(), 2).unwrap();
        let planned = plan(&mut sessions, &both_methods());
        let over = AtomicBool::new(false);
        let fixed = thread::scope(|scope| {
            let cutter = scope.spawn(|| cut_on(&proxy, first, &over));
            let end = SetOnDrop(&over);
            let fixed = carry_out(&mut sessions, &planned, &both_methods());
            drop(end);
            cuts += cutter.join().unwrap();
            fixed
        });
        assert_everything_is_right(&mut database.sessions(), &fixed);
        // Nobody else drew: every sequence stands right behind its rows, and the moves tell the whole way.
        for step in &fixed.receipt.unwrap().steps {
            let after = step.after.unwrap();
            assert_eq!(after.last_value, i64::try_from(AHEAD).unwrap(), "{step:#?}");
            let made: u64 = step.moves.iter().map(|made| made.calls).sum();
            let stood = step.before.last_value - i64::from(!step.before.is_called);
            assert_eq!(stood + i64::try_from(made).unwrap(), after.last_value, "{step:#?}");
        }
    }
    assert!(cuts > 2, "the network hardly broke");
}

#[test]
fn what_still_runs_on_the_server_is_not_repeated_beside_it() {
    const FAR: i64 = 900_000;
    let database =
        on_newest().with(&format!("CREATE TABLE t (id bigserial PRIMARY KEY); INSERT INTO t VALUES ({FAR})"));
    let proxy = database.proxy(Duration::ZERO);
    let connector = database.connector().keyword("port", &proxy.port().to_string());
    let mut sessions = Sessions::open(connector, 1).unwrap();
    let options = ApplyOptions {
        fix: FixOptions { draw_limit: u64::MAX, ..FixOptions::default() },
        ..ApplyOptions::default()
    };
    let planned = plan(&mut sessions, &options);
    let fixed = thread::scope(|scope| {
        scope.spawn(|| {
            while database.value("SELECT last_value > 1 FROM t_id_seq") != "t" {
                thread::sleep(Duration::from_millis(1));
            }
            // The server goes on drawing: it has nobody to tell yet.
            proxy.cut();
        });
        carry_out(&mut sessions, &planned, &options)
    });
    assert_all_repaired(&fixed.outcome);
    assert_eq!(database.value("SELECT last_value FROM t_id_seq"), FAR.to_string());
    let receipt = fixed.receipt.unwrap();
    let made: u64 = receipt.steps[0].moves.iter().map(|made| made.calls).sum();
    assert_eq!((receipt.steps[0].progress, made), (Progress::Done, 900_000));
}

/// A server of our own with what is behind, and how to connect to it.
fn own_server() -> (Cluster, Connector) {
    let cluster = Cluster::start(&newest_installation().unwrap(), &testing::options()).unwrap();
    let mut connection = pq::Connection::connect(&[("dbname", &cluster.conninfo())]).unwrap();
    connection.simple(&behind()).unwrap();
    let connector = Connector::from_conninfo(&cluster.conninfo());
    (cluster, connector)
}

#[test]
fn a_repair_goes_on_when_the_server_was_restarted() {
    for mode in [StopMode::Fast, StopMode::Immediate] {
        let (mut cluster, connector) = own_server();
        let (conninfo, port) = (cluster.conninfo(), cluster.port());
        let connect = || pq::Connection::connect(&[("dbname", &conninfo)]).ok();
        // Slow enough to be met in the middle.
        let proxy = Proxy::delaying(port, Duration::from_millis(2)).unwrap();
        let connector = connector.keyword("port", &proxy.port().to_string());
        let mut sessions = Sessions::open(connector, 2).unwrap();
        let planned = plan(&mut sessions, &both_methods());
        let over = AtomicBool::new(false);
        let (fixed, values) = thread::scope(|scope| {
            let writers: Vec<_> = (0..2).map(|_| scope.spawn(|| write_on(connect, &over))).collect();
            let end = SetOnDrop(&over);
            let restart = scope.spawn(|| {
                let mut connection = connect().unwrap();
                // In the middle of it.
                let moved = format!("SELECT last_value >= {AHEAD} FROM t10_id_seq");
                for _ in 0..500 {
                    let rows = connection.query(&moved, &[]).unwrap();
                    if rows.row(0).unwrap().get(0).unwrap() {
                        break;
                    }
                    thread::sleep(Duration::from_millis(1));
                }
                drop(connection);
                cluster.stop(mode).unwrap();
                thread::sleep(Duration::from_millis(700));
                cluster.start_again().unwrap();
            });
            let fixed = carry_out(&mut sessions, &planned, &both_methods());
            restart.join().unwrap();
            drop(end);
            let values = writers.into_iter().flat_map(|writer| writer.join().unwrap());
            (fixed, values.collect::<Vec<_>>())
        });
        assert_eq!(cluster.port(), port, "somebody took the port meanwhile");
        assert_no_value_twice(&values);
        assert_everything_is_right(&mut sessions, &fixed);
    }
}

#[test]
fn a_repair_goes_on_at_the_standby_that_takes_over() {
    let (mut primary, _) = own_server();
    let standby = primary.standby().unwrap();
    let ports = format!("{},{}", primary.port(), standby.port());
    let conninfo =
        format!("host=127.0.0.1,127.0.0.1 port={ports} user=postgres dbname=postgres connect_timeout=5");
    let mut sessions = Sessions::open(Connector::from_conninfo(&conninfo), 2).unwrap();
    assert!(!sessions.server().in_recovery);
    let planned = plan(&mut sessions, &both_methods());
    primary.stop(StopMode::Immediate).unwrap();
    let fixed = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(400));
            let mut connection = pq::Connection::connect(&[("dbname", &standby.conninfo())]).unwrap();
            connection.query("SELECT pg_promote()", &[]).unwrap();
        });
        carry_out(&mut sessions, &planned, &both_methods())
    });
    assert_everything_is_right(&mut sessions, &fixed);
    let (began, ended) = (primary.port().to_string(), standby.port().to_string());
    assert_eq!(sessions.first().server().port, ended);
    let run = &fixed.receipt.as_ref().unwrap().run;
    assert_eq!((&run.server.port, &run.last_server().port), (&began, &ended));
    let path = fixed.outcome.receipt.as_ref().unwrap();
    let style = Style {
        width: 200,
        color: false,
        verbose: false,
        connection: String::new(),
        selection: String::new(),
    };
    let shown = text::receipt(path, fixed.receipt.as_ref().unwrap(), &style);
    assert!(shown.contains(&format!("Its last connection led to postgres on 127.0.0.1:{ended}.")), "{shown}");
}

#[test]
fn another_server_at_the_same_address_is_not_taken_for_the_first() {
    let database = on_newest();
    let other = Cluster::start(&newest_installation().unwrap(), &ClusterOptions::default()).unwrap();
    let mut connection = pq::Connection::connect(&[("dbname", &other.conninfo())]).unwrap();
    connection.simple(&format!("CREATE DATABASE {}", database.name)).unwrap();
    let proxy = database.proxy(Duration::ZERO);
    let mut session = database.connector().keyword("port", &proxy.port().to_string()).connect().unwrap();
    proxy.lead_to(other.port());
    let error = session.read("look", "SELECT 1", &[]).unwrap_err();
    assert!(error.to_string().contains("what answers now is another server"), "{error}");
    assert!(session.is_lost());
}

#[test]
fn what_cannot_be_taken_up_again_is_said_and_ends_in_order() {
    let (mut cluster, connector) = own_server();
    let mut sessions = Sessions::open(connector.retry(Duration::from_secs(1)), 2).unwrap();
    let planned = plan(&mut sessions, &both_methods());
    cluster.stop(StopMode::Fast).unwrap();
    let fixed = carry_out(&mut sessions, &planned, &both_methods());
    assert!(!fixed.outcome.complete);
    let in_doubt = |status: &Status| matches!(status, Status::Unknown { .. } | Status::NotBegun);
    assert!(fixed.outcome.sequences.iter().all(|repair| in_doubt(&repair.status)));
    let error = reseq::check(&mut sessions, &reseq::CheckOptions::default(), &mut |_| ()).unwrap_err();
    let expected = "the connection was lost, and no other could be made within 1 s: connection to server at";
    assert!(error.to_string().starts_with(expected), "{error}");
}
