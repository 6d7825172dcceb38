//! Turns results into text. Pure: what is written goes to a writer or a string, and nothing is printed.

mod carry;
mod carry_last;
mod change;
pub mod csv;
mod fix;
mod follow;
mod gaps;
pub mod json;
pub mod markdown;
pub mod nagios;
mod receipts;
mod saved;
mod standby;
mod summary;
#[cfg(test)]
mod testing;
pub mod text;

use crate::Checked;
use crate::catalog::SequenceId;
use crate::diagnose::Finding;

pub use carry::{write_carry_json, write_finished_json, write_rehearsal_json};
pub use change::write_change_json;
pub use follow::write_follow_json;
pub use gaps::write_gaps_json;
pub use receipts::{write_receipt_json, write_receipts_json};
pub use saved::write_saved_json;
pub use summary::Summary;

impl Checked {
    /// The quoted name of a sequence.
    fn name(&self, sequence: SequenceId) -> &str {
        self.catalog.sequence(sequence).name.as_str()
    }

    /// Every finding with its sequence, worst first, those of no sequence last.
    fn worst_first(&self) -> impl Iterator<Item = (Option<SequenceId>, Finding)> {
        let diagnoser = self.diagnoser();
        let of_sequences = self.report.worst_first().into_iter().flat_map(move |verdict| {
            let findings = diagnoser.diagnosis(verdict.sequence).findings.into_iter();
            findings.map(|finding| (Some(verdict.sequence), finding))
        });
        of_sequences.chain(self.report.findings.iter().map(|finding| (None, finding.clone())))
    }
}
