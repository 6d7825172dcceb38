//! The tables with all that belongs to them, read for all of them at once.

use std::collections::BTreeSet;

use reseq_pq as pq;

use super::references::{Found, FoundColumn};
use super::{
    Column, Domains, Follower, ForeignKey, Index, IndexConstraint, Obstacle, RewrittenTable, Switch,
    SwitchKind, array,
};
use crate::catalog::query::each_row;
use crate::model::{Oid, QuotedName};
use crate::session::Session;
use crate::{Error, Result};

/// Of the tables below `table`, those that inherit from it without being its partitions.
pub(super) fn inherited(session: &mut Session, table: Oid, below: BTreeSet<Oid>) -> Result<Vec<Oid>> {
    let (table, below) = (table.to_string(), array(below));
    let params = [Some(table.as_str()), Some(below.as_str())];
    let mut inherited = Vec::new();
    each_row(session, "read who inherits", include_str!("../sql/renumber_inherited.sql"), &params, |row| {
        inherited.push(Oid(row.get(0)?));
        Ok(())
    })?;
    Ok(inherited)
}

/// The tables with their columns.
pub(super) fn tables(session: &mut Session, found: &Found, domains: &Domains) -> Result<Vec<RewrittenTable>> {
    let oids = array(&found.tables);
    let params = [Some(oids.as_str())];
    let mut tables = Vec::new();
    each_row(session, "read the tables", include_str!("../sql/renumber_tables.sql"), &params, |row| {
        let Some(&oid) = found.tables.get(place(&row)?) else { return Ok(()) };
        let members: Vec<i64> = row.get(3)?;
        tables.push(RewrittenTable {
            oid,
            name: QuotedName::from_server(row.get::<&str>(1)?),
            partitioned: row.get(2)?,
            members: members.into_iter().filter_map(|oid| u32::try_from(oid).ok()).map(Oid).collect(),
            columns: Vec::new(),
            followers: Vec::new(),
            indexes: Vec::new(),
            estimate: row.get::<Option<i64>>(4)?.unwrap_or(0).unsigned_abs(),
            heap: row.get::<i64>(5)?.unsigned_abs(),
            index_bytes: row.get::<i64>(6)?.unsigned_abs(),
            elsewhere: row.get(7)?,
        });
        Ok(())
    })?;
    each_row(session, "read the columns", include_str!("../sql/renumber_columns.sql"), &params, |row| {
        let Some(table) = tables.get_mut(place(&row)?) else { return Ok(()) };
        table.columns.push(Column {
            attnum: row.get(1)?,
            name: QuotedName::from_server(row.get::<&str>(2)?),
            type_name: row.get(3)?,
            storage: domains.storage(Oid(row.get(4)?), row.get(5)?),
            generated: row.get(6)?,
            always: row.get(7)?,
            guarded: row.get(8)?,
        });
        Ok(())
    })?;
    for column in &found.columns {
        add_follower(&mut tables, column);
    }
    Ok(tables)
}

fn add_follower(tables: &mut [RewrittenTable], found: &FoundColumn) {
    let Some(table) = tables.iter_mut().find(|table| table.oid == found.table) else { return };
    let Some(column) = table.columns.iter().position(|column| column.attnum == found.attnum) else { return };
    let condition = found.condition.clone();
    table.followers.push(Follower { column, condition, loose: !found.sure });
}

/// The foreign keys that refer to the tables `all`.
pub(super) fn foreign_keys(session: &mut Session, all: &str, found: &Found) -> Result<Vec<ForeignKey>> {
    let mut foreign_keys = Vec::new();
    let sql = include_str!("../sql/renumber_foreign_keys.sql");
    each_row(session, "read the foreign keys", sql, &[Some(all)], |row| {
        foreign_keys.push(ForeignKey {
            table_oid: Oid(row.get(1)?),
            table: QuotedName::from_server(row.get::<&str>(2)?),
            partitioned: row.get(3)?,
            name: QuotedName::from_server(row.get::<&str>(4)?),
            definition: row.get(5)?,
            comment: row.get(6)?,
            owned: row.get(7)?,
            follows: found.foreign_keys.contains(&row.get(0)?),
        });
        Ok(())
    })?;
    Ok(foreign_keys)
}

