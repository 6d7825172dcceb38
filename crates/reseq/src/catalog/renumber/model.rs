//! A table whose rows get new ids and all that refers to it, as plain data.

use crate::catalog::Storage;
use crate::model::{Oid, QuotedName};

/// Everything that renumbering a table's rows touches.
#[derive(Clone, Debug, Default)]
pub struct Renumbering {
    /// The tables with columns that get new values: first those whose rows are numbered, then those that refer to them.
    pub tables: Vec<RewrittenTable>,
    /// How many of the tables hold the rows that are numbered: 1, or more where others inherit from it.
    pub own: usize,
    /// The foreign keys that refer to any of the tables.
    pub foreign_keys: Vec<ForeignKey>,
    /// The triggers and rules of the tables.
    pub switches: Vec<Switch>,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
    /// What the tables and what refers to them look like, in one word: it changes with every ALTER TABLE.
    pub shape: String,
    /// How many bytes are free on the server's disk, where that can be seen.
    pub free_bytes: Option<u64>,
}

/// A table with columns that get new values.
#[derive(Clone, Debug)]
pub struct RewrittenTable {
    /// Its OID.
    pub oid: Oid,
    /// `schema.table`, quoted.
    pub name: QuotedName,
    /// Partitioned: rows are read from and put into its partitions through it.
    pub partitioned: bool,
    /// Its OID and those of its partitions.
    pub members: Vec<Oid>,
    /// All columns, in order.
    pub columns: Vec<Column>,
    /// Which of them get new values, in order.
    pub followers: Vec<Follower>,
    /// Its indexes; none are looked up for a partitioned table.
    pub indexes: Vec<Index>,
    /// How many rows the last ANALYZE counted.
    pub estimate: u64,
    /// What its rows take on disk, in bytes, TOAST included.
    pub heap: u64,
    /// What its indexes take on disk, in bytes.
    pub index_bytes: u64,
    /// Whether it lies in a tablespace of its own.
    pub elsewhere: bool,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its number.
    pub attnum: i16,
    /// Quoted.
    pub name: QuotedName,
    /// As `format_type()` writes it.
    pub type_name: String,
    /// What it can hold, domains looked through.
    pub storage: Storage,
    /// GENERATED ALWAYS AS (expression): no value may be given.
    pub generated: bool,
    /// An identity GENERATED ALWAYS: an UPDATE may not give a value.
    pub always: bool,
    /// A unique index or exclusion constraint holds it.
    pub guarded: bool,
}

/// A column that gets new values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follower {
    /// Its place in [`RewrittenTable::columns`].
    pub column: usize,
    /// The rows in which it follows, as SQL; `None` for all.
    pub condition: Option<String>,
    /// No constraint makes sure that every value is the id of a row.
    pub loose: bool,
}

/// A foreign key that refers to one of the tables.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// The table that it belongs to: OID.
    pub table_oid: Oid,
    /// `schema.table`, quoted.
    pub table: QuotedName,
    /// That table is partitioned.
    pub partitioned: bool,
    /// Its name, quoted.
    pub name: QuotedName,
    /// As `pg_get_constraintdef()` writes it, NOT VALID and NOT ENFORCED included.
    pub definition: String,
    /// COMMENT ON CONSTRAINT.
    pub comment: Option<String>,
    /// It refers to a column that gets new values.
    pub follows: bool,
    /// The current role may change the table that it belongs to.
    pub owned: bool,
}

/// An index.
#[derive(Clone, Debug)]
pub struct Index {
    /// `schema.index`, quoted.
    pub name: QuotedName,
    /// As `pg_get_indexdef()` writes it.
    pub definition: String,
    /// The constraint that it belongs to.
    pub constraint: Option<IndexConstraint>,
    /// COMMENT ON INDEX.
    pub comment: Option<String>,
    /// Nothing is lost where it is dropped and made again.
    pub replaceable: bool,
}

/// A primary key, unique or exclusion constraint.
#[derive(Clone, Debug)]
pub struct IndexConstraint {
    /// Its name, quoted.
    pub name: QuotedName,
    /// As `pg_get_constraintdef()` writes it.
    pub definition: String,
    /// COMMENT ON CONSTRAINT.
    pub comment: Option<String>,
}

/// A trigger or rule that is enabled.
#[derive(Clone, Debug)]
pub struct Switch {
    /// The table that it belongs to, quoted.
    pub table: QuotedName,
    /// Quoted.
    pub name: QuotedName,
    /// Trigger or rule.
    pub kind: SwitchKind,
    /// ENABLE, ENABLE REPLICA or ENABLE ALWAYS: how it is put back.
    pub enable: &'static str,
}

/// What a [`Switch`] turns off and on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchKind {
    /// A trigger.
    Trigger,
    /// A rewrite rule.
    Rule,
}

/// What keeps a table from being renumbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It is a foreign table, or no table at all: the table, what it is.
    Kind(QuotedName, String),
    /// Another role owns it: the table, the role.
    Owner(QuotedName, QuotedName),
    /// Row security holds for the current role.
    RowSecurity(QuotedName),
    /// A generated column is built on a column that gets new values: the table, the generated column.
    Generated(QuotedName, QuotedName),
    /// A publication cannot say which rows an UPDATE or DELETE meets: the table, the publication.
    ReplicaIdentity(QuotedName, QuotedName),
    /// A publication does not tell of TRUNCATE: the table, the publication.
    Truncate(QuotedName, QuotedName),
    /// A subscription keeps its rows.
    Subscription(QuotedName),
}

impl Renumbering {
    /// All tables, and their partitions.
    pub fn oids(&self) -> Vec<Oid> {
        self.tables.iter().flat_map(|table| table.members.iter().copied()).collect()
    }

    /// The tables whose rows are numbered.
    pub fn own_tables(&self) -> &[RewrittenTable] {
        &self.tables[..self.own]
    }

    /// The columns that follow in other places than the numbered column itself.
    pub fn references(&self) -> impl Iterator<Item = (&RewrittenTable, &Follower)> {
        self.tables.iter().enumerate().flat_map(|(place, table)| {
            // The first column that follows in a table of its own rows is the numbered one.
            table.followers.iter().skip(usize::from(place < self.own)).map(move |follower| (table, follower))
        })
    }
}

impl RewrittenTable {
    /// How a statement names the rows that it holds itself: `ONLY public.t`.
    pub fn rows(&self) -> String {
        if self.partitioned { self.name.to_string() } else { format!("ONLY {}", self.name) }
    }

    /// The column of a follower.
    pub fn column_of(&self, follower: &Follower) -> &Column {
        &self.columns[follower.column]
    }

    /// The columns that values may be given for.
    pub fn stored(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.generated)
    }
}
