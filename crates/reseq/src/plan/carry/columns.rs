//! Columns that draw from a sequence on the source and not on the target: their inserts would fail there.

use std::collections::HashSet;

use super::difference::{Difference, Part};
use super::pair::{Pair, SchemaMapping, name_there};
use crate::catalog::{Catalog, Link, Via};
use crate::model::{ObjectName, QuotedName};

/// The columns of the source that draw from the sequence by their default or their identity, and whose namesakes on the
/// target do not draw from its counterpart.
pub fn undrawn(source: &Catalog, target: &Catalog, pair: Pair, schemas: &[SchemaMapping]) -> Vec<Difference> {
    let there: HashSet<_> = target
        .links_of(pair.target)
        .iter()
        .flat_map(|link| tables(link).filter_map(|table| column(ObjectName::parse(table.as_str())?, link)))
        .collect();
    let draws_there = |link: &Link| {
        tables(link).any(|table| {
            let column = name_there(table, schemas).and_then(|table| column(table, link));
            column.is_some_and(|column| there.contains(&column))
        })
    };
    let links = source.links_of(pair.source).iter();
    let by_itself = |link: &&Link| matches!(link.via, Via::Identity | Via::Serial | Via::Default);
    links
        .filter(by_itself)
        .filter(|link| !draws_there(link))
        .map(|link| Difference {
            pair,
            part: Part::Column,
            source: link.full_name(),
            target: "not drawn from".to_owned(),
        })
        .collect()
}

/// The link's table and those that hold its rows.
fn tables(link: &Link) -> impl Iterator<Item = &QuotedName> {
    std::iter::once(&*link.table).chain(link.leaves.iter().map(|leaf| &leaf.name))
}

/// A column as it is, without quotes.
fn column(table: ObjectName, link: &Link) -> Option<(ObjectName, String)> {
    Some((table, ObjectName::parse(link.column.as_str())?.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SequenceId;
    use crate::fixture::{SequenceBuilder, column, database, sequence};

    fn found(source: SequenceBuilder, target: SequenceBuilder) -> Vec<String> {
        let pair = Pair { source: SequenceId(0), target: SequenceId(0) };
        let mapping = SchemaMapping { source: "old".to_owned(), target: "new".to_owned() };
        let (source, target) = (database([source]).catalog, database([target]).catalog);
        undrawn(&source, &target, pair, &[mapping]).into_iter().map(|one| one.source).collect()
    }

    fn ids() -> SequenceBuilder {
        sequence("public.ids").called(1)
    }

    #[test]
    fn a_column_without_its_default_is_found() {
        let source = || ids().link(column("old.t", "id")).link(column("public.u", "\"Id\""));
        assert_eq!(found(source(), ids()), ["old.t.id", "public.u.\"Id\""]);
        assert_eq!(found(source(), ids().link(column("public.u", "\"Id\""))), ["old.t.id"]);
        let whole = ids().link(column("new.t", "id")).link(column("public.u", "\"Id\""));
        assert!(found(source(), whole).is_empty());
    }
}
