use super::super::lexer::tokens;
use super::*;

/// The tree, with every operation in parentheses.
fn shown(node: &Node) -> String {
    let list = |nodes: &[Node]| nodes.iter().map(shown).collect::<Vec<_>>().join(" ");
    match node {
        Node::Number(number) => number.clone(),
        Node::Text(text) => format!("'{text}'"),
        Node::Null => "NULL".to_owned(),
        Node::Name(name) => name.to_string(),
        Node::Element { array, index } => format!("{}[{}]", shown(array), shown(index)),
        Node::Call { name, arguments } => {
            let arguments: Vec<_> = arguments.iter().map(|argument| shown(&argument.value)).collect();
            format!("{}({})", name.join("."), arguments.join(", "))
        }
        Node::Cast { operand, to } => format!("{}::{to}", shown(operand)),
        Node::Operation { operator, operands } => format!("({operator} {})", list(operands)),
        Node::Choice { conditions, results } => format!("<{}: {}>", list(conditions), list(results)),
    }
}

fn parsed(text: &str) -> String {
    shown(&parse(&tokens(text).unwrap()).unwrap())
}

#[test]
fn operators_bind_as_the_manual_says() {
    assert_eq!(parsed("'a' || b + 2 * -c::int || d"), "(|| (|| 'a' (+ b (* 2 (- c::int)))) d)");
    assert_eq!(parsed("a - b - c"), "(- (- a b) c)");
    assert_eq!(parsed("(a - (b - c)) % 2"), "(% (- a (- b c)) 2)");
    assert_eq!(parsed("not a is not null and b = c or d"), "(or (and (not (IS a)) (= b c)) d)");
}

#[test]
fn special_syntax_is_read_as_what_it_stands_for() {
    assert_eq!(parsed("TRIM(BOTH FROM a)"), "btrim(a)");
    assert_eq!(parsed("trim(leading '0' from a)"), "ltrim(a, '0')");
    assert_eq!(parsed("trim(a)"), "btrim(a)");
    assert_eq!(parsed("EXTRACT(epoch FROM now())"), "extract('epoch', now())");
    assert_eq!(parsed("OVERLAY('a'::text PLACING 'b'::text FROM 1)"), "overlay('a'::text, 'b'::text, 1)");
    assert_eq!(parsed("CAST(a AS character varying(20))"), "a::character varying(20)");
    assert_eq!(parsed("(CURRENT_DATE)::timestamp with time zone"), "CURRENT_DATE::timestamp with time zone");
    assert_eq!(parsed("a::numeric(12,-2)[]"), "a::numeric[](12,-2)");
    assert_eq!(parsed("date '2020-01-01'"), "'2020-01-01'::date");
    assert_eq!(parsed("(select nextval('s') as id)"), "nextval('s')");
    assert_eq!(parsed("case when new.id is null then a else b end"), "<(IS new.id): a b>");
    assert_eq!(parsed("coalesce(NEW.id, pg_catalog.f(x => 1))"), "<: NEW.id f(1)>");
    assert_eq!(parsed("'a' collate \"C\" || TG_ARGV[0]"), "(|| 'a' TG_ARGV[0])");
}

#[test]
fn what_is_not_understood_is_shown() {
    let error = |text: &str| parse(&tokens(text).unwrap()).unwrap_err();
    assert_eq!(error("ARRAY[nextval('s')]"), "`ARRAY[nextval('s')`");
    assert_eq!(error("a +"), "its end");
    assert_eq!(error("a b c"), "`b c`");
    assert_eq!(error("x::time with"), "its end");
    assert_eq!(error(&"(".repeat(1_000)), "nesting of this depth");
    assert_eq!(error(&"a||".repeat(5_000)), "an expression of this length");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "([a-c'():,+.|\\[\\] -]|::|case|when|then|end|cast|as|trim|from|is|not|null){0,12}") {
        if let Ok(tokens) = tokens(&text) {
            let _ = parse(&tokens);
        }
    }
}
