//! Carrying sequences to another server: reads both sides, plans, moves the target's forward.

mod cached;
mod claim;
mod create;
mod direction;
mod fence;
mod fence_ahead;
mod fence_privileges;
mod fence_record;
pub mod follow;
mod last;
mod left_out;
mod native;
mod not_replicated;
mod nothing;
mod pairing;
mod proof;
mod quiet;
mod read_only;
mod rehearsal;
mod replicated;
mod standby;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use crate::apply::{ApplyOptions, Outcome, Recorder, Status, apply};
use crate::catalog::{Catalog, Replication, Selection, SequenceId};
use crate::check::CheckOptions;
use crate::diagnose::{Report, diagnose};
use crate::model::{ObjectName, QuotedName};
use crate::observe::{Observations, Request, StateReading, observe, states};
use crate::plan::{
    self, Difference, FixOptions, IgnoreAbove, Least, Pair, Pairs, Part, Plan, SchemaMapping, Seen, Standing,
    Stays, differences, least, name_there, undrawn,
};
use crate::session::{Server, Sessions};
use crate::{Error, Result};

use direction::Direction;
use left_out::all_rules;
use pairing::{Paired, pair_up};

pub use claim::{FencingRun, fencing_run, refuse_second_fence};
pub use direction::OtherWay;
pub use fence::{Fenced, standing_fence};
pub use fence_ahead::{FenceAhead, SessionsOf};
pub use fence_record::FenceRecord;
pub use last::{FinishOptions, FinishStage, Finished, Last, Safety, finish};
pub use left_out::LeftOut;
pub use native::Native;
pub use not_replicated::{Idle, NotReplicated};
pub use proof::{Proof, Proven, ProvenColumn, Verdict};
pub use quiet::{Drawing, Quiet};
pub use read_only::is_read_only_by_default;
pub use rehearsal::{Hindrance, Rehearsal, rehearse};
pub use replicated::{Way, WayAhead};
pub use standby::behind;

/// Few or none draw from the target so far: from so many calls on it is quicker to alter a sequence.
const DRAW_LIMIT: u64 = 1_000;

/// What is carried, and how far.
#[derive(Clone, Debug, Default)]
pub struct CarryOptions {
    /// Which sequences of the source; all by default.
    pub selection: Selection,
    /// Only what these publications and subscriptions of the source replicate.
    pub replicated_by_source: Replication,
    /// The same of the target; what either has counts.
    pub replicated_by_target: Replication,
    /// Schemas that have another name on the target.
    pub schemas: Vec<SchemaMapping>,
    /// So many calls of nextval() the target is to be ahead of the source.
    pub margin: u64,
    /// Whether the source's columns are read only where they may make a difference to what [`look`] finds. Its catalogue
    /// may have no links then, which [`finish`] and [`Carrying::create`] need.
    pub sequences_suffice: bool,
    /// How the target is looked at; its `selection` is not used: what the source's sequences are paired with is.
    pub target: CheckOptions,
}

/// Both sides as they were seen.
#[derive(Clone, Debug)]
pub struct Carrying {
    /// Where the values come from.
    pub source: Source,
    /// Where they go to.
    pub target: Target,
    /// Which sequence is which.
    pub pairs: Pairs,
    /// Schemas that have another name on the target.
    pub schemas: Vec<SchemaMapping>,
    /// How definitions differ.
    pub differences: Vec<Difference>,
    /// Where the target's sequences have to come to at least.
    pub least: Least,
    /// What PostgreSQL 19's own synchronisation has done, one a subscription that has sequences.
    pub native: Vec<Native>,
    /// What was made for it on the target before it was looked at, or would be ([`Carrying::take_over`]).
    pub created: Vec<QuotedName>,
    /// What was to be made and cannot be.
    pub not_created: Vec<Stays>,
    /// Who follows the other way meanwhile, and takes what is carried for drawn.
    pub other_way: Option<OtherWay>,
}

/// The source as it was seen.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where.
    pub server: Server,
    /// What there is.
    pub catalog: Catalog,
    /// One reading a sequence.
    pub states: Vec<StateReading>,
    /// By what it is seen to be behind its primary, where that was asked ([`behind`]): what it hands on is too little.
    pub behind: Option<String>,
}

