//! References that no constraint declares, as the user names them.

use super::{Error, Oid, QuotedName, Result, Session};
use crate::catalog::Target;

/// A column that holds ids of the table although no foreign key says so: `--also "comments.subject_id where
/// subject_type = 'post'"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Also {
    /// `table.column`, as in SQL, with or without the schema.
    pub column: String,
    /// In which rows, as SQL; `None` for all.
    pub condition: Option<String>,
}

impl std::str::FromStr for Also {
    type Err = String;

    /// Reads `table.column` or `table.column where condition`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (column, condition) = split_condition(text);
        if column.is_empty() || condition.is_some_and(|condition| condition.trim().is_empty()) {
            return Err("write table.column, or 'table.column where condition'".to_owned());
        }
        let condition = condition.map(|condition| condition.trim().to_owned());
        Ok(Self { column: column.to_owned(), condition })
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

/// The table and the column. The condition is tried, so that a mistake in it shows at once.
pub(super) fn look_up(session: &mut Session, also: &Also) -> Result<(Oid, QuotedName)> {
    let target = Target::look_up(session, &also.column)?;
    let Some(column) = target.column else {
        return Err(Error::Usage {
            message: format!("--also {}: that is {}, and no column", also.column, target.name),
            hint: Some("write table.column, or 'table.column where condition'".to_owned()),
        });
    };
    if let Some(condition) = &also.condition {
        // The line's end keeps a comment in the condition from hiding the bracket.
        let sql = format!("SELECT FROM {} WHERE ({condition}\n) LIMIT 0", target.name);
        session.read(&format!("understand the condition of --also {}", also.column), &sql, &[])?;
    }
    Ok((target.oid, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_conditions_are_told_apart() {
        for (text, column, condition) in [
            ("notes.subject", "notes.subject", None),
            (" a.notes.subject ", "a.notes.subject", None),
            ("notes.subject where kind = 'post'", "notes.subject", Some("kind = 'post'")),
            ("notes.subject\n WHERE(kind = 1)", "notes.subject", Some("(kind = 1)")),
            (r#""a. where b".c where true"#, r#""a. where b".c"#, Some("true")),
            ("notes.whereabouts", "notes.whereabouts", None),
        ] {
            let expected = Also { column: column.to_owned(), condition: condition.map(str::to_owned) };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_names_no_column_is_refused() {
        for text in ["", "notes.subject where ", " where x.y"] {
            assert!(text.parse::<Also>().is_err(), "{text}");
        }
    }
}
