//! Which indexes guard a column, and which let max() and min() do without reading the table.

use super::Uniqueness;
use super::columns::TableKind;
use super::found::ColumnAt;
use super::query::Query;
use super::trees::Member;
use crate::model::QuotedName;

/// What the indexes of one table do for one column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Indexing {
    /// The unique index that guards most.
    unique: Option<Unique>,
    /// An index over every row has the column as its first key.
    leads: bool,
}

/// A unique index, in the order of preference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Unique {
    /// What it does not guard by itself: 0 for an index on the column alone, over every row.
    limits: usize,
    /// Not the primary key: that one comes first.
    secondary: bool,
    index: QuotedName,
    /// The further columns and the WHERE clause, in words.
    how: Box<str>,
}

/// An index that has the column as a key or in one.
#[derive(Debug, Default)]
struct Index<'a> {
    name: &'a str,
    primary: bool,
    unique: bool,
    leads: bool,
    /// The column stands within expressions only, which are among the further keys.
    within: bool,
    further: Vec<String>,
    predicate: Option<&'a str>,
}

impl Indexing {
    fn add(&mut self, index: &Index<'_>) {
        self.leads |= index.leads && index.predicate.is_none();
        if index.unique {
            let unique = Unique {
                limits: index.further.len() + usize::from(index.predicate.is_some()),
                secondary: !index.primary,
                index: QuotedName::from_server(index.name),
                how: limits(index).into(),
            };
            self.unique = self.unique.take().into_iter().chain([unique]).min();
        }
    }

    /// The index, where it guards every row of the table by the column alone.
    fn whole(&self) -> Option<&QuotedName> {
        self.unique.as_ref().filter(|unique| unique.limits == 0).map(|unique| &unique.index)
    }
}

fn limits(index: &Index<'_>) -> String {
    let mut words = Vec::new();
    if !index.further.is_empty() {
        let how = if index.within { "over" } else { "with" };
        words.push(format!("{how} {}", index.further.join(", ")));
    }
    if let Some(predicate) = index.predicate {
        let inside = predicate.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        words.push(format!("where {}", inside.unwrap_or(predicate)));
    }
    words.join(" ")
}

/// The indexing of columns.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    keys: Vec<ColumnAt>,
    indexing: Vec<Indexing>,
}

impl Indexes {
    /// Nothing is known yet of these columns, which stand in order.
    pub(super) fn over(keys: Vec<ColumnAt>) -> Self {
        Self { indexing: vec![Indexing::default(); keys.len()], keys }
    }

    /// Reads the indexes over the columns. Parameters: their [`super::columns::arrays`].
    pub(super) fn query(&mut self) -> Query<'_> {
        Query::new("read the indexes", include_str!("sql/indexes.sql"), |row| {
            let place = usize::try_from(row.get::<i64>(0)? - 1).ok();
            if let Some(slot) = place.and_then(|place| self.indexing.get_mut(place)) {
                slot.add(&Index {
                    name: row.get(1)?,
                    primary: row.get(2)?,
                    unique: row.get(3)?,
                    leads: row.get(4)?,
                    within: !row.get::<bool>(5)?,
                    further: row.get::<Option<Vec<String>>>(6)?.unwrap_or_default(),
                    predicate: row.get(7)?,
                });
            }
            Ok(())
        })
    }

    fn of(&self, key: ColumnAt) -> Option<&Indexing> {
        self.indexing.get(self.keys.binary_search(&key).ok()?)
    }

    fn leads(&self, key: ColumnAt) -> bool {
        self.of(key).is_some_and(|indexing| indexing.leads)
    }

    fn whole(&self, key: ColumnAt) -> Option<&QuotedName> {
        self.of(key)?.whole()
    }

    /// Whether every table that holds rows has an index over all of them that the column leads. Foreign tables do not
    /// count: nobody knows which indexes there are where their rows lie.
    pub(super) fn lead_everywhere(&self, root: ColumnAt, kind: TableKind, members: &[Member]) -> bool {
        let mut local = members.iter().filter(|member| member.kind == TableKind::Plain);
        (kind == TableKind::Partitioned || self.leads(root)) && local.all(|member| self.leads(member.column))
    }

    /// How far unique indexes guard the column in its table and in the tables below.
    pub(super) fn uniqueness(&self, root: ColumnAt, kind: TableKind, members: &[Member]) -> Uniqueness {
        let own = self.of(root).and_then(|indexing| indexing.unique.as_ref());
        let alone = kind == TableKind::Partitioned || members.is_empty();
        match own {
            // A partitioned table's index is one of every partition.
            Some(unique) if alone && unique.limits == 0 => Uniqueness::Whole { index: unique.index.clone() },
            Some(unique) if unique.limits > 0 => {
                Uniqueness::Partly { index: unique.index.clone(), how: unique.how.clone() }
            }
            _ => self.uniqueness_by_table(root, kind, members),
        }
    }

    /// Where each table of a tree has indexes of its own.
    fn uniqueness_by_table(&self, root: ColumnAt, kind: TableKind, members: &[Member]) -> Uniqueness {
        let holders = || (kind != TableKind::Partitioned).then_some(root).into_iter().chain(below(members));
        let Some(index) = holders().find_map(|holder| self.whole(holder)) else {
            let some = holders().find_map(|holder| self.of(holder)?.unique.as_ref());
            return some.map_or(Uniqueness::None, |unique| Uniqueness::Partly {
                index: unique.index.clone(),
                how: format!("{}, in one of several tables", unique.how).into(),
            });
        };
        let everywhere = holders().all(|holder| self.whole(holder).is_some());
        let how = if everywhere { "in each table by itself" } else { "in some of the tables only" };
        Uniqueness::Partly { index: index.clone(), how: how.into() }
    }
}

/// The columns of the tables below that hold rows.
fn below(members: &[Member]) -> impl Iterator<Item = ColumnAt> {
    members.iter().filter(|member| member.kind.holds_rows()).map(|member| member.column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexing(indexes: &[Index<'_>]) -> Indexing {
        let mut indexing = Indexing::default();
        indexes.iter().for_each(|index| indexing.add(index));
        indexing
    }

    fn unique(name: &str) -> Index<'_> {
        Index { name, unique: true, ..Index::default() }
    }

    #[test]
    fn the_index_that_guards_most_is_told() {
        let composite = Index { further: vec!["tenant_id".into()], primary: true, ..unique("a") };
        let partial = Index { predicate: Some("(deleted_at IS NULL)"), ..unique("b") };
        let whole = unique("c");
        assert_eq!(&*indexing(&[partial, composite]).unique.unwrap().how, "with tenant_id");
        let composite = Index { further: vec!["tenant_id".into()], primary: true, ..unique("a") };
        assert_eq!(indexing(&[composite, whole]).whole().unwrap().as_str(), "c");
    }

    #[test]
    fn a_partial_index_does_not_lead() {
        let partial = Index { leads: true, predicate: Some("(a > 5)"), ..unique("a") };
        let descending = Index { leads: true, ..Index::default() };
        assert!(!indexing(&[partial]).leads);
        assert!(indexing(&[descending]).leads);
    }
}
