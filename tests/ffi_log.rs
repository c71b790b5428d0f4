//! The log reaches one C callback, and its user data come back once.

#![cfg(feature = "net")]
#![allow(unsafe_code, reason = "calls the C border")]
#![allow(clippy::unwrap_used, clippy::undocumented_unsafe_blocks, reason = "tests")]

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use dimse::ffi::error::*;
use dimse::ffi::log::*;
use dimse::ffi::runtime::dimse_runtime_shutdown;
use dimse::ffi::text::dimse_str;
use dimse::runtime::lock::lock;

#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    released: AtomicUsize,
}

impl Log {
    fn set(self: &Arc<Self>, level: u32, callback: dimse_log_cb) -> dimse_result {
        let user_data = Arc::as_ptr(self).cast_mut().cast();
        unsafe { dimse_log_set_callback(level, callback, user_data, Some(release), null_mut()) }
    }

    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.lines))
    }

    fn released(&self) -> usize {
        self.released.load(Ordering::SeqCst)
    }
}

unsafe extern "C" fn take(record: *const dimse_log_record, user_data: *mut c_void) {
    let (record, log) = unsafe { (&*record, &*user_data.cast::<Log>()) };
    assert_eq!(log.released(), 0, "no call after release");
    let line = format!(
        "{} {} [{} {}] {}",
        record.level,
        text(record.target),
        record.association,
        record.message_id,
        text(record.message)
    );
    lock(&log.lines).push(line);
    assert_eq!(dimse_runtime_shutdown(null_mut(), 0), DIMSE_ERR_WOULD_DEADLOCK);
    tracing::error!(target: "dimse", "said inside the callback: left out");
}

unsafe extern "C" fn replace_itself(_record: *const dimse_log_record, user_data: *mut c_void) {
    let log = unsafe { &*user_data.cast::<Log>() };
    let result = unsafe { dimse_log_set_callback(DIMSE_LOG_OFF, None, null_mut(), None, null_mut()) };
    assert_eq!((result, log.released()), (DIMSE_OK, 0), "this call has not returned");
}

unsafe extern "C" fn release(user_data: *mut c_void) {
    unsafe { &*user_data.cast::<Log>() }.released.fetch_add(1, Ordering::SeqCst);
}

fn text(text: dimse_str) -> String {
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn speak() {
    tracing::error!(target: "dimse", association = 7_u64, message_id = 3_u16, "went {}", "wrong");
    tracing::warn!(target: "dimse::net", peer = "PACS", bytes = 5, "two\nlines");
    tracing::info!(target: "dimse", message_id = 70_000, left = true);
    tracing::debug!(target: "dimse", "a message");
    tracing::trace!(target: "dimse", "a PDU");
}

/// One test, since there is one log for the process.
#[test]
fn the_log_as_c_sees_it() {
    speak();
    let first = Arc::<Log>::default();
    assert_eq!(first.set(DIMSE_LOG_TRACE, Some(take)), DIMSE_OK);
    speak();
    assert_eq!(
        first.lines(),
        [
            "1 dimse [7 3] went wrong",
            "2 dimse::net [0 0] two\nlines peer=\"PACS\" bytes=5",
            "3 dimse [0 0] message_id=70000 left=true",
            "4 dimse [0 0] a message",
            "5 dimse [0 0] a PDU",
        ]
    );

    let second = Arc::<Log>::default();
    assert_eq!(second.set(DIMSE_LOG_WARN, Some(take)), DIMSE_OK);
    assert_eq!(first.released(), 1);
    speak();
    assert_eq!((first.lines().len(), second.lines().len()), (0, 2));
    assert!(tracing::enabled!(target: "dimse", tracing::Level::WARN));
    assert!(!tracing::enabled!(target: "dimse", tracing::Level::INFO));

    let refused = Arc::<Log>::default();
    assert_eq!(refused.set(6, Some(take)), DIMSE_ERR_INVALID_ARGUMENT);
    assert_eq!((refused.released(), second.released()), (1, 0));
    speak();
    assert_eq!(second.lines().len(), 2, "the one before stays");

    let third = Arc::<Log>::default();
    assert_eq!(third.set(DIMSE_LOG_ERROR, Some(replace_itself)), DIMSE_OK);
    assert_eq!(second.released(), 1);
    speak();
    assert_eq!(third.released(), 1);
    assert!(!tracing::enabled!(target: "dimse", tracing::Level::ERROR));

    while_threads_speak();
    let none = Arc::<Log>::default();
    assert_eq!(none.set(DIMSE_LOG_TRACE, None), DIMSE_OK);
    assert_eq!(none.released(), 1);
    assert_eq!((first.released(), second.released(), third.released()), (1, 1, 1));
}

fn while_threads_speak() {
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..500).for_each(|_| speak()));
        }
        for _ in 0..50 {
            let log = Arc::<Log>::default();
            assert_eq!(log.set(DIMSE_LOG_DEBUG, Some(take)), DIMSE_OK);
            std::thread::yield_now();
            assert_eq!(
                unsafe { dimse_log_set_callback(DIMSE_LOG_OFF, None, null_mut(), None, null_mut()) },
                DIMSE_OK
            );
            // A call in another thread may still be under way: the release is its.
            while log.released() == 0 {
                std::thread::yield_now();
            }
            assert_eq!(log.released(), 1);
        }
    });
}
