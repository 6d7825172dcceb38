//! What the server makes of default expressions is what reseq says that it makes of them.

use std::cell::RefCell;

use proptest::prelude::*;
use reseq::model::expression::{Argument, Body, Expression};
use reseq::model::{Mapping, quote_literal};
use reseq::pq;

use crate::support::{Database, on_every_version, on_newest};

/// Defaults that can be turned round, with the type of their column.
const DEFAULTS: &[(&str, &str)] = &[
    ("int", "nextval('s')"),
    ("int", "nextval(('s'::text)::regclass)"),
    ("numeric(20,2)", "nextval('s')::numeric"),
    ("bigint", "nextval('s') * 10 + 3"),
    ("bigint", "5 - nextval('s') * -2"),
    ("bigint", "-nextval('s') - -5"),
    ("bigint", "(nextval('s') + 1) * (2 + 3)"),
    ("bigint", "nextval('s') * 100000000000"),
    ("numeric", "cast(nextval('s') as numeric(12)) * 2::smallint"),
    ("bigint", "coalesce(nextval('s'), 0)"),
    ("bigint", "case when true then nextval('s') end"),
    ("text", "nextval('s')"),
    ("text", "'INV-' || nextval('s')"),
    ("varchar(20)", "'INV-' || lpad(nextval('s')::text, 6, '0')"),
    ("text", "'INV-' || to_char(nextval('s'), 'FM000000')"),
    ("text", "to_char(nextval('s'), '0000') || 'x'"),
    ("text", "to_char(nextval('s'), 'FM9999')"),
    ("text", "to_char(nextval('s'), 'FM9990')"),
    ("text", "to_char(nextval('s'), '\"A-\"0999\"/x\"FM')"),
    ("text", "to_char(nextval('s'), '\"A-\"0000')"),
    ("text", "trim(to_char(nextval('s'), '000'))"),
    ("text", "trim(to_char(nextval('s'), '99999'))"),
    ("text", "ltrim(to_char(nextval('s'), '000'), ' ')"),
    ("text", "right('000000' || nextval('s'), 6)"),
    ("text", "concat('A', nextval('s'), '-', 7, null)"),
    ("text", "concat_ws('-', 'A', null, nextval('s'), 'z')"),
    ("text", "format('INV-%s-%%', nextval('s'))"),
    ("text", "format('%2$s/%1$s', nextval('s'), 'x')"),
    ("text", "('A-' || nextval('s')::varchar)::varchar(6)"),
    ("text", "lpad(nextval('s')::varchar(4), 6, '0')"),
    ("char(12)", "'A-' || nextval('s') || ' '"),
    ("text", "('A-' || nextval('s') || ' ')::char(9)"),
    ("text", "('A' collate \"C\") || nextval('s')"),
    ("text", "E'a''b\\\\c\\n' || nextval('s') || 'Z'"),
    ("text", "'X' || (nextval('s') + 1000)"),
    ("text", "lpad(nextval('s')::text, 300, '0')"),
];

const VALUES: &[i64] =
    &[1, 9, 10, 999, 1000, 9999, 12345, 123_456, 1_234_567, -1, -10, -999, -1000, -12345, -123_456];

/// Evaluates `expression` with the sequence `s` at `value`: as text, and as reseq reads it from the column.
fn evaluate(
    connection: &mut pq::Connection,
    expression: &str,
    mapping: &Mapping,
    value: i64,
) -> (String, Option<i128>) {
    connection.query("SELECT pg_catalog.setval('s', $1, false)", &[Some(&value.to_string())]).unwrap();
    let pattern = mapping.text.as_ref().map_or_else(|| "^(-?[0-9]+)$".to_owned(), |text| text.pattern());
    let sql = format!(
        "SELECT x::text, pg_catalog.substring(x::text, $1)::numeric::text FROM (SELECT {expression} AS x OFFSET 0) q"
    );
    let rows = connection.query(&sql, &[Some(&pattern)]).unwrap();
    let row = rows.row(0).unwrap();
    (row.get(0).unwrap(), row.get(1).unwrap())
}

/// Compares what the server makes of `value` with what the mapping says.
fn compare(connection: &mut pq::Connection, expression: &str, mapping: &Mapping, value: i64) {
    let (written, read) = evaluate(connection, expression, mapping, value);
    let column = mapping.column_value(value.into());
    let expected = match &mapping.text {
        None => Some(column.to_string()),
        // what a cast to character(n) fills up or drops at the end makes no difference
        Some(text) => text.format(column).map(|text| text.trim_end_matches(' ').to_owned()),
    };
    if let Some(expected) = expected {
        assert_eq!(written.trim_end_matches(' '), expected, "{expression} of {value}");
        assert_eq!(read, Some(column), "{expression} of {value}: {written:?}");
        assert_eq!(mapping.sequence_value(column, 1), value.into());
    } else if mapping.loses_negatives(value, value) {
        // All that such a sequence makes is unresolved.
    } else {
        assert_ne!(read, Some(column), "{expression} of {value}: {written:?}");
    }
}

fn stored_defaults(database: &Database) -> Vec<String> {
    let columns = DEFAULTS.iter().enumerate();
    let columns: Vec<_> =
        columns.map(|(at, (kind, default))| format!("c{at} {kind} DEFAULT {default}")).collect();
    let mut connection = database.connect();
    connection
        .simple(&format!("CREATE SEQUENCE s MINVALUE -2000000; CREATE TABLE t ({})", columns.join(", ")))
        .unwrap();
    let sql = "SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef ORDER BY adnum";
    connection.query(sql, &[]).unwrap().iter().map(|row| row.get(0).unwrap()).collect()
}

