//! Finds every PostgreSQL sequence that will hand out a value that is already taken, or that is about to
//! run out, and puts it right on a live server.
//!
//! Data flows one way through the rooms of this crate:
//!
//! ```text
//! session → catalog → observe → diagnose → plan → apply → verify → report
//! ```
//!
//! [`session`], [`catalog`] and [`observe`] talk to the server and only read. [`diagnose`] and [`plan`] are
//! pure functions of what was read. [`apply`] is the only room that writes. [`report`] turns results into
//! text and prints nothing itself. [`check()`] and [`fix()`] go the whole way.
//!
//! # Example
//! Before a test run, or after an import: look, and repair what is behind.
//!
//! ```no_run
//! use reseq::apply::{ApplyOptions, receipt};
//! use reseq::session::{Connector, Sessions};
//! use reseq::{CheckOptions, check, fix};
//!
//! # fn main() -> reseq::Result<()> {
//! let connector = Connector::from_conninfo("postgresql://localhost/shop");
//! let mut sessions = Sessions::open(connector, 2)?;
//!
//! let checked = check(&mut sessions, &CheckOptions::default(), &mut |_| ())?;
//! let diagnoser = checked.diagnoser();
//! for verdict in checked.report.worst_first() {
//!     let name = &checked.catalog.sequence(verdict.sequence).name;
//!     for finding in diagnoser.diagnosis(verdict.sequence).findings {
//!         eprintln!("{name}: {}: {}", finding.code, finding.message);
//!     }
//! }
//!
//! let receipts = receipt::default_folder()?;
//! let (_, outcome) = fix(&mut sessions, &CheckOptions::default(), &ApplyOptions::default(), &receipts)?;
//! assert!(outcome.complete && !outcome.anything_remains());
//! # Ok(()) }
//! ```

pub mod apply;
mod array;
pub mod carry;
pub mod catalog;
mod check;
mod clear;
pub mod config;
pub mod diagnose;
mod error;
pub mod file;
mod fix;
#[cfg(test)]
mod fixture;
mod load;
pub mod model;
pub mod observe;
pub mod plan;
mod renumber;
pub mod report;
mod restart;
mod save;
pub mod session;
mod template;
mod undo;

pub use check::{CheckOptions, Checked, IgnoreRule, SCAN_LIMIT, Stage, check};
pub use clear::{clear, default_backup};
pub use error::{Error, Result};
pub use fix::fix;
pub use load::{LoadRequest, PreparedLoad, prepare_load};
pub use renumber::{RenumberRequest, plan_renumber};
pub use restart::Restart;
pub use save::{Unsaved, save};
pub use undo::Undo;

/// The safe face of libpq, whose errors and rows pass through this crate.
pub use reseq_pq as pq;
