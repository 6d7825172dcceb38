//! Saved sequences as a script for psql.

use std::io::{self, Write};

use super::script::one_line;
use crate::apply::receipt::{Saved, SavedOwner, SavedSequence};
use crate::model::quote_literal;

/// Writes a script that makes the sequences that are not there, but for those of identity columns, and sets all of them
/// to what was saved, also back: one short transaction each.
///
/// # Errors
/// Those of the writer.
pub fn saved_script(writer: impl Write, saved: &Saved) -> io::Result<()> {
    let mut writer = io::BufWriter::new(writer);
    let place = &saved.run.server;
    let from = format!("{} on {}:{}", place.database, place.host, place.port);
    write!(
        writer,
        "-- reseq save: {} of {}, PostgreSQL {}, as of {:.0}.\n\
         -- Run with: psql -X -f FILE. It makes the sequences that are not there, but for those of identity columns, and sets\n\
         -- all of them to what was saved, also where that hands values out twice; reseq undo takes the JSON of reseq save,\n\
         -- and looks before.\n\
         \\set ON_ERROR_STOP on\n\\encoding UTF8\n",
        crate::diagnose::words::count(saved.sequences.len(), "sequence"),
        one_line(&from),
        one_line(&place.version),
        saved.run.started,
    )?;
    for sequence in &saved.sequences {
        write_sequence(&mut writer, sequence)?;
    }
    writer.flush()
}

fn write_sequence(writer: &mut impl Write, saved: &SavedSequence) -> io::Result<()> {
    let (name, definition, state) = (saved.sequence.as_str(), &saved.definition, saved.state);
    writeln!(writer, "\nBEGIN;")?;
    if saved.owner.as_ref().is_none_or(|owner| !owner.identity) {
        writeln!(writer, "CREATE SEQUENCE IF NOT EXISTS {name};")?;
    }
    writeln!(
        writer,
        "ALTER SEQUENCE {name} AS {} INCREMENT {} MINVALUE {} MAXVALUE {} START {} RESTART {} CACHE {} {};",
        definition.data_type.name(),
        definition.increment,
        definition.min,
        definition.max,
        definition.start,
        state.last_value,
        definition.cache,
        if definition.cycle { "CYCLE" } else { "NO CYCLE" },
    )?;
    if state.is_called {
        let literal = quote_literal(name);
        writeln!(writer, "SELECT pg_catalog.setval({literal}, {}, true);", state.last_value)?;
    }
    if let Some(SavedOwner { table, column, identity: false }) = &saved.owner {
        writeln!(writer, "ALTER SEQUENCE {name} OWNED BY {table}.{column};")?;
    }
    writeln!(writer, "COMMIT;")
}
