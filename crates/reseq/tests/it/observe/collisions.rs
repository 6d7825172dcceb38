//! Where sequences will meet rows, exactly.

use reseq::observe::Gap;
use reseq::plan::IgnoreAbove;

use super::{Look, Seen, known, look};
use crate::support::{Database, on_every_version, on_newest};

/// A table whose sequence is not called yet, with these rows.
fn with_rows(database: Database, rows: &str) -> Database {
    database.with(&format!("CREATE TABLE t (id bigserial PRIMARY KEY); INSERT INTO t SELECT {rows};"))
}

#[test]
fn rows_outside_the_lane_are_in_nobodys_way() {
    for database in on_every_version() {
        let database = with_rows(database, "2 * g FROM generate_series(1, 1000) g")
            .with("ALTER SEQUENCE t_id_seq INCREMENT 2");
        let seen = look(&database);
        assert_eq!((seen.extreme("t_id_seq"), seen.collision("t_id_seq")), (Some(2000), None));
        let seen = look(&database.with("INSERT INTO t VALUES (11), (13), (17), (1999)"));
        assert_eq!(seen.collision("t_id_seq"), Some((11, 1999, 2)));
    }
}

#[test]
fn negative_rows_have_their_lane_too() {
    for database in on_every_version() {
        let database = with_rows(database, "-3 * g FROM generate_series(1, 20) g")
            .with("ALTER SEQUENCE t_id_seq INCREMENT 3 MINVALUE -100 RESTART -62");
        assert_eq!(look(&database).collision("t_id_seq"), None);
        let database = database.with("INSERT INTO t VALUES (-8), (1), (4)");
        assert_eq!(look(&database).collision("t_id_seq"), Some((-8, 4, 1)));
        let seen = look(&database.with("ALTER SEQUENCE t_id_seq INCREMENT -3 MAXVALUE 100 RESTART 10"));
        assert_eq!(seen.extreme("t_id_seq"), Some(-60));
        assert_eq!(seen.collision("t_id_seq"), Some((4, -8, 2)));
    }
}

#[test]
fn a_row_at_exactly_the_next_value_is_in_the_way() {
    for database in on_every_version() {
        let database = with_rows(database, "1");
        let seen = look(&database);
        assert_eq!(*seen.state("t_id_seq"), known(1, false));
        assert_eq!(seen.collision("t_id_seq"), Some((1, 1, 1)));
        let seen = look(&database.with("SELECT nextval('t_id_seq')"));
        assert_eq!(*seen.state("t_id_seq"), known(1, true));
        assert_eq!(seen.collision("t_id_seq"), None);
    }
}

#[test]
fn a_gap_before_the_rows_and_holes_between_them() {
    for database in on_every_version() {
        let rows = "g FROM generate_series(100, 400) g WHERE g NOT IN (150, 200)";
        let database = with_rows(database, rows).with("SELECT setval('t_id_seq', 10)");
        assert_eq!(look(&database).collision("t_id_seq"), Some((100, 400, 50)));
        let seen = look(&database.with("SELECT setval('t_id_seq', 180)"));
        assert_eq!(seen.collision("t_id_seq"), Some((181, 400, 19)));
    }
}

#[test]
fn a_long_run_is_counted_up_to_ten_thousand() {
    let database = with_rows(on_newest(), "g FROM generate_series(1, 30000) g");
    let seen = look(&database);
    let collision = seen.reading("t_id_seq").collision.as_deref().unwrap();
    assert_eq!((collision.first, collision.last), (1, 30000));
    assert_eq!((collision.run, collision.run_is_more), (10_000, true));
}

#[test]
fn without_detail_only_the_end_is_told() {
    for database in on_every_version() {
        let database = with_rows(database, "g FROM generate_series(5, 9) g").with(
            "CREATE SEQUENCE odd INCREMENT 2;
             CREATE TABLE o (id int PRIMARY KEY DEFAULT nextval('odd')); INSERT INTO o VALUES (7), (8);
             CREATE SEQUENCE even START 2 INCREMENT 2;
             CREATE TABLE e (id int PRIMARY KEY DEFAULT nextval('even')); INSERT INTO e VALUES (7), (9);",
        );
        let seen = Look { detail: false, ..Look::default() }.at(&database);
        assert_eq!(seen.collision("t_id_seq"), Some((9, 9, 0)));
        assert_eq!(seen.collision("odd"), Some((7, 7, 0)));
        assert_eq!(seen.collision("even"), None);
    }
}

