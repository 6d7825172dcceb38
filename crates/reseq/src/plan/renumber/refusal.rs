//! What is not renumbered, and why.

use super::{RenumberFacts, RenumberMethod, RenumberOptions};
use crate::catalog::renumber::{Column, Obstacle};
use crate::catalog::{Storage, Via};
use crate::model::Mapping;
use crate::{Error, Result};

/// Refuses what cannot be done right, or not by this role.
pub(super) fn refuse(facts: &RenumberFacts<'_>, options: &RenumberOptions) -> Result<()> {
    refuse_key(facts)?;
    refuse_obstacles(facts, options.method)?;
    refuse_columns(facts)?;
    refuse_start(facts, options)?;
    if options.method == RenumberMethod::File { refuse_file(facts) } else { Ok(()) }
}

fn refused<T>(message: String, hint: &str) -> Result<T> {
    Err(Error::Refused { message, hint: Some(hint.to_owned()) })
}

fn unable<T>(message: String, hint: &str) -> Result<T> {
    Err(Error::Unable { message, hint: Some(hint.to_owned()) })
}

/// Ids that are made from the sequence's value in some way are numbers of another kind.
fn refuse_key(facts: &RenumberFacts<'_>) -> Result<()> {
    let link = facts.link;
    if *link.mapping != Mapping::IDENTITY || !is_number(link.column_type.storage) {
        return refused(
            format!(
                "{} is of type {}, or made from its sequence's value by an expression: only whole numbers are renumbered",
                link.full_name(),
                link.column_type.name
            ),
            "renumber it by hand, by the same expression",
        );
    }
    let other = facts.others.iter().find(|other| *other.mapping != Mapping::IDENTITY);
    match other {
        Some(other) => refused(
            format!(
                "{} draws from {} too, by an expression: where the sequence must end cannot be told",
                other.full_name(),
                facts.sequence.name
            ),
            "give each column a sequence of its own",
        ),
        None => Ok(()),
    }
}

fn refuse_obstacles(facts: &RenumberFacts<'_>, method: RenumberMethod) -> Result<()> {
    for obstacle in &facts.renumbering.obstacles {
        let (message, hint) = match obstacle {
            Obstacle::Kind(table, kind) => {
                (format!("{table} is {kind}"), "only the rows of tables of this database are renumbered")
            }
            Obstacle::Owner(table, owner) => (
                format!("{table} belongs to {owner}, and only its owner may change what it needs"),
                "run as a member of that role, or as superuser",
            ),
            Obstacle::RowSecurity(table) => (
                format!("row security hides rows of {table} from this role"),
                "run as a role with BYPASSRLS, or as superuser",
            ),
            Obstacle::Generated(table, column) => (
                format!("the generated column {table}.{column} is built on a column that gets new values"),
                "drop the column, renumber, and add it again",
            ),
            Obstacle::ReplicaIdentity(table, publication) => (
                format!("the publication {publication} has {table}, which has no replica identity"),
                "give it one: ALTER TABLE … REPLICA IDENTITY FULL",
            ),
            Obstacle::Truncate(table, publication) if method == RenumberMethod::Rebuild => (
                format!("the publication {publication} has {table} but does not tell of TRUNCATE"),
                "use --method update",
            ),
            Obstacle::Truncate(..) => continue,
            Obstacle::Subscription(table) => (
                format!("{table} is filled by a subscription: what comes in would not meet its rows"),
                "renumber it on the publisher",
            ),
        };
        return match obstacle {
            Obstacle::Owner(..) | Obstacle::RowSecurity(_) => unable(message, hint),
            _ => refused(message, hint),
        };
    }
    let foreign = facts.renumbering.foreign_keys.iter().find(|key| !key.owned);
    match foreign {
        Some(key) => unable(
            format!("the foreign key {} is of {}, which this role may not change", key.name, key.table),
            "run as a member of the role that owns that table, or as superuser",
        ),
        None => Ok(()),
    }
}

/// Columns that hold the ids in some other way do not follow.
fn refuse_columns(facts: &RenumberFacts<'_>) -> Result<()> {
    for table in &facts.renumbering.tables {
        for follower in &table.followers {
            let Column { name, type_name, storage, .. } = table.column_of(follower);
            let texts = follower.loose && matches!(storage, Storage::Text(_));
            if !is_number(*storage) && !texts {
                return refused(
                    format!("{}.{name} is of type {type_name}, in which ids cannot follow", table.name),
                    "only columns of whole numbers follow, and with --also columns of text",
                );
            }
        }
    }
    Ok(())
}

/// What can be seen before: under the locks it is looked at once more.
fn refuse_start(facts: &RenumberFacts<'_>, options: &RenumberOptions) -> Result<()> {
    let super::map::Bounds { least, most, holder } = super::map::Bounds::of(facts);
    let first = i128::from(options.start);
    let rows = facts.rows.map_or(0, i128::from);
    let last = first + (rows - 1).max(0) * i128::from(facts.sequence.definition.increment);
    if [first, last].iter().any(|id| !(least..=most).contains(id)) {
        return refused(
            format!("the new ids would be {first} to {last}, but {holder} holds {least} to {most}"),
            "begin with another --start",
        );
    }
    Ok(())
}

fn refuse_file(facts: &RenumberFacts<'_>) -> Result<()> {
    const HINT: &str = "use --method rebuild";
    let referring = facts.renumbering.references().next();
    if let Some((table, follower)) = referring {
        let column = &table.column_of(follower).name;
        return refused(
            format!(
                "{}.{column} refers to {}: a file without the ids does not tell which row becomes which",
                table.name, facts.link.table
            ),
            HINT,
        );
    }
    if let Some(key) = facts.renumbering.foreign_keys.first() {
        return refused(
            format!(
                "{} refers to {} by {}: its rows cannot be deleted",
                key.table, facts.link.table, key.name
            ),
            HINT,
        );
    }
    if facts.renumbering.own > 1 {
        return refused(
            format!(
                "other tables inherit from {}: a file does not tell which row is of which",
                facts.link.table
            ),
            HINT,
        );
    }
    if matches!(facts.link.via, Via::Trigger | Via::Declared) {
        return refused(
            format!("{} has no default that draws from {}", facts.link.full_name(), facts.sequence.name),
            HINT,
        );
    }
    Ok(())
}

fn is_number(storage: Storage) -> bool {
    matches!(storage, Storage::Integer(_) | Storage::Numeric(_))
}
