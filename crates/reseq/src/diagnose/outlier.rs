//! `outlier`: a few rows lie so far from the rest that going past them would leave the sequence (nearly)
//! exhausted.

use crate::catalog::Link;
use crate::model::{Lane, State};
use crate::observe::{Gap, Reading};

use super::collisions::Collisions;
use super::target::first_past;
use super::{Code, Finding, Subject, words};

/// Up to how many rows beyond a gap are a few.
const FEW: u64 = 100;

/// Up to how many rows are outliers of nothing but a sequence that was never called. A table that was restored while
/// its sequence was not has only far rows, but more of them.
const HANDFUL: u64 = 10;

/// A finding only where every column that asks too much of the sequence does so by a few far rows: what else
/// asks too much is no outlier but what the table is like.
pub(super) fn check(subject: &Subject<'_>, collisions: &Collisions<'_>) -> Option<Finding> {
    let lane = subject.lane()?;
    let greedy = subject.readings().filter(|(link, reading)| asks_too_much(subject, lane, link, reading));
    let outliers: Option<Vec<_>> =
        greedy.map(|(link, reading)| Some((link, Outlier::of(subject, lane, link, reading)?))).collect();
    let outliers = outliers?;
    let (link, Outlier { gap, rest, last }) = outliers.first()?;
    let end = words::value(link, rest.value());

    let (column, after) = (link.full_name(), words::value(link, gap.after));
    let (rows, lie, them) = match gap.rows_after {
        0 | 1 => (format!("row {after} of {column}"), "lies", "it"),
        rows => (format!("{rows} rows of {column}, from {after} on,"), "lie", "them"),
    };
    let mut message = format!(
        "{rows} {lie} far beyond {rest}: going past {them} would leave {left}",
        rest = match rest {
            Rest::EndsAt(_) => format!("the rest, which ends at {end}"),
            Rest::BeginsAt(_) => format!("where the sequence begins, {end}"),
        },
        left = left_after(subject, lane, link, *last),
    );
    if collisions.is_counted() && collisions.is_next() {
        message.push_str("; now ");
        message.push_str(&collisions.words());
    }
    let last_that_counts = rest.value();
    message.push_str(&format!(
        "; give {them} another value, or leave {them} out with --ignore-above {last_that_counts}"
    ));
    Some(Finding::new(Code::Outlier, message).with_ignore_above(last_that_counts))
}

/// Whether going past all rows of this column would leave the sequence exhausted or nearly so.
fn asks_too_much(subject: &Subject<'_>, lane: Lane, link: &Link, reading: &Reading) -> bool {
    let Some(extreme) = reading.extreme else { return false };
    let needed = first_past(link, lane, extreme);
    match i64::try_from(needed) {
        Ok(last_value) => {
            let state = State { last_value, is_called: false };
            let usage = subject.ceiling.usage(&subject.sequence.definition, state);
            usage.percent() >= subject.options.thresholds.error
        }
        Err(_) => true,
    }
}

/// A few rows beyond a wide gap.
struct Outlier {
    gap: Gap,
    rest: Rest,
    /// The furthest row.
    last: i128,
}

/// What lies before the gap, in values of the column.
#[derive(Clone, Copy)]
enum Rest {
    /// Rows up to this value, or the sequence where it stands further.
    EndsAt(i128),
    /// No row, and a sequence that was never called: the first value that it will return.
    BeginsAt(i128),
}

impl Rest {
    /// The last value of it.
    fn value(self) -> i128 {
        match self {
            Self::EndsAt(value) | Self::BeginsAt(value) => value,
        }
    }
}

impl Outlier {
    fn of(subject: &Subject<'_>, lane: Lane, link: &Link, reading: &Reading) -> Option<Self> {
        let gap = *reading.collision.as_ref()?.gap.as_deref()?;
        let last = reading.extreme?;
        let in_column = link.lane_in_column(lane);
        let rest = match (gap.before, handed_out(subject, in_column)) {
            (Some(before), Some(own)) if in_column.is_after(own, before) => Rest::EndsAt(own),
            (before, own) => before.or(own).map_or(Rest::BeginsAt(in_column.next()), Rest::EndsAt),
        };
        let few = if matches!(rest, Rest::BeginsAt(_)) { HANDFUL } else { FEW };
        let total = subject.ceiling.total_calls(&subject.sequence.definition);
        let span = ((gap.after - rest.value()) / in_column.step()).unsigned_abs();
        (gap.rows_after <= few && span > total / 2).then_some(Self { gap, rest, last })
    }
}

/// The last value that was handed out, as it stands in the column; `None` where none was.
fn handed_out(subject: &Subject<'_>, in_column: Lane) -> Option<i128> {
    let used = subject.usage.is_some_and(|usage| usage.room < usage.total);
    (used || subject.state?.is_called).then(|| in_column.next() - in_column.step())
}

