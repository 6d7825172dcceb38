//! Where a standby gets its changes from.

use reseq_pq as pq;

use crate::{Error, Result};

/// Asks a standby: `db1:5432`, several with commas between; `None` where the role may not know.
pub(super) fn ask(connection: &mut pq::Connection) -> Result<Option<String>> {
    let tried = || Error::while_trying("ask the standby for its primary");
    let rows = connection.query(include_str!("sql/primary.sql"), &[]).map_err(tried())?;
    let row = rows.row(0).map_err(tried())?;
    let host: Option<String> = row.get(0).map_err(tried())?;
    let port: Option<String> = row.get(1).map_err(tried())?;
    let conninfo: Option<String> = row.get(2).map_err(tried())?;
    Ok(match host {
        Some(host) => Some(address(&host, port.as_deref())),
        None => conninfo.and_then(|conninfo| addresses(&conninfo)),
    })
}

/// The addresses in a connection string, and nothing else of it: it may hold a password.
fn addresses(conninfo: &str) -> Option<String> {
    let conninfo = pq::Conninfo::parse(conninfo).ok()?;
    let hosts = conninfo.get("host").or_else(|| conninfo.get("hostaddr"))?;
    // One port is that of all.
    let ports: Vec<&str> = conninfo.get("port").unwrap_or_default().split(',').collect();
    let port = |place: usize| ports.get(place).or(ports.first()).copied();
    let all = hosts.split(',').enumerate().map(|(place, host)| address(host, port(place)));
    Some(all.collect::<Vec<_>>().join(", "))
}

/// `db1:5432`, or the folder of a Unix socket on the standby's own machine.
fn address(host: &str, port: Option<&str>) -> String {
    let port = port.filter(|port| !port.is_empty()).unwrap_or("5432");
    if host.starts_with('/') { format!("port {port} in {host}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_are_taken_from_a_connection_string() {
        for (conninfo, expected) in [
            ("user=replicator password=s3cret host=db1 port=5433 sslmode=prefer", Some("db1:5433")),
            ("host=db1,db2 port=5433,", Some("db1:5433, db2:5432")),
            ("host=db1,db2 port=5433", Some("db1:5433, db2:5433")),
            ("host=/run/postgresql password=s3cret", Some("port 5432 in /run/postgresql")),
            ("hostaddr=10.0.0.1", Some("10.0.0.1:5432")),
            ("postgresql://u:s3cret@db1/", Some("db1:5432")),
            ("password=s3cret", None),
            ("no conninfo", None),
        ] {
            assert_eq!(addresses(conninfo).as_deref(), expected, "{conninfo}");
        }
    }
}
