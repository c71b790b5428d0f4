//! The header of an element: tag, VR and length (PS3.5 7.1). The one place where it is read, and where it is written.

use super::encoding::Elements;
use super::vr::VR;
use crate::types::Tag;

/// The tag, the VR as it is written, and the length in front of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The tag.
    pub tag: Tag,
    /// The VR as it is written; `None` where VRs are implicit, and of items and delimiters, which have none.
    pub vr: Option<[u8; 2]>,
    /// The length of the value; `None` is undefined length.
    pub length: Option<u32>,
}

impl Header {
    /// The least bytes of a header.
    pub const SHORT: usize = 8;
    /// Those where the length has a field of its own (PS3.5 table 7.1-1).
    pub const LONG: usize = 12;

    /// How long the header is that begins with these bytes.
    #[must_use]
    pub fn size(front: [u8; Self::SHORT], elements: Elements) -> usize {
        let [a, b, _, _, first, second, ..] = front;
        let has_vr = elements.is_explicit() && elements.short([a, b]) != DELIMITERS;
        if has_vr && has_long_length([first, second]) { Self::LONG } else { Self::SHORT }
    }

    /// The header that is in front of these bytes; of a short one the last four are not looked at.
    #[must_use]
    pub fn read(bytes: [u8; Self::LONG], elements: Elements) -> Self {
        let [group_0, group_1, element_0, element_1, a, b, c, d, rest @ ..] = bytes;
        let tag = Tag::new(elements.short([group_0, group_1]), elements.short([element_0, element_1]));
        let vr = (elements.is_explicit() && tag.group != DELIMITERS).then_some([a, b]);
        let length = match vr {
            Some(vr) if has_long_length(vr) => elements.long(rest),
            Some(_) => u32::from(elements.short([c, d])),
            None => elements.long([a, b, c, d]),
        };
        Self { tag, vr, length: (length != UNDEFINED).then_some(length) }
    }

    /// The header at the front of `bytes`, and how long it is; `None` where it is not all there.
    #[must_use]
    pub fn first(bytes: &[u8], elements: Elements) -> Option<(Self, usize)> {
        let size = Self::size(*bytes.first_chunk()?, elements);
        let mut front = [0; Self::LONG];
        front.split_at_mut_checked(size)?.0.copy_from_slice(bytes.get(..size)?);
        Some((Self::read(front, elements), size))
    }

    /// Writes it behind `out`. A length that its VR has no room for is cut off: see [`has_long_length`].
    pub fn write(&self, elements: Elements, out: &mut Vec<u8>) {
        out.extend_from_slice(&elements.short_bytes(self.tag.group));
        out.extend_from_slice(&elements.short_bytes(self.tag.element));
        let length = self.length.unwrap_or(UNDEFINED);
        match self.vr.filter(|_| elements.is_explicit() && self.tag.group != DELIMITERS) {
            Some(vr) if has_long_length(vr) => {
                out.extend_from_slice(&vr);
                out.extend_from_slice(&[0, 0]);
                out.extend_from_slice(&elements.long_bytes(length));
            }
            Some(vr) => {
                let [low, high, ..] = length.to_le_bytes();
                out.extend_from_slice(&vr);
                out.extend_from_slice(&elements.short_bytes(u16::from_le_bytes([low, high])));
            }
            None => out.extend_from_slice(&elements.long_bytes(length)),
        }
    }
}

/// The group of items and delimiters (PS3.5 7.5): they have no VR in any encoding.
pub const DELIMITERS: u16 = 0xFFFE;
/// Begins an item, or a fragment.
pub const ITEM: Tag = Tag::new(DELIMITERS, 0xE000);
/// Ends an item of undefined length.
pub const ITEM_DELIMITATION: Tag = Tag::new(DELIMITERS, 0xE00D);
/// Ends a sequence of undefined length, or the fragments.
pub const SEQUENCE_DELIMITATION: Tag = Tag::new(DELIMITERS, 0xE0DD);

const UNDEFINED: u32 = u32::MAX;

/// Whether the standard has this VR.
#[must_use]
pub fn is_known(vr: [u8; 2]) -> bool {
    VR::from_letters(vr).is_some()
}

/// A VR that we do not know has four bytes of length, as PS3.5 6.2 says of every new one; what is not two capital
/// letters is none, and is found in files with two bytes of length.
#[must_use]
pub fn has_long_length(vr: [u8; 2]) -> bool {
    vr.iter().all(u8::is_ascii_uppercase) && !has_short_length(vr)
}

/// The VRs of which the length has two bytes (PS3.5 table 7.1-2).
fn has_short_length(vr: [u8; 2]) -> bool {
    matches!(
        &vr,
        b"AE"
            | b"AS"
            | b"AT"
            | b"CS"
            | b"DA"
            | b"DS"
            | b"DT"
            | b"FD"
            | b"FL"
            | b"IS"
            | b"LO"
            | b"LT"
            | b"PN"
            | b"SH"
            | b"SL"
            | b"SS"
            | b"ST"
            | b"TM"
            | b"UI"
            | b"UL"
            | b"US"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use Elements::{
        ExplicitBigEndian as Big, ExplicitLittleEndian as Little, ImplicitLittleEndian as Implicit,
    };

    #[test]
    fn what_is_written_is_read() {
        let tag = Tag::new(0x0008, 0x0100);
        for (vr, length, elements, bytes) in [
            (Some(*b"SH"), Some(4), Little, &b"\x08\0\0\x01SH\x04\0"[..]),
            (Some(*b"SH"), Some(4), Big, b"\0\x08\x01\0SH\0\x04"),
            (Some(*b"UT"), Some(4), Little, b"\x08\0\0\x01UT\0\0\x04\0\0\0"),
            (Some(*b"SQ"), None, Big, b"\0\x08\x01\0SQ\0\0\xFF\xFF\xFF\xFF"),
            (None, Some(4), Implicit, b"\x08\0\0\x01\x04\0\0\0"),
        ] {
            let header = Header { tag, vr, length };
            let mut out = Vec::new();
            header.write(elements, &mut out);
            assert_eq!(out, bytes);
            assert_eq!(Header::first(&out, elements), Some((header, bytes.len())));
            assert_eq!(Header::first(&out[..bytes.len() - 1], elements), None);
        }
    }

    #[test]
    fn items_have_no_vr() {
        let header = Header { tag: ITEM, vr: None, length: None };
        for (elements, bytes) in
            [(Little, b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF"), (Big, b"\xFF\xFE\xE0\0\xFF\xFF\xFF\xFF")]
        {
            let mut out = Vec::new();
            header.write(elements, &mut out);
            assert_eq!(out, bytes);
            assert_eq!(Header::first(bytes, elements), Some((header, 8)));
        }
    }
}
