//! Takes sequences to where those of another server stand, or past their own rows where those are further: forward only.

mod columns;
mod create;
mod difference;
mod far;
mod margin;
mod pair;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(crate) use columns::are_all_drawn;
pub use columns::undrawn;
pub use create::{Creation, Creations, Occasion, create};
pub use difference::{Difference, Part, differences};
pub(crate) use far::costs_more_than_it_leaves;
pub(crate) use margin::{Margin, with_margin};
pub(crate) use pair::name_there;
pub use pair::{Pair, Pairs, SchemaMapping, pair};

use super::{FixOptions, Plan, fix};
use crate::catalog::{Catalog, Ceiling, SequenceId};
use crate::diagnose::Report;
use crate::model::{Definition, Oid, State};
use crate::observe::{Observations, StateReading};

/// Where the source's sequences stand.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The source's catalogue.
    pub catalog: &'a Catalog,
    /// One reading a sequence of it.
    pub states: &'a [StateReading],
}

/// The target, as it was seen.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Its catalogue.
    pub catalog: &'a Catalog,
    /// States and rows of the sequences that are to be moved.
    pub observations: &'a Observations,
    /// What is wrong with them.
    pub report: &'a Report,
}

/// Why a sequence of the source says nothing of where the target's must go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// In the source's catalogue.
    pub sequence: SequenceId,
    /// What stood in the way.
    pub reason: String,
    /// What would help.
    pub hint: String,
}

/// Where the pairs' targets have to come to at least, and what is not known of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Least {
    /// The least next value, by the OID of the target's sequence. Shared with the options of the plan: there may be 100,000
    /// of them.
    pub values: Arc<HashMap<Oid, i128>>,
    /// The targets that get less than the margin, and how many calls they get.
    pub less_margin: HashMap<Oid, u64>,
    /// Sequences that could not be read on the source.
    pub unread: Vec<Unread>,
    /// The targets that end where a source does that is used up: they go to their end.
    pub to_end: HashSet<Oid>,
}

/// The least next values of the targets: those of the source, and `margin` calls beyond, but no more than a tenth of those
/// that are left up to the target's ceiling.
pub fn least(source: Standing<'_>, target: &Catalog, pairs: &[Pair], margin: u64) -> Least {
    let (mut least, mut values) = (Least::default(), HashMap::new());
    for pair in pairs {
        let sequence = source.catalog.sequence(pair.source);
        match &source.states[pair.source.0] {
            StateReading::Known(state) => {
                let ceiling = Ceiling::of(target, pair.target).value.into();
                let (there, ours) = (&target.sequence(pair.target), &sequence.definition);
                match next_value(ours, *state, ceiling) {
                    Some(next) => {
                        let given = Margin { wanted: margin, increment: ours.increment };
                        let given = given.from(next, ceiling);
                        if given < margin {
                            least.less_margin.insert(there.oid, given);
                        }
                        let value = with_margin(next, given, ours, (&there.definition, ceiling));
                        values.insert(there.oid, value);
                    }
                    None => {
                        least.to_end.insert(there.oid);
                    }
                }
            }
            StateReading::Unreadable(why) => least.unread.push(Unread {
                sequence: pair.source,
                reason: why.reason.clone(),
                hint: why.hint.clone(),
            }),
            StateReading::Vanished | StateReading::NotSelected => {}
        }
    }
    least.values = Arc::new(values);
    least
}

/// The next value of the source; past its end the one that would come next, where the target goes on up to there.
pub(crate) fn next_value(source: &Definition, state: State, ceiling: i128) -> Option<i128> {
    source.next_value(state).map(i128::from).or_else(|| {
        let beyond = beyond(source, state);
        (!is_past(source, beyond, ceiling)).then_some(beyond)
    })
}

/// What would come after the last value, were there no end.
pub(crate) fn beyond(source: &Definition, state: State) -> i128 {
    i128::from(state.last_value) + i128::from(source.increment)
}

/// Whether `value` lies beyond `bound`, as the sequence goes.
fn is_past(definition: &Definition, value: i128, bound: i128) -> bool {
    if definition.ascending() { value > bound } else { value < bound }
}

