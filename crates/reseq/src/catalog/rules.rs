//! Rules and views that draw: their columns cannot be told.

use std::cell::RefCell;

use super::found::{Found, Unclear};
use super::query::Query;
use super::sequences::Sequences;
use crate::model::Oid;

/// Remarks on the sequences that rules and views draw from.
pub(super) fn query<'a>(sequences: &'a Sequences, found: &'a RefCell<Found>) -> Query<'a> {
    Query::new("read the rules", include_str!("sql/rules.sql"), |row| {
        let sequence = sequences.by_oid(Oid(row.get(0)?));
        let relation: &str = row.get(1)?;
        let (source, reason) = match row.get::<Option<&str>>(2)? {
            Some(rule) => (
                format!("rule {rule} on {relation}"),
                "drawn by a rule, which does not say which column takes the value",
            ),
            None => (format!("view {relation}"), "drawn by a view's query, not by a column"),
        };
        found.borrow_mut().remarks.extend(sequence.map(|sequence| Unclear {
            column: None,
            sequence: Some(sequence),
            source,
            reason: reason.to_owned(),
        }));
        Ok(())
    })
}
