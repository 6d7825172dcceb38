//! Defaults of views: an INSERT into a simple view goes to the column of the table below.

use std::collections::{BTreeMap, BTreeSet};

use super::Via;
use super::columns::arrays;
use super::found::{ColumnAt, Found, Unclear};
use super::query::each_row;
use super::sequences::Sequences;
use crate::Result;
use crate::model::{Oid, quote_literal};
use crate::session::Session;

/// Where an INSERT into a view's column ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// In this column of a table or of another view.
    Column(ColumnAt),
    /// Nobody knows: the view is not simple, or a trigger or rule takes over.
    Unknown,
}

/// Moves the links of view columns to the columns of the tables below; what cannot be followed is unclear.
pub(super) fn follow(session: &mut Session, sequences: &Sequences, found: &mut Found) -> Result<()> {
    let targets = targets(session, &found.on_views)?;
    let end = |mut column: ColumnAt| {
        while let Some(target) = targets.get(&column) {
            match target {
                Target::Column(below) => column = *below,
                Target::Unknown => return None,
            }
        }
        Some(column)
    };
    let on_views: BTreeSet<_> = found.on_views.iter().copied().collect();
    let (of_views, others) =
        std::mem::take(&mut found.links).into_iter().partition(|link| on_views.contains(&link.column));
    found.links = others;
    for mut link in Vec::into_iter(of_views) {
        match end(link.column) {
            Some(column) => {
                link.column = column;
                link.via = Via::Default;
                found.links.push(link);
            }
            None => found.unclear.push(Unclear {
                column: Some(link.column),
                sequence: Some(link.sequence),
                source: format!(
                    "nextval({}::regclass)",
                    quote_literal(sequences.list[link.sequence].name.as_str())
                ),
                reason: "the view does not say which table's column takes the value".to_owned(),
            }),
        }
    }
    Ok(())
}

/// Follows view columns through views over views.
fn targets(session: &mut Session, columns: &[ColumnAt]) -> Result<BTreeMap<ColumnAt, Target>> {
    let mut targets = BTreeMap::new();
    let mut ahead = columns.to_vec();
    while !ahead.is_empty() {
        let (views, attnums) = arrays(&ahead);
        let params = [Some(views.as_str()), Some(attnums.as_str())];
        let mut further = Vec::new();
        each_row(session, "read the views", include_str!("sql/views.sql"), &params, |row| {
            let place = row.get::<i64>(0)?;
            let Some(&column) = usize::try_from(place - 1).ok().and_then(|place| ahead.get(place)) else {
                return Ok(());
            };
            let insertable: bool = row.get(1)?;
            let below = if insertable { origin(row.get(2)?, column.attnum) } else { None };
            further.extend(below);
            targets.insert(column, below.map_or(Target::Unknown, Target::Column));
            Ok(())
        })?;
        // Tables end here: they give no row.
        further.retain(|column| !targets.contains_key(column));
        ahead = further;
    }
    Ok(targets)
}

/// The column that the view's column with this number comes from: `resorigtbl` and `resorigcol` of its
/// entry in the outermost query's target list, as the server stores the view.
fn origin(tree: &str, attnum: i16) -> Option<ColumnAt> {
    /// How deep the entries of the outermost query stand: list, query, target list, entry.
    const ENTRY: usize = 2;
    let mut depth = 0_usize;
    let mut entry = Vec::new();
    for word in words(tree) {
        match word {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ if depth == ENTRY => {
                if word == "TARGETENTRY" {
                    entry.clear();
                }
                entry.push(word);
            }
            _ => {}
        }
        if word == "}" && depth == ENTRY - 1 && entry.first() == Some(&"TARGETENTRY") {
            let field = |name| {
                let at = entry.iter().position(|&word| word == name)?;
                entry.get(at + 1)?.parse::<u32>().ok()
            };
            if field(":resno") == u32::try_from(attnum).ok() {
                let table = field(":resorigtbl").filter(|&table| table != 0)?;
                return Some(ColumnAt {
                    table: Oid(table),
                    attnum: i16::try_from(field(":resorigcol")?).ok()?,
                });
            }
            entry.clear();
        }
    }
    None
}

/// The braces and words of a stored tree. Blanks and braces in a name stand behind a backslash.
fn words(tree: &str) -> impl Iterator<Item = &str> {
    let mut rest = tree;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|character: char| {
            character.is_ascii_whitespace() || "()".contains(character)
        });
        let first = rest.chars().next()?;
        let mut escaped = false;
        let end = if "{}".contains(first) {
            1
        } else {
            let ends = |character: char| {
                let ends = !escaped && (character.is_ascii_whitespace() || "(){}".contains(character));
                escaped = !escaped && character == '\\';
                ends
            };
            rest.find(ends).unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = r"({QUERY :commandType 1 :jointree {FROMEXPR :quals {SUBLINK :subselect {QUERY
        :targetList ({TARGETENTRY :expr {CONST} :resno 2 :resname x :resorigtbl 9 :resorigcol 9})}}}
        :targetList ({TARGETENTRY :expr {VAR :varno 1} :resno 1 :resname a\ \{b :resorigtbl 16384 :resorigcol 3
        :resjunk false} {TARGETENTRY :expr {VAR :varno 1} :resno 2 :resname c :resorigtbl 16384 :resorigcol 1}
        {TARGETENTRY :expr {CONST} :resno 3 :resname d :resorigtbl 0 :resorigcol 0})})";

    #[test]
    fn a_view_column_comes_from_the_outermost_target_list() {
        assert_eq!(origin(TREE, 1), Some(ColumnAt { table: Oid(16384), attnum: 3 }));
        assert_eq!(origin(TREE, 2), Some(ColumnAt { table: Oid(16384), attnum: 1 }));
        assert_eq!(origin(TREE, 3), None);
        assert_eq!(origin(TREE, 4), None);
    }
}
