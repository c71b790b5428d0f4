//! Data sets on their way out and in: one driver, fake sources and sinks, and the other side's bytes by hand.

use std::cell::Cell;

use super::*;
use crate::dimse::command::Priority;
use crate::net::buffers::Chunk;
use crate::net::data::{Fed, Head, Outgoing, Refusal, Sink, Source, Taken};
use crate::net::exchange::{Received as Instance, Rest};
use crate::net::work::Work;
use crate::types::{AbortReason, MaxPduLength};

mod deciding;
mod holding;
mod receiving;
mod sending;

static CLASS: Uid = Uid::from_static("1.2.3");
static INSTANCE: Uid = Uid::from_static("1.2.4");

/// A C-STORE-RQ, as both sides here send it.
fn store_rq(message_id: u16) -> CommandSet {
    CommandSet::c_store_rq(message_id, CLASS.clone(), INSTANCE.clone(), Priority::Medium)
}

fn store_rsp(message_id: u16, status: Status) -> CommandSet {
    CommandSet::response_to(&store_rq(message_id), status)
}

/// Bytes of which no two neighbouring stretches are equal.
fn data_set(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap()).collect()
}

thread_local! {
    /// The driver is held: nothing that may block or is the caller's code runs.
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
}

// ---- the side under test --------------------------------------------------------------------------------------------

/// One driver on a clock and a link that the test moves.
struct Side {
    now: Instant,
    runtime: Runtime,
    strand: Arc<Strand>,
    driver: Driver<End>,
    link: Rc<RefCell<Link>>,
    is_user: bool,
    /// The longest variable field of what it may send.
    longest: usize,
    /// What its handler got.
    handed: Vec<(Handed, Option<Instance>)>,
    milestones: Vec<Milestone>,
    /// How many pieces of work it was given.
    works: usize,
}

impl Side {
    /// A user, associated with a peer that announced `longest` and grants `window`.
    fn user(longest: u32, window: u16) -> Self {
        let provider = TestProvider { answers: Answers::ByItself, window };
        Self::user_with(Arc::new(provider), longest, window)
    }

    /// The same, and `provider` answers what the peer asks.
    fn user_with(provider: Arc<dyn Provider>, longest: u32, window: u16) -> Self {
        let runtime = Runtime::default_runtime().unwrap();
        let strand = Strand::new(&runtime);
        let opening = Operation::new(&runtime, strand.clone(), Delivery::Pull);
        let request = Pair::request(window);
        let mut acceptance = acceptance(&request, window);
        acceptance.user.max_pdu_length = Some(MaxPduLength::from_wire(longest));
        let promise = opening.promise();
        let setup = setup(Timeouts::for_user(), provider, &strand);
        let mut side = Self::new(&runtime, strand, true, longest, |now, io| {
            Driver::requestor(now, io, setup, request, promise)
        });
        side.step();
        side.sent_bytes();
        side.comes_pdu(&Pdu::AssociateAc(acceptance));
        side.step();
        assert!(opening.outcome().unwrap().result.is_ok());
        side
    }

    /// A provider with an associated peer that invokes up to `window` operations.
    fn provider(provider: Arc<dyn Provider>, window: u16) -> Self {
        let runtime = Runtime::default_runtime().unwrap();
        let strand = Strand::new(&runtime);
        let setup = setup(Timeouts::for_provider(), provider, &strand);
        let mut side = Self::new(&runtime, strand, false, 16_384, |now, io| Driver::acceptor(now, io, setup));
        side.comes_pdu(&Pdu::AssociateRq(Pair::request(window)));
        side.step();
        assert!(side.driver.negotiated.is_some());
        side.sent_bytes();
        side
    }

    fn new(
        runtime: &Runtime,
        strand: Arc<Strand>,
        is_user: bool,
        longest: u32,
        driver: impl FnOnce(Instant, End) -> Driver<End>,
    ) -> Self {
        let now = Instant::now();
        let link = Rc::new(RefCell::new(Link { chunk: 1 << 18, ..Link::default() }));
        let end = End { link: link.clone(), is_user };
        Self {
            now,
            runtime: runtime.clone(),
            strand,
            driver: driver(now, end),
            link,
            is_user,
            longest: if longest == 0 { 256 * 1024 } else { usize::try_from(longest).unwrap() },
            handed: Vec::new(),
            milestones: Vec::new(),
            works: 0,
        }
    }

    /// One look at the connection and the clock.
    fn step(&mut self) {
        self.step_with([], true);
    }

    fn order(&mut self, order: Order) {
        self.step_with([order], false);
    }

