//! An operation: what was asked for, from its start to its one outcome, and how its events reach the caller.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::error::{Cause, Error, Phase, Result};
use crate::runtime::Runtime;
use crate::runtime::backlog::{Place, Wait};
use crate::runtime::lock::{deadline, is_past, lock, wait};
use crate::runtime::queue::Queue;
use crate::runtime::strand::{Strand, Target};
use crate::types::{Tag, Uid};

/// How an operation ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What happened on this side. The peer's failure status is an operation that worked (abi.md rule 10).
    pub result: Result<()>,
    /// (0000,0900), where a response came.
    pub status: Option<u16>,
    /// (0000,0902), where the peer gave one.
    pub comment: Option<String>,
    /// (0000,0110) of the last request.
    pub message_id: Option<u16>,
    /// Bytes of data sets sent and received.
    pub bytes: u64,
    /// From the first byte, or the start of connecting, to the end.
    pub duration: Duration,
    /// How many times it was tried.
    pub attempts: u32,
    /// What became of the instances that it was about.
    pub counts: Counts,
}

/// What became of the instances of an operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many there are.
    pub total: u32,
    /// Answered with success or a warning.
    pub done: u32,
    /// Those of them answered with a warning.
    pub warned: u32,
    /// Answered with a failure, or not sent because something is wrong with them.
    pub failed: u32,
}

impl Outcome {
    /// An outcome that has nothing to say but `result`.
    #[must_use]
    pub fn new(result: Result<()>) -> Self {
        Self {
            result,
            status: None,
            comment: None,
            message_id: None,
            bytes: 0,
            duration: Duration::ZERO,
            attempts: 1,
            counts: Counts::default(),
        }
    }
}

/// What an operation tells its caller.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// How far it is: at most 20 a second. One that nobody has taken yet gives way to the next.
    Progress(Progress),
    /// What became of one instance.
    Instance(Box<InstanceReport>),
    /// The outcome: exactly one for each operation, always the last.
    Done(Outcome),
}

impl Event {
    fn is_last(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// About how many bytes it keeps while nobody takes it, where it is one of many; `None` where an operation has one
    /// at most that waits.
    fn weight(&self) -> Option<usize> {
        match self {
            Self::Progress(_) | Self::Done(_) => None,
            Self::Instance(report) => {
                let comment = report.comment.as_ref().map_or(0, String::len);
                let path = report.path.as_ref().map_or(0, |path| path.as_os_str().len());
                let offending = report.offending.len().saturating_mul(size_of::<Tag>());
                Some(size_of::<Untaken>() + size_of::<InstanceReport>() + comment + path + offending)
            }
        }
    }
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of data sets that have left, or come.
    pub bytes: u64,
    /// All of them, where that is known.
    pub bytes_total: Option<u64>,
    /// The instances so far.
    pub counts: Counts,
    /// Over the whole operation so far.
    pub bytes_per_second: u64,
    /// `None` where it cannot be told.
    pub time_left: Option<Duration>,
    /// What it is doing.
    pub phase: Phase,
}

/// What became of one instance.
#[derive(Debug, Clone)]
pub struct InstanceReport {
    /// What happened on this side. The peer's failure status is an instance that was answered.
    pub result: Result<()>,
    /// (0000,0900), where a response came.
    pub status: Option<u16>,
    /// (0000,0902), where the peer gave one.
    pub comment: Option<String>,
    /// (0000,0901): the elements that the peer did not like.
    pub offending: Vec<Tag>,
    /// (0000,0002), where it is known.
    pub sop_class: Option<Uid>,
    /// (0000,1000), where it is known.
    pub sop_instance: Option<Uid>,
    /// How its data set is encoded, where that is known.
    pub transfer_syntax: Option<Uid>,
    /// The file that it comes from, or lies in.
    pub path: Option<PathBuf>,
    /// (0000,0110) of its last request.
    pub message_id: Option<u16>,
    /// Bytes of its data set that have left, or come.
    pub bytes: u64,
    /// From the first byte to the end.
    pub duration: Duration,
    /// How many times it was tried.
    pub attempts: u32,
}

/// Whether the caller wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Cancel the operation; its DONE still comes.
    Cancel,
}

