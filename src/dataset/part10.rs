//! The header of a DICOM file: preamble, prefix and File Meta Information (PS3.10 7.1).

use std::fmt;

use super::data_set::DataSet;
use super::element;
use super::encoding::{Elements, Encoding};
use super::header;
use super::representation;
use super::vr::{self, VR};
use crate::types::{AeTitle, Tag, Uid};
use crate::wire::uids;

/// How long a header may be: they are a few hundred bytes long, unless somebody puts private information in.
pub const MAXIMUM_LENGTH: usize = PREFIX_END + 64 * 1024;

/// What the header of a file says about the data set behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Media Storage SOP Class UID (0002,0002); `None` where it is missing or no UID.
    pub sop_class: Option<Uid>,
    /// Media Storage SOP Instance UID (0002,0003); `None` where it is missing or no UID.
    pub sop_instance: Option<Uid>,
    /// Transfer Syntax UID (0002,0010). Where it is missing, what the first element of the data set shows.
    pub transfer_syntax: Uid,
    /// Source Application Entity Title (0002,0016).
    pub source: Option<AeTitle>,
    /// How long the header is: where the data set begins. 0 where there is none, but a data set without doubt, as old
    /// archives have them.
    pub length: usize,
}

impl Header {
    /// Reads the header at the front of `bytes`. `Ok(None)` says that it goes on behind them, which cannot be where
    /// they are `all`, or [`MAXIMUM_LENGTH`].
    ///
    /// The group length (0002,0000) is believed as little as other readers do: the header ends where the group does.
    pub fn read(bytes: &[u8], all: bool) -> Result<Option<Self>, NotPart10> {
        match bytes.get(PREAMBLE..PREFIX_END) {
            Some(prefix) if prefix == PREFIX => {}
            None if !all => return Ok(None),
            _ => return Self::missing(bytes).map(Some),
        }
        // Nothing behind that is looked at, so the answer is the same with it and without.
        let front = bytes.get(..MAXIMUM_LENGTH);
        let bytes = front.unwrap_or(bytes);
        let mut read = Read::default();
        let mut at = PREFIX_END;
        let length = loop {
            match next(bytes, at) {
                _ if read.is_at_deflated(at) => break at,
                Next::DataSet => break at,
                Next::Element(element) => {
                    at = element.end;
                    read.take(&element);
                }
                Next::TooLong => return Err(NotPart10::TooLong),
                Next::CutOff if front.is_some() => return Err(NotPart10::TooLong),
                // Nothing is behind it, not even a data set; that is for others to say.
                Next::CutOff if all && at == bytes.len() => break at,
                Next::CutOff if all => return Err(NotPart10::CutOff { present: bytes.len() }),
                Next::CutOff => return Ok(None),
            }
        };
        let behind = bytes.get(length..).unwrap_or_default();
        let transfer_syntax = match transfer_syntax(read.transfer_syntax)? {
            Some(uid) => uid,
            None if !all && front.is_none() && behind.len() < FIRST_ELEMENT => return Ok(None),
            None => shown(behind).ok_or(NotPart10::NoTransferSyntax)?,
        };
        Ok(Some(Self {
            sop_class: read.sop_class.and_then(Uid::from_wire),
            sop_instance: read.sop_instance.and_then(Uid::from_wire),
            transfer_syntax,
            source: read.source.map(AeTitle::from_wire).filter(|title| !title.is_none()),
            length,
        }))
    }

    /// The File Meta Information in the header that was read of these bytes: all of its elements, the group length too.
    /// Of those that have the same tag the last counts, as it does in what the header says. Empty where there is no header.
    #[must_use]
    pub fn meta(&self, bytes: &[u8]) -> DataSet {
        let bytes = bytes.get(..self.length).unwrap_or_default();
        let (mut set, mut at) = (DataSet::empty(), PREFIX_END);
        while let Next::Element(found) = next(bytes, at) {
            at = found.end;
            set.put(found.tag, element::Element::bytes(found.vr(), found.value));
        }
        set
    }

