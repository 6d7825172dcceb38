//! Says what is wrong: a pure function of what was read. One file a finding, and one table of all.

mod code;
mod model;

pub use code::Code;
pub use model::{Diagnosis, Finding, FindingFix, Report, Severity, Thresholds};
