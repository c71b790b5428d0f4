//! The driver between a peer, an owner, files and a clock that do what they like. An input: how the world is, then what
//! happens in it. Compiled as a module of `net::driver` where `cfg(fuzzing)` holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_imports,
    clippy::missing_panics_doc,
    reason = "as in the tests: a finding is a panic, and all of the driver is meant"
)]

#[path = "driver/exchanges.rs"]
mod exchanges;
#[path = "driver/line.rs"]
mod line;
#[path = "driver/peer.rs"]
mod peer;
#[allow(dead_code, reason = "the instructions here have no rest")]
mod script;
#[path = "driver/sinks.rs"]
mod sinks;

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use self::exchanges::{Echo, Ledger, List, ODD, THREE};
use self::line::{End, Line};
use self::peer::*;
use self::script::Script;
use self::sinks::{ASK, FULL, Fake, KEEP, Office, Record, Stage, Sunk, UNDECIDED, is_stored};
use super::clock::Hold;
use super::*;
use crate::dimse::status::Status;
use crate::net::data::Head;
use crate::net::exchange::{Exchange, Rest};
use crate::net::operation::Delivery;
use crate::net::work::Work;
use crate::runtime::Runtime;
use crate::runtime::strand::Strand;
use crate::types::Uid;
use crate::wire::pdu::AssociateAc;

/// Every operation ends once, every wait ends by itself, what leaves is what PS3.8 lets us say, and what is stored is what
/// came.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let mut world = World::new(script.number(), script.number());
    while let Some(what) = script.byte() {
        world.happens(what, &mut script);
        world.settle();
    }
    world.end();
}

