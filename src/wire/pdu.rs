//! The seven PDUs of PS3.8 section 9.3 as values. P-DATA-TF is never one: its fragments come out of the decoder as
//! slices and go out behind headers, so that a PDU is never held whole.

use super::item::{ContextResult, ProposedContext, UserInformation};
use crate::types::{AbortReason, AeTitle, Rejection, Uid};

/// The number in a PDU's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PduType {
    /// A-ASSOCIATE-RQ
    AssociateRq = 0x01,
    /// A-ASSOCIATE-AC
    AssociateAc = 0x02,
    /// A-ASSOCIATE-RJ
    AssociateRj = 0x03,
    /// P-DATA-TF
    PData = 0x04,
    /// A-RELEASE-RQ
    ReleaseRq = 0x05,
    /// A-RELEASE-RP
    ReleaseRp = 0x06,
    /// A-ABORT
    Abort = 0x07,
}

/// Any PDU but P-DATA-TF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu {
    /// PS3.8 9.3.2
    AssociateRq(Box<AssociateRq>),
    /// PS3.8 9.3.3
    AssociateAc(Box<AssociateAc>),
    /// PS3.8 9.3.4
    AssociateRj(Rejection),
    /// PS3.8 9.3.6
    ReleaseRq,
    /// PS3.8 9.3.7
    ReleaseRp,
    /// PS3.8 9.3.8
    Abort(AbortReason),
}

/// A-ASSOCIATE-RQ (PS3.8 9.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociateRq {
    /// Only bit 0 (version 1) is tested.
    pub protocol_version: u16,
    /// The AE title of the acceptor.
    pub called: AeTitle,
    /// The AE title of the requestor.
    pub calling: AeTitle,
    /// `None` where the item is missing or not a UID.
    pub application_context: Option<Uid>,
    /// In the order of the wire; ids are unique.
    pub contexts: Vec<ProposedContext>,
    /// PS3.7 annex D.
    pub user: UserInformation,
}

/// A-ASSOCIATE-AC (PS3.8 9.3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociateAc {
    /// Only bit 0 (version 1) is tested.
    pub protocol_version: u16,
    /// Sent as in the request, never tested (PS3.8 9.3.3).
    pub called: AeTitle,
    /// Sent as in the request, never tested (PS3.8 9.3.3).
    pub calling: AeTitle,
    /// `None` where the item is missing or not a UID.
    pub application_context: Option<Uid>,
    /// One result for each proposed id, in any order.
    pub contexts: Vec<ContextResult>,
    /// PS3.7 annex D.
    pub user: UserInformation,
}
