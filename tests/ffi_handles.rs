//! Any value in the place of a handle, and NULL in every place, is an answer and never undefined behaviour.

#![cfg(feature = "net")]
#![allow(unsafe_code, reason = "calls the C border")]
#![allow(clippy::unwrap_used, clippy::undocumented_unsafe_blocks, reason = "tests")]

use std::ffi::CStr;
use std::ptr::{null, null_mut, without_provenance_mut};

use dimse::ffi::error::*;
use dimse::ffi::library::*;
use dimse::ffi::op::*;
use dimse::ffi::queue::*;
use dimse::ffi::runtime::*;

#[test]
fn garbage_is_no_handle() {
    let mut other = null_mut();
    assert_eq!(unsafe { dimse_runtime_options_new(&raw mut other, null_mut()) }, DIMSE_OK);
    dimse_runtime_options_free(other);
    let stack = 5_u64;
    let garbage =
        [0, 1, 8, 0xDEAD_BEEF, usize::MAX, (&raw const stack).addr(), other.addr(), other.addr() ^ (1 << 40)];
    for value in garbage {
        let (mut number, mut descriptor, mut byte, mut err) = (0, -1, 0, null_mut());
        let results = unsafe {
            let op: *mut dimse_op = without_provenance_mut(value);
            let queue: *mut dimse_queue = without_provenance_mut(value);
            let options: *mut dimse_runtime_options = without_provenance_mut(value);
            let error: *mut dimse_error = without_provenance_mut(value);
            dimse_op_free(op);
            dimse_queue_free(queue);
            dimse_runtime_options_free(options);
            dimse_runtime_free(without_provenance_mut(value));
            dimse_error_free(error);
            assert_eq!(dimse_error_phase(error), DIMSE_PHASE_NONE);
            assert_eq!(dimse_error_status(error), DIMSE_NO_STATUS);
            assert_eq!(dimse_error_os_error(error), 0);
            assert_eq!(dimse_error_is_retryable(error), 0);
            for text in [dimse_error_message(error), dimse_error_peer(error), dimse_error_comment(error)] {
                assert_eq!((text.len, *text.data), (0, 0));
            }
            let mut event = std::mem::zeroed();
            [
                dimse_op_poll(op),
                dimse_op_wait(op, 0, &raw mut err),
                dimse_op_next(op, 0, &raw mut event),
                dimse_op_cancel(op),
                dimse_queue_set_notify(queue, None, null_mut(), None, null_mut()),
                dimse_queue_fd(queue, &raw mut descriptor, null_mut()),
                dimse_queue_dispatch(queue, 0, 1, &raw mut number),
                dimse_queue_wakeup(queue),
                dimse_runtime_options_set_worker_threads(options, 1, null_mut()),
                dimse_runtime_options_set_callback_threads(options, 1, null_mut()),
                dimse_error_result(error),
                dimse_error_reject(error, &raw mut byte, null_mut(), null_mut()),
                dimse_error_abort(error, &raw mut byte, null_mut()),
            ]
        };
        assert_eq!(results, [DIMSE_ERR_INVALID_HANDLE; 13], "{value:x}");
        assert_eq!((number, descriptor, byte), (0, -1, 0), "outputs are written on success only");
        assert!(message(err).starts_with("op is "), "{}", message(err));
        dimse_error_free(err);
        if value != 0 {
            let (mut runtime, mut queue) = (null_mut(), null_mut());
            let stranger: *mut dimse_runtime = without_provenance_mut(value);
            let results = unsafe {
                [
                    dimse_queue_new(stranger, &raw mut queue, null_mut()),
                    dimse_runtime_new(without_provenance_mut(value), &raw mut runtime, null_mut()),
                    dimse_runtime_shutdown(stranger, 0),
                ]
            };
            assert_eq!(results, [DIMSE_ERR_INVALID_HANDLE; 3]);
            assert!(runtime.is_null() && queue.is_null());
        }
    }
}

#[test]
fn null_where_an_output_is_needed_is_named() {
    let mut err = null_mut();
    let results = unsafe {
        [
            dimse_runtime_options_new(null_mut(), null_mut()),
            dimse_runtime_new(null(), null_mut(), null_mut()),
            dimse_queue_fd(null_mut(), null_mut(), null_mut()),
            dimse_queue_new(null_mut(), null_mut(), &raw mut err),
        ]
    };
    assert_eq!(results, [DIMSE_ERR_INVALID_ARGUMENT; 4]);
    assert_eq!(message(err), "out is NULL");
    dimse_error_free(err);
}

#[test]
fn a_runtime_of_its_own() {
    let (mut options, mut runtime, mut queue, mut err) = (null_mut(), null_mut(), null_mut(), null_mut());
    unsafe {
        assert_eq!(dimse_runtime_options_new(&raw mut options, null_mut()), DIMSE_OK);
        assert_eq!(
            dimse_runtime_options_set_worker_threads(options, 0, null_mut()),
            DIMSE_ERR_INVALID_ARGUMENT
        );
        assert_eq!(dimse_runtime_options_set_worker_threads(options, 1, null_mut()), DIMSE_OK);
        assert_eq!(
            dimse_runtime_options_set_callback_threads(options, 1025, null_mut()),
            DIMSE_ERR_INVALID_ARGUMENT
        );
        assert_eq!(dimse_runtime_options_set_callback_threads(options, 2, null_mut()), DIMSE_OK);
        assert_eq!(dimse_runtime_new(options, &raw mut runtime, null_mut()), DIMSE_OK);
        dimse_runtime_options_free(options);
        assert_eq!(dimse_queue_new(runtime, &raw mut queue, null_mut()), DIMSE_OK);
        assert_eq!(dimse_runtime_shutdown(runtime, 100), DIMSE_OK);
        assert_eq!(dimse_runtime_shutdown(runtime, 100), DIMSE_OK);
        dimse_runtime_free(runtime);
        assert_eq!(dimse_runtime_shutdown(runtime, 100), DIMSE_ERR_INVALID_HANDLE);
        assert_eq!(dimse_queue_dispatch(queue, 0, 1, null_mut()), DIMSE_OK, "a queue outlives its runtime");
        dimse_queue_free(queue);
        assert_eq!(
            dimse_queue_new(without_provenance_mut(3), &raw mut queue, &raw mut err),
            DIMSE_ERR_INVALID_HANDLE
        );
    }
    assert_eq!(message(err), "rt is not the handle of a dimse_runtime, or it was freed");
    dimse_error_free(err);
}

#[test]
fn which_library_it_is() {
    assert_eq!((dimse_abi_version(), dimse_abi_revision()), (DIMSE_ABI_VERSION, DIMSE_ABI_REVISION));
    assert_eq!(unsafe { CStr::from_ptr(dimse_version()) }.to_str(), Ok(env!("CARGO_PKG_VERSION")));
    assert_eq!(unsafe { CStr::from_ptr(dimse_result_name(DIMSE_ERR_IO)) }, c"DIMSE_ERR_IO");
    assert_eq!(unsafe { CStr::from_ptr(dimse_result_name(12345)) }, c"DIMSE_ERR_?");
}

fn message(err: *const dimse_error) -> String {
    let text = dimse_error_message(err);
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
    String::from_utf8(bytes.to_vec()).unwrap()
}
