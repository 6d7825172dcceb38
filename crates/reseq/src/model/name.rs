//! How objects are known (by OID) and how they are shown (as `quote_ident` writes them).

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The OID of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Oid(pub u32);

impl std::fmt::Display for Oid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A name as the server's `quote_ident()` or `format('%I.%I')` wrote it: safe to stand in SQL text.
///
/// Only the server knows which words its version reserves, so names are quoted there and never here. Most names
/// are short: up to 23 bytes take no memory of their own, which counts where there are 100,000 tables.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuotedName(SmolStr);

impl QuotedName {
    /// Takes a name that the server has quoted.
    pub fn from_server(quoted: impl AsRef<str>) -> Self {
        Self(SmolStr::new(quoted))
    }

    /// The quoted name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for QuotedName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// Writes `text` as a string literal that means the same whatever `standard_conforming_strings` is, as
/// `quote_literal()` does (manual, section 9.4).
pub fn quote_literal(text: &str) -> String {
    let escape = if text.contains('\\') { " E" } else { "" };
    let mut literal = String::with_capacity(text.len() + 4);
    literal.push_str(escape);
    literal.push('\'');
    for character in text.chars() {
        if matches!(character, '\'' | '\\') {
            literal.push(character);
        }
        literal.push(character);
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_written_as_quote_literal_writes_them() {
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal(""), "''");
        // with the blank, it can follow a word
        assert_eq!(quote_literal(r"a\b'c"), r" E'a\\b''c'");
    }
}
