//! The columns that copy a linked column by foreign keys, from table to table.

use std::collections::{HashMap, HashSet};

use super::columns::arrays;
use super::domains::Domains;
use super::found::ColumnAt;
use super::query::{self, Query};
use super::{ForeignKeyColumn, Storage};
use crate::Result;
use crate::model::{IntegerType, Oid, QuotedName};
use crate::session::Session;

/// Which columns copy which.
#[derive(Debug, Default)]
pub(super) struct ForeignKeys(HashMap<ColumnAt, Vec<Copied>>);

/// A column that copies another one.
#[derive(Debug)]
struct Copied {
    column: ColumnAt,
    /// What it is, where it is narrower than bigint.
    narrow: Option<ForeignKeyColumn>,
}

/// The search for them: what refers to the columns, then what refers to what copies them, and so on.
pub(super) struct Search<'a> {
    domains: &'a Domains,
    found: ForeignKeys,
    known: HashSet<ColumnAt>,
    /// Those that were found to copy, and are not looked at yet.
    ahead: Vec<ColumnAt>,
}

impl<'a> Search<'a> {
    /// Begins with these columns.
    pub(super) fn new(keys: &[ColumnAt], domains: &'a Domains) -> Self {
        let known = keys.iter().copied().collect();
        Self { domains, found: ForeignKeys::default(), known, ahead: Vec::new() }
    }

    /// Reads the foreign keys that refer to `keys` themselves. Parameters: their [`arrays`].
    pub(super) fn query<'s>(&'s mut self, keys: &'s [ColumnAt]) -> Query<'s> {
        Query::new("read the foreign keys", include_str!("sql/foreign_keys.sql"), |row| {
            let place = row.get::<i64>(0)?;
            let Some(&key) = usize::try_from(place - 1).ok().and_then(|place| keys.get(place)) else {
                return Ok(());
            };
            let column = ColumnAt { table: Oid(row.get(4)?), attnum: row.get(5)? };
            let narrow = match self.domains.storage(Oid(row.get(3)?), -1) {
                Storage::Integer(integer) if integer < IntegerType::BigInt => Some(ForeignKeyColumn {
                    table: QuotedName::from_server(row.get::<&str>(1)?),
                    column: QuotedName::from_server(row.get::<&str>(2)?),
                    integer,
                }),
                _ => None,
            };
            self.found.0.entry(key).or_default().push(Copied { column, narrow });
            if self.known.insert(column) {
                self.ahead.push(column);
            }
            Ok(())
        })
    }

    /// Follows what was found so far to the end.
    pub(super) fn finish(mut self, session: &mut Session) -> Result<ForeignKeys> {
        while !self.ahead.is_empty() {
            let keys = std::mem::take(&mut self.ahead);
            let (tables, attnums) = arrays(&keys);
            query::run(session, [self.query(&keys).with([&tables, &attnums])])?;
        }
        Ok(self.found)
    }
}

impl ForeignKeys {
    /// What copies any of these columns, at first or second hand or further, and is narrower than bigint; each
    /// column once.
    pub(super) fn of(&self, keys: impl IntoIterator<Item = ColumnAt>) -> Vec<ForeignKeyColumn> {
        let mut copies = Vec::new();
        let mut ahead: Vec<_> = keys.into_iter().filter(|key| self.0.contains_key(key)).collect();
        let mut reached: HashSet<_> = ahead.iter().copied().collect();
        while let Some(key) = ahead.pop() {
            for copy in self.0.get(&key).into_iter().flatten() {
                copies.extend(copy.narrow.clone());
                if reached.insert(copy.column) {
                    ahead.push(copy.column);
                }
            }
        }
        copies.sort_unstable_by(|a, b| (&a.table, &a.column).cmp(&(&b.table, &b.column)));
        copies.dedup();
        copies
    }
}
