//! `cycles`: CYCLE on a sequence that feeds a unique column.

use crate::catalog::Uniqueness;

use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let definition = &subject.sequence.definition;
    let columns: Vec<_> =
        subject.links().filter(|link| link.unique != Uniqueness::None).map(words::column).collect();
    if !definition.cycle || columns.is_empty() {
        return None;
    }
    let message = format!(
        "CYCLE: after {} it starts again at {}, and every row of {} that is still there makes an insert fail",
        definition.bound(),
        definition.origin(),
        words::some(&columns)
    );
    let sql = format!("ALTER SEQUENCE {} NO CYCLE", subject.sequence.name);
    Some(Finding::new(Code::Cycles, message).with_fix(None, sql))
}
