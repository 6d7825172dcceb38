//! Cuts the body of a function into statements and says what each of them assigns (manual, chapter 43).

use super::calls::split;
use super::lexer::Token;

/// A statement, or the head of one: `IF … THEN` is cut off before what it holds.
pub(super) struct Statement<'t, 'a> {
    /// Its tokens, without the semicolon.
    pub(super) tokens: &'t [Token<'a>],
    /// It stands behind DECLARE.
    declaration: bool,
}

/// What a statement gives to a variable or to a column of NEW.
pub(super) struct Given<'t, 'a> {
    /// The parts of the variable's name: `["new", "id"]`.
    pub(super) target: Vec<String>,
    /// What it is given.
    pub(super) source: Source<'t, 'a>,
}

/// Where an assigned value comes from.
pub(super) enum Source<'t, 'a> {
    /// An expression.
    Expression(&'t [Token<'a>]),
    /// The result of EXECUTE of this expression.
    Execute(&'t [Token<'a>]),
}

/// Words that a statement may follow.
const BEFORE_STATEMENTS: &[&str] = &["atomic", "begin", "declare", "else", "loop", "then"];

/// The statements of a body in SQL or PL/pgSQL.
pub(super) fn statements<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<Statement<'t, 'a>> {
    let mut statements = Vec::new();
    let (mut start, mut depth, mut cases, mut declaration) = (0, 0_i32, 0_u32, false);
    for (at, token) in tokens.iter().enumerate() {
        let word = token.word();
        if token.is("(") || token.is("[") {
            depth += 1;
        } else if token.is(")") || token.is("]") {
            depth -= 1;
        } else if depth > 0 {
            continue;
        } else if word == Some("case") && at > start && tokens[at - 1].word() != Some("end") {
            cases += 1;
        } else if word == Some("end") && cases > 0 {
            cases -= 1;
        } else if cases == 0 && (token.is(";") || word.is_some_and(|word| BEFORE_STATEMENTS.contains(&word)))
        {
            if start < at {
                statements.push(Statement { tokens: &tokens[start..at], declaration });
            }
            start = at + 1;
            declaration = match word {
                Some("declare") => true,
                Some(_) => false,
                None => declaration,
            };
        }
    }
    if start < tokens.len() {
        statements.push(Statement { tokens: &tokens[start..], declaration });
    }
    statements
}

impl<'t, 'a> Statement<'t, 'a> {
    /// What the statement gives to variables.
    pub(super) fn given(&self) -> Vec<Given<'t, 'a>> {
        let tokens = without_label(self.tokens);
        let expression = |target, tokens| vec![Given { target, source: Source::Expression(tokens) }];
        if self.declaration {
            let (Some(name), Some(at)) = (tokens.first().and_then(Token::identifier), default_of(tokens))
            else {
                return Vec::new();
            };
            return expression(vec![name.to_owned()], &tokens[at + 1..]);
        }
        if tokens.first().and_then(Token::word) == Some("select") {
            return select_into(&tokens[1..]);
        }
        if tokens.first().and_then(Token::word) == Some("execute") {
            return execute_into(&tokens[1..]);
        }
        let (target, rest) = path(tokens);
        match rest {
            [assign, value @ ..] if assign.is(":=") || assign.is("=") => expression(target, value),
            _ => Vec::new(),
        }
    }

    /// The expression of `RETURN expression`.
    pub(super) fn returned(&self) -> Option<&'t [Token<'a>]> {
        match without_label(self.tokens) {
            [word, value @ ..] if word.word() == Some("return") => {
                let row = value.len() == 1 && matches!(value[0].word(), Some("new" | "old" | "null"));
                let rows = matches!(value.first()?.word(), Some("query" | "next"));
                (!row && !rows).then_some(value)
            }
            _ => None,
        }
    }

    /// The expression of a SELECT with a single one.
    pub(super) fn selected(&self) -> Option<&'t [Token<'a>]> {
        match self.tokens {
            [word, rest @ ..] if word.word() == Some("select") => match *select_items(rest) {
                [item] => Some(item),
                _ => None,
            },
            _ => None,
        }
    }

    /// What EXECUTE runs, up to INTO or USING.
    pub(super) fn executed(&self) -> Option<&'t [Token<'a>]> {
        let at = self.tokens.iter().position(|token| token.word() == Some("execute"))?;
        Some(before_words(&self.tokens[at + 1..], &["into", "using", "loop"]))
    }
}

/// Without `<<label>>` before it.
fn without_label<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    match tokens {
        [open, _, close, rest @ ..] if open.is("<<") && close.is(">>") => rest,
        tokens => tokens,
    }
}

/// Where the default of a declaration stands: its `:=`, `=` or DEFAULT.
fn default_of(tokens: &[Token<'_>]) -> Option<usize> {
    tokens.iter().position(|token| token.is(":=") || token.is("=") || token.word() == Some("default"))
}

/// The name that the tokens start with, and what follows.
pub(super) fn path<'t, 'a>(tokens: &'t [Token<'a>]) -> (Vec<String>, &'t [Token<'a>]) {
    let mut parts = Vec::new();
    let mut rest = tokens;
    while let [first, after @ ..] = rest
        && let Some(part) = first.identifier()
    {
        parts.push(part.to_owned());
        rest = after;
        match rest {
            [dot, after @ ..] if dot.is(".") => rest = after,
            _ => break,
        }
    }
    (parts, rest)
}

/// The tokens before the first of the words that stands outside of all parentheses.
fn before_words<'t, 'a>(tokens: &'t [Token<'a>], words: &[&str]) -> &'t [Token<'a>] {
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
        } else if depth == 0 && token.word().is_some_and(|word| words.contains(&word)) {
            return &tokens[..at];
        }
    }
    tokens
}

/// What stands in the list of a SELECT, without names (`AS name`).
fn select_items<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let list = before_words(tokens, &["into", "from", "where", "limit", "order", "group", "union", "for"]);
    let unnamed = |item: &'t [Token<'a>]| match item {
        [value @ .., named, _] if named.word() == Some("as") => value,
        item => item,
    };
    split(list, ",").into_iter().map(unnamed).collect()
}

/// The targets behind INTO, and what follows them.
fn targets<'t, 'a>(tokens: &'t [Token<'a>]) -> (Vec<Vec<String>>, &'t [Token<'a>]) {
    let mut rest = tokens;
    let mut targets = Vec::new();
    while let [separator, after @ ..] = rest
        && (separator.word() == Some("into") || separator.is(","))
    {
        let after = match after {
            [strict, after @ ..] if strict.word() == Some("strict") => after,
            after => after,
        };
        let (target, after) = path(after);
        targets.push(target);
        rest = after;
    }
    (targets, rest)
}

/// `SELECT expression INTO target` and `SELECT INTO target expression`.
fn select_into<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<Given<'t, 'a>> {
    let before = before_words(tokens, &["into"]);
    let (targets, after) = targets(&tokens[before.len()..]);
    let items = select_items(if before.is_empty() { after } else { before });
    if items.len() != targets.len() {
        return Vec::new();
    }
    let given = |(target, item)| Given { target, source: Source::Expression(item) };
    targets.into_iter().zip(items).map(given).collect()
}

/// `EXECUTE text INTO target`.
fn execute_into<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<Given<'t, 'a>> {
    let executed = before_words(tokens, &["into", "using"]);
    let into = before_words(tokens, &["into"]).len();
    let (targets, _) = targets(&tokens[into..]);
    targets.into_iter().map(|target| Given { target, source: Source::Execute(executed) }).collect()
}
