//! Makes every sequence that is behind safe again, by the gentlest way that the role's privileges allow.

use std::borrow::Cow;

use super::model::{IgnoreAbove, Method, Plan, Remaining, Row, Step};
use crate::catalog::{Catalog, Ceiling, Link, LinkId, Sequence, SequenceId, Storage};
use crate::diagnose::{Code, Diagnosis, NoTarget, Report, Thresholds, little_left, target};
use crate::model::{Lane, QuotedName, State};
use crate::observe::{Observation, Observations, Probe, StateReading};
use crate::report::text::ignoring_above;

/// Up to so many calls are drawn where nothing else is permitted: half a minute at most.
const MOST_CALLS_DRAWN: u64 = 50_000_000;

/// A column is not read under the lock where that takes more locks than this: a tree of many partitions.
const MOST_LOCKS_UNDER_LOCK: u32 = 64;

/// What a fix may do.
#[derive(Clone, Debug)]
pub struct FixOptions {
    /// Calls to spare between the furthest row and the next value.
    pub headroom: u64,
    /// Gaps of up to so many calls are drawn.
    pub draw_limit: u64,
    /// Which rows were left out when the columns were looked at.
    pub ignore_above: Vec<IgnoreAbove>,
    /// The role that repairs, quoted, for the grants that would help it.
    pub role: Option<QuotedName>,
    /// The connection options that commands shown as hints repeat, quoted for a shell.
    pub connection: String,
    /// From which used share on it is said that little is left after the repair.
    pub thresholds: Thresholds,
}

impl Default for FixOptions {
    /// No headroom; drawing up to 100,000 calls, which take 50 ms at most.
    fn default() -> Self {
        Self {
            headroom: 0,
            draw_limit: 100_000,
            ignore_above: Vec::new(),
            role: None,
            connection: String::new(),
            thresholds: Thresholds::default(),
        }
    }
}

/// Plans the repair of every sequence of the report that is behind or, with a headroom, short of it.
pub fn fix(catalog: &Catalog, observations: &Observations, report: &Report, options: &FixOptions) -> Plan {
    let mut plan = Plan { since: observations.since.clone(), ..Plan::default() };
    for diagnosis in &report.sequences {
        Repair::of(catalog, observations, options, diagnosis).plan(&mut plan);
    }
    plan
}

/// One sequence on its way into the plan.
struct Repair<'a> {
    catalog: &'a Catalog,
    observations: &'a Observations,
    options: &'a FixOptions,
    diagnosis: &'a Diagnosis,
    id: SequenceId,
    sequence: &'a Sequence,
}

impl<'a> Repair<'a> {
    fn of(
        catalog: &'a Catalog,
        observations: &'a Observations,
        options: &'a FixOptions,
        diagnosis: &'a Diagnosis,
    ) -> Self {
        let id = diagnosis.sequence;
        Self { catalog, observations, options, diagnosis, id, sequence: catalog.sequence(id) }
    }

    fn plan(&self, plan: &mut Plan) {
        if let Some(unreadable) = self.left_alone(Code::Unreadable) {
            plan.remaining.push(Remaining { incomplete: true, ..unreadable });
        }
        for code in [Code::Outlier, Code::Blocked, Code::Exhausted] {
            if let Some(remaining) = self.left_alone(code) {
                plan.remaining.push(remaining);
                return;
            }
        }
        let StateReading::Known(before) = *self.observations.state(self.id) else { return };
        let Some(lane) = self.sequence.definition.lane(before) else { return };
        match self.target(lane) {
            Ok(None) => plan.right.push(self.id),
            Ok(Some(target)) => self.step(plan, before, lane, target),
            Err(remaining) => plan.remaining.push(remaining),
        }
    }

    /// What remains because of a finding that a fix does not repair.
    fn left_alone(&self, code: Code) -> Option<Remaining> {
        let finding = self.diagnosis.findings.iter().find(|finding| finding.code == code)?;
        let leave_out = finding.ignore_above.map(|last| {
            let arguments = ignoring_above(&self.sequence.name, last);
            let words = ["reseq fix", self.options.connection.as_str(), arguments.as_str()];
            words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        });
        let by_hand = finding.fix.as_ref().map(|fix| fix.sql.clone());
        Some(self.remaining(code, finding.message.clone(), leave_out.or(by_hand).unwrap_or_default()))
    }

    fn remaining(&self, code: Code, reason: impl Into<String>, hint: impl Into<String>) -> Remaining {
        Remaining { sequence: self.id, code, reason: reason.into(), hint: hint.into(), incomplete: false }
    }

