//! The moment of the switch: waits until the source hands out nothing, carries exactly, and proves it.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use super::claim::Claim;
use super::fence::{Fence, Fenced};
use super::not_replicated::{self, NotReplicated};
use super::proof::Proof;
use super::quiet::{self, Quiet};
use super::replicated::{self, Way};
use super::{CarryOptions, Carrying, flags, look};
use crate::apply::{ApplyOptions, Outcome};
use crate::catalog::{Catalog, SequenceId};
use crate::model::{Oid, State};
use crate::observe::StateReading;
use crate::plan::{Method, Plan};
use crate::session::{Server, Sessions, is_same};
use crate::{Error, Result};

/// How it is finished.
#[derive(Clone, Debug)]
pub struct FinishOptions {
    /// What is carried; for the last time with this margin.
    pub carry: CarryOptions,
    /// How the target's sequences are moved.
    pub apply: ApplyOptions,
    /// How long it is waited for the source to be quiet, and then for its rows to arrive.
    pub wait: Duration,
    /// Whether the source's database is made read-only for it, and the sessions in it ended. That stands where the
    /// switch is safe, and else is undone; a fence that stood for a switch completed before stands in any case.
    pub fence: bool,
}

/// How far it has come, for those who show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinishStage {
    /// Most is carried while the source goes on.
    CarryingBefore,
    /// The source is made read-only.
    Fencing,
    /// It is waited for the source to be quiet.
    WaitingForQuiet,
    /// It is waited for rows that are on the way to the target.
    WaitingForRows,
    /// The rest is carried.
    CarryingExactly,
    /// Both sides are looked at for the last time.
    Proving,
    /// The run ended before its end, and the source is as it was.
    FenceLifted,
    /// The same of one that was read-only by default before.
    ReadOnlyAsBefore,
}

impl std::fmt::Display for FinishStage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CarryingBefore => "moving sequences while the source goes on",
            Self::Fencing => "making the source read-only",
            Self::WaitingForQuiet => "waiting until the source hands out nothing",
            Self::WaitingForRows => "waiting until all rows have arrived",
            Self::CarryingExactly => "moving sequences to where the source stopped",
            Self::Proving => "looking at both servers once more",
            Self::FenceLifted => "the source takes writes again",
            Self::ReadOnlyAsBefore => "the source is read-only by default, as it was before",
        })
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What was carried while the source went on; `None` where nothing was to be.
    pub before: Option<Outcome>,
    /// What became of the fence, where one was asked for.
    pub fence: Option<Fenced>,
    /// What came of waiting for the source.
    pub quiet: Quiet,
    /// The ways of logical replication to the target, and whether all rows have arrived on them.
    pub ways: Vec<Way>,
    /// What is on none of them.
    pub not_replicated: NotReplicated,
    /// What was carried then, and what is proven; `None` where the source was not quiet, or not all rows arrived.
    pub last: Option<Last>,
}

/// What was done while the source was quiet.
#[derive(Clone, Debug)]
pub struct Last {
    /// What was carried.
    pub outcome: Outcome,
    /// Both sides as they were seen in the end.
    pub carrying: Carrying,
    /// What is proven by it.
    pub proof: Proof,
}

/// Whether the applications may move over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Every sequence of the target goes on after the source's, with a value that is not taken.
    Safe,
    /// One does not, or the source goes on.
    NotSafe,
    /// Not everything could be looked at or finished.
    NotProven,
}

impl Finished {
    /// The sequences of which sessions of the source may hold values in advance (CACHE), and write rows with them later. A
    /// fence has ended those sessions.
    pub fn may_be_held(&self) -> &[SequenceId] {
        if self.fence.is_some() { &[] } else { &self.quiet.may_be_held }
    }

    /// Whether everything that was to be moved could be: no privilege was missing, and nothing was cut off.
    pub fn is_complete(&self) -> bool {
        self.last.as_ref().is_none_or(|Last { outcome, .. }| outcome.complete && !outcome.interrupted)
    }

    /// Whether the applications may move over.
    pub fn safety(&self) -> Safety {
        let Some(Last { outcome, carrying, proof }) = &self.last else {
            return if self.quiet.states.is_some() { Safety::NotProven } else { Safety::NotSafe };
        };
        let lacks = !carrying.pairs.missing.is_empty() || carrying.undrawn().next().is_some();
        if lacks || proof.not_safe().next().is_some() {
            Safety::NotSafe
        } else if proof.sequences.is_empty()
            || !proof.holds()
            || !outcome.complete
            || outcome.interrupted
            || carrying.other_way.is_some()
            || self.fence.as_ref().is_some_and(|fence| fence.broken.is_some())
        {
            Safety::NotProven
        } else if outcome.anything_remains() || !carrying.stands_for_all() {
            Safety::NotSafe
        } else {
            Safety::Safe
        }
    }
}

