//! Single statements, their rows and their errors.

use reseq_pq::{Error, TransactionStatus};
use reseq_scratch::testing::servers;

use crate::{connect, connect_newest};

#[test]
fn every_version_returns_typed_values() {
    for server in servers() {
        let mut connection = connect(server);
        let sql = "select true as yes, 2::int2 as two, -3 as three, 9223372036854775807 as most,
                   170141183460469231731687303715884105727 as huge, 4294967295::oid as oid, '-Infinity'::float8 as low,
                   $1::text as text, null::int as nothing,
                   array['a', null, 'b,\"c\\'] as texts, '[0:1]={1,2}'::int[] as numbers, '{}'::int[] as none";
        let rows = connection.query(sql, &[Some("é'\\")]).unwrap();
        assert_eq!((rows.len(), rows.columns(), rows.command_tag().as_str()), (1, 12, "SELECT 1"));

        let row = rows.row(0).unwrap();
        assert!(row.get::<bool>(0).unwrap());
        assert_eq!(row.get::<i16>(1).unwrap(), 2);
        assert_eq!(row.get::<i32>(2).unwrap(), -3);
        assert_eq!(row.get::<i64>(3).unwrap(), i64::MAX);
        assert_eq!(row.get::<i128>(4).unwrap(), i128::MAX);
        assert_eq!(row.get::<u32>(5).unwrap(), u32::MAX);
        assert_eq!(row.get::<f64>(6).unwrap(), f64::NEG_INFINITY);
        assert_eq!(row.get_named::<&str>("text").unwrap(), "é'\\");
        assert_eq!(row.get::<Box<str>>(7).unwrap(), "é'\\".into());
        assert_eq!(row.get::<Option<i32>>(8).unwrap(), None);
        assert_eq!(row.get::<Option<i32>>(2).unwrap(), Some(-3));
        let texts = row.get::<Vec<Option<String>>>(9).unwrap();
        assert_eq!(texts, [Some("a".to_owned()), None, Some("b,\"c\\".to_owned())]);
        assert_eq!(row.get::<Vec<i64>>(10).unwrap(), [1, 2]);
        assert!(row.get::<Vec<i64>>(11).unwrap().is_empty());
    }
}

