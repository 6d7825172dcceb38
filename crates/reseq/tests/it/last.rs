//! The last carry: it waits until the source hands out nothing, carries exactly, and proves it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reseq::apply::{ApplyOptions, Holder};
use reseq::carry::{CarryOptions, Carrying, FinishOptions, Finished, Safety, Verdict, finish, look};
use reseq::plan::FixOptions;
use reseq::pq;
use reseq::session::Sessions;

use crate::support::{Database, SetOnDrop, on_every_version, on_newest, on_versions};

/// The same on both sides; the source's sequences have drawn.
pub(crate) const SHOP: &str = "CREATE TABLE orders (id serial PRIMARY KEY, placed timestamptz);
                    CREATE TABLE refunds (id bigint GENERATED ALWAYS AS IDENTITY (INCREMENT -1) PRIMARY KEY);
                    CREATE SEQUENCE tickets START 77";
const DRAWN: &str = "INSERT INTO orders (placed) SELECT now() FROM generate_series(1, 1000);
                     SELECT nextval('refunds_id_seq') FROM generate_series(1, 20)";

/// A source that has drawn, and a target on the newest server that has not.
pub(crate) fn both_sides(source: Database) -> (Database, Database) {
    let source = source.with(SHOP).with(DRAWN);
    (source, on_newest().with(SHOP))
}

pub(crate) fn options(wait: Duration) -> FinishOptions {
    FinishOptions { carry: CarryOptions::default(), apply: ApplyOptions::default(), wait, fence: false }
}

pub(crate) fn finish_with(
    source: &mut Sessions,
    target: &mut Sessions,
    options: &FinishOptions,
) -> reseq::Result<Finished> {
    let receipts = tempfile::tempdir().unwrap();
    let first = look(source, target, &options.carry)?;
    let plan = first.plan(&FixOptions::default());
    finish(source, target, &first, plan, options, receipts.path(), &mut |_| ())
}

fn finish_within(source: &Database, target: &Database, wait: Duration) -> Finished {
    finish_with(&mut source.sessions(), &mut target.sessions(), &options(wait)).unwrap()
}

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(300);

#[test]
fn what_is_quiet_is_carried_exactly_and_proven() {
    for source in on_every_version() {
        let (source, target) = both_sides(source);
        let finished = finish_within(&source, &target, LONG);
        assert_eq!(finished.safety(), Safety::Safe, "{finished:#?}");
        let proof = finished.last.unwrap().proof;
        let proven: Vec<_> = proof
            .sequences
            .iter()
            .map(|one| (one.target.as_str(), one.source_next_value, one.target_next_value))
            .collect();
        let expected = [
            ("public.orders_id_seq", Some(1001), Some(1001)),
            ("public.refunds_id_seq", Some(-21), Some(-21)),
            ("public.tickets", Some(77), Some(77)),
        ];
        assert_eq!(proven, expected, "PostgreSQL {}", source.major());
    }
}

#[test]
fn with_a_source_that_is_used_up_the_target_is_too() {
    const SMALL: &str = "CREATE SEQUENCE small MAXVALUE 5";
    let (source, target) = both_sides(on_newest());
    let source = source.with(SMALL).with("SELECT setval('small', 5)");
    let target = target.with(SMALL);
    let finished = finish_within(&source, &target, LONG);
    assert_eq!(finished.safety(), Safety::Safe, "{finished:#?}");
    let proof = finished.last.unwrap().proof;
    let small = proof.sequences.iter().find(|one| one.target.as_str() == "public.small").unwrap();
    assert_eq!((small.source_next_value, small.target_next_value), (None, None));
}

