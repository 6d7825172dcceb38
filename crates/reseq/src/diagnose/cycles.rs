//! `cycles`: CYCLE on a sequence that feeds a unique column.

use crate::catalog::{Link, Uniqueness};

use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let definition = &subject.sequence.definition;
    let columns: Vec<_> =
        subject.links().filter(|link| link.unique != Uniqueness::None).map(Link::full_name).collect();
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

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::testing::*;
    use super::*;
    use crate::fixture::{column, sequence};

    #[test]
    fn it_starts_again_at_the_other_bound_and_not_at_start() {
        let up = sequence("public.s").bounds(5, 100).start(50).cycle().link(column("public.t", "id"));
        let finding = the_finding(up, Code::Cycles);
        assert_eq!(finding.severity, Severity::Note);
        assert_eq!(
            finding.message,
            "CYCLE: after 100 it starts again at 5, and every row of public.t.id that is still there makes an insert fail"
        );
        assert_eq!(finding.fix.unwrap().sql, "ALTER SEQUENCE public.s NO CYCLE");
        let down = sequence("public.s").increment(-1).bounds(-100, -1).cycle().link(column("public.t", "id"));
        assert!(
            the_finding(down, Code::Cycles).message.starts_with("CYCLE: after -100 it starts again at -1")
        );
    }

    #[test]
    fn without_a_unique_column_it_harms_nobody() {
        let log = sequence("public.s").bounds(1, 100).cycle().link(column("public.t", "n").not_unique());
        assert_eq!(codes(log), []);
    }
}
