//! Ctrl-C and SIGTERM end a run in order; a second one ends it at once.

use std::process;
use std::thread;

use reseq::session::Interrupt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit;
use crate::failure::Failure;

/// From now on, the first signal triggers `interrupt`, which cancels what runs on the server.
pub(crate) fn interrupt_on_signals(interrupt: Interrupt) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(Failure::writing("the signal handlers"))?;
    thread::spawn(move || {
        let mut signals = signals.forever();
        if signals.next().is_some() {
            // The cancel requests may wait for a server that does not answer: the second signal must not.
            thread::spawn(move || interrupt.trigger());
        }
        if signals.next().is_some() {
            process::exit(exit::INCOMPLETE.into());
        }
    });
    Ok(())
}
