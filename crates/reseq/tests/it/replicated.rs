//! The last carry where logical replication brings the rows: it waits until they have arrived.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reseq::carry::{
    FinishOptions, FinishStage, Finished, Idle, NotReplicated, Rehearsal, Safety, finish, look, rehearse,
};
use reseq::plan::FixOptions;
use reseq::pq::Connection;
use reseq::session::{Connector, Sessions};
use reseq_scratch::{Cluster, ClusterOptions, Installation, installations};

use crate::last::{SHOP, options};
use crate::support::{SetOnDrop, on_every_version};

const LONG: Duration = Duration::from_secs(60);

/// Servers of the oldest and the newest version that can be had, and a subscription from the one to the other.
struct Pair([Cluster; 2]);

impl Pair {
    fn start() -> Self {
        let mut all = installations();
        let newest = all.pop().unwrap();
        let oldest = all.into_iter().next().unwrap_or_else(|| newest.clone());
        let options = ClusterOptions::default().setting("wal_level", "logical");
        let start = |installation: &Installation| Cluster::start(installation, &options).unwrap();
        let pair = Self([start(&oldest), start(&newest)]);
        for side in 0..2 {
            pair.execute(side, SHOP);
        }
        pair.execute(0, "CREATE PUBLICATION everything FOR ALL TABLES");
        let words = pair.conninfo(0);
        pair.execute(1, &format!("CREATE SUBSCRIPTION way CONNECTION '{words}' PUBLICATION everything"));
        pair
    }

    fn conninfo(&self, side: usize) -> String {
        format!("host=127.0.0.1 port={} user=postgres dbname=postgres", self.0[side].port())
    }

    fn connect(&self, side: usize) -> Connection {
        Connection::connect(&[("dbname", &self.conninfo(side))]).unwrap()
    }

    fn execute(&self, side: usize, sql: &str) {
        self.connect(side).simple(sql).unwrap();
    }

    fn value(&self, side: usize, sql: &str) -> i64 {
        self.connect(side).query(sql, &[]).unwrap().row(0).unwrap().get(0).unwrap()
    }

    fn sessions(&self, side: usize) -> Sessions {
        Sessions::open(Connector::from_conninfo(&self.conninfo(side)), 2).unwrap()
    }

    fn rehearse(&self) -> Rehearsal {
        let (mut source, mut target) = (self.sessions(0), self.sessions(1));
        let first = look(&mut source, &mut target, &options(LONG).carry).unwrap();
        let folder = tempfile::tempdir().unwrap();
        rehearse(&mut source, &mut target, &first, false, folder.path()).unwrap()
    }

    fn finish(&self, options: &FinishOptions, mut at: impl FnMut(FinishStage)) -> Finished {
        let (mut source, mut target) = (self.sessions(0), self.sessions(1));
        let first = look(&mut source, &mut target, &options.carry).unwrap();
        let plan = first.plan(&FixOptions::default());
        let folder = tempfile::tempdir().unwrap();
        finish(&mut source, &mut target, &first, plan, options, folder.path(), &mut at).unwrap()
    }
}

const COUNT: &str = "SELECT count(*) FROM orders";

#[test]
fn rows_on_their_way_are_waited_for() {
    let pair = Pair::start();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = || {
            let mut connection = pair.connect(0);
            let insert = "INSERT INTO orders (placed) SELECT now() FROM generate_series(1, 100)";
            // Until its session is ended.
            while !over.load(Ordering::Relaxed) && connection.simple(insert).is_ok() {
                thread::sleep(Duration::from_millis(1));
            }
        };
        scope.spawn(writer);
        let _end = SetOnDrop(&over);
        thread::sleep(Duration::from_millis(500));
        // What is written from now on stays on its way until it is waited for.
        let mut blocking = pair.connect(1);
        blocking.simple("BEGIN; LOCK TABLE orders IN SHARE MODE").unwrap();
        let fenced = FinishOptions { fence: true, ..options(LONG) };
        let finished = pair.finish(&fenced, |stage| match stage {
            FinishStage::WaitingForRows => {
                assert!(pair.value(1, COUNT) < pair.value(0, COUNT));
                blocking.simple("COMMIT").unwrap();
            }
            FinishStage::CarryingExactly => assert_eq!(pair.value(1, COUNT), pair.value(0, COUNT)),
            _ => {}
        });
        assert_eq!(finished.safety(), Safety::Safe, "{:#?} {:#?}", finished.ways, finished.quiet);
        let [way] = &finished.ways[..] else { panic!("{:#?}", finished.ways) };
        assert_eq!((way.slot.as_str(), way.subscription.as_str()), ("way", "way"));
        let last = pair.value(0, "SELECT max(id)::bigint FROM orders");
        assert_eq!(pair.value(1, "SELECT nextval('orders_id_seq')"), last + 1);
    });
}

