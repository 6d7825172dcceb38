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
