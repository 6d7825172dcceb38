//! Changes: one transaction, all of it or nothing, and a receipt that tells which.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use reseq::apply::receipt::{self, Ended, Progress, Receipt};
use reseq::apply::{ChangeOutcome, NoStreams, change, resolve};
use reseq::model::{Definition, IntegerType, Oid, QuotedName, State};
use reseq::plan::{Act, Change, Destination, RestartOptions, SequenceChange, Work};
use reseq::session::{Connector, Sessions};
use reseq::{Restart, SCAN_LIMIT};

use crate::interrupted::{wait_for, wait_for_backends, wait_for_receipt};
use crate::support::{Database, on_every_version, on_newest};

const FRESH: State = State { last_value: 1, is_called: false };

/// A change of `public.s`: locks it, does these acts.
fn of_sequence(database: &Database, acts: Vec<Act>) -> Change {
    let oid = database.value("SELECT 'public.s'::regclass::oid").parse().unwrap();
    let definition = Definition {
        data_type: IntegerType::BigInt,
        start: 1,
        min: 1,
        max: i64::MAX,
        increment: 1,
        cycle: false,
        cache: 1,
    };
    let name = QuotedName::from_server("public.s");
    let sequence = SequenceChange { oid: Oid(oid), name, definition, before: FRESH, next: Some(5) };
    let locks = sequence.lock().into();
    Change { command: "restart", sequences: vec![sequence], locks, acts, ..Change::default() }
}

fn restart() -> Act {
    Act::new("restart", Work::Run("ALTER SEQUENCE public.s RESTART 5".to_owned()))
}

fn run(database: &Database, planned: &Change, folder: &Path) -> reseq::Result<ChangeOutcome> {
    change(&mut database.sessions(), planned, &mut NoStreams, folder)
}

fn the_receipt(folder: &Path) -> Receipt {
    Receipt::load(&receipt::list(folder).unwrap()[0]).unwrap()
}

#[test]
fn all_is_done_and_the_receipt_says_so() {
    for database in on_every_version() {
        let database = database.with("CREATE SEQUENCE s");
        database.connect().simple("SELECT nextval('s')").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let outcome = run(&database, &of_sequence(&database, vec![restart()]), folder.path()).unwrap();
        assert!(outcome.is_done());
        assert_eq!(database.value("SELECT nextval('s')"), "5");
        let receipt = Receipt::load(&outcome.receipt.unwrap()).unwrap();
        let changed = receipt.change.unwrap();
        assert_eq!(changed, outcome.changed);
        assert_eq!(changed.sequences[0].before, State { last_value: 1, is_called: true }, "under the lock");
        assert_eq!(changed.sequences[0].after, Some(State { last_value: 5, is_called: false }));
        let status = format!("SELECT txid_status({})", changed.transaction.unwrap());
        assert_eq!(database.value(&status), "committed");
    }
}

#[test]
fn a_demand_that_is_not_met_undoes_everything() {
    let database = on_newest().with("CREATE SEQUENCE s");
    let folder = tempfile::tempdir().unwrap();
    let demand = "SELECT 'a row stands in the way', 'go elsewhere'".to_owned();
    let planned = of_sequence(&database, vec![restart(), Act::new("look", Work::Demand(demand))]);
    let error = run(&database, &planned, folder.path()).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.hint().as_deref()),
        ("a row stands in the way", Some("go elsewhere"))
    );
    assert_eq!(database.value("SELECT nextval('s')"), "1");
    let changed = the_receipt(folder.path()).change.unwrap();
    assert_eq!(
        (changed.progress, changed.error.as_deref()),
        (Progress::Failed, Some("a row stands in the way"))
    );
}

#[test]
fn what_holds_a_lock_for_a_while_is_waited_for() {
    let database = on_newest().with("CREATE SEQUENCE s");
    let mut other = database.connect();
    other.simple("BEGIN; SELECT nextval('s')").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let planned = of_sequence(&database, vec![restart()]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(1500));
            other.simple("COMMIT").unwrap();
        });
        assert!(run(&database, &planned, folder.path()).unwrap().is_done());
    });
    assert_eq!(database.value("SELECT nextval('s')"), "5");
}

