//! Cancelling a running statement from another thread.

use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use crate::Error;
use crate::c_text::from_c;
use crate::handle::Handle;

/// Cancels whatever statement its connection runs, from any thread, also when the connection is gone.
///
/// The statement then fails with SQLSTATE 57014. A request that comes too late does nothing, or meets the
/// next statement of the connection.
///
/// With the feature `bundled` the request travels as the connection does, encrypted where that is, and within
/// its `connect_timeout` (`PQcancelBlocking`, libpq 17). With a system's libpq, which may be older, it
/// travels unencrypted (`PQcancel`): it holds no secret but the connection's cancel key.
#[derive(Debug)]
pub struct CancelHandle(Mutex<request::Request>);

impl CancelHandle {
    pub(crate) fn new(handle: &Handle) -> Result<Self, Error> {
        request::Request::new(handle).map(|request| Self(Mutex::new(request)))
    }

    /// Asks the server to cancel the running statement. `Ok` says that the server has the request, not that
    /// there was something to cancel.
    pub fn cancel(&self) -> Result<(), Error> {
        // A panic elsewhere leaves nothing half done: the request is reset before each use.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).send()
    }
}

#[cfg(feature = "bundled")]
mod request {
    use super::*;

    /// A `PGcancelConn`. Freed on drop.
    #[derive(Debug)]
    pub(super) struct Request(NonNull<pq_sys::PGcancelConn>);

    // SAFETY: holds copies of all it needs, and is used by one thread at a time.
    unsafe impl Send for Request {}

    impl Request {
        pub(super) fn new(handle: &Handle) -> Result<Self, Error> {
            // SAFETY: the handle is valid. A failure to copy is kept in the new object and told when it is
            // used.
            NonNull::new(unsafe { pq_sys::PQcancelCreate(handle.as_ptr()) })
                .map(Self)
                .ok_or_else(|| Error::local("out of memory for a cancel request".to_owned()))
        }

        pub(super) fn send(&mut self) -> Result<(), Error> {
            let request = self.0.as_ptr();
            // SAFETY: the pointer is valid as long as `self`, which is borrowed mutably.
            let sent = unsafe { pq_sys::PQcancelBlocking(request) } == 1;
            // SAFETY: as above; the message is copied at once.
            let message = unsafe { from_c(pq_sys::PQcancelErrorMessage(request)) }.unwrap_or_default();
            // SAFETY: as above; makes the request ready to be sent again.
            unsafe { pq_sys::PQcancelReset(request) };
            if sent { Ok(()) } else { Err(Error::local(message.trim().to_owned())) }
        }
    }

    impl Drop for Request {
        fn drop(&mut self) {
            // SAFETY: the pointer is valid, and nobody uses it any more.
            unsafe { pq_sys::PQcancelFinish(self.0.as_ptr()) }
        }
    }
}

#[cfg(not(feature = "bundled"))]
mod request {
    use super::*;

    /// A `PGcancel`. Freed on drop.
    #[derive(Debug)]
    pub(super) struct Request(NonNull<pq_sys::PGcancel>);

    // SAFETY: holds copies of all it needs; PQcancel is safe from any thread (manual, 32.7).
    unsafe impl Send for Request {}

    impl Request {
        pub(super) fn new(handle: &Handle) -> Result<Self, Error> {
            // SAFETY: the handle is valid.
            NonNull::new(unsafe { pq_sys::PQgetCancel(handle.as_ptr()) })
                .map(Self)
                .ok_or_else(|| Error::local("there is no connection to cancel a statement of".to_owned()))
        }

        pub(super) fn send(&mut self) -> Result<(), Error> {
            // The size that the manual recommends.
            let mut message = [0; 256];
            // SAFETY: the pointer is valid as long as `self`; the buffer is as long as is said.
            if unsafe { pq_sys::PQcancel(self.0.as_ptr(), message.as_mut_ptr(), 256) } == 1 {
                return Ok(());
            }
            // SAFETY: libpq has filled the buffer with a text that ends with NUL.
            let message = unsafe { from_c(message.as_ptr()) }.unwrap_or_default();
            Err(Error::local(message.trim().to_owned()))
        }
    }

    impl Drop for Request {
        fn drop(&mut self) {
            // SAFETY: the pointer is valid, and nobody uses it any more.
            unsafe { pq_sys::PQfreeCancel(self.0.as_ptr()) }
        }
    }
}
