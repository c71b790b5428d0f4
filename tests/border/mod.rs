//! The C border as a C program uses it: what every `tests/ffi_*.rs` about associations and servers needs.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "calls the C border")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

pub(crate) mod peer;

use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::size_of;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use dimse::ffi::assoc::*;
use dimse::ffi::assoc_options::*;
use dimse::ffi::delivery::{DIMSE_EVENT_DONE, dimse_delivery, dimse_event};
use dimse::ffi::error::*;
use dimse::ffi::facts::*;
use dimse::ffi::op::*;
use dimse::ffi::queue::*;
use dimse::ffi::server::*;
use dimse::ffi::server_options::*;
use dimse::ffi::text::{dimse_bytes, dimse_str};
use dimse::runtime::lock::lock;

/// Longer than anything here takes, shorter than anybody's patience.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const PATIENCE_MS: u32 = 20_000;

/// A failed call: its number, and the words of its error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) result: dimse_result,
    pub(crate) phase: u32,
    pub(crate) words: String,
    pub(crate) rejection: Option<[u8; 3]>,
}

/// A call with a `dimse_error **`: what it returned where it is no failure, else the whole story.
pub(crate) fn call(call: impl FnOnce(*mut *mut dimse_error) -> dimse_result) -> Result<dimse_result, Failed> {
    let mut err = null_mut();
    let result = call(&raw mut err);
    if result >= 0 {
        assert!(err.is_null(), "an error was written although the call worked");
        return Ok(result);
    }
    assert!(!err.is_null(), "{} without words", name(result));
    let failed = story(err);
    assert_eq!(failed.result, result);
    dimse_error_free(err);
    Err(failed)
}

fn story(err: *const dimse_error) -> Failed {
    let mut numbers = [0_u8; 3];
    let [result, source, reason] = &mut numbers;
    let is_rejection = unsafe { dimse_error_reject(err, result, source, reason) } == DIMSE_OK;
    Failed {
        result: dimse_error_result(err),
        phase: dimse_error_phase(err),
        words: text(dimse_error_message(err)),
        rejection: is_rejection.then_some(numbers),
    }
}

pub(crate) fn name(result: dimse_result) -> &'static str {
    unsafe { CStr::from_ptr(dimse_result_name(result)) }.to_str().unwrap()
}

/// A text out of the library, which must end with a NUL.
pub(crate) fn text(text: dimse_str) -> String {
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len + 1) };
    let (nul, text) = bytes.split_last().unwrap();
    assert_eq!(*nul, 0);
    String::from_utf8(text.to_vec()).unwrap()
}

pub(crate) fn bytes(bytes: dimse_bytes) -> Option<Vec<u8>> {
    (!bytes.data.is_null()).then(|| unsafe { std::slice::from_raw_parts(bytes.data, bytes.len) }.to_vec())
}

/// A struct of the caller's, as one that the library is to fill.
pub(crate) fn flat<T>() -> T {
    let mut value: T = unsafe { std::mem::zeroed() };
    unsafe { (&raw mut value).cast::<u32>().write(u32::try_from(size_of::<T>()).unwrap()) };
    value
}

