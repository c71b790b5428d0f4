//! A server: listens, decides who may associate, answers requests or hands them on, and stops in order.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

pub use super::registry::Limits;

use super::dispatch::{Services, dispatch};
use super::network::Network;
use super::registry::Registry;
use super::undecided::{House, Undecided};
use crate::dimse::command::CommandSet;
use crate::error::Result;
use crate::net::association::Association;
use crate::net::association_request::AssociationRequest;
pub use crate::net::exchange::Rest;
use crate::net::exchange::{Admission, Milestone, Provider, Reception};
use crate::net::facts::Facts;
use crate::net::listen::{Listening, Welcome};
use crate::net::operation::{Delivery, Operation, Outcome, Promise};
use crate::net::request::Request;
use crate::net::sys::Accepted;
use crate::net::timeouts::Timeouts;
use crate::runtime::strand::{Strand, Target};
use crate::runtime::{Ends, Runtime};
use crate::storage::folder::{Durability, Folder, FolderOptions};
use crate::storage::head::{Front, Fronts};
use crate::storage::single_file::SingleFiles;
use crate::storage::stored::Tally;
use crate::storage::watch::Watcher;
use crate::types::Rejection;
use crate::ul::negotiated::AcceptedContext;
use crate::ul::negotiation::{AcceptorPolicy, negotiate};
use crate::wire::pdu::AssociateRq;

/// What a server does.
#[derive(Clone)]
pub struct ServerOptions {
    /// Where it listens; port 0 lets the system choose.
    pub address: SocketAddr,
    /// Whom and what it accepts.
    pub policy: AcceptorPolicy,
    /// From where associations may be asked for; empty is from anywhere.
    pub networks: Vec<Network>,
    /// How much it takes on.
    pub limits: Limits,
    /// How long each phase may take.
    pub timeouts: Timeouts,
    /// Asked about each association that the policy would accept.
    pub association_handler: Option<Handler<AssociationRequest>>,
    /// Gets each request of a service that is provided; a C-STORE once its instance is complete in the folder.
    pub request_handler: Option<Handler<Request>>,
    /// Where instances go that peers store here; `None`, and no `header_handler`, provides no storage.
    pub folder: Option<FolderOptions>,
    /// Decides by the front of each instance where it goes.
    pub header_handler: Option<(Front, Handler<Undecided>)>,
    /// So many bytes of fronts are held at most, all of the server together; beyond that instances are refused (A700).
    pub front_bytes: u64,
    /// Sees the elements of each instance as they pass, on a thread of the library that may wait for it.
    pub watcher: Option<Watcher>,
    /// What is on the disk before a peer is told that its instance is stored at a path of its own.
    pub durability: Durability,
    /// With less free space than this on the disk of such a path nothing is stored there (A700); 0 sets no floor.
    pub free_space_floor_bytes: u64,
    /// What becomes of the rest of an instance that a handler or a sink of the caller's refuses.
    pub rest: Rest,
}

impl ServerOptions {
    /// The default of [`Self::front_bytes`]: 256 MiB.
    pub const FRONT_BYTES: u64 = 256 << 20;

    /// A server at `address` that accepts what `policy` says, with every default and without storage.
    #[must_use]
    pub fn new(address: SocketAddr, policy: AcceptorPolicy) -> Self {
        Self {
            address,
            policy,
            networks: Vec::new(),
            limits: Limits::default(),
            timeouts: Timeouts::for_provider(),
            association_handler: None,
            request_handler: None,
            folder: None,
            header_handler: None,
            front_bytes: Self::FRONT_BYTES,
            watcher: None,
            durability: Durability::None,
            free_space_floor_bytes: FolderOptions::FREE_SPACE_FLOOR_BYTES,
            rest: Rest::Discard,
        }
    }
}

/// Somebody's function and where it is to run. Its last drop is the user's `release`.
pub struct Handler<T> {
    /// The library's callback threads, or the caller's queue.
    pub target: Target,
    /// Owns what it gets, and answers now or later.
    pub call: Arc<dyn Fn(T) + Send + Sync>,
}

impl<T> Clone for Handler<T> {
    fn clone(&self) -> Self {
        Self { target: self.target.clone(), call: self.call.clone() }
    }
}

