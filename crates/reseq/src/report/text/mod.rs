//! Results as text for people: understood without colour, on any width.

mod carry;
mod carry_last;
mod carry_rehearsal;
mod change;
mod check;
mod follow;
mod gaps;
mod layout;
mod place;
mod plan;
mod receipt;

pub use carry::{carry_check, carry_outcome, carry_plan, carry_script_head};
pub use carry_last::carry_finished;
pub use carry_rehearsal::carry_rehearsal;
pub use change::{change_outcome, change_plan};
pub use check::check;
pub use follow::{follow_event, follow_line};
pub use gaps::gaps;
pub use layout::{Style, ignoring_above, shell_word};
pub use plan::{Told, outcome, plan};
pub use receipt::{receipt, receipt_line};
