//! What came of carrying for the last time.

use std::collections::HashSet;

use super::carry::{push_beside, push_news_beside};
use super::layout::{Paint, Style, count, push_line, push_wrapped, visible};
use super::place::place;
use super::plan::{Told, outcome_but_remaining, outcome_of, push_what_remains};
use crate::apply::Outcome;
use crate::carry::{
    Carrying, Drawing, Fenced, Finished, Last, NotReplicated, Proof, Proven, ProvenColumn, Quiet, Safety,
    Verdict, Way,
};
use crate::model::QuotedName;

/// What was waited for, what was carried, the proof, and whether the applications may move over. `first` is what was
/// seen in the beginning, and `told` what was told with its plan, where that was shown: it is not said again. The proof is
/// shown sequence by sequence, all of it with [`Style::verbose`].
pub fn carry_finished(first: &Carrying, finished: &Finished, told: Option<&Told>, style: &Style) -> String {
    let mut text = String::new();
    let remaining = told.map(|told| told.remaining.clone()).unwrap_or_default();
    if let Some(before) = &finished.before {
        let told = Told { steps: before.sequences.len(), remaining: remaining.clone() };
        // What remains of it is said in the end, if it gets there.
        let outcome_of = if finished.last.is_some() { outcome_but_remaining } else { outcome_of };
        text.push_str(&outcome_of("Carried before", before, &told, style));
    }
    if let Some(fence) = &finished.fence {
        push_fence(&mut text, fence, style);
    }
    push_quiet(&mut text, first, &finished.quiet, style);
    push_may_be_held(&mut text, first, finished, style);
    if finished.quiet.states.is_some() {
        push_ways(&mut text, &finished.ways, style);
    }
    push_not_replicated(&mut text, &finished.not_replicated, style);
    if let Some(last) = &finished.last {
        text.push_str(&outcome_of("Carried", &last.outcome, &Told { steps: 0, remaining }, style));
        match told {
            Some(_) => push_news_beside(&mut text, &last.carrying, first, style),
            None => push_beside(&mut text, &last.carrying, style),
        }
        if let Some(other) = &last.carrying.other_way {
            let words = style.paint(Paint::Bad, "The other way");
            let words = format!("{words}: {}. What it moved there was not drawn.", visible(&other.words()));
            push_wrapped(&mut text, "", 0, &words, style.width);
            push_wrapped(&mut text, "  ", 2, &other.hint(), style.width);
        }
        push_proof(&mut text, &last.proof, &last.outcome, style);
    }
    push_end(&mut text, finished, style);
    text
}

fn push_quiet(text: &mut String, first: &Carrying, quiet: &Quiet, style: &Style) {
    let place = place(&first.source.server);
    let seconds = quiet.waited.as_secs_f64();
    if quiet.states.is_some() {
        let words = format!("Quiet: {place} hands out nothing any more (waited {seconds:.1} s).");
        return push_wrapped(text, "", 0, &words, style.width);
    }
    let words = style.paint(Paint::Bad, "Not quiet");
    let words = format!("{words}: {place} still hands out values after {seconds:.0} s:");
    push_wrapped(text, "", 0, &words, style.width);
    for drawing in &quiet.drawing {
        push_wrapped(text, "  ", 2, &in_words(drawing), style.width);
    }
    if !quiet.moved.is_empty() {
        let names = quiet.moved.iter().map(|id| first.source.catalog.sequence(*id).name.as_str());
        let words = format!("moved within a second: {}", some_of(names));
        push_wrapped(text, "  ", 2, &words, style.width);
    }
    if !quiet.written.is_empty() {
        let names = some_of(quiet.written.iter().map(QuotedName::as_str));
        let words =
            format!("rows were written to {names}, with ids that sessions may hold in advance (CACHE)");
        push_wrapped(text, "  ", 2, &words, style.width);
    }
}