#[test]
fn a_transaction_that_has_drawn_is_waited_for() {
    for source in on_versions(&[10, 18]) {
        let (source, target) = both_sides(source);
        let mut drawing = source.connect();
        drawing.simple("SET application_name = 'shop'; BEGIN; SELECT nextval('tickets')").unwrap();
        let finished = finish_within(&source, &target, SHORT);
        assert_eq!(finished.safety(), Safety::NotSafe);
        assert!(finished.last.is_none());
        let [found] = &finished.quiet.drawing[..] else { panic!("{:#?}", finished.quiet) };
        assert_eq!(found.holder, Holder::Pid(drawing.backend_pid()));
        assert_eq!(found.application.as_deref(), Some("shop"));
        let relations: Vec<_> = found.relations.iter().map(|name| name.as_str()).collect();
        assert_eq!(relations, ["public.tickets"]);
        let finished = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(SHORT);
                drawing.simple("SELECT nextval('tickets'); COMMIT").unwrap();
            });
            finish_within(&source, &target, LONG)
        });
        assert_eq!(finished.safety(), Safety::Safe);
        assert_eq!(target.value("SELECT nextval('tickets')"), "79");
    }
}

#[test]
fn a_transaction_that_has_written_ids_of_its_own_is_waited_for() {
    let (source, target) = both_sides(on_newest());
    let mut writing = source.connect();
    writing.simple("BEGIN; INSERT INTO orders VALUES (5000)").unwrap();
    let finished = finish_within(&source, &target, SHORT);
    let relations: Vec<_> = finished.quiet.drawing[0].relations.iter().map(|name| name.as_str()).collect();
    assert_eq!(relations, ["public.orders"]);
}

#[test]
fn a_prepared_transaction_is_named() {
    let (source, target) = both_sides(on_newest());
    let gid = format!("the {} one", source.name);
    source
        .connect()
        .simple(&format!("BEGIN; SELECT nextval('tickets'); PREPARE TRANSACTION '{gid}'"))
        .unwrap();
    let finished = finish_within(&source, &target, SHORT);
    assert_eq!(finished.quiet.drawing[0].holder, Holder::Prepared(gid.clone()));
    source.connect().simple(&format!("COMMIT PREPARED '{gid}'")).unwrap();
    assert_eq!(finish_within(&source, &target, LONG).safety(), Safety::Safe);
}

/// Creates a sequence with a row that nobody else sees.
const CREATE: &str = "BEGIN; CREATE TABLE late (id serial PRIMARY KEY); INSERT INTO late DEFAULT VALUES";

#[test]
fn a_transaction_that_may_have_created_a_sequence_is_waited_for() {
    for source in on_versions(&[10, 18]) {
        let (source, target) = both_sides(source);
        let mut creating = source.connect();
        creating.simple(CREATE).unwrap();
        let finished = finish_within(&source, &target, Duration::from_secs(1));
        assert_eq!(finished.safety(), Safety::NotSafe);
        let [found] = &finished.quiet.drawing[..] else { panic!("{:#?}", finished.quiet) };
        assert_eq!(found.holder, Holder::Pid(creating.backend_pid()));
        assert!(found.relations.is_empty() && finished.last.is_none());
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(1500));
                // The id of a later subtransaction, and then none of a session's.
                creating.simple("SAVEPOINT a; INSERT INTO late DEFAULT VALUES").unwrap();
                thread::sleep(Duration::from_millis(300));
                creating.simple("COMMIT").unwrap();
            });
            let finished = finish_within(&source, &target, LONG);
            assert_eq!(finished.safety(), Safety::NotSafe);
            let Carrying { source, pairs, .. } = finished.last.unwrap().carrying;
            let missing: Vec<_> =
                pairs.missing.iter().map(|id| source.catalog.sequence(*id).name.as_str()).collect();
            assert_eq!(missing, ["public.late_id_seq"]);
        });
        // Where the target has it too, it is carried.
        target.connect().simple("CREATE TABLE late (id serial PRIMARY KEY)").unwrap();
        assert_eq!(finish_within(&source, &target, LONG).safety(), Safety::Safe);
        assert_eq!(target.value("SELECT nextval('late_id_seq')"), "3");
    }
}

#[test]
fn a_sequence_that_appears_meanwhile_on_both_sides_is_carried() {
    let (source, target) = both_sides(on_newest());
    target.connect().simple("CREATE TABLE late (id serial PRIMARY KEY)").unwrap();
    let mut creating = source.connect();
    creating.simple(CREATE).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(1500));
            creating.simple("COMMIT").unwrap();
        });
        assert_eq!(finish_within(&source, &target, LONG).safety(), Safety::Safe);
    });
    assert_eq!(target.value("SELECT nextval('late_id_seq')"), "2");
}

