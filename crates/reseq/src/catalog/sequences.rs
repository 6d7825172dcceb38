//! The sequences themselves.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use reseq_pq as pq;

use super::found::{ColumnAt, Found};
use super::query::Query;
use super::shared::shared;
use super::{Owner, Privileges, Sequence, Via};
use crate::model::{Definition, IntegerType, ObjectName, Oid, QuotedName};

/// The sequences in their final order, and the ways to find one.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    pub(super) list: Vec<Sequence>,
    by_oid: Vec<(Oid, usize)>,
    /// By name without quotes, for the few that are named in text; made when first asked for.
    by_name: OnceCell<Vec<(ObjectName, usize)>>,
}

/// Reads all sequences into `list`.
pub(super) fn query(list: &mut Vec<Sequence>) -> Query<'_> {
    let unnamed = Arc::new(QuotedName::from_server(""));
    let mut definitions = HashSet::new();
    Query::new("read the sequences", include_str!("sql/sequences.sql"), move |row| {
        list.push(sequence(row, &unnamed, &mut definitions)?);
        Ok(())
    })
}

fn sequence(
    row: pq::Row<'_>,
    unnamed: &Arc<QuotedName>,
    definitions: &mut HashSet<Arc<Definition>>,
) -> Result<Sequence, pq::Error> {
    let definition = Definition {
        // The server offers no other type (manual, CREATE SEQUENCE).
        data_type: IntegerType::from_name(row.get(2)?).unwrap_or(IntegerType::BigInt),
        start: row.get(3)?,
        min: row.get(4)?,
        max: row.get(5)?,
        increment: row.get(6)?,
        cycle: row.get(7)?,
        cache: row.get(8)?,
    };
    Ok(Sequence {
        oid: Oid(row.get(0)?),
        name: QuotedName::from_server(row.get::<&str>(1)?),
        definition: shared(definitions, definition),
        privileges: Privileges {
            select: row.get(9)?,
            draw: row.get(10)?,
            update: row.get(11)?,
            alter: row.get(12)?,
        },
        unlogged: row.get(13)?,
        owner: match row.get::<Option<u32>>(14)? {
            None => None,
            Some(table) => Some(Arc::new(Owner {
                table_oid: Oid(table),
                attnum: row.get(15)?,
                identity: row.get(16)?,
                // Looked up with the columns of the links.
                table: Arc::clone(unnamed),
                column: QuotedName::from_server(""),
                unused: None,
            })),
        },
        links: 0..0,
        missing_grants: Vec::new(),
    })
}

/// What a name in text may mean.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This sequence.
    One(usize),
    /// Any of these: the search path decides.
    Several(Vec<usize>),
    /// No sequence has the name.
    None,
}

impl Sequences {
    /// Puts the sequences in the order of their names.
    pub(super) fn new(mut list: Vec<Sequence>) -> Self {
        list.shrink_to_fit();
        list.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let mut by_oid: Vec<_> = list.iter().enumerate().map(|(index, one)| (one.oid, index)).collect();
        by_oid.sort_unstable();
        Self { list, by_oid, by_name: OnceCell::new() }
    }

    /// The sequence with this OID.
    pub(super) fn by_oid(&self, oid: Oid) -> Option<usize> {
        let place = self.by_oid.binary_search_by_key(&oid, |&(oid, _)| oid).ok()?;
        Some(self.by_oid[place].1)
    }

    /// What `name` means to a caller whose search path is not known, or `search_path`, schemas in their
    /// order, where the calling function sets it.
    pub(super) fn meaning(&self, name: &ObjectName, search_path: Option<&[String]>) -> Meaning {
        let named = self.by_name();
        let start = named.partition_point(|(other, _)| other.name < name.name);
        let same = named[start..].iter().take_while(|(other, _)| other.name == name.name);
        let in_schema = |schema: &str| {
            let mut same = same.clone();
            same.find(|(other, _)| other.schema.as_deref() == Some(schema)).map(|&(_, index)| index)
        };
        let exactly = |found: Option<usize>| found.map_or(Meaning::None, Meaning::One);
        if let Some(schema) = &name.schema {
            return exactly(in_schema(schema));
        }
        if let Some(path) = search_path {
            return exactly(path.iter().find_map(|schema| in_schema(schema)));
        }
        let mut candidates: Vec<_> = same.map(|&(_, index)| index).collect();
        match candidates.len() {
            0 | 1 => exactly(candidates.pop()),
            _ => {
                candidates.sort_unstable();
                Meaning::Several(candidates)
            }
        }
    }

    /// The quoted names of several sequences, in words.
    pub(super) fn names(&self, indexes: &[usize]) -> String {
        let names: Vec<_> = indexes.iter().map(|&index| self.list[index].name.as_str()).collect();
        names.join(", ")
    }

    fn by_name(&self) -> &[(ObjectName, usize)] {
        self.by_name.get_or_init(|| {
            let parsed =
                |(index, one): (usize, &Sequence)| Some((ObjectName::parse(one.name.as_str())?, index));
            let mut named: Vec<_> = self.list.iter().enumerate().filter_map(parsed).collect();
            named.sort_unstable_by(|(a, _), (b, _)| a.name.cmp(&b.name));
            named
        })
    }
}

/// The identity columns: their sequences belong to them by an internal dependency.
pub(super) fn find_identities(sequences: &Sequences, found: &mut Found) {
    for (index, sequence) in sequences.list.iter().enumerate() {
        if let Some(owner) = sequence.owner.as_ref().filter(|owner| owner.identity) {
            found.link(ColumnAt { table: owner.table_oid, attnum: owner.attnum }, index, Via::Identity);
        }
    }
}
