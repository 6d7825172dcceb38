//! When to try again what failed only because somebody else was there at that moment.

use std::time::Duration;

use crate::Error;

/// The pauses before each further try: everybody whom a waiting lock held up gets through in between.
pub(super) const PAUSES: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// Whether the error says nothing but that others were at work: a lock not had in time (`lock_timeout`), a
/// deadlock, or the file of a sequence that was just being replaced by an ALTER SEQUENCE.
pub(super) fn is_passing(error: &Error) -> bool {
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    const DEADLOCK_DETECTED: &str = "40P01";
    const DATA_CORRUPTED: &str = "XX001";
    matches!(error.sqlstate(), Some(LOCK_NOT_AVAILABLE | DEADLOCK_DETECTED | DATA_CORRUPTED))
}
