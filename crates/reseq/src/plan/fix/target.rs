//! Where a sequence has to go.

use super::Repair;
use crate::catalog::{Ceiling, LinkId};
use crate::diagnose::{Code, NoTarget, target};
use crate::model::Lane;
use crate::observe::Observation;
use crate::plan::Remaining;

impl Repair<'_> {
    /// The next value that the sequence needs; `None` where it needs no repair.
    pub(super) fn target(&self, lane: Lane) -> Result<Option<i64>, Remaining> {
        let spare = self.target_with_headroom(lane);
        let needed = if self.verdict.has(Code::Behind) || self.verdict.has(Code::Outlier) {
            let needed = target(self.catalog, self.observations, self.id, 0);
            needed.map(i128::from).map_err(|reason| self.out_of_reach(reason))?
        } else {
            lane.next()
        };
        let furthest = |a, b| if lane.is_after(a, b) { a } else { b };
        let needed = furthest(furthest(spare, self.least(lane)), needed);
        if needed == lane.next() {
            return Ok(None);
        }
        let ceiling = Ceiling::of(self.catalog, self.id);
        match i64::try_from(needed) {
            Ok(target) if !lane.is_after(needed, ceiling.value.into()) => Ok(Some(target)),
            _ => Err(self.out_of_reach(NoTarget::OutOfReach { needed, ceiling })),
        }
    }

    /// The next value that leaves the headroom after every row; the present one where there is enough of it.
    fn target_with_headroom(&self, lane: Lane) -> i128 {
        if self.options.headroom == 0 {
            return lane.next();
        }
        let links = self.sequence.links.clone().map(LinkId);
        let calls = links.filter_map(|link| {
            let Observation::Seen(reading) = self.observations.link(link) else { return None };
            let in_column = self.catalog.link(link).lane_in_column(lane);
            Some(calls_past(in_column, reading.extreme?) + i128::from(self.options.headroom))
        });
        lane.next() + calls.max().unwrap_or(0).max(0) * lane.step()
    }

    /// The first value of the lane that is not before the least next value that was asked for.
    pub(super) fn least(&self, lane: Lane) -> i128 {
        let least = self.options.least.get(&self.sequence.oid);
        least.map_or(lane.next(), |least| lane.first_after(least - lane.step().signum()))
    }

    fn out_of_reach(&self, reason: NoTarget) -> Remaining {
        match reason {
            NoTarget::StateUnknown => {
                self.missing(Code::Unreadable, "the state of the sequence is not known", "SELECT")
            }
            NoTarget::OutOfReach { needed, ceiling } => self.remaining(
                Code::Blocked,
                format!(
                    "the next value would have to be {needed}, beyond {}",
                    ceiling.words(self.catalog, self.id)
                ),
                if self.options.headroom > 0 { "ask for a smaller --headroom" } else { "" },
            ),
        }
    }
}

/// How many calls lead past `value`; negative where so many values of the lane after it were handed out
/// already.
fn calls_past(lane: Lane, value: i128) -> i128 {
    let distance = (value - lane.next()) * lane.step().signum();
    distance.div_euclid(lane.step().abs()) + 1
}

#[cfg(test)]
mod tests {
    use super::super::FixOptions;
    use super::super::tests::{only_remaining, only_step, plan_with};
    use super::*;
    use crate::fixture::{column, sequence};
    use crate::model::IntegerType;

    #[test]
    fn the_lane_is_kept_in_both_directions() {
        let odd = sequence("public.odd").increment(2).called(7).link(column("public.t", "id").rows([9, 12]));
        assert_eq!(only_step(odd).target, 13);
        let down =
            sequence("public.down").increment(-3).called(-4).link(column("public.t", "id").rows([-7, -8]));
        let step = only_step(down);
        assert_eq!((step.target, step.calls), (-10, 1));
    }

    #[test]
    fn what_lies_beyond_the_ceiling_remains() {
        let small = sequence("public.t_id_seq")
            .bounds(1, 1000)
            .called(10)
            .link(column("public.t", "id").integer(IntegerType::Integer).rows(11..=1000));
        assert_eq!(only_remaining(small).code, Code::Blocked);
    }

    #[test]
    fn headroom_is_kept_and_given_once() {
        let options = FixOptions { headroom: 10, ..FixOptions::default() };
        let target = |last_value| {
            let rows = column("public.t", "id").rows(1..=100);
            let plan = plan_with(&options, [sequence("public.t_id_seq").called(last_value).link(rows)]);
            plan.steps.first().map(|step| step.target)
        };
        assert_eq!(target(50), Some(111));
        assert_eq!(target(100), Some(111));
        assert_eq!(target(105), Some(111));
        assert_eq!(target(110), None);
        assert_eq!(target(500), None);
    }

    #[test]
    fn headroom_beyond_the_ceiling_remains() {
        let options = FixOptions { headroom: 1000, ..FixOptions::default() };
        let small = sequence("public.s").bounds(1, 1000).called(10).link(column("public.t", "id").rows([10]));
        let plan = plan_with(&options, [small]);
        assert_eq!(plan.remaining[0].code, Code::Blocked);
    }
}