/// The target as it was seen.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where.
    pub server: Server,
    /// What there is.
    pub catalog: Catalog,
    /// States and rows of the sequences that have a counterpart.
    pub observations: Observations,
    /// What is wrong with them.
    pub report: Report,
    /// Which rows were left out, as was asked for.
    pub ignore_above: Vec<IgnoreAbove>,
    /// Which rows were left out beside, because they lie far beyond the rest.
    pub far: Vec<IgnoreAbove>,
    /// What that leaves out of what the sequences come to one day.
    pub left_out: Vec<LeftOut>,
}

/// Looks at both sides, at once. Changes nothing; the source is only read, and nobody there waits for it.
///
/// # Errors
/// [`Error::Usage`] for names and patterns that mean nothing, and where both sides are the same database; else what ends
/// the whole run.
pub fn look(source: &mut Sessions, target: &mut Sessions, options: &CarryOptions) -> Result<Carrying> {
    let Paired {
        source: source_catalog,
        meant,
        states: known,
        target: target_catalog,
        mut pairs,
        ignore_above,
    } = pair_up(source, target, options)?;
    let of_target = flags(&target_catalog, pairs.found.iter().map(|pair| pair.target));
    let request = options.request(&of_target, &ignore_above);
    let (states, mut observations) = at_once(
        || {
            let selected = || flags(&source_catalog, pairs.found.iter().map(|pair| pair.source));
            known.map_or_else(|| states(source, &source_catalog, &selected()), Ok)
        },
        || observe(target, &target_catalog, &request),
    )?;
    leave_out_dropped(&mut pairs, &states, &observations);
    let direction = Direction::between(source.server(), target.server(), &options.schemas);
    let other_way = direction.other_way(source, target)?;
    let standing = Standing { catalog: &source_catalog, states: &states };
    let least = least(standing, &target_catalog, &pairs.found, options.margin);
    let (far, left_out) = left_out::look(
        target,
        &target_catalog,
        &request,
        &options.target.findings,
        &least.values,
        &mut observations,
    )?;
    let native = {
        let there = pairs.found.iter().filter_map(|pair| {
            Some((ObjectName::parse(target_catalog.sequence(pair.target).name.as_str())?, pair.source))
        });
        native::native(source, &source_catalog, target, &there.collect())?
    };
    let report = diagnose(&target_catalog, &observations, &options.target.findings);
    let differences = pairs
        .found
        .iter()
        .flat_map(|pair| {
            let mut found = differences(&source_catalog, &target_catalog, *pair);
            found.extend(undrawn((&source_catalog, &meant), &target_catalog, *pair, &options.schemas));
            found
        })
        .collect();
    Ok(Carrying {
        source: Source { server: source.server().clone(), catalog: source_catalog, states, behind: None },
        target: Target {
            server: target.server().clone(),
            catalog: target_catalog,
            observations,
            report,
            ignore_above,
            far,
            left_out,
        },
        pairs,
        schemas: options.schemas.clone(),
        differences,
        least,
        native,
        created: Vec::new(),
        not_created: Vec::new(),
        other_way,
    })
}

impl CarryOptions {
    /// How these sequences of the target are looked at.
    fn request<'a>(&self, selected: &'a [bool], ignore_above: &'a [IgnoreAbove]) -> Request<'a> {
        Request {
            selected,
            scan_limit: self.target.scan_limit,
            foreign_tables: self.target.foreign_tables,
            ignore_above,
            detail: self.target.detail,
            nearly_used_up: self.target.findings.thresholds.error,
        }
    }
}

impl Carrying {
    /// Plans to move the target's sequences; `options.least` and `options.ignore_above` are taken from what was seen.
    pub fn plan(&self, options: &FixOptions) -> Plan {
        let seen = Seen {
            catalog: &self.target.catalog,
            observations: &self.target.observations,
            report: &self.target.report,
        };
        plan::carry(seen, &self.pairs.found, &self.fix_options(options))
    }

    /// Whether every sequence of the source was read and has a counterpart that can go on where it stops, as far as rows
    /// count.
    pub fn stands_for_all(&self) -> bool {
        self.pairs.missing.is_empty()
            && self.least.unread.is_empty()
            && self.obstacles().next().is_none()
            && self.taken().next().is_none()
    }

    /// Those of the source that the target lacks after this came of it: also those that were dropped there meanwhile.
    pub fn missing_after(&self, outcome: &Outcome) -> Vec<SequenceId> {
        let mut missing = self.pairs.missing.clone();
        missing.extend(self.dropped_meanwhile(outcome));
        missing.sort_unstable();
        missing
    }

