//! Text and bytes across the border (abi.md rule 5): in, NUL-terminated UTF-8 and pointer + length, copied before the
//! call returns; out, pointer + length with a NUL behind it.

use std::ffi::{CStr, CString, c_char};
use std::path::Path;

use super::boundary::Answer;
use super::error::Failure;
use crate::error::Error;
use crate::storage::path;

/// Bytes that belong to somebody else.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_bytes {
    /// NULL only where len is 0.
    pub data: *const u8,
    /// How many.
    pub len: usize,
}

impl dimse_bytes {
    /// No bytes.
    pub const EMPTY: Self = Self { data: std::ptr::null(), len: 0 };
}

/// UTF-8 text that belongs to somebody else. A path is what the system has: on Unix any bytes but NUL.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_str {
    /// Never NULL; a NUL stands behind the last byte.
    pub data: *const c_char,
    /// Bytes, the NUL not counted.
    pub len: usize,
}

impl dimse_str {
    /// No text: an empty one, never NULL.
    pub const EMPTY: Self = Self { data: c"".as_ptr(), len: 0 };
}

/// Text that a [`dimse_str`] points to, for as long as this lives.
#[derive(Debug, Default)]
pub struct Text(CString);

impl Text {
    /// A NUL inside (a peer may send one) becomes U+FFFD, so that C readers see what stands behind it.
    pub fn new(text: &str) -> Self {
        Self(
            CString::new(text)
                .unwrap_or_else(|_| CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default()),
        )
    }

    /// A path as the system has it, which no NUL can be in.
    pub fn of_path(path: &Path) -> Self {
        Self(CString::new(path::to_bytes(path)).unwrap_or_default())
    }

    /// What C gets.
    pub fn view(&self) -> dimse_str {
        dimse_str { data: self.0.as_ptr(), len: self.0.as_bytes().len() }
    }
}

/// The text of the argument `name`.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated string that nobody changes before the call of the export returns.
pub unsafe fn text<'a>(name: &str, text: *const c_char) -> Answer<&'a str> {
    // SAFETY: as this function's.
    match unsafe { optional_text(name, text) }? {
        Some(text) => Ok(text),
        None => Err(null(name)),
    }
}

/// The text of the argument `name`, `None` where it is NULL.
///
/// # Safety
/// As [`text`].
pub unsafe fn optional_text<'a>(name: &str, text: *const c_char) -> Answer<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and this function's contract.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map(Some).map_err(|error| {
        let at = error.valid_up_to();
        Failure::from(Error::invalid_argument(format!(
            "{name} is not UTF-8: the byte at index {at} is wrong"
        )))
    })
}

/// The bytes of the argument `name`.
///
/// # Safety
/// `bytes` are NULL and 0, or a pointer to that many bytes that nobody changes before the call of the export returns.
pub unsafe fn bytes<'a>(name: &str, bytes: dimse_bytes) -> Answer<&'a [u8]> {
    if bytes.len == 0 {
        return Ok(&[]);
    }
    if bytes.data.is_null() {
        return Err(null(&format!("{name}.data")));
    }
    if isize::try_from(bytes.len).is_err() {
        return Err(Failure::from(Error::invalid_argument(format!(
            "{name}.len is more than memory can hold"
        ))));
    }
    // SAFETY: not NULL, no longer than an allocation can be, and this function's contract.
    Ok(unsafe { std::slice::from_raw_parts(bytes.data, bytes.len) })
}

fn null(name: &str) -> Failure {
    Failure::from(Error::invalid_argument(format!("{name} is NULL")))
}
