//! Two drivers over a link in memory, or one against bytes, on a clock that the test moves. No port, no sleep.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::*;
use crate::dimse::fragment::{FragmentLimit, encode_message};
use crate::dimse::service::CommandField;
use crate::dimse::status::Status;
use crate::net::exchange::{Exchange, Next, Reception};
use crate::net::io::Received;
use crate::net::operation::Delivery;
use crate::net::timeouts::Limit;
use crate::runtime::Runtime;
use crate::runtime::strand::Strand;
use crate::types::{AeTitle, Uid};
use crate::ul::negotiated::Negotiated;
use crate::ul::negotiation::{AcceptableContext, AcceptorPolicy, Roles, negotiate};
use crate::wire::encode::encode;
use crate::wire::item::{AsyncWindow, ExtendedNegotiation};
use crate::wire::uids;

mod deadlines;
mod storing;

#[test]
fn associate_echo_and_release_a_byte_at_a_time_and_at_once() {
    for chunk in [1, 2, 7, 64, 1 << 16] {
        let mut pair = Pair::new(Answers::ByItself);
        pair.link.borrow_mut().chunk = chunk;
        pair.settle();
        assert!(pair.opening.outcome().unwrap().result.is_ok(), "chunk {chunk}");
        let echo = pair.echo();
        pair.settle();
        let outcome = echo.outcome().unwrap();
        assert_eq!((outcome.result.is_ok(), outcome.status, outcome.message_id), (true, Some(0), Some(1)));
        let release = pair.release();
        pair.settle();
        assert!(release.outcome().unwrap().result.is_ok(), "chunk {chunk}");
        assert!(pair.user.is_closed() && pair.provider.is_closed(), "chunk {chunk}");
    }
}

#[test]
fn a_cancelled_echo_is_done_at_once_and_its_late_response_harms_nothing() {
    let mut pair = Pair::established(Answers::Handler);
    let first = pair.echo();
    pair.settle();
    let second = pair.echo();
    pair.order_user(Order::Cancel(first.clone()));
    pair.settle();
    assert_eq!(first.outcome().unwrap().result.unwrap_err().cause(), &Cause::Cancelled);
    assert!(second.outcome().is_none(), "the window is one: the second waits for the first one's response");
    pair.respond(Status::SUCCESS);
    pair.settle();
    pair.respond(Status::SUCCESS);
    pair.settle();
    assert_eq!(second.outcome().unwrap().status, Some(0));
}

#[test]
fn the_phase_of_an_association_is_that_of_its_oldest_operation() {
    let mut pair = Pair::with_window(Answers::Handler, 3);
    pair.settle();
    let echoes = [pair.echo(), pair.echo()];
    pair.settle();
    pair.link.borrow_mut().room = Some(0);
    let unsent = pair.echo();
    pair.respond(Status::SUCCESS);
    pair.step_user();
    assert!(echoes[0].outcome().is_some() && echoes[1].outcome().is_none() && unsent.outcome().is_none());
    assert_eq!(pair.user.phase(), Phase::Reply);
}

#[test]
fn cancelling_a_waiting_operation_sends_nothing() {
    let mut pair = Pair::established(Answers::Handler);
    let _first = pair.echo();
    let second = pair.echo();
    pair.settle();
    let sent = pair.counters.messages_sent.load(Ordering::Relaxed);
    pair.order_user(Order::Cancel(second.clone()));
    pair.settle();
    let error = second.outcome().unwrap().result.unwrap_err();
    assert_eq!((error.phase(), error.cause()), (Phase::Queued, &Cause::Cancelled));
    assert_eq!(pair.counters.messages_sent.load(Ordering::Relaxed), sent);
}

