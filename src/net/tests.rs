//! Associations over real sockets on loopback, for what no public call can bring about.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use super::association::Association;
use super::association_request::AssociationRequest;
use super::connect::{Peer, Resolved, Resolver};
use super::exchange::{Admission, Exchange, Milestone, Next, Provider, Reception};
use super::facts::Facts;
use super::listen::{Listening, Welcome};
use super::open_options::OpenOptions;
use super::operation::{Delivery, Event, Operation, Outcome};
use super::request::Request;
use super::sys::{Accepted, Attempt, Interest, Socket};
use super::timeouts::{Limit, Timeouts};
use crate::dimse::command::CommandSet;
use crate::dimse::status::Status;
use crate::error::{Cause, Phase, Result};
use crate::runtime::Runtime;
use crate::runtime::caretaker::Tended as _;
use crate::runtime::strand::Strand;
use crate::types::{AeTitle, PresentationContextId};
use crate::ul::negotiated::{AcceptedContext, Negotiated};
use crate::ul::negotiation::{AcceptableContext, AcceptorPolicy, Roles, negotiate};
use crate::wire::pdu::AssociateRq;
use crate::wire::uids;

mod receiving;
mod stalling;

#[test]
fn a_panic_inside_ends_its_operations_as_such_and_nothing_else() {
    let (runtime, node) = node();
    let (other, opening) = opening_at(&runtime, to(node.address().port()));
    other.drive(&opening);
    let _other_lives = opening.take_product().unwrap();
    for on_a_task in [false, true] {
        let (association, opening) = opening_at(&runtime, to(node.address().port()));
        association.drive(&opening);
        let _owner = opening.take_product().unwrap();
        let operation = association.operation(Delivery::Pull);
        if on_a_task {
            association.go_cold();
        }
        association.start(&operation, Box::new(Panics));
        let outcome = operation.wait(Some(Duration::from_secs(10))).unwrap();
        assert!(matches!(outcome.result.unwrap_err().cause(), Cause::Panic(_)));
        assert!(association.is_over());
    }
    assert!(runtime.panics() >= 2);
    let echo = other.operation(Delivery::Pull);
    other.start(&echo, Box::new(Echo));
    other.drive(&echo);
    assert_eq!(echo.outcome().unwrap().status, Some(0));
    runtime.shutdown(Some(Duration::ZERO)).unwrap();
}

#[test]
fn opening_ends_by_cancel_on_whatever_thread_it_waits() {
    // Takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let runtime = Runtime::default_runtime().unwrap();
    for on_a_task in [false, true] {
        let port = silent.local_addr().unwrap().port();
        let (association, opening) = opening_at(&runtime, to(port));
        let canceller = Arc::clone(&opening);
        let cancelling = std::thread::spawn(move || canceller.cancel());
        if on_a_task {
            association.go_cold();
        } else {
            association.drive(&opening);
        }
        let outcome = opening.wait(Some(Duration::from_secs(10))).unwrap();
        assert_eq!(outcome.result.unwrap_err().cause(), &Cause::Cancelled);
        cancelling.join().unwrap();
    }
}

// ---- names and their addresses --------------------------------------------------------------------------------------

#[test]
fn a_resolver_that_hangs_holds_up_neither_cancel_nor_whoever_waits() {
    let runtime = Runtime::default_runtime().unwrap();
    for on_a_task in [false, true] {
        let (association, opening) = opening_at(&runtime, named("pacs.example", hangs, LONG));
        let began = Instant::now();
        if on_a_task {
            association.go_cold();
        }
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(50));
                opening.cancel();
            });
            association.drive(&opening);
        });
        let error = opening.outcome().unwrap().result.unwrap_err();
        assert_eq!((error.phase(), error.cause()), (Phase::Resolve, &Cause::Cancelled));
        assert!(began.elapsed() < AT_ONCE && association.is_over());
    }
}

#[test]
fn a_resolver_that_hangs_does_not_hold_up_shutdown() {
    let runtime = Runtime::new(crate::runtime::RuntimeOptions::default()).unwrap();
    let (on_a_task, first) = opening_at(&runtime, named("pacs.example", hangs, LONG));
    on_a_task.go_cold();
    let (on_a_thread, second) = opening_at(&runtime, named("pacs.example", hangs, LONG));
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| on_a_thread.drive(&second));
        std::thread::sleep(Duration::from_millis(50));
        // Graceful, and with all the time in the world: there is nothing to wait for.
        runtime.shutdown(None).unwrap();
    });
    assert!(began.elapsed() < AT_ONCE);
    for opening in [first, second] {
        let error = opening.outcome().unwrap().result.unwrap_err();
        assert_eq!((error.phase(), error.cause()), (Phase::Resolve, &Cause::Cancelled));
    }
}

