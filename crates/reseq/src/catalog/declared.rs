//! Links that the user declares in reseq.toml, for what the catalogue cannot tell.

use super::Via;
use super::found::{ColumnAt, Found, FoundLink, Unclear};
use super::resolve::LOSES_NEGATIVES;
use super::sequences::Sequences;
use crate::model::{Definition, Mapping, Oid};
use crate::session::Session;
use crate::{Error, Result, config};

/// Adds the declared links. What was found about the same column without being sure is settled by them.
pub(super) fn add(
    session: &mut Session,
    declared: &[config::Link],
    sequences: &Sequences,
    found: &mut Found,
) -> Result<()> {
    for declared in declared {
        let (column, sequence) = look_up(session, declared, sequences)?;
        let unknown = ColumnAt { attnum: 0, ..column };
        found.unclear.retain(|unclear| unclear.column != Some(column) && unclear.column != Some(unknown));
        found.links.retain(|link| link.column != column || link.sequence != sequence);
        let Definition { min, max, .. } = *sequences.list[sequence].definition;
        if declared.mapping.loses_negatives(min, max) {
            found.unclear.push(Unclear {
                column: Some(column),
                sequence: Some(sequence),
                source: declared.expression.clone().unwrap_or_default(),
                reason: LOSES_NEGATIVES.to_owned(),
            });
            continue;
        }
        let mapping = (declared.mapping != Mapping::IDENTITY).then(|| Box::new(declared.mapping.clone()));
        found.links.push(FoundLink { column, sequence, via: Via::Declared, mapping });
    }
    Ok(())
}

fn look_up(
    session: &mut Session,
    declared: &config::Link,
    sequences: &Sequences,
) -> Result<(ColumnAt, usize)> {
    let config::Link { table, column, sequence, .. } = declared;
    let params = [Some(table.as_str()), Some(column.as_str()), Some(sequence.as_str())];
    let tried = "look up the links that reseq.toml declares";
    let rows = match session.read(tried, include_str!("sql/declared.sql"), &params) {
        Err(error) if matches!(error.sqlstate(), Some("42602" | "22023")) => {
            return Err(nothing(format!("\"{table}\", \"{column}\" or \"{sequence}\" is not a name")));
        }
        rows => rows?,
    };
    let row = rows.row(0).map_err(Error::while_trying(tried))?;
    let table_oid: Option<u32> = row.get(0).map_err(Error::while_trying(tried))?;
    let attnum: Option<i16> = row.get(1).map_err(Error::while_trying(tried))?;
    let sequence_oid: Option<u32> = row.get(2).map_err(Error::while_trying(tried))?;
    let table_oid = table_oid.ok_or_else(|| nothing(format!("there is no table {table}")))?;
    let attnum = attnum.ok_or_else(|| nothing(format!("table {table} has no column {column}")))?;
    let sequence = sequence_oid
        .and_then(|oid| sequences.by_oid(Oid(oid)))
        .ok_or_else(|| nothing(format!("there is no sequence {sequence}")))?;
    Ok((ColumnAt { table: Oid(table_oid), attnum }, sequence))
}

fn nothing(message: String) -> Error {
    Error::Usage {
        message: format!("reseq.toml declares a link, but {message}"),
        hint: Some("write names as in SQL, with their schema: public.orders, \"Shop\".orders".into()),
    }
}
