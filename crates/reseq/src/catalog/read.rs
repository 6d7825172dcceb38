//! The way from the server's catalogues to a [`Catalog`].

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::assemble::{LookedUp, assemble};
use super::columns::arrays;
use super::domains::Domains;
use super::foreign_keys::ForeignKeys;
use super::found::{ColumnAt, Found};
use super::indexes::Indexes;
use super::resolve::Resolver;
use super::sequences::Sequences;
use super::trees::Inheritance;
use super::{
    Catalog, columns, declared, defaults, foreign_keys, functions, grants, query, rules, sequences, trees,
    triggers, views,
};
use crate::array::array;
use crate::session::{Session, Sessions};
use crate::{Result, config};

/// Reads the sequences of the sessions' database and what is linked with them.
///
/// Takes some 10 statements in six round trips, whatever the number of tables: three on each of two of the connections
/// where there are two. Functions, views, foreign keys and domains that lead further take more. Only system catalogues
/// are read, which every role may. What extensions made, the system's schemas and temporary objects are left out.
///
/// # Errors
/// [`Error::Usage`](crate::Error::Usage) where a declared name is not there; else where the connection is lost
/// or a time-out is met.
pub fn read(sessions: &mut Sessions, declared: &[config::Link]) -> Result<Catalog> {
    while_things_vanish(|| read_once(sessions, declared))
}

/// How the server's own functions fail (`could not open relation with OID`, `cache lookup failed`) when what
/// they are asked about is dropped in this very moment. The next attempt no longer sees it.
const INTERNAL_ERROR: &str = "XX000";
const MOST_ATTEMPTS: u32 = 5;

/// Reads again where something was dropped in between.
pub(super) fn while_things_vanish<T>(mut read: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..MOST_ATTEMPTS {
        match read() {
            Err(error) if error.sqlstate() == Some(INTERNAL_ERROR) => {}
            outcome => return outcome,
        }
    }
    read()
}

fn read_once(sessions: &mut Sessions, declared: &[config::Link]) -> Result<Catalog> {
    let ((mut sequences, domains, inheritance), functions) = sessions.both(definitions, functions::read)?;
    // Nearly every linked column owns its sequence: these need not wait for the search.
    let owners = owners(&sequences);
    let resolver = Resolver { sequences: &sequences, functions: &functions };
    let (found, mut columns) = sessions.both(
        |session| search(session, resolver, &domains, declared),
        |session| columns::read(session, &owners, &domains),
    )?;
    let (members, links) = sessions.first().again_when_lost(|session| {
        columns.read_further(session, &columns_of(&found), &domains)?;
        let mut links = inheritance.fold(&found.links, &columns);
        links.retain(|link| columns.get(link.column).is_some());
        let members = trees::read_members(session, &inheritance, links.iter().map(|link| link.column))?;
        Ok((members, links))
    })?;
    let keys: BTreeSet<_> = links.iter().map(|link| link.column).chain(members.columns()).collect();
    let keys = Vec::from_iter(keys);
    let ((foreign_keys, indexes), ()) = sessions.both(
        |session| surroundings(session, &keys, &domains),
        |session| grants::read(session, &mut sequences, &found.links, |column| columns.get(column).is_some()),
    )?;
    Ok(assemble(sequences, found, links, &LookedUp { columns, members, indexes, foreign_keys }))
}

/// What there is: sequences, domains, partitions and inheritance children.
fn definitions(session: &mut Session) -> Result<(Sequences, Domains, Inheritance)> {
    let (mut sequences, mut domains, mut inheritance) =
        (Vec::new(), Domains::default(), Inheritance::default());
    query::run(session, [sequences::query(&mut sequences), domains.query(), inheritance.query()])?;
    Ok((Sequences::new(sequences), domains, inheritance))
}

/// Everything that draws from a sequence.
fn search(
    session: &mut Session,
    resolver: Resolver<'_>,
    domains: &Domains,
    declared: &[config::Link],
) -> Result<Found> {
    let Resolver { sequences, functions } = resolver;
    let mut found = Found::default();
    sequences::find_identities(sequences, &mut found);
    let drawing = defaults::drawing_domains(domains, resolver, &mut found);
    let (function_oids, domain_oids) = (array(functions.oids()), array(drawing.iter().map(|(oid, _)| oid)));
    let taken = RefCell::new(found);
    let mut queries = vec![defaults::query(resolver, &taken)];
    if !functions.is_empty() {
        queries.push(defaults::query_by_function(resolver, &taken).with([&function_oids]));
    }
    if !drawing.is_empty() {
        queries.push(defaults::query_by_domain(&drawing, resolver, &taken).with([&domain_oids]));
    }
    if !functions.is_empty() {
        queries.push(triggers::query(resolver, &taken).with([&function_oids]));
    }
    queries.push(rules::query(sequences, &taken));
    query::run(session, queries)?;
    let mut found = taken.into_inner();
    if !found.on_views.is_empty() {
        views::follow(session, sequences, &mut found)?;
    }
    triggers::remark_functions(functions, resolver, &mut found);
    declared::add(session, declared, sequences, &mut found)?;
    Ok(found)
}

/// What copies the columns, and what guards them.
fn surroundings(
    session: &mut Session,
    keys: &[ColumnAt],
    domains: &Domains,
) -> Result<(ForeignKeys, Indexes)> {
    let (mut copies, mut indexes) = (foreign_keys::Search::new(keys, domains), Indexes::over(keys.to_vec()));
    if !keys.is_empty() {
        let (tables, attnums) = arrays(keys);
        let columns = [&*tables, &*attnums];
        query::run(session, [copies.query(keys).with(columns), indexes.query().with(columns)])?;
    }
    Ok((copies.finish(session)?, indexes))
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
