//! A sequence whose counterpart on another server has handed out everything goes to its own end: else it would hand out
//! the same values again.

use super::{Goal, Repair};
use crate::catalog::Ceiling;
use crate::diagnose::Code;
use crate::model::Lane;
use crate::observe::StateReading;
use crate::plan::Plan;

impl Repair<'_> {
    /// Whatever its rows are: it will meet none of them.
    pub(super) fn plan_to_end(&self, plan: &mut Plan) {
        let StateReading::Known(before) = *self.observations.state(self.id) else {
            let reason = "the state of the sequence is not known";
            return plan.remaining.push(self.missing(Code::Unreadable, reason, "SELECT"));
        };
        if self.sequence.definition.cycle {
            return plan.remaining.push(self.begins_again());
        }
        let ceiling = Ceiling::of(self.catalog, self.id).value;
        let left = self.sequence.definition.lane(before).map(|lane| lane.with_bound(ceiling.into()));
        match left.and_then(|lane| Some((lane, last_value(lane)?))) {
            Some((lane, last)) => self.step(plan, before, lane, Goal::End(last)),
            None => plan.right.push(self.id),
        }
    }

    fn begins_again(&self) -> crate::plan::Remaining {
        self.remaining(
            Code::Exhausted,
            "the source's has no value left, and this one would begin again at its end (CYCLE)",
            format!(
                "as the owner: ALTER SEQUENCE {} NO CYCLE, or widen it first: it goes on behind the source's then",
                self.sequence.name
            ),
        )
    }
}

/// The last value that the lane comes to; `None` where none is left.
fn last_value(lane: Lane) -> Option<i64> {
    let calls = i128::try_from(lane.calls()).ok()?;
    (calls > 0).then(|| lane.next() + (calls - 1) * lane.step()).and_then(|last| i64::try_from(last).ok())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::FixOptions;
    use super::super::tests::plan_with;
    use crate::catalog::Privileges;
    use crate::diagnose::Code;
    use crate::fixture::{SequenceBuilder, column, database, sequence};
    use crate::model::IntegerType;
    use crate::plan::{Method, Plan};

    /// What is planned for a sequence that is to go to its end.
    fn to_end(one: SequenceBuilder) -> Plan {
        let oid = database([sequence("public.s").called(1)]).catalog.sequences[0].oid;
        let options =
            FixOptions { to_end: HashSet::from([oid]), draw_limit_of_owner: 1000, ..FixOptions::default() };
        plan_with(&options, [one])
    }

    /// Method, last value and calls of the only step.
    fn step(one: SequenceBuilder) -> (Method, i64, u64) {
        let plan = to_end(one);
        assert_eq!(plan.remaining, []);
        let [step] = &*plan.steps else { panic!("{:?}", plan.steps) };
        assert!(step.uses_up);
        (step.method, step.target, step.calls)
    }

    fn up() -> SequenceBuilder {
        sequence("public.s").bounds(1, 5)
    }

    #[test]
    fn the_last_value_of_its_lane_is_used_up_too() {
        assert_eq!(step(up().restarted(1)), (Method::Draw, 5, 5));
        assert_eq!(step(up().called(4)), (Method::Draw, 5, 1));
        assert_eq!(step(up().increment(3).restarted(1)), (Method::Draw, 4, 2));
        assert_eq!(step(sequence("public.s").increment(-2).bounds(-6, -1).called(-1)), (Method::Draw, -5, 2));
        assert_eq!(step(sequence("public.s").called(1)), (Method::Alter, i64::MAX, i64::MAX as u64 - 1));
    }

    #[test]
    fn the_end_of_a_column_counts_too() {
        let narrow = sequence("public.s")
            .called(5)
            .link(column("public.t", "id").integer(IntegerType::SmallInt).rows(1..=9));
        assert_eq!(step(narrow), (Method::Alter, i16::MAX.into(), i16::MAX as u64 - 5));
    }

    #[test]
    fn what_is_at_its_end_is_right_whatever_its_rows() {
        let plan = to_end(up().called(5).link(column("public.t", "id").rows([1, 5, 77])));
        assert_eq!((plan.right.len(), plan.steps.len(), plan.remaining), (1, 0, Vec::new()));
    }

    #[test]
    fn what_cycles_or_may_not_be_moved_remains() {
        let code = |one| to_end(one).remaining[0].code;
        assert_eq!(code(up().called(2).cycle()), Code::Exhausted);
        let reads = Privileges { select: true, draw: false, update: false, alter: false };
        assert_eq!(code(up().called(2).privileges(reads)), Code::Behind);
    }
}
