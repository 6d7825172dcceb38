//! A fence is one run's alone, it is looked at again in the end, and what was read-only before stays so.

use std::time::Duration;

use reseq::carry::{
    FinishStage, Safety, fencing_run, is_read_only_by_default, refuse_second_fence, standing_fence,
};
use reseq::pq;
use reseq::session::{Connector, Interrupt, Sessions};
use reseq_scratch::{Cluster, newest_installation, testing};

use crate::fence::{LONG, finish_fenced, never_quiet, records, settings};
use crate::last::{SHOP, both_sides};
use crate::support::{Database, on_newest, on_versions};

const SHORT: Duration = Duration::from_secs(1);
const READ_ONLY: &str = "-: {default_transaction_read_only=on}";

fn alter(database: &Database, what: &str) {
    let statement = format!("ALTER DATABASE {} {what}", database.name);
    database.connect().simple(&format!("BEGIN READ WRITE; {statement}; COMMIT")).unwrap();
}

const STAND: &str = "SELECT (last_value, is_called)::text FROM orders_id_seq";

#[test]
fn one_run_at_a_time_fences_a_database() {
    for source in on_versions(&[10, 18]) {
        let (source, target) = both_sides(source);
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let finished =
            finish_fenced(&mut source.sessions(), &mut target.sessions(), LONG, folder.path(), |stage| {
                if stage == FinishStage::WaitingForQuiet {
                    // The other one would have something to move.
                    source
                        .connect()
                        .simple("BEGIN READ WRITE; SELECT nextval('orders_id_seq'); COMMIT")
                        .unwrap();
                    let stand = target.value(STAND);
                    let (mut from, mut to) = (source.sessions(), target.sessions());
                    let run = fencing_run(&mut from).unwrap().unwrap();
                    assert_eq!(fencing_run(&mut to).unwrap(), None);
                    let error = finish_fenced(&mut from, &mut to, LONG, elsewhere.path(), |_| unreachable!())
                        .unwrap_err();
                    let words = error.to_string();
                    assert_eq!(
                        words,
                        format!("another run of reseq fences the database {}: {run}", source.name)
                    );
                    assert!(words.contains(" (as postgres"), "{words}");
                    assert_eq!(refuse_second_fence(&mut from).unwrap_err().to_string(), words);
                    assert_eq!(target.value(STAND), stand);
                    assert_eq!((settings(&source).as_str(), records(elsewhere.path())), (READ_ONLY, 0));
                }
            })
            .unwrap();
        assert_eq!(finished.safety(), Safety::Safe);
        // It is over: the next one may.
        refuse_second_fence(&mut source.sessions()).unwrap();
        assert_eq!(fencing_run(&mut source.sessions()).unwrap(), None);
        let again =
            finish_fenced(&mut source.sessions(), &mut target.sessions(), LONG, folder.path(), |_| ());
        assert_eq!(again.unwrap().safety(), Safety::Safe);
    }
}

/// Ends the sessions that keep other runs from fencing the database.
const END_CLAIM: &str = "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l
                         WHERE l.locktype = 'advisory' AND l.classid = 1919251301 AND l.database =
                           (SELECT oid FROM pg_database WHERE datname = current_database())";

#[test]
fn a_claim_that_was_cut_off_is_made_again() {
    let (source, target) = both_sides(on_newest());
    let folder = tempfile::tempdir().unwrap();
    let finished =
        finish_fenced(&mut source.sessions(), &mut target.sessions(), LONG, folder.path(), |stage| {
            if stage == FinishStage::CarryingExactly {
                assert_eq!(source.value(END_CLAIM), "1");
            }
        });
    assert_eq!(finished.unwrap().safety(), Safety::Safe);
}

#[test]
fn a_fence_that_another_run_has_taken_over_is_left_to_it() {
    let (source, target) = both_sides(on_newest());
    let folder = tempfile::tempdir().unwrap();
    let mut other = None;
    let error = finish_fenced(&mut source.sessions(), &mut target.sessions(), LONG, folder.path(), |stage| {
        if stage == FinishStage::Proving {
            source.value(END_CLAIM);
            let mut connection = source.connect();
            connection.simple("BEGIN; SELECT pg_advisory_xact_lock(1919251301, 1717923427)").unwrap();
            other = Some(connection);
        }
    })
    .unwrap_err();
    let words = format!("still fenced: another run of reseq fences the database {}", source.name);
    assert!(error.to_string().contains(&words), "{error}");
    assert_eq!((settings(&source).as_str(), records(folder.path())), (READ_ONLY, 1));
}

#[test]
fn a_fence_that_was_lifted_meanwhile_proves_nothing() {
    for source in on_versions(&[10, 18]) {
        let (source, target) = both_sides(source);
        let folder = tempfile::tempdir().unwrap();
        let finished =
            finish_fenced(&mut source.sessions(), &mut target.sessions(), LONG, folder.path(), |stage| {
                if stage == FinishStage::Proving {
                    alter(&source, LIFT);
                }
            })
            .unwrap();
        assert_eq!(finished.safety(), Safety::NotProven);
        let fence = finished.fence.unwrap();
        assert_eq!((fence.broken.as_deref(), fence.lifted), (Some("it was lifted meanwhile"), true));
        assert_eq!((settings(&source).as_str(), records(folder.path())), ("", 0));
    }
}

