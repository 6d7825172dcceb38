//! Cuts SQL and PL/pgSQL text into tokens (manual, section 4.1).

use std::borrow::Cow;

/// A token and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: Kind<'a>,
    /// As it was written.
    pub(super) text: &'a str,
    /// Whether blanks or comments stood before it.
    pub(super) spaced: bool,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A key word or an identifier without quotes, in lower case.
    Word(Cow<'a, str>),
    /// An identifier in double quotes, without them.
    Quoted(String),
    /// A string literal of any kind, without quotes and escapes.
    Text(String),
    /// A number.
    Number,
    /// `$1`.
    Parameter(usize),
    /// An operator or a punctuation mark.
    Symbol,
}

impl Token<'_> {
    /// Whether it is this operator or punctuation mark.
    pub(super) fn is(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// The key word or unquoted identifier, in lower case.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The identifier that it can be, quoted or not.
    pub(super) fn identifier(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Quoted(name) => Some(name),
            _ => None,
        }
    }
}

/// Text that cannot be cut into tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

/// Cuts `source` into its tokens. Comments are left out.
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, Malformed> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let spaced = lexer.skip_blanks()?;
        let start = lexer.at;
        let Some(kind) = lexer.kind()? else { return Ok(tokens) };
        tokens.push(Token { kind, text: &source[start..lexer.at], spaced });
    }
}

/// Tokens as text again.
pub(super) fn text_of(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for token in tokens {
        if token.spaced && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(token.text);
    }
    text
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    /// Passes over what `accept` takes, and gives it.
    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|character| !accept(character)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Passes over blanks and comments; whether there were any.
    fn skip_blanks(&mut self) -> Result<bool, Malformed> {
        let start = self.at;
        loop {
            self.take_while(|character| character.is_ascii_whitespace() || character == '\x0b');
            if self.rest().starts_with("--") {
                self.take_while(|character| !matches!(character, '\n' | '\r'));
            } else if self.rest().starts_with("/*") {
                self.skip_comment()?;
            } else {
                return Ok(self.at > start);
            }
        }
    }

    /// Passes over a `/* … */`; they nest.
    fn skip_comment(&mut self) -> Result<(), Malformed> {
        let mut depth = 0_usize;
        loop {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Ok(());
                }
            } else {
                let character = self.rest().chars().next();
                self.at += character.ok_or(Malformed("a comment without an end"))?.len_utf8();
            }
        }
    }

    fn kind(&mut self) -> Result<Option<Kind<'a>>, Malformed> {
        let rest = self.rest();
        let mut characters = rest.chars();
        let Some(first) = characters.next() else { return Ok(None) };
        let second = characters.next();
        let kind = match first {
            '\'' => Kind::Text(self.quoted('\'', false)?),
            '"' => Kind::Quoted(self.quoted('"', false)?),
            'e' | 'E' if second == Some('\'') => {
                self.at += 1;
                Kind::Text(self.quoted('\'', true)?)
            }
            '$' if second.is_some_and(|character| character.is_ascii_digit()) => {
                self.at += 1;
                let digits = self.take_while(|character| character.is_ascii_digit());
                Kind::Parameter(
                    digits.parse().map_err(|_| Malformed("a parameter number that is too large"))?,
                )
            }
            '$' => match dollar_tag(rest) {
                Some(tag) => Kind::Text(self.dollar_quoted(tag)?),
                None => self.symbol(),
            },
            '0'..='9' => self.number(),
            '.' if second.is_some_and(|character| character.is_ascii_digit()) => self.number(),
            _ if starts_identifier(first) => {
                let word = self.take_while(continues_identifier);
                if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    Kind::Word(word.to_ascii_lowercase().into())
                } else {
                    Kind::Word(word.into())
                }
            }
            _ => self.symbol(),
        };
        Ok(Some(kind))
    }

    /// What stands between two quotes, which are doubled inside; with `escapes`, backslashes are read too.
    fn quoted(&mut self, quote: char, escapes: bool) -> Result<String, Malformed> {
        let mut content = String::new();
        let mut characters = self.rest().char_indices().skip(1).peekable();
        while let Some((at, character)) = characters.next() {
            if character == quote {
                if characters.next_if(|(_, next)| *next == quote).is_none() {
                    self.at += at + 1;
                    return Ok(content);
                }
                content.push(quote);
            } else if character == '\\' && escapes {
                content.push(escaped(&mut characters).ok_or(Malformed("an escape that cannot be read"))?);
            } else {
                content.push(character);
            }
        }
        Err(Malformed("a quote without an end"))
    }

    /// What stands between `$tag$` and `$tag$`.
    fn dollar_quoted(&mut self, tag: &str) -> Result<String, Malformed> {
        let content = &self.rest()[tag.len()..];
        let length = content.find(tag).ok_or(Malformed("a dollar quote without an end"))?;
        self.at += length + 2 * tag.len();
        Ok(content[..length].to_owned())
    }

    fn number(&mut self) -> Kind<'a> {
        self.take_while(|character| character.is_ascii_alphanumeric() || character == '_');
        // `1..10` in a FOR loop is no fraction
        if self.rest().starts_with('.') && !self.rest().starts_with("..") {
            self.at += 1;
            self.take_while(|character| character.is_ascii_alphanumeric() || character == '_');
        }
        let taken = &self.source[..self.at];
        if taken.ends_with(['e', 'E']) && self.rest().starts_with(['+', '-']) {
            self.at += 1;
            self.take_while(|character| character.is_ascii_digit());
        }
        Kind::Number
    }

    fn symbol(&mut self) -> Kind<'a> {
        let rest = self.rest();
        let operator = operator_length(rest);
        self.at += if operator > 0 {
            operator
        } else if ["::", ":=", ".."].iter().any(|symbol| rest.starts_with(symbol)) {
            2
        } else {
            rest.chars().next().map_or(0, char::len_utf8)
        };
        Kind::Symbol
    }
}

