//! Uses everything that this crate has of libpq, for a memory checker to look at.
//!
//! `exercise CONNINFO`; exits with 0 when all went as it should.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "whatever goes wrong must end it")]

use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use reseq_pq::{Connection, Conninfo, Statement};

fn main() {
    let conninfo = std::env::args().nth(1).expect("a conninfo string");
    read_conninfo(&conninfo);
    fail_to_connect(&conninfo);

    let mut connection = Connection::connect(&[("dbname", &conninfo)]).unwrap();
    describe(&connection);
    run_statements(&mut connection);
    run_pipelines(&mut connection);
    copy(&mut connection);
    take_notices(&mut connection);
    cancel(&mut connection);
    let rows = connection.query("select generate_series(1, 3)", &[]).unwrap();
    let handle = connection.cancel_handle().unwrap();
    connection.reset().unwrap();
    connection.simple("do $$ begin raise notice 'not taken'; end $$").unwrap();
    lose(&mut connection);
    drop(connection);
    // Both outlive the connection.
    assert_eq!(rows.row(2).unwrap().get::<i32>(0).unwrap(), 3);
    handle.cancel().unwrap();
}

fn read_conninfo(conninfo: &str) {
    let mut parsed = Conninfo::parse(conninfo).unwrap();
    parsed.merge(&Conninfo::defaults().unwrap());
    assert!(parsed.get("port").is_some());
    Conninfo::parse("postgresql://a:b@[::1").unwrap_err();
}

fn fail_to_connect(conninfo: &str) {
    let error = Connection::connect(&[("dbname", conninfo), ("dbname", "no_such_database")]).unwrap_err();
    assert!(error.connect_hint().is_some());
    Connection::connect(&[("no_such_keyword", "1")]).unwrap_err();
}

fn describe(connection: &Connection) {
    assert!(format!("{connection:?}").contains("backend_pid"));
    assert!(connection.parameter_status("server_version").is_some());
    assert!(connection.ssl_attribute("no_such_attribute").is_none());
    assert_eq!(connection.escape_identifier("a b").unwrap(), "\"a b\"");
    assert_eq!(connection.escape_literal("a b").unwrap(), "'a b'");
}

fn run_statements(connection: &mut Connection) {
    let rows = connection.query("select $1::text, $2::text, array[1, 2]", &[Some("é"), None]).unwrap();
    let row = rows.row(0).unwrap();
    assert_eq!((row.get::<&str>(0).unwrap(), row.get::<Option<&str>>(1).unwrap()), ("é", None));
    assert_eq!(row.get::<Vec<i32>>(2).unwrap(), [1, 2]);
    row.get::<bool>(0).unwrap_err();
    connection.query("select no_such_column", &[]).unwrap_err();
    connection.simple("select 1; select 2; select 1/0").unwrap_err();
    connection.query("copy (select 1) to stdout", &[]).unwrap_err();
}

fn run_pipelines(connection: &mut Connection) {
    let rows = |sql| Statement { sql, params: &[Some("100")] };
    let good = rows("select generate_series(1, $1::int)");
    assert_eq!(connection.pipeline(&[good, good]).unwrap()[1].len(), 100);
    connection.pipeline(&[good, rows("select 1 / ($1::int - 100)"), good]).unwrap_err();
    connection.pipeline_each(&[good, good], &mut |_, _| ControlFlow::Break(())).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        connection.pipeline_each(&[good], &mut |_, _| std::panic::resume_unwind(Box::new(())))
    }));
    assert!(panicked.is_err());
}

fn copy(connection: &mut Connection) {
    connection.simple("create temp table t (i int)").unwrap();
    let mut copy = connection.copy_in("copy t from stdin").unwrap();
    (0..1000).for_each(|i| writeln!(copy, "{i}").unwrap());
    assert_eq!(copy.finish().unwrap(), 1000);
    connection.copy_in("copy t from stdin").unwrap().abort("enough").unwrap();
    drop(connection.copy_in("copy t from stdin").unwrap());

    let mut text = String::new();
    connection.copy_out("copy t to stdout").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 1000);
    let mut copy = connection.copy_out("copy t to stdout").unwrap();
    assert!(copy.next_row().unwrap().is_some());
    drop(copy);
}

fn take_notices(connection: &mut Connection) {
    connection.simple("do $$ begin for i in 1..2000 loop raise notice '%', i; end loop; end $$").unwrap();
    assert_eq!(connection.take_notices().len(), 1000);
}

fn cancel(connection: &mut Connection) {
    let handle = connection.cancel_handle().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(500));
            handle.cancel().unwrap();
        });
        connection.query("select pg_catalog.pg_sleep(60)", &[]).unwrap_err();
    });
}

fn lose(connection: &mut Connection) {
    let end =
        Statement { sql: "select pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())", params: &[] };
    assert!(connection.pipeline(&[end, end]).unwrap_err().error.is_connection_lost());
    assert!(connection.is_broken());
}
