//! A sequence: what it was defined as, and where it stands.

use serde::{Deserialize, Serialize};

use super::{IntegerType, Lane};

/// What CREATE SEQUENCE or ALTER SEQUENCE said (catalogue `pg_sequence`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Definition {
    /// `AS` type.
    pub data_type: IntegerType,
    /// START WITH: where RESTART without a value goes.
    pub start: i64,
    /// MINVALUE.
    pub min: i64,
    /// MAXVALUE.
    pub max: i64,
    /// INCREMENT BY; never 0, negative for a descending sequence.
    pub increment: i64,
    /// CYCLE.
    pub cycle: bool,
    /// CACHE: how many values a session takes at once.
    pub cache: i64,
}

impl Definition {
    /// Whether values grow.
    pub fn ascending(&self) -> bool {
        self.increment > 0
    }

    /// The bound that the sequence runs towards: MAXVALUE when ascending, MINVALUE when descending.
    pub fn bound(&self) -> i64 {
        if self.ascending() { self.max } else { self.min }
    }

    /// The bound that CYCLE starts again from: MINVALUE when ascending, MAXVALUE when descending.
    pub fn origin(&self) -> i64 {
        if self.ascending() { self.min } else { self.max }
    }

    /// What the next nextval() returns in `state`; `None` where it would pass the bound and fail.
    pub fn next_value(&self, state: State) -> Option<i64> {
        if !state.is_called {
            return Some(state.last_value);
        }
        let next = i128::from(state.last_value) + i128::from(self.increment);
        match i64::try_from(next) {
            Ok(next) if (self.min..=self.max).contains(&next) => Some(next),
            _ if self.cycle => Some(self.origin()),
            _ => None,
        }
    }

    /// The values that the sequence can still reach from `state`, up to its own bound.
    pub fn lane(&self, state: State) -> Option<Lane> {
        self.next_value(state).map(|next| Lane::new(next.into(), self.increment.into(), self.bound().into()))
    }
}

/// Where a sequence stands: the two columns of `SELECT last_value, is_called FROM sequence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The last value handed out, or with `is_called` false the first one to be handed out.
    pub last_value: i64,
    /// Whether `last_value` was handed out.
    pub is_called: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(min: i64, max: i64, increment: i64, cycle: bool) -> Definition {
        Definition { data_type: IntegerType::BigInt, start: min, min, max, increment, cycle, cache: 1 }
    }

    fn called(last_value: i64) -> State {
        State { last_value, is_called: true }
    }

    #[test]
    fn a_sequence_not_yet_called_begins_with_its_last_value() {
        let restarted = State { last_value: 5000, is_called: false };
        assert_eq!(definition(1, 9999, 1, false).next_value(restarted), Some(5000));
        assert_eq!(
            definition(-9999, -1, -1, false).next_value(State { last_value: -1, is_called: false }),
            Some(-1)
        );
    }

    #[test]
    fn past_the_bound_there_is_no_next_value() {
        assert_eq!(definition(1, 200, 10, false).next_value(called(190)), Some(200));
        assert_eq!(definition(1, 200, 10, false).next_value(called(191)), None);
        assert_eq!(definition(-200, -1, -10, false).next_value(called(-190)), Some(-200));
        assert_eq!(definition(-200, -1, -10, false).next_value(called(-191)), None);
        assert_eq!(definition(1, i64::MAX, 1, false).next_value(called(i64::MAX)), None);
        assert_eq!(definition(i64::MIN, -1, i64::MIN, false).next_value(called(-1)), None);
        assert_eq!(definition(1, 200, 10, false).lane(called(200)), None);
    }

    #[test]
    fn a_cycle_begins_again_at_the_other_bound() {
        let ascending = Definition { start: 50, ..definition(1, 200, 10, true) };
        assert_eq!(ascending.next_value(called(200)), Some(1));
        let descending = Definition { start: -50, ..definition(-200, -1, -10, true) };
        assert_eq!(descending.next_value(called(-200)), Some(-1));
        assert_eq!(definition(1, i64::MAX, 2, true).next_value(called(i64::MAX - 1)), Some(1));
    }
}
