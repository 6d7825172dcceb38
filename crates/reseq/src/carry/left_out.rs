//! Rows that the target's sequences do not go past: those beyond `--ignore-above`, and a few that lie far beyond the rest.
//!
//! Going past a few far rows would use a sequence up. A carry need not: the next value is not taken, and where such a row
//! has come from the source, that lives with it too. What is left out is told, with how far away it is.

use std::collections::HashMap;

use crate::Result;
use crate::catalog::{Catalog, Ceiling, Link, LinkId, SequenceId};
use crate::diagnose::{self, Code, Diagnoser};
use crate::model::{Lane, Oid, QuotedName};
use crate::observe::{Gap, Observation, Observations, Request, StateReading, nearest_rows, observe_again};
use crate::plan::{IgnoreAbove, costs_more_than_it_leaves};
use crate::session::Sessions;

use super::flags;

/// How many rows are a few.
const FEW: u64 = 100;

/// Rows of a linked column of the target that its sequence does not go past, and comes to one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// In the target's catalogue.
    pub sequence: SequenceId,
    /// `schema.table.column`, quoted.
    pub column: QuotedName,
    /// The first of them that it comes to; of text the digits.
    pub row: i128,
    /// How many calls are left until then, when it stands where it has to come to; 0 where its next value is taken.
    pub calls_left: u128,
    /// `--ignore-above` leaves them out; else they lie far beyond the rest.
    pub asked_for: bool,
}

/// Leaves out what lies far beyond the rest. Returns the rules for that, and what they and those that were asked for leave
/// out. `least` is where the sequences have to come to.
pub(super) fn look(
    target: &mut Sessions,
    catalog: &Catalog,
    request: &Request<'_>,
    findings: &diagnose::Options,
    least: &HashMap<Oid, i128>,
    seen: &mut Observations,
) -> Result<(Vec<IgnoreAbove>, Vec<LeftOut>)> {
    let far = leave_out_far(target, catalog, request, findings, least, seen)?;
    let (mut lanes, mut found) = (Vec::new(), Vec::new());
    let rules = all_rules(&far, request.ignore_above);
    let all = Request { ignore_above: &rules, ..*request };
    for (id, sequence) in catalog.iter().filter(|(id, _)| request.selected[id.0]) {
        let Some(last) = all.ignore_above(catalog, id) else { continue };
        let Some(lane) = lane_from_goal(catalog, seen, least, id) else { continue };
        for link in sequence.links.clone().map(LinkId) {
            if !matches!(seen.link(link), Observation::Seen(_)) {
                continue;
            }
            let known = catalog.link(link);
            let in_column = known.lane_in_column(lane);
            lanes.push((link, Lane::new(in_column.first_after(last), in_column.step(), in_column.bound())));
            let asked_for = request.ignore_above(catalog, id) == Some(last);
            found.push((id, in_column, asked_for));
        }
    }
    let rows = nearest_rows(target, catalog, &all, &lanes)?;
    let left_out =
        found.into_iter().zip(&lanes).zip(rows).filter_map(|(((sequence, lane, asked_for), at), row)| {
            let row = row?;
            let column = QuotedName::from_server(catalog.link(at.0).full_name());
            Some(LeftOut { sequence, column, row, calls_left: lane.calls_before(row), asked_for })
        });
    Ok((far, left_out.collect()))
}

/// All rules, those for far rows first: they leave out more of their sequences.
pub(super) fn all_rules(far: &[IgnoreAbove], asked_for: &[IgnoreAbove]) -> Vec<IgnoreAbove> {
    far.iter().chain(asked_for).cloned().collect()
}

