//! The `PGconn` itself: one safe method for each function of libpq's that works on it.
//!
//! Everything that libpq lends is copied out, so that no pointer outlives the next call.

use std::ffi::{CStr, CString, c_char, c_int};
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};
use std::time::Duration;

use pq_sys::{ConnStatusType, PGTransactionStatusType, PGconn};

use crate::c_text::from_c;
use crate::raw_result::RawResult;
use crate::silence;

/// An open connection, also one that failed to open (it still knows why). Closed on drop.
pub(crate) struct Handle {
    connection: NonNull<PGconn>,
    /// How long the server may say nothing while an answer is awaited.
    longest_silence: Option<Duration>,
    /// It said nothing for longer, and is not listened to any more.
    given_up: bool,
}

// SAFETY: libpq lets a connection be used from any thread, as long as it is one at a time (manual, 32.21);
// the handle is not Sync.
unsafe impl Send for Handle {}

/// What [`Handle::get_copy_data`] found.
pub(crate) enum CopyData {
    /// A row, or a piece of one.
    Row(CopyBuffer),
    /// No more; the command's result is next.
    End,
    /// An error, which the connection's message tells.
    Failed,
}

impl Handle {
    /// Connects, waiting until that is done; `None` when memory is short. `dbname` may be a conninfo string.
    pub(crate) fn connect(keywords: &[(CString, CString)]) -> Option<Self> {
        let null = [ptr::null()];
        let names: Vec<*const c_char> = keywords.iter().map(|(name, _)| name.as_ptr()).chain(null).collect();
        let values: Vec<*const c_char> =
            keywords.iter().map(|(_, value)| value.as_ptr()).chain(null).collect();
        // SAFETY: two arrays of the same length, each ended by a null pointer, that live during the call.
        let connection = unsafe { pq_sys::PQconnectdbParams(names.as_ptr(), values.as_ptr(), 1) };
        let connection = NonNull::new(connection)?;
        Some(Self { connection, longest_silence: None, given_up: false })
    }

    /// The pointer, for the few functions that other modules call. It is valid as long as the handle.
    pub(crate) fn as_ptr(&self) -> *mut PGconn {
        self.connection.as_ptr()
    }

    /// Closes the connection and opens it again with the same keywords.
    pub(crate) fn reset(&mut self) {
        // SAFETY: the pointer is valid as long as the handle.
        unsafe { pq_sys::PQreset(self.as_ptr()) }
        self.given_up = false;
    }

    /// How long the server may say nothing while an answer is awaited; `None` is without end.
    pub(crate) fn set_longest_silence(&mut self, limit: Option<Duration>) {
        self.longest_silence = limit;
    }

    pub(crate) fn is_ok(&self) -> bool {
        // SAFETY: as above.
        let status = unsafe { pq_sys::PQstatus(self.as_ptr()) };
        status == ConnStatusType::CONNECTION_OK && !self.given_up
    }

    pub(crate) fn error_message(&self) -> String {
        if self.given_up {
            return silence::message(self.longest_silence);
        }
        // SAFETY: as above; the message is copied at once.
        unsafe { from_c(pq_sys::PQerrorMessage(self.as_ptr())) }.unwrap_or_default()
    }

    pub(crate) fn transaction_status(&self) -> PGTransactionStatusType {
        // SAFETY: as above.
        unsafe { pq_sys::PQtransactionStatus(self.as_ptr()) }
    }

    pub(crate) fn server_version(&self) -> c_int {
        // SAFETY: as above.
        unsafe { pq_sys::PQserverVersion(self.as_ptr()) }
    }

    pub(crate) fn backend_pid(&self) -> c_int {
        // SAFETY: as above.
        unsafe { pq_sys::PQbackendPID(self.as_ptr()) }
    }

    pub(crate) fn needs_password(&self) -> bool {
        // SAFETY: as above.
        unsafe { pq_sys::PQconnectionNeedsPassword(self.as_ptr()) != 0 }
    }

    pub(crate) fn used_password(&self) -> bool {
        // SAFETY: as above.
        unsafe { pq_sys::PQconnectionUsedPassword(self.as_ptr()) != 0 }
    }

    /// What was given or found as the password; empty where there is none.
    pub(crate) fn password(&self) -> Option<String> {
        // SAFETY: as above; the text is copied at once.
        unsafe { from_c(pq_sys::PQpass(self.as_ptr())) }
    }

    pub(crate) fn host(&self) -> Option<String> {
        // SAFETY: as above; the text is copied at once.
        unsafe { from_c(pq_sys::PQhost(self.as_ptr())) }
    }