#[test]
fn operations_go_out_together_up_to_a_negotiated_window() {
    let mut pair = Pair::with_window(Answers::Handler, 2);
    pair.settle();
    let echoes = [pair.echo(), pair.echo(), pair.echo()];
    pair.settle();
    assert_eq!(pair.answers.lock().unwrap().len(), 2, "two are with the handler, the third waits");
    for _ in &echoes {
        pair.respond(Status::SUCCESS);
        pair.settle();
    }
    let ids: Vec<_> = echoes.iter().map(|echo| echo.outcome().unwrap().message_id).collect();
    assert_eq!(ids, [Some(1), Some(2), Some(3)]);
}

#[test]
fn one_request_beyond_the_window_waits_and_what_follows_is_not_read() {
    let mut pair = Pair::established(Answers::Handler);
    pair.link.borrow_mut().deaf_user = true; // it knows nothing of these
    for id in [11, 12, 13, 14] {
        pair.user_sends(&CommandSet::c_echo_rq(id));
    }
    pair.settle();
    assert_eq!(pair.answers.lock().unwrap().len(), 1);
    assert!(!pair.provider.interest().read);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(pair.respond(Status::SUCCESS));
        pair.settle();
    }
    assert_eq!(seen, [11, 12, 13, 14], "in the order in which they came");
    assert!(pair.provider.interest().read);
}

#[test]
fn an_acceptance_that_cannot_be_encoded_ends_in_an_abort() {
    let mut pair = Pair::new(Answers::TooMuch);
    pair.settle();
    let error = pair.opening.outcome().unwrap().result.unwrap_err();
    assert_eq!(error.cause(), &Cause::Aborted(crate::types::AbortReason::USER));
    assert!(pair.user.is_closed() && pair.provider.is_closed());
    let ended = pair.provider.ended().unwrap();
    assert!(ended.to_string().contains("extended negotiation takes"), "{ended}");
}

#[test]
fn an_acceptance_without_a_usable_context_fails_in_words_and_is_released() {
    let mut pair = Pair::new(Answers::NoContext);
    pair.settle();
    let error = pair.opening.outcome().unwrap().result.unwrap_err();
    assert!(matches!(error.cause(), Cause::NoContext(_)), "{error}");
    assert!(error.to_string().contains("Verification"), "{error}");
    assert!(pair.user.is_closed() && pair.provider.is_closed());
}

#[test]
fn an_abort_ends_every_operation_in_its_own_phase() {
    let mut pair = Pair::established(Answers::Handler);
    let (open, waiting) = (pair.echo(), pair.echo());
    pair.settle();
    pair.order_user(Order::Abort);
    pair.settle();
    let phase = |operation: &Arc<Operation>| operation.outcome().unwrap().result.unwrap_err().phase();
    assert_eq!((phase(&open), phase(&waiting)), (Phase::Reply, Phase::Queued));
    assert!(pair.answers.lock().unwrap()[0].standing.is_cancelled(), "the handler can see it");
    assert!(pair.provider.is_closed());
}

#[test]
fn a_response_to_an_unknown_message_ends_the_association() {
    let mut pair = Pair::established(Answers::ByItself);
    let response = CommandSet::response_to(&CommandSet::c_echo_rq(77), Status::SUCCESS);
    pair.user_sends(&response);
    pair.settle();
    pair.pass(Duration::from_secs(2));
    assert!(pair.provider.is_closed());
}

#[test]
fn a_response_to_a_request_that_has_not_left_ends_the_association() {
    for room in [0, 30] {
        let mut pair = Pair::established(Answers::Handler);
        pair.link.borrow_mut().room = Some(room);
        let (echo, behind) = (pair.echo(), pair.echo());
        let response = CommandSet::response_to(&CommandSet::c_echo_rq(1), Status::SUCCESS);
        let limit = FragmentLimit::for_peer(crate::types::MaxPduLength::DEFAULT).unwrap();
        let mut bytes = Vec::new();
        encode_message(&response, PresentationContextId::new(1).unwrap(), limit, &mut bytes);
        pair.link.borrow_mut().to_user.extend(bytes);
        pair.step_user();
        for operation in [echo, behind] {
            let error = operation.outcome().unwrap().result.unwrap_err();
            assert!(matches!(error.cause(), Cause::Protocol(_)), "{room}: {error}");
        }
    }
}