/// Plans to move the targets of the pairs to where `options.least` and `options.to_end` say, and past their own rows.
pub fn carry(target: Seen<'_>, pairs: &[Pair], options: &FixOptions) -> Plan {
    let mut wanted = vec![false; target.catalog.sequences.len()];
    for pair in pairs {
        wanted[pair.target.0] = true;
    }
    let mut report = target.report.clone();
    report.sequences.retain(|diagnosis| wanted[diagnosis.sequence.0]);
    fix(target.catalog, target.observations, &report, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{Code, Options, diagnose};
    use crate::fixture::{SequenceBuilder, column, database, sequence};
    use crate::model::IntegerType;

    const PAIR: Pair = Pair { source: SequenceId(0), target: SequenceId(0) };

    /// The next value that the plan wants; `None` where the target stays as it is.
    fn target_of(source: SequenceBuilder, target: SequenceBuilder, margin: u64) -> Option<i64> {
        let plan = plan_of(source, target, margin);
        assert_eq!(plan.remaining, []);
        plan.steps.first().map(|step| step.target)
    }

    fn plan_of(source: SequenceBuilder, target: SequenceBuilder, margin: u64) -> Plan {
        let (source, target) = (database([source]), database([target]));
        let report = diagnose(&target.catalog, &target.observations, &Options::default());
        let standing = Standing { catalog: &source.catalog, states: &source.observations.states };
        let least = least(standing, &target.catalog, &[PAIR], margin);
        let options = FixOptions { least: least.values, to_end: least.to_end, ..FixOptions::default() };
        let seen = Seen { catalog: &target.catalog, observations: &target.observations, report: &report };
        carry(seen, &[PAIR], &options)
    }

    fn ids(last_value: i64) -> SequenceBuilder {
        sequence("public.t_id_seq").called(last_value)
    }

    fn down(last_value: i64) -> SequenceBuilder {
        sequence("public.t_id_seq").increment(-1).called(last_value)
    }

    #[test]
    fn the_foremost_of_source_rows_and_target_wins() {
        let with_rows = |last: i128| ids(5).link(column("public.t", "id").rows(1..=last));
        assert_eq!(target_of(ids(100), ids(5), 0), Some(101));
        assert_eq!(target_of(ids(100), with_rows(150), 0), Some(151));
        assert_eq!(target_of(ids(200), with_rows(150), 0), Some(201));
        assert_eq!(target_of(ids(100), ids(100), 0), None);
        assert_eq!(target_of(ids(100), ids(500), 0), None);
    }

    #[test]
    fn a_sequence_not_yet_called_is_carried_as_it_is() {
        assert_eq!(target_of(ids(0).restarted(5000), ids(0).restarted(1), 0), Some(5000));
        assert_eq!(target_of(ids(0).restarted(1), ids(0).restarted(1), 0), None);
    }

    #[test]
    fn the_target_keeps_its_lane() {
        let odd = ids(0).increment(2).restarted(101);
        let even = ids(2).increment(2);
        assert_eq!(target_of(odd, even, 0), Some(102));
        assert_eq!(target_of(down(-100), down(-5), 0), Some(-101));
    }

    #[test]
    fn rows_that_must_not_be_followed_keep_nobody_from_the_source() {
        let far = ids(5).of_type(IntegerType::Integer).link(
            column("public.t", "id").integer(IntegerType::Integer).rows((1..=5).chain([i32::MAX.into()])),
        );
        let source = ids(100).of_type(IntegerType::Integer);
        let plan = plan_of(source, far, 0);
        assert_eq!((plan.steps[0].target, plan.remaining[0].code), (101, Code::Outlier));
    }

    #[test]
    fn far_rows_that_the_source_has_nearly_come_to_are_gone_past() {
        const FAR: i64 = 2_147_483_600;
        let far = ids(5)
            .of_type(IntegerType::Integer)
            .link(column("public.t", "id").integer(IntegerType::Integer).rows((1..=5).chain([FAR.into()])));
        let source = ids(FAR - 10).of_type(IntegerType::Integer);
        let plan = plan_of(source, far, 0);
        assert_eq!((plan.steps[0].target, plan.remaining.len()), (FAR + 1, 0));
    }

    #[test]
    fn a_margin_counts_calls_and_takes_no_more_than_a_tenth() {
        assert_eq!(target_of(ids(100).increment(10), ids(10).increment(10), 5), Some(160));
        assert_eq!(target_of(down(-100), down(-1), 5), Some(-106));
        let small = |last_value| ids(last_value).bounds(1, 500);
        assert_eq!(target_of(small(100), small(1), 1000), Some(141));
        assert_eq!(target_of(small(100).cycle(), small(1).cycle(), 1000), Some(141));
        assert_eq!(target_of(small(495), small(1), 1000), Some(496));
        assert_eq!(target_of(small(100), small(1), 40), Some(141));
    }

    #[test]
    fn who_gets_less_than_the_margin_is_told() {
        let told = |margin| {
            let (source, target) = (database([ids(100)]), database([ids(1).bounds(1, 500)]));
            let standing = Standing { catalog: &source.catalog, states: &source.observations.states };
            least(standing, &target.catalog, &[PAIR], margin).less_margin.into_values().next()
        };
        assert_eq!((told(1000), told(40), told(0)), (Some(40), None, None));
    }

    #[test]
    fn a_wider_target_goes_on_behind_a_source_that_is_used_up() {
        assert_eq!(target_of(ids(1000).bounds(1, 1000), ids(5), 3), Some(1004));
        let used_up = sequence("public.t_id_seq").increment(-2).called(-9).bounds(-10, -1);
        assert_eq!(target_of(used_up, down(-1), 0), Some(-11));
    }

    #[test]
    fn a_target_ends_with_a_source_that_is_used_up() {
        let small = |last_value| ids(last_value).bounds(1, 1000);
        let plan = plan_of(small(1000), small(5), 3);
        assert_eq!((plan.steps[0].target, plan.steps[0].uses_up, plan.steps[0].calls), (1000, true, 995));
        assert_eq!((target_of(small(1000), small(1000), 3), plan.remaining), (None, Vec::new()));
        let cycling = plan_of(small(1000), small(5).cycle(), 0);
        assert_eq!((cycling.steps.len(), cycling.remaining[0].code), (0, Code::Exhausted));
    }
}
