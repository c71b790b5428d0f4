//! What C gets to see of an operation: the same events in all three deliveries, one release on every way, no deadlock.

#![cfg(feature = "net")]
#![allow(unsafe_code, reason = "calls the C border")]
#![allow(clippy::unwrap_used, clippy::undocumented_unsafe_blocks, reason = "tests")]

use std::ffi::c_void;
use std::mem::{offset_of, size_of};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dimse::error::{Cause, Error, Phase};
use dimse::ffi::boundary::{self, Out};
use dimse::ffi::delivery::{DIMSE_EVENT_DONE, dimse_delivery, dimse_event};
use dimse::ffi::error::*;
use dimse::ffi::number::DIMSE_NO_LIMIT;
use dimse::ffi::op::{self, *};
use dimse::ffi::queue::*;
use dimse::ffi::runtime::*;
use dimse::ffi::text::dimse_str;
use dimse::net::operation::{Operation, Outcome};
use dimse::runtime::lock::lock;
use dimse::runtime::strand::Strand;

/// What stands behind `user_data`.
#[derive(Default)]
struct Seen {
    /// The result of every DONE.
    done: Mutex<Vec<dimse_result>>,
    released: AtomicUsize,
    /// What `on_event` returns.
    answer: AtomicI32,
    /// What blocking calls inside the callback answered.
    inside: Mutex<Vec<dimse_result>>,
    op: Mutex<usize>,
    queue: Mutex<usize>,
}

impl Seen {
    fn user_data(self: &Arc<Self>) -> *mut c_void {
        Arc::as_ptr(self).cast_mut().cast()
    }

    fn delivery(self: &Arc<Self>, queue: *mut dimse_queue) -> dimse_delivery {
        dimse_delivery {
            queue,
            on_event: Some(on_event),
            user_data: self.user_data(),
            release: Some(release),
        }
    }

    fn is_released(&self) -> bool {
        self.released.load(Ordering::SeqCst) > 0
    }

    /// Tries every call that blocks.
    fn try_to_block(&self) {
        let op: *mut dimse_op = std::ptr::without_provenance_mut(*lock(&self.op));
        let queue: *mut dimse_queue = std::ptr::without_provenance_mut(*lock(&self.queue));
        let mut event = event();
        let results = unsafe {
            [
                dimse_op_wait(op, 0, null_mut()),
                dimse_op_next(op, 0, &raw mut event),
                dimse_queue_dispatch(queue, 0, 1, null_mut()),
                dimse_runtime_shutdown(null_mut(), 0),
            ]
        };
        lock(&self.inside).extend(results);
    }
}

unsafe extern "C" fn on_event(event: *const dimse_event, user_data: *mut c_void) -> i32 {
    let (event, seen) = unsafe { (&*event, &*user_data.cast::<Seen>()) };
    assert!(!seen.is_released(), "no call after release");
    assert_eq!(event.kind, DIMSE_EVENT_DONE);
    lock(&seen.done).push(event.result);
    seen.try_to_block();
    seen.answer.load(Ordering::SeqCst)
}

unsafe extern "C" fn release(user_data: *mut c_void) {
    let seen = unsafe { &*user_data.cast::<Seen>() };
    seen.try_to_block();
    seen.released.fetch_add(1, Ordering::SeqCst);
}

unsafe extern "C" fn notify(user_data: *mut c_void) {
    unsafe { &*user_data.cast::<Seen>() }.try_to_block();
}

/// What an `_async` export does, up to the operation that it starts.
fn start(
    delivery: *const dimse_delivery,
    out: &mut *mut dimse_op,
    fails: bool,
) -> (dimse_result, Option<Arc<Operation>>) {
    let mut started = None;
    let body = |delivery| {
        let out = unsafe { Out::optional(out) };
        let runtime = runtime_or_default(null())?;
        let operation = Operation::new(&runtime, Strand::new(&runtime), delivery);
        let given = op::give(out, &operation)?;
        assert!(!fails, "on purpose");
        given.keep();
        started = Some(operation);
        Ok(())
    };
    let result = unsafe { boundary::start(null_mut(), delivery, body) };
    (result, started)
}

fn event() -> dimse_event {
    let mut event: dimse_event = unsafe { std::mem::zeroed() };
    event.struct_size = u32::try_from(size_of::<dimse_event>()).unwrap();
    event
}

fn queue() -> *mut dimse_queue {
    let mut queue = null_mut();
    assert_eq!(unsafe { dimse_queue_new(null_mut(), &raw mut queue, null_mut()) }, DIMSE_OK);
    queue
}

