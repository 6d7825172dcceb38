//! What a whole run of `check` is to a test: look and diagnose.

use reseq::catalog::{self, Catalog};
use reseq::diagnose::{Code, Diagnosis, Finding, Options, Report, diagnose};
use reseq::observe::{Request, observe};
use reseq::session::Sessions;

/// What was seen, and what is said of it.
pub(crate) struct Checked {
    pub(crate) catalog: Catalog,
    pub(crate) report: Report,
}

/// Looks at everything, with the defaults of the command.
pub(crate) fn check(sessions: &mut Sessions) -> Checked {
    let catalog = catalog::read(sessions, &[]).unwrap();
    let selected = vec![true; catalog.sequences.len()];
    let request = Request {
        selected: &selected,
        scan_limit: 1 << 30,
        foreign_tables: false,
        ignore_above: &[],
        detail: true,
        nearly_used_up: 90.0,
    };
    let observations = observe(sessions, &catalog, &request).unwrap();
    let report = diagnose(&catalog, &observations, &Options::default());
    Checked { catalog, report }
}

impl Checked {
    /// What is said of one sequence.
    pub(crate) fn diagnosis(&self, sequence: &str) -> &Diagnosis {
        let named = |diagnosis: &&Diagnosis| self.name(diagnosis) == sequence;
        self.report.sequences.iter().find(named).unwrap()
    }

    /// The codes of what is wrong with one sequence, worst first.
    pub(crate) fn codes(&self, sequence: &str) -> Vec<Code> {
        self.diagnosis(sequence).findings.iter().map(|finding| finding.code).collect()
    }

    /// The sequences of which this is said.
    pub(crate) fn sequences_with(&self, code: Code) -> Vec<&str> {
        let has = |diagnosis: &&Diagnosis| diagnosis.findings.iter().any(|finding| finding.code == code);
        self.report.sequences.iter().filter(has).map(|diagnosis| self.name(diagnosis)).collect()
    }

    /// What could not be read, in words.
    pub(crate) fn unreadable(&self) -> Vec<&str> {
        let findings = self.report.all_findings().filter(|finding| finding.code == Code::Unreadable);
        findings.map(|finding: &Finding| finding.message.as_str()).collect()
    }

    fn name(&self, diagnosis: &Diagnosis) -> &str {
        self.catalog.sequence(diagnosis.sequence).name.as_str()
    }
}
