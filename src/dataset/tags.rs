//! Elements that this library itself looks at, and those that are in no data set.

use crate::types::Tag;

/// Specific Character Set: how text is written, in its own data set or item and in what is in it (PS3.3 C.12.1.1.2).
pub const SPECIFIC_CHARACTER_SET: Tag = Tag::new(0x0008, 0x0005);
/// Pixel Representation: whether pixels have a sign.
pub const PIXEL_REPRESENTATION: Tag = Tag::new(0x0028, 0x0103);
/// Waveform Bits Allocated: whether the numbers that make up a waveform are bytes or words.
pub const WAVEFORM_BITS_ALLOCATED: Tag = Tag::new(0x5400, 0x1004);
/// Where pixels begin, of every kind and with what says where they are (PS3.5 8): all of group 7FE0.
pub const PIXELS: Tag = Tag::new(0x7FE0, 0x0000);
/// Pixel Data.
pub const PIXEL_DATA: Tag = Tag::new(0x7FE0, 0x0010);

/// Why an element with this tag is not of a data set, but of what is around it; `None` where it may be.
#[must_use]
pub fn belongs_elsewhere(tag: Tag) -> Option<&'static str> {
    match tag.group {
        0x0000 => Some("elements of group 0000 are in commands only (PS3.7 6.3)"),
        0x0002 => Some("elements of group 0002 are in the header of a file only (PS3.10 7.1)"),
        0xFFFE => Some("items and delimiters are in sequences only (PS3.5 7.5)"),
        _ => None,
    }
}

/// Why an element with this tag must not be written, though some do; `None` where it may be.
#[must_use]
pub fn not_allowed(tag: Tag) -> Option<&'static str> {
    match (tag.group, tag.element) {
        (0x0001 | 0x0003 | 0x0005 | 0x0007 | 0xFFFF, _) => Some("no element has this group (PS3.5 7.8)"),
        (_, 0) => Some("group lengths are retired (PS3.5 7.2)"),
        (group, 0x0001..=0x000F) if group % 2 == 1 => {
            Some("no private element has this number (PS3.5 7.8.1)")
        }
        _ => belongs_elsewhere(tag),
    }
}
