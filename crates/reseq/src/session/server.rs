//! What the server is.

use reseq_pq as pq;

use super::loss::is_loss;
use super::primary;
use crate::{Error, Result};

const BEGIN: pq::Statement<'static> =
    pq::Statement { sql: "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY", params: &[] };
const COMMIT: pq::Statement<'static> = pq::Statement { sql: "COMMIT", params: &[] };

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
    /// Where a standby gets its changes from, which is the primary or another standby: `db1:5432`, or several with
    /// commas between. `None` on a primary, and where the role may not know.
    pub primary: Option<String>,
    /// The role is a superuser.
    pub is_superuser: bool,
    /// The OID of the database.
    pub database_oid: u32,
    /// What the server and its standbys share and no other server has; `None` where the role may not ask for it.
    pub system_identifier: Option<i64>,
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
            let version = connection.parameter_status("server_version");
            return Err(Error::TooOld { version: version.unwrap_or_else(|| "unknown".to_owned()) });
        }
        let server = include_str!("sql/server.sql");
        let results = connection
            .pipeline(&[BEGIN, pq::Statement { sql: server, params: &[] }])
            .map_err(|failed| refused(connection, failed.error))?;
        // A second round trip in the same transaction: a pooler that shares its connections out statement by
        // statement shows itself now, not in the middle of a repair.
        let system_identifier = system_identifier(connection)?;
        let row = results[1].row(0).map_err(tried())?;
        let in_recovery = row.get(3).map_err(tried())?;
        Ok(Self {
            version_num,
            version: row.get(0).map_err(tried())?,
            database: row.get(1).map_err(tried())?,
            user: row.get(2).map_err(tried())?,
            in_recovery,
            primary: if in_recovery { primary::ask(connection)? } else { None },
            search_path: row.get(4).map_err(tried())?,
            is_superuser: row.get(5).map_err(tried())?,
            database_oid: row.get(6).map_err(tried())?,
            system_identifier,
            host: connection.host(),
            port: connection.port(),
        })
    }

    /// Whether the other is this database too, on this server or a standby of it.
    pub(super) fn is_same_database(&self, other: &Self) -> bool {
        let same_system = match (self.system_identifier, other.system_identifier) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        same_system
            && self.database_oid == other.database_oid
            && self.database == other.database
            && self.major() == other.major()
    }
}

fn tried() -> impl FnOnce(pq::Error) -> Error {
    Error::while_trying("ask the server what it is")
}

/// Asks for it and ends the transaction; that it may not be asked for is no error.
fn system_identifier(connection: &mut pq::Connection) -> Result<Option<i64>> {
    let sql = include_str!("sql/system_identifier.sql");
    match connection.pipeline(&[pq::Statement { sql, params: &[] }, COMMIT]) {
        Ok(results) => Ok(results[0].row(0).and_then(|row| row.get(0)).map_err(tried())?),
        Err(failed) if is_loss(&failed.error) => Err(refused(connection, failed.error)),
        Err(_) => connection.simple("ROLLBACK").map(|_| None).map_err(tried()),
    }
}

/// What a server cannot be asked for because of a pooler before it (PgBouncer's words), or else.
fn refused(connection: &pq::Connection, error: pq::Error) -> Error {
    const STATEMENT_MODE: &str = "transaction blocks not allowed in statement pooling mode";
    if !error.message().contains(STATEMENT_MODE) {
        return tried()(error);
    }
    Error::Server(format!(
        "the connection pooler on {}:{} is in statement mode: it gives each statement another session and takes no \
         transaction, without which no limit holds and nothing can be repaired safely; connect to the server itself, \
         or to a pool in transaction or session mode",
        connection.host(),
        connection.port()
    ))
}