/// What cannot be seen.
fn push_may_be_held(text: &mut String, first: &Carrying, finished: &Finished, style: &Style) {
    let held = finished.may_be_held();
    if held.is_empty() {
        return;
    }
    let names = some_of(held.iter().map(|id| first.source.catalog.sequence(*id).name.as_str()));
    let words = format!(
        "Note: sessions of the source that are open still may hold values of {names} in advance (CACHE), and write rows with \
         them that come too late: end them, or use --fence."
    );
    push_wrapped(text, "", 0, &words, style.width);
}

fn push_fence(text: &mut String, fence: &Fenced, style: &Style) {
    let Fenced { database, ended_sessions, not_bound, lift, lifted, switched, was_on, broken, .. } = fence;
    let ended = count(*ended_sessions as u128, "session");
    let now = match switched {
        _ if *lifted => "; lifted again: it takes writes, and sessions connect anew".to_owned(),
        _ if *was_on => "; it was so before, by no fence that is known here, and stays so".to_owned(),
        Some(time) if broken.is_none() => {
            format!("; it stood before, by the switch completed at {time:.0}, and stands")
        }
        _ => String::new(),
    };
    let is = if broken.is_some() { "was made" } else { "is" };
    let words = format!("Fenced: {database} {is} read-only by default, and {ended} ended{now}.");
    push_wrapped(text, "", 0, &words, style.width);
    if let Some(reason) = broken {
        let words = style.paint(Paint::Bad, "The fence did not hold");
        push_wrapped(text, "", 0, &format!("{words}: {reason}."), style.width);
    } else if !lifted {
        push_line(text, "  Sessions begin read-only, unless they ask for another mode.");
        // To be copied: not broken.
        let what = if *was_on { "To let it take writes" } else { "To lift it" };
        push_line(text, &format!("  {what}: {}", visible(lift)));
    }
    push_not_bound(text, not_bound, style);
}

fn push_ways(text: &mut String, ways: &[Way], style: &Style) {
    for way in ways {
        let words = match &way.hindrance {
            None if way.tables == 0 => format!("The subscription {} brings no rows.", way.subscription),
            None => {
                let tables = count(u128::try_from(way.tables).unwrap_or(0), "table");
                format!(
                    "Replicated: all changes that the subscription {} brings ({tables}) have arrived.",
                    way.subscription
                )
            }
            Some(hindrance) => {
                let words = style.paint(Paint::Bad, "Rows may be missing");
                format!("{words}: {hindrance} (subscription {}, slot {}).", way.subscription, way.slot)
            }
        };
        push_wrapped(text, "", 0, &words, style.width);
        push_left_out(text, &way.leaves_out, style);
    }
    if ways.is_empty() {
        push_no_way(text, style);
    }
}

/// What a subscription does not bring.
pub(super) fn push_left_out(text: &mut String, leaves_out: &[String], style: &Style) {
    if !leaves_out.is_empty() {
        let what = some_of(leaves_out.iter().map(String::as_str));
        let words = format!("Note: it does not bring all: {what}; see to it that those rows are there.");
        push_wrapped(text, "", 0, &words, style.width);
    }
}

pub(super) fn push_no_way(text: &mut String, style: &Style) {
    let words = "Note: no subscription of the target takes from this source: whether rows are there was not looked at.";
    push_wrapped(text, "", 0, words, style.width);
}

/// The roles that a fence lets write.
pub(super) fn push_not_bound(text: &mut String, roles: &[String], style: &Style) {
    if !roles.is_empty() {
        let names = some_of(roles.iter().map(String::as_str));
        let words = format!("Not bound by it, by a setting of its own (ALTER ROLE … SET): {names}.");
        push_wrapped(text, "", 0, &words, style.width);
    }
}

pub(super) fn push_not_replicated(text: &mut String, left_out: &NotReplicated, style: &Style) {
    for idle in &left_out.subscriptions {
        let words =
            format!("Note: the subscription {} {}: it brings nothing.", idle.subscription, idle.reason);
        push_wrapped(text, "", 0, &words, style.width);
    }
    if !left_out.tables.is_empty() {
        let names = some_of(left_out.tables.iter().map(QuotedName::as_str));
        let words =
            format!("Note: no subscription brings the rows of {names}; see to it that they are there.");
        push_wrapped(text, "", 0, &words, style.width);
    }
}

