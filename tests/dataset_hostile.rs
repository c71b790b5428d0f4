//! Bytes that are no data set, or one that is meant to hurt: refused in words, in bounded time and memory.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dimse::dataset::data_set::DataSet;
use dimse::dataset::deflate::deflate;
use dimse::dataset::encoding::{Elements, Encoding};
use dimse::dataset::json::from_json;
use dimse::dataset::limits::Limits;
use dimse::dataset::read::read;
use dimse::dataset::vr::VR;
use dimse::dataset::write::write;
use dimse::types::Tag;

const LITTLE: Encoding =
    Encoding { elements: Elements::ExplicitLittleEndian, deflated: false, encapsulated: false };
const IMPLICIT: Encoding = Encoding { elements: Elements::ImplicitLittleEndian, ..LITTLE };
const BIG: Encoding = Encoding { elements: Elements::ExplicitBigEndian, ..LITTLE };
const DEFLATED: Encoding = Encoding { deflated: true, ..LITTLE };

const ITEM: &[u8] = b"\xFE\xFF\x00\xE0";
const ITEM_END: &[u8] = b"\xFE\xFF\x0D\xE0\0\0\0\0";
const SEQUENCE_END: &[u8] = b"\xFE\xFF\xDD\xE0\0\0\0\0";
const OPEN: &[u8] = b"\xFF\xFF\xFF\xFF";
const SEQUENCE: &[u8] = b"\x40\0\x75\x02SQ\0\0\xFF\xFF\xFF\xFF";
const CODE: &[u8] = b"\x08\0\x00\x01SH\x04\0ABCD";
const LAST: &[u8] = b"\xFC\xFF\xFC\xFFOB\0\0\0\0\0\0";

fn words(encoding: Encoding, bytes: &[u8]) -> String {
    read(bytes, encoding, Limits::IDENTIFIER).unwrap_err().to_string()
}

fn whole(parts: &[&[u8]]) -> DataSet {
    read(&parts.concat(), LITTLE, Limits::IDENTIFIER).unwrap()
}