#[test]
fn stored_defaults_are_turned_round_on_every_version() {
    for database in on_every_version() {
        let expressions = stored_defaults(&database);
        let mut connection = database.connect();
        assert_eq!(expressions.len(), DEFAULTS.len());
        for (text, (kind, _)) in expressions.iter().zip(DEFAULTS) {
            let expression = Expression::parse(text).unwrap();
            assert_eq!(expression.draws().len(), 1, "{text}");
            let mapping = expression.mapping().unwrap_or_else(|error| panic!("{text}: {error}"));
            let mapping = if *kind == "text" { mapping.in_text() } else { mapping };
            VALUES.iter().for_each(|value| compare(&mut connection, text, &mapping, *value));
        }
    }
}

/// Expressions that can be turned round, made at random.
fn expressions() -> impl Strategy<Value = String> {
    let constant = -20_i64..1000;
    let number = (constant.clone(), constant, 0..5).prop_map(|(a, b, how)| match how {
        0 => "nextval('s')".to_owned(),
        1 => format!("nextval('s') * {} + {b}", a * a + 1),
        2 => format!("({a} + nextval('s')::numeric)"),
        3 => format!("(- (nextval('s') - {a}) * -3)"),
        _ => format!("{a} + nextval('s') * 1"),
    });
    let written = (number, 1_u32..9, 0..7).prop_map(|(number, length, how)| match how {
        0 => format!("({number})::text"),
        1 => format!("lpad(({number})::text, {length}, '0')"),
        2 => format!("to_char({number}, 'FM{}')", "0".repeat(length as usize)),
        3 => format!("to_char({number}, 'FM{}0')", "9".repeat(length as usize)),
        4 => format!("trim(to_char({number}, '{}'))", "9".repeat(length as usize)),
        5 => format!("({number})::varchar({length})"),
        _ => format!("right(repeat('0', 0) || '{}' || ({number}), {length})", "0".repeat(length as usize)),
    });
    let affix = "[-A-Za-z0-9.*+?()|{}^$\\\\%'/ ]{0,5}";
    (affix, written, affix, 0..3).prop_map(|(prefix, written, suffix, how)| {
        let (prefix, suffix) = (quote_literal(&prefix), quote_literal(&suffix));
        match how {
            0 => format!("{prefix} || {written} || {suffix}"),
            1 => format!("concat({prefix}, {written}, {suffix})"),
            _ => format!("format('%s%s%3$s', {prefix}, {written}, {suffix})"),
        }
    })
}

#[test]
fn random_expressions_are_turned_round_as_the_server_calculates_them() {
    let database = on_newest().with("CREATE SEQUENCE s MINVALUE -2000001");
    let connection = RefCell::new(database.connect());
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    let turned_round = RefCell::new(0);
    proptest!(config, |(text in expressions(), value in -2_000_000_i64..2_000_000, digits in 0_u32..7)| {
        let value = value / 10_i64.pow(digits) + 1;
        if let Ok(mapping) = Expression::parse(&text).unwrap().mapping() {
            *turned_round.borrow_mut() += 1;
            compare(&mut connection.borrow_mut(), &text, &mapping, value);
        }
    });
    assert!(turned_round.into_inner() > 200, "too few could be turned round");
}

/// The body of a function as each version stores it.
#[test]
fn bodies_say_what_they_draw_on_every_version() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE SEQUENCE s;
             CREATE FUNCTION number() RETURNS trigger LANGUAGE plpgsql AS $$
             DECLARE drawn bigint; name text := 's';
             BEGIN
                 -- NEW.code := nextval('other');
                 IF NEW.id IS NULL THEN SELECT nextval(name) INTO drawn; NEW.id := drawn; END IF;
                 NEW.code := 'INV-' || lpad(NEW.id::text, 5, '0');
                 RETURN NEW;
             END $$;
             CREATE TABLE t (id bigint, code text);
             CREATE TRIGGER number BEFORE INSERT ON t FOR EACH ROW EXECUTE PROCEDURE number();
             SELECT setval('s', 77, false);
             INSERT INTO t DEFAULT VALUES",
        );
        let body =
            Body::parse(&database.value("SELECT prosrc FROM pg_proc WHERE proname = 'number'")).unwrap();
        let drawn: Vec<_> = body.draws().iter().map(|draw| draw.argument.clone()).collect();
        assert!(matches!(&drawn[..], [Argument::Text(name)] if name.name == "s"), "{drawn:?}");
        let [id, code] = body.assignments() else { panic!("{body:?}") };
        assert_eq!((&*id.column, &*code.column), ("id", "code"));
        assert_eq!(
            id.expression.mapping().unwrap().column_value(77).to_string(),
            database.value("SELECT id FROM t")
        );
        let code = code.expression.mapping().unwrap();
        assert_eq!(
            code.text.as_ref().unwrap().format(code.column_value(77)),
            Some(database.value("SELECT code FROM t"))
        );
        if database.major() >= 14 {
            let database =
                database.with("CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT nextval('s') + 1; END");
            let body = database.value("SELECT pg_get_function_sqlbody('f'::regproc)");
            let mapping = Body::parse(&body).unwrap().returned()[0].mapping().unwrap();
            assert_eq!(mapping, Mapping { offset: 1, ..Mapping::IDENTITY });
        }
    }
}
