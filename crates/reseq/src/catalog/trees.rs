//! Partitioned and inherited tables: links that a whole tree shares are one link of its uppermost table.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::Leaf;
use super::columns::{Column, Columns, TableKind};
use super::found::{ColumnAt, FoundLink};
use super::query::{Query, each_row};
use crate::Result;
use crate::array::array;
use crate::model::{Oid, QuotedName};
use crate::session::Session;

/// Which tables are children of which, by partitioning or inheritance.
#[derive(Debug, Default)]
pub(super) struct Inheritance {
    parents: HashMap<Oid, Vec<Oid>>,
    children: HashMap<Oid, Vec<Oid>>,
}

impl Inheritance {
    /// Reads who inherits from whom.
    pub(super) fn query(&mut self) -> Query<'_> {
        Query::new("read the partitions", include_str!("sql/inheritance.sql"), |row| {
            self.add(Oid(row.get(0)?), Oid(row.get(1)?));
            Ok(())
        })
    }

    fn add(&mut self, child: Oid, parent: Oid) {
        self.parents.entry(child).or_default().push(parent);
        self.children.entry(parent).or_default().push(child);
    }

    /// All tables above `table`.
    fn ancestors(&self, table: Oid) -> BTreeSet<Oid> {
        reach(&self.parents, table)
    }

    /// All tables below `table`.
    pub(super) fn descendants(&self, table: Oid) -> BTreeSet<Oid> {
        reach(&self.children, table)
    }

    /// Leaves out the links of tables that have an ancestor with the same link: the same sequence in the
    /// column of the same name, by the same expression.
    pub(super) fn fold(&self, links: &[FoundLink], columns: &Columns) -> Vec<FoundLink> {
        if self.parents.is_empty() {
            return links.to_vec();
        }
        let mut by_table: HashMap<(Oid, usize), Vec<&FoundLink>> = HashMap::new();
        for link in links.iter().filter(|link| self.children.contains_key(&link.column.table)) {
            by_table.entry((link.column.table, link.sequence)).or_default().push(link);
        }
        let name = |link: &FoundLink| columns.get(link.column).map(|column| &column.name);
        let same = |a: &FoundLink, b: &FoundLink| a.mapping == b.mapping && name(a) == name(b);
        let is_repeated = |link: &&FoundLink| {
            self.parents.contains_key(&link.column.table)
                && self.ancestors(link.column.table).into_iter().any(|ancestor| {
                    let above = by_table.get(&(ancestor, link.sequence));
                    above.is_some_and(|above| above.iter().any(|above| same(link, above)))
                })
        };
        links.iter().filter(|link| !is_repeated(link)).cloned().collect()
    }
}

fn reach(steps: &HashMap<Oid, Vec<Oid>>, from: Oid) -> BTreeSet<Oid> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![from];
    while let Some(next) = ahead.pop() {
        for &further in steps.get(&next).into_iter().flatten() {
            if reached.insert(further) {
                ahead.push(further);
            }
        }
    }
    reached
}

/// A table below a linked one.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// The column that has the linked column's name.
    pub(super) column: ColumnAt,
    name: QuotedName,
    pub(super) kind: TableKind,
    locks: u32,
}

/// The tables below each linked column's table.
#[derive(Debug, Default)]
pub(super) struct Members(HashMap<ColumnAt, Vec<Member>>);

/// Looks up the tables below the tables of `roots`.
pub(super) fn read_members(
    session: &mut Session,
    inheritance: &Inheritance,
    roots: impl Iterator<Item = ColumnAt>,
) -> Result<Members> {
    let roots: BTreeSet<_> = roots.filter(|root| inheritance.children.contains_key(&root.table)).collect();
    let pairs: Vec<_> = roots
        .into_iter()
        .flat_map(|root| inheritance.descendants(root.table).into_iter().map(move |table| (table, root)))
        .collect();
    let mut members = Members::default();
    if pairs.is_empty() {
        return Ok(members);
    }
    let tables = array(pairs.iter().map(|(table, _)| table));
    let root_tables = array(pairs.iter().map(|(_, root)| root.table));
    let attnums = array(pairs.iter().map(|(_, root)| root.attnum));
    let params = [Some(tables.as_str()), Some(root_tables.as_str()), Some(attnums.as_str())];
    each_row(session, "read the partitions", include_str!("sql/members.sql"), &params, |row| {
        let place = row.get::<i64>(0)?;
        if let Some(&(table, root)) = usize::try_from(place - 1).ok().and_then(|place| pairs.get(place)) {
            members.0.entry(root).or_default().push(Member {
                column: ColumnAt { table, attnum: row.get(1)? },
                name: QuotedName::from_server(row.get::<&str>(2)?),
                kind: TableKind::from_relkind(row.get(3)?),
                locks: row.get(4)?,
            });
        }
        Ok(())
    })?;
    for below in members.0.values_mut() {
        below.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(members)
}

impl Members {
    /// The tables below the column's table.
    pub(super) fn of(&self, root: ColumnAt) -> &[Member] {
        self.0.get(&root).map_or(&[], Vec::as_slice)
    }

    /// The columns of all tables below.
    pub(super) fn columns(&self) -> impl Iterator<Item = ColumnAt> {
        self.0.values().flatten().map(|member| member.column)
    }

    /// The locks that reading the tables below takes.
    pub(super) fn locks(&self, root: ColumnAt) -> u32 {
        self.of(root).iter().map(|member| member.locks).sum()
    }

    /// The tables that hold the rows of a tree, its root first.
    fn leaves(&self, root: ColumnAt, column: &Column) -> Arc<[Leaf]> {
        let top = (root.table, column.table_kind, &*column.table, column.locks);
        let below = self.of(root).iter();
        let below = below.map(|member| (member.column.table, member.kind, &member.name, member.locks));
        let holders = std::iter::once(top).chain(below).filter(|(_, kind, ..)| kind.holds_rows());
        let leaf = |(oid, kind, name, locks): (Oid, TableKind, &QuotedName, u32)| Leaf {
            oid,
            name: name.clone(),
            locks,
            foreign: kind == TableKind::Foreign,
        };
        holders.map(leaf).collect()
    }
}

/// Shares one list of leaves between the links of a table, and one empty list between all plain tables.
#[derive(Debug, Default)]
pub(super) struct SharedLeaves {
    by_table: HashMap<Oid, Arc<[Leaf]>>,
    none: Arc<[Leaf]>,
}

impl SharedLeaves {
    /// The leaves of the column's table; none for a plain table.
    pub(super) fn of(&mut self, root: ColumnAt, column: &Column, members: &Members) -> Arc<[Leaf]> {
        if members.of(root).is_empty() && column.table_kind != TableKind::Foreign {
            return Arc::clone(&self.none);
        }
        let leaves = self.by_table.entry(root.table).or_insert_with(|| members.leaves(root, column));
        Arc::clone(leaves)
    }
}
