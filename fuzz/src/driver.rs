//! The driver between a peer, an owner and a clock that do what they like. An input: how the world is, then what happens
//! in it. Compiled as a module of `net::driver` where `cfg(fuzzing)` holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_imports,
    clippy::missing_panics_doc,
    reason = "as in the tests: a finding is a panic, and all of the driver is meant"
)]

#[allow(dead_code, reason = "the instructions here have no rest")]
mod script;

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::time::Duration;

use self::script::Script;
use super::*;
use crate::dimse::fragment::{FragmentLimit, encode_message};
use crate::dimse::status::{Category, Status};
use crate::net::exchange::{Next, Reception};
use crate::net::io::Received;
use crate::net::operation::{self, Delivery};
use crate::net::timeouts::Limit;
use crate::runtime::Runtime;
use crate::runtime::strand::Strand;
use crate::types::{AbortReason, AeTitle, MaxPduLength, Uid};
use crate::ul::negotiated::Negotiated;
use crate::ul::negotiation::{AcceptableContext, AcceptorPolicy, Roles, negotiate};
use crate::wire::decode::{Decoder, Event};
use crate::wire::encode::{encode, pdv_header};
use crate::wire::item::{APPLICATION_CONTEXT, AsyncWindow, ProposedContext, UserInformation};
use crate::wire::pdu::{AssociateAc, PduType};
use crate::wire::uids;

/// Every operation ends once, every wait ends by itself, and what leaves is what PS3.8 lets us say.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let mut world = World::new(script.number());
    while let Some(what) = script.byte() {
        world.happens(what, &mut script);
        world.settle();
    }
    world.end();
}

