//! psql: makes the tables, and is the client of the other contenders.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::{programs, servers};

const TABLES: &str = include_str!("sql/tables.sql");
const BEHIND: &str = include_str!("sql/behind.sql");
const UNTOUCHED: &str = include_str!("sql/untouched.sql");

pub(crate) struct Psql {
    program: PathBuf,
}

impl Psql {
    pub(crate) fn find() -> Result<Self> {
        let folder = servers::psql_folder()?;
        ensure!(folder.is_some() || programs::is_there("psql"), "psql is not on this machine");
        Ok(Self { program: folder.map_or("psql".into(), |folder| folder.join("psql")) })
    }

    pub(crate) fn make_database(&self, port: u16, database: &str, tables: u32) -> Result<()> {
        self.make_empty_database(port, database)?;
        let mut fill = self.command(port, database);
        run_script(fill.arg("-v").arg(format!("count={tables}")), TABLES).map(drop)
    }

    pub(crate) fn make_empty_database(&self, port: u16, database: &str) -> Result<()> {
        let mut create = self.command(port, "postgres");
        programs::run(create.args(["-c", &format!("CREATE DATABASE {database}")]))
    }

    /// Runs a script.
    pub(crate) fn run(&self, port: u16, database: &str, script: &str) -> Result<()> {
        run_script(&mut self.command(port, database), script).map(drop)
    }

    /// Runs a script with these variables; returns what it printed.
    pub(crate) fn run_script(
        &self,
        port: u16,
        database: &str,
        variables: &[String],
        sql: &str,
    ) -> Result<String> {
        let mut command = self.command(port, database);
        for variable in variables {
            command.args(["-v", variable]);
        }
        run_script(&mut command, sql)
    }

    /// Sets every sequence back to its start.
    pub(crate) fn put_behind(&self, port: u16, database: &str) -> Result<()> {
        run_script(&mut self.command(port, database), BEHIND).map(drop)
    }

    /// How many sequences are as [`put_behind`](Self::put_behind) left them.
    pub(crate) fn count_untouched(&self, port: u16, database: &str) -> Result<u32> {
        let counts = run_script(&mut self.command(port, database), UNTOUCHED)?;
        counts.lines().map(|line| line.parse::<u32>().map_err(Into::into)).sum()
    }

    /// Runs a file; what it prints goes to another, or nowhere.
    pub(crate) fn run_file(
        &self,
        port: u16,
        database: &str,
        file: &Path,
        output: Option<&Path>,
    ) -> Result<()> {
        let mut command = self.command(port, database);
        match output {
            Some(path) => command.stdout(File::create(path)?),
            None => command.stdout(Stdio::null()),
        };
        programs::run(command.arg("-f").arg(file))
    }

    /// Runs a file that does not end by itself; what it prints goes nowhere.
    pub(crate) fn start_file(&self, port: u16, database: &str, file: &Path) -> Result<Child> {
        let mut command = self.command(port, database);
        command.arg("-f").arg(file).stdout(Stdio::null()).spawn().context("could not run psql")
    }

    /// Quiet, without headers, without anybody's psqlrc, and ending at the first error.
    fn command(&self, port: u16, database: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "postgres"]);
        command.arg("-p").arg(port.to_string()).args(["-d", database]).stdin(Stdio::null());
        command
    }
}

/// Runs a script; returns what it printed.
fn run_script(command: &mut Command, script: &str) -> Result<String> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("could not run psql")?;
    if let Some(mut input) = child.stdin.take() {
        // Small enough to fit into the pipe: psql can't be waiting for us to read.
        input.write_all(script.as_bytes()).context("could not write to psql")?;
    }
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "psql failed: {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
