//! What an A-ASSOCIATE-RQ and its A-ASSOCIATE-AC agree on, the same for both sides.

use std::fmt;

use super::negotiation::{Roles, smaller_window};
use crate::error::{Cause, Error, Phase, Result};
use crate::types::{AeTitle, MaxPduLength, PresentationContextId, Uid};
use crate::wire::item::{
    AsyncWindow, ContextAnswer, ContextResult, ExtendedNegotiation, ProposedContext, UserInformation,
};
use crate::wire::pdu::{AssociateAc, AssociateRq};

/// An association as both sides agreed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    /// In the order of the proposal.
    pub accepted: Vec<AcceptedContext>,
    /// In the order of the proposal.
    pub refused: Vec<RefusedContext>,
    /// The longest variable field that the peer receives, always one that something fits into.
    pub peer_max_pdu_length: MaxPduLength,
    /// The longest variable field that this side said it receives.
    pub own_max_pdu_length: MaxPduLength,
    /// Seen from this side.
    pub window: Window,
    /// PS3.7 D.3.3.2.
    pub peer_implementation_class: Option<Uid>,
    /// PS3.7 D.3.3.2, as it came.
    pub peer_implementation_version: Option<Vec<u8>>,
    /// The acceptor's title as requested: those in the A-ASSOCIATE-AC are not tested (PS3.8 9.3.3).
    pub called: AeTitle,
    /// The requestor's title.
    pub calling: AeTitle,
    /// The acceptor's answers to extended negotiation (PS3.7 D.3.3.5).
    pub extended: Vec<ExtendedNegotiation>,
    /// The acceptor's answer to a user identity with positive response requested (PS3.7 D.3.3.7). `None` although
    /// it was requested: the acceptor did not look at the identity.
    pub identity_response: Option<Vec<u8>>,
    /// What was wrong with the answer and could be lived with.
    pub irregularities: Vec<Irregularity>,
}

/// A presentation context that may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedContext {
    /// Its number on the wire.
    pub id: PresentationContextId,
    /// The SOP class.
    pub abstract_syntax: Uid,
    /// How data sets are encoded.
    pub transfer_syntax: Uid,
    /// What this side may be.
    pub local: Roles,
}

/// A presentation context that may not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedContext {
    /// Its number on the wire.
    pub id: PresentationContextId,
    /// The SOP class; `None` where what was proposed is not a UID.
    pub abstract_syntax: Option<Uid>,
    /// The acceptor's reason; no reason where [`Negotiated::irregularities`] says why.
    pub answer: ContextAnswer,
}

/// How many operations may be open at once (PS3.7 D.3.3.3); 0 is no limit, 1 is synchronous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Invoked by this side.
    pub invoked: u16,
    /// Performed by this side.
    pub performed: u16,
}

/// A role in a presentation context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Service class user.
    Scu,
    /// Service class provider.
    Scp,
}

/// An answer that breaks PS3.8 9.3.3 in a way that leaves no doubt about the rest: the context is not used, and the
/// association stands. A peer that uses such a context is aborted by whoever reads its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Irregularity {
    /// A result for a context that was not proposed.
    NotProposed(PresentationContextId),
    /// No result for a proposed context: it counts as refused.
    Unanswered(PresentationContextId),
    /// An accepted context without a transfer syntax that was proposed for it: it counts as refused.
    TransferSyntaxNotProposed(PresentationContextId),
}

impl Negotiated {
    /// Seen by the requestor, which checks the acceptor's answer. An error means that nothing can be sent to the
    /// peer: the association must be aborted (2,6).
    ///
    /// The protocol version and the application context of the answer are not tested: there is one of each, and the
    /// peer accepted it.
    pub fn as_requestor(rq: &AssociateRq, ac: &AssociateAc) -> Result<Self> {
        Self::seen_by(Side::Requestor, rq, ac)
    }

    /// Seen by the acceptor, after its user's last word on `ac`. An error means that nothing can be sent to the
    /// peer: the association must be aborted (2,6).
    pub fn as_acceptor(rq: &AssociateRq, ac: &AssociateAc) -> Result<Self> {
        Self::seen_by(Side::Acceptor, rq, ac)
    }

    /// The accepted context with this id.
    #[must_use]
    pub fn context(&self, id: PresentationContextId) -> Option<&AcceptedContext> {
        self.accepted.iter().find(|context| context.id == id)
    }

    /// The contexts in which this side may be `role` for `abstract_syntax`, in the order of the proposal.
    pub fn find(&self, abstract_syntax: &Uid, role: Role) -> impl Iterator<Item = &AcceptedContext> {
        self.accepted.iter().filter(move |context| {
            let allowed = match role {
                Role::Scu => context.local.scu,
                Role::Scp => context.local.scp,
            };
            allowed && context.abstract_syntax == *abstract_syntax
        })
    }

    /// Whether there is a context for `abstract_syntax`, be it a refused one.
    #[must_use]
    pub fn is_proposed(&self, abstract_syntax: &Uid) -> bool {
        let accepted = self.accepted.iter().map(|context| Some(&context.abstract_syntax));
        let refused = self.refused.iter().map(|context| context.abstract_syntax.as_ref());
        accepted.chain(refused).any(|proposed| proposed == Some(abstract_syntax))
    }

