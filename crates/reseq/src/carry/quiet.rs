//! Waits until the source hands out nothing any more.
//!
//! Whoever draws from a sequence keeps a lock on it until the end of the transaction, and whoever writes to a table one
//! on that: open transactions are seen by their locks, also prepared ones. Whoever draws in a transaction of its own,
//! again and again, is seen by the states: they must not move for a second. Who writes rows with values held in advance
//! (CACHE) is seen by the statistics ([`super::cached`]). Sequences that an open transaction has created
//! are seen by nobody else: all that have changed anything are waited for, so that a look afterwards sees what they made.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::cached::{Cached, Counted, KNOWN_AFTER};
use crate::apply::Holder;
use crate::catalog::{Catalog, LinkId, SequenceId};
use crate::model::{Oid, QuotedName};
use crate::observe::{StateReading, states};
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// For so long nothing may be handed out.
const STILL: Duration = Duration::from_secs(1);

/// How often open transactions are looked for.
const PAUSE: Duration = Duration::from_millis(100);

/// How often it is looked for who writes by short transactions.
const SHORT_PAUSE: Duration = Duration::from_millis(10);

/// An open transaction that has drawn from a sequence, or written to a table that one feeds; or that has changed
/// anything, and may have created sequences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drawing {
    /// Whose it is.
    pub holder: Holder,
    /// The role.
    pub role: Option<String>,
    /// What the session calls itself (`application_name`); `None` where it says nothing.
    pub application: Option<String>,
    /// What it has drawn from or written to: sequences and tables. Empty where it has changed something else.
    pub relations: BTreeSet<QuotedName>,
}

/// What came of waiting.
#[derive(Clone, Debug)]
pub struct Quiet {
    /// Where the sequences stood all the time, one reading a sequence of the catalogue; `None` where the source went on
    /// until the waiting was over.
    pub states: Option<Vec<StateReading>>,
    /// How long it was waited for.
    pub waited: Duration,
    /// Who went on at last.
    pub drawing: Vec<Drawing>,
    /// The sequences that moved last.
    pub moved: Vec<SequenceId>,
    /// The tables that got rows last, by values held in advance (CACHE).
    pub written: Vec<QuotedName>,
    /// The sequences of which sessions of the source may hold values still, and write rows with them.
    pub may_be_held: Vec<SequenceId>,
}

/// Waits until no transaction is open that has drawn from the selected sequences or written to their tables, and none of
/// them moves for a second, nor until all have ended that had changed anything by then; at most for `limit`.
///
/// # Errors
/// A lost connection, an interrupt.
pub(super) fn wait(
    source: &mut Sessions,
    catalog: &Catalog,
    selected: &[bool],
    limit: Duration,
) -> Result<Quiet> {
    let watch = Watch::of(catalog, selected);
    let begin = Instant::now();
    let end = begin + limit;
    let (mut moved, mut written) = (Vec::new(), Vec::new());
    loop {
        let mut drawing = watch.until_nobody_draws(source.first(), end)?;
        if drawing.is_empty() {
            let before = states(source, catalog, selected)?;
            let counted = watch.cached.count(source.first())?;
            source.interrupt().pause(STILL)?;
            let writing = counted.map(|counted| watch.writing(source.first(), &counted)).transpose()?;
            let writers;
            (written, writers) = writing.unwrap_or_default();
            let changing = watch.until_ended(source.first(), end)?;
            let after = states(source, catalog, selected)?;
            // In this order: what was drawn before the second reading, and is not seen here, has ended.
            drawing = watch.drawing(source.first())?;
            drawing.extend(changing);
            drawing.extend(writers);
            moved = watch.moved(&before, &after);
            if drawing.is_empty() && moved.is_empty() && written.is_empty() {
                let (waited, may_be_held) = (begin.elapsed(), watch.cached.may_be_held(&after));
                return Ok(Quiet { states: Some(after), waited, drawing, moved, written, may_be_held });
            }
        }
        if Instant::now() >= end {
            let waited = begin.elapsed();
            return Ok(Quiet { states: None, waited, drawing, moved, written, may_be_held: Vec::new() });
        }
    }
}

/// Who draws or changes something at this moment: see [`wait`].
pub(super) fn now(source: &mut Sessions, catalog: &Catalog, selected: &[bool]) -> Result<Vec<Drawing>> {
    let watch = Watch::of(catalog, selected);
    let mut drawing = watch.drawing(source.first())?;
    let known: BTreeSet<Holder> = drawing.iter().map(|one| one.holder.clone()).collect();
    let changing = changing(source.first())?.into_iter().map(|one| one.drawing);
    drawing.extend(changing.filter(|one| !known.contains(&one.holder)));
    Ok(drawing)
}

/// What is watched.
struct Watch<'a> {
    catalog: &'a Catalog,
    selected: &'a [bool],
    /// The sequences, and the tables that they feed.
    relations: HashMap<Oid, &'a QuotedName>,
    /// Those of which sessions may hold values.
    cached: Cached<'a>,
}

impl<'a> Watch<'a> {
    fn of(catalog: &'a Catalog, selected: &'a [bool]) -> Self {
        let (relations, cached) = (relations(catalog, selected), Cached::of(catalog, selected));
        Self { catalog, selected, relations, cached }
    }

