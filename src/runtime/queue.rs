//! The caller's queue: callbacks on threads of the caller's choice, inside [`Queue::dispatch`].

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::Runtime;
use super::callback::refuse_to_block;
use super::lock::{deadline, is_past, lock, wait};
use super::signal::Signal;
use super::strand::{Step, Strand, Target};
use super::threads::CallbackThreads;
use crate::error::{Error, Result};

/// What the caller wants to be called with when the queue becomes non-empty. Its drop is the user's `release`.
pub type Notify = Box<dyn Fn() + Send + Sync>;

/// Strands that wait for the caller. Lives on without its runtime: what is in it can still be dispatched after shutdown.
pub struct Queue {
    threads: Arc<CallbackThreads>,
    /// Every call of `notify` and its end are jobs of this strand: one after the other, on a callback thread.
    notifications: Arc<Strand>,
    state: Mutex<State>,
    changed: Condvar,
    closed: AtomicBool,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Arc<Strand>>,
    /// Dispatches that wait for work.
    waiting: usize,
    /// Counts the wake-ups, so that every dispatch that waits now sees each of them.
    wakeups: u64,
    /// A wake-up came while nobody waited: the next dispatch that would wait does not.
    woken_early: bool,
    notify: Option<Arc<Notification>>,
    signal: Option<Signal>,
}

struct Notification {
    call: Notify,
    /// A call is on its way and has not begun: it will find whatever comes before it.
    is_due: AtomicBool,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(runtime: &Runtime) -> Arc<Self> {
        let threads = Arc::clone(runtime.threads());
        Arc::new(Self {
            notifications: Strand::on(Arc::clone(&threads)),
            threads,
            state: Mutex::default(),
            changed: Condvar::new(),
            closed: AtomicBool::new(false),
        })
    }

    /// Runs at most `most` callbacks on this thread and says how many. Waits up to `timeout` for the first one, `None`
    /// without limit; never for another. Any number of threads may dispatch at once; refused inside a callback.
    pub fn dispatch(self: &Arc<Self>, timeout: Option<Duration>, most: u32) -> Result<u32> {
        refuse_to_block()?;
        if most == 0 {
            return Err(Error::invalid_argument("max is 0; a dispatch runs at least one callback"));
        }
        let mut ran = 0;
        let mut next = self.wait_for_first(deadline(timeout));
        while let Some(strand) = next {
            ran += 1;
            let step = strand.step(Some(self));
            next = self.take_next(strand, step, ran < most);
        }
        let state = lock(&self.state);
        if !state.ready.is_empty() {
            self.notify(&state);
        }
        Ok(ran)
    }

    fn wait_for_first(&self, deadline: Option<Instant>) -> Option<Arc<Strand>> {
        let mut state = lock(&self.state);
        let wakeups = state.wakeups;
        loop {
            if let Some(strand) = state.take() {
                return Some(strand);
            }
            if self.is_closed() || state.wakeups != wakeups || is_past(deadline) {
                return None;
            }
            if std::mem::take(&mut state.woken_early) {
                return None;
            }
            state.waiting += 1;
            state = wait(&self.changed, state, deadline);
            state.waiting -= 1;
        }
    }

    /// What to run after a step of `strand`: it goes on while it has jobs for this queue and nothing else waits.
    fn take_next(&self, strand: Arc<Strand>, step: Step, may_go_on: bool) -> Option<Arc<Strand>> {
        let mut state = lock(&self.state);
        if step == Step::More {
            if self.is_closed() {
                drop(state);
                self.hand_over(strand);
                return None;
            }
            if may_go_on && state.ready.is_empty() {
                return Some(strand);
            }
            state.put(strand);
            if state.waiting > 0 {
                self.changed.notify_one();
            }
        }
        if may_go_on { state.take() } else { None }
    }

    /// Puts `strand` in line; hands it back where the queue is closed.
    pub(super) fn push(&self, strand: Arc<Strand>) -> Option<Arc<Strand>> {
        let mut state = lock(&self.state);
        if self.is_closed() {
            return Some(strand);
        }
        state.put(strand);
        if state.ready.len() == 1 {
            self.notify(&state);
        }
        drop(state);
        self.changed.notify_one();
        None
    }

    /// Sets what is called, on a callback thread and never twice at once, when the queue becomes non-empty, when a
    /// dispatch returns and leaves something, and now where something waits already. The one before is dropped, on a
    /// callback thread, after its last call has returned.
    pub fn set_notify(&self, notify: Option<Notify>) {
        let notify = notify.map(Notification::new);
        let mut state = lock(&self.state);
        let old = if self.is_closed() { notify } else { std::mem::replace(&mut state.notify, notify) };
        if !state.ready.is_empty() {
            self.notify(&state);
        }
        drop(state);
        self.end_notify(old);
    }

