//! What a peer says when it keeps to the protocol.

use super::{WINDOW, sinks};
use crate::dimse::command::{CommandSet, Priority};
use crate::dimse::fragment::{FragmentLimit, encode_message};
use crate::dimse::status::Status;
use crate::types::{AbortReason, AeTitle, MaxPduLength, PresentationContextId, Rejection, Uid};
use crate::ul::negotiation::{AcceptableContext, AcceptorPolicy, Roles, negotiate};
use crate::wire::encode::{encode, pdv_header};
use crate::wire::item::{APPLICATION_CONTEXT, AsyncWindow, ProposedContext, UserInformation};
use crate::wire::pdu::{AssociateAc, AssociateRq, Pdu};
use crate::wire::uids;

pub(super) const ASKS: u8 = 0;
pub(super) const ACCEPTS: u8 = 1;
const REJECTS: u8 = 2;
pub(super) const RELEASE_RQ: u8 = 3;
pub(super) const RELEASE_RP: u8 = 4;
pub(super) const ABORTS: u8 = 5;
pub(super) const ECHO_RQ: u8 = 6;
pub(super) const ECHO_RSP: u8 = 7;
const PENDING_RSP: u8 = 8;
pub(super) const CANCEL_RQ: u8 = 9;
pub(super) const STORE_RQ: u8 = 10;
pub(super) const HUGE: u8 = 11;
pub(super) const STORED: u8 = 12;
pub(super) const REFUSED: u8 = 13;
const SENTENCES: u8 = 14;

pub(super) fn said(sentence: u8, number: u8, longest: u32) -> Vec<u8> {
    let id = u16::from(number);
    let pdu = match sentence % SENTENCES {
        ASKS => Pdu::AssociateRq(request(id % 4, longest)),
        ACCEPTS => {
            let mut acceptance = answer(&request(id % 4, longest), id % 4).unwrap();
            acceptance.user.max_pdu_length = Some(MaxPduLength::from_wire(longest));
            Pdu::AssociateAc(Box::new(acceptance))
        }
        REJECTS => Pdu::AssociateRj(Rejection { result: 1, source: 1, reason: number }),
        RELEASE_RQ => Pdu::ReleaseRq,
        RELEASE_RP => Pdu::ReleaseRp,
        ABORTS => Pdu::Abort(AbortReason { source: number % 3, reason: number / 3 }),
        ECHO_RQ => return message(&CommandSet::c_echo_rq(id)),
        ECHO_RSP | STORED => return response(id, Status::SUCCESS),
        PENDING_RSP => return response(id, Status::PENDING),
        REFUSED => return response(id, Status::OUT_OF_RESOURCES),
        CANCEL_RQ => return message(&CommandSet::c_cancel_rq(id)),
        STORE_RQ => {
            let data_set = [&pdv_header(context(), false, true, 4)[..], &[1, 2, 3, 4]].concat();
            return [message(&CommandSet::c_echo_rq(id).with_data_set()), data_set].concat();
        }
        _ => return pdv_header(context(), number % 2 == 1, number & 2 != 0, 1 << 30).to_vec(),
    };
    let mut bytes = Vec::new();
    encode(&pdu, &mut bytes).unwrap();
    bytes
}

/// The highest bit of a fate: the data set has no end.
pub(super) const ENDLESS: u8 = 0x80;

/// A C-STORE-RQ and its data set, in fragments of this length. The highest bit of `fragment`: several in a PDU.
pub(super) fn instance(number: usize, fate: u8, id: u8, length: u8, fragment: u8) -> Vec<u8> {
    let uid = sinks::instance(number, fate);
    let mut bytes = message(&CommandSet::c_store_rq(id.into(), uids::VERIFICATION, uid, Priority::Medium));
    let length = usize::from(length) * 5;
    let data_set: Vec<u8> = (0..length).map(|at| u8::try_from((at * 7 + number) % 251).unwrap()).collect();
    let mut pieces: Vec<_> = data_set.chunks(usize::from(fragment % 0x80).max(1)).collect();
    if pieces.is_empty() {
        pieces.push(&[]);
    }
    let mut pdvs: Vec<u8> = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let last = index + 1 == pieces.len() && fate & ENDLESS == 0;
        let pdu = [&pdv_header(context(), false, last, piece.len())[..], piece].concat();
        if fragment & 0x80 == 0 {
            bytes.extend(pdu);
        } else {
            pdvs.extend(&pdu[PDU_HEADER..]);
        }
    }
    if !pdvs.is_empty() {
        bytes.extend([4, 0]);
        bytes.extend(u32::try_from(pdvs.len()).unwrap().to_be_bytes());
        bytes.extend(pdvs);
    }
    bytes
}

const PDU_HEADER: usize = 6;

fn response(id: u16, status: Status) -> Vec<u8> {
    message(&CommandSet::response_to(&CommandSet::c_echo_rq(id), status))
}

fn message(command: &CommandSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    let limit = FragmentLimit::for_peer(MaxPduLength::DEFAULT).unwrap();
    encode_message(command, context(), limit, &mut bytes);
    bytes
}

fn context() -> PresentationContextId {
    PresentationContextId::new(1).unwrap()
}

pub(super) fn window(kind: u8) -> u16 {
    match (kind & WINDOW) >> 4 {
        0 => 1,
        3 => 0,
        other => other.into(),
    }
}

/// The longest PDU that the peer takes.
pub(super) fn longest(more: u8) -> u32 {
    match more & 3 {
        0 => 64,
        1 => 0,
        2 => 9,
        _ => 16_384,
    }
}

pub(super) fn request(window: u16, longest: u32) -> Box<AssociateRq> {
    Box::new(AssociateRq {
        protocol_version: 1,
        called: AeTitle::new("PEER").unwrap(),
        calling: AeTitle::new("DIMSE").unwrap(),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: vec![ProposedContext {
            id: context(),
            abstract_syntax: Some(uids::VERIFICATION),
            transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN],
        }],
        user: UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(longest)),
            async_window: Some(AsyncWindow { invoked: window, performed: window }),
            ..UserInformation::default()
        },
    })
}

/// An answer to any request that proposes what [`request`] does.
pub(super) fn answer(request: &AssociateRq, window: u16) -> Result<AssociateAc, Rejection> {
    let mut policy = AcceptorPolicy::new(Uid::from_static("1.2.3"));
    policy.async_window = AsyncWindow { invoked: window, performed: window };
    policy.contexts.push(AcceptableContext {
        abstract_syntax: uids::VERIFICATION,
        transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN],
        requestor: Roles::SCU,
    });
    negotiate(request, &policy)
}
