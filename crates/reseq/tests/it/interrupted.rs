//! Runs that end in the middle: killed, interrupted, their connection lost.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reseq::apply::receipt::{Progress, Receipt, list};
use reseq::apply::{ApplyOptions, Recorder, Status, apply};
use reseq::model::State;
use reseq::plan::FixOptions;
use reseq::session::{Connector, Limits, Sessions};

use crate::fixing::{carry_out, plan};
use crate::support::{Database, on_newest};

const SEQUENCES: usize = 200;

/// What tells the victim where to work; without it the test is no victim.
const VICTIM: &str = "RESEQ_TEST_VICTIM";

/// Draws up to ten values, and alters for more: every other sequence needs the one and the other.
fn options() -> ApplyOptions {
    let fix = FixOptions { draw_limit: 10, ..FixOptions::default() };
    ApplyOptions { fix, ..ApplyOptions::default() }
}

fn damaged() -> Database {
    on_newest().with(&format!(
        "DO $$ BEGIN FOR n IN 1..{SEQUENCES} LOOP
           EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY)', n);
           EXECUTE format('INSERT INTO t%s SELECT generate_series(1, %s)', n, 5 + n % 2 * 50);
         END LOOP; END $$"
    ))
}

/// The process that is killed: this very test binary, told by the environment to repair the test's database.
#[test]
fn victim() {
    let Some(told) = std::env::var_os(VICTIM) else { return };
    let told = told.into_string().unwrap();
    let (folder, conninfo) = told.split_once('\n').unwrap();
    let mut sessions = Sessions::open(Connector::from_conninfo(conninfo), 2).unwrap();
    let (catalog, plan) = plan(&mut sessions, &options());
    let recorder = Recorder::begin(Path::new(folder), "fix", sessions.server(), &plan).unwrap();
    apply(&mut sessions, &catalog, plan, &options(), recorder).unwrap();
}

