//! An association as everybody holds it: orders in, facts and outcomes out, from any thread.
//!
//! Lock order: core, then effects, then seat; the mailbox alone. No lock is held while anybody else's code runs.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError, Weak};
use std::time::{Duration, Instant};

use super::association_request::AssociationRequest;
use super::buffers::Buffer;
use super::connect::{Dial, Progress, Resolved};
use super::driver::{Driver, Effect, Note, NoteKind, Order, Setup, Verbosity};
use super::exchange::{Call, Exchange, Provider, SoFar};
use super::facts::{Counters, Facts};
use super::io::SocketIo;
use super::open_options::OpenOptions;
use super::operation::{Delivery, Listener, Operation, Outcome, Promise};
use super::request::Request;
use super::seat::{Duty, Seat, Want};
use super::sys::{Accepted, Interest, Socket};
use super::timeouts::Timeouts;
use super::work::{Work, Worked};
use super::{cold, hot};
use crate::error::{Cause, Error, Result};
use crate::runtime::backlog::Producer;
use crate::runtime::caretaker::Tended;
use crate::runtime::strand::Strand;
use crate::runtime::{Ends, Runtime};

/// An association, from its first connection attempt to its end.
pub struct Association {
    id: u64,
    runtime: Runtime,
    strand: Arc<Strand>,
    this: Weak<Self>,
    mailbox: Mutex<Vec<Letter>>,
    core: Mutex<Core>,
    effects: Mutex<Effects>,
    seat: Mutex<Seat>,
    facts: OnceLock<Arc<Facts>>,
    /// Why it is over, once it is.
    ended: OnceLock<Error>,
    counters: Arc<Counters>,
    /// Let go at the end: a request that somebody keeps longer does not keep the provider and its handlers.
    provider: Mutex<Option<Arc<dyn Provider>>>,
    /// The caretaker looks at the seat.
    tended: AtomicBool,
}

/// What somebody wants of the core.
enum Letter {
    Order(Order),
    Resolved(Resolved),
    /// End when nothing is open any more.
    Drain,
}

/// How far the association is.
enum Core {
    Dialing(Box<Dialing>),
    Running(Box<Driver<SocketIo>>, Arc<Socket>),
    Over,
}

struct Dialing {
    dial: Dial,
    options: OpenOptions,
    operation: Promise,
}

/// What is to happen outside, in order: whoever comes first does it, for the others too.
#[derive(Default)]
struct Effects {
    waiting: VecDeque<Effect>,
    busy: bool,
}

impl Effects {
    /// Behind those that wait.
    fn add(&mut self, mut more: VecDeque<Effect>) {
        if self.waiting.is_empty() {
            self.waiting = more;
        } else {
            self.waiting.append(&mut more);
        }
    }

    /// All of them, for one who is the only one to take any from now on; none where somebody else is that.
    fn begin(&mut self) -> VecDeque<Effect> {
        if self.busy { VecDeque::new() } else { self.go_on() }
    }

    /// Those that have come since; where there are none, anybody may begin.
    fn go_on(&mut self) -> VecDeque<Effect> {
        let next = std::mem::take(&mut self.waiting);
        self.busy = !next.is_empty();
        next
    }
}

/// What a turn left behind.
pub(super) struct Turned {
    /// Nothing more is to be read now.
    pub(super) drained: bool,
    /// There is something to do that may block: [`Association::take_work`].
    pub(super) work: bool,
    /// The association is over.
    pub(super) over: bool,
}

impl Association {
    /// An association that is to be opened; `operation` is done when it is open or has failed. Nothing goes out before
    /// somebody drives it: [`Self::drive`] or [`Self::go_cold`].
    pub fn open(options: OpenOptions, operation: &Arc<Operation>) -> Result<Arc<Self>> {
        let runtime = operation.runtime();
        runtime.ensure_open()?;
        options.check()?;
        let now = Instant::now();
        let association = Arc::new_cyclic(|this: &Weak<Self>| {
            let resolver = this.clone();
            let dial = Dial::new(
                now,
                options.peer.clone(),
                options.source,
                options.timeouts.connect,
                options.resolver,
                move |answer| {
                    if let Some(association) = resolver.upgrade() {
                        association.post(Letter::Resolved(answer));
                    }
                },
            );
            let core = Core::Dialing(Box::new(Dialing { dial, options, operation: operation.promise() }));
            Self::with_core(this, runtime, operation.strand().clone(), core, None, Arc::default(), now)
        });
        association.make_cancellable(operation);
        let ends: Weak<dyn Ends> = association.this.clone();
        if let Err(shut_down) = runtime.register(ends) {
            // Shutdown began a moment ago: an operation that was accepted then, and has failed.
            operation.complete(Outcome::new(Err(shut_down)));
            association.abort();
        }
        Ok(association)
    }

