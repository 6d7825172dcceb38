//! Batches of which one member fails or is locked: it must not take the others down, nor hold them up.

use std::ops::Range;
use std::time::Duration;

use super::failure::Refusal;
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// How long a statement that locks many relations waits for one of them: far less than the server waits until it looks
/// for a deadlock (`deadlock_timeout`, one second by default). Whoever waits in turn for what it holds is free again
/// before, and never falls victim to one.
const SHORT_WAIT: Duration = Duration::from_millis(20);

/// The shortest lock_timeout that there is: what is free is locked at once, and nothing else is waited for.
pub(super) const NO_WAIT: Duration = Duration::from_millis(1);

/// Reads a batch in one statement; returns one answer for each member, in their order.
type Read<'a, M, A> = dyn Fn(&mut Session, &[M]) -> Result<Vec<A>> + Sync + 'a;

/// Says what becomes of a member that the server refuses when it is read alone.
type Alone<'a, M, A> = dyn Fn(&mut Session, &M, Error) -> Result<A> + Sync + 'a;

/// How members of a batch are read.
pub(super) struct Reader<'a, M, A> {
    pub(super) read: &'a Read<'a, M, A>,
    pub(super) alone: &'a Alone<'a, M, A>,
}

impl<M: Sync, A> Reader<'_, M, A> {
    /// Reads these batches of `members` over all sessions, and hands each answer to `done` with its member's place, in
    /// any order. Returns the places of the members that another session keeps locked ([`Reader::come_back`]).
    ///
    /// # Errors
    /// Those that are about no member: a lost connection, an interrupt, and what `alone` returns.
    pub(super) fn read_each(
        &self,
        sessions: &mut Sessions,
        members: &[M],
        batches: &[Range<usize>],
        mut done: impl FnMut(usize, A) + Send,
    ) -> Result<Vec<usize>> {
        let (mut held, mut failed) = (Vec::new(), None);
        let take = |batch: usize, result: Result<Vec<Option<A>>>| match result {
            Ok(answers) => {
                for (place, answer) in batches[batch].clone().zip(answers) {
                    match answer {
                        Some(answer) => done(place, answer),
                        None => held.push(place),
                    }
                }
            }
            Err(error) => failed = failed.take().or(Some(error)),
        };
        let work = batches.iter().map(|batch| &members[batch.clone()]).collect();
        sessions.run_each(work, |session, batch| self.isolate(session, batch, SHORT_WAIT), take);
        failed.map_or(Ok(held), Err)
    }

    /// Reads a batch in one statement. Where the server refuses it, the batch is read again in some √n pieces,
    /// and those that fail in pieces of their own, until it is known which members are at fault. So few statements
    /// are needed, and few time-outs are waited for. `None` for a member that stays locked for so long.
    pub(super) fn isolate(
        &self,
        session: &mut Session,
        batch: &[M],
        wait: Duration,
    ) -> Result<Vec<Option<A>>> {
        let error = match session.waiting_at_most(wait, |session| (self.read)(session, batch)) {
            Ok(answers) => return Ok(answers.into_iter().map(Some).collect()),
            Err(error) if is_refusal(&error) => error,
            Err(error) => return Err(error),
        };
        let is_locked = Refusal::of(&error) == Refusal::Locked;
        if let [member] = batch {
            let answer = if is_locked { None } else { Some((self.alone)(session, member, error)?) };
            return Ok(vec![answer]);
        }
        // What is locked is waited for when everything else is done, and not once for every piece.
        let wait = if is_locked { NO_WAIT } else { wait };
        let mut answers = Vec::with_capacity(batch.len());
        for piece in batch.chunks(batch.len().isqrt()) {
            answers.extend(self.isolate(session, piece, wait)?);
        }
        Ok(answers)
    }

    /// Reads a member alone and for the last time, waiting for its lock as long as the session does.
    pub(super) fn read_last(&self, session: &mut Session, member: &M) -> Result<Option<A>> {
        match (self.read)(session, std::slice::from_ref(member)) {
            Ok(mut answers) => Ok(answers.pop()),
            Err(error) if is_refusal(&error) => (self.alone)(session, member, error).map(Some),
            Err(error) => Err(error),
        }
    }
}

/// Whether the server refused a statement, over a connection that still stands.
pub(super) fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Database { source, .. } => source.sqlstate().is_some() && !error.is_loss(),
        _ => false,
    }
}