#[test]
fn tables_that_no_subscription_brings_are_named() {
    let pair = Pair::start();
    let finished = pair.finish(&options(LONG), |_| ());
    assert_eq!((finished.ways[0].tables, finished.not_replicated), (2, NotReplicated::default()));
    // On both sides, and not subscribed to without ALTER SUBSCRIPTION … REFRESH PUBLICATION.
    let late = "CREATE TABLE late (id serial PRIMARY KEY);
                CREATE TABLE parts (id serial) PARTITION BY RANGE (id);
                CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (10)";
    (0..2).for_each(|side| pair.execute(side, late));
    let finished = pair.finish(&options(LONG), |_| ());
    assert_eq!(finished.safety(), Safety::Safe);
    let names = |left_out: &NotReplicated| -> Vec<String> {
        left_out.tables.iter().map(ToString::to_string).collect()
    };
    assert_eq!(finished.ways[0].tables, 2);
    assert_eq!(names(&finished.not_replicated), ["public.late", "public.parts"]);
    pair.execute(1, "ALTER SUBSCRIPTION way REFRESH PUBLICATION");
    let finished = pair.finish(&options(LONG), |_| ());
    assert_eq!((finished.ways[0].tables, finished.not_replicated), (4, NotReplicated::default()));
    assert!(finished.ways[0].leaves_out.is_empty());
    pair.execute(0, "ALTER PUBLICATION everything SET (publish = 'update')");
    let finished = pair.finish(&options(LONG), |_| ());
    assert_eq!(finished.ways[0].leaves_out, ["the publication everything does not publish inserts"]);
    // Let go of: nothing comes any more.
    pair.execute(1, "ALTER SUBSCRIPTION way DISABLE");
    pair.execute(1, "ALTER SUBSCRIPTION way SET (slot_name = NONE)");
    let finished = pair.finish(&options(LONG), |_| ());
    assert!(finished.ways.is_empty());
    let idle = Idle { subscription: "way".to_owned(), reason: "has no slot" };
    assert_eq!(finished.not_replicated.subscriptions, [idle]);
    assert_eq!(names(&finished.not_replicated).len(), 4);
}

#[test]
fn a_subscription_that_is_off_is_said_at_once() {
    let pair = Pair::start();
    pair.execute(0, "INSERT INTO orders (placed) VALUES (now())");
    assert_eq!(pair.finish(&options(LONG), |_| ()).safety(), Safety::Safe);
    let rehearsal = pair.rehearse();
    let [way] = &rehearsal.replication[..] else { panic!("{rehearsal:#?}") };
    assert_eq!((way.tables, way.copying, way.enabled, way.active), (2, 0, true, true));
    assert!(rehearsal.hindrances.is_empty() && rehearsal.fence.is_none());
    pair.execute(1, "ALTER SUBSCRIPTION way DISABLE");
    pair.execute(0, "INSERT INTO orders (placed) VALUES (now())");
    let rehearsal = pair.rehearse();
    let [way] = &rehearsal.replication[..] else { panic!("{rehearsal:#?}") };
    assert!(!way.enabled && way.behind.unwrap() > 50, "{way:#?}");
    assert_eq!(rehearsal.hindrances[0].message, "rows may be missing: the subscription way is disabled");
    let finished = pair.finish(&options(LONG), |_| ());
    assert_eq!(finished.safety(), Safety::NotProven);
    let hindrance = finished.ways[0].hindrance.as_deref();
    assert_eq!(hindrance, Some("it is disabled: enable it, or drop it if it is not needed"));
}

#[test]
fn tables_that_are_still_being_copied_are_waited_for() {
    let pair = Pair::start();
    assert_eq!(pair.finish(&options(LONG), |_| ()).safety(), Safety::Safe);
    pair.execute(
        0,
        "CREATE TABLE late (id serial PRIMARY KEY); INSERT INTO late SELECT FROM generate_series(1, 9)",
    );
    pair.execute(1, "CREATE TABLE late (id serial PRIMARY KEY)");
    // The copy waits for this one.
    let mut blocking = pair.connect(1);
    blocking.simple("BEGIN; LOCK TABLE late IN SHARE MODE").unwrap();
    pair.execute(1, "ALTER SUBSCRIPTION way REFRESH PUBLICATION");
    let way = &pair.rehearse().replication[0];
    assert_eq!((way.tables, way.copying), (3, 1));
    let finished = pair.finish(&options(Duration::from_secs(2)), |_| ());
    assert_eq!(finished.safety(), Safety::NotProven);
    let hindrance = finished.ways[0].hindrance.as_deref();
    assert_eq!(hindrance, Some("tables are still being copied for the first time, 1 to go"));
    blocking.simple("COMMIT").unwrap();
    assert_eq!(pair.finish(&options(LONG), |_| ()).safety(), Safety::Safe);
    assert_eq!(pair.value(1, "SELECT nextval('late_id_seq')"), 10);
}

#[test]
fn row_filters_are_named() {
    const FILTERS: &str = include_str!("../../src/carry/sql/filters.sql");
    for source in on_every_version().filter(|source| source.major() >= 15) {
        let source = source.with(SHOP).with(
            "CREATE PUBLICATION few FOR TABLE orders WHERE (id > 5); CREATE PUBLICATION all_of FOR TABLE orders",
        );
        let rows = source.connect().query(FILTERS, &[Some("{few,all_of}")]).unwrap();
        let words: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        assert_eq!(words, ["public.orders has a row filter in the publication few"]);
    }
}
