//! Method update: the columns get their new values in place.

use super::map::{Bounds, condition, held, value};
use super::rebuild::new_values;
use super::{Act, RenumberFacts, RewrittenTable, Work, fill, run};
use crate::catalog::renumber::{Column, Follower};

/// Updates the tables. Where an index looks for repeated values at every row, ids that are in another row's way step
/// aside first.
pub(super) fn push(acts: &mut Vec<Act>, facts: &RenumberFacts<'_>) {
    let most = Bounds::of(facts).most.to_string();
    let sql = fill(include_str!("../sql/renumber_between.sql"), &[("most", &most)]);
    acts.push(run("find the ids that are in the way".to_owned(), sql));
    acts.push(run("count them".to_owned(), "ANALYZE pg_temp.reseq_between".to_owned()));
    for (place, table) in facts.renumbering.tables.iter().enumerate() {
        let always: Vec<&Column> =
            followers(table).map(|(_, column)| column).filter(|column| column.always).collect();
        acts.extend(always.iter().map(|column| generated(table, column, "BY DEFAULT")));
        for (number, (follower, column)) in followers(table).enumerate() {
            let update = |map, from, to| update(table, follower, column, [map, from, to]);
            if column.guarded {
                acts.push(update("reseq_between", "m.reseq_old", "m.reseq_between"));
            }
            let main = update("reseq_map", "m.reseq_old", "m.reseq_new");
            let told = number == 0;
            acts.push(Act { told, reason: new_values(table, place < facts.renumbering.own), ..main });
            if column.guarded {
                acts.push(update("reseq_between", "m.reseq_between", "m.reseq_new"));
            }
        }
        acts.extend(always.iter().map(|column| generated(table, column, "ALWAYS")));
    }
}

fn followers(table: &RewrittenTable) -> impl Iterator<Item = (&Follower, &Column)> {
    table.followers.iter().map(|follower| (follower, table.column_of(follower)))
}

/// One pass over a column: by the map, from one of its columns to another.
fn update(table: &RewrittenTable, follower: &Follower, column: &Column, [map, from, to]: [&str; 3]) -> Act {
    let condition = condition(follower);
    // Values that stay are not written again.
    let condition = if to == "m.reseq_new" && from == "m.reseq_old" {
        format!("m.reseq_old <> m.reseq_new AND ({condition})")
    } else {
        condition
    };
    let sql = fill(
        include_str!("../sql/renumber_update.sql"),
        &[
            ("rows", &table.rows()),
            ("column", column.name.as_str()),
            ("to", &held(column, to)),
            ("map", map),
            ("value", &value(table, column)),
            ("from", &held(column, from)),
            ("condition", &condition),
        ],
    );
    run(format!("update {}", table.name), sql)
}

/// An identity GENERATED ALWAYS takes no values from an UPDATE (manual, CREATE TABLE).
fn generated(table: &RewrittenTable, column: &Column, when: &str) -> Act {
    let sql = format!("ALTER TABLE {} ALTER COLUMN {} SET GENERATED {when}", table.name, column.name);
    Act::new(
        format!("let {}.{} be generated {}", table.name, column.name, when.to_lowercase()),
        Work::Run(sql),
    )
}
