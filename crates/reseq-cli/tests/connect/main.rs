//! psql and reseq, given the same words in the same environment, come to the same server in the same way, or are
//! refused by libpq's same words.
//!
//! Each case is a line as it is typed in a shell, where `connect` stands for psql or reseq, with what comes of it: a
//! line of the server's own log, or a refusal. One file a subject; [`table`] runs them and compares.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod authentication;
mod certificates;
mod differences;
mod environment;
mod files;
mod hints;
mod hosts;
mod kerberos;
mod linked;
mod page;
mod places;
mod psql;
mod table;
mod tls;
mod words;
mod world;

/// A file that is not named above would never be compiled.
#[test]
fn no_file_is_forgotten() {
    let main = include_str!("main.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/connect");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs") else { continue };
        assert!(module == "main" || main.contains(&format!("mod {module};\n")), "{name} is forgotten");
    }
}
