//! Where a record ends and where its fields lie, as the server reads them.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2, memchr3, memmem, memrchr};

use super::{Format, Kind};

/// Tells records and fields apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Splitter {
    kind: Kind,
    delimiter: u8,
    /// The byte that ends a line: a line feed, also where a carriage return stands before it, or a carriage return.
    end: u8,
    /// The server takes a line `\.` of csv for the end of the data.
    csv_ends: bool,
}

/// The number of fields that says that there are no more rows (binary).
const TRAILER: [u8; 2] = [0xff, 0xff];

/// The line that ends the data.
const END_LINE: &[u8] = br"\.";

/// What the beginning of the data holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A whole record of so many bytes, with its line end.
    Record(usize),
    /// What says that there are no more rows, of so many bytes: a line `\.`, or the trailer of the binary format.
    EndOfData(usize),
    /// The record goes on behind the data.
    Unfinished,
}

impl Splitter {
    /// For a file whose first bytes are `start`: its first line end is that of all lines.
    pub(crate) fn new(format: &Format, start: &[u8]) -> Self {
        let mut splitter =
            Self { kind: format.kind, delimiter: format.delimiter, end: b'\n', csv_ends: false };
        let mut rest = start;
        while let Some(place) = splitter.next_outside_quotes(rest) {
            match rest[place] {
                b'\r' if rest.get(place + 1) != Some(&b'\n') => {
                    splitter.end = b'\r';
                    break;
                }
                b'\r' | b'\n' => break,
                _ => rest = &rest[place + 1..],
            }
        }
        splitter
    }

    /// As a server of this major version reads it: before PostgreSQL 18 a line `\.` ends csv too.
    pub(crate) fn for_server(self, major: u32) -> Self {
        Self { csv_ends: major < 18, ..self }
    }

    /// The next line end of either kind.
    fn next_outside_quotes(self, data: &[u8]) -> Option<usize> {
        if self.kind != Kind::Csv {
            return memchr2(b'\n', b'\r', data);
        }
        let mut from = 0;
        loop {
            let place = from + memchr3(b'\n', b'\r', b'"', &data[from..])?;
            if data[place] != b'"' {
                return Some(place);
            }
            from = place + 1 + memchr(b'"', &data[place + 1..])? + 1;
        }
    }

    /// The first record of `data`; with `ended`, no more data follows.
    pub(crate) fn first(self, data: &[u8], ended: bool) -> Found {
        let length = match self.kind {
            Kind::Binary => return tuple(data),
            Kind::Csv => self.csv_line(data),
            Kind::Text => self.text_line(data),
        };
        let length = match length {
            Some(length) => length,
            None if ended && !data.is_empty() => data.len(),
            None => return Found::Unfinished,
        };
        if self.ends_data(&data[..length]) { Found::EndOfData(length) } else { Found::Record(length) }
    }

    /// A quote turns quoting on or off wherever it stands; two in a row turn it off and on again.
    fn csv_line(self, data: &[u8]) -> Option<usize> {
        let mut from = 0;
        loop {
            let place = from + memchr2(self.end, b'"', &data[from..])?;
            if data[place] == self.end {
                return Some(place + 1);
            }
            from = place + 1 + memchr(b'"', &data[place + 1..])? + 1;
        }
    }

    /// A backslash takes the next byte for data, also a line end.
    fn text_line(self, data: &[u8]) -> Option<usize> {
        let mut from = 0;
        loop {
            let place = from + memchr2(self.end, b'\\', data.get(from..)?)?;
            if data[place] == self.end {
                return Some(place + 1);
            }
            from = place + 2;
        }
    }

    /// A line without its line end.
    pub(crate) fn content(self, record: &[u8]) -> &[u8] {
        let Some(line) = record.strip_suffix(&[self.end]) else { return record };
        if self.end == b'\n' { line.strip_suffix(b"\r").unwrap_or(line) } else { line }
    }

    /// Whether the server takes a record for the end of the data, whatever follows: `\.`, in text also behind other data
    /// (before PostgreSQL 18).
    pub(crate) fn ends_data(self, record: &[u8]) -> bool {
        match self.kind {
            Kind::Binary => false,
            Kind::Csv => self.csv_ends && self.content(record) == END_LINE,
            Kind::Text => {
                let before = self.content(record).strip_suffix(END_LINE);
                before.is_some_and(|before| !is_escaped(before))
            }
        }
    }

