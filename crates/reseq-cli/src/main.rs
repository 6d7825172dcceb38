//! The command `reseq`. The work is done by the library of that name; here it is asked for and shown.

mod commands;
mod databases;
mod exit;
mod failure;
mod options;
mod tally;
mod ui;

fn main() -> std::process::ExitCode {
    commands::run(std::env::args_os())
}
