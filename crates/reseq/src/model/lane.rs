//! Lanes: the values that a sequence can still reach.

/// The values `next, next + step, …` up to and including `bound` where the steps meet it.
///
/// A row outside the lane never collides: an odd sequence beside even rows is all right (multi-master).
/// Values are `i128`, so that no arithmetic on the ends of `bigint` overflows, and so that a lane can be
/// carried into a column by its default's expression (see [`super::Mapping`]). All values, those that a lane is asked
/// about too, lie between −[`Lane::LIMIT`] and [`Lane::LIMIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    next: i128,
    step: i128,
    bound: i128,
}

impl Lane {
    /// What no value may pass: 10^37. Rows beyond (in `numeric` columns) cannot come from a sequence.
    pub const LIMIT: i128 = 10_i128.pow(37);

    /// The lane from `next` by `step` to `bound`.
    ///
    /// # Panics
    /// Debug builds panic when `step` is 0; the server refuses INCREMENT 0.
    pub fn new(next: i128, step: i128, bound: i128) -> Self {
        debug_assert!(step != 0, "a sequence's increment is never 0");
        Self { next, step, bound }
    }

    /// The next value to be handed out.
    pub fn next(&self) -> i128 {
        self.next
    }

    /// The distance between two values; negative in a descending lane.
    pub fn step(&self) -> i128 {
        self.step
    }

    /// Where the lane ends.
    pub fn bound(&self) -> i128 {
        self.bound
    }

    /// Whether values grow.
    pub fn ascending(&self) -> bool {
        self.step > 0
    }

    /// Whether `a` comes after `b` in the lane's direction.
    pub fn is_after(&self, a: i128, b: i128) -> bool {
        if self.ascending() { a > b } else { a < b }
    }

    /// Whether the lane will reach `value`.
    pub fn contains(&self, value: i128) -> bool {
        !self.is_after(self.next, value)
            && !self.is_after(value, self.bound)
            && (value - self.next) % self.step == 0
    }

    /// How many calls of nextval() are left, 0 when `next` is already past the bound.
    pub fn calls(&self) -> u128 {
        if self.is_after(self.next, self.bound) {
            0
        } else {
            ((self.bound - self.next) / self.step + 1).unsigned_abs()
        }
    }

    /// How many calls return before the one that returns `value`, or that passes it where it lies
    /// between two values of the lane; 0 for a value before `next`.
    pub fn calls_before(&self, value: i128) -> u128 {
        if !self.is_after(value, self.next) {
            0
        } else {
            ((value - self.next) / self.step + i128::from((value - self.next) % self.step != 0))
                .unsigned_abs()
        }
    }

    /// The first value of the lane after `value`, even past the bound; `next` where `value` lies before it.
    pub fn first_after(&self, value: i128) -> i128 {
        if self.is_after(self.next, value) {
            self.next
        } else {
            self.next + ((value - self.next) / self.step + 1) * self.step
        }
    }

    /// The same lane with another end.
    pub fn with_bound(self, bound: i128) -> Self {
        Self { bound, ..self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The values of a lane, by walking along it.
    fn walk(lane: Lane) -> Vec<i128> {
        let mut values = Vec::new();
        let mut value = lane.next();
        while if lane.ascending() { value <= lane.bound() } else { value >= lane.bound() } {
            values.push(value);
            value += lane.step();
        }
        values
    }

    /// Short lanes: around zero and at both ends of `bigint`, in both directions, some already past their bound.
    fn lanes() -> impl Strategy<Value = Lane> {
        let around = prop_oneof![Just(0), Just(i128::from(i64::MAX)), Just(i128::from(i64::MIN))];
        let step = prop_oneof![-7_i128..=-1, 1_i128..=7];
        (around, -20_i128..20, step, -10_i128..60).prop_map(|(around, from, step, length)| {
            Lane::new(around + from, step, around + from + step.signum() * length)
        })
    }

    proptest! {
        #[test]
        fn a_lane_is_what_walking_along_it_shows(lane in lanes(), distance in -80_i128..80) {
            let values = walk(lane);
            let value = lane.next() + distance;
            prop_assert_eq!(lane.calls(), values.len() as u128);
            prop_assert_eq!(lane.contains(value), values.contains(&value));
            let unbounded = walk(lane.with_bound(lane.next() + lane.step() * 200));
            let before = unbounded.iter().filter(|passed| lane.is_after(value, **passed)).count();
            prop_assert_eq!(lane.calls_before(value), before as u128);
            let after = unbounded.iter().copied().find(|reached| lane.is_after(*reached, value));
            prop_assert_eq!(Some(lane.first_after(value)), after);
        }

        #[test]
        fn no_lane_within_the_limit_overflows(
            next in -Lane::LIMIT..=Lane::LIMIT, bound in -Lane::LIMIT..=Lane::LIMIT, value in -Lane::LIMIT..=Lane::LIMIT,
            step in prop_oneof![Just(1_i128), Just(-1), Just(Lane::LIMIT), Just(-Lane::LIMIT), 1_i128..1_000_000],
        ) {
            let lane = Lane::new(next, step, bound);
            let first = lane.first_after(value);
            prop_assert!(lane.is_after(first, value));
            prop_assert_eq!((first - next) % step, 0);
            prop_assert!(!lane.contains(value) || lane.calls_before(value) < lane.calls());
        }
    }

    #[test]
    fn the_whole_of_bigint_is_counted() {
        let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
        assert_eq!(Lane::new(least, 1, most).calls(), 1 << 64);
        assert_eq!(Lane::new(most, -1, least).calls(), 1 << 64);
        assert_eq!(Lane::new(least, most, most).calls(), 3);
        assert_eq!(Lane::new(least, 1, most).calls_before(most), (1 << 64) - 1);
        assert_eq!(Lane::new(1, 1, most).first_after(most), most + 1);
    }

    #[test]
    fn rows_of_the_other_parity_never_collide() {
        let odd = Lane::new(1, 2, 99);
        assert!(odd.contains(99) && !odd.contains(98) && !odd.contains(101));
        assert_eq!((odd.first_after(98), odd.first_after(99)), (99, 101));
    }
}
