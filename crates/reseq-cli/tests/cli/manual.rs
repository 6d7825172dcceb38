//! `reseq manual`

use std::fs;

use crate::support::{Run, bare, reseq, snapshot};

#[test]
fn without_a_page_the_pages_are_listed() {
    snapshot!(reseq(&["manual"]), @"
    Pages of the manual, each shown by reseq manual PAGE:

      carry                Carrying sequences to another server
      carry-final          The moment of the switch: reseq carry --final
      carry-follow         Ready to switch at any moment: reseq carry --follow
      classic-recipes      The classic recipes, and what reseq does instead
      connecting           Connecting
      least-privilege      The least privilege for check, fix and carry
      poolers-and-standbys Behind poolers, on standbys, and when servers go away

    What the findings of reseq check mean:

      behind               The sequence is behind its rows
      exhausted            The sequence has run out
      exhausting           The sequence is running out
      outlier              A few rows lie far beyond the rest
      blocked              The sequence is behind and cannot go where it must
      not-owned            The column does not own its sequence
      owned-unused         The column owns a sequence that it does not use
      type-mismatch        Sequence and column are of different types
      fk-narrower          A foreign-key column is narrower than its key
      no-grant             A role may insert but may not use the sequence
      cached               Sessions hold values of the sequence in advance
      cycles               The sequence of a unique column starts again
      unreadable           Something could not be read
      unresolved           A column draws from a sequence that cannot be told
    ─── exit status 0
    ");
}

#[test]
fn what_a_finding_means_is_told_without_the_repository_at_hand() {
    let run = reseq(&["manual", "behind"]);
    assert_eq!(run.stdout, include_str!("../../../../docs/findings/behind.md"));
    assert_eq!((run.stderr.as_str(), run.status), ("", Some(0)));
    let run = reseq(&["manual", "least-privilege"]);
    assert!(run.stdout.starts_with("# The least privilege for check, fix and carry\n"), "{run}");
}

#[test]
fn a_page_that_is_not_there_is_wrong_usage() {
    snapshot!(reseq(&["manual", "behnd"]), @r#"
    ─── standard error
    reseq: the manual has no page "behnd"
    hint: reseq manual lists the pages that there are
    ─── exit status 2
    "#);
}

#[test]
fn there_is_a_man_page_for_every_command() {
    let home = tempfile::tempdir().unwrap();
    let run = Run::of(&mut bare(home.path(), &["manual", "--man-pages", "man/man1"]));
    assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.status), ("", "", Some(0)));
    let folder = home.path().join("man/man1");
    let pages: Vec<_> = fs::read_dir(&folder).unwrap().map(|page| page.unwrap().path()).collect();
    let help = reseq(&["--help"]).stdout;
    let commands = help.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let commands: Vec<_> = commands.filter(|word| !word.is_empty() && !word.starts_with('-')).collect();
    assert!(commands.contains(&"check") && pages.len() == commands.len() + 1, "{commands:?} {pages:?}");
    for command in commands {
        assert!(pages.contains(&folder.join(format!("reseq-{command}.1"))), "{command} has no page");
    }
    let page = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let sections = |page: &str| {
        let headings = page.lines().filter_map(|line| line.strip_prefix(".SH "));
        headings.map(|heading| heading.trim_matches('"').to_owned()).collect::<Vec<_>>()
    };
    let check = page("reseq-check.1");
    assert!(check.starts_with(".ie \\n(.g .ds Aq \\(aq\n"), "{check}");
    assert!(check.contains("\\-\\-exhausting\\-warning"), "{check}");
    assert!(
        sections(&check).ends_with(&["EXIT STATUS", "ENVIRONMENT", "FILES"].map(str::to_owned)),
        "{check}"
    );
    assert!(page("reseq.1").contains("RESEQ_LOG") && !page("reseq.1").contains(".SH EXTRA"));
    assert_eq!(sections(&page("reseq-completions.1")).last().unwrap(), "EXIT STATUS");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    let run = Run::of(&mut bare(home.path(), &["manual", "--man-pages", "file/man1"]));
    assert_eq!(
        run.stderr,
        "reseq: could not write the man pages into file/man1: Not a directory (os error 20)\n"
    );
    assert_eq!(run.status, Some(3));
}
