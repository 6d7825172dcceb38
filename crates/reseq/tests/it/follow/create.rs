//! A follower makes what the target lacks, and leaves to others what they make themselves.

use std::path::Path;
use std::thread;
use std::time::Duration;

use reseq::carry::CarryOptions;
use reseq::carry::follow::{Event, FollowOptions};
use reseq::plan::SchemaMapping;
use reseq::session::Connector;

use super::{INTERVAL, Told, draw, follow_with, wait_until_ahead};
use crate::support::{Database, Role, on_newest, on_versions};

/// Longer than others may come first.
const LONG: Duration = Duration::from_secs(12);

fn creating(receipts: &Path) -> FollowOptions {
    let carry = CarryOptions::default();
    FollowOptions { carry, interval: INTERVAL, margin: None, create: Some(receipts.to_owned()) }
}

fn ends(source: &Database, target: &Database) -> (Connector, Connector) {
    (source.connector(), target.connector())
}

/// What was made, in order.
fn created(told: &[Event]) -> Vec<String> {
    let created = told.iter().filter_map(|event| match event {
        Event::Created(created) => Some(created.sequences.iter().map(ToString::to_string)),
        _ => None,
    });
    created.flatten().collect()
}

fn wait_until_created(told: &Told<'_>, sequence: &str) {
    told.wait(0, sequence, |event| {
        matches!(event, Event::Created(one) if one.sequences.iter().any(|name| name.as_str() == sequence))
    });
}

/// Waits until it says of a sequence why it is not there.
fn wait_for_problem(told: &Told<'_>, sequence: &str, reason: &str) {
    told.wait(told.len(), reason, |event| {
        matches!(event, Event::Tick(status) if status.first_problems.iter().any(|problem| {
            problem.sequence.as_str() == sequence && problem.reason == reason
        }))
    });
}

fn wait_until_well(told: &Told<'_>, followed: usize) {
    told.wait(
        told.len(),
        "tick without a problem",
        |event| matches!(event, Event::Tick(status) if status.problems == 0 && status.followed == followed),
    );
}

fn receipts(folder: &Path) -> usize {
    folder.read_dir().unwrap().count()
}

#[test]
fn what_appears_on_the_source_is_made_and_followed() {
    let pairs = on_versions(&[10, 18]).map(|source| (source, on_newest()));
    let and_back = on_versions(&[10, 14]).map(|target| (on_newest(), target));
    for (source, target) in pairs.chain(and_back) {
        let versions = (source.major(), target.major());
        let (source, target) = (source, target.with("CREATE TABLE ready (id int PRIMARY KEY)"));
        let folder = tempfile::tempdir().unwrap();
        let told = follow_with(ends(&source, &target), creating(folder.path()), |told| {
            told.ticks(1);
            source
                .connect()
                .simple(
                    "CREATE TABLE ready (id serial PRIMARY KEY); COMMENT ON SEQUENCE ready_id_seq IS 'mine';
                     CREATE SEQUENCE \"Ba\"\"re\" AS bigint INCREMENT 5 START 11 CACHE 3; SELECT nextval('\"Ba\"\"re\"')",
                )
                .unwrap();
            wait_until_created(told, "public.\"Ba\"\"re\"");
            wait_until_created(told, "public.ready_id_seq");
            for sequence in ["ready_id_seq", "\"Ba\"\"re\""] {
                wait_until_ahead(&source, &target, sequence);
                draw(&source, sequence, 5000);
                wait_until_ahead(&source, &target, sequence);
            }
            wait_until_well(told, 2);
        });
        assert_eq!(created(&told), ["public.\"Ba\"\"re\"", "public.ready_id_seq"], "{versions:?}");
        assert_eq!(target.value("SELECT pg_get_serial_sequence('ready', 'id')"), "public.ready_id_seq");
        assert_eq!(
            target.value("SELECT obj_description('ready_id_seq'::regclass, 'pg_class')"),
            "mine",
            "{versions:?}"
        );
        assert_eq!(
            target.value(
                "SELECT concat_ws(' ', seqstart, seqincrement, seqcache) FROM pg_sequence
                          WHERE seqrelid = '\"Ba\"\"re\"'::regclass"
            ),
            "11 5 3"
        );
        let lane = "SELECT ((last_value - 11) % 5)::text FROM \"Ba\"\"re\"";
        assert_eq!(target.value(lane), "0", "the lane of the source is kept");
        assert_eq!(receipts(folder.path()), 1);
    }
}

