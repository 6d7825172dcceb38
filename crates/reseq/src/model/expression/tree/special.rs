//! What has a syntax of its own: calls, CASE, CAST, TRIM, the names of types.

use super::super::lexer::Token;
use super::{Argument, Node, Parser, TypeName};

impl Parser<'_, '_> {
    pub(super) fn case(&mut self) -> Result<Node, String> {
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

    pub(super) fn call(&mut self, mut name: Vec<String>) -> Result<Node, String> {
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

    pub(super) fn type_name(&mut self) -> Result<TypeName, String> {
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
