//! What a connection knows of itself.

use std::thread;
use std::time::{Duration, Instant};

use reseq_pq::{Connection, Statement, TransactionStatus, libpq_version};
use reseq_scratch::Proxy;
use reseq_scratch::testing::{newest, servers};

use crate::{connect, connect_newest};

#[test]
fn every_version_tells_who_and_where_it_is() {
    for server in servers() {
        let connection = connect(server);
        assert_eq!(u32::try_from(connection.server_version()).unwrap() / 10_000, server.major);
        assert_eq!(connection.host(), server.keyword("host"));
        assert_eq!(connection.port(), server.keyword("port"));
        assert_eq!(connection.user(), server.keyword("user"));
        assert_eq!(connection.database(), "postgres");
        assert_eq!(connection.parameter_status("client_encoding").as_deref(), Some("UTF8"));
        assert!(
            connection.parameter_status("server_version").unwrap().starts_with(&server.major.to_string())
        );
        assert_eq!(connection.parameter_status("no_such_parameter"), None);
        assert_eq!(connection.ssl_attribute("protocol"), None);
        assert!(connection.backend_pid() > 0 && !connection.is_broken() && !connection.used_password());
    }
}

#[test]
fn utf8_is_spoken_whatever_is_asked_for() {
    let mut keywords = reseq_scratch::testing::newest().keywords();
    keywords.push(("client_encoding", "LATIN1"));
    let mut connection = Connection::connect(&keywords).unwrap();
    assert_eq!(connection.query("select 'é'", &[]).unwrap().row(0).unwrap().get::<&str>(0).unwrap(), "é");
}

#[test]
fn a_lost_connection_says_so_and_can_be_made_again() {
    let mut connection = connect_newest();
    let pid = connection.backend_pid();
    connect_newest()
        .query("select pg_catalog.pg_terminate_backend($1::int)", &[Some(&pid.to_string())])
        .unwrap();
    let error = loop {
        // The signal may take a moment.
        if let Err(error) = connection.query("select 1", &[]) {
            break error;
        }
    };
    assert!(error.is_connection_lost() && connection.is_broken());
    assert_eq!(connection.transaction_status(), TransactionStatus::Unknown);
    assert!(connection.query("select 1", &[]).unwrap_err().is_connection_lost());
    assert!(connection.copy_in("copy t from stdin").map(drop).unwrap_err().is_connection_lost());

    connection.reset().unwrap();
    assert_ne!(connection.backend_pid(), pid);
    connection.query("select 1", &[]).unwrap();
}

#[test]
fn a_connection_may_move_to_another_thread() {
    let mut connection = connect_newest();
    let rows = thread::spawn(move || connection.query("select 'moved'", &[]).unwrap()).join().unwrap();
    // Rows outlive their connection, and may be read by several threads.
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(rows.row(0).unwrap().get::<&str>(0).unwrap(), "moved"));
        }
    });
}

#[test]
fn debug_output_shows_no_password() {
    let mut keywords = reseq_scratch::testing::newest().keywords();
    keywords.push(("password", "s3cret"));
    assert!(!format!("{:?}", Connection::connect(&keywords).unwrap()).contains("s3cret"));
    for dbname in ["postgresql://u:s3cret@[::1/db", "password=a s3cret", "host=/nowhere password=s3cret"] {
        let error = Connection::connect(&[("dbname", dbname)]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}

#[test]
fn the_linked_libpq_is_recent_enough() {
    let version = libpq_version();
    let (major, minor) = version.split_once('.').unwrap();
    assert!(major.parse::<u32>().unwrap() >= 14 && minor.parse::<u32>().unwrap() < 100, "{version}");
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let proxy = Proxy::start(newest().keyword("port").parse().unwrap()).unwrap();
    let port = proxy.port().to_string();
    let mut keywords = newest().keywords();
    keywords.push(("port", &port));
    let mut connection = Connection::connect(&keywords).unwrap();
    connection.give_up_after(Some(Duration::from_millis(300)));
    // What takes its time but says something in between is waited for.
    let sleepy = "select g, pg_sleep(0.1), repeat('x', 9000) from generate_series(1, 8) g";
    assert_eq!(connection.query(sleepy, &[]).unwrap().len(), 8);
    proxy.stall(true);
    let began = Instant::now();
    let statement = Statement { sql: "select 1", params: &[] };
    let lost = connection.pipeline(&[statement, statement]).unwrap_err();
    assert!(lost.error.is_connection_lost() && connection.is_broken());
    assert!(lost.error.to_string().starts_with("the server has said nothing for 0 s"), "{lost}");
    assert!((300..3000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert!(connection.query("select 1", &[]).unwrap_err().is_connection_lost());
    proxy.stall(false);
    connection.reset().unwrap();
    connection.query("select 1", &[]).unwrap();
}