    /// The next value that the sequence needs; `None` where it needs no repair.
    fn target(&self, lane: Lane) -> Result<Option<i64>, Remaining> {
        let behind = self.diagnosis.findings.iter().any(|finding| finding.code == Code::Behind);
        let spare = self.target_with_headroom(lane);
        let needed = if behind {
            let needed = target(self.catalog, self.observations, self.id, 0);
            needed.map(i128::from).map_err(|reason| self.out_of_reach(reason))?
        } else {
            lane.next()
        };
        let needed = if lane.is_after(spare, needed) { spare } else { needed };
        if needed == lane.next() {
            return Ok(None);
        }
        let ceiling = Ceiling::of(self.catalog, self.id);
        match i64::try_from(needed) {
            Ok(target) if !lane.is_after(needed, ceiling.value.into()) => Ok(Some(target)),
            _ => Err(self.out_of_reach(NoTarget::OutOfReach { needed, ceiling })),
        }
    }

    /// The next value that leaves the headroom after every row; the present one where there is enough of it.
    fn target_with_headroom(&self, lane: Lane) -> i128 {
        if self.options.headroom == 0 {
            return lane.next();
        }
        let links = self.sequence.links.clone().map(LinkId);
        let calls = links.filter_map(|link| {
            let Observation::Seen(reading) = self.observations.link(link) else { return None };
            let in_column = self.catalog.link(link).lane_in_column(lane);
            Some(calls_past(in_column, reading.extreme?) + i128::from(self.options.headroom))
        });
        lane.next() + calls.max().unwrap_or(0).max(0) * lane.step()
    }

    fn out_of_reach(&self, reason: NoTarget) -> Remaining {
        match reason {
            NoTarget::StateUnknown => {
                self.missing(Code::Unreadable, "the state of the sequence is not known", "SELECT")
            }
            NoTarget::OutOfReach { needed, ceiling } => self.remaining(
                Code::Blocked,
                format!(
                    "the next value would have to be {needed}, beyond {}",
                    ceiling.words(self.catalog, self.id)
                ),
                if self.options.headroom > 0 { "ask for a smaller --headroom" } else { "" },
            ),
        }
    }

    fn step(&self, plan: &mut Plan, before: State, lane: Lane, target: i64) {
        let calls = u64::try_from(lane.calls_before(target.into())).unwrap_or(u64::MAX);
        let (method, reason) = match self.method(calls) {
            Ok(chosen) => chosen,
            Err(remaining) => return plan.remaining.push(remaining),
        };
        if self.sequence.definition.cache > 1 && method != Method::Alter {
            plan.remaining.push(self.caches_of_others());
        }
        plan.steps.push(Step {
            sequence: self.id,
            oid: self.sequence.oid,
            name: self.sequence.name.clone(),
            definition: self.sequence.definition,
            method,
            before,
            target,
            calls,
            ceiling: Ceiling::of(self.catalog, self.id).value,
            little_left: little_left(self.catalog, self.id, target, self.options.thresholds),
            headroom: self.options.headroom,
            rows: if method == Method::Alter { self.rows() } else { Box::default() },
            state_by_usage: !self.sequence.privileges.select,
            reason,
        });
    }

    /// How to go forward by so many calls, and why so.
    fn method(&self, calls: u64) -> Result<(Method, Cow<'static, str>), Remaining> {
        let may = self.sequence.privileges;
        let cached = self.sequence.definition.cache > 1;
        let few = calls <= self.options.draw_limit;
        // setval() finishes what ALTER SEQUENCE locks, and the owner may have revoked it from himself.
        let may_alter = may.alter && may.update;
        if few && may.draw && !(cached && may_alter) {
            let reason = if cached {
                "not the owner: only what sessions will take from now on can be moved"
            } else {
                "few values to draw, and drawing blocks nobody"
            };
            return Ok((Method::Draw, reason.into()));
        }
        if may_alter {
            let reason = if cached {
                "only ALTER SEQUENCE takes from other sessions the values that they hold in advance (CACHE)"
            } else if few {
                "the role owns the sequence but may not draw from it"
            } else {
                "too many values to draw, and the role owns the sequence"
            };
            return Ok((Method::Alter, reason.into()));
        }
        if may.update {
            let reason = "too many values to draw, and not the owner: a setval() that looks where the sequence \
                          stands just before it";
            return Ok((Method::Setval, reason.into()));
        }
        if may.draw && calls <= MOST_CALLS_DRAWN {
            let seconds = (calls / 2_000_000).max(1);
            let reason = format!("drawing is all that the role may do: some {seconds} s for {calls} values");
            return Ok((Method::Draw, reason.into()));
        }
        Err(if may.draw {
            let reason = format!("{calls} values are too many to draw, and the role may do nothing else");
            self.missing(Code::Behind, reason, "UPDATE")
        } else {
            let privilege = if few { "USAGE" } else { "UPDATE" };
            self.missing(Code::Behind, "the role may not move the sequence", privilege)
        })
    }

