//! Results as text for people: understood without colour, on any width.

mod change;
mod check;
mod layout;
mod place;
mod plan;

pub use change::{change_outcome, change_plan};
pub use check::check;
pub use layout::{Style, ignoring_above, shell_word};
pub use plan::{outcome, plan};
