//! The library against real servers of every major version. One binary, one file a subject.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod catalog;
mod catalog_by_hand;
mod expression;
mod literal;
mod observe;
mod session;
mod support;
