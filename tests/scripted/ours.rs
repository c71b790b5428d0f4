//! The library's side of a test: a node with a server, a user with its operations.

use std::any::Any;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dimse::error::{Cause, Error, Phase};
use dimse::net::association::{Association, Owned};
use dimse::net::connect::Peer as To;
use dimse::net::implementation;
use dimse::net::open_options::OpenOptions;
use dimse::net::operation::{Delivery, Event, Flow, InstanceReport, Listener, Operation, Outcome};
use dimse::runtime::strand::{Strand, Target};
use dimse::runtime::{Runtime, RuntimeOptions};
use dimse::scp::server::{Handler, Server, ServerCounters, ServerOptions};
use dimse::scu::echo::{EchoOptions, echo};
use dimse::scu::store::{StoreOptions, store, store_all};
use dimse::storage::instance::Instance;
use dimse::ul::negotiation::{AcceptableContext, AcceptorPolicy, Roles};
use dimse::wire::uids;

use super::bytes::ae;
use super::peer::Peer;
use super::{PATIENCE, eventually};

// ---- the provider ---------------------------------------------------------------------------------------------------

/// A server on a port of its own that takes Verification from anybody.
pub(crate) struct Node {
    pub(crate) server: Arc<Server>,
    /// Panics of a test's own handlers.
    pub(crate) expected_panics: u64,
    runtime: Runtime,
}

impl Node {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| ())
    }

    pub(crate) fn start_with(adapt: impl FnOnce(&mut ServerOptions)) -> Self {
        Self::start_on(runtime(), adapt)
    }

    pub(crate) fn start_on(runtime: Runtime, adapt: impl FnOnce(&mut ServerOptions)) -> Self {
        let mut policy = AcceptorPolicy::new(implementation::CLASS);
        policy.contexts.push(AcceptableContext {
            abstract_syntax: uids::VERIFICATION,
            transfer_syntaxes: uids::UNCOMPRESSED_LITTLE_ENDIAN.to_vec(),
            requestor: Roles::SCU,
        });
        let mut options = ServerOptions::new("127.0.0.1:0".parse().unwrap(), policy);
        adapt(&mut options);
        let server = Server::start(&runtime, options).unwrap();
        Self { server, expected_panics: 0, runtime }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub(crate) fn counters(&self) -> ServerCounters {
        self.server.counters()
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Peer {
        Peer::connect(self.address())
    }

    /// A new association.
    #[track_caller]
    pub(crate) fn associate(&self) -> Peer {
        Peer::associate(self.address())
    }

    /// It still serves: associate, verify, release.
    #[track_caller]
    pub(crate) fn expect_service(&self) {
        let mut peer = self.associate();
        peer.send(&super::bytes::echo_rq(1, 1));
        peer.expect_echo_rsp(1);
        peer.send(&super::bytes::release_rq());
        peer.expect_release_rp();
    }

    /// Every connection is gone and nothing has panicked.
    #[track_caller]
    pub(crate) fn expect_empty(&self) {
        eventually("no connection is left", || self.counters().connections == 0);
        assert_eq!(self.counters().panics_total, self.expected_panics);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        finish(&self.runtime, self.expected_panics);
    }
}

/// A handler that does nothing with what it gets: the test has it.
pub(crate) fn kept<T: Send + 'static>() -> (Option<Handler<T>>, Receiver<T>) {
    let (sender, receiver) = channel();
    let handler = Handler {
        target: Target::Library,
        call: Arc::new(move |what| {
            let _test_is_over = sender.send(what);
        }),
    };
    (Some(handler), receiver)
}

/// What a kept handler has got.
#[track_caller]
pub(crate) fn handed<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(PATIENCE).expect("the handler was not called")
}

// ---- the user -------------------------------------------------------------------------------------------------------

/// Somebody who opens associations.
pub(crate) struct User {
    /// Panics of a test's own readers.
    pub(crate) expected_panics: u64,
    runtime: Runtime,
}

