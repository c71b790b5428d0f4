//! What the driver runs without knowing the services: operations that this side begins, and the provider that
//! answers what the other side begins.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::association_request::AssociationRequest;
use super::data::{Attached, Head, Outgoing, Paths, Sink};
use super::facts::Facts;
use super::operation::{Counts, Event, Outcome, Promise};
use super::request::Request;
use crate::dimse::command::CommandSet;
use crate::error::{Cause, Error, Result};
use crate::net::timeouts::Limit;
use crate::types::{PresentationContextId, Rejection};
use crate::ul::negotiated::{AcceptedContext, Negotiated};
use crate::wire::pdu::{AssociateAc, AssociateRq};

/// One operation of a service class user: `scu/` has one for each service. It is one request or several in a row, as
/// when a list of instances is stored.
pub(crate) trait Exchange: Send {
    /// Whether the next request needs [`Self::prepare`] first.
    fn needs_preparing(&self) -> bool {
        false
    }
    /// Readies the next request. Called with nothing held, and may block on files. `Some` where there is none left.
    fn prepare(&mut self, _facts: &Facts, _tell: &mut dyn FnMut(Event)) -> Option<Outcome> {
        None
    }
    /// Chooses the presentation context and makes the request. Called when the operation's turn has come.
    fn request(
        &mut self,
        negotiated: &Negotiated,
        message_id: u16,
    ) -> Result<(PresentationContextId, CommandSet)>;
    /// The data set behind the request; called once for each whose command set announces one.
    fn data_set(&mut self) -> Option<Outgoing> {
        None
    }
    /// How long the response may take, where that is not the association's limit.
    fn reply(&self) -> Option<Limit>;
    /// How long all of it may take, from its first byte on.
    fn total(&self) -> Limit {
        None
    }
    /// Takes a response; an error where it breaks the protocol.
    fn response(
        &mut self,
        now: Instant,
        response: &CommandSet,
        tell: &mut dyn FnMut(Event),
    ) -> std::result::Result<Next, Cause>;
    /// How far it is, with `sent` bytes of the present data set on the way; `None` where nobody wants to know.
    fn progress(&mut self, _now: Instant, _sent: u64) -> Option<Event> {
        None
    }
    /// The operation ends without a response to the request that is open, or before its next one.
    fn give_up(&mut self, _error: &Error, _tell: &mut dyn FnMut(Event)) {}
    /// What it came to so far.
    fn so_far(&self) -> SoFar {
        SoFar::default()
    }
}

/// What an operation that is not over has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SoFar {
    pub(crate) counts: Counts,
    /// Bytes of data sets that have left.
    pub(crate) bytes: u64,
    /// How many times it was tried.
    pub(crate) attempts: u32,
}

impl Default for SoFar {
    fn default() -> Self {
        Self { counts: Counts::default(), bytes: 0, attempts: 1 }
    }
}

impl SoFar {
    /// The outcome of one that ends with `error` here.
    pub(crate) fn outcome(self, error: Error) -> Outcome {
        let Self { counts, bytes, attempts } = self;
        Outcome { bytes, attempts, counts, ..Outcome::new(Err(error)) }
    }
}

/// What comes after a response.
#[derive(Debug)]
pub(crate) enum Next {
    /// Another response.
    Response,
    /// Another request of the same operation, not before this time.
    Request(Option<Instant>),
    /// Nothing: it is done.
    Done(Outcome),
}

/// An operation and what it exchanges.
pub(crate) struct Call {
    pub(crate) operation: Promise,
    pub(crate) exchange: Box<dyn Exchange>,
}

/// Who answers what the peer asks for: `scp/` implements it. `associate` and `request` are called with the driver
/// held: they decide by what they have, call nobody's code and never wait. `ask` and `hand` are called with nothing
/// held and may run a handler.
pub(crate) trait Provider: Send + Sync {
    /// An A-ASSOCIATE-RQ came from `peer`.
    fn associate(&self, association: u64, peer: SocketAddr, request: &AssociateRq) -> Admission;
    /// Hands over an association request that [`Self::associate`] wanted to be asked about.
    fn ask(&self, request: AssociationRequest);
    /// The command set of a request came.
    fn request(&self, facts: &Facts, context: &AcceptedContext, command: &CommandSet) -> Reception;
    /// Hands over a request that [`Self::request`] wanted to have.
    fn hand(&self, request: Request);
    /// Called with nothing held, once for each that the association reaches.
    fn reached(&self, association: u64, milestone: Milestone);
    /// The association is over: its connection is closed.
    fn ended(&self, association: u64);
}

/// What becomes of an association that a peer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Milestone {
    /// It was accepted.
    Established,
    /// It was refused. From here on, as after the two below, there is a connection left and no association.
    Refused,
    /// The peer has released it.
    Released,
    /// Once established, it has ended otherwise than by release.
    Aborted,
}

/// The answer to an A-ASSOCIATE-RQ.
#[derive(Debug)]
pub(crate) enum Admission {
    /// Accept as negotiated.
    Accept(Box<AssociateAc>),
    /// Refuse; the words are for the log, empty where the numbers say it all.
    Refuse(Rejection, &'static str),
    /// Ask the handler, with this as the proposed acceptance.
    Ask(Box<AssociateAc>),
}

/// What becomes of a request. Its data set, where it has one, comes after this; only an instance's is looked at.
pub(crate) enum Reception {
    /// This, at once; nobody is asked.
    Answer(Box<CommandSet>),
    /// The handler shall have it.
    Hand,
    /// The data set goes to the sink. Where a handler is to be `asked` it has the request once all has come, and its
    /// answer decides whether the instance is kept.
    Take { sink: Box<dyn Sink>, asked: bool, rest: Rest },
}

/// What becomes of the rest of a data set that the caller's code refuses. Where the library cannot take one, the rest is
/// always discarded: its sender is to be told why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// It is received and discarded, and then answered: the association goes on.
    #[default]
    Discard,
    /// It is not waited for: the association is aborted.
    Abort,
}

/// An association request that somebody else decides about.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: Box<AssociateRq>,
    /// What is answered if it is accepted as it stands.
    pub(crate) proposal: Box<AssociateAc>,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
}

/// A request that a handler has, as the driver remembers it.
#[derive(Debug, Clone)]
pub(crate) struct Handed {
    pub(crate) ticket: u64,
    pub(crate) context: PresentationContextId,
    pub(crate) message_id: u16,
    pub(crate) standing: Arc<Standing>,
}

/// Whether anybody waits for the answer to a request, as the one who has it asks: told by the driver at once, also where
/// the connection takes its time to close.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    cancelled: AtomicBool,
    ended: AtomicBool,
}

impl Standing {
    /// A C-CANCEL-RQ for it has come: it is answered all the same.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    /// The association has ended: no answer leaves any more.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire) || self.has_ended()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

/// An instance as the handler that decides about it sees it: all of it has come, or its front.
#[derive(Debug, Clone)]
pub struct Received {
    /// The length of its data set, as it was taken: whoever decided by its front may have changed that.
    pub bytes: u64,
    /// Where it lies; `None` where it did not become a file.
    pub paths: Option<Paths>,
    /// Its data set, where that was taken into memory.
    pub data: Option<Arc<Vec<u8>>>,
    /// Its front, where it has not come whole and is to be decided about by that.
    pub head: Option<Arc<Head>>,
    /// What the one gave along who decided by its front.
    pub attached: Option<Attached>,
}
