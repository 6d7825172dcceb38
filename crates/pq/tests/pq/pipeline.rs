//! Several statements in one round trip.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use reseq_pq::{Connection, Statement};
use reseq_scratch::testing::servers;

use crate::{connect, connect_newest};

fn statement(sql: &str) -> Statement<'_> {
    Statement { sql, params: &[] }
}

/// The connection can be used as before.
fn assert_usable(connection: &mut Connection) {
    assert_eq!(connection.query("select 1", &[]).unwrap().len(), 1);
    assert_eq!(connection.pipeline(&[statement("select 1")]).unwrap().len(), 1);
}

#[test]
fn every_version_answers_each_statement_in_order() {
    for server in servers() {
        let mut connection = connect(server);
        let results = connection
            .pipeline(&[
                statement("create temp table t (i int)"),
                Statement { sql: "insert into t select generate_series(1, $1::int)", params: &[Some("5")] },
                statement("select i from t order by i"),
                statement("select 1 where false"),
            ])
            .unwrap();
        let tags: Vec<_> = results.iter().map(reseq_pq::Rows::command_tag).collect();
        assert_eq!(tags, ["CREATE TABLE", "INSERT 0 5", "SELECT 5", "SELECT 0"]);
        assert_eq!(results[2].row(4).unwrap().get::<i32>(0).unwrap(), 5);
        assert!(connection.pipeline(&[]).unwrap().is_empty());
        assert_usable(&mut connection);
    }
}

#[test]
fn every_version_tells_which_statement_failed_and_does_none_of_them() {
    for server in servers() {
        let mut connection = connect(server);
        connection.simple("create temp table t (i int)").unwrap();
        let insert = statement("insert into t values (1)");
        let failed = connection.pipeline(&[insert, statement("select 1/0"), insert]).unwrap_err();
        assert_eq!((failed.statement, failed.error.sqlstate()), (1, Some("22012")));
        assert!(connection.query("select from t", &[]).unwrap().is_empty());
        assert_usable(&mut connection);
    }
}

#[test]
fn every_version_keeps_what_was_read_before_the_statement_that_failed() {
    for server in servers() {
        let mut connection = connect(server);
        let read = statement("select 7");
        let statements = [statement("begin"), read, statement("commit"), statement("select 1/0"), read];
        let (results, failed) = connection.pipeline_as_far(&statements);
        assert_eq!(results.len(), 3);
        assert_eq!(results[1].row(0).unwrap().get::<i32>(0).unwrap(), 7);
        let failed = failed.unwrap();
        assert_eq!((failed.statement, failed.error.sqlstate()), (3, Some("22012")));
        let (results, failed) = connection.pipeline_as_far(&statements[..3]);
        assert!(results.len() == 3 && failed.is_none());
        assert_usable(&mut connection);
    }
}

#[test]
fn a_transaction_that_cannot_commit_is_an_error() {
    let mut connection = connect_newest();
    connection
        .simple(
            "create temp table p (i int primary key);
             create temp table c (i int references p deferrable initially deferred)",
        )
        .unwrap();
    let failed =
        connection.pipeline(&[statement("insert into c values (1)"), statement("select 1")]).unwrap_err();
    assert_eq!((failed.statement, failed.error.sqlstate()), (1, Some("23503")));
    let mut rows = 0;
    let mut each = |_, _: reseq_pq::Row<'_>| {
        rows += 1;
        ControlFlow::Continue(())
    };
    let failed = connection.pipeline_each(&[statement("insert into c values (1)")], &mut each).unwrap_err();
    assert_eq!((failed.statement, failed.error.sqlstate()), (0, Some("23503")));
    assert_usable(&mut connection);
}

#[test]
fn a_statement_that_cannot_be_sent_is_told_and_none_is_done() {
    let mut connection = connect_newest();
    connection.simple("create temp table t (i int)").unwrap();
    let insert = statement("insert into t values (1)");

    let failed = connection.pipeline(&[insert, statement("select '\0'")]).unwrap_err();
    assert_eq!(failed.statement, 1);

    let many = vec![Some("1"); 65_536];
    let failed = connection.pipeline(&[insert, Statement { sql: "select 1", params: &many }]).unwrap_err();
    assert_eq!(failed.statement, 1);
    assert!(failed.error.to_string().contains("65535"), "{failed}");
    assert_usable(&mut connection);
}

#[test]
fn rows_are_handed_over_one_by_one() {
    for server in servers() {
        let mut connection = connect(server);
        let statements = [
            statement("select i from generate_series(1, 3) i"),
            statement("set work_mem = '4MB'"),
            statement("select 'x'"),
        ];
        let mut seen = Vec::new();
        let mut each = |statement, row: reseq_pq::Row<'_>| {
            seen.push((statement, row.get::<String>(0).unwrap()));
            ControlFlow::Continue(())
        };
        connection.pipeline_each(&statements, &mut each).unwrap();
        assert_eq!(seen, [(0, "1".into()), (0, "2".into()), (0, "3".into()), (2, "x".into())]);
        assert_usable(&mut connection);
    }
}

