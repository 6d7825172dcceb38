//! Default expressions that can be turned round: how a column's value is made from a sequence's.

use super::Lane;

/// How a value of a column is made from a value of a sequence: `factor × value + offset`, written as a
/// number or, in text columns, as digits between a prefix and a suffix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What the value is multiplied by; never 0.
    pub factor: i128,
    /// What is added.
    pub offset: i128,
    /// How the number is written, in a text column.
    pub text: Option<Box<TextShape>>,
}

/// How a number is written in a text column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextShape {
    /// What stands before the digits.
    pub prefix: String,
    /// What stands after them.
    pub suffix: String,
    /// How many characters the digits are filled up to at least; 0 without padding.
    pub pad: u32,
    /// How many digits there can be: lpad() and to_char() cut off or give up beyond. `None` without a limit.
    pub max_digits: Option<u32>,
}

impl Mapping {
    /// The column's value is the sequence's.
    pub const IDENTITY: Self = Self { factor: 1, offset: 0, text: None };

    /// The column's value that a value of the sequence becomes.
    pub fn column_value(&self, value: i128) -> i128 {
        self.factor * value + self.offset
    }

    /// Where a lane of the sequence comes out in the column.
    pub fn lane(&self, lane: Lane) -> Lane {
        Lane::new(self.column_value(lane.next()), self.factor * lane.step(), self.column_value(lane.bound()))
    }

    /// The sequence's value that `column` was made from, or the nearest one before it in the direction of
    /// `step` (the sequence's increment) where none makes it exactly.
    pub fn sequence_value(&self, column: i128, step: i128) -> i128 {
        let exact = (column - self.offset).div_euclid(self.factor);
        let remainder = (column - self.offset).rem_euclid(self.factor);
        // div_euclid rounds so that factor × exact <= column − offset; a descending sequence meets the
        // value on the other side first, and a negative factor turns both round.
        let below = exact;
        let above = if remainder == 0 { exact } else { exact + self.factor.signum() };
        let (smaller, larger) = if below <= above { (below, above) } else { (above, below) };
        if step > 0 { smaller } else { larger }
    }
}
