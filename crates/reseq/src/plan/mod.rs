//! Says what is to be done, as data: a pure function of what was read and diagnosed. One file an intent.

mod model;

pub use model::{IgnoreAbove, Method, Plan, Remaining, Step};