    /// What is wrong with a record that ends the data and is not the last line alone.
    pub(crate) fn why_it_ends(self) -> &'static str {
        if self.kind == Kind::Csv {
            r"\. ends the data before PostgreSQL 18, and may stand only as the last line: as a value it is written in quotes"
        } else {
            r"\. ends the data, and may stand only as the last line: as a value it is written \\."
        }
    }

    /// Where, in whole lines, the data ends although more follows; `quoted` says whether they begin within quotes, `last`
    /// that nothing comes after them.
    pub(crate) fn early_end(self, lines: &[u8], quoted: bool, last: bool) -> Option<usize> {
        if self.kind == Kind::Binary || (self.kind == Kind::Csv && !self.csv_ends) {
            return None;
        }
        memmem::find_iter(lines, END_LINE).find(|place| {
            let (before, after) = (&lines[..*place], &lines[place + END_LINE.len()..]);
            let alone = before.last().is_none_or(|byte| *byte == self.end);
            let ends = match self.kind {
                Kind::Csv => alone && !self.turns_quoting(before, quoted),
                _ => !is_escaped(before),
            };
            let crlf = usize::from(self.end == b'\n' && after.first() == Some(&b'\r'));
            let ends_line = after.get(crlf).is_none_or(|byte| *byte == self.end);
            ends && ends_line && !(alone && last && after.len() <= crlf + 1)
        })
    }

    /// Whether what follows `data` is within quotes, which `data` is where `quoted`.
    pub(crate) fn turns_quoting(self, data: &[u8], quoted: bool) -> bool {
        self.kind == Kind::Csv && quoted != (memchr_iter(b'"', data).count() % 2 == 1)
    }

    /// How much of `data` is whole lines.
    pub(crate) fn whole_lines(self, data: &[u8]) -> usize {
        memrchr(self.end, data).map_or(0, |place| place + 1)
    }

    /// How many lines end in `data`.
    pub(crate) fn line_ends(self, data: &[u8]) -> u64 {
        memchr_iter(self.end, data).count() as u64
    }

    /// How many lines of the file a record takes: quoted line ends count.
    pub(crate) fn lines(self, record: &[u8]) -> u64 {
        if self.kind == Kind::Csv { self.line_ends(record).max(1) } else { 1 }
    }

    /// The fields of a record, as they are written, with their quotes and backslashes. In binary, with their lengths.
    pub(crate) fn fields(self, record: &[u8], fields: &mut Vec<Range<usize>>) {
        fields.clear();
        if self.kind == Kind::Binary {
            let mut from = 2;
            while let Some(length) = field_length(&record[from..]) {
                fields.push(from..from + length);
                from += length;
            }
            return;
        }
        let line = self.content(record);
        let (mut start, mut from) = (0, 0);
        // In text nothing is quoted, and in csv a backslash is like any other byte.
        let special = if self.kind == Kind::Csv { b'"' } else { b'\\' };
        while let Some(place) = memchr2(self.delimiter, special, &line[from..]).map(|place| from + place) {
            if line[place] == self.delimiter {
                fields.push(start..place);
                (start, from) = (place + 1, place + 1);
            } else if self.kind == Kind::Csv {
                let closing =
                    memchr(b'"', &line[place + 1..]).map_or(line.len(), |closing| place + 1 + closing + 1);
                from = closing;
            } else {
                from = (place + 2).min(line.len());
            }
        }
        fields.push(start..line.len());
    }

    /// What stands between two fields.
    pub(crate) fn delimiter(self) -> u8 {
        self.delimiter
    }

    /// Which format it is for.
    pub(crate) fn kind(self) -> Kind {
        self.kind
    }
}

/// Whether the byte after these is one that a backslash takes for data.
fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// The first row of the binary format: a number of fields, then each with its length.
fn tuple(data: &[u8]) -> Found {
    let Some(count) = data.first_chunk::<2>() else { return Found::Unfinished };
    if *count == TRAILER {
        return Found::EndOfData(2);
    }
    let mut length = 2;
    for _ in 0..u16::from_be_bytes(*count) {
        match data.get(length..).and_then(field_length) {
            Some(field) => length += field,
            None => return Found::Unfinished,
        }
    }
    if length <= data.len() { Found::Record(length) } else { Found::Unfinished }
}

