//! Two databases, and logical replication from one to the other.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use reseq::pq::Connection;
use reseq_scratch::{Cluster, ClusterOptions, Installation, Proxy, installations};

use crate::writers::{COLUMNS, SCHEMA};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two databases with the same tables, of two servers or of one. What is written to one of them comes to the other.
pub(crate) struct Pair {
    clusters: Mutex<Vec<Cluster>>,
    sides: [Side; 2],
}

struct Side {
    cluster: usize,
    port: u16,
    database: &'static str,
}

impl Pair {
    /// Servers of these major versions, the first side being the source; `None`, loudly, where they cannot be had.
    pub(crate) fn of_versions(majors: [u32; 2]) -> Option<Self> {
        Self::without_tables(majors).map(Self::replicating)
    }

    /// The same: the applications' tables are on the first side only, and nothing is replicated.
    pub(crate) fn not_replicating(majors: [u32; 2]) -> Option<Self> {
        let pair = Self::without_tables(majors)?;
        pair.populate(0);
        Some(pair)
    }

    /// Two databases of one server, the newest.
    pub(crate) fn of_one_server() -> Self {
        let cluster = Cluster::start(&installations().pop().unwrap(), &options()).unwrap();
        Self::on(vec![cluster], [(0, "old"), (0, "new")]).replicating()
    }

    fn without_tables(majors: [u32; 2]) -> Option<Self> {
        let installations = installations();
        let find = |major| installations.iter().find(|installation| installation.major == major);
        let found: Vec<_> = majors.into_iter().filter_map(find).collect();
        if found.len() < 2 {
            skipped(&format!("PostgreSQL {} or {} is not installed", majors[0], majors[1]));
            return None;
        }
        let start = |installation: &&Installation| Cluster::start(installation, &options()).unwrap();
        Some(Self::on(found.iter().map(start).collect(), [(0, "shop"), (1, "shop")]))
    }