/// Carries for the last time: what `plan` says while the source goes on; then waits until that is quiet, carries the rest
/// exactly and looks at both sides once more. `first` is what the plan was made of.
///
/// # Errors
/// [`Error::Usage`] where no sequence of the source is selected, [`Error::Refused`] where the target lacks a sequence or
/// one cannot go on where the source's stops, [`Error::Unable`] where the source's were not read or a follower goes the
/// other way, [`Error::Server`] for a standby as source: nothing was changed. Else what ends the
/// whole run.
pub fn finish(
    source: &mut Sessions,
    target: &mut Sessions,
    first: &Carrying,
    plan: Plan,
    options: &FinishOptions,
    receipts: &Path,
    progress: &mut dyn FnMut(FinishStage),
) -> Result<Finished> {
    refuse_standby_source(source.server())?;
    first.refuse_nothing()?;
    let claim = if options.fence {
        refuse_fence_around_both(source, target)?;
        Some(Claim::take(source)?)
    } else {
        None
    };
    first.refuse_what_is_not_whole()?;
    progress(FinishStage::CarryingBefore);
    let before = first.carry_before(target, plan, options, receipts)?;
    let finished = if let Some(claim) = claim {
        progress(FinishStage::Fencing);
        let mut fence = Fence::prepare(claim, receipts)?;
        let raised = fence.raise(source, options.wait);
        let finished = raised.and_then(|()| hand_over(source, target, first, options, receipts, progress));
        settle(fence, source, finished, progress)?
    } else {
        hand_over(source, target, first, options, receipts, progress)?
    };
    Ok(Finished { before, ..finished })
}

/// Waits until the source is quiet, carries the rest and proves it.
fn hand_over(
    source: &mut Sessions,
    target: &mut Sessions,
    first: &Carrying,
    options: &FinishOptions,
    receipts: &Path,
    progress: &mut dyn FnMut(FinishStage),
) -> Result<Finished> {
    progress(FinishStage::WaitingForQuiet);
    let selected = flags(&first.source.catalog, first.pairs.found.iter().map(|pair| pair.source));
    let quiet = quiet::wait(source, &first.source.catalog, &selected, options.wait)?;
    let mut finished = Finished {
        before: None,
        fence: None,
        quiet,
        ways: Vec::new(),
        not_replicated: NotReplicated::default(),
        last: None,
    };
    let Some(states) = &finished.quiet.states else { return Ok(finished) };
    let mut stood = by_oid(&first.source.catalog, states);
    progress(FinishStage::WaitingForRows);
    finished.ways = replicated::wait(source, target, options.wait)?;
    if finished.ways.iter().any(|way| way.hindrance.is_some()) {
        return Ok(finished);
    }
    progress(FinishStage::CarryingExactly);
    let carrying = look(source, target, &options.carry)?;
    // What transactions have created that were open when the run began.
    for (sequence, state) in by_oid(&carrying.source.catalog, &carrying.source.states) {
        stood.entry(sequence).or_insert(state);
    }
    let plan = carrying.plan(&options.apply.fix);
    let outcome = carrying.apply(target, plan, &options.apply, receipts)?;
    target.interrupt().check()?;
    let not_held = not_held(&carrying, &outcome);
    progress(FinishStage::Proving);
    let carrying = look(source, target, &options.carry)?;
    let ways: Vec<_> = finished.ways.iter().map(|way| way.subscription.as_str()).collect();
    finished.not_replicated = not_replicated::look_for(target.first(), &carrying, &ways)?;
    let proof = Proof::of(&carrying, &stood, &not_held);
    Ok(Finished { last: Some(Last { outcome, carrying, proof }), ..finished })
}

/// The target's sequences of which nobody held values in advance when they stood where they had to come to: nobody had
/// called them, or ALTER SEQUENCE has ended that. What was drawn since lies behind that.
fn not_held(seen: &Carrying, outcome: &Outcome) -> HashSet<Oid> {
    let target = &seen.target;
    let uncalled = by_oid(&target.catalog, &target.observations.states);
    let uncalled = uncalled.into_iter().filter(|(_, state)| !state.is_called).map(|(oid, _)| oid);
    let altered = outcome.sequences.iter().filter(|one| one.method == Method::Alter && one.status.is_right());
    uncalled.chain(altered.map(|one| target.catalog.sequence(one.id).oid)).collect()
}

