//! What PostgreSQL 19's own synchronisation of sequences has done between the two servers, and what it has not.
//!
//! It copies when the subscription is created or refreshed, and never by itself (manual, section "Replicating Sequences").

use std::collections::HashMap;

use serde::Serialize;

use crate::array::array;
use crate::catalog::{Catalog, SequenceId};
use crate::model::{ObjectName, Oid, QuotedName};
use crate::session::Sessions;
use crate::{Error, Result};

/// The sequences of one subscription of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Native {
    /// The subscription.
    pub subscription: String,
    /// Whether it is enabled; where it is not, nothing is copied at all.
    pub enabled: bool,
    /// How many of the carried sequences it has.
    pub sequences: usize,
    /// Those that it has not copied yet, or failed to copy, as the target names them.
    pub not_copied: Vec<QuotedName>,
    /// Those that the source has written to since they were copied. What the source hands out within 32 calls of that
    /// cannot be seen so.
    pub stale: Vec<QuotedName>,
}

/// A row of `pg_subscription_rel`.
struct Followed {
    subscription: String,
    enabled: bool,
    sequence: QuotedName,
    ready: bool,
    copied_at: Option<i64>,
}

/// The major version that sequences are replicated from and to.
const REPLICATES_SEQUENCES: u32 = 19;

/// Looks what the subscriptions of the target have done for these pairs: the source's sequences by the names that they
/// have on the target. Empty where either server is older, or where no subscription has sequences.
///
/// # Errors
/// What ends the whole run.
pub(super) fn native(
    source: &mut Sessions,
    catalog: &Catalog,
    target: &mut Sessions,
    pairs: &HashMap<ObjectName, SequenceId>,
) -> Result<Vec<Native>> {
    if [&mut *source, &mut *target].iter().any(|end| end.server().major() < REPLICATES_SEQUENCES) {
        return Ok(Vec::new());
    }
    let followed = followed(target)?;
    let of =
        |one: &Followed| ObjectName::parse(one.sequence.as_str()).and_then(|name| pairs.get(&name)).copied();
    let followed: Vec<_> = followed.into_iter().filter_map(|one| Some((of(&one)?, one))).collect();
    if followed.is_empty() {
        return Ok(Vec::new());
    }
    let oid = |id: SequenceId| catalog.sequence(id).oid;
    let written = written(source, followed.iter().map(|(id, _)| oid(*id)))?;
    let mut found: Vec<Native> = Vec::new();
    for (id, one) in followed {
        if found.last().is_none_or(|last| last.subscription != one.subscription) {
            found.push(Native {
                subscription: one.subscription,
                enabled: one.enabled,
                sequences: 0,
                not_copied: Vec::new(),
                stale: Vec::new(),
            });
        }
        let Some(of) = found.last_mut() else { continue };
        of.sequences += 1;
        if !one.ready {
            of.not_copied.push(one.sequence);
        } else if written.get(&oid(id)).is_some_and(|written| one.copied_at < Some(*written)) {
            of.stale.push(one.sequence);
        }
    }
    Ok(found)
}

fn followed(target: &mut Sessions) -> Result<Vec<Followed>> {
    let tried = "read which sequences are synchronised";
    let rows = target.first().read(tried, include_str!("sql/native.sql"), &[])?;
    let read = |row: reseq_pq::Row<'_>| {
        Ok(Followed {
            subscription: row.get(0)?,
            enabled: row.get(1)?,
            sequence: QuotedName::from_server(row.get::<&str>(2)?),
            ready: row.get(3)?,
            copied_at: row.get(4)?,
        })
    };
    rows.iter().map(|row| read(row).map_err(Error::while_trying(tried))).collect()
}

/// Where in the log each was written last, where that may be read.
fn written(source: &mut Sessions, sequences: impl Iterator<Item = Oid>) -> Result<HashMap<Oid, i64>> {
    let tried = "read where the sequences were written last";
    let oids = array(sequences);
    let rows = source.first().read(tried, include_str!("sql/native_pages.sql"), &[Some(&oids)])?;
    let read = |row: reseq_pq::Row<'_>| Ok((Oid(row.get(0)?), row.get::<Option<i64>>(1)?));
    let read = rows.iter().map(|row| read(row).map_err(Error::while_trying(tried)));
    let known = read.filter_map(|row| match row {
        Ok((oid, written)) => written.map(|written| Ok((oid, written))),
        Err(error) => Some(Err(error)),
    });
    known.collect()
}
