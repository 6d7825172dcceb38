//! What is to be carried from one server to another, and what became of it.

use std::collections::BTreeSet;

use super::carry_last::some_of;
use super::layout::{Paint, Style, count, push_line, push_wrapped, visible, width};
use super::place::{heading, place, with_version};
use super::plan::{Told, outcome_of, push_plan, push_what_remains};
use crate::apply::Outcome;
use crate::carry::{Carrying, LeftOut, Native};
use crate::catalog::SequenceId;
use crate::plan::{Difference, Part, Plan, Step};
use crate::report::standby;

/// What is to be done, and what stands in its way. One line where there is nothing to do.
pub fn carry_plan(carrying: &Carrying, plan: &Plan, style: &Style) -> String {
    if plan.steps.is_empty() && plan.remaining.is_empty() && carrying.stands_for_all() {
        let only_created = carrying.pairs.found.is_empty() && !carrying.created.is_empty();
        return if only_created { String::new() } else { all_right(carrying, style) };
    }
    let mut text = title(carrying, style);
    push_plan(&mut text, &carrying.target.catalog, plan, style);
    push_less_margin(&mut text, carrying, style);
    push_beside(&mut text, carrying, style);
    text
}

fn push_less_margin(text: &mut String, carrying: &Carrying, style: &Style) {
    let number = carrying.least.less_margin.len();
    if number > 0 {
        let (gets, they, have) = if number == 1 { ("gets", "it", "has") } else { ("get", "they", "have") };
        let words = format!(
            "{} {gets} less than the margin: that takes at most a tenth of what {they} {have} left.",
            count(number as u128, "sequence")
        );
        push_wrapped(text, "", 0, &words, style.width);
        text.push('\n');
    }
}

/// Whether the target would be safe if the applications moved over now, and if not, why.
pub fn carry_check(carrying: &Carrying, plan: &Plan, style: &Style) -> String {
    let mut text = carry_plan(carrying, plan, style);
    let reasons = reasons(carrying, plan);
    if !reasons.is_empty() {
        let words = style.paint(Paint::Bad, "Not safe");
        push_wrapped(&mut text, "", 0, &format!("{words}: {}.", reasons.join("; ")), style.width);
    }
    text
}

/// Why the applications must not move over yet.
fn reasons(carrying: &Carrying, plan: &Plan) -> Vec<String> {
    let stopped: BTreeSet<_> = carrying.obstacles().map(|one| one.pair.target).collect();
    let of_plan: BTreeSet<_> = plan.remaining.iter().map(|one| one.sequence).collect();
    let left_alone = of_plan.difference(&stopped).count();
    let (held, behind): (Vec<&Step>, Vec<&Step>) = plan.steps.iter().partition(|step| step.calls == 0);
    let undrawn: BTreeSet<_> = carrying.undrawn().map(|one| one.pair.target).collect();
    let reasons = [
        (behind.len(), "would hand out values that are taken, or that the source has handed out"),
        (carrying.pairs.missing.len(), "not there"),
        (stopped.len(), "not able to go on where the source stops"),
        (undrawn.len(), "not drawn from by a column as on the source"),
        (left_alone, "left alone, as told above"),
        (carrying.taken().count(), "would meet a row that --ignore-above leaves out"),
        (carrying.least.unread.len(), "not read on the source"),
    ];
    let reasons = reasons.into_iter().filter(|(number, _)| *number > 0);
    let reasons = reasons.map(|(number, words)| format!("{} {words}", count(number as u128, "sequence")));
    reasons.chain((!held.is_empty()).then(|| held_in_advance(&held))).collect()
}

fn held_in_advance(steps: &[&Step]) -> String {
    let names = some_of(steps.iter().map(|step| step.name.as_str()));
    let cache = match steps {
        [step] => format!(" (CACHE {})", step.definition.cache),
        _ => " (CACHE)".to_owned(),
    };
    format!("sessions of the target may hold values of {names} in advance{cache}")
}

/// What became of it, after it was looked at again.
pub fn carry_outcome(carrying: &Carrying, outcome: &Outcome, told: &Told, style: &Style) -> String {
    let mut text = outcome_of("Carried", outcome, told, style);
    if told.steps == 0 {
        push_beside(&mut text, carrying, style);
    }
    push_missing(&mut text, carrying, &carrying.dropped_meanwhile(outcome), style);
    text
}

