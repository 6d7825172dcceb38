//! `reseq load`

use std::io::Write as _;
use std::process::Stdio;

use crate::support::{Run, Sandbox, sandbox, snapshot};

const PEOPLE: &str = "CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, age int)";

fn people(csv: &str) -> Sandbox {
    let shop = sandbox(PEOPLE);
    std::fs::write(shop.home().join("people.csv"), csv).unwrap();
    shop
}

#[test]
fn a_file_is_loaded_and_its_sequence_is_right() {
    let shop = people("name,id,age\nAnna,1,30\nBob,7,\n");
    snapshot!(shop.reseq(&["load", "people", "people.csv", "--yes"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Load people.csv into public.people, all or nothing:
      public.people_id_seq  1 → after the rows that are there by then
      - copy people.csv (csv: name, id, age)
      lock  ROW EXCLUSIVE on public.people, as INSERT takes it: reading and writing
            go on
      lock  SHARE ROW EXCLUSIVE on public.people_id_seq, when the rows are there:
            its nextval() waits for COMMIT

    Done: Load people.csv into public.people.
      - copy people.csv (csv: name, id, age): 2 rows
    Receipt: RECEIPT
    ─── exit status 0
    ");
    assert_eq!(shop.value("SELECT nextval('people_id_seq')::text"), "8");
}

#[test]
fn without_a_yes_nothing_is_loaded() {
    let shop = people("name\nAnna\n");
    let run = shop.reseq(&["load", "people", "people.csv"]);
    assert!(run.stderr.contains("nothing was changed: there is no terminal to ask on"), "{run}");
    assert_eq!(run.status, Some(2), "{run}");
    let run = shop.reseq(&["load", "people", "people.csv", "--yes", "--dry-run"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT count(*)::text FROM people"), "0");
}

#[test]
fn standard_input_is_a_file_too() {
    let shop = sandbox(PEOPLE);
    let mut command =
        shop.command(&["load", "people", "-", "-y", "-q", "--file-format", "text", "--columns", "name,age"]);
    let mut reseq =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    reseq.stdin.take().unwrap().write_all(b"Anna\t30\nBob\t\\N\n").unwrap();
    snapshot!(Run::from(reseq.wait_with_output().unwrap()), @"─── exit status 0");
    assert_eq!(shop.value("SELECT string_agg(id || name, ' ' ORDER BY id) FROM people"), "1Anna 2Bob");
}

#[test]
fn a_bad_line_is_named_and_nothing_is_loaded() {
    let shop = people("name,age\nAnna,30\nBob,old\nEve,5\n");
    let run = shop.reseq(&["load", "people", "people.csv", "--yes", "--quiet"]);
    snapshot!(run, @r#"
    ─── standard error
    reseq: people.csv, line 3, column age: invalid input syntax for type integer: "old"
    hint: nothing was loaded: mend the line, or load the others and keep it in a file with --reject
    ─── exit status 3
    "#);
    assert_eq!(shop.value("SELECT count(*)::text FROM people"), "0");
}

#[test]
fn bad_lines_are_left_out_and_kept() {
    let shop = people("name,age\nAnna,30\nBob,old\n,7\nEve,5\n");
    let run = shop.reseq(&["load", "people", "people.csv", "-y", "-q", "--reject", "bad.csv"]);
    snapshot!(run, @r#"
    Done: Load people.csv into public.people.
      - copy people.csv (csv: name, age): 2 rows
    Left out, and kept in bad.csv: 2 rows.
      - people.csv, line 3, column age: invalid input syntax for type integer: "old"
      - people.csv, line 4, column name: null value in column "name" of relation
        "people" violates not-null constraint: Failing row contains (4, null, 7).
        (found: ,7)
    Receipt: RECEIPT
    ─── exit status 1
    "#);
    assert_eq!(std::fs::read_to_string(shop.home().join("bad.csv")).unwrap(), "name,age\nBob,old\n,7\n");
    let json = shop.reseq(&["load", "people", "bad.csv", "-y", "--format", "json", "--reject", "worse.csv"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        (&document["rejected"]["rows"], &document["acts"][2]["rows"]),
        (&2.into(), &0.into()),
        "{json}"
    );
    let schema = serde_json::from_str(include_str!("../../../../schema/change.schema.json")).unwrap();
    let errors: Vec<_> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&document).map(|e| e.to_string()).collect();
    assert_eq!((errors, json.status), (Vec::new(), Some(1)));
}

#[test]
fn rejected_lines_that_cannot_be_kept_end_the_load() {
    let shop = people("name,age\nAnna,30\nBob,old\n");
    let run = shop.reseq(&["load", "people", "people.csv", "-y", "-q", "--reject", "/dev/full"]);
    snapshot!(run, @"
    ─── standard error
    reseq: could not write the rejected lines to /dev/full: No space left on device (os error 28)
    ─── exit status 3
    ");
    let run = shop.reseq(&["load", "people", "people.csv", "-y", "-q", "--reject", "people.csv"]);
    snapshot!(run, @"
    ─── standard error
    reseq: people.csv holds something already, and is not written over
    hint: name another file for the rejected lines, or remove it (a run that was killed leaves it behind)
    ─── exit status 2
    ");
    assert_eq!(shop.value("SELECT count(*)::text FROM people"), "0");
}

#[test]
fn columns_that_are_not_there_are_told() {
    let shop = people("Id,name\n1,Anna\n");
    snapshot!(shop.reseq(&["load", "people", "people.csv", "-y"]), @r#"
    ─── standard error
    reseq: people.csv, line 1: public.people has no column "Id"; it has id, name, age
    hint: the header names the columns: say them with --columns in its place, say --no-header where there is none, or --file-format text for what is not csv
    ─── exit status 2
    "#);
    let run = shop.reseq(&["load", "people", "people.csv", "-y", "--columns", "id,name"]);
    assert_eq!(run.status, Some(0), "{run}");
}

#[test]
fn names_of_columns_may_hold_commas() {
    let shop = sandbox(r#"CREATE TABLE t ("I D" serial PRIMARY KEY, "N,q" text)"#);
    std::fs::write(shop.home().join("t.csv"), "7,a\n").unwrap();
    let columns = r#""I D" , "N,q""#;
    let run = shop.reseq(&["load", "t", "t.csv", "-y", "--no-header", "--columns", columns]);
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value(r#"SELECT concat("I D", "N,q") FROM t"#), "7a");
}

#[test]
fn the_encoding_of_the_client_is_heeded() {
    let shop = sandbox(PEOPLE);
    std::fs::write(shop.home().join("people.csv"), b"name\nJos\xe9\n").unwrap();
    let mut command = shop.command(&["load", "people", "people.csv", "-y", "-q"]);
    let run = Run::of(command.env("PGCLIENTENCODING", "LATIN1"));
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT name FROM people"), "José");
}

#[test]
fn a_script_does_the_same() {
    let shop = people("id,name\n1,Anna\n7,Bob\n");
    let run = shop.reseq(&["load", "people", "people.csv", "--dry-run", "--format", "sql"]);
    assert_eq!(run.status, Some(0), "{run}");
    let copy = format!(
        "\n\\copy public.people (id, name) FROM '{}' WITH (FORMAT csv, HEADER)\n",
        shop.home().join("people.csv").display()
    );
    assert!(run.stdout.contains(&copy), "{run}");
    // Without psql: the rows another way, and the rest as it is.
    let script: String =
        run.stdout.lines().filter(|line| !line.starts_with('\\')).map(|line| format!("{line}\n")).collect();
    let script = script.replacen(
        "-- move ",
        "INSERT INTO public.people (id, name) VALUES (1, 'Anna'), (7, 'Bob');\n-- move ",
        1,
    );
    shop.execute(&script);
    assert_eq!(shop.value("SELECT nextval('people_id_seq')::text"), "8");
    snapshot!(shop.reseq(&["load", "people", "people.csv", "--dry-run", "--format", "sql", "--new-ids"]), @"
    ─── standard error
    reseq: this cannot be a script: psql cannot leave columns of a file out
    hint: without --format sql the plan is shown in words
    ─── exit status 2
    ");
}
