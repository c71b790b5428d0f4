//! A child of a process that used the library gets an answer from every call, in words, instead of hanging.

#![cfg(all(feature = "net", unix))]
#![allow(unsafe_code, reason = "calls the C border and fork")]
#![allow(clippy::unwrap_used, clippy::undocumented_unsafe_blocks, reason = "tests")]

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};

use dimse::ffi::boundary;
use dimse::ffi::delivery::{dimse_delivery, dimse_event};
use dimse::ffi::error::*;
use dimse::ffi::library::{DIMSE_ABI_VERSION, dimse_abi_version};
use dimse::ffi::op::dimse_op_poll;
use dimse::ffi::queue::*;
use dimse::ffi::runtime::dimse_runtime_shutdown;

static RELEASED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn on_event(_event: *const dimse_event, _user_data: *mut c_void) -> i32 {
    0
}

unsafe extern "C" fn release(_user_data: *mut c_void) {
    RELEASED.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn every_call_in_a_forked_child_answers() {
    let mut queue = null_mut();
    assert_eq!(unsafe { dimse_queue_new(null_mut(), &raw mut queue, null_mut()) }, DIMSE_OK);
    let child = unsafe { libc::fork() };
    if child == 0 {
        // No assertion here: the child must neither unwind into the test's harness nor run its exit.
        unsafe {
            libc::alarm(20);
            libc::_exit(in_the_child(queue));
        }
    }
    let mut status = 0;
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(libc::WIFEXITED(status), "the child hung or crashed");
    assert_eq!(libc::WEXITSTATUS(status), 0, "the check of that number failed");
    assert_eq!(unsafe { dimse_queue_dispatch(queue, 0, 1, null_mut()) }, DIMSE_OK, "the parent goes on");
    dimse_queue_free(queue);
    assert_eq!(dimse_runtime_shutdown(null_mut(), 1000), DIMSE_OK);
}

/// The number of the first check that fails; 0 where none does.
fn in_the_child(queue: *mut dimse_queue) -> i32 {
    let mut err = null_mut();
    let mut other = null_mut();
    let delivery = dimse_delivery {
        queue: null_mut(),
        on_event: Some(on_event),
        user_data: null_mut(),
        release: Some(release),
    };
    let checks = unsafe {
        [
            dimse_queue_new(null_mut(), &raw mut other, &raw mut err) == DIMSE_ERR_STATE,
            dimse_error_message(err).len > 40,
            dimse_queue_dispatch(queue, 1000, 1, null_mut()) == DIMSE_ERR_STATE,
            dimse_queue_set_notify(queue, None, null_mut(), Some(release), null_mut()) == DIMSE_ERR_STATE,
            RELEASED.load(Ordering::SeqCst) == 1,
            dimse_op_poll(null()) == DIMSE_ERR_STATE,
            dimse_runtime_shutdown(null_mut(), 1000) == DIMSE_ERR_STATE,
            boundary::start(null_mut(), &raw const delivery, |_| Ok(())) == DIMSE_ERR_STATE,
            RELEASED.load(Ordering::SeqCst) == 2,
            dimse_abi_version() == DIMSE_ABI_VERSION,
        ]
    };
    dimse_queue_free(queue);
    dimse_error_free(err);
    checks.iter().zip(1..).find(|(passed, _)| !**passed).map_or(0, |(_, number)| number)
}
