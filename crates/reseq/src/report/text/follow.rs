//! What a follower tells, a line each.

use jiff::Timestamp;

use super::layout::{count, visible};
use crate::carry::follow::{Event, Status};

/// One line, without its end; the time stands before it.
pub fn follow_event(event: &Event) -> String {
    format!("{:.0}  {}", Timestamp::now(), words(event))
}

fn words(event: &Event) -> String {
    match event {
        Event::Tick(status) => status_words(status),
        Event::Lost { side, error, pause } => {
            let error = error.trim_end().replace('\n', " ");
            let when =
                if pause.is_zero() { "at once".to_owned() } else { format!("in {} s", pause.as_secs()) };
            format!("{}: {}; tried again {when}", side.words(), visible(&error))
        }
        Event::Back { side, after } => {
            format!("{}: connected again after {:.1} s", side.words(), after.as_secs_f64())
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
    visible(&words).into_owned()
}