/// Whole lives of an association on both sides, in different worlds.
#[must_use]
#[allow(clippy::too_many_lines, reason = "a list")]
pub fn seeds() -> Vec<Vec<u8>> {
    let user: &[&[u8]] = &[
        &[SAYS, ACCEPTS, 0],
        &[START],
        &[START],
        &[SAYS, ECHO_RSP, 1],
        &[CANCEL, 2],
        &[SAYS, ECHO_RSP, 2],
        &[SAYS, ECHO_RQ, 9],
        &[RELEASE],
        &[SAYS, RELEASE_RP, 0],
    ];
    let sender: &[&[u8]] = &[
        &[SAYS, ACCEPTS, 0],
        &[&[SENDS], THREE].concat(),
        &[&[SENDS], ODD].concat(),
        &[TAKES, BRINGS, 0],
        &[TAKES, ROOM, 40, BRINGS, 0],
        &[ROOM, 255, SAYS, STORED, 1, TAKES, BRINGS, 0, TAKES, BRINGS, 0],
        &[SAYS, STORED, 2, TAKES, PASS, 9, BRINGS, 0],
        &[SAYS, STORED, 3, TAKES, START, BRINGS, 0],
        &[SAYS, REFUSED, 4, DEADLINE, TAKES, BRINGS, 0, SAYS, STORED, 5],
        &[RELEASE],
    ];
    let provider: &[&[u8]] = &[
        &[SAYS, ASKS, 0],
        &[ADMIT, 0],
        &[SAYS, ECHO_RQ, 1],
        &[SAYS, ECHO_RQ, 2],
        &[SAYS, CANCEL_RQ, 2],
        &[SAYS, STORE_RQ, 3],
        &[RESPOND, 0, 0],
        &[RESPOND, 0, 0],
        &[START],
        &[SAYS, RELEASE_RQ, 0],
        &[CLOSES],
    ];
    let receiver: &[&[u8]] = &[
        &[SAYS, ASKS, 2],
        &[ADMIT, 0],
        &[STORES, KEEP, 7, 10, 33],
        &[TAKES, BRINGS, 0, TAKES, BRINGS, 0],
        &[STORES, ASK, 8, 2, 50],
        &[TAKES, BRINGS, 0, TAKES, BRINGS, 0],
        &[RESPOND, 0, 1, TAKES, PASS, 40, BRINGS, 0],
        &[STORES, ASK | (6 << 2), 9, 3, 11],
        &[TAKES, STORES, KEEP | (2 << 2), 10, 9, 4, BRINGS, 0],
        &[RESPOND, 0, 0, TAKES, BRINGS, 0, TAKES, BRINGS, 0],
        &[SAYS, RELEASE_RQ, 0],
    ];
    let decider: &[&[u8]] = &[
        &[SAYS, ASKS, 2],
        &[ADMIT, 0],
        &[STORES, KEEP | FULL, 7, 60, 33],
        &[TAKES, CALLS, BRINGS, 0, CALLS, TAKES, BRINGS, 0, CALLS, CALLS],
        &[STORES, KEEP | UNDECIDED, 8, 50, 50],
        &[TAKES, BRINGS, 0, TAKES, BRINGS, 0],
        &[ROUTES, 0, 0, TAKES, BRINGS, 0, TAKES, BRINGS, 0],
        &[STORES, ASK | UNDECIDED, 9, 70, 0x80 | 0x28],
        &[TAKES, BRINGS, 0, TAKES, BRINGS, 0],
        &[ROUTES, 0, FULL, TAKES, BRINGS, 0, CALLS, TAKES, BRINGS, 0, CALLS, TAKES, BRINGS, 0],
        &[CALLS, TAKES, BRINGS, 0, CALLS, TAKES, BRINGS, 0, RESPOND, 0, 0, TAKES, BRINGS, 0],
        &[STORES, KEEP | UNDECIDED, 10, 90, 20],
        &[TAKES, BRINGS, 0, TAKES, BRINGS, 0],
        &[RESPOND, 0, 2, TAKES, BRINGS, 0],
        &[SAYS, RELEASE_RQ, 0],
    ];
    let endings: &[&[u8]] = &[
        &[],
        &[SAYS, ABORTS, 0],
        &[TAKES, ABORT, BRINGS, 0],
        &[ABORT, ROOM, 255],
        &[BREAKS, 0],
        &[BYTES, 4, 4, 0, 0, 0, DEADLINE],
        &[ROOM, 3, START, DEADLINE, RELEASE, DRAIN, DEADLINE],
        &[SAYS, HUGE, 1, PASS, 31, END],
        &[TAKES, LOSES, 0],
        &[
            STORES,
            UNDECIDED | ENDLESS,
            11,
            90,
            50,
            TAKES,
            BRINGS,
            0,
            ROUTES,
            0,
            FULL,
            TAKES,
            BRINGS,
            0,
            CALLS,
        ],
    ];
    let mut seeds = Vec::new();
    for (life, worlds) in [
        (user, [[0, 0], [0x10, OFFICE], [0x40, 0]]),
        (sender, [[0, 0], [LATE | 0x10, OFFICE | 3], [LATE | LEFT_ALONE | 0x30, 2]]),
        (provider, [[PROVIDER, 0], [PROVIDER | ASKING | HANDLING, 0], [0xFF, 0]]),
        (receiver, [[PROVIDER, 0], [PROVIDER | ASKING | LATE | 0x20, 8], [PROVIDER | LATE | LEFT_ALONE, 16]]),
        (decider, [[PROVIDER, 8], [PROVIDER | LATE | 0x20, 8 | REST], [PROVIDER | LATE | LEFT_ALONE, 16]]),
    ] {
        for world in worlds {
            for length in 0..=life.len() {
                for ending in endings {
                    seeds.push([&world, &life[..length].concat()[..], ending].concat());
                }
            }
        }
    }
    seeds
}

// ---- the bits of a world ----------------------------------------------------------------------------------------------

const PROVIDER: u8 = 1;
const ASKING: u8 = 2;
const HANDLING: u8 = 4;
/// The log is read.
const LOGGED: u8 = 8;
/// Two bits: the window; 3 stands for no limit.
const WINDOW: u8 = 0x30;
/// At the end nobody ends it: it is left alone.
const LEFT_ALONE: u8 = 0x40;
/// What may block is done when it is said.
const LATE: u8 = 0x80;

// ---- and of its second byte, in which the lowest two choose the longest PDU that the peer takes -----------------------

