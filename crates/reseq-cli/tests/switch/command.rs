//! The command, run between two databases.

use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Where the command keeps its receipts.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// `reseq carry` from one database to another, in an environment that holds nothing but a home.
    pub(crate) fn carry(&self, from: &str, to: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reseq"));
        command
            .args(["carry", "--from", from, "--to", to])
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .env("TZ", "UTC")
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it, to the end with this exit status.
    pub(crate) fn carried(&self, from: &str, to: &str, arguments: &[&str], status: i32) -> String {
        let output = self.carry(from, to, arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "carry {}\n{}", arguments.join(" "), said(&output));
        said(&output)
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
