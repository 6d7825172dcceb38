//! A plan as plain data. Any plan can be shown as a psql script ([`super::script`]).

use serde::{Deserialize, Serialize};

use crate::catalog::SequenceId;
use crate::diagnose::Code;
use crate::model::{Oid, QuotedName, State};

/// What is to be done, and what is left alone and why.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One step a sequence, in the catalogue's order.
    pub steps: Vec<Step>,
    /// What was asked for and will not be done.
    pub remaining: Vec<Remaining>,
}

/// Moves one sequence forward.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which sequence of the catalogue.
    pub sequence: SequenceId,
    /// Its OID.
    pub oid: Oid,
    /// Its quoted name.
    pub name: QuotedName,
    /// How.
    pub method: Method,
    /// Where the sequence stood when the plan was made.
    pub before: State,
    /// The next value after the step, or a later one of the lane where others draw meanwhile.
    pub target: i64,
    /// How many calls of nextval() lie between.
    pub calls: u64,
    /// The statement, as it is run.
    pub statement: String,
    /// The lock that it takes, and what waits for it, in words.
    pub lock: &'static str,
    /// Why this method.
    pub reason: String,
    /// What would put the sequence back, were it allowed to go backwards.
    pub undo: String,
}

/// How a sequence is moved forward. The first two are free of races by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// nextval() as often as needed: needs USAGE, blocks nobody, never goes back.
    Draw,
    /// ALTER SEQUENCE … CACHE, read again, ALTER SEQUENCE … RESTART, in one transaction: needs ownership.
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
    /// The repair is partly done and the rest cannot be (`CACHE` of other sessions), or something could
    /// not be looked at: the run is incomplete.
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