fn starts_identifier(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn continues_identifier(character: char) -> bool {
    starts_identifier(character) || character.is_ascii_digit() || character == '$'
}

/// The `$tag$` that `rest` starts with.
fn dollar_tag(rest: &str) -> Option<&str> {
    let end = rest[1..].find('$')? + 1;
    let tag = &rest[1..end];
    let well_formed = tag.chars().all(continues_identifier);
    (well_formed && !tag.starts_with(|character: char| character.is_ascii_digit())).then(|| &rest[..=end])
}

/// How long the operator is that `rest` starts with: it ends before a comment, and in `+` or `-` only where it
/// holds one of ``~ ! @ # % ^ & | ` ?`` (manual, section 4.1.3).
fn operator_length(rest: &str) -> usize {
    let mut length = rest.find(|character| !"+-*/<>=~!@#%^&|`?".contains(character)).unwrap_or(rest.len());
    for comment in ["--", "/*"] {
        length = rest[..length].find(comment).unwrap_or(length);
    }
    if !rest[..length].contains(|character| "~!@#%^&|`?".contains(character)) {
        while length > 1 && rest[..length].ends_with(['+', '-']) {
            length -= 1;
        }
    }
    length
}

/// The character that stands for what follows a backslash in an `E''` literal (manual, section 4.1.2.2).
fn escaped(characters: &mut std::iter::Peekable<impl Iterator<Item = (usize, char)>>) -> Option<char> {
    let (_, first) = characters.next()?;
    let mut code = |mut value: u32, radix: u32, most: usize| {
        for _ in 0..most {
            let Some(digit) = characters.peek().and_then(|(_, next)| next.to_digit(radix)) else { break };
            value = value * radix + digit;
            characters.next();
        }
        char::from_u32(value)
    };
    match first {
        'b' => Some('\x08'),
        'f' => Some('\x0c'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        '0'..='7' => code(first.to_digit(8)?, 8, 2),
        'x' => code(0, 16, 2),
        'u' => code(0, 16, 4),
        'U' => code(0, 16, 8),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(source: &str) -> Vec<&str> {
        tokens(source).unwrap().iter().map(|token| token.text).collect()
    }

    fn literal(source: &str) -> String {
        match tokens(source).unwrap().remove(0).kind {
            Kind::Text(text) => text,
            other => unreachable!("no literal: {other:?}"),
        }
    }

    #[test]
    fn operators_end_where_the_server_ends_them() {
        assert_eq!(written("2*-1"), ["2", "*", "-", "1"]);
        assert_eq!(written("a||'b'::text"), ["a", "||", "'b'", "::", "text"]);
        assert_eq!(written("new.id:=-1;"), ["new", ".", "id", ":=", "-", "1", ";"]);
        assert_eq!(written("a=-1--b"), ["a", "=", "-", "1"]);
        assert_eq!(written("1..10"), ["1", "..", "10"]);
        assert_eq!(written("1.5e-3+.5"), ["1.5e-3", "+", ".5"]);
    }

    #[test]
    fn comments_are_left_out() {
        assert_eq!(written("a /* b /* c */ d */ -- e\n f"), ["a", "f"]);
        assert!(tokens("/* a /* b */").is_err());
    }

    #[test]
    fn literals_are_read() {
        assert_eq!(literal("'it''s \\ '"), "it's \\ ");
        assert_eq!(literal(r"E'a\'b\\\n\x41\u00e4\101'"), "a'b\\\nAäA");
        assert_eq!(literal("$x$ it's $$ $x$"), " it's $$ ");
        assert_eq!(literal("$$a$$"), "a");
        assert!(tokens("'a").is_err());
        assert!(tokens("$x$a$y$").is_err());
    }

    #[test]
    fn identifiers_fold_unless_quoted() {
        let source = r#"NEW."Id ""x""" Größe $2"#;
        let kinds: Vec<_> = tokens(source).unwrap().into_iter().map(|token| token.kind).collect();
        assert_eq!(kinds[0], Kind::Word("new".into()));
        assert_eq!(kinds[2], Kind::Quoted("Id \"x\"".to_owned()));
        assert_eq!(kinds[3], Kind::Word("größe".into()));
        assert_eq!(kinds[4], Kind::Parameter(2));
    }

    #[test]
    fn text_of_keeps_the_spacing() {
        assert_eq!(text_of(&tokens("nextval( 's' /* x */ || b)").unwrap()), "nextval( 's' || b)");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(source in "[-a-z0-9'\"$/*\\\\.:;|Eéx \n]{0,40}") {
            let _ = tokens(&source);
        }
    }
}
