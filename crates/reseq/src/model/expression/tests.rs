use proptest::prelude::*;

use super::*;

/// What the expression makes of the value: `factor`, `offset`, and for text prefix, suffix, padding, digits.
fn number(factor: i128, offset: i128) -> Mapping {
    Mapping { factor, offset, text: None }
}

/// Of text, lpad() or right(): a sign counts as a character, and zeros are filled in before it.
fn text(prefix: &str, suffix: &str, pad: u32, max_digits: Option<u32>) -> Mapping {
    let beside_the_sign = max_digits.map(|most| most - 1);
    written(prefix, suffix, pad, max_digits, if pad > 0 { Some(0) } else { beside_the_sign })
}

/// Of to_char(): as many digits with a sign as without.
fn to_char(prefix: &str, suffix: &str, pad: u32, digits: u32) -> Mapping {
    written(prefix, suffix, pad, Some(digits), Some(digits))
}

fn written(
    prefix: &str,
    suffix: &str,
    pad: u32,
    max_digits: Option<u32>,
    max_negative_digits: Option<u32>,
) -> Mapping {
    let (prefix, suffix) = (prefix.to_owned(), suffix.to_owned());
    let shape = TextShape { prefix, suffix, pad, max_digits, max_negative_digits };
    Mapping { factor: 1, offset: 0, text: Some(Box::new(shape)) }
}

fn mapping(expression: &str) -> Result<Mapping, NotInvertible> {
    Expression::parse(expression).unwrap().mapping()
}

/// As `pg_get_expr()` of 10 to 19 writes them.
#[test]
fn numbers_are_turned_round() {
    for (expression, expected) in [
        ("nextval('s'::regclass)", number(1, 0)),
        ("nextval(('s'::text)::regclass)", number(1, 0)),
        ("pg_catalog.nextval('s')", number(1, 0)),
        ("(nextval('s'::regclass))::integer", number(1, 0)),
        ("((nextval('s'::regclass))::numeric)::numeric(12,0)", number(1, 0)),
        ("CAST(nextval('s') AS bigint)", number(1, 0)),
        ("((nextval('s'::regclass) * 10) + 3)", number(10, 3)),
        ("nextval('s') * 10 + 3", number(10, 3)),
        ("(1000 + nextval('s'::regclass))", number(1, 1000)),
        ("(- nextval('s'::regclass))", number(-1, 0)),
        ("((- nextval('s'::regclass)) - '-5'::integer)", number(-1, 5)),
        ("(5 - (nextval('s'::regclass) * '-2'::integer))", number(2, 5)),
        ("((nextval('s'::regclass) + 1) * (2 + 3))", number(5, 5)),
        ("(nextval('s'::regclass) * '100000000000'::bigint)", number(100_000_000_000, 0)),
        ("(nextval('s'::regclass) * (2)::smallint)", number(2, 0)),
        ("((nextval('s'::regclass))::numeric * (2)::numeric)", number(2, 0)),
        ("(lpad((nextval('s'::regclass))::text, 6, '0'::text))", text("", "", 6, Some(6))),
        ("((nextval('s'::regclass))::text)::bigint", number(1, 0)),
        ("COALESCE(nextval('s'::regclass), (0)::bigint)", number(1, 0)),
        ("CASE WHEN true THEN nextval('s'::regclass) ELSE NULL::bigint END", number(1, 0)),
    ] {
        assert_eq!(mapping(expression), Ok(expected), "{expression}");
    }
}

