//! The JSON of `restart --list-gaps`: `schema/gaps.schema.json`.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{ServerObject, VERSION};
use crate::observe::FreeGap;
use crate::session::Server;

#[derive(Serialize)]
struct Document<'a> {
    reseq: &'static str,
    server: ServerObject<'a>,
    sequences: Vec<Gaps<'a>>,
}

#[derive(Serialize)]
struct Gaps<'a> {
    sequence: &'a str,
    gaps: Vec<Gap>,
}

#[derive(Serialize)]
struct Gap {
    first: i64,
    last: i64,
    calls: u64,
}

/// Writes one object and a line end: the free gaps of sequences, by quoted name.
///
/// # Errors
/// Those of the writer.
pub fn write_gaps_json<'a>(
    writer: impl Write,
    server: &Server,
    sequences: impl IntoIterator<Item = (&'a str, &'a [FreeGap])>,
) -> io::Result<()> {
    // Values of a sequence: they fit.
    let number = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
    let gap = |gap: &FreeGap| Gap {
        first: number(gap.first),
        last: number(gap.last),
        calls: u64::try_from(gap.calls).unwrap_or(u64::MAX),
    };
    let sequences = sequences.into_iter();
    let sequences = sequences.map(|(sequence, gaps)| Gaps { sequence, gaps: gaps.iter().map(gap).collect() });
    let document =
        Document { reseq: VERSION, server: ServerObject::of(server), sequences: sequences.collect() };
    let mut writer = io::BufWriter::new(writer);
    serde_json::to_writer(&mut writer, &document)?;
    writeln!(writer)?;
    writer.flush()
}
