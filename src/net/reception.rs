//! The hot way to listen: while connections come one after the other, a plain thread takes them, and drives the newest
//! one itself: a short association needs no task, and no place in the reactor, for which it would pay more than for
//! all of its own work.
//!
//! It is one association at a time. When the next connection comes and this one is not over, it is a task's from then
//! on, and so is the listening: where many are open at once, the workers share them better.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::association::{Association, Turned};
use super::hot::SILENCE;
use super::listen::{One, Welcome, take_one};
use super::sys::{Interest, Listener, Waker, wait_listening};
use super::timeouts::earlier;
use crate::runtime::Runtime;

/// Why the thread leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// It was told to, or nothing has come for a while.
    Quiet,
    /// Connections overlap.
    Crowded,
    /// The system has no descriptors left.
    Exhausted,
}

/// Reaches the thread from outside. Once this is dropped, it leaves.
pub(super) struct Reception {
    waker: Arc<Waker>,
    closed: Arc<AtomicBool>,
}

impl Reception {
    /// Calls a hot thread to `listener`; `left` is told when it has gone, and holds no connection then. `None` where no
    /// thread is free.
    pub(super) fn open(
        runtime: &Runtime,
        listener: Arc<Listener>,
        welcome: Arc<dyn Welcome>,
        left: impl FnOnce(Left) + Send + 'static,
    ) -> Option<Self> {
        let waker = Arc::new(Waker::new().ok()?);
        let closed = Arc::<AtomicBool>::default();
        let desk = Desk { runtime: runtime.clone(), listener, welcome, waker: waker.clone(), closed };
        let closed = desk.closed.clone();
        let job = move || {
            let why = desk.serve();
            drop(desk);
            left(why);
        };
        runtime.run_hot(Box::new(job)).ok()?;
        Some(Self { waker, closed })
    }
}

impl Drop for Reception {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        self.waker.wake();
    }
}

/// What the thread has.
struct Desk {
    runtime: Runtime,
    listener: Arc<Listener>,
    welcome: Arc<dyn Welcome>,
    waker: Arc<Waker>,
    closed: Arc<AtomicBool>,
}

impl Desk {
    fn serve(&self) -> Left {
        let mut guest: Option<Arc<Association>> = None;
        let (mut moved, mut is_news) = (Instant::now(), true);
        let left = loop {
            let want = guest.as_ref().map(|guest| guest.seat().sleep_thread()).unwrap_or_default();
            // Looked at once this thread counts as asleep: what others do from now on wakes it.
            if want.work || want.over {
                guest.take().inspect(|association| association.stand_up());
                continue;
            }
            let now = Instant::now();
            if is_news {
                moved = now;
            }
            let silent_at = moved.checked_add(SILENCE);
            if self.closed.load(Ordering::Acquire) || silent_at.is_some_and(|silent_at| silent_at <= now) {
                break Left::Quiet;
            }
            let timeout = earlier(want.deadline, silent_at).map(|until| until.saturating_duration_since(now));
            let socket = want.socket.as_deref().map(|socket| (socket, want.interest));
            let waited = wait_listening(Some(&self.listener), socket, &self.waker, timeout);
            // A poll that fails has no memory: the task does not need it.
            let Ok((ready, knocks)) = waited else { break Left::Quiet };
            is_news = ready != Interest::default() || knocks;
            if let Some(association) = guest.take() {
                association.seat().awake();
                let turned = association.turn(ready);
                guest = stays(association, &turned);
            }
            if knocks {
                if guest.is_some() {
                    break Left::Crowded;
                }
                match take_one(&self.runtime, self.listener.accept(), self.welcome.as_ref()) {
                    One::Taken(Some(association)) => guest = self.receive(association),
                    One::Taken(None) | One::Broken | One::None => {}
                    One::Exhausted => break Left::Exhausted,
                    // The task finds it too, and has the time to wait.
                    One::Failing => break Left::Quiet,
                }
            }
        };
        if let Some(association) = guest {
            association.stand_up();
        }
        left
    }

    /// What a new connection brings with it is read at once.
    fn receive(&self, association: Arc<Association>) -> Option<Arc<Association>> {
        if !association.seat().sit_hot(&self.waker) {
            association.go_cold();
            return None;
        }
        let turned = association.turn(Interest { read: true, write: false });
        stays(association, &turned)
    }
}

/// Unless it is over, or has something to do that may block: then it has a thread of its own, or a task.
fn stays(association: Arc<Association>, turned: &Turned) -> Option<Arc<Association>> {
    if turned.work {
        association.stand_up();
    }
    (!turned.over && !turned.work).then_some(association)
}
