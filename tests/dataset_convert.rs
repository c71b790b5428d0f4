//! What conversion makes of data sets, byte by byte: each rule has a test that says it, in input and output of every
//! small size.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod converting;

use converting::{ALL, BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, convert, convert_cut};
use dimse::dataset::convert::{Converter, NotConvertible, Rehearsal};
use dimse::dataset::encoding::Encoding;
use dimse::dataset::limits::Limits;
use dimse::dataset::read::read;
use dimse::dataset::write::write;
use dimse::types::Uid;

/// In whatever pieces it comes, and whatever room there is, the same comes out.
#[track_caller]
fn check(from: &Uid, to: &Uid, parts: &[&[u8]], expected: &[&[u8]]) {
    let (data_set, expected) = (parts.concat(), expected.concat());
    let converted = convert(from, to, &data_set).unwrap();
    assert_eq!(converted.escape_ascii().to_string(), expected.escape_ascii().to_string(), "{from} to {to}");
    in_pieces(from, to, &data_set, &Ok(converted));
}

/// The same of what is refused: the words do not depend on the pieces.
#[track_caller]
fn refused(from: &Uid, to: &Uid, parts: &[&[u8]], words: &str) {
    let data_set = parts.concat();
    let error = convert(from, to, &data_set).unwrap_err();
    assert_eq!(error.to_string(), words, "{from} to {to}");
    in_pieces(from, to, &data_set, &Err(error));
}

#[track_caller]
fn in_pieces(from: &Uid, to: &Uid, data_set: &[u8], expected: &Result<Vec<u8>, NotConvertible>) {
    for step in [1, 2, 3, 7, usize::MAX] {
        for room in [1, 2, 3, 4, 5, 8, 13, 64] {
            assert_eq!(convert_cut(from, to, data_set, step, room), *expected, "by {step} into {room}");
        }
        assert_eq!(rehearse(from, to, data_set, step), length(to, expected), "rehearsed by {step}");
    }
}

/// Before it is deflated.
fn length(to: &Uid, converted: &Result<Vec<u8>, NotConvertible>) -> Result<u64, NotConvertible> {
    let inflated = match converted {
        Ok(converted) if *to == DEFLATED => convert(&DEFLATED, &EXPLICIT, converted)?,
        other => other.clone()?,
    };
    Ok(u64::try_from(inflated.len()).unwrap())
}

/// With values left out, as far as they are in a step.
fn rehearse(from: &Uid, to: &Uid, data_set: &[u8], step: usize) -> Result<u64, NotConvertible> {
    let mut rehearsal = Rehearsal::new(from, to).unwrap();
    let mut rest = data_set;
    while !rest.is_empty() {
        let gap = usize::try_from(rehearsal.skippable()).unwrap_or(usize::MAX).min(step).min(rest.len());
        rehearsal.skip(u64::try_from(gap).unwrap());
        rest = &rest[gap..];
        let (bytes, behind) = rest.split_at(step.min(rest.len()));
        rehearsal.push(bytes);
        rest = behind;
    }
    rehearsal.end()
}

// Items and delimiters: the tag, and the length (PS3.5 7.5), in both orders of bytes.
const ITEM: &[u8] = b"\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF";
const ITEM_END: &[u8] = b"\xFE\xFF\x0D\xE0\0\0\0\0";
const SEQUENCE_END: &[u8] = b"\xFE\xFF\xDD\xE0\0\0\0\0";
const BIG_ITEM: &[u8] = b"\xFF\xFE\xE0\x00\xFF\xFF\xFF\xFF";
const BIG_ITEM_END: &[u8] = b"\xFF\xFE\xE0\x0D\0\0\0\0";
const BIG_SEQUENCE_END: &[u8] = b"\xFF\xFE\xE0\xDD\0\0\0\0";
// Request Attributes Sequence (0040,0275) of undefined length, in each way of writing elements.
const SEQUENCE: &[u8] = b"\x40\0\x75\x02SQ\0\0\xFF\xFF\xFF\xFF";
const IMPLICIT_SEQUENCE: &[u8] = b"\x40\0\x75\x02\xFF\xFF\xFF\xFF";
const BIG_SEQUENCE: &[u8] = b"\0\x40\x02\x75SQ\0\0\xFF\xFF\xFF\xFF";
// Code Value (0008,0100).
const CODE: &[u8] = b"\x08\0\0\x01SH\x04\0ABCD";
const IMPLICIT_CODE: &[u8] = b"\x08\0\0\x01\x04\0\0\0ABCD";
const BIG_CODE: &[u8] = b"\0\x08\x01\0SH\0\x04ABCD";

#[test]
fn headers_in_every_way_of_writing_them() {
    // A VR with two bytes of length, one with two reserved ones and four, and Rows (0028,0010) in each order of bytes.
    let explicit = [CODE, b"\x28\0\x10\0US\x02\0\x01\x02", b"\x40\0\x60\xA1UT\0\0\x02\0\0\0no"].concat();
    let implicit = [IMPLICIT_CODE, b"\x28\0\x10\0\x02\0\0\0\x01\x02", b"\x40\0\x60\xA1\x02\0\0\0no"].concat();
    let big = [BIG_CODE, b"\0\x28\0\x10US\0\x02\x02\x01", b"\0\x40\xA1\x60UT\0\0\0\0\0\x02no"].concat();
    let written = [(&IMPLICIT, &implicit), (&EXPLICIT, &explicit), (&BIG_ENDIAN, &big)];
    for (from, input) in written {
        for (to, expected) in written {
            check(from, to, &[input], &[expected]);
        }
    }
}

