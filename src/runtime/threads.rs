//! Plain threads beside tokio's workers. The *callback threads* run callbacks without a queue (abi.md rule 14); the *hot
//! threads* drive associations that are busy moving instances, and their files. Nothing that blocks runs on a worker.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::callback::mark_library_thread;
use super::lock::{deadline, is_past, lock, wait};
use super::panics::Panics;
use super::strand::{Job, Strand};

/// What a thread does for a while.
pub(super) trait Turn: Send + 'static {
    /// Does it.
    fn turn(self);
    /// Does all of it, where no thread is left to go on with it.
    fn to_its_end(self);
}

impl Turn for Arc<Strand> {
    fn turn(self) {
        self.run_turn();
    }

    fn to_its_end(self) {
        self.run_to_its_end();
    }
}

impl Turn for Job {
    fn turn(self) {
        self();
    }

    fn to_its_end(self) {
        self();
    }
}

/// The callback threads: what waits for one is a strand.
pub(super) type CallbackThreads = Threads<Arc<Strand>>;

/// The hot threads: what runs on one is an association for as long as it is busy. Nothing waits for one.
pub(super) type HotThreads = Threads<Job>;

/// Threads of one kind and what waits for one. Threads start when there is work for them.
#[derive(Debug)]
pub(super) struct Threads<W> {
    name: &'static str,
    most: usize,
    /// How long a thread without work stays; `None` is until the end.
    linger: Option<Duration>,
    state: Mutex<State<W>>,
    work: Condvar,
    ended: Condvar,
    over: AtomicBool,
    panics: Arc<Panics>,
}

#[derive(Debug)]
struct State<W> {
    ready: VecDeque<W>,
    idle: usize,
    live: usize,
    handles: Vec<JoinHandle<()>>,
    closed: bool,
    /// Why a thread could not be started, for the first one that can say so: here a lock may be held.
    not_started: Option<io::Error>,
}

impl CallbackThreads {
    /// At most `most` threads, none of them started.
    pub(super) fn for_callbacks(most: usize) -> Arc<Self> {
        Self::new("dimse-callback", most, None, Arc::default())
    }
}

impl HotThreads {
    /// At most `most` threads, none of them started, which count their panics with those of `callbacks`.
    pub(super) fn for_associations(most: usize, callbacks: &CallbackThreads) -> Arc<Self> {
        Self::new("dimse-hot", most, Some(LINGER), callbacks.panics.clone())
    }
}

/// A busy time follows another within this; a host that is idle for longer has its memory back.
const LINGER: Duration = Duration::from_secs(10);

impl<W: Turn> Threads<W> {
    fn new(name: &'static str, most: usize, linger: Option<Duration>, panics: Arc<Panics>) -> Arc<Self> {
        let state = State {
            ready: VecDeque::new(),
            idle: 0,
            live: 0,
            handles: Vec::new(),
            closed: false,
            not_started: None,
        };
        Arc::new(Self {
            name,
            most: most.max(1),
            linger,
            state: Mutex::new(state),
            work: Condvar::new(),
            ended: Condvar::new(),
            over: AtomicBool::new(false),
            panics,
        })
    }

    /// The panics of callbacks and tasks so far.
    pub(super) fn panics(&self) -> &Panics {
        &self.panics
    }

    /// Lets a thread do `work`. What comes after the end (nothing should) gets a thread that ends with it. Where none
    /// can be started the work stays: a thread that runs takes it, the next push tries again, and shutdown runs the rest.
    pub(super) fn push(self: &Arc<Self>, work: W) {
        let mut state = lock(&self.state);
        state.ready.push_back(work);
        if state.ready.len() > state.idle
            && state.live < self.most
            && let Err(error) = self.start(&mut state)
        {
            state.not_started = Some(error);
        }
        drop(state);
        self.work.notify_one();
    }

    /// Lets a thread do `work` at once; gives it back where none is free.
    pub(super) fn try_push(self: &Arc<Self>, work: W) -> Result<(), W> {
        let mut state = lock(&self.state);
        let is_free = state.ready.len() < state.idle
            || (state.live < self.most && !state.closed && self.start(&mut state).is_ok());
        if !is_free {
            return Err(work);
        }
        state.ready.push_back(work);
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    fn start(self: &Arc<Self>, state: &mut State<W>) -> io::Result<()> {
        let threads = Arc::clone(self);
        let handle = std::thread::Builder::new().name(self.name.to_owned()).spawn(move || threads.run())?;
        state.live += 1;
        if !self.is_over() {
            state.handles.retain(|handle| !handle.is_finished());
            state.handles.push(handle);
        }
        Ok(())
    }

    fn run(&self) {
        mark_library_thread();
        let mut state = lock(&self.state);
        loop {
            let not_started = state.not_started.take();
            if let Some(work) = state.ready.pop_front() {
                drop(state);
                if let Some(error) = not_started {
                    tracing::error!(target: "dimse", "no further {} thread could be started: {error}", self.name);
                }
                self.panics.guard(self.name, || work.turn());
                state = lock(&self.state);
            } else if state.closed {
                break;
            } else {
                let until = deadline(self.linger);
                state.idle += 1;
                state = wait(&self.work, state, until);
                state.idle -= 1;
                if is_past(until) && state.ready.is_empty() {
                    break;
                }
            }
        }
        state.live -= 1;
        self.ended.notify_all();
    }

    /// The threads end once nothing is left to run; nobody waits for them.
    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.work.notify_all();
    }

    /// Closes, runs what is left and joins every thread; false where a callback did not return by `deadline`.
    pub(super) fn join(&self, deadline: Option<Instant>) -> bool {
        self.close();
        let mut state = lock(&self.state);
        loop {
            if state.live > 0 {
                if is_past(deadline) {
                    return false;
                }
                state = wait(&self.ended, state, deadline);
            } else if let Some(work) = state.ready.pop_front() {
                // No thread could be started for it.
                drop(state);
                work.to_its_end();
                state = lock(&self.state);
            } else {
                break;
            }
        }
        self.over.store(true, Ordering::Release);
        let handles = std::mem::take(&mut state.handles);
        drop(state);
        for handle in handles {
            // A thread that counted itself out runs no user code any more: this returns at once.
            if let Err(payload) = handle.join() {
                self.panics.report(self.name, payload.as_ref());
            }
        }
        true
    }

    /// Whether every thread was joined: what is left is run by whoever brings it up.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}
