//! Bytes that break the protocol, and bytes that bend it: what is refused and how, and what is put up with.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "wire/bytes.rs"]
mod bytes;
#[path = "wire/stream.rs"]
mod stream;

use bytes::bytes;
use dimse::error::Cause;
use dimse::types::{AbortReason, AeTitle, MaxPduLength, PresentationContextId, Rejection, Uid};
use dimse::wire::decode::{Decoder, LONGEST_ASSOCIATE, Malformed};
use dimse::wire::item::{
    AsyncWindow, CommonExtendedNegotiation, ContextAnswer, ContextResult, ProposedContext, RoleSelection,
    UnknownItem, UserInformation,
};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu};
use dimse::wire::uids;
use stream::{decode_one, feed};

fn ae(text: &str) -> AeTitle {
    AeTitle::new(text).unwrap()
}

fn uid(text: &str) -> Uid {
    Uid::new(text).unwrap()
}

fn id(number: u8) -> PresentationContextId {
    PresentationContextId::new(number).unwrap()
}

/// `pdu` with its PDU length made right.
fn framed(pdu_type: u8, variable_field: &[u8]) -> Vec<u8> {
    bytes![[pdu_type, 0], u32::try_from(variable_field.len()).unwrap().to_be_bytes(), variable_field]
}

/// An A-ASSOCIATE-RQ (1) or -AC (2) with these items.
fn associate(pdu_type: u8, items: &[u8]) -> Vec<u8> {
    framed(pdu_type, &bytes![[0, 1, 0, 0], b"CALLED          CALLING         ", [0; 32], items])
}

fn item(item_type: u8, value: &[u8]) -> Vec<u8> {
    bytes![[item_type, 0], u16::try_from(value.len()).unwrap().to_be_bytes(), value]
}

fn request_with(items: &[u8]) -> AssociateRq {
    match decode_one(&associate(1, items)) {
        Pdu::AssociateRq(rq) => *rq,
        other => panic!("{other:?}"),
    }
}

fn answer_with(items: &[u8]) -> AssociateAc {
    match decode_one(&associate(2, items)) {
        Pdu::AssociateAc(ac) => *ac,
        other => panic!("{other:?}"),
    }
}

fn user_with(sub_items: &[u8]) -> UserInformation {
    let user = request_with(&item(0x50, sub_items)).user;
    assert_eq!(answer_with(&item(0x50, sub_items)).user, user);
    user
}

fn malformed(bytes: &[u8]) -> Malformed {
    let (came, outcome) = feed([bytes]);
    let malformed = outcome.expect_err(&format!("{came:?}"));
    assert_eq!(feed(bytes.chunks(1)).1, Err(malformed.clone()), "a byte at a time it is the same");
    malformed
}

