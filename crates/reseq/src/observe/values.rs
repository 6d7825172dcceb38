//! The values of some rows of a linked column: the nearest in the lane, and the furthest.

use std::collections::BTreeMap;

use reseq_pq as pq;

use super::model::Gap;
use super::probe::{Question, Rows};
use crate::model::Lane;
use crate::template::fill;

/// How many calls in a row that meet a row are counted.
pub(super) const RUN: u64 = 10_000;

/// How many of the furthest values are looked through for a gap; the last of them only ends one.
const FURTHEST: usize = 1001;

/// Asks for the values in the lane, not more than [`RUN`] calls from its next value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearest {
    /// Of column values.
    pub(super) lane: Lane,
}

/// A value of the lane, and how many values stand in a row from there on.
pub(super) type Run = (i128, u64);

impl Question for Nearest {
    /// The rows in the way, as runs that do not touch, in the order of the lane.
    type Answer = Vec<Run>;
    const TRIED: &'static str = "count the rows in a sequence's way";

    fn sql(&self, place: usize, rows: &Rows<'_>) -> String {
        let calls = self.lane.calls().min(RUN.into()).saturating_sub(1);
        let last = self.lane.next() + self.lane.step() * i128::try_from(calls).unwrap_or(0);
        fill(
            include_str!("sql/nearest.sql"),
            &[
                ("place", &place.to_string()),
                ("relation", &rows.literal()),
                ("value", &rows.column.whole(rows.column.value(), self.lane.ascending())),
                ("rows", &rows.from(&rows.column.in_lane(self.lane.with_bound(last)))),
            ],
        )
    }

    fn answer(&self, row: pq::Row<'_>) -> Result<Vec<Run>, pq::Error> {
        Ok(runs(row.get::<Option<_>>(2)?.unwrap_or_default(), self.lane))
    }
}

/// The runs that values of the lane stand in.
fn runs(mut values: Vec<i128>, lane: Lane) -> Vec<Run> {
    values.sort_unstable_by_key(|value| if lane.ascending() { *value } else { -value });
    values.dedup();
    let in_a_row = values.chunk_by(|value, next| value + lane.step() == *next);
    in_a_row.map(|run| (run[0], run.len() as u64)).collect()
}

/// The first value, and how many values of the lane stand in a row from there on, in all the tables together; `None`
/// without any.
pub(super) fn run(answers: Vec<Vec<Run>>, lane: Lane) -> Option<Run> {
    let mut runs = answers.concat();
    runs.sort_unstable_by_key(|(first, _)| if lane.ascending() { *first } else { -first });
    let mut runs = runs.into_iter();
    let (first, mut count) = runs.next()?;
    for (next, further) in runs {
        let calls = u64::try_from((next - first) / lane.step()).unwrap_or(u64::MAX);
        if calls > count {
            break;
        }
        count = count.max(calls + further);
    }
    Some((first, count))
}

/// Asks for the furthest values and how many rows have each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Furthest {
    /// The column's values grow.
    pub(super) ascending: bool,
    /// The last value that counts.
    pub(super) ignore_above: Option<i128>,
}

impl Question for Furthest {
    type Answer = Vec<(i128, u64)>;
    const TRIED: &'static str = "look for a gap among the largest values of linked columns";

    fn sql(&self, place: usize, rows: &Rows<'_>) -> String {
        let mut conditions = rows.column.countable(self.ascending, self.ignore_above);
        conditions.push(format!("{} IS NOT NULL", rows.column.value()));
        fill(
            include_str!("sql/furthest.sql"),
            &[
                ("place", &place.to_string()),
                ("relation", &rows.literal()),
                ("whole", &rows.column.whole("value", self.ascending)),
                ("value", rows.column.value()),
                ("rows", &rows.from(&conditions)),
                ("order", if self.ascending { "DESC" } else { "ASC" }),
                ("limit", &FURTHEST.to_string()),
            ],
        )
    }

    fn answer(&self, row: pq::Row<'_>) -> Result<Vec<(i128, u64)>, pq::Error> {
        let values: Vec<i128> = row.get::<Option<_>>(2)?.unwrap_or_default();
        let counts: Vec<i64> = row.get::<Option<_>>(3)?.unwrap_or_default();
        Ok(values.into_iter().zip(counts.into_iter().map(i64::unsigned_abs)).collect())
    }
}