#[test]
fn serial_makes_its_own_sequence_under_the_name_that_it_should_have() {
    for source in on_versions(&[10, 18]) {
        let (source, target) = (source, on_newest());
        let folder = tempfile::tempdir().unwrap();
        let told = follow_with(ends(&source, &target), creating(folder.path()), |told| {
            source.connect().simple("CREATE TABLE t (id serial PRIMARY KEY)").unwrap();
            wait_for_problem(told, "public.t_id_seq", "its column public.t.id is not on the target");
            thread::sleep(LONG);
            target.connect().simple("CREATE TABLE t (id serial PRIMARY KEY)").unwrap();
            wait_until_well(told, 1);
            draw(&source, "t_id_seq", 3000);
            wait_until_ahead(&source, &target, "t_id_seq");
        });
        assert_eq!(created(&told), [""; 0]);
        assert_eq!(target.value("SELECT pg_get_serial_sequence('t', 'id')"), "public.t_id_seq");
        assert_eq!(receipts(folder.path()), 0);
    }
}

#[test]
fn others_come_first() {
    let (source, target) = (on_newest(), on_newest());
    let folder = tempfile::tempdir().unwrap();
    let told = follow_with(ends(&source, &target), creating(folder.path()), |told| {
        for database in [&source, &target] {
            // As somebody does who runs a migration here and there, one statement after the other.
            database.connect().simple("CREATE SEQUENCE s; CREATE TABLE t (id int)").unwrap();
            told.ticks(20);
            database.connect().simple("CREATE SEQUENCE t_id_seq OWNED BY t.id").unwrap();
        }
        wait_until_well(told, 2);
        thread::sleep(LONG);
    });
    assert_eq!(created(&told), [""; 0]);
    assert_eq!(receipts(folder.path()), 0);
}

#[test]
fn renamed_sequences_are_not_made_a_second_time() {
    let make = "CREATE TABLE t (id serial); CREATE SEQUENCE s";
    let (source, target) = (on_newest().with(make), on_newest().with(make));
    let folder = tempfile::tempdir().unwrap();
    let rename = "ALTER SEQUENCE t_id_seq RENAME TO t_seq; ALTER SEQUENCE s RENAME TO z";
    let told = follow_with(ends(&source, &target), creating(folder.path()), |told| {
        told.ticks(3);
        source.connect().simple(rename).unwrap();
        let renamed = "it was renamed on the source, and is public.s on the target";
        wait_for_problem(told, "public.z", renamed);
        thread::sleep(LONG);
        target.connect().simple(rename).unwrap();
        wait_until_well(told, 2);
    });
    assert_eq!(created(&told), [""; 0]);
    // A follower that is begun after it knows nothing of it: what the column has is what counts then.
    source.connect().simple("ALTER SEQUENCE t_seq RENAME TO third").unwrap();
    let told = follow_with(ends(&source, &target), creating(folder.path()), |told| {
        let reason = "public.t.id has another sequence on the target, public.t_seq";
        wait_for_problem(told, "public.third", reason);
        target.connect().simple("ALTER SEQUENCE t_seq RENAME TO third").unwrap();
        wait_until_well(told, 2);
    });
    assert_eq!(created(&told), [""; 0]);
}

#[test]
fn what_cannot_be_made_is_told_and_tried_again() {
    let source = on_newest();
    let target = on_newest().with(
        "CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
             IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public.forbidden') THEN
                 RAISE 'not that one'; END IF; END $$;
         CREATE EVENT TRIGGER forbid ON ddl_command_end EXECUTE PROCEDURE forbid()",
    );
    let folder = tempfile::tempdir().unwrap();
    let told = follow_with(ends(&source, &target), creating(folder.path()), |told| {
        source
            .connect()
            .simple(
                "CREATE SEQUENCE forbidden; CREATE SEQUENCE good; CREATE SCHEMA gone; CREATE SEQUENCE gone.s;
                 CREATE TABLE i (id int GENERATED ALWAYS AS IDENTITY)",
            )
            .unwrap();
        wait_until_created(told, "public.good");
        wait_for_problem(told, "gone.s", "the target has no schema gone");
        let identity = "it is the sequence of an identity column, which makes it itself";
        wait_for_problem(told, "public.i_id_seq", identity);
        told.wait(told.len(), "word of the refusal", |event| {
            matches!(event, Event::Tick(status) if status.first_problems.iter().any(|problem| {
                problem.sequence.as_str() == "public.forbidden" && problem.reason.contains("not that one")
            }))
        });
        target
            .connect()
            .simple(
                "DROP EVENT TRIGGER forbid; CREATE SCHEMA gone;
                 CREATE TABLE i (id int GENERATED ALWAYS AS IDENTITY)",
            )
            .unwrap();
        wait_until_created(told, "public.forbidden");
        wait_until_created(told, "gone.s");
        wait_until_well(told, 4);
    });
    let errors = told.iter().filter(|event| matches!(event, Event::Lost { .. })).count();
    assert_eq!(errors, 0, "{told:#?}");
    // Of what came to nothing none is kept.
    assert_eq!(receipts(folder.path()), created(&told).len());
}

