//! How an association is opened: the peer, what is proposed, and how long each phase may take.

use std::net::IpAddr;

use super::connect::{Peer, Resolver, system_resolver};
use super::implementation;
use super::timeouts::Timeouts;
use crate::error::{Error, Result};
use crate::types::{AeTitle, MaxPduLength, PresentationContextId, Uid};
use crate::wire::encode::encode;
use crate::wire::item::{APPLICATION_CONTEXT, ProposedContext, UserInformation};
use crate::wire::pdu::{AssociateRq, Pdu};
use crate::wire::uids;

/// How an association is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Whom to connect to.
    pub peer: Peer,
    /// The local address to connect from.
    pub source: Option<IpAddr>,
    /// What to ask for.
    pub request: Box<AssociateRq>,
    /// How long each phase may take.
    pub timeouts: Timeouts,
    /// Who says what addresses a name has.
    pub(crate) resolver: Resolver,
}

impl OpenOptions {
    /// A request from `calling` to `called` at `peer` that proposes no presentation context yet.
    #[must_use]
    pub fn new(peer: Peer, calling: AeTitle, called: AeTitle) -> Self {
        let request = AssociateRq {
            protocol_version: 1,
            called,
            calling,
            reserved: [0; 32],
            application_context: Some(APPLICATION_CONTEXT),
            contexts: Vec::new(),
            user: UserInformation {
                max_pdu_length: Some(MaxPduLength::DEFAULT),
                implementation_class: Some(implementation::CLASS),
                implementation_version: Some(implementation::VERSION.into()),
                ..UserInformation::default()
            },
        };
        Self {
            peer,
            source: None,
            request: Box::new(request),
            timeouts: Timeouts::for_user(),
            resolver: system_resolver,
        }
    }

    /// Refuses what cannot be asked for: an item that is longer than its length field can say.
    pub(crate) fn check(&self) -> Result<()> {
        encode(&Pdu::AssociateRq(self.request.clone()), &mut Vec::new())
    }

    /// The peer as errors name it: `PACS at 192.0.2.7:104`.
    pub(crate) fn peer_name(&self) -> String {
        format!("{} at {}", self.request.called, self.peer)
    }

    /// Proposes a presentation context, with both uncompressed little endian syntaxes where none is given.
    pub fn add_context(
        &mut self,
        abstract_syntax: Uid,
        transfer_syntaxes: Vec<Uid>,
    ) -> Result<PresentationContextId> {
        let contexts = &mut self.request.contexts;
        let Some(id) = PresentationContextId::from_index(contexts.len()) else {
            return Err(Error::invalid_argument(format!(
                "an association can propose {} presentation contexts at most (PS3.8 9.3.2.2)",
                PresentationContextId::MOST
            )));
        };
        let transfer_syntaxes = uids::or_uncompressed(transfer_syntaxes);
        contexts.push(ProposedContext { id, abstract_syntax: Some(abstract_syntax), transfer_syntaxes });
        Ok(id)
    }
}