/// The first lines of the script that carries: what it was made of, and what it leaves undone. Comments all.
pub fn carry_script_head(carrying: &Carrying) -> String {
    let mut text = String::new();
    let mut remark = |words: &str| push_line(&mut text, &format!("-- {}", visible(words)));
    remark(&format!(
        "reseq carry: from {} to {}, as far as the source had come when this was written.",
        with_version(&carrying.source.server),
        with_version(&carrying.target.server)
    ));
    let source = &carrying.source.catalog;
    for missing in &carrying.pairs.missing {
        remark(&format!("Not on the target: {}", called(carrying, *missing)));
    }
    for obstacle in carrying.obstacles() {
        let name = &carrying.target.catalog.sequence(obstacle.pair.target).name;
        remark(&format!("{name} cannot go on where the source stops: {}", in_words(obstacle)));
    }
    for left_out in &carrying.target.left_out {
        remark(&left_out_in_words(carrying, left_out));
    }
    for unread in &carrying.least.unread {
        remark(&format!("Not read: {}: {}", source.sequence(unread.sequence).name, unread.reason));
    }
    if let Some(notice) = standby::source_notice(&carrying.source.server) {
        remark(&notice);
    }
    text
}

fn title(carrying: &Carrying, style: &Style) -> String {
    let (from, to) = (with_version(&carrying.source.server), with_version(&carrying.target.server));
    let one_line = format!("{from} → {to}");
    let mut text = if width(&one_line) <= style.width {
        heading(&one_line, style)
    } else {
        format!("{}{}", heading(&from, style), heading(&format!("→ {to}"), style))
    };
    text.push('\n');
    text
}

fn all_right(carrying: &Carrying, style: &Style) -> String {
    let mut text = String::new();
    if carrying.pairs.found.is_empty() {
        let words = format!("Nothing to carry: {} has no sequences.", place(&carrying.source.server));
        push_wrapped(&mut text, "", 0, &words, style.width);
        return text;
    }
    let is_right = carrying.undrawn().next().is_none() && carrying.taken().next().is_none();
    let right = if is_right { format!("{}: ", style.paint(Paint::Good, "All right")) } else { String::new() };
    let number = count(carrying.pairs.found.len() as u128, "sequence");
    let words = format!(
        "{right}{number} of {} would go on after those of {}.",
        place(&carrying.target.server),
        place(&carrying.source.server)
    );
    push_wrapped(&mut text, "", 0, &words, style.width);
    push_beside(&mut text, carrying, style);
    text
}

/// What is said beside the plan: what is missing or differs, what could not be read, what a standby is.
pub(super) fn push_beside(text: &mut String, carrying: &Carrying, style: &Style) {
    PARTS_BESIDE.iter().for_each(|push| push(text, carrying, style));
}

/// The parts of it that are not as they were when `told` was shown.
pub(super) fn push_news_beside(text: &mut String, carrying: &Carrying, told: &Carrying, style: &Style) {
    for push in PARTS_BESIDE {
        let (mut now, mut then) = (String::new(), String::new());
        push(&mut now, carrying, style);
        push(&mut then, told, style);
        if now != then {
            text.push_str(&now);
        }
    }
}

type PushPart = fn(&mut String, &Carrying, &Style);

const PARTS_BESIDE: [PushPart; 7] = [
    |text, carrying, style| push_missing(text, carrying, &carrying.pairs.missing, style),
    push_differences,
    push_left_out,
    push_unread,
    |text, carrying, style| push_native(text, &carrying.native, style),
    push_not_replicated,
    push_standby,
];

fn push_standby(text: &mut String, carrying: &Carrying, style: &Style) {
    if let Some(notice) = standby::source_notice(&carrying.source.server) {
        push_wrapped(text, "", 0, &format!("Note: {notice}"), style.width);
    }
    if let Some(behind) = &carrying.source.behind {
        let words = style.paint(Paint::Bad, "Behind its primary");
        let words = format!("{words}: {behind}. What the primary has drawn since is not carried.");
        push_wrapped(text, "", 0, &words, style.width);
    }
}

/// What was left out, because what is replicated was asked for.
fn push_not_replicated(text: &mut String, carrying: &Carrying, style: &Style) {
    let left_out = &carrying.pairs.not_replicated;
    if left_out.is_empty() {
        return;
    }
    let (number, more) = (left_out.len(), if style.verbose { ":" } else { " (-v shows which)." });
    let (it, feeds) = if number == 1 { ("it feeds", "is") } else { ("they feed", "are") };
    let words = format!(
        "Note: {} of {} {feeds} left out: what is replicated has no table that {it}{more}",
        count(number as u128, "sequence"),
        place(&carrying.source.server)
    );
    push_wrapped(text, "", 0, &words, style.width);
    for id in left_out.iter().filter(|_| style.verbose) {
        push_wrapped(text, "  ", 2, carrying.source.catalog.sequence(*id).name.as_str(), style.width);
    }
}

