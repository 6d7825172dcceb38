//! Roles that may insert into a table but may not draw from the sequence of its default.

use std::collections::HashMap;
use std::sync::Arc;

use super::found::{ColumnAt, FoundLink};
use super::query::each_row;
use super::sequences::Sequences;
use super::{Missing, Via};
use crate::Result;
use crate::array::array;
use crate::model::{Oid, QuotedName};
use crate::session::Session;

/// Adds the missing grants to the sequences.
///
/// Identity columns need none. A function or trigger may run with its owner's privileges, and what
/// reseq.toml declares may be drawn by anybody: nothing can be said of those.
pub(super) fn read(
    session: &mut Session,
    sequences: &mut Sequences,
    links: &[FoundLink],
    is_ours: impl Fn(ColumnAt) -> bool,
) -> Result<()> {
    let needs_grant = |link: &&FoundLink| {
        matches!(link.via, Via::Serial | Via::Default | Via::Domain) && is_ours(link.column)
    };
    let links: Vec<_> = links.iter().filter(needs_grant).collect();
    if links.is_empty() {
        return Ok(());
    }
    let oids = array(links.iter().map(|link| sequences.list[link.sequence].oid));
    let tables = array(links.iter().map(|link| link.column.table));
    let mut names: HashMap<Box<str>, Arc<QuotedName>> = HashMap::new();
    let params = [Some(oids.as_str()), Some(tables.as_str())];
    each_row(session, "read the grants", include_str!("sql/grants.sql"), &params, |row| {
        let Some(sequence) = sequences.by_oid(Oid(row.get(0)?)) else { return Ok(()) };
        let name: Box<str> = row.get(1)?;
        let table =
            names.entry(name).or_insert_with_key(|name| Arc::new(QuotedName::from_server(name.clone())));
        let missing =
            Missing { table: Arc::clone(table), role: QuotedName::from_server(row.get::<&str>(2)?) };
        let known = &mut sequences.list[sequence].missing_grants;
        if !known.contains(&missing) {
            known.push(missing);
        }
        Ok(())
    })
}
