//! What is known of an association, as C sees it: flat structs, and the texts that they point to.

use std::sync::atomic::{AtomicU64, Ordering};

use super::boundary::Answer;
use super::error::Failure;
use super::flat::Flat;
use super::text::{Text, dimse_bytes, dimse_str};
use crate::error::Error;
use crate::net::facts::{Counters, Facts};
use crate::types::{PresentationContextId, Uid};
use crate::ul::negotiated::{AcceptedContext, Negotiated, RefusedContext};
use crate::wire::item::ProposedContext;

/// A presentation context that was accepted; every other result is why it was not (PS3.8 table 9-18).
pub const DIMSE_CONTEXT_ACCEPTED: u32 = 0;
/// The user of the acceptor refused it.
pub const DIMSE_CONTEXT_USER_REJECTION: u32 = 1;
/// No reason was given.
pub const DIMSE_CONTEXT_NO_REASON: u32 = 2;
/// The abstract syntax is not supported.
pub const DIMSE_CONTEXT_ABSTRACT_SYNTAX: u32 = 3;
/// None of the transfer syntaxes is supported.
pub const DIMSE_CONTEXT_TRANSFER_SYNTAXES: u32 = 4;

/// What is known of an association. The library fills it; set struct_size to sizeof(dimse_facts) before. Its texts live
/// as long as the handle that they were read from.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_facts {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// 1 where this side asked for the association, 0 where the peer did.
    pub is_requestor: u32,
    /// The association's number in this process, as the log has it.
    pub association: u64,
    /// The AE title of the requestor. Bytes that are not printable ASCII come as \xNN.
    pub calling: dimse_str,
    /// The AE title of the acceptor, as the requestor named it.
    pub called: dimse_str,
    /// This end of the connection: "192.0.2.7:104"; an IPv6 address stands in square brackets.
    pub local_address: dimse_str,
    /// The other end of the connection.
    pub peer_address: dimse_str,
    /// The peer's implementation class UID; empty where it gave none.
    pub peer_implementation_class: dimse_str,
    /// The peer's implementation version name; empty where it gave none.
    pub peer_implementation_version: dimse_str,
    /// The acceptor's answer to the user identity that this side sent; data is NULL where there is none.
    pub identity_response: dimse_bytes,
    /// The longest P-DATA-TF variable field that this side said it receives; 0: no limit.
    pub own_max_pdu_bytes: u32,
    /// The longest P-DATA-TF variable field that the peer said it receives; 0: no limit.
    pub peer_max_pdu_bytes: u32,
    /// Operations that this side may have open at once; 0: no limit.
    pub window_invoked: u32,
    /// Operations that the peer may have open at once; 0: no limit.
    pub window_performed: u32,
    /// Presentation contexts that were proposed.
    pub context_count: u32,
    /// Presentation contexts that were accepted.
    pub accepted_count: u32,
}

/// A presentation context. The library fills it; set struct_size to sizeof(dimse_context) before. Its texts live as
/// long as the handle that they were read from.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_context {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// Its number on the wire: odd, 1 to 255.
    pub id: u32,
    /// DIMSE_CONTEXT_*, or a number that the standard reserves, 5 to 255.
    pub result: u32,
    /// 1 where this side may be service class user in it.
    pub local_is_scu: u32,
    /// 1 where this side may be service class provider in it.
    pub local_is_scp: u32,
    /// 0.
    pub reserved: u32,
    /// The SOP class; empty where what was proposed is no UID.
    pub abstract_syntax: dimse_str,
    /// How data sets are encoded; empty unless it was accepted.
    pub transfer_syntax: dimse_str,
}

/// How much went over an association so far. The library fills it; set struct_size to sizeof(dimse_counters) before.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_counters {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// Bytes given to the system, headers included.
    pub bytes_sent: u64,
    /// Bytes read, headers included.
    pub bytes_received: u64,
    /// PDUs sent.
    pub pdus_sent: u64,
    /// PDUs whose header has come.
    pub pdus_received: u64,
    /// DIMSE messages sent.
    pub messages_sent: u64,
    /// DIMSE messages received.
    pub messages_received: u64,
}

// SAFETY: repr(C), numbers and pointers, struct_size first.
unsafe impl Flat for dimse_facts {
    const NAME: &'static str = "dimse_facts";
}

// SAFETY: as above.
unsafe impl Flat for dimse_context {
    const NAME: &'static str = "dimse_context";
}

// SAFETY: as above.
unsafe impl Flat for dimse_counters {
    const NAME: &'static str = "dimse_counters";
}

