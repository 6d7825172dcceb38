//! The configuration file, reseq.toml. Options of the command line win over it.

mod file;
mod link;
mod settings;
pub mod units;

pub use link::Link;
pub use settings::{Check, Config, FailOn, Ignore, Limits, Target};

#[cfg(test)]
mod tests;