#[test]
fn malformed_pdus_and_what_an_abort_says_of_them() {
    const UNKNOWN: AbortReason = AbortReason::UNRECOGNIZED_PDU;
    const INVALID: AbortReason = AbortReason::INVALID_PARAMETER;
    let context = |id: u8| item(0x20, &[id, 0, 0, 0]);
    let result = |id: u8| item(0x21, &[id, 0, 0, 0]);
    let user = |sub_items: &[u8]| associate(1, &item(0x50, sub_items));
    #[rustfmt::skip] // a table
    let table: Vec<(&str, Vec<u8>, AbortReason)> = vec![
        ("type 00H", vec![0x00], UNKNOWN),
        ("type 08H", vec![0x08], UNKNOWN),
        ("type FFH", vec![0xFF], UNKNOWN),
        ("type 00H after a PDU", bytes![framed(5, &[0; 4]), [0]], UNKNOWN),
        ("TLS after a PDU is no TLS", bytes![framed(5, &[0; 4]), [0x16, 3, 1]], UNKNOWN),
        ("letters that begin no protocol", b"GOPHER".to_vec(), UNKNOWN),

        ("A-ASSOCIATE-RQ below its fixed fields", vec![1, 0, 0, 0, 0, 67], INVALID),
        ("A-ASSOCIATE-RQ of 0", vec![1, 0, 0, 0, 0, 0], INVALID),
        ("A-ASSOCIATE-RQ of 1 MiB and 1", vec![1, 0, 0, 0x10, 0, 1], INVALID),
        ("A-ASSOCIATE-RQ of 4 GiB", vec![1, 0, 0xFF, 0xFF, 0xFF, 0xFF], INVALID),
        ("A-ASSOCIATE-AC below its fixed fields", vec![2, 0, 0, 0, 0, 67], INVALID),
        ("A-ASSOCIATE-AC of 4 GiB", vec![2, 0, 0xFF, 0xFF, 0xFF, 0xFF], INVALID),
        ("A-ASSOCIATE-RJ of 3", vec![3, 0, 0, 0, 0, 3], INVALID),
        ("A-ASSOCIATE-RJ of 5", vec![3, 0, 0, 0, 0, 5], INVALID),
        ("A-RELEASE-RQ of 0", vec![5, 0, 0, 0, 0, 0], INVALID),
        ("A-RELEASE-RQ of 4 GiB", vec![5, 0, 0xFF, 0xFF, 0xFF, 0xFF], INVALID),
        ("A-RELEASE-RP of 8", vec![6, 0, 0, 0, 0, 8], INVALID),
        ("A-ABORT of 2", vec![7, 0, 0, 0, 0, 2], INVALID),
        ("A-ABORT of 4 GiB", vec![7, 0, 0xFF, 0xFF, 0xFF, 0xFF], INVALID),

        ("P-DATA-TF of 0", vec![4, 0, 0, 0, 0, 0], INVALID),
        ("P-DATA-TF without room for a PDV", vec![4, 0, 0, 0, 0, 5], INVALID),
        ("PDV of 0", framed(4, &[0, 0, 0, 0, 1, 0]), INVALID),
        ("PDV of 1", framed(4, &[0, 0, 0, 1, 1, 0]), INVALID),
        ("PDV one byte longer than its PDU", framed(4, &[0, 0, 0, 4, 1, 0, 9]), INVALID),
        ("PDV of 4 GiB in a short PDU", framed(4, &[0xFF, 0xFF, 0xFF, 0xFF, 1, 0]), INVALID),
        ("PDV on context 0", framed(4, &[0, 0, 0, 2, 0, 0]), INVALID),
        ("PDV on context 2", framed(4, &[0, 0, 0, 2, 2, 0]), INVALID),
        ("bytes behind the last PDV", framed(4, &[0, 0, 0, 2, 1, 0, 0, 0, 0, 2, 1]), INVALID),

        ("item over the PDU", associate(1, &[0x10, 0, 0, 2, b'1']), INVALID),
        ("unknown item over the PDU", associate(1, &[0x77, 0, 0xFF, 0xFF]), INVALID),
        ("1 byte behind the last item", associate(1, &[0x10]), INVALID),
        ("item without a whole length", associate(1, &[0x10, 0, 0]), INVALID),
        ("item over the A-ASSOCIATE-AC", associate(2, &[0x21, 0, 0, 2, 1]), INVALID),
        ("context item without its fields", associate(1, &item(0x20, &[1, 0, 0])), INVALID),
        ("context id 0", associate(1, &context(0)), INVALID),
        ("context id 2", associate(1, &context(2)), INVALID),
        ("context id 254", associate(1, &context(254)), INVALID),
        ("context id twice", associate(1, &bytes![context(1), context(3), context(1)]), INVALID),
        ("sub-item over the context", associate(1, &item(0x20, &[1, 0, 0, 0, 0x30, 0, 0, 2, b'1'])), INVALID),
        ("rest in the context", associate(1, &item(0x20, &[1, 0, 0, 0, 0x30, 0])), INVALID),
        ("result item without its fields", associate(2, &item(0x21, &[1, 0, 0])), INVALID),
        ("result for context 4", associate(2, &result(4)), INVALID),
        ("result twice", associate(2, &bytes![result(1), result(1)]), INVALID),
        ("sub-item over an accepted context", associate(2, &item(0x21, &[1, 0, 0, 0, 0x40, 0, 0, 1])), INVALID),

        ("sub-item over the user information", user(&[0x51, 0, 0, 5, 0, 0, 0, 0]), INVALID),
        ("maximum length of 3 bytes", user(&item(0x51, &[0, 0, 0])), INVALID),
        ("maximum length of 5 bytes", user(&item(0x51, &[0, 0, 0, 0, 0])), INVALID),
        ("window of 2 bytes", user(&item(0x53, &[0, 1])), INVALID),
        ("window of 5 bytes", user(&item(0x53, &[0, 1, 0, 1, 0])), INVALID),
        ("role of nothing", user(&item(0x54, &[])), INVALID),
        ("role without its roles", user(&item(0x54, &bytes![[0, 5], b"1.2.3", [1]])), INVALID),
        ("role with one byte more", user(&item(0x54, &bytes![[0, 5], b"1.2.3", [1, 0, 0]])), INVALID),
        ("role whose UID runs over", user(&item(0x54, &bytes![[0, 9], b"1.2.3", [1, 0]])), INVALID),
        ("extended whose UID runs over", user(&item(0x56, &bytes![[0, 6], b"1.2.3"])), INVALID),
        ("extended without a UID length", user(&item(0x56, &[0])), INVALID),
        ("common extended without its service", user(&item(0x57, &bytes![[0, 5], b"1.2.3"])), INVALID),
        ("common extended whose classes run over",
            user(&item(0x57, &bytes![[0, 3], b"1.2", [0, 3], b"1.3", [0, 4, 0, 9, b'1', b'2']])), INVALID),
        ("identity without a secondary field", user(&item(0x58, &[1, 0, 0, 1, b'u'])), INVALID),
        ("identity whose name runs over", user(&item(0x58, &[1, 0, 0xFF, 0xFF, b'u', 0, 0])), INVALID),
        ("identity with one byte more", user(&item(0x58, &[1, 0, 0, 1, b'u', 0, 0, 0])), INVALID),
        ("response that runs over", user(&item(0x59, &[0, 2, 1])), INVALID),
        ("response with one byte more", user(&item(0x59, &[0, 1, 1, 1])), INVALID),
    ];
    for (what, bytes, reason) in table {
        let malformed = malformed(&bytes);
        assert_eq!(malformed.reason, reason, "{what}: {malformed}");
        assert_eq!(malformed.not_dicom, None, "{what}: {malformed}");
        assert_eq!(malformed.cause(), Cause::Protocol(malformed.to_string()), "{what}");
        assert!(!malformed.words.is_empty(), "{what}");
    }
}

