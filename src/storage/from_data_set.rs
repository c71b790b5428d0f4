//! An instance of a data set in memory, with its pixel data in it, from a reader, or without any.

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex};

use super::converted::Converted;
use super::instance::{Fault, Kind, Opened};
use super::read_at::ReadAt;
use super::rest::{Rest, RestAt, RestOf};
use crate::dataset::around::{Around, PixelData};
use crate::dataset::data_set::DataSet;
use crate::dataset::encoding::Encoding;
use crate::dataset::header::Header;
use crate::dataset::write::write;
use crate::error::{Cause, Error, Phase, Result};
use crate::net::data::Fed;
use crate::runtime::lock::lock;
use crate::types::{Tag, Uid};

impl Kind {
    fn of(set: &DataSet, transfer_syntax: &Uid) -> Result<Self> {
        let uid = |tag: Tag, name: &str| {
            let words = match set.get(tag) {
                None => "is not in the data set",
                Some(_) => "in the data set is no UID",
            };
            let missing = || Error::new(Phase::Queued, Cause::DataSet(format!("{name} {tag} {words}")));
            uid_of(set, tag).ok_or_else(missing)
        };
        Ok(Self {
            sop_class: uid(Self::SOP_CLASS, "SOP Class UID")?,
            sop_instance: uid(Self::SOP_INSTANCE, "SOP Instance UID")?,
            transfer_syntax: transfer_syntax.clone(),
        })
    }
}

/// The UID in an element.
pub(super) fn uid_of(set: &DataSet, tag: Tag) -> Option<Uid> {
    Uid::from_wire(set.get(tag)?.as_bytes()?)
}

/// A data set that was encoded when the instance was made of it: what is wrong with it was said then.
pub(super) struct FromDataSet {
    kind: Kind,
    content: Content,
}

enum Content {
    /// All of it.
    Whole(Arc<[u8]>),
    /// Its pixels come from a reader.
    Around {
        /// How much is in front of the first of them.
        front: usize,
        length: u64,
        /// `None` once it was opened.
        stream: Box<Mutex<Option<RestOf>>>,
    },
}

impl FromDataSet {
    pub(super) fn new(set: &DataSet, transfer_syntax: &Uid) -> Result<Self> {
        let kind = Kind::of(set, transfer_syntax)?;
        let content = Content::Whole(write(set, Encoding::known(transfer_syntax)?)?.into());
        Ok(Self { kind, content })
    }

    pub(super) fn with_pixels(
        set: &DataSet,
        transfer_syntax: &Uid,
        pixels: PixelData,
        reader: Box<dyn Read + Send>,
    ) -> Result<Self> {
        let kind = Kind::of(set, transfer_syntax)?;
        let around = Around::new(set, transfer_syntax, pixels)?;
        let header = if around.are_items { Header::SHORT } else { 0 };
        let (front, length) = (around.front.len().saturating_add(header), around.length());
        let Around { front: before, pieces, are_items, back } = around;
        let (before, back) = (Arc::<[u8]>::from(before), Arc::<[u8]>::from(back));
        // What is encapsulated is not converted.
        let outline: Option<Box<dyn ReadAt>> = if are_items {
            None
        } else {
            let behind = length.saturating_sub(u64::try_from(back.len()).unwrap_or(u64::MAX));
            Some(Box::new(Outline { front: Arc::clone(&before), behind, back: Arc::clone(&back) }))
        };
        let count = pieces.len();
        let pixels = Pixels {
            reader,
            pieces: pieces.into_iter(),
            are_items,
            count,
            pending: zeros(0),
            left: 0,
            is_odd: false,
        };
        let reader = Box::new(Cursor::new(before).chain(pixels).chain(Cursor::new(back)));
        let rest = RestOf { reader, left: Some(length), ended: false, scanner: None, outline };
        Ok(Self {
            kind,
            content: Content::Around { front, length, stream: Box::new(Mutex::new(Some(rest))) },
        })
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    pub(super) fn is_repeatable(&self) -> bool {
        matches!(self.content, Content::Whole(_))
    }

    /// How long the data set is, before it is deflated where pixels are still to come.
    pub(super) fn size(&self) -> Option<u64> {
        match &self.content {
            Content::Whole(bytes) => u64::try_from(bytes.len()).ok(),
            Content::Around { length, .. } => Some(*length),
        }
    }

    pub(super) fn open(&self, buffer: &mut [u8]) -> std::result::Result<Opened, Fault> {
        let kind = self.kind.clone();
        match &self.content {
            Content::Whole(bytes) => {
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                Opened::at(kind, Box::new(Arc::clone(bytes)), length, buffer)
            }
            Content::Around { front, length, stream } => {
                let rest = lock(stream).take().ok_or(Fault::Spent)?;
                // A reader that fails at once does so before anything is sent.
                Opened::of_stream(kind, Rest::Of(rest), Some(*length), front.saturating_add(1), buffer)
            }
        }
    }
}

impl Opened {
    /// The data set that `from` is.
    pub(super) fn at(
        kind: Kind,
        from: Box<dyn ReadAt>,
        length: u64,
        buffer: &mut [u8],
    ) -> std::result::Result<Self, Fault> {
        let filled = from.fill_front(buffer, length)?;
        let end = u64::try_from(filled).unwrap_or(u64::MAX);
        let source = Rest::At(RestAt { from, left: end..length });
        Ok(Self { kind, head: 0..filled, is_all: end == length, length: Some(length), source })
    }

