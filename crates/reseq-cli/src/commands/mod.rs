//! The commands, one file each. What stands above a command's struct is its help text.

mod check;
mod completions;
mod manual;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};

use crate::failure::Failure;
use crate::ui::tell;

/// Finds every PostgreSQL sequence that will hand out an id that is already taken, or that is about to run
/// out, and puts it right on a live database.
#[derive(Debug, Parser)]
#[command(
    name = "reseq",
    version,
    disable_help_flag = true,
    max_term_width = 100,
    after_help = "Exit status: 0 all is well, 1 findings remain, 2 wrong usage, 3 could not look at everything or \
                  could not finish."
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,

    /// Print help
    #[arg(short = '?', long, global = true, action = clap::ArgAction::Help, display_order = 1000)]
    help: Option<bool>,
}

#[derive(Debug, clap::Subcommand)]
#[command(disable_help_subcommand = true)]
enum Command {
    Check(Box<check::Check>),
    Completions(completions::Completions),
    Manual(manual::Manual),
}

impl Command {
    fn run(self) -> Result<u8, Failure> {
        match self {
            Self::Check(check) => check.run(),
            Self::Completions(completions) => completions.run(),
            Self::Manual(manual) => manual.run(),
        }
    }
}

/// Understands the command line, runs the command, says what went wrong; gives the exit status.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let command = match CommandLine::try_parse_from(arguments) {
        Ok(CommandLine { command, .. }) => command,
        Err(error) => error.exit(),
    };
    log_where_asked_for();
    let status = command.run().unwrap_or_else(|failure| {
        tell(&failure);
        failure.status()
    });
    ExitCode::from(status)
}

/// The whole command line, for completions and manual.
fn command_line() -> clap::Command {
    CommandLine::command()
}

/// RESEQ_LOG=debug shows on standard error what the library does.
fn log_where_asked_for() {
    if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("RESEQ_LOG") {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command_line().debug_assert();
    }
}
