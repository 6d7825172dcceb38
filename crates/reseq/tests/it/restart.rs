//! Restarts: just at the value, unless rows stand in the way; all or none.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reseq::apply::{ChangeOutcome, NoStreams, change};
use reseq::observe::FreeGap;
use reseq::plan::{Change, Destination, RestartOptions, ScriptOptions, change_script};
use reseq::session::Sessions;
use reseq::{Restart, SCAN_LIMIT};

use crate::support::{Database, Role, SetOnDrop, on_every_version, on_newest};

/// Columns of every kind that draw from a sequence, each with some rows.
const TABLES: &str = r#"
    CREATE TABLE orders (id serial PRIMARY KEY);
    INSERT INTO orders SELECT generate_series(1, 20);
    CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
    INSERT INTO people (name) SELECT 'x' FROM generate_series(1, 5);
    CREATE SEQUENCE unowned;
    CREATE TABLE bare (id int PRIMARY KEY DEFAULT nextval('unowned'));
    INSERT INTO bare SELECT generate_series(1, 7);
    CREATE SEQUENCE shared;
    CREATE TABLE left_one (id int PRIMARY KEY DEFAULT nextval('shared'));
    CREATE TABLE right_one (id int PRIMARY KEY DEFAULT nextval('shared'));
    INSERT INTO left_one VALUES (3); INSERT INTO right_one VALUES (40);
    CREATE SEQUENCE invoice_no;
    CREATE TABLE invoices (no text PRIMARY KEY DEFAULT 'INV-' || lpad(nextval('invoice_no')::text, 6, '0'));
    INSERT INTO invoices SELECT 'INV-' || lpad(n::text, 6, '0') FROM generate_series(1, 9) n;
    CREATE SEQUENCE refund_no INCREMENT -1;
    CREATE TABLE refunds (id int PRIMARY KEY DEFAULT nextval('refund_no'));
    INSERT INTO refunds SELECT -n FROM generate_series(1, 4) n;
    CREATE SEQUENCE odd INCREMENT 2 CACHE 10;
    CREATE TABLE odds (id int PRIMARY KEY DEFAULT nextval('odd'));
    INSERT INTO odds VALUES (1), (3), (8);
    CREATE TABLE events (id int NOT NULL, day int NOT NULL DEFAULT 1) PARTITION BY LIST (day);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2);
    CREATE SEQUENCE events_id OWNED BY events.id;
    ALTER TABLE events ALTER id SET DEFAULT nextval('events_id');
    INSERT INTO events VALUES (11, 1), (12, 2);
    CREATE SCHEMA "Mixed ""Case";
    CREATE TABLE "Mixed ""Case"."a.b" ("Id%" serial PRIMARY KEY);
    INSERT INTO "Mixed ""Case"."a.b" SELECT generate_series(1, 6);
"#;

fn options(destination: Destination) -> RestartOptions {
    RestartOptions { destination, allow_backward: false, force: false }
}

fn look(sessions: &mut Sessions, targets: &[&str], options: RestartOptions) -> reseq::Result<Restart> {
    let targets: Vec<String> = targets.iter().map(|target| (*target).to_owned()).collect();
    Restart::look(sessions, &targets, Some(options), &[], SCAN_LIMIT, false)
}

fn restart(database: &Database, targets: &[&str], options: RestartOptions) -> reseq::Result<()> {
    let folder = tempfile::tempdir().unwrap();
    run(&mut database.sessions(), targets, options, folder.path()).map(|_| ())
}

fn run(
    sessions: &mut Sessions,
    targets: &[&str],
    options: RestartOptions,
    folder: &Path,
) -> reseq::Result<Option<ChangeOutcome>> {
    let planned = look(sessions, targets, options)?.plan()?;
    if planned.acts.is_empty() {
        return Ok(None);
    }
    change(sessions, &planned, &mut NoStreams, folder).map(Some)
}

fn refusal(database: &Database, targets: &[&str], options: RestartOptions) -> (String, String) {
    let error = restart(database, targets, options).unwrap_err();
    assert!(matches!(error, reseq::Error::Refused { .. }), "{error:?}");
    (error.to_string(), error.hint().unwrap_or_default())
}

fn next(database: &Database, sequence: &str) -> i64 {
    database.value(&format!("SELECT nextval('{sequence}')")).parse().unwrap()
}

