//! `reseq manual`

use std::fs;

use crate::support::{Run, bare, reseq};

#[test]
fn there_is_a_page_for_every_command() {
    let home = tempfile::tempdir().unwrap();
    let run = Run::of(&mut bare(home.path(), &["manual", "man/man1"]));
    assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.status), ("", "", Some(0)));
    let folder = home.path().join("man/man1");
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let expected =
        ["check", "completions", "demo", "fix", "manual"].map(|command| format!("reseq-{command}.1"));
    assert_eq!(pages, [expected.as_slice(), &["reseq.1".to_owned()]].concat());
    let check = fs::read_to_string(folder.join("reseq-check.1")).unwrap();
    assert!(check.starts_with(".ie \\n(.g .ds Aq \\(aq\n"), "{check}");
    assert!(check.contains("\\-\\-exhausting\\-warning"), "{check}");
}

#[test]
fn without_a_folder_the_page_of_the_whole_is_printed() {
    let run = reseq(&["manual"]);
    assert!(run.stdout.contains(".SH SUBCOMMANDS\n"), "{run}");
    assert_eq!(run.status, Some(0));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    let run = Run::of(&mut bare(home.path(), &["manual", "file/man1"]));
    assert_eq!(
        run.stderr,
        "reseq: could not write the man pages into file/man1: Not a directory (os error 20)\n"
    );
    assert_eq!(run.status, Some(3));
}
