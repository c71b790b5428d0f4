//! Data sets as trees, written down by a writer of their own that is as simple as it can be, and garbage that looks like
//! one; for the tests of what holds for every data set.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use dimse::dataset::encoding::Elements;
use dimse::types::Tag;
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Debug, Clone)]
pub(crate) enum Element {
    Value {
        tag: Tag,
        vr: [u8; 2],
        value: Vec<u8>,
    },
    Sequence {
        tag: Tag,
        has_length: bool,
        items: Vec<Item>,
    },
    /// A sequence as UN of undefined length: implicit inside (PS3.5 6.2.2), or against the rule explicit.
    Unknown {
        tag: Tag,
        inside: Elements,
        items: Vec<Item>,
    },
    PixelData {
        fragments: Vec<Vec<u8>>,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) has_length: bool,
    pub(crate) elements: Vec<Element>,
}

/// Such elements as `leaf` makes them, and sequences of them; `inside` is how those are written that are UN.
pub(crate) fn element<L, I>(leaf: L, inside: I) -> impl Strategy<Value = Element>
where
    L: Strategy<Value = Element> + 'static,
    I: Strategy<Value = Elements> + Clone + 'static,
{
    leaf.prop_recursive(4, 40, 4, move |inner| {
        let item = (any::<bool>(), vec(inner, 0..4))
            .prop_map(|(has_length, elements)| Item { has_length, elements });
        let tag = any::<u16>().prop_map(private);
        prop_oneof![
            2 => (tag.clone(), any::<bool>(), vec(item.clone(), 0..3))
                .prop_map(|(tag, has_length, items)| Element::Sequence { tag, has_length, items }),
            1 => (tag, inside.clone(), vec(item, 0..3))
                .prop_map(|(tag, inside, items)| Element::Unknown { tag, inside, items }),
        ]
    })
}

/// Neither a delimiter nor padding, nor a group length or a private creator.
pub(crate) fn private(element: u16) -> Tag {
    Tag::new(0x0009, element.max(0x0100))
}

pub(crate) fn encode(element: &Element, elements: Elements, out: &mut Vec<u8>) {
    match element {
        Element::Value { tag, vr, value } => {
            header(*tag, Some(vr), Some(value.len()), elements, out);
            out.extend_from_slice(value);
        }
        Element::Sequence { tag, has_length, items } => {
            let value = encode_items(items, elements);
            header(*tag, Some(b"SQ"), has_length.then_some(value.len()), elements, out);
            out.extend_from_slice(&value);
            if !has_length {
                header(SEQUENCE_DELIMITATION, None, Some(0), elements, out);
            }
        }
        Element::Unknown { tag, inside, items } => {
            header(*tag, Some(b"UN"), None, elements, out);
            // Its own items and delimiters are the same in both.
            out.extend_from_slice(&encode_items(items, *inside));
            header(SEQUENCE_DELIMITATION, None, Some(0), *inside, out);
        }
        Element::PixelData { fragments } => {
            header(Tag::new(0x7FE0, 0x0010), Some(b"OB"), None, elements, out);
            for fragment in fragments {
                header(ITEM, None, Some(fragment.len()), elements, out);
                out.extend_from_slice(fragment);
            }
            header(SEQUENCE_DELIMITATION, None, Some(0), elements, out);
        }
    }
}

fn encode_items(items: &[Item], elements: Elements) -> Vec<u8> {
    let mut out = Vec::new();
    for Item { has_length, elements: inside } in items {
        let mut value = Vec::new();
        for element in inside {
            encode(element, elements, &mut value);
        }
        header(ITEM, None, has_length.then_some(value.len()), elements, &mut out);
        out.extend_from_slice(&value);
        if !has_length {
            header(ITEM_DELIMITATION, None, Some(0), elements, &mut out);
        }
    }
    out
}

const ITEM: Tag = Tag::new(0xFFFE, 0xE000);
const ITEM_DELIMITATION: Tag = Tag::new(0xFFFE, 0xE00D);
const SEQUENCE_DELIMITATION: Tag = Tag::new(0xFFFE, 0xE0DD);

fn header(tag: Tag, vr: Option<&[u8; 2]>, length: Option<usize>, elements: Elements, out: &mut Vec<u8>) {
    let length = length.map_or(u32::MAX, |length| u32::try_from(length).unwrap());
    let big = elements == Elements::ExplicitBigEndian;
    let short = |number: u16| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    let long = |number: u32| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    out.extend_from_slice(&short(tag.group));
    out.extend_from_slice(&short(tag.element));
    match vr.filter(|_| elements != Elements::ImplicitLittleEndian) {
        Some(vr) if is_short(*vr) => {
            out.extend_from_slice(vr);
            out.extend_from_slice(&short(u16::try_from(length).unwrap()));
        }
        Some(vr) => {
            out.extend_from_slice(vr);
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(&long(length));
        }
        None => out.extend_from_slice(&long(length)),
    }
}

/// Whether the length of a value of this VR has two bytes: of those that the tests use.
pub(crate) fn is_short(vr: [u8; 2]) -> bool {
    [*b"AE", *b"AT", *b"FD", *b"FL", *b"PN", *b"SL", *b"SS", *b"UI", *b"UL", *b"US"].contains(&vr)
}

/// Garbage that looks like a data set: many tags, VRs and lengths that mean something.
pub(crate) fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        2 => vec(any::<u8>(), 0..12),
        2 => Just(b"\xFE\xFF\x00\xE0".to_vec()),
        1 => Just(b"\xFE\xFF\x0D\xE0\0\0\0\0".to_vec()),
        1 => Just(b"\xFE\xFF\xDD\xE0\0\0\0\0".to_vec()),
        2 => Just(b"\xFF\xFF\xFF\xFF".to_vec()),
        1 => Just(b"\xFE\xFF\xFF\xFF".to_vec()),
        1 => Just(b"\0\0\0\0".to_vec()),
        1 => Just(b"\x10\0\0\0".to_vec()),
        1 => Just(b"\x40\0\x75\x02SQ\0\0\xFF\xFF\xFF\xFF".to_vec()),
        1 => Just(b"\x09\0\x05\0UN\0\0\xFF\xFF\xFF\xFF".to_vec()),
        1 => Just(b"\x40\0\x75\x02\xFF\xFF\xFF\xFF".to_vec()),
        1 => Just(b"\x08\0\x60\0CS\x02\0AB".to_vec()),
        1 => Just(b"\x08\0\x60\0\x02\0\0\0AB".to_vec()),
        1 => Just(b"\x09\0\x03\x10PN\0\0".to_vec()),
    ];
    vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}
