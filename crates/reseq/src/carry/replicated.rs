//! Waits until the rows that the source has written are on the target, where logical replication carries them.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::array::text_array;
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// How often it is asked whether they have arrived.
const PAUSE: Duration = Duration::from_millis(50);

/// A way of logical replication from the source to the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The replication slot on the source.
    pub slot: String,
    /// The subscription on the target that takes from it.
    pub subscription: String,
    /// How many tables it brings the rows of.
    pub tables: i64,
    /// Why not all changes that it brings have arrived; `None` where they have.
    pub hindrance: Option<String>,
    /// What it does not bring by its publications: rows that a filter leaves out, and inserts that are not published.
    pub leaves_out: Vec<String>,
}

/// Waits until all that was committed on the source has arrived on every way to the target; at most for `limit`. None
/// where no slot of the source leads to the target.
///
/// # Errors
/// What a server refuses, a lost connection, an interrupt.
pub(super) fn wait(source: &mut Sessions, target: &mut Sessions, limit: Duration) -> Result<Vec<Way>> {
    let slots = slots(source.first())?;
    if slots.is_empty() || subscriptions(target.first(), &slots)?.is_empty() {
        return Ok(Vec::new());
    }
    let position = mark(source.first())?;
    let begin = Instant::now();
    loop {
        let confirmed = confirmed(source.first(), &slots, &position)?;
        let found = subscriptions(target.first(), &slots)?;
        // Nobody is to stand waiting for what is switched off.
        let is_over = begin.elapsed() >= limit || found.iter().any(|one| !one.enabled);
        let publications: Vec<_> = found.iter().map(|one| one.publications.clone()).collect();
        let mut ways: Vec<Way> = found.into_iter().map(|one| one.way(&confirmed, limit)).collect();
        if is_over || ways.iter().all(|way| way.hindrance.is_none()) {
            for (way, publications) in ways.iter_mut().zip(publications) {
                way.leaves_out = left_out(source.first(), &publications)?;
            }
            return Ok(ways);
        }
        source.interrupt().pause(PAUSE)?;
    }
}

/// A way of logical replication from the source to the target, before the switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WayAhead {
    /// The replication slot on the source.
    pub slot: String,
    /// The subscription on the target that takes from it.
    pub subscription: String,
    /// How many tables it brings the rows of.
    pub tables: i64,
    /// How many of them are being copied for the first time.
    pub copying: i64,
    /// Whether the subscription is enabled; where it is not, nobody would wait for it.
    pub enabled: bool,
    /// Whether somebody takes from the slot at this moment.
    pub active: bool,
    /// How many bytes of WAL the subscription has not confirmed yet; `None` where the slot is not known to have any.
    pub behind: Option<i64>,
    /// As in [`Way::leaves_out`].
    pub leaves_out: Vec<String>,
}

/// Looks at the ways without waiting for anything, and writes no mark.
pub(super) fn ahead(source: &mut Sessions, target: &mut Sessions) -> Result<Vec<WayAhead>> {
    const TRIED: &str = "read how far behind replication is";
    let slots = slots(source.first())?;
    if slots.is_empty() {
        return Ok(Vec::new());
    }
    let found = subscriptions(target.first(), &slots)?;
    let rows =
        source.first().read(TRIED, include_str!("sql/slots_behind.sql"), &[Some(&text_array(&slots))])?;
    let read = |row: reseq_pq::Row<'_>| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)));
    let behind: HashMap<String, (bool, Option<i64>)> =
        rows.iter().map(read).collect::<Result<_, reseq_pq::Error>>().map_err(Error::while_trying(TRIED))?;
    let mut way = |one: Subscription| {
        let (active, behind) = behind.get(&one.slot).copied().unwrap_or_default();
        Ok(WayAhead {
            leaves_out: left_out(source.first(), &one.publications)?,
            slot: one.slot,
            subscription: one.name,
            tables: one.tables,
            copying: one.copying,
            enabled: one.enabled,
            active,
            behind,
        })
    };
    found.into_iter().map(&mut way).collect()
}

struct Subscription {
    name: String,
    slot: String,
    enabled: bool,
    tables: i64,
    /// Tables that are being copied for the first time.
    copying: i64,
    publications: Vec<String>,
}

impl Subscription {
    fn way(self, confirmed: &HashSet<String>, limit: Duration) -> Way {
        let hindrance = if confirmed.contains(&self.slot) && self.copying == 0 {
            None
        } else if !self.enabled {
            Some("it is disabled: enable it, or drop it if it is not needed".to_owned())
        } else if self.copying > 0 {
            Some(format!("tables are still being copied for the first time, {} to go", self.copying))
        } else {
            Some(format!("it did not confirm within {} s that all rows have arrived", limit.as_secs()))
        };
        let leaves_out = Vec::new();
        Way { slot: self.slot, subscription: self.name, tables: self.tables, hindrance, leaves_out }
    }
}

fn slots(source: &mut Session) -> Result<Vec<String>> {
    const TRIED: &str = "read the replication slots";
    let rows = source.read(TRIED, include_str!("sql/slots.sql"), &[])?;
    rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>().map_err(Error::while_trying(TRIED))
}

fn subscriptions(target: &mut Session, slots: &[String]) -> Result<Vec<Subscription>> {
    const TRIED: &str = "read the subscriptions";
    let slots = text_array(slots);
    let rows = target.read(TRIED, include_str!("sql/subscriptions.sql"), &[Some(&slots)])?;
    rows.iter()
        .map(|row| {
            Ok(Subscription {
                name: row.get(0)?,
                slot: row.get(1)?,
                enabled: row.get(2)?,
                tables: row.get(3)?,
                copying: row.get(4)?,
                publications: row.get(5)?,
            })
        })
        .collect::<Result<_, reseq_pq::Error>>()
        .map_err(Error::while_trying(TRIED))
}

/// What publications of the source do not publish of their tables.
fn left_out(source: &mut Session, publications: &[String]) -> Result<Vec<String>> {
    const TRIED: &str = "read what the publications leave out";
    let sql = match source.server().major() {
        ..15 => include_str!("sql/filters_10_to_14.sql"),
        _ => include_str!("sql/filters.sql"),
    };
    let rows = source.read(TRIED, sql, &[Some(&text_array(publications))])?;
    rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>().map_err(Error::while_trying(TRIED))
}

/// Marks the place in the WAL behind all that was committed on the source.
fn mark(source: &mut Session) -> Result<String> {
    const TRIED: &str = "write a mark into the WAL";
    let mark = reseq_pq::Statement { sql: include_str!("sql/mark.sql"), params: &[] };
    let results = source.transaction().commit(TRIED, &[mark])?;
    results[0].row(0).and_then(|row| row.get(1)).map_err(Error::while_trying(TRIED))
}

fn confirmed(source: &mut Session, slots: &[String], position: &str) -> Result<HashSet<String>> {
    const TRIED: &str = "read how far replication has come";
    let slots = text_array(slots);
    let rows = source.read(TRIED, include_str!("sql/confirmed.sql"), &[Some(&slots), Some(position)])?;
    rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>().map_err(Error::while_trying(TRIED))
}
