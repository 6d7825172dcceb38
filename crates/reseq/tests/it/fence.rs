//! The last carry with a fence: nobody draws on the source any more, and where it ends otherwise than safe, all is put
//! back.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use reseq::carry::{FinishOptions, FinishStage, Finished, Safety, finish, look, standing_fence};
use reseq::plan::FixOptions;
use reseq::pq;
use reseq::session::{Connector, Interrupt, Sessions};
use reseq_scratch::{Cluster, StopMode, newest_installation, testing};

use crate::last::{both_sides, options};
use crate::support::{Database, Role, SetOnDrop, on_newest, on_versions};

pub(crate) const LONG: Duration = Duration::from_secs(30);

fn fenced(wait: Duration) -> FinishOptions {
    FinishOptions { fence: true, ..options(wait) }
}

/// Finishes with what `at` does when a stage begins.
pub(crate) fn finish_fenced(
    source: &mut Sessions,
    target: &mut Sessions,
    wait: Duration,
    receipts: &Path,
    mut at: impl FnMut(FinishStage),
) -> reseq::Result<Finished> {
    let options = fenced(wait);
    let first = look(source, target, &options.carry)?;
    let plan = first.plan(&FixOptions::default());
    finish(source, target, &first, plan, &options, receipts, &mut at)
}

/// All settings of the database, and of roles in it, as they were written.
pub(crate) fn settings(database: &Database) -> String {
    database.value(
        "SELECT string_agg(format('%s: %s', s.setrole::regrole, s.setconfig), '; ' ORDER BY s.setrole)
         FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
         WHERE d.datname = current_database()",
    )
}

pub(crate) fn records(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "fence"))
        .count()
}

/// Draws until told to stop, over a new connection whenever the last was ended; what it was given.
fn draw_on(database: &Database, over: &AtomicBool) -> Vec<i64> {
    let mut values = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let Ok(mut connection) = pq::Connection::connect(&[("dbname", &database.conninfo())]) else {
            continue;
        };
        while !over.load(Ordering::Relaxed) {
            match connection.query("INSERT INTO orders (placed) VALUES (now()) RETURNING id::bigint", &[]) {
                Ok(rows) => values.push(rows.row(0).unwrap().get(0).unwrap()),
                // Read-only: not for ever.
                Err(error) if error.sqlstate() == Some("25006") => thread::sleep(Duration::from_millis(1)),
                Err(_) => break,
            }
        }
    }
    values
}

#[test]
fn under_writers_nothing_is_handed_out_after_the_fence() {
    for source in on_versions(&[10, 18]) {
        let (source, target) = both_sides(source);
        let over = AtomicBool::new(false);
        let folder = tempfile::tempdir().unwrap();
        thread::scope(|scope| {
            let writers: Vec<_> = (0..8).map(|_| scope.spawn(|| draw_on(&source, &over))).collect();
            let end = SetOnDrop(&over);
            thread::sleep(Duration::from_millis(300));
            let (mut from, mut to) = (source.sessions(), target.sessions());
            let finished = finish_fenced(&mut from, &mut to, LONG, folder.path(), |_| ()).unwrap();
            assert_eq!(finished.safety(), Safety::Safe, "{:#?}", finished.quiet);
            let fence = finished.fence.unwrap();
            assert!(fence.ended_sessions >= 8 && !fence.lifted, "{fence:#?}");
            let stands = "SELECT last_value::text FROM orders_id_seq";
            let stood = source.value(stands);
            thread::sleep(Duration::from_millis(300));
            assert_eq!(source.value(stands), stood, "PostgreSQL {}", source.major());
            drop(end);
            let values: Vec<i64> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
            let next: i64 = target.value("SELECT nextval('orders_id_seq')").parse().unwrap();
            assert!(values.len() > 100 && values.iter().all(|value| *value < next), "{}", values.len());
            assert_eq!(values.iter().collect::<HashSet<_>>().len(), values.len());
        });
        assert_eq!(
            (settings(&source).as_str(), records(folder.path())),
            ("-: {default_transaction_read_only=on}", 1)
        );
        // As it is told to lift it.
        let record = standing_fence(&mut source.sessions(), folder.path()).unwrap().unwrap();
        source.connect().simple(&record.lift).unwrap();
        assert_eq!(settings(&source), "");
        assert_eq!(standing_fence(&mut source.sessions(), folder.path()).unwrap(), None);
    }
}