/// A header is judged before anything behind it has come.
#[test]
fn lengths_are_refused_at_the_header() {
    let mut decoder = Decoder::new();
    let too_long = u32::try_from(LONGEST_ASSOCIATE + 1).unwrap().to_be_bytes();
    assert_eq!(decoder.decode(&[1, 0]), (2, Ok(None)));
    assert!(!decoder.is_discarding());
    let (consumed, outcome) = decoder.decode(&too_long);
    assert_eq!((consumed, outcome.unwrap_err().reason), (4, AbortReason::INVALID_PARAMETER));
    assert!(decoder.is_discarding());
    assert_eq!(decoder.decode(&[1, 0, 0, 0, 0, 68]), (6, Ok(None)));
}

#[test]
fn who_does_not_speak_dicom_is_told_by_name() {
    let openings: [(&[u8], &str, usize); 13] = [
        (&[0x16, 0x03, 0x01, 0x02, 0x00], "TLS", 1),
        (&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28], "TLS", 1),
        (b"GET / HTTP/1.1\r\n", "HTTP", 4),
        (b"HEAD / HTTP/1.1\r\n", "HTTP", 4),
        (b"POST /x HTTP/1.1\r\n", "HTTP", 4),
        (b"PUT /x HTTP/1.1\r\n", "HTTP", 4),
        (b"DELETE /x HTTP/1.1\r\n", "HTTP", 4),
        (b"CONNECT x:1 HTTP/1.1\r\n", "HTTP", 4),
        (b"OPTIONS * HTTP/1.1\r\n", "HTTP", 4),
        (b"TRACE / HTTP/1.1\r\n", "HTTP", 4),
        (b"PRI * HTTP/2.0\r\n", "HTTP", 4),
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP", 4),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH", 4),
    ];
    for (bytes, protocol, needed) in openings {
        let malformed = malformed(bytes);
        assert_eq!(malformed.reason, AbortReason::UNRECOGNIZED_PDU);
        assert_eq!(malformed.not_dicom, Some(protocol));
        assert_eq!(malformed.cause(), Cause::NotDicom(protocol));
        let mut decoder = Decoder::new();
        for (at, byte) in bytes.iter().enumerate().take(needed) {
            assert_eq!(decoder.decode(&[*byte]).1.is_err(), at + 1 == needed, "{protocol} at {at}");
        }
    }
}

