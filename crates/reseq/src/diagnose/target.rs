//! Where a sequence must go so that it meets no row.

use super::Thresholds;
use crate::catalog::{Bound, Catalog, Ceiling, Link, LinkId, SequenceId};
use crate::model::{Lane, State};
use crate::observe::{Observation, Observations, StateReading};

/// Why there is no value to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTarget {
    /// The state of the sequence is not known.
    StateUnknown,
    /// The value lies past the ceiling.
    OutOfReach {
        /// The value needed; even past `bigint`.
        needed: i128,
        /// What it passes.
        ceiling: Ceiling,
    },
}

/// The next value that a sequence needs: the first of its lane after the rows of all its columns, and
/// `headroom` calls later. Where no row lies ahead it is the next value that it has.
///
/// # Errors
/// [`NoTarget`], where the state could not be read or the value lies past the ceiling.
pub fn target(
    catalog: &Catalog,
    observations: &Observations,
    id: SequenceId,
    headroom: u64,
) -> Result<i64, NoTarget> {
    let StateReading::Known(state) = *observations.state(id) else { return Err(NoTarget::StateUnknown) };
    let sequence = catalog.sequence(id);
    let definition = &sequence.definition;
    let step = i128::from(definition.increment);
    // Without a next value the lane starts past the bound, and whatever is needed is out of reach.
    let lane = definition
        .lane(state)
        .unwrap_or_else(|| Lane::new(i128::from(state.last_value) + step, step, definition.bound().into()));
    let mut needed = lane.next();
    for link in sequence.links.clone().map(LinkId) {
        if let Observation::Seen(reading) = observations.link(link)
            && let Some(extreme) = reading.extreme
        {
            let past = first_past(catalog.link(link), lane, extreme);
            if lane.is_after(past, needed) {
                needed = past;
            }
        }
    }
    needed = needed.saturating_add(i128::from(headroom) * step);

    let ceiling = Ceiling::of(catalog, id);
    match i64::try_from(needed) {
        Ok(target) if !lane.is_after(needed, ceiling.value.into()) => Ok(target),
        _ => Err(NoTarget::OutOfReach { needed, ceiling }),
    }
}

/// How many calls are left from `target` on, where the sequence is nearly used up then: from the threshold of an
/// error on.
pub fn little_left(catalog: &Catalog, id: SequenceId, target: i64, thresholds: Thresholds) -> Option<u64> {
    let definition = &catalog.sequence(id).definition;
    let ceiling = Ceiling::of(catalog, id);
    let after = ceiling.usage(definition, State { last_value: target, is_called: false });
    let starts_again = definition.cycle && ceiling.bound == Bound::Sequence;
    (after.percent() >= thresholds.error && !starts_again).then(|| after.room())
}

