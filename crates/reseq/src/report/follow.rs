//! What `carry --follow --format json` says: one object a line. The schema is `schema/carry-follow.schema.json`; fields and
//! events are added over time, never renamed.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::json::{ServerObject, VERSION};
use crate::carry::follow::Event;

#[derive(Serialize)]
struct Line<'a> {
    time: Timestamp,
    #[serde(flatten)]
    event: &'a Event,
    #[serde(flatten)]
    began: Option<BeganObject<'a>>,
}

#[derive(Serialize)]
struct BeganObject<'a> {
    reseq: &'static str,
    source: ServerObject<'a>,
    target: ServerObject<'a>,
}

/// Writes one event and a line end, and flushes.
///
/// # Errors
/// Those of the writer.
pub fn write_follow_json(mut writer: impl Write, event: &Event) -> io::Result<()> {
    let began = match event {
        Event::Began(began) => Some(BeganObject {
            reseq: VERSION,
            source: ServerObject::of_source(&began.source),
            target: ServerObject::of(&began.target),
        }),
        _ => None,
    };
    let mut line = serde_json::to_vec(&Line { time: Timestamp::now(), event, began })?;
    line.push(b'\n');
    writer.write_all(&line)?;
    writer.flush()
}
