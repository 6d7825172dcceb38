//! Makes the sequences of the source that the target does not have, as they are there.

use std::collections::HashMap;

use crate::catalog::{Absent, Grant, KnownRole, Place, PlaceColumn, Sequence, SequenceId};
use crate::diagnose::words;
use crate::model::{Definition, QuotedName, State, quote_literal};
use crate::observe::StateReading;
use crate::plan::change::{Act, Change, Relation, Stays, Work};

/// What is to be made, and how.
#[derive(Clone, Debug, Default)]
pub struct Creations {
    /// All of it, in one transaction; what cannot be made is among [`Change::remaining`].
    pub change: Change,
    /// What it makes: the sequence of the source, and its name on the target.
    pub made: Vec<(SequenceId, QuotedName)>,
}

/// A sequence that is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Creation<'a> {
    /// In the source's catalogue.
    pub id: SequenceId,
    /// As the source has it.
    pub sequence: &'a Sequence,
    /// Where it stands there.
    pub state: &'a StateReading,
    /// What it is there beside.
    pub absent: &'a Absent,
    /// What there is on the target.
    pub place: &'a Place,
    /// The sequence that the column on the target has already, where it is to belong to one.
    pub instead: Option<&'a QuotedName>,
}

/// When sequences are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// Once: somebody has agreed to each of them.
    Once,
    /// While the source is followed. Whoever brings its tables to the target makes sequences there too: what belongs to a
    /// column waits for that one, for `serial` would call its own sequence otherwise. And nobody would see that the target
    /// begins anew because the source cannot be read.
    Following,
}

