//! Which columns are read once more while a sequence is locked.

use super::Repair;
use crate::catalog::{Link, LinkId, Storage};
use crate::observe::{Observation, Probe};
use crate::plan::{IgnoreAbove, Row};

/// A column is not read under the lock where that takes more locks than this: a tree of many partitions.
const MOST_LOCKS_UNDER_LOCK: u32 = 64;

impl Repair<'_> {
    /// The columns that one index probe each reads again under the lock.
    pub(super) fn rows(&self) -> Box<[Row]> {
        let ignoring = |rule: &IgnoreAbove| rule.sequence.is_none_or(|oid| oid == self.sequence.oid);
        if self.options.ignore_above.iter().any(ignoring) {
            return Box::default();
        }
        let links = self.sequence.links.clone().map(LinkId);
        links.filter_map(|id| row(self.catalog.link(id), self.observations.link(id))).collect()
    }
}

/// A link as a [`Row`], where its furthest row is found at once: by an index, without sorting out rows that the
/// default cannot have made.
fn row(link: &Link, observation: &Observation) -> Option<Row> {
    let Observation::Seen(reading) = observation else { return None };
    let at_once = reading.probe == Probe::Index
        && link.mapping.factor.abs() == 1
        && link.mapping.text.is_none()
        && matches!(link.column_type.storage, Storage::Integer(_))
        && link.locks <= MOST_LOCKS_UNDER_LOCK
        && !link.has_foreign_tables();
    at_once.then(|| Row {
        table: link.table.clone(),
        column: link.column.clone(),
        factor: if link.mapping.factor > 0 { 1 } else { -1 },
        offset: link.mapping.offset,
        locks: link.locks,
    })
}

#[cfg(test)]
mod tests {
    use super::super::FixOptions;
    use super::super::tests::{behind_by, only_step, plan_with};
    use super::*;
    use crate::plan::Method;

    #[test]
    fn a_large_gap_is_set_under_a_lock_that_looks_at_the_rows_again() {
        let step = only_step(behind_by(5_000_000));
        assert_eq!((step.method, step.target), (Method::Alter, 5_000_101));
        assert_eq!(step.rows.len(), 1);
        assert_eq!(step.lock_statement().unwrap(), "ALTER SEQUENCE public.t_id_seq OWNED BY public.t.id");
    }

    #[test]
    fn rows_that_were_left_out_are_not_looked_at_under_the_lock() {
        let ignore_above = vec![IgnoreAbove { sequence: None, value: 10_000_000 }];
        let options = FixOptions { ignore_above, ..FixOptions::default() };
        assert!(plan_with(&options, [behind_by(5_000_000)]).steps[0].rows.is_empty());
    }
}