/// `the transaction of process 4711 (app, as shop) has drawn from or written to public.orders_id_seq`.
pub(super) fn in_words(drawing: &Drawing) -> String {
    let Drawing { holder, role, application, relations } = drawing;
    let whose = match (application, role) {
        (Some(application), Some(role)) => format!(" ({application}, as {role})"),
        (None, Some(role)) => format!(" (as {role})"),
        (_, None) => String::new(),
    };
    if relations.is_empty() {
        return format!("{holder}{whose} has changed something, and may have created sequences");
    }
    let names = some_of(relations.iter().map(|name| name.as_str()));
    format!("{holder}{whose} has drawn from or written to {names}")
}

/// A few names, and how many more there are.
pub(super) fn some_of<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const FEW: usize = 5;
    let more = names.len().saturating_sub(FEW);
    let mut words = names.take(FEW).collect::<Vec<_>>().join(", ");
    if more > 0 {
        words.push_str(&format!(" and {more} more"));
    }
    words
}

/// What remains of the outcome was told before.
fn push_proof(text: &mut String, proof: &Proof, outcome: &Outcome, style: &Style) {
    const SHOWN: usize = 40;
    let told: HashSet<(&QuotedName, &str)> =
        outcome.remaining.iter().map(|rest| (&rest.sequence, &*rest.reason)).collect();
    let stands_against = |text: &mut String, one: &Proven, label: &str, reason: &str| {
        if told.contains(&(&one.target, reason)) {
            push_wrapped(text, "  ", 2, &format!("{}: {label}, as said above", one.target), style.width);
        } else {
            push_what_remains(text, &one.target, label, reason, "", style);
        }
    };
    let shown = if style.verbose { usize::MAX } else { SHOWN };
    let mut safe = 0;
    for one in &proof.sequences {
        match &one.verdict {
            Verdict::Safe => {
                safe += 1;
                if safe <= shown {
                    push_safe(text, one, style);
                }
            }
            Verdict::NotSafe(reason) => stands_against(text, one, "not safe", reason),
            Verdict::NotProven(reason) => stands_against(text, one, "not proven", reason),
        }
    }
    if safe > shown {
        push_line(text, &format!("  and {} more (-v shows them)", safe - shown));
    }
}

fn push_safe(text: &mut String, one: &Proven, style: &Style) {
    let next = |value: Option<i64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
    let (theirs, ours) = (next(one.source_next_value), next(one.target_next_value));
    let mut words = format!("{}: next value {ours}, the source's {theirs}", one.target);
    for ProvenColumn { column, ends_at, left_out_from } in &one.columns {
        words += &match ends_at {
            Some(value) => format!("; {column} ends at {value}"),
            None => format!("; {column} has no rows"),
        };
        if let Some(row) = left_out_from {
            words += &format!(" but for those left out, from {row} on");
        }
    }
    if let Some(left) = one.little_left {
        words += &style.paint(Paint::Uneasy, &format!("; nearly used up: {} left", count(left, "call")));
    }
    push_wrapped(text, "  ", 2, &words, style.width);
}

fn push_end(text: &mut String, finished: &Finished, style: &Style) {
    let words = match (finished.safety(), &finished.last) {
        (Safety::Safe, Some(Last { proof, .. })) => {
            let safe = style.paint(Paint::Good, "Safe");
            let number = count(proof.sequences.len() as u128, "sequence");
            format!(
                "{safe}: {number} will go on after the source's, with values that are not taken. Move the applications \
                 over."
            )
        }
        (Safety::NotProven, _) => {
            let words = style.paint(Paint::Bad, "Not proven");
            format!("{words}: leave the applications where they are, and run it again.")
        }
        _ => {
            let words = style.paint(Paint::Bad, "Not safe");
            format!("{words}: leave the applications where they are.")
        }
    };
    push_wrapped(text, "", 0, &words, style.width);
    if finished.quiet.states.is_none() {
        push_line(text, "Stop what still draws and run it again, or wait longer (--wait-quiet).");
    }
}