fn text(text: dimse_str) -> String {
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len + 1) };
    let (nul, text) = bytes.split_last().unwrap();
    assert_eq!(*nul, 0);
    String::from_utf8(text.to_vec()).unwrap()
}

fn eventually(what: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !what() {
        assert!(Instant::now() < end, "in vain");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn failed() -> Outcome {
    let error = Error::new(Phase::Reply, Cause::Timeout { limit: Duration::from_secs(60) }).with_peer("PACS");
    Outcome {
        status: Some(0xA700),
        comment: Some("disk\0full".to_owned()),
        message_id: Some(7),
        bytes: 1 << 40,
        duration: Duration::from_millis(1500),
        attempts: 2,
        ..Outcome::new(Err(error))
    }
}

/// One test, since they all share the default runtime and its shutdown.
#[test]
fn operations_as_c_sees_them() {
    a_callback_of_the_library();
    a_callback_in_a_queue();
    events_that_are_read();
    an_event_smaller_than_ours();
    waiting_tells_the_whole_story();
    a_start_that_fails_releases();
    a_callback_cancels();
    freeing_an_operation_detaches_it();
    nothing_blocks_in_notify();
    the_descriptor_follows_the_queue();
    assert_eq!(dimse_runtime_shutdown(null_mut(), DIMSE_NO_LIMIT), DIMSE_OK);
    assert_eq!(dimse_runtime_shutdown(null_mut(), 0), DIMSE_OK);
}

fn a_callback_of_the_library() {
    let seen = Arc::<Seen>::default();
    let queue = queue();
    *lock(&seen.queue) = queue.addr();
    let delivery = seen.delivery(null_mut());
    let mut op = null_mut();
    let (result, operation) = start(&raw const delivery, &mut op, false);
    assert_eq!(result, DIMSE_OK);
    *lock(&seen.op) = op.addr();
    assert_eq!(dimse_op_poll(op), DIMSE_PENDING);
    let mut event = event();
    assert_eq!(unsafe { dimse_op_next(op, 0, &raw mut event) }, DIMSE_ERR_STATE);
    operation.unwrap().complete(failed());
    eventually(|| seen.is_released());
    assert_eq!(*lock(&seen.done), [DIMSE_ERR_TIMEOUT]);
    assert_eq!(*lock(&seen.inside), [DIMSE_ERR_WOULD_DEADLOCK; 8]);
    assert_eq!(dimse_op_poll(op), DIMSE_ERR_TIMEOUT);
    dimse_queue_free(queue);
    dimse_op_free(op);
    dimse_op_free(op);
    assert_eq!(dimse_op_poll(op), DIMSE_ERR_INVALID_HANDLE);
    assert_eq!(seen.released.load(Ordering::SeqCst), 1);
}

fn a_callback_in_a_queue() {
    let queue = queue();
    let seen = Arc::<Seen>::default();
    *lock(&seen.queue) = queue.addr();
    let delivery = seen.delivery(queue);
    let mut op = null_mut();
    let (result, operation) = start(&raw const delivery, &mut op, false);
    assert_eq!(result, DIMSE_OK);
    *lock(&seen.op) = op.addr();
    operation.unwrap().complete(Outcome::new(Ok(())));
    assert!(lock(&seen.done).is_empty());
    let mut ran = 9;
    assert_eq!(unsafe { dimse_queue_dispatch(queue, 0, 0, &raw mut ran) }, DIMSE_ERR_INVALID_ARGUMENT);
    assert_eq!(unsafe { dimse_queue_dispatch(queue, DIMSE_NO_LIMIT, 10, &raw mut ran) }, DIMSE_OK);
    assert_eq!(ran, 1);
    assert_eq!(*lock(&seen.done), [DIMSE_OK]);
    assert_eq!(seen.released.load(Ordering::SeqCst), 1);
    assert_eq!(*lock(&seen.inside), [DIMSE_ERR_WOULD_DEADLOCK; 8]);
    assert_eq!(dimse_queue_wakeup(queue), DIMSE_OK);
    assert_eq!(unsafe { dimse_queue_dispatch(queue, DIMSE_NO_LIMIT, 10, &raw mut ran) }, DIMSE_OK);
    assert_eq!(ran, 0);
    dimse_queue_free(queue);
    dimse_queue_free(queue);
    dimse_op_free(op);
    assert_eq!(dimse_queue_wakeup(queue), DIMSE_ERR_INVALID_HANDLE);
}

fn events_that_are_read() {
    let mut op = null_mut();
    let (_, operation) = start(null(), &mut op, false);
    let mut event = event();
    assert_eq!(unsafe { dimse_op_next(op, 0, &raw mut event) }, DIMSE_PENDING);
    operation.unwrap().complete(failed());
    assert_eq!(unsafe { dimse_op_next(op, DIMSE_NO_LIMIT, &raw mut event) }, DIMSE_OK);
    assert_eq!(
        (event.kind, event.result, event.status, event.phase),
        (DIMSE_EVENT_DONE, DIMSE_ERR_TIMEOUT, 0xA700, DIMSE_PHASE_REPLY)
    );
    assert_eq!(
        (event.message_id, event.attempts, event.duration_us, event.bytes_done),
        (7, 2, 1_500_000, 1 << 40)
    );
    assert_eq!(text(event.comment), "disk\u{FFFD}full");
    assert_eq!(dimse_error_status(event.error), 0xA700);
    assert_eq!(text(dimse_error_comment(event.error)), "disk\u{FFFD}full");
    assert_eq!(unsafe { dimse_op_next(op, 0, &raw mut event) }, DIMSE_ERR_STATE);
    let error = event.error;
    dimse_op_free(op);
    assert_eq!(dimse_error_result(error), DIMSE_ERR_INVALID_HANDLE, "it lived as long as the operation");
}

fn an_event_smaller_than_ours() {
    let mut op = null_mut();
    let (_, operation) = start(null(), &mut op, false);
    operation.unwrap().complete(failed());
    let mut event = event();
    event.struct_size = 4;
    assert_eq!(unsafe { dimse_op_next(op, 0, &raw mut event) }, DIMSE_ERR_INVALID_ARGUMENT);
    assert_eq!(unsafe { dimse_op_next(op, 0, null_mut()) }, DIMSE_ERR_INVALID_ARGUMENT);
    let known = offset_of!(dimse_event, bytes_done);
    event.struct_size = u32::try_from(known).unwrap();
    event.bytes_done = 5;
    assert_eq!(unsafe { dimse_op_next(op, 0, &raw mut event) }, DIMSE_OK);
    assert_eq!((event.message_id, event.bytes_done), (7, 5), "what the caller does not know is not written");
    assert_eq!(usize::try_from(event.struct_size).unwrap(), known);
    dimse_op_free(op);
}

fn waiting_tells_the_whole_story() {
    let mut op = null_mut();
    let (_, operation) = start(null(), &mut op, false);
    let mut err = null_mut();
    assert_eq!(unsafe { dimse_op_wait(op, 5, &raw mut err) }, DIMSE_PENDING);
    assert!(err.is_null());
    operation.unwrap().complete(failed());
    assert_eq!(unsafe { dimse_op_wait(op, DIMSE_NO_LIMIT, &raw mut err) }, DIMSE_ERR_TIMEOUT);
    assert_eq!(dimse_error_result(err), DIMSE_ERR_TIMEOUT);
    assert_eq!(dimse_error_phase(err), DIMSE_PHASE_REPLY);
    assert_eq!(dimse_error_is_retryable(err), 1);
    assert_eq!(dimse_error_os_error(err), 0);
    assert_eq!(text(dimse_error_peer(err)), "PACS");
    assert!(text(dimse_error_message(err)).starts_with("no answer within 60 s"));
    let mut byte = 0;
    let byte = &raw mut byte;
    assert_eq!(unsafe { dimse_error_reject(err, byte, byte, byte) }, DIMSE_ERR_STATE);
    assert_eq!(unsafe { dimse_error_abort(err, byte, byte) }, DIMSE_ERR_STATE);
    dimse_error_free(err);
    assert_eq!(dimse_error_result(err), DIMSE_ERR_INVALID_HANDLE);
    assert_eq!(text(dimse_error_message(err)), "");
    dimse_op_free(op);
}

fn a_start_that_fails_releases() {
    let queue = queue();
    dimse_queue_free(queue);
    let seen = Arc::<Seen>::default();
    let mut op = null_mut();
    let without_callback = dimse_delivery { on_event: None, ..seen.delivery(null_mut()) };
    let starts = [
        (without_callback, false, DIMSE_ERR_INVALID_ARGUMENT),
        (seen.delivery(queue), false, DIMSE_ERR_INVALID_HANDLE),
        (seen.delivery(null_mut()), true, DIMSE_ERR_PANIC),
    ];
    for (count, (delivery, fails, wanted)) in starts.into_iter().enumerate() {
        let (result, operation) = start(&raw const delivery, &mut op, fails);
        assert_eq!(result, wanted);
        assert!(operation.is_none() && op.is_null());
        assert_eq!(seen.released.load(Ordering::SeqCst), count + 1);
    }
    assert!(lock(&seen.done).is_empty());
}

fn a_callback_cancels() {
    let seen = Arc::<Seen>::default();
    seen.answer.store(-1, Ordering::SeqCst);
    let delivery = seen.delivery(null_mut());
    let mut op = null_mut();
    let (_, operation) = start(&raw const delivery, &mut op, false);
    let operation = operation.unwrap();
    assert_eq!(dimse_op_cancel(op), DIMSE_OK);
    assert_eq!(dimse_op_cancel(op), DIMSE_OK);
    assert!(operation.is_cancelled());
    operation.complete(Outcome::new(Err(Error::new(Phase::Reply, Cause::Cancelled))));
    eventually(|| seen.is_released());
    assert_eq!(*lock(&seen.done), [DIMSE_ERR_CANCELLED]);
    assert_eq!(dimse_op_cancel(op), DIMSE_OK, "after the end too");
    dimse_op_free(op);
}

fn freeing_an_operation_detaches_it() {
    let seen = Arc::<Seen>::default();
    let delivery = seen.delivery(null_mut());
    let mut op = null_mut();
    let (_, operation) = start(&raw const delivery, &mut op, false);
    dimse_op_free(op);
    assert!(!operation.as_ref().unwrap().is_cancelled());
    operation.unwrap().complete(Outcome::new(Ok(())));
    eventually(|| seen.is_released());
    assert_eq!(*lock(&seen.done), [DIMSE_OK]);
}

fn nothing_blocks_in_notify() {
    let queue = queue();
    let quiet = Arc::<Seen>::default();
    let seen = Arc::<Seen>::default();
    *lock(&seen.queue) = queue.addr();
    let mut op = null_mut();
    let delivery = quiet.delivery(queue);
    let (_, operation) = start(&raw const delivery, &mut op, false);
    *lock(&seen.op) = op.addr();
    let user_data = seen.user_data();
    assert_eq!(
        unsafe { dimse_queue_set_notify(queue, Some(notify), user_data, Some(release), null_mut()) },
        DIMSE_OK
    );
    operation.unwrap().complete(Outcome::new(Ok(())));
    eventually(|| lock(&seen.inside).len() == 4);
    assert_eq!(unsafe { dimse_queue_set_notify(queue, None, null_mut(), None, null_mut()) }, DIMSE_OK);
    eventually(|| seen.is_released());
    assert_eq!(*lock(&seen.inside), [DIMSE_ERR_WOULD_DEADLOCK; 8]);
    dimse_queue_free(queue);
    eventually(|| quiet.is_released());
    assert!(lock(&quiet.done).is_empty(), "the queue was gone");
    assert_eq!(
        unsafe { dimse_queue_set_notify(queue, Some(notify), user_data, Some(release), null_mut()) },
        DIMSE_ERR_INVALID_HANDLE
    );
    assert_eq!(seen.released.load(Ordering::SeqCst), 2, "released where setting it fails");
    dimse_op_free(op);
}

#[cfg(unix)]
fn the_descriptor_follows_the_queue() {
    fn is_readable(fd: i32) -> bool {
        let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        unsafe { libc::poll(&raw mut poll, 1, 0) == 1 }
    }
    let queue = queue();
    let all = Mutex::new(Vec::new());
    let post = || {
        let seen = Arc::<Seen>::default();
        let delivery = seen.delivery(queue);
        let mut op = null_mut();
        let (_, operation) = start(&raw const delivery, &mut op, false);
        operation.unwrap().complete(Outcome::new(Ok(())));
        dimse_op_free(op);
        lock(&all).push(seen);
    };
    post();
    let mut fd = -1;
    assert_eq!(unsafe { dimse_queue_fd(queue, &raw mut fd, null_mut()) }, DIMSE_OK);
    for _ in 0..3 {
        post();
        assert!(is_readable(fd), "two wait");
        assert_eq!(unsafe { dimse_queue_dispatch(queue, 0, 1, null_mut()) }, DIMSE_OK);
        assert!(is_readable(fd), "one is left");
        assert_eq!(unsafe { dimse_queue_dispatch(queue, 0, 1, null_mut()) }, DIMSE_OK);
        assert!(!is_readable(fd));
        post();
    }
    dimse_queue_free(queue);
    let all = lock(&all);
    eventually(|| all.iter().all(|seen| seen.is_released()));
    assert_eq!((all.len(), all.iter().filter(|seen| lock(&seen.done).len() == 1).count()), (7, 6));
}

#[cfg(not(unix))]
fn the_descriptor_follows_the_queue() {
    let queue = queue();
    let mut fd = -1;
    assert_eq!(unsafe { dimse_queue_fd(queue, &raw mut fd, null_mut()) }, DIMSE_ERR_STATE);
    dimse_queue_free(queue);
}
