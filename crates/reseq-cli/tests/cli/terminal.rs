//! What is asked on a terminal. util-linux's `script` gives the command one.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use reseq::pq;
use reseq_scratch::{Cluster, ClusterOptions, newest_installation};

use crate::check::IMPORTED;
use crate::support::{Run, Sandbox, bare, sandbox, snapshot};

/// Runs `command` on a terminal, where `typed` is typed. What it writes to standard output and error comes together.
/// `None`, loudly, where there is no `script`.
fn on_terminal(command: &Command, typed: &str) -> Option<Run> {
    typed_after("", command, &shell_words(command), typed)
}

fn shell_words(command: &Command) -> String {
    let words: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    words.iter().map(|word| format!("'{}'", word.to_str().unwrap())).collect::<Vec<_>>().join(" ")
}

/// Has a shell run `line` on a terminal in the environment of `command`; types once the output has `prompt` in it.
#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn typed_after(prompt: &str, command: &Command, line: &str, typed: &str) -> Option<Run> {
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--flush", "--command", line, "/dev/null"]).env_clear();
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.env("SHELL", "/bin/sh").env("TERM", "xterm").current_dir(command.get_current_dir().unwrap());
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = script.spawn() else {
        eprintln!("SKIPPED: there is no `script` on this machine to give a test a terminal");
        return None;
    };
    let mut said = Vec::new();
    while !String::from_utf8_lossy(&said).contains(prompt) {
        let mut byte = [0];
        child.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
        said.extend(byte);
    }
    child.stdin.as_mut().unwrap().write_all(typed.as_bytes()).unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stdout.splice(..0, said);
    Some(Run::from(output))
}

fn moved(shop: &Sandbox) -> bool {
    shop.value("SELECT is_called::text FROM orders_id_seq") == "true"
}

#[test]
fn on_a_terminal_a_change_is_asked_for() {
    let shop = sandbox(IMPORTED);
    for no in ["n\n", "\n", "what?\n"] {
        let Some(run) = on_terminal(&shop.command(&["fix", "--color", "never"]), no) else { return };
        assert!(run.stdout.contains("Move this sequence of "), "{run}");
        assert!(run.stdout.contains("Nothing was changed."), "{run}");
        assert_eq!((run.status, moved(&shop)), (Some(1), false), "{run}");
    }
    let Some(run) = on_terminal(&shop.command(&["fix", "--color", "never"]), "y\n") else { return };
    assert!(run.stdout.contains("Repaired, and looked at again: 1 sequence."), "{run}");
    assert_eq!((run.status, moved(&shop)), (Some(0), true), "{run}");
}

#[test]
fn on_a_terminal_there_is_colour_unless_it_is_not_wanted() {
    let shop = sandbox(IMPORTED);
    let Some(run) = on_terminal(&shop.command(&["check"]), "") else { return };
    assert!(run.stdout.contains("\x1b[31mERROR"), "{run}");
    let mut command = shop.command(&["check"]);
    let Some(run) = on_terminal(command.env("NO_COLOR", "1"), "") else { return };
    assert!(!run.stdout.contains("\x1b[31m"), "{run}");
}

/// A server that asks for a password, but not for the database `postgres`; and how it is reached.
fn guarded() -> (Cluster, [String; 6]) {
    let options = ClusterOptions::default()
        .hba("host postgres keeper 127.0.0.1/32 trust")
        .hba("host all all 127.0.0.1/32 scram-sha-256")
        .password("s3cret");
    let cluster = Cluster::start(&newest_installation().unwrap(), &options).unwrap();
    let conninfo = format!("{} password=s3cret", cluster.conninfo());
    let mut connection = pq::Connection::connect(&[("dbname", conninfo.as_str())]).unwrap();
    connection.simple("CREATE ROLE keeper SUPERUSER LOGIN PASSWORD 'kept'").unwrap();
    let port = cluster.port().to_string();
    (cluster, ["-h", "127.0.0.1", "-p", &port, "-U", "postgres"].map(str::to_owned))
}

