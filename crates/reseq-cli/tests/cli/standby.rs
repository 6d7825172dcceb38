//! A physical standby: its values run ahead, and what is wrong is put right on the primary.

use std::thread;
use std::time::{Duration, Instant};

use reseq::pq;
use reseq_scratch::{Cluster, ClusterOptions, Installation, StopMode, installations};
use tempfile::TempDir;

use crate::formats::valid;
use crate::support::{Run, bare, sandbox, snapshot};

/// A primary, and a standby that has caught up with it.
struct Pair {
    primary: Cluster,
    standby: Cluster,
    home: TempDir,
}

impl Pair {
    fn start(installation: &Installation) -> Self {
        let mut primary = Cluster::start(installation, &ClusterOptions::default()).unwrap();
        let standby = primary.standby().unwrap();
        let mut connection = pq::Connection::connect(&[("dbname", &primary.conninfo())]).unwrap();
        connection
            .simple(
                "CREATE TABLE orders (id serial PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 100);
                 CREATE TABLE lines (id serial PRIMARY KEY);
                 INSERT INTO lines VALUES (DEFAULT), (DEFAULT), (5);
                 CREATE TABLE seen (id int)",
            )
            .unwrap();
        let pair = Self { primary, standby, home: tempfile::tempdir().unwrap() };
        pair.wait_for_the_standby();
        pair
    }

