//! What `carry --follow --format json` says: one object a line.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::carry::follow::Event;

#[derive(Serialize)]
struct Line<'a> {
    time: Timestamp,
    #[serde(flatten)]
    event: &'a Event,
}

/// Writes one event and a line end, and flushes.
///
/// # Errors
/// Those of the writer.
pub fn write_follow_json(mut writer: impl Write, event: &Event) -> io::Result<()> {
    let mut line = serde_json::to_vec(&Line { time: Timestamp::now(), event })?;
    line.push(b'\n');
    writer.write_all(&line)?;
    writer.flush()
}
