//! PDUs as bytes: valid ones by the library's own encoder, whose golden tests are elsewhere, and others by hand.

use dimse::dimse::command::CommandSet;
use dimse::dimse::fragment::{FragmentLimit, encode_message};
use dimse::dimse::status::Status;
use dimse::types::{AbortReason, AeTitle, MaxPduLength, PresentationContextId, Rejection, Uid};
use dimse::wire::encode::encode;
use dimse::wire::item::{
    APPLICATION_CONTEXT, ContextAnswer, ContextResult, ProposedContext, UserInformation,
};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu};
use dimse::wire::uids;

/// Joins byte strings.
macro_rules! bytes {
    ($($field:expr),* $(,)?) => {{
        let mut bytes: Vec<u8> = Vec::new();
        $(bytes.extend_from_slice(&$field[..]);)*
        bytes
    }};
}

#[allow(unused_imports, reason = "each test takes what it needs")]
pub(crate) use bytes;

pub(crate) fn ae(text: &str) -> AeTitle {
    AeTitle::new(text).unwrap()
}

pub(crate) fn id(number: u8) -> PresentationContextId {
    PresentationContextId::new(number).unwrap()
}

/// An association request for Verification on context 1.
pub(crate) fn request() -> AssociateRq {
    AssociateRq {
        protocol_version: 1,
        called: ae("NODE"),
        calling: ae("SCRIPT"),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: vec![proposed(1, &uids::VERIFICATION)],
        user: UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(16384)),
            implementation_class: Some(Uid::from_static("1.2.3")),
            ..UserInformation::default()
        },
    }
}

pub(crate) fn proposed(number: u8, abstract_syntax: &Uid) -> ProposedContext {
    ProposedContext {
        id: id(number),
        abstract_syntax: Some(abstract_syntax.clone()),
        transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN],
    }
}

/// The answer that accepts every context of `request` with its first transfer syntax.
pub(crate) fn acceptance(request: &AssociateRq) -> AssociateAc {
    AssociateAc {
        protocol_version: 1,
        called: request.called,
        calling: request.calling,
        reserved: request.reserved,
        application_context: Some(APPLICATION_CONTEXT),
        contexts: request
            .contexts
            .iter()
            .map(|proposed| ContextResult {
                id: proposed.id,
                result: ContextAnswer::Acceptance,
                transfer_syntax: proposed.transfer_syntaxes.first().cloned(),
            })
            .collect(),
        user: UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(16384)),
            implementation_class: Some(Uid::from_static("1.2.4")),
            ..UserInformation::default()
        },
    }
}

pub(crate) fn pdu(pdu: &Pdu) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(pdu, &mut bytes).unwrap();
    bytes
}

pub(crate) fn rq(request: AssociateRq) -> Vec<u8> {
    pdu(&Pdu::AssociateRq(Box::new(request)))
}

pub(crate) fn ac(acceptance: AssociateAc) -> Vec<u8> {
    pdu(&Pdu::AssociateAc(Box::new(acceptance)))
}

pub(crate) fn rj(result: u8, source: u8, reason: u8) -> Vec<u8> {
    pdu(&Pdu::AssociateRj(Rejection { result, source, reason }))
}

pub(crate) fn release_rq() -> Vec<u8> {
    pdu(&Pdu::ReleaseRq)
}

pub(crate) fn release_rp() -> Vec<u8> {
    pdu(&Pdu::ReleaseRp)
}

pub(crate) fn abort() -> Vec<u8> {
    pdu(&Pdu::Abort(AbortReason::USER))
}

/// A message without a data set, in one PDV.
pub(crate) fn message(context: u8, command: &CommandSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    let limit = FragmentLimit::for_peer(MaxPduLength::from_wire(0)).unwrap();
    encode_message(command, id(context), limit, &mut bytes);
    bytes
}

pub(crate) fn echo_rq(context: u8, message_id: u16) -> Vec<u8> {
    message(context, &CommandSet::c_echo_rq(message_id))
}

pub(crate) fn echo_rsp(context: u8, message_id: u16) -> Vec<u8> {
    message(context, &CommandSet::response_to(&CommandSet::c_echo_rq(message_id), Status::SUCCESS))
}

/// The command set alone.
pub(crate) fn command_set(command: &CommandSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    dimse::dimse::encode::encode(command, &mut bytes);
    bytes
}

/// `variable_field` behind a header with the right length.
pub(crate) fn framed(pdu_type: u8, variable_field: &[u8]) -> Vec<u8> {
    bytes![[pdu_type, 0], u32::try_from(variable_field.len()).unwrap().to_be_bytes(), variable_field]
}

/// A P-DATA-TF PDU of these PDVs: context, message control header, value.
pub(crate) fn p_data(pdvs: &[(u8, u8, &[u8])]) -> Vec<u8> {
    let mut field = Vec::new();
    for (context, control, value) in pdvs {
        field.extend_from_slice(&u32::try_from(value.len() + 2).unwrap().to_be_bytes());
        field.extend_from_slice(&[*context, *control]);
        field.extend_from_slice(value);
    }
    framed(4, &field)
}

/// Message control header (PS3.8 E.2).
pub(crate) const COMMAND: u8 = 1;
pub(crate) const LAST: u8 = 2;

/// An A-ASSOCIATE-RQ (1) or -AC (2) with these items behind valid fixed fields.
pub(crate) fn associate(pdu_type: u8, items: &[u8]) -> Vec<u8> {
    framed(pdu_type, &bytes![[0, 1, 0, 0], b"NODE            SCRIPT          ", [0; 32], items])
}

/// An item or sub-item with the right length.
pub(crate) fn item(item_type: u8, value: &[u8]) -> Vec<u8> {
    bytes![[item_type, 0], u16::try_from(value.len()).unwrap().to_be_bytes(), value]
}