/// A user provides something too.
const OFFICE: u8 = 4;
/// Two bits: how long the buffers are.
const BUFFERS: u8 = 0x18;
/// The rest of what is refused is not waited for.
const REST: u8 = 0x20;

// ---- what happens -----------------------------------------------------------------------------------------------------

const BYTES: u8 = 0;
const SAYS: u8 = 1;
const CLOSES: u8 = 2;
const BREAKS: u8 = 3;
const ROOM: u8 = 4;
const CHUNK: u8 = 5;
const PASS: u8 = 6;
const DEADLINE: u8 = 7;
const START: u8 = 8;
const CANCEL: u8 = 9;
const RELEASE: u8 = 10;
const ABORT: u8 = 11;
const END: u8 = 12;
const ADMIT: u8 = 13;
const RESPOND: u8 = 14;
const DRAIN: u8 = 15;
const STORES: u8 = 16;
const SENDS: u8 = 17;
const TAKES: u8 = 18;
const BRINGS: u8 = 19;
const LOSES: u8 = 20;
const CALLS: u8 = 21;
const ROUTES: u8 = 22;
const EVENTS: u8 = 23;

/// No deadline is further away than the longest limit.
const LONGEST: Duration = Duration::from_secs(300);

/// Steps in a row in which nothing moves.
const IDLE_STEPS: usize = 50;

/// A request that somebody has to answer, and the number of its sink; its front, where they decide by that.
struct Asked {
    handed: Handed,
    command: Box<CommandSet>,
    sink: Option<usize>,
    head: Option<Arc<Head>>,
}

impl Asked {
    /// Nobody waits for what the handler says any more.
    fn is_over(&self) -> bool {
        self.handed.standing.is_cancelled()
    }
}

struct World {
    kind: u8,
    more: u8,
    now: Instant,
    runtime: Runtime,
    strand: Arc<Strand>,
    driver: Driver<End>,
    line: Rc<RefCell<Line>>,
    ledger: Arc<Ledger>,
    sunk: Sunk,
    operations: Vec<Arc<Operation>>,
    asked: Vec<Asked>,
    ever_handed: Vec<Handed>,
    proposal: Option<Box<AssociateAc>>,
    /// What somebody does meanwhile.
    out: Vec<Work>,
    /// Work that was done, but for reading, and operations that have ended.
    done: usize,
    /// Instances of the peer's.
    instances: usize,
    /// Our responses that have left.
    responses: usize,
    facts: Option<Arc<Facts>>,
}

impl World {
    fn new(kind: u8, more: u8) -> Self {
        let now = Instant::now();
        let runtime = Runtime::default_runtime().unwrap();
        let strand = Strand::new(&runtime);
        let (ledger, sunk) = (Arc::<Ledger>::default(), Sunk::default());
        let line = Rc::new(RefCell::new(Line::new(ledger.clone())));
        let address: SocketAddr = "192.0.2.1:104".parse().unwrap();
        let is_provider = kind & PROVIDER != 0;
        let office: Arc<dyn Provider> =
            Arc::new(Office { kind, rest: rest(more), sunk: sunk.clone(), requests: Mutex::default() });
        let setup = Setup {
            association: 1,
            timeouts: if is_provider { Timeouts::for_provider() } else { Timeouts::for_user() },
            provider: (is_provider || more & OFFICE != 0).then_some(office),
            local: address,
            peer: address,
            called: None,
            counters: Arc::default(),
            backlog: strand.backlog().clone(),
        };
        let mut operations = Vec::new();
        let end = End(line.clone());
        let driver = if is_provider {
            Driver::acceptor(now, end, setup)
        } else {
            let opening = Operation::new(&runtime, strand.clone(), Delivery::Pull);
            operations.push(opening.clone());
            Driver::requestor(now, end, setup, request(window(kind), longest(more)), opening.promise())
        };
        let mut world = Self {
            kind,
            more,
            now,
            runtime,
            strand,
            driver,
            line,
            ledger,
            sunk,
            operations,
            asked: Vec::new(),
            ever_handed: Vec::new(),
            proposal: None,
            out: Vec::new(),
            done: 0,
            instances: 0,
            responses: 0,
            facts: None,
        };
        world.settle();
        world
    }