    /// An association that a peer asks for over a connection that was accepted.
    pub(crate) fn accept(
        runtime: &Runtime,
        accepted: Accepted,
        timeouts: Timeouts,
        provider: Arc<dyn Provider>,
    ) -> Arc<Self> {
        let now = Instant::now();
        let Accepted { socket, local, peer } = accepted;
        let socket = Arc::new(socket);
        let counters = Arc::<Counters>::default();
        let strand = Strand::new(runtime);
        Arc::new_cyclic(|this| {
            let setup = Setup {
                association: 0,
                timeouts,
                provider: Some(provider.clone()),
                local,
                peer,
                called: None,
                counters: counters.clone(),
                backlog: strand.backlog().clone(),
            };
            let driver =
                |id| Driver::acceptor(now, SocketIo::new(socket.clone()), Setup { association: id, ..setup });
            let mut association =
                Self::with_core(this, runtime, strand, Core::Over, Some(provider), counters.clone(), now);
            association.core = Mutex::new(Core::Running(Box::new(driver(association.id)), socket.clone()));
            association
        })
    }

    fn with_core(
        this: &Weak<Self>,
        runtime: &Runtime,
        strand: Arc<Strand>,
        core: Core,
        provider: Option<Arc<dyn Provider>>,
        counters: Arc<Counters>,
        now: Instant,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let producer: Weak<dyn Producer> = this.clone();
        strand.backlog().set_producer(producer);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            runtime: runtime.clone(),
            strand,
            this: this.clone(),
            mailbox: Mutex::default(),
            core: Mutex::new(core),
            effects: Mutex::default(),
            seat: Mutex::new(Seat::new(now)),
            facts: OnceLock::new(),
            ended: OnceLock::new(),
            counters,
            provider: Mutex::new(provider),
            tended: AtomicBool::new(false),
        }
    }

    /// The association's number in this process, as the log has it.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What was agreed; `None` before.
    #[must_use]
    pub fn facts(&self) -> Option<&Arc<Facts>> {
        self.facts.get()
    }

    /// How much went over it so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether operations can still be started.
    #[must_use]
    pub fn is_over(&self) -> bool {
        lock(&self.seat).is_over()
    }

    /// An operation on this association that is not started yet.
    #[must_use]
    pub fn operation(&self, delivery: Delivery) -> Arc<Operation> {
        Operation::new(&self.runtime, self.strand.clone(), delivery)
    }

    /// Where it runs.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Starts an operation, on the calling thread as far as it goes without waiting.
    pub(crate) fn start(&self, operation: &Arc<Operation>, exchange: Box<dyn Exchange>) {
        self.order(Order::Start(Call { operation: operation.promise(), exchange }));
        self.make_cancellable(operation);
    }

    /// Releases the association when the operations before are done.
    pub fn release(&self, operation: &Arc<Operation>) {
        self.order(Order::Release(operation.promise()));
        self.make_cancellable(operation);
    }

    /// Aborts the association. Open operations end as cancelled. Never blocks.
    pub fn abort(&self) {
        self.order(Order::Abort);
    }

    /// Drives the association on the calling thread until `operation` is done; other blocking calls on it wait.
    pub fn drive(&self, operation: &Operation) {
        self.run(operation, None, || ());
    }

    /// [`Self::drive`] for an operation that `start` starts: once this thread sits here, so that no task is called in
    /// for what this thread does by itself. The operation's events go to `listener`, on this thread, DONE included.
    pub fn run(&self, operation: &Operation, listener: Option<Box<dyn Listener>>, start: impl FnOnce()) {
        if let Some(association) = self.this.upgrade() {
            hot::run(&association, operation, listener, start);
        }
    }

    pub(crate) fn order(&self, order: Order) {
        self.post(Letter::Order(order));
    }

    /// The sink of what is coming in may go on.
    pub(crate) fn call_on_sink(&self) {
        self.order(Order::CallOnSink);
    }

    /// [`Self::call_on_sink`] by a thread that must not touch the connection.
    pub(crate) fn call_on_sink_later(&self) {
        self.order_later(Order::CallOnSink);
    }

    pub(crate) fn strand(&self) -> &Arc<Strand> {
        &self.strand
    }

    /// Lets somebody wait for this association from now on, unless a thread does: a task, or a hot thread where there is
    /// something to do that a task must not. Never blocks.
    pub fn go_cold(&self) {
        let has_work = lock(&self.seat).has_work();
        if has_work && self.go_hot() {
            return;
        }
        let new = lock(&self.seat).sit_task();
        if new && let Some(association) = self.this.upgrade() {
            self.runtime.spawn(cold::run(association));
        }
    }

    /// Calls a hot thread to the seat; false where all are busy, or a blocking call owns the seat.
    pub(super) fn go_hot(&self) -> bool {
        self.this.upgrade().is_some_and(|association| hot::call(&association, &self.runtime))
    }

    /// Something to do that may block; what comes of it goes to [`Self::worked`].
    pub(super) fn take_work(&self) -> Option<Work> {
        let work = match &mut *lock(&self.core) {
            Core::Running(driver, _) => driver.work(Instant::now()),
            Core::Dialing(_) | Core::Over => None,
        };
        // Whoever found the core taken counts on its letter being read now, and not when the work is done.
        if !lock(&self.mailbox).is_empty() {
            self.turn(Interest::default());
        }
        work
    }

    /// Something was done, by the one in the seat. `more`: the connection is to be looked at without waiting for it.
    pub(super) fn worked(&self, worked: Worked, more: bool) -> Turned {
        if let Worked::Broken(words) = &worked {
            self.runtime.report_panic("a source or sink of instances", words);
        }
        lock(&self.mailbox).push(Letter::Order(Order::Worked(worked)));
        self.turn(Interest { read: more, write: false })
    }

    /// Behind the order that begins the operation: a cancel that came before it is ordered now.
    fn make_cancellable(&self, operation: &Arc<Operation>) {
        let association = self.this.clone();
        let weak = Arc::downgrade(operation);
        operation.set_canceller(Box::new(move || {
            if let (Some(association), Some(operation)) = (association.upgrade(), weak.upgrade()) {
                association.order(Order::Cancel(operation));
            }
        }));
    }

    /// An order that a thread gives which must not touch the connection: freeing makes no network call (abi.md rule 2).
    pub(crate) fn order_later(&self, order: Order) {
        lock(&self.mailbox).push(Letter::Order(order));
        self.rouse();
    }

    /// Lets the one in the seat take a turn, or somebody sit down there for it.
    fn rouse(&self) {
        let duty = lock(&self.seat).rouse();
        self.see_to(&duty);
    }

    /// Hands a letter to the core: now, on this thread, where nobody else has it; else the one who has it finds the
    /// letter when it lets go.
    fn post(&self, letter: Letter) {
        lock(&self.mailbox).push(letter);
        match self.core.try_lock() {
            Ok(core) => {
                self.turn_with(core, Interest::default());
            }
            Err(TryLockError::WouldBlock) => return,
            Err(TryLockError::Poisoned(core)) => {
                self.turn_with(core.into_inner(), Interest::default());
            }
        }
        self.attend();
    }

    /// One turn of the one who waits for the connection: `ready` says what it is ready for.
    pub(super) fn turn(&self, ready: Interest) -> Turned {
        self.turn_with(lock(&self.core), ready)
    }

    fn turn_with<'a>(&'a self, mut core: MutexGuard<'a, Core>, mut ready: Interest) -> Turned {
        // What the first step left unread is still there after those that only open letters.
        let mut drained = true;
        loop {
            let now = Instant::now();
            let letters = std::mem::take(&mut *lock(&self.mailbox));
            let verbosity = verbosity();
            let was_over = matches!(&*core, Core::Over);
            let stepped =
                catch_unwind(AssertUnwindSafe(|| self.step(now, &mut core, letters, ready, verbosity)));
            let first = {
                let mut effects = lock(&self.effects);
                if let Core::Running(driver, _) = &mut *core {
                    effects.add(driver.effects());
                }
                effects.begin()
            };
            let is_over = match &*core {
                Core::Over => true,
                Core::Running(driver, _) => stepped.is_err() || driver.is_closed(),
                Core::Dialing(_) => stepped.is_err(),
            };
            if let Core::Running(driver, _) = &*core
                && is_over
            {
                let _set_once = driver.ended().map(|error| self.ended.set(error.clone()));
            }
            // Dropped when nobody holds the core: what it still owes is paid by that, outside.
            let last = is_over.then(|| std::mem::replace(&mut *core, Core::Over));
            let want = want(now, &core);
            let work = want.work;
            lock(&self.seat).publish(want);
            drop(core);
            self.take_effects(first);
            drop(last);
            drained &= stepped.unwrap_or_else(|payload| {
                self.runtime.report_panic("an association", payload.as_ref());
                true
            });
            if is_over && !was_over {
                // Behind all that still happens, which may be with another thread.
                self.effect(Effect::Over);
                let first = lock(&self.effects).begin();
                self.take_effects(first);
            }
            // Whoever found the core taken counts on its letter being read now, also where all is over.
            if lock(&self.mailbox).is_empty() {
                return Turned { drained: drained || is_over, work, over: is_over };
            }
            ready = Interest::default();
            core = lock(&self.core);
        }
    }

    fn step(
        &self,
        now: Instant,
        core: &mut Core,
        letters: Vec<Letter>,
        ready: Interest,
        verbosity: Verbosity,
    ) -> bool {
        match core {
            Core::Over => {
                for letter in letters {
                    self.refuse(letter);
                }
                true
            }
            Core::Dialing(_) => {
                self.dial(now, core, letters, ready, verbosity);
                true
            }
            Core::Running(driver, _) => {
                let buffer = ready.read.then(Buffer::take);
                let drain = letters.iter().any(|letter| matches!(letter, Letter::Drain));
                let orders = letters.into_iter().filter_map(|letter| match letter {
                    Letter::Order(order) => Some(order),
                    Letter::Resolved(_) | Letter::Drain => None,
                });
                let drained = driver.step(now, orders, buffer, verbosity);
                if drain {
                    driver.drain(now);
                }
                drained
            }
        }
    }

    /// The association is not there yet: resolve, connect, and begin.
    fn dial(
        &self,
        now: Instant,
        core: &mut Core,
        letters: Vec<Letter>,
        ready: Interest,
        verbosity: Verbosity,
    ) {
        let Core::Dialing(dialing) = core else { return };
        let mut progress = None;
        for letter in letters {
            match letter {
                Letter::Resolved(answer) => {
                    if let Err(error) = dialing.dial.resolved(answer) {
                        progress = Some(Progress::Failed(error));
                    }
                }
                Letter::Order(Order::Abort | Order::End | Order::Cancel(_)) | Letter::Drain => {
                    let error = Error::new(dialing.dial.phase(), Cause::Cancelled);
                    progress = Some(Progress::Failed(error));
                }
                letter @ Letter::Order(_) => self.refuse(letter),
            }
        }
        match progress.unwrap_or_else(|| dialing.dial.step(now, ready.write)) {
            Progress::Waiting => {}
            Progress::Failed(error) => {
                let error = error.with_peer(dialing.options.peer_name());
                if verbosity.phases {
                    let text = error.to_string();
                    self.effect(Effect::Note(Note { kind: NoteKind::Phase, message_id: None, text }));
                }
                let dialing = std::mem::replace(core, Core::Over);
                if let Core::Dialing(dialing) = dialing {
                    self.effect(Effect::Complete(dialing.operation, Outcome::new(Err(error))));
                }
            }
            Progress::Connected(socket, address) => {
                let Core::Dialing(dialing) = std::mem::replace(core, Core::Over) else { return };
                let Dialing { options, operation, .. } = *dialing;
                let peer_name = options.peer_name();
                let OpenOptions { request, timeouts, .. } = options;
                let setup = Setup {
                    association: self.id,
                    timeouts,
                    provider: None,
                    local: socket.local_addr().unwrap_or(address),
                    peer: address,
                    called: Some(peer_name),
                    counters: self.counters.clone(),
                    backlog: self.strand.backlog().clone(),
                };
                if verbosity.phases {
                    let text = format!(
                        "connected to {address}, associating as {} with {}",
                        request.calling, request.called
                    );
                    self.effect(Effect::Note(Note { kind: NoteKind::Phase, message_id: None, text }));
                }
                let io = SocketIo::new(socket.clone());
                let mut driver = Box::new(Driver::requestor(now, io, setup, request, operation));
                driver.step(now, [], None, verbosity);
                *core = Core::Running(driver, socket);
            }
        }
    }

    /// A letter that came when everything was over.
    fn refuse(&self, letter: Letter) {
        let (operation, exchange) = match letter {
            Letter::Order(Order::Start(Call { operation, exchange })) => (operation, Some(exchange)),
            Letter::Order(Order::Release(operation)) => (operation, None),
            Letter::Order(Order::Worked(worked)) => return self.effect(Effect::LetGo(Box::new(worked))),
            Letter::Order(Order::Route(_, sink)) => return self.effect(Effect::LetGo(Box::new(sink))),
            Letter::Order(_) | Letter::Resolved(_) | Letter::Drain => return,
        };
        let so_far = exchange.as_ref().map_or_else(SoFar::default, |exchange| exchange.so_far());
        let ended = || Error::state("the association has ended; open a new one");
        let error = self.ended.get().cloned().unwrap_or_else(ended);
        let error = match self.facts() {
            Some(facts) => error.with_peer(facts.peer.to_string()),
            None => error,
        };
        self.effect(Effect::Complete(operation, so_far.outcome(error)));
        if let Some(exchange) = exchange {
            self.effect(Effect::LetGo(Box::new(exchange)));
        }
    }

    fn effect(&self, effect: Effect) {
        lock(&self.effects).waiting.push_back(effect);
    }

    /// Lets happen what is to happen, in order, beginning with what [`Effects::begin`] gave: nothing where another
    /// thread is at it, which then does this too.
    fn take_effects(&self, first: VecDeque<Effect>) {
        let mut is_news = false;
        let mut next = first;
        while !next.is_empty() {
            for effect in next {
                is_news |= matches!(effect, Effect::Complete(..) | Effect::Tell(..));
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.happen(effect))) {
                    self.runtime.report_panic("an association", payload.as_ref());
                }
            }
            next = lock(&self.effects).go_on();
        }
        if is_news {
            // The thread in the seat may wait for just this operation, and tell its caller how far it is.
            lock(&self.seat).wake_sleeping_thread();
        }
    }

    fn happen(&self, effect: Effect) {
        match effect {
            Effect::Established(facts, operation) => {
                let _set_once = self.facts.set(facts);
                if let (Some(operation), Some(association)) = (operation, self.this.upgrade()) {
                    operation.set_product(Arc::new(Owned(association)));
                }
            }
            Effect::Complete(operation, outcome) => {
                operation.complete(outcome);
            }
            Effect::Ask(asked) => {
                if let (Some(provider), Some(association)) = (self.provider(), self.this.upgrade()) {
                    provider.ask(AssociationRequest::new(association, asked));
                }
            }
            Effect::Tell(operation, event) => operation.emit(event),
            Effect::Hand(handed, context, command, received) => {
                if let (Some(provider), Some(association)) = (self.provider(), self.this.upgrade()) {
                    provider.hand(Request::new(association, handed, context, command, received));
                }
            }
            Effect::Reached(milestone) => {
                if let Some(provider) = self.provider() {
                    provider.reached(self.id, milestone);
                }
            }
            Effect::LetGo(what) => self.runtime.let_go(what),
            Effect::Note(note) => self.log(&note),
            Effect::Over => self.finish(),
        }
    }

    fn log(&self, note: &Note) {
        let (association, message_id, text) = (self.id, note.message_id, note.text.as_str());
        match note.kind {
            NoteKind::Phase => {
                tracing::info!(target: "dimse::association", association, message_id, "{text}");
            }
            NoteKind::Wire => {
                tracing::debug!(target: "dimse::wire", association, message_id, "{text}");
            }
            NoteKind::Fault => {
                tracing::warn!(target: "dimse::association", association, message_id, "{text}");
            }
        }
    }

    fn finish(&self) {
        lock(&self.seat).over();
        let provider = lock(&self.provider).take();
        if let Some(provider) = provider {
            provider.ended(self.id);
        }
    }

    fn provider(&self) -> Option<Arc<dyn Provider>> {
        lock(&self.provider).clone()
    }

    pub(super) fn seat(&self) -> MutexGuard<'_, Seat> {
        lock(&self.seat)
    }

    /// Sees to it that somebody waits for what there is to wait for now: called by everybody who took a turn without
    /// sitting here, a task on its way out too.
    pub(super) fn attend(&self) {
        let duty = lock(&self.seat).attend();
        self.see_to(&duty);
    }

    pub(super) fn see_to(&self, duty: &Duty) {
        if *duty == Duty::Spawn {
            self.go_cold();
        }
    }

    /// The thread in the seat does something that may block: where that takes long, a task stands in for it.
    pub(super) fn leave_for_work(&self) {
        lock(&self.seat).leave_for_work(Instant::now());
        self.be_tended();
    }

    fn be_tended(&self) {
        if !self.tended.swap(true, Ordering::AcqRel) {
            self.runtime.tend(self.this.clone());
        }
    }

    /// A hot thread has got up: a task takes the seat at once, since nobody comes back for it.
    pub(super) fn stand_up(&self) {
        lock(&self.seat).stand(Instant::now());
        self.go_cold();
    }

    /// The thread of a blocking call has got up: the seat is looked after soon, not now.
    pub(super) fn stand(&self) {
        let duty = lock(&self.seat).stand(Instant::now());
        self.see_to(&duty);
        if duty == Duty::Nothing {
            self.be_tended();
        }
    }
}