    /// Of a file without a header.
    fn missing(bytes: &[u8]) -> Result<Self, NotPart10> {
        if bytes.is_empty() {
            return Err(NotPart10::Empty);
        }
        let transfer_syntax = shown(bytes).ok_or_else(|| NotPart10::NoPrefix(looks_like(bytes)))?;
        Ok(Self { sop_class: None, sop_instance: None, transfer_syntax, source: None, length: 0 })
    }
}

/// The header for an instance that arrived over an association.
#[derive(Debug, Clone, Copy)]
pub struct NewHeader<'a> {
    /// Media Storage SOP Class UID (0002,0002).
    pub sop_class: &'a Uid,
    /// Media Storage SOP Instance UID (0002,0003).
    pub sop_instance: &'a Uid,
    /// Transfer Syntax UID (0002,0010): how the data set arrived.
    pub transfer_syntax: &'a Uid,
    /// Implementation Class UID (0002,0012): who writes the file.
    pub implementation_class: &'a Uid,
    /// Implementation Version Name (0002,0013): 1 to 16 characters.
    pub implementation_version: &'a [u8],
    /// Source Application Entity Title (0002,0016): who sent it; left out where it is blank.
    pub source: Option<&'a AeTitle>,
}

impl NewHeader<'_> {
    /// The bytes that stand in the file before the data set.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut group = Vec::with_capacity(256);
        // File Meta Information Version.
        element(&mut group, 0x0001, VR::OB, &[0, 1]);
        element(&mut group, 0x0002, VR::UI, self.sop_class.as_str().as_bytes());
        element(&mut group, 0x0003, VR::UI, self.sop_instance.as_str().as_bytes());
        element(&mut group, 0x0010, VR::UI, self.transfer_syntax.as_str().as_bytes());
        element(&mut group, 0x0012, VR::UI, self.implementation_class.as_str().as_bytes());
        element(&mut group, 0x0013, VR::SH, self.implementation_version);
        if let Some(source) = self.source.filter(|title| !title.is_none()) {
            element(&mut group, 0x0016, VR::AE, source.trimmed());
        }
        let length = u32::try_from(group.len()).unwrap_or(u32::MAX);
        let mut header = Vec::with_capacity(PREFIX_END + 12 + group.len());
        header.resize(PREAMBLE, 0);
        header.extend_from_slice(PREFIX);
        element(&mut header, 0x0000, VR::UL, &length.to_le_bytes());
        header.append(&mut group);
        header
    }
}

/// Why bytes are not a DICOM file as far as its header goes; the words follow the name of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPart10 {
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// No DICM behind 128 bytes, and what it looks like instead.
    #[error("it is no DICOM file, without DICM at byte 128{0}")]
    NoPrefix(LooksLike),
    /// The file ends before its header does.
    #[error("it is cut off: it ends in its header, after {present} bytes")]
    CutOff {
        /// How many bytes there are.
        present: usize,
    },
    /// More than [`MAXIMUM_LENGTH`].
    #[error("its header (group 0002) is longer than 64 KiB")]
    TooLong,
    /// Nobody can say how the data set is written.
    #[error("its header has no Transfer Syntax UID (0002,0010)")]
    NoTransferSyntax,
    /// Nor here.
    #[error("the Transfer Syntax UID (0002,0010) in its header is no UID: \"{0}\"")]
    TransferSyntaxNotUid(String),
}

impl NotPart10 {
    /// Whether it is DICOM all the same, with something wrong in its header.
    #[must_use]
    pub fn is_dicom(&self) -> bool {
        !matches!(self, Self::Empty | Self::NoPrefix(_))
    }
}

/// What a file that is not DICOM seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LooksLike(Option<&'static str>);

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |what| write!(f, "; it looks like {what}"))
    }
}

const PREAMBLE: usize = 128;
const PREFIX: &[u8] = b"DICM";
/// Where the elements of the header begin.
pub const PREFIX_END: usize = 132;
/// Tag, and VR or length.
const FIRST_ELEMENT: usize = 8;