/// Keeps the source from being quiet: a fence ends no prepared transaction.
pub(crate) fn never_quiet(source: &Database) -> String {
    let gid = format!("never {}", source.name);
    source
        .connect()
        .simple(&format!("BEGIN; SELECT nextval('tickets'); PREPARE TRANSACTION '{gid}'"))
        .unwrap();
    gid
}

#[test]
fn what_is_not_safe_is_undone_exactly() {
    for own in ["", "off", "false"] {
        for source in on_versions(&[10, 15, 18]) {
            let (source, target) = both_sides(source);
            let gid = never_quiet(&source);
            let name = &source.name;
            let mut alter = source.connect();
            alter.simple(&format!("ALTER DATABASE {name} SET work_mem = '5MB'")).unwrap();
            if !own.is_empty() {
                let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = '{own}'");
                alter.simple(&set).unwrap();
            }
            alter.simple(&format!("ALTER DATABASE {name} SET lock_timeout = '7s'")).unwrap();
            let before = settings(&source);
            let folder = tempfile::tempdir().unwrap();
            let (mut from, mut to) = (source.sessions(), target.sessions());
            let mut under_it = None;
            let wait = Duration::from_secs(1);
            let finished = finish_fenced(&mut from, &mut to, wait, folder.path(), |stage| {
                if stage == FinishStage::WaitingForQuiet {
                    let mut connection = source.connect();
                    let error = connection.simple("SELECT nextval('tickets')").unwrap_err();
                    assert_eq!(error.sqlstate(), Some("25006"));
                    under_it = Some(connection);
                }
            })
            .unwrap();
            assert_eq!(finished.safety(), Safety::NotSafe);
            assert!(finished.fence.unwrap().lifted);
            assert_eq!((settings(&source), records(folder.path())), (before, 0));
            // Who came under the fence has to come anew: else it would remain read-only.
            assert!(under_it.unwrap().simple("SELECT 1").is_err());
            source
                .connect()
                .simple(&format!("SELECT nextval('tickets'); ROLLBACK PREPARED '{gid}'"))
                .unwrap_err();
            source.connect().simple(&format!("ROLLBACK PREPARED '{gid}'")).unwrap();
            assert_eq!(source.value("SELECT nextval('tickets')"), "79");
        }
    }
}

#[test]
fn it_is_undone_where_the_target_is_lost() {
    let source = on_newest();
    let mut cluster = Cluster::start(&newest_installation().unwrap(), &testing::options()).unwrap();
    let (source, _) = both_sides(source);
    let port = cluster.port().to_string();
    let keywords =
        [("host", "127.0.0.1"), ("port", port.as_str()), ("user", "postgres"), ("dbname", "postgres")];
    pq::Connection::connect(&keywords).unwrap().simple(crate::last::SHOP).unwrap();
    let keywords = keywords.map(|(word, value)| (word.to_owned(), value.to_owned())).to_vec();
    let mut to = Sessions::open(Connector::new(keywords).retry(Duration::from_millis(500)), 2).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut lifted = false;
    let error = finish_fenced(&mut source.sessions(), &mut to, LONG, folder.path(), |stage| {
        if stage == FinishStage::CarryingExactly {
            cluster.stop(StopMode::Immediate).unwrap();
        }
        lifted |= stage == FinishStage::FenceLifted;
    })
    .unwrap_err();
    assert!(error.to_string().starts_with("the connection was lost"), "{error}");
    assert_eq!((settings(&source).as_str(), records(folder.path()), lifted), ("", 0, true));
    source.connect().simple("SELECT nextval('tickets')").unwrap();
}

#[test]
fn it_is_undone_where_the_run_is_interrupted_or_its_connections_are_ended() {
    let (source, target) = both_sides(on_newest());
    for stage_of_end in [FinishStage::WaitingForQuiet, FinishStage::CarryingExactly, FinishStage::Proving] {
        let interrupt = Interrupt::default();
        let mut from = Sessions::open(source.connector().interrupt(interrupt.clone()), 2).unwrap();
        let mut to = Sessions::open(target.connector().interrupt(interrupt.clone()), 2).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let error = finish_fenced(&mut from, &mut to, LONG, folder.path(), |stage| {
            if stage == stage_of_end {
                // The one that is to lift the fence too.
                let all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                           WHERE datname = current_database() AND pid <> pg_backend_pid()";
                source.value(all);
                interrupt.trigger();
            }
        })
        .unwrap_err();
        assert_eq!(error.to_string(), "interrupted");
        assert_eq!((settings(&source).as_str(), records(folder.path())), ("", 0), "{stage_of_end:?}");
    }
}