/// The calls that would be left past the furthest row `last`, in words.
fn left_after(subject: &Subject<'_>, lane: Lane, link: &Link, last: i128) -> String {
    let left = Lane::new(first_past(link, lane, last), lane.step(), subject.ceiling.value.into()).calls();
    words::count(left, "call")
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::catalog::Via;
    use crate::fixture::{SequenceBuilder, column, sequence};
    use crate::model::IntegerType;

    fn int(rows: impl IntoIterator<Item = i128>) -> SequenceBuilder {
        let column = column("public.t", "id").integer(IntegerType::Integer).rows(rows);
        sequence("public.t_id_seq").of_type(IntegerType::Integer).link(column)
    }

    #[test]
    fn a_row_at_the_end_of_the_type_is_named_with_what_leaves_it_out() {
        let finding = the_finding(int((1..=105).chain([2_147_483_647])).called(105), Code::Outlier);
        assert_eq!(
            finding.message,
            "row 2147483647 of public.t.id lies far beyond the rest, which ends at 105: going past it would leave \
             0 calls; give it another value, or leave it out with --ignore-above 105"
        );
        assert_eq!(finding.ignore_above, Some(105));
        assert_eq!(finding.fix, None);
    }

    #[test]
    fn what_fails_now_is_said_too() {
        let finding = the_finding(int((1..=105).chain([2_147_483_000, 2_147_483_001])), Code::Outlier);
        assert_eq!(
            finding.message,
            "2 rows of public.t.id, from 2147483000 on, lie far beyond the rest, which ends at 105: going past \
             them would leave 646 calls; now the next 105 inserts fail: 1 is already in public.t.id, whose rows \
             go up to 2147483001; give them another value, or leave them out with --ignore-above 105"
        );
    }

    #[test]
    fn nothing_else_is_said_about_rows_in_the_way() {
        assert_eq!(codes(int((1..=105).chain([2_147_483_647]))), [Code::Outlier]);
    }

    #[test]
    fn without_rows_before_it_the_sequence_itself_is_the_rest() {
        let finding = the_finding(int([2_147_483_647]).called(40), Code::Outlier);
        assert_eq!(finding.ignore_above, Some(40));
        let finding = the_finding(int([1, 2, 2_147_483_647]).called(40), Code::Outlier);
        assert_eq!(finding.ignore_above, Some(40));
    }

    #[test]
    fn a_sequence_that_was_never_called_is_not_burnt_by_a_handful_of_far_rows() {
        let finding = the_finding(int([2_147_483_600]), Code::Outlier);
        assert_eq!(
            finding.message,
            "row 2147483600 of public.t.id lies far beyond where the sequence begins, 1: going past it would \
             leave 47 calls; give it another value, or leave it out with --ignore-above 1"
        );
        assert_eq!(finding.ignore_above, Some(1));
        assert_eq!(codes(int([2_147_483_647])), [Code::Outlier]);
        assert_eq!(codes(int([2_000_000_000, 2_147_483_647])), [Code::Outlier]);
        let down = sequence("public.d")
            .of_type(IntegerType::SmallInt)
            .increment(-1)
            .link(column("public.t", "id").integer(IntegerType::SmallInt).rows([-32_700]));
        let finding = the_finding(down, Code::Outlier);
        assert!(finding.message.contains("begins, -1: going past it would leave 68 calls"), "{finding:?}");
        assert_eq!(finding.ignore_above, Some(-1));
        let text = column("public.t", "code").text("INV-", 6).rows([999_999]);
        let finding = the_finding(sequence("public.s").link(text), Code::Outlier);
        assert!(finding.message.contains("where the sequence begins, INV-000001"), "{finding:?}");
        assert_eq!(finding.ignore_above, Some(1));
    }

    #[test]
    fn a_restored_table_whose_rows_all_lie_far_out_is_no_outlier() {
        assert_eq!(codes(int(2_147_483_000..=2_147_483_020)), [Code::Behind]);
    }

    #[test]
    fn a_single_row_that_leaves_enough_calls_is_no_outlier() {
        assert_eq!(codes(int([1_900_000_000])), [Code::Behind], "88.5 %");
    }

    #[test]
    fn a_table_that_is_really_full_is_no_outlier() {
        assert_eq!(codes(int(2_147_483_000..=2_147_483_646).called(5)), [Code::Behind]);
    }

    #[test]
    fn many_rows_are_no_outlier() {
        let rows = (1..=5).chain(2_147_483_000..=2_147_483_100);
        assert_eq!(codes(int(rows)), [Code::Behind]);
    }

    #[test]
    fn a_narrow_gap_is_no_outlier() {
        assert_eq!(codes(int([700_000_000, 1_400_000_000, 2_147_483_640])), [Code::Behind]);
    }

    #[test]
    fn a_far_row_that_leaves_room_is_no_outlier() {
        assert_eq!(codes(int([1, 1_500_000_000])), [Code::Behind]);
    }

    #[test]
    fn one_column_that_is_really_full_makes_it_blocked() {
        let shared = int((1..=105).chain([2_147_483_647])).link(
            column("public.u", "id")
                .via(Via::Default)
                .integer(IntegerType::Integer)
                .rows(2_147_483_000..=2_147_483_647),
        );
        assert_eq!(codes(shared), [Code::Blocked, Code::NotOwned]);
    }

    #[test]
    fn descending_sequences_have_outliers_too() {
        let down = sequence("public.d")
            .of_type(IntegerType::SmallInt)
            .increment(-1)
            .called(-3)
            .link(column("public.t", "id").integer(IntegerType::SmallInt).rows([-32_768, -3, -2, -1]));
        let finding = the_finding(down, Code::Outlier);
        assert_eq!(finding.ignore_above, Some(-3));
    }

    #[test]
    fn the_value_to_ignore_is_that_of_the_column() {
        let invoices = column("public.invoices", "code").text("INV-", 6).rows([1, 2, 999_999]);
        let finding = the_finding(sequence("public.inv").called(2).link(invoices), Code::Outlier);
        assert!(finding.message.starts_with("row INV-999999 of public.invoices.code"), "{}", finding.message);
        assert!(finding.message.contains("the rest, which ends at INV-000002"), "{}", finding.message);
        assert_eq!(finding.ignore_above, Some(2));
    }
}