    fn wait_for_the_standby(&self) {
        let mut connection = pq::Connection::connect(&[("dbname", &self.standby.conninfo())]).unwrap();
        let began = Instant::now();
        let seen = "SELECT to_regclass('public.seen') IS NOT NULL
                    AND (SELECT count(*) FROM pg_stat_wal_receiver) = 1";
        while !connection.query(seen, &[]).unwrap().row(0).unwrap().get::<bool>(0).unwrap() {
            assert!(began.elapsed() < Duration::from_secs(30), "the standby does not follow");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn reseq(&self, arguments: &[&str]) -> Run {
        Run::of(&mut bare(self.home.path(), &[arguments, &[&self.standby.conninfo()]].concat()))
    }
}

#[test]
fn every_version_says_that_values_run_ahead_and_where_the_primary_is() {
    for installation in installations() {
        if ![10, 13, 16].contains(&installation.major) {
            continue;
        }
        let pair = Pair::start(&installation);
        let check = pair.reseq(&["check"]);
        let notice = format!("is a standby of 127.0.0.1:{}: its sequences run ahead", pair.primary.port());
        assert!(check.stdout.replace('\n', " ").contains(&notice), "{check}");
        assert_eq!(check.status, Some(1), "{check}");
        let fix = pair.reseq(&["fix", "--yes"]);
        let refusal = format!(
            "is a standby, where nothing can be changed: connect to the primary (this one gets its changes from \
             127.0.0.1:{})\n",
            pair.primary.port()
        );
        assert!(fix.stderr.ends_with(&refusal), "{fix}");
        assert_eq!((fix.stdout.as_str(), fix.status), ("", Some(3)), "{fix}");
    }
}

#[test]
fn every_format_says_it() {
    let pair = Pair::start(&installations().pop().unwrap());
    snapshot!(pair.reseq(&["check"]), @"
    postgres on HOST:PORT, PostgreSQL VERSION

    public.orders_id_seq → public.orders.id
      ERROR    behind        the next 100 inserts fail: 1 is already in
                             public.orders.id, whose rows go up to 100

    1 error in 1 of 2 sequences.
    postgres is a standby of HOST:PORT: its sequences run ahead of the
    primary's, by up to 32 × increment. One that is behind by less looks right here,
    one that is nearly used up looks more so. Repairs are for the primary.
    ─── exit status 1
    ");
    snapshot!(pair.reseq(&["check", "-t", "lines"]), @"
    All right: 1 sequence of postgres on HOST:PORT.
    postgres is a standby of HOST:PORT: its sequences run ahead of the
    primary's, by up to 32 × increment. One that is behind by less looks right here,
    one that is nearly used up looks more so. Repairs are for the primary.
    ─── exit status 0
    ");
    snapshot!(pair.reseq(&["check", "--format", "markdown", "-t", "lines"]), @"
    **postgres**: all is well with 1 sequence

    postgres is a standby of HOST:PORT: its sequences run ahead of the primary's, by up to 32 × increment. One that is behind by less looks right here, one that is nearly used up looks more so.
    ─── exit status 0
    ");
    snapshot!(pair.reseq(&["check", "--format", "csv", "-t", "lines"]), @r#"
    database,host,port,sequence,columns,severity,code,message,next_value,ceiling,used_percent,room,fix_next_value,fix_sql,only,except,standby
    postgres,HOST,PORT,public.lines_id_seq,public.lines.id,,,,34,2147483647,0.00,2147483614,,,,,"postgres is a standby of HOST:PORT: its sequences run ahead of the primary's, by up to 32 × increment. One that is behind by less looks right here, one that is nearly used up looks more so."
    ─── exit status 0
    "#);
    snapshot!(pair.reseq(&["check", "--format", "nagios"]), @"
    RESEQ CRITICAL - 1 error in 2 sequences, public.orders_id_seq behind (the next 100 inserts fail: 1 is already in public.orders.id, whose rows go up to 100), on a standby (postgres), whose values run ahead by up to 32 × increment | sequences=2;;;0 errors=1;;;0 warnings=0;;;0 unread=0;;;0 'postgres public.lines_id_seq'=0.00%;75;90;0;100 'postgres public.orders_id_seq'=0.00%;75;90;0;100
    ─── exit status 2
    ");
    let json = pair.reseq(&["check", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let standby = &json["server"]["standby"];
    assert_eq!(standby["primary"], format!("127.0.0.1:{}", pair.primary.port()));
    assert!(standby["note"].as_str().unwrap().contains("ahead of the primary's, by up to 32 × increment"));
    snapshot!(pair.reseq(&["fix", "--dry-run"]), @"
    ─── standard error
    reseq: postgres on HOST:PORT is a standby, where nothing can be changed: connect to the primary (this one gets its changes from HOST:PORT)
    ─── exit status 3
    ");
}

#[test]
fn what_is_carried_from_a_standby_is_ahead_and_every_format_says_so() {
    let pair = Pair::start(&installations().pop().unwrap());
    let target =
        sandbox("CREATE TABLE orders (id serial PRIMARY KEY); CREATE TABLE lines (id serial PRIMARY KEY)");
    let carry = |arguments: &[&str]| {
        let ends = ["carry", "--from", &pair.standby.conninfo(), "--to", &target.conninfo()];
        Run::of(&mut bare(pair.home.path(), &[&ends, arguments].concat()))
    };
    let ahead = format!(
        "postgres is a standby of 127.0.0.1:{}: its sequences run ahead of the primary's, by up to 32 × increment. What \
         is carried from here is ahead by as much;",
        pair.primary.port()
    );
    for arguments in
        [&["--check"][..], &["--dry-run"], &["--dry-run", "--format", "sql"], &["--yes"], &["--yes"]]
    {
        let run = carry(arguments);
        assert!(run.stdout.replace('\n', " ").contains(&ahead), "{run}");
    }
    let run = carry(&["--check", "--format", "json"]);
    let value = valid("carry.schema.json", &run);
    assert!(value["source"]["standby"]["note"].as_str().unwrap().starts_with(&ahead), "{run}");
    assert_eq!((value["safe"].as_bool(), run.status), (Some(true), Some(0)));
    // One that lags says by how much, and that this is not all.
    let run_on = |cluster: &Cluster, sql: &str| {
        pq::Connection::connect(&[("dbname", &cluster.conninfo())]).unwrap().simple(sql).unwrap();
    };
    run_on(&pair.standby, "SELECT pg_wal_replay_pause()");
    run_on(&pair.primary, "SELECT nextval('orders_id_seq') FROM generate_series(1, 500)");
    let run = carry(&["--check"]);
    assert!(run.stdout.contains("Behind its primary: its replay is paused: "), "{run}");
    assert_eq!(run.status, Some(3), "{run}");
    let value = valid("carry.schema.json", &carry(&["--check", "--format", "json"]));
    assert_eq!(value["safe"].as_bool(), Some(false));
    assert!(value["behind"].as_str().unwrap().starts_with("its replay is paused: "));
    run_on(&pair.standby, "SELECT pg_wal_replay_resume()");
    // Two values were drawn; the rest of the 32 that the primary has written ahead is skipped.
    assert_eq!(target.value("SELECT nextval('lines_id_seq')::text"), "34");
    let back = Run::of(&mut bare(
        pair.home.path(),
        &["carry", "--from", &target.conninfo(), "--to", &pair.standby.conninfo(), "--yes"],
    ));
    assert!(back.stderr.contains("is a standby, where nothing can be changed"), "{back}");
    assert_eq!(back.status, Some(3));
}

#[test]
fn a_standby_that_lags_says_by_how_much_it_is_known() {
    for installation in installations() {
        if ![10, 15, 19].contains(&installation.major) {
            continue;
        }
        let mut pair = Pair::start(&installation);
        let target = sandbox(
            "CREATE TABLE orders (id serial PRIMARY KEY); CREATE TABLE lines (id serial PRIMARY KEY)",
        );
        let check = |pair: &Pair, arguments: &[&str]| {
            let ends = ["carry", "--from", &pair.standby.conninfo(), "--to", &target.conninfo(), "--check"];
            Run::of(&mut bare(pair.home.path(), &[&ends, arguments].concat()))
        };
        // What a session there reads keeps the standby from replaying what locks it on the primary.
        let mut reading = pq::Connection::connect(&[("dbname", &pair.standby.conninfo())]).unwrap();
        reading.simple("BEGIN; SELECT FROM seen").unwrap();
        let mut writing = pq::Connection::connect(&[("dbname", &pair.primary.conninfo())]).unwrap();
        writing.simple("ALTER TABLE seen ADD note text").unwrap();
        writing.simple("SELECT nextval('orders_id_seq') FROM generate_series(1, 5000)").unwrap();
        let run = check(&pair, &[]);
        let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, behind) = words.split_once("Behind its primary: it does not keep up: ").unwrap();
        let (bytes, rest) = behind.split_once(' ').unwrap();
        assert!(bytes.parse::<u64>().unwrap() > 5000 / 32 * 50, "{run}");
        assert!(rest.starts_with("bytes of WAL that it has received are not replayed"), "{run}");
        assert_eq!(run.status, Some(3), "{run}");
        reading.simple("COMMIT").unwrap();
        let began = Instant::now();
        let caught_up = "SELECT last_value >= 5000 FROM orders_id_seq";
        while !reading.query(caught_up, &[]).unwrap().row(0).unwrap().get::<bool>(0).unwrap() {
            assert!(began.elapsed() < Duration::from_secs(30), "the standby does not follow");
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(check(&pair, &[]).status, Some(1), "it is no longer behind");
        // Nothing comes from a primary that is away.
        pair.primary.stop(StopMode::Fast).unwrap();
        let run = check(&pair, &["--format", "json"]);
        let value = valid("carry.schema.json", &run);
        let behind = value["behind"].as_str().unwrap();
        assert!(behind.starts_with("it receives nothing (no WAL receiver): 0 bytes of WAL"), "{run}");
        assert!(behind.contains(", and its last transaction was committed "), "{run}");
        assert_eq!((value["safe"].as_bool(), run.status), (Some(false), Some(3)), "{run}");
    }
}

#[test]
fn a_role_that_may_not_know_the_primary_is_told_less() {
    let pair = Pair::start(&installations().pop().unwrap());
    let mut connection = pq::Connection::connect(&[("dbname", &pair.primary.conninfo())]).unwrap();
    connection
        .simple("CREATE ROLE plain LOGIN; GRANT SELECT ON lines, lines_id_seq TO plain; CREATE TABLE t ()")
        .unwrap();
    let conninfo = format!("{} user=plain", pair.standby.conninfo());
    let began = Instant::now();
    let check = loop {
        let run = Run::of(&mut bare(pair.home.path(), &["check", "-t", "lines", &conninfo]));
        if run.status == Some(0) || began.elapsed() > Duration::from_secs(30) {
            break run;
        }
    };
    assert!(check.stdout.contains("postgres is a standby: its sequences run ahead"), "{check}");
}
