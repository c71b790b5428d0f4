//! An A-ASSOCIATE-RQ that somebody decides about: now or later, from any thread, once.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::association::Association;
use super::driver::Order;
use super::exchange::{Admission, Asked};
use super::facts::Facts;
use crate::error::{Error, Result};
use crate::runtime::lock::lock;
use crate::runtime::strand::Strand;
use crate::types::{PresentationContextId, Rejection, Uid};
use crate::ul::negotiated::Negotiated;
use crate::ul::negotiation::{choose_transfer_syntax, confirm_identity, narrow};
use crate::wire::encode::encode;
use crate::wire::item::ContextAnswer;
use crate::wire::pdu::{AssociateAc, AssociateRq, Pdu};

/// An association request, owned by the one who decides. Dropped undecided it is refused (1,1,1).
pub struct AssociationRequest {
    association: Arc<Association>,
    request: Box<AssociateRq>,
    /// What is answered if it is accepted as it stands.
    proposal: Mutex<Box<AssociateAc>>,
    local: SocketAddr,
    peer: SocketAddr,
    decided: AtomicBool,
}

/// Whether an answer counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// It is on its way.
    Now,
    /// One was given before, or the peer has gone: nothing happens.
    Already,
}

impl AssociationRequest {
    pub(super) fn new(association: Arc<Association>, asked: Asked) -> Self {
        let Asked { request, proposal, local, peer } = asked;
        let decided = AtomicBool::new(false);
        Self { association, request, proposal: Mutex::new(proposal), local, peer, decided }
    }

    /// The association that is asked for.
    #[must_use]
    pub fn association(&self) -> &Arc<Association> {
        &self.association
    }

    /// The whole request.
    #[must_use]
    pub fn request(&self) -> &AssociateRq {
        &self.request
    }

    /// What the association will be if it is accepted as it stands; an error where nothing could be sent to the peer.
    pub fn facts(&self) -> Result<Facts> {
        let negotiated = Negotiated::as_acceptor(&self.request, &lock(&self.proposal))?;
        Ok(Facts { local: self.local, peer: self.peer, requestor: false, negotiated })
    }

    /// Refuses one presentation context.
    pub fn refuse_context(&self, id: PresentationContextId, answer: ContextAnswer) -> Result<()> {
        self.change(|proposal| narrow(proposal, id, answer))
    }

    /// Takes another of the proposed transfer syntaxes.
    pub fn choose_transfer_syntax(&self, id: PresentationContextId, transfer_syntax: &Uid) -> Result<()> {
        self.change(|proposal| choose_transfer_syntax(&self.request, proposal, id, transfer_syntax))
    }

    /// The answer to a user identity, sent where the requestor asked for one.
    pub fn set_identity_response(&self, response: Vec<u8>) -> Result<()> {
        self.change(|proposal| {
            confirm_identity(&self.request, proposal, response);
            Ok(())
        })
    }

    /// Accepts as it stands.
    pub fn accept(&self) -> Answered {
        let proposal = lock(&self.proposal).clone();
        self.decide(Admission::Accept(proposal))
    }

    /// Refuses.
    pub fn refuse(&self, rejection: Rejection) -> Answered {
        self.decide(Admission::Refuse(rejection, "by the association handler"))
    }

    /// The strand on which this association's callbacks run.
    pub(crate) fn strand(&self) -> &Arc<Strand> {
        self.association.strand()
    }

    /// Changes the answer, to one that can be sent.
    fn change(&self, change: impl FnOnce(&mut AssociateAc) -> Result<()>) -> Result<()> {
        if self.decided.load(Ordering::Acquire) {
            return Err(Error::state("the association request was answered before"));
        }
        let mut proposal = lock(&self.proposal);
        let mut changed = proposal.clone();
        change(&mut changed)?;
        encode(&Pdu::AssociateAc(changed.clone()), &mut Vec::new())?;
        *proposal = changed;
        Ok(())
    }

    fn decide(&self, admission: Admission) -> Answered {
        if !self.is_first() {
            return Answered::Already;
        }
        self.association.order(Order::Admit(admission));
        Answered::Now
    }

    fn is_first(&self) -> bool {
        !self.decided.swap(true, Ordering::AcqRel) && !self.association.is_over()
    }
}

impl Drop for AssociationRequest {
    fn drop(&mut self) {
        if self.is_first() {
            let refusal = Admission::Refuse(Rejection::NO_REASON, "nobody decided");
            self.association.order_later(Order::Admit(refusal));
        }
    }
}
