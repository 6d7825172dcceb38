//! Sessions of the source that write rows with values that they hold in advance (CACHE): no sequence moves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reseq::apply::Holder;
use reseq::carry::{Finished, Safety};
use reseq::pq::Connection;

use crate::last::{finish_with, options};
use crate::support::{Database, SetOnDrop, on_newest, on_versions};

const SHOP: &str = "CREATE SEQUENCE ids CACHE 1000; CREATE SEQUENCE fresh CACHE 10;
                    CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('ids'));
                    CREATE TABLE log (line text)";

/// Runs `insert` in one short transaction after the other.
fn write_on(session: &mut Connection, insert: &str, over: &AtomicBool) {
    let sql = format!("BEGIN; {insert}; SELECT pg_sleep(0.02); COMMIT");
    while !over.load(Ordering::Relaxed) {
        session.simple(&sql).unwrap();
        thread::sleep(Duration::from_millis(200));
    }
}

/// What comes of a last carry while `session` of the source does that.
fn finish_while(source: &Database, target: &Database, session: &mut Connection, insert: &str) -> Finished {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| write_on(session, insert, &over));
        let _end = SetOnDrop(&over);
        let options = options(Duration::from_millis(500));
        finish_with(&mut source.sessions(), &mut target.sessions(), &options).unwrap()
    })
}

#[test]
fn who_writes_with_values_held_in_advance_is_not_quiet() {
    for source in on_versions(&[10, 14, 15, 18, 19]) {
        let (source, target) = (source.with(SHOP), on_newest().with(SHOP));
        let mut session = source.connect();
        session.simple("INSERT INTO t DEFAULT VALUES").unwrap();
        let pid = Holder::Pid(session.backend_pid());
        let finished = finish_while(&source, &target, &mut session, "INSERT INTO t DEFAULT VALUES");
        assert_eq!(finished.safety(), Safety::NotSafe, "PostgreSQL {}", source.major());
        let written: Vec<_> = finished.quiet.written.iter().map(ToString::to_string).collect();
        assert_eq!(written, ["public.t"], "{:#?}", finished.quiet);
        assert!(finished.quiet.drawing.iter().all(|one| one.holder == pid), "{:#?}", finished.quiet);
        assert!(!finished.quiet.drawing.is_empty() && finished.quiet.moved.is_empty());
    }
}

#[test]
fn who_writes_to_other_tables_keeps_nobody_and_what_may_be_held_is_told() {
    for source in on_versions(&[10, 18]) {
        let (source, target) = (source.with(SHOP), on_newest().with(SHOP));
        let mut session = source.connect();
        session.simple("INSERT INTO t DEFAULT VALUES").unwrap();
        // What was written is known before.
        thread::sleep(Duration::from_secs(1));
        session.simple("SELECT 1").unwrap();
        let finished = finish_while(&source, &target, &mut session, "INSERT INTO log VALUES ('x')");
        assert_eq!(finished.safety(), Safety::Safe, "{finished:#?}");
        let held: Vec<_> = finished.may_be_held().iter().map(|id| id.0).collect();
        let carrying = &finished.last.as_ref().unwrap().carrying;
        let ids = carrying.source.catalog.iter().find(|(_, one)| one.name.as_str() == "public.ids");
        assert_eq!(held, [ids.unwrap().0.0]);
    }
}
