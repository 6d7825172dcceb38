//! Keeps the target's sequences ahead of the source's until it is told to stop.
//!
//! Each tick takes one cheap statement on each end, which tells whose block was accessed, whose lock is held and whose
//! file is another one (`watch`). Only those, and for some ticks more, are read; and in turn all, with the rows of their
//! columns, once a minute. A target is moved where less than half of its margin is left. What it lacks is made, where that
//! is wanted (`creating`). Nothing is done beside a follower that goes the other way (`marked`).

mod creating;
mod distance;
mod ends;
mod known;
mod marked;
mod moving;
mod rate;
mod told;
mod trace;
mod turn;
mod watch;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use marked::Marked;
pub use told::{Altered, Began, Created, Drawing, Event, Problem, SetBack, Side, Status};

use creating::Creating;
use ends::{Ends, Failed, on};
use known::Known;
use marked::Mark;
use rate::{Rate, margin};
use watch::{Watched, fingerprint, watch};

use super::direction::OtherWay;
use super::{CarryOptions, Carrying, at_once, look};
use crate::Result;
use crate::apply::{ApplyOptions, Outcome, refuse_standby};
use crate::plan::{FixOptions, Plan};
use crate::session::{Session, Sessions};

/// For so many ticks a sequence is read that somebody has touched: the counts come late.
const HOT: u32 = 3;

/// How often the definitions are compared where no file has changed: names, owners and privileges.
const DEFINITIONS_EVERY: Duration = Duration::from_secs(5);

/// How often the catalogues are read in any case, for what columns draw from a sequence.
const CATALOGUES_EVERY: Duration = Duration::from_secs(300);

/// Where all sequences are read at each tick, that takes no more than this part of the time.
const BLIND_PART: u32 = 10;

/// And the pause is not longer than this.
const BLIND_PAUSE: Duration = Duration::from_secs(60);

/// What is followed, and how closely.
#[derive(Clone, Debug)]
pub struct FollowOptions {
    /// What is carried; its `margin` is not used.
    pub carry: CarryOptions,
    /// How often both ends are looked at.
    pub interval: Duration,
    /// So many calls the target is kept ahead of the source; `None` for 1000, or what is drawn in twice the interval.
    pub margin: Option<u64>,
    /// The folder for the receipts of what is created where the target lacks it; `None` to create nothing.
    pub create: Option<PathBuf>,
}

impl FollowOptions {
    /// For the look at both ends that a follower begins with.
    pub fn first_look(&self) -> CarryOptions {
        let margin = margin(self.margin, Rate::default(), self.interval);
        CarryOptions { margin, ..self.carry.clone() }
    }
}

/// A follower that has looked at both ends once.
#[derive(Debug)]
pub struct Follower {
    ends: Ends,
    options: FollowOptions,
    marked: Marked,
    seen: Carrying,
}

impl Follower {
    /// Looks at both ends for the first time.
    ///
    /// # Errors
    /// As [`Marked::begin`] and [`look`]; [`crate::Error::Server`] where the target is a standby.
    pub fn new(mut source: Sessions, mut target: Sessions, options: FollowOptions) -> Result<Self> {
        refuse_standby(target.server())?;
        let marked = Marked::begin(&mut source, &mut target, &options.carry)?;
        let seen = look(&mut source, &mut target, &options.first_look())?;
        Ok(Self::after(source, target, options, marked, seen))
    }

    /// The same where they have been marked and looked at already ([`FollowOptions::first_look`]).
    pub fn after(
        source: Sessions,
        target: Sessions,
        options: FollowOptions,
        marked: Marked,
        seen: Carrying,
    ) -> Self {
        Self { ends: Ends::new(source, target), options, marked, seen }
    }

    /// What was seen, and where the target has to come to.
    pub fn seen(&self) -> &Carrying {
        &self.seen
    }

    /// Catches the target up as planned, with a receipt. What comes after has none: it would fill the disk.
    ///
    /// # Errors
    /// As [`Carrying::apply`].
    pub fn catch_up(&mut self, plan: Plan, options: &ApplyOptions, receipts: &Path) -> Result<Outcome> {
        self.seen.apply(&mut self.ends.target, plan, options, receipts)
    }

