//! How probes are put together into statements.

use std::ops::Range;

/// More probes in one statement do not make it faster: the planner's work grows with their square.
const PROBES: usize = 50;
/// How many locks a statement takes: the server's lock table is shared by all its sessions, and has room for no
/// more than 64 a connection for certain (manual, section 19.12).
pub(super) const LOCKS: u32 = 250;
/// How many bytes a statement of several probes reads: one large table does not wait for another, and
/// statement_timeout is for one of them.
const BYTES: u64 = 64 << 20;

/// What a probe costs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    /// Locks, held until the end of the statement's transaction.
    pub(super) locks: u32,
    /// Bytes of the tables that are read; 0 where an index answers.
    pub(super) bytes: u64,
}

/// What one statement reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// The places of its members.
    pub(super) members: Range<usize>,
    /// It takes a while, and no other batch goes with it in one round trip.
    pub(super) lasts: bool,
}

/// Which probes go together, in their order. A probe that is too heavy by itself stands alone.
pub(super) fn batches(weights: impl IntoIterator<Item = Weight>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut sum = Weight::default();
    for (place, weight) in weights.into_iter().enumerate() {
        sum.locks = sum.locks.saturating_add(weight.locks);
        sum.bytes = sum.bytes.saturating_add(weight.bytes);
        match batches.last_mut() {
            Some(batch) if batch.members.len() < PROBES && sum.locks <= LOCKS && sum.bytes <= BYTES => {
                batch.members.end += 1;
                batch.lasts |= weight.bytes > 0;
            }
            _ => {
                batches.push(Batch { members: place..place + 1, lasts: weight.bytes > 0 });
                sum = weight;
            }
        }
    }
    batches
}

/// So many at a time, of members that all cost the same.
pub(super) fn chunks(members: usize, size: usize) -> Vec<Batch> {
    let chunk = |start: usize| Batch { members: start..members.min(start + size), lasts: false };
    (0..members).step_by(size).map(chunk).collect()
}

#[cfg(test)]
mod tests {
    use super::{Weight, batches, chunks};

    fn lengths(weights: impl IntoIterator<Item = Weight>) -> Vec<usize> {
        batches(weights).into_iter().map(|batch| batch.members.len()).collect()
    }

    #[test]
    fn fifty_probes_a_statement() {
        assert_eq!(lengths(std::iter::repeat_n(Weight { locks: 2, bytes: 0 }, 110)), [50, 50, 10]);
        assert_eq!(lengths([]), [0; 0]);
    }

    #[test]
    fn the_last_chunk_is_what_is_left() {
        let members: Vec<_> = chunks(7, 3).into_iter().map(|chunk| chunk.members).collect();
        assert_eq!(members, [0..3, 3..6, 6..7]);
        assert!(chunks(0, 3).is_empty());
    }

    #[test]
    fn few_locks_a_statement() {
        let weights = [100, 100, 50, 1, 2004, 1, 1].map(|locks| Weight { locks, bytes: 0 });
        assert_eq!(lengths(weights), [3, 1, 1, 2]);
    }

    #[test]
    fn large_tables_stand_alone() {
        let weights = [1, 1, 1 << 30, 1 << 30, 1].map(|bytes| Weight { locks: 1, bytes });
        assert_eq!(lengths(weights), [2, 1, 1, 1]);
        let lasts: Vec<_> = batches([0, 1, 1 << 30].map(|bytes| Weight { locks: 1, bytes }));
        assert_eq!(lasts.iter().map(|batch| batch.lasts).collect::<Vec<_>>(), [true, true]);
        assert!(!batches([Weight { locks: 1, bytes: 0 }])[0].lasts);
    }
}
