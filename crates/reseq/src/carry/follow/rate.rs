//! How fast a sequence draws, and how far ahead of it the target has to be.

use std::time::Duration;

/// So many calls ahead at least, unless somebody says it.
const LEAST_MARGIN: u64 = 1000;

/// No server hands out more in a second: what jumps further was set, not drawn.
const MOST_PER_SECOND: f64 = 5_000_000.0;

/// Calls of nextval() a second: takes what grows at once, and forgets by halves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rate(f64);

impl Rate {
    /// What it is after so many calls in this time; a sequence that was set back has drawn nothing.
    pub(super) fn after(self, calls: i128, time: Duration) -> Self {
        let seconds = time.as_secs_f64();
        let now = if seconds > 0.0 { calls.max(0) as f64 / seconds } else { 0.0 };
        let now = if now > MOST_PER_SECOND { 0.0 } else { now };
        Self(now.max((self.0 + now) / 2.0))
    }

    pub(super) fn per_second(self) -> f64 {
        self.0
    }
}

/// So many calls the target is to be ahead: as `wanted`, or enough for twice the interval.
pub(super) fn margin(wanted: Option<u64>, rate: Rate, interval: Duration) -> u64 {
    let drawn = (rate.0 * interval.as_secs_f64() * 2.0).ceil();
    // As a cast from float does it: no less than 0, no more than fits.
    wanted.unwrap_or_else(|| LEAST_MARGIN.max(drawn as u64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_rate_grows_at_once_and_is_forgotten_by_halves() {
        let rate = Rate::default().after(4000, SECOND);
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
        let fast = Rate::default().after(3000, SECOND);
        assert_eq!(margin(None, Rate::default(), SECOND), 1000);
        assert_eq!(margin(None, fast, SECOND), 6000);
        assert_eq!(margin(None, fast, SECOND / 10), 1000);
        assert_eq!(margin(Some(5), fast, SECOND), 5);
    }

    proptest! {
        #[test]
        fn half_of_a_margin_lasts_until_the_next_tick(calls in 0_i128..1_000_000, milliseconds in 1_u64..60_000) {
            let interval = Duration::from_millis(milliseconds);
            let rate = Rate::default().after(calls, SECOND);
            let drawn = (rate.per_second() * interval.as_secs_f64()).floor() as u64;
            prop_assert!(margin(None, rate, interval) / 2 >= drawn);
        }
    }
}
