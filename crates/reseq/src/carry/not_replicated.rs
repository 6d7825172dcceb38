//! What logical replication does not bring to the target, where there is any: that all rows have arrived by a subscription
//! says nothing of tables that it does not have.

use std::collections::HashSet;

use serde::Serialize;

use super::Carrying;
use crate::catalog::{Link, LinkId};
use crate::model::{Oid, QuotedName};
use crate::session::Session;
use crate::{Error, Result};

/// What is not brought; empty where no subscription leads from the source to the target, nor one is left without a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NotReplicated {
    /// The target's tables that take values from its sequences and are in no subscription from the source.
    pub tables: Vec<QuotedName>,
    /// Subscriptions of the target that bring nothing.
    pub subscriptions: Vec<Idle>,
}

/// A subscription that brings nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Idle {
    /// Its name.
    pub subscription: String,
    /// Why.
    pub reason: &'static str,
}

struct Subscribed {
    name: String,
    slot: Option<String>,
    enabled: bool,
    tables: Vec<i64>,
}

/// Looks which of the target's tables are on none of the `ways` from the source, which are names of subscriptions.
pub(super) fn look_for(target: &mut Session, seen: &Carrying, ways: &[&str]) -> Result<NotReplicated> {
    let is_way = |one: &Subscribed| ways.contains(&one.name.as_str());
    let (on_a_way, others): (Vec<_>, Vec<_>) = subscribed(target)?.into_iter().partition(is_way);
    let subscriptions: Vec<Idle> = others.into_iter().filter_map(Subscribed::idle).collect();
    if on_a_way.is_empty() && subscriptions.is_empty() {
        return Ok(NotReplicated::default());
    }
    let brought: HashSet<i64> = on_a_way.into_iter().flat_map(|one| one.tables).collect();
    Ok(NotReplicated { tables: tables_not_in(&brought, seen), subscriptions })
}

/// The tables that take values from the paired sequences, each once.
fn tables_not_in(brought: &HashSet<i64>, seen: &Carrying) -> Vec<QuotedName> {
    let catalog = &seen.target.catalog;
    let links = seen.pairs.found.iter().flat_map(|pair| catalog.sequence(pair.target).links.clone());
    let mut told = HashSet::new();
    links
        .map(|link| catalog.link(LinkId(link)))
        .filter(|link| !is_brought(brought, link) && told.insert(link.table_oid))
        .map(|link| (*link.table).clone())
        .collect()
}

/// A partitioned table is subscribed to as itself or as its partitions.
fn is_brought(brought: &HashSet<i64>, link: &Link) -> bool {
    let has = |Oid(table): Oid| brought.contains(&i64::from(table));
    has(link.table_oid) || !link.leaves.is_empty() && link.leaves.iter().all(|leaf| has(leaf.oid))
}

fn subscribed(target: &mut Session) -> Result<Vec<Subscribed>> {
    const TRIED: &str = "read the tables of the subscriptions";
    let rows = target.read(TRIED, include_str!("sql/subscribed.sql"), &[])?;
    rows.iter()
        .map(|row| {
            Ok(Subscribed { name: row.get(0)?, slot: row.get(1)?, enabled: row.get(2)?, tables: row.get(3)? })
        })
        .collect::<Result<_, reseq_pq::Error>>()
        .map_err(Error::while_trying(TRIED))
}

impl Subscribed {
    /// One that leads elsewhere and works is none of ours.
    fn idle(self) -> Option<Idle> {
        let reason = match (&self.slot, self.enabled) {
            (None, _) => "has no slot",
            (Some(_), false) => "is disabled",
            (Some(_), true) => return None,
        };
        Some(Idle { subscription: self.name, reason })
    }
}
