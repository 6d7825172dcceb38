//! A database that was checked, for the tests of the formats.

use crate::Checked;
use crate::diagnose::{Options, diagnose};
use crate::fixture::{Database, server};

/// The database with all findings.
pub(super) fn checked(database: &Database) -> Checked {
    let (catalog, observations) = (database.catalog.clone(), database.observations.clone());
    let report = diagnose(&catalog, &observations, &Options::default());
    Checked { server: server(), catalog, observations, report, ignore_above: Vec::new() }
}