/// An association on its way.
pub(crate) struct Opening {
    pub(crate) association: Arc<Association>,
    pub(crate) asked: Asked,
}

/// An association that is open, and owned.
pub(crate) struct Ours {
    pub(crate) association: Arc<Association>,
    /// Dropped, it aborts the association.
    pub(crate) owner: Option<Arc<dyn Any + Send + Sync>>,
}

/// An operation that was started.
pub(crate) struct Asked {
    pub(crate) operation: Arc<Operation>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    done: AtomicUsize,
    reports: Mutex<Vec<InstanceReport>>,
    released: AtomicUsize,
}

impl User {
    pub(crate) fn new() -> Self {
        Self { expected_panics: 0, runtime: runtime() }
    }

    /// Begins to associate with whom listens at `port` of 127.0.0.1, for Verification.
    #[track_caller]
    pub(crate) fn open(&self, port: u16) -> Opening {
        self.open_with(port, |_| ())
    }

    #[track_caller]
    pub(crate) fn open_with(&self, port: u16, adapt: impl FnOnce(&mut OpenOptions)) -> Opening {
        let opening = self.prepare("127.0.0.1", port, adapt);
        opening.association.go_cold();
        opening
    }

    /// [`User::open_with`] without a start.
    #[track_caller]
    pub(crate) fn prepare(&self, host: &str, port: u16, adapt: impl FnOnce(&mut OpenOptions)) -> Opening {
        let mut options = options(host, port);
        adapt(&mut options);
        let (delivery, counts) = counting();
        let operation = Operation::new(&self.runtime, Strand::new(&self.runtime), delivery);
        let association = Association::open(options, &operation).unwrap();
        Opening { association, asked: Asked { operation, counts } }
    }
}

impl User {
    /// Ends everything, with work in flight.
    pub(crate) fn shut_down(&self) {
        finish(&self.runtime, 0);
    }
}

impl Drop for User {
    fn drop(&mut self) {
        finish(&self.runtime, self.expected_panics);
    }
}

/// An association from SCRIPT to NODE that proposes Verification, and that no deadline ends while a test is patient.
pub(crate) fn options(host: &str, port: u16) -> OpenOptions {
    let mut options = OpenOptions::new(To { host: host.to_owned(), port }, ae("SCRIPT"), ae("NODE"));
    options.add_context(uids::VERIFICATION, vec![]).unwrap();
    options
}

impl Opening {
    /// It has become open.
    #[track_caller]
    pub(crate) fn expect_open(self) -> Ours {
        self.asked.expect_done();
        let owner = self.asked.operation.take_product();
        assert!(owner.as_ref().is_some_and(|owner| owner.is::<Owned>()));
        Ours { association: self.association, owner }
    }

    /// It has failed, in this phase.
    #[track_caller]
    pub(crate) fn expect_error(self, phase: Phase) -> Error {
        let error = self.asked.expect_error(phase);
        assert!(self.asked.operation.take_product().is_none());
        error
    }
}

impl Ours {
    /// Starts a C-ECHO.
    pub(crate) fn echo(&self) -> Asked {
        self.echo_with(&EchoOptions::default())
    }

    pub(crate) fn echo_with(&self, options: &EchoOptions) -> Asked {
        self.ask(|association, operation| echo(association, options, operation))
    }

    /// Starts a C-STORE of these, one after the other; of one, where it is one.
    pub(crate) fn store(&self, instances: Vec<Instance>) -> Asked {
        self.store_with(instances, StoreOptions::default())
    }

    pub(crate) fn store_with(&self, instances: Vec<Instance>, options: StoreOptions) -> Asked {
        self.ask(|association, operation| match <[Instance; 1]>::try_from(instances) {
            Ok([instance]) => store(association, instance, options, operation),
            Err(instances) => store_all(association, instances, options, operation),
        })
    }

    /// Starts a release.
    pub(crate) fn release(&self) -> Asked {
        self.ask(Association::release)
    }

