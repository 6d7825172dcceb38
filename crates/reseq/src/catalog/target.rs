//! TARGET: which table, column or sequence a user names, by the server's own rules for names and the search path that
//! psql would have.

use super::{Catalog, Link, LinkId, SequenceId};
use crate::array::text_array;
use crate::model::{Oid, QuotedName};
use crate::session::Session;
use crate::{Error, Result};

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The relation's OID.
    pub oid: Oid,
    /// The relation, `schema.name`, quoted.
    pub name: QuotedName,
    /// Whether it is a sequence, and not a table or view.
    pub is_sequence: bool,
    /// The column, quoted, where one was named.
    pub column: Option<QuotedName>,
}

/// How `parse_ident()` refuses what is no name (manual, appendix A).
const INVALID_PARAMETER_VALUE: &str = "22023";

impl Target {
    /// Asks the server what `name` means: `table`, `schema.table`, `table.column`, `sequence`, …, quoted as in SQL.
    ///
    /// # Errors
    /// [`Error::Usage`] where it means nothing, or two things; else as [`Session::read`].
    pub fn look_up(session: &mut Session, name: &str) -> Result<Self> {
        let tried = "look up a name";
        let search_path = text_array(&session.server().search_path);
        let params = [Some(name), Some(search_path.as_str())];
        let rows = session.read(tried, include_str!("sql/target.sql"), &params).map_err(|error| {
            if error.sqlstate() == Some(INVALID_PARAMETER_VALUE) { no_name(name) } else { error }
        })?;
        let mut found = Vec::new();
        let mut columnless = None;
        for row in rows.iter() {
            let (oid, kind, relation, wanted, column) = (|| {
                Ok((row.get(0)?, row.get::<String>(1)?, row.get::<String>(2)?, row.get(3)?, row.get(4)?))
            })()
            .map_err(Error::while_trying(tried))?;
            let (wanted, column): (Option<String>, Option<String>) = (wanted, column);
            let target = Self {
                oid: Oid(oid),
                name: QuotedName::from_server(relation),
                is_sequence: kind == "S",
                column: column.map(QuotedName::from_server),
            };
            match wanted {
                Some(wanted) if target.column.is_none() => columnless = Some((target.name, wanted)),
                _ => found.push(target),
            }
        }
        match (found.pop(), found.pop(), columnless) {
            (Some(only), None, _) => Ok(only),
            (Some(one), Some(other), _) => Err(Error::Usage {
                message: format!("{name} means both {} and {}", other.full_name(), one.full_name()),
                hint: Some("name a column with table and schema, or a table with database and schema".to_owned()),
            }),
            (None, _, Some((relation, column))) => Err(Error::Usage {
                message: format!("{relation} has no column {column}"),
                hint: None,
            }),
            (None, _, None) => Err(Error::Usage {
                message: format!("there is no table, column or sequence {name}"),
                hint: Some(
                    "capitals and special characters need double quotes, as in SQL; other schemas must be named"
                        .to_owned(),
                ),
            }),
        }
    }

    /// `schema.table` or `schema.table.column`, quoted.
    pub fn full_name(&self) -> String {
        match &self.column {
            Some(column) => format!("{}.{column}", self.name),
            None => self.name.to_string(),
        }
    }
}

fn no_name(name: &str) -> Error {
    Error::Usage {
        message: format!("{name} is not a name of SQL"),
        hint: Some(
            "write table, table.column or sequence, with double quotes around special characters".to_owned(),
        ),
    }
}

impl Catalog {
    /// The links of a table, view or partition: those of the tree that it is a part of, too.
    pub fn links_of_table(&self, table: Oid) -> impl Iterator<Item = LinkId> + '_ {
        let is_of =
            move |link: &Link| link.table_oid == table || link.leaves.iter().any(|leaf| leaf.oid == table);
        (0..self.links.len()).map(LinkId).filter(move |id| is_of(self.link(*id)))
    }

    /// The one sequence that a target stands for: itself, that of its column, or that of a table's only linked column.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is none, or where several columns would have to be chosen from.
    pub fn sequence_of(&self, target: &Target) -> Result<SequenceId> {
        if target.is_sequence {
            let own = self.iter().find(|(_, sequence)| sequence.oid == target.oid);
            return own.map(|(id, _)| id).ok_or_else(|| Error::Usage {
                message: format!("{} belongs to an extension, or is temporary", target.name),
                hint: None,
            });
        }
        let mut links: Vec<LinkId> = self
            .links_of_table(target.oid)
            .filter(|id| target.column.as_ref().is_none_or(|column| *column == self.link(*id).column))
            .collect();
        links.sort_by_key(|id| self.link(*id).attnum);
        let mut sequences: Vec<SequenceId> = links.iter().map(|id| self.link(*id).sequence).collect();
        sequences.dedup();
        match sequences.as_slice() {
            [only] => Ok(*only),
            [] => Err(self.unlinked(target)),
            _ => Err(self.several(target, &links)),
        }
    }

    fn unlinked(&self, target: &Target) -> Error {
        let owned = self
            .sequences
            .iter()
            .filter(|sequence| sequence.owner.as_ref().is_some_and(|owner| owner.table_oid == target.oid));
        let owned: Vec<&str> = owned.map(|sequence| sequence.name.as_str()).collect();
        let hint = if owned.is_empty() {
            "if a sequence feeds it all the same, name that, or declare it in reseq.toml".to_owned()
        } else {
            format!("name the sequence itself: the table owns {} but does not draw from it", owned.join(", "))
        };
        let what = if target.column.is_some() { "" } else { "no column of " };
        let takes = if target.column.is_some() { "does not take" } else { "takes" };
        Error::Usage {
            message: format!("{what}{} {takes} its values from a sequence", target.full_name()),
            hint: Some(hint),
        }
    }

    fn several(&self, target: &Target, links: &[LinkId]) -> Error {
        let words = links.iter().map(|id| {
            let link = self.link(*id);
            format!("{} ({})", link.full_name(), self.sequence(link.sequence).name)
        });
        Error::Usage {
            message: format!(
                "{} has several columns that take their values from a sequence: {}",
                target.full_name(),
                words.collect::<Vec<_>>().join(", ")
            ),
            hint: Some("name one of these columns, or its sequence".to_owned()),
        }
    }
}
