//! Memory: the example `exercise` under valgrind.

use std::path::PathBuf;
use std::process::Command;

use reseq_scratch::testing::newest;

/// An example of this crate, which cargo builds together with its tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(std::path::Path::parent).unwrap();
    let program = profile.join("examples").join(name);
    assert!(program.exists(), "{} is not built: `cargo build --examples -p reseq-pq`", program.display());
    program
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out is said so loudly")]
fn no_memory_is_lost_or_misused() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no_memory_is_lost_or_misused: valgrind is not installed");
        return;
    }
    let output = Command::new("valgrind")
        .args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"])
        .arg(example("exercise"))
        .arg(&newest().conninfo)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
}