    /// Posts a call of `notify`, unless one is on its way. Under the lock: once another is set, none of the old comes.
    fn notify(&self, state: &State) {
        let Some(notification) = &state.notify else { return };
        if notification.is_due.swap(true, Ordering::AcqRel) {
            return;
        }
        let notification = Arc::clone(notification);
        self.notifications.post(
            &Target::Library,
            Box::new(move || {
                notification.is_due.store(false, Ordering::Release);
                (notification.call)();
            }),
        );
    }

    fn end_notify(&self, notification: Option<Arc<Notification>>) {
        let Some(notification) = notification else { return };
        let end = Box::new(move || drop(notification));
        if self.threads.is_over() {
            self.notifications.run_or_post(&Target::Library, end);
        } else {
            self.notifications.post(&Target::Library, end);
        }
    }

    /// A descriptor that is readable while something waits, level-triggered, for `poll`, `epoll` or `kqueue`. It lives
    /// as long as the queue is open. An error where the system has none of that kind.
    pub fn fd(&self) -> Result<i32> {
        let mut state = lock(&self.state);
        if self.is_closed() {
            return Err(Error::state("the queue is closed"));
        }
        if let Some(signal) = &state.signal {
            return Ok(signal.fd());
        }
        let mut signal = Signal::new()?;
        signal.set(!state.ready.is_empty());
        let fd = signal.fd();
        state.signal = Some(signal);
        Ok(fd)
    }

    /// Makes every dispatch that waits return; where none does, the next that would wait returns at once.
    pub fn wakeup(&self) {
        let mut state = lock(&self.state);
        state.wakeups = state.wakeups.wrapping_add(1);
        state.woken_early |= state.waiting == 0;
        drop(state);
        self.changed.notify_all();
    }

    /// Ends the queue: every dispatch returns after the callback that it is in, and what waits or comes later is
    /// dropped without being run. That happens on a callback thread; after shutdown, on this one.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        self.closed.store(true, Ordering::Release);
        let ready = std::mem::take(&mut state.ready);
        let notify = state.notify.take();
        state.signal = None;
        drop(state);
        self.changed.notify_all();
        self.end_notify(notify);
        for strand in ready {
            self.hand_over(strand);
        }
    }

    /// Whether [`Queue::close`] was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Lets the callback threads drop what this queue cannot run any more.
    fn hand_over(&self, strand: Arc<Strand>) {
        if self.threads.is_over() {
            strand.run_to_its_end();
        } else {
            self.threads.push(strand);
        }
    }
}

impl State {
    fn put(&mut self, strand: Arc<Strand>) {
        self.ready.push_back(strand);
        if let Some(signal) = &mut self.signal {
            signal.set(true);
        }
    }

    fn take(&mut self) -> Option<Arc<Strand>> {
        let strand = self.ready.pop_front()?;
        if self.ready.is_empty()
            && let Some(signal) = &mut self.signal
        {
            signal.set(false);
        }
        Some(strand)
    }
}

