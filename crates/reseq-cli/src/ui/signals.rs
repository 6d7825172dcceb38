//! Ctrl-C, SIGTERM and the loss of the terminal (SIGHUP) end a run in order; a second signal ends it at once, with a line
//! that says what is left behind.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use reseq::session::Interrupt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::ask::is_asking;
use super::{password, say};
use crate::exit;
use crate::failure::Failure;

/// From now on, the first signal triggers `interrupt`, which cancels what runs on the server. While connecting, and
/// while a question waits for its answer, it ends the run at once: nothing is under way that would hear of it.
pub(crate) fn end_on_signals(interrupt: Interrupt) -> Result<(), Failure> {
    let connections = interrupt.clone();
    on_signals(interrupt, move || {
        is_asking()
            || password::is_waiting()
            || !connections.has_connections() && connections.leaves_behind().is_none()
    })
}

/// As [`end_on_signals`], and from when the work has `begun` at once only where a question waits for its answer.
pub(crate) fn end_when_begun_on_signals(interrupt: Interrupt, begun: Arc<AtomicBool>) -> Result<(), Failure> {
    on_signals(interrupt, move || is_asking() || !begun.load(Ordering::Relaxed))
}

/// From now on, the first signal triggers `interrupt`.
pub(crate) fn interrupt_on_signals(interrupt: Interrupt) -> Result<(), Failure> {
    on_signals(interrupt, || false)
}

fn on_signals(
    interrupt: Interrupt,
    nothing_is_under_way: impl Fn() -> bool + Send + 'static,
) -> Result<(), Failure> {
    let signals = [SIGINT, SIGTERM].into_iter().chain((!is_ignored(SIGHUP)).then_some(SIGHUP));
    let mut signals = Signals::new(signals).map_err(Failure::writing("the signal handlers"))?;
    let leaving = interrupt.clone();
    thread::spawn(move || {
        let mut signals = signals.forever();
        if signals.next().is_some() {
            if nothing_is_under_way() {
                password::show_typing();
                say("reseq: interrupted");
                process::exit(exit::INCOMPLETE.into());
            }
            // The cancel requests may wait for a server that does not answer: the second signal must not.
            thread::spawn(move || interrupt.trigger());
        }
        if signals.next().is_some() {
            if let Some(words) = leaving.leaves_behind() {
                say(&format!("reseq: ended at once: {words}"));
            }
            process::exit(exit::INCOMPLETE.into());
        }
    });
    Ok(())
}

/// Whether whoever started the command lets it ignore this signal, as nohup does with SIGHUP. Where the system has no
/// `/proc` to ask, the signal is left as it is.
fn is_ignored(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return true };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}
