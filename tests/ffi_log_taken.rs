//! Where a Rust program takes the log itself, the C callback is refused, and released.

#![cfg(feature = "net")]
#![allow(unsafe_code, reason = "calls the C border")]
#![allow(clippy::unwrap_used, clippy::undocumented_unsafe_blocks, reason = "tests")]

use std::ffi::c_void;
use std::ptr::{null_mut, without_provenance_mut};
use std::sync::atomic::{AtomicUsize, Ordering};

use dimse::ffi::error::*;
use dimse::ffi::log::{DIMSE_LOG_INFO, dimse_log_record, dimse_log_set_callback};
use tracing::subscriber::{NoSubscriber, set_global_default};

static RELEASED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn take(_record: *const dimse_log_record, _user_data: *mut c_void) {
    unreachable!("it was refused");
}

unsafe extern "C" fn release(user_data: *mut c_void) {
    assert_eq!(user_data.addr(), 5);
    RELEASED.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn a_log_that_is_taken_is_refused() {
    set_global_default(NoSubscriber::new()).unwrap();
    let mut err = null_mut();
    let user_data = without_provenance_mut(5);
    let result =
        unsafe { dimse_log_set_callback(DIMSE_LOG_INFO, Some(take), user_data, Some(release), &raw mut err) };
    assert_eq!((result, dimse_error_result(err)), (DIMSE_ERR_STATE, DIMSE_ERR_STATE));
    assert_eq!(RELEASED.load(Ordering::SeqCst), 1);
    dimse_error_free(err);
}
