//! What is put away before rows are written and put back afterwards: foreign keys, triggers and rules; and the locks.

use super::{Act, RenumberMethod, Renumbering, SequenceChange, run};
use crate::catalog::renumber::{ForeignKey, Switch, SwitchKind};
use crate::model::quote_literal;
use crate::plan::table_locks::lock_tables;

/// Locks the tables, those that refer to others first, and then the sequence, before anything else.
pub(super) fn locks(renumbering: &Renumbering, sequence: &SequenceChange) -> Vec<Act> {
    let mut names: Vec<String> = renumbering.tables.iter().map(|table| table.rows()).collect();
    let mut shown: Vec<&str> = renumbering.tables.iter().map(|table| table.name.as_str()).collect();
    for key in &renumbering.foreign_keys {
        if !shown.contains(&key.table.as_str()) {
            shown.push(key.table.as_str());
            names.push(if key.partitioned { key.table.to_string() } else { format!("ONLY {}", key.table) });
        }
    }
    names.rotate_left(renumbering.own);
    let lock = format!("ACCESS EXCLUSIVE on {}: nobody reads or writes them until the end", shown.join(", "));
    lock_tables(&names, "ACCESS EXCLUSIVE", lock).into_iter().chain(sequence.lock()).collect()
}

/// The foreign keys that are dropped and made again: those that follow; and where rows are removed and put back, all
/// that refer to them.
pub(super) fn dropped(renumbering: &Renumbering, method: RenumberMethod) -> Vec<&ForeignKey> {
    let all = method != RenumberMethod::Update;
    renumbering.foreign_keys.iter().filter(|key| all || key.follows).collect()
}

/// Puts away what would act on its own.
pub(super) fn push_off(acts: &mut Vec<Act>, renumbering: &Renumbering, foreign_keys: &[&ForeignKey]) {
    // A table with checks to come cannot be altered.
    acts.push(run("look at constraints at once".to_owned(), "SET CONSTRAINTS ALL IMMEDIATE".to_owned()));
    for key in foreign_keys {
        acts.push(run(
            format!("drop the foreign key {} of {}", key.name, key.table),
            format!("ALTER TABLE {} DROP CONSTRAINT {}", key.table, key.name),
        ));
    }
    acts.extend(renumbering.switches.iter().map(|switch| flip(switch, "DISABLE", "disable")));
}

/// Puts back what [`push_off`] put away.
pub(super) fn push_on(acts: &mut Vec<Act>, renumbering: &Renumbering, foreign_keys: &[&ForeignKey]) {
    for key in foreign_keys {
        let not_valid = key.definition.ends_with(" NOT VALID");
        let looks = if not_valid { "" } else { ", which looks whether every row is there" };
        acts.push(run(
            format!("make the foreign key {} of {} again{looks}", key.name, key.table),
            format!("ALTER TABLE {} ADD CONSTRAINT {} {}", key.table, key.name, key.definition),
        ));
        acts.extend(key.comment.as_ref().map(|comment| {
            run(
                format!("comment on {} again", key.name),
                format!("COMMENT ON CONSTRAINT {} ON {} IS {}", key.name, key.table, quote_literal(comment)),
            )
        }));
    }
    acts.extend(renumbering.switches.iter().map(|switch| flip(switch, switch.enable, "enable")));
}

fn flip(switch: &Switch, how: &str, word: &str) -> Act {
    let (upper, lower) = match switch.kind {
        SwitchKind::Trigger => ("TRIGGER", "trigger"),
        SwitchKind::Rule => ("RULE", "rule"),
    };
    run(
        format!("{word} the {lower} {} of {}", switch.name, switch.table),
        format!("ALTER TABLE ONLY {} {how} {upper} {}", switch.table, switch.name),
    )
}