    /// Keeps the target ahead until the interrupt of its sessions is triggered. Whatever fails on the way is told and
    /// tried again, for ever.
    pub fn run(self, fix: &FixOptions, tell: &mut dyn FnMut(&Event)) {
        let (now, interval) = (Instant::now(), self.options.interval);
        let creating = self.options.create.as_deref().map(Creating::new);
        let mut running = Running {
            ends: self.ends,
            options: self.options,
            marked: self.marked,
            fix,
            known: Known::from_first(self.seen),
            creating,
            watched: Default::default(),
            definitions: Default::default(),
            definitions_at: now,
            catalogues_at: now,
            last_tick: now,
            period: interval,
            turn: 0,
            blind: false,
            was_away: false,
        };
        let (source, target) = (running.ends.source.server().clone(), running.ends.target.server().clone());
        tell(&Event::Began(Box::new(Began { source, target })));
        let (mut ticks, mut moved) = (0, 0);
        while let Ok(status) = running.go_on(tell) {
            ticks += u64::from(status.is_some());
            moved += status.map_or(0, |status| status.moved as u64);
        }
        tell(&Event::Ended { ticks, moved });
    }
}

/// A follower that goes on.
struct Running<'a> {
    ends: Ends,
    options: FollowOptions,
    marked: Marked,
    fix: &'a FixOptions,
    known: Known,
    /// Where what the target lacks is to be made.
    creating: Option<Creating>,
    /// Source and target at the last glance.
    watched: [Watched; 2],
    /// Their fingerprints.
    definitions: [String; 2],
    definitions_at: Instant,
    catalogues_at: Instant,
    last_tick: Instant,
    /// From the tick before to this one: longer than the interval where it takes longer.
    period: Duration,
    /// Whose turn it is.
    turn: usize,
    blind: bool,
    /// Something failed since the last tick: what was drawn meanwhile was drawn in a long time.
    was_away: bool,
}

