//! Rows, and the values in them.

use std::fmt;

use crate::Error;
use crate::raw_result::RawResult;
use crate::value::{FromText, excerpt};

/// What a statement returned: rows, or a command's tag alone.
pub struct Rows(RawResult);

impl Rows {
    pub(crate) fn new(result: RawResult) -> Self {
        Self(result)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.0.row_count()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.len()).map(|index| Row { rows: self, index })
    }

    /// The row at `index`, from 0.
    pub fn row(&self, index: usize) -> Result<Row<'_>, Error> {
        if index < self.len() {
            return Ok(Row { rows: self, index });
        }
        Err(Error::local(format!("there is no row {index}: the result has {} rows", self.len())))
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.0.column_count()
    }

    /// The name of the column at `index`, from 0.
    pub fn column_name(&self, index: usize) -> Option<&str> {
        self.0.column_name(index)?.to_str().ok()
    }

    /// The index of the first column of that name, letter by letter.
    pub fn column(&self, name: &str) -> Option<usize> {
        (0..self.columns()).find(|&index| self.column_name(index) == Some(name))
    }

    /// What was done: `SELECT 5`, `ALTER SEQUENCE`; empty for an empty statement.
    pub fn command_tag(&self) -> String {
        self.0.command_tag()
    }

    /// How many rows a SELECT, INSERT, UPDATE, DELETE, MERGE, FETCH, MOVE or COPY has touched.
    pub fn affected_rows(&self) -> Option<u64> {
        self.0.affected_rows()
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

/// One row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    rows: &'a Rows,
    index: usize,
}

impl<'a> Row<'a> {
    /// The value of a column, by its index from 0. The error names the column and what was found there.
    pub fn get<T: FromText<'a>>(&self, column: usize) -> Result<T, Error> {
        match self.text(column)? {
            None => T::from_null().ok_or_else(|| self.unfit::<T>(column, "NULL")),
            Some(text) => T::from_text(text).ok_or_else(|| self.unfit::<T>(column, &excerpt(text))),
        }
    }

    /// The value of a column, by its name.
    pub fn get_named<T: FromText<'a>>(&self, column: &str) -> Result<T, Error> {
        let index = self.rows.column(column);
        self.get(index.ok_or_else(|| Error::local(format!("the result has no column \"{column}\"")))?)
    }

    /// The bytes of a column as the server sent them, which in a database of encoding SQL_ASCII need not be
    /// UTF-8; `None` for NULL.
    pub fn bytes(&self, column: usize) -> Result<Option<&'a [u8]>, Error> {
        let columns = self.rows.columns();
        if column >= columns {
            return Err(Error::local(format!(
                "there is no column {column}: the result has {columns} columns"
            )));
        }
        Ok(self.rows.0.value(self.index, column))
    }

    fn text(&self, column: usize) -> Result<Option<&'a str>, Error> {
        let Some(bytes) = self.bytes(column)? else { return Ok(None) };
        let not_utf8 = |_| self.unfit::<&str>(column, &excerpt(&String::from_utf8_lossy(bytes)));
        std::str::from_utf8(bytes).map(Some).map_err(not_utf8)
    }

    fn unfit<T: FromText<'a>>(&self, column: usize, found: &str) -> Error {
        let name = self.rows.column_name(column).unwrap_or("?");
        let expected = T::EXPECTED;
        Error::local(format!(
            "column \"{name}\" of row {} holds {found}, which is not {expected}",
            self.index + 1
        ))
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = 0..self.rows.columns();
        let value = |column| self.rows.0.value(self.index, column).map(String::from_utf8_lossy);
        formatter
            .debug_map()
            .entries(columns.map(|column| (self.rows.column_name(column).unwrap_or("?"), value(column))))
            .finish()
    }
}
