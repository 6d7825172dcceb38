//! Says what is wrong: a pure function of what was read. One file a finding, and one table of all
//! ([`Code`]).
//!
//! A finding's file holds its check and its tests. A check takes a `Subject`, which is one sequence with
//! everything that was read and computed of it, and gives the findings.

mod behind;
mod blocked;
mod cached;
mod code;
mod collisions;
mod cycles;
mod exhausted;
mod exhausting;
mod fk_narrower;
mod model;
mod no_grant;
mod not_owned;
mod outlier;
mod owned_unused;
mod subject;
mod target;
mod type_mismatch;
mod unreadable;
mod unresolved;
pub(crate) mod words;

use crate::catalog::{Catalog, SequenceId};
use crate::observe::{Observations, StateReading};

pub use code::{Code, UnknownCode};
pub use model::{Brief, Diagnosis, Finding, FindingFix, Options, Report, Severity, Thresholds, Verdict};
pub use target::{NoTarget, little_left, target};

use subject::Subject;
use unresolved::Sources;

/// Says what is wrong with the sequences that were observed.
///
/// Sequences that were not selected or that were dropped in between are left out.
pub fn diagnose(catalog: &Catalog, observations: &Observations, options: &Options) -> Report {
    let diagnoser = Diagnoser::new(catalog, observations, options);
    let mut report = Report { complete: true, options: options.clone(), ..Report::default() };
    let was_observed = |id: &SequenceId| {
        !matches!(observations.state(*id), StateReading::Vanished | StateReading::NotSelected)
    };
    let observed = || catalog.iter().map(|(id, _)| id).filter(was_observed);
    // A vector that grows to 100,000 leaves as much memory behind in holes.
    report.sequences.reserve_exact(observed().count());
    for id in observed() {
        let mut diagnosis = diagnoser.everything(id);
        let unread = |finding: &Finding| finding.severity == Severity::Incomplete;
        report.complete &= !(options.needs_rows() && diagnosis.findings.iter().any(unread));
        diagnosis.findings.retain(|finding| options.shows(finding.code));
        report.sequences.push(diagnosis.verdict());
    }
    report.findings = diagnoser.unresolved.without_sequence();
    report.findings.retain(|finding| options.shows(finding.code));
    report
}

/// Says in full what is wrong with one sequence after the other. The words are made when they are asked for, and again
/// whenever they are: those of 100,000 sequences would take more memory than all that is known of them.
pub struct Diagnoser<'a> {
    catalog: &'a Catalog,
    observations: &'a Observations,
    options: &'a Options,
    unresolved: Sources<'a>,
}

impl<'a> Diagnoser<'a> {
    /// Of what was read, and what of it is wanted.
    pub fn new(catalog: &'a Catalog, observations: &'a Observations, options: &'a Options) -> Self {
        Self { catalog, observations, options, unresolved: Sources::of(catalog) }
    }

    /// What is said of one sequence: the findings that are looked for.
    pub fn diagnosis(&self, id: SequenceId) -> Diagnosis {
        let mut diagnosis = self.everything(id);
        diagnosis.findings.retain(|finding| self.options.shows(finding.code));
        diagnosis
    }

    /// The same with the findings that are not looked for.
    fn everything(&self, id: SequenceId) -> Diagnosis {
        let subject = Subject::new(self.catalog, self.observations, self.options, id);
        let mut findings = check(&subject);
        findings.extend(self.unresolved.check(&subject));
        findings.sort_by_key(|finding| finding.brief().rank());
        Diagnosis { findings, ..subject.diagnosis() }
    }
}

/// Every check of one sequence.
fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(unreadable::check(subject));
    findings.extend(taken(subject));
    findings.extend(exhausted::check(subject));
    findings.extend(exhausting::check(subject));
    findings.extend(owned_unused::check(subject));
    findings.extend(fk_narrower::check(subject));
    findings.extend(no_grant::check(subject));
    findings.extend(not_owned::check(subject));
    findings.extend(type_mismatch::check(subject));
    findings.extend(cached::check(subject));
    findings.extend(cycles::check(subject));
    findings
}