#[test]
fn what_is_wrong_and_where() {
    let known = b"\x40\0\x75\x02SQ\0\0\x14\0\0\0";
    for (bytes, expected) in [
        (CODE[..11].to_vec(), "at byte 0, (0008,0100): its length is 4, but 3 bytes are left"),
        ([CODE, &CODE[..7]].concat(), "at byte 12: the header of an element is cut off after 7 bytes"),
        ([CODE, CODE].concat(), "at byte 12, (0008,0100): it is there twice"),
        (
            b"\x08\0\x16\0UT\0\0\xFE\xFF\xFF\xFF".to_vec(),
            "at byte 0, (0008,0016): its length is 4294967294, but 0 bytes are left",
        ),
        (
            b"\x08\0\x16\0UT\0\0\xFF\xFF\xFF\x7Fab".to_vec(),
            "at byte 0, (0008,0016): its length is 2147483647, but 2 bytes are left",
        ),
        (
            b"\x08\0\x16\0UT\0\0\xFF\xFF\xFF\xFF".to_vec(),
            "at byte 0, (0008,0016): a value of VR UT cannot have undefined length",
        ),
        (SEQUENCE.to_vec(), "at byte 12, (0040,0275): it is cut off: its delimiter is missing"),
        (
            [SEQUENCE, ITEM, OPEN, CODE].concat(),
            "at byte 32, (0040,0275)[0].(0040,0275): it is cut off: its delimiter is missing",
        ),
        (
            [SEQUENCE, ITEM, b"\x0B\0\0\0", CODE, SEQUENCE_END].concat(),
            "at byte 20, (0040,0275)[0].(0008,0100): its length is 4, but 3 bytes are left",
        ),
        (
            [SEQUENCE, ITEM, b"\xFF\xFF\xFF\x7F"].concat(),
            "at byte 12, (FFFE,E000): its length is 2147483647, but 0 bytes are left",
        ),
        (
            [&known[..], ITEM, b"\x10\0\0\0", CODE, LAST].concat(),
            "at byte 12, (FFFE,E000): its length is 16, but 12 bytes are left",
        ),
        (
            [SEQUENCE, CODE, SEQUENCE_END].concat(),
            "at byte 12, (0008,0100): it is where an item of (0040,0275) must begin",
        ),
        (
            [ITEM, b"\0\0\0\0"].concat(),
            "at byte 0, (FFFE,E000): items and delimiters are in sequences only (PS3.5 7.5)",
        ),
        (
            [SEQUENCE, ITEM, OPEN, ITEM, OPEN].concat(),
            "at byte 20, (0040,0275)[0].(FFFE,E000): items and delimiters are in sequences only (PS3.5 7.5)",
        ),
        (
            [SEQUENCE, &SEQUENCE_END[..4], b"\x01\0\0\0"].concat(),
            "at byte 12, (FFFE,E0DD): it is where an item of (0040,0275) must begin",
        ),
        (
            [ITEM_END[..4].to_vec(), OPEN.to_vec()].concat(),
            "at byte 0, (FFFE,E00D): a delimiter has no value",
        ),
        (
            b"\0\0\0\x01US\x02\0\x20\0".to_vec(),
            "at byte 0, (0000,0100): elements of group 0000 are in commands only (PS3.7 6.3)",
        ),
        (
            b"\x02\0\x10\0UI\0\0".to_vec(),
            "at byte 0, (0002,0010): elements of group 0002 are in the header of a file only (PS3.10 7.1)",
        ),
        (
            b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF".to_vec(),
            "at byte 12, (FFFE,E000): it is where a fragment of (7FE0,0010) must begin",
        ),
        (
            [CODE, &[0; 8][..], &[1]].concat(),
            "at byte 12, (0000,0000): elements of group 0000 are in commands only (PS3.7 6.3)",
        ),
    ] {
        assert_eq!(
            words(LITTLE, &bytes),
            format!("the data set is malformed {expected}"),
            "{}",
            bytes.escape_ascii()
        );
    }
    assert_eq!(
        words(BIG, b"\0\x28\0\x10US\0\x03ABC"),
        "the data set is malformed at byte 0, (0028,0010): its length is 3, but values of VR US have 2 bytes each"
    );
}

#[test]
fn what_others_take_is_taken() {
    let known = b"\x40\0\x75\x02SQ\0\0\x14\0\0\0";
    let item = [ITEM, b"\x0C\0\0\0", CODE].concat();
    let sequence = whole(&[SEQUENCE, &item, SEQUENCE_END, LAST]);
    for parts in [
        &[&known[..], &item, LAST][..],
        &[SEQUENCE, ITEM, OPEN, CODE, ITEM_END, SEQUENCE_END, LAST],
        // Delimiters that nobody needs, and one that is left out.
        &[&known[..], &item, SEQUENCE_END, LAST],
        &[SEQUENCE, &item, ITEM_END, SEQUENCE_END, LAST],
        &[SEQUENCE, ITEM, OPEN, CODE, SEQUENCE_END, LAST],
        // Tags out of order, group lengths, zeros at the end.
        &[LAST, &known[..], &item],
        &[b"\x40\0\0\0UL\x04\0\x20\0\0\0", &known[..], &item, LAST],
        &[&known[..], &item, LAST, &[0; 512]],
        &[&known[..], &item, LAST, &[0; 3]],
        // In the guise of UN.
        &[b"\x40\0\x75\x02UN\0\0\x14\0\0\0", ITEM, b"\x0C\0\0\0\x08\0\x00\x01\x04\0\0\0ABCD", LAST],
        &[
            b"\x40\0\x75\x02UN\0\0",
            OPEN,
            ITEM,
            OPEN,
            b"\x08\0\x00\x01\x04\0\0\0ABCD",
            ITEM_END,
            SEQUENCE_END,
            LAST,
        ],
        // With explicit VRs in there, which is against the rule.
        &[b"\x40\0\x75\x02UN\0\0", OPEN, ITEM, OPEN, CODE, ITEM_END, SEQUENCE_END, LAST],
    ] {
        assert_eq!(whole(parts), sequence, "{}", parts.concat().escape_ascii());
    }
    let code = whole(&[CODE]);
    assert_eq!(read(CODE, IMPLICIT, Limits::IDENTIFIER).unwrap(), code, "explicit where implicit was said");
    assert_eq!(whole(&[b"\x08\0\x00\x01\x04\0\0\0ABCD"]), code, "implicit where explicit was said");
    assert_eq!(whole(&[b"\x08\0\x00\x01UN\0\0\x04\0\0\0ABCD"]), code, "a known element as UN");
    assert_eq!(whole(&[b"\x08\0\x00\x01??\x04\0ABCD"]), code, "a VR that does not exist");
    assert_eq!(whole(&[]), DataSet::empty());
}

