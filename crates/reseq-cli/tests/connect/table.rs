//! Runs cases by psql and by reseq, and compares.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

use crate::psql::{self, Psql};
use crate::world::World;

/// What it is about; how it is typed in a shell, where `connect` is the program; and what comes of it:
/// `ann@shop TLSv1.3 by scram-sha-256` as arrived.sql has it from the server, or `refused: ` with a piece of libpq's words.
///
/// `{port}` and the like are filled in by [`World`]. The environment holds nothing but an empty home.
pub(crate) type Case = (&'static str, &'static str, &'static str);

/// Runs the cases by both programs.
pub(crate) fn compare(world: &World, cases: &[Case]) {
    compare_since(14, world, cases);
}

/// As [`compare`], for what libpq knows from this major version on.
#[expect(clippy::print_stderr, reason = "a comparison that is left out is said so loudly")]
pub(crate) fn compare_since(libpq: u32, world: &World, cases: &[Case]) {
    let psql = psql::find();
    let mut programs = Vec::new();
    if psql::our_major() >= libpq {
        programs.push(reseq(world));
    } else {
        eprintln!("SKIPPED: {} cases: reseq was built with an older libpq than {libpq}", cases.len());
    }
    match psql {
        Some(psql) if psql.major >= libpq => programs.push(stand_in(world, &psql)),
        _ => eprintln!("SKIPPED: {} cases are not compared: no psql {libpq} or later", cases.len()),
    }
    check(world, &programs, cases);
}

/// Runs the cases by reseq alone.
pub(crate) fn reseq_alone(world: &World, cases: &[Case]) {
    check(world, &[reseq(world)], cases);
}

/// Runs the cases by reseq alone; what comes of it is the hint after libpq's words.
pub(crate) fn hints(world: &World, cases: &[Case]) {
    let mut complaints = String::new();
    for case in cases {
        let stderr = String::from_utf8(run_alone(world, case.1).stderr).unwrap();
        if stderr.lines().last() != Some(&format!("hint: {}", world.filled_in(case.2))) {
            writeln!(complaints, "{}: {}\n{stderr}  expected: {}", case.0, case.1, case.2).unwrap();
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

/// Runs one line by reseq.
pub(crate) fn run_alone(world: &World, line: &str) -> Output {
    run(world, &reseq(world), line)
}

/// A program under the name `connect`.
struct Program {
    name: &'static str,
    /// The version of its libpq.
    major: u32,
    /// The folder of that name, as the first on the PATH.
    folder: String,
}

fn reseq(world: &World) -> Program {
    let words = [env!("CARGO_BIN_EXE_reseq"), "check", "--format", "json", "--no-password"];
    program(world, "reseq", psql::our_major(), &words.map(str::to_owned))
}

/// It prints the server's port, which reseq's JSON holds too.
fn stand_in(world: &World, psql: &Psql) -> Program {
    let asks = ["--no-psqlrc", "--no-password", "-At", "-c", "select pg_catalog.current_setting('port')"];
    program(world, "psql", psql.major, &[&psql.words[..], &asks.map(str::to_owned)].concat())
}

fn program(world: &World, name: &'static str, major: u32, words: &[String]) -> Program {
    let folder = world.folder().join(name);
    fs::create_dir_all(&folder).unwrap();
    let connect = folder.join("connect");
    let quoted: Vec<_> = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
    fs::write(&connect, format!("#!/bin/sh\nexec {} \"$@\"\n", quoted.join(" "))).unwrap();
    fs::set_permissions(&connect, fs::Permissions::from_mode(0o755)).unwrap();
    Program { name, major, folder: folder.display().to_string() }
}

/// All cases are run before any is complained of.
fn check(world: &World, programs: &[Program], cases: &[Case]) {
    let mut complaints = String::new();
    for case in cases {
        let outcomes: Vec<_> =
            programs.iter().map(|program| (program, outcome(world, program, case))).collect();
        for (program, outcome) in &outcomes {
            if !is_expected(outcome, &world.filled_in(case.2)) {
                writeln!(
                    complaints,
                    "{}: {}\n  {}: {outcome}\n  expected: {}",
                    case.0, case.1, program.name, case.2
                )
                .unwrap();
            }
        }
        if let [(_, ours), (psql, theirs)] = &outcomes[..]
            && !is_same(ours, theirs, psql)
        {
            writeln!(complaints, "{}: {}\n  ours:   {ours}\n  theirs: {theirs}", case.0, case.1).unwrap();
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

/// Of an arrival all must be as expected, of a refusal only a piece: its words differ between versions of libpq.
fn is_expected(outcome: &str, expected: &str) -> bool {
    match expected.strip_prefix("refused: ") {
        Some(piece) => outcome.strip_prefix("refused: ").is_some_and(|words| words.contains(piece)),
        None => outcome == expected,
    }
}

/// libpq's words are the same in the same and, but for few, the next version. Where it repeats what may be a piece of a
/// password, reseq has an ellipsis.
fn is_same(ours: &str, theirs: &str, psql: &Program) -> bool {
    if theirs.starts_with("refused: ") && psql.major < psql::our_major() {
        return ours.starts_with("refused: ");
    }
    match ours.split_once('…') {
        Some((before, after)) => theirs.starts_with(before) && theirs.ends_with(after),
        None => ours == theirs,
    }
}

fn outcome(world: &World, program: &Program, case: &Case) -> String {
    let before: Vec<_> = world.servers.iter().map(|server| arrivals(&server.log()).len()).collect();
    let output = run(world, program, case.1);
    if !output.status.success() {
        return format!("refused: {}", refusal(&String::from_utf8(output.stderr).unwrap()));
    }
    let port = port(&String::from_utf8(output.stdout).unwrap());
    let place = world.servers.iter().position(|server| server.port().to_string() == port).unwrap();
    let log = world.servers[place].log();
    match arrivals(&log)[before[place]..].last() {
        Some(arrival) => (*arrival).to_owned(),
        None => panic!("{}, {}: nobody has arrived at the server on port {port}", program.name, case.0),
    }
}

fn run(world: &World, program: &Program, line: &str) -> Output {
    let path = std::env::var("PATH").unwrap();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(world.filled_in(line)).current_dir(world.home()).stdin(Stdio::null());
    shell.env_clear().env("PATH", format!("{}:{path}", program.folder));
    shell.env("HOME", world.home()).env("LC_ALL", "C.UTF-8");
    shell.output().unwrap()
}

/// What arrived.sql has written.
fn arrivals(log: &str) -> Vec<&str> {
    log.lines().filter_map(|line| line.strip_prefix("LOG:  arrived: ")).collect()
}

/// The port that psql or reseq has printed.
fn port(stdout: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(stdout).unwrap() {
        serde_json::Value::Number(port) => port.to_string(),
        report => report["server"]["port"].to_string(),
    }
}

/// libpq's words, without those of the programs around them.
fn refusal(stderr: &str) -> String {
    let lines = stderr.lines().take_while(|line| !line.starts_with("hint: "));
    let bare = lines.map(|line| {
        let line = line
            .strip_prefix("psql: ")
            .map(|line| line.strip_prefix("error: ").unwrap_or(line))
            .unwrap_or(line);
        line.strip_prefix("reseq: ").unwrap_or(line)
    });
    bare.collect::<Vec<_>>().join("\n")
}
