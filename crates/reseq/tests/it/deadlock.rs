//! A deadlock between a repair and an application that holds its table: the application goes on, and the repair is
//! tried again.

use std::time::{Duration, Instant};

use reseq::apply::{ApplyOptions, Status};
use reseq::plan::Method;
use reseq::session::{Limits, Sessions};

use crate::fixing::{carry_out, plan, repair};
use crate::support::{Database, on_versions};

/// The transactions that wait for the sequence, of reseq and of others.
const REPAIR: &str = "
    SELECT min(l.virtualtransaction) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.relation = 't_id_seq'::regclass AND NOT l.granted AND a.application_name = 'reseq'";
const APPLICATION: &str = "
    SELECT min(l.virtualtransaction) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.relation = 't_id_seq'::regclass AND NOT l.granted AND a.application_name <> 'reseq'";

/// Waits until a statement gives something else than nothing and `but`, and returns it.
fn wait_for(database: &Database, sql: &str, but: &str) -> String {
    let mut connection = database.connect();
    let began = Instant::now();
    loop {
        let rows = connection.query(sql, &[]).unwrap();
        match rows.row(0).unwrap().get::<Option<String>>(0).unwrap() {
            Some(value) if value != but => return value,
            _ => assert!(began.elapsed() < Duration::from_secs(20), "{sql}: nothing but {but:?}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until one try of the repair waits for the sequence longer than its first ones do: a tenth of a second at most.
fn wait_for_patience(database: &Database) {
    let mut waiting = wait_for(database, REPAIR, "");
    let mut since = Instant::now();
    while since.elapsed() < Duration::from_millis(500) {
        std::thread::sleep(Duration::from_millis(20));
        let now = wait_for(database, REPAIR, "");
        if now != waiting {
            (waiting, since) = (now, Instant::now());
        }
    }
}

#[test]
fn a_repair_that_was_chosen_as_the_victim_is_tried_again() {
    for database in on_versions(&[10, 13, 19]) {
        let database =
            database.with("CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (1), (200000)");
        // The repair looks for a deadlock sooner than it gives up on the table, the application later.
        let sooner = format!("ALTER DATABASE {} SET deadlock_timeout = '1ms'", database.name);
        let database = database.with(&sooner);
        let limits = Limits { lock_timeout: Duration::from_secs(20), ..Limits::default() };
        let mut sessions = Sessions::open(database.connector().limits(limits), 1).unwrap();
        let options = ApplyOptions::default();
        let planned = plan(&mut sessions, &options);

        // The application holds the table that the repair reads while it has the sequence. Both wait for the sequence
        // until nobody else has it, the repair before the application.
        let mut holder = database.connect();
        holder.simple("BEGIN; ALTER SEQUENCE t_id_seq CACHE 1").unwrap();
        let mut application = database.connect();
        application.simple("SET deadlock_timeout = '1min'; BEGIN; LOCK TABLE t").unwrap();
        let outcome = std::thread::scope(|scope| {
            let run = scope.spawn(|| carry_out(&mut sessions, &planned, &options).outcome);
            wait_for_patience(&database);
            let drawing = scope.spawn(move || {
                let drawn = application.query("SELECT nextval('t_id_seq')", &[]).map(|rows| rows.len());
                application.simple("COMMIT").unwrap();
                drawn
            });
            wait_for(&database, APPLICATION, "");
            holder.simple("COMMIT").unwrap();
            assert!(drawing.join().unwrap().is_ok(), "the application is no victim");
            run.join().unwrap()
        });
        // The server counts what a session met when that ends.
        drop(sessions);
        let deadlocks = "SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()";
        assert_eq!(wait_for(&database, deadlocks, "0"), "1");
        let repaired = repair(&outcome, "public.t_id_seq");
        assert_eq!(
            (repaired.method, &repaired.status),
            (Method::Alter, &Status::Repaired),
            "{}",
            database.major()
        );
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "200001");
    }
}
