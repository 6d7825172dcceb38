//! `cargo xtask test`: servers, then every test there is.

use std::env;
use std::ffi::OsString;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use reseq_scratch::testing::{self, TEST_SERVERS, TestServer};
use reseq_scratch::{Cluster, Installation};

use crate::{programs, servers};

/// Installs and starts one server of each version, runs the tests on them, and tells how it went. With arguments
/// the runner alone is run, with these. True if all tests passed.
pub(crate) fn run(arguments: &[String]) -> Result<bool> {
    let installations = servers::install_missing()?;
    let path = path_with_psql()?;
    let pooler = servers::pgbouncer();
    let began = Instant::now();
    let (clusters, failures) = start_all(&installations);
    let variable = testing::to_variable(&clusters.iter().map(test_server).collect::<Vec<_>>());
    eprintln!("{} servers started in {:.1} s", clusters.len(), began.elapsed().as_secs_f64());

    let mut steps = Vec::new();
    let system_libpq = arguments.is_empty() && servers::system_libpq();
    if system_libpq {
        // Before the others: `target/debug/reseq` is theirs in the end.
        steps.push(("connecting with the system's libpq", tests_of_system_libpq()));
    }
    steps.push(("unit and integration tests", runner(arguments)));
    if arguments.is_empty() {
        steps.push(("examples in the documentation", doc_tests()));
        steps.push(("links in the documentation", documentation()));
    }
    let mut outcomes = Vec::new();
    for (name, mut command) in steps {
        command.env(TEST_SERVERS, &variable).env("PATH", &path);
        let began = Instant::now();
        let passed = programs::succeeds(&mut command)?;
        outcomes.push((name, passed, began.elapsed().as_secs_f64()));
    }

    println!("\n{}", "─".repeat(60));
    let versions = clusters.iter().map(|cluster| cluster.installation().version.as_str());
    println!("servers: PostgreSQL {}", versions.collect::<Vec<_>>().join(", "));
    for major in servers::missing(&installations) {
        println!("SKIPPED: PostgreSQL {major}: not installed, and could not be had on this machine");
    }
    if pooler.is_none() {
        println!("SKIPPED: PgBouncer: not installed, and could not be had on this machine");
    }
    if arguments.is_empty() && !system_libpq {
        println!(
            "SKIPPED: the system's libpq: not there to link (libpq-dev, pkg-config), and could not be had"
        );
    }
    for failure in &failures {
        println!("FAILED: {failure:#}");
    }
    for (name, passed, seconds) in &outcomes {
        println!("{}: {name} ({seconds:.0} s)", if *passed { "passed" } else { "FAILED" });
    }
    Ok(failures.is_empty() && outcomes.iter().all(|(_, passed, _)| *passed))
}

fn start_all(installations: &[Installation]) -> (Vec<Cluster>, Vec<anyhow::Error>) {
    let wanted = installations.iter().filter(|installation| testing::MAJORS.contains(&installation.major));
    let started: Vec<Result<Cluster>> = thread::scope(|scope| {
        let start = |installation| move || Cluster::start(installation, &testing::options());
        let starts: Vec<_> = wanted.map(|installation| scope.spawn(start(installation))).collect();
        let ended = starts
            .into_iter()
            .map(|start| start.join().map_err(|_| anyhow!("a start panicked"))?.map_err(Into::into));
        ended.collect()
    });
    let (good, bad): (Vec<_>, Vec<_>) = started.into_iter().partition(Result::is_ok);
    (good.into_iter().filter_map(Result::ok).collect(), bad.into_iter().filter_map(Result::err).collect())
}

fn test_server(cluster: &Cluster) -> TestServer {
    TestServer { major: cluster.installation().major, conninfo: cluster.conninfo() }
}

/// cargo-nextest if it is there: it runs the tests of all programs side by side, each in a process of its own.
fn runner(arguments: &[String]) -> Command {
    let mut command = programs::cargo();
    let with_nextest = programs::is_there("cargo-nextest");
    command.args(if with_nextest {
        &["nextest", "run"][..]
    } else {
        &["test", "--all-targets", "--no-fail-fast"]
    });
    // A package that is asked for among the arguments would not count beside --workspace.
    if arguments.is_empty() {
        command.arg("--workspace")
    } else {
        command.args(arguments)
    };
    command
}

/// The other way to build, and all that depends on it.
fn tests_of_system_libpq() -> Command {
    let mut command = programs::cargo();
    command.args(["test", "-p", "reseq-pq", "-p", "reseq-cli", "--test", "pq", "--test", "connect"]);
    command.args(["--no-default-features", "--features", "system-libpq", "--no-fail-fast"]);
    command
}

fn doc_tests() -> Command {
    let mut command = programs::cargo();
    command.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
    command
}

fn documentation() -> Command {
    let mut command = programs::cargo();
    command.args(["doc", "--no-deps", "--lib", "-p", "reseq", "-p", "reseq-pq", "-p", "reseq-scratch"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    command
}

fn path_with_psql() -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = servers::psql_folder()?.into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).context("could not put psql on the PATH")
}
