//! What the server is.

use reseq_pq as pq;

use crate::{Error, Result};

/// The oldest server that has `pg_sequence` and a transactional ALTER SEQUENCE.
const OLDEST: u32 = 10;

/// The server at the other end of a connection, and the role that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// As a number: 180004 for 18.4.
    pub version_num: u32,
    /// As the server writes it: `18.4 (Debian 18.4-1)`.
    pub version: String,
    /// The database.
    pub database: String,
    /// The host, or the folder of the Unix socket.
    pub host: String,
    /// The port.
    pub port: String,
    /// The current role.
    pub user: String,
    /// The schemas that unqualified names are looked for in, in order (manual, section 5.10.3). Sessions of reseq
    /// set a search path of their own; what a user writes means what it would mean in psql.
    pub search_path: Vec<String>,
    /// A standby: nothing can be written, and sequences run ahead of the primary's.
    pub in_recovery: bool,
    /// The role is a superuser.
    pub is_superuser: bool,
}

impl Server {
    /// The major version: 18.
    pub fn major(&self) -> u32 {
        self.version_num / 10_000
    }

    /// Asks a new connection.
    pub(super) fn ask(connection: &mut pq::Connection) -> Result<Self> {
        let version_num = u32::try_from(connection.server_version()).unwrap_or(0);
        if version_num / 10_000 < OLDEST {
            let version =
                connection.parameter_status("server_version").unwrap_or_else(|| "unknown".to_owned());
            return Err(Error::Server(format!(
                "the server is PostgreSQL {version}, but reseq needs PostgreSQL {OLDEST} or later"
            )));
        }
        let tried = || Error::while_trying("ask the server what it is");
        let rows = connection.query(include_str!("sql/server.sql"), &[]).map_err(tried())?;
        let row = rows.row(0).map_err(tried())?;
        Ok(Self {
            version_num,
            version: row.get(0).map_err(tried())?,
            database: row.get(1).map_err(tried())?,
            user: row.get(2).map_err(tried())?,
            in_recovery: row.get(3).map_err(tried())?,
            search_path: row.get(4).map_err(tried())?,
            is_superuser: row.get(5).map_err(tried())?,
            host: connection.host(),
            port: connection.port(),
        })
    }
}
