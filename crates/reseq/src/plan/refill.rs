//! Puts rows back that `clear` has kept.

use std::path::Path;

use super::change::{Act, Change, Copy, Relation, Work};
use super::clear::{copied, no_rows};
use super::table_locks::lock_tables;
use crate::apply::receipt::Backup;
use crate::catalog::EnabledTrigger;
use crate::template::fill;

/// Adds to the way back of the sequences that of the rows: into tables that are empty, without their triggers.
pub(crate) fn refill(change: &mut Change, folder: &Path, backup: &Backup, triggers: &[EnabledTrigger]) {
    if backup.tables.is_empty() {
        return;
    }
    let names: Vec<&str> = backup.tables.iter().map(|table| table.table.as_str()).collect();
    change.unhurried = true;
    change.beyond_psql = Some("psql does not look whether a backup is whole".to_owned());
    let lock = format!("SHARE ROW EXCLUSIVE on {}: nobody writes to them until the end", names.join(", "));
    // What refers to others was kept after these.
    let names: Vec<String> = names.into_iter().rev().map(|name| format!("ONLY {name}")).collect();
    change.locks.splice(0..0, lock_tables(&names, "SHARE ROW EXCLUSIVE", lock));
    for table in &backup.tables {
        let relation = Relation { oid: table.oid, name: table.table.clone() };
        if !change.tables.contains(&relation) {
            change.tables.push(relation);
        }
        let hint = "move these rows elsewhere, or load the files of the backup by hand (reseq load)";
        change.acts.push(no_rows(&table.table, " has rows again", hint));
    }
    let flip = |trigger: &EnabledTrigger, how: &str| {
        let EnabledTrigger { table, name, .. } = trigger;
        Act::new(
            format!("{} the trigger {name} of {table}", how.to_lowercase()),
            Work::Run(format!("ALTER TABLE ONLY {table} {how} TRIGGER {name}")),
        )
    };
    change.acts.extend(triggers.iter().map(|trigger| flip(trigger, "DISABLE")));
    let settings = fill(include_str!("sql/copy_settings.sql"), &[]);
    change.acts.push(Act::new("have values read as they were written", Work::Run(settings)));
    let look = |when: &str, how: &str| {
        Act::new(format!("look at constraints {when}"), Work::Run(format!("SET CONSTRAINTS ALL {how}")))
    };
    change.acts.push(look("in the end, where they may wait", "DEFERRED"));
    for table in &backup.tables {
        let path = folder.join(&table.file);
        let in_psql = format!("PROGRAM 'zstd -dc {}'", path.display());
        let rows = copied(&table.table, &table.columns);
        let copy = Copy { rows, options: String::new(), file: Some(path), in_psql };
        change.acts.push(Act {
            told: true,
            ..Act::new(format!("put the rows of {} back", table.table), Work::CopyIn(copy))
        });
    }
    change.acts.push(look("at once", "IMMEDIATE"));
    change.acts.extend(triggers.iter().map(|trigger| flip(trigger, trigger.enable)));
}
