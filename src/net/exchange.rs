//! What the driver runs without knowing the services: operations that this side begins, and the provider that
//! answers what the other side begins.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::association_request::AssociationRequest;
use super::operation::{Outcome, Promise};
use super::request::Request;
use crate::dimse::command::CommandSet;
use crate::error::{Cause, Result};
use crate::net::timeouts::Limit;
use crate::types::{PresentationContextId, Rejection};
use crate::ul::negotiated::{AcceptedContext, Negotiated};
use crate::wire::pdu::{AssociateAc, AssociateRq};

/// One operation of a service class user: `scu/` has one for each service.
pub(crate) trait Exchange: Send {
    /// Chooses the presentation context and makes the request. Called when the operation's turn has come.
    fn request(
        &mut self,
        negotiated: &Negotiated,
        message_id: u16,
    ) -> Result<(PresentationContextId, CommandSet)>;
    /// How long the response may take, where that is not the association's limit.
    fn reply(&self) -> Option<Limit>;
    /// Takes a response; `Some` where it was the last, an error where it breaks the protocol.
    fn response(&mut self, response: &CommandSet) -> std::result::Result<Option<Outcome>, Cause>;
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
    /// A complete request came.
    fn request(&self, context: &AcceptedContext, command: &CommandSet) -> Reception;
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

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Reception {
    /// The task answers by itself.
    Answer(Box<CommandSet>),
    /// The handler shall have it.
    Hand,
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
    /// Set when a C-CANCEL-RQ for it has come, or the association has ended.
    pub(crate) cancelled: Arc<AtomicBool>,
}
