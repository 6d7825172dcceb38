//! Columns that a trigger assigns before the insert.

use std::cell::RefCell;
use std::collections::BTreeMap;

use reseq_pq as pq;

use super::Via;
use super::found::{ColumnAt, Found, Unclear};
use super::functions::{Function, Functions};
use super::query::Query;
use super::resolve::{Resolver, Source, Surroundings};
use crate::model::Oid;
use crate::model::expression::Expression;

/// A trigger that calls a function that draws.
#[derive(Debug)]
struct Trigger {
    table: Oid,
    function: Oid,
    name: String,
    /// INSTEAD OF, on a view.
    instead: bool,
    arguments: Vec<String>,
    attnums: Vec<i16>,
    columns: Vec<String>,
}

/// Finds the columns that triggers assign from a sequence. Parameter: the functions' OIDs.
pub(super) fn query<'a>(resolver: Resolver<'a>, found: &'a RefCell<Found>) -> Query<'a> {
    Query::new("read the triggers", include_str!("sql/triggers.sql"), move |row| {
        let trigger = trigger(row)?;
        if let Some(function) = resolver.functions.by_oid(trigger.function) {
            add(&trigger, function, resolver, &mut found.borrow_mut());
        }
        Ok(())
    })
}

fn trigger(row: pq::Row<'_>) -> Result<Trigger, pq::Error> {
    Ok(Trigger {
        table: Oid(row.get(0)?),
        function: Oid(row.get(1)?),
        name: row.get(2)?,
        instead: row.get(3)?,
        arguments: row.get(4)?,
        attnums: row.get(5)?,
        columns: row.get(6)?,
    })
}

fn add(trigger: &Trigger, function: &Function, resolver: Resolver<'_>, found: &mut Found) {
    let surroundings = Surroundings {
        function: Some(function),
        trigger_arguments: &trigger.arguments,
        ..Surroundings::default()
    };
    let mut by_column: BTreeMap<i16, Vec<&Expression>> = BTreeMap::new();
    for assignment in function.body.assignments().iter().filter(|_| !trigger.instead) {
        let place = trigger.columns.iter().position(|column| *column == assignment.column);
        let draws = !resolver.sources(&assignment.expression, surroundings).is_empty();
        if let Some(place) = place.filter(|_| draws) {
            by_column.entry(trigger.attnums[place]).or_default().push(&assignment.expression);
        }
    }
    for (&attnum, expressions) in &by_column {
        let column = ColumnAt { table: trigger.table, attnum };
        let mut assigned = Found::default();
        for expression in expressions {
            resolver.add(&mut assigned, column, |_| Via::Trigger, expression, surroundings);
        }
        let first = assigned.links.first();
        let differ = assigned.links.iter().any(|link| {
            first.is_some_and(|first| (link.sequence, &link.mapping) != (first.sequence, &first.mapping))
        });
        if differ {
            found.unclear.extend(assigned.links.iter().map(|link| Unclear {
                column: Some(column),
                sequence: Some(link.sequence),
                source: source(trigger, function),
                reason: "the trigger assigns the column in several ways".to_owned(),
            }));
        } else {
            found.links.extend(assigned.links.into_iter().take(1));
        }
        found.unclear.extend(assigned.unclear);
    }
    if by_column.is_empty() {
        add_unassigned(trigger, function, resolver, found);
    }
}

/// What is drawn without being assigned to a column of the new row: perhaps for another table.
fn add_unassigned(trigger: &Trigger, function: &Function, resolver: Resolver<'_>, found: &mut Found) {
    let surroundings = Surroundings {
        function: Some(function),
        trigger_arguments: &trigger.arguments,
        ..Surroundings::default()
    };
    for drawn in resolver.all_sources(function.body.draws(), function.body.calls(), surroundings) {
        let unclear = |sequence, reason: String| Unclear {
            column: Some(ColumnAt { table: trigger.table, attnum: 0 }),
            sequence,
            source: source(trigger, function),
            reason,
        };
        match drawn {
            Source::Sequence(sequence) => {
                let reason = "the trigger's function does not say which column takes the value";
                found.remarks.push(unclear(Some(sequence), reason.to_owned()));
            }
            Source::Unclear(reason) => found.unclear.push(unclear(None, reason)),
            Source::NotOurs => {}
        }
    }
}

fn source(trigger: &Trigger, function: &Function) -> String {
    format!("trigger {} calling {}", trigger.name, function.signature)
}

/// Functions that draw, for sequences that nothing else is known of.
pub(super) fn remark_functions(functions: &Functions, resolver: Resolver<'_>, found: &mut Found) {
    for function in functions.iter() {
        let surroundings = Surroundings { function: Some(function), ..Surroundings::default() };
        for drawn in resolver.all_sources(function.body.draws(), &[], surroundings) {
            if let Source::Sequence(sequence) = drawn {
                found.remarks.push(Unclear {
                    column: None,
                    sequence: Some(sequence),
                    source: function.signature.clone(),
                    reason: "drawn by a function, not by a column".to_owned(),
                });
            }
        }
    }
}