/// The texts of an association: made once, so that what C was given stays where it is.
#[derive(Debug)]
pub struct Texts {
    calling: Text,
    called: Text,
    local: Text,
    peer: Text,
    implementation_class: Text,
    implementation_version: Text,
    identity_response: Option<Vec<u8>>,
    contexts: Vec<ContextTexts>,
}

#[derive(Debug)]
struct ContextTexts {
    id: PresentationContextId,
    abstract_syntax: Text,
    /// Those that it may come to, in the order of the proposal.
    transfer_syntaxes: Vec<(Uid, Text)>,
}

impl Texts {
    /// Of an association that this side asked for: its ids grow in the order of the proposal.
    #[must_use]
    pub fn of_requestor(facts: &Facts) -> Self {
        let Negotiated { accepted, refused, .. } = &facts.negotiated;
        let accepted =
            accepted.iter().map(|AcceptedContext { id, abstract_syntax, transfer_syntax, .. }| {
                ContextTexts::new(*id, Some(abstract_syntax), std::slice::from_ref(transfer_syntax))
            });
        let refused = refused.iter().map(|RefusedContext { id, abstract_syntax, .. }| {
            ContextTexts::new(*id, abstract_syntax.as_ref(), &[])
        });
        let mut contexts: Vec<_> = accepted.chain(refused).collect();
        contexts.sort_unstable_by_key(|context| context.id);
        Self::new(facts, facts.negotiated.identity_response.clone(), contexts)
    }

    /// Of an association that the peer asks for: the answer can still become another.
    #[must_use]
    pub fn of_acceptor(facts: &Facts, proposed: &[ProposedContext]) -> Self {
        let contexts = proposed.iter().map(|ProposedContext { id, abstract_syntax, transfer_syntaxes }| {
            ContextTexts::new(*id, abstract_syntax.as_ref(), transfer_syntaxes)
        });
        Self::new(facts, None, contexts.collect())
    }

    fn new(facts: &Facts, identity_response: Option<Vec<u8>>, contexts: Vec<ContextTexts>) -> Self {
        let Facts { local, peer, negotiated, .. } = facts;
        let version = negotiated.peer_implementation_version.as_deref().unwrap_or_default();
        Self {
            calling: Text::new(&negotiated.calling.to_string()),
            called: Text::new(&negotiated.called.to_string()),
            local: Text::new(&local.to_string()),
            peer: Text::new(&peer.to_string()),
            implementation_class: Text::new(
                negotiated.peer_implementation_class.as_ref().map_or("", Uid::as_str),
            ),
            implementation_version: Text::new(String::from_utf8_lossy(version).trim_end_matches(['\0', ' '])),
            identity_response,
            contexts,
        }
    }

    /// The facts as they are now, with these texts.
    #[must_use]
    pub fn facts(&self, association: u64, facts: &Facts) -> dimse_facts {
        let Facts { requestor, negotiated, .. } = facts;
        dimse_facts {
            struct_size: 0,
            is_requestor: (*requestor).into(),
            association,
            calling: self.calling.view(),
            called: self.called.view(),
            local_address: self.local.view(),
            peer_address: self.peer.view(),
            peer_implementation_class: self.implementation_class.view(),
            peer_implementation_version: self.implementation_version.view(),
            identity_response: view(self.identity_response.as_deref()),
            own_max_pdu_bytes: negotiated.own_max_pdu_length.get(),
            peer_max_pdu_bytes: negotiated.peer_max_pdu_length.get(),
            window_invoked: negotiated.window.invoked.into(),
            window_performed: negotiated.window.performed.into(),
            context_count: count(negotiated.accepted.len() + negotiated.refused.len()),
            accepted_count: count(negotiated.accepted.len()),
        }
    }

    /// The presentation context that was proposed at `index`, as it is now.
    pub fn context(&self, index: usize, facts: &Facts) -> Answer<dimse_context> {
        let texts = self.at(index)?;
        let negotiated = &facts.negotiated;
        let blank = dimse_context {
            struct_size: 0,
            id: texts.id.get().into(),
            result: DIMSE_CONTEXT_NO_REASON,
            local_is_scu: 0,
            local_is_scp: 0,
            reserved: 0,
            abstract_syntax: texts.abstract_syntax.view(),
            transfer_syntax: dimse_str::EMPTY,
        };
        if let Some(accepted) = negotiated.context(texts.id) {
            let chosen = texts.transfer_syntaxes.iter().find(|(uid, _)| *uid == accepted.transfer_syntax);
            return Ok(dimse_context {
                result: DIMSE_CONTEXT_ACCEPTED,
                local_is_scu: accepted.local.scu.into(),
                local_is_scp: accepted.local.scp.into(),
                transfer_syntax: chosen.map_or(dimse_str::EMPTY, |(_, text)| text.view()),
                ..blank
            });
        }
        let refused = negotiated.refused.iter().find(|context| context.id == texts.id);
        let result = refused.map_or(blank.result, |context| context.answer.number().into());
        Ok(dimse_context { result, ..blank })
    }

