//! Repairs while others draw, insert and drift: no value twice, never backwards.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reseq::apply::{ApplyOptions, Status};
use reseq::plan::{FixOptions, Method};
use reseq::session::Sessions;
use reseq_scratch::testing;

use crate::fixing::fix_with;
use crate::support::{Database, on_newest};

const UNIQUE_VIOLATION: &str = "23505";

/// How far ahead of the sequence rows come in: further than the writers get while a run looks around.
const AHEAD: i64 = 3000;

/// How long each race goes on.
const RACE: Duration = Duration::from_secs(2);

/// What writers got from the sequence, and what a reader saw of it meanwhile.
struct Seen {
    values: Vec<i64>,
    last_values: Vec<i64>,
    methods: HashSet<Method>,
    repairs: usize,
}

/// Lets writers insert through the default or with values fetched before, and a drifter insert rows `ahead` of
/// the sequence, while `sessions` repair again and again.
fn race(database: &Database, sessions: &mut Sessions, options: &ApplyOptions, ahead: i64) -> Seen {
    let stop = AtomicBool::new(false);
    let going = || !stop.load(Ordering::Relaxed);
    std::thread::scope(|scope| {
        let inserters: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| writer(database, going, "INSERT INTO t DEFAULT VALUES RETURNING id", None))
            })
            .collect();
        let insert = "INSERT INTO t VALUES ($1::bigint)";
        let prefetcher = scope.spawn(|| writer(database, going, "SELECT nextval('t_id_seq')", Some(insert)));
        let drifter = scope.spawn(|| drift(database, going, ahead));
        let reader = scope.spawn(|| read_on(database, going));

        let (mut methods, mut repairs) = (HashSet::new(), 0);
        let end = Instant::now() + RACE;
        while Instant::now() < end {
            for repair in fix_with(sessions, options).sequences.iter() {
                methods.insert(repair.method);
                repairs += 1;
            }
        }
        stop.store(true, Ordering::Relaxed);
        drifter.join().unwrap();
        let mut values = prefetcher.join().unwrap();
        for inserter in inserters {
            values.extend(inserter.join().unwrap());
        }
        Seen { values, last_values: reader.join().unwrap(), methods, repairs }
    })
}

/// Draws by `draw` until told to stop, and inserts what it got with `insert`. A row of the drifter's may stand in
/// the way; anything else may not.
fn writer(database: &Database, going: impl Fn() -> bool, draw: &str, insert: Option<&str>) -> Vec<i64> {
    let mut connection = database.connect();
    let mut values: Vec<i64> = Vec::new();
    while going() {
        match connection.query(draw, &[]) {
            Ok(rows) => values.push(rows.row(0).unwrap().get(0).unwrap()),
            Err(error) => assert_eq!(error.sqlstate(), Some(UNIQUE_VIOLATION), "{error}"),
        }
        if let (Some(insert), Some(value)) = (insert, values.last())
            && let Err(error) = connection.query(insert, &[Some(&value.to_string())])
        {
            assert_eq!(error.sqlstate(), Some(UNIQUE_VIOLATION), "{error}");
        }
    }
    values
}

fn drift(database: &Database, going: impl Fn() -> bool, ahead: i64) {
    let mut connection = database.connect();
    while going() {
        let insert = format!(
            "INSERT INTO t SELECT last_value + {ahead} + (random() * 20)::int FROM t_id_seq ON CONFLICT DO NOTHING"
        );
        // The file of the sequence may just be replaced.
        let _ = connection.simple(&insert);
        std::thread::sleep(Duration::from_millis(3));
    }
}

fn read_on(database: &Database, going: impl Fn() -> bool) -> Vec<i64> {
    let mut connection = database.connect();
    let mut last_values = Vec::new();
    while going() {
        // Where the file of the sequence is just being replaced, there is an error or no row.
        let read = connection.query("SELECT last_value FROM t_id_seq", &[]);
        last_values.extend(read.iter().flat_map(|rows| rows.iter()).map(|row| row.get::<i64>(0).unwrap()));
        std::thread::sleep(Duration::from_millis(1));
    }
    last_values
}

fn databases() -> impl Iterator<Item = Database> {
    [10, 13].into_iter().filter_map(testing::server).chain([testing::newest()]).map(|server| {
        Database::on(server).with("CREATE TABLE t (id bigserial PRIMARY KEY); INSERT INTO t VALUES (50)")
    })
}

fn assert_nobody_was_hurt(database: &Database, seen: &Seen, method: Method) {
    let distinct: HashSet<i64> = seen.values.iter().copied().collect();
    assert_eq!(distinct.len(), seen.values.len(), "a value was handed out twice on {}", database.major());
    assert!(seen.last_values.is_sorted(), "the sequence went backwards on {}", database.major());
    assert!(seen.methods.contains(&method) && seen.repairs > 3, "{:?}, {}", seen.methods, seen.repairs);
    assert!(seen.values.len() > 200, "only {} values", seen.values.len());
}

/// The run after the race leaves a sequence that everybody can insert with.
fn assert_right_afterwards(database: &Database, sessions: &mut Sessions, options: &ApplyOptions) {
    for repair in fix_with(sessions, options).sequences.iter() {
        assert_eq!(repair.status, Status::Repaired);
    }
    database
        .connect()
        .simple("INSERT INTO t SELECT nextval('t_id_seq') FROM generate_series(1, 100)")
        .unwrap();
}

#[test]
fn drawing_hurts_nobody() {
    for database in databases() {
        let mut sessions = database.sessions();
        let options = ApplyOptions::default();
        let seen = race(&database, &mut sessions, &options, AHEAD);
        assert_nobody_was_hurt(&database, &seen, Method::Draw);
        assert_right_afterwards(&database, &mut sessions, &options);
    }
}

#[test]
fn altering_hurts_nobody() {
    for database in databases() {
        let mut sessions = database.sessions();
        let fix = FixOptions { draw_limit: 0, ..FixOptions::default() };
        let options = ApplyOptions { fix, ..ApplyOptions::default() };
        let seen = race(&database, &mut sessions, &options, AHEAD);
        assert_nobody_was_hurt(&database, &seen, Method::Alter);
        assert_right_afterwards(&database, &mut sessions, &options);
    }
}

#[test]
fn altering_a_sequence_with_caches_hurts_nobody() {
    let database = on_newest().with(
        "CREATE TABLE t (id bigserial PRIMARY KEY); ALTER SEQUENCE t_id_seq CACHE 7; INSERT INTO t VALUES (50)",
    );
    let mut sessions = database.sessions();
    let options = ApplyOptions::default();
    let seen = race(&database, &mut sessions, &options, AHEAD);
    assert_nobody_was_hurt(&database, &seen, Method::Alter);
    assert_right_afterwards(&database, &mut sessions, &options);
}

#[test]
fn setting_a_large_gap_hurts_nobody() {
    for database in databases() {
        let role = format!("{}_role", database.name);
        database
            .connect()
            .simple(&format!(
                "CREATE ROLE {role} LOGIN; GRANT SELECT ON t TO {role}; GRANT SELECT, UPDATE ON t_id_seq TO {role}"
            ))
            .unwrap();
        let mut sessions = Sessions::open(database.connector_as(&role), 2).unwrap();
        let options = ApplyOptions::default();
        let seen = race(&database, &mut sessions, &options, 200_000);
        assert_nobody_was_hurt(&database, &seen, Method::Setval);
        drop(sessions);
        database.connect().simple(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).unwrap();
    }
}