/// Rows stand in the way: one finding says so, the one that says what can be done.
fn taken(subject: &Subject<'_>) -> Option<Finding> {
    let collisions = collisions::Collisions::of(subject)?;
    if let Some(finding) = outlier::check(subject, &collisions) {
        return Some(finding);
    }
    match subject.target() {
        Ok(target) => Some(behind::finding(subject, &collisions, target)),
        Err(NoTarget::OutOfReach { needed, ceiling }) => {
            blocked::check(subject, &collisions, needed, ceiling)
        }
        Err(NoTarget::StateUnknown) => None,
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use crate::fixture::{SequenceBuilder, database};

    /// Every finding of a database of this one sequence.
    pub(crate) fn findings(sequence: SequenceBuilder) -> Vec<Finding> {
        diagnosis(sequence).findings
    }

    /// What is said of a database of this one sequence.
    pub(crate) fn diagnosis(sequence: SequenceBuilder) -> Diagnosis {
        let database = database([sequence]);
        let options = Options::default();
        let report = diagnose(&database.catalog, &database.observations, &options);
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        Diagnoser::new(&database.catalog, &database.observations, &options).diagnosis(SequenceId(0))
    }

    /// The only finding of this code.
    pub(crate) fn the_finding(sequence: SequenceBuilder, code: Code) -> Finding {
        let mut findings = findings(sequence);
        let all = format!("{findings:?}");
        findings.retain(|finding| finding.code == code);
        assert_eq!(findings.len(), 1, "{all}");
        findings.remove(0)
    }

    /// The codes of all findings, worst first.
    pub(crate) fn codes(sequence: SequenceBuilder) -> Vec<Code> {
        findings(sequence).iter().map(|finding| finding.code).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::*;
    use super::*;
    use crate::fixture::{column, database, sequence};
    use crate::model::IntegerType;

    fn behind_and_cached() -> crate::fixture::SequenceBuilder {
        sequence("public.orders_id_seq")
            .cache(50)
            .called(94)
            .link(column("public.orders", "id").integer(IntegerType::Integer).rows(1..=106))
    }

    #[test]
    fn a_sequence_that_is_right_has_no_finding() {
        let empty = sequence("public.t_id_seq").link(column("public.t", "id"));
        assert_eq!(codes(empty), []);
        let ahead = sequence("public.t_id_seq").called(1000).link(column("public.t", "id").rows(1..=10));
        assert_eq!(codes(ahead), []);
        let level = sequence("public.t_id_seq").called(10).link(column("public.t", "id").rows(1..=10));
        assert_eq!(codes(level), []);
        let unlinked = sequence("public.free").called(10);
        assert_eq!(codes(unlinked), []);
    }

    #[test]
    fn findings_come_worst_first() {
        assert_eq!(codes(behind_and_cached()), [Code::Behind, Code::TypeMismatch, Code::Cached]);
    }

    #[test]
    fn only_and_except_choose_what_is_shown() {
        let database = database([behind_and_cached()]);
        let codes = |only: &[Code], except: &[Code]| {
            let options = Options { only: only.into(), except: except.into(), ..Options::default() };
            let report = diagnose(&database.catalog, &database.observations, &options);
            report.all_findings().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(&[Code::Cached], &[]), [Code::Cached]);
        assert_eq!(codes(&[], &[Code::Behind, Code::TypeMismatch]), [Code::Cached]);
        assert_eq!(codes(&[Code::Cached], &[Code::Cached]), []);
    }

    #[test]
    fn what_vanished_or_was_not_selected_is_left_out() {
        let database = database([
            sequence("public.gone").state(StateReading::Vanished),
            sequence("public.other").state(StateReading::NotSelected),
            sequence("public.here"),
        ]);
        let report = diagnose(&database.catalog, &database.observations, &Options::default());
        let ids: Vec<_> = report.sequences.iter().map(|diagnosis| diagnosis.sequence.0).collect();
        assert_eq!(ids, [2]);
        assert!(report.complete);
    }

    #[test]
    fn the_worst_sequence_comes_first_and_the_right_ones_not_at_all() {
        let database = database([
            sequence("public.right"),
            sequence("public.cached").cache(2),
            sequence("public.fuller").start(1).bounds(1, 100).called(98),
            sequence("public.full").start(1).bounds(1, 100).called(95),
        ]);
        let report = diagnose(&database.catalog, &database.observations, &Options::default());
        let ids: Vec<_> = report.worst_first().iter().map(|diagnosis| diagnosis.sequence.0).collect();
        assert_eq!(ids, [2, 3, 1]);
    }
}
