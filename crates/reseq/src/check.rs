//! The way from the catalogue to the report, in one call.

use crate::catalog::{self, Catalog, Selection};
use crate::config;
use crate::diagnose::{self, Diagnoser, Report, diagnose};
use crate::observe::{Observations, Request, observe};
use crate::plan::{self, FixOptions, IgnoreAbove, Plan};
use crate::session::{Server, Sessions};
use crate::{Error, Result};

/// Up to how many bytes a table is read that has no index to look into: 1 GB.
pub const SCAN_LIMIT: u64 = 1 << 30;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Which sequences; all by default.
    pub selection: Selection,
    /// Links that the catalogue cannot tell.
    pub declared: Vec<config::Link>,
    /// Up to how many bytes a table is read that has no index to look into.
    pub scan_limit: u64,
    /// Whether foreign tables are read too. Nobody knows what that costs: their rows come over the network, or from a
    /// program that the server starts (`file_fdw`), and the scan limit cannot hold for them.
    pub foreign_tables: bool,
    /// Rows that are left out.
    pub ignore_above: Vec<IgnoreRule>,
    /// Which findings, from which thresholds on.
    pub findings: diagnose::Options,
    /// Whether it is counted how many calls are left until a collision and how many in a row will fail. A repair does
    /// without: it costs as much as the looking itself where everything is behind.
    pub detail: bool,
}

impl Default for CheckOptions {
    /// All sequences, all rows but those of foreign tables, all findings, in detail.
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            declared: Vec::new(),
            scan_limit: SCAN_LIMIT,
            foreign_tables: false,
            ignore_above: Vec::new(),
            findings: diagnose::Options::default(),
            detail: true,
        }
    }
}

/// `--ignore-above`: rows beyond a value are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreRule {
    /// The sequence as the user writes it, or `None` for all.
    pub sequence: Option<String>,
    /// The last value that counts.
    pub value: i128,
}

/// How far a check has come, for those who show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The catalogue is being read.
    ReadingCatalog,
    /// The states of so many sequences and their rows are being looked at.
    Looking {
        /// How many.
        sequences: usize,
    },
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ReadingCatalog => f.write_str("reading the catalogue"),
            Self::Looking { sequences: 1 } => f.write_str("looking at one sequence"),
            Self::Looking { sequences } => write!(f, "looking at {sequences} sequences"),
        }
    }
}

/// A database after it was checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Where.
    pub server: Server,
    /// What there is.
    pub catalog: Catalog,
    /// What was seen of it.
    pub observations: Observations,
    /// What is wrong with it.
    pub report: Report,
    /// Which rows were left out.
    pub ignore_above: Vec<IgnoreAbove>,
}

/// Checks the sequences of one database: reads the catalogue, looks at states and rows, says what is wrong. Changes
/// nothing.
///
/// # Errors
/// [`Error::Usage`] for names and patterns that mean nothing here, else what ends the whole run: a lost connection, an
/// interrupt. What a single sequence or table refuses is a finding (`unreadable`).
pub fn check(
    sessions: &mut Sessions,
    options: &CheckOptions,
    progress: &mut dyn FnMut(Stage),
) -> Result<Checked> {
    progress(Stage::ReadingCatalog);
    let catalog = catalog::read(sessions, &options.declared)?;
    let selected = options.selection.select(sessions.first(), &catalog)?;
    let ignore_above = look_up(&options.ignore_above, &catalog)?;
    progress(Stage::Looking { sequences: selected.iter().filter(|selected| **selected).count() });
    let request = Request {
        selected: &selected,
        scan_limit: options.scan_limit,
        foreign_tables: options.foreign_tables,
        ignore_above: &ignore_above,
        detail: options.detail,
        nearly_used_up: options.findings.thresholds.error,
    };
    let observations = observe(sessions, &catalog, &request)?;
    let report = diagnose(&catalog, &observations, &options.findings);
    Ok(Checked { server: sessions.server().clone(), catalog, observations, report, ignore_above })
}

impl Checked {
    /// Says in full what the report says in brief.
    pub fn diagnoser(&self) -> Diagnoser<'_> {
        Diagnoser::new(&self.catalog, &self.observations, &self.report.options)
    }

    /// Plans the repair of what is behind; `options.ignore_above` is taken from the check.
    pub fn plan_fix(&self, options: &FixOptions) -> Plan {
        let options = FixOptions { ignore_above: self.ignore_above.clone(), ..options.clone() };
        plan::fix(&self.catalog, &self.observations, &self.report, &options)
    }

    /// Where, and what there is; what was seen of it and what is wrong with it is forgotten, which of 100,000 sequences
    /// takes some memory.
    pub fn into_catalog(self) -> (Server, Catalog) {
        (self.server, self.catalog)
    }
}

/// The rules with their sequences looked up.
pub(crate) fn look_up(rules: &[IgnoreRule], catalog: &Catalog) -> Result<Vec<IgnoreAbove>> {
    let rule = |rule: &IgnoreRule| {
        let id = rule.sequence.as_deref().map(|name| catalog.sequence_named(name)).transpose()?;
        Ok(IgnoreAbove { sequence: id.map(|id| catalog.sequence(id).oid), value: rule.value })
    };
    rules.iter().map(rule).collect::<Result<_, Error>>()
}
