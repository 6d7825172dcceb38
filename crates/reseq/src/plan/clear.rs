//! Starts tables afresh: their rows to a file, TRUNCATE, their sequences restarted, in one transaction.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::change::{Act, Change, Copy, Relation, SequenceChange, Work};
use super::fill_order::{deferring, fill_order};
use super::table_locks::lock_tables;
use crate::apply::receipt::BackedUp;
use crate::array::{array, text_array};
use crate::catalog::{Catalog, Ceiling, Cleared, ImmediateReference, Link, SequenceId};
use crate::diagnose::words;
use crate::model::{Oid, QuotedName, State, quote_literal};
use crate::observe::StateReading;
use crate::template::fill;
use crate::{Error, Result};

/// How tables are cleared.
#[derive(Clone, Debug, Default)]
pub struct ClearOptions {
    /// Whether tables that refer to them are cleared too.
    pub cascade: bool,
    /// The folder that the rows are kept in; `None` lets them go for good.
    pub backup: Option<PathBuf>,
    /// The next value of the sequences of the named tables, instead of their START.
    pub start: Option<i64>,
}

/// What was read for it.
#[derive(Clone, Debug)]
pub(crate) struct ClearFacts {
    pub(crate) catalog: Catalog,
    pub(crate) tables: Vec<Cleared>,
    /// The foreign keys between the tables that cannot wait for the end of a transaction.
    pub(crate) references: Vec<ImmediateReference>,
    /// One a sequence of the catalogue.
    pub(crate) states: Vec<StateReading>,
    /// Tables that are not cleared, take values from sequences of tables that are, and have rows or cannot be read.
    pub(crate) with_rows: HashSet<Oid>,
}

/// The sequences that feed the tables or belong to them, with the tables that they feed beside.
pub(crate) fn fed(catalog: &Catalog, tables: &[Cleared]) -> Vec<(SequenceId, Vec<Relation>)> {
    let cleared: HashSet<Oid> = tables.iter().map(|table| table.oid).collect();
    let feeds = |link: &Link| {
        cleared.contains(&link.table_oid) || link.leaves.iter().any(|leaf| cleared.contains(&leaf.oid))
    };
    let of = |(id, sequence): (SequenceId, &crate::catalog::Sequence)| {
        let owned = sequence.owner.as_ref().is_some_and(|owner| cleared.contains(&owner.table_oid));
        let links = catalog.links_of(id);
        (owned || links.iter().any(feeds)).then(|| {
            let mut beside: Vec<Relation> = Vec::new();
            for relation in links.iter().flat_map(rows_of) {
                if !cleared.contains(&relation.oid) && !beside.contains(&relation) {
                    beside.push(relation);
                }
            }
            (id, beside)
        })
    };
    catalog.iter().filter_map(of).collect()
}

/// The tables that hold the rows of a link.
fn rows_of(link: &Link) -> Vec<Relation> {
    if link.leaves.is_empty() {
        return vec![Relation { oid: link.table_oid, name: (*link.table).clone() }];
    }
    link.leaves.iter().map(|leaf| Relation { oid: leaf.oid, name: leaf.name.clone() }).collect()
}