#[test]
fn a_resolver_that_hangs_ends_by_the_connect_limit() {
    let runtime = Runtime::default_runtime().unwrap();
    let limit = Duration::from_millis(300);
    let (association, opening) = opening_at(&runtime, named("pacs.example", hangs, limit));
    let began = Instant::now();
    association.drive(&opening);
    let error = opening.outcome().unwrap().result.unwrap_err();
    assert_eq!((error.phase(), error.cause()), (Phase::Resolve, &Cause::Timeout { limit }));
    assert!(began.elapsed() >= limit && began.elapsed() < limit + AT_ONCE);
}

#[test]
fn what_the_resolver_finds_too_late_is_not_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let runtime = Runtime::default_runtime().unwrap();
    let options = named(&listener.local_addr().unwrap().to_string(), late, LONG);
    let (association, opening) = opening_at(&runtime, options);
    association.go_cold();
    opening.cancel();
    let outcome = opening.wait(Some(LONG)).unwrap();
    assert_eq!(outcome.result.unwrap_err().cause(), &Cause::Cancelled);
    std::thread::sleep(LATE * 2);
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn the_first_address_that_answers_is_taken_in_the_resolvers_order() {
    let (node, listening) = node();
    let refusing = SocketAddr::new([127, 0, 0, 2].into(), listening.address().port());
    let second =
        Listening::start(&node, "127.0.0.1:0".parse().unwrap(), Arc::new(Node(node.clone()))).unwrap();
    let (one, other) = (listening.address(), second.address());
    let orders =
        [([one, other], one), ([other, one], other), ([refusing, one], one), ([other, refusing], other)];
    for (addresses, expected) in orders {
        for on_a_task in [false, true] {
            let (association, opening) = opening_at(&node, named(&hosts(&addresses), listed, LONG));
            if on_a_task {
                association.go_cold();
            }
            association.drive(&opening);
            assert!(opening.outcome().unwrap().result.is_ok(), "{addresses:?}");
            assert_eq!(association.facts().unwrap().peer, expected, "{addresses:?}");
        }
    }
    node.shutdown(Some(Duration::ZERO)).unwrap();
}

#[test]
fn an_address_that_is_silent_costs_its_share_of_the_time_and_the_next_one_answers() {
    let (node, listening) = node();
    let (deaf, _queued) = deaf();
    let limit = Duration::from_secs(1);
    for on_a_task in [false, true] {
        let (association, opening) =
            opening_at(&node, named(&hosts(&[deaf, listening.address()]), listed, limit));
        let began = Instant::now();
        if on_a_task {
            association.go_cold();
        }
        association.drive(&opening);
        assert!(opening.outcome().unwrap().result.is_ok(), "{:?}", opening.outcome());
        assert_eq!(association.facts().unwrap().peer, listening.address());
        assert!(began.elapsed() >= limit / 2);
    }
    node.shutdown(Some(Duration::ZERO)).unwrap();
}

#[test]
fn all_addresses_together_have_one_limit() {
    assert_eq!(Timeouts::for_user().connect, Some(Duration::from_secs(10)));
    let runtime = Runtime::default_runtime().unwrap();
    let (deaf, _queued) = deaf();
    let limit = Duration::from_millis(400);
    for on_a_task in [false, true] {
        let (association, opening) = opening_at(&runtime, named(&hosts(&[deaf; 4]), listed, limit));
        let began = Instant::now();
        if on_a_task {
            association.go_cold();
        }
        association.drive(&opening);
        let error = opening.outcome().unwrap().result.unwrap_err();
        assert_eq!((error.phase(), error.cause()), (Phase::Connect, &Cause::Timeout { limit }));
        assert!(began.elapsed() >= limit && began.elapsed() < limit + AT_ONCE);
    }
}

const LONG: Duration = Duration::from_secs(10);

/// What need not wait for anything is done by then, also on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(2);

/// How long [`late`] takes.
const LATE: Duration = Duration::from_millis(150);

