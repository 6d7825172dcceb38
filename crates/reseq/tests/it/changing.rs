//! Changes: one transaction, all of it or nothing, and a receipt that tells which.

use std::path::Path;

use reseq::apply::receipt::{self, Progress, Receipt};
use reseq::apply::{ChangeOutcome, NoStreams, change};
use reseq::model::{Definition, IntegerType, Oid, QuotedName, State};
use reseq::plan::{Act, Change, SequenceChange, Work};

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
