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

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::testing::*;
    use super::*;
    use crate::fixture::sequence;

    #[test]
    fn a_cache_is_worth_a_note() {
        let finding = the_finding(sequence("public.s").cache(20), Code::Cached);
        assert_eq!(finding.severity, Severity::Note);
        assert!(
            finding.message.starts_with("CACHE 20: every session may hold 19 values"),
            "{}",
            finding.message
        );
        assert_eq!(codes(sequence("public.s").cache(1)), []);
    }
}
