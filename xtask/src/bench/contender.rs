//! Who races, and how each is measured.

use std::env;
use std::fmt;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use super::psql::Psql;

const WIKI: &str = include_str!("sql/wiki.sql");
const RAILS: &str = include_str!("sql/rails.sql");
const DJANGO: &str = include_str!("sql/django.sql");

/// A way to find or to repair sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Contender {
    Wiki,
    Rails,
    Django,
    Check,
    CheckBehind,
    Fix,
}

/// What a contender is let loose on.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) psql: &'a Psql,
    pub(crate) binary: &'a Path,
    pub(crate) port: u16,
    pub(crate) database: &'a str,
    pub(crate) tables: u32,
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    pub(crate) seconds: f64,
    /// The most memory that the process had, in bytes; for reseq only, where the system tells.
    pub(crate) memory: Option<u64>,
}

impl Contender {
    pub(crate) const ALL: [Self; 6] =
        [Self::Wiki, Self::Rails, Self::Django, Self::Check, Self::CheckBehind, Self::Fix];

    /// Brings the sequences into the state in which it finds them: all behind, or all right.
    pub(crate) fn prepare(self, target: &Target<'_>) -> Result<()> {
        target.psql.put_behind(target.port, target.database)?;
        if self == Self::Check {
            wiki(target)?;
        }
        Ok(())
    }

    /// How many sequences are as they were put behind when it is done.
    pub(crate) fn leaves_untouched(self, tables: u32) -> u32 {
        if self == Self::CheckBehind { tables } else { 0 }
    }

    pub(crate) fn run(self, target: &Target<'_>) -> Result<Sample> {
        match self {
            Self::Wiki => wiki(target),
            Self::Rails => one_by_one(RAILS, target),
            Self::Django => one_by_one(DJANGO, target),
            Self::Check => reseq(target, &["check"], 0),
            // What is found to be wrong is told by exit status 1.
            Self::CheckBehind => reseq(target, &["check"], 1),
            Self::Fix => reseq(target, &["fix", "--yes"], 0),
        }
    }
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wiki => "wiki script",
            Self::Rails => "Rails' statements",
            Self::Django => "Django's statements",
            Self::Check => "reseq check",
            Self::CheckBehind => "reseq check, all behind",
            Self::Fix => "reseq fix",
        })
    }
}

/// As the wiki says: run the script, and what it printed.
fn wiki(target: &Target<'_>) -> Result<Sample> {
    let (first, second) = (temporary("wiki.sql"), temporary("wiki-output.sql"));
    fs::write(&first, WIKI)?;
    let began = Instant::now();
    target.psql.run_file(target.port, target.database, &first, Some(&second))?;
    target.psql.run_file(target.port, target.database, &second, None)?;
    let seconds = began.elapsed().as_secs_f64();
    remove([first, second])?;
    Ok(Sample { seconds, memory: None })
}

/// The statements of an ORM's loop over its models' tables.
fn one_by_one(template: &str, target: &Target<'_>) -> Result<Sample> {
    let file = temporary("loop.sql");
    let script = (1..=target.tables).fold(String::new(), |mut script, number| {
        // The comments are ours, not the ORM's.
        for line in template.lines().filter(|line| !line.starts_with("--")) {
            let _ = writeln!(script, "{}", line.replace("{table}", &format!("public.t{number}")));
        }
        script
    });
    fs::write(&file, script)?;
    let began = Instant::now();
    target.psql.run_file(target.port, target.database, &file, None)?;
    let seconds = began.elapsed().as_secs_f64();
    remove([file])?;
    Ok(Sample { seconds, memory: None })
}

/// Runs reseq on the target; its exit status must be the `expected` one.
pub(super) fn reseq(target: &Target<'_>, arguments: &[&str], expected: i32) -> Result<Sample> {
    let conninfo = format!("host=127.0.0.1 port={} user=postgres dbname={}", target.port, target.database);
    run_reseq(target.binary, &[arguments, &["-d", &conninfo]].concat(), expected)
}

/// Runs reseq; its exit status must be the `expected` one.
pub(super) fn run_reseq(binary: &Path, arguments: &[&str], expected: i32) -> Result<Sample> {
    let state = temporary("state");
    let mut command = Command::new(binary);
    command.args(arguments).env("XDG_STATE_HOME", &state);
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("could not run {}", binary.display()))?;
    let (seconds, memory) = watch(&mut child, began)?;
    let status = child.wait()?;
    ensure!(status.code() == Some(expected), "reseq {}: {status}, not {expected}", arguments.join(" "));
    if state.exists() {
        fs::remove_dir_all(state)?;
    }
    Ok(Sample { seconds, memory })
}

/// Waits for the end of a process, looking at its memory in between: VmHWM of proc(5), which only grows.
fn watch(child: &mut Child, began: Instant) -> Result<(f64, Option<u64>)> {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut most = None;
    while child.try_wait()?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        most = high_water_mark(&text).or(most);
        thread::sleep(Duration::from_millis(2));
    }
    Ok((began.elapsed().as_secs_f64(), most))
}

/// From the text of /proc/PID/status, in bytes.
pub(super) fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// A file of this run.
pub(super) fn temporary(name: &str) -> PathBuf {
    env::temp_dir().join(format!("reseq-bench-{}-{name}", std::process::id()))
}

fn remove<const N: usize>(files: [PathBuf; N]) -> Result<()> {
    files.into_iter().try_for_each(|file| fs::remove_file(file).map_err(Into::into))
}

#[cfg(test)]
mod tests {
    use super::high_water_mark;

    #[test]
    fn the_high_water_mark_is_read_in_bytes() {
        let status = "Name:\treseq\nVmPeak:\t   90000 kB\nVmHWM:\t   12345 kB\nVmRSS:\t    1000 kB\n";
        assert_eq!(high_water_mark(status), Some(12345 * 1024));
        assert_eq!(high_water_mark("Name:\treseq\nState:\tZ (zombie)\n"), None);
    }
}
