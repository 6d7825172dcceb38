//! The temporary table on the way into a table whose rows may be there already: COPY has no ON CONFLICT.

use crate::catalog::{Column, Table};
use crate::file::Source;
use crate::template::fill;
use crate::{Error, Result};

/// A temporary table for the rows of one file.
pub(super) struct Stage<'a> {
    table: &'a Table,
    name: String,
    columns: &'a [&'a Column],
    key: Vec<&'a str>,
    update: bool,
}

/// The name of the temporary table for the file number `number`.
pub(super) fn name(number: usize) -> String {
    format!("reseq_load_{}", number + 1)
}

impl<'a> Stage<'a> {
    /// For the file number `number`, which holds these columns.
    ///
    /// # Errors
    /// [`Error::Usage`] where the table has no primary key that would do, or the file does not hold it.
    pub(super) fn new(
        table: &'a Table,
        columns: &'a [&'a Column],
        number: usize,
        update: bool,
        source: &Source,
    ) -> Result<Self> {
        let refused = |message: String| Error::Usage {
            message,
            hint: Some("without --on-conflict any row that is there already ends the load".to_owned()),
        };
        let key: Vec<&Column> = table.columns.iter().filter(|column| column.in_key).collect();
        if key.is_empty() {
            return Err(refused(format!("{} has no primary key that rows could conflict with", table.name)));
        }
        if table.deferrable_key {
            return Err(refused(format!(
                "the primary key of {} is DEFERRABLE, which ON CONFLICT does not take",
                table.name
            )));
        }
        if let Some(missing) = key.iter().find(|column| !columns.contains(column)) {
            let message =
                format!("{source} gives no values to {}, a part of the primary key", missing.quoted);
            return Err(refused(message));
        }
        let key = key.into_iter().map(|column| column.quoted.as_str()).collect();
        Ok(Self { table, name: name(number), columns, key, update })
    }

    /// What rows are copied into.
    pub(super) fn rows(&self) -> String {
        format!("pg_temp.{} ({})", self.name, self.columns())
    }

    pub(super) fn create(&self) -> String {
        fill(
            include_str!("sql/stage_create.sql"),
            &[("stage", &self.name), ("columns", &self.columns()), ("table", self.table.name.as_str())],
        )
    }

    pub(super) fn insert(&self) -> String {
        let key = self.key.join(", ");
        let (distinct, order) = if self.update {
            // Where a row stands in the temporary table is where it stands in the file.
            (format!("DISTINCT ON ({key})"), format!("ORDER BY {key}, s.ctid DESC"))
        } else {
            (String::new(), String::new())
        };
        fill(
            include_str!("sql/stage_insert.sql"),
            &[
                ("table", self.table.name.as_str()),
                ("columns", &self.columns()),
                ("distinct", &distinct),
                ("stage", &self.name),
                ("order", &order),
                ("key", &key),
                ("action", &self.action()),
            ],
        )
    }

    /// Outside of any savepoint the table is cut off in place, as it was made by the same transaction; in one, each TRUNCATE
    /// would leave a version of its entry in pg_class behind, and all of them would be looked through ever after.
    pub(super) fn empty(&self) -> String {
        format!("TRUNCATE pg_temp.{}", self.name)
    }

    fn columns(&self) -> String {
        self.columns.iter().map(|column| column.quoted.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// What is done with a row that is there already. A column that is GENERATED ALWAYS cannot be updated.
    fn action(&self) -> String {
        let updated = self.columns.iter().filter(|column| self.update && !column.in_key && !column.always);
        let set: Vec<_> = updated.map(|column| format!("{0} = EXCLUDED.{0}", column.quoted)).collect();
        if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) }
    }
}
