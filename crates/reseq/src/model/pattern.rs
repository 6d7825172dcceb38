//! The name patterns of psql and pg_dump (manual, psql, "Patterns"), as regular expressions for the server.

/// A pattern of relations: tables or sequences.
///
/// Both parts are POSIX regular expressions that match whole names, for
/// `name OPERATOR(pg_catalog.~) pattern COLLATE pg_catalog.default`. Regular expression characters without quotes
/// keep their meaning, so the server may still refuse a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationPattern {
    /// For the schema's name; `None` where the pattern names no schema and means what the search path shows.
    pub schema: Option<String>,
    /// For the relation's name.
    pub name: String,
}

impl RelationPattern {
    /// Reads `name`, `schema.name` or `database.schema.name`; `database` is the one connected to.
    ///
    /// # Errors
    /// A quote without an end, an empty part, more dots, or another database.
    pub fn parse(pattern: &str, database: &str) -> Result<Self, PatternError> {
        let mut parts = parts(pattern, 3)?;
        let name = parts.pop().ok_or(PatternError::Empty(pattern.to_owned()))?.regex();
        let schema = parts.pop().map(|part| part.regex());
        same_database(pattern, &parts, database)?;
        Ok(Self { schema, name })
    }
}

/// A pattern of schemas: a POSIX regular expression that matches whole names.
///
/// Reads `schema` or `database.schema`; `database` is the one connected to.
///
/// # Errors
/// A quote without an end, an empty part, more dots, or another database.
pub fn schema_pattern(pattern: &str, database: &str) -> Result<String, PatternError> {
    let mut parts = parts(pattern, 2)?;
    let schema = parts.pop().ok_or(PatternError::Empty(pattern.to_owned()))?.regex();
    same_database(pattern, &parts, database)?;
    Ok(schema)
}

/// A pattern of databases: a POSIX regular expression that matches whole names.
///
/// # Errors
/// A quote without an end, an empty pattern, or a dot.
pub fn database_pattern(pattern: &str) -> Result<String, PatternError> {
    let mut parts = parts(pattern, 1)?;
    Ok(parts.pop().ok_or(PatternError::Empty(pattern.to_owned()))?.regex())
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A double quote without an end.
    #[error("the pattern {0} holds a double quote without an end")]
    OpenQuote(String),
    /// Nothing stands before, behind or between dots.
    #[error("a part of the pattern {0:?} is empty")]
    Empty(String),
    /// More dots than there can be.
    #[error("the pattern {0} has too many dots")]
    TooManyDots(String),
    /// It names another database than the one connected to.
    #[error("the pattern {pattern} is about the database {named}, but this is {connected}")]
    OtherDatabase {
        /// The pattern.
        pattern: String,
        /// The database that it names.
        named: String,
        /// The database connected to.
        connected: String,
    },
}

impl PatternError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::OpenQuote(_) => {
                "end it with another one; a double quote that is part of the name is written twice"
            }
            Self::Empty(_) => "write name or schema.name, and put a name that holds dots in double quotes",
            Self::TooManyDots(_) => "put a name that holds dots in double quotes",
            Self::OtherDatabase { .. } => "leave the database out, or connect to it with -d",
        }
    }
}

/// One part of a pattern: characters, and whether each stood in quotes.
struct Part(Vec<(char, bool)>);

/// Cuts a pattern at its dots outside of quotes.
fn parts(pattern: &str, most: usize) -> Result<Vec<Part>, PatternError> {
    let mut parts = vec![Part(Vec::new())];
    let mut quoted = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.next_if_eq(&'"').is_some() => {}
            '"' => {
                quoted = !quoted;
                continue;
            }
            '.' if !quoted => {
                parts.push(Part(Vec::new()));
                continue;
            }
            _ => {}
        }
        let folded = if quoted { character } else { character.to_ascii_lowercase() };
        if let Some(part) = parts.last_mut() {
            part.0.push((folded, quoted));
        }
    }
    if quoted {
        Err(PatternError::OpenQuote(pattern.to_owned()))
    } else if parts.iter().any(|part| part.0.is_empty()) {
        Err(PatternError::Empty(pattern.to_owned()))
    } else if parts.len() > most {
        Err(PatternError::TooManyDots(pattern.to_owned()))
    } else {
        Ok(parts)
    }
}

