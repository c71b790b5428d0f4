//! The data dictionary (PS3.6): keywords, names and VRs of elements.

use std::sync::LazyLock;

use super::vr::VR;
use crate::types::Tag;

/// The keyword of a standard element, `PatientName`; that of a repeating group stands for all of them. `None` for what
/// PS3.6 does not have, private elements and group lengths.
#[must_use]
pub fn keyword(tag: Tag) -> Option<&'static str> {
    line(tag).map(|line| line.keyword)
}

/// The name of a standard element, `Patient's Name`.
#[must_use]
pub fn name(tag: Tag) -> Option<String> {
    line(tag).map(|line| line.name.map_or_else(|| name_of(line.keyword), str::to_owned))
}

/// The element with this keyword; the first where it repeats.
#[must_use]
pub fn tag(keyword: &str) -> Option<Tag> {
    let at = DICTIONARY.by_keyword.binary_search_by_key(&keyword, |line| line.keyword).ok()?;
    DICTIONARY.by_keyword.get(at).and_then(first)
}

/// The VR of an element, as far as its tag says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// One.
    Vr(VR),
    /// US or SS, as Pixel Representation (0028,0103) says.
    UsOrSs,
    /// OB or OW.
    ObOrOw,
    /// US or OW.
    UsOrOw,
}

impl Entry {
    /// In the words of PS3.6.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Vr(vr) => vr.as_str(),
            Self::UsOrSs => "US or SS",
            Self::ObOrOw => "OB or OW",
            Self::UsOrOw => "US or OW",
        }
    }

    /// Whether an element may have this VR.
    #[must_use]
    pub fn allows(self, vr: VR) -> bool {
        match self {
            Self::Vr(own) => vr == own,
            Self::UsOrSs => vr == VR::US || vr == VR::SS,
            Self::ObOrOw => vr == VR::OB || vr == VR::OW,
            Self::UsOrOw => vr == VR::US || vr == VR::OW,
        }
    }
}

/// What the tag says of the VR: of standard elements, private creators (PS3.5 7.8.1) and group lengths; `None` for
/// others.
#[must_use]
pub fn entry(tag: Tag) -> Option<Entry> {
    match (tag.group % 2, tag.element) {
        (_, 0) => Some(Entry::Vr(VR::UL)),
        (1, 0x0010..=0x00FF) => Some(Entry::Vr(VR::LO)),
        (1, _) => None,
        _ => line(tag).map(|line| line.entry),
    }
}

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(Dictionary::new);

/// The lines of the table, ascending by tag and by keyword.
struct Dictionary {
    by_tag: Vec<Line>,
    by_keyword: Vec<Line>,
}

/// An element of the table.
#[derive(Clone, Copy)]
struct Line {
    /// With 0 for the digits that repeat.
    tag: Tag,
    /// The bits of those that do not.
    digits: u32,
    entry: Entry,
    keyword: &'static str,
    /// Where it cannot be told from the keyword.
    name: Option<&'static str>,
}

impl Dictionary {
    /// PS3.6 sections 6, 7, 8 and 9 and PS3.7 annex E: a tag, with an x for each digit that repeats, a VR, a keyword, and a
    /// name where it cannot be told from that. "xs" is US or SS, "ox" OB or OW, "lt" US or OW.
    const TABLE: &str = include_str!("dictionary.txt");

    fn new() -> Self {
        let mut by_tag: Vec<Line> = Self::TABLE.lines().filter_map(Line::read).collect();
        by_tag.sort_unstable_by_key(|line| (line.digits, line.tag));
        let mut by_keyword = by_tag.clone();
        by_keyword.sort_unstable_by_key(|line| line.keyword);
        Self { by_tag, by_keyword }
    }

