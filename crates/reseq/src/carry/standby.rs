//! Whether a standby as source is seen to be behind its primary: what it hands on is too little then.

use std::time::{Duration, Instant};

use crate::session::Sessions;
use crate::{Error, Result};

/// What a standby has received is replayed within less, unless it is behind.
const LIMIT: Duration = Duration::from_secs(1);

/// How often it is looked.
const PAUSE: Duration = Duration::from_millis(50);

/// By what a standby is seen to be behind, in words: its replay is paused, it receives nothing, or it does not replay what
/// it has received within a second. `None` on a primary, and where nothing of that is so; what a primary has not sent
/// yet is not seen.
///
/// # Errors
/// What the server refuses, a lost connection, an interrupt.
pub fn behind(source: &mut Sessions) -> Result<Option<String>> {
    const TRIED: &str = "ask how far the standby has come";
    if !source.server().in_recovery {
        return Ok(None);
    }
    let end = Instant::now() + LIMIT;
    let mut received: Option<String> = None;
    loop {
        let rows = source.first().read(TRIED, include_str!("sql/replay.sql"), &[received.as_deref()])?;
        let read = || {
            let row = rows.row(0)?;
            let replay = Replay {
                is_paused: row.get(0)?,
                receives: row.get(1)?,
                behind: row.get::<Option<i64>>(3)?.unwrap_or(0),
                seconds: row.get(4)?,
            };
            Ok((replay, row.get(2)?))
        };
        let replay: Replay;
        (replay, received) = read().map_err(Error::while_trying(TRIED))?;
        let catches_up = replay.receives && !replay.is_paused;
        if catches_up && replay.behind > 0 && Instant::now() < end {
            source.interrupt().pause(PAUSE)?;
            continue;
        }
        return Ok(replay.in_words());
    }
}

struct Replay {
    is_paused: bool,
    receives: bool,
    /// In bytes of WAL.
    behind: i64,
    /// Since its last transaction was committed.
    seconds: Option<i64>,
}

impl Replay {
    fn in_words(&self) -> Option<String> {
        let Self { is_paused, receives, behind, seconds } = self;
        let what = match (is_paused, receives) {
            (true, _) => "its replay is paused",
            (false, false) => "it receives nothing (no WAL receiver)",
            (false, true) if *behind > 0 => "it does not keep up",
            (false, true) => return None,
        };
        let since =
            seconds.map(|seconds| format!(", and its last transaction was committed {seconds} s ago"));
        let since = since.unwrap_or_default();
        Some(format!("{what}: {behind} bytes of WAL that it has received are not replayed{since}"))
    }
}
