//! What holds for the conversion of every data set, in every split, and of every kind of garbage.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod converting;
mod trees;

use converting::{ALL, BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, convert, convert_cut};
use dimse::dataset::convert::NotConvertible;
use dimse::dataset::encoding::{Elements, Encoding};
use dimse::dataset::limits::Limits;
use dimse::dataset::read::read;
use dimse::dataset::scan::{End, Scanner};
use dimse::dataset::write::write;
use dimse::types::{Tag, Uid};
use proptest::collection::vec;
use proptest::prelude::*;
use trees::{Element, encode, garbage};

// ---- a data set, as a tree ------------------------------------------------------------------------------------------

const VRS: [&[u8; 2]; 16] = [
    b"AE", b"AT", b"FD", b"FL", b"OB", b"OL", b"OV", b"OW", b"PN", b"SL", b"SS", b"SV", b"UI", b"UL", b"US",
    b"UT",
];

/// Private elements; and some that the dictionary knows, or that say something of others. Those have no VR that, empty,
/// could be a length where it is not expected.
fn tag_and_vr() -> impl Strategy<Value = (Tag, [u8; 2])> {
    let known = vec![
        (0x0009, 0x0010),
        (0x0009, 0x00FF),
        (0x0028, 0x0103),
        (0x0028, 0x0106),
        (0x5400, 0x1004),
        (0x7FE0, 0x0010),
    ];
    let odd = VRS.into_iter().filter(|[first, _]| first % 2 == 1).collect::<Vec<_>>();
    prop_oneof![
        (prop::sample::select(known), prop::sample::select(odd)),
        ((Just(0x0009), 0x0100_u16..), prop::sample::select(VRS.to_vec())),
    ]
    .prop_map(|((group, element), vr)| (Tag::new(group, element), *vr))
}

fn element() -> impl Strategy<Value = Element> {
    // Eight bytes are whole numbers of every VR.
    let value = (tag_and_vr(), prop_oneof![Just(0_usize), Just(8), Just(24)])
        .prop_flat_map(|(tag_and_vr, length)| (Just(tag_and_vr), vec(any::<u8>(), length)))
        .prop_map(|((tag, vr), value)| Element::Value { tag, vr, value });
    let representation = any::<u8>().prop_map(|number| Element::Value {
        tag: Tag::new(0x0028, 0x0103),
        vr: *b"US",
        value: vec![number % 2, 0],
    });
    let inside = prop_oneof![
        2 => Just(Elements::ImplicitLittleEndian),
        1 => Just(Elements::ExplicitLittleEndian),
    ];
    trees::element(prop_oneof![5 => value, 1 => representation], inside)
}

fn data_set() -> impl Strategy<Value = Vec<u8>> {
    vec(element(), 0..6).prop_map(|elements| {
        let mut bytes = Vec::new();
        for element in &elements {
            encode(element, Elements::ExplicitLittleEndian, &mut bytes);
        }
        bytes
    })
}

fn syntax() -> impl Strategy<Value = Uid> {
    prop::sample::select(ALL.to_vec())
}

// ---- what holds -----------------------------------------------------------------------------------------------------

/// The scanner, which is the other one that follows elements, finds the result whole.
fn assert_whole(syntax: &Uid, converted: &[u8]) {
    let elements = Encoding::of(syntax).elements;
    let mut scanner = Scanner::new(elements);
    if *syntax == DEFLATED {
        scanner.push(&convert(&DEFLATED, &EXPLICIT, converted).unwrap(), &mut ());
    } else {
        scanner.push(converted, &mut ());
    }
    assert_eq!(scanner.end(), End::Whole);
}

/// The reader, which is the third, finds the same elements and values before and after; not always the same VRs, since it
/// sees a whole data set before it says what depends on others.
fn assert_same_to_the_reader(data_set: &[u8], to: &Uid, converted: &[u8]) {
    // Two elements may have one tag here, which it refuses.
    let Ok(before) = read(data_set, Encoding::of(&EXPLICIT), Limits::FILE) else { return };
    let after = read(converted, Encoding::of(to), Limits::FILE).unwrap();
    let without_vrs = |set| write(set, Encoding::of(&IMPLICIT)).unwrap();
    assert_eq!(without_vrs(&after), without_vrs(&before));
}

/// What came out comes out again, and by way of others it comes back.
fn assert_stable(syntax: &Uid, converted: &[u8]) {
    assert_eq!(convert(syntax, syntax, converted).unwrap(), converted);
    for by in &ALL {
        // VRs that are lost do not come back.
        let keeps = *by != IMPLICIT || *syntax == IMPLICIT;
        match convert(syntax, by, converted) {
            Ok(there) if keeps => assert_eq!(convert(by, syntax, &there).unwrap(), converted, "by {by}"),
            Ok(there) => {
                if let Ok(back) = convert(by, syntax, &there) {
                    let again = convert(syntax, by, &back).unwrap();
                    assert_eq!(convert(by, syntax, &again).unwrap(), back, "by {by} again");
                }
            }
            Err(error) => {
                let is_of_order = matches!(error, NotConvertible::Unknown(_) | NotConvertible::Uneven { .. });
                assert!(is_of_order && (*by == BIG_ENDIAN) != (*syntax == BIG_ENDIAN), "by {by}: {error}");
            }
        }
    }
}

proptest! {
    #[test]
    fn data_sets_are_converted_and_stay_as_they_became(
        data_set in data_set(), to in syntax(), step in 1..40_usize, room in 1..40_usize,
    ) {
        let normal = convert(&EXPLICIT, &EXPLICIT, &data_set).unwrap();
        prop_assert_eq!(convert(&EXPLICIT, &EXPLICIT, &normal).unwrap(), &normal[..]);
        let Ok(converted) = convert(&EXPLICIT, &to, &data_set) else {
            // What is unknown has bytes in it that are unknown.
            prop_assert_eq!(&to, &BIG_ENDIAN);
            prop_assert!(data_set.windows(2).any(|vr| vr == b"UN"));
            return Ok(());
        };
        prop_assert_eq!(convert(&EXPLICIT, &to, &normal).unwrap(), &converted[..]);
        prop_assert_eq!(convert_cut(&EXPLICIT, &to, &data_set, step, room).unwrap(), &converted[..]);
        assert_whole(&to, &converted);
        assert_same_to_the_reader(&data_set, &to, &converted);
        assert_stable(&to, &converted);
    }

    #[test]
    fn garbage_is_converted_or_refused_and_the_same_in_every_split(
        garbage in garbage(), from in syntax(), to in syntax(), step in 1..40_usize, room in 1..40_usize,
    ) {
        let input = if from == DEFLATED { stored(&garbage) } else { garbage };
        let converted = convert(&from, &to, &input);
        prop_assert_eq!(&convert_cut(&from, &to, &input, step, room), &converted);
        if let Ok(converted) = converted {
            // The most that becomes of anything: an item of length 0, and a sequence without items.
            prop_assert!(converted.len() <= 3 * input.len() + 8);
            assert_whole(&to, &converted);
            assert_stable(&to, &converted);
        }
    }

    #[test]
    fn garbage_is_no_deflate_stream(garbage in vec(any::<u8>(), 0..100), step in 1..40_usize, room in 1..40_usize) {
        let converted = convert(&DEFLATED, &EXPLICIT, &garbage);
        prop_assert_eq!(convert_cut(&DEFLATED, &EXPLICIT, &garbage, step, room), converted);
    }
}

/// One stored block (RFC 1951, 3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat()
}