#[test]
fn values_are_turned_round_by_their_vr_and_nothing_else_is() {
    let numbers = b"0123456789ABCDEF";
    let [twos, fours, eights] = [2, 4, 8].map(|unit| {
        numbers.chunks(unit).flat_map(|number| number.iter().rev().copied()).collect::<Vec<u8>>()
    });
    for (vrs, turned) in [
        (&["AT", "US", "SS", "OW"][..], &twos[..]),
        (&["UL", "SL", "FL", "OF", "OL"], &fours),
        (&["FD", "OD", "OV", "SV", "UV"], &eights),
        (
            &["OB", "AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UI"],
            numbers,
        ),
        (&["UC", "UR", "UT"], numbers),
    ] {
        for vr in vrs {
            let is_long = vr.starts_with('O') || matches!(*vr, "SV" | "UV" | "UC" | "UR" | "UT");
            let (little_length, big_length): (&[u8], &[u8]) =
                if is_long { (b"\0\0\x10\0\0\0", b"\0\0\0\0\0\x10") } else { (b"\x10\0", b"\0\x10") };
            let little: [&[u8]; 4] = [b"\x09\0\x01\x10", vr.as_bytes(), little_length, numbers];
            let big: [&[u8]; 4] = [b"\0\x09\x10\x01", vr.as_bytes(), big_length, turned];
            check(&EXPLICIT, &BIG_ENDIAN, &little, &big);
            check(&BIG_ENDIAN, &EXPLICIT, &big, &little);
            check(&BIG_ENDIAN, &BIG_ENDIAN, &big, &big);
            check(&BIG_ENDIAN, &IMPLICIT, &big, &[b"\x09\0\x01\x10\x10\0\0\0", numbers]);
        }
    }
}

#[test]
fn sequences_and_items_get_undefined_lengths() {
    // 20 bytes of items: one with 12 bytes of elements; an empty one; and a sequence without items.
    let lengths: [&[u8]; 6] = [
        b"\x40\0\x75\x02SQ\0\0\x1C\0\0\0",
        b"\xFE\xFF\x00\xE0\x0C\0\0\0",
        CODE,
        b"\xFE\xFF\x00\xE0\0\0\0\0",
        b"\x40\0\x76\x02SQ\0\0\0\0\0\0",
        CODE,
    ];
    let explicit: &[&[u8]] = &[
        SEQUENCE,
        ITEM,
        CODE,
        ITEM_END,
        ITEM,
        ITEM_END,
        SEQUENCE_END,
        b"\x40\0\x76\x02SQ\0\0\xFF\xFF\xFF\xFF",
        SEQUENCE_END,
        CODE,
    ];
    check(&EXPLICIT, &EXPLICIT, &lengths, explicit);
    check(&EXPLICIT, &EXPLICIT, explicit, explicit);
    let big: &[&[u8]] = &[
        BIG_SEQUENCE,
        BIG_ITEM,
        BIG_CODE,
        BIG_ITEM_END,
        BIG_ITEM,
        BIG_ITEM_END,
        BIG_SEQUENCE_END,
        b"\0\x40\x02\x76SQ\0\0\xFF\xFF\xFF\xFF",
        BIG_SEQUENCE_END,
        BIG_CODE,
    ];
    check(&EXPLICIT, &BIG_ENDIAN, &lengths, big);
    check(&BIG_ENDIAN, &EXPLICIT, big, explicit);
    // Scheduled Protocol Code Sequence (0040,0008) inside: 34 bytes with the headers of items and elements, 24 without.
    let nested: &[&[u8]] = &[
        b"\x40\0\x75\x02SQ\0\0\x28\0\0\0",
        b"\xFE\xFF\x00\xE0\x20\0\0\0",
        b"\x40\0\x08\0SQ\0\0\x14\0\0\0",
        b"\xFE\xFF\x00\xE0\x0C\0\0\0",
        CODE,
    ];
    let implicit: &[&[u8]] = &[
        IMPLICIT_SEQUENCE,
        ITEM,
        b"\x40\0\x08\0\xFF\xFF\xFF\xFF",
        ITEM,
        IMPLICIT_CODE,
        ITEM_END,
        SEQUENCE_END,
        ITEM_END,
        SEQUENCE_END,
    ];
    check(&EXPLICIT, &IMPLICIT, nested, implicit);
    let undefined =
        [SEQUENCE, ITEM, b"\x40\0\x08\0SQ\0\0\xFF\xFF\xFF\xFF", ITEM, CODE, ITEM_END, SEQUENCE_END];
    check(&IMPLICIT, &EXPLICIT, implicit, &[&undefined[..], &[ITEM_END, SEQUENCE_END]].concat());
}

#[test]
fn group_lengths_are_dropped_at_every_level() {
    let group_length = b"\x08\0\0\0UL\x04\0\x0C\0\0\0";
    let parts: &[&[u8]] = &[group_length, CODE, SEQUENCE, ITEM, group_length, CODE, ITEM_END, SEQUENCE_END];
    check(&EXPLICIT, &EXPLICIT, parts, &[CODE, SEQUENCE, ITEM, CODE, ITEM_END, SEQUENCE_END]);
    check(&IMPLICIT, &EXPLICIT, &[b"\x09\0\0\0\x04\0\0\0\x0C\0\0\0", IMPLICIT_CODE], &[CODE]);
    // What is longer than a number may be something else.
    refused(
        &EXPLICIT,
        &EXPLICIT,
        &[b"\x09\0\0\0UN\0\0\xFF\xFF\xFF\xFF"],
        "(0009,0000) has undefined length, and is no sequence",
    );
    let words = "(0009,0000) is no group length, with 6 bytes";
    refused(&IMPLICIT, &EXPLICIT, &[b"\x09\0\0\0\x06\0\0\0\x0C\0\0\0\0\0"], words);
}

