//! What cannot be read is said, with what would help, and never keeps the rest from being read.

use std::time::Duration;

use reseq::catalog::{self, Catalog};
use reseq::observe::StateReading;
use reseq::session::{Limits, Sessions};

use super::{Look, known};
use crate::support::{Database, on_every_version};

fn catalog_of(database: &Database) -> Catalog {
    let mut catalog = catalog::read(&mut database.sessions(), &[]).unwrap();
    // What the catalogue knows beforehand is not what is tested here.
    catalog.links.iter_mut().for_each(|link| link.unreadable = None);
    catalog
}

/// A role without any privilege; dropped before the database is.
struct Role<'a> {
    database: &'a Database,
    name: String,
}

impl<'a> Role<'a> {
    fn new(database: &'a Database) -> Self {
        let name = database.name.clone() + "_reader";
        database.connect().simple(&format!("CREATE ROLE {name} LOGIN")).unwrap();
        Self { database, name }
    }

    fn may(&self, privilege: &str) {
        self.database.connect().simple(&format!("GRANT {privilege} TO {}", self.name)).unwrap();
    }

    fn sessions(&self) -> Sessions {
        Sessions::open(self.database.connector_as(&self.name), 2).unwrap()
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        let name = &self.name;
        let _ = self.database.connect().simple(&format!("DROP OWNED BY {name}; DROP ROLE {name}"));
    }
}

const TABLES: &str = "
    CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a VALUES (DEFAULT), (DEFAULT);
    CREATE TABLE b (id serial PRIMARY KEY, secret text); INSERT INTO b VALUES (DEFAULT), (DEFAULT);
    CREATE TABLE c (id serial PRIMARY KEY); INSERT INTO c VALUES (DEFAULT), (7);";

#[test]
fn a_missing_privilege() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        let role = Role::new(&database);
        role.may("SELECT ON SEQUENCE a_id_seq, b_id_seq, c_id_seq");
        role.may("SELECT ON a");
        role.may("SELECT (id) ON c");
        let seen = Look::default().at_catalog(&mut role.sessions(), catalog_of(&database));
        assert_eq!((seen.extreme("a_id_seq"), seen.extreme("c_id_seq")), (Some(2), Some(7)));
        let (reason, hint) = seen.unreadable("b_id_seq");
        assert!(reason.starts_with("permission denied for "), "{reason}");
        assert_eq!(hint, format!("GRANT SELECT (id) ON public.b TO {};", role.name));

        role.database.connect().simple(hint).unwrap();
        let seen = Look::default().at_catalog(&mut role.sessions(), catalog_of(&database));
        assert_eq!(seen.extreme("b_id_seq"), Some(2));
    }
}

#[test]
fn a_missing_privilege_on_the_schema() {
    for database in on_every_version() {
        let database = database.with(TABLES).with("REVOKE ALL ON SCHEMA public FROM public");
        let role = Role::new(&database);
        let seen = Look::default().at_catalog(&mut role.sessions(), catalog_of(&database));
        let (_, hint) = seen.unreadable("a_id_seq");
        let name = &role.name;
        let expected =
            format!("GRANT USAGE ON SCHEMA public TO {name}; GRANT SELECT (id) ON public.a TO {name};");
        assert_eq!(hint, expected);
    }
}

#[test]
fn sequences_without_a_privilege() {
    for database in on_every_version() {
        let database = database.with(TABLES).with("ALTER SEQUENCE b_id_seq RESTART 50");
        let role = Role::new(&database);
        role.may("SELECT ON a, b, c");
        role.may("USAGE ON SEQUENCE a_id_seq, b_id_seq");
        role.may("UPDATE ON SEQUENCE c_id_seq");
        let catalog = catalog::read(&mut role.sessions(), &[]).unwrap();
        let seen = Look::default().at_catalog(&mut role.sessions(), catalog);
        // USAGE shows the last value of a sequence that was called, and nothing of one that was not.
        assert_eq!(*seen.state("a_id_seq"), known(2, true));
        for sequence in ["b_id_seq", "c_id_seq"] {
            let StateReading::Unreadable(why) = seen.state(sequence) else {
                panic!("{sequence}: {:?}", seen.state(sequence))
            };
            assert_eq!(why.reason, format!("{} may not read the state of public.{sequence}", role.name));
            assert_eq!(why.hint, format!("GRANT SELECT ON SEQUENCE public.{sequence} TO {};", role.name));
        }
    }
}

