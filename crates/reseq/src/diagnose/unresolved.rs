//! `unresolved`: a column draws from a sequence whose name is built at run time, or by an expression that
//! cannot be turned round.

use std::collections::{HashMap, HashSet};

use crate::catalog::{Catalog, Unresolved};
use crate::model::QuotedName;

use super::{Code, Finding, Subject};

/// What could not be resolved, by sequence.
pub(super) struct Sources<'a> {
    by_sequence: HashMap<&'a QuotedName, Vec<&'a Unresolved>>,
    without: Vec<&'a Unresolved>,
}

impl<'a> Sources<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        let named: HashSet<_> = catalog.unresolved.iter().filter_map(|one| one.sequence.as_ref()).collect();
        let names = catalog.sequences.iter().map(|sequence| &sequence.name);
        let known: HashSet<_> = names.filter(|name| named.contains(name)).collect();
        let mut sources = Self { by_sequence: HashMap::new(), without: Vec::new() };
        for unresolved in &catalog.unresolved {
            match &unresolved.sequence {
                Some(name) if known.contains(name) => {
                    sources.by_sequence.entry(name).or_default().push(unresolved);
                }
                _ => sources.without.push(unresolved),
            }
        }
        sources
    }

    /// The findings of one sequence.
    pub(super) fn check(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let sources = self.by_sequence.get(&subject.sequence.name);
        sources.into_iter().flatten().map(|unresolved| finding(unresolved)).collect()
    }

    /// The findings that belong to no sequence.
    pub(super) fn without_sequence(&self) -> Vec<Finding> {
        self.without.iter().map(|unresolved| finding(unresolved)).collect()
    }
}

fn finding(unresolved: &Unresolved) -> Finding {
    let Unresolved { table, column, source, reason, .. } = unresolved;
    let place = match (table, column) {
        (Some(table), Some(column)) => format!("{table}.{column}: "),
        (Some(table), None) => format!("{table}: "),
        (None, _) => String::new(),
    };
    let advice = "declare the link in reseq.toml";
    Finding::new(Code::Unresolved, format!("{place}{reason}: {source}; {advice}"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{Options, Report, Severity, diagnose};
    use super::*;
    use crate::fixture::{Database, column, database, sequence};

    fn unresolved(sequence: Option<&str>) -> Unresolved {
        Unresolved {
            table: Some(QuotedName::from_server("public.t")),
            column: Some(QuotedName::from_server("code")),
            sequence: sequence.map(QuotedName::from_server),
            source: "next_code('t')".to_owned(),
            reason: "the function builds the sequence's name at run time".to_owned(),
        }
    }

    fn report(database: &Database) -> Report {
        diagnose(&database.catalog, &database.observations, &Options::default())
    }

    #[test]
    fn without_a_sequence_it_belongs_to_the_database() {
        let report = report(&database([]).unresolved(unresolved(None)));
        assert_eq!(
            report.findings[0].message,
            "public.t.code: the function builds the sequence's name at run time: next_code('t'); declare the \
             link in reseq.toml"
        );
        assert_eq!(report.findings[0].severity, Severity::Note);
        assert!(report.complete);
    }

    #[test]
    fn with_a_sequence_it_stands_at_that_sequence() {
        let database = database([sequence("public.a"), sequence("public.b")]);
        let report = report(&database.unresolved(unresolved(Some("public.b"))));
        assert!(report.findings.is_empty() && report.sequences[0].findings.is_empty());
        assert_eq!(report.sequences[1].findings[0].code, Code::Unresolved);
    }

    #[test]
    fn a_link_that_is_understood_has_none() {
        assert_eq!(codes(sequence("public.s").link(column("public.t", "id"))), []);
    }
}