/// The first value of the lane, as a value of the sequence, after the row `extreme` of a linked column.
pub(super) fn first_past(link: &Link, lane: Lane, extreme: i128) -> i128 {
    let in_column = link.lane_in_column(lane).first_after(extreme);
    link.mapping.sequence_value(in_column, lane.step())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::Via;
    use crate::fixture::{SequenceBuilder, column, database, sequence};
    use crate::model::IntegerType;

    fn target_of(sequence: SequenceBuilder, headroom: u64) -> Result<i64, NoTarget> {
        let database = database([sequence]);
        target(&database.catalog, &database.observations, SequenceId(0), headroom)
    }

    #[test]
    fn it_is_the_first_value_of_the_lane_after_all_rows() {
        let behind = sequence("public.s").link(column("public.t", "id").rows(1..=9));
        assert_eq!(target_of(behind, 0), Ok(10));
        let lane = sequence("public.s").increment(10).start(3).link(column("public.t", "id").rows([3, 24]));
        assert_eq!(target_of(lane, 0), Ok(33));
        let down = sequence("public.s").increment(-1).link(column("public.t", "id").rows([-10, -1]));
        assert_eq!(target_of(down, 0), Ok(-11));
        let shared = sequence("public.s")
            .link(column("public.a", "id").rows([5]))
            .link(column("public.b", "id").via(Via::Default).rows([500]));
        assert_eq!(target_of(shared, 0), Ok(501));
    }

    #[test]
    fn it_never_lies_before_the_next_value() {
        let ahead = sequence("public.s").called(100).link(column("public.t", "id").rows(1..=9));
        assert_eq!(target_of(ahead, 0), Ok(101));
        let empty = sequence("public.s").called(100).link(column("public.t", "id"));
        assert_eq!(target_of(empty, 0), Ok(101));
    }

    #[test]
    fn rows_outside_the_bounds_on_the_far_side_do_not_count() {
        let identity = sequence("public.s").bounds(1000, i64::MAX).start(1000);
        assert_eq!(target_of(identity.link(column("public.t", "id").rows([1, 2, 3])), 0), Ok(1000));
    }

    #[test]
    fn headroom_is_counted_in_calls() {
        let lane = sequence("public.s").increment(10).start(3).link(column("public.t", "id").rows([3]));
        assert_eq!(target_of(lane, 5), Ok(63));
    }

    #[test]
    fn a_default_is_turned_round() {
        let column = column("public.t", "id").mapped(-10, 5).rows([5, -95]);
        assert_eq!(target_of(sequence("public.s").link(column), 0), Ok(11));
    }

    #[test]
    fn past_the_ceiling_there_is_none() {
        let small = sequence("public.s").of_type(IntegerType::SmallInt);
        let full = small.link(column("public.t", "id").rows([40_000]));
        let ceiling = Ceiling { value: 32_767, bound: Bound::Sequence };
        assert_eq!(target_of(full, 0), Err(NoTarget::OutOfReach { needed: 40_001, ceiling }));
        let last = sequence("public.s").bounds(1, 10).link(column("public.t", "id").rows(1..=9));
        assert_eq!(target_of(last, 0), Ok(10));
        let last = sequence("public.s").bounds(1, 10).link(column("public.t", "id").rows(1..=9));
        assert!(target_of(last, 1).is_err());
        let end = sequence("public.s").called(i64::MAX).link(column("public.t", "id").rows([5]));
        assert!(target_of(end, u64::MAX).is_err());
    }

    #[test]
    fn without_a_state_there_is_none() {
        assert_eq!(
            target_of(sequence("public.s").state(StateReading::Vanished), 0),
            Err(NoTarget::StateUnknown)
        );
    }

    proptest! {
        #[test]
        fn from_the_target_on_no_row_is_met_and_no_free_value_is_passed_over_in_vain(
            increment in (-7_i64..=7).prop_filter("INCREMENT is never 0", |increment| *increment != 0),
            last_value in -50_i64..=50, is_called: bool,
            factor in prop_oneof![-3_i128..=-1, 1_i128..=3], offset in -20_i128..=20,
            rows in proptest::collection::vec(-500_i128..=500, 0..20),
        ) {
            let sequence = sequence("public.s").increment(increment).bounds(-1_000_000, 1_000_000);
            let sequence = if is_called { sequence.called(last_value) } else { sequence.restarted(last_value) };
            let column = column("public.t", "id").mapped(factor, offset).rows(rows.iter().copied());
            let database = database([sequence.link(column)]);
            let id = SequenceId(0);
            let target = target(&database.catalog, &database.observations, id, 0).unwrap();

            let state = State { last_value, is_called };
            let lane = database.catalog.sequence(id).definition.lane(state).unwrap();
            prop_assert!(lane.contains(target.into()), "it keeps the lane and never goes back");
            let link = database.catalog.link(LinkId(0));
            let in_column = |next: i128| link.lane_in_column(Lane::new(next, lane.step(), lane.bound()));
            prop_assert!(!rows.iter().any(|row| in_column(target.into()).contains(*row)));
            let before = i128::from(target) - lane.step();
            if lane.contains(before) {
                let before = in_column(before);
                prop_assert!(rows.iter().any(|row| !before.is_after(before.next(), *row)));
            }
        }
    }
}
