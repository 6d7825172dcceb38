//! Notices and warnings: what the server says without failing.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use pq_sys::{
    PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT, PG_DIAG_MESSAGE_PRIMARY, PG_DIAG_SEVERITY,
    PG_DIAG_SEVERITY_NONLOCALIZED, PG_DIAG_SQLSTATE, PGresult,
};

use crate::handle::Handle;
use crate::raw_result::error_field;

/// Something that the server said without failing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `WARNING`, `NOTICE`, `INFO`, `LOG` or `DEBUG`, in English; empty where libpq itself speaks.
    pub severity: String,
    /// The five characters of the manual's appendix A; `00000` where there is nothing to say.
    pub sqlstate: String,
    /// The message.
    pub message: String,
    /// The server's DETAIL.
    pub detail: Option<String>,
    /// The server's HINT.
    pub hint: Option<String>,
}

/// The most notices that are kept until they are taken: a loop that raises one a row must not fill the
/// memory.
const KEPT: usize = 1000;

/// Where libpq puts a connection's notices. It outlives the connection, which holds its address.
pub(crate) struct Notices(NonNull<Vec<Notice>>);

// SAFETY: the list is reached by the connection's owner and, during its calls, by libpq: one thread at a
// time.
unsafe impl Send for Notices {}

impl Notices {
    /// Lets libpq collect the notices of `handle` instead of printing them.
    ///
    /// # Safety
    /// The notices must be dropped after the handle.
    pub(crate) unsafe fn collect(handle: &Handle) -> Self {
        let list: NonNull<Vec<Notice>> = NonNull::from(Box::leak(Box::default()));
        // SAFETY: the handle is valid; the receiver gets the list's address, which is valid until after the
        // handle is gone.
        unsafe { pq_sys::PQsetNoticeReceiver(handle.as_ptr(), Some(receive), list.as_ptr().cast()) };
        Self(list)
    }

    pub(crate) fn take(&mut self) -> Vec<Notice> {
        // SAFETY: the list is valid as long as `self`, and no call of libpq's is under way while the
        // connection's owner is here.
        std::mem::take(unsafe { self.0.as_mut() })
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        // SAFETY: the list came from a Box, and the connection that knew its address is gone.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// libpq calls this with the list and the notice, which stays libpq's.
///
/// # Safety
/// As [`Notices::collect`] has arranged.
unsafe extern "C" fn receive(list: *mut c_void, notice: *const PGresult) {
    // A panic (say, of the allocator) must not pass through C: the notice is lost then, and nothing else.
    let received = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the address that was registered, of a list that nobody else touches during the call.
        let list = unsafe { &mut *list.cast::<Vec<Notice>>() };
        if list.len() < KEPT {
            // SAFETY: libpq lends a valid notice.
            list.push(unsafe { read(notice) });
        }
    }));
    drop(received);
}

/// # Safety
/// `notice` is valid.
unsafe fn read(notice: *const PGresult) -> Notice {
    // SAFETY: the caller vouches for the notice.
    let field = |field| unsafe { error_field(notice, field) };
    // SAFETY: as above. libpq's own notices have no fields but their text.
    let whole = || unsafe { crate::c_text::from_c(pq_sys::PQresultErrorMessage(notice)) };
    Notice {
        severity: field(PG_DIAG_SEVERITY_NONLOCALIZED)
            .or_else(|| field(PG_DIAG_SEVERITY))
            .unwrap_or_default(),
        sqlstate: field(PG_DIAG_SQLSTATE).unwrap_or_else(|| "00000".to_owned()),
        message: field(PG_DIAG_MESSAGE_PRIMARY).or_else(whole).unwrap_or_default().trim().to_owned(),
        detail: field(PG_DIAG_MESSAGE_DETAIL),
        hint: field(PG_DIAG_MESSAGE_HINT),
    }
}
