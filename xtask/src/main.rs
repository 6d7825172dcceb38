//! The project's own errands: `cargo xtask servers | test | demo | bench`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's command talks to the developer"
)]

mod bench;
mod demo;
mod programs;
mod servers;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Errands around reseq: what a developer or a CI job runs.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    errand: Errand,
}

#[derive(Subcommand)]
enum Errand {
    /// Install the PostgreSQL servers, and PgBouncer, that the tests want and the machine does not have
    Servers,
    /// Set everything up and run all tests; with arguments, run the test runner with these
    Test {
        /// For cargo-nextest, or for `cargo test` where it is not installed
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Build reseq and run its demo, with a server installed if there is none
    Demo {
        /// For `reseq demo`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure reseq against the wiki script and the ORMs' loops, side by side
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().errand {
        Errand::Servers => servers::install_and_list().map(|()| true),
        Errand::Test { arguments } => test::run(&arguments),
        Errand::Demo { arguments } => demo::run(&arguments),
        Errand::Bench(options) => bench::run(&options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
