//! What holds for every data set, every split and every kind of garbage.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod trees;

use std::ops::ControlFlow;

use dimse::dataset::data_set::DataSet;
use dimse::dataset::encoding::{Elements, Encoding};
use dimse::dataset::json::{from_json, to_json};
use dimse::dataset::limits::Limits;
use dimse::dataset::part10::{Header, MAXIMUM_LENGTH, NewHeader};
use dimse::dataset::path::Path;
use dimse::dataset::read::read;
use dimse::dataset::scan::{ElementHeader, End, Scanner, Visitor, Wish};
use dimse::dataset::up_to::UpTo;
use dimse::dataset::value::At;
use dimse::dataset::write::write;
use dimse::types::{AeTitle, Tag, Uid};
use dimse::wire::uids;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use trees::{Element, encode, garbage, is_short, private};

// ---- a data set, as a tree ------------------------------------------------------------------------------------------

const VRS: [&[u8; 2]; 9] = [b"UI", b"PN", b"US", b"OW", b"UN", b"UT", b"OV", b"SV", b"UV"];

fn element() -> impl Strategy<Value = Element> {
    let value = (prop::sample::select(VRS.to_vec()), any::<u16>(), vec(any::<u8>(), 0..40))
        .prop_map(|(vr, element, value)| Element::Value { tag: private(element), vr: *vr, value });
    let fragments = vec(vec(any::<u8>(), 0..20), 0..4).prop_map(|fragments| Element::PixelData { fragments });
    trees::element(prop_oneof![5 => value, 1 => fragments], Just(Elements::ImplicitLittleEndian))
}

fn elements() -> impl Strategy<Value = Elements> {
    prop_oneof![
        Just(Elements::ImplicitLittleEndian),
        Just(Elements::ExplicitLittleEndian),
        Just(Elements::ExplicitBigEndian)
    ]
}

// ---- what a scanner tells -------------------------------------------------------------------------------------------

/// Wishes something else of every element, by a number that stands for the wishes.
#[derive(Debug, Default, PartialEq)]
struct Log {
    wishes: u64,
    elements: Vec<ElementHeader>,
    values: Vec<(ElementHeader, Vec<u8>)>,
}

impl Visitor for Log {
    fn element(&mut self, header: &ElementHeader) -> Wish {
        self.elements.push(*header);
        match self.wishes.rotate_left(u32::try_from(self.elements.len() * 3 % 64).unwrap()) % 8 {
            0..4 => Wish::Skip,
            4..6 => Wish::Collect(5),
            _ => Wish::Collect(usize::MAX),
        }
    }

    fn value(&mut self, header: &ElementHeader, value: &[u8]) -> ControlFlow<()> {
        self.values.push((*header, value.to_vec()));
        ControlFlow::Continue(())
    }
}

fn scan<'a>(elements: Elements, wishes: u64, slices: impl IntoIterator<Item = &'a [u8]>) -> (Log, End) {
    let mut scanner = Scanner::new(elements);
    let mut log = Log { wishes, ..Log::default() };
    slices.into_iter().for_each(|slice| scanner.push(slice, &mut log));
    (log, scanner.end())
}

/// The same, but what may be left out is, and the rest comes in slices of `size`.
fn scan_with_gaps(elements: Elements, wishes: u64, bytes: &[u8], size: usize) -> (Log, End) {
    let mut scanner = Scanner::new(elements);
    let mut log = Log { wishes, ..Log::default() };
    let mut rest = bytes;
    while !rest.is_empty() {
        let gap = usize::try_from(scanner.skippable()).unwrap_or(usize::MAX).min(rest.len());
        scanner.skip(u64::try_from(gap).unwrap());
        rest = &rest[gap..];
        let (slice, behind) = rest.split_at(size.min(rest.len()));
        scanner.push(slice, &mut log);
        rest = behind;
    }
    (log, scanner.end())
}

/// Cut into slices at these places, some of them empty.
fn cut<'a>(bytes: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let mut slices = Vec::new();
    let mut from = 0;
    for place in places {
        slices.push(&bytes[from..place]);
        from = place;
    }
    slices.push(&bytes[from..]);
    slices
}