/// How many bytes a field of the binary format takes, with its length before it; NULL has a length of -1.
fn field_length(data: &[u8]) -> Option<usize> {
    let length = i32::from_be_bytes(*data.first_chunk::<4>()?);
    Some(4 + usize::try_from(length).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splitter(kind: Kind, start: &str) -> Splitter {
        Splitter::new(&Format::usual(kind), start.as_bytes())
    }

    fn records(kind: Kind, mut data: &str) -> Vec<&str> {
        let splitter = splitter(kind, data);
        let mut records = Vec::new();
        while let Found::Record(length) = splitter.first(data.as_bytes(), true) {
            records.push(&data[..length]);
            data = &data[length..];
        }
        records
    }

    fn fields(kind: Kind, record: &str) -> Vec<&str> {
        let mut fields = Vec::new();
        splitter(kind, record).fields(record.as_bytes(), &mut fields);
        fields.into_iter().map(|field| &record[field]).collect()
    }

    #[test]
    fn a_quoted_line_end_is_data() {
        let file = "1,\"a\nb\"\r\n2,\"say \"\"\n\"\"\"\r\n3,x";
        assert_eq!(records(Kind::Csv, file), ["1,\"a\nb\"\r\n", "2,\"say \"\"\n\"\"\"\r\n", "3,x"]);
        assert_eq!(splitter(Kind::Csv, file).lines(b"1,\"a\nb\"\r\n"), 2);
    }

    #[test]
    fn a_quote_in_the_middle_of_a_field_quotes_too() {
        assert_eq!(records(Kind::Csv, "1,a\"\nb\"\n2\n"), ["1,a\"\nb\"\n", "2\n"]);
    }

    #[test]
    fn a_backslash_before_a_line_end_makes_it_data() {
        assert_eq!(records(Kind::Text, "1\ta\\\nb\n2\t\\\\\n3\n"), ["1\ta\\\nb\n", "2\t\\\\\n", "3\n"]);
    }

    #[test]
    fn a_line_of_backslash_and_dot_ends_the_text_format() {
        assert_eq!(records(Kind::Text, "1\n\\.\n2\n"), ["1\n"]);
    }

    #[test]
    fn an_end_of_data_that_is_not_the_last_line_is_found_before_it_is_sent() {
        let text = splitter(Kind::Text, "1\n");
        assert_eq!(text.early_end(b"1\n\\.\n2\n", false, true), Some(2));
        assert_eq!(text.early_end(b"1\n\\.\n", false, true), None);
        assert_eq!(text.early_end(b"1\n\\.", false, true), None);
        assert_eq!(text.early_end(b"1\n\\.\n", false, false), Some(2));
        assert_eq!(text.early_end(b"1\n\\.\r\n", false, true), None);
        assert_eq!(text.early_end(b"a\\.\n", false, true), Some(1), "before 18 it ends the data too");
        assert_eq!(text.early_end(b"\\\\.\na\\.b\n", false, false), None);
        let csv = splitter(Kind::Csv, "1\n");
        assert_eq!(csv.early_end(b"1\n\\.\n2\n", false, true), None, "PostgreSQL 18");
        let csv = csv.for_server(17);
        assert_eq!(csv.early_end(b"1\n\\.\n2\n", false, true), Some(2));
        assert_eq!(csv.early_end(b"\"\n\\.\n\"\n", false, false), None);
        assert_eq!(csv.early_end(b"\n\\.\n\"\n", true, false), None);
        assert_eq!(csv.early_end(b"a,\\.\n\"\\.\"\n", false, false), None);
    }

    #[test]
    fn lines_may_end_with_carriage_returns_alone() {
        assert_eq!(records(Kind::Csv, "\"a\n\",b\r1,2\r"), ["\"a\n\",b\r", "1,2\r"]);
    }

    #[test]
    fn a_record_that_goes_on_is_not_cut() {
        assert_eq!(splitter(Kind::Csv, "").first(b"1,\"a\n", false), Found::Unfinished);
        assert_eq!(splitter(Kind::Text, "").first(b"1\ta\\", false), Found::Unfinished);
        assert_eq!(splitter(Kind::Csv, "").first(b"", true), Found::Unfinished);
    }

    #[test]
    fn fields_stay_as_they_are_written() {
        assert_eq!(fields(Kind::Csv, "1,\"a,\"\"b\",,\"\"\r\n"), ["1", "\"a,\"\"b\"", "", "\"\""]);
        assert_eq!(fields(Kind::Text, "1\ta\\\tb\t\\N\n"), ["1", "a\\\tb", "\\N"]);
        assert_eq!(fields(Kind::Csv, "\n"), [""]);
    }

    #[test]
    fn binary_rows_are_told_by_their_lengths() {
        let row = b"\0\x02\0\0\0\x01a\xff\xff\xff\xff".as_slice();
        let binary = splitter(Kind::Binary, "");
        assert_eq!(binary.first(&[row, &TRAILER].concat(), true), Found::Record(row.len()));
        assert_eq!(binary.first(&row[..row.len() - 1], false), Found::Unfinished);
        assert_eq!(binary.first(&TRAILER, true), Found::EndOfData(2));
        let mut fields = Vec::new();
        binary.fields(row, &mut fields);
        assert_eq!(fields, [2..7, 7..11]);
    }
}