/// Values as they were found, the last of each; and where the group ends as its length has it.
#[derive(Debug, Default)]
struct Read<'a> {
    group_end: Option<usize>,
    sop_class: Option<&'a [u8]>,
    sop_instance: Option<&'a [u8]>,
    transfer_syntax: Option<&'a [u8]>,
    source: Option<&'a [u8]>,
}

impl<'a> Read<'a> {
    fn take(&mut self, found: &Element<'a>) {
        match found.tag.element {
            0x0000 => {
                let length = <[u8; 4]>::try_from(found.value).ok().map(u32::from_le_bytes);
                let length = length.and_then(|length| usize::try_from(length).ok());
                self.group_end = length.and_then(|length| found.end.checked_add(length));
            }
            0x0002 => self.sop_class = Some(found.value),
            0x0003 => self.sop_instance = Some(found.value),
            0x0010 => self.transfer_syntax = Some(found.value),
            0x0016 => self.source = Some(found.value),
            _ => {}
        }
    }

    /// A deflate stream may begin with the bytes of group 0002: there, and only there, the group length decides.
    fn is_at_deflated(&self, at: usize) -> bool {
        self.group_end == Some(at)
            && self.transfer_syntax.and_then(Uid::from_wire).is_some_and(|uid| Encoding::of(&uid).deflated)
    }
}

/// An element of group 0002.
struct Element<'a> {
    tag: Tag,
    /// As it is written.
    vr: Option<[u8; 2]>,
    value: &'a [u8],
    end: usize,
}

impl Element<'_> {
    /// Its own, or that of PS3.6. A sequence, of which nobody has looked whether its value is one, is UN.
    fn vr(&self) -> VR {
        let own = self.vr.and_then(VR::from_letters).filter(|vr| *vr != VR::UN);
        let vr = own.or_else(|| representation::vr_of(self.tag, representation::Context::default()));
        vr.filter(|vr| *vr != VR::SQ).unwrap_or(VR::UN)
    }
}

enum Next<'a> {
    Element(Element<'a>),
    DataSet,
    CutOff,
    TooLong,
}

/// The element that begins `at`. Explicit VR little endian (PS3.10 7.1); implicit VRs, as some old files have them, are
/// taken where there is no VR.
fn next(bytes: &[u8], at: usize) -> Next<'_> {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest {
        [2, 0, ..] => {}
        [_, _, ..] => return Next::DataSet,
        [] | [_] => return Next::CutOff,
    }
    let Some([_, _, _, _, vr @ .., _, _]) = rest.first_chunk::<{ header::Header::SHORT }>() else {
        return Next::CutOff;
    };
    let is_explicit = vr.iter().all(u8::is_ascii_uppercase);
    let elements = if is_explicit { Elements::ExplicitLittleEndian } else { Elements::ImplicitLittleEndian };
    let Some((header, size)) = header::Header::first(rest, elements) else { return Next::CutOff };
    let Some((begin, length)) = at.checked_add(size).zip(header.length) else { return Next::TooLong };
    let header::Header { tag, vr, .. } = header;
    let end = usize::try_from(length).ok().and_then(|length| begin.checked_add(length));
    match end.filter(|end| *end <= MAXIMUM_LENGTH) {
        None => Next::TooLong,
        Some(end) => {
            bytes.get(begin..end).map_or(Next::CutOff, |value| Next::Element(Element { tag, vr, value, end }))
        }
    }
}

/// `None` where it is missing or blank.
fn transfer_syntax(value: Option<&[u8]>) -> Result<Option<Uid>, NotPart10> {
    let value = value.unwrap_or_default();
    if value.iter().all(|byte| matches!(byte, 0 | b' ')) {
        return Ok(None);
    }
    Uid::from_wire(value).map(Some).ok_or_else(|| {
        let shown = value.get(..64).unwrap_or(value);
        NotPart10::TransferSyntaxNotUid(shown.trim_ascii_end().escape_ascii().to_string())
    })
}

