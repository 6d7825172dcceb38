//! What the body of a function in SQL or PL/pgSQL draws, calls, assigns and returns.
//!
//! A body is read without running it: variables that are assigned once are looked through, and of a variable
//! that is assigned more than once only what it may draw is told.

use std::collections::HashMap;

use super::lexer::{self, Kind, Malformed, Token, text_of};
use super::statement::{Source, Statement, statements};
use super::{Argument, Call, Draw, Expression, calls, invert, tree};

/// The body of a function (`pg_proc.prosrc`, or `pg_get_function_sqlbody()`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    draws: Vec<Draw>,
    calls: Vec<Call>,
    assignments: Vec<Assignment>,
    returned: Vec<Expression>,
}

/// A column of NEW that a trigger function assigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The column, in lower case unless it was quoted.
    pub column: String,
    /// What it is given, with the variables in it replaced by what they were given. Where that cannot be told,
    /// it holds all that may be drawn, and cannot be turned round.
    pub expression: Expression,
}

impl Body {
    /// Reads a body in SQL or PL/pgSQL.
    ///
    /// # Errors
    /// Text that cannot be cut into tokens: it is in another language.
    pub fn parse(source: &str) -> Result<Self, Malformed> {
        let tokens = lexer::tokens(source)?;
        let statements = statements(&tokens);
        let variables = Variables::of(&statements);
        let mut body =
            Self { draws: Vec::new(), calls: Vec::new(), assignments: Vec::new(), returned: Vec::new() };
        for statement in &statements {
            let (draws, calls) = calls::find(&variables.inline(statement.tokens, None, Depth::Constants));
            body.draws.extend(draws);
            body.calls.extend(calls);
            if let Some(executed) = statement.executed() {
                body.draws.extend(variables.executed(executed).draws);
            }
            for given in statement.given() {
                if let [row, column] = &*given.target
                    && row == "new"
                {
                    let expression = variables.expression(&given.source, Some(&given.target));
                    body.assignments.push(Assignment { column: column.clone(), expression });
                }
            }
        }
        let mut returned: Vec<_> = statements.iter().filter_map(Statement::returned).collect();
        if returned.is_empty() {
            let last = statements.iter().rev().find(|statement| !is_end(statement));
            returned.extend(last.and_then(Statement::selected));
        }
        let returned =
            returned.into_iter().map(|tokens| variables.expression(&Source::Expression(tokens), None));
        body.returned = returned.collect();
        Ok(body)
    }

    /// The calls of `nextval()` in the body, in their order. What EXECUTE runs is looked into where it is a
    /// constant, and [`Argument::Dynamic`] where it is not.
    pub fn draws(&self) -> &[Draw] {
        &self.draws
    }

    /// The calls of other functions, in their order.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The columns of NEW that are assigned: `NEW.column := …`, `NEW.column = …`, `SELECT … INTO NEW.column`,
    /// `EXECUTE … INTO NEW.column`.
    pub fn assignments(&self) -> &[Assignment] {
        &self.assignments
    }

    /// What a function returns: the expressions of its `RETURN …`, else that of the SELECT at its end.
    pub fn returned(&self) -> &[Expression] {
        &self.returned
    }
}

fn is_end(statement: &Statement<'_, '_>) -> bool {
    statement.tokens.first().and_then(Token::word) == Some("end")
}

/// How far variables are replaced by what they were given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Where that draws nothing, so that no draw is counted twice.
    Constants,
    /// Always.
    All,
}

/// An expression is given so many tokens by its variables at most.
const MOST_INLINED: usize = 2_000;
/// So many variables are looked through one behind the other at most.
const DEEPEST_INLINED: usize = 30;

/// What each variable is given, by the parts of its name.
struct Variables<'t, 'a>(HashMap<Vec<String>, Vec<Source<'t, 'a>>>);

impl<'t, 'a> Variables<'t, 'a> {
    fn of(statements: &[Statement<'t, 'a>]) -> Self {
        let mut variables: HashMap<_, Vec<_>> = HashMap::new();
        for given in statements.iter().flat_map(Statement::given) {
            variables.entry(given.target).or_default().push(given.source);
        }
        Self(variables)
    }

    /// The expression that a variable is given; `target` is its name.
    fn expression(&self, source: &Source<'t, 'a>, target: Option<&Vec<String>>) -> Expression {
        let tokens = match source {
            Source::Expression(tokens) => self.inline(tokens, target, Depth::All),
            Source::Execute(tokens) => return self.executed(tokens),
        };
        let mut expression = Expression::from_tokens(&tokens);
        for name in paths(&tokens) {
            let several = self.0.get(&name).is_some_and(|sources| sources.len() > 1);
            let executed = self.0.get(&name).is_some_and(|sources| matches!(**sources, [Source::Execute(_)]));
            let drawn = if several || executed { self.drawn(&name) } else { Vec::new() };
            if !drawn.is_empty() {
                expression.draws.extend(drawn);
                let why = if executed {
                    "the result of EXECUTE"
                } else {
                    "a variable that is assigned more than once"
                };
                expression.tree = Err(format!("{} ({why})", name.join(".")));
            }
        }
        if let Some(target) = target
            && self.0.get(target).is_some_and(|sources| sources.len() > 1)
            && self.changes_itself(target)
        {
            expression.tree = Err(format!("{} (changed after it was assigned)", target.join(".")));
        }
        expression
    }

