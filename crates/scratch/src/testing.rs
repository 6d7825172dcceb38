//! The servers that tests share: one of each major version.
//!
//! `cargo xtask test` starts them once and hands them to all test processes in `RESEQ_TEST_SERVERS`
//! (`14=host=127.0.0.1 port=40123 user=postgres dbname=postgres;15=…`). Without that variable (plain
//! `cargo test`) a process starts each version when a test first asks for it; it ends with the process.
//!
//! Tests run side by side on these servers: each makes a database of its own, named by [`unique_name`], and
//! changes nothing that belongs to the whole server. A test that must do so starts a [`Cluster`] of its own.

use std::collections::BTreeMap;
use std::env;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::thread;

use crate::{Cluster, ClusterOptions, Installation, PgBouncer, PoolMode, installations, pgbouncer_program};

/// The environment variable that hands running servers to test processes.
pub const TEST_SERVERS: &str = "RESEQ_TEST_SERVERS";

/// The major versions that tests want.
pub const MAJORS: std::ops::RangeInclusive<u32> = 10..=19;

/// A running server that tests share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestServer {
    /// Major version.
    pub major: u32,
    /// Keywords and values for libpq, separated by single spaces, nothing quoted; the database is `postgres`, the
    /// user a superuser who needs no password.
    pub conninfo: String,
}

impl TestServer {
    /// The keywords and values of [`conninfo`](Self::conninfo), for `PQconnectdbParams`.
    #[must_use]
    pub fn keywords(&self) -> Vec<(&str, &str)> {
        self.conninfo.split(' ').filter_map(|word| word.split_once('=')).collect()
    }

    /// The same with another database.
    #[must_use]
    pub fn keywords_for<'a>(&'a self, database: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut keywords = self.keywords();
        keywords.retain(|(keyword, _)| *keyword != "dbname");
        keywords.push(("dbname", database));
        keywords
    }

    /// One value of [`conninfo`](Self::conninfo); empty if it is not there.
    #[must_use]
    pub fn keyword(&self, keyword: &str) -> &str {
        self.keywords().into_iter().find(|(name, _)| *name == keyword).map_or("", |(_, value)| value)
    }
}

/// One server of each wanted version that can be had, in ascending order. The versions that can't are named on
/// stderr.
///
/// # Panics
/// If there is none at all: tests that need a server must not pass for want of one.
#[must_use]
pub fn servers() -> Vec<&'static TestServer> {
    // Several seconds a version where they must be started: all at once.
    let found: Vec<_> = thread::scope(|scope| {
        let starts: Vec<_> = MAJORS.map(|major| scope.spawn(move || server(major))).collect();
        starts.into_iter().filter_map(|start| start.join().ok().flatten()).collect()
    });
    assert!(!found.is_empty(), "{}", crate::Error::NoInstallation);
    found
}

/// The server of a version; if there is none, says on stderr, once, that tests are skipped.
#[must_use]
pub fn server(major: u32) -> Option<&'static TestServer> {
    static STARTED: LazyLock<BTreeMap<u32, OnceLock<Option<TestServer>>>> =
        LazyLock::new(|| MAJORS.map(|major| (major, OnceLock::new())).collect());
    let start = || find(major).map_err(|why| skipped(&format!("PostgreSQL {major}"), &why)).ok();
    STARTED.get(&major)?.get_or_init(start).as_ref()
}

/// The server of the newest version that can be had.
///
/// # Panics
/// If there is none at all.
#[must_use]
#[expect(clippy::panic, reason = "a test without a server must fail")]
pub fn newest() -> &'static TestServer {
    match MAJORS.rev().find_map(server) {
        Some(server) => server,
        None => panic!("{}", crate::Error::NoInstallation),
    }
}

/// PgBouncer before a shared server, with `more` lines of configuration; `None` where the machine does not have it, which is said on stderr.
///
/// # Panics
/// If it is there and does not come up.
#[must_use]
#[expect(clippy::panic, reason = "a pooler that does not come up must fail its test")]
pub fn pgbouncer(server: &TestServer, mode: PoolMode, more: &str) -> Option<PgBouncer> {
    let Some(program) = pgbouncer_program() else {
        skipped("PgBouncer", "not installed (`cargo xtask servers` installs it where it can)");
        return None;
    };
    let port = server.keyword("port").parse().unwrap_or(0);
    match PgBouncer::start(&program, port, mode, more) {
        Ok(pooler) => Some(pooler),
        Err(error) => panic!("{error}"),
    }
}

/// A name that no other test, in this or another process, has: `prefix_4711_1`.
#[must_use]
pub fn unique_name(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The settings of shared servers: small, and with what tests need beyond the defaults.
#[must_use]
pub fn options() -> ClusterOptions {
    ClusterOptions::default()
        .setting("shared_buffers", "32MB")
        .setting("max_connections", "100")
        .setting("max_prepared_transactions", "10")
        .setting("wal_level", "logical")
        .setting("autovacuum_naptime", "10s")
}

/// The value of [`TEST_SERVERS`] for these servers.
#[must_use]
pub fn to_variable(servers: &[TestServer]) -> String {
    servers.iter().map(|server| format!("{}={}", server.major, server.conninfo)).collect::<Vec<_>>().join(";")
}

fn from_variable(value: &str) -> Vec<TestServer> {
    value
        .split(';')
        .filter_map(|item| item.split_once('='))
        .filter_map(|(major, conninfo)| {
            Some(TestServer { major: major.parse().ok()?, conninfo: conninfo.into() })
        })
        .collect()
}

fn find(major: u32) -> Result<TestServer, String> {
    if let Ok(value) = env::var(TEST_SERVERS) {
        let handed = from_variable(&value).into_iter().find(|server| server.major == major);
        return handed.ok_or_else(|| format!("not in {TEST_SERVERS}"));
    }
    static INSTALLATIONS: LazyLock<Vec<Installation>> = LazyLock::new(installations);
    let installation = INSTALLATIONS.iter().find(|installation| installation.major == major);
    let installation =
        installation.ok_or("not installed (`cargo xtask servers` installs what can be had)")?;
    let cluster = Cluster::start(installation, &options()).map_err(|error| error.to_string())?;
    let server = TestServer { major, conninfo: cluster.conninfo() };
    // Never dropped, for it is every test's: the watchdog stops it when this process ends.
    std::mem::forget(cluster);
    Ok(server)
}

#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn skipped(what: &str, why: &str) {
    eprintln!("SKIPPED: {what}: {why}");
}

#[cfg(test)]
mod tests {
    use super::{TestServer, from_variable, to_variable, unique_name};

    fn two() -> Vec<TestServer> {
        let server = |major, port| TestServer {
            major,
            conninfo: format!("host=127.0.0.1 port={port} user=postgres dbname=postgres"),
        };
        vec![server(14, 40001), server(19, 40002)]
    }

    #[test]
    fn the_variable_is_read_as_it_was_written() {
        assert_eq!(from_variable(&to_variable(&two())), two());
        assert_eq!(from_variable(""), []);
    }

    #[test]
    fn another_database_takes_the_place_of_postgres() {
        let server = &two()[1];
        let keywords = server.keywords_for("mine");
        assert_eq!(
            keywords,
            [("host", "127.0.0.1"), ("port", "40002"), ("user", "postgres"), ("dbname", "mine")]
        );
        assert_eq!((server.keyword("port"), server.keyword("password")), ("40002", ""));
    }

    #[test]
    fn names_differ() {
        assert_ne!(unique_name("x"), unique_name("x"));
    }
}
