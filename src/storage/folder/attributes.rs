//! What a path template needs of a data set, picked up while its bytes pass by.

use std::ops::ControlFlow;

use super::template::{Key, PathTemplate};
use crate::dataset::encoding::Encoding;
use crate::dataset::passing::Passing;
use crate::dataset::scan::{ElementHeader, Visitor, Wish};
use crate::types::{Tag, Uid};

/// The values that a template needs, as far as they have come.
///
/// A data set that is not encoded as its transfer syntax says has none of them: it is stored all the same, and only its
/// place shows it.
#[derive(Debug)]
pub(super) struct Attributes {
    values: Values,
    /// None as soon as there is nothing to look for any more.
    search: Option<Passing>,
}

impl Attributes {
    /// What `template` needs of a data set in `transfer_syntax`.
    pub(super) fn new(template: &PathTemplate, transfer_syntax: &Uid) -> Self {
        let slot = |key| if template.needs(key) { Slot::Wanted } else { Slot::NotWanted };
        let values =
            Values { modality: slot(Key::Modality), study: slot(Key::Study), series: slot(Key::Series) };
        let search = values
            .last_wanted()
            .map(|_| Passing::new(Encoding::of(transfer_syntax)).inflating_at_most(MOST_INFLATED));
        Self { values, search }
    }

    /// The next bytes of the data set.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if let Some(search) = &mut self.search
            && !search.push(bytes, &mut self.values)
        {
            self.search = None;
        }
    }

    /// Modality (0008,0060).
    pub(super) fn modality(&self) -> Option<&[u8]> {
        self.values.modality.value()
    }

    /// Study Instance UID (0020,000D).
    pub(super) fn study(&self) -> Option<&[u8]> {
        self.values.study.value()
    }

    /// Series Instance UID (0020,000E).
    pub(super) fn series(&self) -> Option<&[u8]> {
        self.values.series.value()
    }
}

const MODALITY: Tag = Tag::new(0x0008, 0x0060);
const STUDY: Tag = Tag::new(0x0020, 0x000D);
const SERIES: Tag = Tag::new(0x0020, 0x000E);

/// What is looked at of a value: more than the longest with its padding.
const LONGEST_VALUE: usize = 128;

/// The most bytes that are inflated for the sake of a name.
const MOST_INFLATED: usize = 1024 * 1024;

#[derive(Debug)]
struct Values {
    modality: Slot,
    study: Slot,
    series: Slot,
}

#[derive(Debug)]
enum Slot {
    NotWanted,
    Wanted,
    Found(Vec<u8>),
}

impl Slot {
    fn value(&self) -> Option<&[u8]> {
        match self {
            Self::Found(value) => Some(value),
            Self::NotWanted | Self::Wanted => None,
        }
    }
}

impl Values {
    fn slot(&mut self, tag: Tag) -> Option<&mut Slot> {
        match tag {
            MODALITY => Some(&mut self.modality),
            STUDY => Some(&mut self.study),
            SERIES => Some(&mut self.series),
            _ => None,
        }
    }

    /// The last tag that is still looked for.
    fn last_wanted(&self) -> Option<Tag> {
        let slots = [(SERIES, &self.series), (STUDY, &self.study), (MODALITY, &self.modality)];
        slots.into_iter().find(|(_, slot)| matches!(slot, Slot::Wanted)).map(|(tag, _)| tag)
    }
}

impl Visitor for Values {
    fn element(&mut self, header: &ElementHeader) -> Wish {
        if matches!(self.slot(header.tag), Some(Slot::Wanted)) {
            return Wish::Collect(LONGEST_VALUE);
        }
        // Within a group some writers keep no order; over groups all do.
        let passed = self.last_wanted().is_none_or(|last| header.tag.group > last.group);
        if passed { Wish::Stop } else { Wish::Skip }
    }

    fn value(&mut self, header: &ElementHeader, value: &[u8]) -> ControlFlow<()> {
        if let Some(slot) = self.slot(header.tag) {
            *slot = Slot::Found(value.to_vec());
        }
        if self.last_wanted().is_none() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;
    use crate::wire::uids;

    const ALL: &str = "{modality}/{study}/{series}/{instance}";

    fn element(bytes: &mut Vec<u8>, tag: Tag, vr: [u8; 2], value: &[u8]) {
        bytes.extend(tag.group.to_le_bytes());
        bytes.extend(tag.element.to_le_bytes());
        bytes.extend(vr);
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value);
    }

