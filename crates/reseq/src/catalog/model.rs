//! What the catalogue says of sequences and links, as plain data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Definition, IntegerType, Lane, Mapping, ObjectName, Oid, QuotedName};
use crate::{Error, Result};

/// Everything that the catalogue says of the sequences of one database.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The sequences, by quoted name.
    pub sequences: Vec<Sequence>,
    /// The links, those of one sequence side by side in [`Sequence::links`].
    pub links: Vec<Link>,
    /// Columns that may take their values from a sequence, but from which one cannot be told.
    pub unresolved: Vec<Unresolved>,
}

/// The place of a sequence in [`Catalog::sequences`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SequenceId(pub usize);

/// The place of a link in [`Catalog::links`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub usize);

impl Catalog {
    /// The sequence with this id.
    pub fn sequence(&self, id: SequenceId) -> &Sequence {
        &self.sequences[id.0]
    }

    /// The link with this id.
    pub fn link(&self, id: LinkId) -> &Link {
        &self.links[id.0]
    }

    /// The links of a sequence.
    pub fn links_of(&self, id: SequenceId) -> &[Link] {
        &self.links[self.sequences[id.0].links.clone()]
    }

    /// The links of several sequences.
    pub(crate) fn links_of_all(&self, ids: &[SequenceId]) -> impl Iterator<Item = LinkId> {
        ids.iter().flat_map(|id| self.sequence(*id).links.clone()).map(LinkId)
    }

    /// The one sequence that the user means by a name, written as in SQL, with or without its schema.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is none, or several.
    pub fn sequence_named(&self, name: &str) -> Result<SequenceId> {
        let wanted = ObjectName::parse(name);
        let is_wanted = |quoted: &QuotedName| {
            let (Some(wanted), Some(name)) = (&wanted, ObjectName::parse(quoted.as_str())) else {
                return false;
            };
            wanted.name == name.name && (wanted.schema.is_none() || wanted.schema == name.schema)
        };
        let mut found = self.iter().filter(|(_, sequence)| is_wanted(&sequence.name));
        match (found.next(), found.next()) {
            (Some((only, _)), None) => Ok(only),
            (Some((_, one)), Some((_, other))) => Err(Error::Usage {
                message: format!("there are several sequences {name}: {}, {}", one.name, other.name),
                hint: Some("name it with its schema".to_owned()),
            }),
            (None, _) => Err(Error::Usage {
                message: format!("there is no sequence {name}"),
                hint: Some("capitals and special characters need double quotes, as in SQL".to_owned()),
            }),
        }
    }

    /// The sequences with their ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = (SequenceId, &Sequence)> {
        self.sequences.iter().enumerate().map(|(index, sequence)| (SequenceId(index), sequence))
    }
}

/// A sequence (catalogues `pg_class` and `pg_sequence`).
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Its OID.
    pub oid: Oid,
    /// `schema.name`, quoted.
    pub name: QuotedName,
    /// What CREATE SEQUENCE said. Most sequences of a database share one.
    pub definition: Arc<Definition>,
    /// What the current role may do with it.
    pub privileges: Privileges,
    /// The column that it is OWNED BY, or whose identity it is.
    pub owner: Option<Arc<Owner>>,
    /// Its links, as a range of [`Catalog::links`].
    pub links: std::ops::Range<usize>,
    /// Roles that may INSERT into a linked table but may not draw from the sequence, as `role on table`
    /// pairs of quoted names. Identity columns need no such privilege.
    pub missing_grants: Vec<Missing>,
    /// UNLOGGED: on a standby there is no state to read.
    pub unlogged: bool,
}

/// What the current role may do with a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privileges {
    /// SELECT: read its state. Includes USAGE on its schema.
    pub select: bool,
    /// USAGE or UPDATE: nextval(). Includes USAGE on its schema.
    pub draw: bool,
    /// UPDATE: setval(). Includes USAGE on its schema.
    pub update: bool,
    /// Member of the role that owns it: ALTER SEQUENCE.
    pub alter: bool,
}

/// The column that a sequence belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The table's OID.
    pub table_oid: Oid,
    /// `schema.table`, quoted.
    pub table: Arc<QuotedName>,
    /// The column's number.
    pub attnum: i16,
    /// The column, quoted.
    pub column: QuotedName,
    /// Identity (an internal dependency) and not OWNED BY.
    pub identity: bool,
    /// What the column draws from instead, where it does not draw from this sequence: the names of the
    /// sequences, or empty where it draws from none. `None` where the column draws from this sequence, and
    /// where what it draws from cannot be told.
    pub unused: Option<Box<[QuotedName]>>,
}

/// A role that may insert but may not draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The role, quoted, or `PUBLIC`.
    pub role: QuotedName,
    /// The table that it may INSERT into, quoted.
    pub table: Arc<QuotedName>,
}

/// How a column takes its values from a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// GENERATED … AS IDENTITY.
    Identity,
    /// The sequence is owned by the column and drawn by its default.
    Serial,
    /// Drawn by the default, and owned by another column or by none.
    Default,
    /// Drawn by the default of the column's domain.
    Domain,
    /// The default calls a function that draws.
    Function,
    /// A BEFORE INSERT trigger assigns it.
    Trigger,
    /// reseq.toml says so.
    Declared,
}

impl Via {
    /// The word of the JSON output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Serial => "serial",
            Self::Default => "default",
            Self::Domain => "domain",
            Self::Function => "function",
            Self::Trigger => "trigger",
            Self::Declared => "declared",
        }
    }
}

