//! What one transaction does, all of it or nothing, as plain data. A [`super::Plan`] moves each sequence by itself;
//! restart, load, renumber, clear and undo change all that they change together.

use std::path::PathBuf;

use serde::Serialize;

use crate::model::{Definition, Oid, QuotedName, State, quote_literal};
use crate::template::fill;

/// What is to be done in one transaction. It is run by [`crate::apply::change`], shown by
/// [`crate::report::text::change_plan`], and written as a psql script by [`super::change_script`].
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The command that it comes from: `restart`.
    pub command: &'static str,
    /// What is done, in words, as a heading: `Restart 2 sequences`.
    pub title: String,
    /// The tables that the acts name. Once the locks are taken it is made sure that their names, and those of
    /// `sequences`, still lead to them.
    pub tables: Vec<Relation>,
    /// The sequences whose state is changed. Where they stand is read under the locks, and once more in the end.
    pub sequences: Vec<SequenceChange>,
    /// What takes the locks. All is rolled back and tried again where a lock is not had in time.
    pub locks: Vec<Act>,
    /// What is done under the locks, in order; what must hold in the end is demanded by the last of them.
    pub acts: Vec<Act>,
    /// What whoever agrees should know.
    pub remarks: Vec<String>,
    /// What was asked for and is no part of it.
    pub remaining: Vec<Stays>,
    /// The folder that rows are kept in which it removes, for the way back.
    pub backup: Option<PathBuf>,
    /// Whether its statements may take as long as they take, without `statement_timeout`: those that read or write whole
    /// tables.
    pub unhurried: bool,
    /// Why it cannot be written as a psql script, where it cannot.
    pub beyond_psql: Option<String>,
}

/// What stays as it is although something else was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stays {
    /// The sequence or table, quoted.
    #[serde(rename = "name")]
    pub what: QuotedName,
    /// Why.
    pub reason: String,
    /// What would help.
    pub hint: Option<String>,
    /// A privilege is missing, or something could not be looked at.
    pub incomplete: bool,
}

/// A table or sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its OID.
    pub oid: Oid,
    /// `schema.name`, quoted.
    pub name: QuotedName,
}

/// A sequence whose state is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceChange {
    /// Its OID.
    pub oid: Oid,
    /// `schema.name`, quoted.
    pub name: QuotedName,
    /// What CREATE SEQUENCE said of it.
    pub definition: Definition,
    /// Where it stood when the plan was made.
    pub before: State,
    /// The next value afterwards; `None` where the rows decide that are there by then.
    pub next: Option<i64>,
}

/// One act of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What it does, in words that also follow "could not": `restart public.t_id_seq`.
    pub what: String,
    /// Why so; empty where that goes without saying.
    pub reason: String,
    /// The work.
    pub work: Work,
    /// The lock that it takes and what waits for it, in words; empty where it takes none that anybody notices.
    pub lock: String,
    /// The statement that would take it back, where one does.
    pub undo: Option<String>,
    /// Whether the plan tells people of it; with `--verbose` it tells of every act.
    pub told: bool,
}

/// What an act does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// One statement.
    Run(String),
    /// LOCK TABLE: where the lock is not had in time, the next try begins with it.
    LockTable(String),
    /// A query that returns a row where the change must not go on: what stands in the way, and what to do about it
    /// (or NULL), both `text`.
    Demand(String),
    /// `COPY … FROM STDIN`: whoever runs the change gives the rows.
    CopyIn(Copy),
    /// The same in portions, each in a savepoint: rows that the server does not take can be left out. Whoever runs the
    /// change decides how long a portion is.
    CopyInPortions {
        /// The COPY of each portion.
        copy: Copy,
        /// What is run after each, in the same savepoint, and tells how many rows it was.
        then: Option<String>,
        /// What is run after each, taken or not, when the savepoint is gone.
        afterwards: Option<String>,
    },
    /// `COPY … TO STDOUT`: whoever runs the change takes the rows.
    CopyOut(Copy),
}

/// A COPY between the server and the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// `public.people (id, name)` or, for rows that go out, `(SELECT …)`.
    pub rows: String,
    /// What stands behind STDIN or STDOUT: `WITH (FORMAT csv, HEADER)`; may be empty.
    pub options: String,
    /// The file on this side, if it is one.
    pub file: Option<PathBuf>,
    /// The same as psql's `\copy` writes it: `'people.csv'`, `PROGRAM 'zstd -dc people.csv.zst'`, `pstdin`.
    pub in_psql: String,
}

impl Act {
    /// An act that people are not told of, takes no lock that anybody notices and needs no undo.
    pub fn new(what: impl Into<String>, work: Work) -> Self {
        Self { what: what.into(), reason: String::new(), work, lock: String::new(), undo: None, told: false }
    }

    /// The statement, as it is sent.
    pub fn statement(&self) -> String {
        match &self.work {
            Work::Run(sql) | Work::LockTable(sql) | Work::Demand(sql) => sql.clone(),
            Work::CopyIn(Copy { rows, options, .. })
            | Work::CopyInPortions { copy: Copy { rows, options, .. }, .. } => {
                format!("COPY {rows} FROM STDIN {options}")
            }
            Work::CopyOut(Copy { rows, options, .. }) => format!("COPY {rows} TO STDOUT {options}"),
        }
    }

    /// Whether it copies rows between the server and this side.
    pub fn copies(&self) -> bool {
        !matches!(self.work, Work::Run(_) | Work::LockTable(_) | Work::Demand(_))
    }

    /// The file that it reads or writes.
    pub fn file(&self) -> Option<&PathBuf> {
        match &self.work {
            Work::Run(_) | Work::LockTable(_) | Work::Demand(_) => None,
            Work::CopyIn(copy) | Work::CopyInPortions { copy, .. } | Work::CopyOut(copy) => {
                copy.file.as_ref()
            }
        }
    }
}

impl SequenceChange {
    /// The acts that lock the sequence as it was read: nextval() and setval() wait, and the values that other sessions
    /// hold in advance (CACHE) are taken from them (manual, ALTER SEQUENCE). Needs ownership.
    pub fn lock(&self) -> [Act; 2] {
        let name = self.name.as_str();
        let Definition { data_type, start, min, max, increment, cycle, cache } = self.definition;
        let [start, min, max, increment, cache] =
            [start, min, max, increment, cache].map(|number| format!("({number})"));
        let unchanged = fill(
            include_str!("sql/definition.sql"),
            &[
                ("sequence", &format!("{}::pg_catalog.regclass", quote_literal(name))),
                ("name", &quote_literal(name)),
                ("type", &quote_literal(data_type.name())),
                ("start", &start),
                ("min", &min),
                ("max", &max),
                ("increment", &increment),
                ("cycle", if cycle { "true" } else { "false" }),
                ("cache", &cache),
            ],
        );
        let cache = self.definition.cache.to_string();
        let lock = fill(include_str!("sql/lock.sql"), &[("name", name), ("cache", &cache)]);
        [
            Act::new(format!("make sure that {name} is defined as before"), Work::Demand(unchanged)),
            Act {
                lock: format!(
                    "SHARE ROW EXCLUSIVE on {name}: its nextval() waits until the end, tables stay free"
                ),
                ..Act::new(format!("lock {name}"), Work::Run(lock))
            },
        ]
    }

    /// The statement that puts the sequence back where it stood when the plan was made. It takes values back that may
    /// have been handed out since.
    pub fn undo(&self) -> String {
        format!(
            "SELECT pg_catalog.setval({}::pg_catalog.regclass, {}, {})",
            quote_literal(self.name.as_str()),
            self.before.last_value,
            self.before.is_called
        )
    }
}
