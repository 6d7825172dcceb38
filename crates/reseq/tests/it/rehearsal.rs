//! The switch rehearsed: all that it would wait for, do and fail at is told, and nothing is changed.

use std::path::Path;

use reseq::apply::Holder;
use reseq::carry::{CarryOptions, Hindrance, Rehearsal, look, rehearse};
use reseq::session::Sessions;

use crate::fence::{LONG, finish_fenced, never_quiet, settings};
use crate::last::both_sides;
use crate::support::{Database, Role, on_every_version, on_newest, on_versions};

fn rehearse_between(source: &mut Sessions, target: &Database, folder: &Path) -> Rehearsal {
    let mut target = target.sessions();
    let first = look(source, &mut target, &CarryOptions::default()).unwrap();
    rehearse(source, &mut target, &first, true, folder).unwrap()
}

fn messages(rehearsal: &Rehearsal) -> Vec<&str> {
    rehearsal.hindrances.iter().map(|one| one.message.as_str()).collect()
}

#[test]
fn what_the_fence_would_do_is_told_and_nothing_is_changed() {
    for source in on_every_version() {
        let (source, target) = both_sides(source);
        let folder = tempfile::tempdir().unwrap();
        let none = folder.path().join("none");
        let (mut writing, mut changing, mut idle) = (source.connect(), source.connect(), source.connect());
        writing.simple("SET application_name = 'shop'; BEGIN; INSERT INTO orders DEFAULT VALUES").unwrap();
        changing.simple("SET application_name = 'shop'; BEGIN; CREATE TABLE late ()").unwrap();
        idle.simple("SET application_name = 'report'").unwrap();
        let stood = target.value("SELECT last_value::text FROM tickets");
        let rehearsal = rehearse_between(&mut source.sessions(), &target, &none);
        assert_eq!(messages(&rehearsal), [""; 0], "PostgreSQL {}", source.major());
        let holders: Vec<_> =
            rehearsal.drawing.iter().map(|one| (one.holder.clone(), one.relations.len())).collect();
        let expected = [(Holder::Pid(writing.backend_pid()), 2), (Holder::Pid(changing.backend_pid()), 0)];
        assert_eq!(holders, expected, "PostgreSQL {}", source.major());
        let fence = rehearsal.fence.unwrap();
        let name = &source.name;
        assert_eq!(
            fence.statement,
            format!("ALTER DATABASE {name} SET default_transaction_read_only = 'on'")
        );
        assert_eq!(
            fence.lift.unwrap(),
            format!("BEGIN READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only; COMMIT")
        );
        let sessions: Vec<_> =
            fence.sessions.iter().map(|one| (one.application.as_deref(), one.number)).collect();
        assert_eq!(sessions, [(Some("shop"), 2), (Some("report"), 1)], "PostgreSQL {}", source.major());
        assert_eq!((settings(&source).as_str(), none.exists()), ("", false));
        assert_eq!(target.value("SELECT last_value::text FROM tickets"), stood);
        idle.simple("SELECT 1").unwrap();
    }
}

#[test]
fn what_the_fence_would_fail_at_is_told() {
    for source in on_versions(&[10, 18]) {
        let (role, free) = (Role::on(&source), Role::on(&source));
        let (source, target) = both_sides(source);
        let folder = tempfile::tempdir().unwrap();
        let grants = format!(
            "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
             ALTER ROLE {free} SET default_transaction_read_only = off"
        );
        source.connect().simple(&grants).unwrap();
        let superuser = source.connect();
        let mut as_role = Sessions::open(source.connector_as(&role.name), 2).unwrap();
        let rehearsal = rehearse_between(&mut as_role, &target, folder.path());
        let [lacking, not_bound, out_of_reach] = &rehearsal.hindrances[..] else { panic!("{rehearsal:#?}") };
        let hint = |one: &Hindrance| one.hint.clone().unwrap();
        assert!(hint(lacking).starts_with("GRANT postgres, pg_signal_backend, pg_read_all_stats TO "));
        let bind = hint(not_bound).strip_prefix("run ").unwrap().split_once(';').unwrap().0.to_owned();
        let words = "1 session is of postgres, a superuser, which no other role may end";
        assert_eq!(out_of_reach.message, words);
        drop(superuser);

        // As it is told to.
        let name = &source.name;
        let may = format!(
            "ALTER DATABASE {name} OWNER TO {role}; GRANT pg_signal_backend, pg_read_all_stats TO {role}; {bind}"
        );
        source.connect().simple(&may).unwrap();
        // Its session ends in a moment.
        let mut rehearsal = rehearse_between(&mut as_role, &target, folder.path());
        while messages(&rehearsal) == [words] {
            rehearsal = rehearse_between(&mut as_role, &target, folder.path());
        }
        assert_eq!(messages(&rehearsal), [""; 0]);
        drop(as_role);
        source
            .connect()
            .simple(&format!("ALTER DATABASE {name} OWNER TO postgres; DROP OWNED BY {role}"))
            .unwrap();
    }
}

#[test]
fn a_run_at_work_and_a_fence_that_stands_are_told() {
    let (source, target) = both_sides(on_newest());
    let folder = tempfile::tempdir().unwrap();
    let gid = never_quiet(&source);
    let rehearsal = rehearse_between(&mut source.sessions(), &target, folder.path());
    assert_eq!(rehearsal.drawing[0].holder, Holder::Prepared(gid.clone()));
    source.connect().simple(&format!("ROLLBACK PREPARED '{gid}'")).unwrap();
    let rehearse = || rehearse_between(&mut source.sessions(), &target, folder.path());
    finish_fenced(&mut source.sessions(), &mut target.sessions(), LONG, folder.path(), |stage| {
        if stage == reseq::carry::FinishStage::CarryingExactly {
            let rehearsal = rehearse();
            let [message] = &messages(&rehearsal)[..] else { panic!("{rehearsal:#?}") };
            assert!(message.starts_with("another run of reseq fences the database "), "{message}");
            assert_eq!(rehearsal.fence.unwrap().lift, None);
        }
    })
    .unwrap();
    let lift = rehearse().fence.unwrap().lift.unwrap();
    assert!(rehearse().fence.unwrap().switched.is_some());
    source.connect().simple(&lift).unwrap();
    let set = format!("ALTER DATABASE {} SET default_transaction_read_only = on", source.name);
    source.connect().simple(&set).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let fence = rehearse_between(&mut source.sessions(), &target, elsewhere.path()).fence.unwrap();
    assert_eq!((fence.was_on, fence.switched), (true, None));
    assert!(fence.lift.as_ref().unwrap().contains(" = 'off'"), "{fence:#?}");
}
