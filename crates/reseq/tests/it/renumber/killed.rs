//! A run that is killed has done all or nothing, and its receipt tells which.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use reseq::apply::receipt::{self, Progress, Receipt};
use reseq::apply::resolve;
use reseq::plan::RenumberMethod;
use reseq::plan_renumber;
use reseq::session::{Connector, Sessions};

use super::{carry_out_in, request};
use crate::support::{Database, on_newest};

/// What tells the victim where to work; without it the test is no victim.
const VICTIM: &str = "RESEQ_TEST_VICTIM_RENUMBER";

/// The process that is killed: this very test binary, told by the environment to renumber the test's table.
#[test]
fn victim() {
    let Some(told) = std::env::var_os(VICTIM) else { return };
    let told = told.into_string().unwrap();
    let [folder, conninfo, method] = told.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let method = if method == "Update" { RenumberMethod::Update } else { RenumberMethod::Rebuild };
    let mut sessions = Sessions::open(Connector::from_conninfo(conninfo), 1).unwrap();
    let planned = plan_renumber(&mut sessions, &request("t", 100_000, method)).unwrap();
    carry_out_in(&mut sessions, &planned, Path::new(folder)).unwrap();
}

const MAKE: &str = "
    CREATE TABLE t (id serial PRIMARY KEY, n int);
    CREATE TABLE c (t int NOT NULL REFERENCES t, n int);
    CREATE INDEX ON c (t);
    INSERT INTO t (n) SELECT i FROM generate_series(1, 20000) i;
    INSERT INTO c SELECT id, n FROM t";

/// `old`, `new`, or what else there is.
fn state(database: &Database) -> String {
    database.value(
        "SELECT CASE WHEN string_agg(DISTINCT (t.id - t.n)::text, ',') = '0' AND count(*) = 20000
                        AND (SELECT last_value FROM t_id_seq) = 20000 THEN 'old'
                    WHEN string_agg(DISTINCT (t.id - t.n)::text, ',') = '99999' AND count(*) = 20000
                        AND (SELECT last_value FROM t_id_seq) = 119999 THEN 'new'
                    ELSE concat(count(*), ' rows, by ', string_agg(DISTINCT (t.id - t.n)::text, ',')) END
         FROM t JOIN c ON c.t = t.id AND c.n = t.n",
    )
}

fn kill_after(method: RenumberMethod, delay: Duration) -> &'static str {
    let database = on_newest().with(MAKE);
    let folder = tempfile::tempdir().unwrap();
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "renumber::killed::victim"])
        .env(VICTIM, format!("{}\n{}\n{method:?}", folder.path().display(), database.conninfo()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let path = loop {
        if let Some(path) = receipt::list(folder.path()).ok().and_then(|mut list| list.pop()) {
            break path;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    std::thread::sleep(delay);
    victim.kill().unwrap();
    victim.wait().unwrap();
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'reseq'";
    while database.value(others) != "0" {
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut receipt = Receipt::load(&path).unwrap();
    resolve(&mut database.session(), &mut receipt).unwrap();
    let progress = receipt.change.unwrap().progress;
    let expected = if progress == Progress::Done { "new" } else { "old" };
    assert_eq!(state(&database), expected, "{method:?} after {delay:?}: {progress:?}");
    assert_ne!(progress, Progress::Unknown);
    expected
}

#[test]
fn all_or_nothing_is_done_and_the_receipt_tells_which() {
    let moments = [0, 10, 30, 60, 100, 160, 250, 400, 700, 8000].map(Duration::from_millis);
    for method in [RenumberMethod::Rebuild, RenumberMethod::Update] {
        let ends = moments.map(|moment| kill_after(method, moment));
        assert!(ends.contains(&"old") && ends.contains(&"new"), "{ends:?}");
    }
}
