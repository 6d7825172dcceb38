//! What is asked on a terminal. util-linux's `script` gives the command one.

use std::io::Write as _;
use std::process::{Command, Stdio};

use reseq_scratch::{Cluster, ClusterOptions, newest_installation};

use crate::check::IMPORTED;
use crate::support::{Run, Sandbox, bare, sandbox};

/// Runs `command` on a terminal, where `typed` is typed. What it writes to standard output and error comes together.
/// `None`, loudly, where there is no `script`.
#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn on_terminal(command: &Command, typed: &str) -> Option<Run> {
    let words: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let words = words.iter().map(|word| format!("'{}'", word.to_str().unwrap())).collect::<Vec<_>>();
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--flush", "--command", &words.join(" "), "/dev/null"]).env_clear();
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.env("SHELL", "/bin/sh").env("TERM", "xterm").current_dir(command.get_current_dir().unwrap());
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = script.spawn() else {
        eprintln!("SKIPPED: there is no `script` on this machine to give a test a terminal");
        return None;
    };
    child.stdin.as_mut().unwrap().write_all(typed.as_bytes()).unwrap();
    Some(Run::from(child.wait_with_output().unwrap()))
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

#[test]
fn a_password_is_asked_for_where_the_server_wants_one() {
    let options = ClusterOptions::default().hba("host all all 127.0.0.1/32 scram-sha-256").password("s3cret");
    let cluster = Cluster::start(&newest_installation().unwrap(), &options).unwrap();
    let home = tempfile::tempdir().unwrap();
    let port = cluster.port().to_string();
    let address = ["-h", "127.0.0.1", "-p", port.as_str(), "-U", "postgres"];
    for arguments in [["check", "postgres"], ["check", "-W"], ["check", "--all"]] {
        let mut command = bare(home.path(), &[&arguments[..], &address].concat());
        let Some(run) = on_terminal(&command, "s3cret\n") else { return };
        assert!(run.stdout.contains("Password: "), "{arguments:?}: {run}");
        assert!(run.stdout.contains("No sequences in postgres on 127.0.0.1"), "{arguments:?}: {run}");
        // What is typed before the question is shown by the terminal itself.
        assert!(!run.stdout.split_once("Password: ").unwrap().1.contains("s3cret"), "{arguments:?}: {run}");
        assert_eq!(run.status, Some(0), "{arguments:?}: {run}");
        command.arg("-w");
        if arguments[1] != "-W" {
            let Some(run) = on_terminal(&command, "") else { return };
            assert_eq!(run.status, Some(3), "{arguments:?}: {run}");
        }
    }
}
