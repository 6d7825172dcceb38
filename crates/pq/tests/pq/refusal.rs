//! Connections that are refused, by real servers and by what is none: libpq's words, and our hint.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use reseq_pq::{Connection, Error};
use reseq_scratch::{Cluster, ClusterOptions, Installation, installations};

use crate::connect_soon;

/// Servers of the oldest and the newest version: what they say has changed in between.
fn oldest_and_newest() -> Vec<Installation> {
    let mut installations = installations();
    installations.sort_by_key(|installation| installation.major);
    let newest = installations.pop();
    installations.into_iter().take(1).chain(newest).collect()
}

/// A server that lets some in and others not.
fn choosy(installation: &Installation) -> Cluster {
    let options = ClusterOptions::default()
        .hba("local all postgres trust")
        .hba("local all all peer")
        .hba("host all refused 127.0.0.1/32 reject")
        .hba("host all nologin,limited,postgres 127.0.0.1/32 trust")
        .hba("host postgres,closed,private ann 127.0.0.1/32 md5");
    let cluster = Cluster::start(installation, &options).unwrap();
    let mut connection = Connection::connect(&[("dbname", &socket(&cluster))]).unwrap();
    for sql in [
        "create role ann login password 's3cret'",
        "create role refused login",
        "create role nologin",
        "create role limited login connection limit 0",
        "create database private",
        "revoke connect on database private from public",
        "create database closed allow_connections false",
    ] {
        connection.simple(sql).unwrap();
    }
    cluster
}

fn socket(cluster: &Cluster) -> String {
    format!("host={} port={} user=postgres dbname=postgres", cluster.socket_dir().display(), cluster.port())
}

fn refused(conninfo: &str) -> Error {
    Connection::connect(&[("dbname", conninfo)]).map(drop).unwrap_err()
}

/// The error says `words`, and its hint `hint`.
fn assert_refused(conninfo: &str, words: &str, hint: &str) {
    let error = refused(conninfo);
    assert!(error.to_string().contains(words), "{conninfo}: {error}");
    let given = error.connect_hint().unwrap_or_else(|| panic!("{conninfo}: no hint for {error}"));
    assert!(given.contains(hint), "{conninfo}: {error}\nHINT: {given}");
    assert!(error.is_connection_lost() && error.sqlstate().is_none());
    assert_eq!(error.to_string(), error.to_string().trim());
}

#[test]
fn servers_refuse() {
    for installation in oldest_and_newest() {
        let cluster = choosy(&installation);
        let folder = tempfile::tempdir().unwrap();
        let password_file = folder.path().join("passwords");
        std::fs::write(&password_file, "*:*:*:*:wrong").unwrap();
        let set = |permissions| std::fs::set_permissions(&password_file, permissions).unwrap();
        set(std::os::unix::fs::PermissionsExt::from_mode(0o600));
        let password_file = password_file.display();

        let tcp = format!("host=127.0.0.1 port={} dbname=postgres", cluster.port());
        let unix = socket(&cluster);
        for (words, refusal, hint) in [
            ("user=ann passfile=/nowhere", "no password supplied", "-W"),
            (
                "user=ann password=wrong",
                "password authentication failed for user \"ann\"",
                "password is wrong",
            ),
            (
                &format!("user=ann passfile={password_file}"),
                "password authentication failed",
                "from that file",
            ),
            ("user=refused", "pg_hba.conf rejects connection", "turns this user"),
            (
                "user=nobody",
                "no pg_hba.conf entry for host \"127.0.0.1\", user \"nobody\"",
                "sslmode=require",
            ),
            ("user=nologin", "role \"nologin\" is not permitted to log in", "-U"),
            ("user=limited", "too many connections for role \"limited\"", "CONNECTION LIMIT"),
            ("user=postgres dbname=missing", "database \"missing\" does not exist", "Name one"),
            ("user=postgres dbname=closed", "is not currently accepting connections", "ALLOW_CONNECTIONS"),
            (
                "user=ann password=s3cret dbname=private",
                "permission denied for database \"private\"",
                "CONNECT",
            ),
            (
                "user=postgres sslmode=require",
                "server does not support SSL, but SSL was required",
                "ssl = off",
            ),
            ("user=postgres target_session_attrs=standby", "server is not in hot standby mode", "standby"),
            ("user=postgres target_session_attrs=read-only", "session is not read-only", "only reads"),
        ] {
            assert_refused(&format!("{tcp} {words}"), refusal, hint);
        }
        assert_refused(&format!("{unix} user=ann"), "Peer authentication failed for user \"ann\"", "-U");
        assert!(refused(&format!("{tcp} user=ann passfile=/nowhere")).needs_password());
        assert!(!refused(&format!("{tcp} user=ann password=wrong")).needs_password());
    }
}

