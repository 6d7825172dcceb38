//! `reseq clear`

use std::path::PathBuf;

use reseq::plan::ClearOptions;

use crate::changing::ChangingOptions;
use crate::failure::Failure;

/// Start tables afresh: keep their rows in a backup, empty them, restart their sequences
///
/// One transaction does all of it: the tables are locked, their rows written to the backup and brought to the disk, and only
/// then removed (TRUNCATE). All sequences that feed the tables begin again, also those that TRUNCATE RESTART IDENTITY
/// passes by, but for one that feeds a table with rows which is not cleared. `reseq undo --last` puts rows and sequences
/// back as long as the tables are empty.
#[derive(Debug, clap::Args)]
pub(super) struct Clear {
    /// The tables
    #[arg(value_name = "TABLE", required = true)]
    tables: Vec<String>,

    /// Also clear the tables that refer to them by foreign keys
    #[arg(long, help_heading = "Clear")]
    cascade: bool,

    /// The folder that the backup makes: a manifest, and for each table a file of COPY's text format, compressed with zstd
    /// [default: one in ~/.local/state/reseq/backups]
    #[arg(long, value_name = "FOLDER", conflicts_with = "no_backup", help_heading = "Clear")]
    backup: Option<PathBuf>,

    /// Let the rows go for good
    #[arg(long, help_heading = "Clear")]
    no_backup: bool,

    /// The next value of the tables' sequences, instead of their START
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Clear")]
    start: Option<i64>,

    #[command(flatten)]
    changing: ChangingOptions,
}

impl Clear {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let Self { tables, cascade, backup, no_backup, start, changing } = self;
        changing.run(|sessions, settings| {
            let backup = match backup {
                None if !no_backup => Some(reseq::default_backup(sessions.server())?),
                backup => backup,
            };
            let options = ClearOptions { cascade, backup, start };
            Ok(Some(reseq::clear(sessions, &tables, &options, &settings.config.links)?))
        })
    }
}