    fn step_with(&mut self, orders: impl IntoIterator<Item = Order>, read: bool) {
        IS_HELD.set(true);
        self.driver.step(self.now, orders, read.then(Buffer::take), Verbosity::default());
        IS_HELD.set(false);
        for effect in self.driver.effects() {
            match effect {
                Effect::Complete(operation, outcome) => {
                    assert!(operation.complete(outcome), "one outcome for each operation");
                }
                Effect::Hand(handed, _, _, received) => self.handed.push((handed, received)),
                Effect::Tell(operation, event) => operation.emit(event),
                Effect::Reached(milestone) => self.milestones.push(milestone),
                _ => {}
            }
        }
    }

    /// What it has to do now, taken from it.
    fn work(&mut self) -> Option<Work> {
        let has = self.driver.has_work(self.now);
        let work = self.driver.work(self.now);
        assert_eq!(has, work.is_some());
        self.works += usize::from(has);
        work
    }

    /// Does what there is to do; false where there is nothing.
    fn does_work(&mut self) -> bool {
        let Some(work) = self.work() else { return false };
        self.brings(work);
        true
    }

    fn brings(&mut self, work: Work) {
        let more = work.leaves_more();
        let worked = work.run();
        self.step_with([Order::Worked(worked)], more);
    }

    /// Until nothing wakes it any more.
    fn settle(&mut self) {
        for _ in 0..100_000 {
            if self.is_woken() {
                self.step();
            } else if !self.does_work() {
                return;
            }
        }
        panic!("it never settles");
    }

    /// Whether whoever waits for it would be woken now.
    fn is_woken(&self) -> bool {
        let Interest { read, write } = self.driver.interest();
        let link = self.link.borrow();
        let unread = if self.is_user { &link.to_user } else { &link.to_provider };
        let has_room = !self.is_user || link.room != Some(0);
        let is_due = self.driver.deadline().is_some_and(|deadline| deadline <= self.now);
        let comes = !unread.is_empty() || link.closed;
        !self.driver.is_closed() && ((read && comes) || (write && has_room) || is_due)
    }

    /// Until nothing moves, where each step finds room for `room` more bytes.
    fn trickle(&mut self, room: usize) {
        for _ in 0..1_000_000 {
            let before = self.moved();
            self.link.borrow_mut().room = Some(room);
            self.settle();
            if self.moved() == before {
                return;
            }
        }
        panic!("it never ends");
    }

    fn moved(&self) -> (usize, usize, bool, usize, usize) {
        let link = self.link.borrow();
        (link.to_user.len(), link.to_provider.len(), link.closed, self.works, self.handed.len())
    }

    /// Lets time pass in one go, as when nobody had the time to look.
    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.step();
    }

    /// Looks when it asked to be looked at, for so long.
    fn wait(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        // While the program holds reading, it looks for the peer once a second.
        for _ in 0..1_000 + seconds {
            match self.driver.deadline() {
                Some(deadline) if deadline <= until => {
                    self.now = self.now.max(deadline);
                    self.step();
                }
                _ => {
                    self.now = until;
                    return;
                }
            }
        }
        panic!("it wants to be looked at without end");
    }

    // ---- the other side ---------------------------------------------------------------------------------------------

    fn comes(&mut self, bytes: &[u8]) {
        let mut link = self.link.borrow_mut();
        let queue = if self.is_user { &mut link.to_user } else { &mut link.to_provider };
        queue.extend(bytes);
    }

    fn comes_pdu(&mut self, pdu: &Pdu) {
        let mut bytes = Vec::new();
        encode(pdu, &mut bytes).unwrap();
        self.comes(&bytes);
    }

    fn comes_command(&mut self, command: &CommandSet) {
        self.comes(&message(command));
    }

    /// What it has sent since the last time.
    fn sent_bytes(&mut self) -> Vec<u8> {
        let mut link = self.link.borrow_mut();
        let queue = if self.is_user { &mut link.to_provider } else { &mut link.to_user };
        queue.drain(..).collect()
    }

    /// The same, understood: every PDU measured, and none cut off.
    fn sent(&mut self) -> Vec<Seen> {
        let bytes = self.sent_bytes();
        let (seen, left) = understand(&bytes, self.longest);
        assert_eq!(left, 0, "it stops in the middle of a PDU, behind {seen:?}");
        seen
    }

    /// How it ends, seen from outside: everybody has gone, and nothing is left.
    fn end(mut self) {
        self.order(Order::End);
        self.settle();
        assert!(self.driver.is_closed());
        assert!(self.work().is_none());
    }
}

fn setup(timeouts: Timeouts, provider: Arc<dyn Provider>, strand: &Strand) -> Setup {
    let address: SocketAddr = "192.0.2.1:104".parse().unwrap();
    Setup {
        association: 1,
        timeouts,
        provider: Some(provider),
        local: address,
        peer: address,
        called: Some("PEER at 192.0.2.1:104".to_owned()),
        counters: Arc::default(),
        backlog: strand.backlog().clone(),
    }
}

