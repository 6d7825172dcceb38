//! The JSON of `reseq save`. The schema is `schema/save.schema.json`; fields are added over time, never renamed.

use std::io::{self, Write};

use crate::apply::receipt::Saved;

/// Writes one object, its sequences one a line, and a line end.
///
/// # Errors
/// Those of the writer.
pub fn write_saved_json(writer: impl Write, saved: &Saved) -> io::Result<()> {
    let mut writer = io::BufWriter::new(writer);
    let head = serde_json::to_string(&saved.run)?;
    write!(writer, "{},\n\"sequences\": [", head.strip_suffix('}').unwrap_or(&head))?;
    for (place, sequence) in saved.sequences.iter().enumerate() {
        writer.write_all(if place == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut writer, sequence)?;
    }
    writer.write_all(b"\n]}\n")?;
    writer.flush()
}