/// Looks again at the sequences that have outliers, without these. Returns the rules for that.
pub(super) fn leave_out_far(
    target: &mut Sessions,
    catalog: &Catalog,
    request: &Request<'_>,
    findings: &diagnose::Options,
    least: &HashMap<Oid, i128>,
    seen: &mut Observations,
) -> Result<Vec<IgnoreAbove>> {
    let far: Vec<(SequenceId, i128)> = {
        let diagnoser = Diagnoser::new(catalog, seen, findings);
        let selected = catalog.iter().map(|(id, _)| id).filter(|id| request.selected[id.0]);
        selected.filter_map(|id| Some((id, last_before(catalog, seen, &diagnoser, least, id)?))).collect()
    };
    let rule = |(id, value): &(SequenceId, i128)| IgnoreAbove {
        sequence: Some(catalog.sequence(*id).oid),
        value: *value,
    };
    let rules: Vec<IgnoreAbove> = far.iter().map(rule).collect();
    if far.is_empty() {
        return Ok(rules);
    }
    let all = all_rules(&rules, request.ignore_above);
    let selected = flags(catalog, far.iter().map(|(id, _)| *id));
    let again = Request { selected: &selected, ignore_above: &all, ..*request };
    let mut again = observe_again(target, catalog, &again)?;
    for (id, _) in far {
        // What is dropped at this very moment is missed when it is moved.
        if matches!(again.state(id), StateReading::Known(_)) {
            std::mem::swap(&mut seen.states[id.0], &mut again.states[id.0]);
            for link in catalog.sequence(id).links.clone() {
                std::mem::swap(&mut seen.links[link], &mut again.links[link]);
            }
        }
    }
    Ok(rules)
}

/// The last value of its columns that counts where a few of its rows lie so far beyond the rest that going past them costs
/// more than it leaves.
fn last_before(
    catalog: &Catalog,
    seen: &Observations,
    diagnoser: &Diagnoser<'_>,
    least: &HashMap<Oid, i128>,
    id: SequenceId,
) -> Option<i128> {
    let gaps: Vec<(&Link, Gap, i128)> = gaps(catalog, seen, id).collect();
    let (link, ..) = gaps.first()?;
    let mut links = catalog.sequence(id).links.clone().map(|link| catalog.link(LinkId(link)));
    // One value is to be right for all of its columns.
    if !links.all(|other| other.mapping == link.mapping) {
        return None;
    }
    let lane = lane_from_least(catalog, seen, least, id)?;
    // Where nothing lies before them, and nothing was drawn either, far rows may be what the table is like.
    let are_few = |gap: &Gap| gap.before.is_some() && gap.rows_after <= FEW;
    let is_outlier = || diagnoser.diagnosis(id).findings.iter().any(|finding| finding.code == Code::Outlier);
    if !gaps.iter().all(|(_, gap, _)| are_few(gap)) && !is_outlier() {
        return None;
    }
    let in_column = link.lane_in_column(lane);
    let far = gaps.iter().filter(|(_, gap, extreme)| costs_more_than_it_leaves(in_column, gap, *extreme));
    let nearest = far.map(|(_, gap, _)| gap.after);
    let nearest = nearest.reduce(|one, other| if in_column.is_after(one, other) { other } else { one })?;
    Some(nearest - in_column.step().signum())
}

fn gaps<'a>(
    catalog: &'a Catalog,
    seen: &'a Observations,
    id: SequenceId,
) -> impl Iterator<Item = (&'a Link, Gap, i128)> {
    catalog.sequence(id).links.clone().map(LinkId).filter_map(|link| match seen.link(link) {
        Observation::Seen(reading) => {
            Some((catalog.link(link), *reading.collision.as_ref()?.gap.as_deref()?, reading.extreme?))
        }
        _ => None,
    })
}

/// What is left of the lane where the sequence stands as far as the source's.
fn lane_from_least(
    catalog: &Catalog,
    seen: &Observations,
    least: &HashMap<Oid, i128>,
    id: SequenceId,
) -> Option<Lane> {
    let StateReading::Known(state) = *seen.state(id) else { return None };
    let sequence = catalog.sequence(id);
    let lane = sequence.definition.lane(state)?;
    let next = match least.get(&sequence.oid) {
        Some(least) => lane.first_after(least - lane.step().signum()),
        None => lane.next(),
    };
    Some(Lane::new(next, lane.step(), Ceiling::of(catalog, id).value.into()))
}

/// What is left of the lane past the rows that count, too.
fn lane_from_goal(
    catalog: &Catalog,
    seen: &Observations,
    least: &HashMap<Oid, i128>,
    id: SequenceId,
) -> Option<Lane> {
    let lane = lane_from_least(catalog, seen, least, id)?;
    let past_rows = diagnose::target(catalog, seen, id, 0).map_or(lane.next(), i128::from);
    let next = if lane.is_after(past_rows, lane.next()) { past_rows } else { lane.next() };
    Some(Lane::new(next, lane.step(), lane.bound()))
}
