//! Who waits for an association: a tokio task, the thread of a blocking call, a hot thread, or for a few milliseconds
//! nobody.
//!
//! The driver is touched by whoever has something for it, under its lock and without waiting. The *seat* is the duty
//! to wait for the connection, the deadlines and the wake-up. It changes hands between two steps, so a blocking call
//! costs no hand-over to another thread: the caller sits down itself, and the task takes the seat back lazily.

use std::sync::Arc;
use std::task::{Poll, Waker as TaskWaker};
use std::time::Instant;

use super::sys::{Interest, Socket, Waker};
use super::timeouts::earlier;

/// What the one in the seat has to wait for.
#[derive(Debug, Clone, Default)]
pub(super) struct Want {
    pub(super) socket: Option<Arc<Socket>>,
    pub(super) interest: Interest,
    pub(super) deadline: Option<Instant>,
    /// There is something to do that may block.
    pub(super) work: bool,
    /// Nothing is open: for a few milliseconds nobody needs to sit here.
    pub(super) quiet: bool,
    /// The association is over: there is nothing to wait for any more.
    pub(super) over: bool,
}

impl Want {
    /// Whether one who waits for this need not be woken for `newer`.
    fn covers(&self, newer: &Self) -> bool {
        let same_socket = match (&self.socket, &newer.socket) {
            (Some(mine), Some(other)) => Arc::ptr_eq(mine, other),
            (None, None) => true,
            _ => false,
        };
        let in_time = match (self.deadline, newer.deadline) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(mine), Some(other)) => mine <= other,
        };
        same_socket && in_time && (self.work || !newer.work) && self.interest == newer.interest && !newer.over
    }
}

/// The one in the seat.
#[derive(Debug)]
pub(super) enum Sitter {
    /// Nobody since then.
    Nobody(Instant),
    /// The association's tokio task.
    Task,
    /// The thread of a blocking call, or a hot thread.
    Thread(Arc<Waker>),
    /// The association is over.
    Over,
}

/// The seat: who sits in it, what there is to wait for, and what the sitter waits for.
#[derive(Debug)]
pub(super) struct Seat {
    sitter: Sitter,
    /// The thread whose seat it is, also while a task stands in for it: no other thread takes it before that gets up.
    owner: Option<Arc<Waker>>,
    /// A hot thread has been called and has not come yet.
    hot_called: bool,
    /// Since when the thread in the seat has been doing something that may block.
    working: Option<Instant>,
    want: Want,
    /// What the sitter sleeps for; `None` while it is awake and will look again by itself.
    asleep: Option<Want>,
    /// The task that has the connection registered, also while it is on its way out: a connection has one place in
    /// the reactor.
    task: Option<Task>,
    /// Blocking calls that found the seat taken by another one.
    queueing: usize,
}

/// The tokio task of an association.
#[derive(Debug, Default)]
struct Task {
    /// Somebody wants it to look, and it has not yet.
    called: bool,
    /// `None` before it has waited for the first time.
    waker: Option<TaskWaker>,
}

impl Task {
    fn call(&mut self) {
        self.called = true;
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

/// Whether a hot thread is wanted in the seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The seat is a thread's, or the association is over.
    No,
    /// One is on its way.
    Called,
    /// The caller calls one.
    Now,
}

/// What the caller of a seat's method must do, once it has let go of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Duty {
    Nothing,
    /// A task must be spawned.
    Spawn,
}

