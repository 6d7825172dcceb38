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
//! text and prints nothing itself.

pub mod apply;
pub mod catalog;
pub mod config;
pub mod diagnose;
mod error;
#[cfg(test)]
mod fixture;
pub mod model;
pub mod observe;
pub mod plan;
pub mod report;
pub mod session;

pub use error::{Error, Result};

/// The safe face of libpq, whose errors and rows pass through this crate.
pub use reseq_pq as pq;