/// A column that takes its values from a sequence.
#[derive(Clone, Debug)]
pub struct Link {
    /// The sequence that it draws from.
    pub sequence: SequenceId,
    /// How.
    pub via: Via,
    /// The table's OID. For a partitioned or inherited table this is the uppermost one that has the link,
    /// and its rows are those of the whole tree.
    pub table_oid: Oid,
    /// `schema.table`, quoted.
    pub table: Arc<QuotedName>,
    /// The column's number.
    pub attnum: i16,
    /// The column, quoted.
    pub column: QuotedName,
    /// The column's type. Most links of a database share a few.
    pub column_type: Arc<ColumnType>,
    /// How a value of the column is made from a value of the sequence. Most links share one.
    pub mapping: Arc<Mapping>,
    /// Which unique index holds the column.
    pub unique: Uniqueness,
    /// An index whose first key is the column, that covers every row (partial ones only where they say
    /// IS NOT NULL), on every leaf: max() and min() need not read the table.
    pub indexed: bool,
    /// How many locks reading the table takes: itself and each index, over all leaves.
    pub locks: u32,
    /// The tables that hold the rows, where there are several (partitions, inheritance children) or a foreign one;
    /// empty for a plain table.
    pub leaves: Arc<[Leaf]>,
    /// Columns of other tables that copy this one by a foreign key and are narrower than `bigint`.
    pub foreign_keys: Vec<ForeignKeyColumn>,
    /// Why the column cannot be read, where it cannot: a missing privilege or row security, with the
    /// statement that would help.
    pub unreadable: Option<Box<Unreadable>>,
}

/// Why a column cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What stands in the way.
    pub reason: String,
    /// What would help, as SQL or as an option.
    pub hint: String,
}

/// A table that holds rows of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its OID.
    pub oid: Oid,
    /// `schema.table`, quoted.
    pub name: QuotedName,
    /// How many locks reading it takes: itself and each of its indexes.
    pub locks: u32,
    /// A foreign table: its rows lie elsewhere.
    pub foreign: bool,
}

/// The type of a linked column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnType {
    /// As `format_type()` writes it.
    pub name: Box<str>,
    /// What it can hold, domains looked through.
    pub storage: Storage,
    /// The collation that tells which letters are the same, where values count as equal that differ in upper and
    /// lower case only: those of citext, and those with a nondeterministic collation (manual, section 24.2.2.4), of
    /// which it is taken for granted.
    pub ignores_case: Option<&'static str>,
}

/// What a column's type can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Storage {
    /// smallint, integer or bigint.
    Integer(IntegerType),
    /// numeric; with a precision, that many digits before the point (precision − scale).
    Numeric(Option<u16>),
    /// text, varchar, char; with a length limit in characters.
    Text(Option<u32>),
    /// real or double precision: whole numbers are exact up to 2^24 or 2^53.
    Float {
        /// The largest n up to which every whole number is exact.
        exact: i64,
    },
    /// Anything else: values are not compared with the sequence.
    Other,
}

impl Storage {
    /// The smallest and largest whole number that the column holds; `None` without a limit.
    pub fn range(self) -> Option<(i128, i128)> {
        match self {
            Self::Integer(integer) => Some((integer.min().into(), integer.max().into())),
            Self::Numeric(Some(digits)) if digits < 38 => {
                let limit = 10_i128.pow(u32::from(digits)) - 1;
                Some((-limit, limit))
            }
            Self::Float { exact } => Some((-i128::from(exact), exact.into())),
            Self::Numeric(_) | Self::Text(_) | Self::Other => None,
        }
    }
}

/// How far a unique index guards the column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Uniqueness {
    /// No unique index holds the column.
    #[default]
    None,
    /// A primary key, unique constraint or unique index on the column alone, covering every row.
    Whole {
        /// The index, quoted, without its schema.
        index: QuotedName,
    },
    /// A unique index with further columns, or with a WHERE clause, or on some of the partitions only.
    Partly {
        /// The index, quoted, without its schema.
        index: QuotedName,
        /// The further columns or the WHERE clause, in words: `with tenant_id`, `where deleted_at is null`.
        how: Box<str>,
    },
}

/// A column that copies a linked column by a foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKeyColumn {
    /// `schema.table`, quoted.
    pub table: QuotedName,
    /// The column, quoted.
    pub column: QuotedName,
    /// Its type; narrower types bring the ceiling down.
    pub integer: IntegerType,
}

/// A column that seems to draw from a sequence that cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The table, quoted, with its schema; `None` for a function that no table uses.
    pub table: Option<QuotedName>,
    /// The column, quoted, where it is known.
    pub column: Option<QuotedName>,
    /// The sequence, where only the expression could not be turned round.
    pub sequence: Option<QuotedName>,
    /// The default's expression, the function or the trigger that draws.
    pub source: String,
    /// Why it could not be resolved.
    pub reason: String,
}

impl Link {
    /// The column in full: `public.orders.id`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }

    /// Whether some of the rows lie in foreign tables.
    pub fn has_foreign_tables(&self) -> bool {
        self.leaves.iter().any(|leaf| leaf.foreign)
    }

    /// Where `lane`, a lane of the sequence, comes out in this column.
    pub fn lane_in_column(&self, lane: Lane) -> Lane {
        self.mapping.lane(lane)
    }
}
