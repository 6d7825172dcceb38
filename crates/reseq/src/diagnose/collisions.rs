//! What a sequence will run into, and when.

use crate::catalog::{Link, Uniqueness};
use crate::model::Lane;
use crate::observe::Collision;

use super::{Subject, words};

/// The rows in the way of one sequence, in the column that it meets first.
pub(super) struct Collisions<'a> {
    /// That column: one with a unique index before one without.
    pub(super) link: &'a Link,
    pub(super) collision: Collision,
    /// The values still to come, as they stand in that column.
    lane: Lane,
    /// The calls that return before the first row is met.
    pub(super) calls_before: u128,
    /// Its further columns with rows in the way.
    others: Vec<String>,
}

impl<'a> Collisions<'a> {
    /// The rows in the way; `None` where there are none.
    pub(super) fn of(subject: &Subject<'a>) -> Option<Self> {
        let lane = subject.lane()?;
        let mut all: Vec<_> = subject
            .readings()
            .filter_map(|(link, reading)| {
                let collision = reading.collision?;
                let lane = link.lane_in_column(lane);
                let calls_before = lane.calls_before(collision.first);
                Some(Self { link, collision, lane, calls_before, others: Vec::new() })
            })
            .collect();
        all.sort_by_key(|one| (!one.fails(), one.calls_before));
        let mut all = all.into_iter();
        let first = all.next()?;
        Some(Self { others: all.map(|one| words::column(one.link)).collect(), ..first })
    }

    /// Whether an insert fails, and not only writes the same value twice.
    pub(super) fn fails(&self) -> bool {
        self.link.unique != Uniqueness::None
    }

    /// What happens and when: `the next 12 inserts fail: …`.
    pub(super) fn words(&self) -> String {
        let column = words::column(self.link);
        let first = words::value(self.link, self.collision.first);
        let unique = words::uniqueness(self.link);
        let mut message = if self.calls_before == 0 {
            let (last, run) = (words::value(self.link, self.collision.last), self.run());
            let rows = if self.collision.first == self.collision.last {
                format!("{first} is already in {column}")
            } else {
                let direction = if self.lane.ascending() { "up" } else { "down" };
                format!("{first} is already in {column}, whose rows go {direction} to {last}")
            };
            format!("{run}: {rows}{unique}")
        } else {
            let left = words::count(self.calls_before, "call");
            format!("{left} left until it collides with row {first} of {column}{unique}")
        };
        if !self.others.is_empty() {
            message.push_str("; rows of ");
            message.push_str(&words::some(&self.others));
            message.push_str(" are in the way too");
        }
        message
    }

    /// How many calls in a row meet a row.
    fn run(&self) -> String {
        let Collision { run, run_is_more, .. } = self.collision;
        let at_least = if run_is_more { "at least " } else { "" };
        match (&self.link.unique, run) {
            (Uniqueness::Whole { .. }, 0 | 1) => "the next insert fails".to_owned(),
            (Uniqueness::Whole { .. }, run) => format!("{at_least}the next {run} inserts fail"),
            (Uniqueness::Partly { .. }, 0 | 1) => "the next insert may fail".to_owned(),
            (Uniqueness::Partly { .. }, run) => format!("{at_least}the next {run} inserts may fail"),
            (Uniqueness::None, 0 | 1) => "the next value is used twice".to_owned(),
            (Uniqueness::None, run) => format!("{at_least}the next {run} values are used twice"),
        }
    }
}
