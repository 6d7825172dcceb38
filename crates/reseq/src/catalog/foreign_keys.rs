//! The columns that copy a linked column by foreign keys, from table to table.

use std::collections::{HashMap, HashSet};

use super::columns::arrays;
use super::domains::Domains;
use super::found::ColumnAt;
use super::query::each_row;
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

/// Reads the foreign keys that refer to the columns, those that refer to what copies them, and so on.
pub(super) fn read(session: &mut Session, keys: &[ColumnAt], domains: &Domains) -> Result<ForeignKeys> {
    let mut foreign_keys = ForeignKeys::default();
    let mut known: HashSet<ColumnAt> = keys.iter().copied().collect();
    let mut ahead = keys.to_vec();
    while !ahead.is_empty() {
        let before = std::mem::take(&mut ahead);
        foreign_keys.read_next(session, &before, domains, &mut |copy| {
            if known.insert(copy) {
                ahead.push(copy);
            }
        })?;
    }
    Ok(foreign_keys)
}

impl ForeignKeys {
    /// Reads the foreign keys that refer to the columns themselves.
    fn read_next(
        &mut self,
        session: &mut Session,
        keys: &[ColumnAt],
        domains: &Domains,
        found: &mut dyn FnMut(ColumnAt),
    ) -> Result<()> {
        let (tables, attnums) = arrays(keys);
        let params = [Some(tables.as_str()), Some(attnums.as_str())];
        each_row(session, "read the foreign keys", include_str!("sql/foreign_keys.sql"), &params, |row| {
            let place = row.get::<i64>(0)?;
            let Some(&key) = usize::try_from(place - 1).ok().and_then(|place| keys.get(place)) else {
                return Ok(());
            };
            let column = ColumnAt { table: Oid(row.get(4)?), attnum: row.get(5)? };
            let narrow = match domains.storage(Oid(row.get(3)?), -1) {
                Storage::Integer(integer) if integer < IntegerType::BigInt => Some(ForeignKeyColumn {
                    table: QuotedName::from_server(row.get::<&str>(1)?),
                    column: QuotedName::from_server(row.get::<&str>(2)?),
                    integer,
                }),
                _ => None,
            };
            self.0.entry(key).or_default().push(Copied { column, narrow });
            found(column);
            Ok(())
        })
    }

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
