//! PDUs written down byte by byte: decoded they are the value, encoded they are the bytes, in any pieces.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "wire/bytes.rs"]
mod bytes;
#[path = "wire/golden.rs"]
mod golden;
#[path = "wire/stream.rs"]
mod stream;

use bytes::bytes;
use dimse::error::Cause;
use dimse::types::AeTitle;
use dimse::wire::decode::{Decoder, Event};
use dimse::wire::encode::{PDV_HEADER, encode, pdv_header};
use dimse::wire::item::{ContextAnswer, UnknownItem};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu, PduType};
use golden::{golden, golden_data, id, rich_answer, rich_request};
use stream::{Came, decode_one, feed};

#[test]
fn decoded_they_are_the_value() {
    for (value, bytes) in golden() {
        assert_eq!(decode_one(&bytes), value);
    }
    let (came, bytes) = golden_data();
    assert_eq!(feed([&bytes[..]]), (came, Ok(())));
}

#[test]
fn encoded_they_are_the_bytes() {
    for (value, bytes) in golden() {
        let mut out = b"kept".to_vec();
        encode(&value, &mut out).unwrap();
        assert_eq!(out.strip_prefix(b"kept"), Some(&bytes[..]), "{value:?}");
    }
}

#[test]
fn a_header_before_each_fragment() {
    let expected = [
        0x04, 0x00, // PDU type: P-DATA-TF; reserved
        0x00, 0x00, 0x01, 0x06, // PDU length: 262
        0x00, 0x00, 0x01, 0x02, // PDV item: 258 bytes
        0x03, // presentation context id
        0x01, // command, not the last fragment
    ];
    assert_eq!(pdv_header(id(3), true, false, 256), expected);
    for (command, last) in [(false, false), (false, true), (true, false), (true, true)] {
        let bytes = bytes![pdv_header(id(5), command, last, 3), [1, 2, 3]];
        assert_eq!(bytes.len(), PDV_HEADER + 3);
        let pdv = Came::Pdv { context: 5, command, last, data: vec![1, 2, 3], complete: true };
        let came = vec![Came::Header(PduType::PData, 9), pdv, Came::PDataEnd];
        assert_eq!(feed([&bytes[..]]), (came, Ok(())));
    }
}

#[test]
fn a_proper_prefix_needs_more() {
    let mut all: Vec<Vec<u8>> = golden().into_iter().map(|(_, bytes)| bytes).collect();
    all.push(golden_data().1);
    for bytes in all {
        for length in 0..bytes.len() {
            let (came, outcome) = feed([&bytes[..length]]);
            assert_eq!(outcome, Ok(()), "{length} of {bytes:02X?}");
            assert!(!came.iter().any(|came| matches!(came, Came::Pdu(_) | Came::PDataEnd)), "{came:?}");
            assert_eq!(came.is_empty(), length < 6);
        }
    }
}

#[test]
fn pieces_make_no_difference() {
    let stream: Vec<u8> = golden().into_iter().flat_map(|(_, bytes)| bytes).chain(golden_data().1).collect();
    let (whole, outcome) = feed([&stream[..]]);
    assert_eq!(outcome, Ok(()));
    assert_eq!(whole.iter().filter(|came| matches!(came, Came::Pdu(_))).count(), 7);
    for size in [1, 2, 3, 5, 7, 64, 1000] {
        assert_eq!(feed(stream.chunks(size)), (whole.clone(), Ok(())), "{size} bytes at a time");
    }
    for at in 0..=stream.len() {
        let (first, second) = stream.split_at(at);
        assert_eq!(feed([first, &[], second]), (whole.clone(), Ok(())), "cut at {at}");
    }
}

/// A PDV is handed on as it arrives: nothing waits for its end.
#[test]
fn slices_are_handed_on_at_once() {
    let mut decoder = Decoder::new();
    let bytes = bytes![pdv_header(id(1), false, true, 5), b"ab"];
    let (consumed, header) = decoder.decode(&bytes);
    assert_eq!((consumed, header), (6, Ok(Some(Event::Header { pdu_type: PduType::PData, length: 11 }))));
    let pdv = |data, start, end| Event::Pdv { context: id(1), command: false, last: true, data, start, end };
    assert_eq!(decoder.decode(&bytes[6..]), (8, Ok(Some(pdv(b"ab", true, false)))));
    assert_eq!(decoder.decode(b""), (0, Ok(None)));
    assert_eq!(decoder.decode(b"c"), (1, Ok(Some(pdv(b"c", false, false)))));
    assert_eq!(decoder.decode(b"de\x05"), (2, Ok(Some(pdv(b"de", false, true)))));
    assert_eq!(decoder.decode(b"\x05"), (0, Ok(Some(Event::PDataEnd))));
    assert_eq!(decoder.decode(b"\x05"), (1, Ok(None)));
}

