//! What a relation is called now, where its name no longer leads to it.

use reseq_pq as pq;

use crate::model::{Oid, QuotedName};
use crate::session::Session;
use crate::{Error, Result};

/// A relation as the catalogue has it at this moment.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// `schema.name`, quoted.
    pub(super) name: QuotedName,
    /// Its schema, quoted.
    pub(super) schema: QuotedName,
    /// The current role has USAGE on the schema.
    pub(super) schema_usage: bool,
    /// Row security hides rows from the current role.
    pub(super) row_security: bool,
    /// The current role, quoted.
    pub(super) role: QuotedName,
    /// The linked column, quoted; `None` where it is gone, or for a sequence.
    pub(super) column: Option<QuotedName>,
}

impl Relation {
    /// Looks `oid` up; `column` is the linked column, by table and number. `None` where the relation is gone.
    pub(super) fn look_up(
        session: &mut Session,
        oid: Oid,
        column: Option<(Oid, i16)>,
    ) -> Result<Option<Self>> {
        const TRIED: &str = "look up what a relation is called";
        let text = [
            Some(oid.to_string()),
            column.map(|(table, _)| table.to_string()),
            column.map(|(_, attnum)| attnum.to_string()),
        ];
        let params = text.each_ref().map(|param| param.as_deref());
        let rows = session.read(TRIED, include_str!("sql/relation.sql"), &params)?;
        rows.iter().next().map(Self::from_row).transpose().map_err(Error::while_trying(TRIED))
    }

    fn from_row(row: pq::Row<'_>) -> Result<Self, pq::Error> {
        let name = |column| row.get::<Box<str>>(column).map(QuotedName::from_server);
        Ok(Self {
            name: name(0)?,
            schema: name(1)?,
            schema_usage: row.get(2)?,
            row_security: row.get(3)?,
            role: name(4)?,
            column: row.get::<Option<Box<str>>>(5)?.map(QuotedName::from_server),
        })
    }
}