fn named(host: &str, resolver: Resolver, limit: Duration) -> OpenOptions {
    let mut options = to(104);
    host.clone_into(&mut options.peer.host);
    options.resolver = resolver;
    options.timeouts.connect = Some(limit);
    options
}

/// A resolver whose name server does not answer, and that cannot be interrupted.
fn hangs(_: &Peer) -> Resolved {
    loop {
        std::thread::park();
    }
}

/// A resolver to which the name says what addresses it has.
fn listed(peer: &Peer) -> Resolved {
    peer.host.split_whitespace().map(|address| address.parse().map_err(std::io::Error::other)).collect()
}

/// [`listed`], after a while.
fn late(peer: &Peer) -> Resolved {
    std::thread::sleep(LATE);
    listed(peer)
}

/// The name that has these addresses.
fn hosts(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(" ")
}

/// An address at which nobody answers while the connections live: its queue is full, so the system drops what comes.
fn deaf() -> (SocketAddr, (socket2::Socket, Vec<TcpStream>)) {
    let listening = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listening.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listening.listen(0).unwrap();
    let address = listening.local_addr().unwrap().as_socket().unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        queued.push(stream);
        assert!(queued.len() < 100, "the queue does not become full");
    }
    (address, (listening, queued))
}

// ---- the seat, and the end ------------------------------------------------------------------------------------------