/// Plans it. The acts that copy go, in order, with what is returned beside.
///
/// # Errors
/// [`Error::Refused`] where tables refer to them and are not to be cleared, and where `start` is no value of a sequence;
/// [`Error::Unable`] where the role may not do it.
pub(crate) fn clear(facts: &ClearFacts, options: &ClearOptions) -> Result<(Change, Vec<BackedUp>)> {
    let tables = &facts.tables;
    refuse(tables, options)?;
    let mut change =
        Change { command: "clear", unhurried: true, backup: options.backup.clone(), ..Change::default() };
    if options.backup.is_some() {
        change.beyond_psql =
            Some("psql does not make sure that the backup is on the disk before it commits".to_owned());
    }
    change.tables =
        tables.iter().map(|table| Relation { oid: table.oid, name: table.name.clone() }).collect();
    let names = list(tables.iter().map(|table| &table.name));
    let lock = format!("ACCESS EXCLUSIVE on {names}: nobody reads or writes them until the end");
    change.locks = lock_tables(&referring_first(tables), "ACCESS EXCLUSIVE", lock);
    change.locks.push(unaltered(tables));
    let (mut restarts, mut demands) = (Vec::new(), Vec::new());
    for (id, beside) in fed(&facts.catalog, tables) {
        push_sequence(facts, options, id, &beside, &mut change, &mut demands, &mut restarts)?;
    }
    change.acts.append(&mut demands);
    let files = match &options.backup {
        Some(folder) => push_backup(&mut change, tables, folder),
        None => Vec::new(),
    };
    change.acts.push(Act {
        told: true,
        ..Act::new(format!("empty {names}"), Work::Run(format!("TRUNCATE {names}")))
    });
    change.acts.append(&mut restarts);
    let bytes: u64 = tables.iter().map(|table| table.bytes).sum();
    let by_reference: Vec<&Cleared> = tables.iter().filter(|table| !table.named).collect();
    if !by_reference.is_empty() {
        let which = list(by_reference.iter().map(|table| &table.name));
        change.remarks.push(format!("cleared too, because of what they refer to: {which}"));
    }
    change.remarks.push(match &options.backup {
        Some(folder) => format!("the rows, {} MB, are kept in {}", bytes.div_ceil(1 << 20), folder.display()),
        None => "there is no backup: the rows are gone for good".to_owned(),
    });
    let oids: Vec<Oid> = tables.iter().map(|table| table.oid).collect();
    if options.backup.is_some()
        && let Err(keys) = fill_order(&oids, &facts.references)
    {
        change.remarks.push(format!(
            "the tables refer to each other in a circle: reseq undo can fill them again only after {}",
            deferring(&keys)
        ));
    }
    let restarted = match change.sequences.len() {
        0 => String::new(),
        number => format!(" and restart {}", words::count(number, "sequence")),
    };
    change.title = format!("Clear {}{restarted}", words::count(tables.len(), "table"));
    Ok((change, files))
}

fn refuse(tables: &[Cleared], options: &ClearOptions) -> Result<()> {
    let refusing: Vec<&Cleared> = tables.iter().filter(|table| !table.named).collect();
    if !refusing.is_empty() && !options.cascade {
        let which = list(refusing.iter().map(|table| &table.name));
        return Err(Error::Refused {
            message: format!("other tables refer to what is to be cleared: {which}"),
            hint: Some("--cascade clears them too, with a backup of their rows".to_owned()),
        });
    }
    for table in tables {
        if table.foreign {
            return Err(Error::Refused {
                message: format!("{} is no table of this server: its rows are elsewhere", table.name),
                hint: Some("clear it where its rows are".to_owned()),
            });
        }
        if !table.may_truncate || (table.plain && options.backup.is_some() && !table.may_read) {
            let grant = if table.may_truncate { "SELECT" } else { "TRUNCATE" };
            return Err(Error::Unable {
                message: format!("the role may not clear {}: it has no {grant} on it", table.name),
                hint: Some(format!("GRANT {grant} ON {} TO …", table.name)),
            });
        }
    }
    Ok(())
}

/// The tables as LOCK TABLE takes them, one by one: those that refer to others before these, for that is how others
/// lock them that insert rows; else as they come.
fn referring_first(tables: &[Cleared]) -> Vec<String> {
    let mut open: Vec<&Cleared> = tables.iter().collect();
    let mut ordered = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let free = |table: &&Cleared| !open.iter().any(|other| other.refers_to.contains(&table.oid));
        let table = open.remove(open.iter().position(free).unwrap_or(0));
        ordered.push(format!("ONLY {}", table.name));
    }
    ordered
}

fn list<'a>(names: impl Iterator<Item = &'a QuotedName>) -> String {
    names.map(QuotedName::as_str).collect::<Vec<_>>().join(", ")
}

fn unaltered(tables: &[Cleared]) -> Act {
    let oids = quote_literal(&array(tables.iter().map(|table| table.oid)));
    let columns: Vec<String> = tables.iter().map(|table| table.columns.clone()).collect();
    let values = [
        ("tables", format!("{oids}::pg_catalog.oid[]")),
        ("columns", format!("{}::text[]", quote_literal(&text_array(&columns)))),
    ];
    let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
    let demand = fill(include_str!("sql/clear_unaltered.sql"), &values);
    Act::new("make sure that the tables are as they were", Work::Demand(demand))
}

/// Demands that a table has no rows.
pub(super) fn no_rows(table: &QuotedName, problem: &str, hint: &str) -> Act {
    let values = [
        ("table", table.as_str()),
        ("literal", &quote_literal(table.as_str())),
        ("problem", &quote_literal(problem)),
        ("hint", &quote_literal(hint)),
    ];
    let demand = fill(include_str!("sql/clear_no_rows.sql"), &values);
    Act::new(format!("make sure that {table} has no rows"), Work::Demand(demand))
}

