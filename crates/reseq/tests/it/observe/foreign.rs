//! Foreign tables among the partitions and inheritance children: said to be unread, and read where that is asked for.

use reseq::apply::{ApplyOptions, Status};

use super::Look;
use crate::checking::check;
use crate::fixing::{fix, fix_with, repair};
use crate::support::{Database, on_every_version};

/// A wrapper without a handler: whoever reads its tables fails.
const NOWHERE: &str =
    "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;";

/// Rows 40 of a local and 500 of a foreign table, in a partitioned table and in an inherited one.
const TREES: &str = "
    CREATE SEQUENCE part_id;
    CREATE TABLE part (id int NOT NULL DEFAULT nextval('part_id'), at int NOT NULL) PARTITION BY RANGE (at);
    ALTER SEQUENCE part_id OWNED BY part.id;
    CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (20) TO (30); CREATE UNIQUE INDEX ON part2 (id);
    CREATE FOREIGN TABLE part1 PARTITION OF part FOR VALUES FROM (10) TO (20) SERVER {server};
    INSERT INTO part2 VALUES (40, 25);
    CREATE TABLE parent (id serial PRIMARY KEY, at int);
    CREATE FOREIGN TABLE child () INHERITS (parent) SERVER {server};
    INSERT INTO parent VALUES (1, 1), (40, 1);
    CREATE TABLE plain (id serial PRIMARY KEY);
    CREATE SEQUENCE alone_id;
    CREATE FOREIGN TABLE alone (id int DEFAULT nextval('alone_id'), at int) SERVER {server};";

fn trees(server: &str) -> String {
    TREES.replace("{server}", server)
}

#[test]
fn the_local_tables_are_read_and_the_foreign_ones_are_named() {
    for database in on_every_version() {
        let database = database.with(NOWHERE).with(&trees("nowhere"));
        let seen = Look::default().at(&database);
        assert_eq!((seen.extreme("part_id"), seen.collision("part_id")), (Some(40), Some((40, 40, 1))));
        assert_eq!(seen.collision("parent_id_seq"), Some((1, 40, 1)));

        let checked = check(&mut database.sessions());
        assert!(!checked.report.complete);
        let words = |object, table| {
            format!(
                "could not read {object}: {table} is a foreign table; read foreign tables too with --foreign-tables"
            )
        };
        let expected = [
            words("public.alone.id", "public.alone"),
            words("all of public.parent.id", "public.child"),
            words("all of public.part.id", "public.part1"),
        ];
        assert_eq!(checked.unreadable(), expected);
    }
}

#[test]
fn a_fix_goes_by_the_local_rows_and_says_what_it_has_not_seen() {
    for database in on_every_version() {
        let database = database.with(NOWHERE).with(&trees("nowhere"));
        let outcome = fix(&mut database.sessions());
        for sequence in ["public.part_id", "public.parent_id_seq"] {
            assert_eq!(repair(&outcome, sequence).status, Status::Repaired);
            assert_eq!(repair(&outcome, sequence).after.unwrap().last_value, 40);
        }
        assert!(!outcome.complete);
        let remaining = outcome.remaining.iter().map(|rest| (rest.sequence.as_str(), rest.code.name()));
        let expected = ["alone_id", "parent_id_seq", "part_id"].map(|name| format!("public.{name}"));
        assert!(
            remaining.eq(expected.iter().map(|name| (name.as_str(), "unreadable"))),
            "{:?}",
            outcome.remaining
        );
    }
}

#[test]
fn a_foreign_table_that_fails_takes_no_other_table_down() {
    for database in on_every_version() {
        let database = database.with(NOWHERE).with(&trees("nowhere"));
        let seen = Look { foreign_tables: true, ..Look::default() }.at(&database);
        assert_eq!((seen.extreme("part_id"), seen.extreme("parent_id_seq")), (Some(40), Some(40)));
        let words = "could not be read: foreign-data wrapper \"nowhere\" has no handler";
        for (sequence, table) in [("part_id", "part1"), ("parent_id_seq", "child")] {
            assert_eq!(
                seen.reading(sequence).unread.as_ref().unwrap().reason,
                format!("public.{table} {words}")
            );
        }
        assert_eq!(seen.unreadable("alone_id").0, format!("public.alone {words}"));
        assert_eq!(seen.extreme("plain_id_seq"), None);
    }
}

/// A table that rows of other databases are read from: the same database, as postgres_fdw reaches it.
#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn with_postgres_fdw(database: Database) -> Option<Database> {
    let extension = database.connect().simple("CREATE EXTENSION postgres_fdw");
    if let Err(error) = extension {
        eprintln!("SKIPPED: postgres_fdw on PostgreSQL {}: {error}", database.major());
        return None;
    }
    let database = database.with(
        "DO $$ BEGIN EXECUTE format('CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw
                                     OPTIONS (host %L, port %L, dbname %L)',
                                    split_part(current_setting('unix_socket_directories'), ',', 1),
                                    current_setting('port'), current_database()); END $$;
         CREATE USER MAPPING FOR CURRENT_USER SERVER here;
         CREATE TABLE remote (id int, at int); INSERT INTO remote VALUES (500, 15)",
    );
    Some(database.with(&trees("here OPTIONS (table_name 'remote')")))
}

#[test]
fn they_are_read_where_that_is_asked_for() {
    for database in on_every_version().filter_map(with_postgres_fdw) {
        let seen = Look { foreign_tables: true, ..Look::default() }.at(&database);
        for sequence in ["part_id", "parent_id_seq", "alone_id"] {
            assert_eq!((seen.extreme(sequence), &seen.reading(sequence).unread), (Some(500), &None));
        }
        let mut sessions = database.sessions();
        let outcome =
            fix_with(&mut sessions, &ApplyOptions { foreign_tables: true, ..ApplyOptions::default() });
        assert!(outcome.complete, "{outcome:?}");
        assert_eq!(repair(&outcome, "public.part_id").after.unwrap().last_value, 500);
    }
}
