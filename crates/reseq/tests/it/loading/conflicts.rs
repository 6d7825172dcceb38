//! Rows whose primary key is there already.

use reseq::LoadRequest;
use reseq::plan::{LoadOptions, OnConflict};

use super::{Files, into};
use crate::support::{Database, on_every_version, on_newest};

fn people(database: &Database) -> String {
    database.value("SELECT string_agg(format('%s:%s', id, name), ' ' ORDER BY id) FROM people")
}

#[test]
fn they_are_skipped_or_updated_or_end_the_load() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, note text DEFAULT 'kept');
             INSERT INTO people (name) VALUES ('a'), ('b')",
        );
        let files = Files::new();
        let load = |on_conflict, csv: &str| {
            let file = files.write("rows.csv", csv);
            let options = LoadOptions { on_conflict, ..LoadOptions::default() };
            files.load(&database, &LoadRequest { options, ..into("people", [file]) })
        };
        let rows = "id,name\n2,B\n5,E\n5,EE\n";
        load(OnConflict::Error, rows).unwrap_err();
        assert_eq!(people(&database), "1:a 2:b");
        load(OnConflict::Skip, rows).unwrap();
        assert_eq!(people(&database), "1:a 2:b 5:E", "the first of two stays");
        let outcome = load(OnConflict::Update, rows).unwrap();
        assert_eq!(people(&database), "1:a 2:B 5:EE", "the last of two counts");
        assert_eq!(outcome.changed.acts[3].rows, Some(2));
        assert_eq!(database.value("SELECT count(*) FROM people WHERE note = 'kept'"), "3");
        load(OnConflict::Update, "id\n1\n9\n").unwrap();
        assert_eq!(people(&database), "1:a 2:B 5:EE 9:");
        database.connect().simple("INSERT INTO people (name) VALUES ('next')").unwrap();
        assert_eq!(people(&database), "1:a 2:B 5:EE 9: 10:next", "PostgreSQL {}", database.major());
    }
}

#[test]
fn without_a_key_to_conflict_by_it_is_refused() {
    let database = on_newest().with(
        "CREATE TABLE keyless (a int); CREATE TABLE late (a int PRIMARY KEY DEFERRABLE);
         CREATE TABLE t (id serial PRIMARY KEY, v text)",
    );
    let files = Files::new();
    let refused = |table: &str, csv: &str| {
        let file = files.write("rows.csv", csv);
        let options = LoadOptions { on_conflict: OnConflict::Skip, ..LoadOptions::default() };
        let error = files.load(&database, &LoadRequest { options, ..into(table, [file]) }).unwrap_err();
        error.to_string().replace(&files.path("").to_string_lossy().into_owned(), "")
    };
    assert_eq!(
        refused("keyless", "a\n1\n"),
        "public.keyless has no primary key that rows could conflict with"
    );
    assert_eq!(
        refused("late", "a\n1\n"),
        "the primary key of public.late is DEFERRABLE, which ON CONFLICT does not take"
    );
    assert_eq!(refused("t", "v\nx\n"), "rows.csv gives no values to id, a part of the primary key");
}