    /// A transfer syntax that was proposed.
    pub fn transfer_syntax(&self, context_index: usize, index: usize) -> Answer<dimse_str> {
        let proposed = &self.at(context_index)?.transfer_syntaxes;
        let (_, text) = proposed.get(index).ok_or_else(|| past_the_end("index", index, proposed.len()))?;
        Ok(text.view())
    }

    fn at(&self, index: usize) -> Answer<&ContextTexts> {
        self.contexts.get(index).ok_or_else(|| past_the_end("index", index, self.contexts.len()))
    }
}

impl ContextTexts {
    fn new(id: PresentationContextId, abstract_syntax: Option<&Uid>, transfer_syntaxes: &[Uid]) -> Self {
        Self {
            id,
            abstract_syntax: Text::new(abstract_syntax.map_or("", Uid::as_str)),
            transfer_syntaxes: transfer_syntaxes
                .iter()
                .map(|uid| (uid.clone(), Text::new(uid.as_str())))
                .collect(),
        }
    }
}

/// What an association has counted.
#[must_use]
pub fn counters(counters: &Counters) -> dimse_counters {
    let now = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    dimse_counters {
        struct_size: 0,
        reserved: 0,
        bytes_sent: now(&counters.bytes_sent),
        bytes_received: now(&counters.bytes_received),
        pdus_sent: now(&counters.pdus_sent),
        pdus_received: now(&counters.pdus_received),
        messages_sent: now(&counters.messages_sent),
        messages_received: now(&counters.messages_received),
    }
}

/// Bytes as C sees them; NULL where there are none to speak of.
#[must_use]
pub fn view(bytes: Option<&[u8]>) -> dimse_bytes {
    bytes.map_or(dimse_bytes { data: std::ptr::null(), len: 0 }, |bytes| dimse_bytes {
        data: bytes.as_ptr(),
        len: bytes.len(),
    })
}

fn past_the_end(name: &str, index: usize, length: usize) -> Failure {
    Failure::from(Error::invalid_argument(format!("{name} is {index}; there are {length}")))
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn structs_as_c_and_c_sharp_see_them() {
        let facts = [
            offset_of!(dimse_facts, struct_size),
            offset_of!(dimse_facts, is_requestor),
            offset_of!(dimse_facts, association),
            offset_of!(dimse_facts, calling),
            offset_of!(dimse_facts, called),
            offset_of!(dimse_facts, local_address),
            offset_of!(dimse_facts, peer_address),
            offset_of!(dimse_facts, peer_implementation_class),
            offset_of!(dimse_facts, peer_implementation_version),
            offset_of!(dimse_facts, identity_response),
            offset_of!(dimse_facts, own_max_pdu_bytes),
            offset_of!(dimse_facts, peer_max_pdu_bytes),
            offset_of!(dimse_facts, window_invoked),
            offset_of!(dimse_facts, window_performed),
            offset_of!(dimse_facts, context_count),
            offset_of!(dimse_facts, accepted_count),
            size_of::<dimse_facts>(),
        ];
        assert_eq!(facts, [0, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128, 132, 136, 140, 144, 148, 152]);
        let context = [
            offset_of!(dimse_context, struct_size),
            offset_of!(dimse_context, id),
            offset_of!(dimse_context, result),
            offset_of!(dimse_context, local_is_scu),
            offset_of!(dimse_context, local_is_scp),
            offset_of!(dimse_context, reserved),
            offset_of!(dimse_context, abstract_syntax),
            offset_of!(dimse_context, transfer_syntax),
            size_of::<dimse_context>(),
        ];
        assert_eq!(context, [0, 4, 8, 12, 16, 20, 24, 40, 56]);
        let counters = [
            offset_of!(dimse_counters, struct_size),
            offset_of!(dimse_counters, reserved),
            offset_of!(dimse_counters, bytes_sent),
            offset_of!(dimse_counters, bytes_received),
            offset_of!(dimse_counters, pdus_sent),
            offset_of!(dimse_counters, pdus_received),
            offset_of!(dimse_counters, messages_sent),
            offset_of!(dimse_counters, messages_received),
            size_of::<dimse_counters>(),
        ];
        assert_eq!(counters, [0, 4, 8, 16, 24, 32, 40, 48, 56]);
    }
}
