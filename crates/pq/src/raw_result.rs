//! The `PGresult` itself: one safe method for each function of libpq's that works on it.

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;

use pq_sys::{ExecStatusType, PGresult};

use crate::c_text::from_c;

/// A result of a statement: rows, a command's tag or an error. Cleared on drop.
pub(crate) struct RawResult(NonNull<PGresult>);

// SAFETY: results are read-only after creation and may pass between threads freely (manual, 32.21).
unsafe impl Send for RawResult {}
// SAFETY: as above; no method changes the result.
unsafe impl Sync for RawResult {}

impl RawResult {
    /// Takes over a result.
    ///
    /// # Safety
    /// `result` is null, or a result that is the caller's to clear.
    pub(crate) unsafe fn from_raw(result: *mut PGresult) -> Option<Self> {
        NonNull::new(result).map(Self)
    }

    pub(crate) fn status(&self) -> ExecStatusType {
        // SAFETY: the pointer is valid as long as `self`.
        unsafe { pq_sys::PQresultStatus(self.0.as_ptr()) }
    }

    pub(crate) fn is_error(&self) -> bool {
        use ExecStatusType::{PGRES_BAD_RESPONSE, PGRES_FATAL_ERROR};
        matches!(self.status(), PGRES_BAD_RESPONSE | PGRES_FATAL_ERROR)
    }

    pub(crate) fn is_copy(&self) -> bool {
        use ExecStatusType::{PGRES_COPY_BOTH, PGRES_COPY_IN, PGRES_COPY_OUT};
        matches!(self.status(), PGRES_COPY_BOTH | PGRES_COPY_IN | PGRES_COPY_OUT)
    }

    pub(crate) fn error_message(&self) -> String {
        // SAFETY: as above; the text is copied at once.
        unsafe { from_c(pq_sys::PQresultErrorMessage(self.0.as_ptr())) }.unwrap_or_default()
    }

    /// A field of an error or notice: one of libpq's `PG_DIAG_…`.
    pub(crate) fn error_field(&self, field: u8) -> Option<String> {
        // SAFETY: as above.
        unsafe { error_field(self.0.as_ptr(), field) }
    }

    pub(crate) fn row_count(&self) -> usize {
        // SAFETY: as above.
        count(unsafe { pq_sys::PQntuples(self.0.as_ptr()) })
    }

    pub(crate) fn column_count(&self) -> usize {
        // SAFETY: as above.
        count(unsafe { pq_sys::PQnfields(self.0.as_ptr()) })
    }

    pub(crate) fn column_name(&self, column: usize) -> Option<&CStr> {
        let column = c_int::try_from(column).ok()?;
        // SAFETY: as above; libpq checks the number.
        let name = unsafe { pq_sys::PQfname(self.0.as_ptr(), column) };
        // SAFETY: not null: a string that ends with NUL and lives as long as the result.
        (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) })
    }

    /// The bytes of a value; `None` for NULL. The caller has checked that there is such a row and column.
    pub(crate) fn value(&self, row: usize, column: usize) -> Option<&[u8]> {
        let (row, column) = (c_int::try_from(row).ok()?, c_int::try_from(column).ok()?);
        // SAFETY: as above; libpq checks the numbers: out of range counts as NULL.
        if unsafe { pq_sys::PQgetisnull(self.0.as_ptr(), row, column) } != 0 {
            return None;
        }
        // SAFETY: as above, and the value is there.
        let (start, length) = unsafe {
            (
                pq_sys::PQgetvalue(self.0.as_ptr(), row, column),
                pq_sys::PQgetlength(self.0.as_ptr(), row, column),
            )
        };
        // SAFETY: libpq's own bytes, of this length, that live unchanged as long as the result.
        (!start.is_null()).then(|| unsafe { std::slice::from_raw_parts(start.cast(), count(length)) })
    }

    pub(crate) fn command_tag(&self) -> String {
        // SAFETY: as above; the function only reads, although it asks for a mutable pointer.
        unsafe { from_c(pq_sys::PQcmdStatus(self.0.as_ptr())) }.unwrap_or_default()
    }

    pub(crate) fn affected_rows(&self) -> Option<u64> {
        // SAFETY: as above; the function only reads, although it asks for a mutable pointer.
        unsafe { from_c(pq_sys::PQcmdTuples(self.0.as_ptr())) }?.parse().ok()
    }
}

impl Drop for RawResult {
    fn drop(&mut self) {
        // SAFETY: the pointer is valid, and nobody uses it any more.
        unsafe { pq_sys::PQclear(self.0.as_ptr()) }
    }
}

/// A field of an error or notice: one of libpq's `PG_DIAG_…`.
///
/// # Safety
/// `result` is valid.
pub(crate) unsafe fn error_field(result: *const PGresult, field: u8) -> Option<String> {
    // SAFETY: the caller vouches for the result; the text is copied at once.
    unsafe { from_c(pq_sys::PQresultErrorField(result, c_int::from(field))) }
}

/// libpq counts with a C int that is never negative.
fn count(number: c_int) -> usize {
    usize::try_from(number).unwrap_or_default()
}