#[test]
fn the_next_value_is_just_the_one_that_was_asked_for() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        let version = database.major();
        let targets = [
            ("orders", "orders_id_seq", 1000),
            ("people", "people_id_seq", 1000),
            ("public.bare.id", "unowned", 1000),
            ("shared", "shared", 1000),
            ("invoices", "invoice_no", 1000),
            ("refunds", "refund_no", -1000),
            ("odds", "odd", 1001),
            ("events", "events_id", 1000),
            (r#""Mixed ""Case"."a.b"."Id%""#, r#""Mixed ""Case"."a.b_Id%_seq""#, 1000),
        ];
        for (target, sequence, value) in targets {
            restart(&database, &[target], options(Destination::With(value))).unwrap();
            assert_eq!(next(&database, sequence), value, "{target} on {version}");
        }
        // Identity sequences are restarted by themselves: the row comes with the next value.
        database.connect().simple("INSERT INTO people (name) VALUES ('y')").unwrap();
        assert_eq!(database.value("SELECT max(id) FROM people"), "1001");
    }
}

#[test]
fn after_the_data_is_after_the_rows_of_every_column() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        database
            .connect()
            .simple("CREATE TABLE empty (id serial); ALTER SEQUENCE empty_id_seq START 50")
            .unwrap();
        let sequences = [
            ("orders", "orders_id_seq", 21),
            ("shared", "shared", 41),
            ("invoices.no", "invoice_no", 10),
            ("refunds", "refund_no", -5),
            ("odds", "odd", 9),
            ("events_2", "events_id", 13),
        ];
        let targets: Vec<&str> = sequences.iter().map(|(target, ..)| *target).collect();
        restart(&database, &targets, options(Destination::ToData)).unwrap();
        for (target, sequence, value) in sequences {
            assert_eq!(next(&database, sequence), value, "{target} on {}", database.major());
        }
        // Nothing goes back by itself; then it does.
        database
            .connect()
            .simple("SELECT setval('orders_id_seq', 500), setval('empty_id_seq', 500)")
            .unwrap();
        restart(&database, &["orders", "empty"], options(Destination::ToData)).unwrap();
        assert_eq!(next(&database, "orders_id_seq"), 501);
        let back = RestartOptions { allow_backward: true, ..options(Destination::ToData) };
        restart(&database, &["orders", "empty"], back).unwrap();
        assert_eq!((next(&database, "orders_id_seq"), next(&database, "empty_id_seq")), (21, 50));
    }
}

#[test]
fn rows_in_the_way_are_told() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        database.connect().simple("INSERT INTO orders SELECT generate_series(30, 40)").unwrap();
        let refused =
            |targets: &[&str], value| refusal(&database, targets, options(Destination::With(value)));
        let all = "the first after all rows is 41; --list-gaps shows the largest free gaps; --force does it all the same";
        assert_eq!(
            refused(&["orders"], 15),
            (
                "restarted with 15, public.orders_id_seq would meet row 15 of public.orders.id at once, and rows up to 40"
                    .to_owned(),
                format!("the next free value is 21; {all}")
            )
        );
        assert_eq!(
            refused(&["orders"], 25),
            (
                "restarted with 25, public.orders_id_seq would meet row 30 of public.orders.id after 5 calls, and rows up \
                 to 40"
                    .to_owned(),
                format!("the next free value is 25; {all}")
            )
        );
        let (message, _) = refused(&["shared"], 2);
        assert_eq!(
            message,
            "restarted with 2, public.shared would meet row 3 of public.left_one.id after 1 call; rows of \
             public.right_one.id are in the way too"
        );
        let (message, _) = refused(&["invoices"], 4);
        assert!(message.contains("would meet row INV-000004 of public.invoices.no at once"), "{message}");
        // Row 8 is not one that the sequence of odd numbers comes to.
        restart(&database, &["odds"], options(Destination::With(5))).unwrap();
        let forced = RestartOptions { force: true, ..options(Destination::With(15)) };
        restart(&database, &["orders"], forced).unwrap();
        assert_eq!(next(&database, "orders_id_seq"), 15);
    }
}

#[test]
fn values_that_would_not_do_are_refused_with_those_that_would() {
    let database = on_newest().with(TABLES);
    let refused = |target: &str, value| refusal(&database, &[target], options(Destination::With(value)));
    assert_eq!(
        refused("odds", 1000),
        (
            "public.odd cannot be restarted with 1000: it is not in its lane, 1 and every 2 from there"
                .to_owned(),
            "the nearest values that would do are 999 and 1001".to_owned()
        )
    );
    assert_eq!(
        refused("orders", 0),
        (
            "public.orders_id_seq cannot be restarted with 0: it lies outside its bounds, 1 to 2147483647"
                .to_owned(),
            "the nearest value that would do is 1".to_owned()
        )
    );
    assert_eq!(
        refused("bare", 3_000_000_000),
        (
            "public.unowned cannot be restarted with 3000000000: it lies beyond 2147483647, the end of public.bare.id \
             (integer)"
                .to_owned(),
            "the nearest value that would do is 2147483647".to_owned()
        )
    );
    database.connect().simple("SELECT setval('orders_id_seq', 500)").unwrap();
    let (message, hint) = refused("orders", 100);
    assert!(
        message.starts_with("to restart public.orders_id_seq with 100 goes back by 401 calls"),
        "{message}"
    );
    assert!(hint.starts_with("--allow-backward does it"), "{hint}");
}

