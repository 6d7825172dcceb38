//! What a follower tells, a line each.

use jiff::Timestamp;

use super::layout::{count, visible};
use super::place::place;
use crate::carry::follow::{Altered, Began, Created, Event, SetBack, Status};
use crate::model::QuotedName;
use crate::report::standby::source_notice;

/// One line with the time before it, without its end.
pub fn follow_line(event: &Event) -> String {
    format!("{:.0}  {}", Timestamp::now(), follow_event(event))
}

/// One line, without its end.
pub fn follow_event(event: &Event) -> String {
    match event {
        Event::Began(began) => began_words(began),
        Event::Tick(status) => status_words(status),
        Event::Lost { side, error, pause } => {
            let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
            let when =
                if pause.is_zero() { "at once".to_owned() } else { format!("in {} s", pause.as_secs()) };
            format!("{}: {}; tried again {when}", side.words(), visible(&error))
        }
        Event::Back { side, after } => {
            format!("{}: connected again after {:.1} s", side.words(), after.as_secs_f64())
        }
        Event::Altered(altered) => altered_words(altered),
        Event::Created(Created { sequences, remarks }) => {
            let names: Vec<_> = sequences.iter().map(ToString::to_string).collect();
            let notes: String = remarks.iter().map(|remark| format!("; note: {remark}")).collect();
            visible(&format!("on the target: created {}{notes}", names.join(", "))).into_owned()
        }
        Event::SetBack(SetBack { sequence, from, to }) => {
            format!(
                "{} was set back on the target from {from} to {to}: moved ahead again",
                visible(sequence.as_str())
            )
        }
        Event::Ended { ticks, moved } => {
            format!(
                "ended in order after {}, {}",
                count(u128::from(*ticks), "look"),
                count(u128::from(*moved), "move")
            )
        }
    }
}

/// `keeps shop on new:5432 ahead of shop on old:5432`, and what is to be known of a standby.
fn began_words(Began { source, target }: &Began) -> String {
    let words = format!("keeps {} ahead of {}", place(target), place(source));
    match source_notice(source) {
        Some(notice) => visible(&format!("{words}; note: {notice}")).into_owned(),
        None => words,
    }
}

/// `9,998 sequences, 100 draw; margin 612 calls; 3 moved; fastest public.orders_id_seq 120/s`.
fn status_words(status: &Status) -> String {
    let mut words = format!("{}, {} draw", count(status.followed as u128, "sequence"), status.drawing);
    if let Some(behind) = &status.behind {
        let lag = count(u128::from(status.lag), "call");
        words.push_str(&format!("; BEHIND by {lag}: {behind}"));
    }
    if let Some(margin) = status.margin_left {
        words.push_str(&format!("; margin {}", count(u128::from(margin), "call")));
    }
    if status.moved > 0 {
        words.push_str(&format!("; {} moved", status.moved));
    }
    let fastest = status.fastest.iter();
    let fastest: Vec<_> =
        fastest.map(|one| format!("{} {:.0}/s", one.sequence, one.calls_per_second)).collect();
    if !fastest.is_empty() {
        words.push_str(&format!("; fastest {}", fastest.join(", ")));
    }
    if let Some(other) = &status.other_way {
        words.push_str(&format!(
            "; PROBLEM {}: nothing is moved until it has ended ({})",
            other.words(),
            other.hint()
        ));
    }
    for problem in &status.first_problems {
        words.push_str(&format!("; PROBLEM {}: {}", problem.sequence, problem.reason));
        if !problem.hint.is_empty() {
            words.push_str(&format!(" ({})", problem.hint));
        }
    }
    let others = status.problems - status.first_problems.len();
    if others > 0 {
        words.push_str(&format!("; and {} more", count(others as u128, "problem")));
    }
    visible(&words).into_owned()
}

/// `on the source: created public.a_id_seq; renamed public.b to public.c`.
fn altered_words(altered: &Altered) -> String {
    let list =
        |what: &str, names: Vec<String>| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
    let names = |names: &[QuotedName]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let renamed = altered.renamed.iter().map(|(from, to)| format!("{from} to {to}")).collect();
    let parts = [
        list("created", names(&altered.created)),
        list("dropped", names(&altered.dropped)),
        list("renamed", renamed),
        list("altered", names(&altered.altered)),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    visible(&format!("on the source: {}", parts.join("; "))).into_owned()
}