    /// A C-ECHO that blocks the calling thread.
    #[track_caller]
    pub(crate) fn blocking_echo(&self) -> Outcome {
        let asked = self.echo();
        self.association.drive(&asked.operation);
        asked.operation.outcome().expect("the blocking call returned too early")
    }

    fn ask(&self, start: impl FnOnce(&Association, &Arc<Operation>)) -> Asked {
        let (delivery, counts) = counting();
        let operation = self.association.operation(delivery);
        start(&self.association, &operation);
        Asked { operation, counts }
    }
}

impl Asked {
    /// Its outcome, and that it was told exactly once.
    #[track_caller]
    pub(crate) fn outcome(&self) -> Outcome {
        let outcome = self.operation.wait(Some(PATIENCE)).expect("the operation has no outcome");
        eventually("the listener is released", || self.counts.released.load(Ordering::SeqCst) == 1);
        assert_eq!(self.counts.done.load(Ordering::SeqCst), 1, "DONE comes exactly once");
        outcome
    }

    #[track_caller]
    pub(crate) fn expect_done(&self) -> Outcome {
        let outcome = self.outcome();
        assert!(outcome.result.is_ok(), "{outcome:?}");
        outcome
    }

    /// A C-ECHO that was answered with success.
    #[track_caller]
    pub(crate) fn expect_success(&self) {
        assert_eq!(self.expect_done().status, Some(0));
    }

    #[track_caller]
    pub(crate) fn expect_error(&self, phase: Phase) -> Error {
        let outcome = self.outcome();
        let Err(error) = outcome.result else { panic!("{outcome:?}") };
        assert_eq!(error.phase(), phase, "{error}");
        error
    }

    /// It was cancelled, in this phase.
    #[track_caller]
    pub(crate) fn expect_cancelled(&self, phase: Phase) {
        assert_eq!(self.expect_error(phase).cause(), &Cause::Cancelled);
    }

    /// It was ended by a deadline of `limit`, in this phase.
    #[track_caller]
    pub(crate) fn expect_timeout(&self, phase: Phase, limit: Duration) {
        assert_eq!(self.expect_error(phase).cause(), &Cause::Timeout { limit });
    }

    /// What has become of each instance, in order, once it is over.
    #[track_caller]
    pub(crate) fn reports(&self) -> Vec<InstanceReport> {
        self.outcome();
        std::mem::take(&mut *self.counts.reports.lock().unwrap())
    }

    /// It goes on.
    #[track_caller]
    pub(crate) fn expect_open(&self) {
        assert!(!self.operation.is_complete(), "{:?}", self.operation.outcome());
    }
}

struct Counting(Arc<Counts>);

impl Listener for Counting {
    fn event(&mut self, event: &Event) -> Flow {
        match event {
            Event::Done(_) => {
                self.0.done.fetch_add(1, Ordering::SeqCst);
            }
            Event::Instance(report) => self.0.reports.lock().unwrap().push((**report).clone()),
            _ => {}
        }
        Flow::Continue
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.released.fetch_add(1, Ordering::SeqCst);
    }
}

fn counting() -> (Delivery, Arc<Counts>) {
    let counts = Arc::<Counts>::default();
    (Delivery::Library(Box::new(Counting(counts.clone()))), counts)
}

fn runtime() -> Runtime {
    runtime_with(|_| ())
}

/// A runtime with few workers.
pub(crate) fn runtime_with(adapt: impl FnOnce(&mut RuntimeOptions)) -> Runtime {
    let mut options = RuntimeOptions::default();
    options.set_workers(2).unwrap();
    adapt(&mut options);
    Runtime::new(options).unwrap()
}

/// The end of a test: everything ends in order.
fn finish(runtime: &Runtime, expected_panics: u64) {
    let outcome = runtime.shutdown(Some(Duration::ZERO));
    if !std::thread::panicking() {
        outcome.expect("the shutdown did not end everything");
        assert_eq!(runtime.panics(), expected_panics);
    }
}
