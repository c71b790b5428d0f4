//! How elements are really written, where that is another way than is said of them: explicit VRs where they should be
//! implicit, in a UN of undefined length (PS3.5 6.2.2 note 4) above all, and the other way round.

use super::encoding::Elements;
use super::header::{DELIMITERS, Header, has_long_length, is_known};

/// Whether an element has an explicit VR where it should have none, by what of its header comes first. The reader, the
/// scanner and the converter all ask this of the first element of an item.
///
/// Two letters where the length should be are a length by chance only: most VRs would be an odd one, which no length is
/// (PS3.5 7.1.1), and the others one of 16 KiB and more, in front of all else in the item.
pub(super) fn begins_with_vr(front: [u8; Header::SHORT]) -> bool {
    let [a, b, _, _, first, second, ..] = front;
    Elements::ImplicitLittleEndian.short([a, b]) != DELIMITERS && is_known([first, second])
}

/// How the elements in `bytes` are really written: others than `said` only where by that they cannot be.
pub(super) fn shown(bytes: &[u8], said: Elements) -> Elements {
    let Some((header, _)) = Header::first(bytes, said) else { return said };
    let other = match header.vr {
        // No capital letters where the VR should be.
        Some(vr) if said == Elements::ExplicitLittleEndian && !has_long_length(vr) && !is_known(vr) => {
            Elements::ImplicitLittleEndian
        }
        None if bytes.first_chunk().is_some_and(|front| begins_with_vr(*front)) => {
            Elements::ExplicitLittleEndian
        }
        _ => return said,
    };
    let Some((header, size)) = Header::first(bytes, other) else { return said };
    let left = bytes.len().saturating_sub(size);
    let fits = header.length.is_none_or(|length| usize::try_from(length).is_ok_and(|length| length <= left));
    if fits && header.vr.is_none_or(is_known) { other } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_where_a_length_should_be() {
        for (front, expected) in [
            (b"\x09\0\x01\x10SH\0\0", true),
            (b"\x09\0\x01\x10SQ\0\0", true),
            (b"\x09\0\x01\x10PN\x02\0", true),
            (b"\x09\0\x01\x10PN\0\0", true),
            // No VRs.
            (b"\x09\0\x01\x10ZZ\0\0", false),
            (b"\x09\0\x01\x10\x04\0\0\0", false),
            (b"\x09\0\x01\x10\xFF\xFF\xFF\xFF", false),
            (b"\xFE\xFF\x0D\xE0SH\0\0", false),
        ] {
            assert_eq!(begins_with_vr(*front), expected, "{}", front.escape_ascii());
        }
    }

    /// What is behind them could be the value that the letters are the length of, and that makes no difference.
    #[test]
    fn what_follows_has_no_say_unless_it_is_too_short() {
        let name = b"\x09\0\x01\x10PN\x04\0AB";
        for (behind, expected) in [
            (1, Elements::ImplicitLittleEndian),
            (2, Elements::ExplicitLittleEndian),
            (1 << 20, Elements::ExplicitLittleEndian),
        ] {
            let bytes = [&name[..], &vec![0; behind]].concat();
            assert_eq!(shown(&bytes, Elements::ImplicitLittleEndian), expected, "{behind}");
        }
    }
}