#[test]
fn the_order_of_elements_is_kept() {
    let name = b"\x10\0\x10\0PN\x02\0AB";
    check(&EXPLICIT, &EXPLICIT, &[name, CODE, name], &[name, CODE, name]);
}

#[test]
fn elements_without_vr_get_that_of_the_dictionary_or_un() {
    // Private creators are LO (PS3.5 7.8.1), what they have reserved is UN; repeating groups; a retired element; one
    // that does not exist.
    let implicit: &[&[u8]] = &[
        b"\x08\0\x09\0\x02\0\0\0AB",
        b"\x08\0\x10\0\x02\0\0\0AB",
        b"\x09\0\x10\0\x02\0\0\0AB",
        b"\x09\0\x01\x10\x02\0\0\0AB",
        b"\x02\x50\x30\0\x02\0\0\0AB",
        b"\x04\x60\x10\0\x02\0\0\0AB",
    ];
    let explicit: &[&[u8]] = &[
        b"\x08\0\x09\0UN\0\0\x02\0\0\0AB",
        b"\x08\0\x10\0SH\x02\0AB",
        b"\x09\0\x10\0LO\x02\0AB",
        b"\x09\0\x01\x10UN\0\0\x02\0\0\0AB",
        b"\x02\x50\x30\0SH\x02\0AB",
        b"\x04\x60\x10\0US\x02\0AB",
    ];
    check(&IMPLICIT, &EXPLICIT, implicit, explicit);
    check(&EXPLICIT, &IMPLICIT, explicit, implicit);
}

/// Of every element that is US or SS (PS3.6), and as the nearest data set around it says (PS3.3 C.11.1.1.1: of LUTs it
/// is the image's). dcmconv looks in the same item only, and takes the descriptors of palettes for US always: then a
/// reader of the result sees 65,000 where there was -536.
#[test]
fn pixel_representation_says_whether_numbers_have_a_sign() {
    // Smallest Image Pixel Value (0028,0106) and LUT Descriptor (0028,3002) in a Modality LUT Sequence (0028,3000),
    // which has no Pixel Representation of its own.
    let implicit = |representation: u8| {
        [
            &[0x28, 0, 3, 1, 2, 0, 0, 0, representation, 0],
            &b"\x28\0\x06\x01\x02\0\0\0\xFF\xFF\x28\0\0\x30\xFF\xFF\xFF\xFF"[..],
            ITEM,
            b"\x28\0\x02\x30\x02\0\0\0\xFF\xFF",
            ITEM_END,
            SEQUENCE_END,
        ]
        .concat()
    };
    let explicit = |representation: u8, vr: [u8; 2]| {
        let mut element = *b"\x28\0\x06\x01VR\x02\0\xFF\xFF";
        let mut descriptor = *b"\x28\0\x02\x30VR\x02\0\xFF\xFF";
        element[4..6].copy_from_slice(&vr);
        descriptor[4..6].copy_from_slice(&vr);
        [
            &[0x28, 0, 3, 1, b'U', b'S', 2, 0, representation, 0],
            &element[..],
            b"\x28\0\0\x30SQ\0\0\xFF\xFF\xFF\xFF",
            ITEM,
            &descriptor,
            ITEM_END,
            SEQUENCE_END,
        ]
        .concat()
    };
    check(&IMPLICIT, &EXPLICIT, &[&implicit(0)], &[&explicit(0, *b"US")]);
    check(&IMPLICIT, &EXPLICIT, &[&implicit(1)], &[&explicit(1, *b"SS")]);
    let palette: &[&[u8]] = &[b"\x28\0\x03\x01\x02\0\0\0\x01\0", b"\x28\0\x01\x11\x02\0\0\0\xFF\xFF"];
    let signed: &[&[u8]] = &[b"\x28\0\x03\x01US\x02\0\x01\0", b"\x28\0\x01\x11SS\x02\0\xFF\xFF"];
    check(&IMPLICIT, &EXPLICIT, palette, signed);
    // An item's own holds in the item, and not behind it.
    let alternating = |middle: u8| {
        [
            &implicit(0)[..18],
            &[0x28, 0, 3, 1, 2, 0, 0, 0, 0, 0],
            b"\x40\0\x75\x02\xFF\xFF\xFF\xFF",
            ITEM,
            &[0x28, 0, 3, 1, 2, 0, 0, 0, middle, 0],
            b"\x28\0\x06\x01\x02\0\0\0AB",
            ITEM_END,
            SEQUENCE_END,
            b"\x28\0\x06\x01\x02\0\0\0AB",
        ]
        .concat()
    };
    let converted = convert(&IMPLICIT, &EXPLICIT, &alternating(1)).unwrap();
    let vrs: Vec<&[u8]> = converted
        .windows(10)
        .filter(|bytes| bytes.starts_with(b"\x28\0\x06\x01") && bytes.ends_with(b"AB"))
        .map(|bytes| &bytes[4..6])
        .collect();
    assert_eq!(vrs, [b"SS", b"US"]);
    // Where nobody says it: US. And in big endian the number is read before it is turned round.
    check(&IMPLICIT, &EXPLICIT, &[b"\x28\0\x06\x01\x02\0\0\0AB"], &[b"\x28\0\x06\x01US\x02\0AB"]);
    let big: &[&[u8]] = &[b"\0\x28\x01\x03US\0\x02\0\x01", b"\0\x28\x01\x06SS\0\x02BA"];
    check(&IMPLICIT, &BIG_ENDIAN, &[b"\x28\0\x03\x01\x02\0\0\0\x01\0", b"\x28\0\x06\x01\x02\0\0\0AB"], big);
    let unknown = b"\0\x09\x10\x01UN\0\0\xFF\xFF\xFF\xFF";
    let in_unknown: &[&[u8]] = &[ITEM, b"\x28\0\x06\x01\x02\0\0\0AB", ITEM_END, SEQUENCE_END];
    let converted =
        convert(&BIG_ENDIAN, &EXPLICIT, &[&[big[0], unknown], in_unknown].concat().concat()).unwrap();
    assert!(converted.windows(10).any(|bytes| bytes == b"\x28\0\x06\x01SS\x02\0AB"));
}