    /// The data set of `length` bytes that `source` gives, as [`Rest::begin`] does; where its transfer syntax is deflated,
    /// what `source` gives is to be.
    pub(super) fn of_stream(
        kind: Kind,
        mut source: Rest,
        mut length: Option<u64>,
        enough: usize,
        buffer: &mut [u8],
    ) -> std::result::Result<Self, Fault> {
        if Encoding::of(&kind.transfer_syntax).deflated {
            let deflated = Converted::deflating(source, &kind.transfer_syntax)
                .map_err(|why| Fault::unsendable(why.to_string()))?;
            (source, length) = (Rest::Converted(Box::new(deflated)), None);
        }
        let Fed { length: filled, end } = source.begin(buffer, enough)?;
        Ok(Self { kind, head: 0..filled, is_all: end, length, source })
    }
}

/// A data set around native pixel data that are not there.
struct Outline {
    front: Arc<[u8]>,
    /// Where what is behind the pixels begins.
    behind: u64,
    back: Arc<[u8]>,
}

impl ReadAt for Outline {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let front = u64::try_from(self.front.len()).unwrap_or(u64::MAX);
        if offset < front {
            return self.front.read_at(into, offset);
        }
        if let Some(offset) = offset.checked_sub(self.behind) {
            return self.back.read_at(into, offset);
        }
        let left = usize::try_from(self.behind.saturating_sub(offset)).unwrap_or(usize::MAX);
        let room = into.len().min(left);
        into.split_at_mut(room).0.fill(0);
        Ok(room)
    }
}

/// Pixel data from a reader, with what stands between its pieces.
struct Pixels {
    reader: Box<dyn Read + Send>,
    pieces: std::vec::IntoIter<u32>,
    are_items: bool,
    /// How many pieces there were.
    count: usize,
    /// The header of an item, or a byte of padding.
    pending: Cursor<[u8; Header::SHORT]>,
    /// How much of the present piece is to come.
    left: u32,
    /// It gets a byte of padding.
    is_odd: bool,
}

impl Read for Pixels {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.pending.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            if self.left > 0 {
                return self.read_piece(into);
            }
            let Some(length) = self.pieces.next() else { return Ok(0) };
            self.left = length;
            self.is_odd = length % 2 == 1;
            if self.are_items {
                self.pending = Cursor::new(Around::item(length));
            }
        }
    }
}

impl Pixels {
    fn read_piece(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let count = self.reader.read(into.split_at_mut(room).0)?.min(room);
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, self.early_end()));
        }
        self.left = self.left.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
        if self.left == 0 && self.is_odd {
            self.pending = zeros(1);
        }
        Ok(count)
    }

    fn early_end(&self) -> String {
        let left = self.left;
        if self.are_items {
            let frame = self.count.saturating_sub(self.pieces.len());
            format!("its reader ended {left} bytes before the end of frame {frame} of {}", self.count)
        } else {
            format!("its reader ended {left} bytes before the length that was given for the pixel data")
        }
    }
}

