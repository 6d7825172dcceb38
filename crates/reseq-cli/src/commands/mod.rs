//! The commands, one file each. What stands above a command's struct is its help text.

mod carry;
mod check;
mod clear;
mod completions;
mod demo;
mod fix;
mod load;
mod manual;
mod receipts;
mod renumber;
mod restart;
mod save;
mod undo;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory as _, Parser};
use reseq::diagnose::Thresholds;
use reseq::report::nagios::{Service, Status};

use crate::failure::Failure;
use crate::ui::{Output, tell};

/// `0.1.0 (libpq 18.6, bundled)`: which libpq connects decides what can be connected to.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let origin = if reseq::pq::LIBPQ_IS_BUNDLED { "bundled" } else { "system" };
    format!("{} (libpq {}, {origin})", env!("CARGO_PKG_VERSION"), reseq::pq::libpq_version())
});

/// Finds every PostgreSQL sequence that will hand out an id that is already taken, or that is about to run
/// out, and puts it right on a live database.
#[derive(Debug, Parser)]
#[command(
    name = "reseq",
    version = VERSION.as_str(),
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
    Fix(Box<fix::Fix>),
    Restart(Box<restart::Restart>),
    Load(Box<load::Load>),
    Renumber(Box<renumber::Renumber>),
    Clear(Box<clear::Clear>),
    Save(Box<save::Save>),
    Undo(Box<undo::Undo>),
    Receipts(receipts::Receipts),
    Carry(Box<carry::Carry>),
    Demo(demo::Demo),
    Completions(completions::Completions),
    Manual(manual::Manual),
}

impl Command {
    fn run(self) -> Result<u8, Failure> {
        match self {
            Self::Check(check) => check.run(),
            Self::Fix(fix) => fix.run(),
            Self::Restart(restart) => restart.run(),
            Self::Load(load) => load.run(),
            Self::Renumber(renumber) => renumber.run(),
            Self::Clear(clear) => clear.run(),
            Self::Save(save) => save.run(),
            Self::Undo(undo) => undo.run(),
            Self::Receipts(receipts) => receipts.run(),
            Self::Carry(carry) => carry.run(),
            Self::Demo(demo) => demo.run(),
            Self::Completions(completions) => completions.run(),
            Self::Manual(manual) => manual.run(),
        }
    }

    /// A monitoring system reads standard output and the exit status.
    fn is_for_nagios(&self) -> bool {
        matches!(self, Self::Check(check) if check.is_for_nagios())
    }
}

/// Understands the command line, runs the command, says what went wrong; gives the exit status.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let command = match CommandLine::try_parse_from(arguments) {
        Ok(CommandLine { command, .. }) => command,
        Err(error) if error.use_stderr() && asks_for_nagios() => {
            let _ = error.print();
            return ExitCode::from(unknown("wrong usage"));
        }
        Err(error) => error.exit(),
    };
    log_where_asked_for();
    let for_nagios = command.is_for_nagios();
    let status = command.run().unwrap_or_else(|failure| {
        tell(&failure);
        if for_nagios { unknown(&failure.to_string()) } else { failure.status() }
    });
    ExitCode::from(status)
}

/// Whether a command line that cannot be understood was meant for a monitoring system.
fn asks_for_nagios() -> bool {
    std::env::args_os().any(|argument| argument == "nagios" || argument == "--format=nagios")
}

/// Tells a monitoring system why nothing is known; gives the exit status.
fn unknown(error: &str) -> u8 {
    let mut service = Service::new(Thresholds::default());
    service.push_failed("reseq", error);
    // Where standard output is closed the status must do.
    let _ = Output.text(&format!("{service}\n"));
    Status::Unknown.exit_code()
}

/// The whole command line, for completions and manual: they are those of a version, whatever libpq it has here.
fn command_line() -> clap::Command {
    CommandLine::command().version(env!("CARGO_PKG_VERSION"))
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
