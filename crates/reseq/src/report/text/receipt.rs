//! Receipts: the list, and one of them.

use std::path::Path;

use super::layout::{Paint, Style, count, push_line, push_wrapped, visible};
use crate::apply::receipt::{self, ChangedAct, Counts, Ended, Place, Progress, Receipt};
use crate::model::State;

/// A receipt in the list: its id, and below it what, where, how it ended.
pub fn receipt_line(path: &Path, receipt: &Receipt, style: &Style) -> String {
    let mut text = String::new();
    push_line(&mut text, &visible(&receipt::id(path)));
    let words =
        format!("{} of {}: {}", receipt.run.command, place(&receipt.run.server), ended(receipt, style));
    push_wrapped(&mut text, "  ", 2, &words, style.width);
    text
}

/// One receipt in full; of acts that touched no rows only [`Style::verbose`] tells.
pub fn receipt(path: &Path, receipt: &Receipt, style: &Style) -> String {
    let run = &receipt.run;
    let mut text = String::new();
    let words = format!("{} of {} as {}", run.command, place(&run.server), run.server.user);
    push_wrapped(&mut text, "", 0, &style.paint(Paint::Heading, &words), style.width);
    let when = match run.finished {
        Some(finished) => format!("Began {:.0}, ended {finished:.0}.", run.started),
        None => format!("Began {:.0} and has no end: it was cut off, or still goes on.", run.started),
    };
    push_line(&mut text, &when);
    if let Some(last) = &run.ended_on {
        let words = format!("Its last connection led to {}.", place(last));
        push_wrapped(&mut text, "", 0, &words, style.width);
    }
    push_wrapped(&mut text, "", 0, &format!("Result: {}.", ended(receipt, style)), style.width);
    push_line(&mut text, &format!("Receipt: {}", visible(&path.to_string_lossy())));
    text.push('\n');
    for step in &receipt.steps {
        let error = step.error.as_ref().map_or_else(String::new, |error| format!(" ({error})"));
        let words = format!(
            "{}: {}{}{error}",
            step.sequence,
            progress(step.progress, style),
            from_to(step.before, step.after)
        );
        push_wrapped(&mut text, "  ", 4, &words, style.width);
    }
    if let Some(change) = &receipt.change {
        let far = progress(change.progress, style);
        for one in &change.sequences {
            let words = format!("{}: {far}{}", one.sequence, from_to(one.before, one.after));
            push_wrapped(&mut text, "  ", 4, &words, style.width);
        }
        let is_shown = |act: &&ChangedAct| style.verbose || act.rows.is_some() || act.file.is_some();
        for act in change.acts.iter().filter(is_shown) {
            let rows = act.rows.map_or_else(String::new, |rows| format!(": {}", count(rows, "row")));
            let file = act.file.as_ref().map_or_else(String::new, |file| format!(" ({file})"));
            push_wrapped(&mut text, "  - ", 4, &format!("{}{file}{rows}", act.what), style.width);
        }
        if let Some(error) = &change.error {
            push_wrapped(&mut text, "  ", 4, error, style.width);
        }
        if let (Progress::Unknown, Some(transaction)) = (change.progress, change.transaction) {
            let words =
                format!("Transaction {transaction} did all of this or nothing; the server tells which:");
            push_wrapped(&mut text, "", 0, &words, style.width);
            push_line(&mut text, &format!("  SELECT txid_status({transaction})"));
        }
    }
    text
}

fn place(server: &Place) -> String {
    let Place { database, host, port, .. } = server;
    let host =
        if host.starts_with('/') { format!("port {port} in {host}") } else { format!("{host}:{port}") };
    format!("{database} on {host}")
}

/// `done, 12 sequences`, `unknown: 3 done, 1 unknown, 8 not begun`.
fn ended(receipt: &Receipt, style: &Style) -> String {
    let counts = receipt.counts();
    let all = count(counts.sum() as u128, "sequence");
    match receipt.ended() {
        Ended::Done => format!("{}, {all}", style.paint(Paint::Good, "done")),
        Ended::NothingChanged => format!("{}, {all}", style.paint(Paint::Uneasy, "nothing was changed")),
        Ended::Partly => format!("{}: {}", style.paint(Paint::Uneasy, "partly done"), parts(counts)),
        Ended::Unknown => format!("{}: {}", style.paint(Paint::Bad, "not known in full"), parts(counts)),
    }
}

fn parts(counts: Counts) -> String {
    let Counts { done, failed, unknown, planned } = counts;
    let parts = [(done, "done"), (failed, "failed"), (unknown, "unknown"), (planned, "not begun")];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    parts.map(|(number, word)| format!("{number} {word}")).collect::<Vec<_>>().join(", ")
}

fn progress(progress: Progress, style: &Style) -> String {
    match progress {
        Progress::Done => style.paint(Paint::Good, "done"),
        Progress::Planned => style.paint(Paint::Uneasy, "not begun"),
        Progress::Failed => style.paint(Paint::Bad, "failed"),
        Progress::Unknown => style.paint(Paint::Bad, "unknown"),
    }
}

/// `, last value 8 → next value 20`.
fn from_to(before: State, after: Option<State>) -> String {
    let words = |state: State| {
        format!("{} value {}", if state.is_called { "last" } else { "next" }, state.last_value)
    };
    let after = after.map_or_else(String::new, |after| format!(" → {}", words(after)));
    format!(", {}{after}", words(before))
}