    fn caches_of_others(&self) -> Remaining {
        let cache = self.sequence.definition.cache;
        Remaining {
            incomplete: true,
            ..self.remaining(
                Code::Cached,
                format!(
                    "sessions that have drawn before may each hand out up to {} old values that they hold in \
                     advance (CACHE {cache}); only the owner of the sequence can take those away",
                    cache - 1
                ),
                format!(
                    "as the owner: ALTER SEQUENCE {} CACHE {cache}; or let the sessions reconnect",
                    self.sequence.name
                ),
            )
        }
    }

    /// What remains for want of a privilege on the sequence.
    fn missing(&self, code: Code, reason: impl Into<String>, privilege: &str) -> Remaining {
        let role = self.options.role.as_ref().map_or("the role of this run", QuotedName::as_str);
        let grant = format!("GRANT {privilege} ON SEQUENCE {} TO {role}", self.sequence.name);
        Remaining { incomplete: true, ..self.remaining(code, reason, grant) }
    }

    /// The columns that one index probe each reads again under the lock.
    fn rows(&self) -> Box<[Row]> {
        let ignoring = |rule: &IgnoreAbove| rule.sequence.is_none_or(|oid| oid == self.sequence.oid);
        if self.options.ignore_above.iter().any(ignoring) {
            return Box::default();
        }
        let links = self.sequence.links.clone().map(LinkId);
        links.filter_map(|id| row(self.catalog.link(id), self.observations.link(id))).collect()
    }
}

/// A link as a [`Row`], where its furthest row is found at once: by an index, without sorting out rows that the
/// default cannot have made.
fn row(link: &Link, observation: &Observation) -> Option<Row> {
    let Observation::Seen(reading) = observation else { return None };
    let at_once = reading.probe == Probe::Index
        && link.mapping.factor.abs() == 1
        && link.mapping.text.is_none()
        && matches!(link.column_type.storage, Storage::Integer(_))
        && link.locks <= MOST_LOCKS_UNDER_LOCK
        && !link.has_foreign_tables();
    at_once.then(|| Row {
        table: link.table.clone(),
        column: link.column.clone(),
        factor: if link.mapping.factor > 0 { 1 } else { -1 },
        offset: link.mapping.offset,
    })
}