#[track_caller]
pub(crate) fn eventually(what: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !what() {
        assert!(Instant::now() < end, "in vain");
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub(crate) fn c(text: &str) -> CString {
    CString::new(text).unwrap()
}

/// Options of an association, freed when dropped.
pub(crate) struct Options(pub(crate) *mut dimse_assoc_options);

impl Options {
    pub(crate) fn empty() -> Self {
        let mut out = null_mut();
        call(|err| unsafe { dimse_assoc_options_new(&raw mut out, err) }).unwrap();
        Self(out)
    }

    pub(crate) fn to(port: u16) -> Self {
        let options = Self::empty();
        let host = c("127.0.0.1");
        options.set(|options, err| unsafe {
            dimse_assoc_options_set_peer(options, host.as_ptr(), port.into(), err)
        })
    }

    /// A setter that must work.
    #[track_caller]
    pub(crate) fn set(
        self,
        setter: impl FnOnce(*mut dimse_assoc_options, *mut *mut dimse_error) -> dimse_result,
    ) -> Self {
        call(|err| setter(self.0, err)).unwrap();
        self
    }

    pub(crate) fn context(self, abstract_syntax: &str, transfer_syntaxes: &[&str]) -> Self {
        let (class, owned) =
            (c(abstract_syntax), transfer_syntaxes.iter().map(|uid| c(uid)).collect::<Vec<_>>());
        let pointers: Vec<*const c_char> = owned.iter().map(|uid| uid.as_ptr()).collect();
        self.set(|options, err| unsafe {
            dimse_assoc_options_add_context(options, class.as_ptr(), pointers.as_ptr(), pointers.len(), err)
        })
    }

    pub(crate) fn open(&self) -> Result<Assoc, Failed> {
        let mut out = null_mut();
        call(|err| unsafe { dimse_assoc_open(null_mut(), self.0, &raw mut out, err) }).map(|_| Assoc(out))
    }

    pub(crate) fn open_async(&self, delivery: Option<&dimse_delivery>) -> Op {
        let mut op = null_mut();
        let delivery = delivery.map_or(null(), std::ptr::from_ref);
        call(|err| unsafe { dimse_assoc_open_async(null_mut(), self.0, delivery, &raw mut op, err) })
            .unwrap();
        Op(op)
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        dimse_assoc_options_free(self.0);
    }
}

/// An association, freed when dropped.
#[derive(Debug)]
pub(crate) struct Assoc(pub(crate) *mut dimse_assoc);

unsafe impl Send for Assoc {}
unsafe impl Sync for Assoc {}

impl Assoc {
    pub(crate) fn echo(&self) -> Result<u16, Failed> {
        let mut status = 0xEEEE;
        let result =
            call(|err| unsafe { dimse_assoc_echo(self.0, null(), None, null_mut(), &raw mut status, err) });
        result.map(|_| status)
    }

    pub(crate) fn echo_async(&self, delivery: Option<&dimse_delivery>) -> Op {
        let mut op = null_mut();
        let delivery = delivery.map_or(null(), std::ptr::from_ref);
        call(|err| unsafe { dimse_assoc_echo_async(self.0, null(), delivery, &raw mut op, err) }).unwrap();
        Op(op)
    }

    pub(crate) fn release(&self) -> Result<dimse_result, Failed> {
        call(|err| unsafe { dimse_assoc_release(self.0, err) })
    }

    pub(crate) fn release_async(&self, delivery: Option<&dimse_delivery>) -> Op {
        let mut op = null_mut();
        let delivery = delivery.map_or(null(), std::ptr::from_ref);
        call(|err| unsafe { dimse_assoc_release_async(self.0, delivery, &raw mut op, err) }).unwrap();
        Op(op)
    }

    pub(crate) fn facts(&self) -> dimse_facts {
        let mut facts = flat();
        assert_eq!(unsafe { dimse_assoc_facts(self.0, &raw mut facts) }, DIMSE_OK);
        facts
    }

    pub(crate) fn context(&self, index: usize) -> dimse_context {
        let mut context = flat();
        assert_eq!(unsafe { dimse_assoc_context(self.0, index, &raw mut context) }, DIMSE_OK);
        context
    }

    pub(crate) fn counters(&self) -> dimse_counters {
        let mut counters = flat();
        assert_eq!(unsafe { dimse_assoc_counters(self.0, &raw mut counters) }, DIMSE_OK);
        counters
    }
}

impl Drop for Assoc {
    fn drop(&mut self) {
        dimse_assoc_free(self.0);
    }
}

/// An operation, freed when dropped.
pub(crate) struct Op(pub(crate) *mut dimse_op);

impl Op {
    #[track_caller]
    pub(crate) fn wait(&self) -> Result<(), Failed> {
        let result = call(|err| unsafe { dimse_op_wait(self.0, PATIENCE_MS, err) })?;
        assert_eq!(result, DIMSE_OK, "still pending");
        Ok(())
    }

    pub(crate) fn take(&self) -> Result<Assoc, Failed> {
        let mut out = null_mut();
        call(|err| unsafe { dimse_op_take_assoc(self.0, &raw mut out, err) }).map(|_| Assoc(out))
    }

    pub(crate) fn cancel(&self) {
        assert_eq!(dimse_op_cancel(self.0), DIMSE_OK);
    }
}

impl Drop for Op {
    fn drop(&mut self) {
        dimse_op_free(self.0);
    }
}

/// What stands behind `user_data`: what came, and where.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) done: Mutex<Vec<Done>>,
    pub(crate) released: AtomicUsize,
    /// Runs inside the callback.
    pub(crate) inside: Mutex<Option<Box<dyn FnMut() + Send>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) result: dimse_result,
    pub(crate) status: u32,
    pub(crate) phase: u32,
    pub(crate) comment: String,
    pub(crate) thread: ThreadId,
}

