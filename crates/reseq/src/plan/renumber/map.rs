//! The map from old ids to new ones, what it must meet, and where the sequence ends.

use std::path::Path;

use super::{Act, Copy, RenumberFacts, RenumberMethod, RenumberOptions, RewrittenTable, Work, run};
use crate::catalog::renumber::{Column, Follower};
use crate::catalog::{Link, Storage, Uniqueness};
use crate::model::quote_literal;
use crate::template::fill;

/// Makes the map and demands that it will do.
pub(super) fn push(acts: &mut Vec<Act>, facts: &RenumberFacts<'_>, options: &RenumberOptions) {
    acts.push(made(facts, options));
    acts.push(run("count the ids".to_owned(), "ANALYZE pg_temp.reseq_map".to_owned()));
    acts.push(fits(facts));
    if !matches!(facts.link.unique, Uniqueness::Whole { .. }) {
        let name = quote_literal(&facts.link.full_name());
        let sql = fill(include_str!("../sql/renumber_repeated.sql"), &[("name", &name)]);
        acts.push(Act::new("make sure that every id is of one row", Work::Demand(sql)));
    }
    acts.extend(facts.others.iter().map(|other| free_of(facts, other)));
    for (table, follower) in facts.renumbering.references().filter(|(_, follower)| follower.loose) {
        acts.push(not_dangling(table, follower));
    }
    if options.method == RenumberMethod::Rebuild {
        let sql = fill(include_str!("../sql/renumber_snapshots.sql"), &[]);
        acts.push(Act::new("make sure that no transaction would see the tables empty", Work::Demand(sql)));
    }
}

fn made(facts: &RenumberFacts<'_>, options: &RenumberOptions) -> Act {
    let link = facts.link;
    let order: String =
        options.order_by.iter().map(|by| format!("t.{} {}, ", by.column, by.direction)).collect();
    let sql = fill(
        include_str!("../sql/renumber_map.sql"),
        &[
            ("column", link.column.as_str()),
            ("start", &quote_literal(&options.start.to_string())),
            ("increment", &quote_literal(&facts.sequence.definition.increment.to_string())),
            ("order", &format!("{order}t.{}", link.column)),
            ("table", link.table.as_str()),
        ],
    );
    run(format!("number the rows of {}", link.table), sql)
}

/// Demands that the new ids fit into the sequence and into every column that takes them.
fn fits(facts: &RenumberFacts<'_>) -> Act {
    let Bounds { least, most, holder } = Bounds::of(facts);
    let sql = fill(
        include_str!("../sql/renumber_bounds.sql"),
        &[("holder", &quote_literal(&holder)), ("least", &format!("({least})")), ("most", &most.to_string())],
    );
    Act::new("make sure that the new ids fit", Work::Demand(sql))
}

/// What every new id must lie within, and who says so.
#[derive(Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) least: i128,
    pub(super) most: i128,
    pub(super) holder: String,
}

impl Bounds {
    /// The narrowest of the sequence and all columns that take the ids.
    pub(super) fn of(facts: &RenumberFacts<'_>) -> Self {
        let definition = &facts.sequence.definition;
        let (least, most) = (definition.min.into(), definition.max.into());
        let mut bounds = Self { least, most, holder: facts.sequence.name.to_string() };
        for table in &facts.renumbering.tables {
            for follower in &table.followers {
                let column = table.column_of(follower);
                let Some((least, most)) = column.storage.range() else { continue };
                if most < bounds.most {
                    bounds = Self {
                        least: least.max(bounds.least),
                        most,
                        holder: format!("{}.{}", table.name, column.name),
                    };
                }
            }
        }
        bounds
    }
}

/// Demands that no other column of the sequence has one of the new ids.
fn free_of(facts: &RenumberFacts<'_>, other: &Link) -> Act {
    let sql = fill(
        include_str!("../sql/renumber_shared.sql"),
        &[
            ("other", &other.full_name().replace('\'', "''")),
            ("extreme", extreme(facts)),
            ("column", other.column.as_str()),
            ("table", other.table.as_str()),
            ("increment", &format!("({})", facts.sequence.definition.increment)),
        ],
    );
    Act::new(format!("make sure that {} has none of the new ids", other.full_name()), Work::Demand(sql))
}

/// Demands that no value that refers to nothing would refer to a row afterwards.
fn not_dangling(table: &RewrittenTable, follower: &Follower) -> Act {
    let column = table.column_of(follower);
    let value = value(table, column);
    let sql = fill(
        include_str!("../sql/renumber_dangling.sql"),
        &[
            ("name", &quote_literal(&format!("{}.{}", table.name, column.name))),
            ("table", table.name.as_str()),
            ("column", column.name.as_str()),
            ("rows", &table.rows()),
            ("new", &held(column, "n.reseq_new")),
            ("old", &held(column, "o.reseq_old")),
            ("value", &value),
            ("condition", &condition(follower)),
        ],
    );
    let what = format!("make sure that {}.{} refers to rows that are there", table.name, column.name);
    Act::new(what, Work::Demand(sql))
}

/// Lets the sequence end with the last id.
pub(super) fn setval(facts: &RenumberFacts<'_>, options: &RenumberOptions) -> Act {
    let (start, increment) =
        (format!("({})", options.start), format!("({})", facts.sequence.definition.increment));
    let other = |other: &&Link| {
        let part = fill(
            include_str!("../sql/renumber_setval_other.sql"),
            &[
                ("extreme", extreme(facts)),
                ("column", other.column.as_str()),
                ("start", &start),
                ("increment", &increment),
                ("table", other.table.as_str()),
            ],
        );
        format!(", {part}")
    };
    let name = facts.sequence.name.as_str();
    let sql = fill(
        include_str!("../sql/renumber_setval.sql"),
        &[
            ("sequence", &format!("{}::pg_catalog.regclass", quote_literal(name))),
            ("start", &start),
            ("increment", &increment),
            ("others", &facts.others.iter().map(other).collect::<String>()),
        ],
    );
    run(format!("set {name} after the last new id"), sql)
}

/// Writes old and new ids to a file, after everything else.
pub(super) fn written(path: &Path) -> Act {
    let copy = Copy {
        rows: "(SELECT reseq_old AS old, reseq_new AS new FROM pg_temp.reseq_map ORDER BY reseq_old)"
            .to_owned(),
        options: "WITH (FORMAT csv, HEADER)".to_owned(),
        file: Some(path.to_owned()),
        in_psql: quote_literal(&path.to_string_lossy()).trim_start().to_owned(),
    };
    Act {
        told: true,
        ..Act::new(format!("write old and new ids to {}", path.display()), Work::CopyOut(copy))
    }
}

/// How an id of the map is written in a column: texts hold its digits.
pub(super) fn held(column: &Column, id: &str) -> String {
    if matches!(column.storage, Storage::Text(_)) { format!("{id}::pg_catalog.text") } else { id.to_owned() }
}

/// The column as it is compared with [`held`].
pub(super) fn value(table: &RewrittenTable, column: &Column) -> String {
    held(column, &format!("{}.{}", table.name, column.name))
}

/// In which rows a column follows. The line's end keeps a comment in it from hiding the bracket.
pub(super) fn condition(follower: &Follower) -> String {
    follower.condition.as_ref().map_or_else(|| "true".to_owned(), |condition| format!("{condition}\n"))
}

fn extreme(facts: &RenumberFacts<'_>) -> &'static str {
    if facts.sequence.definition.ascending() { "max" } else { "min" }
}
