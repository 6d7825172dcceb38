//! `exhausted`: no call is left below the ceiling.

use crate::catalog::{Bound, Ceiling};
use crate::model::IntegerType;

use super::{Code, Finding, Subject};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let usage = subject.usage?;
    if usage.room > 0 || subject.never_ends() {
        return None;
    }
    let bound = subject.ceiling.words(subject.catalog, subject.id);
    let message = match subject.next_value() {
        None => format!("nextval() fails: it has reached {bound}"),
        Some(next) => {
            let effect = match subject.ceiling.bound {
                Bound::ForeignKey { .. } => "no row with a new value can be referenced",
                _ => "every insert fails",
            };
            format!("{effect}: the next value {next} is past {bound}")
        }
    };
    Some(with_wider_type(subject, Finding::new(Code::Exhausted, message)))
}

/// Gives the finding the statement that widens the sequence, where that alone helps.
pub(super) fn with_wider_type(subject: &Subject<'_>, finding: Finding) -> Finding {
    match widened(subject) {
        Some(widened) => finding.with_fix(None, widened.statement),
        None => finding,
    }
}

/// A sequence after it was given a wider type.
pub(super) struct Widened {
    /// The start of the statement that does it.
    pub(super) statement: String,
    /// Where it ends then.
    pub(super) ceiling: Ceiling,
}

/// How the sequence can go further with all its columns as they are: where it ends at its own type's
/// bound. A MAXVALUE that somebody chose is left to them.
pub(super) fn widened(subject: &Subject<'_>) -> Option<Widened> {
    let definition = &subject.sequence.definition;
    let end = |integer: IntegerType| {
        if definition.ascending() { integer.max() } else { integer.min() }
    };
    let by_its_type = subject.ceiling.bound == Bound::Sequence
        && definition.data_type != IntegerType::BigInt
        && definition.bound() == end(definition.data_type);
    if !by_its_type {
        return None;
    }
    let ceiling = Ceiling::with_own_bound(subject.catalog, subject.id, end(IntegerType::BigInt));
    let further = ceiling.value != subject.ceiling.value;
    let statement = format!("ALTER SEQUENCE {} AS bigint", subject.sequence.name);
    further.then_some(Widened { statement, ceiling })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::catalog::Via;
    use crate::fixture::{column, sequence};

    #[test]
    fn past_its_own_bound_nextval_fails() {
        let full = sequence("public.t_id_seq")
            .of_type(IntegerType::Integer)
            .called(i32::MAX.into())
            .link(column("public.t", "id").integer(IntegerType::Integer));
        let diagnosis = diagnosis(full);
        assert_eq!(
            (diagnosis.next_value, diagnosis.room, diagnosis.used_percent),
            (None, Some(0), Some(100.0))
        );
        let finding = &diagnosis.findings[0];
        assert_eq!(finding.code, Code::Exhausted);
        assert_eq!(finding.message, "nextval() fails: it has reached its MAXVALUE 2147483647");
        assert_eq!(finding.fix, None);
    }

    #[test]
    fn an_integer_sequence_on_a_bigint_column_only_needs_a_wider_sequence() {
        let full = sequence("public.t_id_seq")
            .of_type(IntegerType::Integer)
            .called(i32::MAX.into())
            .link(column("public.t", "id"));
        let fix = the_finding(full, Code::Exhausted).fix.unwrap();
        assert_eq!(fix.next_value, None);
        assert_eq!(fix.sql, "ALTER SEQUENCE public.t_id_seq AS bigint");
    }

    #[test]
    fn a_chosen_maxvalue_is_left_to_who_chose_it() {
        let full = sequence("public.s").bounds(1, 1000).called(1000).link(column("public.t", "id"));
        assert_eq!(the_finding(full, Code::Exhausted).fix, None);
    }

    #[test]
    fn a_bigint_sequence_past_an_integer_column_is_exhausted() {
        let past = sequence("public.s")
            .called(i32::MAX.into())
            .link(column("public.t", "id").via(Via::Default).integer(IntegerType::Integer));
        let diagnosis = diagnosis(past);
        assert_eq!((diagnosis.next_value, diagnosis.room), (Some(2_147_483_648), Some(0)));
        assert_eq!(
            diagnosis.findings[0].message,
            "every insert fails: the next value 2147483648 is past 2147483647, the end of public.t.id \
             (integer)"
        );
    }

    #[test]
    fn a_descending_smallint_at_its_end_is_exhausted() {
        let down = sequence("public.d").of_type(IntegerType::SmallInt).increment(-1).called(-32768);
        assert_eq!(
            the_finding(down, Code::Exhausted).message,
            "nextval() fails: it has reached its MINVALUE -32768"
        );
    }

    #[test]
    fn restarted_at_its_end_one_call_is_left() {
        let last = sequence("public.s").of_type(IntegerType::Integer).restarted(i32::MAX.into());
        assert_eq!(diagnosis(last).room, Some(1));
    }

    #[test]
    fn a_sequence_with_cycle_only_ends_at_the_type_of_a_column() {
        let own = sequence("public.s").bounds(1, 100).cycle().called(100);
        assert_eq!(codes(own), []);
        let column = column("public.t", "id").not_unique().integer(IntegerType::SmallInt);
        let narrow = sequence("public.s").bounds(1, 100_000).cycle().called(32_767).link(column);
        assert_eq!(codes(narrow), [Code::Exhausted, Code::TypeMismatch]);
    }
}
