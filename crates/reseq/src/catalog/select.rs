//! Which sequences the user means: `-n -N -t -T -s`, and `ignore` in reseq.toml.

use std::collections::HashSet;

use super::{Catalog, Link, Sequence};
use crate::array::text_array;
use crate::model::{ObjectName, Oid, PatternError, RelationPattern, schema_pattern};
use crate::session::Session;
use crate::{Error, Result};

/// Patterns as pg_dump takes them (manual, pg_dump, `--table` and `--schema`).
///
/// A sequence is selected where it or a table linked with it is meant by any of `schemas`, `tables` and
/// `sequences`, or where those are all empty; and is left out where it is named itself, or every table linked with
/// it is meant, by `exclude_schemas`, `exclude_tables` and `ignore`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `-n`: schemas.
    pub schemas: Vec<String>,
    /// `-N`: schemas that are left out.
    pub exclude_schemas: Vec<String>,
    /// `-t`: tables, views or sequences.
    pub tables: Vec<String>,
    /// `-T`: tables, views or sequences that are left out.
    pub exclude_tables: Vec<String>,
    /// `-s`: sequences.
    pub sequences: Vec<String>,
    /// Tables or sequences that reseq.toml says to leave alone.
    pub ignore: Vec<String>,
}

const ANY_KIND: &str = "{r,p,f,v,m,S}";
const SEQUENCES: &str = "{S}";

impl Selection {
    /// Says of each sequence of the catalogue whether it is selected. All links of a selected sequence count,
    /// whether their tables were selected or not.
    ///
    /// # Errors
    /// [`Error::Usage`] for a pattern that cannot be read, and for one of `schemas`, `tables` and `sequences` that
    /// matches nothing; else as [`Session::read`].
    pub fn select(&self, session: &mut Session, catalog: &Catalog) -> Result<Vec<bool>> {
        Ok(self.look_up(session)?.sequences(catalog))
    }

    /// What the patterns mean in the session's database.
    ///
    /// # Errors
    /// As [`Self::select`].
    pub(crate) fn look_up(&self, session: &mut Session) -> Result<Selected> {
        let mut wanted = Meant::default();
        for pattern in &self.schemas {
            let found = schemas(session, pattern)?;
            if found.is_empty() {
                return Err(matches_nothing("schema", pattern, &[]));
            }
            wanted.schemas.extend(found);
        }
        for (what, kinds, pattern) in
            (self.tables.iter().map(|pattern| ("table or sequence", ANY_KIND, pattern)))
                .chain(self.sequences.iter().map(|pattern| ("sequence", SEQUENCES, pattern)))
        {
            let found = relations(session, kinds, pattern)?;
            if found.is_empty() {
                return Err(matches_nothing(what, pattern, &similar(session, kinds, pattern)?));
            }
            wanted.relations.extend(found);
        }
        let mut left_out = Meant::default();
        for pattern in &self.exclude_schemas {
            left_out.schemas.extend(schemas(session, pattern)?);
        }
        for pattern in self.exclude_tables.iter().chain(&self.ignore) {
            left_out.relations.extend(relations(session, ANY_KIND, pattern)?);
        }
        let everything = self.schemas.is_empty() && self.tables.is_empty() && self.sequences.is_empty();
        Ok(Selected { everything, wanted, left_out })
    }
}

/// A selection, looked up in a database.
#[derive(Debug)]
pub(crate) struct Selected {
    everything: bool,
    wanted: Meant,
    left_out: Meant,
}

impl Selected {
    /// One flag a sequence.
    pub(crate) fn sequences(&self, catalog: &Catalog) -> Vec<bool> {
        let is_selected = |sequence: &Sequence| {
            let links = &catalog.links[sequence.links.clone()];
            (self.everything
                || self.wanted.sequence(sequence)
                || links.iter().any(|link| self.wanted.table(link)))
                && !self.left_out.leaves_out(sequence, links)
        };
        catalog.sequences.iter().map(is_selected).collect()
    }

    /// One flag a link: whether its table is meant. Where no table of a sequence is meant by itself, all are that are not
    /// left out.
    pub(crate) fn links(&self, catalog: &Catalog) -> Vec<bool> {
        let mut flags = vec![false; catalog.links.len()];
        for sequence in &catalog.sequences {
            let links = &catalog.links[sequence.links.clone()];
            let by_table = links.iter().any(|link| self.wanted.table(link));
            for (flag, link) in flags[sequence.links.clone()].iter_mut().zip(links) {
                *flag = (!by_table || self.wanted.table(link)) && !self.left_out.whole_table(link);
            }
        }
        flags
    }
}

