//! The library against real servers of every major version. One binary, one file a subject.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod carry;
mod catalog;
mod catalog_privileges;
mod catalog_select;
mod changing;
mod checking;
mod connecting;
mod deadlock;
mod exhaustion;
mod expression;
mod fence;
mod fence_holds;
mod fix;
mod fixing;
mod follow;
mod held_up;
mod hostile;
mod in_flight;
mod interrupted;
mod last;
mod last_cached;
mod literal;
mod loading;
mod lost;
mod moving_targets;
mod observe;
mod owned_by;
mod peers;
mod pooler;
mod privileges;
mod races;
mod real_inputs;
mod rehearsal;
mod renumber;
mod replicated;
mod restart;
mod round_trips;
mod scale;
mod session;
mod sql;
mod support;
mod table_locks;
mod together;
