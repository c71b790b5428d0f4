//! PDUs written down byte by byte from PS3.8 9.3 and PS3.7 annex D.

use dimse::types::{AbortReason, AeTitle, MaxPduLength, PresentationContextId, Rejection, Uid};
use dimse::wire::item::{
    APPLICATION_CONTEXT, AsyncWindow, CommonExtendedNegotiation, ContextAnswer, ContextResult,
    ExtendedNegotiation, ProposedContext, RoleSelection, UnknownItem, UserIdentity, UserInformation,
};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu, PduType};
use dimse::wire::uids;

use crate::bytes::bytes;
use crate::stream::Came;

pub(crate) fn ae(text: &str) -> AeTitle {
    AeTitle::new(text).unwrap()
}

pub(crate) fn uid(text: &str) -> Uid {
    Uid::new(text).unwrap()
}

pub(crate) fn id(number: u8) -> PresentationContextId {
    PresentationContextId::new(number).unwrap()
}

/// What an echo needs and nothing else.
pub(crate) fn plain_request() -> (Pdu, Vec<u8>) {
    let value = Pdu::AssociateRq(Box::new(AssociateRq {
        protocol_version: 1,
        called: ae("ANY-SCP"),
        calling: ae("ECHOSCU"),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: vec![ProposedContext {
            id: id(1),
            abstract_syntax: Some(uids::VERIFICATION),
            transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN],
        }],
        user: UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(16384)),
            implementation_class: Some(uid("1.2.276.0.7230010.3.0.3.6.7")),
            implementation_version: Some(b"OFFIS_DCMTK_367".to_vec()),
            ..UserInformation::default()
        },
    }));
    let bytes = bytes![
        [0x01],                   // PDU type: A-ASSOCIATE-RQ
        [0x00],                   // reserved
        [0x00, 0x00, 0x00, 0xCD], // PDU length: 205
        [0x00, 0x01],             // protocol version 1
        [0x00, 0x00],             // reserved
        b"ANY-SCP         ",      // called AE title
        b"ECHOSCU         ",      // calling AE title
        [0; 32],                  // reserved
        [0x10, 0x00, 0x00, 0x15], // application context item, 21 bytes
        b"1.2.840.10008.3.1.1.1", // the DICOM application context name
        [0x20, 0x00, 0x00, 0x2E], // presentation context item, 46 bytes
        [0x01],                   // presentation context id 1
        [0x00, 0x00, 0x00],       // reserved
        [0x30, 0x00, 0x00, 0x11], // abstract syntax sub-item, 17 bytes
        b"1.2.840.10008.1.1",     // Verification
        [0x40, 0x00, 0x00, 0x11], // transfer syntax sub-item, 17 bytes
        b"1.2.840.10008.1.2",     // Implicit VR Little Endian
        [0x50, 0x00, 0x00, 0x3A], // user information item, 58 bytes
        [0x51, 0x00, 0x00, 0x04], // maximum length sub-item, 4 bytes
        [0x00, 0x00, 0x40, 0x00], // 16384
        [0x52, 0x00, 0x00, 0x1B], // implementation class UID sub-item, 27 bytes
        b"1.2.276.0.7230010.3.0.3.6.7",
        [0x55, 0x00, 0x00, 0x0F], // implementation version name sub-item, 15 bytes
        b"OFFIS_DCMTK_367",
    ];
    (value, bytes)
}

/// Every item and sub-item that a request can have, and one sub-item that no standard knows.
pub(crate) fn rich_request() -> (Pdu, Vec<u8>) {
    (rich_request_value(), rich_request_bytes())
}

