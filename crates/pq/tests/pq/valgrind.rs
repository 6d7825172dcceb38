//! Memory: the example `exercise` under valgrind.

use std::path::{Path, PathBuf};
use std::process::Command;

use reseq_scratch::testing::newest;

/// An example of this crate, built as the tests are. Cargo builds examples beside tests, but not when tests
/// are chosen by name; so that none is ever stale, it is asked here.
fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(Path::parent).unwrap();
    let profile = match folder.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let feature = if cfg!(feature = "bundled") { "bundled" } else { "system-libpq" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--example", name, "--profile", profile]);
    cargo.args(["--no-default-features", "--features", feature]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let built = cargo.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    folder.join("examples").join(name)
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
