//! Owns tokio, the callback threads and the hot threads; the order of shutdown. Knows only errors: no protocol, no socket, no C.
//!
//! | file         | what it knows                                                      |
//! |--------------|--------------------------------------------------------------------|
//! | `callback`   | whether user code runs on this thread                              |
//! | `backlog`    | how many events of an association may wait for its caller          |
//! | `strand`     | serial, ordered execution across callback threads and queues       |
//! | `queue`      | callbacks on the caller's threads                                  |
//! | `threads`    | callbacks on ours, and threads for busy associations               |
//! | `registry`   | what must end at shutdown                                          |
//! | `caretaker`  | what may be left alone for a few milliseconds                      |
//! | `panics`     | what is done about panics                                          |
//! | `signal`     | a descriptor that is readable while something waits                |
//! | `lock`       | locks that outlive a panic                                         |

pub mod backlog;
pub mod callback;
pub(crate) mod caretaker;
pub mod lock;
pub mod panics;
pub mod queue;
mod registry;
mod signal;
pub mod strand;
mod threads;

use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::error::{Cause, Error, Phase, Result};
use callback::{mark_library_thread, refuse_to_block};
use caretaker::{Caretaker, Tended};
use lock::{deadline, is_past, lock};
use registry::Registry;
use strand::{Job, Strand, Target};
use threads::{CallbackThreads, HotThreads};

pub use registry::Ends;

/// How many threads a runtime has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuntimeOptions {
    workers: usize,
    callback_threads: usize,
    hot_threads: usize,
}

impl RuntimeOptions {
    /// The most threads of one kind.
    pub const MOST_THREADS: usize = 1024;

    /// Sets how many threads drive the associations that no caller and no hot thread drives.
    pub fn set_workers(&mut self, count: usize) -> Result<()> {
        self.workers = Self::in_range("worker threads", count)?;
        Ok(())
    }

    /// Sets how many callbacks without a queue may run at the same time.
    pub fn set_callback_threads(&mut self, count: usize) -> Result<()> {
        self.callback_threads = Self::in_range("callback threads", count)?;
        Ok(())
    }

    /// Sets how many associations may move instances with a thread of their own; the others share the workers.
    pub fn set_hot_threads(&mut self, count: usize) -> Result<()> {
        self.hot_threads = Self::in_range("hot threads", count)?;
        Ok(())
    }

    fn in_range(what: &str, count: usize) -> Result<usize> {
        if (1..=Self::MOST_THREADS).contains(&count) {
            return Ok(count);
        }
        Err(Error::invalid_argument(format!("{count} {what}; 1 to {} are allowed", Self::MOST_THREADS)))
    }
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { workers: cores.min(4), callback_threads: cores.clamp(4, Self::MOST_THREADS), hot_threads: 64 }
    }
}

/// The threads that everything runs on. Cheap to clone; the last handle to go ends them without waiting.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    /// `None` once shut down.
    tokio: Mutex<Option<tokio::runtime::Runtime>>,
    handle: tokio::runtime::Handle,
    /// Threads of tokio's that have begun and not ended.
    tokio_threads: Arc<AtomicUsize>,
    threads: Arc<CallbackThreads>,
    hot: Arc<HotThreads>,
    registry: Registry,
    caretaker: Arc<Caretaker>,
    shutdown: Mutex<()>,
}

/// The process-wide runtime. Never dropped by the process itself: `exit()` meets threads that run, and no destructor.
static DEFAULT: Mutex<Option<Runtime>> = Mutex::new(None);

/// The process that made a runtime first; 0 while none did.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// Whether this process is a child of the one that owns the library's threads: they did not come along, and locks may
/// be held by nobody. Such a child can do nothing with the library.
#[must_use]
pub fn is_forked() -> bool {
    let owner = OWNER.load(Ordering::Relaxed);
    owner != 0 && owner != std::process::id()
}

/// After the hard end, for each step: time to flush an A-ABORT (2 s, wire.md), to leave a task, to run the last callbacks.
const HARD_LIMIT: Duration = Duration::from_secs(5);

