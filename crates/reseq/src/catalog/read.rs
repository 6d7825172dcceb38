//! The way from the server's catalogues to a [`Catalog`].

use super::assemble::{LookedUp, assemble};
use super::domains::Domains;
use super::found::{ColumnAt, Found};
use super::resolve::Resolver;
use super::sequences::Sequences;
use super::{
    Catalog, columns, declared, defaults, domains, foreign_keys, functions, grants, indexes, rules,
    sequences, trees, triggers, views,
};
use crate::session::Session;
use crate::{Result, config};

/// Reads the sequences of the session's database and what is linked with them.
///
/// Takes some 15 statements, whatever the number of tables; only system catalogues are read, which every
/// role may. What extensions made, the system's schemas and temporary objects are left out.
///
/// # Errors
/// [`Error::Usage`](crate::Error::Usage) where a declared name is not there; else where the connection is lost
/// or a time-out is met.
pub fn read(session: &mut Session, declared: &[config::Link]) -> Result<Catalog> {
    // A connection that is lost among the rows of a statement has all of it read again.
    session.again_when_lost(|session| read_steadily(session, declared))
}

fn read_steadily(session: &mut Session, declared: &[config::Link]) -> Result<Catalog> {
    for _ in 1..MOST_ATTEMPTS {
        match read_once(session, declared) {
            Err(error) if error.sqlstate() == Some(INTERNAL_ERROR) => {}
            outcome => return outcome,
        }
    }
    read_once(session, declared)
}

/// How the server's own functions fail (`could not open relation with OID`, `cache lookup failed`) when what
/// they are asked about is dropped in this very moment. The next attempt no longer sees it.
const INTERNAL_ERROR: &str = "XX000";
const MOST_ATTEMPTS: u32 = 5;

fn read_once(session: &mut Session, declared: &[config::Link]) -> Result<Catalog> {
    let mut sequences = sequences::read(session)?;
    let domains = domains::read(session)?;
    let found = search(session, &sequences, &domains, declared)?;
    let columns = columns::read(session, columns_of(&sequences, &found), &domains)?;

    let inheritance = trees::read(session)?;
    let is_ours = |column: ColumnAt| columns.get(column).is_some();
    grants::read(session, &mut sequences, &found.links, is_ours)?;
    let mut links = inheritance.fold(&found.links, &columns);
    links.retain(|link| is_ours(link.column));
    let members = trees::read_members(session, &inheritance, links.iter().map(|link| link.column))?;
    let keys: Vec<_> = links.iter().map(|link| link.column).chain(members.columns()).collect();
    let foreign_keys = foreign_keys::read(session, &keys, &domains)?;
    let indexes = indexes::read(session, keys)?;
    Ok(assemble(sequences, found, links, &LookedUp { columns, members, indexes, foreign_keys }))
}

/// Everything that draws from a sequence.
fn search(
    session: &mut Session,
    sequences: &Sequences,
    domains: &Domains,
    declared: &[config::Link],
) -> Result<Found> {
    let functions = functions::read(session)?;
    let resolver = Resolver { sequences, functions: &functions };
    let mut found = Found::default();
    sequences::find_identities(sequences, &mut found);
    defaults::find(session, resolver, &mut found)?;
    defaults::find_by_domain(session, domains, resolver, &mut found)?;
    if !functions.is_empty() {
        triggers::find(session, resolver, &mut found)?;
    }
    if !found.on_views.is_empty() {
        views::follow(session, sequences, &mut found)?;
    }
    rules::find(session, sequences, &mut found)?;
    triggers::remark_functions(&functions, resolver, &mut found);
    declared::add(session, declared, sequences, &mut found)?;
    Ok(found)
}

/// The columns that must be looked up.
fn columns_of(sequences: &Sequences, found: &Found) -> Vec<ColumnAt> {
    let owners = sequences.list.iter().filter_map(|sequence| sequence.owner.as_ref());
    let owners = owners.map(|owner| ColumnAt { table: owner.table_oid, attnum: owner.attnum });
    let links = found.links.iter().map(|link| link.column);
    let unclear = found.unclear.iter().chain(&found.remarks);
    owners.chain(links).chain(unclear.filter_map(|unclear| unclear.column)).collect()
}
