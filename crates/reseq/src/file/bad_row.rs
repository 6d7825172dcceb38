//! A row that was not taken, and where it stands.

use std::fmt;

/// A row of a file that the server does not take, or that is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BadRow {
    /// The file.
    pub file: String,
    /// Its line, from 1; in the binary format the row. Where a row takes several lines it is one of them. Not known where
    /// the server looks at all rows in the end: foreign keys.
    pub line: Option<u64>,
    /// The rows of the file are not lines.
    pub binary: bool,
    /// The column.
    pub column: Option<String>,
    /// What stands there, perhaps cut off.
    pub found: Option<String>,
    /// What is wrong with it.
    pub message: String,
    /// More of that, in the server's words.
    pub detail: Option<String>,
    /// The SQLSTATE, where the server refused it.
    pub sqlstate: Option<String>,
}

impl fmt::Display for BadRow {
    /// On one line: `people.csv, line 3, column age: invalid input syntax for type integer: "x"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.binary { "row" } else { "line" };
        let mut text = self.file.clone();
        if let Some(line) = self.line {
            text.push_str(&format!(", {unit} {line}"));
        }
        if let Some(column) = &self.column {
            text.push_str(&format!(", column {column}"));
        }
        text.push_str(&format!(": {}", self.message));
        if let Some(detail) = &self.detail {
            text.push_str(&format!(": {detail}"));
        }
        if let Some(found) =
            self.found.as_ref().filter(|found| !self.message.contains(&format!("\"{found}\"")))
        {
            text.push_str(&format!(" (found: {found})"));
        }
        f.write_str(&text.replace(['\n', '\r'], " "))
    }
}