#[test]
fn row_security_never_makes_an_extreme_smaller() {
    for database in on_every_version() {
        let database = database.with(TABLES).with(
            "ALTER TABLE c ENABLE ROW LEVEL SECURITY;
             CREATE POLICY few ON c USING (id < 5);",
        );
        let role = Role::new(&database);
        role.may("SELECT ON a, b, c");
        role.may("SELECT ON SEQUENCE a_id_seq, b_id_seq, c_id_seq");
        let seen = Look::default().at_catalog(&mut role.sessions(), catalog_of(&database));
        assert_eq!((seen.extreme("a_id_seq"), seen.extreme("b_id_seq")), (Some(2), Some(2)));
        let (reason, hint) = seen.unreadable("c_id_seq");
        assert_eq!(reason, format!("row security hides rows of public.c from {}", role.name));
        assert!(hint.contains("BYPASSRLS"), "{hint}");
    }
}

#[test]
fn a_partition_that_may_not_be_read() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE part (id int NOT NULL, k int) PARTITION BY LIST (k);
             CREATE SEQUENCE part_id; ALTER TABLE part ALTER id SET DEFAULT nextval('part_id');
             CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1); CREATE INDEX ON part1 (id);
             CREATE TABLE part2 PARTITION OF part FOR VALUES IN (2); CREATE INDEX ON part2 (id);
             CREATE TABLE part3 PARTITION OF part FOR VALUES IN (3); CREATE INDEX ON part3 (id);
             INSERT INTO part VALUES (1, 1), (2, 2), (3, 1), (5, 2), (9, 3);",
        );
        let role = Role::new(&database);
        role.may("SELECT ON SEQUENCE part_id");
        role.may("SELECT ON part, part1");
        // Through the partitioned table a privilege on it is enough.
        let mut catalog = catalog_of(&database);
        let seen = Look::default().at_catalog(&mut role.sessions(), catalog.clone());
        assert_eq!((seen.extreme("part_id"), seen.collision("part_id")), (Some(9), Some((1, 9, 3))));

        // With very many partitions each is read by itself: none may be left out.
        catalog.links[0].locks = 10_000;
        let seen = Look::default().at_catalog(&mut role.sessions(), catalog.clone());
        assert_eq!((seen.extreme("part_id"), seen.collision("part_id")), (Some(3), Some((1, 3, 1))));
        let hint = format!(
            "GRANT SELECT (id) ON public.part2 TO {0}; GRANT SELECT (id) ON public.part3 TO {0};",
            role.name
        );
        assert_eq!(seen.reading("part_id").unread.as_ref().unwrap().hint, hint);

        role.may("SELECT ON part2");
        database.connect().simple("DROP TABLE part3").unwrap();
        let seen = Look::default().at_catalog(&mut role.sessions(), catalog);
        assert_eq!((seen.extreme("part_id"), seen.collision("part_id")), (Some(5), Some((1, 5, 3))));
    }
}