#[test]
fn bytes_or_words_as_the_standard_has_it_for_implicit_vrs() {
    // PS3.5 A.1: Pixel Data and Overlay Data are words, whatever they were before; LUT Data are words; Curve Data bytes.
    let implicit: &[&[u8]] = &[
        b"\x28\0\x06\x30\x02\0\0\0AB",
        b"\0\x50\0\x30\x02\0\0\0AB",
        b"\x02\x60\0\x30\x02\0\0\0AB",
        b"\xE0\x7F\x10\0\x02\0\0\0AB",
    ];
    let explicit: &[&[u8]] = &[
        b"\x28\0\x06\x30OW\0\0\x02\0\0\0AB",
        b"\0\x50\0\x30OB\0\0\x02\0\0\0AB",
        b"\x02\x60\0\x30OW\0\0\x02\0\0\0AB",
        b"\xE0\x7F\x10\0OW\0\0\x02\0\0\0AB",
    ];
    check(&IMPLICIT, &EXPLICIT, implicit, explicit);
    check(&IMPLICIT, &BIG_ENDIAN, &implicit[3..], &[b"\x7F\xE0\0\x10OW\0\0\0\0\0\x02BA"]);
    // Bytes stay in their order, and are little endian words of Implicit VR all the same (PS3.5 8.2).
    check(&BIG_ENDIAN, &IMPLICIT, &[b"\x7F\xE0\0\x10OB\0\0\0\0\0\x02AB"], &implicit[3..]);
    check(&BIG_ENDIAN, &IMPLICIT, &[b"\x7F\xE0\0\x10OW\0\0\0\0\0\x02BA"], &implicit[3..]);
    // Waveforms are of bytes or words as Waveform Bits Allocated (5400,1004) in front of them says.
    for (bits, vr) in [(8, b"OB"), (16, b"OW")] {
        let bits_allocated = [0, 0x54, 4, 0x10, 2, 0, 0, 0, bits, 0];
        let converted =
            convert(&IMPLICIT, &EXPLICIT, &[&bits_allocated, &b"\0\x54\x10\x10\x02\0\0\0AB"[..]].concat());
        assert_eq!(&converted.unwrap()[14..16], vr);
    }
}

#[test]
fn unknown_of_undefined_length_is_an_implicit_sequence() {
    // PS3.5 6.2.2: in every transfer syntax implicit VR little endian inside, delimiters included.
    let items: &[&[u8]] = &[
        ITEM,
        IMPLICIT_CODE,
        b"\x28\0\x10\0\x02\0\0\0AB",
        b"\x09\0\x02\x10\xFF\xFF\xFF\xFF",
        ITEM,
        IMPLICIT_CODE,
        ITEM_END,
        SEQUENCE_END,
        ITEM_END,
        SEQUENCE_END,
    ];
    let explicit: &[&[u8]] = &[
        b"\x09\0\x01\x10SQ\0\0\xFF\xFF\xFF\xFF",
        ITEM,
        CODE,
        b"\x28\0\x10\0US\x02\0AB",
        b"\x09\0\x02\x10SQ\0\0\xFF\xFF\xFF\xFF",
        ITEM,
        CODE,
        ITEM_END,
        SEQUENCE_END,
        ITEM_END,
        SEQUENCE_END,
        CODE,
    ];
    let little = [&[&b"\x09\0\x01\x10UN\0\0\xFF\xFF\xFF\xFF"[..]], items, &[CODE]].concat();
    let big = [&[&b"\0\x09\x10\x01UN\0\0\xFF\xFF\xFF\xFF"[..]], items, &[BIG_CODE]].concat();
    check(&EXPLICIT, &EXPLICIT, &little, explicit);
    check(&BIG_ENDIAN, &EXPLICIT, &big, explicit);
    let implicit = [&[&b"\x09\0\x01\x10\xFF\xFF\xFF\xFF"[..]], items, &[IMPLICIT_CODE]].concat();
    check(&IMPLICIT, &EXPLICIT, &implicit, explicit);
    // Of a whole data set its transfer syntax says what it is.
    let words = "(0008,0100) has an explicit VR where VRs are implicit";
    refused(&IMPLICIT, &EXPLICIT, &[CODE], words);
}

