//! New ids for the rows of a table; everything that refers to them follows. One file a method.
//!
//! All methods have one frame: the tables are locked, a map from old ids to new ones is made, what would act on its own
//! (foreign keys that follow, triggers, rules) is put away, the rows are written with their new values, all is put back,
//! and the sequence ends with the last new id.

mod estimate;
mod file;
mod keys;
mod map;
mod rebuild;
mod refusal;
mod update;

use std::path::PathBuf;

use super::change::{Act, Change, Copy, Relation, SequenceChange, Work};
use crate::Result;
use crate::catalog::renumber::{Renumbering, RewrittenTable, SHAPE};
use crate::catalog::{Link, Sequence};
use crate::model::{QuotedName, State, quote_literal};
use crate::template::fill;

pub use estimate::Estimate;

/// How the rows get their ids. All methods have equal results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RenumberMethod {
    /// Copies with the new values, TRUNCATE, INSERT; indexes are dropped before and made again after.
    Rebuild,
    /// UPDATE in place.
    Update,
    /// The rows go to a file on the client without their ids, are deleted, and come back.
    File,
    /// Copies with the new values, DELETE, INSERT.
    TempTable,
}

/// A column that rows are ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderBy {
    /// The column, quoted.
    pub column: QuotedName,
    /// What stands behind it: `DESC NULLS LAST`; may be empty.
    pub direction: String,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct RenumberOptions {
    /// The first new id.
    pub start: i64,
    /// In which order; rows that are equal in it, and all rows where it is empty, go by their old ids.
    pub order_by: Vec<OrderBy>,
    /// How.
    pub method: RenumberMethod,
    /// Where old and new ids are written to as CSV.
    pub map: Option<PathBuf>,
    /// Where the rows go without their ids ([`RenumberMethod::File`]).
    pub file: Option<PathBuf>,
}

/// What is known when the plan is made.
#[derive(Clone, Copy, Debug)]
pub struct RenumberFacts<'a> {
    /// The tables and all that belongs to them.
    pub renumbering: &'a Renumbering,
    /// The sequence that the ids come from.
    pub sequence: &'a Sequence,
    /// Where it stands.
    pub state: State,
    /// The numbered column.
    pub link: &'a Link,
    /// The other columns that draw from the sequence.
    pub others: &'a [&'a Link],
    /// How many rows the table has; `None` where it was not counted.
    pub rows: Option<u64>,
    /// How many bytes are free on the server's disk, where that can be seen.
    pub free_bytes: Option<u64>,
}

/// Plans to renumber the rows of a table.
///
/// # Errors
/// [`crate::Error::Refused`] with what stands in the way.
pub fn renumber(facts: &RenumberFacts<'_>, options: &RenumberOptions) -> Result<Change> {
    refusal::refuse(facts, options)?;
    let estimate = Estimate::of(facts, options.method);
    estimate.refuse_full_disk(facts.free_bytes)?;
    let sequence = sequence(facts, options);
    let mut change = Change {
        command: "renumber",
        title: title(facts, options),
        tables: tables(facts.renumbering),
        locks: keys::locks(facts.renumbering, &sequence),
        remarks: remarks(facts, options, &estimate),
        sequences: vec![sequence],
        unhurried: true,
        ..Change::default()
    };
    let acts = &mut change.acts;
    acts.push(unaltered(facts.renumbering));
    acts.push(settings());
    map::push(acts, facts, options);
    let foreign_keys = keys::dropped(facts.renumbering, options.method);
    keys::push_off(acts, facts.renumbering, &foreign_keys);
    match options.method {
        RenumberMethod::Rebuild | RenumberMethod::TempTable => rebuild::push(acts, facts, options.method),
        RenumberMethod::Update => update::push(acts, facts),
        RenumberMethod::File => file::push(acts, facts, options),
    }
    keys::push_on(acts, facts.renumbering, &foreign_keys);
    acts.push(map::setval(facts, options));
    acts.extend(options.map.as_deref().map(map::written));
    Ok(change)
}

