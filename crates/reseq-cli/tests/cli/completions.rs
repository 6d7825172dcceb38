//! `reseq completions`

use std::process::Command;

use crate::support::{reseq, snapshot};

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = reseq(&["completions", shell]);
        assert!(run.stdout.contains("exhausting-warning"), "{shell}: {run}");
        assert_eq!((run.stderr.as_str(), run.status), ("", Some(0)), "{shell}");
    }
}

#[test]
fn bash_understands_its_completions() {
    let script = reseq(&["completions", "bash"]).stdout;
    let complete = "COMP_WORDS=(reseq ch); COMP_CWORD=1; _reseq reseq ch reseq; echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash").arg("-c").arg(format!("{script}\n{complete}")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "check", "{output:?}");
}

#[test]
fn an_unknown_shell_is_wrong_usage() {
    snapshot!(reseq(&["completions", "tcsh"]), @"
    ─── standard error
    error: invalid value 'tcsh' for '<SHELL>'
      [possible values: bash, elvish, fish, powershell, zsh]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.
    ─── exit status 2
    ");
}
