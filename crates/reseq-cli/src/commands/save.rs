//! `reseq save`

use std::io::Write as _;
use std::path::PathBuf;

use reseq::config::Config;
use reseq::plan::saved_script;
use reseq::report::write_saved_json;
use reseq::session::Interrupt;

use crate::databases::open;
use crate::exit;
use crate::failure::Failure;
use crate::options::{
    ConnectionOptions, LimitOptions, OutputOptions, SelectionOptions, ServerOptions, Settings,
};
use crate::ui::{NewFile, Output, Progress, end_on_signals, say};

/// Write the definition and the state of all sequences to a file
///
/// Reads only. `reseq undo FILE` puts the sequences back to what the file says, as far as no value is handed out twice. As
/// SQL it is a script for psql that makes the sequences that are not there and sets all of them, whatever the rows. A file
/// that is there is not written over without --overwrite; the new one appears when it is complete.
#[derive(Debug, clap::Args)]
pub(super) struct Save {
    /// The file, or - for standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Write over a file that is there
    #[arg(long)]
    overwrite: bool,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    selection: SelectionOptions,

    #[command(flatten)]
    limits: LimitOptions,

    #[command(flatten)]
    output: OutputOptions,

    /// What is written
    #[arg(long, value_name = "FORMAT", default_value = "json", help_heading = "Output")]
    format: Format,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// As schema/save.schema.json describes it: what reseq undo takes
    Json,
    /// A script for psql
    Sql,
}

impl Save {
    pub(super) fn run(self) -> Result<u8, Failure> {
        // Before anybody waits for a server.
        let file =
            if self.file.as_os_str() == "-" { None } else { Some(NewFile::new(&self.file, self.overwrite)?) };
        let interrupt = Interrupt::default();
        end_on_signals(interrupt.clone())?;
        let settings = Settings::of(&self.limits)?;
        let connection = ConnectionOptions::from(self.server.clone());
        let mut sessions = open(&connection, &settings, &interrupt)?;
        // What reseq.toml has left alone belongs to a save too.
        let selection = self.selection.selection(&Config::default());
        let (saved, unsaved) = {
            let _progress = Progress::new(self.output.quiet, "reading");
            reseq::save(&mut sessions, &selection)?
        };
        let write = |writer: &mut dyn std::io::Write| match self.format {
            Format::Json => write_saved_json(writer, &saved),
            Format::Sql => saved_script(writer, &saved),
        };
        match file {
            None => write(&mut Output).and_then(|()| Output.flush()).map_err(Failure::writing("results"))?,
            Some(file) => {
                file.write(write)?;
                if !self.output.quiet {
                    let number = saved.sequences.len();
                    let noun = if number == 1 { "sequence" } else { "sequences" };
                    let database = &saved.run.server.database;
                    let file = self.file.display();
                    Output.text(&format!("Saved {number} {noun} of {database} in {file}.\n"))?;
                }
            }
        }
        if sessions.server().in_recovery {
            say("note: this is a standby: its sequences may be some values ahead of the primary's");
        }
        for one in &unsaved {
            say(&format!("reseq: {} was not saved: {}", one.sequence, one.reason));
            say(&format!("hint: {}", one.hint));
        }
        Ok(if unsaved.is_empty() { exit::ALL_WELL } else { exit::INCOMPLETE })
    }
}
