//! The command, run between two databases.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

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

/// `reseq carry --follow` in the background.
pub(crate) struct Follower {
    child: Child,
    said: PathBuf,
}

impl Follower {
    pub(crate) fn start(home: &Home, from: &str, to: &str) -> Self {
        let said = home.0.path().join("follower");
        let mut follow = home.carry(from, to, &["--follow=200ms", "--yes"]);
        let file = || File::options().create(true).append(true).open(&said).unwrap();
        let child = follow.stdout(file()).stderr(file()).spawn().unwrap();
        Self { child, said }
    }

    /// What it has said so far, and those before it.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.said());
    }

    /// Ends it as it is.
    pub(crate) fn kill(mut self) {
        assert_eq!(self.child.try_wait().unwrap(), None, "it has ended by itself: {}", self.said());
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