/// One sequence: restarted, unless other tables with rows take values from it.
fn push_sequence(
    facts: &ClearFacts,
    options: &ClearOptions,
    id: SequenceId,
    beside: &[Relation],
    change: &mut Change,
    demands: &mut Vec<Act>,
    restarts: &mut Vec<Act>,
) -> Result<()> {
    let sequence = facts.catalog.sequence(id);
    let name = &sequence.name;
    let with_rows: Vec<&QuotedName> =
        beside.iter().filter(|table| facts.with_rows.contains(&table.oid)).map(|table| &table.name).collect();
    if !with_rows.is_empty() {
        let which = list(with_rows.into_iter());
        change
            .remarks
            .push(format!("{name} goes on where it is: it feeds {which} too, which is not cleared"));
        return Ok(());
    }
    if !sequence.privileges.alter {
        return Err(Error::Unable {
            message: format!("the role may not restart {name}: only its owner may"),
            hint: Some("connect as the owner, or as a member of the role that owns it".to_owned()),
        });
    }
    let StateReading::Known(before) = facts.states[id.0] else {
        return Err(Error::Unable { message: format!("the state of {name} is not known"), hint: None });
    };
    let start = start(facts, options, id)?;
    for table in beside {
        demands.push(no_rows(
            &table.name,
            &format!(" has got rows, and takes its values from {name} too"),
            "run the command again",
        ));
    }
    let planned = SequenceChange {
        oid: sequence.oid,
        name: name.clone(),
        definition: *sequence.definition,
        before,
        next: Some(start),
    };
    change.locks.extend(planned.lock());
    restarts.extend(super::restore::set(&planned, State { last_value: start, is_called: false }));
    change.sequences.push(planned);
    Ok(())
}

/// The next value of a sequence afterwards.
fn start(facts: &ClearFacts, options: &ClearOptions, id: SequenceId) -> Result<i64> {
    let catalog = &facts.catalog;
    let definition = &catalog.sequence(id).definition;
    let named = |oid: Oid| facts.tables.iter().any(|table| table.named && table.oid == oid);
    let feeds_named = catalog.links_of(id).iter().flat_map(rows_of).any(|table| named(table.oid))
        || catalog.sequence(id).owner.as_ref().is_some_and(|owner| named(owner.table_oid));
    let Some(start) = options.start.filter(|_| feeds_named) else { return Ok(definition.start) };
    let ceiling = i128::from(Ceiling::of(catalog, id).value);
    let past = if definition.ascending() { i128::from(start) > ceiling } else { i128::from(start) < ceiling };
    if past || !(definition.min..=definition.max).contains(&start) {
        let (low, high) = if definition.ascending() {
            (i128::from(definition.min), ceiling)
        } else {
            (ceiling, i128::from(definition.max))
        };
        return Err(Error::Refused {
            message: format!("{} cannot start at {start}", catalog.sequence(id).name),
            hint: Some(format!("its values go from {low} to {high}")),
        });
    }
    Ok(start)
}

/// The acts that copy the rows out; one file a table.
fn push_backup(change: &mut Change, tables: &[Cleared], folder: &Path) -> Vec<BackedUp> {
    let settings = fill(include_str!("sql/copy_settings.sql"), &[]);
    change.acts.push(Act::new("have values written as any server reads them", Work::Run(settings)));
    let mut files = Vec::new();
    for table in tables.iter().filter(|table| table.plain) {
        let file = file_name(files.len() + 1, table.name.as_str());
        let path = folder.join(&file);
        let in_psql = format!("PROGRAM {}", quote_literal(&format!("zstd -q -o {}", path.display())).trim());
        let rows = copied(&table.name, &table.columns);
        let copy = Copy { rows, options: String::new(), file: Some(path), in_psql };
        change.acts.push(Act {
            told: true,
            ..Act::new(format!("keep the rows of {}", table.name), Work::CopyOut(copy))
        });
        files.push(BackedUp {
            table: table.name.clone(),
            oid: table.oid,
            columns: table.columns.clone(),
            file,
            rows: 0,
            bytes: 0,
        });
    }
    files
}

/// What COPY names; a table without columns has no list of them.
pub(super) fn copied(table: &QuotedName, columns: &str) -> String {
    if columns.is_empty() { table.to_string() } else { format!("{table} ({columns})") }
}

/// `1-public.orders.copy.zst`: unlike all others of the folder, whatever the table is called.
fn file_name(number: usize, table: &str) -> String {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() || "._".contains(character) { character } else { '_' }
    };
    let table: String = table.chars().map(plain).take(80).collect();
    format!("{number}-{table}.copy.zst")
}
