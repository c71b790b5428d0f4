//! How elements are really written, where that is another way than is said of them: explicit VRs where they should be
//! implicit, in a UN of undefined length (PS3.5 6.2.2 note 4) above all, and the other way round.

use super::dictionary::{self, Entry};
use super::encoding::Elements;
use super::header::{DELIMITERS, Header, has_long_length, is_known};
use super::vr::VR;
use crate::types::Tag;

/// Whether an element has an explicit VR where it should have none, by what of its header comes first. The reader, the
/// scanner and the converter all ask this of the first element of an item.
///
/// Two letters where the length should be are a length by chance only. Most VRs would be an odd one, and lengths are even
/// (PS3.5 7.1.1). The others are lengths of some 20,000 bytes, or of that and so many times 65,536, in front of all else in
/// the item: that is believed where the dictionary has another VR for the element.
pub(super) fn begins_with_vr(front: [u8; Header::SHORT]) -> bool {
    let [group_0, group_1, element_0, element_1, first, second, ..] = front;
    let Some(vr) = VR::from_letters([first, second]) else { return false };
    let short = |bytes| Elements::ImplicitLittleEndian.short(bytes);
    let tag = Tag::new(short([group_0, group_1]), short([element_0, element_1]));
    let may_be_length = first.is_multiple_of(2);
    let has_other = dictionary::entry(tag).is_some_and(|entry| entry != Entry::Vr(vr));
    tag.group != DELIMITERS && !(may_be_length && has_other)
}

/// How the elements of an item, or of whatever these bytes are all of, are really written: others than `said` only where
/// by that they cannot be.
pub(super) fn shown(bytes: &[u8], said: Elements) -> Elements {
    first_shows(bytes, said, true).unwrap_or(said)
}

/// Likewise of a data set, of which `front` is `all`, or what has come; `None` where more is wanted. A first element that
/// is longer than [`FRONT`] shows nothing, so that nobody has to wait for it: the answer is always the same for the same
/// data set.
pub(super) fn shown_by_front(front: &[u8], said: Elements, all: bool) -> Option<Elements> {
    match front.get(..FRONT) {
        Some(front) => first_shows(front, said, true),
        None => first_shows(front, said, all),
    }
}

/// How many bytes of a data set show how it is written.
const FRONT: usize = 64 * 1024;

/// `None` where it depends on what is behind `bytes`, if they are not `all`.
fn first_shows(bytes: &[u8], said: Elements, all: bool) -> Option<Elements> {
    let too_few = all.then_some(said);
    let Some((header, _)) = Header::first(bytes, said) else { return too_few };
    let other = match header.vr {
        // No capital letters where the VR should be.
        Some(vr) if said == Elements::ExplicitLittleEndian && !has_long_length(vr) && !is_known(vr) => {
            Elements::ImplicitLittleEndian
        }
        None if bytes.first_chunk().is_some_and(|front| begins_with_vr(*front)) => {
            Elements::ExplicitLittleEndian
        }
        _ => return Some(said),
    };
    let Some((header, size)) = Header::first(bytes, other) else { return too_few };
    if !header.vr.is_none_or(is_known) {
        return Some(said);
    }
    let left = bytes.len().saturating_sub(size);
    let fits = header.length.is_none_or(|length| usize::try_from(length).is_ok_and(|length| length <= left));
    if fits { Some(other) } else { too_few }
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
            (b"\x10\0\x10\0PN\0\0", true),
            // A patient's name where LUT data should be is not, and 20,048 bytes of those may be.
            (b"\x28\0\x06\x30PN\x02\0", false),
            (b"\x28\0\x06\x30PN\0\0", false),
            // But no odd number.
            (b"\x28\0\x06\x30UI\x02\0", true),
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