/// Whole lives of an association on both sides, in different worlds.
#[must_use]
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
    let provider: &[&[u8]] = &[
        &[SAYS, ASKS, 0],
        &[ADMIT, 0],
        &[SAYS, ECHO_RQ, 1],
        &[SAYS, ECHO_RQ, 2],
        &[SAYS, CANCEL_RQ, 2],
        &[SAYS, STORE_RQ, 3],
        &[RESPOND, 0],
        &[RESPOND, 0],
        &[START],
        &[SAYS, RELEASE_RQ, 0],
        &[CLOSES],
    ];
    let endings: &[&[u8]] = &[
        &[],
        &[SAYS, ABORTS, 0],
        &[ABORT],
        &[BREAKS, 0],
        &[BYTES, 4, 4, 0, 0, 0, DEADLINE],
        &[ROOM, 3, START, DEADLINE, RELEASE, DRAIN, DEADLINE],
        &[SAYS, HUGE, 1, PASS, 31, END],
    ];
    let mut seeds = Vec::new();
    for (life, worlds) in
        [(user, [0, 0x10, 0x40]), (provider, [PROVIDER, PROVIDER | ASKING | HANDLING, 0xFF])]
    {
        for world in worlds {
            for length in 0..=life.len() {
                for ending in endings {
                    seeds.push([&[world], &life[..length].concat()[..], ending].concat());
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
const EVENTS: u8 = 16;

// ---- what a peer says when it keeps to the protocol -------------------------------------------------------------------

const ASKS: u8 = 0;
const ACCEPTS: u8 = 1;
const REJECTS: u8 = 2;
const RELEASE_RQ: u8 = 3;
const RELEASE_RP: u8 = 4;
const ABORTS: u8 = 5;
const ECHO_RQ: u8 = 6;
const ECHO_RSP: u8 = 7;
const PENDING_RSP: u8 = 8;
const CANCEL_RQ: u8 = 9;
const STORE_RQ: u8 = 10;
const HUGE: u8 = 11;
const SENTENCES: u8 = 12;

/// No deadline is further away than the longest limit.
const LONGEST: Duration = Duration::from_secs(300);

struct World {
    kind: u8,
    now: Instant,
    runtime: Runtime,
    strand: Arc<Strand>,
    driver: Driver<End>,
    line: Rc<RefCell<Line>>,
    operations: Vec<Arc<Operation>>,
    handed: Vec<Handed>,
    proposal: Option<Box<AssociateAc>>,
    ever_handed: Vec<Handed>,
}

impl World {
    fn new(kind: u8) -> Self {
        let now = Instant::now();
        let runtime = Runtime::default_runtime().unwrap();
        let strand = Strand::new(&runtime);
        let line = Rc::new(RefCell::new(Line::default()));
        let address: SocketAddr = "192.0.2.1:104".parse().unwrap();
        let is_provider = kind & PROVIDER != 0;
        let office: Arc<dyn Provider> = Arc::new(Office { kind });
        let setup = Setup {
            association: 1,
            timeouts: if is_provider { Timeouts::for_provider() } else { Timeouts::for_user() },
            provider: is_provider.then_some(office),
            local: address,
            peer: address,
            called: None,
            counters: Arc::default(),
        };
        let mut operations = Vec::new();
        let end = End(line.clone());
        let driver = if is_provider {
            Driver::acceptor(now, end, setup)
        } else {
            let opening = Operation::new(&runtime, strand.clone(), Delivery::Pull);
            operations.push(opening.clone());
            Driver::requestor(now, end, setup, request(window(kind)), opening.promise())
        };
        let (handed, ever_handed, proposal) = (Vec::new(), Vec::new(), None);
        let mut world =
            Self { kind, now, runtime, strand, driver, line, operations, handed, proposal, ever_handed };
        world.settle();
        world
    }

    fn happens(&mut self, what: u8, script: &mut Script<'_>) {
        match what % EVENTS {
            BYTES => self.line.borrow_mut().arrives(script.counted()),
            SAYS => {
                let (sentence, number) = (script.number(), script.number());
                self.line.borrow_mut().arrives(&said(sentence, number));
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
            START => {
                let operation = self.operation();
                let call = Call { operation: operation.promise(), exchange: Box::new(Echo) };
                self.order(Order::Start(call));
            }
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
                let index = usize::from(script.number());
                self.respond(index);
            }
            _ => {
                self.driver.drain(self.now);
                self.effects();
            }
        }
    }

    fn operation(&mut self) -> Arc<Operation> {
        let operation = Operation::new(&self.runtime, self.strand.clone(), Delivery::Pull);
        self.operations.push(operation.clone());
        operation
    }

    fn order(&mut self, order: Order) {
        self.driver.step(self.now, [order], None, self.verbosity());
        self.effects();
    }

    fn respond(&mut self, index: usize) {
        if index < self.handed.len() {
            let handed = self.handed.remove(index);
            let request = CommandSet::c_echo_rq(handed.message_id);
            let response = CommandSet::response_to(&request, Status::SUCCESS);
            self.order(Order::Respond(handed.ticket, Box::new(response)));
        }
    }

    /// Lets the one in the seat do what there is to do: afterwards there is nothing but to wait.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            let drained = self.driver.step(self.now, [], Some(Buffer::take()), self.verbosity());
            self.effects();
            if self.driver.is_closed() {
                return;
            }
            let is_due = self.driver.deadline().is_some_and(|deadline| deadline <= self.now);
            if !is_due && (drained || !self.driver.interest().read) {
                self.check_wait();
                return;
            }
        }
        panic!("it never comes to rest");
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
        let is_established = driver.negotiated.is_some() && driver.ended.is_none();
        let is_midway = driver.inbound.is_midway() && interest.read;
        let is_idle_provider = driver.is_quiet() && self.kind & PROVIDER != 0;
        let waits_for_answer = !driver.calls.is_empty() && !driver.release_asked;
        if !is_established || interest.write || is_midway || is_idle_provider || waits_for_answer {
            assert!(deadline.is_some(), "it waits without end in {:?}", driver.machine.state());
        }
    }

    fn effects(&mut self) {
        while let Some(effect) = self.driver.effect() {
            match effect {
                Effect::Complete(operation, outcome) => {
                    assert!(operation.complete(outcome), "an operation ends twice");
                }
                Effect::Hand(handed, ..) => {
                    self.handed.push(handed.clone());
                    self.ever_handed.push(handed);
                }
                Effect::Ask(asked) => self.proposal = Some(asked.proposal),
                Effect::Tell(operation, _) => assert!(!operation.is_complete(), "news of what is over"),
                Effect::Note(note) => assert!(!note.text.is_empty()),
                Effect::Established(..) | Effect::Reached(_) | Effect::Over => {}
            }
        }
    }

    fn verbosity(&self) -> Verbosity {
        let logged = self.kind & LOGGED != 0;
        Verbosity { phases: logged, wire: logged }
    }

    /// Left alone, what a peer owes us ends by its deadline; ended, everything does, and soon.
    fn end(mut self) {
        if self.kind & LEFT_ALONE != 0 {
            while !self.handed.is_empty() {
                self.respond(0);
                self.settle();
            }
        } else {
            self.order(Order::End);
        }
        for _ in 0..100 {
            self.settle();
            match self.driver.deadline() {
                Some(deadline) if !self.driver.is_closed() => self.now = deadline,
                _ => break,
            }
        }
        let is_closed = self.driver.is_closed();
        assert!(is_closed || self.driver.is_quiet(), "it neither ends nor comes to rest");
        assert!(is_closed || self.kind & LEFT_ALONE != 0, "it was ended, and goes on");
        for (number, operation) in self.operations.iter().enumerate() {
            assert!(operation.is_complete(), "operation {number} never ends");
        }
        if is_closed {
            let is_cancelled = |handed: &Handed| handed.cancelled.load(Ordering::Relaxed);
            assert!(self.handed.iter().all(is_cancelled), "a handler works for nobody");
        }
    }
}

fn window(kind: u8) -> u16 {
    match (kind & WINDOW) >> 4 {
        0 => 1,
        3 => 0,
        other => other.into(),
    }
}

// ---- the peer ---------------------------------------------------------------------------------------------------------

fn context() -> PresentationContextId {
    PresentationContextId::new(1).unwrap()
}

fn request(window: u16) -> Box<AssociateRq> {
    Box::new(AssociateRq {
        protocol_version: 1,
        called: AeTitle::new("PEER").unwrap(),
        calling: AeTitle::new("DIMSE").unwrap(),
        application_context: Some(APPLICATION_CONTEXT),
        contexts: vec![ProposedContext {
            id: context(),
            abstract_syntax: Some(uids::VERIFICATION),
            transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN],
        }],
        user: UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(64)),
            async_window: Some(AsyncWindow { invoked: window, performed: window }),
            ..UserInformation::default()
        },
    })
}

