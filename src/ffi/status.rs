//! Names: of status numbers and of registered UIDs.

use std::collections::BTreeMap;
use std::ffi::{CString, c_char};
use std::sync::Mutex;

use super::boundary::boundary;
use super::text::optional_text;
use crate::dimse::service::{CommandField, Service};
use crate::dimse::status::{Category, Status};
use crate::runtime::lock::lock;
use crate::wire::uids;

/// The operation was performed.
pub const DIMSE_CATEGORY_SUCCESS: u32 = 0;
/// More responses follow.
pub const DIMSE_CATEGORY_PENDING: u32 = 1;
/// The operation was performed, with a deviation.
pub const DIMSE_CATEGORY_WARNING: u32 = 2;
/// The operation was not performed.
pub const DIMSE_CATEGORY_FAILURE: u32 = 3;
/// The operation ended because it was cancelled.
pub const DIMSE_CATEGORY_CANCEL: u32 = 4;

/// The name of a status in the standard: "Processing failure". What a service adds to it is dimse_status_name_of.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where
/// status has more than 16 bits, as DIMSE_NO_STATUS. Since 0.1.0. PS3.7 annex C.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_status_name(status: u32) -> *const c_char {
    boundary!(or c"".as_ptr() => { Ok(said_of(status, Status::name)) })
}

/// What a status means, in the middle of a sentence: "a general failure in performing the operation". What a service
/// adds to it is dimse_status_text_of.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where
/// status has more than 16 bits, as DIMSE_NO_STATUS. Since 0.1.0. PS3.7 annex C.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_status_text(status: u32) -> *const c_char {
    boundary!(or c"".as_ptr() => { Ok(said_of(status, Status::text)) })
}

/// The name of a status as an answer of the service that command belongs to, DIMSE_COMMAND_*: of A700 to a C-STORE
/// "Refused: out of resources". Where the service gives the number no name of its own, and for any other command, 0 for
/// instance, it is that of dimse_status_name.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where
/// status has more than 16 bits, as DIMSE_NO_STATUS. Since 0.1.0. PS3.7 annex C, PS3.4 annexes B, C, H, S and CC.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_status_name_of(command: u32, status: u32) -> *const c_char {
    boundary!(or c"".as_ptr() => {
        let service = service_of(command);
        Ok(said_of(status, |status| service.map_or(status.name(), |service| status.name_for(service))))
    })
}

/// What a status means as an answer of the service that command belongs to, DIMSE_COMMAND_*, in the middle of a
/// sentence: of A700 to a C-STORE "not stored, the peer is out of resources such as disk space". Where the service says
/// nothing of its own about the number, and for any other command, 0 for instance, it is that of dimse_status_text.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where
/// status has more than 16 bits, as DIMSE_NO_STATUS. Since 0.1.0. PS3.7 annex C, PS3.4 annexes B, C, H, S and CC.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_status_text_of(command: u32, status: u32) -> *const c_char {
    boundary!(or c"".as_ptr() => {
        let service = service_of(command);
        Ok(said_of(status, |status| service.map_or(status.text(), |service| status.text_for(service))))
    })
}

/// What kind of answer a status is: DIMSE_CATEGORY_*.
///
/// Nothing on the wire. Does not block; allowed in callbacks. A number that the standard does not define is
/// DIMSE_CATEGORY_FAILURE, and so is one of more than 16 bits: what is not understood is never taken for done.
/// Since 0.1.0. PS3.7 annex C.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_status_category(status: u32) -> u32 {
    boundary!(any process, or DIMSE_CATEGORY_FAILURE => {
        Ok(match u16::try_from(status).map(|status| Status(status).category()) {
            Ok(Category::Success) => DIMSE_CATEGORY_SUCCESS,
            Ok(Category::Pending) => DIMSE_CATEGORY_PENDING,
            Ok(Category::Warning) => DIMSE_CATEGORY_WARNING,
            Ok(Category::Cancel) => DIMSE_CATEGORY_CANCEL,
            Ok(Category::Failure) | Err(_) => DIMSE_CATEGORY_FAILURE,
        })
    })
}

/// The name of a registered UID, of a SOP class or a transfer syntax for instance: "Verification SOP Class".
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where uid
/// is NULL or not registered, as every private one. Since 0.1.0. PS3.6 table A-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_uid_name(uid: *const c_char) -> *const c_char {
    boundary!(or c"".as_ptr() => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let uid = unsafe { optional_text("uid", uid) }?;
        Ok(lasting(uid.and_then(uids::name).unwrap_or_default()))
    })
}

/// That of a request, or of the response to it.
fn service_of(command: u32) -> Option<Service> {
    u16::try_from(command).ok().and_then(|command| CommandField::from_wire(command).service())
}

fn said_of(status: u32, what: impl FnOnce(Status) -> &'static str) -> *const c_char {
    lasting(u16::try_from(status).map(|status| what(Status(status))).unwrap_or_default())
}

/// A static text as C wants it: with a NUL behind it, made when it is first asked for and kept for ever.
pub fn lasting(text: &'static str) -> *const c_char {
    static MADE: Mutex<BTreeMap<&'static str, CString>> = Mutex::new(BTreeMap::new());
    lock(&MADE).entry(text).or_insert_with(|| CString::new(text).unwrap_or_default()).as_ptr()
}
