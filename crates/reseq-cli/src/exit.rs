//! What the exit status says. Scripts and monitoring systems rely on it.

/// Everything was looked at and all is well, or all that was asked for was done.
pub(crate) const ALL_WELL: u8 = 0;
/// Findings remain: for `check` those that `--fail-on` asks for, for `fix` what it could not repair.
pub(crate) const FINDINGS: u8 = 1;
/// The command line or reseq.toml cannot be understood, or names something that is not there; nothing was done.
pub(crate) const USAGE: u8 = 2;
/// Not everything could be looked at or finished: no connection, no privilege, row security, time-out, Ctrl-C.
pub(crate) const INCOMPLETE: u8 = 3;