/// How many tasks may wait for files at once. Each hands its worker's place to one more thread; where there is none
/// left, nobody takes the place and the associations behind it stand still: more than there are associations. Threads
/// that are not needed are not started.
const MOST_BLOCKED: usize = 16 * 1024;

impl Runtime {
    /// A runtime of its own.
    pub fn new(options: RuntimeOptions) -> Result<Self> {
        let _ = OWNER.compare_exchange(0, std::process::id(), Ordering::Relaxed, Ordering::Relaxed);
        let tokio_threads = Arc::<AtomicUsize>::default();
        let (begun, ended) = (Arc::clone(&tokio_threads), Arc::clone(&tokio_threads));
        let tokio = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(options.workers)
            .max_blocking_threads(MOST_BLOCKED)
            .thread_name("dimse-worker")
            .on_thread_start(move || {
                mark_library_thread();
                begun.fetch_add(1, Ordering::AcqRel);
            })
            .on_thread_stop(move || {
                ended.fetch_sub(1, Ordering::AcqRel);
            })
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| {
                let words = format!("the runtime's threads could not be started: {error}");
                Error::new(Phase::Queued, Cause::Resources(words))
            })?;
        let threads = CallbackThreads::for_callbacks(options.callback_threads);
        let runtime = Self(Arc::new(Inner {
            handle: tokio.handle().clone(),
            tokio: Mutex::new(Some(tokio)),
            hot: HotThreads::for_associations(options.hot_threads, &threads),
            threads,
            tokio_threads,
            registry: Registry::default(),
            caretaker: Arc::default(),
            shutdown: Mutex::new(()),
        }));
        let threads = Arc::clone(runtime.threads());
        runtime.spawn(Arc::clone(&runtime.0.caretaker).run(threads));
        Ok(runtime)
    }

    /// The process-wide runtime: made on first use, and anew after its shutdown.
    pub fn default_runtime() -> Result<Self> {
        let mut default = lock(&DEFAULT);
        if let Some(runtime) = default.as_ref().filter(|runtime| runtime.ensure_open().is_ok()) {
            return Ok(runtime.clone());
        }
        let runtime = Self::new(RuntimeOptions::default())?;
        let old = default.replace(runtime.clone());
        drop(default);
        drop(old);
        Ok(runtime)
    }

    /// [`Runtime::shutdown`] of the process-wide runtime, where there is one.
    pub fn shutdown_default(timeout: Option<Duration>) -> Result<()> {
        let Some(runtime) = lock(&DEFAULT).clone() else {
            return refuse_to_block();
        };
        runtime.shutdown(timeout)?;
        let mut default = lock(&DEFAULT);
        let ended = default.take_if(|default| Arc::ptr_eq(&default.0, &runtime.0));
        drop(default);
        drop(ended);
        Ok(())
    }

    /// tokio's handle, for sockets and timers.
    #[must_use]
    pub fn handle(&self) -> tokio::runtime::Handle {
        self.0.handle.clone()
    }

    /// Runs `future` as a task. A panic in it is caught, counted and logged; after shutdown it is dropped at once.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let threads = Arc::clone(&self.0.threads);
        self.0.handle.spawn(async move {
            let mut future = pin!(future);
            poll_fn(|context| {
                catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))).unwrap_or_else(|payload| {
                    threads.panics().report("a task", payload.as_ref());
                    Poll::Ready(())
                })
            })
            .await;
        });
    }

    /// Runs `job` on a hot thread; gives it back where all are busy.
    pub(crate) fn run_hot(&self, job: Job) -> std::result::Result<(), Job> {
        self.0.hot.try_push(job)
    }

    /// Adds what must end at shutdown; an error where that has begun. Entries go by themselves when what they point to
    /// does.
    pub fn register(&self, what: Weak<dyn Ends>) -> Result<()> {
        self.0.registry.register(what)
    }

    /// Drops `what` where code of the user's may run: on a callback thread; after shutdown, on this one.
    pub(crate) fn let_go(&self, what: impl Send + 'static) {
        let strand = Strand::new(self);
        let end = Box::new(move || drop(what));
        if self.0.threads.is_over() {
            strand.run_or_post(&Target::Library, end);
        } else {
            strand.post(&Target::Library, end);
        }
    }

    /// Looks after `what` until it says that it need not be.
    pub(crate) fn tend(&self, what: std::sync::Weak<dyn Tended>) {
        self.0.caretaker.tend(what);
    }

    /// A state error once shutdown has begun: for work that registers nothing of its own.
    pub fn ensure_open(&self) -> Result<()> {
        self.0.registry.ensure_open()
    }

    /// Panics of tasks and callbacks so far. None is ever silent.
    #[must_use]
    pub fn panics(&self) -> u64 {
        self.0.threads.panics().count()
    }

    /// Runs `job`; a panic in it is counted and logged, and goes no further.
    pub(crate) fn guard<R>(&self, what: &str, job: impl FnOnce() -> R) -> Option<R> {
        self.0.threads.panics().guard(what, job)
    }

    /// Counts and logs a panic that was caught elsewhere.
    pub(crate) fn report_panic(&self, what: &str, payload: &(dyn Any + Send)) {
        self.0.threads.panics().report(what, payload);
    }

    /// Ends everything and joins every thread: new work is refused, what is registered ends gracefully up to
    /// `timeout` (`None` waits without limit, zero aborts at once), then hard; every operation gets its outcome, every
    /// callback that needs no queue is delivered, and what waits in queues can still be dispatched.
    ///
    /// A timeout error where a callback or a task has not returned some seconds after the hard end; call again to wait
    /// again. Done already is done, and a call beside another waits for it. Refused inside a callback, on a library thread and inside any tokio context.
    pub fn shutdown(&self, timeout: Option<Duration>) -> Result<()> {
        refuse_to_block()?;
        if tokio::runtime::Handle::try_current().is_ok() {
            return Err(Error::new(Phase::Queued, Cause::WouldDeadlock));
        }
        let graceful_until = deadline(timeout);
        let _one_at_a_time = lock(&self.0.shutdown);
        self.0.registry.close();
        let mut all_ended = false;
        if !is_past(graceful_until) {
            self.0.registry.end_all(Some(graceful_until.unwrap_or_else(far_away)));
            all_ended = self.0.registry.wait_until_ended(graceful_until);
        }
        if !all_ended {
            self.0.registry.end_all(None);
            all_ended = self.0.registry.wait_until_ended(deadline(Some(HARD_LIMIT)));
        }
        // Tasks that still run are dropped where they wait: whoever owes an outcome pays it now.
        all_ended &= self.end_tokio(HARD_LIMIT);
        all_ended &= self.0.hot.join(deadline(Some(HARD_LIMIT)));
        all_ended &= self.0.threads.join(deadline(Some(HARD_LIMIT)));
        let limit = HARD_LIMIT;
        if all_ended { Ok(()) } else { Err(Error::new(Phase::Queued, Cause::TotalTimeout { limit })) }
    }

    /// Joins the workers; false where a task did not give way. Called again it waits again.
    fn end_tokio(&self, limit: Duration) -> bool {
        let deadline = deadline(Some(limit));
        let tokio = lock(&self.0.tokio).take();
        if let Some(tokio) = tokio {
            tokio.shutdown_timeout(limit);
        }
        while self.0.tokio_threads.load(Ordering::Acquire) > 0 {
            if is_past(deadline) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    fn threads(&self) -> &Arc<CallbackThreads> {
        &self.0.threads
    }
}

/// A moment that no wait of this library reaches.
fn far_away() -> Instant {
    let now = Instant::now();
    now.checked_add(Duration::from_secs(30 * 365 * 24 * 3600)).unwrap_or(now)
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(tokio) = lock(&self.tokio).take() {
            // Waits for nothing, so that the last handle may go anywhere, on one of the workers too.
            tokio.shutdown_background();
        }
        self.hot.close();
        self.threads.close();
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").field("closed", &self.0.registry.is_closed()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::sync::mpsc;

    use callback::CallbackScope;

    const LONG: Duration = Duration::from_secs(20);
    const NOW: Option<Duration> = Some(Duration::ZERO);

    fn runtime() -> Runtime {
        Runtime::new(RuntimeOptions::default()).unwrap()
    }

    fn would_deadlock(result: Result<()>) -> bool {
        result.is_err_and(|error| *error.cause() == Cause::WouldDeadlock)
    }

    /// Ends when it is told to, in the way it is told.
    #[derive(Default)]
    struct Association {
        gentle: AtomicUsize,
        hard: AtomicUsize,
        is_stubborn: bool,
        ended: AtomicBool,
    }

    impl Ends for Association {
        fn end(&self, graceful_until: Option<Instant>) {
            match graceful_until {
                Some(_) => self.gentle.fetch_add(1, Ordering::SeqCst),
                None => self.hard.fetch_add(1, Ordering::SeqCst),
            };
            if graceful_until.is_none() || !self.is_stubborn {
                self.ended.store(true, Ordering::SeqCst);
            }
        }

        fn is_ended(&self) -> bool {
            self.ended.load(Ordering::SeqCst)
        }
    }

    fn registered(runtime: &Runtime, is_stubborn: bool) -> Arc<Association> {
        let association = Arc::new(Association { is_stubborn, ..Association::default() });
        let weak: Weak<Association> = Arc::downgrade(&association);
        runtime.register(weak).unwrap();
        association
    }

    #[test]
    fn the_gentle_end_then_the_hard_one() {
        let runtime = runtime();
        let easy = registered(&runtime, false);
        let stubborn = registered(&runtime, true);
        runtime.shutdown(Some(Duration::from_millis(30))).unwrap();
        assert_eq!((easy.gentle.load(Ordering::SeqCst), stubborn.gentle.load(Ordering::SeqCst)), (1, 1));
        assert_eq!(stubborn.hard.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn no_time_is_the_hard_end_at_once() {
        let runtime = runtime();
        let easy = registered(&runtime, false);
        runtime.shutdown(NOW).unwrap();
        assert_eq!((easy.gentle.load(Ordering::SeqCst), easy.hard.load(Ordering::SeqCst)), (0, 1));
    }

    #[test]
    fn after_shutdown_nothing_new_begins_and_another_shutdown_is_done() {
        let runtime = runtime();
        runtime.shutdown(NOW).unwrap();
        runtime.shutdown(None).unwrap();
        assert!(runtime.ensure_open().is_err());
        let association: Arc<Association> = Arc::default();
        let weak: Weak<Association> = Arc::downgrade(&association);
        assert!(runtime.register(weak).is_err());
        let (sender, receiver) = mpsc::channel::<()>();
        runtime.spawn(async move { sender.send(()).unwrap() });
        assert!(receiver.recv_timeout(LONG).is_err(), "dropped, not run");
    }

    #[test]
    fn what_was_posted_is_delivered_before_shutdown_returns() {
        let runtime = runtime();
        let delivered = Arc::new(AtomicUsize::new(0));
        for _ in 0..20 {
            let strand = Strand::new(&runtime);
            for _ in 0..10 {
                let delivered = Arc::clone(&delivered);
                let job = move || {
                    std::thread::sleep(Duration::from_micros(100));
                    delivered.fetch_add(1, Ordering::SeqCst);
                };
                strand.post(&Target::Library, Box::new(job));
            }
        }
        runtime.shutdown(NOW).unwrap();
        assert_eq!(delivered.load(Ordering::SeqCst), 200);
    }

    #[test]
    fn a_panic_in_a_task_is_counted() {
        let runtime = runtime();
        let (sender, receiver) = mpsc::channel::<()>();
        runtime.spawn(async move {
            let _kept = sender;
            tokio::task::yield_now().await;
            panic!("on purpose");
        });
        assert!(receiver.recv_timeout(LONG).is_err(), "the task is gone with what it held");
        runtime.shutdown(None).unwrap();
        assert_eq!(runtime.panics(), 1);
    }

    #[test]
    fn shutdown_is_refused_where_it_would_wait_for_itself() {
        let runtime = runtime();
        {
            let _scope = CallbackScope::enter();
            assert!(would_deadlock(runtime.shutdown(NOW)));
            assert!(would_deadlock(Runtime::shutdown_default(NOW)));
        }
        let (sender, receiver) = mpsc::channel();
        let (inner, outer) = (runtime.clone(), sender.clone());
        runtime.spawn(async move { outer.send(inner.shutdown(NOW)).unwrap() });
        assert!(would_deadlock(receiver.recv_timeout(LONG).unwrap()), "on a worker");
        let strand = Strand::new(&runtime);
        let inner = runtime.clone();
        strand.post(&Target::Library, Box::new(move || sender.send(inner.shutdown(NOW)).unwrap()));
        assert!(would_deadlock(receiver.recv_timeout(LONG).unwrap()), "on a callback thread");
        let other = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert!(would_deadlock(other.block_on(async { runtime.shutdown(NOW) })), "in any tokio context");
        runtime.shutdown(NOW).unwrap();
    }

    #[test]
    fn a_task_that_does_not_give_way_is_waited_for_again() {
        let runtime = runtime();
        let (release, held) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        runtime.spawn(async move {
            begun.send(()).unwrap();
            let _released = held.recv();
        });
        begins.recv_timeout(LONG).unwrap();
        assert!(!runtime.end_tokio(Duration::from_millis(10)));
        assert!(!runtime.end_tokio(Duration::from_millis(10)), "it still runs");
        drop(release);
        assert!(runtime.end_tokio(LONG));
        runtime.shutdown(NOW).unwrap();
    }

    #[test]
    fn however_many_tasks_wait_for_files_the_others_go_on() {
        let mut options = RuntimeOptions::default();
        options.set_workers(1).unwrap();
        let runtime = Runtime::new(options).unwrap();
        let (begun, begins) = mpsc::channel();
        let files = Arc::new(std::sync::RwLock::new(()));
        let held = files.write().unwrap();
        // More than the threads that tokio has for this by itself.
        for _ in 0..600 {
            let (begun, files) = (begun.clone(), Arc::clone(&files));
            runtime.spawn(async move {
                tokio::task::block_in_place(|| {
                    begun.send(()).unwrap();
                    drop(files.read());
                });
            });
        }
        for _ in 0..600 {
            begins.recv_timeout(LONG).expect("each has its turn");
        }
        drop(held);
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn the_last_handle_may_go_anywhere() {
        let (sender, receiver) = mpsc::channel();
        let on_a_worker = runtime();
        let handle = on_a_worker.handle();
        let inner = sender.clone();
        handle.spawn(async move {
            drop(on_a_worker);
            inner.send(()).unwrap();
        });
        receiver.recv_timeout(LONG).unwrap();

        let in_a_callback = runtime();
        let strand = Strand::new(&in_a_callback);
        let job = move || {
            drop(in_a_callback);
            sender.send(()).unwrap();
        };
        strand.post(&Target::Library, Box::new(job));
        receiver.recv_timeout(LONG).unwrap();

        let other = tokio::runtime::Builder::new_current_thread().build().unwrap();
        other.block_on(async { drop(runtime()) });
    }

    #[test]
    fn the_default_runtime_is_made_anew_after_its_shutdown() {
        let first = Runtime::default_runtime().unwrap();
        assert!(Arc::ptr_eq(&first.0, &Runtime::default_runtime().unwrap().0));
        Runtime::shutdown_default(NOW).unwrap();
        let second = Runtime::default_runtime().unwrap();
        assert!(!Arc::ptr_eq(&first.0, &second.0));
        Runtime::shutdown_default(NOW).unwrap();
        Runtime::shutdown_default(NOW).unwrap();
    }

    #[test]
    fn numbers_of_threads_are_checked() {
        let mut options = RuntimeOptions::default();
        assert!(options.set_workers(0).is_err());
        assert!(options.set_callback_threads(RuntimeOptions::MOST_THREADS + 1).is_err());
        assert_eq!(options, RuntimeOptions::default());
        options.set_workers(1).unwrap();
        options.set_callback_threads(1).unwrap();
        Runtime::new(options).unwrap().shutdown(NOW).unwrap();
    }
}
