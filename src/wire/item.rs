//! Items of the association PDUs (PS3.8 9.3.2, 9.3.3) and the user information sub-items of PS3.7 annex D as values.

use std::fmt;

use crate::types::{MaxPduLength, PresentationContextId, Uid};

/// The DICOM application context name (PS3.7 A.2.1), the only one that exists.
pub const APPLICATION_CONTEXT: Uid = Uid::from_static("1.2.840.10008.3.1.1.1");

/// A presentation context as proposed (PS3.8 9.3.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedContext {
    /// Odd and unique in its request.
    pub id: PresentationContextId,
    /// `None` where what came is not a UID: such a context is refused alone, not the association.
    pub abstract_syntax: Option<Uid>,
    /// In the order of the wire; what is not a UID is left out.
    pub transfer_syntaxes: Vec<Uid>,
}

/// The answer to one proposed context (PS3.8 9.3.3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextResult {
    /// The id of the proposal.
    pub id: PresentationContextId,
    /// Accepted, or why not.
    pub result: ContextAnswer,
    /// Not significant unless accepted: never read of a refused context. `None` of an accepted one means that the peer
    /// named no UID.
    pub transfer_syntax: Option<Uid>,
}

/// Result/reason of a presentation context (PS3.8 table 9-18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContextAnswer {
    /// 0
    Acceptance,
    /// 1
    UserRejection,
    /// 2
    NoReason,
    /// 3
    AbstractSyntaxNotSupported,
    /// 4
    TransferSyntaxesNotSupported,
    /// A number that the standard reserves, 5 or more; never sent.
    Reserved(u8),
}

impl ContextAnswer {
    /// Any number may come from a peer.
    #[must_use]
    pub const fn from_wire(number: u8) -> Self {
        match number {
            0 => Self::Acceptance,
            1 => Self::UserRejection,
            2 => Self::NoReason,
            3 => Self::AbstractSyntaxNotSupported,
            4 => Self::TransferSyntaxesNotSupported,
            reserved => Self::Reserved(reserved),
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Acceptance => 0,
            Self::UserRejection => 1,
            Self::NoReason => 2,
            Self::AbstractSyntaxNotSupported => 3,
            Self::TransferSyntaxesNotSupported => 4,
            Self::Reserved(number) => number,
        }
    }
}

impl fmt::Display for ContextAnswer {
    /// The words of PS3.8 table 9-18.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acceptance => f.write_str("accepted"),
            Self::UserRejection => f.write_str("user rejection"),
            Self::NoReason => f.write_str("no reason (provider rejection)"),
            Self::AbstractSyntaxNotSupported => {
                f.write_str("abstract syntax not supported (provider rejection)")
            }
            Self::TransferSyntaxesNotSupported => {
                f.write_str("transfer syntaxes not supported (provider rejection)")
            }
            Self::Reserved(number) => write!(f, "reserved result {number}"),
        }
    }
}

/// What both sides say of themselves (PS3.7 D.3.3). Every sub-item may be missing; a peer's unknown ones are kept.
///
/// Of a sub-item that may come once the first counts. A role or extended negotiation about something that is not a UID
/// is left out. The `Debug` shows no secret: of an identity's answer and of unknown sub-items the length alone.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct UserInformation {
    /// 51H (PS3.8 D.1).
    pub max_pdu_length: Option<MaxPduLength>,
    /// 52H
    pub implementation_class: Option<Uid>,
    /// 53H
    pub async_window: Option<AsyncWindow>,
    /// 54H
    pub roles: Vec<RoleSelection>,
    /// 55H: 1 to 16 characters; kept as bytes, since peers send more than the standard's repertoire.
    pub implementation_version: Option<Vec<u8>>,
    /// 56H
    pub extended: Vec<ExtendedNegotiation>,
    /// 57H (request only)
    pub common_extended: Vec<CommonExtendedNegotiation>,
    /// 58H (request only)
    pub identity: Option<UserIdentity>,
    /// 59H (answer only): the server response, empty for types 1 and 2. It may be a ticket.
    pub identity_response: Option<Vec<u8>>,
    /// Any other type: kept and skipped.
    pub unknown: Vec<UnknownItem>,
}

/// Asynchronous operations window (PS3.7 D.3.3.3); 0 means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsyncWindow {
    /// Operations that the association requestor may have open.
    pub invoked: u16,
    /// Operations that the association requestor accepts at once.
    pub performed: u16,
}

/// SCP/SCU role selection (PS3.7 D.3.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSelection {
    /// The class that it is about.
    pub sop_class: Uid,
    /// The requestor may be user.
    pub scu: bool,
    /// The requestor may be provider.
    pub scp: bool,
}

/// SOP class extended negotiation (PS3.7 D.3.3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedNegotiation {
    /// The class that it is about.
    pub sop_class: Uid,
    /// Service class application information, as its service class defines it.
    pub information: Vec<u8>,
}

/// SOP class common extended negotiation (PS3.7 D.3.3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonExtendedNegotiation {
    /// The class that it is about.
    pub sop_class: Uid,
    /// The service class that it belongs to.
    pub service_class: Uid,
    /// General classes that it is a special case of.
    pub related_general_classes: Vec<Uid>,
}

/// User identity negotiation, request (PS3.7 D.3.3.7). Its `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct UserIdentity {
    /// 1 user name, 2 user name and passcode, 3 Kerberos, 4 SAML, 5 JWT; others may come from a peer.
    pub kind: u8,
    /// Whether the acceptor shall answer when it accepts.
    pub positive_response: bool,
    /// User name, or the whole ticket, assertion or token.
    pub primary: Vec<u8>,
    /// Passcode; empty unless the kind is 2.
    pub secondary: Vec<u8>,
}

/// A sub-item of a type that this library does not know. Its `Debug` shows the length of the value alone.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownItem {
    /// Its type byte.
    pub item_type: u8,
    /// Its value.
    pub value: Vec<u8>,
}

impl fmt::Debug for UserInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserInformation")
            .field("max_pdu_length", &self.max_pdu_length)
            .field("implementation_class", &self.implementation_class)
            .field("async_window", &self.async_window)
            .field("roles", &self.roles)
            .field("implementation_version", &self.implementation_version)
            .field("extended", &self.extended)
            .field("common_extended", &self.common_extended)
            .field("identity", &self.identity)
            .field("identity_response.len", &self.identity_response.as_ref().map(Vec::len))
            .field("unknown", &self.unknown)
            .finish()
    }
}

impl fmt::Debug for UnknownItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownItem")
            .field("item_type", &self.item_type)
            .field("value.len", &self.value.len())
            .finish()
    }
}

impl fmt::Debug for UserIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserIdentity")
            .field("kind", &self.kind)
            .field("positive_response", &self.positive_response)
            .finish_non_exhaustive()
    }
}
