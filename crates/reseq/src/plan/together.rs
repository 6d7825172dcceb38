//! Several steps of [`Method::Alter`](super::Method) in one transaction.

use super::model::Step;
use super::statement::under_lock;
use crate::array::{array, text_array};

/// Makes sure that names mean the sequences that they meant: see the file for its parameters.
const UNCHANGED: &str = include_str!("sql/unchanged_together.sql");

/// The statements of several steps, in the order in which they are run: all sequences are locked, then all are set.
pub(crate) struct Together {
    /// OIDs, names and CACHE of the sequences: the parameters of [`Together::UNCHANGED`].
    pub(crate) sequences: [String; 3],
    /// One lock a sequence.
    pub(crate) locks: Vec<String>,
    /// Limits for what is read under the locks.
    pub(crate) limits: String,
    /// Sets all of them; one row a sequence, as [`Step::statement`] gives it.
    pub(crate) set: String,
}

impl Together {
    /// Before and after the locks: a lock may have waited for whoever gave the name to another sequence.
    pub(crate) const UNCHANGED: &str = UNCHANGED;

    pub(crate) fn new(steps: &[&Step]) -> Self {
        let names: Vec<String> = steps.iter().map(|step| step.name.to_string()).collect();
        let statements: Vec<String> = steps.iter().map(|step| step.statement()).collect();
        Self {
            sequences: [
                array(steps.iter().map(|step| step.oid)),
                text_array(&names),
                array(steps.iter().map(|step| step.definition.cache)),
            ],
            locks: steps.iter().filter_map(|step| step.lock_statement()).collect(),
            limits: under_lock("1", "100"),
            set: statements.join(" UNION ALL "),
        }
    }
}
