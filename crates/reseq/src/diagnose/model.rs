//! Findings as plain data: in full with their words, and in brief as a report keeps them.

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which kind.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, what will happen and when, in words.
    pub message: String,
    /// What would repair it, where reseq or a statement can.
    pub fix: Option<Box<FindingFix>>,
    /// The `--ignore-above` that leaves outliers out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_above: Option<i128>,
}

impl Severity {
    /// The word of the JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Incomplete => "incomplete",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

impl Finding {
    /// A finding of the code's own severity, that no statement repairs.
    pub(super) fn new(code: Code, message: String) -> Self {
        Self { code, severity: code.severity(), message, fix: None, ignore_above: None }
    }

    /// The same, of another severity.
    pub(super) fn with_severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The same, repaired by `sql`.
    pub(super) fn with_fix(self, next_value: Option<i64>, sql: String) -> Self {
        Self { fix: Some(Box::new(FindingFix { next_value, sql })), ..self }
    }

    /// The same, where rows beyond `last_that_counts` may be left out.
    pub(super) fn with_ignore_above(self, last_that_counts: i128) -> Self {
        Self { ignore_above: Some(last_that_counts), ..self }
    }

    /// The same without its words.
    pub fn brief(&self) -> Brief {
        Brief { code: self.code, severity: self.severity }
    }
}

/// A finding without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Which kind.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
}

impl Brief {
    /// The place among other findings: worst first, then in the order of the manual.
    pub fn rank(self) -> impl Ord + use<> {
        (std::cmp::Reverse(self.severity), self.code)
    }
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

/// What is said of one sequence, in brief. There may be 100,000 of them: [`super::Diagnoser`] says it in full.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Which.
    pub sequence: SequenceId,
    /// As [`Diagnosis::used_percent`].
    pub used_percent: Option<f64>,
    /// What is wrong, worst first.
    pub findings: Box<[Brief]>,
}

/// What is said of a database.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One verdict a selected sequence, in the catalogue's order.
    pub sequences: Vec<Verdict>,
    /// Findings that belong to no sequence.
    pub findings: Vec<Finding>,
    /// Everything that the findings looked for depend on could be read.
    pub complete: bool,
    /// What was looked for.
    pub options: Options,
}

impl Diagnosis {
    /// The same in brief.
    pub fn verdict(&self) -> Verdict {
        Verdict {
            sequence: self.sequence,
            used_percent: self.used_percent,
            findings: self.findings.iter().map(Finding::brief).collect(),
        }
    }
}

impl Verdict {
    /// Whether there is a finding of this code.
    pub fn has(&self, code: Code) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }
}

impl Report {
    /// The sequences with findings, worst first, and among equals the fullest first.
    pub fn worst_first(&self) -> Vec<&Verdict> {
        let mut worst: Vec<_> = self.sequences.iter().filter(|one| !one.findings.is_empty()).collect();
        worst.sort_by(|a, b| {
            let rank = |one: &Verdict| one.findings.first().map(|finding| finding.rank());
            let used = |one: &Verdict| one.used_percent.unwrap_or_default();
            rank(a).cmp(&rank(b)).then(used(b).total_cmp(&used(a)))
        });
        worst
    }

    /// What was looked for, where it was not everything: `looked for: behind, exhausted`.
    pub fn looked_for(&self) -> Option<String> {
        let names = |codes: &[Code]| codes.iter().map(|code| code.name()).collect::<Vec<_>>().join(", ");
        let Options { only, except, .. } = &self.options;
        match (only.is_empty(), except.is_empty()) {
            (true, true) => None,
            (false, true) => Some(format!("looked for: {}", names(only))),
            (true, false) => Some(format!("not looked for: {}", names(except))),
            (false, false) => Some(format!("looked for: {}; not looked for: {}", names(only), names(except))),
        }
    }

    /// Every finding in brief, those of no sequence last.
    pub fn all_findings(&self) -> impl Iterator<Item = Brief> {
        let of_sequences = self.sequences.iter().flat_map(|one| one.findings.iter().copied());
        of_sequences.chain(self.findings.iter().map(Finding::brief))
    }
}

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// When a sequence counts as running out.
    pub thresholds: Thresholds,
    /// `--only`: just these; empty for all.
    pub only: Vec<Code>,
    /// `--except`: not these.
    pub except: Vec<Code>,
}

impl Options {
    /// Whether findings of this code are shown. What could not be read is shown with `--only` too, where the
    /// findings looked for depend on it: they may be missing because of it.
    pub(super) fn shows(&self, code: Code) -> bool {
        let looked_for = self.only.is_empty()
            || self.only.contains(&code)
            || code == Code::Unreadable && self.needs_rows();
        looked_for && !self.except.contains(&code)
    }

    /// Whether a finding is looked for that depends on states and rows. What is not shown at the user's own
    /// wish (`--except unreadable`) was not read nevertheless.
    pub(super) fn needs_rows(&self) -> bool {
        use Code::{Behind, Blocked, Exhausted, Exhausting, Outlier, Unreadable};
        let reads = [Behind, Exhausted, Exhausting, Outlier, Blocked, Unreadable];
        self.only.is_empty() || reads.iter().any(|code| self.only.contains(code))
    }
}

/// From which used share on `exhausting` is a warning, and an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Percent.
    pub warning: f64,
    /// Percent.
    pub error: f64,
}

impl Thresholds {
    /// The same with what was set. Where only one of both was set, the other gives way to it: a warning is never above
    /// an error.
    #[must_use]
    pub fn with(self, warning: Option<f64>, error: Option<f64>) -> Self {
        Self {
            warning: warning.unwrap_or_else(|| error.map_or(self.warning, |error| self.warning.min(error))),
            error: error.unwrap_or_else(|| warning.map_or(self.error, |warning| self.error.max(warning))),
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { warning: 75.0, error: 90.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_that_was_not_set_gives_way_to_the_one_that_was() {
        let with = |warning, error| {
            let Thresholds { warning, error } = Thresholds::default().with(warning, error);
            (warning, error)
        };
        assert_eq!(with(None, None), (75.0, 90.0));
        assert_eq!(with(None, Some(50.0)), (50.0, 50.0));
        assert_eq!(with(None, Some(80.0)), (75.0, 80.0));
        assert_eq!(with(Some(95.0), None), (95.0, 95.0));
        assert_eq!(with(Some(60.0), None), (60.0, 90.0));
        assert_eq!(with(Some(60.0), Some(50.0)), (60.0, 50.0));
    }
}
