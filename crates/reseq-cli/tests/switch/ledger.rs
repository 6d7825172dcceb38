//! What was handed out, by which side.

use std::collections::{BTreeMap, HashMap};

use crate::pair::Pair;
use crate::writers::DRAWS;

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

    /// No value was handed out twice, on whichever side, no row collided, and odd ids stayed odd.
    pub(crate) fn assert_nobody_was_hurt(&self, pair: &Pair) {
        self.assert_unique();
        assert_eq!(pair.collisions(), [""; 0]);
        assert!(self.of_sequence("ticket_no").all(|value| value % 2 == 1), "out of its lane");
    }

    /// How many values there were, and how many nobody was handed.
    pub(crate) fn in_words(&self) -> String {
        let skipped = DRAWS.iter().map(|draw| (self.skipped(draw.sequence, draw.step), draw.sequence));
        let total = self.skipped_of_all();
        let (most, sequence) = skipped.max().unwrap();
        let values: usize = self.0.values().map(Vec::len).sum();
        format!("{values} values, none twice; {total} skipped, {most} of them by {sequence}")
    }

    /// So many values of all sequences nobody was handed.
    pub(crate) fn skipped_of_all(&self) -> u64 {
        DRAWS.iter().map(|draw| self.skipped(draw.sequence, draw.step)).sum()
    }

    fn assert_unique(&self) {
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

    fn of_sequence(&self, sequence: &str) -> impl Iterator<Item = i64> {
        self.0.get(sequence).into_iter().flatten().map(|drawn| drawn.value)
    }

    /// So many values between the first and the last that nobody was handed.
    fn skipped(&self, sequence: &str, step: u64) -> u64 {
        let values = || self.of_sequence(sequence);
        let (Some(least), Some(most)) = (values().min(), values().max()) else { return 0 };
        most.abs_diff(least) / step + 1 - values().count() as u64
    }
}