#[test]
fn a_full_server_refuses() {
    for installation in oldest_and_newest() {
        let options = ClusterOptions::default()
            .setting("max_connections", "4")
            .setting("superuser_reserved_connections", "1")
            .setting("max_wal_senders", "0");
        let cluster = Cluster::start(&installation, &options).unwrap();
        let superuser = socket(&cluster);
        let mut first = Connection::connect(&[("dbname", &superuser)]).unwrap();
        first.simple("create role ann login").unwrap();
        let ann = format!("{superuser} user=ann");
        let open = |conninfo: &str, count| -> Vec<_> { (0..count).map(|_| connect_soon(conninfo)).collect() };
        let _two = open(&ann, 2);
        assert_refused(&ann, "remaining connection slots are reserved", "-j");
        let _one = open(&superuser, 1);
        assert_refused(&superuser, "too many clients already", "max_connections");
    }
}

#[test]
fn an_unknown_role_is_refused() {
    let server = reseq_scratch::testing::newest();
    let conninfo = format!("{} user=no_such_role", server.conninfo);
    assert_refused(&conninfo, "role \"no_such_role\" does not exist", "-U");
}

#[test]
fn where_no_server_is_nothing_connects() {
    assert_refused("host=127.0.0.1 port=1", "Connection refused", "listens there");
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().display();
    assert_refused(&format!("host={folder}"), "No such file or directory", "localhost for TCP");
    assert_refused("host=no-such-host.invalid", "could not translate host name", "Check its name");
    assert_refused("service=no_such_service", "definition of service", "PGSERVICEFILE");
}

/// Listens, lets each client speak first, and answers it with `answer`; hangs up then, or stays silent if
/// there is none.
fn impostor(answer: Option<&'static [u8]>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move |mut client: TcpStream| {
        let mut request = [0; 1024];
        let spoken = client.read(&mut request).is_ok_and(|length| length > 0);
        match answer {
            Some(answer) if spoken => client.write_all(answer).unwrap_or_default(),
            Some(_) => {}
            None => thread::park(),
        }
    };
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || serve(client));
        }
    });
    port
}

#[test]
fn what_is_no_postgresql_server_is_told() {
    let web = impostor(Some(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    let not_ours = "not a PostgreSQL server";
    assert_refused(
        &format!("host=127.0.0.1 port={web} sslmode=require"),
        "received invalid response",
        not_ours,
    );
    assert_refused(
        &format!("host=127.0.0.1 port={web} sslmode=disable"),
        "expected authentication",
        not_ours,
    );
    let curt = impostor(Some(b""));
    assert_refused(
        &format!("host=127.0.0.1 port={curt} sslmode=disable"),
        "closed the connection",
        "hangs up",
    );
    let silent = impostor(None);
    assert_refused(&format!("host=127.0.0.1 port={silent} connect_timeout=2"), "timeout expired", "firewall");
}

#[test]
fn a_server_that_is_not_ready_asks_for_patience() {
    // As a server says it: severity, SQLSTATE, message.
    let says = |message: &str| {
        let fields = format!("SFATAL\0VFATAL\0C57P03\0M{message}\0\0");
        let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
        let answer: Vec<u8> = [b"E", &length[..], fields.as_bytes()].concat();
        let port = impostor(Some(answer.leak()));
        format!("host=127.0.0.1 port={port} sslmode=disable")
    };
    for (message, hint) in [
        ("the database system is starting up", "has started"),
        ("the database system is shutting down", "is back"),
        ("the database system is in recovery mode", "crash"),
        ("the database system is not yet accepting connections", "not ready"),
        ("the database system is not accepting connections", "hot_standby"),
        ("unsupported startup parameter: options", "pooler"),
    ] {
        assert_refused(&says(message), message, hint);
    }
}