impl Seen {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn inside(what: impl FnMut() + Send + 'static) -> Arc<Self> {
        Arc::new(Self { inside: Mutex::new(Some(Box::new(what))), ..Self::default() })
    }

    /// For a blocking call, which outlives no callback.
    pub(crate) fn user_data(self: &Arc<Self>) -> *mut c_void {
        Arc::as_ptr(self).cast_mut().cast()
    }

    /// On a thread of the library, or on `queue`; to be used once, since `release` gives back what it points to.
    pub(crate) fn delivery(self: &Arc<Self>, queue: *mut dimse_queue) -> dimse_delivery {
        dimse_delivery {
            queue,
            on_event: Some(on_event),
            user_data: Arc::into_raw(self.clone()).cast_mut().cast(),
            release: Some(release),
        }
    }

    pub(crate) fn done(&self) -> Vec<Done> {
        lock(&self.done).clone()
    }

    pub(crate) fn released(&self) -> usize {
        self.released.load(Ordering::SeqCst)
    }

    /// The one DONE, once everything has been given back.
    #[track_caller]
    pub(crate) fn one(&self) -> Done {
        eventually(|| self.released() > 0);
        let done = self.done();
        assert_eq!((done.len(), self.released()), (1, 1));
        done[0].clone()
    }
}

pub(crate) unsafe extern "C" fn on_event(event: *const dimse_event, user_data: *mut c_void) -> i32 {
    let (event, seen) = unsafe { (&*event, &*user_data.cast::<Seen>()) };
    assert_eq!(seen.released(), 0, "a call after release");
    assert_eq!(event.kind, DIMSE_EVENT_DONE);
    assert_eq!(event.error.is_null(), event.result == DIMSE_OK);
    if let Some(inside) = lock(&seen.inside).as_mut() {
        inside();
    }
    lock(&seen.done).push(Done {
        result: event.result,
        status: event.status,
        phase: event.phase,
        comment: text(event.comment),
        thread: std::thread::current().id(),
    });
    0
}

pub(crate) unsafe extern "C" fn release(user_data: *mut c_void) {
    unsafe { Arc::from_raw(user_data.cast::<Seen>()) }.released.fetch_add(1, Ordering::SeqCst);
}

/// A server on loopback, stopped and freed when dropped.
pub(crate) struct Server {
    pub(crate) handle: *mut dimse_server,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) fn start(options: &ServerOptions) -> Self {
        let mut handle = null_mut();
        call(|err| unsafe { dimse_server_start(null_mut(), options.0, &raw mut handle, err) }).unwrap();
        let mut port = 0;
        assert_eq!(unsafe { dimse_server_port(handle, &raw mut port) }, DIMSE_OK);
        assert_ne!(port, 0);
        Self { handle, port }
    }

    /// Verification for everybody.
    pub(crate) fn plain() -> Self {
        Self::start(&ServerOptions::new())
    }

    pub(crate) fn totals(&self) -> dimse_server_totals {
        let mut totals = flat();
        assert_eq!(unsafe { dimse_server_counters(self.handle, &raw mut totals) }, DIMSE_OK);
        totals
    }

    pub(crate) fn stop(&self, drain_ms: u32) -> Result<dimse_result, Failed> {
        call(|err| unsafe { dimse_server_stop(self.handle, drain_ms, err) })
    }

    pub(crate) fn stop_async(&self, drain_ms: u32, delivery: Option<&dimse_delivery>) -> Op {
        let mut op = null_mut();
        let delivery = delivery.map_or(null(), std::ptr::from_ref);
        call(|err| unsafe { dimse_server_stop_async(self.handle, drain_ms, delivery, &raw mut op, err) })
            .unwrap();
        Op(op)
    }

    pub(crate) fn open(&self) -> Assoc {
        Options::to(self.port).open().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        dimse_server_free(self.handle);
    }
}

