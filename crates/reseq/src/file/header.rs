//! The line that names the columns.

use super::Kind;
use super::splitter::Splitter;

/// The names in a header's line; of bytes that are not UTF-8 something that no column is called.
pub(super) fn names(splitter: Splitter, record: &[u8]) -> Vec<String> {
    let mut fields = Vec::new();
    splitter.fields(record, &mut fields);
    let name = |field| {
        let written = String::from_utf8_lossy(&record[field]);
        if splitter.kind() == Kind::Csv { unquoted(&written) } else { written.into_owned() }
    };
    fields.into_iter().map(name).collect()
}

/// A field of csv without its quotes; two in a row inside of them are one.
fn unquoted(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let (mut quoted, mut characters) = (false, field.chars().peekable());
    while let Some(character) = characters.next() {
        if character != '"' {
            name.push(character);
        } else if quoted && characters.next_if_eq(&'"').is_some() {
            name.push('"');
        } else {
            quoted = !quoted;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Format;

    #[test]
    fn names_are_read_as_the_server_would_read_values() {
        let header = b"id,\"Full \"\"Name\"\"\",\"a,b\"\r\n";
        let csv = Splitter::new(&Format::usual(Kind::Csv), header);
        assert_eq!(names(csv, header), ["id", "Full \"Name\"", "a,b"]);
        let text = Splitter::new(&Format::usual(Kind::Text), b"id\tname\n");
        assert_eq!(names(text, b"id\t\"n\"\n"), ["id", "\"n\""]);
    }
}