    /// Whether one of the variable's assignments makes it from what it was before.
    fn changes_itself(&self, target: &Vec<String>) -> bool {
        self.0.get(target).into_iter().flatten().any(|source| match source {
            Source::Expression(tokens) | Source::Execute(tokens) => paths(tokens).contains(target),
        })
    }

    /// All that the variable may be drawn from.
    fn drawn(&self, name: &Vec<String>) -> Vec<Draw> {
        let mut draws = Vec::new();
        for source in self.0.get(name).into_iter().flatten() {
            draws.extend(match source {
                Source::Expression(tokens) => calls::find(&self.inline(tokens, Some(name), Depth::All)).0,
                Source::Execute(tokens) => self.executed(tokens).draws,
            });
        }
        draws
    }

    /// What EXECUTE gives: known where its text is a constant.
    fn executed(&self, tokens: &[Token<'a>]) -> Expression {
        let tokens = self.inline(tokens, None, Depth::Constants);
        let text = tree::parse(&tokens).ok().and_then(|node| invert::constant_text(&node));
        if let Some(text) = &text {
            let trimmed = text.trim_start();
            let query =
                trimmed.get(..6).filter(|word| word.eq_ignore_ascii_case("select")).map(|_| &trimmed[6..]);
            if let Ok(mut expression) = Expression::parse(query.unwrap_or(trimmed)) {
                expression.draws.iter_mut().for_each(|draw| draw.argument.hide_variables());
                return expression;
            }
        }
        let mentions = |token: &Token<'_>| matches!(&token.kind, Kind::Text(text) if text.to_ascii_lowercase().contains("nextval"));
        let shown = format!("EXECUTE {}", text_of(&tokens));
        let argument = Argument::Dynamic(shown.clone());
        let draws = if tokens.iter().any(mentions) { vec![Draw { argument }] } else { Vec::new() };
        Expression { tree: Err(shown.clone()), text: shown, draws, calls: Vec::new() }
    }

    /// The tokens with variables replaced by what they were given, but for `except`.
    fn inline(&self, tokens: &[Token<'a>], except: Option<&Vec<String>>, depth: Depth) -> Vec<Token<'a>> {
        let mut inlined = Vec::with_capacity(tokens.len());
        let mut open: Vec<_> = except.into_iter().cloned().collect();
        self.inline_into(&mut inlined, tokens, &mut open, depth);
        inlined
    }

    fn inline_into(
        &self,
        inlined: &mut Vec<Token<'a>>,
        tokens: &[Token<'a>],
        open: &mut Vec<Vec<String>>,
        depth: Depth,
    ) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let (name, rest) = super::statement::path(&tokens[at..]);
            let length = (tokens.len() - at - rest.len()).max(1);
            let value = self.value_of(&name, depth).filter(|_| {
                let called =
                    rest.first().is_some_and(|token| token.is("(") || token.is(".") || token.is(":="));
                !called
                    && !open.contains(&name)
                    && inlined.len() < MOST_INLINED
                    && open.len() < DEEPEST_INLINED
            });
            match value {
                Some(value) => {
                    inlined.push(Token { kind: Kind::Symbol, text: "(", spaced: token.spaced });
                    let first = inlined.len();
                    open.push(name);
                    self.inline_into(inlined, value, open, depth);
                    open.pop();
                    inlined[first..].iter_mut().take(1).for_each(|token| token.spaced = false);
                    inlined.push(Token { kind: Kind::Symbol, text: ")", spaced: false });
                }
                None => inlined.extend_from_slice(&tokens[at..at + length]),
            }
            at += length;
        }
    }

    /// The one expression that the variable is given.
    fn value_of(&self, name: &Vec<String>, depth: Depth) -> Option<&'t [Token<'a>]> {
        match self.0.get(name).map(Vec::as_slice) {
            Some([Source::Expression(value)]) => {
                let draws = || value.iter().any(|token| token.identifier() == Some("nextval"));
                (depth == Depth::All || !draws()).then_some(*value)
            }
            _ => None,
        }
    }
}

/// The names in `tokens`: of variables, columns, functions.
fn paths(tokens: &[Token<'_>]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (name, rest) = super::statement::path(&tokens[at..]);
        at = (tokens.len() - rest.len()).max(at + 1);
        if !name.is_empty() && !paths.contains(&name) {
            paths.push(name);
        }
    }
    paths
}

#[cfg(test)]
mod tests;
