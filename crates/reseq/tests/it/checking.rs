//! What a whole run of `check` is to a test: look and diagnose.

use reseq::catalog::{self, Catalog, SequenceId};
use reseq::diagnose::{Code, Diagnoser, Diagnosis, Finding, Options, Report, diagnose};
use reseq::observe::{Observations, Request, observe};
use reseq::session::Sessions;

/// What was seen, and what is said of it.
pub(crate) struct Checked {
    pub(crate) catalog: Catalog,
    observations: Observations,
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
    Checked { catalog, observations, report }
}

impl Checked {
    /// What is said of every sequence, in full.
    pub(crate) fn diagnoses(&self) -> impl Iterator<Item = Diagnosis> {
        let diagnoser = Diagnoser::new(&self.catalog, &self.observations, &self.report.options);
        self.report.sequences.iter().map(move |verdict| diagnoser.diagnosis(verdict.sequence))
    }

    /// What is said of one sequence.
    pub(crate) fn diagnosis(&self, sequence: &str) -> Diagnosis {
        self.diagnoses().find(|diagnosis| self.name(diagnosis.sequence) == sequence).unwrap()
    }

    /// The codes of what is wrong with one sequence, worst first.
    pub(crate) fn codes(&self, sequence: &str) -> Vec<Code> {
        self.diagnosis(sequence).findings.iter().map(|finding| finding.code).collect()
    }

    /// The sequences of which this is said.
    pub(crate) fn sequences_with(&self, code: Code) -> Vec<&str> {
        let with = self.report.sequences.iter().filter(|verdict| verdict.has(code));
        with.map(|verdict| self.name(verdict.sequence)).collect()
    }

    /// The findings of this kind about sequences, in full.
    pub(crate) fn findings(&self, code: Code) -> impl Iterator<Item = Finding> {
        let findings = self.diagnoses().flat_map(|diagnosis| diagnosis.findings);
        findings.filter(move |finding| finding.code == code)
    }

    /// What could not be read, in words.
    pub(crate) fn unreadable(&self) -> Vec<String> {
        self.findings(Code::Unreadable).map(|finding| finding.message).collect()
    }

    fn name(&self, sequence: SequenceId) -> &str {
        self.catalog.sequence(sequence).name.as_str()
    }
}
