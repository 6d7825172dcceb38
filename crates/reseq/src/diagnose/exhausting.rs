//! `exhausting`: few calls are left below the ceiling.

use super::exhausted::with_wider_type;
use super::{Code, Finding, Severity, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let usage = subject.usage?;
    let percent = usage.percent();
    let thresholds = subject.options.thresholds;
    if usage.room == 0 || subject.never_ends() {
        return None;
    }
    let severity = if percent >= thresholds.error {
        Severity::Error
    } else if percent >= thresholds.warning {
        Severity::Warning
    } else {
        return None;
    };
    let calls = words::count(usage.room, "call");
    let bound = subject.ceiling.words(subject.catalog, subject.id);
    // Rounded down: 100 % is for those that have no call left.
    let percent = (percent * 10.0).floor() / 10.0;
    let message = format!("{percent:.1} % used: {calls} left until {bound}");
    Some(with_wider_type(subject, Finding::new(Code::Exhausting, message).with_severity(severity)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::fixture::{column, sequence};
    use crate::model::IntegerType;

    #[test]
    fn from_the_thresholds_on_it_is_a_warning_and_an_error() {
        let used = |calls| codes_and_severities(sequence("public.s").bounds(1, 100).called(calls));
        assert_eq!(used(74), []);
        assert_eq!(used(75), [(Code::Exhausting, Severity::Warning)]);
        assert_eq!(used(89), [(Code::Exhausting, Severity::Warning)]);
        assert_eq!(used(90), [(Code::Exhausting, Severity::Error)]);
        assert_eq!(used(99), [(Code::Exhausting, Severity::Error)]);
    }

    fn codes_and_severities(sequence: crate::fixture::SequenceBuilder) -> Vec<(Code, Severity)> {
        findings(sequence).iter().map(|finding| (finding.code, finding.severity)).collect()
    }

    #[test]
    fn the_message_names_what_ends_first() {
        let int = sequence("public.s")
            .called(2_000_000_000)
            .link(column("public.t", "id").integer(IntegerType::Integer));
        assert_eq!(
            the_finding(int, Code::Exhausting).message,
            "93.1 % used: 147483647 calls left until 2147483647, the end of public.t.id (integer)"
        );
    }

    #[test]
    fn restarted_just_below_its_end_it_is_nearly_used_up() {
        let int = sequence("public.s").of_type(IntegerType::Integer).restarted(i32::MAX.into());
        assert_eq!(
            the_finding(int, Code::Exhausting).message,
            "99.9 % used: 1 call left until its MAXVALUE 2147483647"
        );
    }
}
