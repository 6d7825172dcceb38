//! The one table of all findings: code, severity, title, manual page.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Severity;

/// What is wrong. Its name ([`Code::name`]) is what users see and give to `--only` and `--except`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A value at or after the next one is already taken.
    Behind,
    /// No call is left.
    Exhausted,
    /// Few calls are left.
    Exhausting,
    /// A row so far from the rest that syncing to it would use the sequence up.
    Outlier,
    /// Behind, and the value needed is out of bounds.
    Blocked,
    /// Drawn by a column that does not own the sequence.
    NotOwned,
    /// Owned by a column that does not draw from it.
    OwnedUnused,
    /// Sequence and column are of different types.
    TypeMismatch,
    /// A foreign-key column is narrower than the key it copies.
    FkNarrower,
    /// A role may insert but not draw.
    NoGrant,
    /// Sessions hold values in advance.
    Cached,
    /// CYCLE on a unique column.
    Cycles,
    /// State or column could not be read.
    Unreadable,
    /// The sequence's name or the expression cannot be told.
    Unresolved,
}

/// What is known of a code.
struct Entry {
    code: Code,
    name: &'static str,
    severity: Severity,
    title: &'static str,
    page: &'static str,
}

/// An entry, with the page of the manual that is named after it.
macro_rules! entry {
    ($code:ident, $name:literal, $severity:ident, $title:literal) => {
        Entry {
            code: Code::$code,
            name: $name,
            severity: Severity::$severity,
            title: $title,
            page: include_str!(concat!("../../../../docs/findings/", $name, ".md")),
        }
    };
}

/// The table, in the order of the variants: a code is its own place in it.
#[rustfmt::skip]
const TABLE: [Entry; 14] = [
    entry!(Behind,       "behind",        Error,      "The sequence is behind its rows"),
    entry!(Exhausted,    "exhausted",     Error,      "The sequence has run out"),
    entry!(Exhausting,   "exhausting",    Warning,    "The sequence is running out"),
    entry!(Outlier,      "outlier",       Error,      "A few rows lie far beyond the rest"),
    entry!(Blocked,      "blocked",       Error,      "The sequence is behind and cannot go where it must"),
    entry!(NotOwned,     "not-owned",     Note,       "The column does not own its sequence"),
    entry!(OwnedUnused,  "owned-unused",  Warning,    "The column owns a sequence that it does not use"),
    entry!(TypeMismatch, "type-mismatch", Note,       "Sequence and column are of different types"),
    entry!(FkNarrower,   "fk-narrower",   Warning,    "A foreign-key column is narrower than its key"),
    entry!(NoGrant,      "no-grant",      Warning,    "A role may insert but may not use the sequence"),
    entry!(Cached,       "cached",        Note,       "Sessions hold values of the sequence in advance"),
    entry!(Cycles,       "cycles",        Note,       "The sequence of a unique column starts again"),
    entry!(Unreadable,   "unreadable",    Incomplete, "Something could not be read"),
    entry!(Unresolved,   "unresolved",    Note,       "A column draws from a sequence that cannot be told"),
];

impl Code {
    /// All codes, in the order of the manual.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TABLE.iter().map(|entry| entry.code)
    }

    /// The code as it is written: `fk-narrower`.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// How bad it is, where nothing makes it better or worse.
    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    /// What it means, in one line: the heading of its manual page.
    pub fn title(self) -> &'static str {
        self.entry().title
    }

    /// Its page of the manual, as Markdown.
    pub fn page(self) -> &'static str {
        self.entry().page
    }

    fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Code {
    type Err = UnknownCode;

    fn from_str(name: &str) -> Result<Self, UnknownCode> {
        Self::all().find(|code| code.name() == name).ok_or_else(|| UnknownCode(name.into()))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A word that is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no finding {0:?}; there are {names}", names = names())]
pub struct UnknownCode(String);

/// The names of all codes, as an enumeration in words.
fn names() -> String {
    Code::all().map(Code::name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_code_stands_at_its_own_place_in_the_table() {
        for (place, code) in Code::all().enumerate() {
            assert_eq!(code as usize, place, "{code}");
            assert_eq!(code.name().parse(), Ok(code));
        }
    }

    #[test]
    fn a_word_that_is_no_code_is_refused_with_the_codes_there_are() {
        let error = "behnd".parse::<Code>().unwrap_err().to_string();
        assert!(
            error.starts_with(r#"there is no finding "behnd"; there are behind, exhausted, "#),
            "{error}"
        );
    }

    #[test]
    fn codes_are_written_in_json_as_they_are_shown() {
        assert_eq!(serde_json::to_string(&Code::FkNarrower).unwrap(), r#""fk-narrower""#);
        assert_eq!(serde_json::from_str::<Code>(r#""owned-unused""#).unwrap(), Code::OwnedUnused);
    }

    #[test]
    fn every_code_has_a_manual_page_that_starts_with_its_title() {
        for code in Code::all() {
            let heading = format!("# {code}: {}\n", code.title());
            assert!(code.page().starts_with(&heading), "{heading}");
        }
    }

    #[test]
    fn every_code_is_in_the_schema_and_in_the_readme() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let schema = std::fs::read_to_string(root.join("schema/check.schema.json")).unwrap();
        let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
        for code in Code::all() {
            assert!(schema.contains(&format!("\"{code}\"")), "{code} is not in the schema");
            let row = format!("| [{code}](docs/findings/{code}.md) | {} |", code.title());
            assert!(readme.contains(&row), "README.md lacks {row}");
        }
    }
}