#[test]
fn several_targets_are_restarted_together_or_not_at_all() {
    let database = on_newest().with(TABLES);
    let with_a_row_in_the_way = ["people", "orders"];
    refusal(&database, &with_a_row_in_the_way, options(Destination::With(10)));
    assert_eq!(next(&database, "people_id_seq"), 6);
    // A row that comes in between the look and the lock is seen under the lock.
    let mut sessions = database.sessions();
    let planned =
        look(&mut sessions, &["people", "orders"], options(Destination::With(100))).unwrap().plan().unwrap();
    database.connect().simple("INSERT INTO orders VALUES (150)").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = change(&mut sessions, &planned, &mut NoStreams, folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "public.orders_id_seq would meet row 150 of public.orders.id, which came in meanwhile"
    );
    assert_eq!(next(&database, "people_id_seq"), 7);
}

#[test]
fn what_was_drawn_meanwhile_is_not_handed_out_again() {
    let database = on_newest().with(TABLES);
    let mut sessions = database.sessions();
    let planned = look(&mut sessions, &["orders"], options(Destination::With(100))).unwrap().plan().unwrap();
    database.connect().simple("SELECT setval('orders_id_seq', 300)").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = change(&mut sessions, &planned, &mut NoStreams, folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "public.orders_id_seq has come to 301 meanwhile: to restart it with 100 would go back"
    );
}

#[test]
fn an_altered_or_renamed_sequence_is_left_alone() {
    let database = on_newest().with(TABLES);
    let folder = tempfile::tempdir().unwrap();
    for (ddl, words) in [
        ("ALTER SEQUENCE unowned CACHE 5", "public.unowned was altered since it was looked at"),
        (
            "ALTER SEQUENCE shared RENAME TO other; CREATE SEQUENCE shared",
            "public.shared was renamed or dropped since it was looked at",
        ),
    ] {
        let target = if ddl.contains("unowned") { "unowned" } else { "shared" };
        let mut sessions = database.sessions();
        let planned =
            look(&mut sessions, &[target], options(Destination::With(100))).unwrap().plan().unwrap();
        database.connect().simple(ddl).unwrap();
        let error = change(&mut sessions, &planned, &mut NoStreams, folder.path()).unwrap_err();
        assert_eq!(error.to_string(), words);
    }
    assert_eq!(next(&database, "shared"), 1);
}

#[test]
fn blocks_that_other_sessions_hold_in_advance_are_taken_from_them() {
    let database = on_newest().with(TABLES);
    let mut other = database.connect();
    other.simple("SELECT nextval('odd')").unwrap();
    restart(&database, &["odd"], options(Destination::With(101))).unwrap();
    let rows = other.query("SELECT nextval('odd')", &[]).unwrap();
    assert_eq!(rows.row(0).unwrap().get::<i64>(0).unwrap(), 101);
}

#[test]
fn targets_mean_what_they_mean_in_psql() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        database
            .connect()
            .simple(
                "CREATE SCHEMA orders; CREATE TABLE orders.id (n serial); CREATE TABLE two (a serial, b serial);
                 CREATE SEQUENCE \"2 fast\"; CREATE TABLE plain (n int)",
            )
            .unwrap();
        let error = |target: &str| {
            let error = restart(&database, &[target], options(Destination::With(1000))).unwrap_err();
            assert!(matches!(error, reseq::Error::Usage { .. }), "{error:?}");
            error.to_string()
        };
        assert_eq!(
            error("two"),
            "public.two has several columns that take their values from a sequence: public.two.a \
             (public.two_a_seq), public.two.b (public.two_b_seq)"
        );
        assert_eq!(error("orders.id"), "orders.id means both orders.id and public.orders.id");
        assert_eq!(error("bare.x"), "public.bare has no column x");
        assert_eq!(error("nothing"), "there is no table, column or sequence nothing");
        assert_eq!(error("2 fast"), "2 fast is not a name of SQL");
        assert_eq!(error("plain"), "no column of public.plain takes its values from a sequence");
        assert_eq!(error("plain.n"), "public.plain.n does not take its values from a sequence");
        assert_eq!(
            error("elsewhere.public.bare.id"),
            "there is no table, column or sequence elsewhere.public.bare.id"
        );
        let here = format!("{}.public.bare.id", database.name);
        for target in ["TWO.B", "public.orders.id", "\"2 fast\"", here.as_str()] {
            restart(&database, &[target], options(Destination::With(1000))).unwrap();
        }
        assert_eq!(next(&database, "two_b_seq"), 1000);
    }
}