/// Leaves the fence standing where the applications may move over, and lifts it where they stay.
fn settle(
    mut fence: Fence,
    source: &Sessions,
    finished: Result<Finished>,
    progress: &mut dyn FnMut(FinishStage),
) -> Result<Finished> {
    let finished = finished.and_then(|finished| {
        let is_safe = finished.safety() == Safety::Safe && fence.has_stood(source)?;
        if is_safe {
            fence.complete()?;
        }
        Ok((finished, is_safe))
    });
    match finished {
        Ok((finished, true)) => Ok(Finished { fence: Some(fence.leave_standing()), ..finished }),
        Ok((finished, false)) => Ok(Finished { fence: Some(fence.lift(source)?), ..finished }),
        Err(error) => {
            let stage = match (fence.stands_for_good(), fence.was_on()) {
                (true, _) => None,
                (false, true) => Some(FinishStage::ReadOnlyAsBefore),
                (false, false) => Some(FinishStage::FenceLifted),
            };
            let error = fence.lift_after(error, source)?;
            stage.into_iter().for_each(progress);
            Err(error)
        }
    }
}

/// Around two schemas of one database a fence would keep everybody out.
pub(super) fn refuse_fence_around_both(source: &mut Sessions, target: &mut Sessions) -> Result<()> {
    if !is_same(source.first(), target.first())? {
        return Ok(());
    }
    Err(Error::Usage {
        message: "source and target are one database: a fence around it would keep writers from both"
            .to_owned(),
        hint: Some("stop what writes to the source's schema yourself, without --fence".to_owned()),
    })
}

impl Carrying {
    /// What can be carried before, so that little is left to do when the source stands still.
    fn carry_before(
        &self,
        target: &mut Sessions,
        plan: Plan,
        options: &FinishOptions,
        receipts: &Path,
    ) -> Result<Option<Outcome>> {
        if plan.steps.is_empty() {
            return Ok(None);
        }
        // Rows in flight are waited for in the end.
        let options = ApplyOptions { wait: Duration::ZERO, ..options.apply.clone() };
        let outcome = self.apply(target, plan, &options, receipts)?;
        target.interrupt().check()?;
        Ok(Some(outcome))
    }

    /// Refuses where it is seen before that the target would not be safe.
    pub(super) fn refuse_what_is_not_whole(&self) -> Result<()> {
        if let Some(other) = &self.other_way {
            return Err(other.refusal());
        }
        self.refuse_obstacles()?;
        let named = |id: crate::catalog::SequenceId| &self.source.catalog.sequence(id).name;
        if let Some(missing) = self.pairs.missing.first() {
            let (there, here) = self.called(*missing);
            let more = and_more(self.pairs.missing.len());
            let of_source = here.map(|name| format!(", which is to take after {name} of the source,"));
            return Err(Error::Refused {
                message: format!("{there}{} is not on the target{more}", of_source.unwrap_or_default()),
                hint: Some(
                    "add --create, which makes what is missing, or leave it out (-t, -T, -s)".to_owned(),
                ),
            });
        }
        if let Some(undrawn) = self.undrawn().next() {
            let more = and_more(self.undrawn().count());
            let sequence = &self.target.catalog.sequence(undrawn.pair.target).name;
            return Err(Error::Refused {
                message: format!(
                    "{} takes its values from {sequence} on the source, and not on the target{more}",
                    undrawn.source
                ),
                hint: Some(
                    "have the column draw from it on the target first: without that, inserts fail there or collide; \
                     or leave its table out with -T"
                        .to_owned(),
                ),
            });
        }
        if let Some(taken) = self.taken().next() {
            let more = and_more(self.taken().count());
            let sequence = &self.target.catalog.sequence(taken.sequence).name;
            return Err(Error::Refused {
                message: format!(
                    "the next value of {sequence} is in row {} of {}, which --ignore-above leaves out{more}",
                    taken.row, taken.column
                ),
                hint: Some("leave out less".to_owned()),
            });
        }
        if let Some(unread) = self.least.unread.first() {
            let more = and_more(self.least.unread.len());
            return Err(Error::Unable {
                message: format!("{} of the source: {}{more}", named(unread.sequence), unread.reason),
                hint: Some(unread.hint.clone()),
            });
        }
        Ok(())
    }
}

fn and_more(number: usize) -> String {
    if number > 1 { format!(", and {} more like it", number - 1) } else { String::new() }
}

/// Who draws on a primary is not seen on its standby.
pub(super) fn refuse_standby_source(server: &Server) -> Result<()> {
    if !server.in_recovery {
        return Ok(());
    }
    let from = server.primary.as_ref().map(|from| format!(" ({from})")).unwrap_or_default();
    let Server { database, host, port, .. } = server;
    Err(Error::Server(format!(
        "{database} on {host}:{port} is a standby, where nobody sees who draws: for the last time, carry from the \
         primary{from}"
    )))
}

fn by_oid(catalog: &Catalog, states: &[StateReading]) -> HashMap<Oid, State> {
    let known = catalog.iter().zip(states).filter_map(|((_, sequence), state)| match state {
        StateReading::Known(state) => Some((sequence.oid, *state)),
        _ => None,
    });
    known.collect()
}