#[test]
fn rows_before_an_error_are_handed_over() {
    let mut connection = connect_newest();
    let mut seen = 0;
    let mut each = |_, _: reseq_pq::Row<'_>| {
        seen += 1;
        ControlFlow::Continue(())
    };
    let statements = [statement("select 1"), statement("select 1 / (3 - i) from generate_series(1, 5) i")];
    let failed = connection.pipeline_each(&statements, &mut each).unwrap_err();
    assert_eq!((failed.statement, failed.error.sqlstate(), seen), (1, Some("22012"), 3));
    assert_usable(&mut connection);
}

#[test]
fn after_break_no_row_comes_but_the_statements_are_run() {
    let mut connection = connect_newest();
    connection.simple("create temp table t (i int)").unwrap();
    let mut seen = 0;
    let mut each = |_, _: reseq_pq::Row<'_>| {
        seen += 1;
        ControlFlow::Break(())
    };
    let statements =
        [statement("select generate_series(1, 1000)"), statement("insert into t values (1) returning i")];
    connection.pipeline_each(&statements, &mut each).unwrap();
    assert_eq!(seen, 1);
    assert_eq!(connection.query("select from t", &[]).unwrap().len(), 1);
    let failed = connection
        .pipeline_each(&[statements[0], statement("select 1/0")], &mut |_, _| ControlFlow::Break(()));
    assert_eq!(failed.unwrap_err().statement, 1);
}

#[test]
fn a_panic_while_rows_are_handed_over_leaves_the_connection_usable() {
    let mut connection = connect_newest();
    let statements = [statement("select generate_series(1, 1000)"), statement("select 1")];
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        connection.pipeline_each(&statements, &mut |_, _| std::panic::resume_unwind(Box::new("no more")))
    }));
    assert_eq!(*panicked.unwrap_err().downcast::<&str>().unwrap(), "no more");
    assert_usable(&mut connection);
}

/// More in both directions than any buffer holds: neither side may wait for the other.
#[test]
fn large_pipelines_do_not_get_stuck() {
    let mut connection = connect_newest();
    let long = "x".repeat(5_000);
    let params = [Some(long.as_str())];
    let statements = vec![Statement { sql: "select $1::text || $1::text", params: &params }; 4_000];
    let mut bytes = 0;
    let mut each = |_, row: reseq_pq::Row<'_>| {
        bytes += row.get::<&str>(0).unwrap().len();
        ControlFlow::Continue(())
    };
    connection.pipeline_each(&statements, &mut each).unwrap();
    assert_eq!(bytes, 4_000 * 10_000);
}

/// 400,000 rows of 1,000 bytes would be 400 MB.
#[test]
#[cfg(target_os = "linux")]
fn streamed_rows_need_no_memory() {
    let mut connection = connect_newest();
    let sql = "select repeat('x', 1000) from generate_series(1, 400000)";
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/statm").unwrap();
        status.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4 / 1024
    };
    let (before, mut most, mut rows) = (resident(), 0, 0);
    let mut each = |_, _: reseq_pq::Row<'_>| {
        rows += 1;
        if rows % 10_000 == 0 {
            most = most.max(resident());
        }
        ControlFlow::Continue(())
    };
    connection.pipeline_each(&[statement(sql)], &mut each).unwrap();
    assert_eq!(rows, 400_000);
    // Other tests of this process run meanwhile, so there is some air in it.
    assert!(most < before + 200, "{before} MB before, {most} MB at most");
}

#[test]
fn copy_has_no_place_in_a_pipeline() {
    let mut connection = connect_newest();
    let copy = statement("copy (select 1) to stdout");
    let failed = connection.pipeline(&[statement("select 1"), copy, statement("select 2")]).unwrap_err();
    assert_eq!(failed.statement, 1);
    assert!(failed.to_string().contains("copy_out"));
    assert_usable(&mut connection);

    connection.simple("create temp table t (i int)").unwrap();
    let failed = connection.pipeline(&[statement("copy t from stdin"), statement("select 2")]).unwrap_err();
    assert_eq!(failed.statement, 0);
    assert!(failed.to_string().contains("copy_in"));
    assert_eq!(failed.error.is_connection_lost(), connection.is_broken());
    connection.reset().unwrap();
    assert_usable(&mut connection);
}

#[test]
fn a_lost_connection_ends_a_pipeline() {
    let mut connection = connect_newest();
    let statements = [
        statement("select 1"),
        statement("select pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())"),
        statement("select 1"),
    ];
    let failed = connection.pipeline(&statements).unwrap_err();
    assert_eq!(failed.error.sqlstate(), Some("57P01"));
    assert!(failed.statement == 1 || failed.statement == 2);
    assert!(failed.error.is_connection_lost() && connection.is_broken());
    assert!(connection.pipeline(&statements).unwrap_err().error.is_connection_lost());
}