    fn happens(&mut self, what: u8, script: &mut Script<'_>) {
        match what % EVENTS {
            BYTES => self.line.borrow_mut().arrives(script.counted()),
            SAYS => {
                let (sentence, number) = (script.number(), script.number());
                self.line.borrow_mut().arrives(&said(sentence, number, longest(self.more)));
            }
            STORES => {
                let (fate, id) = (script.number(), script.number());
                let (length, fragment) = (script.number(), script.number());
                let bytes = instance(self.instances, fate, id, length, fragment);
                self.instances += 1;
                self.line.borrow_mut().arrives(&bytes);
            }
            CLOSES => self.line.borrow_mut().peer_closed = true,
            BREAKS => {
                let kinds =
                    [io::ErrorKind::ConnectionReset, io::ErrorKind::TimedOut, io::ErrorKind::BrokenPipe];
                self.line.borrow_mut().broken = Some(kinds[usize::from(script.number()) % kinds.len()]);
            }
            ROOM => self.line.borrow_mut().room = Some(script.number().into()).filter(|room| *room != 255),
            CHUNK => self.line.borrow_mut().chunk = 1 + usize::from(script.number()),
            PASS => self.now += Duration::from_secs(script.number().into()),
            DEADLINE => self.now = self.driver.deadline().unwrap_or(self.now),
            START => self.start(Box::new(Echo)),
            SENDS => self.start(Box::new(List::new(script, &self.ledger))),
            CANCEL => {
                let index = usize::from(script.number());
                if let Some(operation) = self.operations.get(index).cloned() {
                    operation.cancel();
                    self.order(Order::Cancel(operation));
                }
            }
            RELEASE => {
                let operation = self.operation();
                self.order(Order::Release(operation.promise()));
            }
            ABORT => self.order(Order::Abort),
            END => self.order(Order::End),
            ADMIT => {
                let refused = script.number() % 2 == 1;
                if let Some(proposal) = self.proposal.take() {
                    let admission = if refused {
                        Admission::Refuse(Rejection::NO_REASON, "by the handler")
                    } else {
                        Admission::Accept(proposal)
                    };
                    self.order(Order::Admit(admission));
                }
            }
            RESPOND => {
                let (index, status) = (usize::from(script.number()), script.number());
                self.respond(index, status);
            }
            TAKES => {
                let work = self.work();
                self.out.extend(work);
            }
            BRINGS => self.bring(script.number().into(), Work::run),
            LOSES => self.bring(script.number().into(), |_| Worked::Broken("a defect".to_owned())),
            CALLS => self.call_on_sinks(),
            ROUTES => {
                let (index, fate) = (usize::from(script.number()), script.number());
                self.route(index, fate);
            }
            _ => {
                self.driver.drain(self.now);
                self.effects();
            }
        }
    }

    fn start(&mut self, exchange: Box<dyn Exchange>) {
        let operation = self.operation();
        self.order(Order::Start(Call { operation: operation.promise(), exchange }));
    }

    fn operation(&mut self) -> Arc<Operation> {
        let operation = Operation::new(&self.runtime, self.strand.clone(), Delivery::Pull);
        self.operations.push(operation.clone());
        operation
    }

    fn order(&mut self, order: Order) {
        self.driver.step(self.now, [order], None, self.verbosity());
        self.effects();
        assert!(!self.driver.may_resume(), "it stops before what was held back");
    }

