//! Says what is to be done, as data: a pure function of what was read and diagnosed. One file an intent.

mod carry;
mod change;
mod change_script;
mod clear;
mod fill_order;
mod fix;
mod follow;
mod load;
mod model;
mod refill;
mod renumber;
mod restart;
mod restore;
mod saved_script;
mod script;
mod stage;
mod statement;
mod table_locks;
#[cfg(test)]
pub(crate) mod testing;
mod together;

pub use carry::{
    Creation, Creations, Difference, Least, Occasion, Pair, Pairs, Part, SchemaMapping, Seen, Standing,
    Unread, carry, create, differences, least, pair, undrawn,
};
pub(crate) use carry::{
    Margin, are_all_drawn, beyond, costs_more_than_it_leaves, name_there, next_value, with_margin,
};
pub use change::{Act, Change, Copy, Relation, SequenceChange, Stays, Work};
pub use change_script::change_script;
pub use clear::ClearOptions;
pub(crate) use clear::{ClearFacts, clear, fed};
pub(crate) use fill_order::{deferring, fill_order};
pub use fix::{FixOptions, fix};
pub use load::{Feed, FileShape, Ids, Load, LoadOptions, OnConflict, load};
pub use model::{IgnoreAbove, Method, Plan, Remaining, Row, Step};
pub(crate) use refill::refill;
pub use renumber::{Estimate, OrderBy, RenumberFacts, RenumberMethod, RenumberOptions, renumber};
pub(crate) use restart::lane_of;
pub use restart::{Destination, RestartOptions, restart, restarted};
pub(crate) use restore::{elsewhere, known, restore};
pub use saved_script::saved_script;
pub use script::{ScriptOptions, script};
pub(crate) use statement::{DRAW_TOGETHER, MOST_CALLS_AT_ONCE, Naming};
pub(crate) use together::Together;