/// What a server has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServerCounters {
    /// Connections that are open now.
    pub connections: u64,
    /// Of these, associations: asked for, established or being released.
    pub associations: u64,
    /// Of these, connections without an association.
    pub waiting: u64,
    /// Connections ever taken.
    pub connected_total: u64,
    /// Associations accepted.
    pub accepted_total: u64,
    /// Association requests refused: by the policy, a limit, or the handler.
    pub refused_total: u64,
    /// Associations that ended otherwise than by release.
    pub aborted_total: u64,
    /// Requests received.
    pub requests_total: u64,
    /// Instances stored.
    pub instances_total: u64,
    /// Bytes of their data sets.
    pub bytes_total: u64,
    /// Panics in tasks and callbacks of the runtime.
    pub panics_total: u64,
}

/// A running server.
pub struct Server {
    runtime: Runtime,
    options: ServerOptions,
    folder: Option<Folder>,
    files: Arc<SingleFiles>,
    fronts: Arc<Fronts>,
    registry: Mutex<Registry>,
    listening: OnceLock<Listening>,
    this: Weak<Self>,
    draining: AtomicBool,
    ended: AtomicBool,
    /// A connection has ended.
    changed: Notify,
    connected: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    aborted: AtomicU64,
    requests: AtomicU64,
    /// What went elsewhere than into the folder.
    tally: Arc<Tally>,
}

/// After the last A-ABORT: time for the connections to close.
const LAST_WAIT: Duration = Duration::from_secs(1);

impl Server {
    /// Listens, and serves from now on.
    pub fn start(runtime: &Runtime, options: ServerOptions) -> Result<Arc<Self>> {
        runtime.ensure_open()?;
        let address = options.address;
        let folder = options.folder.clone().map(Folder::open).transpose()?;
        let files = SingleFiles::new(options.durability, options.free_space_floor_bytes, folder.as_ref());
        let files = Arc::new(files);
        let fronts = Arc::new(Fronts::new(options.front_bytes));
        let server = Arc::new_cyclic(|this: &Weak<Self>| Self {
            runtime: runtime.clone(),
            options,
            folder,
            files,
            fronts,
            registry: Mutex::default(),
            listening: OnceLock::new(),
            this: this.clone(),
            draining: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            changed: Notify::new(),
            connected: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            aborted: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            tally: Arc::default(),
        });
        let listening = Listening::start(runtime, address, server.clone())?;
        tracing::info!(target: "dimse::server", "listening at {}", listening.address());
        let _set_once = server.listening.set(listening);
        let ends: Weak<dyn Ends> = server.this.clone();
        if let Err(shut_down) = runtime.register(ends) {
            server.stop(Some(Duration::ZERO), None);
            return Err(shut_down);
        }
        Ok(server)
    }

