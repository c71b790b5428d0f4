//! The callback threads: where callbacks without a queue run, never on a tokio worker (abi.md rule 14).

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use super::callback::mark_library_thread;
use super::lock::{is_past, lock, wait};
use super::panics::Panics;
use super::strand::Strand;

/// The threads and the strands that wait for one. Threads start when there is work for them.
#[derive(Debug)]
pub(super) struct CallbackThreads {
    most: usize,
    state: Mutex<State>,
    work: Condvar,
    ended: Condvar,
    over: AtomicBool,
    panics: Panics,
}

#[derive(Debug, Default)]
struct State {
    ready: VecDeque<Arc<Strand>>,
    idle: usize,
    live: usize,
    handles: Vec<JoinHandle<()>>,
    closed: bool,
    /// Why a thread could not be started, for the first one that can say so: here a lock may be held.
    not_started: Option<io::Error>,
}

impl CallbackThreads {
    /// At most `most` threads, none of them started.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most: most.max(1),
            state: Mutex::default(),
            work: Condvar::new(),
            ended: Condvar::new(),
            over: AtomicBool::new(false),
            panics: Panics::default(),
        })
    }

    /// The panics of callbacks and tasks so far.
    pub(super) fn panics(&self) -> &Panics {
        &self.panics
    }

    /// Lets a thread run `strand`. What comes after the end (nothing should) gets a thread that ends with it. Where none
    /// can be started the work stays: a thread that runs takes it, the next push tries again, and shutdown runs the rest.
    pub(super) fn push(self: &Arc<Self>, strand: Arc<Strand>) {
        let mut state = lock(&self.state);
        state.ready.push_back(strand);
        if state.ready.len() > state.idle
            && state.live < self.most
            && let Err(error) = self.start(&mut state)
        {
            state.not_started = Some(error);
        }
        drop(state);
        self.work.notify_one();
    }

    fn start(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let threads = Arc::clone(self);
        let handle =
            std::thread::Builder::new().name("dimse-callback".to_owned()).spawn(move || threads.run())?;
        state.live += 1;
        if !self.is_over() {
            state.handles.push(handle);
        }
        Ok(())
    }

    fn run(&self) {
        mark_library_thread();
        let mut state = lock(&self.state);
        loop {
            let not_started = state.not_started.take();
            if let Some(strand) = state.ready.pop_front() {
                drop(state);
                if let Some(error) = not_started {
                    tracing::error!(target: "dimse", "no further callback thread could be started: {error}");
                }
                strand.run_turn();
                drop(strand);
                state = lock(&self.state);
            } else if state.closed {
                break;
            } else {
                state.idle += 1;
                state = wait(&self.work, state, None);
                state.idle -= 1;
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
            } else if let Some(strand) = state.ready.pop_front() {
                // No thread could be started for it.
                drop(state);
                strand.run_to_its_end();
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
                self.panics.report("a callback thread", payload.as_ref());
            }
        }
        true
    }

    /// Whether every thread was joined: what is left is run by whoever brings it up.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}
