//! A follower that goes the other way: what others say of it and do, and what it says itself.

use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::follow::{Follower, command, draw, ends, next, valid};
use crate::formats;
use crate::support::{Run, Sandbox};

/// A follower that has begun.
fn following(source: &Sandbox, target: &Sandbox, more: &[&str]) -> Follower {
    let mut follower = Follower::start(command(source, target, &[&["--yes"], more].concat()));
    follower.line("keeps ");
    follower
}

/// From the target of a follower to its source.
fn back(source: &Sandbox, target: &Sandbox, more: &[&str]) -> Command {
    let ends = ["carry", "--from", &target.database, "--to", &source.database];
    target.command(&[&ends, more].concat())
}

const WORDS: &str = "a follower goes the other way between these two databases: process ";
const HINT: &str = "each would take the other's moves for draws and go ahead of them, until all values are used up: stop it \
                    where it runs; where nothing runs any more, end its session on the ";

#[test]
fn nobody_follows_or_switches_against_it() {
    let (source, target) = ends();
    draw(&source, 50);
    let follower = following(&source, &target, &[]);
    for mode in [&["--follow=100ms"][..], &["--final"], &["--final", "--fence"]] {
        let run = Run::of(&mut back(&source, &target, &[mode, &["--yes"]].concat()));
        assert!(run.stderr.contains(&format!("reseq: {WORDS}")), "{run}");
        assert!(run.stderr.contains(&format!("hint: {HINT}")), "{run}");
        assert_eq!((run.status, next(&source)), (Some(3), 51), "{run}");
    }
    let run = Run::of(&mut back(&source, &target, &["--final", "--dry-run", "--format", "json"]));
    let rehearsed = &formats::valid("carry.schema.json", &run)["rehearsal"];
    assert!(rehearsed["hindrances"][0]["message"].as_str().unwrap().starts_with(WORDS), "{run}");
    assert_eq!(run.status, Some(3), "{run}");
    // The other way of the other way.
    let run = Run::of(&mut command(&source, &target, &["--yes", "--reverse-ready"]));
    assert!(run.stderr.contains(WORDS), "{run}");
    let run = Run::of(&mut target.command(&[
        "carry",
        "--from",
        &source.database,
        "--to",
        &target.database,
        "--final",
        "--yes",
    ]));
    assert!(run.stdout.contains("Safe: 1 sequence"), "the same way is welcome: {run}");
    follower.signal("-TERM");
    assert_eq!(follower.end().1, Some(0));
    let run = Run::of(&mut back(&source, &target, &["--final", "--yes"]));
    assert_eq!(run.status, Some(0), "{run}");
}

#[test]
fn a_single_carry_and_a_check_go_on_and_say_so() {
    let (source, target) = ends();
    let follower = following(&source, &target, &[]);
    for mode in ["--check", "--dry-run", "--yes"] {
        let run = Run::of(&mut back(&source, &target, &[mode, "--format", "json"]));
        assert!(run.stderr.starts_with(&format!("reseq: warning: {WORDS}")), "{run}");
        assert!(run.stderr.contains(&format!("\nhint: {HINT}")), "{run}");
        let said = formats::valid("carry.schema.json", &run);
        assert_eq!(said["other_way"]["side"], "source");
    }
    follower.signal("-TERM");
    assert_eq!(follower.end().1, Some(0));
    let run = Run::of(&mut back(&source, &target, &["--check", "--format", "json"]));
    assert_eq!(formats::valid("carry.schema.json", &run).get("other_way"), None);
    assert_eq!(run.stderr, "");
}

#[test]
fn the_one_that_began_later_says_why_it_stands_still() {
    let (source, target) = ends();
    let mut first = following(&source, &target, &[]);
    // The other one begins in a later second, while the first has lost its connections and does not know it yet.
    thread::sleep(Duration::from_millis(1100));
    first.signal("-STOP");
    for end in [&source, &target] {
        end.value(
            "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity
             WHERE application_name = 'reseq' AND datname = current_database()",
        );
        let left = "SELECT count(*)::text FROM pg_stat_activity
                    WHERE application_name = 'reseq' AND datname = current_database()";
        while end.value(left) != "0" {
            thread::sleep(Duration::from_millis(20));
        }
    }
    let mut quiet = following_back(&source, &target, &["--quiet"]);
    let mut second = following_back(&source, &target, &["--format", "json"]);
    second.line("\"event\":\"tick\"");
    first.signal("-CONT");
    let said = valid(&second.line("other_way"));
    assert_eq!((&said["moved"], said["other_way"]["process"].is_i64()), (&0.into(), true));
    let said = quiet.line("");
    assert!(said.contains(&format!("Z  1 sequence, 0 draw; PROBLEM {WORDS}")), "{said}");
    assert!(said.contains(&format!("Z): nothing is moved until it has ended ({HINT}")), "{said}");
    first.line("connected again");
    first.signal("-TERM");
    assert_eq!(first.end().1, Some(0));
    let said = quiet.line("");
    assert!(said.ends_with("Z  1 sequence, 0 draw\n"), "{said}");
    for follower in [quiet, second] {
        follower.signal("-TERM");
        assert_eq!(follower.end().1, Some(0));
    }
    assert!(next(&source) <= 2001 && next(&target) <= 2001, "{} {}", next(&source), next(&target));
}

/// One that goes the other way of [`following`].
fn following_back(source: &Sandbox, target: &Sandbox, more: &[&str]) -> Follower {
    Follower::start(back(source, target, &[&["--follow=100ms", "--yes"], more].concat()))
}