#[test]
fn texts_are_turned_round() {
    for (expression, expected) in [
        ("(nextval('s'::regclass))::text", text("", "", 0, None)),
        ("('INV-'::text || nextval('s'::regclass))", text("INV-", "", 0, None)),
        ("(('a''b\\c'::text || nextval('s'::regclass)) || 'Z'::text)", text("a'b\\c", "Z", 0, None)),
        (
            "('INV-'::text || lpad((nextval('s'::regclass))::text, 6, '0'::text))",
            text("INV-", "", 6, Some(6)),
        ),
        (
            "lpad(((nextval('s'::regclass))::character varying(20))::text, 6, '0'::text)",
            text("", "", 6, Some(6)),
        ),
        ("lpad(((nextval('s'::regclass))::character(4))::text, 6, '0'::text)", text("", "", 6, Some(4))),
        ("('INV-'::text || to_char(nextval('s'::regclass), 'FM000000'::text))", to_char("INV-", "", 6, 6)),
        ("(to_char(nextval('s'::regclass), '0000'::text) || 'x'::text)", text(" ", "x", 4, Some(4))),
        ("to_char(nextval('s'), 'FM9999')", to_char("", "", 0, 4)),
        ("to_char(nextval('s'), 'FM9990')", to_char("", "", 1, 4)),
        ("to_char(nextval('s'), '\"INV-\"0999\"/x\"FM')", to_char("INV-", "/x", 4, 4)),
        ("TRIM(BOTH FROM to_char(nextval('s'::regclass), '000'::text))", to_char("", "", 3, 3)),
        ("btrim(to_char(nextval('s'::regclass), '999'::text))", to_char("", "", 0, 3)),
        ("ltrim(to_char(nextval('s'::regclass), '000'::text), ' '::text)", to_char("", "", 3, 3)),
        ("\"right\"(('000000'::text || nextval('s'::regclass)), 6)", text("", "", 6, Some(6))),
        ("concat('A', nextval('s'::regclass), '-', 7)", text("A", "-7", 0, None)),
        (
            "concat('A', to_char(nextval('s'::regclass), 'FM0000'::text), NULL::unknown)",
            to_char("A", "", 4, 4),
        ),
        ("concat_ws('-'::text, 'A', NULL, nextval('s'::regclass))", text("A-", "", 0, None)),
        ("format('INV-%s-%%'::text, nextval('s'::regclass))", text("INV-", "-%", 0, None)),
        ("format('%2$s/%1$s', nextval('s'), 'x')", text("x/", "", 0, None)),
        ("format('%s-%s', 'x', lpad(nextval('s')::text, 3, '0'))", text("x-", "", 3, Some(3))),
        (
            "(('A-'::text || ((nextval('s'::regclass))::character varying)::text))::character varying(9)",
            text("A-", "", 0, Some(7)),
        ),
        ("('A-'::text || (nextval('s'::regclass))::numeric(12,0))", text("A-", "", 0, None)),
        ("(('A'::text COLLATE \"C\") || nextval('s'::regclass))", text("A", "", 0, None)),
    ] {
        assert_eq!(mapping(expression), Ok(expected), "{expression}");
    }
    let shifted = mapping("('X'::text || (nextval('s'::regclass) + 1000))").unwrap();
    assert_eq!((shifted.offset, shifted.text), (1000, text("X", "", 0, None).text));
}

#[test]
fn what_cannot_be_turned_round_is_said_in_words() {
    for (expression, reason) in [
        ("currval('s'::regclass)", "no call of nextval() can be seen in what it gives"),
        ("f('s'::text)", "no call of nextval() can be seen in what it gives"),
        ("(nextval('s') || (nextval('t'))::text)", "there are 2 nextval() calls in it"),
        ("((to_char(now(), 'YYYY'::text) || '-'::text) || nextval('s'))", "the prefix depends on now()"),
        (
            "(to_char((CURRENT_DATE)::timestamp with time zone, 'YYYY-'::text) || nextval('s'))",
            "the prefix depends on CURRENT_DATE",
        ),
        ("((CURRENT_USER)::text || nextval('s'))", "the prefix depends on CURRENT_USER"),
        ("'A' || nextval('s') || NEW.region", "the suffix depends on NEW.region"),
        ("(((EXTRACT(epoch FROM now()))::bigint * 1000) + nextval('s'))", "it calculates with now()"),
        ("(((date_part('epoch'::text, now()))::bigint * 1000) + nextval('s'))", "it calculates with now()"),
        ("((nextval('s'::regclass))::numeric * 2.5)", "it calculates with 2.5, which is no whole number"),
        ("nextval('s') * 0", "the value drawn makes no difference to it"),
        ("NULL || nextval('s')", "the value drawn makes no difference to it"),
        ("nextval('s') * 1000000000000000000000", "its constants are too large"),
        ("(nextval('s'::regclass) / 2)", "the value drawn goes through the operator /"),
        ("(nextval('s'::regclass) % (2)::bigint)", "the value drawn goes through the operator %"),
        ("(nextval('s'::regclass) << 4)", "the value drawn goes through the operator <<"),
        ("to_hex(nextval('s'::regclass))", "the value drawn goes through to_hex()"),
        ("\"My S\".f(nextval('s'))", "the value drawn goes through My S.f()"),
        ("(('0000-'::text || nextval('s')))::uuid", "the value drawn is cast to uuid"),
        ("(('1'::text || nextval('s'::regclass)))::bigint", "the value drawn is cast to bigint"),
        ("(nextval('s'::regclass))::numeric(10,2)", "the value drawn is cast to numeric(10,2)"),
        ("('INVOICE-' || nextval('s'))::varchar(8)", "the value drawn is cast to varchar(8)"),
        (
            "to_char(nextval('s'), 'FM999G999')",
            "the value drawn goes through to_char() with the template 'FM999G999'",
        ),
        (
            "to_char(nextval('s'), '9999')",
            "the value drawn goes through to_char() which fills it up with blanks",
        ),
        ("lpad(nextval('s')::text, 5)", "the value drawn goes through lpad() which fills it up with blanks"),
        (
            "lpad(nextval('s')::text, 5, 'x')",
            "the value drawn goes through lpad() which fills it up with 'x'",
        ),
        (
            "lpad('A' || nextval('s'), 5, '0')",
            "the value drawn goes through lpad() together with a prefix or a suffix",
        ),
        (
            "lpad((nextval('s'::regclass))::text, GREATEST(6, length('x'::text)), '0'::text)",
            "the value drawn goes through lpad() with a length or a filling that is no constant",
        ),
        (
            "format('%10s', nextval('s'))",
            "the value drawn goes through format() with a template that is not understood",
        ),
        ("ARRAY[(nextval('s'::regclass))::text]", "`ARRAY[(nextval('s'` is not understood"),
        ("CASE WHEN nextval('s') > 1 THEN 1 END", "the value drawn goes through the operator >"),
    ] {
        assert_eq!(mapping(expression).unwrap_err().to_string(), reason, "{expression}");
    }
}