impl Notification {
    fn new(call: Notify) -> Arc<Self> {
        Arc::new(Self { call, is_due: AtomicBool::new(false) })
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("ready", &lock(&self.state).ready.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::{self, Receiver};

    use crate::error::Cause;
    use crate::runtime::RuntimeOptions;
    use crate::runtime::callback::in_callback;
    use crate::runtime::strand::Job;

    const LONG: Duration = Duration::from_secs(20);
    const NOW: Option<Duration> = Some(Duration::ZERO);

    struct Bench {
        runtime: Runtime,
        queue: Arc<Queue>,
        strand: Arc<Strand>,
        ran: Arc<AtomicUsize>,
    }

    impl Bench {
        fn new() -> Self {
            let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
            let queue = Queue::new(&runtime);
            let strand = Strand::new(&runtime);
            Self { runtime, queue, strand, ran: Arc::default() }
        }

        fn target(&self) -> Target {
            Target::Queue(Arc::clone(&self.queue))
        }

        fn post(&self, job: impl FnOnce() + Send + 'static) {
            let ran = Arc::clone(&self.ran);
            let job: Job = Box::new(move || {
                ran.fetch_add(1, Ordering::SeqCst);
                job();
            });
            self.strand.post(&self.target(), job);
        }

        fn ran(&self) -> usize {
            self.ran.load(Ordering::SeqCst)
        }

        /// Sets a notify that says `Some(())`, and `None` when it is released.
        fn notify(&self) -> Receiver<Option<()>> {
            let (sender, receiver) = mpsc::channel();
            let end = AtEnd(sender.clone());
            self.queue.set_notify(Some(Box::new(move || {
                assert!(in_callback());
                let _kept = &end;
                sender.send(Some(())).unwrap();
            })));
            receiver
        }

        fn end(self) {
            assert_eq!(self.runtime.panics(), 0);
            self.queue.close();
            self.runtime.shutdown(None).unwrap();
        }
    }

    struct AtEnd(mpsc::Sender<Option<()>>);

    impl Drop for AtEnd {
        fn drop(&mut self) {
            let _ = self.0.send(None);
        }
    }

    fn silent<T>(receiver: &Receiver<T>) -> bool {
        receiver.recv_timeout(Duration::from_millis(50)).is_err()
    }

    #[test]
    fn callbacks_run_on_the_thread_that_dispatches() {
        let bench = Bench::new();
        let (sender, receiver) = mpsc::channel();
        bench.post(move || sender.send((std::thread::current().id(), in_callback())).unwrap());
        assert_eq!(bench.queue.dispatch(Some(LONG), 10).unwrap(), 1);
        assert_eq!(receiver.try_recv().unwrap(), (std::thread::current().id(), true));
        assert_eq!(bench.queue.dispatch(NOW, 10).unwrap(), 0);
        bench.end();
    }

    #[test]
    fn a_dispatch_runs_no_more_than_it_was_asked_for() {
        let bench = Bench::new();
        for _ in 0..5 {
            bench.post(|| ());
        }
        assert_eq!(bench.queue.dispatch(NOW, 2).unwrap(), 2);
        assert_eq!(bench.ran(), 2);
        assert_eq!(bench.queue.dispatch(NOW, u32::MAX).unwrap(), 3);
        assert!(bench.queue.dispatch(NOW, 0).is_err());
        bench.end();
    }

    #[test]
    fn a_dispatch_inside_a_callback_is_refused() {
        let bench = Bench::new();
        let (sender, receiver) = mpsc::channel();
        let queue = Arc::clone(&bench.queue);
        bench.post(move || sender.send(queue.dispatch(NOW, 1)).unwrap());
        bench.queue.dispatch(NOW, 1).unwrap();
        let error = receiver.try_recv().unwrap().unwrap_err();
        assert_eq!(error.cause(), &Cause::WouldDeadlock);
        bench.end();
    }

    #[test]
    fn strands_of_one_queue_run_beside_each_other_in_several_threads() {
        let bench = Bench::new();
        let together = Arc::new(std::sync::Barrier::new(2));
        let strands = [Strand::new(&bench.runtime), Strand::new(&bench.runtime)];
        for strand in &strands {
            let together = Arc::clone(&together);
            strand.post(
                &bench.target(),
                Box::new(move || {
                    together.wait();
                }),
            );
        }
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| bench.queue.dispatch(Some(LONG), 1).unwrap());
            }
        });
        bench.end();
    }

    #[test]
    fn notify_fires_at_the_edge_and_when_a_dispatch_leaves_something() {
        let bench = Bench::new();
        let told = bench.notify();
        bench.post(|| ());
        assert_eq!(told.recv_timeout(LONG).unwrap(), Some(()));
        bench.post(|| ());
        bench.post(|| ());
        assert!(silent(&told), "no edge: it was not empty");
        assert_eq!(bench.queue.dispatch(NOW, 1).unwrap(), 1);
        assert_eq!(told.recv_timeout(LONG).unwrap(), Some(()), "two are left");
        assert_eq!(bench.queue.dispatch(NOW, 10).unwrap(), 2);
        assert!(silent(&told), "nothing is left");
        bench.post(|| ());
        assert_eq!(told.recv_timeout(LONG).unwrap(), Some(()), "empty to non-empty again");
        bench.end();
        assert_eq!(told.recv_timeout(LONG).unwrap(), None);
    }

    #[test]
    fn notify_that_comes_late_hears_of_what_waits() {
        let bench = Bench::new();
        bench.post(|| ());
        let told = bench.notify();
        assert_eq!(told.recv_timeout(LONG).unwrap(), Some(()));
        bench.end();
    }

    #[test]
    fn each_notify_is_released_once_when_it_is_replaced_or_the_queue_ends() {
        let bench = Bench::new();
        let first = bench.notify();
        let second = bench.notify();
        assert_eq!(first.recv_timeout(LONG).unwrap(), None);
        assert!(first.recv_timeout(LONG).is_err(), "the channel is gone, not silent");
        bench.queue.set_notify(None);
        assert_eq!(second.recv_timeout(LONG).unwrap(), None);
        let third = bench.notify();
        bench.queue.close();
        assert_eq!(third.recv_timeout(LONG).unwrap(), None);
        let after_the_end = bench.notify();
        assert_eq!(after_the_end.recv_timeout(LONG).unwrap(), None);
        bench.end();
    }

    #[test]
    fn notify_may_replace_itself_and_close_the_queue() {
        let bench = Bench::new();
        let (sender, told) = mpsc::channel();
        let end = AtEnd(sender.clone());
        let queue = Arc::downgrade(&bench.queue);
        bench.queue.set_notify(Some(Box::new(move || {
            let queue = queue.upgrade().unwrap();
            queue.set_notify(None);
            queue.close();
            let _kept = &end;
            sender.send(Some(())).unwrap();
        })));
        bench.post(|| ());
        assert_eq!(told.recv_timeout(LONG).unwrap(), Some(()));
        assert_eq!(told.recv_timeout(LONG).unwrap(), None);
        bench.end();
    }

    #[test]
    fn wakeup_ends_every_wait_or_the_next_one() {
        let bench = Bench::new();
        bench.queue.wakeup();
        assert_eq!(bench.queue.dispatch(None, 1).unwrap(), 0);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert_eq!(bench.queue.dispatch(None, 1).unwrap(), 0));
            }
            while lock(&bench.queue.state).waiting < 3 {
                std::thread::yield_now();
            }
            bench.queue.wakeup();
        });
        assert_eq!(bench.queue.dispatch(NOW, 1).unwrap(), 0);
        assert!(!lock(&bench.queue.state).woken_early);
        bench.end();
    }

    #[test]
    fn what_waits_in_a_closed_queue_is_dropped_on_a_thread_of_the_library() {
        let bench = Bench::new();
        let (sender, receiver) = mpsc::channel();
        for _ in 0..3 {
            let end = AtEnd(sender.clone());
            bench.post(move || drop(end));
        }
        bench.queue.close();
        for _ in 0..3 {
            assert_eq!(receiver.recv_timeout(LONG).unwrap(), None);
        }
        let end = AtEnd(sender);
        bench.post(move || drop(end));
        assert_eq!(receiver.recv_timeout(LONG).unwrap(), None, "what comes later too");
        assert_eq!(bench.ran(), 0);
        let (sender, receiver) = mpsc::channel();
        bench.strand.post(&Target::Library, Box::new(move || sender.send(()).unwrap()));
        receiver.recv_timeout(LONG).unwrap();
        bench.end();
    }

    #[test]
    fn a_dispatch_returns_when_its_queue_is_closed_under_it() {
        let bench = Bench::new();
        let queue = Arc::clone(&bench.queue);
        bench.post(move || queue.close());
        bench.post(|| ());
        assert_eq!(bench.queue.dispatch(None, 10).unwrap(), 1);
        assert_eq!(bench.queue.dispatch(None, 10).unwrap(), 0, "does not wait");
        bench.runtime.shutdown(None).unwrap();
        assert_eq!(bench.ran(), 1);
        assert_eq!(bench.strand.jobs(), 0);
    }

    #[test]
    fn a_queue_outlives_its_runtime() {
        let bench = Bench::new();
        let order = Arc::new(Mutex::new(Vec::new()));
        for (number, target) in [bench.target(), Target::Library, bench.target()].into_iter().enumerate() {
            let order = Arc::clone(&order);
            bench.strand.post(&target, Box::new(move || lock(&order).push(number)));
        }
        bench.runtime.shutdown(NOW).unwrap();
        assert_eq!(*lock(&order), [0; 0]);
        while bench.queue.dispatch(NOW, 10).unwrap() > 0 {}
        assert_eq!(*lock(&order), [0, 1, 2], "the library's own job too, on this thread");
        let (sender, receiver) = mpsc::channel();
        let end = AtEnd(sender.clone());
        bench.post(move || drop(end));
        let told = bench.notify();
        bench.queue.close();
        assert_eq!(receiver.try_recv().unwrap(), None, "on this thread, before close returns");
        while let Ok(Some(())) = told.recv_timeout(LONG) {}
        drop(sender);
    }
}
