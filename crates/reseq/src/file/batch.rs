//! Some records together, each of which can still be told.

use std::ops::Range;

/// Whole records of a file, in its order.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    /// Where each record ends.
    ends: Vec<usize>,
    /// How many lines of the file stand before the first record.
    lines_before: u64,
}

impl Batch {
    pub(super) fn new(lines_before: u64) -> Self {
        Self { lines_before, ..Self::default() }
    }

    pub(super) fn push(&mut self, record: &[u8]) {
        self.bytes.extend_from_slice(record);
        self.ends.push(self.bytes.len());
    }

    /// How many records.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// All records.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many lines of the file stand before the first record.
    pub fn lines_before(&self) -> u64 {
        self.lines_before
    }

    /// One record, with its line end.
    pub fn record(&self, place: usize) -> &[u8] {
        self.records(place..place + 1)
    }

    /// Several records in a row.
    pub fn records(&self, places: Range<usize>) -> &[u8] {
        let end_of = |count: usize| count.checked_sub(1).map_or(0, |last| self.ends[last]);
        &self.bytes[end_of(places.start)..end_of(places.end)]
    }
}