#[test]
fn a_table_that_is_locked() {
    for database in on_every_version() {
        let database = database.with(TABLES).with("ALTER TABLE c ADD UNIQUE (id)");
        let catalog = catalog_of(&database);
        let mut blocker = database.connect();
        blocker.simple("BEGIN; LOCK TABLE b IN ACCESS EXCLUSIVE MODE").unwrap();
        let short = Duration::from_millis(80);
        for (limits, words) in [
            (Limits { lock_timeout: short, ..Limits::default() }, "public.b is locked by another session"),
            (
                Limits { lock_timeout: Duration::ZERO, statement_timeout: short },
                "reading public.b.id took longer than the statement time-out",
            ),
        ] {
            let mut sessions = Sessions::open(database.connector().limits(limits), 1).unwrap();
            let seen = Look::default().at_catalog(&mut sessions, catalog.clone());
            assert_eq!((seen.extreme("a_id_seq"), seen.extreme("c_id_seq")), (Some(2), Some(7)));
            assert_eq!(seen.unreadable("b_id_seq").0, words);
            assert_eq!(*seen.state("b_id_seq"), known(2, true));
        }
    }
}

#[test]
fn many_tables_that_are_locked() {
    let locked: Vec<String> = (1..=20).map(|number| format!("locked{number}")).collect();
    let names = locked.join(", ");
    let tables: String = locked
        .iter()
        .flat_map(|name| [name.clone(), name.replace("locked", "free")])
        .map(|name| format!("CREATE TABLE {name} (id serial PRIMARY KEY); INSERT INTO {name} VALUES (7);"))
        .collect();
    for database in on_every_version() {
        let database = database.with(&tables);
        let catalog = catalog_of(&database);
        let mut blocker = database.connect();
        blocker.simple(&format!("BEGIN; LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")).unwrap();
        let limits = Limits { lock_timeout: Duration::from_millis(300), ..Limits::default() };
        let mut sessions = Sessions::open(database.connector().limits(limits), 2).unwrap();
        let seen = Look::default().at_catalog(&mut sessions, catalog);
        for name in &locked {
            let (reason, _) = seen.unreadable(&format!("{name}_id_seq"));
            assert_eq!(reason, format!("public.{name} is locked by another session"));
            let free = name.replace("locked", "free") + "_id_seq";
            assert_eq!((seen.extreme(&free), seen.collision(&free)), (Some(7), Some((7, 7, 1))));
        }
    }
}

#[test]
fn locked_tables_are_read_once_they_are_free() {
    for database in on_every_version() {
        let table = |number| {
            format!("CREATE TABLE t{number} (id serial PRIMARY KEY); INSERT INTO t{number} VALUES (7);")
        };
        let database = database.with(&(1..=9).map(table).collect::<String>());
        let mut blocker = database.connect();
        blocker
            .simple("BEGIN; LOCK TABLE t1, t2, t3, t4, t5, t6, t7, t8, t9 IN ACCESS EXCLUSIVE MODE")
            .unwrap();
        let catalog = catalog_of(&database);
        let seen = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(400));
                blocker.simple("COMMIT").unwrap();
            });
            let limits = Limits { lock_timeout: Duration::from_secs(60), ..Limits::default() };
            let mut sessions = Sessions::open(database.connector().limits(limits), 2).unwrap();
            Look::default().at_catalog(&mut sessions, catalog)
        });
        for number in 1..=9 {
            assert_eq!(seen.extreme(&format!("t{number}_id_seq")), Some(7));
        }
    }
}

#[test]
fn a_lost_connection_ends_the_looking() {
    for database in on_every_version() {
        let database = database.with(TABLES);
        let catalog = catalog_of(&database);
        let mut sessions = Sessions::open(database.connector().retry(Duration::ZERO), 1).unwrap();
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reseq'
                   AND datname = current_database()";
        database.connect().simple(end).unwrap();
        let request = reseq::observe::Request {
            selected: &[true, true, true],
            scan_limit: 1 << 30,
            foreign_tables: false,
            ignore_above: &[],
            detail: true,
            nearly_used_up: 90.0,
        };
        let error = reseq::observe::observe(&mut sessions, &catalog, &request).unwrap_err();
        assert!(matches!(error, reseq::Error::Database { .. }), "{error}");
    }
}
