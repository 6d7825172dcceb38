//! Several steps of [`Method::Alter`] in one transaction.

use super::model::{Method, Step};
use super::statement::{FAR_CALLS, under_lock};
use crate::array::{array, text_array};
use crate::model::Oid;
use crate::template::fill;

/// The statements of several steps, in the order in which they are run: all sequences are locked, then all are set.
pub(crate) struct Together {
    /// OIDs of the sequences that are locked by saying again what they belong to: the parameter of [`Together::HOLD`].
    pub(crate) held: String,
    /// OIDs, names and CACHE of the sequences, and the tables and the numbers of the columns that they belong to: the
    /// parameters of [`Together::UNCHANGED`].
    pub(crate) sequences: [String; 5],
    /// One lock a sequence.
    pub(crate) locks: Vec<String>,
    /// Limits for what is read under the locks.
    pub(crate) limits: String,
    /// Sets all of them; one row a sequence, as [`Step::statement`] gives it.
    pub(crate) set: String,
    /// The parameters of that: see the file.
    pub(crate) parameters: [String; 8],
}

impl Together {
    /// Before everything else: what sequences belong to stays as it is from then on.
    pub(crate) const HOLD: &str = include_str!("sql/hold_together.sql");

    /// Before and after the locks: a lock may have waited for whoever gave the name to another sequence.
    pub(crate) const UNCHANGED: &str = include_str!("sql/unchanged_together.sql");

    /// Whether the statements can do such a step.
    pub(crate) fn takes(step: &Step) -> bool {
        step.method == Method::Alter && !step.definition.cycle && !step.state_by_usage && step.rows.len() <= 1
    }

    pub(crate) fn new(steps: &[&Step]) -> Self {
        let names: Vec<String> = steps.iter().map(|step| step.name.to_string()).collect();
        let oids = || array(steps.iter().map(|step| step.oid));
        let states: Vec<String> = (1..).zip(steps).map(|(place, step)| state(place, step)).collect();
        let row = |step: &&Step| step.rows.first().map_or((1, 0), |row| (row.factor, row.offset));
        let beyond =
            |step: &&Step| i128::from(step.definition.increment).abs() * (1 + i128::from(step.headroom));
        Self {
            held: array(steps.iter().filter(|step| step.is_locked_by_owner()).map(|step| step.oid)),
            sequences: [
                oids(),
                text_array(&names),
                array(steps.iter().map(|step| step.definition.cache)),
                array(steps.iter().map(|step| step.owner.as_ref().map_or(Oid(0), |owner| owner.table_oid))),
                array(steps.iter().map(|step| step.owner.as_ref().map_or(0, |owner| owner.attnum))),
            ],
            locks: steps.iter().filter_map(|step| step.lock_statement()).collect(),
            limits: under_lock("1", "100"),
            set: fill(
                include_str!("sql/set_together.sql"),
                &[("states", &states.join(" UNION ALL ")), ("far", &FAR_CALLS.to_string())],
            ),
            parameters: [
                oids(),
                array(steps.iter().map(|step| step.definition.increment)),
                array(steps.iter().map(|step| step.least_next())),
                array(steps.iter().map(|step| step.furthest_next())),
                array(steps.iter().map(|step| row(step).0)),
                array(steps.iter().map(|step| row(step).1)),
                array(steps.iter().map(beyond)),
                array(steps.iter().map(|step| step.leaves_uncalled())),
            ],
        }
    }
}

fn state(place: usize, step: &Step) -> String {
    let furthest = step.rows.first().map_or_else(
        || "NULL".to_owned(),
        |row| {
            let extreme = if step.definition.ascending() == (row.factor > 0) { "max" } else { "min" };
            fill(
                include_str!("sql/furthest_together.sql"),
                &[("extreme", extreme), ("column", row.column.as_str()), ("table", row.table.as_str())],
            )
        },
    );
    fill(
        include_str!("sql/state_together.sql"),
        &[
            ("place", &place.to_string()),
            ("furthest", &furthest),
            ("name", step.name.as_str()),
            ("oid", &step.oid.to_string()),
        ],
    )
}
