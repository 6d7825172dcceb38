//! The two ways to build: with everything built in, or on the system's libpq.

use std::process::Command;

use reseq::pq;

/// What every program of glibc is linked to, and the unwinder.
const LIBC: [&str; 5] = ["linux-vdso", "libc.so", "libm.so", "libgcc_s.so", "ld-linux"];

fn output(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_version_says_which_libpq_connects() {
    let origin = if cfg!(feature = "bundled") { "bundled" } else { "system" };
    let told = output(env!("CARGO_BIN_EXE_reseq"), "--version").unwrap();
    assert_eq!(
        told,
        format!("reseq {} (libpq {}, {origin})\n", env!("CARGO_PKG_VERSION"), pq::libpq_version())
    );
}

#[test]
#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn a_bundled_one_needs_only_libc() {
    let Some(libraries) = output("ldd", env!("CARGO_BIN_EXE_reseq")) else {
        eprintln!("SKIPPED: a_bundled_one_needs_only_libc: there is no ldd to ask");
        return;
    };
    if cfg!(feature = "bundled") {
        let is_libc = |line: &str| LIBC.iter().any(|name| line.contains(name));
        assert!(libraries.lines().all(is_libc), "{libraries}");
    } else {
        assert!(libraries.contains("libpq.so.5 => "), "{libraries}");
    }
}