/// An answer to any request that proposes what [`request`] does.
fn answer(request: &AssociateRq, window: u16) -> Result<AssociateAc, Rejection> {
    let mut policy = AcceptorPolicy::new(Uid::from_static("1.2.3"));
    policy.async_window = AsyncWindow { invoked: window, performed: window };
    policy.contexts.push(AcceptableContext {
        abstract_syntax: uids::VERIFICATION,
        transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN],
        requestor: Roles::SCU,
    });
    negotiate(request, &policy)
}

fn said(sentence: u8, number: u8) -> Vec<u8> {
    let id = u16::from(number);
    let status = if sentence % SENTENCES == PENDING_RSP { Status(0xFF00) } else { Status::SUCCESS };
    let pdu = match sentence % SENTENCES {
        ASKS => Pdu::AssociateRq(request(id % 4)),
        ACCEPTS => Pdu::AssociateAc(Box::new(answer(&request(id % 4), id % 4).unwrap())),
        REJECTS => Pdu::AssociateRj(Rejection { result: 1, source: 1, reason: number }),
        RELEASE_RQ => Pdu::ReleaseRq,
        RELEASE_RP => Pdu::ReleaseRp,
        ABORTS => Pdu::Abort(AbortReason { source: number % 3, reason: number / 3 }),
        ECHO_RQ => return message(&CommandSet::c_echo_rq(id)),
        ECHO_RSP | PENDING_RSP => {
            return message(&CommandSet::response_to(&CommandSet::c_echo_rq(id), status));
        }
        CANCEL_RQ => return message(&CommandSet::c_cancel_rq(id)),
        STORE_RQ => {
            let data_set = [&pdv_header(context(), false, true, 4)[..], &[1, 2, 3, 4]].concat();
            return [message(&CommandSet::c_echo_rq(id).with_data_set()), data_set].concat();
        }
        _ => return pdv_header(context(), number % 2 == 1, number & 2 != 0, 1 << 30).to_vec(),
    };
    let mut bytes = Vec::new();
    encode(&pdu, &mut bytes).unwrap();
    bytes
}

fn message(command: &CommandSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    let limit = FragmentLimit::for_peer(MaxPduLength::DEFAULT).unwrap();
    encode_message(command, context(), limit, &mut bytes);
    bytes
}

// ---- the connection ---------------------------------------------------------------------------------------------------

/// What lies between the driver and the peer.
#[derive(Default)]
struct Line {
    arrived: VecDeque<u8>,
    /// The most that one read gives; 0 is no limit.
    chunk: usize,
    /// What can still be sent; `None` is no limit.
    room: Option<usize>,
    peer_closed: bool,
    broken: Option<io::ErrorKind>,
    closed: bool,
    said: Said,
}

impl Line {
    fn arrives(&mut self, bytes: &[u8]) {
        if !self.peer_closed {
            self.arrived.extend(bytes);
        }
    }
}

struct End(Rc<RefCell<Line>>);