/// A known sequence in the guise of UN is judged by its own value, and not by what is behind it.
#[test]
fn sequences_as_unknown_by_their_values() {
    let tag = Tag::new(0x0040, 0x0275);
    let empty = [&b"\x40\0\x75\x02UN\0\0\0\0\0\0"[..], LAST].concat();
    let mut set = read(&empty, LITTLE, Limits::IDENTIFIER).unwrap();
    assert_eq!(set.get(tag).unwrap().items(), Some(&[][..]));
    set.append_item(&tag.into(), &DataSet::empty()).unwrap();
    let big = b"\0\x40\x02\x75UN\0\0\0\0\0\0";
    assert_eq!(read(big, BIG, Limits::IDENTIFIER).unwrap().get(tag).unwrap().vr(), VR::SQ);
    // The tag of an item, and what would be its length is not its own.
    let cut = [&b"\x40\0\x75\x02UN\0\0\x04\0\0\0\xFE\xFF\0\xE0"[..], LAST].concat();
    let set = read(&cut, LITTLE, Limits::IDENTIFIER).unwrap();
    assert_eq!((set.len(), set.get(tag).unwrap().as_bytes().unwrap().len()), (2, 4));
}

/// A VR that stands where a length should be may be read as one that fits, where much is behind it.
#[test]
fn explicit_in_place_of_implicit_before_much() {
    let many = [CODE, b"\xFC\xFF\xFC\xFFOB\0\0\0\0\x10\0", &vec![0; 1 << 20]].concat();
    assert_eq!(read(&many, IMPLICIT, Limits::IDENTIFIER).unwrap().len(), 2);
}

#[test]
fn nesting() {
    let level = [SEQUENCE, ITEM, OPEN].concat();
    let closed = [ITEM_END, SEQUENCE_END].concat();
    let limit = read(&[level.repeat(64), closed.repeat(64)].concat(), LITTLE, Limits::IDENTIFIER).unwrap();
    for encoding in [LITTLE, IMPLICIT, BIG, DEFLATED] {
        let written = write(&limit, encoding).unwrap();
        assert_eq!(read(&written, encoding, Limits::IDENTIFIER).unwrap(), limit);
    }
    let deep = words(LITTLE, &level.repeat(100_000));
    assert!(
        deep.starts_with("the data set is malformed at byte 1280, (0040,0275)[0].(0040,0275)[0]."),
        "{deep}"
    );
    assert!(deep.ends_with(": more than 64 sequences are in each other"), "{deep}");
    let implicit = [b"\x40\0\x75\x02\xFF\xFF\xFF\xFF", ITEM, OPEN].concat();
    assert!(words(IMPLICIT, &implicit.repeat(100_000)).ends_with("more than 64 sequences are in each other"));
    // With lengths: each is within the one around it.
    let mut bytes = Vec::new();
    for _ in 0..70 {
        let length = |more: usize| u32::try_from(bytes.len() + more).unwrap().to_le_bytes();
        bytes = [b"\x40\0\x75\x02SQ\0\0", &length(8)[..], ITEM, &length(0), &bytes].concat();
    }
    assert!(words(LITTLE, &bytes).ends_with("more than 64 sequences are in each other"));
    let items = [SEQUENCE, &[ITEM, OPEN, ITEM_END].concat().repeat(100_000), SEQUENCE_END].concat();
    assert_eq!(whole(&[&items]).len(), 1);
}