/// Against the rule, and found in files: the scanner and the reader know them by the first element of an item too.
#[test]
fn explicit_vrs_in_unknown_of_undefined_length_are_read_as_such() {
    let unknown: &[u8] = b"\x09\0\x01\x10UN\0\0\xFF\xFF\xFF\xFF";
    let inner: &[u8] = b"\x09\0\x02\x10UN\0\0\xFF\xFF\xFF\xFF";
    let rows: &[u8] = b"\x28\0\x10\0US\x02\0\x34\x12";
    let private: &[u8] = b"\x09\0\x03\x10OW\0\0\x04\0\0\0\x01\x02\x03\x04";
    // Each item for itself; and a UN in an explicit one is implicit again.
    let inside: &[&[u8]] = &[
        ITEM,
        CODE,
        inner,
        ITEM,
        IMPLICIT_CODE,
        b"\x28\0\x10\0\x02\0\0\0\x34\x12",
        ITEM_END,
        b"\xFE\xFF\x00\xE0\x10\0\0\0",
        private,
        SEQUENCE_END,
        rows,
        ITEM_END,
        ITEM,
        IMPLICIT_CODE,
        ITEM_END,
        ITEM,
        private,
        ITEM_END,
        SEQUENCE_END,
    ];
    let sequence: &[u8] = b"\x09\0\x01\x10SQ\0\0\xFF\xFF\xFF\xFF";
    let inner_sequence: &[u8] = b"\x09\0\x02\x10SQ\0\0\xFF\xFF\xFF\xFF";
    let explicit: &[&[u8]] = &[
        sequence,
        ITEM,
        CODE,
        inner_sequence,
        ITEM,
        CODE,
        rows,
        ITEM_END,
        ITEM,
        private,
        ITEM_END,
        SEQUENCE_END,
        rows,
        ITEM_END,
        ITEM,
        CODE,
        ITEM_END,
        ITEM,
        private,
        ITEM_END,
        SEQUENCE_END,
        CODE,
    ];
    let little = [&[unknown], inside, &[CODE]].concat();
    check(&EXPLICIT, &EXPLICIT, &little, explicit);
    let big = [&[&b"\0\x09\x10\x01UN\0\0\xFF\xFF\xFF\xFF"[..]], inside, &[BIG_CODE]].concat();
    check(&BIG_ENDIAN, &EXPLICIT, &big, explicit);
    let implicit = [&[&b"\x09\0\x01\x10\xFF\xFF\xFF\xFF"[..]], inside, &[IMPLICIT_CODE]].concat();
    check(&IMPLICIT, &EXPLICIT, &implicit, explicit);
    // Numbers are turned round by the VR that is written there.
    let big_private = b"\0\x09\x10\x03OW\0\0\0\0\0\x04\x02\x01\x04\x03";
    check(
        &EXPLICIT,
        &BIG_ENDIAN,
        &[unknown, ITEM, private, ITEM_END, SEQUENCE_END],
        &[
            b"\0\x09\x10\x01SQ\0\0\xFF\xFF\xFF\xFF",
            b"\xFF\xFE\xE0\0\xFF\xFF\xFF\xFF",
            big_private,
            b"\xFF\xFE\xE0\x0D\0\0\0\0",
            b"\xFF\xFE\xE0\xDD\0\0\0\0",
        ],
    );
    // The reader understands the same before and after.
    let data_set = little.concat();
    let syntax = Encoding::of(&EXPLICIT);
    let before = read(&data_set, syntax, Limits::FILE).unwrap();
    for to in &ALL {
        let converted = convert(&EXPLICIT, to, &data_set).unwrap();
        let after = read(&converted, Encoding::of(to), Limits::FILE).unwrap();
        if *to == IMPLICIT {
            // What it says of private elements is lost, and nothing else.
            assert_eq!(write(&after, Encoding::of(to)).unwrap(), write(&before, Encoding::of(to)).unwrap());
        } else {
            assert_eq!(after, before, "{to}");
        }
    }
}

#[test]
fn unknown_of_known_length_stays_as_it_is() {
    // Even where there is a sequence in it.
    let inside = [&b"\xFE\xFF\x00\xE0\x0C\0\0\0"[..], IMPLICIT_CODE].concat();
    let explicit: &[&[u8]] = &[b"\x09\0\x01\x10UN\0\0\x14\0\0\0", &inside];
    check(&EXPLICIT, &EXPLICIT, explicit, explicit);
    check(&EXPLICIT, &IMPLICIT, explicit, &[b"\x09\0\x01\x10\x14\0\0\0", &inside]);
    let unknown =
        "(0009,1001) has bytes of unknown meaning (UN), which cannot be put into another byte order";
    refused(&EXPLICIT, &BIG_ENDIAN, explicit, unknown);
    refused(&BIG_ENDIAN, &IMPLICIT, &[b"\0\x09\x10\x01UN\0\0\0\0\0\x02AB"], unknown);
    // There is nothing to be turned round in nothing, or in text.
    let empty = b"\x09\0\x01\x10UN\0\0\0\0\0\0";
    check(&EXPLICIT, &BIG_ENDIAN, &[empty], &[b"\0\x09\x10\x01UN\0\0\0\0\0\0"]);
    let text = b"\x10\0\x10\0UN\0\0\x02\0\0\0AB";
    check(&EXPLICIT, &BIG_ENDIAN, &[text], &[b"\0\x10\0\x10UN\0\0\0\0\0\x02AB"]);
}