#[test]
fn a_run_that_was_killed_leaves_word_and_the_next_one_puts_back_what_was_before() {
    let (source, target) = both_sides(on_newest());
    let gid = never_quiet(&source);
    let own = format!("ALTER DATABASE {} SET default_transaction_read_only = 'off'", source.name);
    source.connect().simple(&own).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let killed = catch_unwind(AssertUnwindSafe(|| {
        let (mut from, mut to) = (source.sessions(), target.sessions());
        finish_fenced(&mut from, &mut to, LONG, folder.path(), |stage| {
            assert_ne!(stage, FinishStage::WaitingForQuiet, "as if it was killed");
        })
    }));
    assert!(killed.is_err());
    assert_eq!(settings(&source), "-: {default_transaction_read_only=on}");
    let record = standing_fence(&mut source.sessions(), folder.path()).unwrap().unwrap();
    assert_eq!(record.before.as_deref(), Some("off"));
    let (mut from, mut to) = (source.sessions(), target.sessions());
    let wait = Duration::from_secs(1);
    let finished = finish_fenced(&mut from, &mut to, wait, folder.path(), |_| ()).unwrap();
    assert!(finished.fence.unwrap().lifted);
    assert_eq!(
        (settings(&source).as_str(), records(folder.path())),
        ("-: {default_transaction_read_only=off}", 0)
    );
    source.connect().simple(&format!("ROLLBACK PREPARED '{gid}'")).unwrap();
}

#[test]
fn a_fence_of_a_completed_switch_stands_whatever_comes_of_the_next_run() {
    for source in on_versions(&[10, 18]) {
        let (source, target) = both_sides(source);
        let folder = tempfile::tempdir().unwrap();
        let (mut from, mut to) = (source.sessions(), target.sessions());
        let finished = finish_fenced(&mut from, &mut to, LONG, folder.path(), |_| ()).unwrap();
        assert_eq!((finished.safety(), finished.fence.unwrap().switched), (Safety::Safe, None));
        let stands = ("-: {default_transaction_read_only=on}".to_owned(), 1);
        let completed = standing_fence(&mut source.sessions(), folder.path()).unwrap().unwrap().completed;
        assert!(completed.is_some());

        // Not safe: it still draws, as a session may that asks for it.
        let gid = format!("still {}", source.name);
        let draw = format!("BEGIN READ WRITE; SELECT nextval('tickets'); PREPARE TRANSACTION '{gid}'");
        source.connect().simple(&draw).unwrap();
        let wait = Duration::from_secs(1);
        let finished = finish_fenced(&mut from, &mut to, wait, folder.path(), |_| ()).unwrap();
        assert_eq!(finished.safety(), Safety::NotSafe);
        let fence = finished.fence.unwrap();
        assert_eq!((fence.lifted, fence.switched), (false, completed));
        assert_eq!((settings(&source), records(folder.path())), stands);

        // An error.
        let interrupt = Interrupt::default();
        let mut from = Sessions::open(source.connector().interrupt(interrupt.clone()), 2).unwrap();
        finish_fenced(&mut from, &mut to, LONG, folder.path(), |stage| {
            if stage == FinishStage::WaitingForQuiet {
                interrupt.trigger();
            }
            assert_ne!(stage, FinishStage::FenceLifted);
        })
        .unwrap_err();
        assert_eq!((settings(&source), records(folder.path())), stands);
        source.connect().simple(&format!("ROLLBACK PREPARED '{gid}'")).unwrap();

        // Lifted by hand, the next one is a fence of its own.
        let record = standing_fence(&mut source.sessions(), folder.path()).unwrap().unwrap();
        source.connect().simple(&record.lift).unwrap();
        let gid = never_quiet(&source);
        let finished = finish_fenced(&mut source.sessions(), &mut to, wait, folder.path(), |_| ()).unwrap();
        source.connect().simple(&format!("ROLLBACK PREPARED '{gid}'")).unwrap();
        assert!(finished.fence.unwrap().lifted);
        assert_eq!((settings(&source).as_str(), records(folder.path())), ("", 0));
    }
}

