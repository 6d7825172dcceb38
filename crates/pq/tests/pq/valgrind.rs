//! Memory: the example `exercise` under valgrind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use reseq_scratch::testing::newest;

/// An example of this crate. `cargo test -p reseq-pq` builds it together with the tests; `--test pq` does not, so
/// one that is missing or older than the sources is refused.
pub(crate) fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    let built = program.metadata().and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = fs::read_dir(root.join("src")).unwrap().map(|file| file.unwrap().path());
    for source in sources.chain([root.join("examples").join(name).with_extension("rs")]) {
        let changed = source.metadata().unwrap().modified().unwrap();
        assert!(
            changed <= built,
            "`cargo build -p reseq-pq --examples`: {name} is older than {}",
            source.display()
        );
    }
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