#[test]
fn vrs_that_do_not_exist_become_un() {
    let unknown = b"\x09\0\x01\x10UN\0\0\x02\0\0\0AB";
    check(&EXPLICIT, &EXPLICIT, &[b"\x09\0\x01\x10ZZ\0\0\x02\0\0\0AB"], &[unknown]);
    check(&EXPLICIT, &EXPLICIT, &[b"\x09\0\x01\x10??\x02\0AB"], &[unknown]);
    let words = "(0009,1001) has a VR that does not exist";
    refused(&EXPLICIT, &EXPLICIT, &[b"\x09\0\x01\x10\x02\0\0\0AB"], words);
    refused(&EXPLICIT, &EXPLICIT, &[b"\x09\0\x01\x10ZZ\0\0\xFF\xFF\xFF\xFF"], words);
}

#[test]
fn values_too_long_for_the_length_of_their_vr_become_un() {
    // PS3.5 6.2.2: PN has two bytes of length, and 65,536 needs more.
    let long = vec![b'A'; 65_536];
    for (length, header) in
        [(65_534, &b"\x10\0\x10\0PN\xFE\xFF"[..]), (65_536, b"\x10\0\x10\0UN\0\0\0\0\x01\0")]
    {
        let value = &long[..length];
        let implicit = [b"\x10\0\x10\0", &u32::try_from(length).unwrap().to_le_bytes()[..], value].concat();
        assert_eq!(convert(&IMPLICIT, &EXPLICIT, &implicit).unwrap(), [header, value].concat());
        assert_eq!(convert(&EXPLICIT, &IMPLICIT, &[header, value].concat()).unwrap(), implicit);
    }
    let numbers = [b"\x28\0\x10\0\0\0\x01\0", &long[..]].concat();
    let words = "(0028,0010) has bytes of unknown meaning (UN), which cannot be put into another byte order";
    assert_eq!(convert(&IMPLICIT, &BIG_ENDIAN, &numbers).unwrap_err().to_string(), words);
}

