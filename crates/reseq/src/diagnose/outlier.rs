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

/// A finding only where every column that asks too much of the sequence does so by a few far rows: what else
/// asks too much is no outlier but what the table is like.
pub(super) fn check(subject: &Subject<'_>, collisions: &Collisions<'_>) -> Option<Finding> {
    let lane = subject.lane()?;
    let greedy = subject.readings().filter(|(link, reading)| asks_too_much(subject, lane, link, reading));
    let outliers: Option<Vec<_>> =
        greedy.map(|(link, reading)| Some((link, Outlier::of(subject, lane, link, reading)?))).collect();
    let outliers = outliers?;
    let (link, Outlier { gap, rest, last }) = outliers.first()?;

    let (column, after) = (link.full_name(), words::value(link, gap.after));
    let (rows, lie, them) = match gap.rows_after {
        0 | 1 => (format!("row {after} of {column}"), "lies", "it"),
        rows => (format!("{rows} rows of {column}, from {after} on,"), "lie", "them"),
    };
    let mut message = format!(
        "{rows} {lie} far beyond the rest, which ends at {rest}: going past {them} would leave {left}",
        rest = words::value(link, *rest),
        left = left_after(subject, lane, link, *last),
    );
    if collisions.is_counted() && collisions.is_next() {
        message.push_str("; now ");
        message.push_str(&collisions.words());
    }
    message.push_str(&format!(
        "; give {them} another value, or leave {them} out: reseq fix -s {sequence} --ignore-above {rest}",
        sequence = words::shell(subject.sequence.name.as_str()),
    ));
    Some(Finding::new(Code::Outlier, message))
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
    /// The last value before the gap: of the rows, or of the sequence where it stands further.
    rest: i128,
    /// The furthest row.
    last: i128,
}

impl Outlier {
    fn of(subject: &Subject<'_>, lane: Lane, link: &Link, reading: &Reading) -> Option<Self> {
        let gap = reading.collision.as_ref()?.gap?;
        let last = reading.extreme?;
        let in_column = link.lane_in_column(lane);
        let rest = match (gap.before, handed_out(subject, in_column)) {
            (Some(before), Some(own)) if in_column.is_after(own, before) => own,
            (before, own) => before.or(own)?,
        };
        let total = subject.ceiling.total_calls(&subject.sequence.definition);
        let span = ((gap.after - rest) / in_column.step()).unsigned_abs();
        (gap.rows_after <= FEW && span > total / 2).then_some(Self { gap, rest, last })
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
             0 calls; give it another value, or leave it out: reseq fix -s public.t_id_seq --ignore-above 105"
        );
        assert_eq!(finding.fix, None);
    }

    #[test]
    fn what_fails_now_is_said_too() {
        let finding = the_finding(int((1..=105).chain([2_147_483_000, 2_147_483_001])), Code::Outlier);
        assert_eq!(
            finding.message,
            "2 rows of public.t.id, from 2147483000 on, lie far beyond the rest, which ends at 105: going past \
             them would leave 646 calls; now the next 105 inserts fail: 1 is already in public.t.id, whose rows \
             go up to 2147483001; give them another value, or leave them out: reseq fix -s public.t_id_seq \
             --ignore-above 105"
        );
    }

    #[test]
    fn nothing_else_is_said_about_rows_in_the_way() {
        assert_eq!(codes(int((1..=105).chain([2_147_483_647]))), [Code::Outlier]);
    }

    #[test]
    fn without_rows_before_it_the_sequence_itself_is_the_rest() {
        let finding = the_finding(int([2_147_483_647]).called(40), Code::Outlier);
        assert!(finding.message.ends_with("--ignore-above 40"), "{}", finding.message);
        let finding = the_finding(int([1, 2, 2_147_483_647]).called(40), Code::Outlier);
        assert!(finding.message.ends_with("--ignore-above 40"), "{}", finding.message);
        assert_eq!(codes(int([2_147_483_647])), [Code::Blocked], "a fresh sequence has no rest");
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
        assert_eq!(codes(int([1_100_000_000, 2_147_483_640])), [Code::Behind]);
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
        assert!(finding.message.ends_with("--ignore-above -3"), "{}", finding.message);
    }

    #[test]
    fn the_value_to_ignore_is_that_of_the_column() {
        let invoices = column("public.invoices", "code").text("INV-", 6).rows([1, 2, 999_999]);
        let finding = the_finding(sequence("public.inv").called(2).link(invoices), Code::Outlier);
        assert!(finding.message.starts_with("row INV-999999 of public.invoices.code"), "{}", finding.message);
        assert!(finding.message.contains("the rest, which ends at INV-000002"), "{}", finding.message);
        assert!(finding.message.ends_with("--ignore-above 2"), "{}", finding.message);
    }
}
