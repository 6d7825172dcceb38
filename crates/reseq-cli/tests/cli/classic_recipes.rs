//! docs/classic-recipes.md is true: its commands do what it says, and its statements are understood.

use crate::support::sandbox;

const PAGE: &str = include_str!("../../../../docs/classic-recipes.md");

const PEOPLE: &str = "
    CREATE TABLE people (id serial PRIMARY KEY);
    INSERT INTO people SELECT generate_series(5, 131);
    CREATE SEQUENCE order_no;
    CREATE TABLE orders (number int PRIMARY KEY DEFAULT nextval('order_no'));
";

/// The fenced blocks of a language below a heading.
fn blocks(heading: &str, language: &str) -> Vec<&'static str> {
    let (_, section) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    section
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'))
        .collect()
}

/// The next value of people's ids after the block, by hand or by the command.
fn next_after(heading: &str, language: &str, place: usize, before: &str) -> String {
    let block = blocks(heading, language)[place];
    let shop = sandbox(PEOPLE);
    shop.execute(before);
    if language == "sql" {
        shop.execute(block);
    } else {
        for command in block.lines() {
            let words: Vec<&str> = command.split(' ').skip(1).chain(["--yes"]).collect();
            let run = shop.reseq(&words);
            assert_eq!(run.status, Some(0), "{command}: {run}");
        }
    }
    shop.value("SELECT nextval('people_id_seq')::text")
}

#[test]
fn restart_at_a_value() {
    let heading = "Restart at a value";
    assert_eq!(next_after(heading, "sql", 0, ""), "1000");
    assert_eq!(next_after(heading, "sh", 0, ""), "1000");
    assert_eq!(next_after(heading, "sh", 1, ""), "100000");
}

#[test]
fn restart_at_the_beginning() {
    let heading = "Restart at the beginning";
    let empty = "TRUNCATE people; SELECT setval('people_id_seq', 500)";
    assert_eq!(next_after(heading, "sql", 0, empty), "1");
    assert_eq!(next_after(heading, "sh", 0, empty), "1");
}

#[test]
fn export_clear_restart_import_again() {
    let heading = "Export, clear, restart, import again";
    let roles = "ALTER TABLE people ADD name text, ADD role text; CREATE TABLE notes (person int)";
    assert_eq!(next_after(heading, "sql", 0, roles), "1127");
    assert_eq!(next_after(heading, "sh", 0, roles), "1127");
    assert_eq!(next_after(heading, "sh", 1, roles), "1127");
}

#[test]
fn set_it_to_the_data() {
    let heading = "Set it to the data";
    assert_eq!(next_after(heading, "sql", 0, ""), "132");
    assert_eq!(next_after(heading, "sh", 0, ""), "132");
    assert_eq!(next_after(heading, "sh", 1, ""), "132");
    // Where the statement does nothing, without a word.
    let empty = "TRUNCATE people; SELECT setval('people_id_seq', 500)";
    assert_eq!(next_after(heading, "sql", 0, empty), "501");
    assert_eq!(next_after(heading, "sh", 1, empty), "1");
}

#[test]
fn after_every_bulk_import() {
    let load = blocks("After every bulk import", "sh")[0];
    let shop = sandbox("CREATE TABLE people (id serial PRIMARY KEY)");
    std::fs::write(shop.home().join("people.csv"), "id\n5\n131\n").unwrap();
    let words: Vec<&str> = load.trim().split(' ').skip(1).chain(["--yes"]).collect();
    let run = shop.reseq(&words);
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT nextval('people_id_seq')::text"), "132");
}
