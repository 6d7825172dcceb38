//! A table that rows are loaded into: its columns and its primary key.

use std::collections::HashSet;

use reseq_pq as pq;

use super::{Catalog, Link, SequenceId, Target};
use crate::model::{Oid, QuotedName};
use crate::session::Session;
use crate::{Error, Result};

/// A table, and what of it matters to whoever writes rows.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its OID.
    pub oid: Oid,
    /// `schema.table`, quoted.
    pub name: QuotedName,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// The primary key is DEFERRABLE, which ON CONFLICT does not take.
    pub deferrable_key: bool,
    /// The names of its foreign keys that refer to the table itself.
    pub own_references: Vec<String>,
    /// Itself, what it is a partition or inheritance child of, and what is one of it.
    pub tree: HashSet<Oid>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its name, quoted.
    pub quoted: QuotedName,
    /// GENERATED ALWAYS AS IDENTITY.
    pub always: bool,
    /// GENERATED ALWAYS AS (expression): nobody else writes it.
    pub generated: bool,
    /// It is a part of the primary key.
    pub in_key: bool,
}

impl Table {
    /// Reads the table that `target` names.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is no table; else as [`Session::read`].
    pub fn read(session: &mut Session, target: &Target) -> Result<Self> {
        let tried = format!("read the columns of {}", target.name);
        let oid = target.oid.to_string();
        let rows = session.read(&tried, include_str!("sql/table_columns.sql"), &[Some(&oid)])?;
        let columns: Result<Vec<_>, _> = rows.iter().map(|row| Column::read(&row)).collect();
        let columns = columns.map_err(Error::while_trying(&*tried))?;
        let is_table = rows.iter().all(|row| matches!(row.get::<&str>(0), Ok("r" | "p")));
        if columns.is_empty() || !is_table || target.column.is_some() {
            let message = format!("{} is not a table with columns", target.full_name());
            return Err(Error::Usage {
                message,
                hint: Some("name the table that the rows go into".to_owned()),
            });
        }
        let deferrable_key = rows.iter().any(|row| row.get(6).unwrap_or(false));
        let own_references = rows.row(0).and_then(|row| row.get(7)).map_err(Error::while_trying(&*tried))?;
        let rows = session.read(&tried, include_str!("sql/table_tree.sql"), &[Some(&oid)])?;
        let tree = rows.iter().map(|row| row.get(0).map(Oid)).collect::<Result<_, _>>();
        let tree = tree.map_err(Error::while_trying(tried))?;
        Ok(Self { oid: target.oid, name: target.name.clone(), columns, deferrable_key, own_references, tree })
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The links of the table and of those that share its rows.
    pub fn links<'a>(&'a self, catalog: &'a Catalog) -> impl Iterator<Item = &'a Link> {
        catalog.links.iter().filter(|link| self.tree.contains(&link.table_oid))
    }

    /// The sequences that rows of the table take values from, in the catalogue's order.
    pub fn sequences(&self, catalog: &Catalog) -> Vec<SequenceId> {
        let mut sequences: Vec<_> = self.links(catalog).map(|link| link.sequence).collect();
        sequences.sort_unstable();
        sequences.dedup();
        sequences
    }
}

impl Column {
    fn read(row: &pq::Row<'_>) -> Result<Self, pq::Error> {
        Ok(Self {
            name: row.get(1)?,
            quoted: QuotedName::from_server(row.get::<&str>(2)?),
            always: row.get(3)?,
            generated: row.get(4)?,
            in_key: row.get(5)?,
        })
    }
}
