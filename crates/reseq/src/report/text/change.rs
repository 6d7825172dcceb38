//! A change before it is carried out, and what became of it.

use super::layout::{Paint, Style, count, push_line, push_wrapped, visible, width};
use super::place::title;
use crate::apply::receipt::{self, Progress};
use crate::apply::{ChangeOutcome, Rejected};
use crate::plan::{Act, Change, SequenceChange, Work};
use crate::session::Server;

/// More locks than these are listed with [`Style::verbose`] only.
const MOST_LOCKS: usize = 4;

/// What is to be done, all of it or nothing: which sequence goes from where to where, which acts there are beside, which
/// locks it takes. [`Style::verbose`] lists every act.
pub fn change_plan(server: &Server, change: &Change, style: &Style) -> String {
    if change.acts.is_empty() {
        let heading = if change.remaining.is_empty() {
            style.paint(Paint::Good, "All right")
        } else {
            style.paint(Paint::Bad, "Nothing was changed")
        };
        let mut text = String::new();
        push_wrapped(&mut text, "", 0, &format!("{heading}: {}.", change.title), style.width);
        push_remaining(&mut text, change, style);
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
    push_remaining(&mut text, change, style);
    text.push('\n');
    text
}

/// What stays as it is, and why.
fn push_remaining(text: &mut String, change: &Change, style: &Style) {
    for one in &change.remaining {
        let stays = style.paint(Paint::Bad, "stays");
        push_wrapped(text, &format!("  {stays}  "), 9, &format!("{}: {}", one.what, one.reason), style.width);
        if let Some(hint) = &one.hint {
            push_wrapped(text, "  hint   ", 9, hint, style.width);
        }
    }
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
            let stay = match change.remaining.len() {
                0 => String::new(),
                1 => "; 1 stays as it is".to_owned(),
                several => format!("; {several} stay as they are"),
            };
            push_wrapped(&mut text, "", 0, &format!("{done}: {}{stay}.", change.title), style.width);
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
                "{unknown}: whether it was committed could not be seen: {error}. Transaction {} did all or nothing; \
                 reseq receipts {} asks the server which.",
                changed.transaction.unwrap_or(0),
                outcome.receipt.as_deref().map(receipt::id).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Definition, IntegerType, Oid, QuotedName, State};

    fn change(sequences: usize) -> Change {
        let definition = Definition {
            data_type: IntegerType::BigInt,
            start: 1,
            min: 1,
            max: i64::MAX,
            increment: 1,
            cycle: false,
            cache: 1,
        };
        let sequence = |number| SequenceChange {
            oid: Oid(number),
            name: QuotedName::from_server(format!("public.s{number}")),
            definition,
            before: State { last_value: 8, is_called: true },
            next: (number > 1).then_some(100),
        };
        let sequences: Vec<_> = (1..=sequences as u32).map(sequence).collect();
        let locks = sequences.iter().flat_map(SequenceChange::lock).collect();
        let told =
            Act { told: true, ..Act::new("empty public.t", Work::Run("TRUNCATE public.t".to_owned())) };
        Change {
            command: "clear",
            title: "Clear a table".to_owned(),
            sequences,
            locks,
            acts: vec![told],
            ..Change::default()
        }
    }

    #[test]
    fn many_locks_are_not_all_listed() {
        insta::assert_snapshot!(change_plan(&crate::fixture::server(), &change(6), &Style::plain(80)), @"
        shop on localhost:5432, PostgreSQL 18.4

        Clear a table, all or nothing:
          public.s1  9 → after the rows that are there by then
          public.s2  9 → 100
          public.s3  9 → 100
          public.s4  9 → 100
          public.s5  9 → 100
          public.s6  9 → 100
          - empty public.t
          lock  SHARE ROW EXCLUSIVE on public.s1: its nextval() waits until the end,
                tables stay free
          lock  SHARE ROW EXCLUSIVE on public.s2: its nextval() waits until the end,
                tables stay free
          lock  SHARE ROW EXCLUSIVE on public.s3: its nextval() waits until the end,
                tables stay free
          lock  and 3 more of these
        ");
    }

    #[test]
    fn an_end_that_was_not_seen_is_unknown() {
        let change = change(1);
        let mut outcome = ChangeOutcome::planned(&change);
        outcome.changed.progress = Progress::Unknown;
        outcome.changed.transaction = Some(4711);
        outcome.changed.error = Some("server closed the connection unexpectedly".to_owned());
        outcome.receipt = Some("/home/ann/.local/state/reseq/receipts/1.json".into());
        insta::assert_snapshot!(change_outcome(&change, &outcome, &Style::plain(80)), @"
        Unknown: whether it was committed could not be seen: server closed the
        connection unexpectedly. Transaction 4711 did all or nothing; reseq receipts 1
        asks the server which.
        Receipt: /home/ann/.local/state/reseq/receipts/1.json
        ");
    }

    #[test]
    fn what_was_done_is_told_with_its_rows() {
        let change = change(1);
        let mut outcome = ChangeOutcome::planned(&change);
        outcome.changed.progress = Progress::Done;
        outcome.changed.acts[2].rows = Some(1_000_000);
        insta::assert_snapshot!(change_outcome(&change, &outcome, &Style::plain(80)), @"
        Done: Clear a table.
          - empty public.t: 1,000,000 rows
        ");
    }
}
