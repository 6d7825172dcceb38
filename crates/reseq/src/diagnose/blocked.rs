//! `blocked`: behind, but the value needed lies outside the sequence's bounds or a column's type.

use super::collisions::Collisions;
use super::exhausted::widened;
use super::{Bound, Ceiling, Code, Finding, Subject};

/// `None` for a sequence with CYCLE that has started again and whose next value is free: the rows ahead are
/// those of the last round, and may be gone when it gets there.
pub(super) fn check(
    subject: &Subject<'_>,
    collisions: &Collisions<'_>,
    needed: i128,
    ceiling: Ceiling,
) -> Option<Finding> {
    if subject.never_ends() && collisions.calls_before > 0 {
        return None;
    }
    let (taken, bound) = (collisions.words(), ceiling.words(subject.catalog, subject.id));
    let message = format!("{taken}; it would have to go to {needed}, past {bound}; {}", advice(subject));
    let finding = Finding::new(Code::Blocked, message);
    let fix = widened(subject).filter(|widened| {
        let limit = i128::from(widened.ceiling.value);
        if subject.sequence.definition.ascending() { needed <= limit } else { needed >= limit }
    });
    Some(match (fix, i64::try_from(needed)) {
        (Some(widened), Ok(needed)) => {
            let sql = format!("{} RESTART WITH {needed}", widened.statement);
            finding.with_fix(Some(needed), sql)
        }
        _ => finding,
    })
}

/// What to do about the bound.
fn advice(subject: &Subject<'_>) -> &'static str {
    match subject.ceiling.bound {
        _ if subject.never_ends() => "delete the rows of the last round, or give it more room",
        Bound::Sequence => "widen the sequence (ALTER SEQUENCE … AS bigint or MAXVALUE)",
        Bound::Column(_) => "widen the column",
        Bound::ForeignKey { .. } => "widen the foreign-key column",
    }
}
