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
