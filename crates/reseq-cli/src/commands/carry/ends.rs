//! From where `reseq carry` carries, and to where.

use reseq::session::{Interrupt, Sessions};

use crate::databases::open;
use crate::failure::Failure;
use crate::options::{ConnectionOptions, Settings};

/// From where, to where; as in psql, what is not said comes from the PG* variables, the service file and the password
/// file.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct EndOptions {
    /// Database, connection string or URI that the values come from; a standby will do. A password in it stays visible to
    /// others on the machine: put it into the password file or a service, or PGPASSWORD
    #[arg(long, value_name = "DBNAME")]
    from: String,

    /// Database, connection string or URI that the values go to; of a password in it the same holds
    #[arg(long, value_name = "DBNAME")]
    to: String,

    /// Never ask for a password
    #[arg(short = 'w', long)]
    no_password: bool,
}

impl EndOptions {
    /// Connects to where the values come from, and to where they go to.
    pub(super) fn open(
        &self,
        reversed: bool,
        settings: &Settings,
        interrupt: &Interrupt,
    ) -> Result<Ends, Failure> {
        let end = |database: &str| ConnectionOptions::to(database, self.no_password);
        let (from, to) = ((end(&self.from), "--from"), (end(&self.to), "--to"));
        let (source, target) = if reversed { (to, from) } else { (from, to) };
        let connect = |(options, end): (&ConnectionOptions, &'static str)| {
            open(options, settings, interrupt).map_err(Failure::at(end))
        };
        Ok(Ends {
            source: connect((&source.0, source.1))?,
            target: connect((&target.0, target.1))?,
            to: target.0,
        })
    }
}

/// Both servers.
pub(super) struct Ends {
    pub(super) source: Sessions,
    pub(super) target: Sessions,
    /// How the target is reached.
    pub(super) to: ConnectionOptions,
}
