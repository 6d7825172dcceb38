//! Several connections at once, always bounded; one is enough.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Connector, Interrupt, Server, Session};
use crate::{Error, Result};

/// So many pieces at most go together.
const MOST_TOGETHER: usize = 4;

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

    /// From now on nothing that is cut off is done again: whoever works with these connections takes it up himself, by
    /// [`Sessions::open_anew`].
    pub(crate) fn give_up_at_once(&mut self) {
        self.connector = self.connector.clone().retry(Duration::ZERO);
        self.open.iter_mut().for_each(Session::give_up_at_once);
    }

    /// Tries once to connect anew to the same database, in place of all connections.
    ///
    /// # Errors
    /// As [`Connector::connect`]; [`Error::Server`] where what answers is another database, or a standby in place of a
    /// primary.
    pub(crate) fn open_anew(&mut self) -> Result<()> {
        let first = self.connector.connect_once()?;
        let (before, now) = (self.server(), first.server());
        let what = match (before.is_same_database(now), now.in_recovery && !before.in_recovery) {
            (true, false) => None,
            (true, true) => Some("a standby"),
            (false, _) => Some("another database"),
        };
        if let Some(what) = what {
            let Server { database, host, port, .. } = now;
            return Err(Error::Server(format!("what answers now is {what}: {database} on {host}:{port}")));
        }
        self.open = vec![first];
        Ok(())
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

    /// The server processes behind the connections.
    pub(crate) fn backend_pids(&self) -> Vec<i32> {
        self.open.iter().map(Session::backend_pid).collect()
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
        let alone = |_: &T| false;
        let each = |session: &mut Session, pieces: Vec<(usize, T)>| -> Vec<(usize, Result<R>)> {
            pieces.into_iter().map(|(place, piece)| (place, job(session, piece))).collect()
        };
        // What is left over where every connection is lost has no result.
        let _ = self.run_groups(work, alone, each, |group| {
            for (place, result) in group {
                results[place] = Some(result);
            }
        });
        results.into_iter().map(|result| result.unwrap_or_else(|| Err(self.open[0].loss()))).collect()
    }

    /// As [`Sessions::run`], but pieces that may go `together` are handed to a job several at a time, each with its
    /// place, and what it returns is handed to `done` as soon as it is there, so that memory does not grow with the
    /// results.
    ///
    /// # Errors
    /// [`Error::Lost`] where every connection is lost and pieces are left.
    pub(crate) fn run_groups<T, R>(
        &mut self,
        work: Vec<T>,
        together: impl Fn(&T) -> bool + Sync,
        job: impl Fn(&mut Session, Vec<(usize, T)>) -> R + Sync,
        done: impl FnMut(R) + Send,
    ) -> Result<()>
    where
        T: Send,
        R: Send,
    {
        self.open_for(work.len());
        let shares = Shares::new(work, self.open.len());
        let done = Mutex::new(done);
        let finish = |result| done.lock().unwrap_or_else(PoisonError::into_inner)(result);
        let toil = |(own, session): (usize, &mut Session)| {
            while !session.is_lost()
                && let Some(pieces) = shares.next(own, &together)
            {
                let result = job(session, pieces);
                finish(result);
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
        if shares.are_done() { Ok(()) } else { Err(self.first().loss()) }
    }

    /// Reads two different things, over two connections at once where there are two: where the second is to be opened,
    /// the first does not wait for it. What was cut off is read again over another connection.
    ///
    /// # Errors
    /// That of the first, else that of the second.
    pub(crate) fn both<A, B: Send>(
        &mut self,
        first: impl FnMut(&mut Session) -> Result<A>,
        mut second: impl FnMut(&mut Session) -> Result<B> + Send,
    ) -> Result<(A, B)> {
        let may_open = self.open.len() < self.jobs;
        let server = self.server().clone();
        let connector = &self.connector;
        let mut standing = self.open.iter_mut().filter(|session| !session.is_lost());
        let (one, other) = (standing.next(), standing.next());
        let is_to_open = other.is_none() && may_open;
        let (Some(one), true) = (one, other.is_some() || is_to_open) else {
            let only = self.first();
            return Ok((only.again_when_lost(first)?, only.again_when_lost(second)?));
        };
        let (read, (beside, opened)) = std::thread::scope(|scope| {
            let beside = scope.spawn(|| {
                let mut opened = if is_to_open { further(connector, &server) } else { None };
                let session = other.or(opened.as_mut());
                (session.map(|session| session.again_when_lost(&mut second)), opened)
            });
            (one.again_when_lost(first), joined(beside))
        });
        if is_to_open {
            self.add(opened);
        }
        let read = read?;
        Ok((read, beside.unwrap_or_else(|| self.first().again_when_lost(second))?))
    }

    /// Opens further connections, as many as there are pieces of work to share.
    fn open_for(&mut self, pieces: usize) {
        while self.open.len() < self.jobs.min(pieces) {
            let opened = further(&self.connector, self.server());
            self.add(opened);
        }
    }

    /// Adds a further connection. The first that cannot be had ends the trying for good: the work goes on over those
    /// that are open.
    fn add(&mut self, opened: Option<Session>) {
        match opened {
            Some(session) => self.open.push(session),
            None => self.jobs = self.open.len(),
        }
    }
}

/// Opens a further connection, where one can be had that leads where the others do: of several hosts it may meet another.
fn further(connector: &Connector, server: &Server) -> Option<Session> {
    let opened = connector.connect().inspect_err(|error| tracing::debug!(%error, "no further connection"));
    opened.ok().filter(|session| {
        let other = session.server();
        server.is_same_database(other) && server.in_recovery == other.in_recovery
    })
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

    /// The next piece of one's own share, or several that may go together; when that is done, the last one of the
    /// largest of the others.
    fn next(&self, own: usize, together: impl Fn(&T) -> bool) -> Option<Vec<(usize, T)>> {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let share = &mut shares[own];
        if share.is_empty() {
            let largest = shares.iter_mut().max_by_key(|share| share.len())?;
            return largest.pop_back().map(|piece| vec![piece]);
        }
        // Fewer towards the end, where the others may help.
        let most = share.len().div_ceil(2).clamp(2, MOST_TOGETHER);
        let joined = share.iter().take(most).take_while(|(_, piece)| together(piece)).count();
        Some(share.drain(..joined.max(1)).collect())
    }

    fn are_done(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().all(VecDeque::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;

    const ALONE: fn(&char) -> bool = |_| false;

    #[test]
    fn each_has_its_share_and_helps_the_others_at_their_end() {
        let shares = Shares::new(vec!['a', 'b', 'c', 'd', 'e'], 2);
        let order = [0, 1, 1, 1, 0, 0].map(|own| Some(shares.next(own, ALONE)?[0].1));
        assert_eq!(order, [Some('a'), Some('d'), Some('e'), Some('c'), Some('b'), None]);
        assert!(shares.are_done());
    }

    #[test]
    fn more_shares_than_pieces() {
        let shares = Shares::new(vec!['a'], 3);
        assert_eq!(shares.next(2, ALONE), Some(vec![(0, 'a')]));
        assert_eq!(shares.next(0, ALONE), None);
    }

    #[test]
    fn pieces_that_may_go_together_do_fewer_towards_the_end() {
        let shares = Shares::new(('a'..='t').collect(), 2);
        let joined = |own| {
            let pieces = shares.next(own, |piece| *piece != 'n').unwrap_or_default();
            pieces.into_iter().map(|(_, piece)| piece).collect::<String>()
        };
        assert_eq!([0; 5].map(joined), ["abcd", "efg", "hi", "j", "t"]);
        assert_eq!([1; 5].map(joined), ["klm", "n", "opq", "rs", ""]);
    }
}
