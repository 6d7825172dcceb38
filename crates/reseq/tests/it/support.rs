//! Databases of one test, on the servers that all tests share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reseq::pq;
use reseq::session::{Connector, Session, Sessions};
use reseq_scratch::testing::{self, TestServer};
use reseq_scratch::{PgBouncer, PoolMode, Proxy};

/// A database of one test; dropped with it.
pub(crate) struct Database {
    server: &'static TestServer,
    pub(crate) name: String,
}

/// A database on the server of every major version that can be had, one after the other.
pub(crate) fn on_every_version() -> impl Iterator<Item = Database> {
    testing::servers().into_iter().map(Database::on)
}

/// A database on each of these major versions that can be had: enough where the version hardly matters.
pub(crate) fn on_versions(majors: &[u32]) -> impl Iterator<Item = Database> {
    majors.iter().filter_map(|major| testing::server(*major)).map(Database::on)
}

/// A database on the newest server.
pub(crate) fn on_newest() -> Database {
    Database::on(testing::newest())
}

impl Database {
    /// Makes a database on this server.
    pub(crate) fn on(server: &'static TestServer) -> Self {
        let name = testing::unique_name("reseq");
        let mut connection = pq::Connection::connect(&server.keywords()).unwrap();
        connection.simple(&format!("CREATE DATABASE {name}")).unwrap();
        Self { server, name }
    }

    /// Drops what is there and makes what `script` creates: faster than another database.
    pub(crate) fn anew(&self, script: &str) {
        let sql = format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public; {script}");
        self.connect().simple(&sql).unwrap();
    }

    /// Makes a database with what `script` creates.
    pub(crate) fn with(self, script: &str) -> Self {
        self.connect().simple(script).unwrap();
        self
    }

    /// Makes it anew, empty, in the encoding SQL_ASCII.
    pub(crate) fn in_sql_ascii(self) -> Self {
        let mut connection = pq::Connection::connect(&self.server.keywords()).unwrap();
        let ascii = "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
        for statement in
            [format!("DROP DATABASE {}", self.name), format!("CREATE DATABASE {} {ascii}", self.name)]
        {
            connection.simple(&statement).unwrap();
        }
        self
    }

    /// The major version of its server.
    pub(crate) fn major(&self) -> u32 {
        self.server.major
    }

    /// A plain connection as superuser, for what the test itself does.
    pub(crate) fn connect(&self) -> pq::Connection {
        pq::Connection::connect(&self.keywords()).unwrap()
    }

    /// The first column of the first row.
    pub(crate) fn value(&self, sql: &str) -> String {
        let rows = self.connect().query(sql, &[]).unwrap();
        rows.row(0).unwrap().get::<Option<String>>(0).unwrap().unwrap_or_default()
    }

    /// The same for another process: keywords and values.
    pub(crate) fn conninfo(&self) -> String {
        let words = self.server.keywords_for(&self.name).into_iter();
        words.map(|(keyword, value)| format!("{keyword}={value}")).collect::<Vec<_>>().join(" ")
    }

    /// PgBouncer before its server, if it can be had.
    pub(crate) fn pooler(&self, mode: PoolMode) -> Option<PgBouncer> {
        testing::pgbouncer(self.server, mode, "")
    }

    /// A network before its server, which takes so long in each direction.
    pub(crate) fn proxy(&self, delay: Duration) -> Proxy {
        Proxy::delaying(self.port(), delay).unwrap()
    }

    /// How libpq connects to it, as superuser.
    pub(crate) fn keywords(&self) -> Vec<(&str, &str)> {
        self.server.keywords_for(&self.name)
    }

    /// Where its server listens.
    pub(crate) fn port(&self) -> u16 {
        self.server.keyword("port").parse().unwrap()
    }

    /// How reseq connects to it.
    pub(crate) fn connector(&self) -> Connector {
        let keywords = self.server.keywords_for(&self.name);
        Connector::new(
            keywords.into_iter().map(|(word, value)| (word.to_owned(), value.to_owned())).collect(),
        )
    }

    /// The same as a role without a password.
    pub(crate) fn connector_as(&self, role: &str) -> Connector {
        self.connector().keyword("user", role)
    }

    /// One session of reseq's.
    pub(crate) fn session(&self) -> Session {
        self.connector().connect().unwrap()
    }

    /// Two sessions of reseq's, the default.
    pub(crate) fn sessions(&self) -> Sessions {
        Sessions::open(self.connector(), 2).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Not fatal: the server goes away after the tests anyhow.
        if let Ok(mut connection) = pq::Connection::connect(&self.server.keywords()) {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
            let _ = connection.query(end, &[Some(&self.name)]);
            let _ = connection.simple(&format!("DROP DATABASE {}", self.name));
        }
    }
}

/// Ends another thread's loop, also where this thread panics: a scope waits for all its threads.
pub(crate) struct SetOnDrop<'a>(pub(crate) &'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A role of one test that may log in and nothing else, with a name that must be quoted; dropped with it. Make it
/// before the database gets the objects that it has privileges on: what is declared first goes last.
pub(crate) struct Role {
    server: &'static TestServer,
    pub(crate) name: String,
}

impl Role {
    /// Makes a role on the database's server.
    pub(crate) fn on(database: &Database) -> Self {
        let role = Self { server: database.server, name: testing::unique_name(r#"Reseq's "röle""#) };
        let mut connection = pq::Connection::connect(&database.server.keywords()).unwrap();
        connection.simple(&format!("CREATE ROLE {role} LOGIN")).unwrap();
        role
    }
}

impl std::fmt::Display for Role {
    /// As SQL names it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.name.replace('"', "\"\""))
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        if let Ok(mut connection) = pq::Connection::connect(&self.server.keywords()) {
            let _ = connection.simple(&format!("DROP ROLE {self}"));
        }
    }
}
