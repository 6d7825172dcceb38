//! The shop's server and database.

use std::env;
use std::process::Command;

use reseq::pq;
use reseq_scratch::{Cluster, ClusterOptions, Installation};

use crate::failure::Failure;

const DATABASE: &str = "shop";

/// A throw-away server with the shop's database; gone when dropped, and when this process ends.
#[derive(Debug)]
pub(super) struct Shop {
    cluster: Cluster,
}

impl Shop {
    pub(super) fn open(installation: &Installation) -> Result<Self, Failure> {
        let cluster = Cluster::start(installation, &ClusterOptions::default())?;
        let shop = Self { cluster };
        run(&shop.cluster.conninfo(), &format!("CREATE DATABASE {DATABASE}"))?;
        run(&shop.conninfo(), include_str!("shop.sql"))?;
        Ok(shop)
    }

    pub(super) fn conninfo(&self) -> String {
        format!("host=127.0.0.1 port={} user=postgres dbname={DATABASE}", self.cluster.port())
    }

    /// Runs a command of this very program on the shop, with the shop's folder as its own: no reseq.toml of the
    /// user's has a say, and the receipts go with the server.
    pub(super) fn reseq(&self, arguments: &[&str]) -> Result<(), Failure> {
        let program = env::current_exe().map_err(Failure::running("reseq"))?;
        let folder = self.cluster.socket_dir();
        let mut command = Command::new(program);
        for (variable, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(variable);
        }
        command
            .args(arguments)
            .envs([("PGHOST", "127.0.0.1"), ("PGUSER", "postgres"), ("PGDATABASE", DATABASE)])
            .env("PGPORT", self.cluster.port().to_string())
            .env("XDG_CONFIG_HOME", folder)
            .env("XDG_STATE_HOME", folder)
            .current_dir(folder);
        // Its exit status says that findings remain, as they should.
        command.status().map_err(Failure::running("reseq"))?;
        Ok(())
    }

    /// Lets the server live on; says how to reach it and how to be rid of it.
    pub(super) fn keep(self) -> String {
        let (conninfo, pid) = (self.conninfo(), self.cluster.pid().unwrap_or_default());
        let folder = self.cluster.keep();
        let folder = folder.display();
        format!(
            "The server goes on. To look around, and to be rid of it:\n\n  \
             psql '{conninfo}'\n  reseq check -d '{conninfo}'\n  kill -INT {pid}; sleep 2; rm -r {folder}"
        )
    }
}

fn run(conninfo: &str, sql: &str) -> Result<(), Failure> {
    let mut connection = pq::Connection::connect(&[("dbname", conninfo)]).map_err(reseq::Error::Connect)?;
    let tried = "set up the shop".to_owned();
    connection.simple(sql).map_err(|source| reseq::Error::Database { tried, source })?;
    Ok(())
}