/// What patterns mean.
#[derive(Debug, Default)]
struct Meant {
    schemas: HashSet<String>,
    relations: HashSet<Oid>,
}

impl Meant {
    fn sequence(&self, sequence: &Sequence) -> bool {
        self.relations.contains(&sequence.oid) || self.schema_of(sequence.name.as_str())
    }

    /// The link's table, or one that holds rows of it.
    fn table(&self, link: &Link) -> bool {
        self.relations.contains(&link.table_oid)
            || link.leaves.iter().any(|leaf| self.relations.contains(&leaf.oid))
            || self.schema_of(link.table.as_str())
    }

    fn schema_of(&self, name: &str) -> bool {
        !self.schemas.is_empty()
            && ObjectName::parse(name)
                .and_then(|name| name.schema)
                .is_some_and(|schema| self.schemas.contains(&schema))
    }

    fn leaves_out(&self, sequence: &Sequence, links: &[Link]) -> bool {
        match links {
            [] => self.sequence(sequence),
            links => {
                self.relations.contains(&sequence.oid) || links.iter().all(|link| self.whole_table(link))
            }
        }
    }

    /// The link's table itself, or all that hold rows of it.
    fn whole_table(&self, link: &Link) -> bool {
        let all_leaves =
            !link.leaves.is_empty() && link.leaves.iter().all(|leaf| self.relations.contains(&leaf.oid));
        self.relations.contains(&link.table_oid) || all_leaves || self.schema_of(link.table.as_str())
    }
}

fn schemas(session: &mut Session, pattern: &str) -> Result<Vec<String>> {
    let regex = schema_pattern(pattern, &session.server().database).map_err(malformed)?;
    column(session, pattern, include_str!("sql/schemas.sql"), &[Some(&regex)])
}

fn relations(session: &mut Session, kinds: &str, pattern: &str) -> Result<Vec<Oid>> {
    let read = RelationPattern::parse(pattern, &session.server().database).map_err(malformed)?;
    let search_path = text_array(&session.server().search_path);
    let params = [Some(kinds), read.schema.as_deref(), Some(search_path.as_str()), Some(read.name.as_str())];
    let oids: Vec<u32> = column(session, pattern, include_str!("sql/relations.sql"), &params)?;
    Ok(oids.into_iter().map(Oid).collect())
}

/// What else the user may have meant: the same name in other schemas, or as a part of other names.
fn similar(session: &mut Session, kinds: &str, pattern: &str) -> Result<Vec<String>> {
    let read = RelationPattern::parse(pattern, &session.server().database).map_err(malformed)?;
    let sql = include_str!("sql/similar.sql");
    let same: Vec<String> = column(session, pattern, sql, &[Some(kinds), Some(&read.name)])?;
    if !same.is_empty() {
        return Ok(same);
    }
    let part = read.name.trim_start_matches('^').trim_end_matches('$');
    column(session, pattern, sql, &[Some(kinds), Some(part)])
}

/// The first column of what a statement returns.
fn column<T: for<'a> reseq_pq::FromText<'a>>(
    session: &mut Session,
    pattern: &str,
    sql: &str,
    params: &[Option<&str>],
) -> Result<Vec<T>> {
    let tried = "look for what a pattern means";
    let rows = session.read(tried, sql, params).map_err(|error| match error.sqlstate() {
        Some(INVALID_REGULAR_EXPRESSION) => Error::Usage {
            message: format!("the pattern {pattern} cannot be read: {error}"),
            hint: Some("put characters that have a meaning in regular expressions into double quotes".into()),
        },
        _ => error,
    })?;
    rows.iter().map(|row| row.get(0).map_err(Error::while_trying(tried))).collect()
}

/// Its SQLSTATE (manual, appendix A).
const INVALID_REGULAR_EXPRESSION: &str = "2201B";

pub(super) fn malformed(error: PatternError) -> Error {
    Error::Usage { message: error.to_string(), hint: Some(error.hint().to_owned()) }
}

fn matches_nothing(what: &str, pattern: &str, similar: &[String]) -> Error {
    let hint = match similar {
        [] => "reseq check -v lists every sequence, with the columns that it feeds".to_owned(),
        similar => format!("did you mean {}?", similar.join(" or ")),
    };
    Error::Usage { message: format!("no {what} matches the pattern {pattern}"), hint: Some(hint) }
}
