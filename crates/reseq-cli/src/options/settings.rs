//! What holds in the end: the options, else reseq.toml, else the defaults.

use std::time::Duration;

use reseq::SCAN_LIMIT;
use reseq::config::Config;
use reseq::config::units::Jobs;
use reseq::session::{Limits, RETRY};

use super::LimitOptions;
use crate::failure::Failure;

/// Connections at once, where nothing else is said.
const JOBS: usize = 2;

/// What keeps the server safe from reseq, as it holds for a run; and reseq.toml for the rest.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Connections at once.
    pub(crate) jobs: usize,
    /// Time-outs of every statement.
    pub(crate) limits: Limits,
    /// How long a lost connection is made again.
    pub(crate) retry: Duration,
    /// Up to so many bytes a table without a fitting index is read from end to end.
    pub(crate) scan_limit: u64,
    /// Whether foreign tables are read.
    pub(crate) foreign_tables: bool,
    /// What reseq.toml says.
    pub(crate) config: Config,
}

impl Settings {
    pub(crate) fn of(options: &LimitOptions) -> Result<Self, Failure> {
        let config = Config::load(options.config.as_deref())?;
        let (file, usual) = (&config.limits, Limits::default());
        let statement_timeout = options.statement_timeout.or(file.statement_timeout);
        let lock_timeout = options.lock_timeout.or(file.lock_timeout);
        let limits = Limits {
            statement_timeout: statement_timeout.map_or(usual.statement_timeout, |time| time.0),
            lock_timeout: lock_timeout.map_or(usual.lock_timeout, |time| time.0),
        };
        let jobs = options.jobs.or(file.jobs).map_or(JOBS, Jobs::get);
        let scan_limit = options.scan_limit.or(file.scan_limit).map_or(SCAN_LIMIT, |size| size.0);
        let foreign_tables = options.foreign_tables || file.foreign_tables;
        let retry = options.retry.map(Duration::from_secs).or(file.retry.map(|time| time.0));
        Ok(Self { jobs, limits, retry: retry.unwrap_or(RETRY), scan_limit, foreign_tables, config })
    }
}
