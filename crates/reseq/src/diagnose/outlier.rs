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

    let (column, after) = (words::column(link), words::value(link, gap.after));
    let (rows, lie, them) = match gap.rows_after {
        0 | 1 => (format!("row {after} of {column}"), "lies", "it"),
        rows => (format!("{rows} rows of {column}, from {after} on,"), "lie", "them"),
    };
    let mut message = format!(
        "{rows} {lie} far beyond the rest, which ends at {rest}: going past {them} would leave {left}",
        rest = words::value(link, *rest),
        left = left_after(subject, lane, link, *last),
    );
    if collisions.calls_before == 0 {
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
    /// The last value before the gap: of the rows, or of the sequence where it stands there.
    rest: i128,
    /// The furthest row.
    last: i128,
}

impl Outlier {
    fn of(subject: &Subject<'_>, lane: Lane, link: &Link, reading: &Reading) -> Option<Self> {
        let gap = reading.collision?.gap?;
        let last = reading.extreme?;
        let in_column = link.lane_in_column(lane);
        let rest = gap.before.or_else(|| handed_out(subject, in_column))?;
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
