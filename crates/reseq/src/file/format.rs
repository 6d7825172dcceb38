//! How rows are written in a file, and how COPY is told so.

use crate::model::quote_literal;

/// The first bytes of a file in COPY's binary format.
pub(super) const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Names that end so are taken for COPY's text format: what `\copy` and `pg_dump` write.
const TEXT_EXTENSIONS: [&str; 6] = ["txt", "text", "tsv", "tab", "dat", "copy"];

/// The encodings in which the second byte of a character may be one of ASCII (manual, "Character Set Support"), with all
/// that is no letter or digit left out, and their other names.
const TWO_BYTES: [&str; 17] = [
    "BIG5",
    "WIN950",
    "WINDOWS950",
    "GBK",
    "WIN936",
    "WINDOWS936",
    "GB18030",
    "JOHAB",
    "SJIS",
    "SHIFTJIS",
    "MSKANJI",
    "WIN932",
    "WINDOWS932",
    "SHIFTJIS2004",
    "UHC",
    "WIN949",
    "WINDOWS949",
];

/// COPY's three formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Comma-separated values.
    Csv,
    /// Fields between tabs, `\N` for NULL, a backslash before what is special.
    Text,
    /// As the server's types send themselves.
    Binary,
}

impl Kind {
    /// As COPY names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }

    /// What a file is taken for, if nothing is said: binary by its content; text by the end of its name, a compressed
    /// file's `.gz` or `.zst` left out; else csv, whose header tells whether that was right.
    pub(super) fn guess(name: &str, start: &[u8]) -> Self {
        if start.starts_with(SIGNATURE) {
            return Self::Binary;
        }
        let name = name.to_ascii_lowercase();
        let stem = [".gz", ".zst", ".zstd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        let extension = stem.rsplit_once('.').map_or("", |(_, extension)| extension);
        if TEXT_EXTENSIONS.contains(&extension) { Self::Text } else { Self::Csv }
    }
}

/// How the rows of a file are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Which of COPY's formats.
    pub kind: Kind,
    /// What stands between two fields (DELIMITER); of no meaning in binary.
    pub delimiter: u8,
    /// What stands for NULL (NULL), if not the format's usual: nothing at all in csv, `\N` in text.
    pub null: Option<String>,
    /// The first line names the columns (csv and text).
    pub header: bool,
    /// The encoding of its texts, by the server's name of it (ENCODING), if not UTF-8; of no meaning in binary.
    pub encoding: Option<String>,
}

impl Format {
    /// The format as COPY has it without options; csv has a header.
    pub fn usual(kind: Kind) -> Self {
        let delimiter = if kind == Kind::Csv { b',' } else { b'\t' };
        Self { kind, delimiter, null: None, header: kind == Kind::Csv, encoding: None }
    }

    /// What stands behind the last row.
    pub fn end_of_data(&self) -> &'static [u8] {
        if self.kind == Kind::Binary { &[0xff, 0xff] } else { &[] }
    }

    /// Whether a byte that looks like the delimiter or, in text, a backslash may be the second half of a character.
    pub(super) fn hides_bytes(&self) -> bool {
        const SECOND_HALVES: std::ops::RangeInclusive<u8> = 0x40..=0x7e;
        let encoding = self.encoding.as_deref().unwrap_or_default();
        let plain: String = encoding.chars().filter(char::is_ascii_alphanumeric).collect();
        TWO_BYTES.contains(&&*plain.to_ascii_uppercase())
            && (self.kind == Kind::Text || SECOND_HALVES.contains(&self.delimiter))
    }

    /// The options of a COPY that gets the rows without the header.
    pub fn copy_options(&self) -> String {
        let mut options = format!("FORMAT {}", self.kind.name());
        if self.kind == Kind::Binary {
            return options;
        }
        if self.delimiter != Self::usual(self.kind).delimiter {
            let delimiter = char::from(self.delimiter).to_string();
            options.push_str(&format!(", DELIMITER {}", quote_literal(&delimiter).trim_start()));
        }
        if let Some(null) = &self.null {
            options.push_str(&format!(", NULL {}", quote_literal(null).trim_start()));
        }
        if let Some(encoding) = &self.encoding {
            options.push_str(&format!(", ENCODING {}", quote_literal(encoding).trim_start()));
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_seen_from_the_content_and_the_name() {
        assert_eq!(Kind::guess("rows.csv", b"PGCOPY\n\xff\r\n\0\0\0\0\0"), Kind::Binary);
        assert_eq!(Kind::guess("people.dat", b"1\tAnna\n"), Kind::Text);
        assert_eq!(Kind::guess("people.TXT.gz", b""), Kind::Text);
        assert_eq!(Kind::guess("people.csv.zst", b""), Kind::Csv);
        assert_eq!(Kind::guess("standard input", b""), Kind::Csv);
        assert_eq!(Kind::guess("/tmp.dat/people", b""), Kind::Csv);
    }

    #[test]
    fn copy_is_told_what_is_unusual() {
        let csv = Format::usual(Kind::Csv);
        assert_eq!(csv.copy_options(), "FORMAT csv");
        let other = Format { delimiter: b';', null: Some(r"\N".to_owned()), ..csv };
        assert_eq!(other.copy_options(), r"FORMAT csv, DELIMITER ';', NULL E'\\N'");
        let latin = Format { encoding: Some("LATIN1".to_owned()), ..Format::usual(Kind::Text) };
        assert_eq!(latin.copy_options(), "FORMAT text, ENCODING 'LATIN1'");
        assert!(!latin.hides_bytes());
        assert!(Format { encoding: Some("shift_jis".to_owned()), ..latin }.hides_bytes());
        assert_eq!(
            Format { delimiter: b'\'', ..Format::usual(Kind::Text) }.copy_options(),
            "FORMAT text, DELIMITER ''''"
        );
        assert_eq!(Format::usual(Kind::Binary).copy_options(), "FORMAT binary");
    }
}
