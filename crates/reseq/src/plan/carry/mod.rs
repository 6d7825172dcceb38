//! Takes sequences to where those of another server stand, or past their own rows where those are further: forward only.

mod difference;
mod pair;

use std::collections::HashMap;

pub use difference::{Difference, Part, differences};
pub use pair::{Pair, Pairs, SchemaMapping, pair};

use super::{FixOptions, Plan, Remaining, fix};
use crate::catalog::{Catalog, Ceiling, SequenceId};
use crate::diagnose::{Code, Report};
use crate::model::{Definition, Oid};
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
    /// The least next value, by the OID of the target's sequence.
    pub values: HashMap<Oid, i128>,
    /// Sequences that could not be read on the source.
    pub unread: Vec<Unread>,
    /// Pairs whose source is used up: no next value to come to.
    pub used_up: Vec<Pair>,
}

/// The least next values of the targets: those of the source, and `margin` calls beyond, as far as the target's ceiling
/// leaves room for a margin.
pub fn least(source: Standing<'_>, target: &Catalog, pairs: &[Pair], margin: u64) -> Least {
    let mut least = Least::default();
    for pair in pairs {
        let sequence = source.catalog.sequence(pair.source);
        match &source.states[pair.source.0] {
            StateReading::Known(state) => match sequence.definition.next_value(*state) {
                Some(next) => {
                    let ceiling = Ceiling::of(target, pair.target).value;
                    let value = with_margin(next, margin, &sequence.definition, ceiling);
                    least.values.insert(target.sequence(pair.target).oid, value);
                }
                None => least.used_up.push(*pair),
            },
            StateReading::Unreadable { reason, hint } => least.unread.push(Unread {
                sequence: pair.source,
                reason: reason.clone(),
                hint: hint.clone(),
            }),
            StateReading::Vanished | StateReading::NotSelected => {}
        }
    }
    least
}

/// `margin` calls beyond `next`, but not beyond the ceiling; `next` itself wherever that lies.
fn with_margin(next: i64, margin: u64, definition: &Definition, ceiling: i64) -> i128 {
    let (next, ceiling) = (i128::from(next), i128::from(ceiling));
    let beyond = next + i128::from(margin) * i128::from(definition.increment);
    if definition.ascending() { beyond.min(ceiling).max(next) } else { beyond.max(ceiling).min(next) }
}

/// Plans to move the targets of the pairs to where `options.least` says, and past their own rows.
pub fn carry(target: Seen<'_>, pairs: &[Pair], used_up: &[Pair], options: &FixOptions) -> Plan {
    let mut wanted = vec![false; target.catalog.sequences.len()];
    for pair in pairs {
        wanted[pair.target.0] = true;
    }
    let mut report = target.report.clone();
    report.sequences.retain(|diagnosis| wanted[diagnosis.sequence.0]);
    let mut plan = fix(target.catalog, target.observations, &report, options);
    let left = |pair: &&Pair| {
        let StateReading::Known(state) = target.observations.state(pair.target) else { return false };
        target.catalog.sequence(pair.target).definition.next_value(*state).is_some()
    };
    plan.remaining.extend(used_up.iter().filter(left).map(|pair| Remaining {
        sequence: pair.target,
        code: Code::Exhausted,
        reason: "the source's has no value left: there is none that this one could go on with".to_owned(),
        hint: "widen it on both sides first".to_owned(),
        incomplete: false,
    }));
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{Options, diagnose};
    use crate::fixture::{SequenceBuilder, column, database, sequence};

    const PAIR: Pair = Pair { source: SequenceId(0), target: SequenceId(0) };

    /// The next value that the plan wants; `None` where the target stays as it is.
    fn target_of(source: SequenceBuilder, target: SequenceBuilder, margin: u64) -> Option<i64> {
        let (source, target) = (database([source]), database([target]));
        let report = diagnose(&target.catalog, &target.observations, &Options::default());
        let standing = Standing { catalog: &source.catalog, states: &source.observations.states };
        let least = least(standing, &target.catalog, &[PAIR], margin);
        let options = FixOptions { least: least.values, ..FixOptions::default() };
        let seen = Seen { catalog: &target.catalog, observations: &target.observations, report: &report };
        let plan = carry(seen, &[PAIR], &least.used_up, &options);
        assert_eq!(plan.remaining, []);
        plan.steps.first().map(|step| step.target)
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
    fn a_margin_counts_calls_and_ends_at_the_ceiling() {
        assert_eq!(target_of(ids(100).increment(10), ids(10).increment(10), 5), Some(160));
        assert_eq!(target_of(down(-100), down(-1), 5), Some(-106));
        let small = |last_value| ids(last_value).bounds(1, 1000);
        assert_eq!(target_of(small(990), small(1), 1000), Some(1000));
    }

    #[test]
    fn a_source_that_is_used_up_remains() {
        let (source, target) = (database([ids(1000).bounds(1, 1000)]), database([ids(5).bounds(1, 1000)]));
        let report = diagnose(&target.catalog, &target.observations, &Options::default());
        let standing = Standing { catalog: &source.catalog, states: &source.observations.states };
        let least = least(standing, &target.catalog, &[PAIR], 0);
        let seen = Seen { catalog: &target.catalog, observations: &target.observations, report: &report };
        let plan = carry(seen, &[PAIR], &least.used_up, &FixOptions::default());
        assert_eq!((plan.steps.len(), plan.remaining[0].code), (0, Code::Exhausted));
    }
}