fn push_missing(text: &mut String, carrying: &Carrying, missing: &[SequenceId], style: &Style) {
    if missing.is_empty() {
        return;
    }
    let words = style.paint(Paint::Bad, &format!("Not on {}", place(&carrying.target.server)));
    push_line(text, &format!("{words}:"));
    for id in missing {
        push_wrapped(text, "  ", 2, &called(carrying, *id), style.width);
    }
    if carrying.not_created.is_empty() {
        let words = "--create makes them there, but not their schemas and tables.";
        push_wrapped(text, "", 0, words, style.width);
    }
    text.push('\n');
}

/// A missing sequence as the target would call it, and as the source does.
fn called(carrying: &Carrying, missing: SequenceId) -> String {
    match carrying.called(missing) {
        (there, Some(here)) => format!("{there}, which is to take after {here}"),
        (there, None) => there,
    }
}

/// What PostgreSQL's own synchronisation has done.
fn push_native(text: &mut String, native: &[Native], style: &Style) {
    for Native { subscription, enabled, sequences, not_copied, stale } in native {
        let mut words = format!(
            "Note: the subscription {subscription} synchronises {}",
            count(*sequences as u128, "sequence")
        );
        let state = [(not_copied.len(), "not copied yet"), (stale.len(), "written to by the source since")];
        for (number, what) in state.into_iter().filter(|(number, _)| *number > 0) {
            words += &format!(", {number} {what}");
        }
        if !enabled {
            words += ", and is disabled";
        }
        words += ". PostgreSQL copies them only when it is told to, and also backwards: after ALTER SUBSCRIPTION … REFRESH \
                  SEQUENCES, carry again.";
        push_wrapped(text, "", 0, &words, style.width);
        let listed = not_copied
            .iter()
            .map(|name| (name, "not copied"))
            .chain(stale.iter().map(|name| (name, "stale")));
        for (name, label) in listed.filter(|_| style.verbose) {
            push_wrapped(text, "  ", 2, &format!("{name}: {label}"), style.width);
        }
    }
}

/// Rows that the sequences do not go past.
fn push_left_out(text: &mut String, carrying: &Carrying, style: &Style) {
    for left_out in &carrying.target.left_out {
        let words = left_out_in_words(carrying, left_out);
        if left_out.calls_left == 0 {
            let name = &carrying.target.catalog.sequence(left_out.sequence).name;
            push_what_remains(text, name, "taken", &words, "leave out less", style);
        } else {
            push_wrapped(text, "", 0, &format!("Note: {words}."), style.width);
        }
    }
}

fn left_out_in_words(carrying: &Carrying, left_out: &LeftOut) -> String {
    let LeftOut { sequence, column, row, calls_left, asked_for } = left_out;
    let name = &carrying.target.catalog.sequence(*sequence).name;
    let why =
        if *asked_for { "--ignore-above leaves out" } else { "lies far beyond the rest and is left out" };
    if *calls_left == 0 {
        return format!("its next value is in row {row} of {column}, which {why}");
    }
    format!(
        "{name} has {} left until it meets row {row} of {column}, which {why}",
        count(*calls_left, "call")
    )
}

fn push_unread(text: &mut String, carrying: &Carrying, style: &Style) {
    for unread in &carrying.least.unread {
        let name = &carrying.source.catalog.sequence(unread.sequence).name;
        push_what_remains(text, name, "NOT READ", &unread.reason, &unread.hint, style);
    }
    if !carrying.least.unread.is_empty() {
        text.push('\n');
    }
}

fn push_differences(text: &mut String, carrying: &Carrying, style: &Style) {
    // What stops everything, or makes inserts fail or collide, is always said; what else differs, with -v.
    let matters = |part: Part| part.stops() || part == Part::Column;
    let shown: Vec<_> =
        carrying.differences.iter().filter(|differ| matters(differ.part) || style.verbose).collect();
    for difference in &shown {
        let name = &carrying.target.catalog.sequence(difference.pair.target).name;
        let words = in_words(difference);
        let (label, hint) = if difference.part == Part::Column {
            (
                "not drawn",
                "have the column draw from it on the target too, by its default or identity: without that, inserts fail \
                 there or collide; or leave its table out with -T",
            )
        } else if difference.part.stops() {
            (
                "narrower",
                "alter it on the target first, or leave it out with -T or -s; nothing is carried before that",
            )
        } else {
            ("differs", "")
        };
        push_what_remains(text, name, label, &words, hint, style);
    }
    if !shown.is_empty() {
        text.push('\n');
    }
    let others = carrying.differences.len() - shown.len();
    if others > 0 {
        let words = format!(
            "{} of definitions that stand in nobody's way (-v shows them).",
            count(others as u128, "difference")
        );
        push_wrapped(text, "", 0, &words, style.width);
    }
}

fn in_words(difference: &Difference) -> String {
    let Difference { part, source, target, .. } = difference;
    if *part == Part::Column {
        return format!("{source} takes its values from it on the source, and not on the target");
    }
    format!("{} is {source} on the source, {target} on the target", part.words())
}
