//! How a database is, in one line.

use std::fmt;

use crate::diagnose::{Report, Severity};

/// The findings of one or more reports, counted.
#[derive(Clone, Debug)]
pub struct Summary {
    sequences: usize,
    complete: bool,
    /// In the order of [`SEVERITIES`].
    counts: [usize; 4],
    /// What was looked for, where it was not everything.
    looked_for: Option<String>,
}

const SEVERITIES: [Severity; 4] = [Severity::Error, Severity::Warning, Severity::Note, Severity::Incomplete];

impl Summary {
    /// Counts.
    pub fn of<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Self {
        let mut summary = Self { sequences: 0, complete: true, counts: [0; 4], looked_for: None };
        reports.into_iter().for_each(|report| summary.add(report));
        summary
    }

    /// Counts one more, for which the same was looked for.
    pub fn add(&mut self, report: &Report) {
        self.sequences += report.sequences.len();
        self.complete &= report.complete;
        self.looked_for = report.looked_for();
        for finding in report.all_findings() {
            for (count, severity) in self.counts.iter_mut().zip(SEVERITIES) {
                *count += usize::from(finding.severity == severity);
            }
        }
    }

    /// Notes a database that could not be looked at.
    pub fn add_failed(&mut self) {
        self.complete = false;
    }

    /// How many sequences were looked at.
    pub fn sequences(&self) -> usize {
        self.sequences
    }

    /// Whether everything could be looked at.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        let place = SEVERITIES.iter().position(|one| *one == severity);
        place.map_or(0, |place| self.counts[place])
    }

    /// Whether there is any finding.
    pub fn has_findings(&self) -> bool {
        self.counts != [0; 4]
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sequences = many(self.sequences, "sequence", "sequences");
        let parts: Vec<_> = [
            (Severity::Error, "error", "errors"),
            (Severity::Warning, "warning", "warnings"),
            (Severity::Note, "note", "notes"),
            (Severity::Incomplete, "not read", "not read"),
        ]
        .into_iter()
        .filter(|(severity, ..)| self.count(*severity) > 0)
        .map(|(severity, one, several)| many(self.count(severity), one, several))
        .collect();
        match (parts.as_slice(), self.complete, &self.looked_for) {
            ([], true, None) => write!(f, "all is well with {sequences}"),
            ([], true, Some(_)) => write!(f, "no findings in {sequences}"),
            ([], false, _) => write!(f, "not everything could be read in {sequences}"),
            (parts, ..) => write!(f, "{} in {sequences}", parts.join(", ")),
        }?;
        self.looked_for.iter().try_for_each(|looked_for| write!(f, " ({looked_for})"))
    }
}

fn many(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}
