//! `reseq demo`

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use reseq_scratch::installations;
use tempfile::TempDir;

use crate::support::{Run, bare};

/// A home of its own, with a folder for temporary files, so that what is left behind is seen. As root, the server
/// runs as another user, who must be able to get there.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir(home.temporary()).unwrap();
        for path in [home.0.path(), &home.temporary()] {
            fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
        }
        home
    }

    fn temporary(&self) -> PathBuf {
        self.0.path().join("tmp")
    }

    fn is_left_empty(&self) -> bool {
        fs::read_dir(self.temporary()).unwrap().next().is_none()
    }

    /// The demo, on the newest server that lives in no root of its own: there, temporary files are elsewhere.
    fn demo(&self, arguments: &[&str]) -> Command {
        let of_ours = installations().into_iter().rfind(|installation| installation.root.is_none()).unwrap();
        let mut command = bare(self.0.path(), &[&["demo"], arguments].concat());
        command.env("TMPDIR", self.temporary()).env("RESEQ_SERVERS", of_ours.bin_dir);
        command
    }
}

/// Ends a server that was kept, even where a test fails.
struct Kept(String);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = Command::new("sh").arg("-c").arg(&self.0).status();
    }
}

#[test]
fn a_shop_is_broken_checked_repaired_and_gone() {
    let home = Home::new();
    let began = Instant::now();
    let run = Run::of(&mut home.demo(&[]));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert_eq!((run.stderr.as_str(), run.status), ("", Some(0)), "{run}");
    for told in [
        "  duplicate key value violates unique constra…\n",
        "$ reseq check\n",
        "public.customers_id_seq → public.customers.id\n  ERROR    behind        at least the next ",
        "$ reseq fix --yes\n",
        "Repaired, and looked at again: ",
        "--ignore-above 1000000",
        "The server is gone, with everything it wrote.\n",
    ] {
        assert!(run.stdout.contains(told), "{told:?} is missing:\n{run}");
    }
    assert!(home.is_left_empty());
}

#[test]
fn interrupted_it_leaves_nothing_behind() {
    let home = Home::new();
    let mut child = home.demo(&[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while home.is_left_empty() {
        thread::sleep(Duration::from_millis(20));
        assert_eq!(child.try_wait().unwrap(), None);
    }
    thread::sleep(Duration::from_secs(2));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!((run.stderr.as_str(), run.status), ("reseq: interrupted\n", Some(3)), "{run}");
    assert!(home.is_left_empty());
}

#[test]
fn kept_it_goes_on_until_it_is_stopped() {
    let home = Home::new();
    let run = Run::of(&mut home.demo(&["--keep"]));
    let command = |word: &str| run.stdout.lines().find_map(|line| line.strip_prefix(&format!("  {word} ")));
    let kept = Kept(format!("kill {}", command("kill").unwrap()));
    assert_eq!(run.status, Some(0), "{run}");
    let conninfo = command("reseq").unwrap().strip_prefix("check -d ").unwrap().trim_matches('\'');
    let check = Run::of(&mut bare(home.0.path(), &["check", "-d", conninfo]));
    assert_eq!(check.status, Some(1), "{check}");
    drop(kept);
    assert!(home.is_left_empty());
}
