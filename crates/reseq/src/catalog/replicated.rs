//! What logical replication carries: the tables and sequences of publications and subscriptions.

use std::collections::HashSet;

use super::query::each_row;
use super::{Catalog, Sequence};
use crate::array::text_array;
use crate::model::{ObjectName, QuotedName};
use crate::session::Session;
use crate::{Error, Result};

/// Publications and subscriptions of one database, by their names without quotes. Empty means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replication {
    /// Publications.
    pub publications: Vec<String>,
    /// Subscriptions.
    pub subscriptions: Vec<String>,
}

/// The tables and sequences that any of these publications and subscriptions has; `None` where none is named.
///
/// # Errors
/// [`Error::Usage`] for a name that there is not; else as [`Session::read`].
pub(crate) fn replicated(
    session: &mut Session,
    replication: &Replication,
) -> Result<Option<HashSet<ObjectName>>> {
    if *replication == Replication::default() {
        return Ok(None);
    }
    refuse_unknown(session, replication)?;
    let sql = match session.server().major() {
        ..19 => include_str!("sql/replicated_10_to_18.sql"),
        _ => include_str!("sql/replicated.sql"),
    };
    let params = [text_array(&replication.publications), text_array(&replication.subscriptions)];
    let params = params.each_ref().map(|text| Some(text.as_str()));
    let mut names = HashSet::new();
    each_row(session, "read what is replicated", sql, &params, |row| {
        names.extend(ObjectName::parse(row.get(0)?));
        Ok(())
    })?;
    Ok(Some(names))
}

/// A name that was misspelt would carry nothing.
fn refuse_unknown(session: &mut Session, replication: &Replication) -> Result<()> {
    let (mut publications, mut subscriptions) = (Vec::new(), Vec::new());
    let tried = "read which publications and subscriptions there are";
    each_row(session, tried, include_str!("sql/replication_names.sql"), &[], |row| {
        let names = if row.get(0)? { &mut publications } else { &mut subscriptions };
        names.push(row.get::<String>(1)?);
        Ok(())
    })?;
    let wanted = [
        ("publication", &replication.publications, publications),
        ("subscription", &replication.subscriptions, subscriptions),
    ];
    for (what, wanted, known) in wanted {
        if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
            let there = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let server = session.server();
            return Err(Error::Usage {
                message: format!(
                    "{} on {}:{} has no {what} {unknown}",
                    server.database, server.host, server.port
                ),
                hint: Some(format!("{what}s there: {there}")),
            });
        }
    }
    Ok(())
}

impl Catalog {
    /// Whether the sequence, a table that it feeds or the table that it belongs to has a name of which `wanted` says so.
    pub(crate) fn concerns(&self, sequence: &Sequence, wanted: impl Fn(&QuotedName) -> bool) -> bool {
        let links = &self.links[sequence.links.clone()];
        wanted(&sequence.name)
            || sequence.owner.as_ref().is_some_and(|owner| wanted(&owner.table))
            || links
                .iter()
                .any(|link| wanted(&link.table) || link.leaves.iter().any(|leaf| wanted(&leaf.name)))
    }
}