    /// Explicit VR little endian, with the same tags inside of a sequence before and after.
    fn data_set() -> Vec<u8> {
        let mut item = Vec::new();
        element(&mut item, STUDY, *b"UI", b"9.9.9\0");
        let mut bytes = Vec::new();
        element(&mut bytes, Tag::new(0x0008, 0x0016), *b"UI", b"1.2\0");
        element(&mut bytes, MODALITY, *b"CS", b"CT");
        bytes.extend(b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff");
        bytes.extend(&item);
        bytes.extend(b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0");
        element(&mut bytes, Tag::new(0x0010, 0x0010), *b"PN", &[b'x'; 300]);
        element(&mut bytes, STUDY, *b"UI", b"1.2.3\0");
        element(&mut bytes, SERIES, *b"UI", b"1.2.3.4\0");
        element(&mut bytes, Tag::new(0x0028, 0x0010), *b"US", b"\0\x02");
        bytes
    }

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn attributes(template: &str, transfer_syntax: &Uid) -> Attributes {
        Attributes::new(&PathTemplate::parse(template).unwrap(), transfer_syntax)
    }

    #[track_caller]
    fn has_all(attributes: &Attributes) {
        assert_eq!(attributes.modality(), Some(&b"CT"[..]));
        assert_eq!(attributes.study(), Some(&b"1.2.3\0"[..]));
        assert_eq!(attributes.series(), Some(&b"1.2.3.4\0"[..]));
        assert!(attributes.search.is_none());
    }

    #[test]
    fn any_split_finds_them() {
        let plain = data_set();
        let deflated = deflated(&plain);
        for (bytes, syntax) in
            [(&plain, uids::EXPLICIT_VR_LITTLE_ENDIAN), (&deflated, uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)]
        {
            for size in 1..=bytes.len() {
                let mut attributes = attributes(ALL, &syntax);
                for slice in bytes.chunks(size) {
                    attributes.push(slice);
                    attributes.push(&[]);
                }
                has_all(&attributes);
            }
        }
    }

    #[test]
    fn nothing_is_looked_for_that_is_not_needed() {
        assert!(attributes("{calling}/{instance}", &uids::EXPLICIT_VR_LITTLE_ENDIAN).search.is_none());
        let mut study = attributes("{study}/{instance}", &uids::EXPLICIT_VR_LITTLE_ENDIAN);
        study.push(&data_set());
        assert_eq!((study.modality(), study.series()), (None, None));
        assert_eq!(study.study(), Some(&b"1.2.3\0"[..]));
        assert!(study.search.is_none());
    }

    #[test]
    fn the_search_ends_behind_the_last_group() {
        let mut bytes = Vec::new();
        element(&mut bytes, MODALITY, *b"CS", b"OT");
        element(&mut bytes, Tag::new(0x0028, 0x0010), *b"US", b"\0\x02");
        let mut attributes = attributes(ALL, &uids::EXPLICIT_VR_LITTLE_ENDIAN);
        attributes.push(&bytes);
        assert!(attributes.search.is_none());
        assert_eq!((attributes.modality(), attributes.study()), (Some(&b"OT"[..]), None));
    }

    #[test]
    fn other_encodings() {
        let implicit = b"\x20\0\x0d\0\x04\0\0\x001.2\0";
        let mut found = attributes("{study}/{instance}", &uids::IMPLICIT_VR_LITTLE_ENDIAN);
        found.push(implicit);
        assert_eq!(found.study(), Some(&b"1.2\0"[..]));
        let big = b"\0\x20\0\x0dUI\0\x041.2\0";
        let mut found = attributes("{study}/{instance}", &uids::EXPLICIT_VR_BIG_ENDIAN);
        found.push(big);
        assert_eq!(found.study(), Some(&b"1.2\0"[..]));
    }

    #[test]
    fn what_is_no_data_set_has_no_values() {
        for bytes in [&[0xff; 5000][..], b"GET / HTTP/1.1\r\n\r\n", &[0; 5000]] {
            for syntax in [
                uids::IMPLICIT_VR_LITTLE_ENDIAN,
                uids::EXPLICIT_VR_LITTLE_ENDIAN,
                uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
            ] {
                let mut attributes = attributes(ALL, &syntax);
                attributes.push(bytes);
                assert_eq!(
                    (attributes.modality(), attributes.study(), attributes.series()),
                    (None, None, None)
                );
            }
        }
    }

    #[test]
    fn a_bomb_is_left_alone() {
        let mut bytes = Vec::new();
        // One element of 16 MiB before those that are wanted.
        bytes.extend(b"\x08\0\x01\0OB\0\0\0\0\0\x01");
        bytes.resize(bytes.len() + (16 << 20), 0);
        bytes.extend(data_set());
        let mut attributes = attributes(ALL, &uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN);
        for slice in deflated(&bytes).chunks(1000) {
            attributes.push(slice);
        }
        assert!(attributes.search.is_none());
        assert_eq!(attributes.study(), None);
    }
}
