//! Findings as plain data.

use serde::{Deserialize, Serialize};

use super::Code;
use crate::catalog::SequenceId;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Will go wrong, or goes wrong for some.
    Warning,
    /// Inserts fail, or are about to.
    Error,
    /// Something could not be looked at; never counted as all right.
    Incomplete,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which kind.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, what will happen and when, in words.
    pub message: String,
    /// What would repair it, where reseq or a statement can.
    pub fix: Option<FindingFix>,
}

/// What would repair a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingFix {
    /// The next value after the repair; `None` where the repair is not about the value.
    pub next_value: Option<i64>,
    /// The statement that does it by hand.
    pub sql: String,
}

/// What is said of one sequence.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// Which.
    pub sequence: SequenceId,
    /// What the next nextval() returns; `None` where it would fail, or where the state could not be read.
    pub next_value: Option<i64>,
    /// The bound that is met first, as a value of the sequence.
    pub ceiling: i64,
    /// The used share of the calls between START and ceiling, 0 to 100; `None` without a state.
    pub used_percent: Option<f64>,
    /// Calls of nextval() left below the ceiling; `None` without a state.
    pub room: Option<u64>,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
}

/// What is said of a database.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One diagnosis a selected sequence, in the catalogue's order.
    pub sequences: Vec<Diagnosis>,
    /// Findings that belong to no sequence.
    pub findings: Vec<Finding>,
}

/// From which used share on `exhausting` is a warning, and an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Percent.
    pub warning: f64,
    /// Percent.
    pub error: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { warning: 75.0, error: 90.0 }
    }
}
