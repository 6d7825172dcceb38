//! `owned-unused`: the sequence is owned by a column that draws from another sequence or from none.

use super::not_owned::can_own;
use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let owner = subject.sequence.owner.as_ref()?;
    let drawn = owner.unused.as_ref()?;
    let column = format!("{}.{}", owner.table, owner.column);
    let drawn: Vec<_> = drawn.iter().map(ToString::to_string).collect();
    let from = if drawn.is_empty() { "no sequence".to_owned() } else { words::some(&drawn) };
    let message =
        format!("{column} owns it but draws from {from}: pg_get_serial_sequence() may name the wrong one");
    let mut links = subject.links();
    let new_owner = match (links.next(), links.next()) {
        (Some(link), None) if can_own(subject, link) => words::column(link),
        _ => "NONE".to_owned(),
    };
    let sql = format!("ALTER SEQUENCE {} OWNED BY {new_owner}", subject.sequence.name);
    Some(Finding::new(Code::OwnedUnused, message).with_fix(None, sql))
}
