//! Switch-overs with real logical replication: nobody is handed out a value twice, and nothing collides.
//!
//! Two databases replicate to each other in turn ([`pair`]) while writers insert and draw ([`writers`]). They note every
//! value that they were handed ([`ledger`]); in the end these are compared. One file a subject.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod command;
mod faults;
mod ledger;
mod over;
mod pair;
mod random;
mod recipe;
mod writer;
mod writers;

/// A file that is not named above would never be compiled.
#[test]
fn no_file_is_forgotten() {
    let main = include_str!("main.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/switch");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs") else { continue };
        assert!(module == "main" || main.contains(&format!("mod {module};\n")), "{name} is forgotten");
    }
}
