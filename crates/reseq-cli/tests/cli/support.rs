//! A database of one test, and the command run on it in an environment that is the same everywhere.

use std::fmt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use reseq::pq;
use reseq_scratch::testing::{self, TestServer};
use tempfile::TempDir;

/// A role of one test, whose name is as long in every run: lines are wrapped in the same places.
pub(crate) struct Role<'a> {
    sandbox: &'a Sandbox,
    pub(crate) name: String,
}

impl<'a> Role<'a> {
    /// May log in; `grants` say what else, with `ROLE` for its name.
    pub(crate) fn new(sandbox: &'a Sandbox, prefix: &str, grants: &str) -> Self {
        let name = format!("{prefix}_{:010}", std::process::id());
        sandbox.execute(&format!("CREATE ROLE {name} LOGIN; {}", grants.replace("ROLE", &name)));
        Self { sandbox, name }
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        self.sandbox.execute(&format!("DROP OWNED BY {0}; DROP ROLE {0}", self.name));
    }
}

/// What differs from run to run, and what stands for it in snapshots.
const FILTERS: [(&str, &str); 13] = [
    (r"20[0-9-]+T[0-9-]+\.[0-9]{6}Z-\w+-[0-9]+", "ID"),
    (r"20[0-9-]{8}T[0-9:]{8}Z", "TIME"),
    (r"PostgreSQL [0-9]+(beta|rc|\.)[0-9]+", "PostgreSQL VERSION"),
    (r"127\.0\.0\.1:[0-9]+", "HOST:PORT"),
    (r"127\.0\.0\.1,[0-9]+", "HOST,PORT"),
    (r"port [0-9]+ failed", "port PORT failed"),
    (r"reseq\\?_cli\\?_[0-9]+\\?_[0-9]+", "DATABASE"),
    // clap's empty lines
    (r"(?m)[ ]+$", ""),
    (r"reseq_[a-z]+_[0-9]{10}", "ROLE"),
    (r"/[^ \n]*/reseq/receipts/[^ \n]*\.json", "RECEIPT"),
    (r"[0-9]+ sessions? ended", "SOME sessions ended"),
    (r"waited [0-9]+\.[0-9] s", "waited SECONDS s"),
    (r"/tmp/\.tmp[A-Za-z0-9]+", "FOLDER"),
];

/// Compares what a run gave with the snapshot behind it: `snapshot!(run, @"…")`.
macro_rules! snapshot {
    ($run:expr, @$snapshot:literal) => {
        insta::with_settings!({ filters => crate::support::filters() }, {
            insta::assert_snapshot!($run, @$snapshot)
        })
    };
}
pub(crate) use snapshot;

pub(crate) fn filters() -> Vec<(&'static str, &'static str)> {
    FILTERS.to_vec()
}

/// A database, dropped with it, and a home of its own for the command.
pub(crate) struct Sandbox {
    server: &'static TestServer,
    pub(crate) database: String,
    home: TempDir,
}

/// A database on the newest server with what `script` creates.
pub(crate) fn sandbox(script: &str) -> Sandbox {
    Sandbox::on(testing::newest(), script)
}

impl Sandbox {
    pub(crate) fn on(server: &'static TestServer, script: &str) -> Self {
        let database = testing::unique_name("reseq_cli");
        let mut connection = pq::Connection::connect(&server.keywords()).unwrap();
        connection.simple(&format!("CREATE DATABASE {database}")).unwrap();
        let sandbox = Self { server, database, home: tempfile::tempdir().unwrap() };
        sandbox.execute(script);
        sandbox
    }

    /// Runs statements as superuser.
    pub(crate) fn execute(&self, sql: &str) {
        self.connect().simple(sql).unwrap();
    }

    /// A plain connection as superuser.
    pub(crate) fn connect(&self) -> pq::Connection {
        pq::Connection::connect(&self.server.keywords_for(&self.database)).unwrap()
    }

    /// Where it is, as keywords and values.
    pub(crate) fn conninfo(&self) -> String {
        let words = self.server.keywords_for(&self.database).into_iter();
        words.map(|(keyword, value)| format!("{keyword}={value}")).collect::<Vec<_>>().join(" ")
    }

    /// How another role connects.
    pub(crate) fn keywords_as<'a>(&'a self, role: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut keywords = self.server.keywords_for(&self.database);
        keywords.push(("user", role));
        keywords
    }

    /// The first column of the first row.
    pub(crate) fn value(&self, sql: &str) -> String {
        let rows = self.connect().query(sql, &[]).unwrap();
        rows.row(0).unwrap().get(0).unwrap()
    }

    pub(crate) fn port(&self) -> &str {
        self.server.keyword("port")
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The command, which finds the database by PG* variables and nothing of the user who runs the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(self.home.path(), arguments);
        command
            .env("PGHOST", self.server.keyword("host"))
            .env("PGPORT", self.port())
            .env("PGUSER", self.server.keyword("user"))
            .env("PGDATABASE", &self.database);
        command
    }

    /// Runs the command.
    pub(crate) fn reseq(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Not fatal: the server goes away after the tests anyhow.
        if let Ok(mut connection) = pq::Connection::connect(&self.server.keywords()) {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
            let _ = connection.query(end, &[Some(&self.database)]);
            let _ = connection.simple(&format!("DROP DATABASE {}", self.database));
        }
    }
}

/// The command in an environment that holds nothing but a home, 80 columns and no colour.
pub(crate) fn bare(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reseq"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("COLUMNS", "80")
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TZ", "UTC")
        .current_dir(home)
        .stdin(Stdio::null());
    command
}

/// Runs the command without any server.
pub(crate) fn reseq(arguments: &[&str]) -> Run {
    let home = tempfile::tempdir().unwrap();
    Run::of(&mut bare(home.path(), arguments))
}

/// What a run wrote, and its exit status. Displays all three.
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: Option<i32>,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code(),
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stdout)?;
        if !self.stderr.is_empty() {
            write!(f, "─── standard error\n{}", self.stderr)?;
        }
        match self.status {
            Some(status) => write!(f, "─── exit status {status}"),
            None => f.write_str("─── ended by a signal"),
        }
    }
}