impl Running<'_> {
    /// One tick and the pause after it; `None` where something failed and was taken up.
    ///
    /// # Errors
    /// [`crate::Error::Interrupted`].
    fn go_on(&mut self, tell: &mut dyn FnMut(&Event)) -> Result<Option<Status>> {
        let interrupt = self.ends.interrupt();
        let began = Instant::now();
        match self.tick(tell) {
            Ok(status) => {
                self.ends.are_well();
                self.was_away = false;
                let status = Status { took: began.elapsed(), ..status };
                tell(&Event::Tick(status.clone()));
                interrupt.pause(self.pause_after(began.elapsed()))?;
                Ok(Some(status))
            }
            Err(failed) => {
                self.ends.take_up(failed, tell)?;
                (self.was_away, self.last_tick) = (true, Instant::now());
                Ok(None)
            }
        }
    }

    fn pause_after(&self, took: Duration) -> Duration {
        let period = if self.blind {
            self.options.interval.max((took * BLIND_PART).min(BLIND_PAUSE))
        } else {
            self.options.interval
        };
        period.saturating_sub(took)
    }

    fn tick(&mut self, tell: &mut dyn FnMut(&Event)) -> Result<Status, Failed> {
        let (source, target) = (&mut self.ends.source, &mut self.ends.target);
        let marked = &mut self.marked;
        let seen = at_once(
            || Ok(glance(&mut marked.source, source.first()).map_err(on(Side::Source))),
            || Ok(glance(&mut marked.target, target.first()).map_err(on(Side::Target))),
        );
        let (source, target) = seen.map_err(on(Side::Target))?;
        let ((source, seen_there), (target, seen_here)) = (source?, target?);
        if let Some(other) = seen_there.or(seen_here) {
            return Ok(self.give_way(other));
        }
        let watched = [source, target];
        let anew = self.is_to_be_read(&watched)?;
        if anew {
            self.read_anew(tell)?;
        }
        if self.create_missing(anew, tell)? {
            self.read_anew(tell)?;
        }
        self.warm(&watched);
        self.watched = watched;
        self.period = self.last_tick.elapsed().max(self.options.interval);
        self.last_tick = Instant::now();
        let places = self.followed_by_turn();
        self.follow(&places, tell)
    }

    /// Leaves all to one that goes the other way. What that does to the source is not drawn.
    fn give_way(&mut self, other: OtherWay) -> Status {
        for followed in &mut self.known.followed {
            followed.drawn = None;
        }
        Status { followed: self.known.followed.len(), other_way: Some(other), ..Status::default() }
    }

    /// Whether the catalogues are no longer what they were.
    fn is_to_be_read(&mut self, watched: &[Watched; 2]) -> Result<bool, Failed> {
        let same_files = watched.iter().zip(&self.watched).all(|(now, before)| now.same_files(before));
        if same_files && self.definitions_at.elapsed() < DEFINITIONS_EVERY {
            return Ok(false);
        }
        self.definitions_at = Instant::now();
        let definitions = [
            fingerprint(self.ends.source.first()).map_err(on(Side::Source))?,
            fingerprint(self.ends.target.first()).map_err(on(Side::Target))?,
        ];
        let same = definitions == self.definitions;
        self.definitions = definitions;
        Ok(!same || self.catalogues_at.elapsed() >= CATALOGUES_EVERY)
    }

    fn read_anew(&mut self, tell: &mut dyn FnMut(&Event)) -> Result<(), Failed> {
        let read = Known::read(&mut self.ends.source, &mut self.ends.target, &self.options.carry);
        let read = read.map_err(|error| {
            // Else nothing would be read where nothing changes any more.
            self.definitions = Default::default();
            on(self.ends.cut_off())(error)
        })?;
        self.catalogues_at = Instant::now();
        let before = std::mem::replace(&mut self.known, read);
        let altered = self.known.take_over(before);
        if let Some(creating) = &mut self.creating {
            creating.take_renamed(&altered, &self.known.source);
        }
        if altered != Altered::default() {
            tell(&Event::Altered(altered));
        }
        Ok(())
    }

    /// Takes note of who was touched.
    fn warm(&mut self, [source, target]: &[Watched; 2]) {
        self.blind = source.blind;
        let known = &mut self.known;
        for followed in &mut known.followed {
            followed.heat = followed.heat.saturating_sub(1);
        }
        let mut locked = vec![false; known.followed.len()];
        for glance in &source.glances {
            let Some(&place) = known.sources.get(&glance.oid) else { continue };
            locked[place] |= glance.locked;
            if known.followed[place].source.take(*glance) {
                known.followed[place].heat = HOT;
            }
        }
        for glance in &target.glances {
            let Some(&place) = known.targets.get(&glance.oid) else { continue };
            locked[place] |= glance.locked;
            if known.followed[place].target.take(*glance) {
                known.followed[place].heat = HOT;
            }
        }
        for (followed, locked) in known.followed.iter_mut().zip(locked) {
            followed.take_locked(locked, &known.target.sequence(followed.pair.target).name);
        }
    }

    /// Whom it is to look at, and whether in full.
    fn followed_by_turn(&mut self) -> Vec<(usize, bool)> {
        let known = &self.known;
        let all = known.followed.len();
        let mut in_full: Vec<bool> = known.followed.iter().map(|followed| followed.fresh).collect();
        let share = turn::share(all, self.period);
        turn::next(all, self.turn, share).for_each(|place| in_full[place] = true);
        self.turn = (self.turn + share) % all.max(1);
        let wanted = |place: &usize| {
            let followed = &known.followed[*place];
            // Whoever draws from a locked one waits for the lock as well.
            followed.locked == 0 && (self.blind || in_full[*place] || followed.heat > 0)
        };
        (0..all).filter(wanted).map(|place| (place, in_full[place])).collect()
    }
}

/// What an end shows at a glance, and who goes the other way there.
fn glance(mark: &mut Mark, session: &mut Session) -> Result<(Watched, Option<OtherWay>)> {
    let other = mark.keep(session)?;
    Ok((watch(session)?, other))
}