fn rich_request_value() -> Pdu {
    Pdu::AssociateRq(Box::new(AssociateRq {
        protocol_version: 1,
        called: ae("PACS"),
        calling: ae("SIXTEEN LETTERS!"),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: vec![
            ProposedContext {
                id: id(1),
                abstract_syntax: Some(uid("1.2.840.10008.5.1.4.1.1.2")),
                transfer_syntaxes: vec![uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::IMPLICIT_VR_LITTLE_ENDIAN],
            },
            ProposedContext {
                id: id(255),
                abstract_syntax: Some(uids::STUDY_ROOT_FIND),
                transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN],
            },
        ],
        user: UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(0)),
            implementation_class: Some(uid("1.2.3")),
            async_window: Some(AsyncWindow { invoked: 16, performed: 258 }),
            roles: vec![
                RoleSelection { sop_class: uid("1.2.840.10008.5.1.4.1.1.2"), scu: false, scp: true },
                RoleSelection { sop_class: uid("1.2.4"), scu: true, scp: false },
            ],
            implementation_version: Some(b"V1".to_vec()),
            extended: vec![ExtendedNegotiation {
                sop_class: uids::STUDY_ROOT_FIND,
                information: vec![1, 0, 1],
            }],
            common_extended: vec![CommonExtendedNegotiation {
                sop_class: uid("1.2.5"),
                service_class: uids::STORAGE_SERVICE_CLASS,
                related_general_classes: vec![uid("1.2.6"), uid("1.2.7.8")],
            }],
            identity: Some(UserIdentity {
                kind: 2,
                positive_response: true,
                primary: b"user".to_vec(),
                secondary: b"secret".to_vec(),
            }),
            identity_response: None,
            unknown: vec![UnknownItem { item_type: 0x5A, value: vec![7, 8, 9] }],
        },
    }))
}

fn rich_request_bytes() -> Vec<u8> {
    bytes![
        [0x01, 0x00],                   // PDU type: A-ASSOCIATE-RQ; reserved
        [0x00, 0x00, 0x01, 0xAA],       // PDU length: 426
        [0x00, 0x01, 0x00, 0x00],       // protocol version 1; reserved
        b"PACS            ",            // called AE title
        b"SIXTEEN LETTERS!",            // calling AE title
        [0; 32],                        // reserved
        [0x10, 0x00, 0x00, 0x15],       // application context item, 21 bytes
        b"1.2.840.10008.3.1.1.1",       // the DICOM application context name
        [0x20, 0x00, 0x00, 0x4D],       // presentation context item, 77 bytes
        [0x01, 0x00, 0x00, 0x00],       // presentation context id 1; reserved
        [0x30, 0x00, 0x00, 0x19],       // abstract syntax sub-item, 25 bytes
        b"1.2.840.10008.5.1.4.1.1.2",   // CT Image Storage
        [0x40, 0x00, 0x00, 0x13],       // transfer syntax sub-item, 19 bytes
        b"1.2.840.10008.1.2.1",         // Explicit VR Little Endian
        [0x40, 0x00, 0x00, 0x11],       // transfer syntax sub-item, 17 bytes
        b"1.2.840.10008.1.2",           // Implicit VR Little Endian
        [0x20, 0x00, 0x00, 0x38],       // presentation context item, 56 bytes
        [0xFF, 0x00, 0x00, 0x00],       // presentation context id 255; reserved
        [0x30, 0x00, 0x00, 0x1B],       // abstract syntax sub-item, 27 bytes
        b"1.2.840.10008.5.1.4.1.2.2.1", // Study Root Query/Retrieve - FIND
        [0x40, 0x00, 0x00, 0x11],       // transfer syntax sub-item, 17 bytes
        b"1.2.840.10008.1.2",           // Implicit VR Little Endian
        [0x50, 0x00, 0x00, 0xBC],       // user information item, 188 bytes
        [0x51, 0x00, 0x00, 0x04],       // maximum length sub-item, 4 bytes
        [0x00, 0x00, 0x00, 0x00],       // no limit
        [0x52, 0x00, 0x00, 0x05],       // implementation class UID sub-item, 5 bytes
        b"1.2.3",
        [0x53, 0x00, 0x00, 0x04], // asynchronous operations window sub-item, 4 bytes
        [0x00, 0x10],             // 16 operations invoked
        [0x01, 0x02],             // 258 performed
        [0x54, 0x00, 0x00, 0x1D], // SCP/SCU role selection sub-item, 29 bytes
        [0x00, 0x19],             // UID length: 25
        b"1.2.840.10008.5.1.4.1.1.2", // CT Image Storage
        [0x00, 0x01],             // SCU role: no; SCP role: yes
        [0x54, 0x00, 0x00, 0x09], // SCP/SCU role selection sub-item, 9 bytes
        [0x00, 0x05],             // UID length: 5
        b"1.2.4",
        [0x01, 0x00],             // SCU role: yes; SCP role: no
        [0x55, 0x00, 0x00, 0x02], // implementation version name sub-item, 2 bytes
        b"V1",
        [0x56, 0x00, 0x00, 0x20], // SOP class extended negotiation sub-item, 32 bytes
        [0x00, 0x1B],             // UID length: 27
        b"1.2.840.10008.5.1.4.1.2.2.1", // Study Root Query/Retrieve - FIND
        [0x01, 0x00, 0x01],       // relational queries; no date-time matching; fuzzy names
        [0x57, 0x00, 0x00, 0x2C], // SOP class common extended negotiation, version 0, 44 bytes
        [0x00, 0x05],             // SOP class UID length: 5
        b"1.2.5",
        [0x00, 0x11],         // service class UID length: 17
        b"1.2.840.10008.4.2", // Storage Service Class
        [0x00, 0x10],         // related general SOP class identification: 16 bytes
        [0x00, 0x05],         // UID length: 5
        b"1.2.6",
        [0x00, 0x07], // UID length: 7
        b"1.2.7.8",
        [0x58, 0x00, 0x00, 0x10], // user identity sub-item, 16 bytes
        [0x02],                   // type: user name and passcode
        [0x01],                   // positive response asked for
        [0x00, 0x04],             // primary field: 4 bytes
        b"user",
        [0x00, 0x06], // secondary field: 6 bytes
        b"secret",
        [0x5A, 0x00, 0x00, 0x03], // a sub-item that no standard knows, 3 bytes
        [7, 8, 9],
    ]
}