fn title(facts: &RenumberFacts<'_>, options: &RenumberOptions) -> String {
    let rows = match facts.rows {
        Some(1) => "the row".to_owned(),
        Some(rows) => format!("the {rows} rows"),
        None => "the rows".to_owned(),
    };
    format!("Renumber {rows} of {} from {}", facts.link.table, options.start)
}

/// The sequence as it is changed; where the rows were counted it is known where it ends.
fn sequence(facts: &RenumberFacts<'_>, options: &RenumberOptions) -> SequenceChange {
    let definition = *facts.sequence.definition;
    let next = facts.rows.filter(|_| facts.others.is_empty()).and_then(|rows| {
        let last = i128::from(options.start) + (i128::from(rows) - 1) * i128::from(definition.increment);
        let state = State { last_value: i64::try_from(last).ok()?, is_called: true };
        if rows == 0 { Some(options.start) } else { definition.next_value(state) }
    });
    let (oid, name) = (facts.sequence.oid, facts.sequence.name.clone());
    SequenceChange { oid, name, definition, before: facts.state, next }
}

fn tables(renumbering: &Renumbering) -> Vec<Relation> {
    let rewritten = renumbering.tables.iter().map(|table| (table.oid, &table.name));
    let referring = renumbering.foreign_keys.iter().map(|key| (key.table_oid, &key.table));
    let mut tables: Vec<Relation> = Vec::new();
    for (oid, name) in rewritten.chain(referring) {
        if !tables.iter().any(|known| known.oid == oid) {
            tables.push(Relation { oid, name: name.clone() });
        }
    }
    tables
}

/// What whoever agrees should know.
fn remarks(facts: &RenumberFacts<'_>, options: &RenumberOptions, estimate: &Estimate) -> Vec<String> {
    let mut remarks = vec![estimate.in_words(options.method, facts.free_bytes)];
    if options.method == RenumberMethod::Rebuild {
        remarks.push(
            "A transaction of REPEATABLE READ or SERIALIZABLE that begins before this ends, and reads the tables only \
             afterwards, sees them empty (TRUNCATE; manual, section 13.6). --method update spares it that."
                .to_owned(),
        );
    }
    let switched = facts.renumbering.switches.len();
    if switched > 0 {
        let words = if switched == 1 { "trigger or rule does" } else { "triggers and rules do" };
        remarks.push(format!("{switched} {words} not fire: disabled until the end."));
    }
    remarks.push(
        "Ids that are kept elsewhere (texts, JSON, arrays, caches, URLs, materialized views) do not follow: --map writes \
         old and new ids to a file."
            .to_owned(),
    );
    remarks
}

/// Demands that nothing was altered since it was looked at.
fn unaltered(renumbering: &Renumbering) -> Act {
    let oids = renumbering.oids().iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let shape = fill(SHAPE, &[]).replace("$1", &format!("'{{{oids}}}'"));
    let known = quote_literal(&renumbering.shape);
    let sql = fill(include_str!("../sql/renumber_altered.sql"), &[("shape", &shape), ("known", &known)]);
    Act::new("make sure that the tables are as they were", Work::Demand(sql))
}

fn settings() -> Act {
    let sql = fill(include_str!("../sql/renumber_settings.sql"), &[]);
    Act::new("give the statements memory", Work::Run(sql))
}

/// An act that people are told of.
fn told(what: String, reason: &str, sql: String) -> Act {
    Act { told: true, reason: reason.to_owned(), ..Act::new(what, Work::Run(sql)) }
}

/// An act that is listed only where all are.
fn run(what: String, sql: String) -> Act {
    Act::new(what, Work::Run(sql))
}

/// The columns' names, with commas.
fn list<'a>(names: impl Iterator<Item = &'a QuotedName>) -> String {
    names.map(QuotedName::as_str).collect::<Vec<_>>().join(", ")
}