/// Reads the indexes of the tables that are not partitioned.
pub(super) fn indexes(session: &mut Session, tables: &mut [RewrittenTable]) -> Result<()> {
    let mut plain: Vec<_> = tables.iter_mut().filter(|table| !table.partitioned).collect();
    let oids = array(plain.iter().map(|table| table.oid));
    let sql = include_str!("../sql/renumber_indexes.sql");
    each_row(session, "read the indexes", sql, &[Some(&oids)], |row| {
        let constraint: Option<&str> = row.get(3)?;
        let constraint = match constraint {
            Some(name) => Some(IndexConstraint {
                name: QuotedName::from_server(name),
                definition: row.get(4)?,
                comment: row.get(6)?,
            }),
            None => None,
        };
        let index = Index {
            name: QuotedName::from_server(row.get::<&str>(1)?),
            definition: row.get(2)?,
            constraint,
            comment: row.get(5)?,
            replaceable: row.get(7)?,
        };
        if let Some(table) = plain.get_mut(place(&row)?) {
            table.indexes.push(index);
        }
        Ok(())
    })
}

/// The triggers and rules of the tables `all`. Those that look after foreign keys to other tables are among them where
/// the role may disable them.
pub(super) fn switches(session: &mut Session, all: &str) -> Result<Vec<Switch>> {
    let mut switches = Vec::new();
    let superuser = session.server().is_superuser.to_string();
    let params = [Some(all), Some(superuser.as_str())];
    each_row(session, "read the triggers", include_str!("../sql/renumber_triggers.sql"), &params, |row| {
        switches.push(Switch {
            table: QuotedName::from_server(row.get::<&str>(0)?),
            name: QuotedName::from_server(row.get::<&str>(1)?),
            enable: match row.get(2)? {
                "A" => "ENABLE ALWAYS",
                "R" => "ENABLE REPLICA",
                _ => "ENABLE",
            },
            kind: if row.get(3)? { SwitchKind::Rule } else { SwitchKind::Trigger },
        });
        Ok(())
    })?;
    Ok(switches)
}

/// What stands in the way.
pub(super) fn obstacles(session: &mut Session, found: &Found) -> Result<Vec<Obstacle>> {
    let tables = array(found.columns.iter().map(|column| column.table));
    let attnums = array(found.columns.iter().map(|column| column.attnum));
    let params = [Some(tables.as_str()), Some(attnums.as_str())];
    let mut obstacles = Vec::new();
    let sql = include_str!("../sql/renumber_obstacles.sql");
    each_row(session, "look what stands in the way", sql, &params, |row| {
        let table = QuotedName::from_server(row.get::<&str>(1)?);
        let about: &str = row.get(2)?;
        let name = || QuotedName::from_server(about);
        obstacles.push(match row.get(0)? {
            "kind" => Obstacle::Kind(table, about.to_owned()),
            "owner" => Obstacle::Owner(table, name()),
            "row security" => Obstacle::RowSecurity(table),
            "generated" => Obstacle::Generated(table, name()),
            "replica identity" => Obstacle::ReplicaIdentity(table, name()),
            "truncate" => Obstacle::Truncate(table, name()),
            _ => Obstacle::Subscription(table),
        });
        Ok(())
    })?;
    Ok(obstacles)
}

/// The statement that says what tables look like.
pub(crate) const SHAPE: &str = include_str!("../sql/renumber_shape.sql");

/// What the tables `all` look like.
pub(super) fn shape(session: &mut Session, all: &str) -> Result<String> {
    let tried = "read what the tables look like";
    let rows = session.read(tried, SHAPE, &[Some(all)])?;
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(tried))
}

/// The place of the row's table among those that were asked for.
fn place(row: &pq::Row<'_>) -> Result<usize, pq::Error> {
    Ok(usize::try_from(row.get::<i64>(0)? - 1).unwrap_or(usize::MAX))
}