/// Who takes the events. Its drop is the user's `release`: once, after the last call has returned.
pub trait Listener: Send {
    /// Takes one event. Called with no lock held, never twice at once.
    fn event(&mut self, event: &Event) -> Flow;
}

/// How the events of an operation reach its caller: the same events, the same promises in all three.
pub enum Delivery {
    /// Called on a thread of the library.
    Library(Box<dyn Listener>),
    /// Called inside the queue's dispatch.
    Queue(Arc<Queue>, Box<dyn Listener>),
    /// Read with [`Operation::next`].
    Pull,
    /// Nobody hears them: a blocking call without a callback.
    Unheard,
}

/// An operation in flight, or over. Shared by whoever drives it and whoever watches it.
pub struct Operation {
    runtime: Runtime,
    strand: Arc<Strand>,
    /// `None` for an operation that is read with [`Operation::next`].
    target: Option<Target>,
    /// Out while it is being called.
    listener: Mutex<Option<Box<dyn Listener>>>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Whether anybody takes its events.
    is_heard: bool,
    /// Threads that wait: without any, nobody is notified, which is a system call.
    waiting: u32,
    outcome: Option<Outcome>,
    is_cancelled: bool,
    canceller: Option<Canceller>,
    /// Those that nobody has taken: each has a job of the strand that takes one, unless they are read.
    untaken: VecDeque<Untaken>,
    /// DONE was read.
    is_read: bool,
    product: Option<Product>,
}

/// An event that nobody has taken, and its place where it is one of many.
struct Untaken {
    event: Event,
    _place: Option<Place>,
}

type Canceller = Box<dyn Fn() + Send + Sync>;
type Product = Arc<dyn Any + Send + Sync>;

impl Operation {
    /// An operation that nobody drives yet. Dropped as it is, it sends no event and releases its listener: a start that
    /// was refused. [`Operation::promise`] accepts it.
    #[must_use]
    pub fn new(runtime: &Runtime, strand: Arc<Strand>, delivery: Delivery) -> Arc<Self> {
        let is_heard = !matches!(delivery, Delivery::Unheard);
        let (target, listener) = match delivery {
            Delivery::Library(listener) => (Some(Target::Library), Some(listener)),
            Delivery::Queue(queue, listener) => (Some(Target::Queue(queue)), Some(listener)),
            Delivery::Pull | Delivery::Unheard => (None, None),
        };
        Arc::new(Self {
            runtime: runtime.clone(),
            strand,
            target,
            listener: Mutex::new(listener),
            state: Mutex::new(State { is_heard, ..State::default() }),
            changed: Condvar::new(),
        })
    }

    /// Whether anybody takes its events: what nobody hears need not be worked out.
    pub(crate) fn is_heard(&self) -> bool {
        lock(&self.state).is_heard
    }

    /// Nobody reads its events any more, where they are read with [`Operation::next`]: it goes on unheard.
    pub fn detach(&self) {
        if self.target.is_some() {
            return;
        }
        let mut state = lock(&self.state);
        state.is_heard = false;
        let untaken = std::mem::take(&mut state.untaken);
        drop(state);
        drop(untaken);
        self.strand.backlog().ask_again();
    }

    /// Whether [`Operation::next`] would give something at once.
    pub(crate) fn has_unread(&self) -> bool {
        !lock(&self.state).untaken.is_empty()
    }

    /// Where it runs.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The strand of its events.
    pub(crate) fn strand(&self) -> &Arc<Strand> {
        &self.strand
    }

    /// What its driver holds from the start on: the outcome is owed, and comes however the driver ends.
    #[must_use]
    pub fn promise(self: &Arc<Self>) -> Promise {
        Promise(Arc::clone(self))
    }

