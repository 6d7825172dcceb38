//! `type-mismatch`: sequence and column are of different integer types.

use crate::catalog::Storage;

use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let sequence_type = subject.sequence.definition.data_type;
    let others: Vec<_> = subject
        .links()
        .filter_map(|link| match link.column_type.storage {
            Storage::Integer(integer) if integer != sequence_type => {
                Some(format!("{} is {integer}", words::column(link)))
            }
            _ => None,
        })
        .collect();
    if others.is_empty() {
        return None;
    }
    let bound = subject.ceiling.words(subject.catalog, subject.id);
    let others = words::some(&others);
    let message = format!("the sequence is {sequence_type}, {others}; met first: {bound}");
    Some(Finding::new(Code::TypeMismatch, message))
}