proptest! {
    #[test]
    fn garbage_is_told_the_same_in_every_split(
        bytes in garbage(),
        elements in elements(),
        wishes: u64,
        places in vec(any::<prop::sample::Index>(), 0..8),
        size in 1..20_usize,
    ) {
        let whole = scan(elements, wishes, [&bytes[..]]);
        prop_assert_eq!(&scan(elements, wishes, cut(&bytes, &places)), &whole);
        prop_assert_eq!(&scan(elements, wishes, bytes.chunks(1)), &whole);
        prop_assert_eq!(&scan_with_gaps(elements, wishes, &bytes, size), &whole);
    }

    #[test]
    fn data_sets_are_whole_and_their_parts_are_not(
        tree in vec(element(), 0..6),
        elements in elements(),
        wishes: u64,
        places in vec(any::<prop::sample::Index>(), 0..8),
        size in 1..200_usize,
    ) {
        let mut bytes = Vec::new();
        let mut offsets = Vec::new();
        for element in &tree {
            offsets.push(bytes.len());
            encode(element, elements, &mut bytes);
        }
        let (log, end) = scan(elements, wishes, cut(&bytes, &places));
        prop_assert_eq!(end, End::Whole);
        let told: Vec<usize> = log.elements.iter().map(|header| usize::try_from(header.offset).unwrap()).collect();
        prop_assert_eq!(&told, &offsets);
        for (header, value) in &log.values {
            let has_short_length = header.vr.is_none_or(is_short);
            let start = usize::try_from(header.offset).unwrap() + if has_short_length { 8 } else { 12 };
            prop_assert_eq!(&bytes[start..start + value.len()], value);
        }
        prop_assert_eq!(scan_with_gaps(elements, wishes, &bytes, size), (log, end));
        for length in 0..bytes.len() {
            let part = scan(elements, wishes, [&bytes[..length]]).1;
            match part {
                // The first byte of a big endian header looks like padding.
                End::Whole => {
                    let last = offsets.iter().rfind(|offset| **offset <= length).copied().unwrap_or_default();
                    prop_assert!(bytes[last..length].iter().all(|byte| *byte == 0), "{} bytes", length);
                }
                End::Inside { header, .. } => {
                    let last = offsets.iter().rfind(|offset| **offset < length).copied();
                    prop_assert_eq!(Some(header.offset), last.map(|last| u64::try_from(last).unwrap()));
                }
                End::InsideHeader { present } => prop_assert!(offsets.contains(&(length - present))),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn headers_are_read_as_they_were_written(
        sop_class in "[0-9.]{1,64}",
        sop_instance in "[0-9.]{1,64}",
        transfer_syntax in "[0-9.]{1,64}",
        version in "[ -~]{1,16}",
        source in of("[!-~&&[^\\\\]]{1,16}"),
        data_set in prop_oneof![Just(Vec::new()), vec(any::<u8>(), 2..20)],
    ) {
        let [sop_class, sop_instance, transfer_syntax] =
            [sop_class, sop_instance, transfer_syntax].map(|uid| Uid::from_wire(uid.as_bytes()).unwrap());
        let source = source.map(|title| AeTitle::new(&title).unwrap());
        let mut bytes = NewHeader {
            sop_class: &sop_class,
            sop_instance: &sop_instance,
            transfer_syntax: &transfer_syntax,
            implementation_class: &Uid::from_static("1.2.9"),
            implementation_version: version.as_bytes(),
            source: source.as_ref(),
        }
        .encode();
        let length = bytes.len();
        prop_assert_eq!(length % 2, 0);
        prop_assume!(data_set.get(..2) != Some(&[2, 0]));
        bytes.extend_from_slice(&data_set);
        let header = Header::read(&bytes, data_set.len() < 2).unwrap();
        if data_set.len() != 1 {
            let sop_class = Some(sop_class);
            let sop_instance = Some(sop_instance);
            prop_assert_eq!(header, Some(Header { sop_class, sop_instance, transfer_syntax, source, length }));
        }
    }

    #[test]
    fn whatever_stands_in_a_header_it_is_read_or_refused(garbage in garbage(), all: bool, with_prefix: bool) {
        let mut bytes = vec![0; 128];
        if with_prefix {
            bytes.extend_from_slice(b"DICM\x02\0\0\0UL\x04\0\x10\0\0\0\x02\0\x10\0UI\x02\x001.");
        }
        bytes.extend_from_slice(&garbage);
        let read = Header::read(&bytes, all);
        prop_assert!(!(all && read == Ok(None)), "there is nothing more to come");
        if let Ok(Some(header)) = read {
            prop_assert!(header.length <= bytes.len());
        }
        bytes.resize(MAXIMUM_LENGTH, 2);
        prop_assert_ne!(Header::read(&bytes, false), Ok(None), "nor is that much");
    }
}

// ---- data sets in memory --------------------------------------------------------------------------------------------

/// A data set that every encoding can hold: by sets of text and numbers, in sequences too.
fn data_set() -> impl Strategy<Value = DataSet> {
    let leaf = prop_oneof![
        ("[ -~&&[^\\\\=]]{0,20}", 0..4_usize).prop_map(|(text, which)| {
            let at = ["PatientName", "PatientID", "PatientComments", "CodeMeaning"][which];
            (at.to_owned(), Set::Text(text.trim().to_owned()))
        }),
        "\\PC{0,10}".prop_map(|text| (
            "StudyDescription".to_owned(),
            Set::Text(text.replace(['\\', '='], "").trim().to_owned())
        )),
        (any::<u16>(), 0..2_usize)
            .prop_map(|(number, which)| (["Rows", "Columns"][which].to_owned(), Set::Integer(number.into()))),
        any::<i32>().prop_map(|number| ("ReferencePixelX0".to_owned(), Set::Integer(number.into()))),
        any::<u64>().prop_map(|number| ("FileOffsetInContainer".to_owned(), Set::Integer(number.into()))),
        (-1e10..1e10_f64).prop_map(|number| ("EventTimeOffset".to_owned(), Set::Float(number))),
        vec(any::<u16>(), 0..20).prop_map(|words| {
            let bytes = words.into_iter().flat_map(u16::to_le_bytes).collect();
            ("PixelData".to_owned(), Set::Bytes(bytes))
        }),
    ];
    let sequences = ["", "ReferencedStudySequence[0].", "ContentSequence[0].ContentSequence[0]."];
    vec((0..sequences.len(), leaf), 0..12).prop_map(move |all| {
        let mut set = DataSet::new();
        for (sequence, (at, what)) in all {
            let at: Path = format!("{}{at}", sequences[sequence]).parse().unwrap();
            match what {
                Set::Text(text) => set.set_string(&at, At::All, &text),
                Set::Integer(number) => set.set_integer(&at, At::All, number),
                Set::Float(number) => set.set_float(&at, At::All, number),
                Set::Bytes(bytes) => set.set_bytes(&at, &bytes),
            }
            .unwrap();
        }
        set
    })
}

#[derive(Debug, Clone)]
enum Set {
    Text(String),
    Integer(i128),
    Float(f64),
    Bytes(Vec<u8>),
}

fn encodings() -> impl Strategy<Value = Encoding> {
    (elements(), any::<bool>()).prop_map(|(elements, deflated)| Encoding {
        elements,
        deflated,
        encapsulated: false,
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(set in data_set(), encoding in encodings()) {
        let bytes = write(&set, encoding).unwrap();
        prop_assert_eq!(&read(&bytes, encoding, Limits::IDENTIFIER).unwrap(), &set);
        let mut part = UpTo::new(encoding, Some(Tag::new(0x0020, 0)), Limits::IDENTIFIER);
        for bytes in bytes.chunks(7) {
            if !part.push(bytes).unwrap() {
                break;
            }
        }
        let front = part.finish().unwrap();
        let expected: Vec<_> = set.iter().filter(|(tag, _)| tag.group < 0x20).collect();
        prop_assert_eq!(front.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_written_as_json_is_read(set in data_set()) {
        let json = to_json(&set).unwrap();
        let back = from_json(&json, Limits::IDENTIFIER).unwrap();
        prop_assert_eq!(to_json(&back).unwrap(), json);
        let bytes = |set| write(set, Encoding::of(&uids::EXPLICIT_VR_LITTLE_ENDIAN)).unwrap();
        prop_assert_eq!(bytes(&back), bytes(&set));
    }

    /// Of bytes that are nearly a data set: no panic, and what is read can be written and read again.
    #[test]
    fn nearly_a_data_set(tree in vec(element(), 0..4), elements in elements(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = Vec::new();
        for element in &tree {
            encode(element, elements, &mut bytes);
        }
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let encoding = Encoding { elements, deflated: false, encapsulated: false };
        let Ok(set) = read(&bytes, encoding, Limits::IDENTIFIER) else { return Ok(()) };
        let explicit = Encoding { elements: Elements::ExplicitLittleEndian, deflated: false, encapsulated: true };
        if let Ok(written) = write(&set, explicit) {
            let again = read(&written, explicit, Limits::IDENTIFIER).unwrap();
            prop_assert_eq!(write(&again, explicit).unwrap(), written);
        }
        if let Ok(json) = to_json(&set) {
            let again = from_json(&json, Limits::IDENTIFIER).unwrap();
            prop_assert_eq!(to_json(&again).unwrap(), json);
        }
    }
}