    /// Delivers `event`, unless the operation is over. Never runs user code, never waits.
    pub fn emit(self: &Arc<Self>, event: Event) {
        let place = event.weight().map(|bytes| {
            let of_caller = !matches!(self.target, Some(Target::Library));
            self.strand.backlog().place(bytes, of_caller)
        });
        let mut state = lock(&self.state);
        if state.outcome.is_some() || !state.is_heard {
            return;
        }
        // Of how far it is, the last word is enough: it stands where it was said, and the one before is not said.
        let is_progress = |event: &Event| matches!(event, Event::Progress(_));
        let before = if is_progress(&event) {
            state.untaken.iter().rposition(|untaken| is_progress(&untaken.event))
        } else {
            None
        };
        let replaced = before.and_then(|before| state.untaken.remove(before));
        self.add(state, Untaken { event, _place: place }, replaced.is_none());
    }

    /// Ends the operation; false where it was over already: of all who try, one wins, and its outcome is delivered.
    pub fn complete(self: &Arc<Self>, outcome: Outcome) -> bool {
        let mut state = lock(&self.state);
        if state.outcome.is_some() {
            return false;
        }
        state.outcome = Some(outcome.clone());
        let canceller = state.canceller.take();
        if state.is_heard {
            self.add(state, Untaken { event: Event::Done(outcome), _place: None }, true);
        } else {
            self.tell_waiting(state);
        }
        drop(canceller);
        true
    }

    /// Adds an event behind all others; `is_more`: there is one more of them with it.
    fn add(self: &Arc<Self>, mut state: MutexGuard<'_, State>, untaken: Untaken, is_more: bool) {
        state.untaken.push_back(untaken);
        self.tell_waiting(state);
        if let (Some(target), true) = (&self.target, is_more) {
            let turn = Turn(Some(Arc::clone(self)));
            self.strand.post(target, Box::new(move || turn.run()));
        }
    }

    fn take_event(&self) -> Option<Untaken> {
        lock(&self.state).untaken.pop_front()
    }

    /// Calls the listener with the next event, as a job of the strand. With DONE it is released.
    fn deliver(&self) {
        let Some(untaken) = self.take_event() else { return };
        let listener = lock(&self.listener).take();
        let Some(mut listener) = listener else { return };
        match catch_unwind(AssertUnwindSafe(|| listener.event(&untaken.event))) {
            Ok(flow) => {
                if !untaken.event.is_last() {
                    *lock(&self.listener) = Some(listener);
                }
                if flow == Flow::Cancel {
                    self.cancel();
                }
            }
            // It is released by this and hears no more; the strand reports the panic.
            Err(payload) => {
                self.cancel();
                drop(listener);
                resume_unwind(payload);
            }
        }
    }

    /// The next event is not delivered any more. Without DONE the listener goes as with it.
    fn skip(&self) {
        if self.take_event().is_some_and(|untaken| untaken.event.is_last()) {
            let listener = lock(&self.listener).take();
            drop(listener);
        }
    }

