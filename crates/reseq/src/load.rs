//! Everything that a load needs before it begins: the files opened, the table read, the plan made.

use std::path::PathBuf;

use crate::apply::{Loaded, Loader, Search, refuse_standby};
use crate::catalog::{self, Catalog, SequenceId, Table, Target};
use crate::check::{IgnoreRule, look_up};
use crate::config;
use crate::file::{Input, Rejects, Said, Source};
use crate::model::State;
use crate::observe::{Request, StateReading, observe};
use crate::plan::{self, Load, LoadOptions};
use crate::session::Sessions;
use crate::{Error, Result};

/// What is to be loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadRequest {
    /// The table, as in SQL.
    pub table: String,
    /// The files, in order.
    pub files: Vec<Source>,
    /// What is said of their format.
    pub said: Said,
    /// How they are loaded; its `reject` and `ignore_above` are taken from here.
    pub options: LoadOptions,
    /// Where rows go that the server does not take.
    pub reject: Option<PathBuf>,
    /// Which rows the sequences need not go past.
    pub ignore_above: Vec<IgnoreRule>,
    /// Links that the catalogue cannot tell.
    pub declared: Vec<config::Link>,
}

/// A load that can begin: [`crate::apply::change`] takes its change and its loader.
#[derive(Debug)]
pub struct PreparedLoad {
    /// What is to be done.
    pub load: Load,
    table: Table,
    inputs: Vec<Input>,
    reject: Option<PathBuf>,
    search: Option<Search>,
}

/// Opens the files, reads the table and its sequences, and plans. Changes nothing.
///
/// # Errors
/// [`Error::Usage`] where the files do not fit the table; [`Error::File`]; else as [`catalog::read`].
pub fn prepare_load(sessions: &mut Sessions, request: &LoadRequest) -> Result<PreparedLoad> {
    refuse_standby(sessions.server())?;
    let target = Target::look_up(sessions.first(), &request.table)?;
    let table = Table::read(sessions.first(), &target)?;
    let twice = request.files.iter().filter(|file| **file == Source::Stdin).count() > 1;
    if request.files.is_empty() || twice {
        let message = if twice { "standard input can be read only once" } else { "there is no file to load" };
        return Err(Error::Usage { message: message.to_owned(), hint: None });
    }
    let major = sessions.server().major();
    let inputs = request
        .files
        .iter()
        .map(|file| Input::open(file, &request.said, major))
        .collect::<Result<Vec<_>>>()?;
    let catalog = catalog::read(sessions, &request.declared)?;
    let options = LoadOptions {
        reject: request.reject.is_some(),
        ignore_above: look_up(&request.ignore_above, &catalog)?,
        ..request.options.clone()
    };
    let states = states(sessions, &catalog, &table)?;
    let shapes: Vec<_> = inputs.iter().map(Input::shape).collect();
    let load = plan::load(&catalog, &table, &states, &shapes, &options)?;
    let again = !options.reject && !request.files.contains(&Source::Stdin);
    let in_portions = LoadOptions { reject: true, ..options };
    let search = again.then(|| plan::load(&catalog, &table, &states, &shapes, &in_portions).ok()).flatten();
    let search = search.map(|load| Search { load, said: request.said.clone() });
    Ok(PreparedLoad { load, table, inputs, reject: request.reject.clone(), search })
}

/// Where the sequences of the table stand; one that nobody may look at is taken to stand at its START.
fn states(sessions: &mut Sessions, catalog: &Catalog, table: &Table) -> Result<Vec<(SequenceId, State)>> {
    let sequences = table.sequences(catalog);
    let selected: Vec<bool> = catalog.iter().map(|(id, _)| sequences.contains(&id)).collect();
    // The rows are looked at when they are there.
    let request = Request {
        selected: &selected,
        scan_limit: 0,
        ignore_above: &[],
        detail: false,
        nearly_used_up: 100.0,
        foreign_tables: false,
    };
    let observations = observe(sessions, catalog, &request)?;
    let state = |id: SequenceId| match observations.state(id) {
        StateReading::Known(state) => *state,
        _ => State { last_value: catalog.sequence(id).definition.start, is_called: false },
    };
    Ok(sequences.into_iter().map(|id| (id, state(id))).collect())
}

impl PreparedLoad {
    /// How many bytes the files take together, compressed as they are, if that is known.
    pub fn size(&self) -> Option<u64> {
        self.inputs.iter().map(Input::size).sum()
    }

    /// What is to be done, and what gives the rows; makes the file for those that are rejected. `progress` is told how
    /// far it is.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Usage`], as [`Rejects::create`].
    pub fn begin<'a>(
        self,
        sessions: &Sessions,
        progress: impl FnMut(Loaded) + 'a,
    ) -> Result<(plan::Change, Loader<'a>)> {
        let rejects = self.reject.as_deref().map(Rejects::create).transpose()?;
        let interrupt = sessions.interrupt().clone();
        let loader = Loader::new(&self.load, &self.table, self.inputs, interrupt, progress);
        let loader = loader.rejecting(rejects).searching(self.search);
        Ok((self.load.change, loader))
    }
}