    fn seen_by(side: Side, rq: &AssociateRq, ac: &AssociateAc) -> Result<Self> {
        let (own, peer) = match side {
            Side::Requestor => (&rq.user, &ac.user),
            Side::Acceptor => (&ac.user, &rq.user),
        };
        let peer_max_pdu_length = usable_by_us(max_pdu_length(peer))?;
        let mut irregularities = results_not_proposed(rq, ac);
        let (mut accepted, mut refused) = (Vec::new(), Vec::new());
        let (asked, granted) = (Roles::by_class(&rq.user.roles), Roles::by_class(&ac.user.roles));
        for proposed in &rq.contexts {
            let id = proposed.id;
            match outcome(proposed, &ac.contexts) {
                Ok((abstract_syntax, transfer_syntax)) => {
                    let requestor = agreed_roles(asked.get(&abstract_syntax), granted.get(&abstract_syntax));
                    let local = match side {
                        Side::Requestor => requestor,
                        Side::Acceptor => requestor.opposite(),
                    };
                    accepted.push(AcceptedContext { id, abstract_syntax, transfer_syntax, local });
                }
                Err(Refusal::Answer(answer)) => {
                    let abstract_syntax = proposed.abstract_syntax.clone();
                    refused.push(RefusedContext { id, abstract_syntax, answer });
                }
                Err(Refusal::Irregular(irregularity)) => {
                    let abstract_syntax = proposed.abstract_syntax.clone();
                    refused.push(RefusedContext { id, abstract_syntax, answer: ContextAnswer::NoReason });
                    irregularities.push(irregularity);
                }
            }
        }
        let asked_for_response = rq.user.identity.as_ref().is_some_and(|identity| identity.positive_response);
        Ok(Self {
            accepted,
            refused,
            peer_max_pdu_length,
            own_max_pdu_length: max_pdu_length(own),
            window: agreed_window(side, rq.user.async_window, ac.user.async_window),
            peer_implementation_class: peer.implementation_class.clone(),
            peer_implementation_version: peer.implementation_version.clone(),
            called: rq.called,
            calling: rq.calling,
            extended: ac.user.extended.clone(),
            identity_response: ac.user.identity_response.clone().filter(|_| asked_for_response),
            irregularities,
        })
    }
}

impl Irregularity {
    /// The context that it is about.
    #[must_use]
    pub const fn context(self) -> PresentationContextId {
        match self {
            Self::NotProposed(id) | Self::Unanswered(id) | Self::TransferSyntaxNotProposed(id) => id,
        }
    }
}

impl fmt::Display for Irregularity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotProposed(id) => write!(f, "a result for context {id}, which was not proposed"),
            Self::Unanswered(id) => write!(f, "no result for context {id}; it counts as refused"),
            Self::TransferSyntaxNotProposed(id) => {
                write!(
                    f,
                    "context {id} was accepted without a proposed transfer syntax; it counts as refused"
                )
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Side {
    Requestor,
    Acceptor,
}

/// A side that does not say sets no limit; [`MaxPduLength::OWN_CAP`] holds then.
fn max_pdu_length(user: &UserInformation) -> MaxPduLength {
    user.max_pdu_length.unwrap_or(MaxPduLength::from_wire(0))
}

/// wire.md: below 8 bytes nothing fits.
fn usable_by_us(peers: MaxPduLength) -> Result<MaxPduLength> {
    if peers.sendable().is_some() {
        return Ok(peers);
    }
    let words = format!("its maximum length of {} bytes has no room for a fragment", peers.get());
    Err(Error::new(Phase::Associate, Cause::Protocol(words)))
}

/// PS3.7 D.3.3.3: synchronous unless both sides spoke, and never more than was asked.
fn agreed_window(side: Side, asked: Option<AsyncWindow>, granted: Option<AsyncWindow>) -> Window {
    let AsyncWindow { invoked, performed } = match (asked, granted) {
        (Some(asked), Some(granted)) => smaller_window(asked, granted),
        _ => AsyncWindow { invoked: 1, performed: 1 },
    };
    match side {
        Side::Requestor => Window { invoked, performed },
        Side::Acceptor => Window { invoked: performed, performed: invoked },
    }
}

/// PS3.7 D.3.3.4: what the requestor is. The default unless both sides spoke, and never more than was asked.
fn agreed_roles(asked: Option<&Roles>, granted: Option<&Roles>) -> Roles {
    match (asked, granted) {
        (Some(asked), Some(granted)) => asked.and(*granted),
        _ => Roles::SCU,
    }
}

/// In the order of the answer.
fn results_not_proposed(rq: &AssociateRq, ac: &AssociateAc) -> Vec<Irregularity> {
    let is_proposed = |id| rq.contexts.iter().any(|proposed| proposed.id == id);
    let unknown = ac.contexts.iter().map(|result| result.id).filter(|id| !is_proposed(*id));
    unknown.map(Irregularity::NotProposed).collect()
}

/// Why a context cannot be used.
enum Refusal {
    Answer(ContextAnswer),
    Irregular(Irregularity),
}

/// The abstract and the transfer syntax of an accepted context.
fn outcome(
    proposed: &ProposedContext,
    results: &[ContextResult],
) -> std::result::Result<(Uid, Uid), Refusal> {
    let Some(result) = results.iter().find(|result| result.id == proposed.id) else {
        return Err(Refusal::Irregular(Irregularity::Unanswered(proposed.id)));
    };
    if result.result != ContextAnswer::Acceptance {
        // Its transfer syntax is not significant (PS3.8 9.3.3.2).
        return Err(Refusal::Answer(result.result));
    }
    let chosen = result.transfer_syntax.as_ref().filter(|chosen| proposed.transfer_syntaxes.contains(chosen));
    match (&proposed.abstract_syntax, chosen) {
        (Some(class), Some(chosen)) => Ok((class.clone(), chosen.clone())),
        _ => Err(Refusal::Irregular(Irregularity::TransferSyntaxNotProposed(proposed.id))),
    }
}