    /// How it ended; `None` while it goes on.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        lock(&self.state).outcome.clone()
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        lock(&self.state).outcome.is_some()
    }

    /// Waits up to `timeout`, `None` without limit, for the outcome. Its events may still be on their way.
    #[must_use]
    pub fn wait(&self, timeout: Option<Duration>) -> Option<Outcome> {
        let deadline = deadline(timeout);
        if let outcome @ Some(_) = self.outcome() {
            return outcome;
        }
        let _waits = self.begin_wait(deadline);
        let mut state = lock(&self.state);
        while state.outcome.is_none() && !is_past(deadline) {
            state = self.wait_for_change(state, deadline);
        }
        state.outcome.clone()
    }

    /// Takes the next event, waiting up to `timeout`, `None` without limit; `None` where none came. A state error where
    /// DONE was read before, and for an operation that delivers its events itself.
    pub fn next(&self, timeout: Option<Duration>) -> Result<Option<Event>> {
        if self.target.is_some() {
            return Err(Error::state("the operation's events go to its callback; next reads one without"));
        }
        let deadline = deadline(timeout);
        if let event @ Some(_) = self.read(lock(&self.state))? {
            return Ok(event);
        }
        let _waits = self.begin_wait(deadline);
        loop {
            let mut state = lock(&self.state);
            if state.untaken.is_empty() && !state.is_read {
                if is_past(deadline) {
                    return Ok(None);
                }
                state = self.wait_for_change(state, deadline);
            }
            if let event @ Some(_) = self.read(state)? {
                return Ok(event);
            }
        }
    }

    fn read(&self, mut state: MutexGuard<'_, State>) -> Result<Option<Event>> {
        if state.is_read {
            return Err(Error::state("DONE, the operation's last event, was read before"));
        }
        let Some(Untaken { event, _place }) = state.untaken.pop_front() else { return Ok(None) };
        state.is_read = event.is_last();
        self.tell_waiting(state);
        Ok(Some(event))
    }

    /// A thread that waits for this operation keeps nobody waiting for it, whose events it may have to take first.
    fn begin_wait(&self, deadline: Option<Instant>) -> Option<Wait> {
        (!is_past(deadline)).then(|| self.strand.backlog().wait())
    }

    /// Wakes those who wait for a change, once they can have the state.
    fn tell_waiting(&self, state: MutexGuard<'_, State>) {
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            self.changed.notify_all();
        }
    }

    fn wait_for_change<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        deadline: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        state.waiting += 1;
        let mut state = wait(&self.changed, state, deadline);
        state.waiting -= 1;
        state
    }

    /// Asks the driver to give up. The first call counts; an operation that is over stays as it is.
    pub fn cancel(&self) {
        let mut state = lock(&self.state);
        if state.outcome.is_some() {
            return;
        }
        state.is_cancelled = true;
        let canceller = state.canceller.take();
        drop(state);
        if let Some(canceller) = canceller {
            canceller();
        }
    }

    /// Sets what [`Operation::cancel`] calls, once, on its own thread; now, where that came first. It must not wait.
    pub fn set_canceller(&self, canceller: Box<dyn Fn() + Send + Sync>) {
        let mut state = lock(&self.state);
        if state.outcome.is_some() {
            return;
        }
        if state.is_cancelled {
            drop(state);
            canceller();
        } else {
            let old = state.canceller.replace(canceller);
            drop(state);
            drop(old);
        }
    }

    /// Whether the caller asked to give up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        lock(&self.state).is_cancelled
    }

    /// Leaves what the operation made (the association of an open) for whoever takes it. Before its outcome.
    pub fn set_product(&self, product: Arc<dyn Any + Send + Sync>) {
        let old = lock(&self.state).product.replace(product);
        drop(old);
    }

    /// Takes what the operation made. Once.
    #[must_use]
    pub fn take_product(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        lock(&self.state).product.take()
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("outcome", &self.outcome()).finish_non_exhaustive()
    }
}

/// The outcome of an operation, owed: dropped before the operation is complete, it completes it with an error.
#[derive(Debug)]
pub struct Promise(Arc<Operation>);

impl Promise {
    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &Arc<Operation> {
        &self.0
    }
}

impl Deref for Promise {
    type Target = Arc<Operation>;

    fn deref(&self) -> &Arc<Operation> {
        &self.0
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if self.0.is_complete() {
            return;
        }
        let error = match self.0.runtime.ensure_open() {
            _ if std::thread::panicking() => panicked("the task that drove the operation panicked"),
            Err(shut_down) => shut_down,
            Ok(()) => panicked("the task that drove the operation ended without an outcome"),
        };
        self.0.complete(Outcome::new(Err(error)));
    }
}

fn panicked(words: &str) -> Error {
    Error::new(Phase::Queued, Cause::Panic(words.to_owned()))
}

/// One event's turn on the strand: whether the job runs or is dropped, one event goes with it.
struct Turn(Option<Arc<Operation>>);

impl Turn {
    fn run(mut self) {
        if let Some(operation) = self.0.take() {
            operation.deliver();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(operation) = self.0.take() {
            operation.skip();
        }
    }
}
