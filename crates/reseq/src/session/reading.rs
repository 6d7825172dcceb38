//! Reading: each statement in a read-only transaction of its own, one or several of them in one round trip.

use std::ops::ControlFlow;

use reseq_pq as pq;

use super::Session;
use super::single::{COMMIT, preamble};
use crate::{Error, Result};

// The isolation level is said, because a role may have another default: every statement must see the rows that
// are committed when it begins.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";

/// A statement that only reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'a> {
    /// What it is for, as it follows "could not": `read the sequences`.
    pub(crate) tried: &'a str,
    /// The statement.
    pub(crate) sql: &'a str,
    /// Its parameters, as text.
    pub(crate) params: &'a [Option<&'a str>],
}

impl Session {
    /// Runs one reading statement in a read-only transaction of its own, in one round trip. `tried` says what
    /// it is for, as it follows "could not": `read the sequences`.
    ///
    /// # Errors
    /// [`Error::Database`] with `tried`, [`Error::Interrupted`].
    pub fn read(&mut self, tried: &str, sql: &str, params: &[Option<&str>]) -> Result<pq::Rows> {
        Ok(self.read_together(&[Query { tried, sql, params }])?.swap_remove(0))
    }

    /// As [`Session::read`], but the rows are handed over one by one as they arrive, so that memory does not
    /// grow with their number. An error from `each` ends the reading. A connection that is lost after the first row is
    /// an error too: `each` would see rows twice.
    ///
    /// # Errors
    /// As [`Session::read`], and what `each` returns.
    pub fn read_each(
        &mut self,
        tried: &str,
        sql: &str,
        params: &[Option<&str>],
        mut each: impl FnMut(pq::Row<'_>) -> Result<()>,
    ) -> Result<()> {
        self.read_each_together(&[Query { tried, sql, params }], |_, row| each(row))
    }

    /// Runs several such statements in one round trip. No lock is kept from one to the next, and each sees what is
    /// committed when it begins.
    ///
    /// # Errors
    /// As [`Session::read`], in the words of the statement that failed; those after it did not run.
    pub(crate) fn read_together(&mut self, queries: &[Query<'_>]) -> Result<Vec<pq::Rows>> {
        let (results, refused) = self.read_as_far(queries)?;
        refused.map_or(Ok(results), Err)
    }

    /// As [`Session::read_together`]; where the server refuses one, with the results of those before it.
    ///
    /// # Errors
    /// A lost connection, an interrupt.
    pub(crate) fn read_as_far(&mut self, queries: &[Query<'_>]) -> Result<(Vec<pq::Rows>, Option<Error>)> {
        self.again_when_lost(|session| {
            session.get_ready(queries.len())?;
            let timeouts = session.timeouts.each_ref().map(|timeout| Some(timeout.as_str()));
            let settings = preamble(BEGIN, &timeouts, &session.open.server);
            let layout = Layout { before: settings.len() };
            let statements = layout.statements(&settings, queries);
            let (results, failed) = session.open.connection.pipeline_as_far(&statements);
            let (read, refused) = match failed {
                None => (queries.len(), None),
                Some(failed) => {
                    let read = layout.transaction(failed.statement);
                    let error = session.failed(queries[read].tried, failed.error);
                    if error.is_loss() || matches!(error, Error::Interrupted) {
                        return Err(error);
                    }
                    (read, Some(error))
                }
            };
            let of_queries = (0..).zip(results).filter(|(place, _)| layout.query(*place).is_some());
            Ok((of_queries.map(|(_, rows)| rows).take(read).collect(), refused))
        })
    }

    /// As [`Session::read_together`], row by row as in [`Session::read_each`]; the statement's place is handed over with
    /// each row.
    ///
    /// # Errors
    /// As [`Session::read_together`], and what `each` returns.
    pub(crate) fn read_each_together(
        &mut self,
        queries: &[Query<'_>],
        mut each: impl FnMut(usize, pq::Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let (mut outcome, mut cut_off) = (Ok(()), None);
        self.again_when_lost(|session| {
            session.get_ready(queries.len())?;
            let timeouts = session.timeouts.each_ref().map(|timeout| Some(timeout.as_str()));
            let settings = preamble(BEGIN, &timeouts, &session.open.server);
            let layout = Layout { before: settings.len() };
            let statements = layout.statements(&settings, queries);
            let mut begun = false;
            let sent = session.open.connection.pipeline_each(&statements, &mut |place, row| {
                let Some(query) = layout.query(place) else { return ControlFlow::Continue(()) };
                begun = true;
                outcome = each(query, row);
                if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            let Err(failed) = sent else { return Ok(()) };
            let tried = queries[layout.transaction(failed.statement)].tried;
            let error = session.failed(tried, failed.error);
            if begun {
                cut_off = Some(error);
                return Ok(());
            }
            Err(error)
        })?;
        cut_off.map_or(outcome, Err)
    }
}

/// Where the statements of several transactions stand in one pipeline: each has BEGIN and the settings, its query, and
/// COMMIT.
#[derive(Clone, Copy)]
struct Layout {
    /// Statements of each transaction before its query.
    before: usize,
}

impl Layout {
    fn statements<'a>(self, settings: &[pq::Statement<'a>], queries: &[Query<'a>]) -> Vec<pq::Statement<'a>> {
        let transaction = |query: &Query<'a>| {
            let query = pq::Statement { sql: query.sql, params: query.params };
            settings.iter().copied().chain([query, COMMIT])
        };
        queries.iter().flat_map(transaction).collect()
    }

    /// The transaction that a statement belongs to.
    fn transaction(self, place: usize) -> usize {
        place / (self.before + 2)
    }

    /// The query that a statement is, where it is one.
    fn query(self, place: usize) -> Option<usize> {
        (place % (self.before + 2) == self.before).then(|| self.transaction(place))
    }
}
