//! How far the target is ahead of the source, and how far it has to go.

use crate::model::Definition;
use crate::plan::with_margin;

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

    /// The least next value that the target has to come to, where less than half of the margin is left. The margin ends
    /// where the target does: `target` is its definition and its ceiling.
    pub(super) fn least(self, source: &Definition, margin: u64, target: (&Definition, i128)) -> Option<i128> {
        if self.lead(source) >= i128::from(margin.div_ceil(2)) {
            return None;
        }
        let least = with_margin(self.source, margin, source, target);
        let is_there = if source.ascending() { self.target >= least } else { self.target <= least };
        (!is_there).then_some(least)
    }
}
