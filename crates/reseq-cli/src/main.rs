//! The command `reseq`. The work is done by the library of that name; here it is asked for and shown.

mod changing;
mod commands;
mod databases;
mod exit;
mod failure;
mod options;
mod tally;
mod ui;

fn main() -> std::process::ExitCode {
    // Before there is any other thread: so that sslrootcert=system and the system's service file are those of psql.
    reseq::pq::adopt_system_paths();
    commands::run(std::env::args_os())
}