#[test]
fn freeing_an_association_sends_nothing_on_the_calling_thread() {
    let (node, listening) = node();
    let (runtime, free_the_worker) = runtime_whose_worker_is_busy();
    let (association, opening) = opening_at(&runtime, to(listening.address().port()));
    association.drive(&opening);
    let owner = opening.take_product().unwrap();
    let sent = association.counters().pdus_sent.load(Ordering::Relaxed);
    drop(opening);
    drop(owner);
    assert_eq!(association.counters().pdus_sent.load(Ordering::Relaxed), sent);
    free_the_worker.send(()).unwrap();
    let began = Instant::now();
    while !association.is_over() && began.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
    assert_eq!(association.counters().pdus_sent.load(Ordering::Relaxed), sent + 1, "A-ABORT, by the library");
    runtime.shutdown(Some(Duration::ZERO)).unwrap();
    node.shutdown(Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_blocking_call_calls_no_task_in() {
    let (node, listening) = node();
    let (runtime, free_the_worker) = runtime_whose_worker_is_busy();
    let (association, opening) = opening_at(&runtime, to(listening.address().port()));
    association.drive(&opening);
    let tasks = || runtime.handle().metrics().num_alive_tasks();
    let before = tasks();
    let echo = association.operation(Delivery::Pull);
    association.run(&echo, None, || association.start(&echo, Box::new(Echo)));
    assert_eq!((echo.outcome().unwrap().status, tasks()), (Some(0), before));
    free_the_worker.send(()).unwrap();
    drop(opening);
    runtime.shutdown(Some(Duration::ZERO)).unwrap();
    node.shutdown(Some(Duration::ZERO)).unwrap();
}

#[test]
fn the_caretaker_leaves_a_seat_alone_in_which_somebody_sits() {
    let (node, listening) = node();
    let (association, opening) = opening_at(&node, to(listening.address().port()));
    association.drive(&opening);
    association.go_cold();
    assert!(!association.tend(Instant::now()));
    drop(opening);
    node.shutdown(Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_cancel_that_comes_before_the_start_counts() {
    let (node, listening) = node();
    let (association, opening) = opening_at(&node, to(listening.address().port()));
    association.drive(&opening);
    let (first, cancelled) = (association.operation(Delivery::Pull), association.operation(Delivery::Pull));
    cancelled.cancel();
    association.start(&first, Box::new(Unanswered));
    association.start(&cancelled, Box::new(Echo));
    let outcome = cancelled.wait(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(outcome.result.unwrap_err().cause(), &Cause::Cancelled);
    drop(opening);
    node.shutdown(Some(Duration::ZERO)).unwrap();
}

#[test]
fn the_end_is_told_last() {
    let runtime = Runtime::new(crate::runtime::RuntimeOptions::default()).unwrap();
    let (go_on, wait) = mpsc::channel();
    let (heard, told) = mpsc::channel();
    let (wait, kept) = (Mutex::new(wait), Mutex::default());
    let slow = Arc::new(Slow { node: Node(runtime.clone()), heard, wait, kept });
    let listening = Listening::start(&runtime, "127.0.0.1:0".parse().unwrap(), slow).unwrap();
    let (user, opening) = opening_at(&runtime, to(listening.address().port()));
    user.drive(&opening);
    let Told::Came(provider) = told.recv_timeout(Duration::from_secs(10)).unwrap() else {
        panic!("told before it came")
    };
    // A thread tells the provider that the association is established, and takes its time. Meanwhile it ends.
    assert!(matches!(told.recv_timeout(Duration::from_secs(10)).unwrap(), Told::Reaching));
    drop(opening);
    while !provider.turn(Interest { read: true, write: false }).over {
        std::thread::yield_now();
    }
    assert!(told.try_recv().is_err() && !provider.is_over());
    go_on.send(()).unwrap();
    assert!(matches!(
        told.recv_timeout(Duration::from_secs(10)).unwrap(),
        Told::Reached(Milestone::Established)
    ));
    assert!(matches!(told.recv_timeout(Duration::from_secs(10)).unwrap(), Told::Reached(Milestone::Aborted)));
    assert!(matches!(told.recv_timeout(Duration::from_secs(10)).unwrap(), Told::Ended));
    runtime.shutdown(Some(Duration::ZERO)).unwrap();
}

#[test]
fn the_end_is_told_of_one_that_nobody_ever_drove_too() {
    let (runtime, _) = node();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (Attempt::Connected(socket) | Attempt::UnderWay(socket)) = Socket::connect(address, None).unwrap();
    let (heard, told) = mpsc::channel();
    let (wait, kept) = (Mutex::new(mpsc::channel().1), Mutex::default());
    let provider = Arc::new(Slow { node: Node(runtime.clone()), heard, wait, kept });
    let timeouts = Timeouts::for_provider();
    let accepted = Accepted { local: socket.local_addr().unwrap(), peer: address, socket };
    let association = Association::accept(&runtime, accepted, timeouts, provider);
    assert!(told.try_recv().is_err());
    drop(association);
    assert!(matches!(told.recv().unwrap(), Told::Ended));
    runtime.shutdown(Some(Duration::ZERO)).unwrap();
}

/// A [`Node`] that takes its time over the first thing that it is told.
struct Slow {
    node: Node,
    heard: mpsc::Sender<Told>,
    wait: Mutex<mpsc::Receiver<()>>,
    /// An association does not keep the one whom it tells.
    kept: Mutex<Vec<Arc<Self>>>,
}

enum Told {
    Came(Arc<Association>),
    Reaching,
    Reached(Milestone),
    Ended,
}

impl Welcome for Slow {
    fn connection(&self, accepted: Accepted) -> Option<Arc<Association>> {
        let wait = std::mem::replace(&mut *self.wait.lock().unwrap(), mpsc::channel().1);
        let (node, heard, wait) = (self.node.clone(), self.heard.clone(), Mutex::new(wait));
        let provider = Arc::new(Self { node, heard, wait, kept: Mutex::default() });
        self.kept.lock().unwrap().push(provider.clone());
        let timeouts = Timeouts::for_provider();
        let association = Association::accept(&self.node.0, accepted, timeouts, provider);
        self.heard.send(Told::Came(association.clone())).unwrap();
        Some(association)
    }
    fn exhausted(&self) -> bool {
        false
    }
}

impl Provider for Slow {
    fn associate(&self, association: u64, peer: SocketAddr, request: &AssociateRq) -> Admission {
        self.node.associate(association, peer, request)
    }
    fn ask(&self, _: AssociationRequest) {}
    fn request(&self, facts: &Facts, context: &AcceptedContext, command: &CommandSet) -> Reception {
        self.node.request(facts, context, command)
    }
    fn hand(&self, _: Request) {}
    fn reached(&self, _: u64, milestone: Milestone) {
        if milestone == Milestone::Established {
            self.heard.send(Told::Reaching).unwrap();
            self.wait.lock().unwrap().recv().unwrap();
        }
        self.heard.send(Told::Reached(milestone)).unwrap();
    }
    fn ended(&self, _: u64) {
        self.heard.send(Told::Ended).unwrap();
    }
}

/// A runtime on which a [`Node`] listens.
fn node() -> (Runtime, Listening) {
    let runtime = Runtime::new(crate::runtime::RuntimeOptions::default()).unwrap();
    let node = Arc::new(Node(runtime.clone()));
    let listening = Listening::start(&runtime, "127.0.0.1:0".parse().unwrap(), node).unwrap();
    (runtime, listening)
}

/// A runtime that gets nothing done before the sender is used.
fn runtime_whose_worker_is_busy() -> (Runtime, mpsc::Sender<()>) {
    let mut options = crate::runtime::RuntimeOptions::default();
    options.set_workers(1).unwrap();
    let runtime = Runtime::new(options).unwrap();
    let (sender, receiver) = mpsc::channel();
    let (begun, has_begun) = mpsc::channel();
    runtime.spawn(async move {
        begun.send(()).unwrap();
        let _freed = receiver.recv();
    });
    has_begun.recv().unwrap();
    (runtime, sender)
}

struct Echo;

impl Exchange for Echo {
    fn request(&mut self, negotiated: &Negotiated, id: u16) -> Result<(PresentationContextId, CommandSet)> {
        Ok((negotiated.accepted[0].id, CommandSet::c_echo_rq(id)))
    }
    fn reply(&self) -> Option<Limit> {
        None
    }
    fn response(
        &mut self,
        _: Instant,
        response: &CommandSet,
        _: &mut dyn FnMut(Event),
    ) -> std::result::Result<Next, Cause> {
        let mut outcome = Outcome::new(Ok(()));
        outcome.status = response.status.map(|status| status.0);
        Ok(Next::Done(outcome))
    }
}

/// Takes no answer for one.
struct Unanswered;

impl Exchange for Unanswered {
    fn request(&mut self, negotiated: &Negotiated, id: u16) -> Result<(PresentationContextId, CommandSet)> {
        Echo.request(negotiated, id)
    }
    fn reply(&self) -> Option<Limit> {
        None
    }
    fn response(
        &mut self,
        _: Instant,
        _: &CommandSet,
        _: &mut dyn FnMut(Event),
    ) -> std::result::Result<Next, Cause> {
        Ok(Next::Response)
    }
}

struct Panics;

impl Exchange for Panics {
    fn request(&mut self, _: &Negotiated, _: u16) -> Result<(PresentationContextId, CommandSet)> {
        panic!("on purpose")
    }
    fn reply(&self) -> Option<Limit> {
        None
    }
    fn response(
        &mut self,
        _: Instant,
        _: &CommandSet,
        _: &mut dyn FnMut(Event),
    ) -> std::result::Result<Next, Cause> {
        Ok(Next::Response)
    }
}

fn opening_at(runtime: &Runtime, options: OpenOptions) -> (Arc<Association>, Arc<Operation>) {
    let operation = Operation::new(runtime, Strand::new(runtime), Delivery::Pull);
    (Association::open(options, &operation).unwrap(), operation)
}

fn to(port: u16) -> OpenOptions {
    let peer = Peer { host: "127.0.0.1".to_owned(), port };
    let mut options =
        OpenOptions::new(peer, AeTitle::new("DIMSE").unwrap(), AeTitle::new("ANY-SCP").unwrap());
    options.add_context(uids::VERIFICATION, Vec::new()).unwrap();
    options
}

/// Verifies whoever asks.
#[derive(Clone)]
struct Node(Runtime);

impl Welcome for Node {
    fn connection(&self, accepted: Accepted) -> Option<Arc<Association>> {
        let provider = Arc::new(self.clone());
        Some(Association::accept(&self.0, accepted, Timeouts::for_provider(), provider))
    }
    fn exhausted(&self) -> bool {
        false
    }
}

impl Provider for Node {
    fn associate(&self, _: u64, _: SocketAddr, request: &AssociateRq) -> Admission {
        let mut policy = AcceptorPolicy::new(super::implementation::CLASS);
        policy.contexts.push(AcceptableContext {
            abstract_syntax: uids::VERIFICATION,
            transfer_syntaxes: uids::UNCOMPRESSED_LITTLE_ENDIAN.to_vec(),
            requestor: Roles::SCU,
        });
        Admission::Accept(Box::new(negotiate(request, &policy).unwrap()))
    }
    fn ask(&self, _: AssociationRequest) {}
    fn request(&self, _: &Facts, _: &AcceptedContext, command: &CommandSet) -> Reception {
        Reception::Answer(Box::new(CommandSet::response_to(command, Status::SUCCESS)))
    }
    fn hand(&self, _: Request) {}
    fn reached(&self, _: u64, _: Milestone) {}
    fn ended(&self, _: u64) {}
}