#[test]
fn a_cancel_for_an_unknown_message_is_ignored_and_for_a_known_one_is_seen() {
    let mut pair = Pair::established(Answers::Handler);
    let echo = pair.echo();
    pair.settle();
    pair.user_sends(&CommandSet::c_cancel_rq(999));
    pair.settle();
    assert!(!pair.answers.lock().unwrap()[0].standing.is_cancelled());
    pair.user_sends(&CommandSet::c_cancel_rq(1));
    pair.settle();
    assert!(pair.answers.lock().unwrap()[0].standing.is_cancelled());
    pair.respond(Status::CANCEL);
    pair.settle();
    assert_eq!(echo.outcome().unwrap().status, Some(0xFE00));
}

#[test]
fn what_comes_with_the_acceptance_in_one_read_is_not_lost() {
    let mut pair = Pair::new(Answers::ByItself);
    pair.step_user();
    pair.step_provider();
    // The acceptance is on its way; an A-RELEASE-RQ stands right behind it.
    pair.link.borrow_mut().to_user.extend([0x05, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    pair.step_user();
    assert!(pair.opening.outcome().unwrap().result.is_ok());
    pair.step_user();
    assert!(pair.link.borrow().to_provider.iter().copied().eq([0x06, 0, 0, 0, 0, 4, 0, 0, 0, 0]));
}

#[test]
fn a_short_read_is_not_the_last_one_where_the_connection_has_more() {
    let mut pair = Pair::established(Answers::ByItself);
    pair.link.borrow_mut().chunk = 7; // as records of TLS, which come decoded one by one
    let echo = pair.echo();
    pair.step_provider();
    assert!(pair.link.borrow().to_provider.is_empty(), "the whole request is read in one step");
    pair.step_user();
    assert_eq!(echo.outcome().unwrap().status, Some(0));
}

#[test]
fn requests_that_were_held_back_leave_a_quiet_association_behind() {
    let mut pair = Pair::established(Answers::Handler);
    pair.link.borrow_mut().deaf_user = true; // it knows nothing of these
    for id in [11, 12, 13] {
        pair.user_sends(&CommandSet::c_echo_rq(id));
    }
    pair.settle();
    for _ in 0..3 {
        pair.respond(Status::SUCCESS);
        pair.settle();
    }
    assert!(pair.provider.is_quiet());
    pair.pass(Duration::from_secs(300));
    pair.pass(Duration::from_secs(2));
    assert!(pair.provider.is_closed(), "idle");
}

#[test]
fn what_the_step_made_room_for_is_answered_in_the_same_step() {
    const REQUESTS: usize = 3_200;
    let mut pair = Pair::established(Answers::ByItself);
    let mut one = Vec::new();
    let limit = FragmentLimit::for_peer(crate::types::MaxPduLength::DEFAULT).unwrap();
    let context = PresentationContextId::new(1).unwrap();
    encode_message(&CommandSet::c_echo_rq(1), context, limit, &mut one);
    pair.user_writes(&one.repeat(REQUESTS));
    // More answers than are let wait, and a connection that takes them all: nothing else will wake the provider.
    pair.step_provider();
    let response = CommandSet::response_to(&CommandSet::c_echo_rq(1), Status::SUCCESS);
    one.clear();
    encode_message(&response, context, limit, &mut one);
    assert_eq!(pair.link.borrow().to_user.len(), one.len() * REQUESTS);
}

#[test]
fn an_operation_that_is_started_behind_a_release_does_not_hold_it_up() {
    let mut pair = Pair::established(Answers::Handler);
    let before = pair.echo();
    let release = pair.release();
    let behind = pair.echo();
    let error = behind.outcome().unwrap().result.unwrap_err();
    assert!(matches!((error.phase(), error.cause()), (Phase::Queued, Cause::State(_))), "{error}");
    pair.settle();
    pair.respond(Status::SUCCESS);
    pair.settle();
    assert!(before.outcome().unwrap().result.is_ok() && release.outcome().unwrap().result.is_ok());
    assert_eq!(pair.counters.messages_sent.load(Ordering::Relaxed), 1);
}

#[test]
fn a_release_waits_for_the_answers_that_the_peer_waits_for() {
    let mut pair = Pair::established(Answers::Handler);
    let echo = pair.echo();
    pair.settle();
    let release = Operation::new(&pair.runtime, pair.strand.clone(), Delivery::Pull);
    let order = Order::Release(release.promise());
    pair.provider.step(pair.now, [order], None, Verbosity::default());
    pair.settle();
    assert!(echo.outcome().is_none());
    pair.respond(Status::SUCCESS);
    pair.settle();
    assert_eq!(echo.outcome().unwrap().status, Some(0));
    assert!(release.outcome().unwrap().result.is_ok());
}

#[test]
fn nothing_is_sent_to_a_peer_that_wants_to_release() {
    let mut pair = Pair::established(Answers::Handler);
    pair.link.borrow_mut().deaf_user = true;
    pair.user_sends(&CommandSet::c_echo_rq(1));
    pair.user_writes(&[0x05, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    pair.step_provider();
    let operation = Operation::new(&pair.runtime, pair.strand.clone(), Delivery::Pull);
    let call = Call { operation: operation.promise(), exchange: Box::new(Echo(None)) };
    pair.provider.step(pair.now, [Order::Start(call)], None, Verbosity::default());
    assert!(pair.link.borrow().to_user.is_empty(), "the peer could not answer it any more");
    pair.respond(Status::SUCCESS);
    let error = operation.outcome().unwrap().result.unwrap_err();
    assert!(matches!((error.phase(), error.cause()), (Phase::Queued, Cause::Released)), "{error}");
}

#[test]
fn a_release_that_the_peer_was_faster_with_has_worked() {
    let mut pair = Pair::established(Answers::Handler);
    pair.link.borrow_mut().deaf_user = true;
    let (open, release) = (pair.echo(), pair.release());
    pair.settle();
    pair.link.borrow_mut().deaf_user = false;
    pair.link.borrow_mut().to_user.extend([0x05, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    pair.step_user();
    assert!(matches!(open.outcome().unwrap().result.unwrap_err().cause(), Cause::Released));
    assert!(release.outcome().unwrap().result.is_ok());
}

#[test]
fn a_connection_on_which_nobody_asks_for_anything_ends_with_its_reason() {
    let mut pair = Pair::new(Answers::ByItself);
    pair.now += Duration::from_secs(30);
    pair.step_provider();
    assert!(pair.provider.is_closed());
    let cause = pair.provider.ended().unwrap().cause();
    assert_eq!(cause, &Cause::NotAsked { limit: Duration::from_secs(30) });
}

#[test]
fn an_association_that_the_protocol_itself_refuses_counts_as_refused() {
    let mut pair = Pair::new(Answers::ByItself);
    let mut refused = Vec::new();
    let mut request = Pair::request(1);
    request.protocol_version = 2;
    let mut bytes = Vec::new();
    encode(&Pdu::AssociateRq(request), &mut bytes).unwrap();
    pair.user_writes(&bytes);
    pair.provider.step(pair.now, [], Some(Buffer::from(vec![0; 4096])), Verbosity::default());
    for effect in pair.provider.effects() {
        match effect {
            Effect::Reached(milestone) => refused.push(milestone),
            Effect::Note(note) => assert_ne!(note.kind, NoteKind::Fault, "{}", note.text),
            _ => {}
        }
    }
    assert_eq!(refused, [Milestone::Refused]);
    assert_eq!(pair.link.borrow().to_user.iter().copied().nth(9), Some(2), "1,2,2: protocol version");
}

#[test]
fn requests_without_a_window_go_out_no_faster_than_the_peer_takes_them() {
    let mut pair = Pair::with_window(Answers::ByItself, 0);
    pair.settle();
    pair.link.borrow_mut().room = Some(0);
    let echoes: Vec<_> = (0..1_200).map(|_| pair.echo()).collect();
    let unsent = pair.user.outbox.unsent();
    assert!(unsent < 65 * 1024, "{unsent}");
    pair.link.borrow_mut().room = None;
    pair.settle();
    assert!(echoes.iter().all(|echo| echo.outcome().unwrap().status == Some(0)));
}

#[test]
fn a_cancel_is_seen_by_a_request_that_still_waits_for_the_handler() {
    let mut pair = Pair::established(Answers::Handler);
    pair.link.borrow_mut().deaf_user = true;
    for command in [CommandSet::c_echo_rq(1), CommandSet::c_echo_rq(2), CommandSet::c_cancel_rq(2)] {
        pair.user_sends(&command);
    }
    pair.settle();
    pair.respond(Status::SUCCESS);
    assert!(pair.answers.lock().unwrap()[0].standing.is_cancelled());
}

/// A user and a provider, and what lies between them.
struct Pair {
    now: Instant,
    runtime: Runtime,
    strand: Arc<Strand>,
    user: Driver<End>,
    provider: Driver<End>,
    link: Rc<RefCell<Link>>,
    opening: Arc<Operation>,
    counters: Arc<Counters>,
    /// Requests that the provider's handler has.
    answers: Arc<Mutex<Vec<Handed>>>,
}

#[derive(Default)]
struct Link {
    to_user: VecDeque<u8>,
    to_provider: VecDeque<u8>,
    closed: bool,
    /// The most that one read gives.
    chunk: usize,
    /// What the user can still send; `None` is no limit.
    room: Option<usize>,
    /// Nothing reaches the user.
    deaf_user: bool,
}

/// One end of the link.
struct End {
    link: Rc<RefCell<Link>>,
    is_user: bool,
}

impl Io for End {
    fn read(&mut self, into: &mut [u8]) -> io::Result<Received> {
        let mut link = self.link.borrow_mut();
        if self.is_user && link.deaf_user {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let (chunk, closed) = (link.chunk.max(1), link.closed);
        let from = if self.is_user { &mut link.to_user } else { &mut link.to_provider };
        let length = from.len().min(into.len()).min(chunk);
        if length == 0 {
            let end = Received { length: 0, more: false };
            return if closed { Ok(end) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        for (to, byte) in into.iter_mut().zip(from.drain(..length)) {
            *to = byte;
        }
        Ok(Received { length, more: !from.is_empty() })
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut link = self.link.borrow_mut();
        if link.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        let room = link.room.filter(|_| self.is_user).unwrap_or(usize::MAX);
        let length = bytes.len().min(room);
        if length == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.is_user {
            link.room = link.room.map(|room| room - length);
            link.to_provider.extend(&bytes[..length]);
        } else {
            link.to_user.extend(&bytes[..length]);
        }
        Ok(length)
    }

    fn before_wait(&mut self) {}

    fn failure(&mut self) -> Option<io::Error> {
        None
    }

    fn has_peer_closed(&mut self) -> bool {
        self.link.borrow().closed
    }

    fn close(&mut self) {
        self.link.borrow_mut().closed = true;
    }
}

/// What the provider does.
#[derive(Clone, Copy, PartialEq)]
enum Answers {
    ByItself,
    Handler,
    NoContext,
    /// More than an A-ASSOCIATE-AC has room for.
    TooMuch,
}

struct TestProvider {
    answers: Answers,
    window: u16,
}

impl Provider for TestProvider {
    fn associate(&self, _: u64, _: SocketAddr, request: &AssociateRq) -> Admission {
        let mut policy = AcceptorPolicy::new(Uid::from_static("1.2.3"));
        policy.async_window = AsyncWindow { invoked: self.window, performed: self.window };
        if self.answers != Answers::NoContext {
            policy.contexts.push(AcceptableContext {
                abstract_syntax: uids::VERIFICATION,
                transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN],
                requestor: Roles::SCU,
            });
        }
        if self.answers == Answers::TooMuch {
            policy.extended.insert(uids::VERIFICATION, vec![0; 65_535]);
        }
        match negotiate(request, &policy) {
            Ok(acceptance) => Admission::Accept(Box::new(acceptance)),
            Err(rejection) => Admission::Refuse(rejection, ""),
        }
    }

    fn ask(&self, _: crate::net::association_request::AssociationRequest) {}

    fn request(&self, _: &Facts, _: &AcceptedContext, command: &CommandSet) -> Reception {
        match self.answers {
            Answers::Handler => Reception::Hand,
            _ => Reception::Answer(Box::new(CommandSet::response_to(command, Status::SUCCESS))),
        }
    }

    fn hand(&self, _: crate::net::request::Request) {}

    fn reached(&self, _: u64, _: Milestone) {}

    fn ended(&self, _: u64) {}
}

/// With the operation's own limit for the response.
struct Echo(Option<Limit>);

impl Exchange for Echo {
    fn request(
        &mut self,
        negotiated: &Negotiated,
        id: u16,
    ) -> crate::error::Result<(PresentationContextId, CommandSet)> {
        Ok((negotiated.accepted[0].id, CommandSet::c_echo_rq(id)))
    }
    fn reply(&self) -> Option<Limit> {
        self.0
    }
    fn response(
        &mut self,
        _: Instant,
        response: &CommandSet,
        _: &mut dyn FnMut(Event),
    ) -> Result<Next, Cause> {
        let mut outcome = Outcome::new(Ok(()));
        outcome.status = response.status.map(|status| status.0);
        Ok(Next::Done(outcome))
    }
}

impl Pair {
    fn new(answers: Answers) -> Self {
        Self::with_window(answers, 1)
    }

    fn established(answers: Answers) -> Self {
        let mut pair = Self::new(answers);
        pair.settle();
        assert!(pair.opening.outcome().unwrap().result.is_ok());
        pair
    }

    fn with_window(answers: Answers, window: u16) -> Self {
        let now = Instant::now();
        let runtime = Runtime::default_runtime().unwrap();
        let strand = Strand::new(&runtime);
        let link = Rc::new(RefCell::new(Link { chunk: 1 << 16, ..Link::default() }));
        let address: SocketAddr = "192.0.2.1:104".parse().unwrap();
        let counters = Arc::new(Counters { messages_sent: AtomicU64::new(0), ..Counters::default() });
        let setup = |timeouts, provider, counters| Setup {
            association: 1,
            timeouts,
            provider,
            local: address,
            peer: address,
            called: Some("PEER at 192.0.2.1:104".to_owned()),
            counters,
            backlog: strand.backlog().clone(),
        };
        let end = |is_user| End { link: link.clone(), is_user };
        let opening = Operation::new(&runtime, strand.clone(), Delivery::Pull);
        let request = Self::request(window);
        let user = setup(Timeouts::for_user(), None, counters.clone());
        let user = Driver::requestor(now, end(true), user, request, opening.promise());
        let provider: Arc<dyn Provider> = Arc::new(TestProvider { answers, window });
        let provider = setup(Timeouts::for_provider(), Some(provider), Arc::default());
        let provider = Driver::acceptor(now, end(false), provider);
        Self { now, runtime, strand, user, provider, link, opening, counters, answers: Arc::default() }
    }

    fn request(window: u16) -> Box<AssociateRq> {
        let peer = crate::net::connect::Peer { host: "192.0.2.1".to_owned(), port: 104 };
        let titles = (AeTitle::new("DIMSE").unwrap(), AeTitle::new("PEER").unwrap());
        let mut options = crate::net::open_options::OpenOptions::new(peer, titles.0, titles.1);
        options.add_context(uids::VERIFICATION, Vec::new()).unwrap();
        options.request.user.async_window = Some(AsyncWindow { invoked: window, performed: window });
        let asked = ExtendedNegotiation { sop_class: uids::VERIFICATION, information: Vec::new() };
        options.request.user.extended.push(asked);
        options.request
    }

    fn echo(&mut self) -> Arc<Operation> {
        self.echo_within(None)
    }

    fn echo_within(&mut self, reply: Option<Limit>) -> Arc<Operation> {
        let operation = Operation::new(&self.runtime, self.strand.clone(), Delivery::Pull);
        let call = Call { operation: operation.promise(), exchange: Box::new(Echo(reply)) };
        self.order_user(Order::Start(call));
        operation
    }

    fn release(&mut self) -> Arc<Operation> {
        let operation = Operation::new(&self.runtime, self.strand.clone(), Delivery::Pull);
        self.order_user(Order::Release(operation.promise()));
        operation
    }

    fn order_user(&mut self, order: Order) {
        self.user.step(self.now, [order], None, Verbosity::default());
        self.effects();
    }

    /// The oldest request that the handler has is answered; returns its message id.
    fn respond(&mut self, status: Status) -> u16 {
        let handed = self.answers.lock().unwrap().remove(0);
        let response = CommandSet::response_to(&CommandSet::c_echo_rq(handed.message_id), status);
        let order = Order::Respond(handed.ticket, Box::new(response));
        self.provider.step(self.now, [order], None, Verbosity::default());
        self.effects();
        handed.message_id
    }

    /// A message that the user's driver knows nothing of.
    fn user_sends(&mut self, command: &CommandSet) {
        let context = PresentationContextId::new(1).unwrap();
        let mut bytes = Vec::new();
        let limit = FragmentLimit::for_peer(crate::types::MaxPduLength::DEFAULT).unwrap();
        encode_message(command, context, limit, &mut bytes);
        self.user_writes(&bytes);
    }

    fn user_writes(&mut self, bytes: &[u8]) {
        self.link.borrow_mut().to_provider.extend(bytes);
    }

    /// Lets time pass, and both look at the clock.
    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.settle();
    }

    /// Steps both until nothing moves.
    fn settle(&mut self) {
        for _ in 0..5_000 {
            let before = self.state();
            self.step_user();
            self.step_provider();
            if self.state() == before {
                return;
            }
        }
        panic!("the two never settle");
    }

    fn state(&self) -> (usize, usize, bool, u64, usize) {
        let link = self.link.borrow();
        let answers = self.answers.lock().unwrap().len();
        let received = self.counters.bytes_received.load(Ordering::Relaxed);
        (link.to_user.len(), link.to_provider.len(), link.closed, received, answers)
    }

    fn step_user(&mut self) {
        self.user.step(self.now, [], Some(Buffer::take()), Verbosity::default());
        self.effects();
    }

    fn step_provider(&mut self) {
        self.provider.step(self.now, [], Some(Buffer::take()), Verbosity::default());
        self.effects();
    }

    fn effects(&mut self) {
        for effect in self.user.effects() {
            if let Effect::Complete(operation, outcome) = effect {
                assert!(operation.complete(outcome), "one outcome for each operation");
            }
        }
        for effect in self.provider.effects() {
            match effect {
                Effect::Hand(handed, _, command, _) => {
                    assert!(matches!(command.command_field, CommandField::Request(_)));
                    self.answers.lock().unwrap().push(handed);
                }
                Effect::Complete(operation, outcome) => {
                    assert!(operation.complete(outcome), "one outcome for each operation");
                }
                _ => {}
            }
        }
    }
}
