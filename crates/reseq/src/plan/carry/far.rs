//! Rows far beyond the rest: whether a sequence goes past them.

use crate::model::Lane;
use crate::observe::Gap;

/// Whether going past all rows of a column takes more calls, just to come to those beyond the gap, than are left after
/// them. `lane` is in the column's values, from where the sequence has to come to; `extreme` is the furthest row.
pub(crate) fn costs_more_than_it_leaves(lane: Lane, gap: &Gap, extreme: i128) -> bool {
    let rest = gap.before.map_or(lane.next(), |before| lane.first_after(before));
    let rest = Lane::new(rest, lane.step(), lane.bound());
    let left = rest.calls().saturating_sub(rest.calls_before(extreme) + 1);
    rest.calls_before(gap.after) > left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(next: i128, before: Option<i128>, after: i128, extreme: i128) -> bool {
        let gap = Gap { before, after, rows_after: 1 };
        let mirrored = Gap { before: before.map(|before| -before), after: -after, rows_after: 1 };
        let up = costs_more_than_it_leaves(Lane::new(next, 1, 32_767), &gap, extreme);
        let down = costs_more_than_it_leaves(Lane::new(-next, -1, -32_767), &mirrored, -extreme);
        assert_eq!(up, down);
        up
    }

    #[test]
    fn what_is_near_the_end_is_worth_little() {
        // 14,759 calls to come there, 7 afterwards.
        assert!(costs(18_001, Some(18_000), 32_760, 32_760));
        assert!(costs(18_001, None, 32_760, 32_767), "nothing is left");
        assert!(costs(1, Some(18_000), 32_760, 32_760), "the rest ends beyond where it has to come to");
        // 5 calls to come there, 7 afterwards.
        assert!(!costs(32_755, Some(200), 32_760, 32_760));
        assert!(!costs(1, Some(32_759), 32_760, 32_760), "rows side by side");
        assert!(!costs(1, Some(10_000), 15_000, 15_000));
    }
}