    fn respond(&mut self, index: usize, status: u8) {
        if index < self.asked.len() {
            let Asked { handed, command, sink, head } = self.asked.remove(index);
            let statuses = [Status::SUCCESS, Status::COERCION, Status::OUT_OF_RESOURCES, Status::CANCEL];
            let mut status = statuses[usize::from(status) % statuses.len()];
            if head.is_some() && is_stored(status) {
                // Which nobody can say of what was not taken.
                status = Status::OUT_OF_RESOURCES;
            }
            let mut request = None;
            if let Some(sink) = sink {
                let record = &mut self.sunk.lock().unwrap()[sink];
                record.decision = Some(status);
                if head.is_some() {
                    record.stage = Stage::Gone;
                    request = Some(record.request);
                }
            }
            let was_over = self.driver.ended.is_some();
            let response = CommandSet::response_to(&command, status);
            self.order(Order::Respond(handed.ticket, Box::new(response)));
            if let Some(request) = request.filter(|_| !was_over) {
                let is_over = self.driver.ended.is_some();
                let is_complete = self.line.borrow().heard.requests[request].is_complete;
                let aborts = rest(self.more) == Rest::Abort;
                assert!(is_complete || is_over == aborts, "the rest: {:?}", rest(self.more));
            }
        }
    }

    /// Somebody says where an instance goes of which the front is there.
    fn route(&mut self, index: usize, fate: u8) {
        if self.asked.get(index).is_some_and(|asked| asked.head.is_some()) {
            let Asked { handed, sink, head, .. } = self.asked.remove(index);
            let chosen = Fake::chosen(sink.unwrap(), fate, head.unwrap(), &self.sunk);
            self.order(Order::Route(handed.ticket, Box::new(chosen)));
        }
    }

    fn call_on_sinks(&mut self) {
        self.sunk.lock().unwrap().iter_mut().for_each(Record::is_called_on);
        self.order(Order::CallOnSink);
    }

    fn work(&mut self) -> Option<Work> {
        let work = self.driver.work(self.now)?;
        if matches!(work, Work::Take { .. }) {
            let mut sunk = self.sunk.lock().unwrap();
            let taking = sunk.iter_mut().filter(|record| record.stage == Stage::Taking);
            taking.for_each(Record::goes_to_work);
        }
        Some(work)
    }

    fn bring(&mut self, index: usize, run: impl FnOnce(Work) -> Worked) {
        if index < self.out.len() {
            let work = self.out.remove(index);
            self.do_work(work, run);
        }
    }

    fn do_work(&mut self, work: Work, run: impl FnOnce(Work) -> Worked) {
        self.done += usize::from(!matches!(work, Work::Feed(_)));
        let worked = run(work);
        self.order(Order::Worked(worked));
    }

    fn buffer(&self) -> Buffer {
        match self.more & BUFFERS {
            0 => Buffer::take(),
            0x08 => Buffer::from(vec![0; 64]),
            0x10 => Buffer::from(vec![0; 7]),
            _ => Buffer::from(vec![0; 4096]),
        }
    }

    /// How much has happened.
    fn moved(&self) -> usize {
        self.line.borrow().moved + self.ledger.read.load(Ordering::Relaxed) + self.done
    }

    /// Lets the one in the seat do what there is to do: afterwards there is nothing but to wait.
    fn settle(&mut self) {
        let (mut moved, mut idle) = (self.moved(), 0);
        loop {
            let drained = self.driver.step(self.now, [], Some(self.buffer()), self.verbosity());
            self.effects();
            if self.driver.is_closed() {
                return;
            }
            assert!(!drained || self.line.borrow().arrived.is_empty(), "something is left, and nobody looks");
            assert!(!self.driver.may_resume(), "it stops before what was held back");
            let has_work = self.driver.has_work(self.now);
            if has_work && self.kind & LATE == 0 {
                let work = self.work().expect("it said that there is something to do");
                self.do_work(work, Work::run);
            } else {
                let is_due = self.driver.deadline().is_some_and(|deadline| deadline <= self.now);
                if !is_due && (drained || !self.driver.interest().read) {
                    break;
                }
            }
            idle = if self.moved() == moved { idle + 1 } else { 0 };
            moved = self.moved();
            assert!(idle < IDLE_STEPS, "it never comes to rest");
        }
        self.check_wait();
        self.check_said();
        self.check_sinks();
    }

