//! How a database is reached: as psql reaches it.

use std::net::TcpListener;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use reseq_scratch::{Cluster, ClusterOptions, newest_installation};

use crate::support::{Run, bare, sandbox, snapshot};

const SHOP: &str = "CREATE TABLE t (id serial PRIMARY KEY)";

#[test]
fn a_database_is_named_in_all_the_ways_of_psql() {
    let shop = sandbox(SHOP);
    let (name, port) = (shop.database.as_str(), shop.port());
    let uri = format!("postgresql://postgres@127.0.0.1:{port}/{name}");
    let conninfo = format!("host=127.0.0.1 port={port} user=postgres dbname={name}");
    let address = ["-h", "127.0.0.1", "-p", port, "-U", "postgres"];
    let long = ["--host=127.0.0.1", &format!("--port={port}"), "--username=postgres"];
    for arguments in [
        vec![uri.as_str()],
        vec!["-d", &uri],
        vec![conninfo.as_str()],
        vec!["--dbname", &conninfo],
        [&address[..], &[name]].concat(),
        [&address[..], &["-d", name]].concat(),
        [&long[..], &["-w", name]].concat(),
    ] {
        let run = Run::of(&mut bare(shop.home(), &[&["check"], &arguments[..]].concat()));
        let expected = format!("All right: 1 sequence of {name} on 127.0.0.1:{port}.\n");
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (expected.as_str(), ""), "{arguments:?}");
    }
}

#[test]
fn a_conninfo_string_wins_over_options() {
    let shop = sandbox(SHOP);
    let uri = format!("postgresql://postgres@127.0.0.1:{}/{}", shop.port(), shop.database);
    let run = Run::of(&mut bare(shop.home(), &["check", "-h", "/nowhere", "-p", "1", "-U", "nobody", &uri]));
    assert_eq!(run.status, Some(0), "{run}");
}

#[test]
fn two_databases_are_wrong_usage() {
    snapshot!(sandbox(SHOP).reseq(&["check", "-d", "a", "b"]), @"
    ─── standard error
    error: the argument '--dbname <DBNAME>' cannot be used with '[DBNAME]'

    Usage: reseq check --dbname <DBNAME> [DBNAME]

    For more information, try '--help'.
    ─── exit status 2
    ");
}

#[test]
fn shown_commands_reach_the_same_database() {
    let shop = sandbox(crate::check::IMPORTED);
    let uri = format!("postgresql://postgres:s3?cret@127.0.0.1:{}/{}", shop.port(), shop.database);
    let run = Run::of(&mut bare(shop.home(), &["check", &uri]));
    let shown = format!("user=postgres host=127.0.0.1 port={} dbname={}", shop.port(), shop.database);
    assert!(run.stdout.contains(&format!("  repair   reseq fix -d '{shown}' -t public.orders\n")), "{run}");
    assert!(!format!("{run}").contains("cret"));
    let repeated = Run::of(&mut bare(shop.home(), &["fix", "--yes", "-d", &shown, "-t", "public.orders"]));
    assert_eq!(repeated.status, Some(0), "{repeated}");
}

#[test]
fn the_application_is_called_reseq_unless_it_is_said() {
    let shop = sandbox("CREATE TABLE seen (id serial, name text)");
    let mut locker = shop.connect();
    locker.simple("BEGIN; LOCK TABLE seen").unwrap();
    let name = |arguments: &[&str], appname: Option<&str>| {
        let mut command = shop.command(&[&["check", "--lock-timeout", "3s"], arguments].concat());
        let mut child = command.envs(appname.map(|name| ("PGAPPNAME", name))).spawn().unwrap();
        let name = loop {
            let waiting = "SELECT coalesce(max(application_name), '') FROM pg_stat_activity
                            WHERE wait_event_type = 'Lock' AND datname = current_database()";
            match shop.value(waiting) {
                name if name.is_empty() => assert_eq!(child.try_wait().unwrap(), None),
                name => break name,
            }
        };
        child.kill().unwrap();
        child.wait().unwrap();
        // Its session waits on: the server does not look whether anybody is still there.
        shop.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
                       AND datname = current_database()",
        );
        name
    };
    assert_eq!(name(&[], None), "reseq");
    assert_eq!(name(&[], Some("nightly")), "nightly");
    assert_eq!(name(&["application_name=mine"], None), "mine");
}

