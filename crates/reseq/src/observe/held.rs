//! Relations that other sessions keep locked: waited for when everything else is done.

use std::time::{Duration, Instant};

use super::isolate::{NO_WAIT, Reader};
use crate::Result;
use crate::session::{Session, Sessions};

/// So many are each waited for as long as lock_timeout says.
const FEW: usize = 8;

/// The pause between two rounds over more of them.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the next look at the locked ones may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// Each may wait in the server's queue as long as lock_timeout says.
    Each,
    /// One round: each is looked at without waiting, and come back to once more.
    Round,
    /// The last round.
    Last,
}

impl Patience {
    /// With so many that are still locked, after so long a time. Without a lock_timeout each is waited for.
    fn with(held: usize, lock_timeout: Duration, waited: Duration) -> Self {
        if held <= FEW || lock_timeout.is_zero() {
            Self::Each
        } else if waited < lock_timeout {
            Self::Round
        } else {
            Self::Last
        }
    }
}

impl<M: Sync, A: Send> Reader<'_, M, A> {
    /// Comes back to the members at these places, which were locked. A few are each waited for as long as lock_timeout
    /// says; many are looked at in rounds for as long as it says, so that 60 locked tables take hardly longer than
    /// one. What stays locked ends as `alone` says.
    ///
    /// # Errors
    /// As [`Reader::read_each`].
    pub(super) fn come_back(
        &self,
        sessions: &mut Sessions,
        members: &[M],
        mut held: Vec<usize>,
        mut done: impl FnMut(usize, A),
    ) -> Result<()> {
        let began = Instant::now();
        held.sort_unstable();
        while !held.is_empty() {
            let patience = Patience::with(held.len(), sessions.lock_timeout(), began.elapsed());
            let look = |session: &mut Session, place: usize| self.look(session, &members[place], patience);
            let answers = sessions.run(held.clone(), look);
            let mut still = Vec::new();
            for (place, answer) in held.into_iter().zip(answers) {
                match answer? {
                    Some(answer) => done(place, answer),
                    None => still.push(place),
                }
            }
            held = still;
            if !held.is_empty() {
                std::thread::sleep(PAUSE);
            }
        }
        Ok(())
    }

    fn look(&self, session: &mut Session, member: &M, patience: Patience) -> Result<Option<A>> {
        match patience {
            Patience::Each => self.read_last(session, member),
            Patience::Round => {
                let mut answers = self.isolate(session, std::slice::from_ref(member), NO_WAIT)?;
                Ok(answers.pop().flatten())
            }
            Patience::Last => session.waiting_at_most(NO_WAIT, |session| self.read_last(session, member)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{FEW, Patience};

    #[test]
    fn a_few_are_each_waited_for_and_many_all_together() {
        let (second, zero) = (Duration::from_secs(1), Duration::ZERO);
        assert_eq!(Patience::with(FEW, second, zero), Patience::Each);
        assert_eq!(Patience::with(60, second, zero), Patience::Round);
        assert_eq!(Patience::with(60, second, second / 2), Patience::Round);
        assert_eq!(Patience::with(60, second, second), Patience::Last);
        assert_eq!(Patience::with(FEW, second, second), Patience::Each, "those that are left are few");
        assert_eq!(Patience::with(60, zero, second), Patience::Each, "lock_timeout = 0 waits without end");
    }
}
