//! A change before it is carried out, and what became of it.

use super::layout::{Paint, Style, count, push_line, push_wrapped, visible, width};
use super::place::title;
use crate::apply::receipt::Progress;
use crate::apply::{ChangeOutcome, Rejected};
use crate::plan::{Act, Change, SequenceChange, Work};
use crate::session::Server;

/// More locks than these are listed with [`Style::verbose`] only.
const MOST_LOCKS: usize = 4;

/// What is to be done, all of it or nothing: which sequence goes from where to where, which acts there are beside, which
/// locks it takes. [`Style::verbose`] lists every act.
pub fn change_plan(server: &Server, change: &Change, style: &Style) -> String {
    if change.acts.is_empty() {
        let right = style.paint(Paint::Good, "All right");
        let mut text = String::new();
        push_wrapped(&mut text, "", 0, &format!("{right}: {}.", change.title), style.width);
        return text;
    }
    let mut text = format!("{}\n", title(server, style));
    push_wrapped(&mut text, "", 0, &format!("{}, all or nothing:", change.title), style.width);
    push_sequences(&mut text, &change.sequences);
    let acts = change.locks.iter().chain(&change.acts);
    for act in acts.clone().filter(|act| style.verbose || act.told) {
        push_act(&mut text, act, style);
    }
    let mut locks: Vec<&str> = Vec::new();
    for lock in acts.map(|act| act.lock.as_str()).filter(|lock| !lock.is_empty()) {
        if !locks.contains(&lock) {
            locks.push(lock);
        }
    }
    let shown = if style.verbose || locks.len() <= MOST_LOCKS { locks.len() } else { MOST_LOCKS - 1 };
    for lock in &locks[..shown] {
        push_wrapped(&mut text, "  lock  ", 8, lock, style.width);
    }
    if shown < locks.len() {
        push_line(&mut text, &format!("  lock  and {} more of these", locks.len() - shown));
    }
    for remark in &change.remarks {
        push_wrapped(
            &mut text,
            &format!("  {}  ", style.paint(Paint::Uneasy, "note")),
            8,
            remark,
            style.width,
        );
    }
    text.push('\n');
    text
}

/// `public.orders_id_seq  1208 → 5000`, in columns; a name that is too long for them has a line of its own.
fn push_sequences(text: &mut String, sequences: &[SequenceChange]) {
    const LONGEST_NAME: usize = 48;
    let next_now = |one: &SequenceChange| {
        one.definition.next_value(one.before).map_or_else(|| "none".to_owned(), |next| next.to_string())
    };
    let widest = sequences.iter().map(|one| next_now(one).len()).max().unwrap_or(0);
    let names = sequences.iter().map(|one| width(&visible(one.name.as_str())));
    let names = names.filter(|name| *name <= LONGEST_NAME).max().unwrap_or(0);
    for one in sequences {
        let next = one
            .next
            .map_or_else(|| "after the rows that are there by then".to_owned(), |next| next.to_string());
        let name = visible(one.name.as_str());
        let pad = match names.checked_sub(width(&name)) {
            Some(rest) => format!("{name}{:rest$}", ""),
            None => {
                push_line(text, &format!("  {name}"));
                format!("{:names$}", "")
            }
        };
        push_line(text, &format!("  {pad}  {:>widest$} → {next}", next_now(one)));
    }
}

fn push_act(text: &mut String, act: &Act, style: &Style) {
    let reason = if act.reason.is_empty() { String::new() } else { format!(": {}", act.reason) };
    let what = match &act.work {
        Work::Demand(_) => style.paint(Paint::Faint, &act.what),
        _ => act.what.clone(),
    };
    push_wrapped(text, "  - ", 4, &format!("{what}{reason}"), style.width);
}

/// What became of a change.
pub fn change_outcome(change: &Change, outcome: &ChangeOutcome, style: &Style) -> String {
    let mut text = String::new();
    let changed = &outcome.changed;
    match changed.progress {
        Progress::Done => {
            let done = style.paint(Paint::Good, "Done");
            push_line(&mut text, &format!("{done}: {}.", change.title));
            let acts = change.locks.iter().chain(&change.acts).zip(&changed.acts);
            for (act, done) in acts.filter(|(act, _)| act.told) {
                let rows = done.rows.map_or_else(String::new, |rows| format!(": {}", count(rows, "row")));
                push_wrapped(&mut text, "  - ", 4, &format!("{}{rows}", act.what), style.width);
            }
        }
        Progress::Unknown => {
            let error = changed.error.as_deref().unwrap_or("the connection was lost");
            let unknown = style.paint(Paint::Bad, "Unknown");
            let words = format!(
                "{unknown}: whether it was committed could not be seen: {error}. Transaction {} either did all or nothing.",
                changed.transaction.unwrap_or(0)
            );
            push_wrapped(&mut text, "", 0, &words, style.width);
        }
        Progress::Failed | Progress::Planned => {
            let error = changed.error.as_deref().unwrap_or("it was not begun");
            let words = format!("{}: {error}", style.paint(Paint::Bad, "Nothing was changed"));
            push_wrapped(&mut text, "", 0, &words, style.width);
        }
    }
    if let Some(rejected) = &outcome.rejected {
        push_rejected(&mut text, rejected, style);
    }
    if let Some(receipt) = &outcome.receipt {
        push_line(&mut text, &format!("Receipt: {}", visible(&receipt.to_string_lossy())));
    }
    text
}

/// Which rows were left out, the first of them one by one.
fn push_rejected(text: &mut String, rejected: &Rejected, style: &Style) {
    let number = count(rejected.rows, "row");
    let left_out = style.paint(Paint::Uneasy, "Left out");
    let file = visible(&rejected.file.to_string_lossy()).into_owned();
    push_wrapped(text, "", 0, &format!("{left_out}, and kept in {file}: {number}."), style.width);
    for row in &rejected.first {
        push_wrapped(text, "  - ", 4, &visible(row), style.width);
    }
    let told = rejected.first.len() as u64;
    if rejected.rows > told {
        push_line(text, &format!("  - and {} more", rejected.rows - told));
    }
}