    pub(crate) fn port(&self) -> Option<String> {
        // SAFETY: as above.
        unsafe { from_c(pq_sys::PQport(self.as_ptr())) }
    }

    pub(crate) fn database(&self) -> Option<String> {
        // SAFETY: as above.
        unsafe { from_c(pq_sys::PQdb(self.as_ptr())) }
    }

    pub(crate) fn user(&self) -> Option<String> {
        // SAFETY: as above.
        unsafe { from_c(pq_sys::PQuser(self.as_ptr())) }
    }

    pub(crate) fn parameter_status(&self, name: &CStr) -> Option<String> {
        // SAFETY: as above; the name ends with NUL.
        unsafe { from_c(pq_sys::PQparameterStatus(self.as_ptr(), name.as_ptr())) }
    }

    pub(crate) fn ssl_attribute(&self, name: &CStr) -> Option<String> {
        // SAFETY: as above; the name ends with NUL.
        unsafe { from_c(pq_sys::PQsslAttribute(self.as_ptr(), name.as_ptr())) }
    }

    /// `"text"`, quoted as an identifier; `None` where libpq will not (the message says why).
    pub(crate) fn escape_identifier(&self, text: &str) -> Option<String> {
        // SAFETY: libpq reads at most `len` bytes of the text, and stops at a NUL.
        let escaped = unsafe { pq_sys::PQescapeIdentifier(self.as_ptr(), text.as_ptr().cast(), text.len()) };
        // SAFETY: null, or a new string of libpq's that is ours to free.
        unsafe { take_c(escaped) }
    }

    /// `'text'`, quoted as a literal; `None` where libpq will not (the message says why).
    pub(crate) fn escape_literal(&self, text: &str) -> Option<String> {
        // SAFETY: libpq reads at most `len` bytes of the text, and stops at a NUL.
        let escaped = unsafe { pq_sys::PQescapeLiteral(self.as_ptr(), text.as_ptr().cast(), text.len()) };
        // SAFETY: null, or a new string of libpq's that is ours to free.
        unsafe { take_c(escaped) }
    }

    /// Sends by the simple protocol; false where it could not (the message says why), as with all that
    /// follow.
    pub(crate) fn send_query(&mut self, sql: &CStr) -> bool {
        // SAFETY: the pointer is valid as long as the handle; the text ends with NUL.
        unsafe { pq_sys::PQsendQuery(self.as_ptr(), sql.as_ptr()) == 1 }
    }

    /// Sends by the extended protocol, with parameters and results as text. Up to 65,535 parameters.
    pub(crate) fn send_query_params(&mut self, sql: &CStr, params: &[Option<CString>]) -> bool {
        let values: Vec<*const c_char> =
            params.iter().map(|value| value.as_ref().map_or(ptr::null(), |value| value.as_ptr())).collect();
        // Too many for c_int is too many for libpq, which says so in its own words.
        let count = c_int::try_from(values.len()).unwrap_or(c_int::MAX);
        // SAFETY: `values` has `count` pointers, each null or at a text that ends with NUL; libpq refuses
        // more than 65,535 before it reads any. The other arrays may be null: types to infer, everything
        // text.
        unsafe {
            pq_sys::PQsendQueryParams(
                self.as_ptr(),
                sql.as_ptr(),
                count,
                ptr::null(),
                values.as_ptr(),
                ptr::null(),
                ptr::null(),
                0,
            ) == 1
        }
    }

    /// From now on the running statement gives one result a row.
    pub(crate) fn set_single_row_mode(&mut self) -> bool {
        // SAFETY: the pointer is valid as long as the handle.
        unsafe { pq_sys::PQsetSingleRowMode(self.as_ptr()) == 1 }
    }

    /// Waits for the next result; `None` when the statement has no more, or the server says nothing for too long.
    pub(crate) fn get_result(&mut self) -> Option<RawResult> {
        if let Some(limit) = self.longest_silence
            && !self.given_up
        {
            self.given_up = !self.hears_within(limit);
        }
        if self.given_up {
            return None;
        }
        // SAFETY: as above; a result is ours to clear.
        unsafe { RawResult::from_raw(pq_sys::PQgetResult(self.as_ptr())) }
    }