#[test]
fn limits() {
    // 1.2 million elements of nothing: so many are not allowed, and those before cost what they cost.
    let tiny: Vec<u8> = (0..1_200_000_u32)
        .flat_map(|number| {
            let [a, b, c, _] = number.to_le_bytes();
            [0x11 + 2 * c, 0, a, b, 0, 0, 0, 0]
        })
        .collect();
    let few = Limits { elements: 1000, ..Limits::IDENTIFIER };
    let error = read(&tiny, IMPLICIT, few).unwrap_err().to_string();
    assert_eq!(error, "the data set has more than the limit of 1000 elements and items");
    assert!(read(&tiny, IMPLICIT, Limits::IDENTIFIER).is_err());
    let items = [SEQUENCE, &[ITEM, OPEN, ITEM_END].concat().repeat(1000), SEQUENCE_END].concat();
    assert!(read(&items, LITTLE, few).is_err(), "items count too");
    let short = Limits { bytes: 11, ..few };
    let error = read(CODE, LITTLE, short).unwrap_err().to_string();
    assert_eq!(error, "the data set is longer than the limit of 11 bytes");
    // As many elements as they may be, in the wrong order.
    let descending: Vec<u8> = tiny.rchunks(8).take(1_000_000).flatten().copied().collect();
    assert_eq!(
        read(&descending, IMPLICIT, Limits::IDENTIFIER).unwrap().len(),
        999_985,
        "without group lengths"
    );
}

#[test]
fn deflate_bombs() {
    let bomb = deflate(&vec![0; 100 * 1024 * 1024]);
    assert_eq!(words(DEFLATED, &bomb), "the data set is longer than the limit of 16777216 bytes");
    assert_eq!(words(DEFLATED, b""), "the deflate stream is cut off");
}

/// However deep it is, and whatever is first in an element: no level of the text is gone through again for those below.
#[test]
fn deep_json_costs_what_flat_json_costs() {
    const SIZE: usize = 1 << 20;
    const LEVELS: usize = 63;
    let nested = |inner: &str, is_sorted: bool| {
        let (open, close) = if is_sorted {
            ("{\"00400275\":{\"Value\":[", "],\"vr\":\"SQ\"}}")
        } else {
            ("{\"00400275\":{\"vr\":\"SQ\",\"Value\":[", "]}}")
        };
        open.repeat(LEVELS) + inner + &close.repeat(LEVELS)
    };
    let cost = |text: &str| {
        let once = || {
            let begin = std::time::Instant::now();
            from_json(text, Limits::IDENTIFIER).unwrap();
            begin.elapsed()
        };
        // The least of some: others want the processor too.
        (0..5).map(|_| once()).min().unwrap()
    };
    let long = format!("{{\"00104000\":{{\"vr\":\"LT\",\"Value\":[\"{}\"]}}}}", "a".repeat(SIZE));
    let small = "{\"00104000\":{\"vr\":\"LT\",\"Value\":[\"a\"]}},".repeat(SIZE / 42);
    let small = format!("{{\"00400275\":{{\"vr\":\"SQ\",\"Value\":[{}]}}}}", &small[..small.len() - 1]);
    for inner in [long, small] {
        let flat = cost(&inner);
        for is_sorted in [false, true] {
            let deep = cost(&nested(&inner, is_sorted));
            // It is as much. Once more for each level would be far more than a busy machine makes of it.
            assert!(deep < 20 * flat, "{deep:?}, and flat {flat:?}");
        }
    }
}

