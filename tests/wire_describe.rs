//! PDUs in words: what a log shows, and what it must never show.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "wire/values.rs"]
mod values;

use dimse::types::{AbortReason, AeTitle, MaxPduLength, PresentationContextId, Rejection, Uid};
use dimse::wire::describe::describe;
use dimse::wire::item::{
    APPLICATION_CONTEXT, AsyncWindow, CommonExtendedNegotiation, ContextAnswer, ContextResult,
    ExtendedNegotiation, ProposedContext, RoleSelection, UnknownItem, UserIdentity, UserInformation,
};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu};
use dimse::wire::uids;
use proptest::prelude::*;

fn uid(text: &str) -> Uid {
    Uid::new(text).unwrap()
}

fn id(number: u8) -> PresentationContextId {
    PresentationContextId::new(number).unwrap()
}

fn request() -> AssociateRq {
    AssociateRq {
        protocol_version: 1,
        called: AeTitle::new("PACS").unwrap(),
        calling: AeTitle::from_wire(b"B\xFCRO"),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: vec![
            ProposedContext {
                id: id(1),
                abstract_syntax: Some(uids::VERIFICATION),
                transfer_syntaxes: vec![uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::IMPLICIT_VR_LITTLE_ENDIAN],
            },
            ProposedContext {
                id: id(3),
                abstract_syntax: Some(uid("1.2.840.10008.5.1.4.1.1.77.1.5.8")),
                transfer_syntaxes: vec![uid("1.2.840.113619.5.2")],
            },
            ProposedContext { id: id(255), abstract_syntax: None, transfer_syntaxes: vec![] },
        ],
        user: UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(16384)),
            implementation_class: Some(uid("1.2.276.0.7230010.3.0.3.6.7")),
            async_window: Some(AsyncWindow { invoked: 8, performed: 0 }),
            roles: vec![
                RoleSelection { sop_class: uid("1.2.840.10008.5.1.4.1.1.2"), scu: false, scp: true },
                RoleSelection { sop_class: uid("1.2.840.10008.5.1.4.1.1.4"), scu: true, scp: true },
            ],
            implementation_version: Some(b"OFFIS\n_DCMTK".to_vec()),
            extended: vec![ExtendedNegotiation {
                sop_class: uids::STUDY_ROOT_FIND,
                information: vec![1, 0, 1],
            }],
            common_extended: vec![CommonExtendedNegotiation {
                sop_class: uid("1.2.5"),
                service_class: uids::STORAGE_SERVICE_CLASS,
                related_general_classes: vec![uid("1.2.840.10008.5.1.4.1.1.88.22")],
            }],
            identity: Some(UserIdentity {
                kind: 2,
                positive_response: true,
                primary: b"mueller".to_vec(),
                secondary: b"secret".to_vec(),
            }),
            identity_response: None,
            unknown: vec![UnknownItem { item_type: 0x5A, value: vec![7, 8, 9] }],
        },
    }
}

#[test]
fn a_request() {
    let expected = r"
A-ASSOCIATE-RQ
  version       0001H
  called AE     PACS
  calling AE    B\xFCRO
  application   1.2.840.10008.3.1.1.1 DICOM Application Context Name
  max length    16384 bytes
  impl. class   1.2.276.0.7230010.3.0.3.6.7
  impl. version OFFIS\x0A_DCMTK
  operations    8 invoked, any number performed
  role          1.2.840.10008.5.1.4.1.1.2 CT Image Storage
                as SCP
                1.2.840.10008.5.1.4.1.1.4 MR Image Storage
                as SCU and SCP
  extended      1.2.840.10008.5.1.4.1.2.2.1 Study Root Query/Retrieve
                Information Model - FIND
                01 00 01
  common ext.   1.2.5
    service     1.2.840.10008.4.2 Storage Service Class
    general     1.2.840.10008.5.1.4.1.1.88.22 Enhanced SR Storage
  identity      type 2 (user name and passcode), name has 7 bytes, response
                asked for
  unknown       sub-item 5AH of 3 bytes
  context 1     1.2.840.10008.1.1 Verification SOP Class
    proposed    1.2.840.10008.1.2.1 Explicit VR Little Endian
                1.2.840.10008.1.2 Implicit VR Little Endian
  context 3     1.2.840.10008.5.1.4.1.1.77.1.5.8 Ophthalmic Optical Coherence
                Tomography B-scan Volume Analysis Storage
    proposed    1.2.840.113619.5.2
  context 255   missing or not a UID";
    assert_eq!(describe(&Pdu::AssociateRq(Box::new(request()))), expected.trim_start());
}

