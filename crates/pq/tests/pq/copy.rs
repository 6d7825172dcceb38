//! COPY in both directions.

use std::io::{Read, Write};

use reseq_pq::Connection;
use reseq_scratch::testing::servers;

use crate::{connect, connect_newest};

fn count(connection: &mut Connection) -> i64 {
    connection.query("select count(*) from t", &[]).unwrap().row(0).unwrap().get(0).unwrap()
}

#[test]
fn every_version_copies_in_and_out() {
    for server in servers() {
        let mut connection = connect(server);
        connection.simple("create temp table t (i int, s text)").unwrap();
        let mut copy = connection.copy_in("copy t from stdin").unwrap();
        for i in 0..20_000 {
            writeln!(copy, "{i}\té{i}").unwrap();
        }
        assert_eq!(copy.finish().unwrap(), 20_000);

        let mut text = String::new();
        let mut copy = connection.copy_out("copy (select * from t order by i) to stdout").unwrap();
        copy.read_to_string(&mut text).unwrap();
        assert_eq!(copy.finish().unwrap(), 20_000);
        assert_eq!(text.lines().count(), 20_000);
        assert!(text.ends_with("19999\té19999\n"));

        let mut copy = connection.copy_out("copy (select generate_series(1, 2)) to stdout").unwrap();
        assert_eq!(copy.next_row().unwrap(), Some(&b"1\n"[..]));
        assert_eq!(copy.next_row().unwrap(), Some(&b"2\n"[..]));
        assert_eq!(copy.next_row().unwrap(), None);
        assert_eq!(copy.next_row().unwrap(), None);
        assert_eq!(copy.finish().unwrap(), 2);
    }
}

#[test]
fn a_piece_of_any_size_can_be_sent() {
    let mut connection = connect_newest();
    connection.simple("create temp table t (s text)").unwrap();
    let mut copy = connection.copy_in("copy t from stdin").unwrap();
    copy.put(&[]).unwrap();
    copy.put(&vec![b'x'; 5 << 20]).unwrap();
    copy.put(b"\n").unwrap();
    assert_eq!(copy.finish().unwrap(), 1);
    let length = connection.query("select length(s) from t", &[]).unwrap();
    assert_eq!(length.row(0).unwrap().get::<i64>(0).unwrap(), 5 << 20);
}

#[test]
fn bad_data_is_told_at_the_end_with_its_line() {
    let mut connection = connect_newest();
    connection.simple("create temp table t (i int)").unwrap();
    let mut copy = connection.copy_in("copy t from stdin").unwrap();
    writeln!(copy, "1\nx").unwrap();
    let error = copy.finish().unwrap_err();
    assert_eq!(error.sqlstate(), Some("22P02"));
    assert_eq!(error.context(), Some("COPY t, line 2, column i: \"x\""));
    assert_eq!(count(&mut connection), 0);
}

#[test]
fn an_aborted_or_forgotten_copy_leaves_no_row() {
    let mut connection = connect_newest();
    connection.simple("create temp table t (i int)").unwrap();
    let mut copy = connection.copy_in("copy t from stdin").unwrap();
    writeln!(copy, "1").unwrap();
    copy.abort("the file ended too early").unwrap();
    assert_eq!(count(&mut connection), 0);

    let mut copy = connection.copy_in("copy t from stdin").unwrap();
    writeln!(copy, "1").unwrap();
    drop(copy);
    assert_eq!(count(&mut connection), 0);
}

#[test]
fn the_rest_of_a_copy_can_be_left_alone() {
    let mut connection = connect_newest();
    let sql = "copy (select generate_series(1, 100000)) to stdout";
    let mut copy = connection.copy_out(sql).unwrap();
    assert!(copy.next_row().unwrap().is_some());
    assert_eq!(copy.finish().unwrap(), 100_000);
    drop(connection.copy_out(sql).unwrap());
    connection.query("select 1", &[]).unwrap();
}

#[test]
fn an_error_in_the_midst_is_an_error_of_reading() {
    let mut connection = connect_newest();
    let sql = "copy (select 1 / (3 - i) from generate_series(1, 5) i) to stdout";
    let mut text = String::new();
    let mut copy = connection.copy_out(sql).unwrap();
    let error = copy.read_to_string(&mut text).unwrap_err();
    assert!(error.to_string().contains("division by zero"), "{error}");
    assert!(copy.finish().is_err(), "it does not end well later");
    assert_eq!(connection.copy_out(sql).unwrap().finish().unwrap_err().sqlstate(), Some("22012"));
    connection.query("select 1", &[]).unwrap();
}

#[test]
fn a_statement_that_does_not_copy_that_way_is_an_error() {
    let mut connection = connect_newest();
    connection.simple("create temp table t (i int)").unwrap();
    connection.copy_in("copy t to stdout").map(drop).unwrap_err();
    connection.copy_out("copy t from stdin").map(drop).unwrap_err();
    let error = connection.copy_in("select 1").map(drop).unwrap_err();
    assert_eq!(error.to_string(), "the statement is not a COPY in this direction");
    let error = connection.copy_in("copy no_such_table from stdin").map(drop).unwrap_err();
    assert_eq!(error.sqlstate(), Some("42P01"));
    // By the other ways of running a statement.
    connection.query("copy t from stdin", &[]).unwrap_err();
    connection.query("copy t to stdout", &[]).unwrap_err();
    connection.simple("select 1; copy t from stdin; select 2").unwrap_err();
    connection.simple("select 1; copy t to stdout; select 2").unwrap_err();
    connection.query("select 1", &[]).unwrap();
}
