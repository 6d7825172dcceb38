//! `blocked`: behind, but the value needed lies outside the sequence's bounds or a column's type.

use crate::catalog::{Bound, Ceiling};

use super::collisions::Collisions;
use super::exhausted::widened;
use super::{Code, Finding, Subject};

/// `None` for a sequence with CYCLE that has started again and whose next value is free: the rows ahead are
/// those of the last round, and may be gone when it gets there.
pub(super) fn check(
    subject: &Subject<'_>,
    collisions: &Collisions<'_>,
    needed: i128,
    ceiling: Ceiling,
) -> Option<Finding> {
    if subject.never_ends() && !collisions.is_next() {
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
fn advice(subject: &Subject<'_>) -> String {
    match subject.ceiling.bound {
        _ if subject.never_ends() => "delete the rows of the last round".to_owned(),
        Bound::Sequence => "widen the sequence".to_owned(),
        Bound::Column(_) => "widen the column".to_owned(),
        Bound::ForeignKey { link, column } => {
            let copy = &subject.catalog.link(link).foreign_keys[column];
            format!("widen {}.{}", copy.table, copy.column)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::catalog::Via;
    use crate::fixture::{column, sequence};
    use crate::model::IntegerType;

    #[test]
    fn a_row_past_the_type_of_the_sequence_needs_a_wider_sequence() {
        let small = sequence("public.t_id_seq")
            .of_type(IntegerType::SmallInt)
            .link(column("public.t", "id").rows((0..=40).map(|row| row * 1000)));
        let finding = the_finding(small, Code::Blocked);
        assert_eq!(
            finding.message,
            "999 calls left until it collides with row 1000 of public.t.id; it would have to go \
             to 40001, past its MAXVALUE 32767; widen the sequence"
        );
        let fix = finding.fix.unwrap();
        assert_eq!(fix.next_value, Some(40_001));
        assert_eq!(fix.sql, "ALTER SEQUENCE public.t_id_seq AS bigint RESTART WITH 40001");
    }

    #[test]
    fn a_full_column_must_be_widened_itself() {
        let full = sequence("public.s").called(2_147_483_640).link(
            column("public.t", "id")
                .via(Via::Default)
                .integer(IntegerType::Integer)
                .rows(2_147_483_600..=2_147_483_647),
        );
        let finding = the_finding(full, Code::Blocked);
        assert!(
            finding.message.ends_with(
                "to 2147483648, past 2147483647, the end of public.t.id (integer); widen the column"
            ),
            "{}",
            finding.message
        );
        assert_eq!(finding.fix, None);
    }

    #[test]
    fn a_foreign_key_column_can_be_what_blocks() {
        let keyed = sequence("public.s").called(32_766).link(
            column("public.t", "id").copied_by("public.c", "t_id", IntegerType::SmallInt).rows([32_767]),
        );
        let finding = the_finding(keyed, Code::Blocked);
        assert!(
            finding.message.ends_with("which copies public.t.id; widen public.c.t_id"),
            "{}",
            finding.message
        );
    }

    #[test]
    fn a_descending_sequence_is_blocked_at_its_minvalue() {
        let down =
            sequence("public.d").increment(-1).bounds(-10, -1).link(column("public.t", "id").rows(-10..=-1));
        let finding = the_finding(down, Code::Blocked);
        assert!(finding.message.contains("to -11, past its MINVALUE -10"), "{}", finding.message);
        assert_eq!(finding.fix, None, "somebody chose the bound");
    }

    #[test]
    fn a_sequence_that_has_started_again_is_blocked_only_by_a_row_at_its_next_value() {
        let cycled = |rows: Vec<i128>| {
            let column = column("public.t", "id").rows(rows);
            codes(sequence("public.s").bounds(1, 100).cycle().called(4).link(column))
        };
        assert_eq!(cycled((1..=100).collect()), [Code::Blocked, Code::Cycles]);
        assert_eq!(cycled((1..=4).chain(50..=100).collect()), [Code::Cycles], "50 may be gone by then");
    }
}