/// The widest gap among the furthest values, see [`Gap`]; `lane` is that of the sequence in the column.
pub(super) fn widest_gap(answers: Vec<Vec<(i128, u64)>>, lane: Lane) -> Option<Gap> {
    let mut rows: BTreeMap<i128, u64> = BTreeMap::new();
    for (value, count) in answers.into_iter().flatten() {
        *rows.entry(value).or_default() += count;
    }
    let furthest: Vec<(i128, u64)> = match lane.ascending() {
        true => rows.into_iter().rev().take(FURTHEST).collect(),
        false => rows.into_iter().take(FURTHEST).collect(),
    };
    let used = lane.next() - lane.step().signum();
    let mut widest: Option<(i128, Gap)> = None;
    let mut rows_after = 0;
    for (place, (after, count)) in furthest.iter().copied().enumerate() {
        if !lane.is_after(after, used) || place + 1 == FURTHEST {
            break;
        }
        rows_after += count;
        let before = furthest.get(place + 1).map(|(value, _)| *value);
        let from = before.filter(|before| lane.is_after(*before, used)).unwrap_or(used);
        let width = (after - from).abs();
        if widest.is_none_or(|(known, _)| width > known) {
            widest = Some((width, Gap { before, after, rows_after }));
        }
    }
    widest.map(|(_, gap)| gap)
}

#[cfg(test)]
mod tests {
    use super::{FURTHEST, Run, runs, widest_gap};
    use crate::model::Lane;
    use crate::observe::Gap;

    fn run(tables: Vec<Vec<i128>>, lane: Lane) -> Option<Run> {
        super::run(tables.into_iter().map(|values| runs(values, lane)).collect(), lane)
    }

    #[test]
    fn a_run_ends_at_the_first_free_value() {
        let odd = Lane::new(5, 2, 1000);
        assert_eq!(run(vec![vec![5, 7, 9, 13]], odd), Some((5, 3)));
        assert_eq!(run(vec![vec![9, 11], vec![], vec![7, 9]], odd), Some((7, 3)));
        assert_eq!(run(vec![vec![5, 13], vec![7, 9, 11, 21], vec![15]], odd), Some((5, 6)));
        assert_eq!(run(vec![vec![]], odd), None);
        assert_eq!(run(vec![vec![-9, -7, -8]], Lane::new(-7, -1, -100)), Some((-7, 3)));
    }

    #[test]
    fn the_gap_is_the_widest_and_tells_the_rows_beyond() {
        let lane = Lane::new(10, 1, 1_000_000);
        let rows = vec![vec![(900_000, 1), (800_000, 2)], vec![(40, 1), (12, 1), (9, 1)]];
        let gap = Gap { before: Some(40), after: 800_000, rows_after: 3 };
        assert_eq!(widest_gap(rows, lane), Some(gap));
    }

    #[test]
    fn used_values_are_no_gap() {
        let lane = Lane::new(1000, 1, 1_000_000);
        let gap = Gap { before: Some(3), after: 5000, rows_after: 1 };
        assert_eq!(widest_gap(vec![vec![(5000, 1), (3, 1)]], lane), Some(gap));
        let gap = Gap { before: None, after: 5000, rows_after: 1 };
        assert_eq!(widest_gap(vec![vec![(5000, 1)]], lane), Some(gap));
        assert_eq!(widest_gap(vec![vec![(999, 1), (3, 1)]], lane), None);
        let descending = Lane::new(-5, -1, -1000);
        let gap = Gap { before: Some(-6), after: -900, rows_after: 1 };
        assert_eq!(widest_gap(vec![vec![(-900, 1), (-6, 1), (-2, 1)]], descending), Some(gap));
    }

    #[test]
    fn what_was_not_fetched_is_no_gap() {
        let rows: Vec<(i128, u64)> = (0..FURTHEST as i128).map(|value| (1_000_000 - value, 1)).collect();
        let gap = widest_gap(vec![rows], Lane::new(10, 1, 2_000_000)).unwrap();
        assert_eq!((gap.before, gap.after, gap.rows_after), (Some(999_999), 1_000_000, 1));
    }
}
