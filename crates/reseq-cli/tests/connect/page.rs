//! The manual's page "Connecting" is true: every command of it is run, by psql too where it is not reseq's own.

use std::process::Command;

use reseq::pq;

use crate::table::{Case, compare_since, run_alone};
use crate::world::World;

const PAGE: &str = include_str!("../../../../docs/connecting.md");

const ANN: &str = "ann@shop TLSv1.3 by scram-sha-256";

/// The commands of the page, and what comes of them.
#[rustfmt::skip] // One line a case.
const COMMANDS: &[(&str, &str)] = &[
    ("reseq check -h db.example -p 5432 -U ann -d shop", ANN),
    ("reseq check -h db.example -U ann shop", ANN),
    ("reseq check 'host=db.example user=ann dbname=shop connect_timeout=5'", ANN),
    ("reseq check postgresql://ann@db.example:5432/shop", ANN),
    ("reseq check 'postgresql://ann@db.example/shop?application_name=nightly'", "ann@shop TLSv1.3 by scram-sha-256 called nightly"),
    ("reseq check -h /var/run/postgresql -U postgres shop", "postgres@shop by socket"),
    ("reseq check service=shop", ANN),
    ("PGHOST=db.example PGUSER=ann PGDATABASE=shop reseq check", ANN),
    ("reseq check 'host=db.example user=ann dbname=shop sslmode=verify-full sslrootcert=ca.crt'", ANN),
    ("reseq check 'host=db.example user=carol dbname=shop sslmode=require sslcert=carol.crt sslkey=carol.key'", "carol@shop TLSv1.3 with certificate /CN=carol by cert"),
    ("reseq check 'host=db.example user=ann dbname=shop sslmode=require sslnegotiation=direct'", ANN),
    ("reseq check 'host=db.example user=ann dbname=shop channel_binding=require require_auth=scram-sha-256'", ANN),
    ("reseq check 'host=db1.example,db2.example user=ann dbname=shop target_session_attrs=primary'", ANN),
    ("reseq check 'postgresql://ann@db1.example:5432,db2.example:5432/shop?target_session_attrs=prefer-standby'", ANN),
    ("reseq check 'host=db1.example,db2.example user=ann dbname=shop connect_timeout=5 load_balance_hosts=random'", ANN),
];

/// What psql has no word for: both end well on a server where all is well.
const ALL: [&str; 2] = [
    "reseq check --all -h db.example -U postgres",
    "reseq check --all -h db.example -U postgres --maintenance-db template1",
];

/// The indented lines of the page that begin so, without the indent.
fn lines(begins: &str) -> Vec<&'static str> {
    let indented = PAGE.lines().filter_map(|line| line.strip_prefix("    "));
    indented.filter(|line| line.starts_with(begins)).collect()
}

/// A line of the page as it is typed here: with the test's hosts, port and files.
fn here(line: &str) -> String {
    [
        ("reseq check", "connect"),
        ("db1.example", "localhost"),
        ("db2.example", "localhost"),
        ("db.example", "localhost"),
        ("5432", "{port}"),
        ("/var/run/postgresql", "{socket}"),
        ("=ca.crt", "={tls}/ca.crt"),
        ("=carol.crt", "={tls}/carol.crt"),
        ("=carol.key", "={tls}/carol.key"),
    ]
    .into_iter()
    .fold(format!("PGPORT={{port}} {line}"), |line, (from, to)| line.replace(from, to))
}

#[test]
fn its_commands_connect_as_it_says() {
    let all: Vec<_> = COMMANDS.iter().map(|(command, _)| *command).chain(ALL).collect();
    assert_eq!([lines("reseq check"), lines("PGHOST")].concat().len(), all.len());
    for line in &all {
        assert!(PAGE.contains(&format!("    {line}\n")), "the page has no {line}");
    }

    let Some(world) = World::new() else { return };
    let service = "[shop]\nhost=localhost\nuser=ann\ndbname=shop\n";
    for line in service.lines().map(|line| line.replace("localhost", "db.example")) {
        assert!(PAGE.contains(&format!("      {line}\n")), "the page has no {line}");
    }
    let world = world.with_file(".pg_service.conf", 0o600, service).with_file(
        ".pgpass",
        0o600,
        &lines("db.example:").join("\n").replace("db.example", "localhost"),
    );
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let cases: Vec<Case> =
        COMMANDS.iter().map(|(command, outcome)| (*command, leak(here(command)), *outcome)).collect();
    // Which brought the last of what the page speaks of.
    compare_since(17, &world, &cases);
    for command in ALL {
        let output = run_alone(&world, &here(command));
        assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
    }
}

#[test]
fn its_examples_are_what_is_printed() {
    let version = Command::new(env!("CARGO_BIN_EXE_reseq")).arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let shown = lines("reseq 0.")[0].replace("18.6", &pq::libpq_version());
    if cfg!(feature = "bundled") {
        assert_eq!(version.trim_end(), shown);
    }

    let Some(world) = World::new() else { return };
    let command = lines("$ reseq check")[0].trim_start_matches("$ ");
    let (_, example) = PAGE.split_once(&format!("    $ {command}\n")).unwrap();
    let expected: String = example
        .lines()
        .map_while(|line| line.strip_prefix("    "))
        .fold(String::new(), |all, line| all + line + "\n");
    let expected = expected.replace("db.example", "localhost").replace("5432", &world.filled_in("{port}"));
    let said = String::from_utf8(run_alone(&world, &here(command)).stderr).unwrap();
    // localhost may be either.
    assert_eq!(said.replace("::1", "127.0.0.1"), expected);
}
