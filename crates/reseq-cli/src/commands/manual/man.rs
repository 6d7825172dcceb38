//! The man pages: what clap knows of a command, and what it cannot know.

use std::fs;
use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::super::command_line;
use crate::failure::Failure;

const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Everything was looked at and all is well, or all that was asked for was done."),
    (
        "1",
        "Findings remain: for check those that --fail-on asks for, for what changes something what could not be done.",
    ),
    (
        "2",
        "The command line or reseq.toml cannot be understood, or names something that is not there. Nothing was done.",
    ),
    (
        "3",
        "Not everything could be looked at or finished: no connection, no privilege, row security, a time-out, a \
         signal. Never given as 0 or 1. With --format nagios the status is that of the monitoring plug-ins instead.",
    ),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGPASSFILE, PGSERVICE, PGSSLMODE, …",
        "What connection options do not say. All variables of libpq hold, as in psql (PostgreSQL's manual, \"Environment \
         Variables\" of libpq).",
    ),
    ("NO_COLOR", "Where it is set there is no colour, unless --color says otherwise."),
    ("COLUMNS", "How wide tables are; without it as wide as the terminal, or 80 columns."),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME", "Where reseq.toml and the receipts are, see FILES."),
    ("RESEQ_LOG", "RESEQ_LOG=debug tells on standard error what goes on inside."),
];

const FILES: &[(&str, &str)] = &[
    ("reseq.toml", "What options do not say, in the working directory; --config names another file."),
    ("$XDG_CONFIG_HOME/reseq/reseq.toml", "The same where there is none; without the variable in ~/.config."),
    (
        "$XDG_STATE_HOME/reseq/receipts/",
        "A receipt of every run that was to change something; without the variable in ~/.local/state.",
    ),
    ("~/.pgpass, ~/.pg_service.conf", "libpq's password file and service file."),
];

/// `reseq.1`, `reseq-check.1`, …
pub(super) fn write_pages(folder: &Path) -> Result<(), Failure> {
    let mut whole = command_line();
    whole.build();
    let write = |command: &Command| {
        // The exit status has a section of its own.
        let man = Man::new(command.clone().after_help(None::<&str>));
        fs::write(folder.join(man.get_filename()), page(&man, command)?)
    };
    fs::create_dir_all(folder)
        .and_then(|()| write(&whole))
        .and_then(|()| whole.get_subcommands().try_for_each(write))
        .map_err(Failure::writing(format!("the man pages into {}", folder.display())))
}

fn page(man: &Man, command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    man.render(&mut page)?;
    section("EXIT STATUS", EXIT_STATUS).to_writer(&mut page)?;
    let connects = command.get_arguments().any(|argument| argument.get_id() == "dbname");
    if connects || command.has_subcommands() {
        section("ENVIRONMENT", ENVIRONMENT).to_writer(&mut page)?;
        section("FILES", FILES).to_writer(&mut page)?;
    }
    Ok(page)
}

/// A section of terms and what they mean.
fn section(heading: &str, entries: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", [heading]);
    for (term, meaning) in entries {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*meaning)]);
    }
    roff
}