/// A million of them may come.
#[test]
fn numbers_with_too_many_digits_cost_no_more_than_others() {
    let cost = |vr: &str, tag: &str| {
        let numbers = vec!["1.2345678901234567e300"; 5000].join(",");
        let text = format!("{{\"{tag}\":{{\"vr\":\"{vr}\",\"Value\":[{numbers}]}}}}");
        let once = || {
            let begin = std::time::Instant::now();
            from_json(&text, Limits::IDENTIFIER).unwrap();
            begin.elapsed()
        };
        (0..5).map(|_| once()).min().unwrap()
    };
    let (binary, decimal) = (cost("FD", "00189073"), cost("DS", "30060050"));
    assert!(decimal < 20 * binary, "{decimal:?}, and binary {binary:?}");
}

/// They show where it is, and not all that somebody has written there.
#[test]
fn words_are_short_however_long_the_text_is() {
    let long = "x".repeat(1 << 20);
    for text in [
        format!("{{\"{long}\":{{}}}}"),
        format!("{{\"00280010\":\"{long}\"}}"),
        format!("{{\"00280010\":{{\"{long}\":1}}}}"),
        format!("{{\"00280010\":{{\"vr\":\"{long}\"}}}}"),
        format!("{{\"00280010\":{{\"vr\":\"US\",\"Value\":[\"{long}\"]}}}}"),
        format!("{{\"00280010\":{{\"vr\":\"US\",\"Value\":\"{long}\"}}}}"),
        format!("{{\"00189073\":{{\"vr\":\"FD\",\"Value\":[1{}]}}}}", "0".repeat(1 << 20)),
        format!("{{\"00200013\":{{\"vr\":\"IS\",\"Value\":[1{}]}}}}", "0".repeat(1 << 20)),
        format!("{{\"00720026\":{{\"vr\":\"AT\",\"Value\":[\"{long}\"]}}}}"),
        format!("{{\"00100020\":{{\"vr\":\"LO\",\"Value\":[\"{long}\"]}}}}"),
        format!("{{\"00100020\":{{\"vr\":\"LO\",\"Value\":[\"{long}\\\\\"]}}}}"),
        format!("{{\"00104000\":{{\"vr\":\"LT\",\"Value\":[\"{long}\\u001b\"]}}}}"),
        format!("{{\"00100010\":{{\"vr\":\"PN\",\"Value\":[{{\"Alphabetic\":\"{long}=\"}}]}}}}"),
        format!("{{\"00100010\":{{\"vr\":\"PN\",\"Value\":[{{\"{long}\":1}}]}}}}"),
        format!("{{\"7FE00010\":{{\"vr\":\"OW\",\"InlineBinary\":\"{long}?\"}}}}"),
    ] {
        match from_json(&text, Limits::IDENTIFIER) {
            Ok(_) => assert!(text.starts_with("{\"00100020"), "{}", &text[..40]),
            Err(error) => {
                let words = error.to_string();
                assert!(words.len() < 300, "{} characters of {}", words.len(), &text[..40]);
            }
        }
    }
}

/// The parser knows where it is in the text, but not where a value is that it was given alone.
#[test]
fn places_are_those_in_the_text() {
    let words = |text: &str| from_json(text, Limits::IDENTIFIER).unwrap_err().to_string();
    let told = words("{\n\"00280010\":{\"vr\":\"US\",\"Value\":1}}");
    assert_eq!(
        told,
        "(0028,0010) is not as the DICOM JSON model has it: invalid type: integer `1`, expected an array of \
         values at line 2 column 31"
    );
    let told = words("{\n\"00100020\":{\"vr\":\"LO\",\"Value\":[true]}}");
    assert_eq!(
        told,
        "(0010,0020) is not as the DICOM JSON model has it: invalid type: boolean `true`, expected a string"
    );
}

