//! How far the target is ahead of the source, and how far it has to go.

use crate::model::Definition;
use crate::plan::{Margin, with_margin};

/// Where both sides of a pair stand: what each hands out next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    /// On the source.
    pub(super) source: i128,
    /// On the target.
    pub(super) target: i128,
}

impl Stand {
    /// So many calls of the source's nextval() the target is ahead; negative where it would hand out values that the
    /// source has handed out.
    pub(super) fn lead(self, source: &Definition) -> i128 {
        let increment = i128::from(source.increment);
        let distance = (self.target - self.source) * increment.signum();
        distance.div_euclid(increment.abs())
    }

    /// The least next value that the target has to come to, where less than half of the margin is left. A target that has
    /// little left gets less of it: `target` is its definition and its ceiling.
    pub(super) fn least(self, source: &Definition, margin: u64, target: (&Definition, i128)) -> Option<i128> {
        let margin = Margin { wanted: margin, increment: source.increment }.from(self.source, target.1);
        if self.lead(source) >= i128::from(margin.div_ceil(2)) {
            return None;
        }
        let least = with_margin(self.source, margin, source, target);
        let is_there = if source.ascending() { self.target >= least } else { self.target <= least };
        (!is_there).then_some(least)
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
    fn a_lead_counts_calls_of_the_source() {
        let lead = |source, target, increment| Stand { source, target }.lead(&definition(increment));
        assert_eq!(lead(101, 101, 1), 0);
        assert_eq!(lead(101, 1101, 1), 1000);
        assert_eq!(lead(101, 98, 1), -3);
        assert_eq!(lead(101, 98, 10), -1, "a part of a call is one too many");
        assert_eq!(lead(-101, -151, -10), 5);
        assert_eq!(lead(-101, -100, -10), -1);
    }

    #[test]
    fn nothing_is_moved_while_half_of_the_margin_is_left() {
        let up = definition(1);
        let least =
            |target, margin| Stand { source: 101, target }.least(&up, margin, (&up, i128::from(up.max)));
        assert_eq!((least(1101, 1000), least(601, 1000)), (None, None));
        assert_eq!((least(600, 1000), least(5, 1000)), (Some(1101), Some(1101)));
        assert_eq!((least(101, 0), least(100, 0)), (None, Some(101)));
    }

    #[test]
    fn a_margin_takes_a_tenth_of_what_the_target_has_left() {
        let up = definition(1);
        let least = |target| Stand { source: 101, target }.least(&up, 1000, (&up, 500));
        assert_eq!((least(101), least(120), least(121)), (Some(141), Some(141), None));
    }

    proptest! {
        #[test]
        fn what_is_moved_has_the_whole_margin_and_is_left_alone_then(
            source in -1_000_000_i128..1_000_000, ahead in -5000_i128..5000, margin in 0_u64..4000,
            increment in prop_oneof![-7_i64..=-1, 1_i64..=7],
        ) {
            let definition = definition(increment);
            let bound = (&definition, i128::from(definition.bound()));
            let stand = Stand { source, target: source + ahead * i128::from(increment.signum()) };
            match stand.least(&definition, margin, bound) {
                Some(least) => {
                    let moved = Stand { source, target: least };
                    prop_assert_eq!(moved.lead(&definition), i128::from(margin));
                    prop_assert!(moved.lead(&definition) > stand.lead(&definition), "forward only");
                    prop_assert_eq!(moved.least(&definition, margin, bound), None);
                }
                None => prop_assert!(stand.lead(&definition) >= i128::from(margin / 2)),
            }
        }
    }
}
