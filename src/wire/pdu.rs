//! The seven PDUs of PS3.8 section 9.3 as values. P-DATA-TF is never one: its fragments come out of the decoder as
//! slices and go out behind headers, so that a PDU is never held whole.

use std::fmt;

use super::item::{ContextResult, ProposedContext, UserInformation};
use crate::types::{AbortReason, AeTitle, Rejection, Uid};

/// The number in a PDU's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PduType {
    /// A-ASSOCIATE-RQ
    AssociateRq,
    /// A-ASSOCIATE-AC
    AssociateAc,
    /// A-ASSOCIATE-RJ
    AssociateRj,
    /// P-DATA-TF
    PData,
    /// A-RELEASE-RQ
    ReleaseRq,
    /// A-RELEASE-RP
    ReleaseRp,
    /// A-ABORT
    Abort,
}

impl PduType {
    /// `None` for a number that PS3.8 does not give to a PDU.
    #[must_use]
    pub const fn from_wire(number: u8) -> Option<Self> {
        Some(match number {
            0x01 => Self::AssociateRq,
            0x02 => Self::AssociateAc,
            0x03 => Self::AssociateRj,
            0x04 => Self::PData,
            0x05 => Self::ReleaseRq,
            0x06 => Self::ReleaseRp,
            0x07 => Self::Abort,
            _ => return None,
        })
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::AssociateRq => 0x01,
            Self::AssociateAc => 0x02,
            Self::AssociateRj => 0x03,
            Self::PData => 0x04,
            Self::ReleaseRq => 0x05,
            Self::ReleaseRp => 0x06,
            Self::Abort => 0x07,
        }
    }
}

impl fmt::Display for PduType {
    /// The name in PS3.8 9.3.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AssociateRq => "A-ASSOCIATE-RQ",
            Self::AssociateAc => "A-ASSOCIATE-AC",
            Self::AssociateRj => "A-ASSOCIATE-RJ",
            Self::PData => "P-DATA-TF",
            Self::ReleaseRq => "A-RELEASE-RQ",
            Self::ReleaseRp => "A-RELEASE-RP",
            Self::Abort => "A-ABORT",
        })
    }
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

impl Pdu {
    /// Which of the seven it is.
    #[must_use]
    pub const fn pdu_type(&self) -> PduType {
        match self {
            Self::AssociateRq(_) => PduType::AssociateRq,
            Self::AssociateAc(_) => PduType::AssociateAc,
            Self::AssociateRj(_) => PduType::AssociateRj,
            Self::ReleaseRq => PduType::ReleaseRq,
            Self::ReleaseRp => PduType::ReleaseRp,
            Self::Abort(_) => PduType::Abort,
        }
    }
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
    /// Bytes 43 to 74: 0 where we send them, never tested.
    pub reserved: [u8; 32],
    /// `None` where the item is missing or not a UID; of several the first that is one.
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
    /// Sent with the bytes of the request, never tested (PS3.8 table 9-17).
    pub called: AeTitle,
    /// Sent with the bytes of the request, never tested (PS3.8 table 9-17).
    pub calling: AeTitle,
    /// Bytes 43 to 74: sent as in the request, never tested (PS3.8 table 9-17).
    pub reserved: [u8; 32],
    /// `None` where the item is missing or not a UID; of several the first that is one.
    pub application_context: Option<Uid>,
    /// One result for each proposed id, in any order; ids are unique.
    pub contexts: Vec<ContextResult>,
    /// PS3.7 annex D.
    pub user: UserInformation,
}
