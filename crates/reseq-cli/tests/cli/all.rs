//! `--all`: every database of a server. On a server of its own, for the other tests' databases come and go.

use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use reseq::pq;
use reseq_scratch::{Cluster, ClusterOptions, Proxy, StopMode, newest_installation, testing};
use tempfile::TempDir;

use crate::support::{Run, bare, snapshot};

#[test]
fn every_database_is_looked_at_and_one_that_fails_does_not_stop_the_others() {
    let options = ClusterOptions::default()
        .hba("host closed all 127.0.0.1/32 reject")
        .hba("host all all 127.0.0.1/32 trust");
    let cluster = Cluster::start(&newest_installation().unwrap(), &options).unwrap();
    let execute = |database: &str, sql: &str| {
        let conninfo = format!("{} dbname={database}", cluster.conninfo());
        pq::Connection::connect(&[("dbname", conninfo.as_str())]).unwrap().simple(sql).unwrap();
    };
    for database in ["closed", "shop", "\"dbname=a b\"", "shut"] {
        execute("postgres", &format!("CREATE DATABASE {database}"));
    }
    execute("postgres", "ALTER DATABASE shut ALLOW_CONNECTIONS false");
    execute("shop", crate::check::IMPORTED);
    execute("'dbname=a b'", "CREATE TABLE t (id serial PRIMARY KEY)");

    let home = tempfile::tempdir().unwrap();
    let port = cluster.port().to_string();
    let reseq = |arguments: &[&str]| {
        let address = ["-h", "127.0.0.1", "-p", port.as_str(), "-U", "postgres", "--all"];
        Run::of(&mut bare(home.path(), &[arguments, &address].concat()))
    };
    let run = reseq(&["check"]);
    let shown = run.to_string().replace(&format!("-p {port}"), "-p PORT");
    snapshot!(shown, @r#"
    All right: 1 sequence of dbname=a b on HOST:PORT.
    No sequences in postgres on HOST:PORT.
    shop on HOST:PORT, PostgreSQL VERSION

    public.orders_id_seq → public.orders.id
      ERROR    behind        the next 12 inserts fail: 1 is already in
                             public.orders.id, whose rows go up to 12
      repair   reseq fix -h 127.0.0.1 -p PORT -U postgres -d shop -t public.orders

    1 error in 1 of 2 sequences.
    To repair 1 sequence: reseq fix -h 127.0.0.1 -p PORT -U postgres -d shop
    No sequences in template1 on HOST:PORT.
    ─── standard error
    reseq: database "closed":
    reseq: connection to server at "127.0.0.1", port PORT failed: FATAL:  pg_hba.conf rejects connection for host "127.0.0.1", user "postgres", database "closed", no encryption
    hint: A line in the server's pg_hba.conf turns this user, database or address away.
    ─── exit status 3
    "#);

    let run = reseq(&["check", "--format", "json", "--maintenance-db", "template1"]);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let databases: Vec<_> =
        value.as_array().unwrap().iter().map(|one| one["server"]["database"].as_str().unwrap()).collect();
    assert_eq!(databases, ["closed", "dbname=a b", "postgres", "shop", "template1"]);
    assert_eq!((&value[0]["complete"], run.status), (&false.into(), Some(3)));

    let run = reseq(&["check", "-t", "orders"]);
    assert!(
        run.stderr.contains("reseq: database \"postgres\":\nreseq: no table or sequence matches"),
        "{run}"
    );
    assert!(run.stdout.contains("the next 12 inserts fail"), "{run}");

    let run = reseq(&["check", "-t", "nowhere", "-N", "closed"]);
    assert_eq!(run.status, Some(3), "{run}");

    let run = reseq(&["fix", "--yes", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value.as_array().unwrap().len(), 4, "{run}");
    assert_eq!(value[2]["sequences"][0]["status"], "repaired");
    assert_eq!(run.status, Some(3));
}

/// A check of ten databases, whose server is stopped when it has come to the second.
fn stopped_in_the_middle(more: &[&str]) -> (Cluster, Child, (Proxy, TempDir)) {
    let mut cluster = Cluster::start(&newest_installation().unwrap(), &testing::options()).unwrap();
    let mut connection = pq::Connection::connect(&[("dbname", &cluster.conninfo())]).unwrap();
    for place in 1..=8 {
        connection.simple(&format!("CREATE DATABASE d{place}")).unwrap();
    }
    // Slow enough to be met in the middle.
    let proxy = Proxy::delaying(cluster.port(), Duration::from_millis(5)).unwrap();
    let (home, port) = (tempfile::tempdir().unwrap(), proxy.port().to_string());
    let arguments = ["check", "-h", "127.0.0.1", "-p", &port, "-U", "postgres", "--all"];
    let mut command = bare(home.path(), &[&arguments, more].concat());
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'reseq' AND datname = 'd2'";
    while connection.query(begun, &[]).unwrap().is_empty() {
        assert!(run.try_wait().unwrap().is_none(), "it is over already");
        thread::sleep(Duration::from_millis(1));
    }
    drop(connection);
    cluster.stop(StopMode::Fast).unwrap();
    (cluster, run, (proxy, home))
}

#[test]
fn a_server_that_restarts_costs_no_database_that_was_not_begun_yet() {
    let (mut cluster, run, _needed) = stopped_in_the_middle(&[]);
    thread::sleep(Duration::from_millis(700));
    cluster.start_again().unwrap();
    let run = Run::from(run.wait_with_output().unwrap());
    assert_eq!((run.stdout.matches("No sequences in ").count(), run.status), (10, Some(0)), "{run}");
}

#[test]
fn a_server_that_went_away_is_not_waited_for_in_each_database() {
    let (_cluster, run, _needed) = stopped_in_the_middle(&["--retry", "2"]);
    let began = Instant::now();
    let run = Run::from(run.wait_with_output().unwrap());
    // Once for what was going on, once for the next database.
    assert!((2..10).contains(&began.elapsed().as_secs()), "{run}");
    assert!(run.stderr.contains("reseq: database \"template1\":"), "{run}");
    assert_eq!(run.status, Some(3), "{run}");
}

#[test]
fn all_and_one_are_wrong_usage() {
    snapshot!(crate::support::reseq(&["check", "--all", "shop"]), @"
    ─── standard error
    error: the argument '--all' cannot be used with '[DBNAME]'

    Usage: reseq check --all [DBNAME]

    For more information, try '--help'.
    ─── exit status 2
    ");
    for one in [&["shop"][..], &["-d", "shop"]] {
        let run = crate::support::reseq(&[&["check", "--maintenance-db", "postgres"], one].concat());
        assert!(run.stderr.contains("'--maintenance-db <DBNAME>' cannot be used with"), "{run}");
        assert_eq!(run.status, Some(2), "{run}");
    }
    snapshot!(crate::support::reseq(&["check", "--maintenance-db", "postgres"]), @"
    ─── standard error
    error: the following required arguments were not provided:
      --all

    Usage: reseq check --all --maintenance-db <DBNAME> [DBNAME]

    For more information, try '--help'.
    ─── exit status 2
    ");
}
