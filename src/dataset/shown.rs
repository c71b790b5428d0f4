//! How elements are really written, where that is another way than is said of them: explicit VRs where they should be
//! implicit, in a UN of undefined length (PS3.5 6.2.2 note 4) above all, and the other way round.

use super::dictionary::{self, Entry};
use super::encoding::Elements;
use super::header::{DELIMITERS, Header, has_long_length, is_known};
use super::vr::VR;

/// Whether an element has an explicit VR where it should have none, by what of its header comes first. The reader, the
/// scanner and the converter all ask this of the first element of an item.
///
/// Two letters where the length should be are a length by chance only. Lengths are even (PS3.5 7.1.1), and most that
/// look like a VR are not; those that are even and have two zeros behind them, an empty value then, are believed to be
/// what the standard says, unless it is the VR that the dictionary has for the element.
pub(super) fn begins_with_vr(front: [u8; Header::SHORT]) -> bool {
    let [a, b, c, d, first, second, high @ ..] = front;
    let Some(vr) = VR::from_letters([first, second]) else { return false };
    let tag = Header::read([a, b, c, d, first, second, 0, 0, 0, 0, 0, 0], Elements::ImplicitLittleEndian).tag;
    let may_be_length = first % 2 == 0 && high == [0, 0];
    tag.group != DELIMITERS && (!may_be_length || dictionary::entry(tag) == Some(Entry::Vr(vr)))
}

/// How the elements in `bytes` are really written: others than `said` only where by that they cannot be.
pub(super) fn shown(bytes: &[u8], said: Elements) -> Elements {
    let Some((header, size)) = Header::first(bytes, said) else { return said };
    let is_delimiter = header.tag.group == DELIMITERS;
    let fits = |length: Option<u32>, size: usize| match length {
        Some(length) => {
            usize::try_from(length).is_ok_and(|length| length <= bytes.len().saturating_sub(size))
        }
        None => true,
    };
    let other = match header.vr {
        // No capital letters where the VR should be.
        Some(vr) if said == Elements::ExplicitLittleEndian && !has_long_length(vr) && !is_known(vr) => {
            Elements::ImplicitLittleEndian
        }
        None if !is_delimiter
            && (!fits(header.length, size)
                || bytes.first_chunk().is_some_and(|front| begins_with_vr(*front))) =>
        {
            Elements::ExplicitLittleEndian
        }
        _ => return said,
    };
    match Header::first(bytes, other) {
        Some((header, size)) if fits(header.length, size) && header.vr.is_none_or(is_known) => other,
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_where_a_length_should_be() {
        for (front, expected) in [
            // No length is odd.
            (b"\x09\0\x01\x10SH\0\0", true),
            (b"\x09\0\x01\x10OB\0\0", true),
            (b"\x09\0\x01\x10SQ\0\0", true),
            // A length of 151,120 bytes, or the VR with one of two.
            (b"\x09\0\x01\x10PN\x02\0", true),
            // A length of 20,048 bytes, or an empty value.
            (b"\x09\0\x01\x10PN\0\0", false),
            (b"\x08\0\x60\0PN\0\0", false),
            (b"\x10\0\x10\0PN\0\0", true),
            // No VRs.
            (b"\x09\0\x01\x10ZZ\0\0", false),
            (b"\x09\0\x01\x10\x04\0\0\0", false),
            (b"\x09\0\x01\x10\xFF\xFF\xFF\xFF", false),
            (b"\xFE\xFF\x0D\xE0SH\0\0", false),
        ] {
            assert_eq!(begins_with_vr(*front), expected, "{}", front.escape_ascii());
        }
    }

    /// As much as there is behind it makes no difference to what the first bytes show.
    #[test]
    fn what_is_there_decides_only_where_the_letters_do_not() {
        let name = b"\x09\0\x01\x10PN\x02\0AB";
        let empty = b"\x09\0\x01\x10PN\0\0";
        for behind in [0, 30_000, 200_000] {
            let shown =
                |front: &[u8]| shown(&[front, &vec![0; behind]].concat(), Elements::ImplicitLittleEndian);
            assert_eq!(shown(name), Elements::ExplicitLittleEndian, "{behind}");
            let is_explicit = shown(empty) == Elements::ExplicitLittleEndian;
            assert_eq!(is_explicit, behind == 0, "a length of 20,048 bytes does not fit");
        }
    }
}
