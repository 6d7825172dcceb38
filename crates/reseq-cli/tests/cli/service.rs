//! packaging/systemd/reseq-carry@.service: systemd understands it, and reseq what it runs.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::fix::signal;
use crate::support::sandbox;

const UNIT: &str = include_str!("../../../../packaging/systemd/reseq-carry@.service");
const RESEQ: &str = env!("CARGO_BIN_EXE_reseq");

/// The value of a key that stands there once.
fn value<'a>(key: &str) -> &'a str {
    let values: Vec<_> = UNIT.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect();
    assert_eq!(values.len(), 1, "{key}");
    values[0]
}

/// The words of the command, with the variables as systemd puts them in: `$NAME` becomes as many words as it has,
/// `${NAME}` is a part of its word.
fn words(variables: &[(&str, &str)]) -> Vec<String> {
    let put_in = |word: &str| -> Vec<String> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).unwrap().1;
        match word.strip_prefix('$').filter(|name| !name.starts_with('{')) {
            Some(name) => value(name).split_whitespace().map(str::to_owned).collect(),
            None => {
                let put =
                    |word: String, (name, value): &(&str, &str)| word.replace(&format!("${{{name}}}"), value);
                vec![variables.iter().fold(word.to_owned(), put)]
            }
        }
    };
    value("ExecStart").split_whitespace().flat_map(put_in).collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn systemd_finds_nothing_wrong_with_it() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("SKIPPED: the unit for systemd: systemd-analyze is not installed");
        return;
    }
    let verify = |unit: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reseq-carry@test.service");
        fs::write(&file, unit.replace("/usr/bin/reseq", RESEQ)).unwrap();
        let run = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file).output().unwrap();
        // Other units of this machine are read along.
        let said = String::from_utf8(run.stderr).unwrap();
        said.lines().filter(|line| line.contains("reseq-carry@test")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(verify(UNIT), "");
    let misspelt = verify(&UNIT.replace("ProtectHome=", "ProtectHom="));
    assert!(misspelt.contains("ProtectHom"), "it sees such things: {misspelt}");
}

#[test]
fn reseq_does_what_it_runs() {
    let make = |schema: &str| sandbox(&format!("CREATE SCHEMA {schema}; CREATE SEQUENCE {schema}.order_no"));
    let (source, target) = (make("old"), make("new"));
    let (from, to) = (source.conninfo(), target.conninfo());
    let interval = value("Environment=INTERVAL");
    // The example of its file of variables.
    let options = value("#   OPTIONS");
    let variables = [("FROM", from.as_str()), ("TO", &to), ("INTERVAL", interval), ("OPTIONS", options)];
    let words = words(&variables);
    assert_eq!(words[0], "/usr/bin/reseq");
    let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let mut command = target.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let begun = lines.by_ref().find(|line| line.contains("1 sequence, "));
    signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!((begun.is_some(), output.status.code()), (true, Some(0)));
    assert_eq!(target.value("SELECT last_value::text FROM new.order_no"), "1000");
}
