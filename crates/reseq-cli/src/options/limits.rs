//! How long, how much and how many at once; and the file that says what options do not.

use std::path::PathBuf;

use reseq::config::units::{Jobs, Size, Timeout};

/// What keeps the server safe from reseq.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// Connections at once [default: 2]
    #[arg(short, long, value_name = "NUMBER")]
    pub(crate) jobs: Option<Jobs>,

    /// How long a statement may wait for a lock: 500ms, 10s, …; 0 is without end [default: 1s]
    #[arg(long, value_name = "TIME")]
    pub(crate) lock_timeout: Option<Timeout>,

    /// How long a statement may run; 0 is without end [default: 1min]
    #[arg(long, value_name = "TIME")]
    pub(crate) statement_timeout: Option<Timeout>,

    /// Up to which size tables are read where no index helps: 500MB, 2GB, … [default: 1GB]
    #[arg(long, value_name = "SIZE")]
    pub(crate) scan_limit: Option<Size>,

    /// Read foreign tables too, whatever that costs and whomever it reaches
    #[arg(long)]
    pub(crate) foreign_tables: bool,

    /// How long to look for another connection where one is lost, or for a server that is starting; 0 is not at all
    /// [default: 30]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) retry: Option<u64>,

    /// Where reseq finds what options do not say [default: reseq.toml here, else in ~/.config/reseq]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}
