//! The JSON of `reseq receipts`. The schema is `schema/receipts.schema.json`; fields are added over time, never renamed.

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::apply::receipt::{self, Counts, Ended, Place, Receipt};

/// A receipt in the list.
#[derive(Serialize)]
struct Listed<'a> {
    id: String,
    file: String,
    command: &'a str,
    started: Timestamp,
    finished: Option<Timestamp>,
    server: &'a Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_on: Option<&'a Place>,
    ended: Ended,
    sequences: Counts,
}

impl<'a> Listed<'a> {
    fn of(path: &Path, receipt: &'a Receipt) -> Self {
        Self {
            id: receipt::id(path),
            file: path.to_string_lossy().into_owned(),
            command: &receipt.run.command,
            started: receipt.run.started,
            finished: receipt.run.finished,
            server: &receipt.run.server,
            ended_on: receipt.run.ended_on.as_ref(),
            ended: receipt.ended(),
            sequences: receipt.counts(),
        }
    }
}

/// One receipt in full.
#[derive(Serialize)]
struct Whole<'a> {
    id: String,
    file: String,
    ended: Ended,
    #[serde(flatten)]
    receipt: &'a Receipt,
}

/// Writes the list of receipts, one object a line in an array.
///
/// # Errors
/// Those of the writer.
pub fn write_receipts_json<'a>(
    writer: impl Write,
    receipts: impl IntoIterator<Item = (&'a Path, &'a Receipt)>,
) -> io::Result<()> {
    let mut writer = io::BufWriter::new(writer);
    let listed: Vec<_> = receipts.into_iter().map(|(path, receipt)| Listed::of(path, receipt)).collect();
    serde_json::to_writer(&mut writer, &listed)?;
    writeln!(writer)?;
    writer.flush()
}

/// Writes one receipt, with how it ended.
///
/// # Errors
/// Those of the writer.
pub fn write_receipt_json(writer: impl Write, path: &Path, receipt: &Receipt) -> io::Result<()> {
    let mut writer = io::BufWriter::new(writer);
    let file = path.to_string_lossy().into_owned();
    let whole = Whole { id: receipt::id(path), file, ended: receipt.ended(), receipt };
    serde_json::to_writer(&mut writer, &whole)?;
    writeln!(writer)?;
    writer.flush()
}
