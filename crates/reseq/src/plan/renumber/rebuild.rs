//! Methods rebuild and temp-table: the rows go aside with their new values, the tables are emptied, the rows come back.

use super::map::{condition, held, value};
use super::{Act, RenumberFacts, RenumberMethod, RewrittenTable, fill, list, run, told};
use crate::catalog::renumber::Index;
use crate::model::quote_literal;

/// Rewrites the tables. With [`RenumberMethod::Rebuild`] they are emptied by TRUNCATE, and indexes made again.
pub(super) fn push(acts: &mut Vec<Act>, facts: &RenumberFacts<'_>, method: RenumberMethod) {
    let tables = &facts.renumbering.tables;
    let own = facts.renumbering.own;
    acts.extend(tables.iter().enumerate().map(|(place, table)| copy(place, table, place < own)));
    if method == RenumberMethod::Rebuild {
        for table in tables {
            acts.extend(replaceable(table).map(|index| drop_index(table, index)));
        }
        let names: Vec<String> = tables.iter().map(RewrittenTable::rows).collect();
        acts.push(run("empty the tables".to_owned(), format!("TRUNCATE TABLE {}", names.join(", "))));
    } else {
        for table in tables {
            acts.push(run(format!("empty {}", table.name), format!("DELETE FROM {}", table.rows())));
        }
    }
    for (place, table) in tables.iter().enumerate() {
        acts.push(insert(place, table));
        if method == RenumberMethod::Rebuild {
            replaceable(table).for_each(|index| push_index(acts, table, index));
        }
    }
}

/// Copies the rows with their new values; those that are numbered in the order of their new ids.
fn copy(place: usize, table: &RewrittenTable, numbered: bool) -> Act {
    let mut joins = String::new();
    for (number, follower) in table.followers.iter().enumerate() {
        let column = table.column_of(follower);
        let id = held(column, &format!("m{number}.reseq_old"));
        let (value, condition) = (value(table, column), condition(follower));
        joins.push_str(&format!(
            " LEFT JOIN pg_temp.reseq_map AS m{number} ON {id} = {value} AND ({condition})"
        ));
    }
    let values = table.stored().enumerate().map(|(number, column)| {
        let old = format!("{}.{}", table.name, column.name);
        let follower =
            table.followers.iter().position(|follower| table.column_of(follower).attnum == column.attnum);
        match follower {
            Some(follower) => {
                let new = held(column, &format!("m{follower}.reseq_new"));
                format!("COALESCE({new}, {}) AS c{number}", value(table, column))
            }
            None => format!("{old} AS c{number}"),
        }
    });
    let sql = fill(
        include_str!("../sql/renumber_copy.sql"),
        &[
            ("place", &place.to_string()),
            ("values", &values.collect::<Vec<_>>().join(", ")),
            ("rows", &table.rows()),
            ("joins", &joins),
            ("order", if numbered { " ORDER BY m0.reseq_new" } else { "" }),
        ],
    );
    told(format!("rewrite {}", table.name), &new_values(table, numbered), sql)
}

/// Which columns get new values, in words.
pub(super) fn new_values(table: &RewrittenTable, numbered: bool) -> String {
    let columns = table.followers.iter().enumerate().map(|(number, follower)| {
        let verb = if numbered && number == 0 { "is numbered" } else { "follows" };
        let column = &table.column_of(follower).name;
        let condition = follower.condition.as_ref().map(|condition| format!(" where {condition}"));
        format!("{column} {verb}{}", condition.unwrap_or_default())
    });
    let rows = if table.estimate == 0 { String::new() } else { format!(" (about {} rows)", table.estimate) };
    format!("{}{rows}", columns.collect::<Vec<_>>().join(", "))
}

fn insert(place: usize, table: &RewrittenTable) -> Act {
    let sql = fill(
        include_str!("../sql/renumber_insert.sql"),
        &[
            ("table", table.name.as_str()),
            ("columns", &list(table.stored().map(|column| &column.name))),
            ("place", &place.to_string()),
        ],
    );
    run(format!("put the rows back into {}", table.name), sql)
}

fn replaceable(table: &RewrittenTable) -> impl Iterator<Item = &Index> {
    table.indexes.iter().filter(|index| index.replaceable)
}

fn drop_index(table: &RewrittenTable, index: &Index) -> Act {
    let sql = match &index.constraint {
        Some(constraint) => format!("ALTER TABLE ONLY {} DROP CONSTRAINT {}", table.name, constraint.name),
        None => format!("DROP INDEX {}", index.name),
    };
    run(format!("drop the index {}", index.name), sql)
}

/// Makes an index again, with its comments.
fn push_index(acts: &mut Vec<Act>, table: &RewrittenTable, index: &Index) {
    let sql = match &index.constraint {
        Some(constraint) => format!(
            "ALTER TABLE ONLY {} ADD CONSTRAINT {} {}",
            table.name, constraint.name, constraint.definition
        ),
        None => index.definition.clone(),
    };
    acts.push(run(format!("make the index {} again", index.name), sql));
    let on_index = index.comment.as_ref();
    acts.extend(on_index.map(|comment| {
        run(
            format!("comment on {} again", index.name),
            format!("COMMENT ON INDEX {} IS {}", index.name, quote_literal(comment)),
        )
    }));
    let constraint = index.constraint.as_ref();
    acts.extend(constraint.and_then(|constraint| {
        let comment = quote_literal(constraint.comment.as_ref()?);
        let sql = format!("COMMENT ON CONSTRAINT {} ON {} IS {comment}", constraint.name, table.name);
        Some(run(format!("comment on {} again", constraint.name), sql))
    }));
}