#[test]
fn a_password_is_asked_for_where_the_server_wants_one() {
    let (_cluster, address) = guarded();
    let address = address.each_ref().map(String::as_str);
    let home = tempfile::tempdir().unwrap();
    let question = "Password for user postgres: ";
    for arguments in [["check", "postgres"], ["check", "-W"], ["check", "--all"]] {
        let mut command = bare(home.path(), &[&arguments[..], &address].concat());
        let Some(run) = on_terminal(&command, "s3cret\n") else { return };
        assert_eq!(run.stdout.matches("Password").count(), 1, "{arguments:?}: {run}");
        assert!(run.stdout.contains("No sequences in postgres on 127.0.0.1"), "{arguments:?}: {run}");
        // What is typed before the question is shown by the terminal itself.
        let answered = run.stdout.split_once(question).unwrap().1;
        assert!(!answered.contains("s3cret"), "{arguments:?}: {run}");
        assert_eq!(run.status, Some(0), "{arguments:?}: {run}");
        command.arg("-w");
        if arguments[1] != "-W" {
            let Some(run) = on_terminal(&command, "") else { return };
            assert_eq!(run.status, Some(3), "{arguments:?}: {run}");
            assert!(!run.stdout.contains("Password"), "{arguments:?}: {run}");
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn psql_asks_the_same() {
    if Command::new("psql").arg("--version").output().is_err() {
        eprintln!("SKIPPED: psql_asks_the_same: psql is not installed");
        return;
    }
    let (_cluster, address) = guarded();
    let home = tempfile::tempdir().unwrap();
    let conninfo = format!("host=127.0.0.1 port={} user=postgres dbname=postgres", address[3]);
    let uri = format!("postgresql://127.0.0.1:{}/postgres?user=postgres", address[3]);
    for words in [conninfo, uri] {
        let question = |program: &str, command: &str| {
            let mut asked = bare(home.path(), &[]);
            asked.env("PGUSER", "nobody");
            let line = format!("{program} {command} '{words}'");
            let run = typed_after("Password", &asked, &line, "s3cret\n")?;
            assert_eq!(run.status, Some(0), "{program}: {run}");
            Some(run.stdout.split_once(": ").unwrap().0.to_owned())
        };
        let ours = question(env!("CARGO_BIN_EXE_reseq"), "check");
        assert_eq!(ours, question("psql", "--no-psqlrc -c '' -d"));
    }
}

#[test]
fn a_wrong_password_is_not_asked_for_again() {
    let (_cluster, address) = guarded();
    let home = tempfile::tempdir().unwrap();
    let address = address.each_ref().map(String::as_str);
    for arguments in [["check", "postgres"], ["check", "--all"]] {
        let command = bare(home.path(), &[&arguments[..], &address].concat());
        let Some(run) = on_terminal(&command, "guessed\n") else { return };
        assert_eq!((run.stdout.matches("Password").count(), run.status), (1, Some(3)), "{run}");
        assert!(run.stdout.contains("password authentication failed for user \"postgres\""), "{run}");
    }
}

/// As vacuumdb does it.
#[test]
fn one_password_serves_for_all_databases() {
    let (_cluster, mut address) = guarded();
    "keeper".clone_into(&mut address[5]);
    let address = address.each_ref().map(String::as_str);
    let home = tempfile::tempdir().unwrap();
    let conninfo = format!("host=127.0.0.1 port={} user=keeper dbname=postgres", address[3]);
    let mut connection = pq::Connection::connect(&[("dbname", conninfo.as_str())]).unwrap();
    for statement in ["CREATE DATABASE one", "CREATE DATABASE two"] {
        connection.simple(statement).unwrap();
    }
    let command = bare(home.path(), &[&["check", "--all"], &address[..]].concat());
    let Some(run) = on_terminal(&command, "kept\n") else { return };
    assert_eq!(run.stdout.matches("Password for user keeper: ").count(), 1, "{run}");
    assert_eq!((run.stdout.matches("No sequences in").count(), run.status), (4, Some(0)), "{run}");
}

#[test]
fn the_terminal_shows_what_is_typed_again_after_an_interrupt() {
    let (_cluster, address) = guarded();
    let address = address.each_ref().map(String::as_str);
    let home = tempfile::tempdir().unwrap();
    for arguments in [["check", "postgres"], ["check", "-W"]] {
        let command = bare(home.path(), &[&arguments[..], &address].concat());
        // The shell goes on where the terminal's Ctrl-C reaches it too.
        let line = format!("trap : INT; {}; echo status $?; stty -a", shell_words(&command));
        let Some(run) = typed_after("Password", &command, &line, "\x03") else { return };
        assert!(run.stdout.contains("reseq: interrupted\r\nstatus 3\r\n"), "{run}");
        assert!(run.stdout.contains(" echo ") && !run.stdout.contains("-echo "), "{run}");
    }
}

#[test]
fn nobody_can_be_asked_without_a_terminal() {
    let home = tempfile::tempdir().unwrap();
    let command = bare(home.path(), &["check", "-W", "-h", "127.0.0.1", "shop"]);
    // A session of its own has no terminal.
    let mut setsid = Command::new("setsid");
    setsid.arg("--wait").arg(command.get_program()).args(command.get_args());
    setsid.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    snapshot!(Run::of(&mut setsid), @"
    ─── standard error
    reseq: -W asks for a password, but there is no terminal to ask on
    hint: give the password in the password file (~/.pgpass), or by PGPASSWORD, and leave out -W
    ─── exit status 2
    ");
}
