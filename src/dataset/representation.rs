//! The VR of an element whose own is not written, and how a value goes from one way of writing elements to another
//! (PS3.5 6.2.2, 7.3, 8.1.2, 8.3, A.1). Data sets in memory and those that are converted on their way ask here alike.

use super::dictionary::{self, Entry};
use super::encoding::Elements;
use super::header::has_long_length;
use super::vr::{self, VR};
use crate::types::Tag;

/// Values on which the VRs of other elements depend; the nearest around an element counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Context {
    /// Pixel Representation (0028,0103): whether numbers that are compared with pixels have a sign.
    pub(super) pixel_representation: Option<u16>,
    /// Waveform Bits Allocated (5400,1004): whether the numbers that make up a waveform are bytes or words.
    pub(super) waveform_bits: Option<u16>,
}

/// The VR of an element whose own is not written; `None` where nobody knows.
pub(crate) fn vr_of(tag: Tag, context: Context) -> Option<VR> {
    Some(match dictionary::entry(tag)? {
        Entry::Vr(vr) => vr,
        Entry::UsOrSs if context.pixel_representation == Some(1) => VR::SS,
        Entry::UsOrSs => VR::US,
        Entry::UsOrOw => VR::OW,
        Entry::ObOrOw => bytes_or_words(tag, context),
    })
}

/// Whether [`vr_of`] this element may be another in another context.
pub(super) fn depends_on_context(tag: Tag) -> bool {
    match dictionary::entry(tag) {
        Some(Entry::UsOrSs) => true,
        Some(Entry::ObOrOw) => tag.group == WAVEFORMS,
        _ => false,
    }
}

/// OB or OW. Words where PS3.5 says so of Implicit VR Little Endian; of the rest nobody knows that they are words, and
/// as bytes they stay as they are.
fn bytes_or_words(tag: Tag, context: Context) -> VR {
    match (tag.group, tag.element, context.waveform_bits) {
        // Overlay Data is in the groups 6000 to 601E, and found in others up to 60FF.
        (0x7FE0, 0x0010, _) | (0x6000..=0x60FF, 0x3000, _) => VR::OW,
        // Waveform Data and Waveform Padding Value, Channel Minimum and Maximum Value.
        (WAVEFORMS, _, Some(bits)) if bits != 8 => VR::OW,
        _ => VR::OB,
    }
}

const WAVEFORMS: u16 = 0x5400;

/// A value as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// As it stands in the header, if VRs stand there.
    pub(super) vr: VR,
    /// How many bytes are turned round together; 1 where all stay as they are.
    pub(super) unit: usize,
}

/// Why a value cannot be put into another order of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unwritable {
    /// It is UN, or becomes UN: nobody knows, or will know, which bytes belong together.
    OrderUnknown,
    /// It is no whole number of values of so many bytes each.
    Uneven(usize),
}

/// How a value of `length` bytes and this VR goes from one way of writing elements to another.
pub(super) fn written(
    tag: Tag,
    vr: VR,
    length: u64,
    from: Elements,
    to: Elements,
) -> Result<Written, Unwritable> {
    // PS3.5 6.2.2: what is too long for the two bytes of its VR's length is UN. The greatest of these lengths is odd.
    let is_too_long = to.is_explicit() && !has_long_length(vr.letters()) && length >= u64::from(u16::MAX);
    let written = if is_too_long { VR::UN } else { vr };
    if from.is_big_endian() == to.is_big_endian() || length <= 1 {
        return Ok(Written { vr: written, unit: 1 });
    }
    if written == VR::UN && !is_order_free(tag, vr) {
        return Err(Unwritable::OrderUnknown);
    }
    let unit = vr::unit(vr);
    if usize::try_from(length).is_ok_and(|length| !length.is_multiple_of(unit)) {
        return Err(Unwritable::Uneven(unit));
    }
    Ok(Written { vr: written, unit })
}

