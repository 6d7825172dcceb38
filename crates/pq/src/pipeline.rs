//! Many statements in one round trip (manual, 32.5).

use std::ffi::CString;
use std::ops::ControlFlow;

use pq_sys::ExecStatusType;

use crate::c_text::to_c;
use crate::error::COPY_ELSEWHERE;
use crate::execute::params_to_c;
use crate::handle::Handle;
use crate::raw_result::RawResult;
use crate::{Connection, Error, Row, Rows};

/// A statement of a pipeline.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// One statement; not COPY FROM STDIN or TO STDOUT, which a pipeline cannot serve: the first costs the
    /// connection.
    pub sql: &'a str,
    /// Its parameters `$1`, `$2`, … as text; `None` is NULL.
    pub params: &'a [Option<&'a str>],
}

/// An error, and which statement of the pipeline it stopped.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct PipelineError {
    /// The statement's index, from 0. Those after it were not run.
    pub statement: usize,
    /// What was wrong.
    #[source]
    pub error: Error,
}

impl Connection {
    /// Runs the statements in one round trip, with one Sync at the end: they are one transaction, unless they
    /// say otherwise, and the first error ends them. One result each, in their order.
    pub fn pipeline(&mut self, statements: &[Statement<'_>]) -> Result<Vec<Rows>, PipelineError> {
        let (results, failed) = self.pipeline_as_far(statements);
        failed.map_or(Ok(results), Err)
    }

    /// As [`pipeline`](Self::pipeline), with the results of the statements before the one that failed, where one did.
    pub fn pipeline_as_far(&mut self, statements: &[Statement<'_>]) -> (Vec<Rows>, Option<PipelineError>) {
        let mut results = Vec::with_capacity(statements.len());
        let run = self.run_pipeline(statements, Delivery::Whole, &mut |_, rows| {
            results.push(rows);
            ControlFlow::Continue(())
        });
        (results, run.err())
    }

    /// Runs the statements as [`pipeline`](Self::pipeline) does, and hands over each row as it comes, with
    /// the index of its statement: no more than one row is held, however many there are.
    ///
    /// After `Break` no more rows are handed over; the statements are run to their end all the same, and an
    /// error of theirs is an error of the call. To end a long one sooner, use a
    /// [`CancelHandle`](crate::CancelHandle).
    pub fn pipeline_each(
        &mut self,
        statements: &[Statement<'_>],
        each: &mut dyn FnMut(usize, Row<'_>) -> ControlFlow<()>,
    ) -> Result<(), PipelineError> {
        self.run_pipeline(statements, Delivery::RowByRow, &mut |statement, rows| {
            rows.iter().try_for_each(|row| each(statement, row))
        })
    }

    fn run_pipeline(
        &mut self,
        statements: &[Statement<'_>],
        delivery: Delivery,
        deliver: &mut dyn FnMut(usize, Rows) -> ControlFlow<()>,
    ) -> Result<(), PipelineError> {
        let at = |statement| move |error| PipelineError { statement, error };
        let prepare = |(index, statement): (usize, &Statement<'_>)| {
            let sql = to_c("the statement", statement.sql).map_err(at(index))?;
            Ok((sql, params_to_c(statement.params).map_err(at(index))?))
        };
        let statements: Vec<_> = statements.iter().enumerate().map(prepare).collect::<Result<_, _>>()?;
        if statements.is_empty() {
            return Ok(());
        }
        let mut pipeline = Pipeline::enter(&mut self.handle).map_err(at(0))?;
        pipeline.send(&statements)?;
        let received = pipeline.receive(statements.len(), delivery, deliver);
        drop(pipeline);
        received.map_err(|failure| failure.into_error(&self.handle))
    }
}

/// How a statement's rows come.
#[derive(Clone, Copy, PartialEq)]
enum Delivery {
    Whole,
    RowByRow,
}

/// A handle in pipeline mode. However it is left, by an error or a panic too, the results that are still to
/// come are fetched and the mode is ended.
struct Pipeline<'a> {
    handle: &'a mut Handle,
    state: State,
}

/// Where a pipeline stands.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Its Sync was not sent yet.
    Sending,
    /// The answer to the Sync has not come yet.
    Receiving,
    /// Nothing is left to fetch.
    Done,
}

/// What stopped a pipeline. It becomes an error when all results are fetched: only then is it known whether
/// the connection is still there.
struct Failure {
    statement: usize,
    result: Option<RawResult>,
}

impl<'a> Pipeline<'a> {
    fn enter(handle: &'a mut Handle) -> Result<Self, Error> {
        if handle.enter_pipeline_mode() {
            Ok(Self { handle, state: State::Sending })
        } else {
            Err(Error::of_connection(handle))
        }
    }

    /// Sends all statements. libpq reads what comes meanwhile, so that neither side waits for the other.
    fn send(&mut self, statements: &[(CString, Vec<Option<CString>>)]) -> Result<(), PipelineError> {
        for (statement, (sql, params)) in statements.iter().enumerate() {
            if !self.handle.send_query_params(sql, params) {
                return Err(PipelineError { statement, error: Error::of_connection(self.handle) });
            }
        }
        self.sync().map_err(|error| PipelineError { statement: 0, error })
    }

    fn sync(&mut self) -> Result<(), Error> {
        if !self.handle.pipeline_sync() {
            return Err(Error::of_connection(self.handle));
        }
        self.state = State::Receiving;
        Ok(())
    }

    /// Fetches the results of `count` statements and hands over those with rows, or all when they come whole.
    fn receive(
        &mut self,
        count: usize,
        delivery: Delivery,
        deliver: &mut dyn FnMut(usize, Rows) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let mut wanted = ControlFlow::Continue(());
        for statement in 0..count {
            if delivery == Delivery::RowByRow {
                // Refused where the statement has failed or was not run, which its result tells.
                self.handle.set_single_row_mode();
            }
            let mut results = 0;
            while let Some(result) = self.handle.get_result() {
                results += 1;
                if result.is_copy() {
                    self.handle.leave_copy(COPY_ELSEWHERE);
                }
                if result.is_copy() || result.is_error() {
                    return Err(Failure { statement, result: Some(result) });
                }
                if wanted.is_continue() {
                    wanted = deliver(statement, Rows::new(result));
                }
            }
            if results == 0 {
                return Err(Failure { statement, result: None });
            }
        }
        // The transaction that the Sync ends may fail to commit: a deferred constraint.
        match self.finish() {
            None => Ok(()),
            result => Err(Failure { statement: count - 1, result }),
        }
    }

    /// Fetches what is left, up to the answer to the Sync; the first error among it.
    fn finish(&mut self) -> Option<RawResult> {
        // After an error in sending, the statements that did go out still need their Sync.
        if self.state == State::Sending && self.sync().is_err() {
            self.state = State::Done;
        }
        let mut failed = None;
        // A `None` ends one statement's results; two in a row are a connection that has no more.
        let mut nothing = 0;
        while self.state != State::Done {
            match self.handle.get_result() {
                None => nothing += 1,
                Some(result) if result.status() == ExecStatusType::PGRES_PIPELINE_SYNC => {
                    self.state = State::Done
                }
                Some(result) => {
                    nothing = 0;
                    if result.is_copy() {
                        self.handle.leave_copy(COPY_ELSEWHERE);
                    } else if result.is_error() {
                        failed = failed.or(Some(result));
                    }
                }
            }
            if nothing == 2 {
                self.state = State::Done;
            }
        }
        failed
    }
}

impl Drop for Pipeline<'_> {
    fn drop(&mut self) {
        self.finish();
        self.handle.exit_pipeline_mode();
    }
}

impl Failure {
    fn into_error(self, handle: &Handle) -> PipelineError {
        let error = match self.result {
            None => Error::of_connection(handle),
            Some(result) if result.is_copy() => Error::of_copy(handle),
            Some(result) => Error::of_result(&result, handle),
        };
        PipelineError { statement: self.statement, error }
    }
}
