//! Text to and from C.

use std::ffi::{CStr, CString, c_char};

use crate::Error;

/// What C can hold: everything but a NUL byte, which no text of PostgreSQL's has either.
pub(crate) fn to_c(what: &str, text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|nul| {
        Error::local(format!(
            "{what} has a NUL byte at position {}, which PostgreSQL does not take",
            nul.nul_position()
        ))
    })
}

/// A copy of what `text` points at; `None` for a null pointer. Bytes that are not UTF-8 become U+FFFD, so
/// this is for what people read, not for values.
///
/// # Safety
/// `text` is null or points at a string that ends with NUL and stays unchanged during the call.
pub(crate) unsafe fn from_c(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}