#[test]
fn without_a_receipt_nothing_is_done() {
    let database = on_newest().with("CREATE SEQUENCE s");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = run(&database, &of_sequence(&database, vec![restart()]), &file.join("receipts")).unwrap_err();
    assert!(error.to_string().starts_with("could not make the folder "), "{error}");
    assert_eq!(database.value("SELECT nextval('s')"), "1");
}

/// Deferred, the trigger holds up COMMIT; what stands there is ended by hand.
#[test]
fn a_connection_that_is_lost_at_commit_is_asked_about_over_another() {
    let database = on_newest().with(
        "CREATE SEQUENCE s; CREATE TABLE t (n int);
         CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END';
         CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE PROCEDURE dawdle()",
    );
    let folder = tempfile::tempdir().unwrap();
    let insert = Act::new("insert", Work::Run("INSERT INTO public.t VALUES (1)".to_owned()));
    let planned = of_sequence(&database, vec![restart(), insert]);
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            let sleeping = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                            WHERE datname = current_database() AND wait_event = 'PgSleep'";
            wait_for(|| (database.value(sleeping) != "0").then_some(()));
        });
        run(&database, &planned, folder.path()).unwrap_err()
    });
    assert!(error.to_string().starts_with("could not commit what reseq restart has done: "), "{error}");
    let changed = the_receipt(folder.path()).change.unwrap();
    assert_eq!(changed.progress, Progress::Failed);
    let status = format!("SELECT txid_status({})", changed.transaction.unwrap());
    assert_eq!(database.value(&status), "aborted");
    assert_eq!(database.value("SELECT nextval('s')"), "1");
}

const SEQUENCES: usize = 100;

/// What tells the victim where to work; without it the test is no victim.
const VICTIM: &str = "RESEQ_TEST_RESTART_VICTIM";

/// The process that is killed: this very test binary, told by the environment to restart the test's sequences.
#[test]
fn victim() {
    let Some(told) = std::env::var_os(VICTIM) else { return };
    let told = told.into_string().unwrap();
    let (folder, conninfo) = told.split_once('\n').unwrap();
    let mut sessions = Sessions::open(Connector::from_conninfo(conninfo), 1).unwrap();
    let targets: Vec<String> = (1..=SEQUENCES).map(|n| format!("t{n}")).collect();
    let options =
        RestartOptions { destination: Destination::With(1000), allow_backward: false, force: false };
    let restart = Restart::look(&mut sessions, &targets, Some(options), &[], SCAN_LIMIT, false).unwrap();
    change(&mut sessions, &restart.plan().unwrap(), &mut NoStreams, Path::new(folder)).unwrap();
}

#[test]
fn a_run_that_is_killed_has_done_all_or_nothing_and_the_receipt_tells_which() {
    let database = on_newest().with(&format!(
        "DO $$ BEGIN FOR n IN 1..{SEQUENCES} LOOP
           EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY)', n);
         END LOOP; END $$"
    ));
    let restarted = "SELECT count(*) FROM pg_sequences WHERE nextval(format('%I', sequencename)) = 1000";
    let mut endings = Vec::new();
    // The last one is not killed.
    for moment in 0..=10 {
        let folder = tempfile::tempdir().unwrap();
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "changing::victim"])
            .env(VICTIM, format!("{}\n{}", folder.path().display(), database.conninfo()))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let receipt = wait_for_receipt(folder.path());
        if moment < 10 {
            let random = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_micros() % 60_000;
            std::thread::sleep(Duration::from_micros(u64::from(moment * 60_000 + random)));
            victim.kill().unwrap();
        }
        victim.wait().unwrap();
        wait_for_backends(&database);
        let mut receipt = Receipt::load(&receipt).unwrap();
        resolve(&mut database.session(), &mut receipt).unwrap();
        // Reading the next values draws them; then they begin anew.
        let done = match database.value(restarted).parse::<usize>().unwrap() {
            0 => Ended::NothingChanged,
            SEQUENCES => Ended::Done,
            some => unreachable!("{some} were restarted"),
        };
        assert_eq!(receipt.ended(), done, "killed in moment {moment}: {:?}", receipt.run);
        endings.push(done);
        let again = "SELECT count(setval(format('%I', sequencename), 1, false)) FROM pg_sequences";
        database.value(again);
    }
    assert!(endings.contains(&Ended::NothingChanged) && endings.contains(&Ended::Done), "{endings:?}");
}
