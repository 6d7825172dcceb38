//! Columns whose default draws: the column's own, or that of its domain.

use std::cell::RefCell;

use reseq_pq as pq;

use super::Via;
use super::domains::Domains;
use super::found::{ColumnAt, Found, Unclear};
use super::query::Query;
use super::resolve::{Resolver, Source, Surroundings};
use super::sequences::Sequences;
use crate::model::Oid;
use crate::model::expression::Expression;

const TRIED: &str = "read the defaults";

/// Finds the columns whose default calls nextval().
pub(super) fn query<'a>(resolver: Resolver<'a>, found: &'a RefCell<Found>) -> Query<'a> {
    Query::new(TRIED, include_str!("sql/defaults.sql"), move |row| {
        let relations: Vec<u32> = row.get::<Option<_>>(4)?.unwrap_or_default();
        add(row, &relations, resolver, &mut found.borrow_mut())
    })
}

/// Finds the columns whose default calls a function that draws. Parameter: the functions' OIDs.
pub(super) fn query_by_function<'a>(resolver: Resolver<'a>, found: &'a RefCell<Found>) -> Query<'a> {
    Query::new(TRIED, include_str!("sql/defaults_by_function.sql"), move |row| {
        // Those that call nextval() themselves have been read.
        let expression: Option<&str> = row.get(2)?;
        let read = expression.and_then(|expression| Expression::parse(expression).ok());
        let is_new = read.is_some_and(|read| read.draws().is_empty());
        if is_new { add(row, &[], resolver, &mut found.borrow_mut()) } else { Ok(()) }
    })
}

/// Adds what a default draws from. `relations` are those that it names by OID.
fn add(
    row: pq::Row<'_>,
    relations: &[u32],
    resolver: Resolver<'_>,
    found: &mut Found,
) -> Result<(), pq::Error> {
    let column = ColumnAt { table: Oid(row.get(0)?), attnum: row.get(1)? };
    // NULL where the table was dropped in this very moment.
    let Some(expression) = row.get::<Option<&str>>(2)? else { return Ok(()) };
    if row.get(3)? {
        found.on_views.push(column);
    }
    let sequences = resolver.sequences;
    let constant = match relations {
        [relation] => sequences.by_oid(Oid(*relation)),
        _ => None,
    };
    if let Some(sequence) = constant.filter(|_| is_plain(expression)) {
        found.link(column, sequence, via(sequences, sequence, column));
    } else if let Ok(expression) = Expression::parse(expression) {
        let via = |sequence| match expression.draws() {
            [] => Via::Function,
            _ => via(sequences, sequence, column),
        };
        resolver.add(found, column, via, &expression, Surroundings { constant, ..Surroundings::default() });
    }
    Ok(())
}

/// Whether the expression is what `serial` makes: `nextval('name'::regclass)`.
fn is_plain(expression: &str) -> bool {
    let name = expression.strip_prefix("nextval('").and_then(|rest| rest.strip_suffix("'::regclass)"));
    name.is_some_and(|name| !name.contains('\''))
}

/// A default that draws from the column's own sequence is a serial's.
fn via(sequences: &Sequences, sequence: usize, column: ColumnAt) -> Via {
    match &sequences.list[sequence].owner {
        Some(owner) if (owner.table_oid, owner.attnum) == (column.table, column.attnum) => Via::Serial,
        _ => Via::Default,
    }
}

/// A domain whose default draws, and that default.
pub(super) type Drawing = (Oid, Expression);

/// The domains whose default draws; remarks on the sequences that they draw from.
pub(super) fn drawing_domains(domains: &Domains, resolver: Resolver<'_>, found: &mut Found) -> Vec<Drawing> {
    let mut drawing = Vec::new();
    for default in &domains.defaults {
        let Ok(expression) = Expression::parse(&default.expression) else { continue };
        let sources = resolver.sources(&expression, Surroundings::default());
        if !sources.is_empty() {
            for source in sources {
                let Source::Sequence(sequence) = source else { continue };
                found.remarks.push(Unclear {
                    column: None,
                    sequence: Some(sequence),
                    source: default.name.clone(),
                    reason: "drawn by the default of a domain that no column takes".to_owned(),
                });
            }
            drawing.push((default.domain, expression));
        }
    }
    drawing
}

/// Finds the columns that take the default of a domain that draws. Parameter: the domains' OIDs.
pub(super) fn query_by_domain<'a>(
    drawing: &'a [Drawing],
    resolver: Resolver<'a>,
    found: &'a RefCell<Found>,
) -> Query<'a> {
    Query::new("read the domains", include_str!("sql/domain_columns.sql"), move |row| {
        let column = ColumnAt { table: Oid(row.get(0)?), attnum: row.get(1)? };
        let domain = Oid(row.get(2)?);
        if let Some((_, expression)) = drawing.iter().find(|(drawing, _)| *drawing == domain) {
            let found = &mut found.borrow_mut();
            resolver.add(found, column, |_| Via::Domain, expression, Surroundings::default());
        }
        Ok(())
    })
}