    /// What it waits for comes in bounded time.
    fn check_wait(&self) {
        let driver = &self.driver;
        let interest = driver.interest();
        if interest.write {
            assert_eq!(self.line.borrow().room, Some(0), "there is room, and it does not write");
        }
        let deadline = driver.deadline();
        assert!(
            deadline.is_none_or(|deadline| deadline <= self.now + LONGEST),
            "a wait of more than {LONGEST:?}"
        );
        // Something of our own that is brought back, a handler that answers, or a sink that is full.
        let is_at_work = !self.out.is_empty() || driver.has_work(self.now);
        let is_ours = is_at_work || !driver.handed.is_empty() || self.is_full();
        assert!(interest.read || interest.write || is_ours, "it reads nothing, for nothing");
        let is_undecided = self.asked.iter().any(|asked| asked.head.is_some() && !asked.is_over());
        let is_established = self.is_established();
        let nobody_takes = is_established && self.sunk.lock().unwrap().iter().any(Record::holds_reading);
        assert!(!interest.read || !(nobody_takes || is_undecided), "it reads what nobody takes");
        let has_stalled = driver.outbox.data().is_some() && !interest.write && !is_at_work;
        assert!(!has_stalled, "a data set that nobody reads");
        let is_midway = driver.inbound.is_midway() && interest.read;
        let is_idle_provider = driver.is_quiet() && self.kind & PROVIDER != 0;
        let waits_for_answer = driver.calls.phase() == Some(Phase::Reply);
        let waits_for_turn = !driver.calls.is_empty() && driver.calls.phase().is_none();
        let waits_for_nothing = waits_for_turn && !is_ours && !driver.release_asked;
        // What the peer owes us stands still meanwhile.
        let hold = driver.reading_hold();
        let is_held = matches!(hold, Some(Hold::Ours | Hold::Programs));
        if !is_established
            || hold == Some(Hold::Programs)
            || (interest.write && !is_held)
            || is_midway
            || is_idle_provider
            || (waits_for_answer && !is_held)
            || waits_for_nothing
        {
            assert!(deadline.is_some(), "it waits without end in {:?}", driver.machine.state());
        }
    }

    fn is_established(&self) -> bool {
        self.driver.negotiated.is_some() && self.driver.ended.is_none()
    }

    /// Whether a sink waits to be called on.
    fn is_full(&self) -> bool {
        self.is_established() && self.sunk.lock().unwrap().iter().any(Record::waits_for_call)
    }

    /// What has left is what was agreed, and says what became of each instance.
    fn check_said(&mut self) {
        let said = &mut self.line.borrow_mut().said;
        if let Some(facts) = &self.facts {
            let (longest, window) = (&facts.negotiated.peer_max_pdu_length, facts.negotiated.window.invoked);
            assert!(longest.get() == 0 || said.longest <= longest.get(), "a PDU of {} bytes", said.longest);
            assert!(window == 0 || said.most_open <= window.into(), "{} at once", said.most_open);
        }
        let mut sunk = self.sunk.lock().unwrap();
        for response in said.responses.drain(..) {
            self.responses += 1;
            let is_it = |instance: &Uid| response.affected_sop_instance.as_ref() == Some(instance);
            let of_it = sunk.iter_mut().find(|record| record.instance.as_ref().is_some_and(is_it));
            if let Some(record) = of_it {
                assert!(record.answered.is_none(), "answered twice");
                record.answered = response.status;
                let is_kept = record.stage == Stage::Kept;
                assert_eq!(is_kept, response.status.is_some_and(is_stored), "{:?}", record.stage);
            }
        }
    }

    /// Every sink has what came, and no more.
    fn check_sinks(&self) {
        let requests = &self.line.borrow().heard.requests;
        for record in &*self.sunk.lock().unwrap() {
            let came = &requests[record.request];
            assert!(came.data_set.starts_with(&record.bytes), "other bytes than came");
            if matches!(record.stage, Stage::Finished | Stage::Kept) {
                assert!(came.is_complete && came.data_set.len() == record.bytes.len(), "it is not complete");
            }
            let is_kept = record.stage == Stage::Kept;
            assert!(
                record.answered.is_none_or(|status| is_stored(status) == is_kept),
                "it was said otherwise"
            );
        }
    }

