//! The README's upgrade from 15 to 18, command by command as it is typed, while applications write.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::pair::{Pair, skipped, wait_until};
use crate::writers::{Counts, DRAWS, under_load};

const README: &str = include_str!("../../../../README.md");

/// The blocks of commands, in their order.
struct Recipe {
    blocks: Vec<String>,
    home: TempDir,
    ends: String,
}

impl Recipe {
    /// The indented blocks under a heading; the first says what the ends are called.
    fn under(heading: &str, pair: &Pair) -> Self {
        let (_, section) = README.split_once(&format!("\n{heading}\n")).unwrap();
        let section = section.split("\n#").next().unwrap();
        let blocks = section.split("\n\n").map(|block| block.trim_start_matches('\n'));
        let blocks: Vec<_> = blocks.filter(|block| block.starts_with("    ")).map(str::to_owned).collect();
        assert!(blocks[0].contains("OLD=\"host=old.example"), "{}", blocks[0]);
        let ends = format!("OLD='{}'\nNEW='{}'\n", pair.conninfo(0), pair.conninfo(1));
        Self { blocks, home: tempfile::tempdir().unwrap(), ends }
    }

    /// The block number `place`, to be run by a shell where reseq is found.
    fn command(&self, place: usize) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_reseq")).parent().unwrap();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        let typed = format!("set -eo pipefail\n{}{}", self.ends, self.blocks[place]);
        let mut bash = Command::new("bash");
        bash.args(["-c", &typed])
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home.path())
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        bash
    }

    /// Runs a block to its end, which must be a good one; gives what it wrote on standard output.
    fn run(&self, place: usize) -> String {
        let output = self.command(place).output().unwrap();
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}\n{stdout}{stderr}", self.blocks[place]);
        stdout.into_owned()
    }

    /// Starts a block that goes on until it is stopped.
    fn start(&self, place: usize) -> Running {
        Running(self.command(place).stdout(Stdio::null()).process_group(0).spawn().unwrap())
    }
}

/// A shell with what it has started. Ctrl-C ends both.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", "--", &format!("-{}", self.0.id())]).status();
        let _ = self.0.wait();
    }
}

/// Whether these programs of PostgreSQL are on the PATH and can read a server of this version.
fn are_there(programs: &[&str], major: u32) -> bool {
    programs.iter().all(|program| {
        let version = Command::new(program).arg("--version").output().ok();
        let version = version.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
        let number =
            version.split(|character: char| !character.is_ascii_digit()).find(|part| !part.is_empty());
        number.and_then(|number| number.parse::<u32>().ok()).is_some_and(|found| found >= major)
    })
}

#[test]
fn an_upgrade_from_15_to_18_and_back() {
    if !are_there(&["psql", "pg_dump", "pg_dumpall"], 15) {
        return skipped("there is no psql, pg_dump and pg_dumpall of 15 or later on the PATH");
    }
    let Some(pair) = Pair::not_replicating([15, 18]) else { return };
    let recipe = Recipe::under("### Upgrade from 15 to 18 without downtime", &pair);
    let ledger = under_load(&pair, Counts::AtOnce, |writers| {
        writers.wait_for_some();
        recipe.run(1);
        let following = recipe.start(2);
        wait_until("the tables are copied, and the sequences ahead", || {
            let mut look = recipe.command(3);
            let output = look.output().unwrap();
            output.status.success() && output.stdout.starts_with(b"0\n")
        });
        writers.wait_for_some();
        let proof = recipe.run(4);
        assert!(proof.contains("Safe"), "{proof}");
        // Still running, it keeps from going back; the README says to stop it here.
        let states = "SELECT string_agg(concat(sequencename, ' ', last_value), ', ' ORDER BY sequencename) FROM pg_sequences";
        let stood = pair.value(0, states);
        let refused = recipe.command(6).output().unwrap();
        let words = String::from_utf8_lossy(&refused.stderr);
        assert!(words.contains("a follower goes the other way"), "{words}");
        assert_eq!((refused.status.code(), pair.value(0, states)), (Some(3), stood));
        drop(following);
        recipe.run(5);
        *writers.address.write().unwrap() = 1;
        writers.wait_for_some();
        recipe.run(6);
        *writers.address.write().unwrap() = 0;
        writers.wait_for_some();
    });
    ledger.assert_nobody_was_hurt(&pair);
    // The follower's margin, and what sessions held in advance: nothing goes up by itself.
    assert!(ledger.skipped_of_all() < DRAWS.len() as u64 * 2500, "{}", ledger.in_words());
}
