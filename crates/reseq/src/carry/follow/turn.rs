//! Whose turn it is: everything is looked at in full once a minute, some at each tick.

use std::time::Duration;

/// How long it takes until each sequence was looked at in full.
const ROUND: Duration = Duration::from_secs(60);

/// How many of so many take their turn at a tick that comes after such a time.
pub(super) fn share(all: usize, period: Duration) -> usize {
    let share = (all as f64 * period.as_secs_f64() / ROUND.as_secs_f64()).ceil();
    (share as usize).min(all)
}

/// The places of the next `share` of `all`, from the place on where the last turn ended.
pub(super) fn next(all: usize, from: usize, share: usize) -> impl Iterator<Item = usize> {
    (0..share).map(move |further| (from + further) % all.max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn everyone_has_a_turn_within_a_round(
            all in 1_usize..5000, milliseconds in 1_u64..200_000, from in 0_usize..10_000,
        ) {
            let period = Duration::from_millis(milliseconds);
            let share = share(all, period);
            prop_assert!(share >= 1 && share <= all);
            let ticks = (60_000_u64).div_ceil(milliseconds) as usize;
            let mut seen = vec![false; all];
            let mut from = from;
            for _ in 0..ticks {
                next(all, from, share).for_each(|place| seen[place] = true);
                from += share;
            }
            prop_assert!(seen.iter().all(|seen| *seen));
        }
    }

    #[test]
    fn nobody_has_no_turn() {
        assert_eq!(next(0, 5, share(0, Duration::from_secs(1))).count(), 0);
    }
}
