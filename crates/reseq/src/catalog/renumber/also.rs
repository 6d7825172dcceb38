//! References that no constraint declares, as the user names them.

use super::{Error, Oid, QuotedName, Result, Session};
use crate::catalog::query::text_array;

/// A column that holds ids of the table although no foreign key says so: `--also 'comments.subject_id where
/// subject_type = ''post'''`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Also {
    /// The table, as in SQL.
    pub table: String,
    /// The column, as in SQL.
    pub column: String,
    /// In which rows, as SQL; `None` for all.
    pub condition: Option<String>,
}

impl std::str::FromStr for Also {
    type Err = String;

    /// Reads `table.column` or `table.column where condition`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, condition) = split_condition(text);
        let place = last_dot(name).ok_or_else(|| {
            format!("{name:?} names no column: write table.column, or 'table.column where condition'")
        })?;
        let (table, column) = (name[..place].trim().to_owned(), name[place + 1..].trim().to_owned());
        if table.is_empty() || column.is_empty() || condition.is_some_and(|condition| condition.trim().is_empty()) {
            return Err("write table.column, or 'table.column where condition'".to_owned());
        }
        Ok(Self { table, column, condition: condition.map(|condition| condition.trim().to_owned()) })
    }
}

/// Cuts at the first word `where` outside double quotes.
fn split_condition(text: &str) -> (&str, Option<&str>) {
    let mut quoted = false;
    for (place, character) in text.char_indices() {
        if character == '"' {
            quoted = !quoted;
        }
        let rest = &text[place..];
        let after = rest.trim_start();
        if !quoted
            && character.is_whitespace()
            && after.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("where"))
            && after[5..].starts_with(|next: char| next.is_whitespace() || next == '(')
        {
            return (text[..place].trim(), Some(&after[5..]));
        }
    }
    (text.trim(), None)
}

/// The last dot outside double quotes.
fn last_dot(name: &str) -> Option<usize> {
    let mut quoted = false;
    let mut last = None;
    for (place, character) in name.char_indices() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => last = Some(place),
            _ => {}
        }
    }
    last
}

/// The table and the number of the column. The condition is tried, so that a mistake in it shows at once.
pub(super) fn look_up(session: &mut Session, also: &Also) -> Result<(Oid, i16)> {
    let Also { table, column, condition } = also;
    let tried = "look up the columns that --also names";
    let path = text_array(&session.server().search_path);
    let params = [Some(table.as_str()), Some(path.as_str()), Some(column.as_str())];
    let rows = match session.read(tried, include_str!("../sql/renumber_also.sql"), &params) {
        // parse_ident() does not take it
        Err(error) if error.sqlstate() == Some("22023") => {
            return Err(nothing(format!("{table}.{column} is not a name")));
        }
        rows => rows?,
    };
    let row = rows.row(0).map_err(Error::while_trying(tried))?;
    let read = || Ok((row.get::<Option<u32>>(0)?, row.get::<Option<i16>>(1)?, row.get::<Option<String>>(2)?));
    let (oid, attnum, name) = read().map_err(Error::while_trying(tried))?;
    let (Some(oid), Some(name)) = (oid, name) else { return Err(nothing(format!("there is no table {table}"))) };
    let attnum = attnum.ok_or_else(|| nothing(format!("{name} has no column {column}")))?;
    if let Some(condition) = condition {
        let name = QuotedName::from_server(name);
        // The line's end keeps a comment in the condition from hiding the bracket.
        let sql = format!("SELECT FROM {name} WHERE ({condition}\n) LIMIT 0");
        session.read(&format!("understand the condition of --also {table}.{column}"), &sql, &[])?;
    }
    Ok((Oid(oid), attnum))
}

fn nothing(message: String) -> Error {
    Error::Usage {
        message: format!("--also: {message}"),
        hint: Some("write it as in SQL: comments.subject_id, \"Shop\".notes.\"Subject\"".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn also(table: &str, column: &str, condition: Option<&str>) -> Also {
        Also { table: table.to_owned(), column: column.to_owned(), condition: condition.map(str::to_owned) }
    }

    #[test]
    fn names_and_conditions_are_told_apart() {
        for (text, expected) in [
            ("notes.subject", also("notes", "subject", None)),
            ("a.notes.subject", also("a.notes", "subject", None)),
            ("notes.subject where kind = 'post'", also("notes", "subject", Some("kind = 'post'"))),
            ("notes.subject\n WHERE(kind = 1)", also("notes", "subject", Some("(kind = 1)"))),
            (r#""a. where b".c where true"#, also(r#""a. where b""#, "c", Some("true"))),
            ("notes.whereabouts", also("notes", "whereabouts", None)),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_names_no_column_is_refused() {
        for text in ["", "notes", ".subject", "notes.", "notes.subject where ", "where x.y"] {
            assert!(text.parse::<Also>().is_err(), "{text}");
        }
    }
}
