//! One sequence, with everything that was read and computed of it.

use crate::catalog::{Bound, Catalog, Ceiling, Link, LinkId, Sequence, SequenceId, Usage};
use crate::model::{Lane, State};
use crate::observe::{Observation, Observations, Reading, StateReading};

use super::{Diagnosis, NoTarget, Options, target};

/// What the checks look at.
pub(super) struct Subject<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) observations: &'a Observations,
    pub(super) options: &'a Options,
    pub(super) id: SequenceId,
    pub(super) sequence: &'a Sequence,
    /// Where it stands; `None` where that could not be read.
    pub(super) state: Option<State>,
    pub(super) ceiling: Ceiling,
    /// `None` without a state.
    pub(super) usage: Option<Usage>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        observations: &'a Observations,
        options: &'a Options,
        id: SequenceId,
    ) -> Self {
        let sequence = catalog.sequence(id);
        let state = match *observations.state(id) {
            StateReading::Known(state) => Some(state),
            _ => None,
        };
        let ceiling = Ceiling::of(catalog, id);
        let usage = state.map(|state| ceiling.usage(&sequence.definition, state));
        Self { catalog, observations, options, id, sequence, state, ceiling, usage }
    }

    /// The figures, without findings.
    pub(super) fn diagnosis(&self) -> Diagnosis {
        Diagnosis {
            sequence: self.id,
            next_value: self.next_value(),
            ceiling: self.ceiling.value,
            used_percent: self.usage.map(|usage| usage.percent()),
            room: self.usage.map(|usage| usage.room()),
            findings: Vec::new(),
        }
    }

    /// What the next nextval() returns.
    pub(super) fn next_value(&self) -> Option<i64> {
        self.sequence.definition.next_value(self.state?)
    }

    /// The values that it can still reach, up to its own bound.
    pub(super) fn lane(&self) -> Option<Lane> {
        self.sequence.definition.lane(self.state?)
    }

    /// Where it must go.
    pub(super) fn target(&self) -> Result<i64, NoTarget> {
        target(self.catalog, self.observations, self.id, 0)
    }

    /// The linked columns.
    pub(super) fn links(&self) -> impl Iterator<Item = &'a Link> + use<'a> {
        self.catalog.links_of(self.id).iter()
    }

    /// The linked columns with what was seen of them.
    pub(super) fn observed(&self) -> impl Iterator<Item = (&'a Link, &'a Observation)> + use<'a> {
        let (catalog, observations) = (self.catalog, self.observations);
        let ids = self.sequence.links.clone().map(LinkId);
        ids.map(move |id| (catalog.link(id), observations.link(id)))
    }

    /// The linked columns that were read.
    pub(super) fn readings(&self) -> impl Iterator<Item = (&'a Link, &'a Reading)> + use<'a> {
        self.observed().filter_map(|(link, observation)| match observation {
            Observation::Seen(reading) => Some((link, reading)),
            _ => None,
        })
    }

    /// Whether the sequence starts again at the end of its own bound, and meets no other bound before.
    pub(super) fn never_ends(&self) -> bool {
        self.sequence.definition.cycle && self.ceiling.bound == Bound::Sequence
    }
}
