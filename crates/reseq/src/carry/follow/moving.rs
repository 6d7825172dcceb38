//! Reads where sequences stand on both ends, and moves those of the target that need it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Running;
use super::distance::Stand;
use super::ends::{Failed, is_the_end, on};
use super::known::{Drawn, Followed};
use super::rate::{Rate, margin};
use super::told::{Drawing, Event, Problem, SetBack, Side, Status};
use crate::apply::forward;
use crate::carry::flags;
use crate::carry::left_out::{all_rules, leave_out_far};
use crate::catalog::{Ceiling, Sequence, SequenceId};
use crate::diagnose::diagnose;
use crate::model::Oid;
use crate::observe::{Observations, StateReading, observe, states};
use crate::plan::{FixOptions, IgnoreAbove, Pair, Plan, Seen, beyond, carry, next_value};
use crate::session::Server;

/// So many of those that draw fastest are told, and so many problems.
const TOLD: usize = 5;

/// How late the statistics are at most, beside the ticks.
const LATE: Duration = Duration::from_secs(1);

/// The first server where reading a state is one access, whatever it is.
const ONE_ACCESS: u32 = 180_002;

impl Running<'_> {
    /// Looks at the followed at these places, those with `true` in full, and moves what needs it.
    pub(super) fn follow(
        &mut self,
        places: &[(usize, bool)],
        tell: &mut dyn FnMut(&Event),
    ) -> Result<Status, Failed> {
        let mut status = Status { looked_at: places.len(), ..Status::default() };
        self.read_source(places, &mut status)?;
        // Read without being asked for, most of them stand where they stood.
        let (blind, known) = (self.blind, &self.known);
        let is_wanted = |&&(place, in_full): &&(usize, bool)| {
            let followed = &known.followed[place];
            !blind || in_full || followed.heat > 0
        };
        let places: Vec<(usize, bool)> = places.iter().filter(is_wanted).copied().collect();
        let (observations, far) = self.read_target(&places)?;
        let least = self.aim(&places, &observations, &mut status, tell);
        let plan = self.plan(&places, &observations, least, &far);
        self.move_forward(&plan, &mut status)?;
        self.sum_up(&mut status);
        Ok(status)
    }

    /// Reads where the sources stand, and how fast they draw.
    fn read_source(&mut self, places: &[(usize, bool)], status: &mut Status) -> Result<(), Failed> {
        let known = &mut self.known;
        let ids = places.iter().map(|(place, _)| known.followed[*place].pair.source);
        let flags = flags(&known.source, ids);
        let states = states(&mut self.ends.source, &known.source, &flags).map_err(on(Side::Source))?;
        let now = Instant::now();
        let longest = if self.blind || self.was_away { Duration::MAX } else { self.period * 2 + LATE };
        for (place, in_full) in places {
            let followed = &mut known.followed[*place];
            followed.forget_problem(*in_full, self.blind);
            let Pair { source, target } = followed.pair;
            let sequence = known.source.sequence(source);
            let state = match &states[source.0] {
                StateReading::Known(state) => state,
                StateReading::Unreadable(why) => {
                    let (reason, hint) = (why.reason.clone(), why.hint.clone());
                    followed.problem = Some(Problem { sequence: sequence.name.clone(), reason, hint });
                    continue;
                }
                StateReading::Vanished | StateReading::NotSelected => continue,
            };
            followed.source.accessed(accesses(self.ends.source.server(), &states[source.0]));
            let ceiling = Ceiling::of(&known.target, target).value.into();
            let next = next_value(&sequence.definition, *state, ceiling);
            followed.used_up = next.is_none();
            let next = next.unwrap_or_else(|| beyond(&sequence.definition, *state));
            let before = followed.drawn;
            let rate = before.map_or_else(Rate::default, |before| {
                let calls = Stand { source: before.next, target: next }.lead(&sequence.definition);
                // One that was left alone until now began to draw a moment ago.
                before.rate.after(calls, (now - before.at).min(longest))
            });
            followed.drawn = Some(Drawn { next, at: now, rate });
            if before.is_some_and(|before| before.next != next) {
                status.drawing += 1;
                followed.heat = followed.heat.max(1);
            }
        }
        Ok(())
    }

    /// Reads where the targets stand, and the rows of those in full, but for rows far beyond the rest, for which it gives
    /// the rules.
    fn read_target(&mut self, places: &[(usize, bool)]) -> Result<(Observations, Vec<IgnoreAbove>), Failed> {
        let known = &mut self.known;
        let ids = |full: bool| -> Vec<SequenceId> {
            let places = places.iter().filter(|(_, in_full)| *in_full == full);
            places.map(|(place, _)| known.followed[*place].pair.target).collect()
        };
        let drawn = |(place, _): &(usize, bool)| {
            let followed = &known.followed[*place];
            Some((known.target.sequence(followed.pair.target).oid, followed.drawn?.next))
        };
        let least = places.iter().filter_map(drawn).collect();
        let selected = flags(&known.target, ids(true).into_iter());
        let carry = &self.options.carry;
        let request = carry.request(&selected, &known.ignore_above);
        let target = &mut self.ends.target;
        let mut seen = observe(target, &known.target, &request).map_err(on(Side::Target))?;
        let findings = &carry.target.findings;
        let far = leave_out_far(target, &known.target, &request, findings, &least, &mut seen)
            .map_err(on(Side::Target))?;
        let others = ids(false);
        let mut read = states(target, &known.target, &flags(&known.target, others.iter().copied()))
            .map_err(on(Side::Target))?;
        for id in others {
            seen.states[id.0] = std::mem::replace(&mut read[id.0], StateReading::NotSelected);
        }
        for (place, in_full) in places {
            let followed = &mut known.followed[*place];
            followed.target.accessed(accesses(target.server(), seen.state(followed.pair.target)));
            followed.fresh &= !in_full;
        }
        Ok((seen, far))
    }

    /// Finds out which targets have to go how far.
    fn aim(
        &mut self,
        places: &[(usize, bool)],
        observations: &Observations,
        status: &mut Status,
        tell: &mut dyn FnMut(&Event),
    ) -> HashMap<Oid, i128> {
        let known = &mut self.known;
        let mut least = HashMap::new();
        for (place, _) in places {
            let followed = &mut known.followed[*place];
            let pair = followed.pair;
            let (source, target) = (known.source.sequence(pair.source), known.target.sequence(pair.target));
            let StateReading::Known(state) = observations.state(pair.target) else { continue };
            let next = target.definition.next_value(*state).map(i128::from);
            let (Some(drawn), Some(next)) = (followed.drawn, next) else { continue };
            let stand = Stand { source: drawn.next, target: next };
            followed.lead = stand.lead(&source.definition);
            let lag = u64::try_from(-followed.lead).unwrap_or(0);
            if lag > status.lag {
                (status.lag, status.behind) = (lag, Some(target.name.clone()));
            }
            if let Some(reached) = followed.reached.replace(next)
                && (Stand { source: reached, target: next }).lead(&target.definition) < 0
                && !target.definition.cycle
            {
                let sequence = target.name.clone();
                tell(&Event::SetBack(SetBack { sequence, from: clip(reached), to: clip(next) }));
            }
            if followed.used_up {
                continue;
            }
            let margin = margin(self.options.margin, drawn.rate, self.period);
            let ceiling = Ceiling::of(&known.target, pair.target).value.into();
            if let Some(value) = stand.least(&source.definition, margin, (&target.definition, ceiling)) {
                least.insert(target.oid, value);
            }
        }
        least
    }

    fn move_forward(&mut self, plan: &Plan, status: &mut Status) -> Result<(), Failed> {
        for remaining in &plan.remaining {
            let sequence = self.known.target.sequence(remaining.sequence);
            let (reason, hint) = (remaining.reason.clone(), remaining.hint.clone());
            let problem = Problem { sequence: sequence.name.clone(), reason, hint };
            if let Some(followed) = self.followed(remaining.sequence) {
                followed.problem = Some(problem);
            }
        }
        let targets: HashMap<SequenceId, i128> =
            plan.steps.iter().map(|step| (step.sequence, step.target.into())).collect();
        for (id, moved) in forward(&mut self.ends.target, &plan.steps) {
            let Sequence { name, definition, .. } = self.known.target.sequence(id);
            let (name, definition) = (name.clone(), **definition);
            match moved {
                Ok(calls) => {
                    status.moved += usize::from(calls > 0);
                    let Some(followed) = self.followed(id) else { continue };
                    followed.target.accessed(calls + 1);
                    if let (Some(target), Some(reached)) = (targets.get(&id), followed.reached) {
                        let gained = Stand { source: reached, target: *target }.lead(&definition);
                        followed.lead += gained.max(0);
                        followed.reached = Some(*target);
                    }
                }
                Err(error) if is_the_end(&error) => return Err(Failed { side: Side::Target, error }),
                Err(error) => {
                    let hint = error.hint().unwrap_or_default();
                    let Some(followed) = self.followed(id) else { continue };
                    followed.heat = followed.heat.max(1) + 1;
                    followed.problem = Some(Problem { sequence: name, reason: error.to_string(), hint });
                }
            }
        }
        Ok(())
    }

    fn plan(
        &self,
        places: &[(usize, bool)],
        observations: &Observations,
        least: HashMap<Oid, i128>,
        far: &[IgnoreAbove],
    ) -> Plan {
        let known = &self.known;
        let pairs: Vec<Pair> = places.iter().map(|(place, _)| known.followed[*place].pair).collect();
        let report = diagnose(&known.target, observations, &self.options.carry.target.findings);
        let seen = Seen { catalog: &known.target, observations, report: &report };
        let ignore_above = all_rules(far, &known.ignore_above);
        let used_up = places.iter().map(|(place, _)| &known.followed[*place]).filter(|one| one.used_up);
        let to_end = used_up.map(|one| known.target.sequence(one.pair.target).oid).collect();
        let least = Arc::new(least);
        carry(seen, &pairs, &FixOptions { least, to_end, ignore_above, carries: true, ..self.fix.clone() })
    }

    /// What is followed by this sequence of the target.
    fn followed(&mut self, target: SequenceId) -> Option<&mut Followed> {
        let place = self.known.targets.get(&self.known.target.sequence(target).oid)?;
        self.known.followed.get_mut(*place)
    }

    /// What is to be told of all.
    fn sum_up(&mut self, status: &mut Status) {
        let known = &mut self.known;
        status.followed = known.followed.len();
        let mut problems = known.left_out.clone();
        problems.extend(match &self.creating {
            Some(creating) => creating.problems.clone(),
            None => known.not_there(),
        });
        for followed in &mut known.followed {
            problems.extend(followed.problem.clone());
            let Some(drawn) = &mut followed.drawn else { continue };
            if followed.heat == 0 {
                drawn.rate = Rate::default();
            }
            let calls_per_second = drawn.rate.per_second();
            if calls_per_second > 0.0 {
                let lead = u64::try_from(followed.lead).unwrap_or(0);
                status.margin_left = Some(status.margin_left.map_or(lead, |least| least.min(lead)));
                let sequence = known.source.sequence(followed.pair.source).name.clone();
                status.fastest.push(Drawing { sequence, calls_per_second });
            }
        }
        status.fastest.sort_by(|a, b| b.calls_per_second.total_cmp(&a.calls_per_second));
        status.fastest.truncate(TOLD);
        status.problems = problems.len();
        problems.truncate(TOLD);
        status.first_problems = problems;
    }
}

/// How often reading a state so accesses the sequence's block.
fn accesses(server: &Server, state: &StateReading) -> u64 {
    match state {
        // By pg_sequence_last_value(), which knows nothing of it, and once more.
        StateReading::Known(state) if server.version_num < ONE_ACCESS && !state.is_called => 2,
        StateReading::Known(_) => 1,
        _ => 0,
    }
}

/// A next value lies within the bounds of `bigint`, but for the one after the last.
fn clip(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
