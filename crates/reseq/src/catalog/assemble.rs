//! Puts together what was found and what was looked up. No I/O.

use std::sync::Arc;

use super::columns::Columns;
use super::foreign_keys::ForeignKeys;
use super::found::{ColumnAt, Found, FoundLink, Unclear};
use super::indexes::Indexes;
use super::sequences::Sequences;
use super::trees::{Members, SharedLeaves};
use super::{Catalog, Link, SequenceId, Storage, Unresolved};
use crate::model::{Mapping, QuotedName};

/// What was looked up about the linked columns.
#[derive(Debug)]
pub(super) struct LookedUp {
    pub(super) columns: Columns,
    pub(super) members: Members,
    pub(super) indexes: Indexes,
    pub(super) foreign_keys: ForeignKeys,
}

/// The catalogue. `links` are those of `found` whose table is ours, folded to the uppermost tables.
pub(super) fn assemble(
    mut sequences: Sequences,
    found: Found,
    mut links: Vec<FoundLink>,
    looked_up: &LookedUp,
) -> Catalog {
    settle_owners(&mut sequences, &found, &looked_up.columns);
    let unresolved = unresolved(&sequences, found, &looked_up.columns);
    links.sort_by_key(|link| (link.sequence, link.column));
    links.dedup_by_key(|link| (link.sequence, link.column));
    let mut leaves = SharedLeaves::default();
    let identity = Arc::new(Mapping::IDENTITY);
    let mut catalog =
        Catalog { sequences: sequences.list, links: Vec::with_capacity(links.len()), unresolved };
    for found in links {
        let (sequence, before) = (found.sequence, catalog.links.len());
        if let Some(link) = link(found, looked_up, &mut leaves, &identity) {
            catalog.links.push(link);
            let range = &mut catalog.sequences[sequence].links;
            let start = if range.start == range.end { before } else { range.start };
            *range = start..catalog.links.len();
        }
    }
    catalog
}

fn link(
    found: FoundLink,
    looked_up: &LookedUp,
    leaves: &mut SharedLeaves,
    identity: &Arc<Mapping>,
) -> Option<Link> {
    let LookedUp { columns, members, indexes, foreign_keys } = looked_up;
    let root = found.column;
    let column = columns.get(root)?;
    let (kind, below) = (column.table_kind, members.of(root));
    let mapping = if matches!(column.column_type.storage, Storage::Text(_)) {
        Arc::new(found.mapping.map_or(Mapping::IDENTITY, |mapping| *mapping).in_text())
    } else {
        found.mapping.map_or_else(|| Arc::clone(identity), Arc::from)
    };
    Some(Link {
        sequence: SequenceId(found.sequence),
        via: found.via,
        table_oid: root.table,
        table: Arc::clone(&column.table),
        attnum: root.attnum,
        column: column.name.clone(),
        column_type: column.column_type.clone(),
        unique: indexes.uniqueness(root, kind, below),
        // What is read of a text column is a part of it, which no index on the column sorts.
        indexed: mapping.text.is_none() && indexes.lead_everywhere(root, kind, below),
        mapping,
        locks: column.locks + members.locks(root),
        leaves: leaves.of(root, column, members),
        foreign_keys: foreign_keys.of(std::iter::once(root).chain(below.iter().map(|member| member.column))),
        unreadable: column.unreadable.clone(),
    })
}

/// Names the owning columns, and says of those that do not draw from their sequence what they draw instead.
fn settle_owners(sequences: &mut Sequences, found: &Found, columns: &Columns) {
    let mut draws: Vec<(ColumnAt, Option<usize>)> =
        found.links.iter().map(|link| (link.column, Some(link.sequence))).collect();
    draws.extend(found.unclear.iter().filter_map(|unclear| Some((unclear.column?, unclear.sequence))));
    draws.sort_unstable();
    let sources = |column: ColumnAt| {
        let start = draws.partition_point(|&(other, _)| other < column);
        draws[start..].iter().take_while(move |&&(other, _)| other == column).map(|&(_, sequence)| sequence)
    };
    for index in 0..sequences.list.len() {
        let Some(owner) = &sequences.list[index].owner else { continue };
        let key = ColumnAt { table: owner.table_oid, attnum: owner.attnum };
        let somewhere_in_the_table = ColumnAt { attnum: 0, ..key };
        let may_draw = sources(key).any(|source| source.is_none_or(|source| source == index))
            || sources(somewhere_in_the_table).any(|source| source.is_none_or(|source| source == index));
        let instead = (!may_draw).then(|| {
            let mut names: Vec<QuotedName> =
                sources(key).flatten().map(|source| sequences.list[source].name.clone()).collect();
            names.dedup();
            names.into_boxed_slice()
        });
        // The owner of a sequence goes where its table goes: with a table that is not ours, it is none.
        let column = columns.get(key);
        let sequence = &mut sequences.list[index];
        sequence.owner = sequence.owner.take().zip(column).map(|(mut owner, column)| {
            let named = Arc::make_mut(&mut owner);
            named.table = Arc::clone(&column.table);
            named.column = column.name.clone();
            named.unused = instead;
            owner
        });
    }
}

/// What could not be told, and what draws from a sequence that has no link, in words.
fn unresolved(sequences: &Sequences, found: Found, columns: &Columns) -> Vec<Unresolved> {
    let mut explained = vec![false; sequences.list.len()];
    for sequence in found.links.iter().map(|link| link.sequence) {
        explained[sequence] = true;
    }
    for sequence in found.unclear.iter().filter_map(|unclear| unclear.sequence) {
        explained[sequence] = true;
    }
    // One word is enough for each sequence.
    let is_unexplained = |remark: &Unclear| {
        remark.sequence.is_some_and(|sequence| !std::mem::replace(&mut explained[sequence], true))
    };
    let remarks: Vec<_> = found.remarks.into_iter().filter(is_unexplained).collect();
    let mut unresolved: Vec<_> = found
        .unclear
        .into_iter()
        .chain(remarks)
        .filter_map(|unclear| in_words(unclear, sequences, columns))
        .collect();
    unresolved.sort_by(|a, b| (&a.table, &a.column, &a.source).cmp(&(&b.table, &b.column, &b.source)));
    unresolved.dedup();
    unresolved
}

fn in_words(unclear: Unclear, sequences: &Sequences, columns: &Columns) -> Option<Unresolved> {
    let (table, column) = match unclear.column {
        None => (None, None),
        Some(key) => {
            let column = columns.get(key)?;
            (Some(QuotedName::clone(&column.table)), (key.attnum > 0).then(|| column.name.clone()))
        }
    };
    let sequence = unclear.sequence.map(|sequence| sequences.list[sequence].name.clone());
    Some(Unresolved { table, column, sequence, source: unclear.source, reason: unclear.reason })
}