#[test]
fn functions_that_draw_are_looked_through() {
    let resolve = |call: &Call| {
        let argument = call.arguments.first()?.literal.as_deref()?;
        (call.function.name == "next_no" && argument == "s").then(|| text("A", "", 3, None))
    };
    let through = |expression: &str| Expression::parse(expression).unwrap().mapping_through(&resolve);
    assert_eq!(through("shop.next_no('s'::text)"), Ok(text("A", "", 3, None)));
    assert_eq!(through("('X-' || next_no('s'))::varchar(20)"), Ok(text("X-A", "", 3, Some(17))));
    assert_eq!(through("next_no('t')"), Err(NotInvertible::NoDraw));
    assert_eq!(through("next_no('s') || nextval('t')"), Err(NotInvertible::SeveralDraws(2)));
}

#[test]
fn declared_expressions_say_nextval_alone() {
    assert_eq!(declared("'A-' || nextval"), Ok(text("A-", "", 0, None)));
    assert_eq!(declared("NEXTVAL * 10"), Ok(number(10, 0)));
    assert_eq!(declared("1 + nextval('s')"), Ok(number(1, 1)));
    assert_eq!(declared("nextval || nextval"), Err(NotInvertible::SeveralDraws(2)));
    assert_eq!(declared("'A"), Err(NotInvertible::Syntax("a quote without an end".to_owned())));
    assert_eq!(declared("'A-'"), Err(NotInvertible::NoDraw));
}

/// Expressions of numbers together with what they calculate.
fn numeric() -> impl Strategy<Value = (String, i128, i128)> {
    let drawn = Just(("nextval('s'::regclass)".to_owned(), 1_i128, 0_i128));
    drawn.prop_recursive(4, 8, 1, |inner| {
        (inner, -9_i128..10, 0..6).prop_map(|((text, factor, offset), constant, how)| {
            let factor_constant = if constant == 0 { 7 } else { constant };
            match how {
                0 => (format!("({text} + {constant})"), factor, offset + constant),
                1 => (format!("('{constant}'::integer + ({text})::bigint)"), factor, offset + constant),
                2 => (format!("({text} - {constant})"), factor, offset - constant),
                3 => (format!("({constant} - {text})"), -factor, constant - offset),
                4 => (
                    format!("({text} * {factor_constant})"),
                    factor * factor_constant,
                    offset * factor_constant,
                ),
                _ => (format!("(- {text})"), -factor, -offset),
            }
        })
    })
}

proptest! {
    #[test]
    fn numbers_come_back((text, factor, offset) in numeric(), value in any::<i64>(), step in prop_oneof![Just(-1), Just(1)]) {
        let mapping = mapping(&text).unwrap();
        prop_assert_eq!(&mapping, &number(factor, offset));
        let column = factor * i128::from(value) + offset;
        prop_assert_eq!(mapping.column_value(value.into()), column);
        prop_assert_eq!(mapping.sequence_value(column, step), value.into());
    }

    #[test]
    fn no_text_makes_it_panic(text in "(nextval\\('s'\\)|lpad|to_char|format|concat|\\(|\\)|,|'%s'|'0'|'FM09'|[0-9]|\\|\\||::|int|[-+*]| ){0,14}") {
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.mapping();
        }
    }
}
