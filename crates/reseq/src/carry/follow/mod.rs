//! Keeps the target's sequences ahead of the source's until it is told to stop.

mod distance;
mod ends;
mod rate;
mod told;

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

pub use told::{Drawing, Event, Problem, Side, Status};

use distance::Stand;
use ends::{Ends, Failed, on};
use rate::{Rate, margin};

use super::{CarryOptions, Carrying, look};
use crate::Result;
use crate::apply::{ApplyOptions, Outcome, forward, refuse_standby};
use crate::catalog::Ceiling;
use crate::model::{Oid, QuotedName};
use crate::observe::StateReading;
use crate::plan::{FixOptions, Pair, Plan, Seen, next_value};
use crate::session::Sessions;

/// So many of those that draw fastest are told.
const FASTEST: usize = 5;

/// What is followed, and how closely.
#[derive(Clone, Debug)]
pub struct FollowOptions {
    /// What is carried; its `margin` is not used.
    pub carry: CarryOptions,
    /// How often both ends are looked at.
    pub interval: Duration,
    /// So many calls the target is kept ahead of the source; `None` for 1000, or what is drawn in twice the interval.
    pub margin: Option<u64>,
}

/// A follower that has looked at both ends once.
#[derive(Debug)]
pub struct Follower {
    ends: Ends,
    options: FollowOptions,
    seen: Carrying,
    drawn: HashMap<Oid, Drawn>,
    ticks: u64,
    moved: u64,
}

/// What is known of a sequence of the source from one tick to the next.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    next: i128,
    at: Instant,
    rate: Rate,
}

impl Follower {
    /// Looks at both ends for the first time.
    ///
    /// # Errors
    /// As [`look`]; [`Error::Server`] where the target is a standby.
    pub fn new(mut source: Sessions, mut target: Sessions, options: FollowOptions) -> Result<Self> {
        refuse_standby(target.server())?;
        let margin = margin(options.margin, Rate::default(), options.interval);
        let first = CarryOptions { margin, ..options.carry.clone() };
        let seen = look(&mut source, &mut target, &first)?;
        let ends = Ends::new(source, target);
        Ok(Self { ends, options, seen, drawn: HashMap::new(), ticks: 0, moved: 0 })
    }

    /// What was seen, and where the target has to come to.
    pub fn seen(&self) -> &Carrying {
        &self.seen
    }

    /// Catches the target up as planned, with a receipt. What comes after has none: it would fill the disk.
    ///
    /// # Errors
    /// As [`Carrying::apply`].
    pub fn catch_up(&mut self, plan: &Plan, options: &ApplyOptions, receipts: &Path) -> Result<Outcome> {
        self.seen.apply(&mut self.ends.target, plan.clone(), options, receipts)
    }

    /// Keeps the target ahead until the interrupt of its sessions is triggered. Whatever fails on the way is told and
    /// tried again, for ever.
    pub fn run(mut self, fix: &FixOptions, tell: &mut dyn FnMut(&Event)) {
        while self.go_on(fix, tell).is_ok() {}
        tell(&Event::Ended { ticks: self.ticks, moved: self.moved });
    }

    /// One tick and the pause after it.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    fn go_on(&mut self, fix: &FixOptions, tell: &mut dyn FnMut(&Event)) -> Result<()> {
        let interrupt = self.ends.interrupt();
        let began = Instant::now();
        match self.tick(fix) {
            Ok(status) => {
                self.ends.are_well();
                self.ticks += 1;
                self.moved += status.moved as u64;
                tell(&Event::Tick(Status { took: began.elapsed(), ..status }));
                interrupt.pause(self.options.interval.saturating_sub(began.elapsed()))
            }
            Err(failed) => self.ends.take_up(failed, tell),
        }
    }

    fn tick(&mut self, fix: &FixOptions) -> Result<Status, Failed> {
        let carry = CarryOptions { margin: 0, ..self.options.carry.clone() };
        let seen = look(&mut self.ends.source, &mut self.ends.target, &carry);
        self.seen = seen.map_err(|error| on(self.ends.cut_off())(error))?;
        let mut status = Status { followed: self.seen.pairs.found.len(), ..Status::default() };
        self.seen.least.values.clear();
        for pair in self.seen.pairs.found.clone() {
            self.aim(pair, &mut status);
        }
        let plan = self.move_forward(fix);
        for (_, moved) in plan {
            match moved {
                Ok(0) => {}
                Ok(_) => status.moved += 1,
                Err(error) => return Err(Failed { side: Side::Target, error }),
            }
        }
        status.fastest.sort_by(|a, b| b.calls_per_second.total_cmp(&a.calls_per_second));
        status.fastest.truncate(FASTEST);
        Ok(status)
    }

    /// Finds out how far the target of a pair has to go.
    fn aim(&mut self, pair: Pair, status: &mut Status) {
        let (source, target) = (&self.seen.source, &self.seen.target);
        let (ours, theirs) = (source.catalog.sequence(pair.source), target.catalog.sequence(pair.target));
        let (StateReading::Known(from), StateReading::Known(to)) =
            (&source.states[pair.source.0], target.observations.state(pair.target))
        else {
            return;
        };
        let ceiling = Ceiling::of(&target.catalog, pair.target).value.into();
        let from = next_value(&ours.definition, *from, ceiling);
        let (Some(from), Some(to)) = (from, theirs.definition.next_value(*to)) else { return };
        let now = Instant::now();
        let before = self.drawn.get(&ours.oid).copied();
        let rate = before.map_or_else(Rate::default, |before| {
            let calls = Stand { source: before.next, target: from }.lead(&ours.definition);
            before.rate.after(calls, now - before.at)
        });
        self.drawn.insert(ours.oid, Drawn { next: from, at: now, rate });
        let stand = Stand { source: from, target: to.into() };
        let margin = margin(self.options.margin, rate, self.options.interval);
        let lead = stand.lead(&ours.definition);
        let lag = u64::try_from(-lead).unwrap_or(0);
        if lag > status.lag {
            (status.lag, status.behind) = (lag, Some(theirs.name.clone()));
        }
        if before.is_some_and(|before| before.next != from) {
            status.drawing += 1;
            status.fastest.push(Drawing { sequence: ours.name.clone(), calls_per_second: rate.per_second() });
        }
        if let Some(least) = stand.least(&ours.definition, margin, (&theirs.definition, ceiling)) {
            self.seen.least.values.insert(theirs.oid, least);
        }
    }

    fn move_forward(&mut self, fix: &FixOptions) -> Vec<(QuotedName, Result<u64>)> {
        let target = &self.seen.target;
        let seen =
            Seen { catalog: &target.catalog, observations: &target.observations, report: &target.report };
        let fix = FixOptions { least: self.seen.least.values.clone(), ..fix.clone() };
        let plan = crate::plan::carry(seen, &self.seen.pairs.found, &[], &fix);
        let moved = forward(&mut self.ends.target, &plan.steps);
        moved.into_iter().map(|(id, moved)| (target.catalog.sequence(id).name.clone(), moved)).collect()
    }
}
