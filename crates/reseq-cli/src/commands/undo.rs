//! `reseq undo`

use reseq::apply::receipt::{self, Record};
use reseq::session::Server;

use crate::changing::ChangingOptions;
use crate::failure::Failure;

/// Put sequences back to where they stood before a run of reseq, or when they were saved
///
/// Each goes back where no value is handed out twice by that: where nobody has drawn since, and no row stands in the way. Of
/// the others it is said why they stay: exit status 1. Connects to where the receipt or the file is from; the options
/// may say another way to the same database. All that can go back does so in one transaction. After reseq clear the rows go
/// back too, as long as the tables are empty.
#[derive(Debug, clap::Args)]
pub(super) struct Undo {
    /// A receipt, by its file or the beginning of its name, or a file of reseq save
    #[arg(value_name = "RECEIPT|FILE", required_unless_present = "last", conflicts_with = "last")]
    record: Option<String>,

    /// The newest receipt of the database
    #[arg(long)]
    last: bool,

    /// Also back to values that may have been handed out since, as long as no row has them
    #[arg(long)]
    allow_backward: bool,

    #[command(flatten)]
    changing: ChangingOptions,
}

impl Undo {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let Self { record, allow_backward, changing, .. } = self;
        let folder = receipt::default_folder()?;
        let record = match record {
            Some(name) => Some(Record::load(&receipt::find(&folder, &name)?)?),
            None => None,
        };
        let run = record.as_ref().map(|record| record.run().last_server().clone());
        let place: Vec<(&str, &str)> = run.iter().flat_map(receipt::Place::keywords).collect();
        changing.run_at(&place, |sessions, settings| {
            let record = match record {
                Some(record) => record,
                None => newest(&folder, sessions.server())?,
            };
            let links = &settings.config.links;
            let (scan_limit, foreign_tables) = (settings.scan_limit, settings.foreign_tables);
            let undo = reseq::Undo::look(sessions, record, links, scan_limit, foreign_tables)?;
            Ok(Some(undo.plan(allow_backward)))
        })
    }
}

/// The newest receipt of a database.
fn newest(folder: &std::path::Path, server: &Server) -> Result<Record, Failure> {
    receipt::newest(folder, server)?.ok_or_else(|| {
        Failure::usage(
            format!("there is no receipt of {} on {}:{}", server.database, server.host, server.port),
            "reseq receipts lists all of them",
        )
    })
}
