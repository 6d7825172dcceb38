//! Rows that the server does not take are left out, and kept.

use std::io::Read as _;

use reseq::apply::ChangeOutcome;
use reseq::file::Source;
use reseq::plan::{LoadOptions, OnConflict};
use reseq::{LoadRequest, Result};

use super::{Files, into};
use crate::support::{Database, on_every_version, on_newest, on_versions};

fn load(files: &Files, database: &Database, file: Source, on_conflict: OnConflict) -> Result<ChangeOutcome> {
    let options = LoadOptions { on_conflict, ..LoadOptions::default() };
    let reject = Some(files.path("rejects"));
    files.load(database, &LoadRequest { options, reject, ..into("t", [file]) })
}

const T: &str = "
    CREATE TABLE kinds (kind text PRIMARY KEY); INSERT INTO kinds VALUES ('a'), ('b');
    CREATE TABLE t (id serial PRIMARY KEY, kind text REFERENCES kinds, age int CHECK (age < 200),
        boss int REFERENCES t DEFERRABLE INITIALLY DEFERRED);
    CREATE FUNCTION grumble() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN IF NEW.age = 13 THEN RAISE EXCEPTION ''unlucky''; END IF; RETURN NEW; END';
    CREATE TRIGGER grumble BEFORE INSERT ON t FOR EACH ROW EXECUTE PROCEDURE grumble()";

#[test]
fn whatever_is_wrong_with_a_row_the_others_are_loaded() {
    let csv = "id,kind,age,boss\n1,a,10,3\n2,a,old,\n3,b,20,\n3,a,20,\n4,z,1,\n5,a,500,\n6,a,13,\n7,\"a\n,1,\n8,b\",1,\n9,a,9,1\n10,a\n";
    for database in on_every_version() {
        let database = database.with(T);
        let files = Files::new();
        let file = files.write("rows.csv", csv);
        let outcome = load(&files, &database, file, OnConflict::Error).unwrap();
        let ids = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t";
        assert_eq!(database.value(ids), "1 3 9", "PostgreSQL {}", database.major());
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "10");
        let expected =
            "id,kind,age,boss\n2,a,old,\n3,a,20,\n4,z,1,\n5,a,500,\n6,a,13,\n7,\"a\n,1,\n8,b\",1,\n10,a\n";
        assert_eq!(files.read("rejects"), expected);
        let rejected = outcome.rejected.unwrap();
        assert_eq!(rejected.rows, 7);
        let told: Vec<_> =
            rejected.first.iter().map(|told| told.rsplit_once("rows.csv, ").unwrap().1).collect();
        assert!(told[0].starts_with("line 3, column age: invalid input syntax for"), "{told:?}");
        assert!(told[1].starts_with("line 5: duplicate key value"), "{told:?}");
        assert!(
            told[2].starts_with("line 6: insert or update on table \"t\" violates foreign key"),
            "{told:?}"
        );
        assert!(told[4].starts_with("line 8: unlucky"), "{told:?}");
        assert!(
            told[5].starts_with("line 9: insert or update on table \"t\" violates foreign key"),
            "{told:?}"
        );
        assert!(told[6].starts_with("line 13: missing data for column \"age\""), "{told:?}");
    }
}

#[test]
fn a_row_that_refers_to_a_later_one_is_no_bad_row() {
    for database in on_every_version() {
        let database = database.with("CREATE TABLE t (id serial PRIMARY KEY, boss int REFERENCES t, v int)");
        let files = Files::new();
        // 1 ↔ 9 refer to each other; bad lines between keep them from being given together at first.
        let file = files.write("rows.csv", "id,boss,v\n1,9,\nx,,\n2,1,\n3,77,\ny,,\n9,1,\n");
        load(&files, &database, file, OnConflict::Error).unwrap();
        let ids = "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t";
        assert_eq!(database.value(ids), "1 2 9", "PostgreSQL {}", database.major());
        assert_eq!(files.read("rejects"), "id,boss,v\nx,,\ny,,\n3,77,\n");
    }
}

#[test]
fn any_share_of_bad_rows_costs_about_the_same() {
    let database = on_newest().with("CREATE TABLE t (id int PRIMARY KEY, kind text CHECK (kind <> 'c'))");
    for every in [1, 2, 3, 97, 5000, 1_000_000] {
        database.connect().simple("TRUNCATE t").unwrap();
        let files = Files::new();
        let rows = 10_000;
        let bad = |row: u32| row % every == every - 1;
        let line = |row: u32| if bad(row) { format!("{row},c\n") } else { format!("{row},a\n") };
        let csv: String = std::iter::once("id,kind\n".to_owned()).chain((0..rows).map(line)).collect();
        let file = files.write("rows.csv", csv);
        let began = std::time::Instant::now();
        let outcome = load(&files, &database, file, OnConflict::Error).unwrap();
        let took = began.elapsed();
        let left_out = (0..rows).filter(|row| bad(*row)).count();
        assert_eq!(outcome.rejected.map_or(0, |rejected| rejected.rows), left_out as u64);
        assert_eq!(database.value("SELECT count(*) FROM t"), (rows as usize - left_out).to_string());
        assert!(took.as_secs() < 60, "one of {every}: {took:?}");
    }
}