    /// That with this tag, in which only these digits count.
    fn line(&self, tag: Tag, digits: u32) -> Option<Line> {
        let [a, b, c, d] = (number(tag) & digits).to_be_bytes();
        let tag = Tag::new(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let at = self.by_tag.binary_search_by_key(&(digits, tag), |line| (line.digits, line.tag)).ok()?;
        self.by_tag.get(at).copied()
    }
}

/// All digits of a tag.
const ALL: u32 = 0xFFFF_FFFF;

/// Those that count where others repeat: of overlays and curves (PS3.5 7.6), and of what is retired.
const REPEATING: [u32; 5] = [0xFF00_FFFF, 0xFFFF_FF00, 0xFFFF_FF0F, 0xFFFF_000F, 0xFFFF_0000];

fn number(tag: Tag) -> u32 {
    u32::from(tag.group) << 16 | u32::from(tag.element)
}

impl Line {
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.splitn(4, ' ');
        let (tag, vr, keyword) = (fields.next()?, fields.next()?, fields.next()?);
        let tag_of = |x: &str| {
            let [a, b, c, d] = u32::from_str_radix(&tag.replace('x', x), 16).ok()?.to_be_bytes();
            Some(Tag::new(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
        };
        // A digit that does not count is 0 in one and F in the other.
        let (tag, last) = (tag_of("0")?, tag_of("F")?);
        let digits = !(number(tag) ^ number(last));
        let entry = match vr {
            "xs" => Entry::UsOrSs,
            "ox" => Entry::ObOrOw,
            "lt" => Entry::UsOrOw,
            vr => Entry::Vr(VR::from_letters(vr.as_bytes().try_into().ok()?)?),
        };
        Some(Self { tag, digits, entry, keyword, name: fields.next() })
    }
}

/// The line of the table that `tag` is on.
fn line(tag: Tag) -> Option<Line> {
    let found = DICTIONARY.line(tag, ALL);
    // Private elements are nobody's but their creator's, and group lengths are no elements of these, in such groups too.
    // 7F00 to 7FDE repeat, and those behind do not.
    if found.is_some() || tag.group % 2 == 1 || tag.element == 0 || (0x7FE0..=0x7FFF).contains(&tag.group) {
        return found;
    }
    REPEATING.iter().find_map(|digits| DICTIONARY.line(tag, *digits))
}

/// The first element that is on `line`.
fn first(line: &Line) -> Option<Tag> {
    let is_on = |tag: &Tag| self::line(*tag).is_some_and(|found| found.keyword == line.keyword);
    let repeats = |step: u16| (0..=0xF).map(move |x| Tag::new(line.tag.group, line.tag.element | (x * step)));
    Some(line.tag).filter(is_on).or_else(|| repeats(1).chain(repeats(0x10)).find(is_on))
}

/// A keyword is its name without what separates words, so most names can be told from theirs.
fn name_of(keyword: &str) -> String {
    let mut name = String::with_capacity(keyword.len() + 8);
    let letters: Vec<char> = keyword.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let behind = letters.get(at + 1);
        let ends_a_word = before.is_some_and(|before| before.is_lowercase() || before.is_ascii_digit());
        let ends_letters =
            before.is_some_and(char::is_ascii_uppercase) && behind.is_some_and(|c| c.is_lowercase());
        if letter.is_uppercase() && (ends_a_word || ends_letters) {
            name.push(' ');
        }
        name.push(*letter);
    }
    for word in ["Of", "The", "And", "For", "To", "In", "On", "Or", "At", "Per"] {
        name = name.replace(&format!(" {word} "), &format!(" {} ", word.to_lowercase()));
    }
    name.replace("Date Time", "DateTime")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_and_tags() {
        for (keyword, tag) in [
            ("PatientName", Tag::new(0x0010, 0x0010)),
            ("ScheduledProcedureStepSequence", Tag::new(0x0040, 0x0100)),
            ("OverlayData", Tag::new(0x6000, 0x3000)),
            ("RowsForNthOrderCoefficients", Tag::new(0x0028, 0x0410)),
            ("EscapeTriplet", Tag::new(0x1000, 0x0010)),
            ("RunLengthTriplet", Tag::new(0x1000, 0x0001)),
            ("ZonalMap", Tag::new(0x1010, 0x0001)),
        ] {
            assert_eq!(super::tag(keyword), Some(tag));
            assert_eq!(super::keyword(tag), Some(keyword));
        }
        for (group, element, expected) in [
            (0x6002, 0x3000, "OverlayData"),
            (0x0020, 0x31AB, "SourceImageIDs"),
            (0x0028, 0x0400, "TransformLabel"),
            (0x0028, 0x04F1, "ColumnsForNthOrderCoefficients"),
            (0x0028, 0x0898, "ImageDataLocation"),
            (0x1000, 0xABC5, "ShiftTableTriplet"),
            (0x1010, 0xABCD, "ZonalMap"),
        ] {
            assert_eq!(keyword(Tag::new(group, element)), Some(expected));
        }
        for tag in [
            Tag::new(0x0009, 0x0010),
            Tag::new(0x0010, 0),
            Tag::new(0x0009, 0x1001),
            Tag::new(0x0010, 0x0009),
            Tag::new(0x6001, 0x3000),
            Tag::new(0x7F01, 0x0010),
            Tag::new(0x7FE2, 0x0010),
            Tag::new(0x0028, 0x08F1),
            Tag::new(0x1000, 0x0006),
            Tag::new(0x1000, 0),
            Tag::new(0x1010, 0),
        ] {
            assert_eq!((keyword(tag), super::name(tag)), (None, None), "{tag}");
        }
        assert_eq!(super::tag("GenericGroupLength"), None);
        assert_eq!(super::tag("patientname"), None);
    }

    #[test]
    fn names() {
        for (keyword, name) in [
            ("PatientName", "Patient's Name"),
            ("SOPInstanceUID", "SOP Instance UID"),
            ("FrameOfReferenceUID", "Frame of Reference UID"),
            ("AcquisitionDateTime", "Acquisition DateTime"),
            ("ImageOrientationPatient", "Image Orientation (Patient)"),
            ("XRayTubeCurrent", "X-Ray Tube Current"),
            ("OverlayData", "Overlay Data"),
        ] {
            assert_eq!(tag(keyword).and_then(super::name).as_deref(), Some(name));
        }
        assert_eq!(super::name(Tag::new(0x0009, 0x0010)), None);
    }

    #[test]
    fn value_representations() {
        for (group, element, words) in [
            (0x0010, 0x0010, "PN"),
            (0x0028, 0x0106, "US or SS"),
            (0x7FE0, 0x0010, "OB or OW"),
            (0x0028, 0x3006, "US or OW"),
            (0x0009, 0x0010, "LO"),
            (0x0008, 0x0000, "UL"),
            (0x6002, 0x3000, "OB or OW"),
            (0x0028, 0x0482, "LO"),
            (0x1010, 0x0004, "US"),
        ] {
            let tag = Tag::new(group, element);
            assert_eq!(entry(tag).map(Entry::words), Some(words), "{tag}");
        }
        assert_eq!(entry(Tag::new(0x0009, 0x1001)), None);
        assert_eq!(entry(Tag::new(0x0010, 0x0009)), None);
    }
}
