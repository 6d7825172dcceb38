//! Parses an expression into a tree (manual, section 4.2 and the precedence table of section 4.1.6).

mod special;

use super::lexer::{Kind, Token, text_of};

/// An expression, as far as inverting it needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A number, as written.
    Number(String),
    /// A string literal.
    Text(String),
    /// NULL.
    Null,
    /// A column, a variable, a parameter or a key word that gives a value: `NEW.id`, `CURRENT_DATE`, `$1`.
    Name(Box<str>),
    /// `array[index]`.
    Element {
        /// What is looked into.
        array: Box<Node>,
        /// Where.
        index: Box<Node>,
    },
    /// A function call.
    Call {
        /// Its name, schema first.
        name: Vec<String>,
        /// What it is called with.
        arguments: Vec<Argument>,
    },
    /// A cast.
    Cast {
        /// What is cast.
        operand: Box<Node>,
        /// To which type.
        to: TypeName,
    },
    /// An operator with one or two operands.
    Operation {
        /// The operator.
        operator: String,
        /// What it works on.
        operands: Vec<Node>,
    },
    /// `coalesce()` or CASE: one of several values.
    Choice {
        /// What decides.
        conditions: Vec<Node>,
        /// What there is to choose from.
        results: Vec<Node>,
    },
}

/// An argument of a function call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argument {
    /// The parameter's name, in `name => value`.
    pub(super) parameter: Option<String>,
    /// The value.
    pub(super) value: Node,
}

/// A type and its modifiers: `character varying(20)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TypeName {
    /// In lower case unless quoted, without `pg_catalog`.
    pub(super) name: String,
    /// What stands in parentheses.
    pub(super) modifiers: Vec<i64>,
}

impl std::fmt::Display for TypeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        if self.modifiers.is_empty() {
            return Ok(());
        }
        let modifiers: Vec<_> = self.modifiers.iter().map(i64::to_string).collect();
        write!(f, "({})", modifiers.join(","))
    }
}

/// Longer expressions are not parsed: neither the parser nor what walks the tree may run out of stack.
const MAX_TOKENS: usize = 2_000;
/// How deep parentheses, calls and CASE may nest.
const MAX_DEPTH: usize = 100;

/// Parses a whole expression; an error is the place that was not understood.
pub(super) fn parse(tokens: &[Token<'_>]) -> Result<Node, String> {
    if tokens.len() > MAX_TOKENS {
        return Err("an expression of this length".to_owned());
    }
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let node = parser.expression(0)?;
    if parser.at < tokens.len() { Err(parser.stuck()) } else { Ok(node) }
}

struct Parser<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
    depth: usize,
}

const UNARY: u8 = 11;

/// How strongly an operator between two operands binds.
fn strength(token: &Token<'_>) -> Option<u8> {
    match (&token.kind, token.text) {
        (Kind::Symbol, "^") => Some(10),
        (Kind::Symbol, "*" | "/" | "%") => Some(9),
        (Kind::Symbol, "+" | "-") => Some(8),
        (Kind::Symbol, "<" | ">" | "=" | "<=" | ">=" | "<>" | "!=") => Some(5),
        (Kind::Symbol, "::" | ":=" | ".." | "=>" | "," | "." | "(" | ")" | "[" | "]" | ";" | ":" | "\\") => {
            None
        }
        (Kind::Symbol, _) => Some(7),
        (Kind::Word(word), _) => match &**word {
            "or" => Some(1),
            "and" => Some(2),
            "like" | "ilike" => Some(6),
            _ => None,
        },
        _ => None,
    }
}

