//! Several connections at once, always bounded; one is enough.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Connector, Interrupt, Server, Session};
use crate::Result;

/// Up to `jobs` connections to one database. The first is open from the start, the others are opened when
/// there is work for them, and done without where the server has no connection left.
#[derive(Debug)]
pub struct Sessions {
    connector: Connector,
    jobs: usize,
    open: Vec<Session>,
}

impl Sessions {
    /// Opens the first connection. `jobs` counts all; 0 is taken for 1.
    ///
    /// # Errors
    /// As [`Connector::connect`].
    pub fn open(connector: Connector, jobs: usize) -> Result<Self> {
        let first = connector.connect()?;
        Ok(Self::beginning_with(first, connector, jobs))
    }

    /// As [`Sessions::open`], to a server that was there a moment ago, for another of its databases: where it is away,
    /// it is waited for as long as for a connection that was lost ([`Connector::retry`]).
    ///
    /// # Errors
    /// As [`Connector::connect`], [`Error::Lost`](crate::Error::Lost) where it did not come back.
    pub fn open_at_known(connector: Connector, jobs: usize) -> Result<Self> {
        let first = connector.connect_waiting(true)?;
        Ok(Self::beginning_with(first, connector, jobs))
    }

    fn beginning_with(first: Session, connector: Connector, jobs: usize) -> Self {
        Self { connector, jobs: jobs.max(1), open: vec![first] }
    }

    /// What the server is.
    pub fn server(&self) -> &Server {
        self.open[0].server()
    }

    /// What ends the sessions' statements.
    pub fn interrupt(&self) -> &Interrupt {
        self.open[0].interrupt()
    }

    /// How long a statement may wait for a lock; zero is without end.
    pub fn lock_timeout(&self) -> Duration {
        self.open[0].lock_timeout()
    }

    /// The first connection, of those that still stand where one does.
    pub fn first(&mut self) -> &mut Session {
        let standing = self.open.iter().position(|session| !session.is_lost());
        &mut self.open[standing.unwrap_or(0)]
    }

    /// Whether no connection stands any more, and none could be made.
    pub fn are_lost(&self) -> bool {
        self.open.iter().all(Session::is_lost)
    }

    /// A new connection that the interrupt of the others does not end, as soon as one can be had: for asking what became
    /// of a transaction.
    pub(crate) fn another(&self) -> Result<Session> {
        self.connector.clone().interrupt(Interrupt::default()).connect_beside(self.server())
    }

    /// Does every piece of `work`, over as many connections as there are and pieces to do; the results stand
    /// in the order of the work. A failed piece does not keep the others from being done; a connection that is lost for
    /// good leaves them to the others.
    ///
    /// Each connection begins with a share of its own, by the order of the work. So what is about the same tables in
    /// the same order goes over the same connection once more, whose server process knows them already: that is half
    /// of what a probe costs.
    pub fn run<T, R>(
        &mut self,
        work: Vec<T>,
        job: impl Fn(&mut Session, T) -> Result<R> + Sync,
    ) -> Vec<Result<R>>
    where
        T: Send,
        R: Send,
    {
        let mut results: Vec<Option<Result<R>>> = work.iter().map(|_| None).collect();
        self.run_each(work, job, |place, result| results[place] = Some(result));
        results.into_iter().flatten().collect()
    }

