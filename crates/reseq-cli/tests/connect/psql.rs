//! The psql to compare with.

use std::path::PathBuf;
use std::process::Command;

use reseq::pq;
use reseq_scratch::installations;

/// A psql of this machine.
pub(crate) struct Psql {
    /// The program, with the words before its arguments.
    pub(crate) words: Vec<String>,
    pub(crate) major: u32,
}

/// The psql of the same major version as the libpq that reseq has; else the newest. One without TLS is none.
pub(crate) fn find() -> Option<Psql> {
    let mut found: Vec<_> = candidates().into_iter().filter_map(with_tls).collect();
    found.sort_by_key(|psql| (psql.major == our_major(), psql.major));
    found.pop()
}

/// The major version of the libpq that reseq has.
pub(crate) fn our_major() -> u32 {
    pq::libpq_version().split('.').next().unwrap().parse().unwrap()
}

fn candidates() -> Vec<Vec<String>> {
    let beside_servers = installations().into_iter().map(|installation| match &installation.root {
        None => vec![text(installation.bin_dir.join("psql"))],
        // chroot would hide the test's files from it; its own loader brings it up with its own libraries.
        Some(root) => {
            let inside = |path: &str| text(root.join(path));
            let psql = text(installation.bin_dir.join("psql"));
            vec![
                inside("lib64/ld-linux-x86-64.so.2"),
                "--library-path".to_owned(),
                inside("usr/lib/x86_64-linux-gnu"),
                inside(psql.trim_start_matches('/')),
            ]
        }
    });
    beside_servers.chain([vec!["psql".to_owned()]]).collect()
}

fn with_tls(words: Vec<String>) -> Option<Psql> {
    let output = |arguments: &[&str]| {
        Command::new(&words[0]).args(&words[1..]).args(arguments).env("LC_ALL", "C").output().ok()
    };
    let version = String::from_utf8(output(&["--version"])?.stdout).ok()?;
    let version = version.strip_prefix("psql (PostgreSQL) ")?;
    let major = version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()?;
    let refusal = output(&["host=/nowhere sslmode=require"])?.stderr;
    (!String::from_utf8_lossy(&refusal).contains("not compiled in")).then_some(Psql { words, major })
}

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}