#[test]
fn an_answer() {
    let ac = AssociateAc {
        protocol_version: 1,
        called: AeTitle::NONE,
        calling: AeTitle::new("ECHOSCU").unwrap(),
        reserved: [0; 32],
        application_context: None,
        contexts: vec![
            ContextResult {
                id: id(1),
                result: ContextAnswer::Acceptance,
                transfer_syntax: Some(uids::IMPLICIT_VR_LITTLE_ENDIAN),
            },
            ContextResult {
                id: id(3),
                result: ContextAnswer::TransferSyntaxesNotSupported,
                transfer_syntax: None,
            },
            ContextResult { id: id(5), result: ContextAnswer::Reserved(9), transfer_syntax: None },
        ],
        user: UserInformation {
            max_pdu_length: Some(MaxPduLength::from_wire(0)),
            identity_response: Some(b"ticket".to_vec()),
            ..UserInformation::default()
        },
    };
    let expected = "
A-ASSOCIATE-AC
  version       0001H
  called AE     none
  calling AE    ECHOSCU
  application   missing or not a UID
  max length    no limit
  identity      accepted, with a response of 6 bytes
  context 1     accepted
                1.2.840.10008.1.2 Implicit VR Little Endian
  context 3     transfer syntaxes not supported (provider rejection)
  context 5     reserved result 9";
    assert_eq!(describe(&Pdu::AssociateAc(Box::new(ac))), expected.trim_start());
}

#[test]
fn the_short_ones() {
    assert_eq!(
        describe(&Pdu::AssociateRj(Rejection::CALLED_AE_TITLE)),
        "A-ASSOCIATE-RJ\n  reason        called AE title not recognized (permanent, by the service user;\n\
         \u{20}               1,1,7)"
    );
    assert_eq!(describe(&Pdu::ReleaseRq), "A-RELEASE-RQ");
    assert_eq!(describe(&Pdu::ReleaseRp), "A-RELEASE-RP");
    assert_eq!(
        describe(&Pdu::Abort(AbortReason::UNEXPECTED_PDU)),
        "A-ABORT\n  aborted       by the service provider, unexpected PDU (2,2)"
    );
}

/// A peer can put many thousands of entries into one PDU; the log gets a screenful.
#[test]
fn long_lists_are_cut() {
    let mut rq = request();
    rq.contexts[0].transfer_syntaxes = vec![uids::IMPLICIT_VR_LITTLE_ENDIAN; 100_000];
    rq.user.unknown = vec![UnknownItem { item_type: 1, value: vec![] }; 10_000];
    rq.user.common_extended[0].related_general_classes = vec![uids::VERIFICATION; 10_000];
    rq.user.extended[0].information = vec![0; 60_000];
    rq.user.implementation_version = Some(vec![b'x'; 60_000]);
    let text = describe(&Pdu::AssociateRq(Box::new(rq)));
    assert!(text.lines().count() < 300, "{text}");
    assert!(text.contains("and 99936 more"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fits_a_terminal(pdu in values::pdu()) {
        for line in describe(&pdu).lines() {
            prop_assert!(line.len() <= 80, "{line}");
            prop_assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line:?}");
            prop_assert_eq!(line.trim_end(), line);
        }
    }

    /// Neither the name nor the secrets of a user: with others of the same length the words are the same.
    #[test]
    fn who_the_user_is_stays_unsaid(mut rq in values::request()) {
        let before = describe(&Pdu::AssociateRq(Box::new(rq.clone())));
        if let Some(identity) = &mut rq.user.identity {
            identity.primary.fill(b'x');
            identity.secondary = b"another passcode".to_vec();
        }
        if let Some(response) = &mut rq.user.identity_response {
            response.fill(b'x');
        }
        prop_assert_eq!(describe(&Pdu::AssociateRq(Box::new(rq))), before);
    }
}