/// Plans to make them. `roles` are those of the target, by their names without quotes; `major` is its major version.
pub fn create(
    creations: &[Creation<'_>],
    roles: &HashMap<String, KnownRole>,
    major: u32,
    occasion: Occasion,
) -> Creations {
    let mut planned = Creations::default();
    let change = &mut planned.change;
    for creation in creations {
        let following = || (occasion == Occasion::Following).then(|| creation.waits_for()).flatten();
        match creation.hindrance().or_else(following) {
            Some(stays) => change.remaining.push(stays),
            None => {
                planned.made.push((creation.id, creation.place.name.clone()));
                creation.push(change, roles, major);
            }
        }
    }
    change.command = "carry";
    change.title = match planned.made.len() {
        0 => "nothing that is missing can be created".to_owned(),
        number => format!("Create {}", words::count(number, "sequence")),
    };
    planned
}

impl Creation<'_> {
    /// Why it cannot be made.
    fn hindrance(&self) -> Option<Stays> {
        let Place { name, schema, schema_there, may_create, taken, .. } = self.place;
        let stays = |reason: String, hint: String, incomplete| {
            Some(Stays { what: name.clone(), reason, hint: Some(hint), incomplete })
        };
        if !schema_there {
            let hint = format!("CREATE SCHEMA {schema}; or say by --map-schema which one it is");
            return stays(format!("the target has no schema {schema}"), hint, false);
        }
        if *taken {
            let reason = "the target has something else of this name".to_owned();
            return stays(reason, "rename one of the two, or leave it out with -T or -s".to_owned(), false);
        }
        if let Some(by) = self.absent.identity {
            return stays(self.of_identity(), self.add_identity(by), false);
        }
        if !may_create {
            let reason = format!("the role may not create anything in {schema}");
            return stays(reason, format!("GRANT CREATE ON SCHEMA {schema} TO the role of this run"), true);
        }
        None
    }

    /// Why it is not made yet while the source is followed.
    fn waits_for(&self) -> Option<Stays> {
        let Place { name, column, .. } = self.place;
        let stays = |reason: String, hint: String, incomplete| {
            Some(Stays { what: name.clone(), reason, hint: Some(hint), incomplete })
        };
        if let StateReading::Unreadable(why) = self.state {
            return stays(format!("on the source: {}", why.reason), why.hint.clone(), true);
        }
        let owner = self.sequence.owner.as_ref()?;
        match (column, self.instead) {
            (None, _) => stays(
                format!("its column {}.{} is not on the target", owner.table, owner.column),
                "create the table there: serial makes the sequence as well, else it is created then"
                    .to_owned(),
                false,
            ),
            (Some(PlaceColumn { table, column, .. }), Some(instead)) => stays(
                format!("{table}.{column} has another sequence on the target, {instead}"),
                self.rename(instead),
                false,
            ),
            _ => None,
        }
    }

    fn of_identity(&self) -> String {
        "it is the sequence of an identity column, which makes it itself".to_owned()
    }

    /// The statement that makes the sequence of an identity column.
    fn add_identity(&self, by: &str) -> String {
        let Some(PlaceColumn { table, column, identity, .. }) = &self.place.column else {
            return "create its table first".to_owned();
        };
        if let Some(other) = identity {
            return format!("{table}.{column} draws from {other}: {}", self.rename(other));
        }
        let options = options(&self.sequence.definition);
        format!(
            "ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL, ALTER COLUMN {column} ADD GENERATED {by} AS IDENTITY \
             (SEQUENCE NAME {}{options})",
            self.place.name
        )
    }

    /// The statement that gives its name to another one.
    fn rename(&self, other: &QuotedName) -> String {
        let name = self.place.name.as_str();
        let own = name.strip_prefix(self.place.schema.as_str()).unwrap_or(name).trim_start_matches('.');
        format!("ALTER SEQUENCE {other} RENAME TO {own}")
    }

    fn push(&self, change: &mut Change, roles: &HashMap<String, KnownRole>, major: u32) {
        let name = &self.place.name;
        let definition = &self.sequence.definition;
        let unlogged = if self.sequence.unlogged && major >= UNLOGGED_SEQUENCES { "UNLOGGED " } else { "" };
        change.acts.push(Act {
            told: true,
            undo: Some(format!("DROP SEQUENCE {name}")),
            ..act(
                format!("create {name}{}", self.in_words()),
                format!(
                    "CREATE {unlogged}SEQUENCE {name} AS {}{}",
                    definition.data_type,
                    options(definition)
                ),
            )
        });
        if let StateReading::Known(State { last_value, is_called }) = self.state {
            let literal = quote_literal(name.as_str());
            change.acts.push(act(
                format!("set {name} where the source's stands"),
                format!(
                    "SELECT pg_catalog.setval({literal}::pg_catalog.regclass, {last_value}, {is_called})"
                ),
            ));
        }
        if let Some(comment) = &self.absent.comment {
            change.acts.push(act(
                format!("comment on {name} as on the source"),
                format!("COMMENT ON SEQUENCE {name} IS {}", quote_literal(comment)),
            ));
        }
        if self.sequence.unlogged && unlogged.is_empty() {
            change
                .remarks
                .push(format!("{name} is UNLOGGED on the source; the target knows no such sequences"));
        }
        self.push_owner(change, roles);
        for grant in &self.absent.grants {
            self.push_grant(change, grant, roles);
        }
    }

    /// The column that it belongs to, whose table has the same owner; else the role of the source.
    fn push_owner(&self, change: &mut Change, roles: &HashMap<String, KnownRole>) {
        let name = &self.place.name;
        let Some(owner) = &self.sequence.owner else { return self.push_role(change, roles) };
        match &self.place.column {
            Some(PlaceColumn {
                table, column, table_oid, role, may_alter: true, same_schema: true, ..
            }) => {
                let table_named = Relation { oid: *table_oid, name: table.clone() };
                if !change.tables.contains(&table_named) {
                    change.tables.push(table_named);
                }
                change.acts.push(give(name, role));
                change.acts.push(act(
                    format!("have {name} belong to {table}.{column}"),
                    format!("ALTER SEQUENCE {name} OWNED BY {table}.{column}"),
                ));
                self.push_rights_of_owner(change, role, roles);
            }
            found => {
                let why = match found {
                    None => "that column is not on the target",
                    Some(PlaceColumn { same_schema: false, .. }) => "that table is in another schema",
                    Some(_) => "the role may not alter that table",
                };
                let column = format!("{}.{}", owner.table, owner.column);
                change.remarks.push(format!("{name} does not belong to {column} as on the source: {why}"));
                self.push_role(change, roles);
            }
        }
    }

    /// Where the table has another owner than the source's sequence, whoever owns that keeps the use of it.
    fn push_rights_of_owner(
        &self,
        change: &mut Change,
        owner: &QuotedName,
        roles: &HashMap<String, KnownRole>,
    ) {
        let (name, role) = (&self.place.name, &self.absent.role);
        match roles.get(role) {
            Some(KnownRole { name: role, .. }) if role == owner => {}
            Some(KnownRole { name: role, .. }) => {
                change.remarks.push(format!(
                    "{name} belongs to {owner}, as its table does; {role}, who owns it on the source, may use it"
                ));
                change.acts.push(act(
                    format!("grant the use of {name} to {role}, who owns it on the source"),
                    format!("GRANT ALL ON SEQUENCE {name} TO {role}"),
                ));
            }
            None => change.remarks.push(format!(
                "{name} belongs to {owner}, as its table does: its owner {role} is not on the target"
            )),
        }
    }

    fn push_role(&self, change: &mut Change, roles: &HashMap<String, KnownRole>) {
        let (name, role) = (&self.place.name, &self.absent.role);
        match roles.get(role) {
            Some(KnownRole { name: role, may_give: true }) => change.acts.push(give(name, role)),
            found => {
                let why = if found.is_some() { "may not be given it" } else { "is not on the target" };
                change
                    .remarks
                    .push(format!("{name} belongs to the role of this run: its owner {role} {why}"));
            }
        }
    }

    fn push_grant(&self, change: &mut Change, grant: &Grant, roles: &HashMap<String, KnownRole>) {
        let Grant { role, privileges, grantable } = grant;
        let name = &self.place.name;
        let quoted = match role {
            None => "PUBLIC",
            Some(role) => match roles.get(role) {
                Some(known) => known.name.as_str(),
                None => {
                    let remark = format!("{role}, who has {privileges} on {name}, is not on the target");
                    return change.remarks.push(remark);
                }
            },
        };
        let option = if *grantable { " WITH GRANT OPTION" } else { "" };
        change.acts.push(act(
            format!("grant {privileges} on {name} to {quoted}"),
            format!("GRANT {privileges} ON SEQUENCE {name} TO {quoted}{option}"),
        ));
    }

    /// What it is to belong to and how it is drawn from, where that is worth a word.
    fn in_words(&self) -> String {
        let Definition { data_type, increment, .. } = *self.sequence.definition;
        let step = if increment == 1 { String::new() } else { format!(", by {increment}") };
        format!(": {data_type}{step}")
    }
}

/// The major version that UNLOGGED sequences came with.
const UNLOGGED_SEQUENCES: u32 = 15;

/// What follows `AS type`.
fn options(definition: &Definition) -> String {
    let Definition { start, min, max, increment, cycle, cache, .. } = definition;
    let cycle = if *cycle { "CYCLE" } else { "NO CYCLE" };
    format!(
        " START WITH {start} INCREMENT BY {increment} MINVALUE {min} MAXVALUE {max} CACHE {cache} {cycle}"
    )
}

fn give(name: &QuotedName, role: &QuotedName) -> Act {
    act(format!("have {name} belong to {role}"), format!("ALTER SEQUENCE {name} OWNER TO {role}"))
}

fn act(what: String, sql: String) -> Act {
    Act::new(what, Work::Run(sql))
}
