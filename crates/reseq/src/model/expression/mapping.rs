//! How a column's value is made from a sequence's, and back.

use super::TextShape;
use crate::model::Lane;

/// How a value of a column is made from a value of a sequence: `factor × value + offset`, written as a
/// number or, in text columns, as digits between a prefix and a suffix.
///
/// [`super::Expression::mapping`] keeps factor and offset so small that every value of a `bigint` sequence stays
/// within [`Lane::LIMIT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What the value is multiplied by; never 0.
    pub factor: i128,
    /// What is added.
    pub offset: i128,
    /// How the number is written, in a text column.
    pub text: Option<Box<TextShape>>,
}

impl Mapping {
    /// The column's value is the sequence's.
    pub const IDENTITY: Self = Self { factor: 1, offset: 0, text: None };

    /// The same mapping where the column is known to hold text: without a shape of its own, the number is written
    /// as it is.
    pub fn in_text(mut self) -> Self {
        self.text.get_or_insert_default();
        self
    }

    /// The column's value that a value of the sequence becomes.
    pub fn column_value(&self, value: i128) -> i128 {
        self.factor * value + self.offset
    }

    /// Whether a sequence between `min` and `max` can come out as text that cannot be read again: negative numbers,
    /// where zeros or blanks are filled in before their sign.
    pub fn loses_negatives(&self, min: i64, max: i64) -> bool {
        let lowest = self.column_value(min.into()).min(self.column_value(max.into()));
        lowest < 0 && self.text.as_ref().is_some_and(|text| !text.reads_negatives())
    }

    /// Where a lane of the sequence comes out in the column.
    pub fn lane(&self, lane: Lane) -> Lane {
        Lane::new(self.column_value(lane.next()), self.factor * lane.step(), self.column_value(lane.bound()))
    }

    /// The sequence's value that `column` was made from, or the nearest one before it in the direction of
    /// `step` (the sequence's increment) where none makes it exactly.
    pub fn sequence_value(&self, column: i128, step: i128) -> i128 {
        let sign = self.factor.signum();
        let (numerator, denominator) = (sign * (column - self.offset), sign * self.factor);
        let floor = numerator.div_euclid(denominator);
        let exact = floor * denominator == numerator;
        if exact || step > 0 { floor } else { floor + 1 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mappings() -> impl Strategy<Value = Mapping> {
        let factor = prop_oneof![-20_i128..=-1, 1_i128..=20, Just(10_i128.pow(18)), Just(-(10_i128.pow(18)))];
        let offset = prop_oneof![-1000_i128..1000, -(10_i128.pow(35))..10_i128.pow(35)];
        (factor, offset).prop_map(|(factor, offset)| Mapping { factor, offset, text: None })
    }

    fn steps() -> impl Strategy<Value = i128> {
        prop_oneof![-5_i128..=-1, 1_i128..=5]
    }

    proptest! {
        #[test]
        fn a_value_comes_back(mapping in mappings(), value in any::<i64>(), step in steps()) {
            let value = i128::from(value);
            prop_assert_eq!(mapping.sequence_value(mapping.column_value(value), step), value);
        }

        #[test]
        fn between_two_values_the_one_before_is_given(
            mapping in mappings(), value in any::<i64>(), past in 0_i128..100, step in steps(),
        ) {
            // `column` lies after the one made from `value` and before the one made from its neighbour, on the way
            // that a sequence with this step takes
            let (value, direction) = (i128::from(value), step.signum());
            let past = past % mapping.factor.abs();
            let column = mapping.column_value(value) + direction * mapping.factor.signum() * past;
            prop_assert_eq!(mapping.sequence_value(column, step), value);
        }

        #[test]
        fn lanes_meet_the_same_values(mapping in mappings(), next in -50_i128..50, step in steps(), length in 0..20_i128) {
            let lane = Lane::new(next, step, next + step * length);
            let column = mapping.lane(lane);
            prop_assert_eq!(column.calls(), lane.calls());
            for value in -200..200 {
                prop_assert_eq!(column.contains(mapping.column_value(value)), lane.contains(value));
            }
        }
    }
}