#[test]
fn a_type_is_unknown_as_soon_as_no_protocol_is_left() {
    for (bytes, needed) in [(b"\x00\x00\x00\x00", 1), (b"GETS", 4), (b"GXXX", 2), (b"HEXX", 3), (b"ABCD", 1)]
    {
        let mut decoder = Decoder::new();
        for (at, byte) in bytes.iter().enumerate().take(needed) {
            assert_eq!(decoder.decode(&[*byte]).1.is_err(), at + 1 == needed, "{bytes:?} at {at}");
        }
    }
}

#[test]
fn numbers_that_the_standard_does_not_have_are_carried() {
    let rejection = Rejection { result: 9, source: 8, reason: 7 };
    assert_eq!(decode_one(&framed(3, &[0, 9, 8, 7])), Pdu::AssociateRj(rejection));
    let abort = AbortReason { source: 9, reason: 8 };
    assert_eq!(decode_one(&framed(7, &[0, 0, 9, 8])), Pdu::Abort(abort));
    let mut rq = associate(1, &[]);
    rq[6..8].copy_from_slice(&[0x80, 0x02]);
    let Pdu::AssociateRq(rq) = decode_one(&rq) else { panic!("not a request") };
    assert_eq!(rq.protocol_version, 0x8002);
    let ac = answer_with(&item(0x21, &[1, 0, 77, 0]));
    assert_eq!(ac.contexts[0].result, ContextAnswer::Reserved(77));
    let user = user_with(&item(0x58, &[99, 7, 0, 1, b'x', 0, 1, b'y']));
    let identity = user.identity.unwrap();
    assert_eq!((identity.kind, identity.positive_response), (99, true));
    assert_eq!((&identity.primary[..], &identity.secondary[..]), (&b"x"[..], &b"y"[..]));
}

#[test]
fn an_association_without_items_is_one() {
    let rq = request_with(&[]);
    assert_eq!((rq.called, rq.calling), (ae("CALLED"), ae("CALLING")));
    assert_eq!((rq.application_context, rq.contexts), (None, vec![]));
    assert_eq!(rq.user, UserInformation::default());
}

#[test]
fn unknown_items_are_skipped() {
    let unknown = item(0x60, b"whatever");
    let context = item(0x20, &bytes![[1, 0, 0, 0], item(0x41, b"x"), item(0x30, b"1.2"), item(0x40, b"1.3")]);
    let foreign_result = item(0x21, &[1, 0, 0, 0]);
    let rq = request_with(&bytes![unknown, context, foreign_result, unknown, item(0x10, b"1.4")]);
    assert_eq!(rq.application_context, Some(uid("1.4")));
    let expected =
        ProposedContext { id: id(1), abstract_syntax: Some(uid("1.2")), transfer_syntaxes: vec![uid("1.3")] };
    assert_eq!(rq.contexts, [expected]);
    let ac = answer_with(&bytes![unknown, item(0x20, &[2]), item(0x50, &item(0x99, b"kept"))]);
    assert_eq!(ac.contexts, []);
    assert_eq!(ac.user.unknown, [UnknownItem { item_type: 0x99, value: b"kept".to_vec() }]);
}