#[test]
fn a_value_that_does_not_fit_is_named_with_its_column() {
    let rows = connect_newest()
        .query("select 1 as a, 'x' as b union all select 70000, null order by a", &[])
        .unwrap();
    let message = |result: Result<i16, Error>| result.unwrap_err().to_string();

    let row = rows.row(0).unwrap();
    assert_eq!(message(row.get(1)), "column \"b\" of row 1 holds \"x\", which is not an integer of 2 bytes");
    assert_eq!(message(row.get(2)), "there is no column 2: the result has 2 columns");
    assert_eq!(message(row.get_named("c")), "the result has no column \"c\"");

    let row = rows.row(1).unwrap();
    assert_eq!(
        message(row.get(0)),
        "column \"a\" of row 2 holds \"70000\", which is not an integer of 2 bytes"
    );
    assert_eq!(message(row.get(1)), "column \"b\" of row 2 holds NULL, which is not an integer of 2 bytes");
    assert_eq!(rows.row(2).unwrap_err().to_string(), "there is no row 2: the result has 2 rows");
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_and_can_be_had_as_bytes() {
    let mut connection = connect_newest();
    connection.simple("set client_encoding = 'LATIN1'").unwrap();
    let rows = connection.query("select 'a' || pg_catalog.chr(233) as latin", &[]).unwrap();
    let row = rows.row(0).unwrap();
    let error = row.get::<String>(0).unwrap_err().to_string();
    assert_eq!(error, "column \"latin\" of row 1 holds \"a\u{fffd}\", which is not text in UTF-8");
    assert_eq!(row.bytes(0).unwrap(), Some(&b"a\xe9"[..]));
}

#[test]
fn every_version_tells_what_is_wrong_with_a_statement() {
    for server in servers() {
        let mut connection = connect(server);
        let error = connection.query("select no_such_column from pg_catalog.pg_class", &[]).unwrap_err();
        assert_eq!(error.message(), "column \"no_such_column\" does not exist");
        assert!(
            error.to_string().starts_with("ERROR:  column \"no_such_column\" does not exist\nLINE 1: select")
        );
        assert_eq!(
            (error.severity(), error.sqlstate(), error.position()),
            (Some("ERROR"), Some("42703"), Some(8))
        );
        assert!(!error.is_connection_lost() && error.connect_hint().is_none());

        let raise = "do $$ begin raise exception 'no' using errcode = 'XX001', detail = 'd', hint = 'h',
                     schema = 's', table = 't', column = 'c', constraint = 'k'; end $$";
        let error = connection.simple(raise).unwrap_err();
        let fields =
            [error.sqlstate(), error.detail(), error.hint(), error.schema(), error.table(), error.column()];
        assert_eq!(fields, ["XX001", "d", "h", "s", "t", "c"].map(Some));
        assert_eq!(error.constraint(), Some("k"));
        assert!(error.context().unwrap().starts_with("PL/pgSQL function inline_code_block line 1"));

        assert_eq!(connection.query("select 1", &[]).unwrap().len(), 1, "the connection goes on");
    }
}

#[test]
fn several_statements_in_one_go_give_a_result_each() {
    let mut connection = connect_newest();
    let results = connection
        .simple("select 1; select 2, 3; create temp table t (i int); insert into t values (1), (2)");
    let results = results.unwrap();
    let tags: Vec<_> = results.iter().map(reseq_pq::Rows::command_tag).collect();
    assert_eq!(tags, ["SELECT 1", "SELECT 1", "CREATE TABLE", "INSERT 0 2"]);
    assert_eq!(results[3].affected_rows(), Some(2));
    assert_eq!(results[2].affected_rows(), None);

    let error =
        connection.simple("insert into t values (3); select 1/0; insert into t values (4)").unwrap_err();
    assert_eq!(error.sqlstate(), Some("22012"));
    let count = connection.query("select count(*) from t", &[]).unwrap();
    assert_eq!(count.row(0).unwrap().get::<i64>(0).unwrap(), 2, "all or nothing");

    assert_eq!(connection.simple("").unwrap().len(), 1);
    assert_eq!(connection.query("", &[]).unwrap().command_tag(), "");
}

#[test]
fn the_transaction_is_known() {
    let mut connection = connect_newest();
    assert_eq!(connection.transaction_status(), TransactionStatus::Idle);
    connection.simple("begin").unwrap();
    assert_eq!(connection.transaction_status(), TransactionStatus::InTransaction);
    connection.simple("select 1/0").unwrap_err();
    assert_eq!(connection.transaction_status(), TransactionStatus::InError);
    connection.simple("rollback").unwrap();
    assert_eq!(connection.transaction_status(), TransactionStatus::Idle);
}

#[test]
fn nul_bytes_are_an_error() {
    let mut connection = connect_newest();
    for error in [
        connection.query("select '\0'", &[]).unwrap_err(),
        connection.query("select $1, $2", &[None, Some("\0")]).unwrap_err(),
        connection.simple("\0").unwrap_err(),
        connection.escape_literal("a\0b").unwrap_err(),
        connection.escape_identifier("a\0b").unwrap_err(),
        connection.copy_out("copy (select '\0') to stdout").map(drop).unwrap_err(),
        reseq_pq::Connection::connect(&[("user", "a\0b")]).unwrap_err(),
        reseq_pq::Connection::connect(&[("us\0er", "a")]).unwrap_err(),
    ] {
        assert!(error.to_string().contains("NUL byte"), "{error}");
    }
    assert_eq!(connection.parameter_status("server\0version"), None);
    connection.query("select 1", &[]).unwrap();
}

#[test]
fn more_parameters_than_the_protocol_has_room_for_are_an_error() {
    let mut connection = connect_newest();
    let error = connection.query("select 1", &vec![Some("1"); 65_536]).unwrap_err();
    assert!(error.to_string().contains("65535"), "{error}");
    connection.query("select 1", &[]).unwrap();
}

#[test]
fn names_and_literals_are_quoted() {
    let connection = connect_newest();
    assert_eq!(connection.escape_identifier("a\"B c").unwrap(), "\"a\"\"B c\"");
    assert_eq!(connection.escape_literal("it's \\").unwrap(), " E'it''s \\\\'");
}