#[test]
fn nobody_listens() {
    let home = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    snapshot!(Run::of(&mut bare(home.path(), &["check", "-h", "127.0.0.1", "-p", &port])), @r#"
    ─── standard error
    reseq: connection to server at "127.0.0.1", port PORT failed: Connection refused
    	Is the server running on that host and accepting TCP/IP connections?
    hint: No server listens there. Check the host and the port.
    ─── exit status 3
    "#);
}

#[test]
fn there_is_no_such_database() {
    snapshot!(sandbox(SHOP).reseq(&["check", "nowhere"]), @r#"
    ─── standard error
    reseq: connection to server at "127.0.0.1", port PORT failed: FATAL:  database "nowhere" does not exist
    hint: Name one; `psql -l` lists them.
    ─── exit status 3
    "#);
}

#[test]
fn what_libpq_cannot_read_is_wrong_usage() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&["-d", "host='a"] as &[_], "unterminated quoted string"),
        (&["postgresql://h/d?nix=1"], "invalid URI query parameter"),
        (&["nix=1"], "invalid connection option"),
        (&["-h", "127.0.0.1", "-p", "abc"], "invalid integer value \"abc\" for connection option \"port\""),
        (&["-h", "127.0.0.1", "-p", "70000"], "invalid port number: \"70000\""),
        (&["sslmode=bogus"], "invalid sslmode value: \"bogus\""),
        (&["host=a,b,c port=1,2"], "could not match 2 port numbers to 3 hosts"),
    ] {
        let run = Run::of(&mut bare(home.path(), &[&["check"], arguments].concat()));
        assert_eq!(run.status, Some(2), "{run}");
        assert!(run.stderr.contains(words), "{run}");
    }
}

/// A server that wants a password.
fn guarded() -> Cluster {
    let options = ClusterOptions::default()
        .hba("local all all trust")
        .hba("host all all 127.0.0.1/32 scram-sha-256")
        .password("s3cret word");
    Cluster::start(&newest_installation().unwrap(), &options).unwrap()
}

#[test]
fn passwords() {
    let cluster = guarded();
    let home = tempfile::tempdir().unwrap();
    let port = cluster.port().to_string();
    let address = ["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-d", "postgres"];
    let check = |more: &[&str]| bare(home.path(), &[&["check"], &address[..], more].concat());

    let right = Run::of(check(&[]).env("PGPASSWORD", "s3cret word"));
    assert_eq!(right.status, Some(0), "{right}");

    let wrong = Run::of(check(&["-w"]).env("PGPASSWORD", "guessed"));
    snapshot!(wrong, @r#"
    ─── standard error
    reseq: connection to server at "127.0.0.1", port PORT failed: FATAL:  password authentication failed for user "postgres"
    hint: The password is wrong, has expired, or the user does not exist: the server does not say which. It came from PGPASSWORD.
    ─── exit status 3
    "#);

    // Nobody can be asked: there is no terminal.
    snapshot!(Run::of(&mut check(&["--no-password"])), @r#"
    ─── standard error
    reseq: connection to server at "127.0.0.1", port PORT failed: fe_sendauth: no password supplied
    hint: Give a password: in the password file (~/.pgpass, or the file that PGPASSFILE names), by PGPASSWORD, or with -W to be asked.
    ─── exit status 3
    "#);

    let file = home.path().join(".pgpass");
    std::fs::write(&file, format!("127.0.0.1:{port}:*:postgres:s3cret word\n")).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let from_file = Run::of(&mut check(&["-w"]));
    assert_eq!(from_file.status, Some(0), "{from_file}");

    let socket = cluster.socket_dir().to_str().unwrap();
    let local =
        Run::of(&mut bare(home.path(), &["check", "-h", socket, "-p", &port, "-U", "postgres", "postgres"]));
    let expected = format!("No sequences in postgres on port {port} in {socket}.\n");
    assert_eq!((local.stdout, local.status), (expected, Some(0)));
}

/// Runs a check that a lock holds up, and ends its session.
fn check_whose_session_is_ended(retry: &str) -> Run {
    let shop = sandbox(SHOP);
    let mut locker = shop.connect();
    locker.simple("BEGIN; LOCK TABLE t").unwrap();
    let mut command = shop.command(&["check", "--lock-timeout", "20s", "--retry", retry]);
    let check = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let end = "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while shop.value(end) == "0" {
        thread::sleep(Duration::from_millis(5));
    }
    locker.simple("ROLLBACK").unwrap();
    Run::from(check.wait_with_output().unwrap())
}

#[test]
fn a_session_that_is_ended_does_not_end_the_run() {
    let run = check_whose_session_is_ended("30");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{run}");
}

#[test]
fn a_lost_connection_ends_the_run_where_that_is_asked_for() {
    let run = check_whose_session_is_ended("0");
    let expected =
        "reseq: could not read the largest values of linked columns: FATAL:  terminating connection";
    assert!(run.stderr.starts_with(expected), "{run}");
    assert_eq!((run.status, run.stdout.as_str()), (Some(3), ""), "{run}");
}
