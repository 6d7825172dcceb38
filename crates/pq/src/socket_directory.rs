//! Where the server's Unix socket is when nobody says.
//!
//! libpq built from PostgreSQL's own sources looks in `/tmp`; Debian, Red Hat and others have changed their
//! servers and their libpq to `/var/run/postgresql`. The bundled libpq must find both, as the system's psql
//! does.

use std::path::Path;

use crate::{Conninfo, Error};

/// The usual directories, the distributions' first.
const USUAL: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// The directory to connect to, where neither `conninfo` nor the environment names a host.
pub(crate) fn default_for(conninfo: &Conninfo) -> Result<Option<&'static str>, Error> {
    let mut wanted = Conninfo::defaults()?;
    wanted.merge(conninfo);
    // What a service file says is libpq's to find out.
    if ["host", "hostaddr", "service"].iter().any(|keyword| wanted.get(keyword).is_some()) {
        return Ok(None);
    }
    Ok(choose(&USUAL, wanted.get("port").unwrap_or("5432")))
}

/// The first directory that has the socket of that port; else the first that is there.
fn choose<'a>(directories: &[&'a str], port: &str) -> Option<&'a str> {
    let has_socket = |directory: &&&str| Path::new(directory).join(format!(".s.PGSQL.{port}")).exists();
    let is_there = |directory: &&&str| Path::new(directory).is_dir();
    directories.iter().find(has_socket).or_else(|| directories.iter().find(is_there)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_with_the_socket_wins_then_the_first_that_is_there() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(second.path().join(".s.PGSQL.5433"), "").unwrap();
        let (first, second) = (first.path().to_str().unwrap(), second.path().to_str().unwrap());
        assert_eq!(choose(&[first, second], "5433"), Some(second));
        assert_eq!(choose(&[first, second], "5432"), Some(first));
        assert_eq!(choose(&["/no/such/directory", second], "5432"), Some(second));
        assert_eq!(choose(&["/no/such/directory"], "5432"), None);
    }

    #[test]
    fn a_host_or_service_that_is_given_is_left_alone() {
        for keyword in ["host", "hostaddr", "service"] {
            let conninfo = Conninfo::from_keywords(&[(keyword, "x")]).unwrap();
            assert_eq!(default_for(&conninfo).unwrap(), None);
        }
    }
}
