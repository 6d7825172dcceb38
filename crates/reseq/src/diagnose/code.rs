//! The one table of all findings: code, severity, title, manual page.

use serde::{Deserialize, Serialize};

/// What is wrong. The name is the code that users see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// A value at or after the next one is already taken.
    Behind,
    /// No call is left.
    Exhausted,
    /// Few calls are left.
    Exhausting,
    /// A row so far from the rest that syncing to it would use the sequence up.
    Outlier,
    /// Behind, and the value needed is out of bounds.
    Blocked,
    /// Drawn by a column that does not own the sequence.
    NotOwned,
    /// Owned by a column that does not draw from it.
    OwnedUnused,
    /// Sequence and column are of different types.
    TypeMismatch,
    /// A foreign-key column is narrower than the key it copies.
    FkNarrower,
    /// A role may insert but not draw.
    NoGrant,
    /// Sessions hold values in advance.
    Cached,
    /// CYCLE on a unique column.
    Cycles,
    /// State or column could not be read.
    Unreadable,
    /// The sequence's name or the expression cannot be told.
    Unresolved,
}
