//! `cached`: CACHE > 1; sessions hold values that only ALTER SEQUENCE takes from them.

use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let cache = subject.sequence.definition.cache;
    if cache <= 1 {
        return None;
    }
    let held = words::count(cache - 1, "value");
    let message = format!(
        "CACHE {cache}: every session may hold {held} in advance, which setval() does not end, only ALTER SEQUENCE"
    );
    Some(Finding::new(Code::Cached, message))
}
