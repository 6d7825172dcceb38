//! Loads that are killed: all or nothing, and the receipt tells which.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reseq::apply::receipt::{Progress, Receipt, list};
use reseq::apply::{change, resolve};
use reseq::prepare_load;
use reseq::session::{Connector, Sessions};

use super::{Files, into};
use crate::support::{Database, on_every_version, on_newest};

/// What tells the victim where to work; without it the test is no victim.
const VICTIM: &str = "RESEQ_TEST_LOAD_VICTIM";
const ROWS: u32 = 60_000;

/// The process that is killed: this very test binary, told by the environment to load a file.
#[test]
fn victim() {
    let Some(told) = std::env::var_os(VICTIM) else { return };
    let told = told.into_string().unwrap();
    let (folder, conninfo) = told.split_once('\n').unwrap();
    let mut sessions = Sessions::open(Connector::from_conninfo(conninfo), 1).unwrap();
    let file = reseq::file::Source::File(Path::new(folder).join("rows.csv"));
    let (planned, mut loader) =
        prepare_load(&mut sessions, &into("t", [file])).unwrap().begin(&sessions, |_| ()).unwrap();
    change(&mut sessions, &planned, &mut loader, &Path::new(folder).join("receipts")).unwrap();
}

fn start_victim(database: &Database, files: &Files) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "loading::killed::victim"])
        .env(VICTIM, format!("{}\n{}", files.path("").display(), database.conninfo()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until `what` is so; a test that waits for ever would never fail.
fn wait_until(mut what: impl FnMut() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited in vain");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Kills a load `delay` after it has begun; returns whether its rows are there.
fn kill(database: &Database, delay: Duration) -> bool {
    let files = Files::new();
    let rows: String =
        std::iter::once("id\n".to_owned()).chain((1..=ROWS).map(|id| format!("{id}\n"))).collect();
    files.write("rows.csv", rows);
    let mut victim = start_victim(database, &files);
    let receipts = files.path("receipts");
    wait_until(|| list(&receipts).is_ok_and(|receipts| !receipts.is_empty()));
    std::thread::sleep(delay);
    victim.kill().unwrap();
    victim.wait().unwrap();
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'reseq'";
    wait_until(|| database.value(others) == "0");

    let loaded = match database.value("SELECT count(*) FROM t").as_str() {
        "0" => false,
        count => {
            assert_eq!(count, ROWS.to_string());
            assert_eq!(database.value("SELECT nextval('t_id_seq')"), (ROWS + 1).to_string());
            true
        }
    };
    let mut receipt = Receipt::load(&list(&receipts).unwrap()[0]).unwrap();
    resolve(&mut database.session(), &mut receipt).unwrap();
    match receipt.change.unwrap().progress {
        Progress::Done => assert!(loaded),
        // Nothing was committed: the receipt has no transaction, or one that was rolled back.
        Progress::Planned | Progress::Failed => assert!(!loaded),
        Progress::Unknown => unreachable!("the server knows"),
    }
    loaded
}

#[test]
fn all_or_nothing_at_any_moment() {
    let (mut loaded, mut lost) = (0, 0);
    for delay in [0, 2, 10, 30, 60, 100, 150, 250, 400, 3000] {
        let database = on_newest().with("CREATE TABLE t (id serial PRIMARY KEY)");
        if kill(&database, Duration::from_millis(delay)) { loaded += 1 } else { lost += 1 }
    }
    assert!(loaded > 0 && lost > 0, "{loaded} were loaded, {lost} were not");
}

#[test]
fn all_or_nothing_on_every_version() {
    for database in on_every_version() {
        kill(&database.with("CREATE TABLE t (id serial PRIMARY KEY)"), Duration::from_millis(40));
    }
}
