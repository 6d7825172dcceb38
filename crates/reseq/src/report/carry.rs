//! What `carry --format json` says. The schema is `schema/carry.schema.json`; fields are added over time, never renamed.

use std::io::{self, Write};

use serde::Serialize;

use super::carry_last::FinalObject;
use super::json::{ServerObject, VERSION};
use crate::apply::Outcome;
use crate::carry::{Carrying, Finished, LeftOut, Native, OtherWay, Rehearsal, Safety};
use crate::model::{QuotedName, State};
use crate::observe::StateReading;
use crate::plan::{Difference, Pair, Part, Plan, Stays, Unread};

#[derive(Serialize)]
struct Document<'a> {
    reseq: &'static str,
    source: ServerObject<'a>,
    target: ServerObject<'a>,
    safe: Option<bool>,
    pairs: Vec<PairObject<'a>>,
    missing: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_replicated: Vec<&'a str>,
    #[serde(skip_serializing_if = "<[QuotedName]>::is_empty")]
    created: &'a [QuotedName],
    #[serde(skip_serializing_if = "<[Stays]>::is_empty")]
    not_created: &'a [Stays],
    #[serde(skip_serializing_if = "<[Native]>::is_empty")]
    native: &'a [Native],
    differences: Vec<DifferenceObject<'a>>,
    unread: Vec<UnreadObject<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOutObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_way: Option<&'a OtherWay>,
    #[serde(flatten)]
    outcome: &'a Outcome,
    #[serde(rename = "final", skip_serializing_if = "Option::is_none")]
    last: Option<FinalObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rehearsal: Option<&'a Rehearsal>,
}

/// A sequence on both sides.
#[derive(Serialize)]
struct PairObject<'a> {
    source: &'a str,
    target: &'a str,
    source_state: Option<State>,
    source_next_value: Option<i64>,
    least: Option<i64>,
    /// How many calls of the margin it gets, where that is less than the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    less_margin: Option<u64>,
}

#[derive(Serialize)]
struct DifferenceObject<'a> {
    source: &'a str,
    target: &'a str,
    part: Part,
    stops: bool,
    on_source: &'a str,
    on_target: &'a str,
}

/// Rows of the target that its sequence does not go past.
#[derive(Serialize)]
struct LeftOutObject<'a> {
    sequence: &'a str,
    column: &'a str,
    row: i128,
    calls_left: u128,
    asked_for: bool,
}

#[derive(Serialize)]
struct UnreadObject<'a> {
    sequence: &'a str,
    reason: &'a str,
    hint: &'a str,
}

/// Writes one object and a line end: what became of a carry or, with [`Outcome::planned`], the plan alone. `safe` says
/// whether the applications may move over; `None` where nobody asked.
///
/// # Errors
/// Those of the writer.
pub fn write_carry_json(
    writer: impl Write,
    carrying: &Carrying,
    safe: Option<bool>,
    outcome: &Outcome,
) -> io::Result<()> {
    write_document(writer, &carrying.document(safe, outcome))
}

/// The same of a carry for the last time; `first` is what was seen in the beginning.
///
/// # Errors
/// Those of the writer.
pub fn write_finished_json(writer: impl Write, first: &Carrying, finished: &Finished) -> io::Result<()> {
    let nothing = Outcome::planned(&first.target.catalog, Plan::default());
    let (carrying, outcome) = match &finished.last {
        Some(last) => (&last.carrying, &last.outcome),
        None => (first, finished.before.as_ref().unwrap_or(&nothing)),
    };
    let document = carrying.document(Some(finished.safety() == Safety::Safe), outcome);
    let document = Document {
        created: &first.created,
        not_created: &first.not_created,
        last: Some(FinalObject::of(first, finished)),
        ..document
    };
    write_document(writer, &document)
}

/// The same of one that is rehearsed, with the plan.
///
/// # Errors
/// Those of the writer.
pub fn write_rehearsal_json(
    writer: impl Write,
    carrying: &Carrying,
    rehearsal: &Rehearsal,
    planned: &Outcome,
) -> io::Result<()> {
    write_document(writer, &Document { rehearsal: Some(rehearsal), ..carrying.document(None, planned) })
}

fn write_document(writer: impl Write, document: &Document<'_>) -> io::Result<()> {
    let mut writer = io::BufWriter::new(writer);
    serde_json::to_writer(&mut writer, document)?;
    writeln!(writer)?;
    writer.flush()
}

impl Carrying {
    fn document<'a>(&'a self, safe: Option<bool>, outcome: &'a Outcome) -> Document<'a> {
        let source = &self.source.catalog;
        Document {
            reseq: VERSION,
            source: ServerObject::of_source(&self.source.server),
            target: ServerObject::of(&self.target.server),
            safe,
            pairs: self.pairs.found.iter().map(|pair| self.pair_object(*pair)).collect(),
            missing: self
                .missing_after(outcome)
                .iter()
                .map(|id| source.sequence(*id).name.as_str())
                .collect(),
            not_replicated: self
                .pairs
                .not_replicated
                .iter()
                .map(|id| source.sequence(*id).name.as_str())
                .collect(),
            created: &self.created,
            not_created: &self.not_created,
            native: &self.native,
            differences: self.differences.iter().map(|one| self.difference_object(one)).collect(),
            unread: self.least.unread.iter().map(|one| self.unread_object(one)).collect(),
            left_out: self.target.left_out.iter().map(|one| self.left_out_object(one)).collect(),
            behind: self.source.behind.as_deref(),
            other_way: self.other_way.as_ref(),
            outcome,
            last: None,
            rehearsal: None,
        }
    }

    fn pair_object(&self, pair: Pair) -> PairObject<'_> {
        let source = self.source.catalog.sequence(pair.source);
        let target = self.target.catalog.sequence(pair.target);
        let state = match self.source.states[pair.source.0] {
            StateReading::Known(state) => Some(state),
            _ => None,
        };
        let least = self.least.values.get(&target.oid);
        PairObject {
            source: source.name.as_str(),
            target: target.name.as_str(),
            source_state: state,
            source_next_value: state.and_then(|state| source.definition.next_value(state)),
            least: least.and_then(|least| i64::try_from(*least).ok()),
            less_margin: self.least.less_margin.get(&target.oid).copied(),
        }
    }

    fn difference_object<'a>(&'a self, difference: &'a Difference) -> DifferenceObject<'a> {
        DifferenceObject {
            source: self.source.catalog.sequence(difference.pair.source).name.as_str(),
            target: self.target.catalog.sequence(difference.pair.target).name.as_str(),
            part: difference.part,
            stops: difference.part.stops(),
            on_source: &difference.source,
            on_target: &difference.target,
        }
    }

    fn left_out_object<'a>(&'a self, left_out: &'a LeftOut) -> LeftOutObject<'a> {
        LeftOutObject {
            sequence: self.target.catalog.sequence(left_out.sequence).name.as_str(),
            column: left_out.column.as_str(),
            row: left_out.row,
            calls_left: left_out.calls_left,
            asked_for: left_out.asked_for,
        }
    }

    fn unread_object<'a>(&'a self, unread: &'a Unread) -> UnreadObject<'a> {
        UnreadObject {
            sequence: self.source.catalog.sequence(unread.sequence).name.as_str(),
            reason: &unread.reason,
            hint: &unread.hint,
        }
    }
}
