//! The switch rehearsed: what carrying for the last time would wait for, do and fail at, as far as that is known now.
//! Nothing is changed, and nothing waited for.

use std::path::Path;

use serde::Serialize;

use super::claim;
use super::last::{refuse_fence_around_both, refuse_standby_source};
use super::not_replicated::{self, NotReplicated};
use super::quiet::{self, Drawing};
use super::replicated::{self, WayAhead};
use super::{Carrying, FenceAhead, fence_ahead, flags};
use crate::session::Sessions;
use crate::{Error, Result};

/// What is known now of a switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rehearsal {
    /// Who draws from the source at this moment, or changes something: the switch waits for them.
    pub drawing: Vec<Drawing>,
    /// The ways of logical replication to the target that it waits for.
    pub replication: Vec<WayAhead>,
    /// What is on none of them.
    pub not_replicated: NotReplicated,
    /// What the fence would do, where one is asked for.
    pub fence: Option<FenceAhead>,
    /// What the switch would fail at, in that order. What remains of the plan is not among it.
    pub hindrances: Vec<Hindrance>,
}

/// Why the switch would not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hindrance {
    /// Why.
    pub message: String,
    /// What helps, as SQL or in words.
    pub hint: Option<String>,
    /// Whether something could not be done or looked at by it; else the target would not be safe.
    pub incomplete: bool,
}

impl Hindrance {
    /// What keeps from it, in words.
    ///
    /// # Errors
    /// What is neither [`Error::Unable`] nor [`Error::Refused`].
    pub(super) fn of(result: Result<()>) -> Result<Option<Self>> {
        match result {
            Err(Error::Unable { message, hint }) => Ok(Some(Self { message, hint, incomplete: true })),
            Err(Error::Refused { message, hint }) => Ok(Some(Self { message, hint, incomplete: false })),
            other => other.map(|()| None),
        }
    }
}

/// Looks at what [`super::finish`] would do with `first`. `receipts` is their folder, where records of fences are.
///
/// # Errors
/// [`Error::Usage`] where no sequence of the source is selected, and for a fence around both; [`Error::Server`] for a standby
/// as source. Else what ends the whole run.
pub fn rehearse(
    source: &mut Sessions,
    target: &mut Sessions,
    first: &Carrying,
    fence: bool,
    receipts: &Path,
) -> Result<Rehearsal> {
    refuse_standby_source(source.server())?;
    first.refuse_nothing()?;
    let mut held = None;
    if fence {
        refuse_fence_around_both(source, target)?;
        held = Hindrance::of(claim::refuse_if_held(source.first()))?;
    }
    let is_held = held.is_some();
    let mut hindrances: Vec<_> = held.into_iter().collect();
    hindrances.extend(Hindrance::of(first.refuse_what_is_not_whole())?);
    let fence = if fence {
        let (ahead, found) = fence_ahead::look(source, receipts, is_held)?;
        hindrances.extend(found);
        Some(ahead)
    } else {
        None
    };
    let catalog = &first.source.catalog;
    let drawing =
        quiet::now(source, catalog, &flags(catalog, first.pairs.found.iter().map(|pair| pair.source)))?;
    let replication = replicated::ahead(source, target)?;
    hindrances.extend(replication.iter().filter(|way| !way.enabled).map(WayAhead::is_disabled));
    let ways: Vec<_> = replication.iter().map(|way| way.subscription.as_str()).collect();
    let not_replicated = not_replicated::look_for(target.first(), first, &ways)?;
    Ok(Rehearsal { drawing, replication, not_replicated, fence, hindrances })
}

impl WayAhead {
    fn is_disabled(&self) -> Hindrance {
        Hindrance {
            message: format!("rows may be missing: the subscription {} is disabled", self.subscription),
            hint: Some("enable it, or drop it if it is not needed".to_owned()),
            incomplete: true,
        }
    }
}