#[test]
fn a_bad_row_among_conflicts_costs_no_more_the_more_there_are() {
    for database in on_versions(&[10, 18]) {
        let database = database.with("CREATE TABLE t (id serial PRIMARY KEY, qty int)");
        let files = Files::new();
        let line = |row: u32| match row % 10 {
            0 => format!("{row},5000000000\n"),
            _ => format!("{row},{row}\n"),
        };
        let csv: String = std::iter::once("id,qty\n".to_owned()).chain((1..=30_000).map(line)).collect();
        let file = files.write("rows.csv", csv);
        let began = std::time::Instant::now();
        let outcome = load(&files, &database, file, OnConflict::Skip).unwrap();
        assert_eq!(outcome.rejected.unwrap().rows, 3000);
        assert_eq!(database.value("SELECT count(*) FROM t"), "27000");
        let took = began.elapsed();
        assert!(took.as_secs() < 30, "PostgreSQL {}: {took:?}", database.major());
    }
}

#[test]
fn conflicts_and_rejects_go_together() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE t (id serial PRIMARY KEY, v int CHECK (v < 10)); INSERT INTO t VALUES (1, 1)",
        );
        let files = Files::new();
        let file = files.write("rows.csv", "id,v\n1,2\nx,3\n2,99\n3,3\n1,4\n");
        load(&files, &database, file, OnConflict::Update).unwrap();
        let rows = "SELECT string_agg(format('%s:%s', id, v), ' ' ORDER BY id) FROM t";
        assert_eq!(database.value(rows), "1:4 3:3", "PostgreSQL {}", database.major());
        assert_eq!(files.read("rejects"), "id,v\nx,3\n2,99\n");
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "4");
    }
}

#[test]
fn what_was_rejected_can_be_loaded_again() {
    let database = on_newest().with("CREATE TABLE t (id int PRIMARY KEY, v text)");
    let files = Files::new();
    let mut binary = Vec::new();
    let mut connection = database.connect();
    let copy = "COPY (SELECT n % 3, n::text FROM generate_series(1, 5) n) TO STDOUT (FORMAT binary)";
    connection.copy_out(copy).unwrap().read_to_end(&mut binary).unwrap();
    let file = files.write("rows.bin", binary);
    let outcome = load(&files, &database, file, OnConflict::Error).unwrap();
    let rejected = outcome.rejected.unwrap();
    assert_eq!(rejected.rows, 2);
    assert!(rejected.first[0].contains("rows.bin, row 4: duplicate key value"), "{:?}", rejected.first);
    connection.simple("DELETE FROM t").unwrap();
    files.load(&database, &into("t", [Source::File(files.path("rejects"))])).unwrap();
    assert_eq!(database.value("SELECT string_agg(v, ' ' ORDER BY v) FROM t"), "4 5");
}

#[test]
fn a_file_that_cannot_be_written_leaves_everything_as_it_was() {
    for database in on_every_version() {
        let database = database.with("CREATE TABLE t (id serial PRIMARY KEY)");
        let files = Files::new();
        let file = files.write("rows.csv", "id\n1\nx\n");
        let reject = |path: &str| {
            let request = LoadRequest { reject: Some(path.into()), ..into("t", [file.clone()]) };
            files.load(&database, &request).unwrap_err().to_string()
        };
        let full = reject("/dev/full");
        let expected =
            "could not write the rejected lines to /dev/full: No space left on device (os error 28)";
        assert_eq!(full, expected, "PostgreSQL {}", database.major());
        let itself = reject(&files.path("rows.csv").to_string_lossy());
        assert!(itself.ends_with("rows.csv holds something already, and is not written over"), "{itself}");
        assert!(
            reject("/nowhere/at/all").starts_with("could not write the rejected lines to /nowhere/at/all: ")
        );
        assert_eq!(database.value("SELECT count(*) FROM t"), "0");
        assert_eq!(database.value("SELECT is_called FROM t_id_seq"), "f");
        assert_eq!(files.read("rows.csv"), "id\n1\nx\n");
    }
}

#[test]
fn without_bad_rows_there_is_no_file() {
    let database = on_newest().with("CREATE TABLE t (id serial PRIMARY KEY)");
    let files = Files::new();
    let good = files.write("rows.csv", "id\n1\n");
    assert_eq!(load(&files, &database, good, OnConflict::Error).unwrap().rejected, None);
    assert!(!files.path("rejects").exists());
    let gone = files.write("rows.csv", "id\n2\nx\n2147483647\n");
    load(&files, &database, gone, OnConflict::Error).unwrap_err();
    assert!(!files.path("rejects").exists(), "nothing was loaded, and nothing left out");
}

#[test]
fn a_line_that_would_end_the_data_takes_no_other_with_it() {
    for database in on_every_version() {
        let database = database.with("CREATE TABLE t (id serial PRIMARY KEY)");
        let files = Files::new();
        let file = files.write("rows.csv", "id\n1\n\\.\n2\n");
        load(&files, &database, file, OnConflict::Error).unwrap();
        assert_eq!(database.value("SELECT count(*) FROM t"), "2", "PostgreSQL {}", database.major());
        assert_eq!(files.read("rejects"), "id\n\\.\n");
    }
}