/// Options of a server on loopback, freed when dropped.
pub(crate) struct ServerOptions(pub(crate) *mut dimse_server_options);

impl ServerOptions {
    pub(crate) fn new() -> Self {
        let mut out = null_mut();
        call(|err| unsafe { dimse_server_options_new(&raw mut out, err) }).unwrap();
        let host = c("127.0.0.1");
        Self(out)
            .set(|options, err| unsafe { dimse_server_options_set_listen(options, host.as_ptr(), 0, err) })
    }

    #[track_caller]
    pub(crate) fn set(
        self,
        setter: impl FnOnce(*mut dimse_server_options, *mut *mut dimse_error) -> dimse_result,
    ) -> Self {
        call(|err| setter(self.0, err)).unwrap();
        self
    }
}

impl Drop for ServerOptions {
    fn drop(&mut self) {
        dimse_server_options_free(self.0);
    }
}

/// A queue, freed when dropped.
pub(crate) struct Queue(pub(crate) *mut dimse_queue);

impl Queue {
    pub(crate) fn new() -> Self {
        let mut queue = null_mut();
        call(|err| unsafe { dimse_queue_new(null_mut(), &raw mut queue, err) }).unwrap();
        Self(queue)
    }

    /// Runs one callback on this thread.
    #[track_caller]
    pub(crate) fn dispatch_one(&self) {
        let mut ran = 0;
        assert_eq!(unsafe { dimse_queue_dispatch(self.0, PATIENCE_MS, 1, &raw mut ran) }, DIMSE_OK);
        assert_eq!(ran, 1);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        dimse_queue_free(self.0);
    }
}

/// What a handler got, and what it does with it, for handles of any noun.
pub(crate) struct Handler<H> {
    pub(crate) came: Mutex<Vec<usize>>,
    pub(crate) released: AtomicUsize,
    act: Box<dyn Fn(*mut H) + Send + Sync>,
}

impl<H> Handler<H> {
    pub(crate) const CALLBACK: Option<unsafe extern "C" fn(*mut H, *mut c_void)> = Some(Self::callback);
    pub(crate) const RELEASE: Option<unsafe extern "C" fn(*mut c_void)> = Some(Self::release);

    pub(crate) fn new(act: impl Fn(*mut H) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { came: Mutex::default(), released: AtomicUsize::new(0), act: Box::new(act) })
    }

    /// One that keeps what it gets: see [`Handler::next`].
    pub(crate) fn keeping() -> Arc<Self> {
        Self::new(|_| ())
    }

    /// To be used once, since `release` gives back what it points to.
    pub(crate) fn user_data(self: &Arc<Self>) -> *mut c_void {
        Arc::into_raw(self.clone()).cast_mut().cast()
    }

    /// The handle that came next.
    #[track_caller]
    pub(crate) fn next(&self) -> *mut H {
        eventually(|| !lock(&self.came).is_empty());
        std::ptr::without_provenance_mut(lock(&self.came).remove(0))
    }

    pub(crate) fn released(&self) -> usize {
        self.released.load(Ordering::SeqCst)
    }

    unsafe extern "C" fn callback(handle: *mut H, user_data: *mut c_void) {
        let handler = unsafe { &*user_data.cast::<Self>() };
        assert_eq!(handler.released(), 0, "a call after release");
        (handler.act)(handle);
        lock(&handler.came).push(handle.addr());
    }

    unsafe extern "C" fn release(user_data: *mut c_void) {
        unsafe { Arc::from_raw(user_data.cast::<Self>()) }.released.fetch_add(1, Ordering::SeqCst);
    }
}