impl<'a> Parser<'_, 'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    fn next_is(&self, symbol: &str) -> bool {
        self.peek().is_some_and(|token| token.is(symbol))
    }

    fn next_word(&self) -> Option<&str> {
        self.peek().and_then(Token::word)
    }

    /// Passes over the symbol if it comes next.
    fn accept(&mut self, symbol: &str) -> bool {
        let found = self.next_is(symbol);
        self.at += usize::from(found);
        found
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = self.next_word() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.accept(symbol) { Ok(()) } else { Err(self.stuck()) }
    }

    fn expect_word(&mut self, word: &str) -> Result<(), String> {
        if self.accept_word(word) { Ok(()) } else { Err(self.stuck()) }
    }

    /// What could not be understood, to be shown.
    fn stuck(&self) -> String {
        match self.tokens.get(self.at..) {
            Some(rest) if !rest.is_empty() => format!("`{}`", text_of(&rest[..rest.len().min(6)])),
            _ => "its end".to_owned(),
        }
    }

    fn expression(&mut self, weakest: u8) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("nesting of this depth".to_owned());
        }
        let mut left = self.prefixed()?;
        while let Some(token) = self.peek() {
            if token.word() == Some("is") && weakest <= 4 {
                left = self.is_test(left)?;
                continue;
            }
            let Some(strength) = strength(token).filter(|strength| *strength >= weakest.max(1)) else {
                break;
            };
            let operator = token.text.to_owned();
            self.at += 1;
            let right = self.expression(strength + 1)?;
            left = Node::Operation { operator, operands: vec![left, right] };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefixed(&mut self) -> Result<Node, String> {
        let Some(token) = self.peek() else { return Err(self.stuck()) };
        let strength = match (token.word(), token.text) {
            (None, "-" | "+") if token.kind == Kind::Symbol => UNARY,
            (Some("not"), _) => 3,
            _ => {
                let operand = self.operand()?;
                return self.postfixed(operand);
            }
        };
        let operator = token.text.to_owned();
        self.at += 1;
        Ok(Node::Operation { operator, operands: vec![self.expression(strength)?] })
    }

    /// `IS [NOT] NULL` and its like; what is tested is all that matters.
    fn is_test(&mut self, operand: Node) -> Result<Node, String> {
        self.at += 1;
        self.accept_word("not");
        match self.next_word() {
            Some("null" | "true" | "false" | "unknown") => self.at += 1,
            _ => return Err(self.stuck()),
        }
        Ok(Node::Operation { operator: "IS".to_owned(), operands: vec![operand] })
    }

    /// `::type`, `[index]`, COLLATE.
    fn postfixed(&mut self, mut node: Node) -> Result<Node, String> {
        loop {
            if self.accept("::") {
                node = Node::Cast { operand: Box::new(node), to: self.type_name()? };
            } else if self.accept("[") {
                let index = Box::new(self.expression(0)?);
                self.expect("]")?;
                node = Node::Element { array: Box::new(node), index };
            } else if self.accept_word("collate") {
                self.qualified()?;
            } else {
                return Ok(node);
            }
        }
    }

    fn operand(&mut self) -> Result<Node, String> {
        let Some(token) = self.peek() else { return Err(self.stuck()) };
        let text = token.text;
        let node = match &token.kind {
            Kind::Number => Node::Number(text.to_owned()),
            Kind::Text(text) => Node::Text(text.clone()),
            Kind::Parameter(_) => Node::Name(text.into()),
            Kind::Symbol if text == "(" => {
                self.at += 1;
                let inner = self.subselect()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Kind::Word(word) if **word == *"null" => Node::Null,
            Kind::Word(word) if **word == *"case" => return self.case(),
            Kind::Word(word) if RESERVED.contains(&&**word) => return Err(self.stuck()),
            Kind::Word(_) | Kind::Quoted(_) => return self.named(),
            Kind::Symbol => return Err(self.stuck()),
        };
        self.at += 1;
        Ok(node)
    }

    /// What stands in parentheses: an expression, or `SELECT` with a single one.
    fn subselect(&mut self) -> Result<Node, String> {
        self.accept_word("select");
        let node = self.expression(0)?;
        if self.accept_word("as") && self.peek().and_then(Token::identifier).is_some() {
            self.at += 1;
        }
        Ok(node)
    }

    /// A name with dots between its parts.
    fn qualified(&mut self) -> Result<Vec<String>, String> {
        let mut parts = Vec::new();
        loop {
            let part = self.peek().and_then(Token::identifier).map(str::to_owned);
            parts.push(part.ok_or_else(|| self.stuck())?);
            self.at += 1;
            if !self.accept(".") {
                return Ok(parts);
            }
        }
    }

    /// A name: a call, a literal with its type before it (`date '2020-01-01'`), or a column or variable.
    fn named(&mut self) -> Result<Node, String> {
        let start = self.at;
        let name = self.qualified()?;
        if self.accept("(") {
            return self.call(name);
        }
        if let (Some(Kind::Text(text)), [name]) = (self.peek().map(|token| &token.kind), &*name) {
            let operand = Box::new(Node::Text(text.clone()));
            self.at += 1;
            return Ok(Node::Cast { operand, to: TypeName { name: name.clone(), modifiers: Vec::new() } });
        }
        Ok(Node::Name(text_of(&self.tokens[start..self.at]).into()))
    }
}

/// Words that begin no value.
const RESERVED: &[&str] = &[
    "all", "and", "any", "array", "as", "between", "else", "end", "exists", "from", "in", "into", "is",
    "like", "not", "or", "row", "select", "then", "when", "where",
];

#[cfg(test)]
mod tests;
