//! Values that sessions hold in advance (CACHE) lie before the next value: what a carry brings may lie among them, and
//! only ALTER SEQUENCE ends them. It leaves the sequence as one that nobody has called, so that it can be seen later that
//! nobody holds any. One that stands at its end cannot be left so, and stays as it is.

use super::{Goal, Repair};
use crate::catalog::Ceiling;
use crate::model::{Lane, State};
use crate::plan::Plan;

/// Why a sequence is altered whose next value stays.
pub(super) const REASON: &str =
    "it ends the values that sessions may hold in advance (CACHE); the next value stays";

impl Repair<'_> {
    /// Whether sessions may hold values that have to end.
    pub(super) fn may_be_held(&self, before: State, lane: Lane) -> bool {
        let ceiling = Ceiling::of(self.catalog, self.id).value;
        self.options.ends_held
            && self.sequence.definition.cache > 1
            && before.is_called
            && !lane.is_after(lane.next(), ceiling.into())
    }

    /// Ends them, where the role may.
    pub(super) fn end_held(&self, plan: &mut Plan, before: State, lane: Lane, goal: fn(i64) -> Goal) {
        let Ok(next) = i64::try_from(lane.next()) else { return };
        let may = self.sequence.privileges;
        if may.alter && may.update {
            return self.step(plan, before, lane, goal(next));
        }
        plan.right.push(self.id);
        plan.remaining.push(self.caches_of_others(Some(next)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::FixOptions;
    use super::super::tests::plan_with;
    use crate::catalog::Privileges;
    use crate::diagnose::Code;
    use crate::fixture::{SequenceBuilder, column, sequence};
    use crate::plan::{Method, Plan};

    fn plan(one: SequenceBuilder) -> Plan {
        plan_with(&FixOptions { ends_held: true, ..FixOptions::default() }, [one])
    }

    fn held() -> SequenceBuilder {
        sequence("public.s").called(1000).cache(1000)
    }

    #[test]
    fn what_may_be_held_ends_and_the_next_value_stays() {
        for one in [held(), held().link(column("public.t", "id").rows([1000])), held().cycle()] {
            let plan = plan(one);
            let [step] = &*plan.steps else { panic!("{plan:?}") };
            assert_eq!((step.method, step.target, step.calls), (Method::Alter, 1001, 0));
            assert!(step.reason.contains("the next value stays"), "{}", step.reason);
        }
    }

    #[test]
    fn what_nobody_holds_stays_as_it_is() {
        let uncalled = sequence("public.s").restarted(1001).cache(1000);
        let one_by_one = sequence("public.s").called(1000);
        let at_its_end = held().bounds(1, 1000);
        for one in [uncalled, one_by_one, at_its_end] {
            assert_eq!(plan(one).steps.len(), 0);
        }
        assert_eq!(plan_with(&FixOptions::default(), [held()]).steps.len(), 0);
    }

    #[test]
    fn who_is_not_the_owner_is_told_what_the_owner_does() {
        let plan =
            plan(held().privileges(Privileges { select: true, draw: true, update: true, alter: false }));
        assert_eq!((plan.steps.len(), plan.remaining[0].code), (0, Code::Cached));
        assert!(plan.remaining[0].incomplete);
        let hint = "carry as the owner; or, as the owner: ALTER SEQUENCE public.s RESTART 1001";
        assert_eq!(plan.remaining[0].hint, hint);
    }
}