    /// Those who still draw when the time is over, or nobody.
    fn until_nobody_draws(&self, session: &mut Session, end: Instant) -> Result<Vec<Drawing>> {
        loop {
            let drawing = self.drawing(session)?;
            let left = end.saturating_duration_since(Instant::now());
            if drawing.is_empty() || left.is_zero() {
                return Ok(drawing);
            }
            session.interrupt().pause(PAUSE.min(left))?;
        }
    }

    /// Those of the transactions open now, with changes of any kind, that are open still when the time is over.
    fn until_ended(&self, session: &mut Session, end: Instant) -> Result<Vec<Drawing>> {
        let mut open = changing(session)?;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if open.is_empty() || left.is_zero() {
                return Ok(open.into_iter().map(|one| one.drawing).collect());
            }
            session.interrupt().pause(PAUSE.min(left))?;
            let known: HashSet<String> = open.into_iter().map(|one| one.id).collect();
            open = changing(session)?.into_iter().filter(|one| known.contains(&one.id)).collect();
        }
    }

    /// The tables that have got rows by values held in advance, and who was seen to write to them.
    fn writing(&self, session: &mut Session, before: &Counted) -> Result<(Vec<QuotedName>, Vec<Drawing>)> {
        let nobody = (Vec::new(), Vec::new());
        let Some(now) = self.cached.count(session)? else { return Ok(nobody) };
        if !before.anybody_wrote(&now) {
            return Ok(nobody);
        }
        let mut seen: BTreeMap<Holder, Drawing> = BTreeMap::new();
        while before.at.elapsed() < KNOWN_AFTER {
            for one in self.drawing(session)? {
                seen.entry(one.holder.clone()).or_insert(one);
            }
            session.interrupt().pause(SHORT_PAUSE)?;
        }
        let Some(now) = self.cached.count(session)? else { return Ok(nobody) };
        let written = self.cached.written(before, &now);
        let wrote = |one: &Drawing| written.iter().any(|table| one.relations.contains(table));
        let writers = seen.into_values().filter(wrote).collect();
        Ok((written, writers))
    }

    fn drawing(&self, session: &mut Session) -> Result<Vec<Drawing>> {
        const TRIED: &str = "read which transactions are drawing";
        let rows = session.read(TRIED, include_str!("sql/drawing.sql"), &[])?;
        let mut found: BTreeMap<Holder, Drawing> = BTreeMap::new();
        let mut take = |row: reseq_pq::Row<'_>| {
            let Some(relation) = self.relations.get(&Oid(row.get(0)?)) else { return Ok(()) };
            let one = whose(row)?;
            let drawing = found.entry(one.holder.clone()).or_insert(one);
            drawing.relations.insert((*relation).clone());
            Ok::<_, reseq_pq::Error>(())
        };
        rows.iter().try_for_each(&mut take).map_err(Error::while_trying(TRIED))?;
        Ok(found.into_values().collect())
    }

    fn moved(&self, before: &[StateReading], after: &[StateReading]) -> Vec<SequenceId> {
        let watched = self.catalog.iter().map(|(id, _)| id).filter(|id| self.selected[id.0]);
        watched.filter(|id| before[id.0] != after[id.0]).collect()
    }
}

/// A transaction that has changed something, whatever it is.
struct Changing {
    id: String,
    drawing: Drawing,
}

fn changing(session: &mut Session) -> Result<Vec<Changing>> {
    const TRIED: &str = "read which transactions are open";
    let rows = session.read(TRIED, include_str!("sql/changing.sql"), &[])?;
    rows.iter()
        .map(|row| Ok(Changing { id: row.get(0)?, drawing: whose(row)? }))
        .collect::<Result<_, reseq_pq::Error>>()
        .map_err(Error::while_trying(TRIED))
}

/// Whose transaction it is, as all columns but the first say.
fn whose(row: reseq_pq::Row<'_>) -> Result<Drawing, reseq_pq::Error> {
    let (pid, gid): (Option<i32>, Option<String>) = (row.get(1)?, row.get(2)?);
    let application: Option<String> = row.get(4)?;
    Ok(Drawing {
        holder: pid.map_or_else(|| Holder::Prepared(gid.unwrap_or_default()), Holder::Pid),
        role: row.get(3)?,
        application: application.filter(|name| !name.is_empty()),
        relations: BTreeSet::new(),
    })
}

/// The selected sequences and the tables that they feed, leaves too.
fn relations<'a>(catalog: &'a Catalog, selected: &[bool]) -> HashMap<Oid, &'a QuotedName> {
    let mut relations = HashMap::new();
    for (_, sequence) in catalog.iter().filter(|(id, _)| selected[id.0]) {
        relations.insert(sequence.oid, &sequence.name);
    }
    let fed = catalog.iter().map(|(id, _)| id).filter(|id| selected[id.0]);
    relations.extend(fed.flat_map(|id| tables(catalog, id)));
    relations
}

/// The tables that a sequence feeds, leaves too.
pub(super) fn tables(catalog: &Catalog, id: SequenceId) -> impl Iterator<Item = (Oid, &QuotedName)> {
    let links = catalog.sequence(id).links.clone().map(|link| catalog.link(LinkId(link)));
    links.flat_map(|link| {
        let leaves = link.leaves.iter().map(|leaf| (leaf.oid, &leaf.name));
        std::iter::once((link.table_oid, &*link.table)).chain(leaves)
    })
}
