//! Makes every sequence that is behind safe again, by the gentlest way that the role's privileges allow.

mod end;
mod held;
mod method;
mod rows;
mod target;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::carry::costs_more_than_it_leaves;
use super::model::{IgnoreAbove, Method, Plan, Remaining, Step};
use crate::catalog::{Catalog, Ceiling, LinkId, Sequence, SequenceId};
use crate::diagnose::{Code, Diagnoser, Report, Thresholds, Verdict, little_left};
use crate::model::{Lane, Oid, QuotedName, State};
use crate::observe::{Observation, Observations, StateReading};
use crate::report::text::{ignoring_above, shell_word};

/// What a fix may do.
#[derive(Clone, Debug)]
pub struct FixOptions {
    /// Calls to spare between the furthest row and the next value.
    pub headroom: u64,
    /// Gaps of up to so many calls are drawn.
    pub draw_limit: u64,
    /// The same for the owner of a sequence, where that is less: a short lock is cheaper than many calls.
    pub draw_limit_of_owner: u64,
    /// Which rows were left out when the columns were looked at.
    pub ignore_above: Vec<IgnoreAbove>,
    /// The role that repairs, quoted, for the grants that would help it.
    pub role: Option<QuotedName>,
    /// The connection options that commands shown as hints repeat, quoted for a shell.
    pub connection: String,
    /// From which used share on it is said that little is left after the repair.
    pub thresholds: Thresholds,
    /// The least next value of these sequences, whatever their rows: what a carry brings from another server.
    pub least: Arc<HashMap<Oid, i128>>,
    /// Whether the values end that sessions hold in advance (CACHE): what a carry brings may lie among them, however far
    /// the sequence stands. One that nobody has called since they ended stays as it is.
    pub ends_held: bool,
    /// Whether a carry asks, whose hints name the options of that.
    pub carries: bool,
    /// These sequences go to their end: those whose counterpart on another server has no value left.
    pub to_end: HashSet<Oid>,
}

impl Default for FixOptions {
    /// No headroom; drawing up to 100,000 calls, which take 50 ms at most.
    fn default() -> Self {
        Self {
            headroom: 0,
            draw_limit: 100_000,
            draw_limit_of_owner: u64::MAX,
            ignore_above: Vec::new(),
            role: None,
            connection: String::new(),
            thresholds: Thresholds::default(),
            least: Arc::default(),
            ends_held: false,
            carries: false,
            to_end: HashSet::new(),
        }
    }
}

/// Plans the repair of every sequence of the report that is behind or, with a headroom or a least next value, short of
/// it.
pub fn fix(catalog: &Catalog, observations: &Observations, report: &Report, options: &FixOptions) -> Plan {
    let mut plan = Plan { since: observations.since.clone(), ..Plan::default() };
    let diagnoser = Diagnoser::new(catalog, observations, &report.options);
    let behind = report.sequences.iter().filter(|verdict| verdict.has(Code::Behind));
    plan.steps.reserve_exact(behind.count());
    for verdict in &report.sequences {
        let id = verdict.sequence;
        let sequence = catalog.sequence(id);
        let repair = Repair { catalog, observations, options, diagnoser: &diagnoser, verdict, id, sequence };
        repair.plan(&mut plan);
    }
    plan
}

/// How far a sequence goes.
#[derive(Clone, Copy, Debug)]
enum Goal {
    /// To this next value, or past rows that come in beyond it.
    Rows(i64),
    /// To this next value, whatever its rows.
    Value(i64),
    /// To its end: this last value is used up too.
    End(i64),
}

/// One sequence on its way into the plan.
struct Repair<'a> {
    catalog: &'a Catalog,
    observations: &'a Observations,
    options: &'a FixOptions,
    diagnoser: &'a Diagnoser<'a>,
    verdict: &'a Verdict,
    id: SequenceId,
    sequence: &'a Sequence,
}

