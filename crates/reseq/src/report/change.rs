//! The JSON of restart, load, renumber, clear and undo. The schema is `schema/change.schema.json`; fields are added
//! over time, never renamed.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{ServerObject, VERSION};
use crate::apply::ChangeOutcome;
use crate::plan::{Change, Stays};
use crate::session::Server;

#[derive(Serialize)]
struct Document<'a> {
    reseq: &'static str,
    server: ServerObject<'a>,
    command: &'a str,
    #[serde(flatten)]
    outcome: &'a ChangeOutcome,
    remarks: &'a [String],
    remaining: &'a [Stays],
}

/// Writes one object and a line end: what became of a change, or with [`ChangeOutcome::planned`] the plan alone.
///
/// # Errors
/// Those of the writer.
pub fn write_change_json(
    writer: impl Write,
    server: &Server,
    change: &Change,
    outcome: &ChangeOutcome,
) -> io::Result<()> {
    let mut writer = io::BufWriter::new(writer);
    let document = Document {
        reseq: VERSION,
        server: ServerObject::of(server),
        command: change.command,
        outcome,
        remarks: &change.remarks,
        remaining: &change.remaining,
    };
    serde_json::to_writer(&mut writer, &document)?;
    writeln!(writer)?;
    writer.flush()
}
