//! What is known of both ends from tick to tick.

use std::collections::HashMap;
use std::time::Instant;

use super::rate::Rate;
use super::told::{Altered, Problem};
use super::trace::Trace;
use crate::Result;
use crate::carry::{CarryOptions, Carrying, Paired, pair_up};
use crate::catalog::{Catalog, SequenceId};
use crate::model::{Definition, Oid, QuotedName};
use crate::plan::{Difference, IgnoreAbove, Pair, differences};
use crate::session::Sessions;

/// A lock that lasts for so many ticks is told.
const LOCKED_FOR_LONG: u32 = 5;

/// Both catalogues, and what is followed.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) source: Catalog,
    pub(super) target: Catalog,
    pub(super) ignore_above: Vec<IgnoreAbove>,
    /// In the order of the source's catalogue.
    pub(super) followed: Vec<Followed>,
    /// What cannot be followed, though it is there.
    pub(super) left_out: Vec<Problem>,
    /// Those of the source that the target lacks.
    pub(super) missing: Vec<SequenceId>,
    /// The places of the sources in `followed`.
    pub(super) sources: HashMap<Oid, usize>,
    /// The places of the targets in `followed`.
    pub(super) targets: HashMap<Oid, usize>,
}

/// A sequence that is followed.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    pub(super) pair: Pair,
    pub(super) source: Trace,
    pub(super) target: Trace,
    /// For so many ticks more it is looked at.
    pub(super) heat: u32,
    /// For so many ticks it has been locked.
    pub(super) locked: u32,
    /// Its rows are to be looked at too, at the next tick.
    pub(super) fresh: bool,
    /// Where its source stood when it was read last.
    pub(super) drawn: Option<Drawn>,
    /// Its source has no value left then, and its target ends where that does.
    pub(super) used_up: bool,
    /// Where its target stood when it was read last.
    pub(super) reached: Option<i128>,
    /// By how many calls the target was ahead then, with what it was moved since.
    pub(super) lead: i128,
    /// What kept it from being moved.
    pub(super) problem: Option<Problem>,
    /// That was found by a look in full, and only another one tells that it is over.
    pub(super) found_in_full: bool,
}

/// A reading of the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    pub(super) next: i128,
    pub(super) at: Instant,
    pub(super) rate: Rate,
}

impl Followed {
    fn new(pair: Pair) -> Self {
        Self {
            pair,
            source: Trace::default(),
            target: Trace::default(),
            heat: 0,
            locked: 0,
            fresh: true,
            drawn: None,
            used_up: false,
            reached: None,
            lead: 0,
            problem: None,
            found_in_full: false,
        }
    }
}

impl Followed {
    /// It is looked at again, or without being asked for (`blind`) only where its source stands: a problem is told from
    /// then on where it shows again.
    pub(super) fn forget_problem(&mut self, in_full: bool, blind: bool) {
        self.found_in_full = in_full || self.found_in_full && self.problem.is_some();
        let shows_again = in_full || !self.found_in_full && (!blind || self.heat > 0);
        if shows_again {
            self.problem = None;
        }
    }

    /// Takes note of a lock on either end; one that stays is told.
    pub(super) fn take_locked(&mut self, locked: bool, name: &QuotedName) {
        if !locked {
            self.locked = 0;
            return;
        }
        self.locked += 1;
        self.heat += 1;
        if self.locked == LOCKED_FOR_LONG {
            self.problem = Some(Problem {
                sequence: name.clone(),
                reason: "another session keeps it locked".to_owned(),
                hint: "it is looked at again when the lock is gone; pg_locks shows whose it is".to_owned(),
            });
        }
    }
}

impl Known {
    /// What the first look has shown: everything is in its place already.
    pub(super) fn from_first(seen: Carrying) -> Self {
        let Carrying { source, target, pairs, .. } = seen;
        let ignore_above = target.ignore_above;
        let mut known = Self::of(Paired {
            source: source.catalog,
            meant: Vec::new(),
            states: None,
            target: target.catalog,
            pairs,
            ignore_above,
        });
        known.followed.iter_mut().for_each(|followed| followed.fresh = false);
        known
    }

    /// Reads both catalogues anew.
    pub(super) fn read(source: &mut Sessions, target: &mut Sessions, options: &CarryOptions) -> Result<Self> {
        Ok(Self::of(pair_up(source, target, options)?))
    }