/// So many zeros, at most as many as there is room for.
fn zeros(count: u64) -> Cursor<[u8; Header::SHORT]> {
    let mut zeros = Cursor::new([0; Header::SHORT]);
    zeros.set_position(8_u64.saturating_sub(count));
    zeros
}

#[cfg(test)]
mod tests {
    use super::super::instance::Instance;
    use super::super::tests::{CLASS, DEFLATED, INSTANCE, LITTLE, buffer, sent};
    use super::*;
    use crate::dataset::around::OffsetTable;
    use crate::dataset::deflate::inflate;
    use crate::dataset::limits::Limits;
    use crate::dataset::read::read;
    use crate::dataset::tags;
    use crate::dataset::value::At;
    use crate::wire::uids;

    /// Gives at most `step` bytes at once.
    struct Slowly(Cursor<Vec<u8>>, usize);

    impl Read for Slowly {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let room = into.len().min(self.1);
            self.0.read(into.split_at_mut(room).0)
        }
    }

    fn slowly(bytes: &[u8], step: usize) -> Box<dyn Read + Send> {
        Box::new(Slowly(Cursor::new(bytes.to_vec()), step))
    }

    fn set(bits: i128) -> DataSet {
        let mut set = DataSet::empty();
        for (path, text) in [
            ("SOPClassUID", CLASS.as_str()),
            ("SOPInstanceUID", INSTANCE.as_str()),
            ("PatientName", "A^B"),
            ("NumberOfFrames", "3"),
            ("(FFFC,FFFC)", ""),
        ] {
            set.set_string(&path.parse().unwrap(), At::All, text).unwrap();
        }
        set.set_integer(&"BitsAllocated".parse().unwrap(), At::All, bits).unwrap();
        set
    }

    #[test]
    fn a_data_set_goes_as_it_is_written_and_as_often_as_is_asked_for() {
        let set = set(8);
        for syntax in [&LITTLE, &DEFLATED, &uids::IMPLICIT_VR_LITTLE_ENDIAN, &uids::EXPLICIT_VR_BIG_ENDIAN] {
            let instance = Instance::from_data_set(&set, syntax).unwrap();
            let bytes = write(&set, Encoding::of(syntax)).unwrap();
            assert!(instance.is_repeatable() && instance.path().is_none());
            assert_eq!(instance.size(), u64::try_from(bytes.len()).ok());
            let kind = Kind { sop_class: CLASS, sop_instance: INSTANCE, transfer_syntax: syntax.clone() };
            assert_eq!(instance.kind(), Some(&kind));
            for _ in 0..2 {
                let mut buffer = buffer();
                let mut opened = instance.open(&mut buffer).unwrap();
                assert_eq!((&opened.kind.sop_class, &opened.kind.sop_instance), (&CLASS, &INSTANCE));
                assert_eq!(opened.kind.transfer_syntax, *syntax);
                assert_eq!((opened.length, opened.is_all), (instance.size(), true));
                assert_eq!(sent(&mut opened, &buffer).unwrap(), bytes, "{syntax}");
            }
        }
    }

    #[test]
    fn native_pixels_come_from_a_reader() {
        for syntax in [&LITTLE, &DEFLATED, &uids::IMPLICIT_VR_LITTLE_ENDIAN] {
            for (length, step) in [(0, 1), (1, 1), (10, 3), (999_999, 7000), (1_000_000, usize::MAX)] {
                let pixels: Vec<u8> = (0..length).map(|at: u32| (at / 3).to_le_bytes()[0]).collect();
                let mut whole = set(8);
                let padding = if length % 2 == 1 { &[0][..] } else { &[] };
                whole.set_bytes(&tags::PIXEL_DATA.into(), &[&pixels, padding].concat()).unwrap();
                let encoding = Encoding { deflated: false, ..Encoding::of(syntax) };
                // As OB, which has 8 bits.
                let mut expected = write(&whole, encoding).unwrap();
                if syntax != &uids::IMPLICIT_VR_LITTLE_ENDIAN {
                    let at = expected.windows(6).position(|bytes| bytes == b"\xE0\x7F\x10\0OW").unwrap();
                    expected[at + 5] = b'B';
                }
                let given = PixelData::Native(length.into());
                let instance =
                    Instance::from_data_set_and_pixels(&set(8), syntax, given, slowly(&pixels, step))
                        .unwrap();
                let mut buffer = buffer();
                let mut opened = instance.open(&mut buffer).unwrap();
                let length = opened.length;
                let bytes = sent(&mut opened, &buffer).unwrap();
                if *syntax == DEFLATED {
                    assert_eq!((length, bytes.len() % 2), (None, 0));
                    assert!(inflate(&bytes, expected.len()).unwrap() == expected, "{step}");
                } else {
                    assert_eq!(length, u64::try_from(bytes.len()).ok());
                    assert!(bytes == expected, "{syntax} {step}");
                }
                let error = instance.open(&mut buffer).unwrap_err();
                assert!(matches!(error.cause(), Cause::State(_)), "{error}");
            }
        }
    }

    #[test]
    fn frames_are_fragments_whatever_comes_at_once() {
        let lengths = [5, 300_001, 2];
        let frames: Vec<Vec<u8>> = lengths.iter().map(|length| vec![0x55; *length]).collect();
        let given: Vec<u64> = lengths.iter().map(|length| u64::try_from(*length).unwrap()).collect();
        let padded = |frame: &[u8]| [frame, if frame.len() % 2 == 1 { &[0][..] } else { &[] }].concat();
        for (table, places) in [(OffsetTable::Empty, 0), (OffsetTable::Real, 3)] {
            for step in [1000, 300_002, usize::MAX] {
                let pixels = PixelData::Frames(&given, table);
                let reader = slowly(&frames.concat(), step);
                let instance =
                    Instance::from_data_set_and_pixels(&set(8), &uids::JPEG_BASELINE, pixels, reader)
                        .unwrap();
                let size = instance.size();
                let mut buffer = buffer();
                let mut opened = instance.open(&mut buffer).unwrap();
                let bytes = sent(&mut opened, &buffer).unwrap();
                assert_eq!((opened.length, size), (size, u64::try_from(bytes.len()).ok()));
                let read = read(&bytes, Encoding::of(&uids::JPEG_BASELINE), Limits::FILE).unwrap();
                let fragments = read.get(tags::PIXEL_DATA).unwrap().fragments().unwrap();
                assert_eq!(fragments[0].len(), 4 * places);
                let expected: Vec<Vec<u8>> = frames.iter().map(|frame| padded(frame)).collect();
                assert!(fragments[1..].iter().map(|fragment| fragment.to_vec()).eq(expected), "{step}");
                assert!(bytes.ends_with(b"\xFE\xFF\xDD\xE0\0\0\0\0\xFC\xFF\xFC\xFFOB\0\0\0\0\0\0"));
            }
        }
    }

    /// Also where it is deflated: more of it than is in the buffer has come then, and none of that was sent.
    #[test]
    fn whether_it_can_be_converted_is_known_before_its_pixels_are() {
        let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let noise: Vec<u8> = std::iter::successors(Some(1), next)
            .map(|state| state.to_be_bytes()[0])
            .take(1_000_000)
            .collect();
        let rehearsed = |set: &DataSet, from: &Uid, to: &Uid| {
            let pixels = PixelData::Native(1_000_000);
            let reader = if *from == DEFLATED { slowly(&noise, 10_000) } else { slowly(&[7], 1) };
            let instance = Instance::from_data_set_and_pixels(set, from, pixels, reader).unwrap();
            let mut buffer = buffer();
            let opened = instance.open(&mut buffer).unwrap();
            assert!(!opened.is_all);
            opened.rehearse(&buffer, to).unwrap()
        };
        let mut set = set(16);
        let implicit = uids::IMPLICIT_VR_LITTLE_ENDIAN;
        let around = Around::new(&set, &implicit, PixelData::Native(1_000_000)).unwrap();
        for from in [LITTLE, DEFLATED] {
            assert_eq!(rehearsed(&set, &from, &implicit), Ok(Some(around.length())));
            assert!(rehearsed(&set, &from, &uids::EXPLICIT_VR_BIG_ENDIAN).is_ok());
        }
        assert_eq!(rehearsed(&set, &LITTLE, &DEFLATED), Ok(None));
        // Behind the pixels.
        let unknown = Tag::new(0x7FE1, 0x1001);
        set.set_empty(&unknown.into(), Some(crate::dataset::vr::VR::UN)).unwrap();
        set.set_bytes(&unknown.into(), &[1; 2]).unwrap();
        for from in [LITTLE, DEFLATED] {
            let refused = rehearsed(&set, &from, &uids::EXPLICIT_VR_BIG_ENDIAN).unwrap_err();
            assert_eq!(refused, crate::dataset::convert::NotConvertible::Unknown(unknown));
        }
    }

    #[test]
    fn a_reader_that_ends_early_fails_the_instance() {
        let native = PixelData::Native(1_000_000);
        let frames = PixelData::Frames(&[10, 999_990], OffsetTable::Empty);
        for (pixels, syntax, there, words) in [
            (native, &LITTLE, 0, "ended 1000000 bytes before the length that was given for the pixel data"),
            (native, &LITTLE, 999_999, "ended 1 bytes before the length"),
            (frames, &uids::JPEG_BASELINE, 0, "ended 10 bytes before the end of frame 1 of 2"),
            (frames, &uids::JPEG_BASELINE, 500_010, "ended 499990 bytes before the end of frame 2 of 2"),
        ] {
            let reader = slowly(&vec![7; there], usize::MAX);
            let instance = Instance::from_data_set_and_pixels(&set(8), syntax, pixels, reader).unwrap();
            let mut buffer = buffer();
            let told = match instance.open(&mut buffer) {
                Err(error) => error.to_string(),
                Ok(mut opened) => {
                    assert!(there > 0);
                    sent(&mut opened, &buffer).unwrap_err().to_string()
                }
            };
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn what_is_no_instance_is_refused_at_once() {
        let refused = |change: &dyn Fn(&mut DataSet), syntax: &Uid| {
            let mut set = set(16);
            change(&mut set);
            let error = Instance::from_data_set(&set, syntax).unwrap_err();
            assert!(matches!(error.cause(), Cause::DataSet(_)), "{error}");
            error.to_string()
        };
        let remove = |path: &'static str| move |set: &mut DataSet| drop(set.remove(&path.parse().unwrap()));
        let words = refused(&remove("SOPClassUID"), &LITTLE);
        assert!(words.contains("SOP Class UID (0008,0016) is not in the data set"), "{words}");
        let words = refused(&remove("SOPInstanceUID"), &LITTLE);
        assert!(words.contains("SOP Instance UID (0008,0018) is not in the data set"), "{words}");
        let empty = |set: &mut DataSet| set.set_empty(&Kind::SOP_INSTANCE.into(), None).unwrap();
        let words = refused(&empty, &LITTLE);
        assert!(words.contains("SOP Instance UID (0008,0018) in the data set is no UID"), "{words}");
        let pixels = |set: &mut DataSet| set.set_bytes(&tags::PIXEL_DATA.into(), b"12").unwrap();
        let words = refused(&pixels, &uids::JPEG_BASELINE);
        assert!(words.contains("(7FE0,0010) cannot be written: it is native pixel data"), "{words}");
        let (verification, pixels) = (uids::VERIFICATION, PixelData::Native(2));
        let reader = Box::new(&b"12"[..]);
        for error in [
            Instance::from_data_set(&set(16), &verification).unwrap_err(),
            Instance::from_data_set_and_pixels(&set(16), &verification, pixels, reader).unwrap_err(),
        ] {
            assert!(matches!(error.cause(), Cause::InvalidArgument(_)), "{error}");
            assert!(
                error
                    .to_string()
                    .contains("1.2.840.10008.1.1 (Verification SOP Class) is no transfer syntax")
            );
        }
    }
}
