//! Selecting sequences by pg_dump's patterns, declaring links, and what is left alone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reseq::catalog::{self, Catalog, Selection};
use reseq::config;
use reseq::model::Mapping;
use reseq::{Error, Result};

use crate::support::{Database, on_every_version, on_newest};

const SHOP: &str = "
    CREATE SCHEMA shop; CREATE SCHEMA tmp;
    CREATE TABLE shop.orders (id serial, region int) PARTITION BY LIST (region);
    CREATE TABLE shop.orders_eu PARTITION OF shop.orders FOR VALUES IN (1);
    CREATE TABLE shop.\"Items\" (id serial);
    CREATE SEQUENCE tmp.far; CREATE TABLE shop.far (id int DEFAULT nextval('tmp.far'));
    CREATE TABLE tmp.scratch (id serial);
    CREATE TABLE customers (id serial);
    CREATE SEQUENCE tmp.alone;
";

const ALL: [&str; 6] = [
    "public.customers_id_seq",
    "shop.\"Items_id_seq\"",
    "shop.orders_id_seq",
    "tmp.alone",
    "tmp.far",
    "tmp.scratch_id_seq",
];

fn selected(database: &Database, selection: &Selection) -> Result<Vec<String>> {
    let mut sessions = database.sessions();
    let catalog = catalog::read(&mut sessions, &[])?;
    let selected = selection.select(sessions.first(), &catalog)?;
    assert_eq!(selected.len(), catalog.sequences.len());
    let names = catalog.sequences.iter().zip(selected);
    Ok(names.filter(|(_, selected)| *selected).map(|(one, _)| one.name.to_string()).collect())
}

fn patterns(patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(|&pattern| pattern.to_owned()).collect()
}

#[test]
fn sequences_are_selected_by_themselves_or_by_their_tables() {
    let [customers, items, orders, alone, far, scratch] = ALL;
    for database in on_every_version() {
        let database = database.with(SHOP);
        let none = Selection::default;
        for (selection, expected) in [
            (none(), ALL.to_vec()),
            (Selection { schemas: patterns(&["shop"]), ..none() }, vec![items, orders, far]),
            (Selection { schemas: patterns(&["TMP"]), ..none() }, vec![alone, far, scratch]),
            (Selection { tables: patterns(&["shop.orders_eu"]), ..none() }, vec![orders]),
            (Selection { tables: patterns(&["shop.\"Items\"", "c*"]), ..none() }, vec![customers, items]),
            (Selection { tables: patterns(&["tmp.alone"]), ..none() }, vec![alone]),
            (Selection { sequences: patterns(&["*.*orders*"]), ..none() }, vec![orders]),
            (
                Selection { exclude_schemas: patterns(&["tmp"]), ..none() },
                vec![customers, items, orders, far],
            ),
            (Selection { exclude_tables: patterns(&["shop.*"]), ..none() }, vec![customers, alone, scratch]),
            (Selection { exclude_tables: patterns(&["shop.orders_eu"]), ..none() }, {
                // Its only partition: nothing is left.
                vec![customers, items, alone, far, scratch]
            }),
            (Selection { ignore: patterns(&["tmp.*"]), ..none() }, vec![customers, items, orders]),
            (
                Selection { schemas: patterns(&["shop"]), exclude_tables: patterns(&["shop.f?r"]), ..none() },
                vec![items, orders],
            ),
        ] {
            let found = selected(&database, &selection).unwrap();
            assert_eq!(found, expected, "PostgreSQL {}: {selection:?}", database.major());
        }
    }
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error_with_a_hint() {
    let database = on_newest().with(SHOP);
    for (selection, message, hint) in [
        (
            Selection { tables: patterns(&["orders"]), ..Selection::default() },
            "no table or sequence matches the pattern orders",
            Some("did you mean shop.orders?"),
        ),
        (
            Selection { tables: patterns(&["shop.item"]), ..Selection::default() },
            "no table or sequence matches the pattern shop.item",
            Some("did you mean shop.\"Items\" or shop.\"Items_id_seq\"?"),
        ),
        (
            Selection { sequences: patterns(&["customers"]), ..Selection::default() },
            "no sequence matches the pattern customers",
            Some("did you mean public.customers_id_seq?"),
        ),
        (
            Selection { schemas: patterns(&["stop"]), ..Selection::default() },
            "no schema matches the pattern stop",
            Some("reseq check -v lists every sequence, with the columns that it feeds"),
        ),
        (
            Selection { exclude_tables: patterns(&["\"open"]), ..Selection::default() },
            "the pattern \"open holds a double quote without an end",
            Some("end it with another one; a double quote that is part of the name is written twice"),
        ),
    ] {
        let error = selected(&database, &selection).unwrap_err();
        assert!(matches!(error, Error::Usage { .. }), "{error:?}");
        assert_eq!((error.to_string().as_str(), error.hint().as_deref()), (message, hint));
    }
    let malformed = Selection { tables: patterns(&["a(b"]), ..Selection::default() };
    let error = selected(&database, &malformed).unwrap_err();
    assert!(matches!(error, Error::Usage { .. }), "{error:?}");
    assert!(error.to_string().starts_with("the pattern a(b cannot be read: "), "{error}");
    // What is to be left out need not be there.
    let absent = Selection { exclude_tables: patterns(&["gone"]), ..Selection::default() };
    assert_eq!(selected(&database, &absent).unwrap(), ALL);
}

fn declared(table: &str, column: &str, sequence: &str) -> config::Link {
    let mapping = Mapping { factor: 1, offset: 1000, text: None };
    config::Link {
        table: table.into(),
        column: column.into(),
        sequence: sequence.into(),
        expression: Some("1000 + nextval".into()),
        mapping,
    }
}

fn read(database: &Database, declared: &[config::Link]) -> Result<Catalog> {
    catalog::read(&mut database.sessions(), declared)
}

#[test]
fn declared_links_settle_what_was_unclear() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE SEQUENCE \"No\"; CREATE TABLE orders (\"Order No\" bigint, id serial);
             CREATE FUNCTION number() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN NEW.\"Order No\" := nextval(('\"N' || 'o\"' || TG_TABLE_NAME)::regclass); RETURN NEW; END $$;
             CREATE TRIGGER number BEFORE INSERT ON orders FOR EACH ROW EXECUTE PROCEDURE number()",
        );
        let unclear = read(&database, &[]).unwrap();
        assert_eq!((unclear.links.len(), unclear.unresolved.len()), (1, 1), "{unclear:?}");
        let links = [
            declared("public.orders", "\"Order No\"", "public.\"No\""),
            declared("public.orders", "ID", "public.\"No\""),
        ];
        let catalog = read(&database, &links).unwrap();
        assert_eq!(catalog.unresolved, []);
        let lines: Vec<_> = catalog
            .links
            .iter()
            .map(|link| {
                format!(
                    "{} {} {} {}",
                    catalog.sequence(link.sequence).name,
                    link.via.name(),
                    link.column,
                    link.mapping.offset
                )
            })
            .collect();
        let expected = [
            "public.\"No\" declared \"Order No\" 1000",
            "public.\"No\" declared id 1000",
            "public.orders_id_seq serial id 0",
        ];
        assert_eq!(lines, expected, "PostgreSQL {}", database.major());
    }
}

