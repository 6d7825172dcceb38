//! Whether the target may take over: a pure function of the last look at both sides.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::{Carrying, Target};
use crate::catalog::{Ceiling, LinkId, Sequence, SequenceId};
use crate::diagnose::{Code, Diagnoser, little_left};
use crate::model::{Oid, QuotedName, State};
use crate::observe::{Observation, StateReading};
use crate::plan::{Least, Pair, Standing, least};

/// What is proven of every sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// One a pair.
    pub sequences: Vec<Proven>,
}

/// What is proven of one sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// Its name on the source.
    pub source: QuotedName,
    /// Its name on the target.
    pub target: QuotedName,
    /// What the source would hand out next; `None` where nothing is left, or where that is not known.
    pub source_next_value: Option<i64>,
    /// What the target will hand out next; `None` as above.
    pub target_next_value: Option<i64>,
    /// How many calls are left from that on, where it is nearly used up ([`crate::diagnose::little_left`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub little_left: Option<u64>,
    /// The target's columns that take values from it.
    pub columns: Vec<ProvenColumn>,
    /// What that means.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// A column that takes values from a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProvenColumn {
    /// `schema.table.column`, quoted.
    pub column: QuotedName,
    /// Its value furthest in the sequence's direction, of text the digits; `None` without a row, or where that is not
    /// known.
    pub ends_at: Option<i128>,
    /// The first of its rows beyond that which are left out, where the sequence comes to it one day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out_from: Option<i128>,
}

/// Whether a sequence of the target goes on after the source's, with a value that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "reason", rename_all = "kebab-case")]
pub enum Verdict {
    /// It does.
    Safe,
    /// It does not, and why.
    NotSafe(String),
    /// That could not be found out, and why.
    NotProven(String),
}

impl Proof {
    /// Of the last look at both sides, where the source's sequences stood when it was quiet, and those of the target of
    /// which no session held values when they were where they have to come to.
    pub(super) fn of(last: &Carrying, quiet: &HashMap<Oid, State>, not_held: &HashSet<Oid>) -> Self {
        let target = &last.target;
        let diagnoser = Diagnoser::new(&target.catalog, &target.observations, &target.report.options);
        let standing = Standing { catalog: &last.source.catalog, states: &last.source.states };
        // A margin is good to have, and nothing that must be proven.
        let least = least(standing, &target.catalog, &last.pairs.found, 0);
        let look = Look { last, quiet, not_held, diagnoser, least };
        Self { sequences: last.pairs.found.iter().map(|pair| look.prove(*pair)).collect() }
    }

    /// The sequences that are not safe.
    pub fn not_safe(&self) -> impl Iterator<Item = &Proven> {
        self.sequences.iter().filter(|one| matches!(one.verdict, Verdict::NotSafe(_)))
    }

    /// The sequences of which nothing could be proven.
    pub fn not_proven(&self) -> impl Iterator<Item = &Proven> {
        self.sequences.iter().filter(|one| matches!(one.verdict, Verdict::NotProven(_)))
    }

    /// Whether every sequence is safe.
    pub fn holds(&self) -> bool {
        self.sequences.iter().all(|one| one.verdict == Verdict::Safe)
    }
}

struct Look<'a> {
    last: &'a Carrying,
    quiet: &'a HashMap<Oid, State>,
    not_held: &'a HashSet<Oid>,
    diagnoser: Diagnoser<'a>,
    /// What the target's next values must be at least.
    least: Least,
}

