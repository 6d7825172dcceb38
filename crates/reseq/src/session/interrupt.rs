//! Ctrl-C: a flag that every run looks at, and the cancelling of what runs on the server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reseq_pq as pq;

use crate::{Error, Result};

/// Ends a run in order from another thread. Clones share the same flag and the same connections.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    triggered: AtomicBool,
    next_key: AtomicU64,
    running: Mutex<HashMap<u64, pq::CancelHandle>>,
    leaves_behind: Mutex<Option<String>>,
}

impl Interrupt {
    /// Cancels the statement that runs on every connection and lets no further one begin. Blocks for as long
    /// as it takes to send the requests; not to be called from inside a signal handler.
    pub fn trigger(&self) {
        self.shared.triggered.store(true, Ordering::SeqCst);
        let running = self.shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        for handle in running.values() {
            if let Err(error) = handle.cancel() {
                tracing::warn!(%error, "could not cancel a running statement");
            }
        }
    }

    /// Whether any connection is open: without one there is nothing to end in order.
    pub fn has_connections(&self) -> bool {
        !self.shared.running.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// What would be left behind if the process ended now, and how to undo it by hand, in words; `None` where nothing
    /// would.
    pub fn leaves_behind(&self) -> Option<String> {
        self.shared.leaves_behind.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says what would be.
    pub(crate) fn set_leaves_behind(&self, words: Option<String>) {
        *self.shared.leaves_behind.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }

    /// Whether the run was interrupted.
    pub fn is_triggered(&self) -> bool {
        self.shared.triggered.load(Ordering::SeqCst)
    }

    /// An error once the run was interrupted, for the places where a run may end.
    ///
    /// # Errors
    /// [`Error::Interrupted`] after [`Interrupt::trigger`].
    pub fn check(&self) -> Result<()> {
        if self.is_triggered() { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Sleeps, and wakes for the end.
    ///
    /// # Errors
    /// As [`Interrupt::check`].
    pub(crate) fn pause(&self, pause: Duration) -> Result<()> {
        const SLICE: Duration = Duration::from_millis(50);
        let mut left = pause;
        while !left.is_zero() {
            self.check()?;
            let slice = left.min(SLICE);
            std::thread::sleep(slice);
            left -= slice;
        }
        self.check()
    }

    /// Takes note of a connection, for as long as what is returned lives.
    pub(super) fn register(&self, handle: pq::CancelHandle) -> Registration {
        let key = self.shared.next_key.fetch_add(1, Ordering::Relaxed);
        self.shared.running.lock().unwrap_or_else(PoisonError::into_inner).insert(key, handle);
        Registration { interrupt: self.clone(), key }
    }
}

/// A connection that [`Interrupt::trigger`] knows.
#[derive(Debug)]
pub(super) struct Registration {
    interrupt: Interrupt,
    key: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut running = self.interrupt.shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.remove(&self.key);
    }
}