#[test]
fn what_is_declared_must_be_there() {
    let database = on_newest().with("CREATE SEQUENCE s; CREATE TABLE t (id int)");
    for (link, message) in [
        (declared("public.u", "id", "public.s"), "there is no table public.u"),
        (declared("public.t", "no", "public.s"), "table public.t has no column no"),
        (declared("public.t", "id", "public.t"), "there is no sequence public.t"),
        (declared("public.t", "id", "s"), "there is no sequence s"),
        (declared("public.t", "\"id", "public.s"), "\"public.t\", \"\"id\" or \"public.s\" is not a name"),
    ] {
        let error = read(&database, &[link]).unwrap_err();
        assert_eq!(error.to_string(), format!("reseq.toml declares a link, but {message}"));
        assert!(matches!(error, Error::Usage { hint: Some(_), .. }), "{error:?}");
    }
}

#[test]
fn temporary_objects_and_those_of_extensions_are_left_alone() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE SEQUENCE shared; CREATE TABLE of_extension (id serial, n int DEFAULT nextval('shared'));
             ALTER EXTENSION plpgsql ADD TABLE of_extension;
             ALTER EXTENSION plpgsql ADD SEQUENCE of_extension_id_seq",
        );
        let mut other = database.connect();
        other.simple("CREATE TEMP TABLE t (id serial, n int DEFAULT nextval('public.shared'))").unwrap();
        let catalog = read(&database, &[]).unwrap();
        let names: Vec<_> = catalog.sequences.iter().map(|sequence| sequence.name.as_str()).collect();
        assert_eq!(names, ["public.shared"], "PostgreSQL {}", database.major());
        assert!(catalog.links.is_empty() && catalog.unresolved.is_empty(), "{catalog:?}");
    }
}

#[test]
fn tables_that_come_and_go_are_no_error() {
    const COME: &str = "
        CREATE SEQUENCE s; CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('s') $$;
        CREATE TABLE t (id serial PRIMARY KEY, a int, UNIQUE (a, id)); GRANT INSERT ON t TO PUBLIC;
        CREATE TABLE u (id bigint DEFAULT f(), t_id int REFERENCES t (id))";
    const GO: &str = "DROP TABLE t, u; DROP FUNCTION f(); DROP SEQUENCE s";
    let database = on_newest();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut connection = database.connect();
            // They stay for different times, so that they go in every part of the reading.
            for stay in (0..).map(|round| round % 20 * 10).take_while(|_| !done.load(Ordering::Relaxed)) {
                connection.simple(COME).unwrap();
                std::thread::sleep(Duration::from_millis(stay));
                connection.simple(GO).unwrap();
            }
        });
        let mut sessions = database.sessions();
        let outcomes: Vec<_> = (0..100).map(|_| catalog::read(&mut sessions, &[])).collect();
        done.store(true, Ordering::Relaxed);
        let links: usize = outcomes.iter().flatten().map(|catalog| catalog.links.len()).sum();
        assert_eq!(outcomes.into_iter().find_map(Result::err).map(|error| error.to_string()), None);
        assert!(links > 0, "the tables were never there");
    });
}