    /// As [`Sessions::run`], but each result is handed to `done` as soon as it is there, with the place of its piece,
    /// so that memory does not grow with the results.
    pub fn run_each<T, R>(
        &mut self,
        work: Vec<T>,
        job: impl Fn(&mut Session, T) -> Result<R> + Sync,
        done: impl FnMut(usize, Result<R>) + Send,
    ) where
        T: Send,
    {
        self.open_for(work.len());
        let shares = Shares::new(work, self.open.len());
        let done = Mutex::new(done);
        let finish = |place, result| done.lock().unwrap_or_else(PoisonError::into_inner)(place, result);
        let toil = |(own, session): (usize, &mut Session)| {
            while !session.is_lost()
                && let Some((place, piece)) = shares.next(own)
            {
                let result = job(session, piece);
                finish(place, result);
            }
        };
        match self.open.as_mut_slice() {
            [only] => toil((0, only)),
            sessions => std::thread::scope(|scope| {
                let toil = &toil;
                for own in sessions.iter_mut().enumerate() {
                    scope.spawn(move || toil(own));
                }
            }),
        }
        // Every connection is lost.
        let first = self.first();
        while let Some((place, _)) = shares.next(0) {
            finish(place, Err(first.loss()));
        }
    }

    /// Reads two different things, over two connections at once where there are two. What was cut off is read again over
    /// another connection.
    ///
    /// # Errors
    /// That of the first, else that of the second.
    pub(crate) fn both<A: Send, B>(
        &mut self,
        first: impl FnMut(&mut Session) -> Result<A> + Send,
        second: impl FnMut(&mut Session) -> Result<B>,
    ) -> Result<(A, B)> {
        self.open_for(2);
        let standing = self.open.iter_mut().filter(|session| !session.is_lost());
        match standing.collect::<Vec<_>>().as_mut_slice() {
            [one, other, ..] => std::thread::scope(|scope| {
                let first = scope.spawn(|| one.again_when_lost(first));
                let second = other.again_when_lost(second);
                Ok((joined(first)?, second?))
            }),
            _ => {
                let only = self.first();
                Ok((only.again_when_lost(first)?, only.again_when_lost(second)?))
            }
        }
    }

    /// Opens further connections, as many as there are pieces of work to share. The first refusal ends the
    /// trying for good: the work goes on over the connections that are open.
    fn open_for(&mut self, pieces: usize) {
        while self.open.len() < self.jobs.min(pieces) {
            match self.connector.connect() {
                Ok(session) if self.is_beside(&session) => self.open.push(session),
                // Several hosts, of which the next connection met another.
                Ok(_) => self.jobs = self.open.len(),
                Err(error) => {
                    tracing::debug!(%error, connections = self.open.len(), "no further connection");
                    self.jobs = self.open.len();
                }
            }
        }
    }

    /// Whether a further connection leads where the others do.
    fn is_beside(&self, session: &Session) -> bool {
        let (ours, other) = (self.server(), session.server());
        ours.is_same_database(other) && ours.in_recovery == other.in_recovery
    }
}

/// What a thread returned; its panic goes on here.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Pieces of work in equal shares, each piece with its place.
struct Shares<T>(Mutex<Vec<VecDeque<(usize, T)>>>);

impl<T> Shares<T> {
    fn new(work: Vec<T>, shares: usize) -> Self {
        let size = work.len().div_ceil(shares).max(1);
        let mut pieces = work.into_iter().enumerate();
        Self(Mutex::new((0..shares).map(|_| pieces.by_ref().take(size).collect()).collect()))
    }

    /// The next piece of one's own share; when that is done, the last one of the largest of the others.
    fn next(&self, own: usize) -> Option<(usize, T)> {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shares[own].pop_front().or_else(|| shares.iter_mut().max_by_key(|share| share.len())?.pop_back())
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;

    #[test]
    fn each_has_its_share_and_helps_the_others_at_their_end() {
        let shares = Shares::new(vec!['a', 'b', 'c', 'd', 'e'], 2);
        let order = [0, 1, 1, 1, 0, 0].map(|own| shares.next(own).map(|(_, piece)| piece));
        assert_eq!(order, [Some('a'), Some('d'), Some('e'), Some('c'), Some('b'), None]);
    }

    #[test]
    fn more_shares_than_pieces() {
        let shares = Shares::new(vec!['a'], 3);
        assert_eq!(shares.next(2), Some((0, 'a')));
        assert_eq!(shares.next(0), None);
    }
}
