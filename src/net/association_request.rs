//! An A-ASSOCIATE-RQ that somebody decides about: now or later, from any thread, once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::association::Association;
use super::driver::Order;
use super::exchange::Admission;
use crate::error::Result;
use crate::runtime::strand::Strand;
use crate::types::{PresentationContextId, Rejection, Uid};
use crate::ul::negotiation::{choose_transfer_syntax, confirm_identity, narrow};
use crate::wire::item::ContextAnswer;
use crate::wire::pdu::{AssociateAc, AssociateRq};

/// An association request, owned by the one who decides. Dropped undecided it is refused (1,1,1).
pub struct AssociationRequest {
    association: Arc<Association>,
    request: Box<AssociateRq>,
    /// What is answered if it is accepted as it stands.
    proposal: Mutex<Box<AssociateAc>>,
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
    pub(super) fn new(
        association: Arc<Association>,
        request: Box<AssociateRq>,
        proposal: Box<AssociateAc>,
    ) -> Self {
        Self { association, request, proposal: Mutex::new(proposal), decided: AtomicBool::new(false) }
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

    /// The answer as it stands.
    #[must_use]
    pub fn proposal(&self) -> AssociateAc {
        (**self.lock()).clone()
    }

    /// Refuses one presentation context.
    pub fn refuse_context(&self, id: PresentationContextId, answer: ContextAnswer) -> Result<()> {
        narrow(&mut self.lock(), id, answer)
    }

    /// Takes another of the proposed transfer syntaxes.
    pub fn choose_transfer_syntax(&self, id: PresentationContextId, transfer_syntax: &Uid) -> Result<()> {
        choose_transfer_syntax(&self.request, &mut self.lock(), id, transfer_syntax)
    }

    /// The answer to a user identity, sent where the requestor asked for one.
    pub fn set_identity_response(&self, response: Vec<u8>) {
        confirm_identity(&self.request, &mut self.lock(), response);
    }

    /// Accepts as it stands.
    pub fn accept(&self) -> Answered {
        let proposal = self.lock().clone();
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

    fn decide(&self, admission: Admission) -> Answered {
        if self.decided.swap(true, Ordering::AcqRel) || self.association.is_over() {
            return Answered::Already;
        }
        self.association.order(Order::Admit(admission));
        Answered::Now
    }

    fn lock(&self) -> MutexGuard<'_, Box<AssociateAc>> {
        self.proposal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AssociationRequest {
    fn drop(&mut self) {
        let _decided_before = self.refuse(Rejection::NO_REASON);
    }
}
