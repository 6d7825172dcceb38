//! What was handed out, by which side.

use std::collections::{BTreeMap, HashMap};

/// A value that somebody was handed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn {
    pub(crate) sequence: &'static str,
    pub(crate) value: i64,
    /// Of the pair: 0 or 1.
    pub(crate) side: usize,
}

/// Sorted by sequence.
pub(crate) struct Ledger(BTreeMap<&'static str, Vec<Drawn>>);

impl Ledger {
    pub(crate) fn of(drawn: impl IntoIterator<Item = Drawn>) -> Self {
        let mut sequences: BTreeMap<_, Vec<_>> = BTreeMap::new();
        drawn.into_iter().for_each(|drawn| sequences.entry(drawn.sequence).or_default().push(drawn));
        Self(sequences)
    }

    pub(crate) fn values(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    pub(crate) fn of_sequence(&self, sequence: &str) -> impl Iterator<Item = i64> {
        self.0.get(sequence).into_iter().flatten().map(|drawn| drawn.value)
    }

    /// Nothing was handed out twice, on whichever side.
    pub(crate) fn assert_unique(&self) {
        for (sequence, drawn) in &self.0 {
            let mut seen = HashMap::new();
            for new in drawn {
                if let Some(side) = seen.insert(new.value, new.side) {
                    panic!(
                        "{sequence}: {} was handed out by side {side} and by side {}",
                        new.value, new.side
                    );
                }
            }
        }
    }

    /// So many values between the first and the last that nobody was handed.
    pub(crate) fn skipped(&self, sequence: &str, step: u64) -> u64 {
        let values = || self.of_sequence(sequence);
        let (Some(least), Some(most)) = (values().min(), values().max()) else { return 0 };
        most.abs_diff(least) / step + 1 - values().count() as u64
    }
}