/// A P-DATA-TF that claims 4 GiB less one byte, with one PDV that fills it, costs what came of it.
#[test]
fn four_gibibytes_flow() {
    let mut decoder = Decoder::new();
    let header = bytes![
        [0x04, 0x00, 0xFF, 0xFF, 0xFF, 0xFF], // P-DATA-TF of 4294967295 bytes
        [0xFF, 0xFF, 0xFF, 0xFB],             // PDV item of 4294967291 bytes
        [0x01, 0x00],
    ];
    assert!(matches!(decoder.decode(&header), (6, Ok(Some(Event::Header { length: u32::MAX, .. })))));
    assert_eq!(decoder.decode(&header[6..]), (6, Ok(None)));
    let block = vec![0xAB; 256 * 1024];
    let mut left: usize = 4_294_967_289;
    let mut start = true;
    while left > 0 {
        let read = &block[..block.len().min(left)];
        let (consumed, outcome) = decoder.decode(read);
        left -= consumed;
        let Ok(Some(Event::Pdv { data, start: first, end, .. })) = outcome else { panic!("{outcome:?}") };
        assert!(std::ptr::eq(data, read), "not a slice of the input");
        assert_eq!((first, end), (start, left == 0));
        start = false;
    }
    assert_eq!(decoder.decode(&block), (0, Ok(Some(Event::PDataEnd))));
}

#[test]
fn reserved_fields_are_not_tested() {
    for (mut value, bytes) in golden() {
        let mut odd = bytes;
        odd[1] = 0xA5;
        match &value {
            Pdu::AssociateRq(_) | Pdu::AssociateAc(_) => {
                odd[8..10].fill(0xA5);
                odd[42..74].fill(0xA5);
                odd[75] = 0xA5; // the application context item's
                odd[100] = 0xA5; // the first presentation context item's
                odd[104] = 0xA5; // behind its id
                odd[106] = 0xA5;
                if matches!(value, Pdu::AssociateRq(_)) {
                    odd[105] = 0xFF; // the place of an answer's result; DCMTK sends FFH here
                }
            }
            Pdu::AssociateRj(_) => odd[6] = 0xA5,
            Pdu::ReleaseRq | Pdu::ReleaseRp => odd[6..].fill(0xA5),
            Pdu::Abort(_) => odd[6..8].fill(0xA5),
        }
        // Kept all the same: an answer gives them back.
        match &mut value {
            Pdu::AssociateRq(rq) => rq.reserved = [0xA5; 32],
            Pdu::AssociateAc(ac) => ac.reserved = [0xA5; 32],
            _ => {}
        }
        assert_eq!(decode_one(&odd), value);
    }
}

#[test]
fn what_cannot_be_sent_is_refused_and_leaves_nothing() {
    type ChangeRequest = fn(&mut AssociateRq);
    type ChangeAnswer = fn(&mut AssociateAc);
    let requests: [(&str, ChangeRequest); 9] = [
        ("AE title", |rq| rq.called = AeTitle::NONE),
        ("AE title", |rq| rq.calling = AeTitle::NONE),
        ("application context", |rq| rq.application_context = None),
        ("at least one presentation context", |rq| rq.contexts.clear()),
        ("no abstract syntax", |rq| rq.contexts[0].abstract_syntax = None),
        ("no transfer syntax", |rq| rq.contexts[1].transfer_syntaxes.clear()),
        ("id 1 is used twice", |rq| rq.contexts[1].id = rq.contexts[0].id),
        ("the user identity takes", |rq| rq.user.identity.as_mut().unwrap().primary = vec![0; 65536]),
        ("the user information takes", |rq| {
            rq.user.unknown = vec![UnknownItem { item_type: 0x60, value: vec![0; 40_000] }; 2];
        }),
    ];
    for (words, change) in requests {
        let Pdu::AssociateRq(mut rq) = rich_request().0 else { panic!("not a request") };
        change(&mut rq);
        refused(&Pdu::AssociateRq(rq), words);
    }
    let answers: [(&str, ChangeAnswer); 4] = [
        ("application context", |ac| ac.application_context = None),
        ("without a transfer syntax", |ac| ac.contexts[1].transfer_syntax = None),
        ("reserved", |ac| ac.contexts[0].result = ContextAnswer::Reserved(9)),
        ("id 1 is used twice", |ac| ac.contexts[0].id = ac.contexts[1].id),
    ];
    for (words, change) in answers {
        let Pdu::AssociateAc(mut ac) = rich_answer().0 else { panic!("not an answer") };
        change(&mut ac);
        refused(&Pdu::AssociateAc(ac), words);
    }
}

fn refused(pdu: &Pdu, words: &str) {
    let mut out = b"kept".to_vec();
    let error = encode(pdu, &mut out).unwrap_err();
    assert!(matches!(error.cause(), Cause::InvalidArgument(_)));
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(out, b"kept");
}

/// No secret in what is meant for logs.
#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}{:?}", rich_request().0, rich_answer().0);
    for secret in ["user\"", "secret", "115, 101, 99", "116, 105, 99", "[117, 115, 101, 114]"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
