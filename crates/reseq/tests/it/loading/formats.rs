//! What files may be.

use std::io::{Read as _, Write as _};

use reseq::LoadRequest;
use reseq::file::{Kind, Said};
use reseq::plan::{Ids, LoadOptions};

use super::{Files, into};
use crate::support::{Database, on_every_version, on_newest};

const PEOPLE: &str = "CREATE TABLE people (id serial PRIMARY KEY, name text, age int)";

fn names(database: &Database) -> String {
    database.value(
        "SELECT string_agg(format('%s:%s:%s', id, coalesce(name, 'NULL'), age), ' ' ORDER BY id) FROM people",
    )
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn binary(database: &Database, query: &str) -> Vec<u8> {
    let mut connection = database.connect();
    let mut content = Vec::new();
    let mut copy = connection.copy_out(&format!("COPY ({query}) TO STDOUT (FORMAT binary)")).unwrap();
    copy.read_to_end(&mut content).unwrap();
    content
}

#[test]
fn every_format_and_compression_is_known_by_its_content() {
    for database in on_every_version() {
        let database = database.with(PEOPLE);
        let files = Files::new();
        let csv = "\u{feff}name,id\r\n\"A, \"\"1\"\"\",1\r\n,2\r\n\"\",3\r\n";
        let text = "4\tB\\tb\t40\n5\t\\N\t\\N\n\\.\n";
        let several = [
            files.write("a.csv", csv),
            files.write("b.dat", text),
            files.write("c.csv.gz", gzip(b"id,age\n6,60\n")),
            files.write("d.csv", zstd::encode_all(&b"id,age\n7,70"[..], 1).unwrap()),
            files.write("e", binary(&database, "SELECT 8, 'bin'::text, 80")),
            files.write("f.gz", gzip(&binary(&database, "SELECT 9, NULL::text, NULL::int"))),
        ];
        let outcome = files.load(&database, &into("people", several)).unwrap();
        assert!(outcome.is_done());
        let expected = "1:A, \"1\": 2:NULL: 3:: 4:B\tb:40 5:NULL: 6:NULL:60 7:NULL:70 8:bin:80 9:NULL:";
        assert_eq!(names(&database), expected, "PostgreSQL {}", database.major());
        assert_eq!(database.value("SELECT nextval('people_id_seq')"), "10");
    }
}

#[test]
fn ids_are_left_out_of_every_format() {
    for database in on_every_version() {
        let database = database.with(PEOPLE).with("SELECT setval('people_id_seq', 99)");
        let files = Files::new();
        let several = [
            files.write("a.csv", "name,id,age\n\"x\ny\",1,10\nz,2,20\n"),
            files.write("b.txt", "3\tt\\\tab\t30\n"),
            files.write("c", binary(&database, "SELECT 4, 'bin'::text, 40")),
        ];
        let options = LoadOptions { ids: Some(Ids::New), ..LoadOptions::default() };
        files.load(&database, &LoadRequest { options, ..into("people", several) }).unwrap();
        assert_eq!(names(&database), "100:x\ny:10 101:z:20 102:t\tab:30 103:bin:40");
        assert_eq!(database.value("SELECT nextval('people_id_seq')"), "104");
    }
}

#[test]
fn what_is_said_of_a_file_holds() {
    let database = on_newest().with(PEOPLE);
    let files = Files::new();
    let file = files.write("rows", "ID;NAME\n1;-\n2;b\n");
    let said = Said { delimiter: Some(b';'), null: Some("-".to_owned()), ..Said::default() };
    let columns = Some(vec!["id".to_owned(), "name".to_owned()]);
    let options = LoadOptions { columns, ..LoadOptions::default() };
    let request = LoadRequest { said, options: options.clone(), ..into("people", [file]) };
    files.load(&database, &request).unwrap();
    let headless = Said { header: Some(false), ..Said::default() };
    let file = files.write("headless.csv", "3,c\n");
    files.load(&database, &LoadRequest { said: headless, options, ..into("people", [file]) }).unwrap();
    let headed = Said { header: Some(true), kind: Some(Kind::Text), ..Said::default() };
    let file = files.write("headed.csv", "id\tage\n4\t44\n");
    files.load(&database, &LoadRequest { said: headed, ..into("people", [file]) }).unwrap();
    assert_eq!(names(&database), "1:NULL: 2:b: 3:c: 4:NULL:44");
}

#[test]
fn texts_in_another_encoding_are_read_as_it_says() {
    for database in on_every_version() {
        database.anew(PEOPLE);
        let files = Files::new();
        let several = [files.write("a.csv", b"id,name\n1,caf\xe9\n"), files.write("b.txt", b"2\t\xfc\t7\n")];
        let error = files.load(&database, &into("people", several.clone())).unwrap_err();
        assert!(error.to_string().contains("a.csv, line 2"), "{error}");
        assert!(error.hint().unwrap().contains("--encoding"), "{error}");
        let said = Said { encoding: Some("LATIN1".to_owned()), ..Said::default() };
        files.load(&database, &LoadRequest { said, ..into("people", several) }).unwrap();
        assert_eq!(names(&database), "1:café: 2:ü:7", "PostgreSQL {}", database.major());
    }
}

#[test]
fn an_encoding_that_hides_what_separates_fields_is_refused() {
    let database = on_newest().with(PEOPLE);
    let files = Files::new();
    let refused = |name: &str, content: &[u8], encoding: Option<&str>| {
        let said = Said { encoding: encoding.map(str::to_owned), ..Said::default() };
        let request = LoadRequest { said, ..into("people", [files.write(name, content)]) };
        let error = files.load(&database, &request).unwrap_err();
        format!("{error}; {}", error.hint().unwrap_or_default())
    };
    let utf16 = refused("a.csv", b"\xff\xfei\0d\0\n\0", None);
    assert!(utf16.ends_with(
        "a.csv is in UTF-16, which the server does not read; convert it: iconv -f UTF-16 -t UTF-8"
    ));
    let sjis = refused("b.txt", b"1\t\x83\x5c\t2\n", Some("SJIS"));
    assert!(
        sjis.contains("what separates its fields may be half of a character there; convert it"),
        "{sjis}"
    );
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let database = on_newest().with(PEOPLE).with("CREATE VIEW old AS SELECT * FROM people");
    let files = Files::new();
    let refused = |table: &str, name: &str, content: &[u8]| {
        let file = files.write(name, content);
        let error = files.load(&database, &into(table, [file])).unwrap_err().to_string();
        error.replace(&files.path("").to_string_lossy().into_owned(), "")
    };
    let people = "id, name, age";
    assert_eq!(
        refused("people", "a.csv", b"id,nmae\n1,x\n"),
        format!("a.csv, line 1: public.people has no column \"nmae\"; it has {people}")
    );
    assert_eq!(refused("people", "a.csv", b"id,id\n"), "a.csv: column id is named twice");
    assert_eq!(refused("people", "a.csv", b""), "a.csv is empty: it has no header");
    assert_eq!(refused("old", "a.csv", b"id\n1\n"), "public.old is not a table with columns");
    assert_eq!(refused("peple", "a.csv", b"id\n1\n"), "there is no table, column or sequence peple");
    assert_eq!(
        refused("people", "a.bin", b"PGCOPY\n\xff\r\n\0\0\0"),
        "a.bin is not whole: it ends in its header"
    );
    let cut = gzip(b"id\n1\n");
    let error = refused("people", "a.csv", &cut[..cut.len() - 4]);
    assert!(error.starts_with("could not read a.csv: "), "{error}");
    assert_eq!(names(&database), "");
}

#[test]
fn a_bad_line_is_told_with_its_place_and_nothing_is_loaded() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, age int CHECK (age >= 0))",
        );
        let files = Files::new();
        let told = |content: &str| {
            let error = files.load_csv(&database, "people", content).unwrap_err().to_string();
            error.replace(&files.path("").to_string_lossy().into_owned(), "")
        };
        let wrong = told("id,name,age\n1,\"a\nb\",1\n2,b,old\n");
        let expected = "rows.csv, line 4, column age: invalid input syntax for";
        assert!(wrong.starts_with(expected) && wrong.ends_with(": \"old\""), "{wrong}");
        let wrong = told("id,name,age\n1,a,1\n1,b,2\n");
        let expected = "rows.csv, line 3: duplicate key value violates unique constraint \"people_pkey\": Key (id)=(1) already exists.";
        assert_eq!(wrong, expected);
        let wrong = told("id,name,age\n1,a,1\n2,b,-2\n");
        assert!(
            wrong.starts_with("rows.csv, line 3: new row for relation \"people\" violates check"),
            "{wrong}"
        );
        let wrong = told("id,name,age\n1,,1\n");
        assert!(wrong.starts_with("rows.csv, line 2, column name: null value in column \"name\""), "{wrong}");
        let wrong = told("id,name\n1,a\n2\n");
        assert_eq!(wrong, "rows.csv, line 3: missing data for column \"name\" (found: 2)");
        // The server looks at foreign keys when all rows are there, and does not say which it was: it is looked for.
        let orphan = "ALTER TABLE people ADD FOREIGN KEY (age) REFERENCES people";
        database.connect().simple(orphan).unwrap();
        let wrong = told("id,name,age\n1,a,1\n2,b,77\n");
        assert!(
            wrong.starts_with("rows.csv, line 3: insert or update on table \"people\" violates foreign key"),
            "{wrong}"
        );
        assert!(wrong.ends_with(": Key (age)=(77) is not present in table \"people\"."), "{wrong}");
        let text = files.write("rows.txt", "1\ta\t1\nx\tb\t2\n");
        let error = files.load(&database, &into("people", [text])).unwrap_err().to_string();
        assert!(error.contains("rows.txt, line 2, column id: invalid input syntax for"), "{error}");
        assert_eq!(database.value("SELECT count(*) FROM people"), "0");
        assert_eq!(
            database.value("SELECT is_called FROM people_id_seq"),
            "f",
            "PostgreSQL {}",
            database.major()
        );
    }
}