#[test]
fn json_that_is_no_data_set() {
    let deep = "{\"00400275\":{\"vr\":\"SQ\",\"Value\":[".repeat(100_000);
    for (text, words) in [
        (&deep[..], "a data set is not as the DICOM JSON model has it: "),
        (
            "[]",
            "a data set is not as the DICOM JSON model has it: invalid type: sequence, expected an object of elements",
        ),
        (
            "{\"Modality\":{\"vr\":\"CS\"}}",
            "\"Modality\" in JSON is no tag; it must be eight hexadecimal digits",
        ),
        (
            "{\"+0100010\":{\"vr\":\"PN\"}}",
            "\"+0100010\" in JSON is no tag; it must be eight hexadecimal digits",
        ),
        (
            "{\"PatientName\":{\"vr\":\"PN\"}}",
            "\"PatientName\" in JSON is no tag; it must be eight hexadecimal digits",
        ),
        ("{\"00100010\":{\"vr\":\"XX\"}}", "(0010,0010) has the VR \"XX\", which the standard does not have"),
        ("{\"00100010\":{\"vr\":\"PN\"},\"00100010\":{\"vr\":\"PN\"}}", "(0010,0010) is there twice"),
        (
            "{\"00100010\":{\"vr\":\"PN\",\"Other\":1}}",
            "(0010,0010) is not as the DICOM JSON model has it: unknown field `Other`",
        ),
        (
            "{\"7FE00010\":{\"vr\":\"OW\",\"BulkDataURI\":\"http://x/\"}}",
            "(7FE0,0010) has a BulkDataURI: retrieve its value and put it in as InlineBinary, or leave it out",
        ),
        (
            "{\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"?\"}}",
            "(7FE0,0010) has an InlineBinary that is no base64: ",
        ),
        (
            "{\"7FE00008\":{\"vr\":\"OF\",\"InlineBinary\":\"AAA=\"}}",
            "(7FE0,0008) has an InlineBinary of 2 bytes, but values of VR OF have 4 each",
        ),
        (
            "{\"00280010\":{\"vr\":\"US\",\"InlineBinary\":\"AAA=\"}}",
            "(0028,0010) has an InlineBinary, which VR US has not",
        ),
        (
            "{\"00280010\":{\"vr\":\"US\",\"Value\":[65536]}}",
            "(0028,0010) in JSON: 65536 does not fit into a value of VR US",
        ),
        (
            "{\"00280010\":{\"vr\":\"US\",\"Value\":[1.5]}}",
            "(0028,0010) in JSON: \"1.5\" is no integer, as values of VR US are",
        ),
        (
            "{\"00200013\":{\"vr\":\"IS\",\"Value\":[1.5]}}",
            "(0020,0013) in JSON: \"1.5\" is not an integer of 32 bits, as values of VR IS are",
        ),
        (
            "{\"00080060\":{\"vr\":\"CS\",\"Value\":[\"A\\\\B\"]}}",
            "(0008,0060) has a backslash in \"A\\\\B\", which would make it two values",
        ),
        (
            "{\"00080060\":{\"vr\":\"CS\",\"Value\":[\"\u{D6}L\"]}}",
            "(0008,0060) in JSON: '\u{D6}' cannot be in a value of VR CS, which is ASCII",
        ),
        (
            "{\"00020010\":{\"vr\":\"UI\"}}",
            "(0002,0010) in JSON: elements of group 0002 are in the header of a file only",
        ),
    ] {
        let error = from_json(text, Limits::IDENTIFIER).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
    let level = "{\"00400275\":{\"vr\":\"SQ\",\"Value\":[";
    let nested = |levels: usize| level.repeat(levels) + "{}" + &"]}}".repeat(levels);
    assert!(from_json(&nested(64), Limits::IDENTIFIER).is_ok());
    let empty = level.repeat(64) + "{\"00400275\":{\"vr\":\"SQ\"}}" + &"]}}".repeat(64);
    for deep in [nested(65), empty] {
        let error = from_json(&deep, Limits::IDENTIFIER).unwrap_err().to_string();
        assert_eq!(error, "(0040,0275) in JSON: more than 64 sequences are in each other");
    }
    let few = Limits { elements: 2, ..Limits::IDENTIFIER };
    assert!(from_json("{\"00100010\":{\"vr\":\"PN\"},\"00100020\":{\"vr\":\"LO\"}}", few).is_ok());
    assert!(from_json("{\"00081140\":{\"vr\":\"SQ\",\"Value\":[{},{}]}}", few).is_err());
    assert!(from_json("{}                  ", Limits { bytes: 10, ..few }).is_err());
}