impl Seat {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            sitter: Sitter::Nobody(now),
            owner: None,
            hot_called: false,
            working: None,
            want: Want::default(),
            asleep: None,
            task: None,
            queueing: 0,
        }
    }

    /// Whether there is something to do that may block.
    pub(super) fn has_work(&self) -> bool {
        self.want.work
    }

    /// There is something new to wait for.
    pub(super) fn publish(&mut self, want: Want) {
        self.want = want;
    }

    /// After a step by somebody who may not be the sitter: wakes the sitter where it sleeps for less than what is
    /// wanted now; asks for one where nobody sits and somebody must.
    pub(super) fn attend(&mut self) -> Duty {
        match &self.sitter {
            Sitter::Over => Duty::Nothing,
            Sitter::Nobody(_) if self.want.quiet => Duty::Nothing,
            Sitter::Nobody(_) => Duty::Spawn,
            Sitter::Task | Sitter::Thread(_) => {
                if self.asleep.as_ref().is_some_and(|asleep| !asleep.covers(&self.want)) {
                    self.wake();
                }
                Duty::Nothing
            }
        }
    }

    /// There is a letter that the sitter shall open; asks for a sitter where there is none.
    pub(super) fn rouse(&mut self) -> Duty {
        if matches!(self.sitter, Sitter::Nobody(_)) {
            return Duty::Spawn;
        }
        self.wake();
        Duty::Nothing
    }

    /// Wakes the sitter, whatever it sleeps for.
    pub(super) fn wake(&mut self) {
        self.asleep = None;
        match &self.sitter {
            Sitter::Task => {
                if let Some(task) = &mut self.task {
                    task.call();
                }
            }
            Sitter::Thread(waker) => waker.wake(),
            Sitter::Nobody(_) | Sitter::Over => {}
        }
    }

    /// Wakes a thread that sleeps here: what it waits for may have happened elsewhere.
    pub(super) fn wake_sleeping_thread(&mut self) {
        if self.asleep.is_some() && matches!(self.sitter, Sitter::Thread(_)) {
            self.wake();
        }
    }

    /// A task sits down, unless somebody sits already: the one that has not left yet, else a new one, which is to be
    /// spawned where this returns true.
    pub(super) fn sit_task(&mut self) -> bool {
        let is_free = match self.sitter {
            Sitter::Nobody(_) => true,
            Sitter::Thread(_) => self.working.is_some(),
            Sitter::Task | Sitter::Over => false,
        };
        if !is_free {
            return false;
        }
        self.asleep = None;
        self.working = None;
        self.sitter = Sitter::Task;
        if let Some(task) = &mut self.task {
            task.call();
            return false;
        }
        self.task = Some(Task::default());
        true
    }

    /// Whether the task was called; where it was not, `waker` is woken once it is.
    pub(super) fn poll_called(&mut self, waker: &TaskWaker) -> Poll<()> {
        let Some(task) = &mut self.task else { return Poll::Ready(()) };
        if std::mem::take(&mut task.called) {
            return Poll::Ready(());
        }
        match &mut task.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        Poll::Pending
    }

    /// The task has given its registration back and wants to leave; false where the seat is its own again.
    pub(super) fn leave(&mut self) -> bool {
        if self.is_tasks() {
            return false;
        }
        self.task = None;
        true
    }

    /// The thread of a blocking call sits down, or waits until it is told that it need not.
    pub(super) fn sit_thread(&mut self, waker: &Arc<Waker>) -> bool {
        let sits = self.sit_hot(waker);
        if !sits && !matches!(self.sitter, Sitter::Over) {
            self.queueing += 1;
        }
        sits
    }

    /// Says that a hot thread is wanted; whether one is to be called now.
    pub(super) fn want_hot(&mut self) -> Wanted {
        if self.owner.is_some() || matches!(self.sitter, Sitter::Over) {
            return Wanted::No;
        }
        if std::mem::replace(&mut self.hot_called, true) { Wanted::Called } else { Wanted::Now }
    }

    /// No hot thread comes.
    pub(super) fn hot_missed(&mut self) {
        self.hot_called = false;
    }

    /// A hot thread sits down: a task leaves the seat to it, another thread does not.
    pub(super) fn sit_hot(&mut self, waker: &Arc<Waker>) -> bool {
        self.hot_called = false;
        if self.owner.is_some() || matches!(self.sitter, Sitter::Over) {
            return false;
        }
        self.owner = Some(waker.clone());
        self.come_back(waker);
        true
    }

    /// The thread in the seat begins something that may block. A task may stand in for it meanwhile.
    pub(super) fn leave_for_work(&mut self, now: Instant) {
        self.working = Some(now);
    }

    /// It has done that, and has its seat again.
    pub(super) fn come_back(&mut self, waker: &Arc<Waker>) {
        match self.sitter {
            Sitter::Over => return,
            Sitter::Task => self.wake(),
            Sitter::Thread(_) | Sitter::Nobody(_) => {}
        }
        self.sitter = Sitter::Thread(waker.clone());
        self.working = None;
        self.asleep = None;
    }

    /// The thread gets up. Returns what is to be done, and whether the seat must be looked after.
    pub(super) fn stand(&mut self, now: Instant) -> Duty {
        self.owner = None;
        self.working = None;
        if matches!(self.sitter, Sitter::Over) {
            return Duty::Nothing;
        }
        self.sitter = Sitter::Nobody(now);
        self.asleep = None;
        if self.want.quiet && self.queueing == 0 { Duty::Nothing } else { Duty::Spawn }
    }

    /// Whether it is the task that sits here.
    pub(super) fn is_tasks(&self) -> bool {
        matches!(self.sitter, Sitter::Task)
    }

    /// A blocking call that found the seat taken has its answer.
    pub(super) fn queue_left(&mut self) {
        self.queueing = self.queueing.saturating_sub(1);
    }

    /// The task goes to sleep: what for, or `None` where the seat is not its own any more. It need not be woken for a
    /// deadline behind that at which its timer rings anyway.
    pub(super) fn sleep_task(&mut self, rings_at: Option<Instant>) -> Option<Want> {
        if !matches!(self.sitter, Sitter::Task) {
            return None;
        }
        let deadline = earlier(self.want.deadline, rings_at);
        self.asleep = Some(Want { deadline, ..self.want.clone() });
        Some(self.want.clone())
    }

    /// The thread goes to sleep.
    pub(super) fn sleep_thread(&mut self) -> Want {
        self.asleep = Some(self.want.clone());
        self.want.clone()
    }

    /// The sitter is awake.
    pub(super) fn awake(&mut self) {
        self.asleep = None;
    }

    /// Since when nobody has been looking after the connection.
    pub(super) fn empty_since(&self) -> Option<Instant> {
        match self.sitter {
            Sitter::Nobody(since) => Some(since),
            Sitter::Thread(_) => self.working,
            Sitter::Task | Sitter::Over => None,
        }
    }

    /// The association is over.
    pub(super) fn over(&mut self) {
        // A thread that is awake looks by itself before it sleeps.
        if self.asleep.is_some() || !matches!(self.sitter, Sitter::Thread(_)) {
            self.wake();
        }
        self.sitter = Sitter::Over;
        self.owner = None;
        self.task = None;
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.sitter, Sitter::Over)
    }
}
