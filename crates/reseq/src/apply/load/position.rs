//! Which row of a COPY the server speaks of: its CONTEXT, `COPY people, line 3, column age: "x"`.

/// A place in the rows of a COPY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The line from 1, or in the binary format the row.
    pub(super) line: u64,
    /// The column.
    pub(super) column: Option<String>,
    /// What stands there, or the whole line.
    pub(super) found: Option<String>,
}

impl Position {
    /// Reads the server's CONTEXT, in whatever language it is: the name of the relation and those of the columns stay
    /// the same, and the first number after the relation is the line.
    pub(super) fn of(context: &str, relation: &str, columns: &[String]) -> Option<Self> {
        let begin = format!("COPY {relation}");
        let rest = context.split('\n').enumerate().find_map(|(number, line)| {
            // What stands in the line may itself be several lines.
            let from = context.split('\n').take(number).map(|line| line.len() + 1).sum::<usize>();
            line.starts_with(&begin).then(|| &context[from + begin.len()..])
        })?;
        let digits = rest.find(|character: char| character.is_ascii_digit())?;
        let rest = &rest[digits..];
        let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        let line = rest[..end].parse().ok()?;
        let rest = &rest[end..];
        let column = columns
            .iter()
            .filter_map(|column| Some((place_of(rest, column)?, column)))
            .min_by_key(|(place, column)| (*place, usize::MAX - column.len()));
        let rest = column.map_or(rest, |(place, column)| &rest[place + column.len()..]);
        Some(Self { line, column: column.map(|(_, column)| column.clone()), found: found(rest) })
    }
}

/// Where a column is named, before anything that stands in the file.
fn place_of(rest: &str, column: &str) -> Option<usize> {
    let before_value = rest.find(['"', '»', '«', '„']).unwrap_or(rest.len());
    rest.match_indices(column).map(|(place, _)| place).find(|place| {
        let after = &rest[place + column.len()..];
        let begins =
            rest[..*place].ends_with(|character: char| !character.is_alphanumeric() && character != '_');
        begins
            && (after.is_empty() || after.trim_start_matches(SPACES).starts_with(':'))
            && (*place < before_value || column.contains('"'))
    })
}

/// French sets them before a colon and within quotation marks.
const SPACES: [char; 2] = [' ', '\u{a0}'];

/// What stands behind the colon, without quotation marks.
fn found(rest: &str) -> Option<String> {
    let (_, value) = rest.split_once(':')?;
    let value = value.trim();
    let mark = |character: char| "\"»«„“”".contains(character);
    let inner = value.strip_prefix(mark).and_then(|inner| inner.strip_suffix(mark)).unwrap_or(value);
    let spaced = value.starts_with('«').then(|| inner.strip_prefix(SPACES)?.strip_suffix(SPACES)).flatten();
    let inner = spaced.unwrap_or(inner);
    (!inner.is_empty()).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(context: &str) -> Option<(u64, Option<String>, Option<String>)> {
        let columns = ["id", "a b", "age", "agenda"].map(str::to_owned);
        Position::of(context, "people", &columns)
            .map(|position| (position.line, position.column, position.found))
    }

    fn at(
        line: u64,
        column: Option<&str>,
        found: Option<&str>,
    ) -> Option<(u64, Option<String>, Option<String>)> {
        Some((line, column.map(str::to_owned), found.map(str::to_owned)))
    }

    #[test]
    fn line_column_and_value_are_found() {
        assert_eq!(
            position("COPY people, line 3, column age: \"x, y: \"z\"\""),
            at(3, Some("age"), Some("x, y: \"z\""))
        );
        assert_eq!(
            position("COPY people, line 12, column agenda: \"age: 1\""),
            at(12, Some("agenda"), Some("age: 1"))
        );
        assert_eq!(
            position("COPY people, line 3, column a b: null input"),
            at(3, Some("a b"), Some("null input"))
        );
        assert_eq!(position("COPY people, line 3: \"1,id:\""), at(3, None, Some("1,id:")));
        assert_eq!(position("COPY people, line 4"), at(4, None, None));
        assert_eq!(position("COPY people, line 4, column id"), at(4, Some("id"), None));
    }

    #[test]
    fn a_trigger_speaks_before() {
        let context = "PL/pgSQL function f() line 3 at RAISE\nCOPY people, line 2: \"1,a\nb\"";
        assert_eq!(position(context), at(2, None, Some("1,a\nb")));
    }

    #[test]
    fn other_languages_say_the_same() {
        assert_eq!(position("COPY people, Zeile 3, Spalte age: »x«"), at(3, Some("age"), Some("x")));
        assert_eq!(
            position("COPY people, ligne 3, colonne age : «\u{a0}x\u{a0}»"),
            at(3, Some("age"), Some("x"))
        );
        assert_eq!(position("COPY people, 行 3, 列 age: \"x\""), at(3, Some("age"), Some("x")));
    }

    #[test]
    fn what_is_about_no_row_has_no_position() {
        assert_eq!(position("SQL statement \"SELECT 1\""), None);
    }
}
