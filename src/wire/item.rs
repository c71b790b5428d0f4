//! Items of the association PDUs (PS3.8 9.3.2, 9.3.3) and the user information sub-items of PS3.7 annex D as values.

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
    /// Not significant unless accepted: never read of a refused context.
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
    /// A number that the standard reserves; never sent.
    Reserved(u8),
}

/// What both sides say of themselves (PS3.7 D.3.3). Every sub-item may be missing; a peer's unknown ones are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// 59H (answer only): the server response, empty for types 1 and 2.
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

/// A sub-item of a type that this library does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownItem {
    /// Its type byte.
    pub item_type: u8,
    /// Its value.
    pub value: Vec<u8>,
}

impl std::fmt::Debug for UserIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserIdentity")
            .field("kind", &self.kind)
            .field("positive_response", &self.positive_response)
            .finish_non_exhaustive()
    }
}
