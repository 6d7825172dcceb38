//! `[[link]]`: a link that the catalogue cannot tell.

use serde::de::{Deserialize, Deserializer, Error};

use crate::model::{Mapping, ObjectName, expression};

/// A link that reseq.toml declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// `schema.table`, written as in SQL.
    pub table: String,
    /// The column, written as in SQL.
    pub column: String,
    /// `schema.sequence`, written as in SQL.
    pub sequence: String,
    /// What the column is made of, with `nextval` for the value drawn: `'A-' || nextval`.
    pub expression: Option<String>,
    /// What the expression makes of the sequence's value; [`Mapping::IDENTITY`] without one.
    pub mapping: Mapping,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    table: String,
    column: String,
    sequence: String,
    expression: Option<String>,
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Entry { table, column, sequence, expression } = Entry::deserialize(deserializer)?;
        for (key, name) in [("table", &table), ("sequence", &sequence)] {
            if ObjectName::parse(name).is_none_or(|name| name.schema.is_none()) {
                return Err(D::Error::custom(format!(
                    "{key} = {name:?} is no name with its schema; write it as in SQL: public.orders, \"Shop\".orders"
                )));
            }
        }
        if ObjectName::parse(&column).is_none_or(|name| name.schema.is_some()) {
            return Err(D::Error::custom(format!(
                "column = {column:?} is no column's name; write it as in SQL: number, '\"Order No\"'"
            )));
        }
        let mapping = match &expression {
            None => Mapping::IDENTITY,
            Some(expression) => expression::declared(expression).map_err(|error| {
                D::Error::custom(format!("expression = {expression:?} cannot be turned round: {error}"))
            })?,
        };
        Ok(Self { table, column, sequence, expression, mapping })
    }
}