#[test]
fn encapsulated_pixel_data_are_refused() {
    let words = "(7FE0,0010) is encapsulated, in an uncompressed transfer syntax";
    refused(&EXPLICIT, &IMPLICIT, &[CODE, b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF", ITEM], words);
    refused(&IMPLICIT, &EXPLICIT, &[IMPLICIT_CODE, b"\xE0\x7F\x10\0\xFF\xFF\xFF\xFF"], words);
    let words = "(0010,0010) has undefined length, and is no sequence";
    refused(&EXPLICIT, &IMPLICIT, &[b"\x10\0\x10\0UT\0\0\xFF\xFF\xFF\xFF"], words);
    // Where there are no VRs it is a sequence, whatever the dictionary says: others have written it from explicit VRs.
    let implicit: &[&[u8]] = &[b"\x10\0\x10\0\xFF\xFF\xFF\xFF", ITEM, ITEM_END, SEQUENCE_END];
    let explicit: &[&[u8]] = &[b"\x10\0\x10\0SQ\0\0\xFF\xFF\xFF\xFF", ITEM, ITEM_END, SEQUENCE_END];
    check(&IMPLICIT, &EXPLICIT, implicit, explicit);
    check(&EXPLICIT, &IMPLICIT, explicit, implicit);
}

#[test]
fn odd_lengths_are_refused() {
    let words = "(0008,0100) has an odd length of 3 bytes";
    refused(&EXPLICIT, &IMPLICIT, &[b"\x08\0\0\x01SH\x03\0ABC"], words);
    refused(&IMPLICIT, &EXPLICIT, &[b"\x08\0\0\x01\x03\0\0\0ABC"], words);
    let words = "(FFFE,E000) has an odd length of 9 bytes";
    refused(&EXPLICIT, &IMPLICIT, &[SEQUENCE, b"\xFE\xFF\x00\xE0\x09\0\0\0"], words);
    let words = "(0028,0008) has 6 bytes, which are no numbers of 4 bytes each";
    refused(&EXPLICIT, &BIG_ENDIAN, &[b"\x28\0\x08\0UL\x06\0ABCDEF"], words);
    let kept: &[u8] = b"\x28\0\x08\0UL\x06\0ABCDEF";
    check(&EXPLICIT, &EXPLICIT, &[kept], &[kept]);
}

#[test]
fn trailing_padding_is_an_element_and_zeros_are_none() {
    let padding = b"\xFC\xFF\xFC\xFFOB\0\0\x04\0\0\0\0\0\0\0";
    check(&EXPLICIT, &EXPLICIT, &[CODE, padding], &[CODE, padding]);
    check(&EXPLICIT, &IMPLICIT, &[CODE, padding], &[IMPLICIT_CODE, b"\xFC\xFF\xFC\xFF\x04\0\0\0\0\0\0\0"]);
    for count in 0..40 {
        let zeros = vec![0; count];
        check(&EXPLICIT, &IMPLICIT, &[CODE, &zeros], &[IMPLICIT_CODE]);
        check(&BIG_ENDIAN, &IMPLICIT, &[BIG_CODE, &zeros], &[IMPLICIT_CODE]);
        check(&IMPLICIT, &EXPLICIT, &[&zeros], &[]);
    }
    let words = "there are bytes behind the zeros that pad the data set";
    refused(&EXPLICIT, &IMPLICIT, &[CODE, &[0; 13], CODE], words);
}

#[test]
fn delimiters_astray_are_refused_but_for_needless_ones() {
    // At the end of a sequence, or of an item, that has said its length they say the same again.
    let expected: &[&[u8]] = &[SEQUENCE, ITEM, CODE, ITEM_END, SEQUENCE_END, CODE];
    let needless: &[&[u8]] = &[
        b"\x40\0\x75\x02SQ\0\0\x24\0\0\0",
        b"\xFE\xFF\x00\xE0\x14\0\0\0",
        CODE,
        ITEM_END,
        SEQUENCE_END,
        CODE,
    ];
    check(&EXPLICIT, &EXPLICIT, needless, expected);
    let known = b"\x40\0\x75\x02SQ\0\0\x14\0\0\0";
    let item = [&b"\xFE\xFF\x00\xE0\x0C\0\0\0"[..], CODE].concat();
    let sequence_end = "(FFFE,E0DD) outside of a sequence";
    let item_end = "(FFFE,E00D) outside of a sequence";
    for (parts, words) in [
        (&[known, &item[..], SEQUENCE_END][..], sequence_end),
        (&[SEQUENCE, ITEM, CODE, SEQUENCE_END], sequence_end),
        (&[SEQUENCE, &item, ITEM_END], item_end),
        (&[SEQUENCE, ITEM_END], item_end),
        (&[SEQUENCE_END], sequence_end),
        (&[ITEM_END], item_end),
        (&[ITEM], "(FFFE,E000) outside of a sequence"),
        (&[SEQUENCE, ITEM, ITEM], "(FFFE,E000) outside of a sequence"),
        (&[SEQUENCE, CODE], "(0008,0100) where an item of a sequence must begin"),
        (&[SEQUENCE, &SEQUENCE_END[..4], b"\x02\0\0\0"], sequence_end),
        (&[b"\x40\0\x75\x02SQ\0\0\x1C\0\0\0", SEQUENCE_END, &item], sequence_end),
    ] {
        refused(&EXPLICIT, &IMPLICIT, parts, words);
    }
}

#[test]
fn nothing_is_longer_than_what_it_is_in() {
    let sequence = b"\x40\0\x75\x02SQ\0\0\x14\0\0\0";
    let too_long = "(FFFE,E000) is longer than the rest of (0040,0275), in which it is";
    refused(&EXPLICIT, &IMPLICIT, &[sequence, b"\xFE\xFF\x00\xE0\x0E\0\0\0", CODE, CODE], too_long);
    let item = b"\xFE\xFF\x00\xE0\x0C\0\0\0";
    let too_long = "(0008,0100) is longer than the rest of (0040,0275), in which it is";
    refused(&EXPLICIT, &IMPLICIT, &[sequence, item, b"\x08\0\0\x01SH\x06\0ABCDEF"], too_long);
    // What is open in it does not end either.
    refused(&EXPLICIT, &IMPLICIT, &[sequence, ITEM, CODE, CODE], too_long);
    // Lengths near 2 and 4 GiB cost nothing: the data set ends before they do.
    for (length, missing) in [(b"\xFE\xFF\xFF\x7F", 2_147_483_644_u32), (b"\xFE\xFF\xFF\xFF", 4_294_967_292)]
    {
        let words =
            format!("the data set ends in the middle of (7FE0,0010): {missing} more bytes of it must come");
        refused(&EXPLICIT, &BIG_ENDIAN, &[b"\xE0\x7F\x10\0OW\0\0", length, b"ab"], &words);
        refused(&IMPLICIT, &BIG_ENDIAN, &[b"\xE0\x7F\x10\0", length, b"ab"], &words);
        let words = "(0040,0275) is longer than the rest of (0040,0275), in which it is";
        refused(&EXPLICIT, &BIG_ENDIAN, &[sequence, item, b"\x40\0\x75\x02SQ\0\0", length], words);
    }
}

#[test]
fn what_is_cut_off_is_refused_by_name() {
    let whole = [CODE, SEQUENCE, ITEM, CODE, ITEM_END, SEQUENCE_END].concat();
    for length in 0..whole.len() {
        let result = convert(&EXPLICIT, &IMPLICIT, &whole[..length]);
        let words = match length {
            0 | 12 => {
                assert!(result.is_ok(), "{length} bytes");
                continue;
            }
            1..8 | 13..24 => {
                let present = if length < 8 { length } else { length - 12 };
                format!(
                    "the data set ends in the tag and length of an element, after {present} bytes of them"
                )
            }
            8..12 => format!(
                "the data set ends in the middle of (0008,0100): {} more bytes of it must come",
                12 - length
            ),
            40..44 => format!(
                "the data set ends in the middle of (0008,0100): {} more bytes of it must come",
                44 - length
            ),
            _ => {
                "the data set ends in the middle of (0040,0275), without the delimiter at its end".to_owned()
            }
        };
        assert_eq!(result.unwrap_err().to_string(), words, "{length} bytes");
    }
    let representation = b"\x28\0\x03\x01US\x02\0\x01";
    let words = "the data set ends in the middle of (0028,0103): 1 more bytes of it must come";
    refused(&EXPLICIT, &BIG_ENDIAN, &[representation], words);
    let group_length = b"\x08\0\0\0UL\x04\0\x01";
    let words = "the data set ends in the middle of (0008,0000): 3 more bytes of it must come";
    refused(&EXPLICIT, &BIG_ENDIAN, &[group_length], words);
}

#[test]
fn nesting_has_a_limit() {
    let level = [SEQUENCE, ITEM].concat();
    let closed = [ITEM_END, SEQUENCE_END].concat();
    let deep = [level.repeat(64), closed.repeat(64)].concat();
    assert_eq!(convert(&EXPLICIT, &EXPLICIT, &deep).unwrap(), deep);
    let words = "more than 64 sequences in each other";
    assert_eq!(convert(&EXPLICIT, &IMPLICIT, &level.repeat(65)).unwrap_err().to_string(), words);
    assert_eq!(convert(&EXPLICIT, &IMPLICIT, &level.repeat(100_000)).unwrap_err().to_string(), words);
    // Beside each other there may be any number.
    let items = [SEQUENCE, &[ITEM, ITEM_END].concat().repeat(100_000), SEQUENCE_END].concat();
    assert_eq!(convert(&EXPLICIT, &EXPLICIT, &items).unwrap(), items);
}

#[test]
fn deflated_data_sets_are_raw_streams_of_even_length() {
    // A stored block: its header, its length and the complement of that, and the bytes (RFC 1951, 3.2.4); 17 bytes and
    // a NUL behind them.
    let deflated: &[&[u8]] = &[b"\x01\x0C\0\xF3\xFF", CODE];
    check(&DEFLATED, &EXPLICIT, deflated, &[CODE]);
    check(&DEFLATED, &IMPLICIT, &[&deflated.concat(), b"\0"], &[IMPLICIT_CODE]);
    // gzip's checksum and length, as pydicom's image_dfl.dcm has them.
    check(&DEFLATED, &IMPLICIT, &[&deflated.concat(), b"ABCDEFGH\0"], &[IMPLICIT_CODE]);
    let behind = "there are bytes behind the end of the deflate stream";
    refused(&DEFLATED, &IMPLICIT, &[&deflated.concat(), b"ABCDEFGHI"], behind);
    refused(&DEFLATED, &IMPLICIT, &[&deflated.concat()[..10]], "the deflate stream is cut off");
    refused(&DEFLATED, &IMPLICIT, &[], "the deflate stream is cut off");
    refused(&DEFLATED, &IMPLICIT, &[&[0xFF; 9]], "the deflate stream is broken");
    // In it, everything is as elsewhere.
    let cut_off = "the data set ends in the middle of (0008,0100): 1 more bytes of it must come";
    refused(&DEFLATED, &IMPLICIT, &[b"\x01\x0B\0\xF4\xFF", &CODE[..11]], cut_off);
    for length in 0..20 {
        let data_set = [
            b"\x08\0\x0D\x01UR\0\0",
            &[length * 2, 0, 0, 0][..],
            &vec![b'A' + length; usize::from(length) * 2],
        ]
        .concat();
        let deflated = convert(&EXPLICIT, &DEFLATED, &data_set).unwrap();
        assert_eq!(deflated.len() % 2, 0);
        check(&DEFLATED, &EXPLICIT, &[&deflated], &[&data_set]);
        check(&DEFLATED, &DEFLATED, &[&deflated], &[&deflated]);
        check(&EXPLICIT, &DEFLATED, &[&data_set], &[&deflated]);
    }
    assert_eq!(convert(&EXPLICIT, &DEFLATED, b"").unwrap(), b"\x03\0");
}

/// A thousand times as much as comes in: it costs time in proportion, and no memory.
#[test]
fn a_bomb_goes_by_in_small_steps() {
    const LENGTH: u32 = 128 * 1024 * 1024;
    const STEP: u32 = 1024 * 1024;
    // Behind a full flush nothing refers to what was before it, so that pieces can be put together: a header in a stored
    // block, zeros, and an empty last block.
    let mut zeros = Vec::with_capacity(16 * 1024);
    flate2::Compress::new(flate2::Compression::best(), false)
        .compress_vec(&vec![0; usize::try_from(STEP).unwrap()], &mut zeros, flate2::FlushCompress::Full)
        .unwrap();
    let header = [&b"\0\x0C\0\xF3\xFF\xE0\x7F\x10\0OW\0\0"[..], &LENGTH.to_le_bytes()].concat();
    let count = usize::try_from(LENGTH / STEP).unwrap();
    let bomb = [&header, &zeros.repeat(count)[..], b"\x03\0"].concat();
    assert!(bomb.len() < 256 * 1024);

    let before = memory();
    let mut inflating = Converter::new(&DEFLATED, &BIG_ENDIAN).unwrap();
    let mut output = vec![0; 64 * 1024];
    let (mut rest, mut total) = (&bomb[..], 0);
    loop {
        let done = inflating.convert(rest, true, &mut output).unwrap();
        rest = &rest[done.read..];
        total += done.written;
        if done.end {
            break;
        }
    }
    assert_eq!(total, 12 + usize::try_from(LENGTH).unwrap());
    // The other tests of this file run beside it.
    assert!(memory() < before + 32 * 1024, "{} KiB more", memory() - before);
}

/// Of this process, in KiB; 0 where the system does not say.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or_default()
}

#[test]
fn only_uncompressed_transfer_syntaxes_are_converted() {
    let words = "the transfer syntax 1.2.840.10008.1.2.4.50 is none of the uncompressed ones";
    let jpeg = Uid::from_static("1.2.840.10008.1.2.4.50");
    for known in &ALL {
        for (from, to) in [(&jpeg, known), (known, &jpeg)] {
            assert_eq!(Converter::new(from, to).unwrap_err().to_string(), words);
            assert!(!Converter::can(from, to));
        }
        assert!(ALL.iter().all(|to| Converter::can(known, to)));
        // GE's, with pixels in big endian; and JPIP Referenced Deflate.
        for other in ["1.2.840.113619.5.2", "1.2.840.10008.1.2.4.95", "1.2.3.4"] {
            assert!(!Converter::can(known, &Uid::new(other).unwrap()));
        }
    }
}
