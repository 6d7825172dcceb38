//! `blocked`: behind, but the value needed lies outside the sequence's bounds or a column's type.

use crate::catalog::{Bound, Ceiling, LinkId, Storage};
use crate::model::IntegerType;

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
    let message =
        format!("{taken}; it would have to go to {needed}, past {bound}; {}", advice(subject, needed));
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

/// What to do about all bounds before `needed`.
fn advice(subject: &Subject<'_>, needed: i128) -> String {
    if subject.never_ends() {
        return "delete the rows of the last round".to_owned();
    }
    let mut advice = about(subject, subject.ceiling.bound);
    if subject.ceiling.bound == Bound::Sequence
        && let Some(own) = &mut advice
    {
        // What ends next, were the sequence as wide as can be.
        let ascending = subject.sequence.definition.ascending();
        let widest = if ascending { i64::MAX } else { i64::MIN };
        let next = Ceiling::with_own_bound(subject.catalog, subject.id, widest);
        let limit = i128::from(next.value);
        if next.bound != Bound::Sequence && (if ascending { needed > limit } else { needed < limit }) {
            match about(subject, next.bound) {
                Some(other) => own.push_str(&format!(" and {other}")),
                None => advice = None,
            }
        }
    }
    advice.unwrap_or_else(|| "no integer type is wider: give the last rows other values".to_owned())
}

/// What to do about one bound; `None` where nothing can be wider.
fn about(subject: &Subject<'_>, bound: Bound) -> Option<String> {
    let definition = &subject.sequence.definition;
    let (end, own) = if definition.ascending() {
        (definition.data_type.max(), "raise its MAXVALUE")
    } else {
        (definition.data_type.min(), "lower its MINVALUE")
    };
    match bound {
        Bound::Sequence if definition.bound() != end => Some(own.to_owned()),
        Bound::Sequence => {
            (definition.data_type != IntegerType::BigInt).then(|| "widen the sequence".to_owned())
        }
        Bound::Column(link) => about_column(subject, link),
        Bound::ForeignKey { link, column } => {
            let copy = &subject.catalog.link(link).foreign_keys[column];
            Some(format!("widen {}.{}", copy.table, copy.column))
        }
    }
}

fn about_column(subject: &Subject<'_>, link: LinkId) -> Option<String> {
    let link = subject.catalog.link(link);
    match link.column_type.storage {
        Storage::Integer(IntegerType::BigInt) => None,
        Storage::Text(characters) => {
            let digits = link.mapping.text.as_deref().and_then(|shape| shape.largest(None));
            let by_expression = digits.is_some_and(|most| {
                link.mapping.text.as_deref().and_then(|shape| shape.largest(characters)) == Some(most)
            });
            Some(if by_expression {
                format!("make room for more digits in the expression that writes {}", link.full_name())
            } else {
                "widen the column".to_owned()
            })
        }
        _ => Some("widen the column".to_owned()),
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

    fn advice(sequence: crate::fixture::SequenceBuilder) -> String {
        let finding = the_finding(sequence, Code::Blocked);
        finding.message.rsplit("; ").next().unwrap().to_owned()
    }

    #[test]
    fn the_advice_is_about_what_can_be_wider() {
        let both = sequence("public.s").of_type(IntegerType::Integer).called(2_147_483_000);
        let full = column("public.t", "id").integer(IntegerType::Integer).rows(2_147_483_100..=2_147_483_647);
        assert_eq!(advice(both.link(full)), "widen the sequence and widen the column");
        let last = i128::from(i64::MAX);
        let bigint = sequence("public.s").called(i64::MAX - 9).link(column("public.t", "id").rows([last]));
        assert_eq!(advice(bigint), "no integer type is wider: give the last rows other values");
        let chosen = sequence("public.s").bounds(1, 10).called(5).link(column("public.t", "id").rows([10]));
        assert_eq!(advice(chosen), "raise its MAXVALUE");
        let codes = column("public.t", "code").text("INV-", 3).rows([999]);
        let by_expression = advice(sequence("public.s").called(990).link(codes));
        assert_eq!(by_expression, "make room for more digits in the expression that writes public.t.code");
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
