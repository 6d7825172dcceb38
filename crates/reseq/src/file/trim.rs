//! Leaves out fields: the ids that a sequence is to give anew, and what the server computes itself.

use std::ops::Range;

use super::splitter::Splitter;
use super::{Input, Kind};

/// Leaves out the fields at some places of every record.
#[derive(Clone, Debug)]
pub struct Trim {
    splitter: Splitter,
    /// How many fields a record has.
    width: usize,
    /// One flag a field.
    leave_out: Vec<bool>,
    fields: Vec<Range<usize>>,
}

/// A record has another number of fields than the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongFields {
    /// How many it has.
    pub has: usize,
    /// How many it should have.
    pub expected: usize,
}

impl std::fmt::Display for WrongFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = if self.has == 1 { "field" } else { "fields" };
        write!(f, "it has {} {fields}, where {} are expected", self.has, self.expected)
    }
}

impl Trim {
    /// For records of `width` fields.
    pub fn new(input: &Input, width: usize, leave_out: &[usize]) -> Self {
        let leave_out = (0..width).map(|field| leave_out.contains(&field)).collect();
        Self { splitter: input.splitter(), width, leave_out, fields: Vec::new() }
    }

    /// Writes a record without those fields behind what `into` holds already.
    ///
    /// # Errors
    /// [`WrongFields`]; then nothing was written.
    pub fn record(&mut self, record: &[u8], into: &mut Vec<u8>) -> Result<(), WrongFields> {
        self.splitter.fields(record, &mut self.fields);
        if self.fields.len() != self.width {
            return Err(WrongFields { has: self.fields.len(), expected: self.width });
        }
        let kept =
            || self.fields.iter().zip(&self.leave_out).filter(|(_, out)| !**out).map(|(field, _)| field);
        if self.splitter.kind() == Kind::Binary {
            let count = u16::try_from(kept().count()).unwrap_or(u16::MAX);
            into.extend_from_slice(&count.to_be_bytes());
            kept().for_each(|field| into.extend_from_slice(&record[field.clone()]));
            return Ok(());
        }
        for (place, field) in kept().enumerate() {
            if place > 0 {
                into.push(self.splitter.delimiter());
            }
            into.extend_from_slice(&record[field.clone()]);
        }
        into.extend_from_slice(&record[self.splitter.content(record).len()..]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Format;

    fn trimmed(kind: Kind, record: &[u8], width: usize, leave_out: &[usize]) -> Result<Vec<u8>, WrongFields> {
        let splitter = Splitter::new(&Format::usual(kind), record);
        let leave_out = (0..width).map(|field| leave_out.contains(&field)).collect();
        let mut into = Vec::new();
        Trim { splitter, width, leave_out, fields: Vec::new() }.record(record, &mut into)?;
        Ok(into)
    }

    #[test]
    fn what_stays_is_not_changed() {
        let csv = trimmed(Kind::Csv, b"7,\"a,b\",,\"\"\r\n", 4, &[0]);
        assert_eq!(csv.unwrap(), b"\"a,b\",,\"\"\r\n");
        assert_eq!(trimmed(Kind::Csv, b"a,7", 2, &[1]).unwrap(), b"a");
        assert_eq!(trimmed(Kind::Text, b"a\\\tb\t7\t\\N\n", 3, &[1]).unwrap(), b"a\\\tb\t\\N\n");
        let row = b"\0\x02\0\0\0\x01a\xff\xff\xff\xff";
        assert_eq!(trimmed(Kind::Binary, row, 2, &[0]).unwrap(), b"\0\x01\xff\xff\xff\xff");
    }

    #[test]
    fn a_record_of_other_fields_is_refused() {
        let refused = trimmed(Kind::Csv, b"a\n", 2, &[1]).unwrap_err();
        assert_eq!(refused.to_string(), "it has 1 field, where 2 are expected");
    }
}
