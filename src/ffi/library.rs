//! The library itself: which one was loaded.

use std::ffi::{CStr, c_char};

use super::boundary::boundary;

/// The number in the library's SONAME. Bindings compare it with dimse_abi_version at load.
pub const DIMSE_ABI_VERSION: u32 = 0;
/// Grows with every change of the ABI that has the same number. Bindings compare it with dimse_abi_revision at load.
pub const DIMSE_ABI_REVISION: u32 = 1;

/// The DIMSE_ABI_VERSION of the library that is running. A program made for another number must not go on.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_abi_version() -> u32 {
    boundary!(constant DIMSE_ABI_VERSION)
}

/// The DIMSE_ABI_REVISION of the library that is running. Before 1.0 a program made for another number must not go on.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_abi_revision() -> u32 {
    boundary!(constant DIMSE_ABI_REVISION)
}

/// The version of the library that is running, for people and logs: "0.1.0".
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_version() -> *const c_char {
    boundary!(constant VERSION.as_ptr())
}

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => c"",
};
