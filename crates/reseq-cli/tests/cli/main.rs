//! The command as its users meet it: standard output, standard error and exit status together. One binary, one file
//! a command or subject.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod all;
mod carry;
mod carry_last;
mod carry_native;
mod carry_nothing;
mod carry_privileges;
mod carry_rehearsal;
mod check;
mod classic_recipes;
mod clear;
mod cloud;
mod completions;
mod config;
mod connection;
mod demo;
mod fix;
mod follow;
mod follow_direction;
mod formats;
mod help;
mod least_privilege;
mod load;
mod manual;
mod pooler;
mod readme;
mod receipts;
mod renumber;
mod restart;
mod save;
mod selection;
mod service;
mod standby;
mod support;
mod terminal;
mod undo;

/// A file that is not named above would never be compiled.
#[test]
fn no_file_is_forgotten() {
    let main = include_str!("main.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs") else { continue };
        assert!(module == "main" || main.contains(&format!("mod {module};\n")), "{name} is forgotten");
    }
}
