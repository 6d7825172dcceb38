//! Looks for a row that the server does not take and does not name: one that violates a foreign key, which is looked at
//! when all rows are there, or that fails on its way out of the temporary table of `--on-conflict`.

use super::{Loader, portions};
use crate::apply::change::rehearse;
use crate::file::{BadRow, Input, Said};
use crate::plan::Load;
use crate::session::Sessions;
use crate::{Error, Result};

/// How the same files are given in portions, the bad row of which can be told.
#[derive(Clone, Debug)]
pub struct Search {
    /// As with `--reject`.
    pub load: Load,
    /// What was said of the files.
    pub said: Said,
}

/// Of a row that was refused without a line: the same with its line, where it is found once more. The files are read
/// again, and what that does is taken back.
pub(super) fn look_into(loader: &mut Loader<'_>, sessions: &mut Sessions, error: Error) -> Error {
    let named = matches!(&error, Error::BadRow(bad) if bad.line.is_some());
    if named || !portions::is_about_rows(&error) {
        return error;
    }
    let found = loader.search.take().map(|search| find(loader, search, sessions));
    match found {
        Some(Err(Error::BadRow(bad))) => Error::BadRow(bad),
        _ => without_line(loader, error),
    }
}

fn find(loader: &mut Loader<'_>, search: Search, sessions: &mut Sessions) -> Result<()> {
    let major = sessions.server().major();
    let again = |input: &Input| Input::open(input.source(), &search.said, major);
    let looking = Loader {
        feeds: search.load.feeds,
        inputs: loader.inputs.iter().map(again).collect::<Result<_>>()?,
        columns: loader.columns.clone(),
        own_references: loader.own_references.clone(),
        rejects: None,
        told: Vec::new(),
        search: None,
        only_looks: true,
        interrupt: loader.interrupt.clone(),
        loaded: super::Loaded::default(),
        progress: Box::new(|loaded| (loader.progress)(loaded)),
    };
    rehearse(sessions, &search.load.change, &mut { looking })
}

/// A constraint that is not met is about the rows of the files, whichever it is.
fn without_line(loader: &Loader<'_>, error: Error) -> Error {
    const INTEGRITY_CONSTRAINT_VIOLATION: &str = "23";
    let Error::Database { source, .. } = &error else { return error };
    if !source.sqlstate().is_some_and(|state| state.starts_with(INTEGRITY_CONSTRAINT_VIOLATION)) {
        return error;
    }
    let files: Vec<String> = loader.inputs.iter().map(|input| input.source().to_string()).collect();
    Error::BadRow(Box::new(BadRow {
        file: files.join(", "),
        column: source.column().map(str::to_owned),
        message: source.message().to_owned(),
        detail: source.detail().map(str::to_owned),
        sqlstate: source.sqlstate().map(str::to_owned),
        ..BadRow::default()
    }))
}