#[test]
fn a_role_that_it_would_not_bind_is_refused_and_who_asks_to_write_is_found_out() {
    let source = on_newest();
    let role = Role::on(&source);
    let (source, target) = both_sides(source);
    let name = &source.name;
    source
        .connect()
        .simple(&format!(
            "ALTER ROLE {role} SET default_transaction_read_only = off;
             GRANT USAGE ON SEQUENCE tickets TO {role}"
        ))
        .unwrap();
    let (mut from, mut to) = (source.sessions(), target.sessions());
    let folder = tempfile::tempdir().unwrap();
    let error = finish_fenced(&mut from, &mut to, LONG, folder.path(), |_| ()).unwrap_err();
    let words = format!("{role}, for whom default_transaction_read_only is set to off");
    assert!(error.to_string().contains(&words), "{error}");
    assert_eq!((settings(&source).as_str(), records(folder.path())), ("", 0));

    // As it is told to bind it. Nobody can be kept from asking.
    let hint = error.hint().unwrap();
    let bind = hint.strip_prefix("run ").unwrap().split_once(';').unwrap().0.to_owned();
    source.connect().simple(&bind).unwrap();
    let conninfo = format!(
        "{} user='{}' options='-c default_transaction_read_only=off'",
        source.conninfo(),
        role.name.replace('\'', "\\'")
    );
    let finished = finish_fenced(&mut from, &mut to, LONG, folder.path(), |stage| {
        if stage == FinishStage::CarryingExactly {
            let mut writer = pq::Connection::connect(&[("dbname", &conninfo)]).unwrap();
            writer.simple("SELECT nextval('tickets')").unwrap();
        }
    })
    .unwrap();
    assert_eq!(finished.safety(), Safety::NotSafe);
    let fence = finished.fence.unwrap();
    assert_eq!((fence.not_bound, fence.lifted), (vec![], true));
    source
        .connect()
        .simple(&format!("DROP OWNED BY {role}; ALTER ROLE {role} IN DATABASE {name} RESET ALL"))
        .unwrap();
}

#[test]
fn it_takes_the_owner_who_may_end_sessions() {
    for source in on_versions(&[10, 18]) {
        let role = Role::on(&source);
        let (source, target) = both_sides(source);
        let folder = tempfile::tempdir().unwrap();
        source
            .connect()
            .simple(&format!(
                "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}; GRANT pg_signal_backend TO {role}"
            ))
            .unwrap();
        let as_role = || Sessions::open(source.connector_as(&role.name), 2).unwrap();
        let error =
            finish_fenced(&mut as_role(), &mut target.sessions(), LONG, folder.path(), |_| ()).unwrap_err();
        let hint = error.hint().unwrap();
        assert!(hint.starts_with("GRANT postgres, pg_read_all_stats TO "), "{hint}");
        assert_eq!((settings(&source).as_str(), records(folder.path())), ("", 0));

        let name = &source.name;
        source
            .connect()
            .simple(&format!("ALTER DATABASE {name} OWNER TO {role}; GRANT pg_read_all_stats TO {role}"))
            .unwrap();
        let superuser = source.connect();
        let error =
            finish_fenced(&mut as_role(), &mut target.sessions(), LONG, folder.path(), |_| ()).unwrap_err();
        assert!(error.to_string().contains("a session of postgres, a superuser"), "{error}");
        assert_eq!((settings(&source).as_str(), records(folder.path())), ("", 0));
        drop(superuser);

        let finished =
            finish_fenced(&mut as_role(), &mut target.sessions(), LONG, folder.path(), |_| ()).unwrap();
        assert_eq!(finished.safety(), Safety::Safe);
        source
            .connect()
            .simple(&format!("BEGIN READ WRITE; ALTER DATABASE {name} OWNER TO postgres; DROP OWNED BY {role}; REVOKE pg_signal_backend, pg_read_all_stats FROM {role}; COMMIT"))
            .unwrap();
    }
}

#[test]
fn one_database_is_not_fenced_around_both() {
    let database =
        on_newest().with("CREATE SCHEMA a; CREATE SCHEMA b; CREATE SEQUENCE a.s; CREATE SEQUENCE b.s");
    let mut options = fenced(LONG);
    options.carry.schemas =
        vec![reseq::plan::SchemaMapping { source: "a".to_owned(), target: "b".to_owned() }];
    let (mut from, mut to) = (database.sessions(), database.sessions());
    let first = look(&mut from, &mut to, &options.carry).unwrap();
    let plan = first.plan(&FixOptions::default());
    let folder = tempfile::tempdir().unwrap();
    let error = finish(&mut from, &mut to, &first, plan, &options, folder.path(), &mut |_| ()).unwrap_err();
    assert!(error.to_string().starts_with("source and target are one database"), "{error}");
    assert_eq!(settings(&database), "");
}