/// Whether the bytes of an element with this VR are the same in every order. Of UN, where they are as PS3.6 knows it.
pub(super) fn is_order_free(tag: Tag, vr: VR) -> bool {
    let vr = if vr == VR::UN { dictionary::entry(tag) } else { Some(Entry::Vr(vr)) };
    matches!(vr, Some(Entry::Vr(vr)) if vr::unit(vr) == 1 && !matches!(vr, VR::UN | VR::SQ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Elements::{
        ExplicitBigEndian as Big, ExplicitLittleEndian as Little, ImplicitLittleEndian as Implicit,
    };

    #[test]
    fn elements_that_do_not_say_their_vr() {
        let unknown = Context::default();
        let signed = Context { pixel_representation: Some(1), ..unknown };
        let bytes = Context { waveform_bits: Some(8), ..unknown };
        let words = Context { waveform_bits: Some(16), ..unknown };
        for (group, element, context, expected) in [
            (0x0010, 0x0010, unknown, Some(VR::PN)),
            (0x0009, 0x0010, unknown, Some(VR::LO)),
            (0x0009, 0x00FF, unknown, Some(VR::LO)),
            (0x0009, 0x0100, unknown, None),
            (0x0009, 0x1001, unknown, None),
            (0x0008, 0x0009, unknown, None),
            (0x0028, 0x0106, unknown, Some(VR::US)),
            (0x0028, 0x0106, signed, Some(VR::SS)),
            (0x0028, 0x0071, signed, Some(VR::SS)),
            (0x0028, 0x3002, signed, Some(VR::SS)),
            (0x0028, 0x3006, signed, Some(VR::OW)),
            (0x7FE0, 0x0010, bytes, Some(VR::OW)),
            (0x6000, 0x3000, unknown, Some(VR::OW)),
            (0x601E, 0x3000, unknown, Some(VR::OW)),
            (0x5000, 0x3000, words, Some(VR::OB)),
            (0x5002, 0x0010, unknown, Some(VR::US)),
            (0x5000, 0x200C, unknown, Some(VR::OB)),
            (0x5400, 0x1010, unknown, Some(VR::OB)),
            (0x5400, 0x1010, bytes, Some(VR::OB)),
            (0x5400, 0x1010, words, Some(VR::OW)),
            (0x5400, 0x100A, words, Some(VR::OW)),
            (0x0008, 0x0001, unknown, Some(VR::UL)),
        ] {
            let tag = Tag::new(group, element);
            assert_eq!(vr_of(tag, context), expected, "{tag}");
        }
    }

    #[test]
    fn the_order_of_bytes_changes_by_vr() {
        let tag = Tag::new(0x0009, 0x1001);
        for (vr, unit) in [
            (VR::AT, 2),
            (VR::US, 2),
            (VR::SS, 2),
            (VR::OW, 2),
            (VR::UL, 4),
            (VR::SL, 4),
            (VR::FL, 4),
            (VR::OF, 4),
            (VR::OL, 4),
            (VR::FD, 8),
            (VR::OD, 8),
            (VR::OV, 8),
            (VR::SV, 8),
            (VR::UV, 8),
            (VR::OB, 1),
            (VR::UI, 1),
            (VR::PN, 1),
            (VR::UT, 1),
        ] {
            for (from, to) in [(Little, Big), (Big, Little), (Implicit, Big), (Big, Implicit)] {
                assert_eq!(written(tag, vr, 16, from, to), Ok(Written { vr, unit }), "{vr:?}");
                let expected =
                    if unit > 2 { Err(Unwritable::Uneven(unit)) } else { Ok(Written { vr, unit }) };
                assert_eq!(written(tag, vr, 18, from, to), expected, "{vr:?}");
            }
            for (from, to) in [(Little, Implicit), (Big, Big), (Implicit, Little), (Implicit, Implicit)] {
                assert_eq!(written(tag, vr, 18, from, to), Ok(Written { vr, unit: 1 }), "{vr:?}");
            }
        }
    }

    #[test]
    fn bytes_that_nobody_knows_stay_in_their_order() {
        let private = Tag::new(0x0009, 0x1001);
        assert_eq!(written(private, VR::UN, 2, Little, Big), Err(Unwritable::OrderUnknown));
        assert_eq!(written(private, VR::UN, 2, Big, Implicit), Err(Unwritable::OrderUnknown));
        assert_eq!(written(private, VR::UN, 0, Little, Big), Ok(Written { vr: VR::UN, unit: 1 }));
        assert_eq!(written(private, VR::UN, 2, Little, Implicit), Ok(Written { vr: VR::UN, unit: 1 }));
        let name = Tag::new(0x0010, 0x0010);
        assert_eq!(written(name, VR::UN, 2, Little, Big), Ok(Written { vr: VR::UN, unit: 1 }));
        let rows = Tag::new(0x0028, 0x0010);
        assert_eq!(written(rows, VR::UN, 2, Little, Big), Err(Unwritable::OrderUnknown));
        let sequence = Tag::new(0x0040, 0x0275);
        assert_eq!(written(sequence, VR::UN, 2, Little, Big), Err(Unwritable::OrderUnknown));
    }

    #[test]
    fn what_is_too_long_for_its_vr_is_unknown() {
        let (name, rows) = (Tag::new(0x0010, 0x0010), Tag::new(0x0028, 0x0010));
        let kept = |vr| Ok(Written { vr, unit: 1 });
        assert_eq!(written(name, VR::PN, 65_534, Implicit, Little), kept(VR::PN));
        assert_eq!(written(name, VR::PN, 65_536, Implicit, Little), kept(VR::UN));
        assert_eq!(written(name, VR::PN, 65_536, Implicit, Implicit), kept(VR::PN));
        assert_eq!(written(name, VR::UT, 65_536, Implicit, Little), kept(VR::UT));
        assert_eq!(written(name, VR::PN, 65_536, Implicit, Big), kept(VR::UN));
        assert_eq!(written(rows, VR::US, 65_536, Implicit, Little), kept(VR::UN));
        assert_eq!(written(rows, VR::US, 65_536, Implicit, Big), Err(Unwritable::OrderUnknown));
    }
}
