//! Running statements one by one.

use std::ffi::CString;

use crate::c_text::to_c;
use crate::error::COPY_ELSEWHERE;
use crate::raw_result::RawResult;
use crate::{Connection, Error, Rows};

impl Connection {
    /// Runs one statement (extended protocol) with parameters `$1`, `$2`, … as text; `None` is NULL. The
    /// server infers the parameters' types; a cast in the statement (`$1::bigint`) settles them.
    pub fn query(&mut self, sql: &str, params: &[Option<&str>]) -> Result<Rows, Error> {
        let (sql, params) = (to_c("the statement", sql)?, params_to_c(params)?);
        if !self.handle.send_query_params(&sql, &params) {
            return Err(Error::of_connection(&self.handle));
        }
        let result = self.fetch_all()?.into_iter().next();
        result.map(Rows::new).ok_or_else(|| Error::of_connection(&self.handle))
    }

    /// Runs any number of statements, separated by semicolons (simple protocol): one result each. They are
    /// one transaction, unless they say otherwise; the first error ends them.
    pub fn simple(&mut self, sql: &str) -> Result<Vec<Rows>, Error> {
        let sql = to_c("the statement", sql)?;
        if !self.handle.send_query(&sql) {
            return Err(Error::of_connection(&self.handle));
        }
        Ok(self.fetch_all()?.into_iter().map(Rows::new).collect())
    }

    /// All results of what was sent, to the end, so that the connection is free for the next statement.
    pub(crate) fn fetch_all(&mut self) -> Result<Vec<RawResult>, Error> {
        let first = self.handle.get_result();
        self.fetch_from(first)
    }

    /// The same, where the first result was fetched already.
    pub(crate) fn fetch_from(&mut self, first: Option<RawResult>) -> Result<Vec<RawResult>, Error> {
        let mut results = Vec::new();
        let mut failed = None;
        let mut next = first;
        while let Some(result) = next {
            if result.is_copy() {
                self.handle.leave_copy(COPY_ELSEWHERE);
                failed = failed.or(Some(Failure::Copy));
            } else if result.is_error() {
                failed = failed.or(Some(Failure::Result(result)));
            } else {
                results.push(result);
            }
            next = self.handle.get_result();
        }
        match failed {
            None => Ok(results),
            Some(Failure::Result(result)) => Err(Error::of_result(&result, &self.handle)),
            Some(Failure::Copy) => Err(Error::of_copy(&self.handle)),
        }
    }
}

/// Why a statement's results are no good.
enum Failure {
    Result(RawResult),
    Copy,
}

/// Parameters as libpq takes them.
pub(crate) fn params_to_c(params: &[Option<&str>]) -> Result<Vec<Option<CString>>, Error> {
    let to_c = |(index, value): (usize, &Option<&str>)| {
        value.map(|value| to_c(&format!("parameter ${}", index + 1), value)).transpose()
    };
    params.iter().enumerate().map(to_c).collect()
}
