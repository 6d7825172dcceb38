//! Reading cannot write, settings hold, several connections share the work, Ctrl-C ends what runs.

use std::time::{Duration, Instant};

use reseq::Error;
use reseq::catalog;
use reseq::session::{Limits, Sessions};

use crate::support::{on_every_version, on_newest};

#[test]
fn says_what_the_server_is() {
    for database in on_every_version() {
        let session = database.session();
        let server = session.server();
        assert_eq!(server.major(), database.major());
        assert_eq!(server.database, database.name);
        assert!(server.is_superuser && !server.in_recovery);
        assert_eq!(server.search_path, ["pg_catalog", "public"]);
    }
}

#[test]
fn a_reading_session_cannot_write() {
    for database in on_every_version() {
        let database = database.with("CREATE SEQUENCE s");
        let mut session = database.session();
        let error = session.read("draw", "SELECT pg_catalog.nextval('public.s')", &[]).unwrap_err();
        assert_eq!(error.sqlstate(), Some("25006"), "{error}");
        // The failed transaction is rolled back: the session goes on.
        session.read("look", "SELECT last_value FROM public.s", &[]).unwrap();
    }
}

#[test]
fn settings_travel_inside_the_transaction() {
    for database in on_every_version() {
        let limits = Limits {
            statement_timeout: Duration::from_millis(5_500),
            lock_timeout: Duration::from_millis(700),
        };
        let mut session = database.connector().limits(limits).connect().unwrap();
        let sql = "SELECT pg_catalog.current_setting('statement_timeout'), pg_catalog.current_setting('lock_timeout'),
                          pg_catalog.current_setting('row_security'), pg_catalog.current_setting('application_name')";
        let rows = session.read("look", sql, &[]).unwrap();
        let row = rows.row(0).unwrap();
        let settings: Vec<String> = (0..4).map(|column| row.get(column).unwrap()).collect();
        assert_eq!(settings, ["5500ms", "700ms", "off", "reseq"]);
    }
}

#[test]
fn a_statement_that_takes_too_long_is_ended() {
    for database in on_every_version() {
        let limits = Limits { statement_timeout: Duration::from_millis(50), ..Limits::default() };
        let mut session = database.connector().limits(limits).connect().unwrap();
        let error = session.read("sleep", "SELECT pg_catalog.pg_sleep(30)", &[]).unwrap_err();
        assert_eq!(error.sqlstate(), Some("57014"), "{error}");
    }
}

#[test]
fn of_several_statements_in_one_round_trip_the_one_that_takes_too_long_is_named() {
    for database in on_every_version() {
        let limits = Limits { statement_timeout: Duration::from_millis(200), lock_timeout: Duration::ZERO };
        let mut sessions = Sessions::open(database.connector().limits(limits), 1).unwrap();
        let mut holder = database.connect();
        // Of what is sent together only the third statement reads this one.
        holder.simple("BEGIN; LOCK TABLE pg_catalog.pg_inherits IN ACCESS EXCLUSIVE MODE").unwrap();
        let error = catalog::read(&mut sessions, &[]).unwrap_err();
        let (words, state) = (error.to_string(), error.sqlstate());
        assert!(words.starts_with("could not read the partitions: "), "{}: {words}", database.major());
        assert_eq!(state, Some("57014"));
        holder.simple("ROLLBACK").unwrap();
        catalog::read(&mut sessions, &[]).unwrap();
    }
}

#[test]
fn rows_are_handed_over_one_by_one_and_an_error_ends_them() {
    let database = on_newest();
    let mut session = database.session();
    let series = "SELECT g FROM pg_catalog.generate_series(1, 100000) g";
    let mut sum = 0_i64;
    let add = |row: reseq::pq::Row<'_>| {
        sum += row.get::<i64>(0).unwrap();
        Ok(())
    };
    session.read_each("count", series, &[], add).unwrap();
    assert_eq!(sum, 5_000_050_000);

    let mut seen = 0;
    let outcome = session.read_each("count", series, &[], |_| {
        seen += 1;
        if seen == 3 { Err(Error::Interrupted) } else { Ok(()) }
    });
    assert!(matches!(outcome, Err(Error::Interrupted)));
    assert_eq!(seen, 3);
    session.read("go on", "SELECT 1", &[]).unwrap();
}

#[test]
fn work_is_shared_and_results_stand_in_its_order() {
    let database = on_newest();
    for jobs in [1, 2, 5] {
        let mut sessions = Sessions::open(database.connector(), jobs).unwrap();
        let results = sessions.run((0..40).collect(), |session, number: i32| {
            let text = number.to_string();
            let sql = "SELECT 100 / $1::pg_catalog.int4, pg_catalog.pg_backend_pid()";
            let rows = session.read("divide", sql, &[Some(&text)])?;
            Ok((rows.row(0).unwrap().get::<i32>(0).unwrap(), number))
        });
        assert_eq!(results.len(), 40);
        assert_eq!(results[0].as_ref().unwrap_err().sqlstate(), Some("22012"));
        for (number, result) in (1..).zip(&results[1..]) {
            assert_eq!(*result.as_ref().unwrap(), (100 / number, number));
        }
    }
}

#[test]
fn fewer_connections_do_where_no_more_can_be_had() {
    let database = on_newest();
    let role = database.name.clone() + "_narrow";
    let database = database.with(&format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT 1"));
    let mut sessions = Sessions::open(database.connector_as(&role), 4).unwrap();
    let results = sessions.run(vec![(); 8], |session, ()| {
        Ok(session
            .read("ask", "SELECT pg_catalog.pg_backend_pid()", &[])?
            .row(0)
            .unwrap()
            .get::<i32>(0)
            .unwrap())
    });
    let pids: std::collections::BTreeSet<i32> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(pids.len(), 1);
    drop(sessions);
    database.connect().simple(&format!("DROP ROLE {role}")).unwrap();
}

#[test]
fn an_interrupt_ends_what_runs_on_the_server() {
    let database = on_newest();
    let connector = database.connector();
    let interrupt = connector.interrupted_by().clone();
    let mut session = connector.connect().unwrap();
    let began = Instant::now();
    let outcome = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            interrupt.trigger();
        });
        session.read("sleep", "SELECT pg_catalog.pg_sleep(30)", &[])
    });
    assert!(matches!(outcome, Err(Error::Interrupted)), "{outcome:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(matches!(connector.connect(), Err(Error::Interrupted)));
}