#[test]
fn without_the_privilege_the_others_are_kept_ahead() {
    let make = "CREATE SEQUENCE s";
    let (source, target) = (on_newest().with(make), on_newest().with(make));
    let role = Role::on(&target);
    target
        .connect()
        .simple(&format!(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE, SELECT, UPDATE ON s TO {role}"
        ))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let connectors = (source.connector(), target.connector_as(&role.name));
    let told = follow_with(connectors, creating(folder.path()), |told| {
        source.connect().simple("CREATE SEQUENCE a").unwrap();
        wait_for_problem(told, "public.a", "the role may not create anything in public");
        draw(&source, "s", 3000);
        wait_until_ahead(&source, &target, "s");
    });
    assert_eq!(created(&told), [""; 0]);
    target.connect().simple(&format!("DROP OWNED BY {role}")).unwrap();
}

#[test]
fn where_the_source_cannot_be_read_nothing_begins_anew() {
    let (source, target) = (on_newest(), on_newest());
    let role = Role::on(&source);
    let folder = tempfile::tempdir().unwrap();
    let connectors = (source.connector_as(&role.name), target.connector());
    let told = follow_with(connectors, creating(folder.path()), |told| {
        source.connect().simple("CREATE SEQUENCE secret; SELECT setval('secret', 500)").unwrap();
        told.wait(0, "problem", |event| {
            matches!(event, Event::Tick(status)
                if status.first_problems.iter().any(|problem| problem.reason.starts_with("on the source: ")))
        });
        thread::sleep(LONG);
        source.connect().simple(&format!("GRANT SELECT ON secret TO {role}")).unwrap();
        wait_until_created(told, "public.secret");
        wait_until_ahead(&source, &target, "secret");
    });
    assert_eq!(created(&told), ["public.secret"]);
    source.connect().simple(&format!("DROP OWNED BY {role}")).unwrap();
}

#[test]
fn schemas_that_have_another_name() {
    let source = on_newest().with("CREATE SCHEMA a; CREATE SEQUENCE a.s");
    let target = on_newest().with("CREATE SCHEMA b; CREATE SEQUENCE b.s; CREATE TABLE b.t (id int)");
    let folder = tempfile::tempdir().unwrap();
    let mapping = SchemaMapping { source: "a".to_owned(), target: "b".to_owned() };
    let carry = CarryOptions { schemas: vec![mapping], ..CarryOptions::default() };
    let options = FollowOptions { carry, ..creating(folder.path()) };
    let told = follow_with(ends(&source, &target), options, |told| {
        source.connect().simple("CREATE TABLE a.t (id serial); ALTER SEQUENCE a.s RENAME TO z").unwrap();
        wait_until_created(told, "b.t_id_seq");
        wait_for_problem(told, "a.z", "it was renamed on the source, and is b.s on the target");
    });
    assert_eq!(created(&told), ["b.t_id_seq"]);
}

#[test]
fn a_locked_table_holds_up_no_other() {
    let make = "CREATE SEQUENCE s";
    let (source, target) = (on_newest().with(make), on_newest().with(make).with("CREATE TABLE t (id int)"));
    let folder = tempfile::tempdir().unwrap();
    let told = follow_with(ends(&source, &target), creating(folder.path()), |told| {
        let mut owner = target.connect();
        owner.simple("BEGIN; LOCK TABLE t").unwrap();
        source.connect().simple("CREATE TABLE t (id serial); CREATE SEQUENCE other").unwrap();
        wait_until_created(told, "public.other");
        told.wait(told.len(), "word of the lock", |event| {
            matches!(event, Event::Tick(status) if status.first_problems.iter().any(|problem| {
                problem.sequence.as_str() == "public.t_id_seq" && problem.reason.contains("lock timeout")
            }))
        });
        draw(&source, "s", 3000);
        wait_until_ahead(&source, &target, "s");
        owner.simple("COMMIT").unwrap();
        // What changes anywhere is a reason to try again.
        source.connect().simple("CREATE SEQUENCE third").unwrap();
        wait_until_created(told, "public.t_id_seq");
        wait_until_created(told, "public.third");
        wait_until_well(told, 4);
    });
    assert_eq!(created(&told), ["public.other", "public.t_id_seq", "public.third"]);
    assert_eq!(receipts(folder.path()), 3);
    let slowest = told.iter().filter_map(|event| match event {
        Event::Tick(status) => Some(status.took),
        _ => None,
    });
    assert!(slowest.max() < Some(LONG), "it was held up");
}