/// A database is named literally, and must be the one connected to.
fn same_database(pattern: &str, parts: &[Part], connected: &str) -> Result<(), PatternError> {
    let Some(part) = parts.last() else { return Ok(()) };
    let named: String = part.0.iter().map(|(character, _)| character).collect();
    if named == connected {
        return Ok(());
    }
    Err(PatternError::OtherDatabase { pattern: pattern.to_owned(), named, connected: connected.to_owned() })
}

impl Part {
    fn regex(self) -> String {
        let mut regex = String::from("^(");
        let mut characters = self.0.into_iter().peekable();
        while let Some((character, quoted)) = characters.next() {
            match character {
                '*' if !quoted => regex.push_str(".*"),
                '?' if !quoted => regex.push('.'),
                // an identifier can hold it
                '$' => regex.push_str("\\$"),
                // the name of an array type
                '[' if !quoted && characters.peek() == Some(&(']', false)) => regex.push_str("\\["),
                _ => {
                    if quoted && r"|*+?()[]{}.^\".contains(character) {
                        regex.push('\\');
                    }
                    regex.push(character);
                }
            }
        }
        regex.push_str(")$");
        regex
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(pattern: &str) -> (Option<String>, String) {
        match RelationPattern::parse(pattern, "shop") {
            Ok(pattern) => (pattern.schema, pattern.name),
            Err(error) => (None, error.to_string()),
        }
    }

    fn matches(regex: &str, name: &str) -> bool {
        regex_lite::Regex::new(regex).is_ok_and(|regex| regex.is_match(name))
    }

    #[test]
    fn patterns_are_read_as_psql_reads_them() {
        for (pattern, schema, name) in [
            ("Orders", None, "^(orders)$"),
            ("tmp_*", None, "^(tmp_.*)$"),
            ("t?", None, "^(t.)$"),
            ("public.*", Some("^(public)$"), "^(.*)$"),
            ("Shop.public.\"Orders\"", Some("^(public)$"), "^(Orders)$"),
            (r#"a*."B.c*""d""#, Some("^(a.*)$"), "^(B\\.c\\*\"d)$"),
            (r#"FOO"BAR"BAZ"#, None, "^(fooBARbaz)$"),
            ("t[0-9]|u$1", None, "^(t[0-9]|u\\$1)$"),
            ("int4[]", None, "^(int4\\[])$"),
            ("größe", None, "^(größe)$"),
        ] {
            assert_eq!(relation(pattern), (schema.map(str::to_owned), name.to_owned()), "{pattern}");
        }
        assert_eq!(schema_pattern("Sa*", "shop").as_deref(), Ok("^(sa.*)$"));
        assert_eq!(schema_pattern("\"shop\".sales", "shop").as_deref(), Ok("^(sales)$"));
    }

    #[test]
    fn malformed_patterns_are_refused() {
        let other = "the pattern other.public.t is about the database other, but this is shop";
        for (pattern, message) in [
            ("a.b.c.d", "the pattern a.b.c.d has too many dots"),
            ("\"a", "the pattern \"a holds a double quote without an end"),
            ("", "a part of the pattern \"\" is empty"),
            ("public.", "a part of the pattern \"public.\" is empty"),
            ("other.public.t", other),
        ] {
            assert_eq!(relation(pattern).1, message);
        }
        assert!(matches!(schema_pattern("a.b.c", "a"), Err(PatternError::TooManyDots(_))));
        assert!(matches!(schema_pattern("a.b", "shop"), Err(PatternError::OtherDatabase { .. })));
    }

    proptest::proptest! {
        #[test]
        fn a_quoted_name_matches_itself_alone(name in "[-A-Za-z0-9.*+?()|{}^$\\\\\" ]{1,8}", other in "[-a-z.*]{1,3}") {
            let pattern = format!("\"{}\"", name.replace('"', "\"\""));
            let (_, regex) = relation(&pattern);
            proptest::prop_assert!(matches(&regex, &name), "{}", regex);
            proptest::prop_assert_eq!(matches(&regex, &other), name == other);
        }
    }
}