fn acceptance(request: &AssociateRq, window: u16) -> Box<crate::wire::pdu::AssociateAc> {
    let mut policy = AcceptorPolicy::new(Uid::from_static("1.2.3"));
    policy.async_window = AsyncWindow { invoked: window, performed: window };
    policy.contexts.push(AcceptableContext {
        abstract_syntax: uids::VERIFICATION,
        transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN],
        requestor: Roles::SCU,
    });
    Box::new(negotiate(request, &policy).unwrap())
}

fn context() -> PresentationContextId {
    PresentationContextId::new(1).unwrap()
}

/// A command as PDUs.
fn message(command: &CommandSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    let limit = FragmentLimit::for_peer(MaxPduLength::DEFAULT).unwrap();
    encode_message(command, context(), limit, &mut bytes);
    bytes
}

/// A P-DATA-TF PDU with one fragment of a data set.
fn fragment(data: &[u8], last: bool) -> Vec<u8> {
    let item = u32::try_from(data.len() + 2).unwrap();
    let mut bytes = vec![4, 0];
    bytes.extend((item + 4).to_be_bytes());
    bytes.extend(item.to_be_bytes());
    bytes.extend([1, if last { 2 } else { 0 }]);
    bytes.extend(data);
    bytes
}

/// A C-STORE-RQ with its data set in fragments of `size`.
fn stored(message_id: u16, data: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = message(&store_rq(message_id));
    let count = data.len().div_ceil(size).max(1);
    for index in 0..count {
        let part = data.get(index * size..data.len().min((index + 1) * size)).unwrap_or_default();
        bytes.extend(fragment(part, index + 1 == count));
    }
    bytes
}

/// What was sent.
#[derive(Debug, PartialEq)]
enum Seen {
    Command(Box<CommandSet>),
    /// A whole data set.
    Data(Vec<u8>),
    /// A data set without its last fragment.
    Cut(Vec<u8>),
    Abort(AbortReason),
    ReleaseRq,
    ReleaseRp,
}

/// Reads a stream of PDUs; returns how many bytes of the last one are there where it is cut off, too.
fn understand(mut bytes: &[u8], longest: usize) -> (Vec<Seen>, usize) {
    let (mut seen, mut command, mut data) = (Vec::new(), None::<Vec<u8>>, None::<Vec<u8>>);
    let mut announced = false;
    while let Some((header, rest)) = bytes.split_at_checked(6) {
        let length = usize::try_from(u32::from_be_bytes(header[2..].try_into().unwrap())).unwrap();
        let Some((field, rest)) = rest.split_at_checked(length) else { break };
        bytes = rest;
        if header[0] != 4 {
            seen.extend(data.take().map(Seen::Cut));
            assert!(command.is_none(), "a PDU between two fragments of a command");
            seen.push(match header[0] {
                5 => Seen::ReleaseRq,
                6 => Seen::ReleaseRp,
                7 => Seen::Abort(AbortReason { source: field[2], reason: field[3] }),
                other => panic!("a PDU of type {other}"),
            });
            continue;
        }
        assert!(length <= longest, "{length} bytes to a peer that takes {longest}");
        let item = usize::try_from(u32::from_be_bytes(field[..4].try_into().unwrap())).unwrap();
        assert_eq!((item, field[4]), (length - 4, 1), "one fragment in each PDU");
        let (control, value) = (field[5], &field[6..]);
        assert!(value.len().is_multiple_of(2), "an odd fragment of {} bytes", value.len());
        let last = control & 2 != 0;
        if control & 1 != 0 {
            assert!(data.is_none() && !announced, "a command inside of a message");
            let set = command.get_or_insert_default();
            set.extend_from_slice(value);
            if last {
                let set = crate::dimse::decode::decode(&command.take().unwrap()).unwrap();
                announced = set.has_data_set;
                seen.push(Seen::Command(Box::new(set)));
            }
        } else {
            assert!(announced, "a data set that no command has announced");
            assert!(last || value.len() + 6 == longest & !1, "a fragment that could be longer");
            let set = data.get_or_insert_default();
            set.extend_from_slice(value);
            if last {
                seen.extend(data.take().map(Seen::Data));
                announced = false;
            }
        }
    }
    seen.extend(data.take().map(Seen::Cut));
    (seen, bytes.len())
}

/// Whether anything that was given out with this is still there.
fn nothing_is_left(alive: &Arc<()>) -> bool {
    Arc::strong_count(alive) == 1
}
