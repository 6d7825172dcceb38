//! Turns results into text. Pure: what is written goes to a writer or a string, and nothing is printed.

pub mod csv;
mod fix;
pub mod json;
pub mod markdown;
pub mod nagios;
mod summary;
#[cfg(test)]
mod testing;
pub mod text;

use crate::catalog::Catalog;
use crate::diagnose::{Diagnosis, Finding, Report};
use crate::observe::Observations;
use crate::session::Server;

pub use fix::write_fix_json;
pub use summary::Summary;

/// One database after it was checked: what every format is made from.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// Where.
    pub server: &'a Server,
    /// What there is.
    pub catalog: &'a Catalog,
    /// What was seen of it.
    pub observations: &'a Observations,
    /// What is wrong with it.
    pub report: &'a Report,
}

impl<'a> From<&'a crate::Checked> for Checked<'a> {
    fn from(checked: &'a crate::Checked) -> Self {
        let crate::Checked { server, catalog, observations, report, .. } = checked;
        Self { server, catalog, observations, report }
    }
}

impl<'a> Checked<'a> {
    /// The quoted name of a sequence.
    fn name(&self, diagnosis: &Diagnosis) -> &'a str {
        self.catalog.sequence(diagnosis.sequence).name.as_str()
    }

    /// Every finding with its sequence, worst first, those of no sequence last.
    fn worst_first(&self) -> impl Iterator<Item = (Option<&'a Diagnosis>, &'a Finding)> + use<'a> {
        let report = self.report;
        let of_sequences = report
            .worst_first()
            .into_iter()
            .flat_map(|diagnosis| diagnosis.findings.iter().map(move |finding| (Some(diagnosis), finding)));
        of_sequences.chain(report.findings.iter().map(|finding| (None, finding)))
    }
}
