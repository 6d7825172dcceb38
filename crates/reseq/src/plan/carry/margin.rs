//! How many calls the target is put ahead of the source.

use super::is_past;
use crate::model::Definition;

/// No margin takes more than this part of the calls that are left: they would be gone for good, and a small sequence soon
/// used up.
const PART: i128 = 10;

/// What is wanted, in calls of the source's nextval().
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Margin {
    pub(crate) wanted: u64,
    /// The source's.
    pub(crate) increment: i64,
}

impl Margin {
    /// How many calls it gets where the source hands out `next` next, and the target ends at `ceiling`.
    pub(crate) fn from(self, next: i128, ceiling: i128) -> u64 {
        let increment = i128::from(self.increment);
        let last_call = ((ceiling - next) * increment.signum()).div_euclid(increment.abs());
        let part = (last_call + 1).max(0) / PART;
        self.wanted.min(u64::try_from(part).unwrap_or(u64::MAX))
    }
}

/// `margin` calls beyond `next`, but no further than the last value that the target can come to; `next` itself wherever
/// that lies.
pub(crate) fn with_margin(next: i128, margin: u64, source: &Definition, target: (&Definition, i128)) -> i128 {
    let (definition, ceiling) = target;
    let beyond = next + i128::from(margin) * i128::from(source.increment);
    // Wherever the target's lane lies, one of its values is among as many as an increment.
    let last = ceiling - i128::from(definition.increment) + i128::from(definition.increment.signum());
    match (is_past(source, beyond, last), is_past(source, next, last)) {
        (false, _) => beyond,
        (true, false) => last,
        (true, true) => next,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::IntegerType;

    fn definition(increment: i64) -> Definition {
        let (min, max) = if increment > 0 { (1, i64::MAX) } else { (i64::MIN, -1) };
        let data_type = IntegerType::BigInt;
        Definition { data_type, start: increment.signum(), min, max, increment, cycle: false, cache: 1 }
    }

    #[test]
    fn it_takes_no_more_than_a_tenth_of_the_calls_that_are_left() {
        let margin = |wanted, increment, next, ceiling| Margin { wanted, increment }.from(next, ceiling);
        assert_eq!(margin(1000, 1, 101, i32::MAX.into()), 1000);
        assert_eq!(margin(3_000_000_000, 1, 1, i32::MAX.into()), 214_748_364);
        assert_eq!(margin(1000, 1, 101, 500), 40);
        assert_eq!(margin(1000, -10, -101, -500), 4);
        assert_eq!((margin(1000, 1, 492, 500), margin(1000, 1, 501, 500), margin(0, 1, 1, 500)), (0, 0, 0));
        assert_eq!(margin(u64::MAX, 1, 1, i64::MAX.into()), i64::MAX as u64 / 10);
    }

    #[test]
    fn it_ends_at_a_value_that_the_target_can_come_to() {
        let ends = |increment: i64, next: i128, ceiling: i128| {
            with_margin(next, 1000, &definition(increment.signum()), (&definition(increment), ceiling))
        };
        assert_eq!((ends(10, 971, 1000), ends(-10, -971, -1000)), (991, -991));
        assert_eq!((ends(10, 995, 1000), ends(-10, -995, -1000)), (995, -995));
    }

    proptest! {
        #[test]
        fn nine_tenths_are_left_after_it(
            wanted: u64, increment in prop_oneof![-7_i64..=-1, 1_i64..=7],
            next in -40_000_i128..=40_000, room in -10_i128..=40_000,
        ) {
            let ceiling = next + room * i128::from(increment.signum());
            let given = Margin { wanted, increment }.from(next, ceiling);
            prop_assert!(given <= wanted);
            let calls_from = |next: i128| {
                let values = (ceiling - next) * i128::from(increment.signum());
                if values < 0 { 0 } else { values / i128::from(increment.abs()) + 1 }
            };
            let (before, after) = (calls_from(next), calls_from(next + i128::from(given) * i128::from(increment)));
            prop_assert!(before - after <= before / 10, "{before} left, then {after}");
            prop_assert!(given == wanted || before - after == before / 10, "no less than it may");
        }
    }
}