    fn of(Paired { source, target, pairs, ignore_above, .. }: Paired) -> Self {
        let mut left_out = Vec::new();
        let mut followed = Vec::new();
        for pair in pairs.found {
            match differences(&source, &target, pair).into_iter().find(|difference| difference.part.stops()) {
                Some(obstacle) => left_out.push(cannot_go_on(&target, &obstacle)),
                None => followed.push(Followed::new(pair)),
            }
        }
        let places = |oid: &dyn Fn(Pair) -> Oid| {
            followed.iter().enumerate().map(|(place, followed)| (oid(followed.pair), place)).collect()
        };
        let sources = places(&|pair| source.sequence(pair.source).oid);
        let targets = places(&|pair| target.sequence(pair.target).oid);
        Self { source, target, ignore_above, followed, left_out, missing: pairs.missing, sources, targets }
    }

    /// What is to be told of those that the target lacks, where nothing is created.
    pub(super) fn not_there(&self) -> Vec<Problem> {
        let missing = self.missing.iter().map(|id| Problem {
            sequence: self.source.sequence(*id).name.clone(),
            reason: "it is not on the target".to_owned(),
            hint: "follow with --create, or create it there: it is followed from then on".to_owned(),
        });
        missing.collect()
    }

    /// Takes over what was known before of what is still there. Returns what has changed on the source.
    pub(super) fn take_over(&mut self, before: Self) -> Altered {
        for followed in &mut self.followed {
            let pair = followed.pair;
            let known = before.sources.get(&self.source.sequence(pair.source).oid);
            let Some(known) = known.map(|place| &before.followed[*place]) else { continue };
            let was = |before: &Catalog, id: SequenceId| before.sequence(id).oid;
            if was(&before.target, known.pair.target) == self.target.sequence(pair.target).oid {
                // What was altered may be what a problem was about.
                let fresh = known.fresh || known.problem.is_some();
                *followed = Followed { pair, fresh, ..known.clone() };
            }
        }
        altered(&before.source, &self.source)
    }
}

fn cannot_go_on(target: &Catalog, obstacle: &Difference) -> Problem {
    Problem {
        sequence: target.sequence(obstacle.pair.target).name.clone(),
        reason: format!(
            "it cannot go on where the source stops: {} {} there, {} on the target",
            obstacle.part.words(),
            obstacle.source,
            obstacle.target
        ),
        hint: "alter it on the target: it is followed from then on".to_owned(),
    }
}

/// What has become of the sequences, which are known by their OIDs.
fn altered(before: &Catalog, now: &Catalog) -> Altered {
    let known = |catalog: &Catalog| -> HashMap<Oid, (QuotedName, Definition)> {
        let known = catalog.sequences.iter().map(|one| (one.oid, (one.name.clone(), *one.definition)));
        known.collect()
    };
    let before = known(before);
    let mut altered = Altered::default();
    for sequence in &now.sequences {
        match before.get(&sequence.oid) {
            None => altered.created.push(sequence.name.clone()),
            Some((name, _)) if *name != sequence.name => {
                altered.renamed.push((name.clone(), sequence.name.clone()));
            }
            Some((_, definition)) if *definition != *sequence.definition => {
                altered.altered.push(sequence.name.clone());
            }
            Some(_) => {}
        }
    }
    let now: HashMap<_, _> = known(now);
    let dropped = before.into_iter().filter(|(oid, _)| !now.contains_key(oid));
    altered.dropped = dropped.map(|(_, (name, _))| name).collect();
    altered.dropped.sort_unstable();
    altered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{SequenceBuilder, database, sequence};

    fn catalog(sequences: impl IntoIterator<Item = SequenceBuilder>) -> Catalog {
        database(sequences).catalog
    }

    #[test]
    fn what_a_look_in_full_has_found_only_another_one_takes_back() {
        let pair = Pair { source: SequenceId(0), target: SequenceId(0) };
        let problem = || {
            let sequence = QuotedName::from_server("public.a");
            Some(Problem { sequence, reason: "why".to_owned(), hint: String::new() })
        };
        let mut followed = Followed::new(pair);
        let mut forgets = |in_full| {
            followed.forget_problem(in_full, false);
            let forgotten = followed.problem.is_none();
            followed.problem = problem();
            forgotten
        };
        assert_eq!([false, false, true, false, true].map(&mut forgets), [true, true, true, false, true]);
    }

    #[test]
    fn sequences_are_known_by_their_oids() {
        let one = || sequence("public.a").called(1);
        let before = catalog([one(), sequence("public.b").called(1)]);
        let mut now = catalog([one(), sequence("public.b").called(1).cache(5)]);
        now.sequences[0].name = QuotedName::from_server("public.z");
        let found = altered(&before, &now);
        assert_eq!(found.altered, [QuotedName::from_server("public.b")]);
        assert_eq!(found.renamed.len(), 1);
        assert!(found.created.is_empty() && found.dropped.is_empty());
        now.sequences[0].oid = Oid(99_999);
        let found = altered(&before, &now);
        assert_eq!(found.created, [QuotedName::from_server("public.z")]);
        assert_eq!(found.dropped, [QuotedName::from_server("public.a")]);
    }
}