/// The transfer syntax that the first bytes of a data set show: a tag of group 0008, with which nearly all begin, and
/// behind it a VR or a length below 64 KiB. Compressed data sets are not told from uncompressed ones, but those have
/// headers.
fn shown(data_set: &[u8]) -> Option<Uid> {
    match data_set.first_chunk::<FIRST_ELEMENT>()? {
        [8, 0, _, _, b'A'..=b'Z', b'A'..=b'Z', _, _] => Some(uids::EXPLICIT_VR_LITTLE_ENDIAN),
        [0, 8, _, _, b'A'..=b'Z', b'A'..=b'Z', _, _] => Some(uids::EXPLICIT_VR_BIG_ENDIAN),
        [8, 0, _, _, _, _, 0, 0] => Some(uids::IMPLICIT_VR_LITTLE_ENDIAN),
        _ => None,
    }
}

/// Writes an element of group 0002. None that we write is longer than a length of two bytes says.
fn element(into: &mut Vec<u8>, number: u16, vr: VR, value: &[u8]) {
    let padded = value.len().next_multiple_of(2);
    let length = Some(u32::try_from(padded).unwrap_or(u32::MAX));
    let header = header::Header { tag: Tag::new(0x0002, number), vr: Some(vr.letters()), length };
    header.write(Elements::ExplicitLittleEndian, into);
    into.extend_from_slice(value);
    into.extend(std::iter::repeat_n(vr::padding(vr), padded - value.len()));
}

/// What people hand over by mistake, told by those bytes that decide that it is none: the words are the same however much
/// of the file is in memory.
fn looks_like(bytes: &[u8]) -> LooksLike {
    let front = bytes.get(..PREFIX_END).unwrap_or(bytes);
    LooksLike(match front {
        [b'%', b'P', b'D', b'F', ..] => Some("PDF"),
        [b'P', b'K', 3, 4, ..] => Some("a ZIP archive"),
        [0x1F, 0x8B, ..] => Some("gzip"),
        [0xFF, 0xD8, 0xFF, ..] => Some("JPEG"),
        [0x89, b'P', b'N', b'G', ..] => Some("PNG"),
        _ if front.iter().all(|byte| *byte == 0) => Some("nothing but zeros"),
        _ if is_text(front) => Some("text"),
        _ => None,
    })
}

