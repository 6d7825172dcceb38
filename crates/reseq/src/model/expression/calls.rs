//! Finds the function calls in SQL text, and among them those that draw from a sequence.

use super::lexer::{Kind, Token, text_of};
use super::tree::{self, Node};
use crate::model::ObjectName;

/// A call of `nextval()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// What it is called with.
    pub argument: Argument,
}

/// What `nextval()` is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// `'name'::regclass`: in a stored expression, the server has looked the sequence up and follows it when it
    /// is renamed.
    Regclass(ObjectName),
    /// Text, also `('name'::text)::regclass`: looked up by the search path of whoever calls.
    Text(ObjectName),
    /// `$1`: the function's parameter with this number, from 1.
    Parameter(usize),
    /// A parameter or variable of the function, by its name in lower case unless quoted.
    Variable(String),
    /// `TG_ARGV[0]`: the trigger's argument with this number, from 0.
    TriggerArgument(usize),
    /// Anything else: known at run time only.
    Dynamic(String),
}

/// A call of a function other than `nextval()`, `currval()`, `lastval()` and `setval()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub function: ObjectName,
    /// What it is called with.
    pub arguments: Vec<CallArgument>,
}

/// One argument of a [`Call`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallArgument {
    /// The parameter's name, where the call says it (`name => value`).
    pub parameter: Option<String>,
    /// The text, where it is a string literal: it may name a sequence.
    pub literal: Option<String>,
}

/// The calls in `tokens`, in their order.
pub(super) fn find(tokens: &[Token<'_>]) -> (Vec<Draw>, Vec<Call>) {
    let (mut draws, mut calls) = (Vec::new(), Vec::new());
    let closing = closing_parentheses(tokens);
    for (open, _) in tokens.iter().enumerate().filter(|(_, token)| token.is("(")) {
        let Some(mut function) = name_before(tokens, open) else { continue };
        let end = closing.get(open).copied().flatten().unwrap_or(tokens.len());
        let inside = &tokens[open + 1..end];
        if function.schema.as_deref() == Some("pg_catalog") {
            function.schema = None;
        }
        match (&function.schema, &*function.name) {
            (None, "nextval") => draws.push(Draw { argument: Argument::of(inside) }),
            (None, "currval" | "lastval" | "setval") => {}
            _ => calls.push(Call {
                arguments: arguments(inside).into_iter().map(CallArgument::of).collect(),
                function,
            }),
        }
    }
    (draws, calls)
}

/// For each opening parenthesis, where it is closed.
fn closing_parentheses(tokens: &[Token<'_>]) -> Vec<Option<usize>> {
    let mut closing = vec![None; tokens.len()];
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            open.push(at);
        } else if token.is(")")
            && let Some(opened) = open.pop()
        {
            closing[opened] = Some(at);
        }
    }
    closing
}

/// The function's name before the parenthesis at `open`; `None` where it follows no name.
fn name_before(tokens: &[Token<'_>], open: usize) -> Option<ObjectName> {
    let mut at = open.checked_sub(1)?;
    if tokens[at].word().is_some_and(|word| NO_FUNCTIONS.contains(&word)) {
        return None;
    }
    let mut parts = vec![tokens[at].identifier()?.to_owned()];
    while at >= 2 && tokens[at - 1].is(".") {
        parts.insert(0, tokens[at - 2].identifier()?.to_owned());
        at -= 2;
    }
    // INSERT INTO orders (id, …), CAST(x AS numeric(…)), x::numeric(…)
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let is_no_call = before.is_some_and(|token| {
        token.is("::") || matches!(token.word(), Some("into" | "as" | "table" | "references" | "update"))
    });
    if is_no_call { None } else { ObjectName::from_parts(parts) }
}

/// Cuts what stands between the parentheses of a call at its commas.
fn arguments<'t, 'a>(inside: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    if inside.len() > LONGEST { Vec::new() } else { split(inside, ",") }
}

/// Cuts tokens at a symbol that stands outside of all parentheses.
pub(super) fn split<'t, 'a>(tokens: &'t [Token<'a>], symbol: &str) -> Vec<&'t [Token<'a>]> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" if token.kind == Kind::Symbol => depth += 1,
            ")" | "]" if token.kind == Kind::Symbol => depth -= 1,
            _ if depth == 0 && token.is(symbol) => {
                parts.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < tokens.len() {
        parts.push(&tokens[start..]);
    }
    parts
}

/// Arguments of more tokens are not looked into.
const LONGEST: usize = 500;