/// How many calls lead past `value`; negative where so many values of the lane after it were handed out
/// already.
fn calls_past(lane: Lane, value: i128) -> i128 {
    let distance = (value - lane.next()) * lane.step().signum();
    distance.div_euclid(lane.step().abs()) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Privileges;
    use crate::diagnose::{Options, diagnose};
    use crate::fixture::{SequenceBuilder, column, database, sequence};
    use crate::model::IntegerType;

    const READS: Privileges = Privileges { select: true, draw: false, update: false, alter: false };
    const DRAWS: Privileges = Privileges { draw: true, ..READS };
    const UPDATES: Privileges = Privileges { update: true, ..DRAWS };

    fn plan_with(options: &FixOptions, sequences: impl IntoIterator<Item = SequenceBuilder>) -> Plan {
        let database = database(sequences);
        let report = diagnose(&database.catalog, &database.observations, &Options::default());
        fix(&database.catalog, &database.observations, &report, options)
    }

    fn plan(sequence: SequenceBuilder) -> Plan {
        plan_with(&FixOptions::default(), [sequence])
    }

    fn only_step(sequence: SequenceBuilder) -> Step {
        let mut plan = plan(sequence);
        assert_eq!((plan.steps.len(), &plan.remaining), (1, &Vec::new()));
        plan.steps.pop().unwrap()
    }

    fn only_remaining(sequence: SequenceBuilder) -> Remaining {
        let mut plan = plan(sequence);
        assert_eq!((plan.steps.len(), plan.remaining.len()), (0, 1));
        plan.remaining.pop().unwrap()
    }

    fn behind_by(calls: i128) -> SequenceBuilder {
        sequence("public.t_id_seq").called(100).link(column("public.t", "id").rows([100 + calls]))
    }

    #[test]
    fn a_small_gap_is_drawn() {
        let step = only_step(behind_by(20));
        assert_eq!((step.method, step.target, step.calls), (Method::Draw, 121, 20));
    }

    #[test]
    fn a_sequence_that_is_right_has_no_step() {
        let right =
            plan(sequence("public.t_id_seq").called(100).link(column("public.t", "id").rows(1..=100)));
        assert!(right.steps.is_empty() && right.remaining.is_empty());
    }

    #[test]
    fn a_large_gap_is_set_under_a_lock_that_looks_at_the_rows_again() {
        let step = only_step(behind_by(5_000_000));
        assert_eq!((step.method, step.target), (Method::Alter, 5_000_101));
        assert_eq!(step.rows.len(), 1);
        assert_eq!(step.lock_statement().unwrap(), "ALTER SEQUENCE public.t_id_seq CACHE 1");
    }

    #[test]
    fn the_owner_ends_the_caches_of_others() {
        assert_eq!(only_step(behind_by(20).cache(10)).method, Method::Alter);
    }

    #[test]
    fn without_ownership_the_caches_of_others_remain() {
        let plan = plan(behind_by(20).cache(10).privileges(DRAWS));
        assert_eq!(plan.steps[0].method, Method::Draw);
        assert!(plan.remaining[0].incomplete);
        assert_eq!(plan.remaining[0].code, Code::Cached);
    }

    #[test]
    fn without_ownership_a_large_gap_is_set_on_condition() {
        let step = only_step(behind_by(5_000_000).privileges(UPDATES));
        assert_eq!((step.method, step.calls), (Method::Setval, 5_000_000));
    }

    #[test]
    fn with_usage_alone_even_a_large_gap_is_drawn_up_to_a_bound() {
        let step = only_step(behind_by(5_000_000).privileges(DRAWS));
        assert_eq!(step.method, Method::Draw);
        assert!(step.reason.contains("some 2 s for 5000000 values"), "{}", step.reason);
        let remaining = only_remaining(behind_by(5_000_000_000).privileges(DRAWS));
        assert_eq!(remaining.code, Code::Behind);
        assert_eq!(remaining.hint, "GRANT UPDATE ON SEQUENCE public.t_id_seq TO the role of this run");
    }

    #[test]
    fn without_privilege_the_grant_that_helps_is_named() {
        let options = FixOptions { role: Some(QuotedName::from_server("\"Ann\"")), ..FixOptions::default() };
        let plan = plan_with(&options, [behind_by(20).privileges(READS)]);
        assert_eq!(plan.remaining[0].hint, "GRANT USAGE ON SEQUENCE public.t_id_seq TO \"Ann\"");
        assert!(plan.remaining[0].incomplete);
    }

    #[test]
    fn the_lane_is_kept_in_both_directions() {
        let odd = sequence("public.odd").increment(2).called(7).link(column("public.t", "id").rows([9, 12]));
        assert_eq!(only_step(odd).target, 13);
        let down =
            sequence("public.down").increment(-3).called(-4).link(column("public.t", "id").rows([-7, -8]));
        let step = only_step(down);
        assert_eq!((step.target, step.calls), (-10, 1));
    }

    #[test]
    fn what_lies_beyond_the_ceiling_remains() {
        let small = sequence("public.t_id_seq")
            .bounds(1, 1000)
            .called(10)
            .link(column("public.t", "id").integer(IntegerType::Integer).rows(11..=1000));
        assert_eq!(only_remaining(small).code, Code::Blocked);
    }

    #[test]
    fn an_outlier_is_left_alone() {
        let outlier = sequence("public.t_id_seq").of_type(IntegerType::Integer).called(5).link(
            column("public.t", "id").integer(IntegerType::Integer).rows((1..=5).chain([i32::MAX.into()])),
        );
        assert_eq!(only_remaining(outlier).code, Code::Outlier);
    }

    #[test]
    fn headroom_is_kept_and_given_once() {
        let options = FixOptions { headroom: 10, ..FixOptions::default() };
        let target = |last_value| {
            let rows = column("public.t", "id").rows(1..=100);
            let plan = plan_with(&options, [sequence("public.t_id_seq").called(last_value).link(rows)]);
            plan.steps.first().map(|step| step.target)
        };
        assert_eq!(target(50), Some(111));
        assert_eq!(target(100), Some(111));
        assert_eq!(target(105), Some(111));
        assert_eq!(target(110), None);
        assert_eq!(target(500), None);
    }

    #[test]
    fn headroom_beyond_the_ceiling_remains() {
        let options = FixOptions { headroom: 1000, ..FixOptions::default() };
        let small = sequence("public.s").bounds(1, 1000).called(10).link(column("public.t", "id").rows([10]));
        let plan = plan_with(&options, [small]);
        assert_eq!(plan.remaining[0].code, Code::Blocked);
    }

    #[test]
    fn rows_that_were_left_out_are_not_looked_at_under_the_lock() {
        let ignore_above = vec![IgnoreAbove { sequence: None, value: 10_000_000 }];
        let options = FixOptions { ignore_above, ..FixOptions::default() };
        assert!(plan_with(&options, [behind_by(5_000_000)]).steps[0].rows.is_empty());
    }
}
