//! How fast a sequence draws, and how far ahead of it the target has to be.

use std::time::Duration;

/// So many calls ahead at least, unless somebody says it.
const LEAST_MARGIN: u64 = 1000;

/// No server hands out more in a second: what jumps further was set, not drawn.
const MOST_PER_SECOND: f64 = 5_000_000.0;

/// So many looks back a pace counts that was kept up.
const LOOKS: usize = 4;

/// Calls of nextval() a second, look by look.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rate {
    /// Of the last looks, the latest last.
    looks: [f64; LOOKS],
    /// As it is told: takes what grows at once, and forgets by halves.
    told: f64,
}

impl Rate {
    /// What it is after so many calls in this time; a sequence that was set back has drawn nothing.
    pub(super) fn after(self, calls: i128, time: Duration) -> Self {
        let seconds = time.as_secs_f64();
        let now = if seconds > 0.0 { calls.max(0) as f64 / seconds } else { 0.0 };
        let now = if now > MOST_PER_SECOND { 0.0 } else { now };
        let mut looks = self.looks;
        looks.rotate_left(1);
        looks[LOOKS - 1] = now;
        Self { looks, told: now.max((self.told + now) / 2.0) }
    }

    pub(super) fn per_second(self) -> f64 {
        self.told
    }

    /// The pace that at least two of the last looks have found: what only one has found was a batch or a setval(), which
    /// says nothing of what comes.
    fn kept_up(self) -> f64 {
        let mut looks = self.looks;
        looks.sort_unstable_by(f64::total_cmp);
        looks[LOOKS - 2]
    }
}

/// So many calls the target is to be ahead: as `wanted`, or enough for twice the interval.
pub(super) fn margin(wanted: Option<u64>, rate: Rate, interval: Duration) -> u64 {
    let drawn = (rate.kept_up() * interval.as_secs_f64() * 2.0).ceil();
    // As a cast from float does it: no less than 0, no more than fits.
    wanted.unwrap_or_else(|| LEAST_MARGIN.max(drawn as u64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// After so many calls in each of these seconds.
    fn after(seconds: &[i128]) -> Rate {
        seconds.iter().fold(Rate::default(), |rate, calls| rate.after(*calls, SECOND))
    }

    #[test]
    fn a_rate_is_told_at_once_and_forgotten_by_halves() {
        let rate = after(&[4000]);
        assert_eq!(rate.per_second(), 4000.0);
        assert_eq!(rate.after(0, SECOND).after(0, SECOND).per_second(), 1000.0);
        assert_eq!(rate.after(500, SECOND / 2).per_second(), 2500.0);
    }

    #[test]
    fn what_was_set_was_not_drawn() {
        assert_eq!(Rate::default().after(-500, SECOND), Rate::default());
        assert_eq!(Rate::default().after(1 << 60, SECOND), Rate::default());
        assert_eq!(Rate::default().after(5, Duration::ZERO), Rate::default());
    }

    #[test]
    fn a_margin_is_as_said_or_enough_for_twice_the_interval() {
        let fast = after(&[3000, 3000]);
        assert_eq!(margin(None, Rate::default(), SECOND), 1000);
        assert_eq!(margin(None, fast, SECOND), 6000);
        assert_eq!(margin(None, fast, SECOND / 10), 1000);
        assert_eq!(margin(Some(5), fast, SECOND), 5);
    }

    #[test]
    fn a_batch_is_no_pace_unless_another_one_comes_soon() {
        let margin = |seconds: &[i128]| margin(None, after(seconds), SECOND);
        assert_eq!(margin(&[9000]), 1000);
        assert_eq!(margin(&[10, 999_999, 10]), 1000);
        assert_eq!(margin(&[9000, 0, 0, 0, 9000]), 1000);
        assert_eq!(margin(&[9000, 0, 0, 8000]), 16_000);
        assert_eq!(margin(&[8000, 9000, 0, 0]), 16_000);
        assert_eq!(margin(&[8000, 9000, 0, 0, 0]), 1000);
    }

    proptest! {
        #[test]
        fn half_of_a_margin_lasts_until_the_next_tick_of_what_draws_steadily(
            before in prop::collection::vec(0_i128..5_000_000, 0..6),
            calls in 0_i128..1_000_000,
            milliseconds in 1_u64..60_000,
        ) {
            let interval = Duration::from_millis(milliseconds);
            let rate = after(&before).after(calls, SECOND).after(calls, SECOND);
            let drawn = (calls as f64 * interval.as_secs_f64()).floor() as u64;
            prop_assert!(margin(None, rate, interval) / 2 >= drawn);
        }

        #[test]
        fn a_jump_changes_no_margin(
            pace in 0_i128..1000, place in 0_usize..8, jump in 1000_i128..5_000_000,
        ) {
            let mut seconds = [pace; 8];
            seconds[place] = jump;
            let steady = margin(None, after(&[pace; 8]), SECOND);
            for looks in 2..=seconds.len() {
                prop_assert_eq!(margin(None, after(&seconds[..looks]), SECOND), steady);
            }
        }
    }
}
