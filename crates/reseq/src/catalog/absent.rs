//! Sequences of one server that another does not have: what it takes to make them there.

use std::collections::HashMap;

use super::query::each_row;
use crate::Result;
use crate::array::{array, text_array};
use crate::model::{ObjectName, Oid, QuotedName};
use crate::session::Session;

/// What a sequence is beside its definition, on the server that has it. Names of roles are as they are, without quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absent {
    /// The role that owns it.
    pub role: String,
    /// How an identity column draws from it: `ALWAYS` or `BY DEFAULT`; `None` where it is no identity's.
    pub identity: Option<&'static str>,
    /// COMMENT ON SEQUENCE.
    pub comment: Option<String>,
    /// What was granted on it to other roles.
    pub grants: Vec<Grant>,
}

/// Privileges that a role was granted on a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role; `None` is PUBLIC.
    pub role: Option<String>,
    /// As GRANT takes them: `SELECT, USAGE`.
    pub privileges: String,
    /// WITH GRANT OPTION.
    pub grantable: bool,
}

/// A name that a sequence is to have, and the column that it is to belong to; as they are, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name, with the schema.
    pub name: ObjectName,
    /// The table, with its schema, and the column.
    pub column: Option<(ObjectName, String)>,
}

/// What there is where a sequence is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name, quoted, with the schema.
    pub name: QuotedName,
    /// The schema, quoted.
    pub schema: QuotedName,
    /// Whether there is such a schema.
    pub schema_there: bool,
    /// Whether the role may create something in it.
    pub may_create: bool,
    /// Whether something else has the name: a table, an index.
    pub taken: bool,
    /// The column that it is to belong to, where that is there.
    pub column: Option<PlaceColumn>,
}

/// A column that a sequence is to belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceColumn {
    /// The table's OID.
    pub table_oid: Oid,
    /// `schema.table`, quoted.
    pub table: QuotedName,
    /// The column, quoted.
    pub column: QuotedName,
    /// The role that owns the table, quoted: OWNED BY asks for the same one.
    pub role: QuotedName,
    /// Whether the role of this session may alter the table.
    pub may_alter: bool,
    /// Whether the table is in the sequence's schema: OWNED BY asks for that.
    pub same_schema: bool,
    /// The sequence of its identity, quoted, where it has one.
    pub identity: Option<QuotedName>,
}

/// A role that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRole {
    /// Its name, quoted.
    pub name: QuotedName,
    /// Whether the role of this session may make it the owner of something.
    pub may_give: bool,
}

/// Reads what the sequences are, on the server that has them.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn absent(session: &mut Session, sequences: &[Oid]) -> Result<HashMap<Oid, Absent>> {
    let mut found: HashMap<Oid, Absent> = HashMap::new();
    let oids = array(sequences);
    let tried = "read who may use the sequences";
    each_row(session, tried, include_str!("sql/absent_grants.sql"), &[Some(&oids)], |row| {
        let absent = found.entry(Oid(row.get(0)?)).or_default();
        absent.role = row.get(1)?;
        absent.identity = match row.get::<Option<&str>>(2)? {
            Some("a") => Some("ALWAYS"),
            Some("d") => Some("BY DEFAULT"),
            _ => None,
        };
        absent.comment = row.get(7)?;
        if row.get(3)? {
            absent.grants.push(Grant { role: row.get(4)?, privileges: row.get(5)?, grantable: row.get(6)? });
        }
        Ok(())
    })?;
    Ok(found)
}

/// Looks where they are to be made; one place each, in order.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn places(session: &mut Session, wanted: &[Wanted]) -> Result<Vec<Place>> {
    let of = |part: &dyn Fn(&Wanted) -> Option<String>| {
        text_array(&wanted.iter().map(|one| part(one).unwrap_or_default()).collect::<Vec<_>>())
    };
    let params = [
        of(&|one| one.name.schema.clone()),
        of(&|one| Some(one.name.name.clone())),
        of(&|one| one.column.as_ref()?.0.schema.clone()),
        of(&|one| Some(one.column.as_ref()?.0.name.clone())),
        of(&|one| Some(one.column.as_ref()?.1.clone())),
    ];
    let params = params.each_ref().map(|text| Some(text.as_str()));
    let mut places = Vec::with_capacity(wanted.len());
    let tried = "look where the sequences are to be created";
    each_row(session, tried, include_str!("sql/absent_places.sql"), &params, |row| {
        let quoted = |text: Option<&str>| text.map(QuotedName::from_server);
        let column = match (row.get::<Option<u32>>(5)?, quoted(row.get(10)?)) {
            (Some(table), Some(column)) => Some(PlaceColumn {
                table_oid: Oid(table),
                table: QuotedName::from_server(row.get::<&str>(6)?),
                column,
                role: QuotedName::from_server(row.get::<&str>(7)?),
                may_alter: row.get(8)?,
                same_schema: row.get(9)?,
                identity: quoted(row.get(11)?),
            }),
            _ => None,
        };
        places.push(Place {
            name: QuotedName::from_server(row.get::<&str>(0)?),
            schema: QuotedName::from_server(row.get::<&str>(1)?),
            schema_there: row.get(2)?,
            may_create: row.get(3)?,
            taken: row.get(4)?,
            column,
        });
        Ok(())
    })?;
    Ok(places)
}

/// Which of these roles there are.
///
/// # Errors
/// As [`Session::read`].
pub(crate) fn known_roles(session: &mut Session, roles: &[String]) -> Result<HashMap<String, KnownRole>> {
    let mut known = HashMap::new();
    let names = text_array(roles);
    let tried = "look which roles there are";
    each_row(session, tried, include_str!("sql/absent_roles.sql"), &[Some(&names)], |row| {
        let role = KnownRole { name: QuotedName::from_server(row.get::<&str>(1)?), may_give: row.get(2)? };
        known.insert(row.get(0)?, role);
        Ok(())
    })?;
    Ok(known)
}