/// How long a seat stays empty before a task takes it: blocking calls in a row find it empty.
const EMPTY_AT_MOST: Duration = Duration::from_millis(5);

impl Drop for Association {
    /// However it goes, a panic or a runtime that drops its tasks included: the provider does not count it for ever.
    fn drop(&mut self) {
        let provider = lock(&self.provider).take();
        if let Some(provider) = provider {
            provider.ended(self.id);
        }
    }
}

impl Tended for Association {
    fn tend(&self, now: Instant) -> bool {
        let seat = lock(&self.seat);
        let empty_for = seat.empty_since().map(|since| now.saturating_duration_since(since));
        let due = empty_for.is_some_and(|time| time >= EMPTY_AT_MOST);
        // Where somebody sits there is nothing to look after before they get up.
        let done = due || empty_for.is_none();
        if done {
            // Under the seat's lock: who gets up after this finds it unset.
            self.tended.store(false, Ordering::Release);
        }
        drop(seat);
        if due {
            self.go_cold();
        }
        !done
    }
}

impl Producer for Association {
    fn there_is_room(&self) {
        self.rouse();
    }
}

impl Ends for Association {
    fn end(&self, graceful_until: Option<Instant>) {
        self.post(if graceful_until.is_some() { Letter::Drain } else { Letter::Order(Order::End) });
    }