impl Repair<'_> {
    fn plan(&self, plan: &mut Plan) {
        if self.options.to_end.contains(&self.sequence.oid) {
            return self.plan_to_end(plan);
        }
        if let Some(unreadable) = self.left_alone(Code::Unreadable) {
            plan.remaining.push(Remaining { incomplete: true, ..unreadable });
        }
        for code in [Code::Outlier, Code::Blocked, Code::Exhausted] {
            if code == Code::Outlier && self.comes_near_far_rows() {
                continue;
            }
            if let Some(remaining) = self.left_alone(code) {
                plan.remaining.push(remaining);
                return self.plan_without_rows(plan);
            }
        }
        let StateReading::Known(before) = *self.observations.state(self.id) else { return };
        let Some(lane) = self.sequence.definition.lane(before) else { return };
        match self.target(lane) {
            Ok(None) if self.may_be_held(before, lane) => self.end_held(plan, before, lane, Goal::Rows),
            Ok(None) => plan.right.push(self.id),
            Ok(Some(target)) => self.step(plan, before, lane, Goal::Rows(target)),
            Err(remaining) => plan.remaining.push(remaining),
        }
    }

    /// Where the rows cannot be followed, what a carry brings counts all the same.
    fn plan_without_rows(&self, plan: &mut Plan) {
        let StateReading::Known(before) = *self.observations.state(self.id) else { return };
        let Some(lane) = self.sequence.definition.lane(before) else { return };
        let (least, ceiling) = (self.least(lane), Ceiling::of(self.catalog, self.id).value);
        if let Ok(target) = i64::try_from(least)
            && least != lane.next()
            && !lane.is_after(least, ceiling.into())
        {
            self.step(plan, before, lane, Goal::Value(target));
        } else if self.may_be_held(before, lane) {
            self.end_held(plan, before, lane, Goal::Value);
        }
    }

    /// Whether what a carry brings takes the sequence so near to its outliers that it goes past them, as it would have
    /// to soon.
    fn comes_near_far_rows(&self) -> bool {
        let StateReading::Known(before) = *self.observations.state(self.id) else { return false };
        let Some(lane) = self.sequence.definition.lane(before) else { return false };
        if !self.options.least.contains_key(&self.sequence.oid) {
            return false;
        }
        let ceiling = Ceiling::of(self.catalog, self.id).value;
        let there = Lane::new(self.least(lane), lane.step(), ceiling.into());
        self.sequence.links.clone().map(LinkId).all(|link| {
            let Observation::Seen(reading) = self.observations.link(link) else { return false };
            let gap = reading.collision.as_ref().and_then(|collision| collision.gap.as_deref());
            let (Some(gap), Some(extreme)) = (gap, reading.extreme) else { return true };
            !costs_more_than_it_leaves(self.catalog.link(link).lane_in_column(there), gap, extreme)
        })
    }

    /// What remains because of a finding that a fix does not repair.
    fn left_alone(&self, code: Code) -> Option<Remaining> {
        if !self.verdict.has(code) {
            return None;
        }
        let mut findings = self.diagnoser.diagnosis(self.id).findings.into_iter();
        let finding = findings.find(|finding| finding.code == code)?;
        let leave_out = finding.ignore_above.map(|last| self.leaving_out(last));
        let by_hand = finding.fix.map(|fix| fix.sql);
        Some(self.remaining(code, finding.message, leave_out.or(by_hand).unwrap_or_default()))
    }

    /// What leaves out the rows beyond this value.
    fn leaving_out(&self, last: i128) -> String {
        if self.options.carries {
            let rule = format!("{}={last}", self.sequence.name);
            return format!("add --ignore-above {}", shell_word(&rule));
        }
        let arguments = ignoring_above(&self.sequence.name, last);
        let words = ["reseq fix", self.options.connection.as_str(), arguments.as_str()];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn remaining(&self, code: Code, reason: impl Into<String>, hint: impl Into<String>) -> Remaining {
        Remaining { sequence: self.id, code, reason: reason.into(), hint: hint.into(), incomplete: false }
    }

    fn step(&self, plan: &mut Plan, before: State, lane: Lane, goal: Goal) {
        let ceiling = Ceiling::of(self.catalog, self.id).value;
        let (target, calls) = match goal {
            Goal::Rows(target) | Goal::Value(target) => (target, lane.calls_before(target.into())),
            Goal::End(last) => (last, lane.with_bound(ceiling.into()).calls()),
        };
        let calls = u64::try_from(calls).unwrap_or(u64::MAX);
        let uses_up = matches!(goal, Goal::End(_));
        let (method, reason) = match self.method(calls) {
            Ok((method, _)) if calls == 0 => (method, held::REASON.into()),
            Ok(chosen) => chosen,
            Err(remaining) => return plan.remaining.push(remaining),
        };
        if self.sequence.definition.cache > 1 && method != Method::Alter {
            plan.remaining.push(self.caches_of_others((!uses_up).then_some(target)));
        }
        plan.steps.push(Step {
            sequence: self.id,
            oid: self.sequence.oid,
            name: self.sequence.name.clone(),
            definition: Arc::clone(&self.sequence.definition),
            owner: self.sequence.owner.clone(),
            method,
            before,
            target,
            uses_up,
            calls,
            ceiling,
            little_left: if uses_up {
                None
            } else {
                little_left(self.catalog, self.id, target, self.options.thresholds)
            },
            headroom: self.options.headroom,
            rows: match (goal, method) {
                (Goal::Rows(_), Method::Alter) => self.rows(),
                _ => Box::default(),
            },
            state_by_usage: !self.sequence.privileges.select,
            reason,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{Options, diagnose};
    use crate::fixture::{SequenceBuilder, column, database, sequence};
    use crate::model::IntegerType;

    pub(super) fn plan_with(
        options: &FixOptions,
        sequences: impl IntoIterator<Item = SequenceBuilder>,
    ) -> Plan {
        let database = database(sequences);
        let report = diagnose(&database.catalog, &database.observations, &Options::default());
        fix(&database.catalog, &database.observations, &report, options)
    }

    pub(super) fn plan(sequence: SequenceBuilder) -> Plan {
        plan_with(&FixOptions::default(), [sequence])
    }

    pub(super) fn only_step(sequence: SequenceBuilder) -> Step {
        let mut plan = plan(sequence);
        assert_eq!((plan.steps.len(), &plan.remaining), (1, &Vec::new()));
        plan.steps.pop().unwrap()
    }

    pub(super) fn only_remaining(sequence: SequenceBuilder) -> Remaining {
        let mut plan = plan(sequence);
        assert_eq!((plan.steps.len(), plan.remaining.len()), (0, 1));
        plan.remaining.pop().unwrap()
    }

    pub(super) fn behind_by(calls: i128) -> SequenceBuilder {
        sequence("public.t_id_seq").called(100).link(column("public.t", "id").rows([100 + calls]))
    }

    #[test]
    fn a_sequence_that_is_right_has_no_step() {
        let right =
            plan(sequence("public.t_id_seq").called(100).link(column("public.t", "id").rows(1..=100)));
        assert!(right.steps.is_empty() && right.remaining.is_empty());
    }

    #[test]
    fn an_outlier_is_left_alone() {
        let outlier = sequence("public.t_id_seq").of_type(IntegerType::Integer).called(5).link(
            column("public.t", "id").integer(IntegerType::Integer).rows((1..=5).chain([i32::MAX.into()])),
        );
        assert_eq!(only_remaining(outlier).code, Code::Outlier);
    }
}
