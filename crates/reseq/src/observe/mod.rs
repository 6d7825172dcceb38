//! Looks at the state of every sequence and at the rows of every linked column.
//!
//! Extremes are read before states: a row that is visible drew its value before, so live inserts
//! between the two never look like a sequence that is behind.

mod model;

pub use model::{Collision, Gap, Observation, Observations, Probe, Reading, StateReading};
