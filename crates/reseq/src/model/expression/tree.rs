//! Parses an expression into a tree (manual, section 4.2 and the precedence table of section 4.1.6).

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

    fn case(&mut self) -> Result<Node, String> {
        self.at += 1;
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        if self.next_word() != Some("when") {
            conditions.push(self.expression(0)?);
        }
        while self.accept_word("when") {
            conditions.push(self.expression(0)?);
            self.expect_word("then")?;
            results.push(self.expression(0)?);
        }
        if self.accept_word("else") {
            results.push(self.expression(0)?);
        }
        self.expect_word("end")?;
        Ok(Node::Choice { conditions, results })
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

    fn call(&mut self, mut name: Vec<String>) -> Result<Node, String> {
        if name == ["cast"] {
            return self.cast();
        }
        if name == ["trim"] {
            return self.trim();
        }
        let mut arguments = Vec::new();
        if name == ["extract"]
            && let Some(field) = self.peek().and_then(Token::identifier)
        {
            arguments.push(Argument { parameter: None, value: Node::Text(field.to_owned()) });
            self.at += 1;
        }
        while !self.accept(")") {
            if !arguments.is_empty() && !self.accept(",") {
                // OVERLAY(a PLACING b FROM c FOR d), EXTRACT(a FROM b), POSITION(a IN b)
                match self.next_word() {
                    Some("from" | "for" | "placing" | "in") => self.at += 1,
                    _ => return Err(self.stuck()),
                }
            }
            let is_named = |token: &Token<'_>| token.is("=>") || token.is(":=");
            let mut parameter = None;
            if self.tokens.get(self.at + 1).is_some_and(is_named) {
                parameter = self.peek().and_then(Token::identifier).map(str::to_owned);
                self.at += 2;
            }
            arguments.push(Argument { parameter, value: self.expression(0)? });
        }
        if let [schema, _] = &*name
            && schema == "pg_catalog"
        {
            name.remove(0);
        }
        Ok(if name == ["coalesce"] {
            let results = arguments.into_iter().map(|argument| argument.value).collect();
            Node::Choice { conditions: Vec::new(), results }
        } else {
            Node::Call { name, arguments }
        })
    }

    /// The inside of `CAST(… AS …)`.
    fn cast(&mut self) -> Result<Node, String> {
        let operand = Box::new(self.expression(0)?);
        self.expect_word("as")?;
        let to = self.type_name()?;
        self.expect(")")?;
        Ok(Node::Cast { operand, to })
    }

    /// The inside of `TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)`, as a call of the function that
    /// it stands for.
    fn trim(&mut self) -> Result<Node, String> {
        let function = match self.next_word() {
            Some("leading") => "ltrim",
            Some("trailing") => "rtrim",
            _ => "btrim",
        };
        if let Some("leading" | "trailing" | "both") = self.next_word() {
            self.at += 1;
        }
        let mut values = Vec::new();
        if self.next_word() != Some("from") {
            values.push(self.expression(0)?);
        }
        if self.accept_word("from") {
            values.insert(0, self.expression(0)?);
        } else if self.accept(",") {
            values.push(self.expression(0)?);
        }
        self.expect(")")?;
        let arguments = values.into_iter().map(|value| Argument { parameter: None, value }).collect();
        Ok(Node::Call { name: vec![function.to_owned()], arguments })
    }

    fn type_name(&mut self) -> Result<TypeName, String> {
        let mut parts = self.qualified()?;
        if parts.len() > 1 && parts[0] == "pg_catalog" {
            parts.remove(0);
        }
        let mut name = parts.join(".");
        for (first, second) in [("character", "varying"), ("bit", "varying"), ("double", "precision")] {
            if name == first && self.accept_word(second) {
                name = format!("{first} {second}");
            }
        }
        let modifiers = self.type_modifiers()?;
        if let (true, Some(zone @ ("with" | "without"))) = (name.starts_with("time"), self.next_word()) {
            name = format!("{name} {zone} time zone");
            self.at += 1;
            self.expect_word("time")?;
            self.expect_word("zone")?;
        }
        while self.accept("[") {
            self.expect("]")?;
            name.push_str("[]");
        }
        Ok(TypeName { name, modifiers })
    }

    /// `(12,0)` after a type; there need not be one.
    fn type_modifiers(&mut self) -> Result<Vec<i64>, String> {
        let mut modifiers = Vec::new();
        if !self.accept("(") {
            return Ok(modifiers);
        }
        loop {
            let sign = if self.accept("-") { -1 } else { 1 };
            let number = self.peek().and_then(|token| token.text.parse::<i64>().ok());
            modifiers.push(sign * number.ok_or_else(|| self.stuck())?);
            self.at += 1;
            if self.accept(")") {
                return Ok(modifiers);
            }
            self.expect(",")?;
        }
    }
}

/// Words that begin no value.
const RESERVED: &[&str] = &[
    "all", "and", "any", "array", "as", "between", "else", "end", "exists", "from", "in", "into", "is",
    "like", "not", "or", "row", "select", "then", "when", "where",
];

#[cfg(test)]
mod tests {
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
        assert_eq!(
            parsed("(CURRENT_DATE)::timestamp with time zone"),
            "CURRENT_DATE::timestamp with time zone"
        );
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
}
