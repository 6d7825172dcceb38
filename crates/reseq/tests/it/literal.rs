//! What reseq writes into statements, and reads from names and patterns, means the same to the server.

use std::cell::RefCell;

use proptest::prelude::*;
use reseq::model::{ObjectName, RelationPattern, quote_literal};

use crate::support::{on_every_version, on_newest};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn literals_mean_their_text_whatever_the_server_is_set_to() {
    for (database, setting) in on_every_version().flat_map(|database| {
        let database = std::rc::Rc::new(database);
        ["on", "off"].map(|setting| (database.clone(), setting))
    }) {
        let connection = RefCell::new(database.connect());
        let set = format!("SET standard_conforming_strings = {setting}");
        // 19 knows only standard strings
        if connection.borrow_mut().simple(&set).is_err() {
            assert!(setting == "off" && database.major() >= 19);
            continue;
        }
        proptest!(config(), |(text in "[^\0]{0,12}|[\\\\'\"$a]{0,8}")| {
            let sql = format!("SELECT {} AS text", quote_literal(&text));
            let rows = connection.borrow_mut().query(&sql, &[]).unwrap();
            prop_assert_eq!(rows.row(0).unwrap().get::<String>(0).unwrap(), text);
        });
    }
}

#[test]
fn names_are_read_as_the_server_reads_them() {
    let created = [
        "\"a.b\"",
        "\"Mixed Case\"",
        "\"x\"\"y\"",
        "plain",
        "\"a-b\"",
        "\"1a\"",
        "größe",
        "\"(\"",
        "\"it's\"",
    ];
    let written = [
        "PLAIN",
        " plain ",
        "n.plain",
        "n . plain",
        "\"n\".\"plain\"",
        "A-b",
        "1A",
        "\"a.b\"",
        "a.b",
        "n.\"x\"\"y\"",
        "\"Mixed Case\"",
        "Mixed Case",
        "größe",
        "(",
        "it's",
        "n.n.plain",
        "",
        ".",
        "plain.",
        "\"\"",
        "\"plain",
        "nowhere",
    ];
    for database in on_every_version() {
        let sequences: Vec<_> = created.iter().map(|name| format!("CREATE SEQUENCE n.{name}")).collect();
        let database = database.with(&format!("CREATE SCHEMA n; {}", sequences.join(";")));
        let mut connection = database.connect();
        connection.simple("SET search_path = n").unwrap();
        for text in written {
            let by_server = connection.query("SELECT $1::regclass::oid::text", &[Some(text)]).ok();
            let by_server = by_server.map(|rows| rows.row(0).unwrap().get::<String>(0).unwrap());
            let by_reseq = ObjectName::parse(text).and_then(|name| {
                let sql = "SELECT oid::text FROM pg_class WHERE relname = $1 AND relnamespace = $2::text::regnamespace";
                let rows = connection.query(sql, &[Some(&name.name), Some(name.schema.as_deref().unwrap_or("n"))]);
                rows.ok()?.row(0).ok()?.get::<String>(0).ok()
            });
            // a database's name is looked at by the server alone
            if text != "n.n.plain" {
                assert_eq!(by_reseq, by_server, "{text:?} on {}", database.major());
            }
        }
    }
}

#[test]
fn a_quoted_pattern_matches_its_name_alone() {
    let database = on_newest();
    let connection = RefCell::new(database.connect());
    proptest!(config(), |(name in "[-A-Za-z0-9.*+?()|{}\\[\\]^$\\\\\" ä]{1,8}", other in "[-a-zA-Z.*ä]{1,4}")| {
        let pattern = format!("\"{}\"", name.replace('"', "\"\""));
        let regex = RelationPattern::parse(&pattern, "").unwrap().name;
        let sql = "SELECT $1::text OPERATOR(pg_catalog.~) $3, $2::text OPERATOR(pg_catalog.~) $3";
        let rows = connection.borrow_mut().query(sql, &[Some(&name), Some(&other), Some(&regex)]).unwrap();
        let row = rows.row(0).unwrap();
        prop_assert!(row.get::<bool>(0).unwrap(), "{}", regex);
        prop_assert_eq!(row.get::<bool>(1).unwrap(), name == other);
    });
}

#[test]
fn patterns_choose_what_psql_would_choose() {
    let names = "orders, \"Orders\", \"a.b\", tmp_1, tmp_a, u$1, \"int4[]\"";
    let tables: String = names.split(", ").map(|name| format!("CREATE TABLE {name} ();")).collect();
    let database = on_newest().with(&tables);
    let mut connection = database.connect();
    for (pattern, chosen) in [
        ("Orders", "orders"),
        ("\"Orders\"", "Orders"),
        ("tmp_*", "tmp_1 tmp_a"),
        ("public.tmp_?", "tmp_1 tmp_a"),
        ("tmp_[0-9]", "tmp_1"),
        ("*.\"a.b\"", "a.b"),
        ("u$1|orders", "orders u$1"),
        ("int4[]", "int4[]"),
        ("nothing*", ""),
    ] {
        let regexes = RelationPattern::parse(pattern, "postgres").unwrap();
        let sql = "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname COLLATE \"C\"), '') FROM pg_class
                   WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
                     AND relname::text OPERATOR(pg_catalog.~) $1 AND 'public' OPERATOR(pg_catalog.~) $2";
        let schema = regexes.schema.unwrap_or_else(|| "^(public)$".to_owned());
        let rows = connection.query(sql, &[Some(&regexes.name), Some(&schema)]).unwrap();
        assert_eq!(rows.row(0).unwrap().get::<String>(0).unwrap(), chosen, "{pattern}");
    }
}