fn start_victim(database: &Database, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "interrupted::victim"])
        .env(VICTIM, format!("{}\n{}", folder.display(), database.conninfo()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until `what` gives something; a test that waits for ever would never fail.
pub(crate) fn wait_for<T>(mut what: impl FnMut() -> Option<T>) -> T {
    for _ in 0..20_000 {
        if let Some(found) = what() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    unreachable!("waited in vain");
}

pub(crate) fn wait_for_receipt(folder: &Path) -> PathBuf {
    wait_for(|| list(folder).unwrap().pop())
}

/// The server takes a moment to see that the client is gone.
pub(crate) fn wait_for_backends(database: &Database) {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'reseq'";
    wait_for(|| (database.value(others) == "0").then_some(()));
}

fn state(connection: &mut reseq::pq::Connection, name: &str) -> State {
    let rows = connection.query(&format!("SELECT last_value, is_called FROM {name}"), &[]).unwrap();
    let row = rows.row(0).unwrap();
    State { last_value: row.get(0).unwrap(), is_called: row.get(1).unwrap() }
}

/// Every sequence is where it was or right, or, where drawing was cut short, between; and the receipt tells.
fn assert_receipt_tells(database: &Database, receipt: &Receipt) -> [usize; 3] {
    assert_eq!(receipt.steps.len(), SEQUENCES);
    let mut connection = database.connect();
    let [mut planned, mut unknown, mut done] = [0; 3];
    for step in &receipt.steps {
        let now = state(&mut connection, step.sequence.as_str());
        let right = State { last_value: step.target - 1, is_called: true };
        match step.progress {
            Progress::Planned => {
                assert_eq!(now, step.before, "{step:?}");
                planned += 1;
            }
            Progress::Unknown => {
                assert!(
                    now.last_value >= step.before.last_value && now.last_value <= right.last_value,
                    "{step:?}"
                );
                unknown += 1;
            }
            Progress::Done => {
                assert_eq!(now, right, "{step:?}");
                done += 1;
            }
            Progress::Failed => unreachable!("{step:?}"),
        }
    }
    [planned, unknown, done]
}

#[test]
fn a_run_that_is_killed_tells_what_it_did() {
    let mut cut_short = 0;
    for delay in [0, 5, 15, 40, 80] {
        let database = damaged();
        let folder = tempfile::tempdir().unwrap();
        let mut victim = start_victim(&database, folder.path());
        let receipt = wait_for_receipt(folder.path());
        std::thread::sleep(Duration::from_millis(delay));
        victim.kill().unwrap();
        victim.wait().unwrap();
        wait_for_backends(&database);
        let [planned, unknown, done] = assert_receipt_tells(&database, &Receipt::load(&receipt).unwrap());
        cut_short += usize::from(planned + unknown > 0 && done > 0);

        let mut sessions = database.sessions();
        let rest = plan(&mut sessions, &options());
        assert!(rest.1.steps.len() <= planned + unknown);
        assert!(carry_out(&mut sessions, &rest, &options()).outcome.complete);
        assert_eq!(plan(&mut sessions, &options()).1.steps.len(), 0);
    }
    assert!(cut_short > 0, "no run was killed in the middle");
}

#[test]
fn a_run_that_is_interrupted_ends_in_order() {
    // Long enough to be interrupted.
    let slow = "
        CREATE FUNCTION pause() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); END';
        CREATE EVENT TRIGGER pause ON ddl_command_end WHEN TAG IN ('ALTER SEQUENCE') EXECUTE PROCEDURE pause()";
    let database = damaged().with(slow);
    let connector = database.connector();
    let interrupt = connector.interrupted_by().clone();
    let mut sessions = Sessions::open(connector, 1).unwrap();
    let planned = plan(&mut sessions, &options());
    let fixed = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(40));
            interrupt.trigger();
        });
        carry_out(&mut sessions, &planned, &options())
    });
    assert!(fixed.outcome.interrupted && !fixed.outcome.complete);
    let receipt = fixed.receipt.unwrap();
    assert!(receipt.run.finished.is_some());
    drop(sessions);
    wait_for_backends(&database);
    let [planned, ..] = assert_receipt_tells(&database, &receipt);
    assert!(planned > 0, "the run was over before it was interrupted");
    let not_begun = fixed.outcome.sequences.iter().filter(|repair| repair.status == Status::NotBegun);
    assert_eq!(not_begun.count(), planned);
}

#[test]
fn a_run_that_loses_its_connection_ends_in_order() {
    let database = damaged();
    // One sequence holds the run up until its connection is gone.
    let mut other = database.connect();
    other.simple("BEGIN; ALTER SEQUENCE t101_id_seq CACHE 1").unwrap();
    let limits = Limits { lock_timeout: Duration::ZERO, ..Limits::default() };
    let connector = database.connector().limits(limits).retry(Duration::ZERO);
    let mut sessions = Sessions::open(connector, 1).unwrap();
    let planned = plan(&mut sessions, &options());
    let fixed = std::thread::scope(|scope| {
        scope.spawn(|| {
            // Together with others it hardly waits.
            let waiting = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                           WHERE application_name = 'reseq' AND datname = current_database() AND wait_event_type = 'Lock' \
                           AND clock_timestamp() - query_start > interval '50 ms'";
            wait_for(|| (database.value(waiting) != "0").then_some(()));
        });
        carry_out(&mut sessions, &planned, &options())
    });
    other.simple("ROLLBACK").unwrap();
    let mut statuses = fixed.outcome.sequences.statuses();
    assert!(statuses.all(|status| matches!(status, Status::Unknown { .. } | Status::NotBegun)));
    let [planned, unknown, done] = assert_receipt_tells(&database, &fixed.receipt.unwrap());
    assert!(planned > 0 && unknown == 1 && done > 0, "{planned} {unknown} {done}");
}
