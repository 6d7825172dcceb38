//! What holds in the end: the options, else reseq.toml, else the defaults.

use reseq::session::Limits;

use super::LimitOptions;

/// Connections at once, where nothing else is said.
const JOBS: u16 = 2;
/// Up to so many bytes a table is read from end to end, where nothing else is said.
const SCAN_LIMIT: u64 = 1 << 30;

/// What keeps the server safe from reseq, as it holds for a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Connections at once.
    pub(crate) jobs: usize,
    /// Time-outs of every statement.
    pub(crate) limits: Limits,
    /// Up to so many bytes a table without a fitting index is read from end to end.
    pub(crate) scan_limit: u64,
}

impl Settings {
    pub(crate) fn of(options: LimitOptions) -> Self {
        let usual = Limits::default();
        Self {
            jobs: options.jobs.unwrap_or(JOBS).into(),
            limits: Limits {
                statement_timeout: options.statement_timeout.map_or(usual.statement_timeout, |time| time.0),
                lock_timeout: options.lock_timeout.map_or(usual.lock_timeout, |time| time.0),
            },
            scan_limit: options.scan_limit.map_or(SCAN_LIMIT, |size| size.0),
        }
    }
}