impl Look<'_> {
    fn prove(&self, pair: Pair) -> Proven {
        let source = self.last.source.catalog.sequence(pair.source);
        let target = self.last.target.catalog.sequence(pair.target);
        let there = known(&self.last.source.states[pair.source.0]);
        let here = known(self.last.target.observations.state(pair.target));
        let next = here.and_then(|state| target.definition.next_value(state));
        Proven {
            source: source.name.clone(),
            target: target.name.clone(),
            source_next_value: there.and_then(|state| source.definition.next_value(state)),
            target_next_value: next,
            little_left: next.and_then(|next| self.little_left(pair.target, next)),
            columns: self.columns(pair.target),
            verdict: self.verdict(pair, there, here).unwrap_or_else(|verdict| verdict),
        }
    }

    fn little_left(&self, target: SequenceId, next: i64) -> Option<u64> {
        let Target { catalog, report, .. } = &self.last.target;
        little_left(catalog, target, next, report.options.thresholds)
    }

    fn columns(&self, target: SequenceId) -> Vec<ProvenColumn> {
        let Carrying { target: side, .. } = self.last;
        let links = side.catalog.sequence(target).links.clone().map(LinkId);
        links
            .map(|id| {
                let link = side.catalog.link(id);
                let ends_at = match side.observations.link(id) {
                    Observation::Seen(reading) => reading.extreme,
                    _ => None,
                };
                let column = QuotedName::from_server(format!("{}.{}", link.table, link.column));
                let left_out =
                    side.left_out.iter().find(|one| one.column == column && one.sequence == target);
                ProvenColumn { ends_at, left_out_from: left_out.map(|one| one.row), column }
            })
            .collect()
    }

    /// The first thing that stands against it is an error.
    fn verdict(&self, pair: Pair, there: Option<State>, here: Option<State>) -> Result<Verdict, Verdict> {
        let source = self.last.source.catalog.sequence(pair.source);
        let target = self.last.target.catalog.sequence(pair.target);
        let there = there.ok_or_else(|| not_proven("its state on the source could not be read"))?;
        let here = here.ok_or_else(|| not_proven("its state on the target could not be read"))?;
        match self.quiet.get(&source.oid) {
            Some(stood) if *stood == there => {}
            Some(_) => return Err(not_safe("the source has drawn from it after it was quiet")),
            None => return Err(not_safe("the source has created it after it was quiet")),
        }
        if self.least.to_end.contains(&target.oid) {
            return self.at_its_end(pair.target, here);
        }
        self.findings(pair.target)?;
        let Some(ours) = target.definition.next_value(here).map(i128::from) else { return Ok(Verdict::Safe) };
        let least = self.least.values.get(&target.oid);
        let least = *least.ok_or_else(|| not_proven("where it has to come to is not known"))?;
        let behind = if target.definition.ascending() { ours < least } else { ours > least };
        if behind {
            return Err(not_safe("the source may have handed out what it hands out next"));
        }
        if self.last.taken().any(|taken| taken.sequence == pair.target) {
            return Err(not_safe("its next value is in a row that --ignore-above leaves out"));
        }
        self.held(target, here)
    }

    /// What a session of the target has taken in advance before it came where it has to come to.
    fn held(&self, target: &Sequence, here: State) -> Result<Verdict, Verdict> {
        let cache = target.definition.cache;
        if cache > 1 && here.is_called && !self.not_held.contains(&target.oid) {
            return Err(Verdict::NotProven(format!(
                "sessions of the target may hold values of it in advance (CACHE {cache}), which only its owner can end"
            )));
        }
        Ok(Verdict::Safe)
    }

    /// A target goes as far as a source that is used up, and hands out nothing more than that.
    fn at_its_end(&self, target: SequenceId, here: State) -> Result<Verdict, Verdict> {
        let ceiling = Ceiling::of(&self.last.target.catalog, target).value;
        let lane = self.last.target.catalog.sequence(target).definition.lane(here);
        if lane.is_some_and(|lane| lane.with_bound(ceiling.into()).calls() > 0) {
            return Err(not_safe(
                "the source's has no value left, and this one would hand out the same again",
            ));
        }
        Ok(Verdict::Safe)
    }

    /// What was found about its rows.
    fn findings(&self, target: SequenceId) -> Result<(), Verdict> {
        use Code::{Behind, Blocked, Exhausted, Outlier, Unreadable};
        for finding in self.diagnoser.diagnosis(target).findings {
            match finding.code {
                Behind | Blocked | Exhausted | Outlier => return Err(Verdict::NotSafe(finding.message)),
                Unreadable => return Err(Verdict::NotProven(finding.message)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn known(state: &StateReading) -> Option<State> {
    match state {
        StateReading::Known(state) => Some(*state),
        _ => None,
    }
}

fn not_safe(reason: &str) -> Verdict {
    Verdict::NotSafe(reason.to_owned())
}

fn not_proven(reason: &str) -> Verdict {
    Verdict::NotProven(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carry::Source;
    use crate::diagnose::{Options, diagnose};
    use crate::fixture::{SequenceBuilder, column, database, sequence, server};
    use crate::plan::Pairs;

    /// What is proven where the source stood there when it was quiet.
    fn proven(source: SequenceBuilder, target: SequenceBuilder, quiet: Option<State>) -> Proven {
        let (source, target) = (database([source]), database([target]));
        let report = diagnose(&target.catalog, &target.observations, &Options::default());
        let pair = Pair { source: SequenceId(0), target: SequenceId(0) };
        let stood = quiet.or(known(&source.observations.states[0])).unwrap();
        let quiet = HashMap::from([(source.catalog.sequence(pair.source).oid, stood)]);
        let last = Carrying {
            source: Source {
                server: server(),
                catalog: source.catalog,
                states: source.observations.states,
                behind: None,
            },
            target: Target {
                server: server(),
                catalog: target.catalog,
                observations: target.observations,
                report,
                ignore_above: Vec::new(),
                far: Vec::new(),
                left_out: Vec::new(),
            },
            pairs: Pairs { found: vec![pair], ..Pairs::default() },
            schemas: Vec::new(),
            differences: Vec::new(),
            least: Least::default(),
            native: Vec::new(),
            created: Vec::new(),
            not_created: Vec::new(),
            other_way: None,
        };
        Proof::of(&last, &quiet, &HashSet::new()).sequences.pop().unwrap()
    }

    fn verdict(source: SequenceBuilder, target: SequenceBuilder) -> Verdict {
        proven(source, target, None).verdict
    }

    fn ids(last_value: i64) -> SequenceBuilder {
        sequence("public.t_id_seq").called(last_value)
    }

    #[test]
    fn what_goes_on_after_the_source_and_meets_no_row_is_safe() {
        let with_rows = |last_value| ids(last_value).link(column("public.t", "id").rows(1..=100));
        let one = proven(ids(100), with_rows(100), None);
        assert_eq!((one.source_next_value, one.target_next_value), (Some(101), Some(101)));
        assert_eq!(one.verdict, Verdict::Safe);
        let columns: Vec<_> = one.columns.iter().map(|one| (one.column.as_str(), one.ends_at)).collect();
        assert_eq!(columns, [("public.t.id", Some(100))]);
        assert_eq!(verdict(ids(50), with_rows(500)), Verdict::Safe);
        let Verdict::NotSafe(reason) = verdict(ids(50), with_rows(50)) else { unreachable!() };
        assert!(reason.contains("51"), "{reason}");
    }

    #[test]
    fn little_that_is_left_is_told() {
        let small = |last_value| ids(last_value).bounds(1, 500);
        let left = |last_value| proven(small(100), small(last_value), None).little_left;
        assert_eq!((left(488), left(100)), (Some(12), None));
    }

    #[test]
    fn what_the_source_may_have_handed_out_is_not_safe() {
        let behind = not_safe("the source may have handed out what it hands out next");
        assert_eq!(verdict(ids(100), ids(99)), behind);
        let down = |last_value| sequence("public.s").increment(-1).called(last_value);
        assert_eq!(verdict(down(-100), down(-99)), behind);
        assert_eq!(verdict(down(-100), down(-100)), Verdict::Safe);
        // It has handed out all: a wider one goes on behind it.
        assert_eq!(verdict(ids(100).bounds(1, 100), ids(50)), behind);
        assert_eq!(verdict(ids(100).bounds(1, 100), ids(100)), Verdict::Safe);
    }

    #[test]
    fn with_a_source_that_is_used_up_only_the_end_is_safe() {
        let small = |last_value| ids(last_value).bounds(1, 100).link(column("public.t", "id").rows(1..=100));
        assert_eq!(verdict(small(100), small(100)), Verdict::Safe);
        assert!(matches!(verdict(small(100), small(99)), Verdict::NotSafe(_)));
    }

    #[test]
    fn a_source_that_moved_is_not_safe() {
        let stood = State { last_value: 90, is_called: true };
        let moved = proven(ids(100), ids(500), Some(stood)).verdict;
        assert_eq!(moved, not_safe("the source has drawn from it after it was quiet"));
    }

    #[test]
    fn what_sessions_may_hold_in_advance_is_not_proven() {
        let cached = |target: SequenceBuilder| verdict(ids(500), target.cache(1000));
        assert!(matches!(cached(ids(1000)), Verdict::NotProven(_)));
        assert_eq!(cached(ids(0).restarted(1001)), Verdict::Safe);
    }

    #[test]
    fn what_could_not_be_read_is_not_proven() {
        let hidden = ids(100).link(column("public.t", "id").observation(Observation::Unreadable {
            reason: "no privilege".to_owned(),
            hint: "GRANT".to_owned(),
        }));
        assert!(matches!(verdict(ids(100), hidden), Verdict::NotProven(_)));
    }
}
