//! Several connections at once, always bounded; one is enough.

use std::sync::{Mutex, PoisonError};

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
        Ok(Self { connector, jobs: jobs.max(1), open: vec![first] })
    }

    /// What the server is.
    pub fn server(&self) -> &Server {
        self.open[0].server()
    }

    /// What ends the sessions' statements.
    pub fn interrupt(&self) -> &Interrupt {
        self.open[0].interrupt()
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
    pub fn run<T, R>(
        &mut self,
        work: Vec<T>,
        job: impl Fn(&mut Session, T) -> Result<R> + Sync,
    ) -> Vec<Result<R>>
    where
        T: Send,
        R: Send,
    {
        self.open_for(work.len());
        let pieces = Mutex::new(work.into_iter().enumerate());
        let next = || pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
        let toil = |session: &mut Session| {
            let mut done = Vec::new();
            while !session.is_lost()
                && let Some((place, piece)) = next()
            {
                done.push((place, job(session, piece)));
            }
            done
        };
        let mut done: Vec<(usize, Result<R>)> = match self.open.as_mut_slice() {
            [only] => toil(only),
            sessions => std::thread::scope(|scope| {
                let workers: Vec<_> =
                    sessions.iter_mut().map(|session| scope.spawn(|| toil(session))).collect();
                workers
                    .into_iter()
                    .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            }),
        };
        let first = self.first();
        done.extend(std::iter::from_fn(next).map(|(place, _)| (place, Err(first.loss()))));
        done.sort_unstable_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, result)| result).collect()
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
