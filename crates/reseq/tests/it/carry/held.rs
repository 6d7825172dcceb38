//! Values that sessions of the target hold in advance (CACHE): they end before anybody calls it safe.

use std::time::Duration;

use reseq::apply::Status;
use reseq::carry::{Safety, Verdict};
use reseq::diagnose::Code;
use reseq::pq::Connection;
use reseq::session::Sessions;

use super::{Carried, carry, carry_over, look_at};
use crate::fixing::assert_all_repaired;
use crate::last::{finish_with, options};
use crate::support::{Database, Role, on_newest, on_versions};

const SHOP: &str = "CREATE SEQUENCE s CACHE 1000; CREATE SEQUENCE round CACHE 10 CYCLE;
                    CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('s'))";

/// A source that has drawn 500 ids, replicated, and a session of the target that holds some of them in advance.
fn both_sides(source: Database, target: Database) -> (Database, Database, Connection) {
    let source = source.with(SHOP).with(
        "ALTER SEQUENCE s CACHE 1; INSERT INTO t SELECT nextval('s') FROM generate_series(1, 500);
         SELECT setval('round', 5)",
    );
    let target = target.with(SHOP);
    let mut session = target.connect();
    session.simple("INSERT INTO t DEFAULT VALUES; SELECT nextval('round')").unwrap();
    target.connect().simple("INSERT INTO t SELECT generate_series(2, 500)").unwrap();
    (source, target, session)
}

/// What the session that held values hands out next.
fn next(session: &mut Connection, sequence: &str) -> i64 {
    session.query(&format!("SELECT nextval('{sequence}')"), &[]).unwrap().row(0).unwrap().get(0).unwrap()
}

#[test]
fn they_end_once_and_the_next_value_stays() {
    for target in on_versions(&[10, 14, 18, 19]) {
        let (source, target, mut session) = both_sides(on_newest(), target);
        let Carried { outcome, receipt, .. } = carry(&source, &target);
        assert_all_repaired(&outcome);
        let moved: Vec<_> =
            outcome.sequences.iter().map(|one| (one.sequence.to_string(), one.target, one.calls)).collect();
        assert_eq!(moved, [("public.round".to_owned(), 11, 0), ("public.s".to_owned(), 1001, 0)]);
        assert_eq!(receipt.unwrap().steps.iter().map(|step| step.moves.len()).sum::<usize>(), 2);
        let again = look_at(&source, &target, &Default::default()).plan(&Default::default());
        assert_eq!((again.steps.len(), again.remaining.len()), (0, 0), "PostgreSQL {}", target.major());
        assert_eq!((next(&mut session, "s"), next(&mut session, "round")), (1001, 11));
    }
}

#[test]
fn a_sequence_that_is_moved_is_left_as_nobody_has_called_it() {
    let (source, target, mut session) = both_sides(on_newest(), on_newest());
    source.connect().simple("SELECT setval('s', 7000)").unwrap();
    let Carried { outcome, .. } = carry(&source, &target);
    assert_all_repaired(&outcome);
    assert_eq!(target.value("SELECT (last_value, is_called)::text FROM s"), "(7001,f)");
    assert_eq!(next(&mut session, "s"), 7001);
}

#[test]
fn the_last_carry_ends_them_before_its_proof() {
    let (source, target, mut session) = both_sides(on_newest(), on_newest());
    let finished =
        finish_with(&mut source.sessions(), &mut target.sessions(), &options(Duration::from_secs(30)))
            .unwrap();
    assert_eq!(finished.safety(), Safety::Safe, "{finished:#?}");
    session.simple("INSERT INTO t DEFAULT VALUES").unwrap();
}

#[test]
fn without_ownership_they_remain_and_nothing_is_proven() {
    let (source, target, _session) = both_sides(on_newest(), on_newest());
    let role = Role::on(&target);
    let grants = format!(
        "GRANT SELECT, UPDATE, USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}; GRANT SELECT ON t TO {role}"
    );
    target.connect().simple(&grants).unwrap();
    let as_role = || Sessions::open(target.connector_as(&role.name), 1).unwrap();
    let Carried { outcome, .. } = carry_over(&mut source.sessions(), &mut as_role(), &Default::default());
    assert!(!outcome.complete);
    assert!(outcome.sequences.statuses().all(|status| *status == Status::Repaired));
    let hint = "carry as the owner; or, as the owner: ALTER SEQUENCE public.s RESTART 1001";
    assert!(
        outcome.remaining.iter().any(|rest| rest.code == Code::Cached && rest.hint == hint),
        "{outcome:#?}"
    );
    let finished =
        finish_with(&mut source.sessions(), &mut as_role(), &options(Duration::from_secs(30))).unwrap();
    assert_eq!(finished.safety(), Safety::NotProven, "{finished:#?}");
    let proof = finished.last.unwrap().proof;
    assert!(proof.sequences.iter().all(|one| matches!(one.verdict, Verdict::NotProven(_))), "{proof:#?}");
    target.connect().simple("ALTER SEQUENCE s RESTART 1001; ALTER SEQUENCE round RESTART 11").unwrap();
    let again = look_at(&source, &target, &Default::default()).plan(&Default::default());
    assert_eq!(again.steps.len(), 0);
}
