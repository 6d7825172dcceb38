//! Both ends of a follower: one that is lost is taken up again, with growing pauses, for ever.

use std::time::{Duration, Instant};

use super::told::{Event, Side};
use crate::session::{Interrupt, Sessions};
use crate::{Error, Result};

/// The pause before the second try; the first is made at once.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What was tried on one end.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) side: Side,
    pub(super) error: Error,
}

/// For `map_err` around what is done on this end.
pub(super) fn on(side: Side) -> impl FnOnce(Error) -> Failed {
    move |error| Failed { side, error }
}

/// Whether nothing more can be done on an end for now.
pub(super) fn is_the_end(error: &Error) -> bool {
    error.is_loss() || matches!(error, Error::Lost { .. } | Error::Interrupted)
}

/// The connections of both ends.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) source: Sessions,
    pub(super) target: Sessions,
    /// How often something failed since all went well.
    failures: u32,
}

impl Ends {
    pub(super) fn new(mut source: Sessions, mut target: Sessions) -> Self {
        source.give_up_at_once();
        target.give_up_at_once();
        Self { source, target, failures: 0 }
    }

    pub(super) fn interrupt(&self) -> Interrupt {
        self.target.interrupt().clone()
    }

    /// The end whose connection was lost.
    pub(super) fn cut_off(&mut self) -> Side {
        let source = self.source.first();
        if source.is_lost() || source.is_cut_off() { Side::Source } else { Side::Target }
    }

    /// All went well: the next pause is a short one.
    pub(super) fn are_well(&mut self) {
        self.failures = 0;
    }

    /// Makes the connections of an end anew after something failed there, until that succeeds.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    pub(super) fn take_up(
        &mut self,
        Failed { side, mut error }: Failed,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<()> {
        let interrupt = self.interrupt();
        let began = Instant::now();
        loop {
            interrupt.check()?;
            let pause = pause_after(self.failures);
            self.failures += 1;
            tell(&Event::Lost { side, error: error.to_string(), pause });
            interrupt.pause(pause)?;
            let sessions = match side {
                Side::Source => &mut self.source,
                Side::Target => &mut self.target,
            };
            match sessions.open_anew() {
                Ok(()) => break,
                Err(failed) => error = failed,
            }
        }
        tell(&Event::Back { side, after: began.elapsed() });
        Ok(())
    }
}

/// The first try is made at once; then the pauses grow.
fn pause_after(failures: u32) -> Duration {
    match failures.checked_sub(1) {
        None => Duration::ZERO,
        Some(doubled) => FIRST_PAUSE.saturating_mul(1 << doubled.min(16)).min(LONGEST_PAUSE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute() {
        let seconds = [0, 1, 2, 3, 6, 7, 8, 4_000_000].map(|failures| pause_after(failures).as_secs());
        assert_eq!(seconds, [0, 1, 2, 4, 32, 60, 60, 60]);
    }
}
