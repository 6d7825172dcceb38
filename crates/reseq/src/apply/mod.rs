//! The only room that writes: runs a plan, keeps the receipt, looks again.