#[test]
fn a_prepared_transaction_that_may_have_created_a_sequence_is_named() {
    let (source, target) = both_sides(on_newest());
    let gid = format!("late of {}", source.name);
    source.connect().simple(&format!("{CREATE}; PREPARE TRANSACTION '{gid}'")).unwrap();
    let finished = finish_within(&source, &target, SHORT);
    source.connect().simple(&format!("ROLLBACK PREPARED '{gid}'")).unwrap();
    assert_eq!(finished.safety(), Safety::NotSafe);
    let [found] = &finished.quiet.drawing[..] else { panic!("{:#?}", finished.quiet) };
    assert_eq!(found.holder, Holder::Prepared(gid));
}

/// Draws in transactions of its own until told to stop.
fn draw_on(mut connection: pq::Connection, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        connection.simple("SELECT nextval('tickets')").unwrap();
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn who_draws_in_autocommit_is_never_quiet() {
    let (source, target) = both_sides(on_newest());
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| draw_on(source.connect(), &over));
        let _end = SetOnDrop(&over);
        let finished = finish_within(&source, &target, Duration::from_secs(2));
        assert_eq!(finished.safety(), Safety::NotSafe);
        assert_eq!(finished.quiet.moved.len(), 1, "{:#?}", finished.quiet);
    });
    assert_eq!(finish_within(&source, &target, LONG).safety(), Safety::Safe);
}

#[test]
fn what_is_drawn_after_the_quiet_is_found_by_the_proof() {
    let (source, target) = both_sides(on_newest());
    let (mut from, mut to) = (source.sessions(), target.sessions());
    let receipts = tempfile::tempdir().unwrap();
    let options = options(LONG);
    let first = look(&mut from, &mut to, &options.carry).unwrap();
    let plan = first.plan(&FixOptions::default());
    let mut draw = |stage| {
        if stage == reseq::carry::FinishStage::Proving {
            source.connect().simple("SELECT nextval('tickets')").unwrap();
        }
    };
    let finished = finish(&mut from, &mut to, &first, plan, &options, receipts.path(), &mut draw).unwrap();
    assert_eq!(finished.safety(), Safety::NotSafe);
    let proof = finished.last.unwrap().proof;
    let unsafe_ones: Vec<_> = proof.not_safe().collect();
    assert_eq!(unsafe_ones.len(), 1);
    let reason = "the source has drawn from it after it was quiet".to_owned();
    assert_eq!(unsafe_ones[0].verdict, Verdict::NotSafe(reason));
}

#[test]
fn a_value_that_is_taken_on_the_target_is_not_safe() {
    let (source, target) = both_sides(on_newest());
    let (mut from, mut to) = (source.sessions(), target.sessions());
    let receipts = tempfile::tempdir().unwrap();
    let options = options(LONG);
    let first = look(&mut from, &mut to, &options.carry).unwrap();
    let plan = first.plan(&FixOptions::default());
    let mut take = |stage| {
        if stage == reseq::carry::FinishStage::Proving {
            target.connect().simple("INSERT INTO orders VALUES (1001)").unwrap();
        }
    };
    let finished = finish(&mut from, &mut to, &first, plan, &options, receipts.path(), &mut take).unwrap();
    assert_eq!(finished.safety(), Safety::NotSafe);
    let proof = finished.last.unwrap().proof;
    let names: Vec<_> = proof.not_safe().map(|one| one.target.as_str()).collect();
    assert_eq!(names, ["public.orders_id_seq"]);
}

#[test]
fn what_the_target_lacks_is_refused_before_anything_is_moved() {
    let (source, target) = both_sides(on_newest());
    target.connect().simple("DROP SEQUENCE tickets").unwrap();
    let error = finish_with(&mut source.sessions(), &mut target.sessions(), &options(LONG)).unwrap_err();
    assert_eq!(error.to_string(), "public.tickets is not on the target");
    assert_eq!(target.value("SELECT nextval('orders_id_seq')"), "1");
}
