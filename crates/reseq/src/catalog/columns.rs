//! The columns that something was found about: names, types, and whether they can be read.

use std::collections::HashSet;
use std::sync::Arc;

use reseq_pq as pq;

use super::domains::Domains;
use super::found::ColumnAt;
use super::query::each_row;
use super::shared::shared;
use super::{ColumnType, Unreadable};
use crate::Result;
use crate::array::array;
use crate::model::{Oid, QuotedName};
use crate::session::Session;

/// A column as it was looked up.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) table: Arc<QuotedName>,
    pub(super) table_kind: TableKind,
    /// Empty where only the table was asked for.
    pub(super) name: QuotedName,
    pub(super) column_type: Arc<ColumnType>,
    /// The locks that reading the table alone takes.
    pub(super) locks: u32,
    pub(super) unreadable: Option<Box<Unreadable>>,
}

/// What kind of relation a table is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableKind {
    /// Holds rows itself.
    Plain,
    /// Foreign: another server or program holds the rows.
    Foreign,
    /// Partitioned: the partitions hold the rows.
    Partitioned,
    /// A view.
    View,
    /// Anything else.
    Other,
}

impl TableKind {
    /// Whether rows lie in the table itself, or are read through it alone.
    pub(super) fn holds_rows(self) -> bool {
        matches!(self, Self::Plain | Self::Foreign)
    }

    /// By `pg_class.relkind`.
    pub(super) fn from_relkind(kind: &str) -> Self {
        match kind {
            "r" => Self::Plain,
            "f" => Self::Foreign,
            "p" => Self::Partitioned,
            "v" => Self::View,
            _ => Self::Other,
        }
    }
}

/// The columns asked for, without those whose table is none of ours.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// In the order of their keys.
    columns: Vec<(ColumnAt, Column)>,
    types: HashSet<Arc<ColumnType>>,
}

impl Columns {
    /// The column, unless it belongs to a system schema or an extension, is temporary or has vanished.
    pub(super) fn get(&self, key: ColumnAt) -> Option<&Column> {
        let place = self.columns.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(&self.columns[place].1)
    }

    /// Looks up those of the columns that are not known yet.
    pub(super) fn read_further(
        &mut self,
        session: &mut Session,
        keys: &[ColumnAt],
        domains: &Domains,
    ) -> Result<()> {
        let mut keys: Vec<_> = keys.iter().copied().filter(|key| self.get(*key).is_none()).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(());
        }
        let (tables, attnums) = arrays(&keys);
        let params = [Some(tables.as_str()), Some(attnums.as_str())];
        let mut columns = Vec::with_capacity(keys.len());
        each_row(session, "read the columns", include_str!("sql/columns.sql"), &params, |row| {
            let place = row.get::<i64>(0)?;
            if let Some(key) = usize::try_from(place - 1).ok().and_then(|place| keys.get(place)) {
                columns.push((*key, column(row, domains, &mut self.types)?));
            }
            Ok(())
        })?;
        self.columns.append(&mut columns);
        self.columns.sort_unstable_by_key(|(key, _)| *key);
        Ok(())
    }
}

/// Looks the columns up.
pub(super) fn read(session: &mut Session, keys: &[ColumnAt], domains: &Domains) -> Result<Columns> {
    let mut columns = Columns::default();
    columns.read_further(session, keys, domains)?;
    Ok(columns)
}

/// The two parameters that name columns: tables and numbers.
pub(super) fn arrays(keys: &[ColumnAt]) -> (String, String) {
    (array(keys.iter().map(|key| key.table)), array(keys.iter().map(|key| key.attnum)))
}

fn column(
    row: pq::Row<'_>,
    domains: &Domains,
    types: &mut HashSet<Arc<ColumnType>>,
) -> Result<Column, pq::Error> {
    let table = QuotedName::from_server(row.get::<&str>(2)?);
    let name = QuotedName::from_server(row.get::<Option<&str>>(3)?.unwrap_or_default());
    let type_name: &str = row.get::<Option<&str>>(4)?.unwrap_or_default();
    let type_oid = Oid(row.get::<Option<u32>>(5)?.unwrap_or_default());
    let modifier = row.get::<Option<i32>>(6)?.unwrap_or(-1);
    let ignores_case = match row.get(12)? {
        // Only ICU makes nondeterministic collations; regular expressions need another one.
        true => Some("pg_catalog.\"und-x-icu\""),
        // As lower(), which citext compares by.
        false => domains.ignores_case(type_oid).then_some("pg_catalog.\"default\""),
    };
    let column_type =
        ColumnType { name: type_name.into(), storage: domains.storage(type_oid, modifier), ignores_case };
    let unreadable = unreadable(row, &table, &name)?;
    Ok(Column {
        table: Arc::new(table),
        table_kind: TableKind::from_relkind(row.get(1)?),
        name,
        column_type: shared(types, column_type),
        locks: row.get(7)?,
        unreadable,
    })
}

/// What hinders the current role from reading the column, and the statements that would help.
fn unreadable(
    row: pq::Row<'_>,
    table: &QuotedName,
    column: &QuotedName,
) -> Result<Option<Box<Unreadable>>, pq::Error> {
    let closed_schema: Option<&str> = row.get(8)?;
    let selectable: bool = row.get(9)?;
    let row_security: bool = row.get(10)?;
    if closed_schema.is_none() && selectable && !row_security {
        return Ok(None);
    }
    let role: &str = row.get(11)?;
    let (mut reasons, mut hints) = (Vec::new(), Vec::new());
    if let Some(schema) = closed_schema {
        reasons.push(format!("no USAGE privilege on schema {schema}"));
        hints.push(format!("GRANT USAGE ON SCHEMA {schema} TO {role};"));
    }
    if !selectable {
        reasons.push(format!("no SELECT privilege on column {column} of {table}"));
        hints.push(format!("GRANT SELECT ({column}) ON {table} TO {role};"));
    }
    if row_security {
        reasons.push(format!("row security hides rows of {table} from {role}"));
        hints.push(format!("ALTER ROLE {role} BYPASSRLS;"));
    }
    Ok(Some(Box::new(Unreadable { reason: reasons.join(", and "), hint: hints.join(" ") })))
}
