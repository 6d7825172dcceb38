//! A server that says nothing.
//!
//! A network that loses everything without a word, or a proxy that hands nothing on, looks like a statement that
//! takes its time. TCP finds out about the first after a long while, and never about the second: whoever waits for an
//! answer must know how long is too long.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Waits until there is something to read, or an error to be found by reading; false after `limit`.
pub(crate) fn ends_within(limit: Duration, socket: BorrowedFd<'_>) -> bool {
    let began = Instant::now();
    loop {
        let left = Timespec::try_from(limit.saturating_sub(began.elapsed())).ok();
        match poll(&mut [PollFd::new(&socket, PollFlags::IN)], left.as_ref()) {
            Ok(0) => return false,
            // A signal that was for somebody else.
            Err(Errno::INTR) => {}
            Ok(_) | Err(_) => return true,
        }
    }
}

/// What is said of a server that was given up.
pub(crate) fn message(limit: Option<Duration>) -> String {
    let seconds = limit.unwrap_or_default().as_secs_f64();
    format!("the server has said nothing for {seconds:.0} s: the network or something on the way is stuck")
}