/// The answer to the rich request: one context accepted, one refused; every sub-item that an answer can have.
pub(crate) fn rich_answer() -> (Pdu, Vec<u8>) {
    let value = Pdu::AssociateAc(Box::new(AssociateAc {
        protocol_version: 1,
        called: ae("PACS"),
        calling: ae("SIXTEEN LETTERS!"),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: vec![
            ContextResult {
                id: id(255),
                result: ContextAnswer::AbstractSyntaxNotSupported,
                transfer_syntax: None,
            },
            ContextResult {
                id: id(1),
                result: ContextAnswer::Acceptance,
                transfer_syntax: Some(uids::EXPLICIT_VR_LITTLE_ENDIAN),
            },
        ],
        user: UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(131_072)),
            implementation_class: Some(uid("1.2.3")),
            async_window: Some(AsyncWindow { invoked: 1, performed: 1 }),
            roles: vec![RoleSelection { sop_class: uid("1.2.840.10008.5.1.4.1.1.2"), scu: false, scp: true }],
            implementation_version: Some(b"V2".to_vec()),
            extended: vec![ExtendedNegotiation {
                sop_class: uids::STUDY_ROOT_FIND,
                information: vec![1, 0, 0],
            }],
            identity_response: Some(b"ticket".to_vec()),
            ..UserInformation::default()
        },
    }));
    let bytes = bytes![
        [0x02, 0x00],             // PDU type: A-ASSOCIATE-AC; reserved
        [0x00, 0x00, 0x01, 0x0D], // PDU length: 269
        [0x00, 0x01, 0x00, 0x00], // protocol version 1; reserved
        b"PACS            ",      // reserved, sent as in the request (called AE title)
        b"SIXTEEN LETTERS!",      // reserved, sent as in the request (calling AE title)
        [0; 32],                  // reserved
        [0x10, 0x00, 0x00, 0x15], // application context item, 21 bytes
        b"1.2.840.10008.3.1.1.1", // the DICOM application context name
        [0x21, 0x00, 0x00, 0x19], // presentation context item, 25 bytes
        [0xFF, 0x00, 0x03, 0x00], // id 255; reserved; abstract syntax not supported; reserved
        [0x40, 0x00, 0x00, 0x11], // transfer syntax sub-item, 17 bytes
        b"1.2.840.10008.1.2",     // not significant
        [0x21, 0x00, 0x00, 0x1B], // presentation context item, 27 bytes
        [0x01, 0x00, 0x00, 0x00], // id 1; reserved; accepted; reserved
        [0x40, 0x00, 0x00, 0x13], // transfer syntax sub-item, 19 bytes
        b"1.2.840.10008.1.2.1",   // Explicit VR Little Endian
        [0x50, 0x00, 0x00, 0x70], // user information item, 112 bytes
        [0x51, 0x00, 0x00, 0x04], // maximum length sub-item, 4 bytes
        [0x00, 0x02, 0x00, 0x00], // 131072
        [0x52, 0x00, 0x00, 0x05], // implementation class UID sub-item, 5 bytes
        b"1.2.3",
        [0x53, 0x00, 0x00, 0x04], // asynchronous operations window sub-item, 4 bytes
        [0x00, 0x01, 0x00, 0x01], // 1 operation invoked, 1 performed
        [0x54, 0x00, 0x00, 0x1D], // SCP/SCU role selection sub-item, 29 bytes
        [0x00, 0x19],             // UID length: 25
        b"1.2.840.10008.5.1.4.1.1.2", // CT Image Storage
        [0x00, 0x01],             // SCU role: refused; SCP role: accepted
        [0x55, 0x00, 0x00, 0x02], // implementation version name sub-item, 2 bytes
        b"V2",
        [0x56, 0x00, 0x00, 0x20], // SOP class extended negotiation sub-item, 32 bytes
        [0x00, 0x1B],             // UID length: 27
        b"1.2.840.10008.5.1.4.1.2.2.1", // Study Root Query/Retrieve - FIND
        [0x01, 0x00, 0x00],       // relational queries only
        [0x59, 0x00, 0x00, 0x08], // user identity sub-item, 8 bytes
        [0x00, 0x06],             // server response: 6 bytes
        b"ticket",
    ];
    (value, bytes)
}

