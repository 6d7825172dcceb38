//! What every command begins with: read the catalogue, look at the sequences and rows, say what is wrong.

use reseq::catalog::{self, Catalog};
use reseq::diagnose::{self, Report, diagnose};
use reseq::observe::{Observations, Request, observe};
use reseq::report::Checked;
use reseq::session::{Server, Sessions};

use crate::failure::Failure;
use crate::ui::Progress;

/// What was found in one database.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) server: Server,
    pub(crate) catalog: Catalog,
    pub(crate) observations: Observations,
    pub(crate) report: Report,
}

impl Looked {
    /// As the library's formats take it.
    pub(crate) fn checked(&self) -> Checked<'_> {
        let Self { server, catalog, observations, report } = self;
        Checked { server, catalog, observations, report }
    }
}

/// What is looked for.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) scan_limit: u64,
    pub(crate) findings: diagnose::Options,
}

impl Question {
    /// Looks at one database.
    pub(crate) fn look(&self, sessions: &mut Sessions, progress: &Progress) -> Result<Looked, Failure> {
        progress.doing("reading the catalogue");
        let catalog = catalog::read(sessions.first(), &[])?;
        let selected = vec![true; catalog.sequences.len()];
        progress.doing(format!("looking at {} sequences", selected.len()));
        let request =
            Request { selected: &selected, scan_limit: self.scan_limit, ignore_above: &[], detail: true };
        let observations = observe(sessions, &catalog, &request)?;
        let report = diagnose(&catalog, &observations, &self.findings);
        Ok(Looked { server: sessions.server().clone(), catalog, observations, report })
    }
}