    /// Those of the source whose counterpart was dropped while it was moved.
    pub(crate) fn dropped_meanwhile(&self, outcome: &Outcome) -> Vec<SequenceId> {
        let dropped = outcome.sequences.iter().filter(|repair| repair.status == Status::Gone);
        let dropped: HashSet<SequenceId> = dropped.map(|repair| repair.id).collect();
        let pairs = self.pairs.found.iter().filter(|pair| dropped.contains(&pair.target));
        pairs.map(|pair| pair.source).collect()
    }

    /// What a missing sequence would be called on the target, and what the source calls it where that differs.
    pub fn called(&self, missing: SequenceId) -> (String, Option<&QuotedName>) {
        let name = &self.source.catalog.sequence(missing).name;
        let mapped = self.schemas.iter().any(|mapping| mapping.renames() && mapping.maps(name));
        match name_there(name, &self.schemas) {
            Some(there) if mapped => (there.to_string(), Some(name)),
            _ => (name.to_string(), None),
        }
    }

    /// The differences for which nothing may be carried: the target could not go on where the source stops.
    pub fn obstacles(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| difference.part.stops())
    }

    /// Columns of the source that draw from their sequence, and whose namesakes on the target do not: inserts without a
    /// value would fail or collide there. Those of tables that the selection leaves out do not count.
    pub fn undrawn(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| difference.part == Part::Column)
    }

    /// What `--ignore-above` leaves out although it stands in the way: the next value of its sequence is taken.
    pub fn taken(&self) -> impl Iterator<Item = &LeftOut> {
        self.target.left_out.iter().filter(|left_out| left_out.calls_left == 0)
    }

    /// Moves the target's sequences as planned, and looks at them again. The receipt is written into the folder
    /// `receipts` where there is anything to do.
    ///
    /// # Errors
    /// [`Error::Refused`] where a sequence of the target ends before the source's or goes the other way: nothing was
    /// changed. Else as [`apply`].
    pub fn apply(
        &self,
        target: &mut Sessions,
        plan: Plan,
        options: &ApplyOptions,
        receipts: &Path,
    ) -> Result<Outcome> {
        self.refuse_obstacles()?;
        let recorder = Recorder::begin(receipts, "carry", target.server(), &plan)?;
        let options = ApplyOptions { fix: self.fix_options(&options.fix), ..options.clone() };
        apply(target, &self.target.catalog, plan, &options, recorder)
    }

    fn fix_options(&self, options: &FixOptions) -> FixOptions {
        FixOptions {
            least: Arc::clone(&self.least.values),
            to_end: self.least.to_end.clone(),
            ends_held: true,
            ignore_above: all_rules(&self.target.far, &self.target.ignore_above),
            draw_limit_of_owner: DRAW_LIMIT,
            carries: true,
            ..options.clone()
        }
    }

    fn refuse_obstacles(&self) -> Result<()> {
        let Some(first) = self.obstacles().next() else { return Ok(()) };
        let name = &self.target.catalog.sequence(first.pair.target).name;
        let number = self.obstacles().count();
        let more = if number > 1 { format!(", and {} more like it", number - 1) } else { String::new() };
        Err(Error::Refused {
            message: format!(
                "{name} of the target cannot go on where the source stops: {} {} there, {} here{more}",
                first.part.words(),
                first.source,
                first.target
            ),
            hint: Some("alter it on the target first, or leave it out with -T or -s".to_owned()),
        })
    }
}

/// What was dropped on the target since its catalogue was read is missing there; what was dropped on both, is not.
fn leave_out_dropped(pairs: &mut Pairs, states: &[StateReading], observations: &Observations) {
    let is_gone = |pair: &mut Pair| *observations.state(pair.target) == StateReading::Vanished;
    let gone = pairs.found.extract_if(.., is_gone).map(|pair| pair.source);
    pairs.missing.extend(gone.filter(|source| states[source.0] != StateReading::Vanished));
    pairs.missing.sort_unstable();
}

/// One flag a sequence of the catalogue.
fn flags(catalog: &Catalog, ids: impl Iterator<Item = SequenceId>) -> Vec<bool> {
    let mut flags = vec![false; catalog.sequences.len()];
    ids.for_each(|id| flags[id.0] = true);
    flags
}

/// Does two things on two servers at the same time.
fn at_once<A: Send, B>(
    source: impl FnOnce() -> Result<A> + Send,
    target: impl FnOnce() -> Result<B>,
) -> Result<(A, B)> {
    thread::scope(|scope| {
        let source = scope.spawn(source);
        let target = target();
        let source = source.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((source?, target?))
    })
}
