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
        let known: HashSet<_> = catalog.sequences.iter().map(|sequence| &sequence.name).collect();
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