#[test]
fn only_the_owner_may() {
    let database = on_newest().with(TABLES);
    let role = Role::on(&database);
    let grants = format!(
        "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"
    );
    database.connect().simple(&grants).unwrap();
    let mut sessions = Sessions::open(database.connector_as(&role.name), 1).unwrap();
    let error =
        look(&mut sessions, &["orders"], options(Destination::With(100))).unwrap().plan().unwrap_err();
    assert_eq!(error.to_string(), "the role may not restart public.orders_id_seq: only its owner may");
    database.connect().simple(&format!("DROP OWNED BY {role}")).unwrap();
}

#[test]
fn the_script_does_the_same() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        let mut sessions = database.sessions();
        let back = RestartOptions { allow_backward: true, ..options(Destination::ToData) };
        let data = look(&mut sessions, &["shared", "refunds", "invoices"], back).unwrap().plan().unwrap();
        run_script(&database, &data).unwrap();
        let values = ["shared", "refund_no", "invoice_no"].map(|sequence| next(&database, sequence));
        assert_eq!(values, [41, -5, 10]);
        let planned =
            look(&mut sessions, &["bare"], options(Destination::With(100))).unwrap().plan().unwrap();
        database.connect().simple("INSERT INTO bare VALUES (150)").unwrap();
        let error = run_script(&database, &planned).unwrap_err();
        assert!(error.to_string().contains("would meet row 150 of public.bare.id"), "{error}");
        assert_eq!(next(&database, "unowned"), 1);
    }
}

/// The statements of the script, as psql would send them.
fn run_script(database: &Database, change: &Change) -> Result<(), reseq::pq::Error> {
    let options = ScriptOptions {
        made_for: "the test".to_owned(),
        statement_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(1),
    };
    let script = change_script(change, &options);
    let statements: Vec<&str> = script.lines().filter(|line| !line.starts_with('\\')).collect();
    database.connect().simple(&statements.join("\n")).map(|_| ())
}

#[test]
fn the_largest_gaps_are_those_between_the_rows_of_all_columns() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        let gaps = |target: &str| {
            let mut sessions = database.sessions();
            let restart =
                Restart::look(&mut sessions, &[target.to_owned()], None, &[], SCAN_LIMIT, false).unwrap();
            restart.gaps(&mut sessions, 3).unwrap().remove(0)
        };
        let most = i128::from(i32::MAX);
        let gap = |first: i128, last: i128, step: i128| FreeGap {
            first,
            last,
            calls: ((last - first) / step + 1).unsigned_abs(),
        };
        assert_eq!(gaps("shared"), [gap(41, most, 1), gap(4, 39, 1), gap(1, 2, 1)]);
        assert_eq!(gaps("odds"), [gap(5, most, 2)]);
        assert_eq!(gaps("refunds"), [gap(-5, i128::from(i32::MIN), -1)]);
        assert_eq!(gaps("invoices")[0].first, 10);
        assert_eq!(gaps("events"), [gap(13, most, 1), gap(1, 10, 1)]);
    }
}

/// While others insert, through the default and with ids of their own ahead of the sequence.
#[test]
fn under_live_writers_no_value_comes_twice() {
    let database =
        on_newest().with("CREATE TABLE t (id bigserial PRIMARY KEY, own boolean NOT NULL DEFAULT false)");
    let stop = AtomicBool::new(false);
    let going = || !stop.load(Ordering::Relaxed);
    let (restarts, refused, failed) = std::thread::scope(|scope| {
        let _stop = SetOnDrop(&stop);
        let writers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let (mut connection, mut failed) = (database.connect(), 0);
                    while going() {
                        failed += usize::from(connection.query("INSERT INTO t DEFAULT VALUES", &[]).is_err());
                    }
                    failed
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let mut connection = database.connect();
            while going() {
                connection.query("SELECT max(id) FROM t", &[]).unwrap();
            }
        });
        let (mut sessions, folder) = (database.sessions(), tempfile::tempdir().unwrap());
        let (mut restarts, mut refused) = (0, 0);
        let end = Instant::now() + Duration::from_secs(2);
        while Instant::now() < end {
            let value: i64 = database.value("SELECT last_value FROM t_id_seq").parse().unwrap();
            for destination in
                [Destination::With(value + 5000), Destination::With(value + 2), Destination::ToData]
            {
                match run(&mut sessions, &["t"], options(destination), folder.path()) {
                    Ok(done) => restarts += usize::from(done.is_some()),
                    Err(reseq::Error::Refused { .. }) => refused += 1,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        reader.join().unwrap();
        (restarts, refused, writers.into_iter().map(|writer| writer.join().unwrap()).sum::<usize>())
    });
    assert_eq!(failed, 0, "{restarts} restarts, {refused} refused");
    assert!(restarts > 3, "{restarts} restarts, {refused} refused");
}
