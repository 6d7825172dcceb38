//! A database that was checked, for the tests of the formats.

use super::Checked;
use crate::diagnose::{Options, Report, diagnose};
use crate::fixture::{Database, server};
use crate::session::Server;

/// Everything that a [`Checked`] refers to.
pub(super) struct Case {
    server: Server,
    database: Database,
    report: Report,
}

impl Case {
    pub(super) fn of(database: Database) -> Self {
        let report = diagnose(&database.catalog, &database.observations, &Options::default());
        Self { server: server(), database, report }
    }

    pub(super) fn checked(&self) -> Checked<'_> {
        let Database { catalog, observations } = &self.database;
        Checked { server: &self.server, catalog, observations, report: &self.report }
    }
}
