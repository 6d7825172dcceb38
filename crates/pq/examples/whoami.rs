//! Connects with the words given, as `psql -d WORD` or with the environment alone, and says where it has come
//! to: `user database port`; or what libpq said and the hint, with exit status 2.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it has nothing but its output")]

use std::process::ExitCode;

use reseq_pq::{Connection, Error, adopt_system_paths};

fn main() -> ExitCode {
    adopt_system_paths();
    match whoami() {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            if let Some(hint) = error.connect_hint() {
                eprintln!("HINT: {hint}");
            }
            ExitCode::from(2)
        }
    }
}

fn whoami() -> Result<String, Error> {
    let dbname = std::env::args().nth(1);
    let keywords: Vec<_> = dbname.iter().map(|dbname| ("dbname", dbname.as_str())).collect();
    let mut connection = Connection::connect(&keywords)?;
    let sql = "select pg_catalog.concat_ws(' ', current_user, current_database(), current_setting('port'))";
    connection.query(sql, &[])?.row(0)?.get(0)
}