impl Io for End {
    fn read(&mut self, into: &mut [u8]) -> io::Result<Received> {
        let mut line = self.0.borrow_mut();
        assert!(!line.closed, "it reads of a connection that it has closed");
        if let Some(kind) = line.broken {
            return Err(kind.into());
        }
        let most = if line.chunk == 0 { into.len() } else { line.chunk.min(into.len()) };
        let length = line.arrived.len().min(most);
        if length == 0 {
            let end = Received { length: 0, more: false };
            return if line.peer_closed { Ok(end) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        for (to, byte) in into.iter_mut().zip(line.arrived.drain(..length)) {
            *to = byte;
        }
        Ok(Received { length, more: !line.arrived.is_empty() })
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut line = self.0.borrow_mut();
        assert!(!line.closed, "it writes to a connection that it has closed");
        if line.broken.is_some() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        assert!(!bytes.is_empty(), "it writes nothing");
        let length = bytes.len().min(line.room.unwrap_or(usize::MAX));
        if length == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        line.room = line.room.map(|room| room - length);
        line.said.hear(&bytes[..length]);
        Ok(length)
    }

    fn before_wait(&mut self) {}

    fn failure(&mut self) -> Option<io::Error> {
        self.0.borrow().broken.map(Into::into)
    }

    fn close(&mut self) {
        let mut line = self.0.borrow_mut();
        assert!(!line.closed, "it closes twice");
        line.closed = true;
    }
}

/// What the peer hears of us.
#[derive(Default)]
struct Said {
    decoder: Decoder,
    pdus: Vec<PduType>,
}

impl Said {
    fn hear(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        loop {
            let (used, event) = self.decoder.decode(rest);
            rest = &rest[used..];
            match event.expect("we say what is no PDU") {
                Some(Event::Header { pdu_type, .. }) => self.begins(pdu_type),
                Some(_) => {}
                None => return,
            }
        }
    }

    fn begins(&mut self, pdu_type: PduType) {
        let has = |of: PduType| self.pdus.contains(&of);
        let aborts = self.pdus.iter().filter(|pdu| **pdu == PduType::Abort).count();
        let is_over = has(PduType::AssociateRj) || has(PduType::ReleaseRp) || has(PduType::Abort);
        let has_begun = has(PduType::AssociateRq) || has(PduType::AssociateAc);
        let may = match pdu_type {
            PduType::AssociateRq | PduType::AssociateAc | PduType::AssociateRj => self.pdus.is_empty(),
            PduType::PData | PduType::ReleaseRq => has_begun && !is_over && !has(PduType::ReleaseRq),
            PduType::ReleaseRp => has_begun && !is_over,
            PduType::Abort => aborts < 2,
        };
        assert!(may, "{pdu_type} behind {:?}", self.pdus);
        if pdu_type != PduType::PData || !has(PduType::PData) {
            self.pdus.push(pdu_type);
        }
    }
}

// ---- this side --------------------------------------------------------------------------------------------------------

struct Office {
    kind: u8,
}

impl Provider for Office {
    fn associate(&self, _: u64, _: SocketAddr, request: &AssociateRq) -> Admission {
        match answer(request, window(self.kind)) {
            Ok(acceptance) if self.kind & ASKING != 0 => Admission::Ask(Box::new(acceptance)),
            Ok(acceptance) => Admission::Accept(Box::new(acceptance)),
            Err(rejection) => Admission::Refuse(rejection, ""),
        }
    }

    fn ask(&self, _: crate::net::association_request::AssociationRequest) {}

    fn request(&self, _: &Facts, _: &AcceptedContext, command: &CommandSet) -> Reception {
        if self.kind & HANDLING != 0 {
            Reception::Hand
        } else {
            Reception::Answer(Box::new(CommandSet::response_to(command, Status::SUCCESS)))
        }
    }

    fn hand(&self, _: crate::net::request::Request) {}

    fn reached(&self, _: u64, _: Milestone) {}

    fn ended(&self, _: u64) {}
}

struct Echo;

impl crate::net::exchange::Exchange for Echo {
    fn request(
        &mut self,
        negotiated: &Negotiated,
        id: u16,
    ) -> crate::error::Result<(PresentationContextId, CommandSet)> {
        let context = negotiated.accepted.first().ok_or_else(|| Error::state("no context"))?;
        Ok((context.id, CommandSet::c_echo_rq(id)))
    }

    fn reply(&self) -> Option<Limit> {
        None
    }

    fn response(
        &mut self,
        _: Instant,
        response: &CommandSet,
        _: &mut dyn FnMut(operation::Event),
    ) -> Result<Next, Cause> {
        let status = response.status.ok_or_else(|| Cause::Protocol("no status".to_owned()))?;
        Ok(match status.category() {
            Category::Pending => Next::Response,
            _ => Next::Done(Outcome::new(Ok(()))),
        })
    }
}
