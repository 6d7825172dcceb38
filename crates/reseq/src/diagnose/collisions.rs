//! What a sequence will run into, and when.

use crate::catalog::{Link, Uniqueness};
use crate::model::Lane;
use crate::observe::Collision;

use super::{Subject, words};

/// The rows in the way of one sequence, in the column that it meets first.
pub(super) struct Collisions<'a> {
    /// That column: one with a unique index before one without.
    pub(super) link: &'a Link,
    collision: Collision,
    /// The furthest row of that column, which may lie where the sequence cannot reach.
    extreme: i128,
    /// The values still to come, as they stand in that column.
    lane: Lane,
    /// The calls that return before the first row is met.
    calls_before: u128,
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
                let (collision, extreme) = (reading.collision.as_deref()?.clone(), reading.extreme?);
                let lane = link.lane_in_column(lane);
                let calls_before = lane.calls_before(collision.first);
                Some(Self { link, collision, extreme, lane, calls_before, others: Vec::new() })
            })
            .collect();
        all.sort_by_key(|one| (!one.fails(), one.calls_before));
        let mut all = all.into_iter();
        let first = all.next()?;
        Some(Self { others: all.map(|one| one.link.full_name()).collect(), ..first })
    }

    /// Whether an insert fails, and not only writes the same value twice.
    pub(super) fn fails(&self) -> bool {
        self.link.unique != Uniqueness::None
    }

    /// What happens and when: `the next 12 inserts fail: …`.
    pub(super) fn words(&self) -> String {
        let column = self.link.full_name();
        let first = words::value(self.link, self.collision.first);
        let unique = words::uniqueness(self.link);
        let last = words::value(self.link, self.extreme);
        let mut message = if !self.is_counted() {
            let direction = self.direction();
            format!("inserts fail: rows of {column} are in the way, {direction} to {last}{unique}")
        } else if self.is_next() {
            let run = self.run();
            let rows = if self.collision.first == self.extreme {
                format!("{first} is already in {column}")
            } else {
                format!("{first} is already in {column}, whose rows go {} to {last}", self.direction())
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

    /// Whether the next call meets a row, or may meet one.
    pub(super) fn is_next(&self) -> bool {
        self.calls_before == 0 || !self.is_counted()
    }

    /// Whether it is known where the first row is met: not asked for when only the repair counts.
    pub(super) fn is_counted(&self) -> bool {
        self.collision.run > 0
    }

    fn direction(&self) -> &'static str {
        if self.lane.ascending() { "up" } else { "down" }
    }

    /// How many calls in a row meet a row.
    fn run(&self) -> String {
        let Collision { run, run_is_more, .. } = self.collision;
        let (noun, one, many) = match &self.link.unique {
            Uniqueness::Whole { .. } => ("insert", "fails", "fail"),
            Uniqueness::Partly { .. } => ("insert", "may fail", "may fail"),
            Uniqueness::None => ("value", "is used twice", "are used twice"),
        };
        match (run, run_is_more) {
            (1, false) => format!("the next {noun} {one}"),
            (run, false) => format!("the next {run} {noun}s {many}"),
            (run, true) => format!("at least the next {run} {noun}s {many}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::the_finding;
    use super::super::{Code, Severity};
    use super::*;
    use crate::fixture::{column, sequence};
    use crate::observe::{Observation, Probe, Reading};

    #[test]
    fn without_counting_nothing_is_said_of_the_first_row() {
        let collision = Collision { first: 106, last: 106, run: 0, run_is_more: true, gap: None };
        let reading = Reading {
            extreme: Some(106),
            probe: Probe::Index,
            collision: Some(Box::new(collision)),
            unread: None,
        };
        let column = column("public.t", "id").observation(Observation::Seen(reading));
        let finding = the_finding(sequence("public.s").called(5).link(column), Code::Behind);
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(finding.message, "inserts fail: rows of public.t.id are in the way, up to 106");
    }

    #[test]
    fn a_run_that_was_not_counted_to_its_end_is_at_least_that_long() {
        let collision = Collision { first: 6, last: 106, run: 100, run_is_more: true, gap: None };
        let reading = Reading {
            extreme: Some(106),
            probe: Probe::Index,
            collision: Some(Box::new(collision)),
            unread: None,
        };
        let column = column("public.t", "id").observation(Observation::Seen(reading));
        let finding = the_finding(sequence("public.s").called(5).link(column), Code::Behind);
        assert!(finding.message.starts_with("at least the next 100 inserts fail: 6"), "{}", finding.message);
    }
}
