//! Where a sequence must go so that it meets no row.

use crate::catalog::{Catalog, Link, LinkId, SequenceId};
use crate::model::Lane;
use crate::observe::{Observation, Observations, StateReading};

use super::Ceiling;

/// Why there is no value to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTarget {
    /// The state of the sequence is not known.
    StateUnknown,
    /// The value lies past the ceiling.
    OutOfReach {
        /// The value needed; even past `bigint`.
        needed: i128,
        /// What it passes.
        ceiling: Ceiling,
    },
}

/// The next value that a sequence needs: the first of its lane after the rows of all its columns, and
/// `headroom` calls later. Where no row lies ahead it is the next value that it has.
///
/// # Errors
/// [`NoTarget`], where the state could not be read or the value lies past the ceiling.
pub fn target(
    catalog: &Catalog,
    observations: &Observations,
    id: SequenceId,
    headroom: u64,
) -> Result<i64, NoTarget> {
    let StateReading::Known(state) = *observations.state(id) else { return Err(NoTarget::StateUnknown) };
    let sequence = catalog.sequence(id);
    let definition = &sequence.definition;
    let step = i128::from(definition.increment);
    // Without a next value the lane starts past the bound, and whatever is needed is out of reach.
    let lane = definition
        .lane(state)
        .unwrap_or_else(|| Lane::new(i128::from(state.last_value) + step, step, definition.bound().into()));
    let mut needed = lane.next();
    for link in sequence.links.clone().map(LinkId) {
        if let Observation::Seen(reading) = observations.link(link)
            && let Some(extreme) = reading.extreme
        {
            let past = first_past(catalog.link(link), lane, extreme);
            if lane.is_after(past, needed) {
                needed = past;
            }
        }
    }
    needed = needed.saturating_add(i128::from(headroom) * step);

    let ceiling = Ceiling::of(catalog, id);
    match i64::try_from(needed) {
        Ok(target) if !lane.is_after(needed, ceiling.value.into()) => Ok(target),
        _ => Err(NoTarget::OutOfReach { needed, ceiling }),
    }
}

/// The first value of the lane, as a value of the sequence, after the row `extreme` of a linked column.
pub(super) fn first_past(link: &Link, lane: Lane, extreme: i128) -> i128 {
    let in_column = link.lane_in_column(lane).first_after(extreme);
    link.mapping.sequence_value(in_column, lane.step())
}
