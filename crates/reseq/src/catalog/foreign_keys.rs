//! The columns that copy a linked column by a foreign key.

use std::collections::HashMap;

use super::columns::arrays;
use super::domains::Domains;
use super::found::ColumnAt;
use super::query::each_row;
use super::{ForeignKeyColumn, Storage};
use crate::Result;
use crate::model::{IntegerType, Oid, QuotedName};
use crate::session::Session;

/// The columns that copy each column and are narrower than bigint.
#[derive(Debug, Default)]
pub(super) struct ForeignKeys(HashMap<ColumnAt, Vec<ForeignKeyColumn>>);

/// Reads the foreign keys that refer to the columns.
pub(super) fn read(session: &mut Session, keys: &[ColumnAt], domains: &Domains) -> Result<ForeignKeys> {
    let mut foreign_keys = ForeignKeys::default();
    if keys.is_empty() {
        return Ok(foreign_keys);
    }
    let (tables, attnums) = arrays(keys);
    let params = [Some(tables.as_str()), Some(attnums.as_str())];
    each_row(session, "read the foreign keys", include_str!("sql/foreign_keys.sql"), &params, |row| {
        let place = row.get::<i64>(0)?;
        let key = usize::try_from(place - 1).ok().and_then(|place| keys.get(place));
        let storage = domains.storage(Oid(row.get(3)?), -1);
        if let (Some(&key), Storage::Integer(integer)) = (key, storage)
            && integer < IntegerType::BigInt
        {
            foreign_keys.0.entry(key).or_default().push(ForeignKeyColumn {
                table: QuotedName::from_server(row.get::<&str>(1)?),
                column: QuotedName::from_server(row.get::<&str>(2)?),
                integer,
            });
        }
        Ok(())
    })?;
    Ok(foreign_keys)
}

impl ForeignKeys {
    /// What copies any of these columns, each column once.
    pub(super) fn of(&self, keys: impl IntoIterator<Item = ColumnAt>) -> Vec<ForeignKeyColumn> {
        let mut copies: Vec<_> =
            keys.into_iter().filter_map(|key| self.0.get(&key)).flatten().cloned().collect();
        copies.sort_unstable_by(|a, b| (&a.table, &a.column).cmp(&(&b.table, &b.column)));
        copies.dedup();
        copies
    }
}