/// Whether this is text in any character set that has ASCII in it.
fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | b' '..=b'~' | 0x80..))
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::dataset::tags;

    /// Reads it, and all of its elements too: they say the same.
    fn header_of(bytes: &[u8], all: bool) -> Result<Option<Header>, NotPart10> {
        let header = Header::read(bytes, all)?;
        if let Some(header) = &header {
            let meta = header.meta(bytes);
            let uid = |number| {
                let value = meta.get(Tag::new(0x0002, number))?.as_bytes()?;
                Uid::from_wire(value)
            };
            assert_eq!(uid(0x0002), header.sop_class);
            assert_eq!(uid(0x0003), header.sop_instance);
            assert_eq!(uid(0x0010).unwrap_or(header.transfer_syntax.clone()), header.transfer_syntax);
            assert_eq!(meta.is_empty(), header.length <= PREFIX_END);
            assert!(meta.iter().all(|(tag, _)| tags::belongs_elsewhere(*tag).is_some() && tag.group == 2));
        }
        Ok(header)
    }

    const CLASS: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.1.7");
    const INSTANCE: Uid = Uid::from_static("1.2.3.45");
    const SYNTAX: Uid = Uid::from_static("1.2.840.10008.1.2.1");

    fn new_header() -> Vec<u8> {
        NewHeader {
            sop_class: &CLASS,
            sop_instance: &INSTANCE,
            transfer_syntax: &SYNTAX,
            implementation_class: &Uid::from_static("1.2.9"),
            implementation_version: b"LIBDIMSE 0.1.0",
            source: Some(&AeTitle::new("MODALITY1").unwrap()),
        }
        .encode()
    }

    /// Preamble, prefix and these elements.
    fn file(elements: &[&[u8]]) -> Vec<u8> {
        [&[0; 128][..], b"DICM", &elements.concat()].concat()
    }

    fn ui(number: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        element(&mut bytes, number, VR::UI, value);
        bytes
    }

    fn group_length(length: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        element(&mut bytes, 0, VR::UL, &length.to_le_bytes());
        bytes
    }

    #[test]
    fn bytes_of_a_new_header() {
        let bytes = new_header();
        assert_eq!(bytes[..128], [0; 128]);
        let expected: &[&[u8]] = &[
            b"DICM",
            b"\x02\0\0\0UL\x04\0\x92\0\0\0",
            b"\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01",
            b"\x02\0\x02\0UI\x1A\x001.2.840.10008.5.1.4.1.1.7\0",
            b"\x02\0\x03\0UI\x08\x001.2.3.45",
            b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0",
            b"\x02\0\x12\0UI\x06\x001.2.9\0",
            b"\x02\0\x13\0SH\x0E\0LIBDIMSE 0.1.0",
            b"\x02\0\x16\0AE\x0A\0MODALITY1 ",
        ];
        assert_eq!(bytes[128..].escape_ascii().to_string(), expected.concat().escape_ascii().to_string());
    }

    #[test]
    fn what_is_written_is_read_and_every_prefix_waits_for_more() {
        let header = new_header();
        let mut bytes = header.clone();
        bytes.extend_from_slice(b"\x08\0\x05\0CS\0\0");
        let read = header_of(&bytes, true).unwrap().unwrap();
        assert_eq!(
            read,
            Header {
                sop_class: Some(CLASS),
                sop_instance: Some(INSTANCE),
                transfer_syntax: SYNTAX,
                source: Some(AeTitle::new("MODALITY1").unwrap()),
                length: header.len(),
            }
        );
        for end in 0..=bytes.len() {
            // Two bytes of what is behind it say that the group is over.
            let expected = (end >= header.len() + 2).then_some(&read);
            assert_eq!(header_of(&bytes[..end], false).unwrap().as_ref(), expected, "{end}");
        }
        let without_source = header_of(&bytes[..header.len() - 18], true).unwrap().unwrap();
        assert_eq!(without_source, Header { source: None, length: header.len() - 18, ..read });
    }

    #[test]
    fn what_ends_in_its_header_is_cut_off() {
        let header = new_header();
        for end in (header.len() - 17..header.len()).chain(133..144) {
            let error = header_of(&header[..end], true).unwrap_err();
            assert_eq!(error, NotPart10::CutOff { present: end });
        }
        assert_eq!(header_of(&header[..132], true), Err(NotPart10::NoTransferSyntax));
    }

    #[test]
    fn group_lengths_that_are_missing_or_wrong() {
        let rest =
            [ui(2, b"1.1"), ui(3, b"1.2"), ui(0x10, b"1.2.840.10008.1.2"), b"\x08\0".to_vec()].concat();
        let right = u32::try_from(rest.len() - 2).unwrap();
        let length = |bytes: &[u8]| header_of(bytes, true).unwrap().unwrap().length;
        let without = file(&[&rest]);
        assert_eq!(length(&without), without.len() - 2);
        for claimed in [right, 0, 4, 12, right - 1, right + 1, u32::MAX] {
            let bytes = file(&[&group_length(claimed), &rest]);
            assert_eq!(length(&bytes), bytes.len() - 2, "{claimed}");
        }
    }

    #[test]
    fn a_deflate_stream_that_begins_like_the_group() {
        let rest = ui(0x10, b"1.2.840.10008.1.2.1.99");
        let group = group_length(u32::try_from(rest.len()).unwrap());
        let bytes = file(&[&group, &rest, b"\x02\0\xFF\xFFUI\xFF\xFF"]);
        assert_eq!(header_of(&bytes, true).unwrap().unwrap().length, bytes.len() - 8);
    }

    #[test]
    fn padding_odd_lengths_and_unknown_elements() {
        let private = b"\x02\0\x02\x01OB\0\0\x03\0\0\0\x02\0\x10";
        let odd = b"\x02\0\x03\0UI\x03\x001.2";
        let bytes = file(&[&ui(2, b"1.1 "), odd, &ui(0x10, b"1.3\0\0\0"), private, b"\x08\0"]);
        let header = header_of(&bytes, true).unwrap().unwrap();
        assert_eq!(header.sop_class, Some(Uid::from_static("1.1")));
        assert_eq!(header.sop_instance, Some(Uid::from_static("1.2")));
        assert_eq!(header.transfer_syntax, Uid::from_static("1.3"));
        assert_eq!(header.source, None);
    }

    #[test]
    fn every_vr_with_a_long_length() {
        let syntax = ui(0x10, b"1.2.840.10008.1.2.1");
        for vr in ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV", "ZZ"] {
            let element = [b"\x02\0\x26\0", vr.as_bytes(), b"\0\0\x08\0\0\0\x02\x00345678"].concat();
            for parts in [[&element[..], &syntax], [&syntax, &element]] {
                let bytes = file(&[parts[0], parts[1], b"\x08\0"]);
                let header = header_of(&bytes, true).unwrap().unwrap();
                assert_eq!(header.length, bytes.len() - 2, "{vr}");
                assert_eq!(header.transfer_syntax, uids::EXPLICIT_VR_LITTLE_ENDIAN, "{vr}");
            }
        }
    }

    #[test]
    fn implicit_vrs() {
        let bytes = file(&[b"\x02\0\x10\0\x04\0\0\x001.2\0", b"\x08\0"]);
        assert_eq!(header_of(&bytes, true).unwrap().unwrap().transfer_syntax, Uid::from_static("1.2"));
    }

    /// In every way in which a header is read, its elements are.
    #[test]
    fn all_elements() {
        let implicit = b"\x02\0\x03\0\x04\0\0\x001.2\0";
        let unknown = b"\x02\0\x16\0UN\0\0\x04\0\0\0AET ";
        let sequence = b"\x02\0\x02\x01SQ\0\0\x02\0\0\0??";
        let syntax = ui(0x10, b"1.2.840.10008.1.2.1");
        let group = group_length(5);
        let parts: [&[u8]; 8] =
            [&group, &ui(2, b"1.1"), &ui(2, b"1.4"), implicit, unknown, sequence, &syntax, b"\x08\0"];
        let bytes = file(&parts);
        let header = header_of(&bytes, true).unwrap().unwrap();
        let meta = header.meta(&bytes);
        let found: Vec<_> = meta
            .iter()
            .map(|(tag, element)| (tag.element, element.vr(), element.as_bytes().unwrap().to_vec()))
            .collect();
        let expected: [(u16, VR, &[u8]); 6] = [
            (0x0000, VR::UL, b"\x05\0\0\0"),
            (0x0002, VR::UI, b"1.4\0"),
            (0x0003, VR::UI, b"1.2\0"),
            (0x0010, VR::UI, b"1.2.840.10008.1.2.1\0"),
            (0x0016, VR::AE, b"AET "),
            (0x0102, VR::UN, b"??"),
        ];
        assert_eq!(found, expected.map(|(number, vr, value)| (number, vr, value.to_vec())));
    }

    #[test]
    fn lengths_are_not_believed() {
        for (element, words) in [
            (&b"\x02\0\x02\x01OB\0\0\xFF\xFF\xFF\xFF"[..], NotPart10::TooLong),
            (b"\x02\0\x02\x01OB\0\0\0\0\x01\0", NotPart10::TooLong),
            (b"\x02\0\x02\x01\xFF\xFF\xFF\xFF", NotPart10::TooLong),
            (b"\x02\0\x02\x01UI\xFF\xFF", NotPart10::TooLong),
            (b"\x02\0\x02\x01UI\x00\xFF", NotPart10::CutOff { present: 140 }),
        ] {
            assert_eq!(header_of(&file(&[element]), true), Err(words));
        }
        // A group that never ends.
        let endless = file(&[&ui(0x20, &[0; 0x1000]).repeat(17)]);
        assert_eq!(header_of(&endless, false), Err(NotPart10::TooLong));
        let exact = file(&[&ui(0x20, &vec![0; 0xFFF8])]);
        assert_eq!(exact.len(), MAXIMUM_LENGTH);
        assert_eq!(header_of(&exact, false), Err(NotPart10::TooLong));
    }

    #[test]
    fn no_more_is_wanted_than_a_header_may_be_long() {
        let header = |length: u32| {
            let front = [&b"\x02\0\x02\x01OB\0\0"[..], &length.to_le_bytes()].concat();
            file(&[&front, &vec![b'P'; usize::try_from(length).unwrap()]])
        };
        for (short, behind, words) in [
            (0, &b"\x08\0\x05\0CS\x0A\0ISO_IR 100"[..], NotPart10::TooLong),
            (1, b"\x08\0\x05\0CS\x0A\0ISO_IR 100", NotPart10::TooLong),
            (4, b"\x02\0\x10\0UI\x12\x001.2.840.10008.1.2\0", NotPart10::TooLong),
            (4, b"\x08\0\x05\0CS\x0A\0ISO_IR 100", NotPart10::NoTransferSyntax),
        ] {
            let bytes = [&header(65_524 - short), behind].concat();
            for length in MAXIMUM_LENGTH..=bytes.len() {
                assert_eq!(header_of(&bytes[..length], false), Err(words.clone()), "{short}, {length}");
            }
            assert_eq!(header_of(&bytes, true), Err(words));
        }
    }

    #[test]
    fn transfer_syntaxes_that_are_none() {
        for (value, words) in [
            (&b""[..], "its header has no Transfer Syntax UID (0002,0010)"),
            (b"\0\0", "its header has no Transfer Syntax UID (0002,0010)"),
            (
                b"Explicit\xFF ",
                "the Transfer Syntax UID (0002,0010) in its header is no UID: \"Explicit\\xff\"",
            ),
        ] {
            let bytes = file(&[&ui(0x10, value), b"\x08\0"]);
            assert_eq!(header_of(&bytes, true).unwrap_err().to_string(), words);
        }
    }

    #[test]
    fn what_is_not_dicom_in_words() {
        let zeros_at_first = [&[0; 140][..], &[1; 4000]].concat();
        for (bytes, words) in [
            (&b""[..], "it is empty"),
            (b"Dear colleague,\r\n", "it is no DICOM file, without DICM at byte 128; it looks like text"),
            (&[0; 4000], "it is no DICOM file, without DICM at byte 128; it looks like nothing but zeros"),
            (
                &zeros_at_first,
                "it is no DICOM file, without DICM at byte 128; it looks like nothing but zeros",
            ),
            (&[1; 4000], "it is no DICOM file, without DICM at byte 128"),
            (b"%PDF-1.7\n", "it is no DICOM file, without DICM at byte 128; it looks like PDF"),
        ] {
            assert_eq!(header_of(bytes, true).unwrap_err().to_string(), words);
            // As soon as there are any, they are the same.
            if let Some(front) = bytes.get(..PREFIX_END) {
                assert_eq!(header_of(front, false).unwrap_err().to_string(), words);
            }
        }
    }

    #[test]
    fn without_a_header_the_first_element_shows_the_transfer_syntax() {
        for (data_set, syntax) in [
            (&b"\x08\0\x05\0CS\x0A\0ISO_IR 100"[..], Some(uids::EXPLICIT_VR_LITTLE_ENDIAN)),
            (b"\0\x08\0\x05CS\0\x0AISO_IR 100", Some(uids::EXPLICIT_VR_BIG_ENDIAN)),
            (b"\x08\0\x05\0\x0A\0\0\0ISO_IR 100", Some(uids::IMPLICIT_VR_LITTLE_ENDIAN)),
            (b"\x10\0\x05\0\x0A\0\0\0ISO_IR 100", None),
            (b"\x08\0\x05\0\x0A\0\0", None),
        ] {
            let bare = header_of(data_set, true).ok().flatten();
            assert_eq!(bare.as_ref().map(|header| header.length), syntax.as_ref().map(|_| 0));
            assert_eq!(bare.map(|header| header.transfer_syntax), syntax);
            // With a header, but without (0002,0010): the same, as soon as there are 8 bytes to be judged.
            let bytes = file(&[&ui(2, b"1.1"), data_set]);
            let read = header_of(&bytes, true).ok().flatten();
            assert_eq!(read.map(|header| header.transfer_syntax), syntax);
            assert_eq!(header_of(&bytes[..132 + 12 + 7], false), Ok(None));
        }
    }
}
