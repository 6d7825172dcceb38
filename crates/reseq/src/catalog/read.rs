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
use crate::session::{Session, Sessions};
use crate::{Result, config};

/// Reads the sequences of the sessions' database and what is linked with them.
///
/// Takes some 15 statements, whatever the number of tables, over two of the connections where there are two; only
/// system catalogues are read, which every role may. What extensions made, the system's schemas and temporary objects are left out.
///
/// # Errors
/// [`Error::Usage`](crate::Error::Usage) where a declared name is not there; else where the connection is lost
/// or a time-out is met.
pub fn read(sessions: &mut Sessions, declared: &[config::Link]) -> Result<Catalog> {
    for _ in 1..MOST_ATTEMPTS {
        match read_once(sessions, declared) {
            Err(error) if error.sqlstate() == Some(INTERNAL_ERROR) => {}
            outcome => return outcome,
        }
    }
    read_once(sessions, declared)
}

/// How the server's own functions fail (`could not open relation with OID`, `cache lookup failed`) when what
/// they are asked about is dropped in this very moment. The next attempt no longer sees it.
const INTERNAL_ERROR: &str = "XX000";
const MOST_ATTEMPTS: u32 = 5;

fn read_once(sessions: &mut Sessions, declared: &[config::Link]) -> Result<Catalog> {
    let (mut sequences, domains) = sessions
        .first()
        .again_when_lost(|session| Ok((sequences::read(session)?, domains::read(session)?)))?;
    // Nearly every linked column owns its sequence: these need not wait for the search.
    let owners = owners(&sequences);
    let (mut columns, found) = sessions.both(
        |session| columns::read(session, &owners, &domains),
        |session| search(session, &sequences, &domains, declared),
    )?;
    let (members, links) = sessions.first().again_when_lost(|session| {
        columns.read_further(session, &columns_of(&found), &domains)?;
        let inheritance = trees::read(session)?;
        let mut links = inheritance.fold(&found.links, &columns);
        links.retain(|link| columns.get(link.column).is_some());
        let members = trees::read_members(session, &inheritance, links.iter().map(|link| link.column))?;
        Ok((members, links))
    })?;
    let keys: Vec<_> = links.iter().map(|link| link.column).chain(members.columns()).collect();
    let ((foreign_keys, indexes), ()) = sessions.both(
        |session| Ok((foreign_keys::read(session, &keys, &domains)?, indexes::read(session, &keys)?)),
        |session| grants::read(session, &mut sequences, &found.links, |column| columns.get(column).is_some()),
    )?;
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

/// The columns that sequences belong to.
fn owners(sequences: &Sequences) -> Vec<ColumnAt> {
    let owners = sequences.list.iter().filter_map(|sequence| sequence.owner.as_ref());
    owners.map(|owner| ColumnAt { table: owner.table_oid, attnum: owner.attnum }).collect()
}

/// The columns that something was found about.
fn columns_of(found: &Found) -> Vec<ColumnAt> {
    let links = found.links.iter().map(|link| link.column);
    let unclear = found.unclear.iter().chain(&found.remarks);
    links.chain(unclear.filter_map(|unclear| unclear.column)).collect()
}