const LIFT: &str = "RESET default_transaction_read_only";
const RAISE: &str = "SET default_transaction_read_only = on";

/// Who came in between may write; and whoever has raised it anew, as a run from elsewhere that was safe, counts on it.
#[test]
fn a_fence_that_somebody_else_has_raised_anew_is_left_standing() {
    for source in on_versions(&[10, 18]) {
        let (source, target) = both_sides(source);
        for statements in [&[LIFT, RAISE][..], &[RAISE]] {
            let folder = tempfile::tempdir().unwrap();
            let error =
                finish_fenced(&mut source.sessions(), &mut target.sessions(), LONG, folder.path(), |stage| {
                    if stage == FinishStage::Proving {
                        source.value(END_CLAIM);
                        statements.iter().for_each(|statement| alter(&source, statement));
                    }
                })
                .unwrap_err();
            let words = "still fenced: the settings of the database were changed meanwhile by somebody else";
            assert!(error.to_string().contains(words), "{error}");
            assert_eq!((settings(&source).as_str(), records(folder.path())), (READ_ONLY, 1));
            alter(&source, LIFT);
        }
    }
}

#[test]
fn what_was_read_only_before_stays_so() {
    for own in ["on", "true"] {
        let (source, target) = both_sides(on_newest());
        let gid = never_quiet(&source);
        alter(&source, &format!("SET default_transaction_read_only = '{own}'"));
        let before = settings(&source);
        assert!(is_read_only_by_default(&mut source.sessions()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let (mut from, mut to) = (source.sessions(), target.sessions());
        assert_eq!(standing_fence(&mut from, folder.path()).unwrap(), None);

        // Not safe, and an error.
        let finished = finish_fenced(&mut from, &mut to, SHORT, folder.path(), |_| ()).unwrap();
        assert_eq!(finished.safety(), Safety::NotSafe);
        let fence = finished.fence.unwrap();
        assert_eq!((fence.was_on, fence.lifted), (true, false));
        assert_eq!((settings(&source), records(folder.path())), (before.clone(), 0));
        let interrupt = Interrupt::default();
        let mut from = Sessions::open(source.connector().interrupt(interrupt.clone()), 2).unwrap();
        let mut stages = Vec::new();
        finish_fenced(&mut from, &mut to, SHORT, folder.path(), |stage| {
            stages.push(stage);
            if stage == FinishStage::WaitingForQuiet {
                interrupt.trigger();
            }
        })
        .unwrap_err();
        assert_eq!(stages.last(), Some(&FinishStage::ReadOnlyAsBefore));
        assert_eq!((settings(&source), records(folder.path())), (before.clone(), 0));

        let mut finisher = source.connect();
        finisher.simple(&format!("ROLLBACK PREPARED '{gid}'")).unwrap();
        let finished = finish_fenced(&mut source.sessions(), &mut to, LONG, folder.path(), |_| ()).unwrap();
        assert_eq!(finished.safety(), Safety::Safe);
        source.connect().simple(&finished.fence.unwrap().lift).unwrap();
        source.connect().simple("SELECT nextval('tickets')").unwrap();
    }
}

#[test]
fn a_server_that_is_read_only_by_default_stays_so() {
    let mut cluster = Cluster::start(&newest_installation().unwrap(), &testing::options()).unwrap();
    let port = cluster.port().to_string();
    let keywords =
        [("host", "127.0.0.1"), ("port", port.as_str()), ("user", "postgres"), ("dbname", "postgres")];
    let connect = || pq::Connection::connect(&keywords).unwrap();
    connect().simple(SHOP).unwrap();
    connect().simple("ALTER SYSTEM SET default_transaction_read_only = on").unwrap();
    connect().simple("SELECT pg_reload_conf()").unwrap();
    let target = on_newest().with(SHOP);
    let connector =
        Connector::new(keywords.map(|(word, value)| (word.to_owned(), value.to_owned())).to_vec());
    let mut from = Sessions::open(connector, 2).unwrap();
    while !is_read_only_by_default(&mut from).unwrap() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let folder = tempfile::tempdir().unwrap();
    let finished = finish_fenced(&mut from, &mut target.sessions(), LONG, folder.path(), |_| ()).unwrap();
    let fence = finished.fence.unwrap();
    assert!(fence.was_on, "{fence:?}");
    connect().simple("SELECT nextval('tickets')").unwrap_err();
    connect().simple(&fence.lift).unwrap();
    connect().simple("SELECT nextval('tickets')").unwrap();
    cluster.stop(reseq_scratch::StopMode::Fast).unwrap();
}

#[test]
fn a_role_that_was_let_out_meanwhile_proves_nothing() {
    let source = on_newest();
    let role = crate::support::Role::on(&source);
    let (source, target) = both_sides(source);
    let folder = tempfile::tempdir().unwrap();
    let finished =
        finish_fenced(&mut source.sessions(), &mut target.sessions(), LONG, folder.path(), |stage| {
            if stage == FinishStage::Proving {
                let free = format!("ALTER ROLE {role} SET default_transaction_read_only = off");
                source.connect().simple(&format!("BEGIN READ WRITE; {free}; COMMIT")).unwrap();
            }
        })
        .unwrap();
    assert_eq!(finished.safety(), Safety::NotProven);
    let broken = finished.fence.unwrap().broken.unwrap();
    assert!(broken.contains(&format!("does not bind {role}")), "{broken}");
}