/// All PDUs but P-DATA-TF.
pub(crate) fn golden() -> Vec<(Pdu, Vec<u8>)> {
    vec![
        plain_request(),
        rich_request(),
        rich_answer(),
        (
            Pdu::AssociateRj(Rejection::CALLED_AE_TITLE),
            bytes![
                [0x03, 0x00],             // PDU type: A-ASSOCIATE-RJ; reserved
                [0x00, 0x00, 0x00, 0x04], // PDU length: 4
                [0x00],                   // reserved
                [0x01],                   // result: rejected-permanent
                [0x01],                   // source: service user
                [0x07],                   // reason: called AE title not recognized
            ],
        ),
        (
            Pdu::ReleaseRq,
            bytes![
                [0x05, 0x00],             // PDU type: A-RELEASE-RQ; reserved
                [0x00, 0x00, 0x00, 0x04], // PDU length: 4
                [0x00, 0x00, 0x00, 0x00], // reserved
            ],
        ),
        (
            Pdu::ReleaseRp,
            bytes![
                [0x06, 0x00],             // PDU type: A-RELEASE-RP; reserved
                [0x00, 0x00, 0x00, 0x04], // PDU length: 4
                [0x00, 0x00, 0x00, 0x00], // reserved
            ],
        ),
        (
            Pdu::Abort(AbortReason::UNEXPECTED_PDU),
            bytes![
                [0x07, 0x00],             // PDU type: A-ABORT; reserved
                [0x00, 0x00, 0x00, 0x04], // PDU length: 4
                [0x00, 0x00],             // reserved
                [0x02],                   // source: service provider
                [0x02],                   // reason: unexpected PDU
            ],
        ),
    ]
}

/// P-DATA-TF with a command, an empty fragment that is not the last, and a last one; and what it is.
pub(crate) fn golden_data() -> (Vec<Came>, Vec<u8>) {
    let bytes = bytes![
        [0x04, 0x00],             // PDU type: P-DATA-TF; reserved
        [0x00, 0x00, 0x00, 0x18], // PDU length: 24
        [0x00, 0x00, 0x00, 0x06], // PDV item: 6 bytes
        [0x01],                   // presentation context id 1
        [0x03],                   // message control header: command, last fragment
        [0xC0, 0xC1, 0xC2, 0xC3], // fragment
        [0x00, 0x00, 0x00, 0x02], // PDV item: 2 bytes
        [0x01],                   // presentation context id 1
        [0x00],                   // data set, not the last fragment
        [0x00, 0x00, 0x00, 0x04], // PDV item: 4 bytes
        [0x01],                   // presentation context id 1
        [0xFE],                   // data set, last fragment; bits 2 to 7 are not tested
        [0xD0, 0xD1],             // fragment
    ];
    let pdv = |command, last, data: &[u8]| Came::Pdv {
        context: 1,
        command,
        last,
        data: data.to_vec(),
        complete: true,
    };
    let came = vec![
        Came::Header(PduType::PData, 24),
        pdv(true, true, &[0xC0, 0xC1, 0xC2, 0xC3]),
        pdv(false, false, &[]),
        pdv(false, true, &[0xD0, 0xD1]),
        Came::PDataEnd,
    ];
    (came, bytes)
}
