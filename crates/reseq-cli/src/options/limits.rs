//! How long, how much and how many at once.

use super::{DurationValue, Size};

/// What keeps the server safe from reseq.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// Connections at once [default: 2]
    #[arg(short, long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,

    /// How long a statement may wait for a lock [default: 1s]
    #[arg(long, value_name = "TIME")]
    pub(crate) lock_timeout: Option<DurationValue>,

    /// How long a statement may run [default: 1min]
    #[arg(long, value_name = "TIME")]
    pub(crate) statement_timeout: Option<DurationValue>,

    /// Columns without an index are read in tables of up to this size [default: 1GB]
    #[arg(long, value_name = "SIZE")]
    pub(crate) scan_limit: Option<Size>,
}
