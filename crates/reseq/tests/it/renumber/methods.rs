//! All methods have equal results.

use std::fs;

use reseq::plan::RenumberMethod;

use super::{FOLLOWING, renumber, request};
use crate::support::{Database, on_every_version, on_newest};

const SHOP: &str = include_str!("shop.sql");
const ROWS: &str = include_str!("rows.sql");
const SHAPE: &str = include_str!("shape.sql");

/// The rows after renumbering, with nothing else changed.
fn rows_after(database: &Database, method: RenumberMethod, start: i64, order_by: &str) -> String {
    if database.major() > 10 {
        database.connect().simple("ALTER INDEX notes_length ALTER COLUMN 1 SET STATISTICS 99").unwrap();
    }
    let before = database.value(SHAPE);
    let mut request = request("posts", start, method);
    order_by.clone_into(&mut request.order_by);
    request.also = vec!["notes.subject_id where kind = 'post' -- in text".parse().unwrap()];
    let outcome = renumber(database, &request).unwrap();
    assert!(outcome.is_done());
    let after = database.value(SHAPE);
    if before != after {
        let lost: Vec<_> = before.lines().filter(|line| !after.contains(line)).collect();
        panic!("{method:?} on {}: lost {lost:#?}", database.major());
    }
    database.value(ROWS)
}

#[test]
fn everything_that_refers_to_the_rows_follows_by_every_method() {
    for database in on_every_version() {
        let mut results = Vec::new();
        // The first new ids are old ids of other rows.
        for method in FOLLOWING {
            database.anew(SHOP);
            results.push(rows_after(&database, method, 5, ""));
        }
        assert_eq!(results[0], results[1], "update, on {}", database.major());
        assert_eq!(results[0], results[2], "temp-table, on {}", database.major());
        for line in [
            "post post 1 5  2020-01-01 00:00:00 ",
            "post post 2 6 5 2020-01-01 00:00:00 ",
            "post post 20 21  2020-01-01 00:00:00 ",
            "comment 1 5 2",
            "like 34 34",
            "profile 6 n",
            "star 2 6",
            "tenant 7 21",
            "invoice 7 21 200",
            "invoice 7  1",
            "note 1 post 5",
            "note 18 other 5",
            "note 19 post ",
            "sequence 21 t",
        ] {
            assert!(results[0].lines().any(|found| found.starts_with(line)), "{line}: {}", results[0]);
        }
        assert!(!results[0].contains("log"), "no rule acted");
    }
}

#[test]
fn rows_are_numbered_in_the_order_that_is_asked_for() {
    let database = on_newest();
    let results = FOLLOWING.map(|method| {
        database.anew(SHOP);
        let result = rows_after(&database, method, 100, "parent nulls first, title DESC");
        assert_eq!(database.value("SELECT title FROM posts WHERE id = 100"), "post 9");
        result
    });
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
}

const ALONE: &str = "
    CREATE TABLE people (name text, id serial PRIMARY KEY, born timestamptz, share float8, tags text[]);
    INSERT INTO people (name, born, share, tags)
        SELECT chr(92) || i || chr(9), '2001-02-03 04:05:06.789+00'::timestamptz + i * interval '1 day', 1.0 / i,
            ARRAY['a,b', NULL] FROM generate_series(1, 50) i;
    DELETE FROM people WHERE id % 7 = 0";

#[test]
fn a_table_that_nothing_refers_to_goes_through_a_file_with_the_same_result() {
    for database in on_every_version() {
        let folder = tempfile::tempdir().unwrap();
        let rows = "SELECT string_agg(p::text, ' ' ORDER BY id) || (SELECT last_value FROM people_id_seq) FROM people p";
        let results = [FOLLOWING.as_slice(), &[RenumberMethod::File]].concat().into_iter().map(|method| {
            database.anew(ALONE);
            let mut request = request("people", 1000, method);
            let name = format!("{method:?}");
            request.options.map = Some(folder.path().join(format!("{name}.csv")));
            request.options.file =
                (method == RenumberMethod::File).then(|| folder.path().join("something.dat"));
            assert!(renumber(&database, &request).unwrap().is_done());
            let map = fs::read_to_string(folder.path().join(format!("{name}.csv"))).unwrap();
            fs::remove_file(folder.path().join(format!("{name}.csv"))).unwrap();
            assert!(map.starts_with("old,new\n1,1000\n2,1001\n"), "{map}");
            database.value(rows) + &map
        });
        let results: Vec<String> = results.collect();
        assert!(results.iter().all(|result| *result == results[0]), "on {}: {results:#?}", database.major());
        let kept = fs::read_to_string(folder.path().join("something.dat")).unwrap();
        assert_eq!(kept.lines().count(), 43);
        assert!(kept.starts_with("\\\\1\\t\t2001-02-04 "), "{kept}");
    }
}