    /// Where it listens, with the real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listening.get().map_or(self.options.address, Listening::address)
    }

    /// What it has done so far.
    #[must_use]
    pub fn counters(&self) -> ServerCounters {
        let (waiting, associations) = {
            let registry = self.lock();
            (count(registry.waiting()), count(registry.associations()))
        };
        let in_folder = self.folder.as_ref().map(Folder::stored).unwrap_or_default();
        let elsewhere = self.tally.so_far();
        ServerCounters {
            connections: waiting + associations,
            associations,
            waiting,
            connected_total: self.connected.load(Ordering::Relaxed),
            accepted_total: self.accepted.load(Ordering::Relaxed),
            refused_total: self.refused.load(Ordering::Relaxed),
            aborted_total: self.aborted.load(Ordering::Relaxed),
            requests_total: self.requests.load(Ordering::Relaxed),
            instances_total: in_folder.instances + elsewhere.instances,
            bytes_total: in_folder.bytes + elsewhere.bytes,
            panics_total: self.runtime.panics(),
        }
    }

    /// An operation on this server that is not started yet.
    #[must_use]
    pub fn operation(&self, delivery: Delivery) -> Arc<Operation> {
        Operation::new(&self.runtime, Strand::new(&self.runtime), delivery)
    }

    /// Whether it takes no more associations.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Stops: no connection and no association is taken from now on, those that are open may go on until the drain
    /// time is over (`None`: without limit), then they are aborted. `promise` is kept when all is over, and cancelling
    /// it ends the drain time. Never blocks.
    pub fn stop(&self, drain: Option<Duration>, promise: Option<Promise>) {
        if let Some(promise) = &promise {
            if self.is_ended() {
                promise.complete(Outcome::new(Ok(())));
                return;
            }
            let server = self.this.clone();
            promise.set_canceller(Box::new(move || {
                if let Some(server) = server.upgrade() {
                    server.stop(Some(Duration::ZERO), None);
                }
            }));
        }
        let until = drain.and_then(|drain| Instant::now().checked_add(drain));
        if let Some(server) = self.this.upgrade() {
            self.runtime.spawn(server.wind_down(until, promise));
        }
    }

    async fn wind_down(self: Arc<Self>, until: Option<Instant>, promise: Option<Promise>) {
        let begun = Instant::now();
        let first = !self.draining.swap(true, Ordering::AcqRel);
        if let Some(listening) = self.listening.get() {
            if first {
                let open = self.lock().associations();
                tracing::info!(target: "dimse::server", "stopping; associations still open: {open}");
                listening.stop();
            }
            // Every stop waits: after none of them does a connection come any more.
            listening.stopped().await;
        }
        // A connection that ends at once comes back here to be taken off the list: the lock must be free by then.
        let silent = self.lock().all_waiting();
        for association in silent {
            association.abort();
        }
        if !self.is_empty_by(until).await {
            let left = self.lock().all();
            for association in left {
                association.abort();
            }
            let patience = self.options.timeouts.abort.saturating_add(LAST_WAIT);
            self.is_empty_by(Instant::now().checked_add(patience)).await;
        }
        tokio::task::block_in_place(|| drop(self.files.close()));
        self.ended.store(true, Ordering::Release);
        if let Some(promise) = promise {
            let mut outcome = Outcome::new(Ok(()));
            outcome.duration = begun.elapsed();
            promise.complete(outcome);
        }
    }

    /// Waits until no connection is left; false where the time was over before.
    async fn is_empty_by(&self, until: Option<Instant>) -> bool {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.lock().is_empty() {
                return true;
            }
            match until {
                Some(until) if Instant::now() >= until => return false,
                Some(until) => {
                    let _either = tokio::time::timeout_at(until.into(), changed).await;
                }
                None => changed.await,
            }
        }
    }

    /// The front of an instance has come.
    fn ask_where(&self, request: Request) {
        let Some((_, handler)) = self.options.header_handler.clone() else { return };
        let house = House {
            folder: self.folder.clone(),
            files: self.files.clone(),
            watcher: self.options.watcher.clone(),
            tally: self.tally.clone(),
            asked: self.options.request_handler.is_some(),
        };
        let strand = request.strand().clone();
        if let Some(undecided) = Undecided::new(request, house) {
            strand.post(&handler.target, Box::new(move || (handler.call)(undecided)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Welcome for Server {
    fn connection(&self, accepted: Accepted) -> Option<Arc<Association>> {
        let server = self.this.upgrade()?;
        self.connected.fetch_add(1, Ordering::Relaxed);
        let timeouts = self.options.timeouts.clone();
        let association = Association::accept(&self.runtime, accepted, timeouts, server);
        let oldest = self.lock().connected(&association, &self.options.limits);
        if let Some(oldest) = oldest {
            tracing::warn!(target: "dimse::server", association = oldest.id(), "closed: the oldest of too many silent connections");
            oldest.abort();
        }
        Some(association)
    }

    fn exhausted(&self) -> bool {
        let oldest = self.lock().oldest_waiting();
        if let Some(oldest) = &oldest {
            oldest.abort();
        }
        oldest.is_some()
    }
}

impl Provider for Server {
    fn associate(&self, association: u64, peer: SocketAddr, request: &AssociateRq) -> Admission {
        if self.is_draining() {
            return Admission::Refuse(Rejection::LIMIT_EXCEEDED, "the server is stopping");
        }
        let networks = &self.options.networks;
        if !networks.is_empty() && !networks.iter().any(|network| network.contains(peer.ip())) {
            return Admission::Refuse(Rejection::NO_REASON, "its address is not allowed");
        }
        let proposal = match negotiate(request, &self.options.policy) {
            Ok(proposal) => Box::new(proposal),
            Err(rejection) => return Admission::Refuse(rejection, ""),
        };
        let asked = self.lock().asked(association, peer.ip(), request.calling, &self.options.limits);
        if let Err(full) = asked {
            return Admission::Refuse(Rejection::LIMIT_EXCEEDED, full.words());
        }
        if self.options.association_handler.is_some() {
            Admission::Ask(proposal)
        } else {
            Admission::Accept(proposal)
        }
    }

    fn ask(&self, request: AssociationRequest) {
        if let Some(handler) = self.options.association_handler.clone() {
            let strand = request.strand().clone();
            strand.post(&handler.target, Box::new(move || (handler.call)(request)));
        }
    }

    fn request(&self, facts: &Facts, context: &AcceptedContext, command: &CommandSet) -> Reception {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let services = Services {
            folder: self.folder.as_ref(),
            handled: self.options.request_handler.is_some(),
            front: self.options.header_handler.as_ref().map(|(front, _)| (*front, &self.fronts)),
            watcher: self.options.watcher.as_ref(),
            rest: self.options.rest,
        };
        dispatch(&services, facts, context, command)
    }

    fn hand(&self, request: Request) {
        if request.received().is_some_and(|received| received.head.is_some()) {
            return self.ask_where(request);
        }
        if let Some(handler) = self.options.request_handler.clone() {
            let strand = request.strand().clone();
            strand.post(&handler.target, Box::new(move || (handler.call)(request)));
        }
    }

    fn reached(&self, association: u64, milestone: Milestone) {
        let counter = match milestone {
            Milestone::Established => Some(&self.accepted),
            Milestone::Refused => Some(&self.refused),
            Milestone::Released => None,
            Milestone::Aborted => Some(&self.aborted),
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if milestone != Milestone::Established {
            self.lock().leaving(association);
        }
    }

    fn ended(&self, association: u64) {
        self.lock().ended(association);
        self.changed.notify_waiters();
    }
}

impl Ends for Server {
    fn end(&self, graceful_until: Option<Instant>) {
        let drain = graceful_until.map(|until| until.saturating_duration_since(Instant::now()));
        self.stop(Some(drain.unwrap_or_default()), None);
    }

    fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

/// A server that somebody owns: when nobody does any more, it stops at once.
pub struct OwnedServer(Arc<Server>);

impl OwnedServer {
    /// Takes ownership.
    #[must_use]
    pub fn new(server: Arc<Server>) -> Self {
        Self(server)
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Arc<Server> {
        &self.0
    }
}

impl Drop for OwnedServer {
    fn drop(&mut self) {
        self.0.stop(Some(Duration::ZERO), None);
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;
    use crate::net::connect::Peer;
    use crate::net::open_options::OpenOptions;
    use crate::runtime::RuntimeOptions;
    use crate::types::AeTitle;
    use crate::wire::encode::encode;
    use crate::wire::pdu::Pdu;
    use crate::wire::uids;

    /// A stop lets go of the connections without an association once the port is closed: what such a one asks for in
    /// between meets a server that drains.
    #[test]
    fn an_association_that_is_asked_for_while_draining_is_refused_as_transient() {
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let policy = AcceptorPolicy::new(crate::net::implementation::CLASS);
        let options = ServerOptions::new("127.0.0.1:0".parse().unwrap(), policy);
        let server = Server::start(&runtime, options).unwrap();
        let mut peer = TcpStream::connect(server.address()).unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        // As far as a stop is before the port is closed, and held there.
        server.draining.store(true, Ordering::Release);
        let to = Peer { host: String::new(), port: 0 };
        let mut asked = OpenOptions::new(to, AeTitle::new("PEER").unwrap(), AeTitle::new("NODE").unwrap());
        asked.add_context(uids::VERIFICATION, Vec::new()).unwrap();
        let mut request = Vec::new();
        encode(&Pdu::AssociateRq(asked.request), &mut request).unwrap();
        peer.write_all(&request).unwrap();
        let mut answer = [0; 10];
        peer.read_exact(&mut answer).unwrap();
        // A-ASSOCIATE-RJ 2,3,2 (PS3.8 9.3.4): rejected-transient, presentation related, local limit exceeded.
        assert_eq!(answer, [3, 0, 0, 0, 0, 4, 0, 2, 3, 2]);
        drop(peer);
        server.draining.store(false, Ordering::Release);
        server.stop(Some(Duration::ZERO), None);
        runtime.shutdown(Some(Duration::ZERO)).unwrap();
        assert_eq!((server.counters().refused_total, server.counters().connections), (1, 0));
    }
}
