//! Running the .sql files.

use reseq_pq as pq;

use crate::session::{self, Session};
use crate::{Error, Result};

/// Takes a row.
type Each<'a> = dyn FnMut(pq::Row<'_>) -> Result<(), pq::Error> + 'a;

/// A statement, and what takes its rows as they come.
pub(super) struct Query<'a> {
    tried: &'static str,
    sql: &'static str,
    params: Vec<Option<&'a str>>,
    each: Box<Each<'a>>,
}

impl<'a> Query<'a> {
    /// A statement without parameters. `tried` follows "could not".
    pub(super) fn new(
        tried: &'static str,
        sql: &'static str,
        each: impl FnMut(pq::Row<'_>) -> Result<(), pq::Error> + 'a,
    ) -> Self {
        Self { tried, sql, params: Vec::new(), each: Box::new(each) }
    }

    /// The same with these parameters.
    pub(super) fn with<const N: usize>(self, params: [&'a str; N]) -> Self {
        Self { params: params.map(Some).to_vec(), ..self }
    }
}

/// Runs statements that do not need each other's rows, in one round trip and in their order.
pub(super) fn run<'a>(session: &mut Session, queries: impl IntoIterator<Item = Query<'a>>) -> Result<()> {
    let mut queries: Vec<Query<'a>> = queries.into_iter().collect();
    let all_params: Vec<_> = queries.iter().map(|query| query.params.clone()).collect();
    let statements: Vec<_> = queries
        .iter()
        .zip(&all_params)
        .map(|(Query { tried, sql, .. }, params)| session::Query { tried, sql, params })
        .collect();
    session.read_each_together(&statements, |place, row| {
        let Query { tried, each, .. } = &mut queries[place];
        each(row).map_err(Error::while_trying(*tried))
    })
}

/// Runs `sql` alone and hands each row to `each`, as it comes. `tried` follows "could not".
pub(super) fn each_row(
    session: &mut Session,
    tried: &'static str,
    sql: &str,
    params: &[Option<&str>],
    mut each: impl FnMut(pq::Row<'_>) -> Result<(), pq::Error>,
) -> Result<()> {
    session.read_each(tried, sql, params, |row| each(row).map_err(Error::while_trying(tried)))
}