#[test]
fn what_is_not_a_uid_costs_its_own_item_only() {
    let context = bytes![
        [1, 0, 0, 0],
        item(0x30, b"CT Image Storage"),
        item(0x40, b"1.2.x"),
        item(0x40, b""),
        item(0x40, b"1.2.840.10008.1.2\0"), // padded as in data sets
        item(0x40, b"1.2.840.10008.1.2.1 "),
        item(0x40, &[b'1'; 65]),
    ];
    let rq = request_with(&bytes![item(0x10, b"none"), item(0x20, &context)]);
    assert_eq!(rq.application_context, None);
    assert_eq!(rq.contexts[0].abstract_syntax, None);
    let syntaxes = [uids::IMPLICIT_VR_LITTLE_ENDIAN, uids::EXPLICIT_VR_LITTLE_ENDIAN];
    assert_eq!(rq.contexts[0].transfer_syntaxes, syntaxes);
    let accepted = answer_with(&item(0x21, &bytes![[1, 0, 0, 0], item(0x40, b"?")]));
    assert_eq!(accepted.contexts[0].transfer_syntax, None);
    let user = user_with(&bytes![
        item(0x52, b"?"),
        item(0x54, &[0, 1, b'?', 1, 1]),
        item(0x54, &bytes![[0, 4], b"1.2\0", [2, 0]]),
        item(0x56, &[0, 1, b'?', 1, 1]),
        item(0x57, &[0, 1, b'?', 0, 1, b'1', 0, 0]),
        item(0x57, &[0, 1, b'1', 0, 0, 0, 0]),
        item(0x57, &[0, 1, b'1', 0, 1, b'2', 0, 6, 0, 1, b'?', 0, 1, b'3', 9, 9, 9]), // and fields of a later version
    ]);
    let expected = UserInformation {
        roles: vec![RoleSelection { sop_class: uid("1.2"), scu: true, scp: false }],
        common_extended: vec![CommonExtendedNegotiation {
            sop_class: uid("1"),
            service_class: uid("2"),
            related_general_classes: vec![uid("3")],
        }],
        ..UserInformation::default()
    };
    assert_eq!(user, expected);
}

#[test]
fn the_transfer_syntax_of_a_refused_context_is_not_read() {
    for rest in [&b""[..], &item(0x40, b"1.2.840.10008.1.2"), b"not an item at all", &[0x40, 0, 0xFF, 0xFF]] {
        let ac = answer_with(&item(0x21, &bytes![[1, 0, 4, 0], rest]));
        let result = ContextAnswer::TransferSyntaxesNotSupported;
        assert_eq!(ac.contexts, [ContextResult { id: id(1), result, transfer_syntax: None }]);
    }
}

#[test]
fn the_first_counts_where_one_is_allowed() {
    let user = user_with(&bytes![
        item(0x51, &[0, 0, 0, 1]),
        item(0x51, &[0, 0, 0, 2]),
        item(0x52, b"1.1"),
        item(0x52, b"1.2"),
        item(0x53, &[0, 1, 0, 1]),
        item(0x53, &[0, 2, 0, 2]),
        item(0x55, b"first"),
        item(0x55, b"second"),
        item(0x58, &[1, 0, 0, 1, b'a', 0, 0]),
        item(0x58, &[1, 0, 0, 1, b'b', 0, 0]),
        item(0x59, &[0, 1, b'a']),
        item(0x59, &[0, 1, b'b']),
    ]);
    assert_eq!(user.max_pdu_length, Some(MaxPduLength::from_wire(1)));
    assert_eq!(user.implementation_class, Some(uid("1.1")));
    assert_eq!(user.async_window, Some(AsyncWindow { invoked: 1, performed: 1 }));
    assert_eq!(user.implementation_version.as_deref(), Some(&b"first"[..]));
    assert_eq!(user.identity.unwrap().primary, b"a");
    assert_eq!(user.identity_response.unwrap(), b"a");
    let rq = request_with(&bytes![item(0x10, b"1.1"), item(0x10, b"1.2")]);
    assert_eq!(rq.application_context, Some(uid("1.1")));
}

#[test]
fn all_128_contexts() {
    let contexts: Vec<u8> = (0..128).flat_map(|n: u8| item(0x20, &[n * 2 + 1, 0, 0, 0])).collect();
    let rq = request_with(&contexts);
    let ids: Vec<u8> = rq.contexts.iter().map(|context| context.id.get()).collect();
    assert_eq!(ids, (0..128).map(|n| n * 2 + 1).collect::<Vec<u8>>());
}

/// The longest A-ASSOCIATE-RQ that is taken in comes a piece at a time and whole.
#[test]
fn an_association_request_of_one_mebibyte() {
    let mut items = Vec::new();
    while items.len() + 68 + 65539 <= LONGEST_ASSOCIATE {
        items.extend(item(0x77, &vec![0; 65535]));
    }
    let left = LONGEST_ASSOCIATE - 68 - items.len();
    items.extend(item(0x77, &vec![0; left - 4]));
    let bytes = associate(1, &items);
    assert_eq!(bytes.len(), LONGEST_ASSOCIATE + 6);
    let (came, outcome) = feed(bytes.chunks(1500));
    assert_eq!((came.len(), outcome), (2, Ok(())));
}
