//! Batches of which one member fails or is locked: it must not take the others down, nor hold them up.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use reseq_pq as pq;

use super::batch::Batch;
use super::failure::Refusal;
use crate::session::{Query, Session, Sessions};
use crate::{Error, Result};

/// How long a statement that locks many relations waits for one of them: far less than the server waits until it looks
/// for a deadlock (`deadlock_timeout`, one second by default). Whoever waits in turn for what it holds is free again
/// before, and never falls victim to one.
const SHORT_WAIT: Duration = Duration::from_millis(20);

/// The shortest lock_timeout that there is: what is free is locked at once, and nothing else is waited for.
pub(super) const NO_WAIT: Duration = Duration::from_millis(1);

/// The statement that reads a batch, with its parameters.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) sql: Cow<'static, str>,
    pub(super) params: Vec<String>,
}

/// Makes the statement that reads a batch.
type Ask<'a, M> = dyn Fn(&[M]) -> Statement + Sync + 'a;

/// Reads from what a batch's statement returned one answer for each member, in their order.
type Answer<'a, M, A> = dyn Fn(&mut Session, &[M], &pq::Rows) -> Result<Vec<A>> + Sync + 'a;

/// Says what becomes of a member that the server refuses when it is read alone.
type Alone<'a, M, A> = dyn Fn(&mut Session, &M, Error) -> Result<A> + Sync + 'a;

/// How members of a batch are read.
pub(super) struct Reader<'a, M, A> {
    /// What it is for, as it follows "could not".
    pub(super) tried: &'static str,
    pub(super) ask: &'a Ask<'a, M>,
    pub(super) answer: &'a Answer<'a, M, A>,
    pub(super) alone: &'a Alone<'a, M, A>,
}

impl<M: Sync, A: Send> Reader<'_, M, A> {
    /// Reads these batches of `members` over all sessions, and hands each answer to `done` with its member's place, in
    /// any order. Returns the places of the members that another session keeps locked ([`Reader::come_back`]).
    ///
    /// # Errors
    /// Those that are about no member: a lost connection, an interrupt, and what `alone` returns.
    pub(super) fn read_each(
        &self,
        sessions: &mut Sessions,
        members: &[M],
        batches: &[Batch],
        mut done: impl FnMut(usize, A) + Send,
    ) -> Result<Vec<usize>> {
        let (mut held, mut failed) = (Vec::new(), None);
        let take = |answers: Result<Vec<(usize, Option<A>)>>| match answers {
            Ok(answers) => {
                for (place, answer) in answers {
                    match answer {
                        Some(answer) => done(place, answer),
                        None => held.push(place),
                    }
                }
            }
            Err(error) => failed = failed.take().or(Some(error)),
        };
        let read = |session: &mut Session, group: Vec<(usize, &Batch)>| {
            let ranges: Vec<Range<usize>> = group.iter().map(|(_, batch)| batch.members.clone()).collect();
            let read: Vec<&[M]> = ranges.iter().map(|range| &members[range.clone()]).collect();
            let answers = self.read_group(session, &read)?;
            Ok(ranges.into_iter().flatten().zip(answers).collect())
        };
        let all = sessions.run_groups(batches.iter().collect(), |batch| !batch.lasts, read, take);
        failed.map_or(all, Err)?;
        Ok(held)
    }

    /// Reads several batches in one round trip, each in a statement of its own. Those after one that the server refuses
    /// go on in another. The answers stand in the order of the members; `None` for those that are locked.
    fn read_group(&self, session: &mut Session, batches: &[&[M]]) -> Result<Vec<Option<A>>> {
        let mut answers = Vec::with_capacity(batches.iter().map(|batch| batch.len()).sum());
        let mut rest = batches;
        while !rest.is_empty() {
            let statements: Vec<Statement> = rest.iter().map(|batch| (self.ask)(batch)).collect();
            let (read, refused) =
                session.waiting_at_most(SHORT_WAIT, |session| self.send(session, &statements))?;
            for rows in read.into_iter().map(Ok).chain(refused.map(Err)) {
                let Some((batch, after)) = rest.split_first() else { break };
                let given = rows.and_then(|rows| {
                    session.waiting_at_most(SHORT_WAIT, |session| (self.answer)(session, batch, &rows))
                });
                answers.extend(self.in_pieces(session, batch, SHORT_WAIT, given)?);
                rest = after;
            }
        }
        Ok(answers)
    }

    fn send(
        &self,
        session: &mut Session,
        statements: &[Statement],
    ) -> Result<(Vec<pq::Rows>, Option<Error>)> {
        let params: Vec<Vec<Option<&str>>> = statements
            .iter()
            .map(|one| one.params.iter().map(|param| Some(param.as_str())).collect())
            .collect();
        let queries: Vec<Query<'_>> = statements
            .iter()
            .zip(&params)
            .map(|(statement, params)| Query { tried: self.tried, sql: &statement.sql, params })
            .collect();
        session.read_as_far(&queries)
    }

    /// Reads a batch in one statement.
    fn read(&self, session: &mut Session, batch: &[M]) -> Result<Vec<A>> {
        let (mut read, refused) = self.send(session, &[(self.ask)(batch)])?;
        match refused {
            Some(error) => Err(error),
            None => (self.answer)(session, batch, &read.swap_remove(0)),
        }
    }

    /// Reads a batch in one statement, and in pieces where the server refuses it. `None` for a member that stays
    /// locked for so long.
    pub(super) fn isolate(
        &self,
        session: &mut Session,
        batch: &[M],
        wait: Duration,
    ) -> Result<Vec<Option<A>>> {
        let read = session.waiting_at_most(wait, |session| self.read(session, batch));
        self.in_pieces(session, batch, wait, read)
    }

    /// Takes what became of a batch. Where the server refused it, the batch is read again in some √n pieces,
    /// and those that fail in pieces of their own, until it is known which members are at fault. So few statements
    /// are needed, and few time-outs are waited for.
    fn in_pieces(
        &self,
        session: &mut Session,
        batch: &[M],
        wait: Duration,
        read: Result<Vec<A>>,
    ) -> Result<Vec<Option<A>>> {
        let error = match read {
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
        match self.read(session, std::slice::from_ref(member)) {
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
