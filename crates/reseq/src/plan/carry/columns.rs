//! Columns that draw from a sequence on the source and not on the target: their inserts would fail or collide there.

use std::collections::{HashMap, HashSet};

use super::difference::{Difference, Part};
use super::pair::{Pair, SchemaMapping, name_there};
use crate::catalog::{Catalog, DrawingColumn, Link, LinkId, Via};
use crate::model::{ObjectName, Oid, QuotedName};

/// The columns of the source that draw from the sequence by their default or their identity, and whose namesakes on the
/// target do not draw from its counterpart. With the source's catalogue goes one flag a link of it: whether that counts.
pub fn undrawn(
    (source, meant): (&Catalog, &[bool]),
    target: &Catalog,
    pair: Pair,
    schemas: &[SchemaMapping],
) -> Vec<Difference> {
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
    let links = source.sequence(pair.source).links.clone().filter(|link| meant[*link]);
    let by_itself = |link: &&Link| matches!(link.via, Via::Identity | Via::Serial | Via::Default);
    links
        .map(|link| source.link(LinkId(link)))
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

/// Whether it is certain that [`undrawn`] would find nothing, by what the source's catalogue says outright: each column
/// that may draw from one of these sequences has a namesake on the target that draws from its counterpart.
pub(crate) fn are_all_drawn(
    columns: &[DrawingColumn],
    (source, target): (&Catalog, &Catalog),
    pairs: &[Pair],
    schemas: &[SchemaMapping],
) -> bool {
    let counterparts: HashMap<Oid, _> =
        pairs.iter().map(|pair| (source.sequence(pair.source).oid, pair.target)).collect();
    columns.iter().all(|drawing| {
        let Some(sequence) = drawing.sequence else { return false };
        let Some(counterpart) = counterparts.get(&sequence) else { return true };
        let Some(table_there) = name_there(&drawing.table, schemas) else { return false };
        let name = ObjectName::parse(drawing.column.as_str());
        target.links_of(*counterpart).iter().any(|link| {
            ObjectName::parse(link.column.as_str()) == name
                && tables(link).any(|table| ObjectName::parse(table.as_str()).as_ref() == Some(&table_there))
        })
    })
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
        found_of(&[true; 2], source, target)
    }

    fn found_of(meant: &[bool], source: SequenceBuilder, target: SequenceBuilder) -> Vec<String> {
        let pair = Pair { source: SequenceId(0), target: SequenceId(0) };
        let mapping = SchemaMapping { source: "old".to_owned(), target: "new".to_owned() };
        let (source, target) = (database([source]).catalog, database([target]).catalog);
        undrawn((&source, meant), &target, pair, &[mapping]).into_iter().map(|one| one.source).collect()
    }

    fn ids() -> SequenceBuilder {
        sequence("public.ids").called(1)
    }

    #[test]
    fn what_is_not_certain_is_not_all_drawn() {
        let pair = [Pair { source: SequenceId(0), target: SequenceId(0) }];
        let mapping = [SchemaMapping { source: "old".to_owned(), target: "new".to_owned() }];
        let source = database([ids()]).catalog;
        let target = database([ids().link(column("new.t", "id")).link(column("public.u", "\"Id\""))]).catalog;
        let own = source.sequence(SequenceId(0)).oid;
        let all_drawn = |sequence, table, column| {
            let (table, column) = (QuotedName::from_server(table), QuotedName::from_server(column));
            let drawing = [DrawingColumn { sequence, table, column }];
            are_all_drawn(&drawing, (&source, &target), &pair, &mapping)
        };
        assert!(all_drawn(Some(own), "old.t", "id"));
        assert!(all_drawn(Some(own), "public.u", "\"Id\""));
        assert!(!all_drawn(Some(own), "new.u", "id"));
        assert!(!all_drawn(Some(own), "public.u", "id"));
        assert!(all_drawn(Some(Oid(0)), "public.v", "id"), "no sequence that is carried");
        assert!(!all_drawn(None, "old.t", "id"), "drawn by name");
    }

    #[test]
    fn a_column_without_its_default_is_found() {
        let source = || ids().link(column("old.t", "id")).link(column("public.u", "\"Id\""));
        assert_eq!(found(source(), ids()), ["old.t.id", "public.u.\"Id\""]);
        assert_eq!(found(source(), ids().link(column("public.u", "\"Id\""))), ["old.t.id"]);
        let whole = ids().link(column("new.t", "id")).link(column("public.u", "\"Id\""));
        assert!(found(source(), whole).is_empty());
    }

    #[test]
    fn a_column_of_a_table_that_is_left_out_does_not_count() {
        let source = || ids().link(column("old.t", "id")).link(column("public.u", "\"Id\""));
        assert_eq!(found_of(&[false, true], source(), ids()), ["public.u.\"Id\""]);
        assert_eq!(found_of(&[true, false], source(), ids()), ["old.t.id"]);
        assert!(found_of(&[false, false], source(), ids()).is_empty());
    }
}
