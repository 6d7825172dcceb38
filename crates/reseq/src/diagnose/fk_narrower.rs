//! `fk-narrower`: a foreign-key column is narrower than the key that it copies.

use crate::catalog::{ForeignKeyColumn, Link};

use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for link in subject.links() {
        let narrower = link.foreign_keys.iter().filter(|copy| is_narrower(copy, link));
        findings.extend(narrower.map(|copy| finding(copy, link)));
    }
    findings
}

/// Whether the key holds values that its copy does not.
fn is_narrower(copy: &ForeignKeyColumn, link: &Link) -> bool {
    link.column_type.storage.range().is_none_or(|(_, max)| i128::from(copy.integer.max()) < max)
}

fn finding(copy: &ForeignKeyColumn, link: &Link) -> Finding {
    let &ForeignKeyColumn { ref table, ref column, integer } = copy;
    let message = format!(
        "{table}.{column} is {integer}, but copies {}, which is {}: it cannot refer to rows past {}",
        words::column(link),
        link.column_type.name,
        integer.max()
    );
    Finding::new(Code::FkNarrower, message)
}