#[test]
fn through_an_expression() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE SEQUENCE tens; CREATE TABLE a (id int PRIMARY KEY DEFAULT nextval('tens') * 10 + 3);
             INSERT INTO a VALUES (20), (43), (55);
             CREATE SEQUENCE down; CREATE TABLE b (id int PRIMARY KEY DEFAULT 1000 - nextval('down'));
             INSERT INTO b VALUES (998), (997), (990), (1005);",
        );
        let seen = look(&database);
        assert_eq!((seen.extreme("tens"), seen.collision("tens")), (Some(55), Some((43, 43, 1))));
        assert_eq!((seen.extreme("down"), seen.collision("down")), (Some(990), Some((998, 990, 2))));
    }
}

#[test]
fn rows_beyond_the_end_of_the_sequence_are_never_met() {
    for database in on_every_version() {
        let database = with_rows(database, "g FROM unnest(ARRAY[4, 5, 700]) g")
            .with("ALTER SEQUENCE t_id_seq MAXVALUE 600");
        let seen = look(&database);
        assert_eq!((seen.extreme("t_id_seq"), seen.collision("t_id_seq")), (Some(700), Some((4, 5, 2))));
        assert_eq!(look(&database.with("SELECT setval('t_id_seq', 600)")).collision("t_id_seq"), None);
    }
}

#[test]
fn a_row_far_beyond_the_rest_is_told_with_the_gap() {
    let gap = |seen: &Seen| seen.reading("t_id_seq").collision.as_deref().unwrap().gap.as_deref().copied();
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE t (id serial, x int);
             CREATE INDEX ON t (id);
             INSERT INTO t SELECT g FROM generate_series(1, 5000) g;",
        );
        // Many rows in the way that leave the sequence room: nothing to ask.
        assert_eq!(gap(&look(&database)), None);
        let half = database.with("INSERT INTO t VALUES (1200000000)");
        assert_eq!(gap(&look(&half)), None);
        let expected = Gap { before: Some(5000), after: 1_200_000_000, rows_after: 1 };
        assert_eq!(gap(&Look { nearly_used_up: 50.0, ..Look::default() }.at(&half)), Some(expected));
        let database = half.with("DELETE FROM t WHERE id > 5000");
        let database = database.with("INSERT INTO t VALUES (2147483640), (2147483640), (2147483000)");
        let expected = Gap { before: Some(5000), after: 2_147_483_000, rows_after: 3 };
        for detail in [true, false] {
            assert_eq!(gap(&Look { detail, ..Look::default() }.at(&database)), Some(expected));
        }
    }
}

#[test]
fn rows_above_a_limit_are_left_out() {
    for database in on_every_version() {
        let database = with_rows(database, "g FROM unnest(ARRAY[5, 6, 900]) g").with(
            "CREATE SEQUENCE down INCREMENT -1;
             CREATE TABLE d (id int PRIMARY KEY DEFAULT nextval('down'));
             INSERT INTO d VALUES (-4), (-800);",
        );
        let oid =
            look(&database).catalog.sequences.iter().find(|s| s.name.as_str() == "public.down").unwrap().oid;
        let ignore_above = vec![
            IgnoreAbove { sequence: None, value: 100 },
            IgnoreAbove { sequence: Some(oid), value: -100 },
        ];
        let seen = Look { ignore_above, ..Look::default() }.at(&database);
        assert_eq!((seen.extreme("t_id_seq"), seen.collision("t_id_seq")), (Some(6), Some((5, 6, 2))));
        assert_eq!((seen.extreme("down"), seen.collision("down")), (Some(-4), Some((-4, -4, 1))));
    }
}
