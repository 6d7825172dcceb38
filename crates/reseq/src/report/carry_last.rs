//! What `carry --final --format json` says beside what every carry says: `final` of `schema/carry.schema.json`.

use serde::Serialize;

use crate::apply::Outcome;
use crate::carry::{Carrying, Drawing, Fenced, Finished, NotReplicated, Proven, Way};
use crate::catalog::SequenceId;
use crate::model::QuotedName;

/// How it was finished.
#[derive(Serialize)]
pub(super) struct FinalObject<'a> {
    quiet: bool,
    waited_seconds: f64,
    drawing: &'a [Drawing],
    moved: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[QuotedName]>::is_empty")]
    written: &'a [QuotedName],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    may_be_held: Vec<&'a str>,
    fence: Option<&'a Fenced>,
    replication: &'a [Way],
    not_replicated: &'a NotReplicated,
    before: Option<&'a Outcome>,
    proof: Option<&'a [Proven]>,
}

impl<'a> FinalObject<'a> {
    /// `first` is what was seen in the beginning.
    pub(super) fn of(first: &'a Carrying, finished: &'a Finished) -> Self {
        let name = |id: &SequenceId| first.source.catalog.sequence(*id).name.as_str();
        Self {
            quiet: finished.quiet.states.is_some(),
            waited_seconds: finished.quiet.waited.as_secs_f64(),
            drawing: &finished.quiet.drawing,
            moved: finished.quiet.moved.iter().map(name).collect(),
            written: &finished.quiet.written,
            may_be_held: finished.may_be_held().iter().map(name).collect(),
            fence: finished.fence.as_ref(),
            replication: &finished.ways,
            not_replicated: &finished.not_replicated,
            before: finished.before.as_ref(),
            proof: finished.last.as_ref().map(|last| &*last.proof.sequences),
        }
    }
}
