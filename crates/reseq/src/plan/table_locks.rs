//! Locks of several tables, taken so that nobody else falls victim to a deadlock.

use super::change::{Act, Work};
use crate::template::fill;

/// The acts that lock tables, in this order: the first is waited for with nothing in hand, the others for a short time
/// only. [`crate::apply::change`] begins its next try with the one that was not had.
///
/// `tables` are written as LOCK TABLE takes them (`ONLY public.t`); tables that refer to others are best named before
/// those: whoever inserts a row locks the table that it refers to second.
pub(super) fn lock_tables(tables: &[String], mode: &str, lock: String) -> Vec<Act> {
    let act = |table: &String| {
        let sql = format!("LOCK TABLE {table} IN {mode} MODE");
        Act::new(format!("lock {}", table.trim_start_matches("ONLY ")), Work::LockTable(sql))
    };
    let mut acts: Vec<Act> = tables.iter().map(act).collect();
    if let Some(first) = acts.first_mut() {
        first.lock = lock;
        let patience = Work::Run(fill(include_str!("sql/lock_patience.sql"), &[]));
        acts.insert(1, Act::new("wait a short time only for what else is locked", patience));
    }
    acts
}