    fn effects(&mut self) {
        for effect in self.driver.effects() {
            match effect {
                Effect::Complete(operation, outcome) => {
                    assert!(operation.complete(outcome), "an operation ends twice");
                    self.done += 1;
                }
                Effect::Hand(handed, _, command, received) => {
                    let head = received.as_ref().and_then(|received| received.head.clone());
                    let sink = received.map(|received| {
                        if let Some(head) = &head {
                            return self.undecided(&command, head, received.bytes);
                        }
                        let number: usize =
                            received.paths.unwrap().finished.to_str().unwrap().parse().unwrap();
                        let record = &self.sunk.lock().unwrap()[number];
                        // Or nobody waits for what the handler says any more.
                        let is_over = handed.standing.is_cancelled();
                        assert!(record.stage == Stage::Finished || is_over, "a handler has it");
                        assert_eq!(received.bytes, count(record.bytes.len()));
                        number
                    });
                    self.ever_handed.push(handed.clone());
                    self.asked.push(Asked { handed, command, sink, head });
                }
                Effect::Tell(operation, _) => assert!(!operation.is_complete(), "news of what is over"),
                Effect::Ask(asked) => self.proposal = Some(asked.proposal),
                Effect::Note(note) => assert!(!note.text.is_empty()),
                Effect::Established(facts, _) => self.facts = Some(facts),
                Effect::Reached(_) | Effect::LetGo(_) | Effect::Over => {}
            }
        }
    }

    /// The number of the sink that has told its front, which is what has come.
    fn undecided(&self, command: &CommandSet, head: &Head, bytes: u64) -> usize {
        let sunk = self.sunk.lock().unwrap();
        let is_it = |record: &Record| record.instance == command.affected_sop_instance;
        let number = sunk.iter().rposition(is_it).expect("nobody has told a front");
        assert_eq!(sunk[number].stage, Stage::Undecided, "told, and not asked");
        assert_eq!((&head.arrived, bytes), (&sunk[number].bytes, count(head.arrived.len())));
        number
    }

    fn verbosity(&self) -> Verbosity {
        let logged = self.kind & LOGGED != 0;
        Verbosity { phases: logged, wire: logged }
    }

    /// Left alone, what a peer owes us ends by its deadline; ended, everything does, and soon.
    fn end(mut self) {
        let is_left_alone = self.kind & LEFT_ALONE != 0;
        self.kind &= !LATE;
        if !is_left_alone {
            self.order(Order::End);
        }
        for _ in 0..200 {
            self.settle();
            while !self.out.is_empty() {
                self.bring(0, Work::run);
                self.settle();
            }
            while is_left_alone && (self.is_full() || !self.asked.is_empty()) {
                if self.is_full() {
                    self.call_on_sinks();
                } else if self.asked[0].head.is_some() {
                    self.route(0, KEEP);
                } else {
                    self.respond(0, 0);
                }
                self.settle();
            }
            match self.driver.deadline() {
                Some(deadline) if !self.driver.is_closed() => self.now = deadline,
                _ => break,
            }
        }
        self.check_said();
        self.check_sinks();
        let is_closed = self.driver.is_closed();
        assert!(is_closed || self.driver.is_quiet(), "it neither ends nor comes to rest");
        assert!(is_closed || is_left_alone, "it was ended, and goes on");
        for (number, operation) in self.operations.iter().enumerate() {
            assert!(operation.is_complete(), "operation {number} never ends");
        }
        if is_closed {
            assert!(self.asked.iter().all(Asked::is_over), "a handler works for nobody");
        } else {
            assert_eq!(self.responses, self.line.borrow().heard.requests.len(), "something has no answer");
        }
        let Self { driver, sunk, .. } = self;
        drop(driver);
        for record in &*sunk.lock().unwrap() {
            // A front of which the association is over needs no decision.
            let is_over = record.stage == Stage::Undecided && is_closed;
            let is_gone = is_over || matches!(record.stage, Stage::Kept | Stage::Gone);
            assert!(is_gone, "a sink is left: {:?}", record.stage);
        }
    }
}

fn rest(more: u8) -> Rest {
    if more & REST == 0 { Rest::Discard } else { Rest::Abort }
}
