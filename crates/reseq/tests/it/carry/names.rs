//! Which sequence is which: hostile names, and schemas that have another name.

use reseq::carry::{CarryOptions, look};
use reseq::model::quote_literal;
use reseq::plan::SchemaMapping;

use super::{carry, carry_with, look_at, next_values};
use crate::fixing::assert_all_repaired;
use crate::support::{Database, on_newest, on_versions};

/// Words that some versions reserve and others do not are among them.
const NAMES: &[&str] = &[
    "it's",
    r#"say "yes""#,
    "a.b",
    "semi;colon",
    r"back\slash\",
    "new\nline",
    " space ",
    "100%I %s %1$s %%",
    "$1 $$ $tag$",
    "{name} {sequence}",
    "-- comment",
    "é日本語🐘",
    "system_user",
    "user",
    "CamelCase",
    "camelcase",
    r"\'; SELECT nextval('public.victim'); --",
    "63_bytes_63_bytes_63_bytes_63_bytes_63_bytes_63_bytes_63_bytes_",
];

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A schema and a sequence in it of each name.
fn create(database: &Database) {
    database.connect().simple("CREATE SEQUENCE victim; SELECT nextval('victim')").unwrap();
    for name in NAMES {
        let name = quoted(name);
        database.connect().simple(&format!("CREATE SCHEMA {name}; CREATE SEQUENCE {name}.{name}")).unwrap();
    }
}

#[test]
fn hostile_names_lead_to_their_own_sequences() {
    for (source, target) in on_versions(&[10, 16]).zip(on_versions(&[18, 13])) {
        create(&source);
        create(&target);
        for (number, name) in NAMES.iter().enumerate() {
            let name = quote_literal(&format!("{0}.{0}", quoted(name)));
            // Both near enough to be drawn and far enough to be set.
            let value = if number % 2 == 0 { 1000 + number } else { 1_000_000 + number };
            source.value(&format!("SELECT setval({name}, {value})"));
        }
        assert_all_repaired(&carry(&source, &target).outcome);
        for (number, name) in NAMES.iter().enumerate() {
            let value = if number % 2 == 0 { 1001 + number } else { 1_000_001 + number };
            let found = target
                .value(&format!("SELECT nextval({})", quote_literal(&format!("{0}.{0}", quoted(name)))));
            assert_eq!(found, value.to_string(), "{name}");
        }
        assert_eq!(next_values(&target, &["victim"]), ["2"]);
    }
}

fn mapped(mappings: &[(&str, &str)]) -> CarryOptions {
    let mapping = |(source, target): &(&str, &str)| SchemaMapping {
        source: (*source).to_owned(),
        target: (*target).to_owned(),
    };
    CarryOptions { schemas: mappings.iter().map(mapping).collect(), ..CarryOptions::default() }
}

#[test]
fn schemas_may_have_another_name() {
    let source = on_newest().with(
        r#"CREATE SCHEMA "Old Shop"; CREATE SEQUENCE "Old Shop".s; SELECT setval('"Old Shop".s', 10);
           CREATE SEQUENCE public.s; SELECT setval('public.s', 20)"#,
    );
    let target =
        on_newest().with(r#"CREATE SCHEMA "new.shop"; CREATE SEQUENCE "new.shop".s; CREATE SEQUENCE s"#);
    assert_eq!(look_at(&source, &target, &mapped(&[])).pairs.missing.len(), 1);
    let carried = carry_with(&source, &target, &mapped(&[("Old Shop", "new.shop")]));
    assert!(carried.carrying.stands_for_all());
    assert_eq!(next_values(&target, &["\"new.shop\".s", "public.s"]), ["11", "21"]);
}

#[test]
fn two_schemas_may_change_places() {
    let schemas = "CREATE SCHEMA a; CREATE SCHEMA b; CREATE SEQUENCE a.s; CREATE SEQUENCE b.s;";
    let source = on_newest().with(&format!("{schemas} SELECT setval('a.s', 10), setval('b.s', 20)"));
    let target = on_newest().with(schemas);
    assert_all_repaired(&carry_with(&source, &target, &mapped(&[("a", "b"), ("b", "a")])).outcome);
    assert_eq!(next_values(&target, &["a.s", "b.s"]), ["21", "11"]);
}

#[test]
fn two_schemas_of_one_database_are_two_ends() {
    let database = on_newest().with(
        "CREATE SCHEMA a; CREATE SCHEMA b; CREATE SEQUENCE a.s; CREATE SEQUENCE b.s; SELECT setval('a.s', 10)",
    );
    let carried = carry_with(&database, &database, &mapped(&[("a", "b")]));
    assert_all_repaired(&carried.outcome);
    assert_eq!(carried.carrying.pairs.found.len(), 1);
    assert_eq!(next_values(&database, &["a.s", "b.s"]), ["11", "11"]);
}

#[test]
fn a_database_is_not_carried_to_itself() {
    let database = on_newest().with("CREATE SEQUENCE s");
    let refusal = |mut target: reseq::session::Sessions, options: &CarryOptions| {
        look(&mut database.sessions(), &mut target, options).unwrap_err().to_string()
    };
    let expected = "source and target are the same database: ";
    assert!(refusal(database.sessions(), &CarryOptions::default()).starts_with(expected));
    // By another name of the host.
    let elsewhere = database.connector().keyword("host", "localhost").keyword("hostaddr", "127.0.0.1");
    let elsewhere = reseq::session::Sessions::open(elsewhere, 1).unwrap();
    assert!(refusal(elsewhere, &CarryOptions::default()).starts_with(expected));
    // With a mapping that leads to the very same sequence.
    assert!(refusal(database.sessions(), &mapped(&[("public", "public")])).starts_with(expected));
    let nowhere = "no sequence of the source is in the schema elsewhere, which is to be mapped to public";
    assert_eq!(refusal(database.sessions(), &mapped(&[("elsewhere", "public")])), nowhere);
}
