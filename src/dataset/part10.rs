//! The header of a DICOM file: preamble, prefix and File Meta Information (PS3.10 7.1).

use std::fmt;

use super::encoding::Encoding;
use crate::types::{AeTitle, Uid};
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
        // File Meta Information Version: OB, so with four bytes of length behind two reserved ones.
        group.extend_from_slice(b"\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01");
        element(&mut group, 0x0002, *b"UI", self.sop_class.as_str().as_bytes(), 0);
        element(&mut group, 0x0003, *b"UI", self.sop_instance.as_str().as_bytes(), 0);
        element(&mut group, 0x0010, *b"UI", self.transfer_syntax.as_str().as_bytes(), 0);
        element(&mut group, 0x0012, *b"UI", self.implementation_class.as_str().as_bytes(), 0);
        element(&mut group, 0x0013, *b"SH", self.implementation_version, b' ');
        if let Some(source) = self.source.filter(|title| !title.is_none()) {
            element(&mut group, 0x0016, *b"AE", source.trimmed(), b' ');
        }
        let length = u32::try_from(group.len()).unwrap_or(u32::MAX);
        let mut header = Vec::with_capacity(PREFIX_END + 12 + group.len());
        header.resize(PREAMBLE, 0);
        header.extend_from_slice(PREFIX);
        element(&mut header, 0x0000, *b"UL", &length.to_le_bytes(), 0);
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
        match found.number {
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
    number: u16,
    value: &'a [u8],
    end: usize,
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
    let Some((&[_, _, low, high, first, second, length @ ..], behind)) = rest.split_first_chunk::<8>() else {
        return Next::CutOff;
    };
    let number = u16::from_le_bytes([low, high]);
    let (header, length) = match &[first, second] {
        b"OB" | b"OW" | b"SQ" | b"UN" | b"UT" => match behind.first_chunk() {
            Some(length) => (12, u32::from_le_bytes(*length)),
            None => return Next::CutOff,
        },
        [b'A'..=b'Z', b'A'..=b'Z'] => (8, u16::from_le_bytes(length).into()),
        _ => {
            let [third, fourth] = length;
            (8, u32::from_le_bytes([first, second, third, fourth]))
        }
    };
    let Some(begin) = at.checked_add(header) else { return Next::TooLong };
    let end = usize::try_from(length).ok().and_then(|length| begin.checked_add(length));
    match end.filter(|end| *end <= MAXIMUM_LENGTH) {
        None => Next::TooLong,
        Some(end) => {
            bytes.get(begin..end).map_or(Next::CutOff, |value| Next::Element(Element { number, value, end }))
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

fn element(into: &mut Vec<u8>, number: u16, vr: [u8; 2], value: &[u8], padding: u8) {
    let padded = value.len().next_multiple_of(2);
    into.extend_from_slice(&[2, 0]);
    into.extend_from_slice(&number.to_le_bytes());
    into.extend_from_slice(&vr);
    into.extend_from_slice(&u16::try_from(padded).unwrap_or(u16::MAX).to_le_bytes());
    into.extend_from_slice(value);
    into.extend(std::iter::repeat_n(padding, padded - value.len()));
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
        element(&mut bytes, number, *b"UI", value, 0);
        bytes
    }

    fn group_length(length: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        element(&mut bytes, 0, *b"UL", &length.to_le_bytes(), 0);
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
        let read = Header::read(&bytes, true).unwrap().unwrap();
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
            assert_eq!(Header::read(&bytes[..end], false).unwrap().as_ref(), expected, "{end}");
        }
        let without_source = Header::read(&bytes[..header.len() - 18], true).unwrap().unwrap();
        assert_eq!(without_source, Header { source: None, length: header.len() - 18, ..read });
    }

    #[test]
    fn what_ends_in_its_header_is_cut_off() {
        let header = new_header();
        for end in (header.len() - 17..header.len()).chain(133..144) {
            let error = Header::read(&header[..end], true).unwrap_err();
            assert_eq!(error, NotPart10::CutOff { present: end });
        }
        assert_eq!(Header::read(&header[..132], true), Err(NotPart10::NoTransferSyntax));
    }

    #[test]
    fn group_lengths_that_are_missing_or_wrong() {
        let rest =
            [ui(2, b"1.1"), ui(3, b"1.2"), ui(0x10, b"1.2.840.10008.1.2"), b"\x08\0".to_vec()].concat();
        let right = u32::try_from(rest.len() - 2).unwrap();
        let length = |bytes: &[u8]| Header::read(bytes, true).unwrap().unwrap().length;
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
        assert_eq!(Header::read(&bytes, true).unwrap().unwrap().length, bytes.len() - 8);
    }

    #[test]
    fn padding_odd_lengths_and_unknown_elements() {
        let private = b"\x02\0\x02\x01OB\0\0\x03\0\0\0\x02\0\x10";
        let odd = b"\x02\0\x03\0UI\x03\x001.2";
        let bytes = file(&[&ui(2, b"1.1 "), odd, &ui(0x10, b"1.3\0\0\0"), private, b"\x08\0"]);
        let header = Header::read(&bytes, true).unwrap().unwrap();
        assert_eq!(header.sop_class, Some(Uid::from_static("1.1")));
        assert_eq!(header.sop_instance, Some(Uid::from_static("1.2")));
        assert_eq!(header.transfer_syntax, Uid::from_static("1.3"));
        assert_eq!(header.source, None);
    }

    #[test]
    fn implicit_vrs() {
        let bytes = file(&[b"\x02\0\x10\0\x04\0\0\x001.2\0", b"\x08\0"]);
        assert_eq!(Header::read(&bytes, true).unwrap().unwrap().transfer_syntax, Uid::from_static("1.2"));
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
            assert_eq!(Header::read(&file(&[element]), true), Err(words));
        }
        // A group that never ends.
        let endless = file(&[&ui(0x20, &[0; 0x1000]).repeat(17)]);
        assert_eq!(Header::read(&endless, false), Err(NotPart10::TooLong));
        let exact = file(&[&ui(0x20, &vec![0; 0xFFF8])]);
        assert_eq!(exact.len(), MAXIMUM_LENGTH);
        assert_eq!(Header::read(&exact, false), Err(NotPart10::TooLong));
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
                assert_eq!(Header::read(&bytes[..length], false), Err(words.clone()), "{short}, {length}");
            }
            assert_eq!(Header::read(&bytes, true), Err(words));
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
            assert_eq!(Header::read(&bytes, true).unwrap_err().to_string(), words);
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
            assert_eq!(Header::read(bytes, true).unwrap_err().to_string(), words);
            // As soon as there are any, they are the same.
            if let Some(front) = bytes.get(..PREFIX_END) {
                assert_eq!(Header::read(front, false).unwrap_err().to_string(), words);
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
            let bare = Header::read(data_set, true).ok().flatten();
            assert_eq!(bare.as_ref().map(|header| header.length), syntax.as_ref().map(|_| 0));
            assert_eq!(bare.map(|header| header.transfer_syntax), syntax);
            // With a header, but without (0002,0010): the same, as soon as there are 8 bytes to be judged.
            let bytes = file(&[&ui(2, b"1.1"), data_set]);
            let read = Header::read(&bytes, true).ok().flatten();
            assert_eq!(read.map(|header| header.transfer_syntax), syntax);
            assert_eq!(Header::read(&bytes[..132 + 12 + 7], false), Ok(None));
        }
    }
}
