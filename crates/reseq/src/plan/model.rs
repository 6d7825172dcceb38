//! A plan as plain data. Any plan can be shown as a psql script ([`super::script`]).

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalog::{Owner, SequenceId};
use crate::diagnose::Code;
use crate::model::{Definition, Oid, QuotedName, State};

/// What is to be done, and what is left alone and why.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One step a sequence, in the catalogue's order.
    pub steps: Vec<Step>,
    /// The sequences that need nothing, as far as could be seen.
    pub right: Vec<SequenceId>,
    /// Since when rows may have come in ahead of those ([`crate::observe::Observations::since`]).
    pub since: Option<Box<str>>,
    /// What was asked for and will not be done, or not in full.
    pub remaining: Vec<Remaining>,
}

/// Moves one sequence forward. Its statements are made when they are needed ([`Step::statement`]): there may be
/// 100,000 steps.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which sequence of the catalogue.
    pub sequence: SequenceId,
    /// Its OID.
    pub oid: Oid,
    /// Its quoted name.
    pub name: QuotedName,
    /// What CREATE SEQUENCE said of it.
    pub definition: Arc<Definition>,
    /// The column that it belongs to.
    pub owner: Option<Arc<Owner>>,
    /// How it is moved.
    pub method: Method,
    /// Where the sequence stood when the plan was made.
    pub before: State,
    /// The next value after the step, or a later one of the lane where others draw meanwhile; with `uses_up` the last
    /// value that is used up.
    pub target: i64,
    /// The sequence goes to its end: nothing of what lies up to the ceiling is left.
    pub uses_up: bool,
    /// How many calls of nextval() lie between.
    pub calls: u64,
    /// The last value that the sequence may come to: its own bound or that of a column.
    pub ceiling: i64,
    /// How many calls are left from the target on, where the sequence is nearly used up then
    /// ([`crate::diagnose::little_left`]).
    pub little_left: Option<u64>,
    /// How many of the calls are to spare (`--headroom`).
    pub headroom: u64,
    /// Columns that are read once more while the sequence is locked ([`Method::Alter`] only).
    pub rows: Box<[Row]>,
    /// The role may draw from the sequence but not read it.
    pub state_by_usage: bool,
    /// Why this method.
    pub reason: Cow<'static, str>,
}

/// A linked column whose furthest row one index probe finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The table, quoted.
    pub table: Arc<QuotedName>,
    /// The column, quoted.
    pub column: QuotedName,
    /// 1, or -1 where the column counts the other way round.
    pub factor: i64,
    /// What the default adds to `factor` times the sequence's value.
    pub offset: i128,
    /// How many locks reading it takes.
    pub locks: u32,
}

/// How a sequence is moved forward. The first two are free of races by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// nextval() as often as needed: needs USAGE, blocks nobody, never goes back.
    Draw,
    /// ALTER SEQUENCE … OWNED BY or CACHE, with what it has, stops nextval(), then state and rows are read again and the
    /// sequence is set, in one transaction: needs ownership.
    Alter,
    /// One conditional setval(): needs UPDATE; its race is one of microseconds and of the whole gap.
    Setval,
}

/// A sequence that stays as it is although something is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Which.
    pub sequence: SequenceId,
    /// The finding that remains.
    pub code: Code,
    /// Why it is not repaired.
    pub reason: String,
    /// What helps.
    pub hint: String,
    /// A privilege is missing, the repair is partly done and the rest cannot be (`CACHE` of other sessions), or
    /// something could not be looked at: the run is incomplete.
    pub incomplete: bool,
}

/// `--ignore-above`: rows beyond this value are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreAbove {
    /// The sequence, or `None` for all.
    pub sequence: Option<Oid>,
    /// The last value of the linked column that counts (the smallest one for a descending sequence).
    pub value: i128,
}