    fn on(clusters: Vec<Cluster>, places: [(usize, &'static str); 2]) -> Self {
        let sides = places.map(|(cluster, database)| {
            let port = clusters[cluster].port();
            let create = format!("CREATE DATABASE {database}");
            connect(port, "postgres", "postgres").simple(&create).unwrap();
            Side { cluster, port, database }
        });
        Self { clusters: Mutex::new(clusters), sides }
    }

    fn replicating(self) -> Self {
        for side in 0..2 {
            self.populate(side);
            self.execute(side, "CREATE PUBLICATION everything FOR ALL TABLES");
        }
        self.replicate(0);
        self
    }

    /// Makes the applications' role and tables.
    fn populate(&self, side: usize) {
        // There may be two databases of one server.
        if self.value(side, "SELECT count(*)::text FROM pg_roles WHERE rolname = 'app'") == "0" {
            self.execute(side, "CREATE ROLE app LOGIN");
        }
        let grant = format!("GRANT CREATE ON DATABASE {} TO app", self.sides[side].database);
        self.execute(side, &format!("{grant}; ALTER SCHEMA public OWNER TO app; SET ROLE app; {SCHEMA}"));
    }

    /// From now on what is written to this side comes to the other; not what was written before.
    pub(crate) fn replicate(&self, from: usize) {
        let (to, slot) = (1 - from, slot(from));
        self.execute(from, &format!("SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput')"));
        self.execute(
            to,
            &format!(
                "CREATE SUBSCRIPTION {slot} CONNECTION '{}' PUBLICATION everything
                 WITH (create_slot = false, slot_name = '{slot}', copy_data = false)",
                self.conninfo(from)
            ),
        );
    }

    /// Replicates the other way: the applications write to the other side next. A fence round this one stays: it follows
    /// all the same.
    pub(crate) fn turn_round(&self, from: usize) {
        let to = 1 - from;
        self.execute(to, &format!("DROP SUBSCRIPTION {}", slot(from)));
        self.lift_fence(to);
        self.replicate(to);
    }

    /// Whether the database itself is read-only. Asked from another, whose sessions a fence does not end.
    pub(crate) fn is_fenced(&self, side: usize) -> bool {
        let Side { port, database, .. } = &self.sides[side];
        let sql = "SELECT count(*) FROM pg_db_role_setting AS set, pg_database AS database
                   WHERE set.setdatabase = database.oid AND database.datname = $1
                   AND 'default_transaction_read_only=on' = ANY (set.setconfig)";
        let rows = connect(*port, "postgres", "postgres").query(sql, &[Some(database)]).unwrap();
        rows.row(0).unwrap().get::<i64>(0).unwrap() == 1
    }

    /// Lets applications write again that connect from now on.
    pub(crate) fn lift_fence(&self, side: usize) {
        let database = self.sides[side].database;
        self.execute(side, &format!("ALTER DATABASE {database} RESET default_transaction_read_only"));
    }

    /// Waits until all that was written to this side has come to the other.
    pub(crate) fn wait_for_rows(&self, from: usize) {
        let written = self.value(from, "SELECT pg_current_wal_lsn()::text");
        let arrived = format!(
            "SELECT confirmed_flush_lsn >= '{written}' FROM pg_replication_slots WHERE slot_name = '{}'",
            slot(from)
        );
        wait_until("the rows have arrived", || self.value(from, &arrived) == "t");
    }

    /// Crashes the server of a side, and starts it again.
    pub(crate) fn crash(&self, side: usize) {
        let Side { cluster, port, .. } = self.sides[side];
        let mut clusters = self.clusters.lock().unwrap();
        clusters[cluster].crash().unwrap();
        clusters[cluster].start_again().unwrap();
        assert_eq!(clusters[cluster].port(), port, "another program has taken the port");
    }

    /// Crashes the server of a side for good.
    pub(crate) fn lose(&self, side: usize) {
        self.clusters.lock().unwrap()[self.sides[side].cluster].crash().unwrap();
    }

    /// All that was written, on whichever side, is on both when the last has come from this one.
    pub(crate) fn assert_rows_are_on_both(&self, from: usize) {
        self.wait_for_rows(from);
        for (table, column) in COLUMNS {
            let rows = format!(
                "SELECT concat(count(*), ' from ', min({column}), ' to ', max({column})) FROM {table}"
            );
            assert_eq!(self.value(0, &rows), self.value(1, &rows), "{table}");
        }
    }

    /// What went wrong on the servers while rows were applied.
    pub(crate) fn collisions(&self) -> Vec<String> {
        let clusters = self.clusters.lock().unwrap();
        let logs = clusters.iter().map(Cluster::log);
        logs.flat_map(|log| log.lines().map(str::to_owned).collect::<Vec<_>>())
            .filter(|line| line.contains("duplicate key"))
            .collect()
    }

    /// As PostgreSQL names it: `13.23`.
    pub(crate) fn version(&self, side: usize) -> String {
        self.clusters.lock().unwrap()[self.sides[side].cluster].installation().version.clone()
    }

    /// How reseq and subscriptions connect.
    pub(crate) fn conninfo(&self, side: usize) -> String {
        let Side { port, database, .. } = &self.sides[side];
        format!("host=127.0.0.1 port={port} user=postgres dbname={database}")
    }

    /// A network before the server of a side, and how reseq connects through it.
    pub(crate) fn through_a_network(&self, side: usize) -> (Proxy, String) {
        let Side { port, database, .. } = &self.sides[side];
        let network = Proxy::start(*port).unwrap();
        let conninfo = format!("host=127.0.0.1 port={} user=postgres dbname={database}", network.port());
        (network, conninfo)
    }

    /// How an application connects.
    pub(crate) fn connect(&self, side: usize) -> Result<Connection, reseq::pq::Error> {
        let Side { port, database, .. } = &self.sides[side];
        try_connect(*port, "app", database)
    }

    /// Runs statements as superuser, each by itself.
    pub(crate) fn execute(&self, side: usize, sql: &str) {
        let mut connection = self.superuser(side);
        for statement in sql.split(';') {
            connection.simple(statement).unwrap_or_else(|error| panic!("side {side}: {statement}: {error}"));
        }
    }

    /// The first column of the first row, as superuser.
    pub(crate) fn value(&self, side: usize, sql: &str) -> String {
        let rows = self.superuser(side).query(sql, &[]).unwrap();
        rows.row(0).unwrap().get::<Option<String>>(0).unwrap().unwrap_or_default()
    }

    /// A connection that can change what is fenced.
    pub(crate) fn superuser(&self, side: usize) -> Connection {
        let Side { port, database, .. } = &self.sides[side];
        connect(*port, "postgres", database)
    }
}

/// Of the subscription too. Slots are named across a server, and either side may be on it.
fn slot(from: usize) -> String {
    format!("from_side_{from}")
}

fn options() -> ClusterOptions {
    ClusterOptions::default()
        .setting("shared_buffers", "32MB")
        .setting("max_connections", "40")
        .setting("wal_level", "logical")
        // How soon a worker that failed is started again.
        .setting("wal_retrieve_retry_interval", "100ms")
}

fn connect(port: u16, user: &str, database: &str) -> Connection {
    try_connect(port, user, database).unwrap()
}

/// A superuser can change what a fence has made read-only.
fn try_connect(port: u16, user: &str, database: &str) -> Result<Connection, reseq::pq::Error> {
    let options = if user == "postgres" { "-c default_transaction_read_only=off" } else { "" };
    Connection::connect(&[
        ("host", "127.0.0.1"),
        ("port", &port.to_string()),
        ("user", user),
        ("dbname", database),
        ("options", options),
    ])
}

pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
pub(crate) fn skipped(why: &str) {
    eprintln!("SKIPPED: switch-overs: {why}");
}