impl Argument {
    fn of(tokens: &[Token<'_>]) -> Self {
        let dynamic = || Self::Dynamic(text_of(&tokens[..tokens.len().min(LONGEST)]));
        if tokens.len() > LONGEST {
            return dynamic();
        }
        let Ok(node) = tree::parse(tokens) else { return dynamic() };
        let (operand, looked_up) = match &node {
            Node::Cast { operand, to } if to.name == "regclass" => {
                (&**operand, matches!(**operand, Node::Text(_)))
            }
            node => (node, false),
        };
        if let Some(name) = super::invert::constant_text(operand).and_then(|text| ObjectName::parse(&text)) {
            return if looked_up { Self::Regclass(name) } else { Self::Text(name) };
        }
        Self::of_variable(uncast(operand)).unwrap_or_else(dynamic)
    }

    /// Where the function's variables cannot be seen, their names mean something else.
    pub(super) fn hide_variables(&mut self) {
        match self {
            Self::Variable(name) => *self = Self::Dynamic(std::mem::take(name)),
            Self::Parameter(number) => *self = Self::Dynamic(format!("${number}")),
            _ => {}
        }
    }

    fn of_variable(node: &Node) -> Option<Self> {
        match node {
            Node::Name(name) => match name.strip_prefix('$') {
                Some(number) => number.parse().ok().map(Self::Parameter),
                None => {
                    let name = ObjectName::parse(name)?;
                    let of_the_row = matches!(name.schema.as_deref(), Some("new" | "old"));
                    (!of_the_row && !name.name.starts_with("tg_")).then_some(Self::Variable(name.name))
                }
            },
            Node::Element { array, index } => match (&**array, &**index) {
                (Node::Name(name), Node::Number(number)) if name.eq_ignore_ascii_case("tg_argv") => {
                    number.parse().ok().map(Self::TriggerArgument)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

fn uncast(mut node: &Node) -> &Node {
    while let Node::Cast { operand, .. } = node {
        node = operand;
    }
    node
}

impl CallArgument {
    fn of(tokens: &[Token<'_>]) -> Self {
        let (parameter, value) = match tokens {
            [name, arrow, value @ ..] if arrow.is("=>") || arrow.is(":=") => {
                (name.identifier().map(str::to_owned), value)
            }
            value => (None, value),
        };
        let literal = tree::parse(value).ok().and_then(|node| literal(&node));
        Self { parameter, literal }
    }

    pub(super) fn of_node(argument: &tree::Argument) -> Self {
        Self { parameter: argument.parameter.clone(), literal: literal(&argument.value) }
    }
}

fn literal(node: &Node) -> Option<String> {
    super::invert::constant_text(uncast(node))
}

/// Words that a parenthesis may follow without a call.
const NO_FUNCTIONS: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "between",
    "by",
    "case",
    "cast",
    "coalesce",
    "distinct",
    "else",
    "elsif",
    "elseif",
    "except",
    "exists",
    "filter",
    "from",
    "greatest",
    "if",
    "in",
    "intersect",
    "into",
    "is",
    "key",
    "least",
    "like",
    "not",
    "nullif",
    "on",
    "or",
    "over",
    "perform",
    "return",
    "returning",
    "row",
    "select",
    "set",
    "some",
    "then",
    "union",
    "unique",
    "using",
    "values",
    "when",
    "where",
    "while",
    "with",
];

#[cfg(test)]
mod tests {
    use super::super::lexer;
    use super::*;

    fn drawn(text: &str) -> Vec<Argument> {
        let tokens = lexer::tokens(text).unwrap();
        find(&tokens).0.into_iter().map(|draw| draw.argument).collect()
    }

    fn called(text: &str) -> Vec<String> {
        let tokens = lexer::tokens(text).unwrap();
        find(&tokens).1.into_iter().map(|call| call.function.to_string()).collect()
    }

    fn name(text: &str) -> ObjectName {
        ObjectName::parse(text).unwrap()
    }

    #[test]
    fn arguments_are_told_apart() {
        for (text, argument) in [
            ("nextval('s'::regclass)", Argument::Regclass(name("s"))),
            (
                r#"pg_catalog.nextval('"My S"."it''s"'::regclass)"#,
                Argument::Regclass(name(r#""My S"."it's""#)),
            ),
            ("nextval(('s'::text)::regclass)", Argument::Text(name("s"))),
            ("NextVal ( 'Shop.S' )", Argument::Text(name("shop.s"))),
            ("nextval('shop.' || 's')", Argument::Text(name("shop.s"))),
            ("nextval($1)", Argument::Parameter(1)),
            ("nextval(seq_name::regclass)", Argument::Variable("seq_name".into())),
            ("nextval(f.seq_name)", Argument::Variable("seq_name".into())),
            ("nextval(TG_ARGV[0]::text)", Argument::TriggerArgument(0)),
            ("nextval(tg_table_name || '_id_seq')", Argument::Dynamic("tg_table_name || '_id_seq'".into())),
            ("nextval((concat('s', ''))::regclass)", Argument::Text(name("s"))),
            (
                "nextval(format('%I_seq', TG_TABLE_NAME))",
                Argument::Dynamic("format('%I_seq', TG_TABLE_NAME)".into()),
            ),
            ("nextval(NEW.seq)", Argument::Dynamic("NEW.seq".into())),
            ("nextval(TG_NAME)", Argument::Dynamic("TG_NAME".into())),
            ("nextval(16384)", Argument::Dynamic("16384".into())),
        ] {
            assert_eq!(drawn(text), [argument], "{text}");
        }
    }

    #[test]
    fn only_nextval_itself_draws() {
        for text in [
            "currval('s')",
            "setval('s', 1)",
            "lastval()",
            "'nextval(''s'')'",
            "shop.nextval('s')",
            "-- nextval('s')",
        ] {
            assert_eq!(drawn(text), [], "{text}");
        }
        assert_eq!(drawn("nextval('a') + nextval('b')").len(), 2);
        assert_eq!(drawn("f(nextval('a'))").len(), 1);
    }

    #[test]
    fn calls_are_named() {
        assert_eq!(called(r#"f('s'::text) || "My S"."F n"(g(1), 2)"#), ["f", "\"My S\".\"F n\"", "g"]);
        assert_eq!(called("if (a) then insert into t (id) values (h(1)); end if; x := y::numeric(3)"), ["h"]);
        assert_eq!(called("shop.nextval('s') + currval('s')"), ["shop.nextval"]);
    }

    #[test]
    fn literals_in_calls_are_given() {
        let tokens = lexer::tokens("f('a', 1 + 2, seq => 'b'::text, c)").unwrap();
        let literals = |call: &Call| -> Vec<_> {
            call.arguments
                .iter()
                .map(|argument| (argument.parameter.clone(), argument.literal.clone()))
                .collect()
        };
        assert_eq!(
            literals(&find(&tokens).1[0]),
            [(None, Some("a".into())), (None, None), (Some("seq".into()), Some("b".into())), (None, None)],
        );
    }
}
