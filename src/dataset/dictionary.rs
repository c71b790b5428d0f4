//! The data dictionary (PS3.6): keywords and VRs of elements.

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_dictionary_std::StandardDataDictionary;

use super::vr::VR;
use crate::types::Tag;

/// The keyword of a standard element, `PatientName`; that of a repeating group stands for all of them. `None` for what
/// PS3.6 does not have, private elements and group lengths.
#[must_use]
pub fn keyword(tag: Tag) -> Option<&'static str> {
    let is_listed = tag.group.is_multiple_of(2) && tag.element != 0;
    StandardDataDictionary.by_tag(theirs(tag)).filter(|_| is_listed).map(|entry| entry.alias)
}

/// The name of a standard element, `Patient's Name`.
#[must_use]
pub fn name(tag: Tag) -> Option<String> {
    keyword(tag).map(name_of)
}

/// A keyword is its name without what separates words, so most names can be told from theirs; the others are listed.
fn name_of(keyword: &str) -> String {
    /// Keyword, tab and name in each line, ascending.
    const OTHERS: &str = include_str!("names.txt");
    let listed = |line: &'static str| line.split_once('\t').filter(|(listed, _)| *listed == keyword);
    if let Some((_, name)) = OTHERS.lines().find_map(listed) {
        return name.to_owned();
    }
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

/// The element with this keyword; the first where the group repeats.
#[must_use]
pub fn tag(keyword: &str) -> Option<Tag> {
    let tag = StandardDataDictionary.by_name(keyword)?.tag();
    Some(Tag::new(tag.group(), tag.element())).filter(|tag| tag.element != 0)
}

/// The VR of an element, as far as its tag says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// One.
    Vr(VR),
    /// US or SS, as Pixel Representation (0028,0103) says.
    UsOrSs,
    /// OB or OW; OW where VRs are implicit (PS3.5 A.1).
    ObOrOw,
    /// US or OW.
    UsOrOw,
}

impl Entry {
    /// In the words of PS3.6.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Vr(vr) => vr.to_string(),
            Self::UsOrSs => "US or SS",
            Self::ObOrOw => "OB or OW",
            Self::UsOrOw => "US or OW",
        }
    }

    /// The VR where nobody says which; `is_signed` is that of pixels.
    #[must_use]
    pub fn settled(self, is_signed: bool) -> VR {
        match self {
            Self::Vr(vr) => vr,
            Self::UsOrSs if is_signed => VR::SS,
            Self::UsOrSs => VR::US,
            Self::ObOrOw | Self::UsOrOw => VR::OW,
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
        _ => Some(match StandardDataDictionary.by_tag(theirs(tag))?.vr() {
            VirtualVr::Exact(vr) => Entry::Vr(vr),
            VirtualVr::Xs => Entry::UsOrSs,
            VirtualVr::Lt => Entry::UsOrOw,
            _ => Entry::ObOrOw,
        }),
    }
}

fn theirs(tag: Tag) -> dicom_core::Tag {
    dicom_core::Tag(tag.group, tag.element)
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
        ] {
            assert_eq!(super::tag(keyword), Some(tag));
            assert_eq!(super::keyword(tag), Some(keyword));
        }
        assert_eq!(keyword(Tag::new(0x6002, 0x3000)), Some("OverlayData"));
        for tag in [
            Tag::new(0x0009, 0x0010),
            Tag::new(0x0010, 0),
            Tag::new(0x0009, 0x1001),
            Tag::new(0x0010, 0x0009),
        ] {
            assert_eq!(keyword(tag), None, "{tag}");
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
        ] {
            let tag = Tag::new(group, element);
            assert_eq!(entry(tag).map(Entry::words), Some(words), "{tag}");
        }
        assert_eq!(entry(Tag::new(0x0009, 0x1001)), None);
        assert_eq!(entry(Tag::new(0x0010, 0x0009)), None);
    }
}