    /// Reads what the server sends until a result is whole or the connection is found to be lost, which
    /// PQgetResult then tells; false where nothing comes for `limit`. All that was sent has left libpq before.
    fn hears_within(&mut self, limit: Duration) -> bool {
        loop {
            // SAFETY: the pointer is valid as long as the handle. Neither function waits.
            let waits = unsafe {
                pq_sys::PQisBusy(self.as_ptr()) == 1
                    && pq_sys::PQconsumeInput(self.as_ptr()) == 1
                    && pq_sys::PQisBusy(self.as_ptr()) == 1
            };
            if !waits {
                return true;
            }
            // SAFETY: as above.
            let socket = unsafe { pq_sys::PQsocket(self.as_ptr()) };
            if socket < 0 {
                return true;
            }
            // SAFETY: the socket is open as long as the connection, which is not touched meanwhile.
            let socket = unsafe { BorrowedFd::borrow_raw(socket) };
            if !silence::ends_within(limit, socket) {
                return false;
            }
        }
    }

    pub(crate) fn enter_pipeline_mode(&mut self) -> bool {
        // SAFETY: the pointer is valid as long as the handle.
        unsafe { pq_sys::PQenterPipelineMode(self.as_ptr()) == 1 }
    }

    pub(crate) fn exit_pipeline_mode(&mut self) -> bool {
        // SAFETY: as above.
        unsafe { pq_sys::PQexitPipelineMode(self.as_ptr()) == 1 }
    }

    pub(crate) fn pipeline_sync(&mut self) -> bool {
        // SAFETY: as above.
        unsafe { pq_sys::PQpipelineSync(self.as_ptr()) == 1 }
    }

    /// Sends COPY data, of any length.
    pub(crate) fn put_copy_data(&mut self, data: &[u8]) -> bool {
        // A piece that libpq's int can tell, and that does not let its buffer grow without need.
        const PIECE: usize = 1 << 20;
        data.chunks(PIECE).all(|piece| {
            // SAFETY: as above; libpq reads the piece's bytes during the call. The length is at most PIECE.
            unsafe { pq_sys::PQputCopyData(self.as_ptr(), piece.as_ptr().cast(), piece.len() as c_int) == 1 }
        })
    }

    /// Ends COPY data, with a message to make it fail.
    pub(crate) fn put_copy_end(&mut self, failure: Option<&CStr>) -> bool {
        let failure = failure.map_or(ptr::null(), CStr::as_ptr);
        // SAFETY: as above; the message is null or ends with NUL.
        unsafe { pq_sys::PQputCopyEnd(self.as_ptr(), failure) == 1 }
    }

    /// Waits for the next row of a COPY TO STDOUT.
    pub(crate) fn get_copy_data(&mut self) -> CopyData {
        let mut buffer: *mut c_char = ptr::null_mut();
        // SAFETY: as above; libpq sets the buffer, which is ours to free when it is not null.
        let length = unsafe { pq_sys::PQgetCopyData(self.as_ptr(), &mut buffer, 0) };
        match (usize::try_from(length), NonNull::new(buffer)) {
            (Ok(length), Some(start)) => CopyData::Row(CopyBuffer { start, length }),
            _ if length == -1 => CopyData::End,
            _ => CopyData::Failed,
        }
    }

    /// Leaves the COPY that an unfit statement has started, so that its results can be fetched to the end.
    pub(crate) fn leave_copy(&mut self, reason: &CStr) {
        // Where there is nothing to put, or nothing to get, libpq says no at once.
        self.put_copy_end(Some(reason));
        while let CopyData::Row(_) = self.get_copy_data() {}
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the pointer is valid, and nobody uses it any more.
        unsafe { pq_sys::PQfinish(self.as_ptr()) }
    }
}

/// Bytes that libpq has allocated. Freed on drop.
pub(crate) struct CopyBuffer {
    start: NonNull<c_char>,
    length: usize,
}

// SAFETY: plain memory that nobody else knows.
unsafe impl Send for CopyBuffer {}

impl CopyBuffer {
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: PQgetCopyData gave the buffer with this length, and it is not changed.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.length) }
    }
}

impl Drop for CopyBuffer {
    fn drop(&mut self) {
        // SAFETY: the buffer came from PQgetCopyData and is freed once.
        unsafe { pq_sys::PQfreemem(self.start.as_ptr().cast()) }
    }
}

/// Copies a string that libpq has allocated, and frees it.
///
/// # Safety
/// `text` is null, or a string of libpq's that is the caller's to free.
unsafe fn take_c(text: *mut c_char) -> Option<String> {
    // SAFETY: the caller vouches for it.
    let copy = unsafe { from_c(text) };
    // SAFETY: as above; freeing null does nothing.
    unsafe { pq_sys::PQfreemem(text.cast()) };
    copy
}
