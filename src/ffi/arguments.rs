//! What the options of both sides take, from C's arguments to values: every value is checked at its setter (abi.md rule
//! 6).

use std::ffi::{CStr, c_char};
use std::fmt::Display;
use std::net::IpAddr;
use std::path::PathBuf;

use super::boundary::Answer;
use super::error::Failure;
use super::number::in_range;
use super::text::{bytes, dimse_bytes, optional_text, text};
use crate::error::Error;
use crate::net::implementation;
use crate::scp::network::Network;
use crate::storage::path;
use crate::types::{AeTitle, MaxPduLength, PresentationContextId, Uid};
use crate::wire::item::AsyncWindow;

/// The UID of the argument `name`.
///
/// # Safety
/// As [`text`].
pub unsafe fn uid(name: &str, pointer: *const c_char) -> Answer<Uid> {
    // SAFETY: as this function's.
    let text = unsafe { text(name, pointer) }?;
    Uid::new(text).map_err(|error| refused(name, &error))
}

/// The UIDs of the argument `name`, an array of `count` texts.
///
/// # Safety
/// `pointer` is NULL or points to `count` pointers, each of which is as [`text`] wants it.
pub unsafe fn uids(name: &str, pointer: *const *const c_char, count: usize) -> Answer<Vec<Uid>> {
    // SAFETY: as this function's; each text is as it wants it too.
    unsafe { array(name, pointer, count, |name, text| uid(name, text)) }
}

/// A presentation context: the abstract syntax, and `count` transfer syntaxes.
///
/// # Safety
/// As [`text`], and as [`uids`].
pub unsafe fn context(
    abstract_syntax: *const c_char,
    transfer_syntaxes: *const *const c_char,
    count: usize,
) -> Answer<(Uid, Vec<Uid>)> {
    // SAFETY: as this function's.
    let abstract_syntax = unsafe { uid("abstract_syntax", abstract_syntax) }?;
    // SAFETY: as this function's.
    let transfer_syntaxes = unsafe { uids("transfer_syntaxes", transfer_syntaxes, count) }?;
    Ok((abstract_syntax, transfer_syntaxes))
}

/// The bytes of the arguments `name` and `name_length`.
///
/// # Safety
/// `pointer` is NULL or points to `length` bytes that nobody changes before the call of the export returns.
pub unsafe fn octets(name: &str, pointer: *const u8, length: usize) -> Answer<Vec<u8>> {
    if pointer.is_null() && length > 0 {
        return Err(Failure::from(Error::invalid_argument(format!(
            "{name} is NULL, but {length} bytes long"
        ))));
    }
    // SAFETY: as this function's.
    Ok(unsafe { bytes(name, dimse_bytes { data: pointer, len: length }) }?.to_vec())
}

/// The AE title of the argument `name`.
///
/// # Safety
/// As [`text`].
pub unsafe fn ae_title(name: &str, pointer: *const c_char) -> Answer<AeTitle> {
    // SAFETY: as this function's.
    let text = unsafe { text(name, pointer) }?;
    AeTitle::new(text).map_err(|error| refused(name, &error))
}

/// The AE title of the argument `name`; `default` where it is NULL.
///
/// # Safety
/// As [`text`].
pub unsafe fn ae_title_or(name: &str, pointer: *const c_char, default: &str) -> Answer<AeTitle> {
    // SAFETY: as this function's.
    let text = unsafe { optional_text(name, pointer) }?.unwrap_or(default);
    AeTitle::new(text).map_err(|error| refused(name, &error))
}

/// The path of the argument `name`: on Unix any bytes but NUL, elsewhere UTF-8.
///
/// # Safety
/// As [`text`].
pub unsafe fn path(name: &str, pointer: *const c_char) -> Answer<PathBuf> {
    if pointer.is_null() {
        return Err(Failure::from(Error::invalid_argument(format!("{name} is NULL"))));
    }
    // SAFETY: not NULL, and this function's contract.
    let bytes = unsafe { CStr::from_ptr(pointer) }.to_bytes();
    if bytes.is_empty() {
        return Err(refused(name, &"empty; a path is needed"));
    }
    path::from_bytes(bytes).ok_or_else(|| refused(name, &"not UTF-8, as a path must be on this system"))
}

/// The paths of the argument `name`, an array of `count` texts.
///
/// # Safety
/// As [`uids`].
pub unsafe fn paths(name: &str, pointer: *const *const c_char, count: usize) -> Answer<Vec<PathBuf>> {
    // SAFETY: as this function's; each text is as it wants it too.
    unsafe { array(name, pointer, count, |name, text| path(name, text)) }
}

