//! The switch rehearsed, in words.

use super::carry_last::{in_words, push_left_out, push_no_way, push_not_bound, push_not_replicated};
use super::layout::{Paint, Style, count, push_line, push_wrapped, thousands, visible};
use super::place::place;
use crate::carry::{Carrying, FenceAhead, Rehearsal, SessionsOf, WayAhead};

/// So many lines a list has at most.
const LINES: usize = 10;

/// What the switch would wait for, do and fail at; to be read after the plan. `is_ready` says whether nothing that is known
/// now would keep it from its end, the plan with it.
pub fn carry_rehearsal(seen: &Carrying, rehearsal: &Rehearsal, is_ready: bool, style: &Style) -> String {
    let mut text = String::new();
    push_drawing(&mut text, seen, rehearsal, style);
    for way in &rehearsal.replication {
        push_wrapped(&mut text, "", 0, &way_in_words(way), style.width);
        push_left_out(&mut text, &way.leaves_out, style);
    }
    if rehearsal.replication.is_empty() {
        push_no_way(&mut text, style);
    }
    push_not_replicated(&mut text, &rehearsal.not_replicated, style);
    if let Some(fence) = &rehearsal.fence {
        push_fence(&mut text, fence, style);
    }
    push_end(&mut text, rehearsal, is_ready, style);
    text
}

fn push_drawing(text: &mut String, seen: &Carrying, rehearsal: &Rehearsal, style: &Style) {
    if rehearsal.drawing.is_empty() {
        let place = place(&seen.source.server);
        let words = format!("Quiet at this moment: no open transaction has drawn from {place}.");
        return push_wrapped(text, "", 0, &words, style.width);
    }
    let or_ended = if rehearsal.fence.is_some() { ", or ended by the fence" } else { "" };
    push_line(text, &format!("Not quiet at this moment. To be waited for{or_ended}:"));
    push_some(text, 2, rehearsal.drawing.iter().map(in_words), style);
}

/// The first of them, and how many more there are.
fn push_some(text: &mut String, indent: usize, lines: impl ExactSizeIterator<Item = String>, style: &Style) {
    let more = lines.len().saturating_sub(LINES);
    let label = " ".repeat(indent);
    lines.take(LINES).for_each(|line| push_wrapped(text, &label, indent, &line, style.width));
    if more > 0 {
        push_line(text, &format!("{label}and {more} more (--format json has them all)"));
    }
}

fn way_in_words(way: &WayAhead) -> String {
    let WayAhead { slot, subscription, tables, copying, enabled, active, behind, .. } = way;
    let number = |number: &i64| u128::try_from(*number).unwrap_or(0);
    let tables = count(number(tables), "table");
    let mut words = format!("To be waited for: the subscription {subscription} ({tables}, slot {slot})");
    words += &match behind {
        Some(0) => ", which has everything".to_owned(),
        Some(bytes) => format!(", {} bytes behind", thousands(bytes)),
        None => ", nobody knows how far behind".to_owned(),
    };
    if *copying > 0 {
        words += &format!("; {} not copied for the first time yet", count(number(copying), "table"));
    }
    if *enabled && !active {
        words += "; nobody takes from the slot at this moment";
    }
    words + "."
}

fn push_fence(text: &mut String, fence: &FenceAhead, style: &Style) {
    let FenceAhead { statement, lift, not_bound, switched, was_on, sessions, .. } = fence;
    push_line(text, "The fence:");
    // To be copied: not broken.
    push_line(text, &format!("  {}", visible(statement)));
    match switched {
        Some(time) => push_line(text, &format!("  It stands, by the switch completed at {time:.0}.")),
        // Else by the fence of the run that is at it, for all that is known.
        None if *was_on && lift.is_some() => {
            push_line(text, "  The database is read-only by default already, and stays so.")
        }
        None => {}
    }
    match u128::try_from(fence.number_of_sessions()).unwrap_or(0) {
        0 => push_line(text, "  At this moment there is no session to end."),
        number => {
            push_line(text, &format!("  {} would be ended:", count(number, "session")));
            push_some(text, 4, sessions.iter().map(sessions_in_words), style);
        }
    }
    if let Some(lift) = lift {
        let what = if *was_on { "To let it take writes" } else { "To lift it" };
        push_line(text, &format!("  {what}: {}", visible(lift)));
    }
    push_not_bound(text, not_bound, style);
}

fn sessions_in_words(sessions: &SessionsOf) -> String {
    let SessionsOf { application, role, number, .. } = sessions;
    let number = thousands(number);
    match application {
        Some(application) => format!("{number} of {application}, as {role}"),
        None => format!("{number} as {role}"),
    }
}

fn push_end(text: &mut String, rehearsal: &Rehearsal, is_ready: bool, style: &Style) {
    let words = match (is_ready, rehearsal.hindrances.is_empty()) {
        (true, _) => {
            let ready = style.paint(Paint::Good, "Ready");
            format!("{ready}: nothing that is known now would keep the switch from its end.")
        }
        (false, true) => {
            let words = style.paint(Paint::Bad, "Not ready");
            format!("{words}: the switch would fail at what is told above.")
        }
        (false, false) => {
            let words = style.paint(Paint::Bad, "Not ready");
            format!("{words}: the switch would fail.")
        }
    };
    push_wrapped(text, "", 0, &words, style.width);
    for hindrance in &rehearsal.hindrances {
        push_wrapped(text, "  ", 2, &hindrance.message, style.width);
        if let Some(hint) = &hindrance.hint {
            push_wrapped(text, "    hint: ", 4, hint, style.width);
        }
    }
    push_line(text, "Nothing was changed.");
}
