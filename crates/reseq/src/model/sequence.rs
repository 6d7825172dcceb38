//! A sequence: what it was defined as, and where it stands.

use serde::{Deserialize, Serialize};

use super::{IntegerType, Lane};

/// What CREATE SEQUENCE or ALTER SEQUENCE said (catalogue `pg_sequence`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