/// What `one` makes of each of the `count` elements of the argument `name`, by their names.
///
/// # Safety
/// `pointer` is NULL or points to `count` elements.
pub unsafe fn array<T: Copy, U>(
    name: &str,
    pointer: *const T,
    count: usize,
    one: impl Fn(&str, T) -> Answer<U>,
) -> Answer<Vec<U>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if pointer.is_null() {
        return Err(Failure::from(Error::invalid_argument(format!("{name} is NULL, but count is {count}"))));
    }
    let element = |index| {
        // SAFETY: this function's contract; unaligned, since C may hand in any address.
        let element = unsafe { pointer.add(index).read_unaligned() };
        one(&format!("{name}[{index}]"), element)
    };
    (0..count).map(element).collect()
}

/// The IP address of the argument `name`; `None` where it is NULL.
///
/// # Safety
/// As [`text`].
pub unsafe fn ip_address(name: &str, pointer: *const c_char) -> Answer<Option<IpAddr>> {
    // SAFETY: as this function's.
    let Some(text) = unsafe { optional_text(name, pointer) }? else { return Ok(None) };
    let refused = |_| refused(name, &format!("{text:?}; an IPv4 or IPv6 address without a port is needed"));
    text.parse().map(Some).map_err(refused)
}

/// The network of the argument `name`: an IP address, or one with the length of its prefix.
///
/// # Safety
/// As [`text`].
pub unsafe fn network(name: &str, pointer: *const c_char) -> Answer<Network> {
    // SAFETY: as this function's.
    let text = unsafe { text(name, pointer) }?;
    text.parse().map_err(|error: Error| refused(name, &error))
}

/// Class and version of an implementation; the library's own where they are NULL, no version where it is empty.
///
/// # Safety
/// As [`text`], both.
pub unsafe fn implementation(
    class_uid: *const c_char,
    version: *const c_char,
) -> Answer<(Uid, Option<Vec<u8>>)> {
    let class = if class_uid.is_null() {
        implementation::CLASS
    } else {
        // SAFETY: as this function's.
        unsafe { uid("class_uid", class_uid) }?
    };
    // SAFETY: as this function's.
    let version = match unsafe { optional_text("version", version) }? {
        None => Some(implementation::VERSION.to_vec()),
        Some("") => None,
        Some(version) if version.len() <= 16 && version.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
            Some(version.as_bytes().to_vec())
        }
        Some(version) => {
            let words = "an implementation version has 16 printable ASCII characters at most (PS3.7 D.3.3.2)";
            return Err(refused("version", &format!("{version:?}; {words}")));
        }
    };
    Ok((class, version))
}

/// The longest variable field of a P-DATA-TF PDU; 0 is no limit.
pub fn max_pdu_length(bytes: u32) -> Answer<MaxPduLength> {
    if bytes == 0 || bytes >= MaxPduLength::SMALLEST_USABLE {
        return Ok(MaxPduLength::from_wire(bytes));
    }
    let least = MaxPduLength::SMALLEST_USABLE;
    Err(refused("bytes", &format!("{bytes}; 0 (no limit) or at least {least} are allowed (PS3.8 D.1)")))
}

/// An asynchronous operations window; 0 is no limit.
pub fn window(invoked: u32, performed: u32) -> Answer<AsyncWindow> {
    Ok(AsyncWindow { invoked: narrow("invoked", invoked)?, performed: narrow("performed", performed)? })
}

/// A number that has 16 bits on the wire.
pub fn narrow(name: &str, value: u32) -> Answer<u16> {
    let value = in_range(name, value, &(0..=u16::MAX.into()))?;
    u16::try_from(value).map_err(|error| refused(name, &error))
}

/// A number that has 8 bits on the wire.
pub fn byte(name: &str, value: u32) -> Answer<u8> {
    let value = in_range(name, value, &(0..=u8::MAX.into()))?;
    u8::try_from(value).map_err(|error| refused(name, &error))
}

/// A TCP port from `least` on.
pub fn tcp_port(value: u32, least: u32) -> Answer<u16> {
    narrow("port", in_range("port", value, &(least..=u16::MAX.into()))?)
}

/// How many of something there may be, at least 1.
pub fn limit(count: u32) -> Answer<usize> {
    in_range("count", count, &(1..=u32::MAX)).map(to_usize)
}

/// How many of something there may be; `None` for 0, which is no limit.
pub fn optional_limit(count: u32) -> Option<usize> {
    (count > 0).then(|| to_usize(count))
}

/// Saturates where a `usize` has 16 bits: no such system has as many of anything.
pub fn to_usize(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A presentation context id.
pub fn context_id(id: u32) -> Answer<PresentationContextId> {
    u8::try_from(id)
        .ok()
        .and_then(PresentationContextId::new)
        .ok_or_else(|| refused("id", &format!("{id}; a presentation context id is odd, 1 to 255")))
}

/// 0 or 1.
pub fn boolean(name: &str, value: u32) -> Answer<bool> {
    Ok(in_range(name, value, &(0..=1))? == 1)
}

/// `value` of the argument `name` cannot be used; `why` says what it is and what could be.
pub fn refused(name: &str, why: &dyn Display) -> Failure {
    Failure::from(Error::invalid_argument(format!("{name}: {why}")))
}