    fn is_ended(&self) -> bool {
        self.is_over()
    }
}

/// An association that somebody owns: when nobody does any more, it is aborted.
pub struct Owned(Arc<Association>);

impl Owned {
    /// The association.
    #[must_use]
    pub fn association(&self) -> &Arc<Association> {
        &self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.order_later(Order::Abort);
    }
}

fn want(now: Instant, core: &Core) -> Want {
    match core {
        Core::Over => Want { over: true, ..Want::default() },
        Core::Dialing(dialing) => Want {
            socket: dialing.dial.socket().cloned(),
            interest: Interest { read: false, write: dialing.dial.socket().is_some() },
            deadline: dialing.dial.deadline(),
            work: false,
            quiet: false,
            over: false,
        },
        Core::Running(driver, socket) => Want {
            socket: Some(socket.clone()),
            interest: driver.interest(),
            deadline: driver.deadline(),
            work: driver.has_work(now),
            quiet: driver.is_quiet(),
            over: false,
        },
    }
}

fn verbosity() -> Verbosity {
    Verbosity {
        phases: tracing::enabled!(target: "dimse::association", tracing::Level::INFO),
        wire: tracing::enabled!(target: "dimse::wire", tracing::Level::DEBUG),
    }
}

/// A lock whose holder panicked still guards whole values here: every step leaves them so.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
