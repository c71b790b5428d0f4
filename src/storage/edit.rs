//! Elements that are replaced, added or removed in instances on their way out.

use std::fmt;
use std::io::{self, Cursor, Read};

use super::from_data_set::uid_of;
use super::instance::{Fault, Instance, Kind, Opened};
use super::read_at::ReadAt;
use super::rest::{ENOUGH, Fronted, Rest};
use crate::dataset::convert::Converter;
use crate::dataset::data_set::DataSet;
use crate::dataset::dictionary::{self, Entry};
use crate::dataset::encoding::Encoding;
use crate::dataset::limits::Limits;
use crate::dataset::path::Path;
use crate::dataset::tags;
use crate::dataset::up_to::UpTo;
use crate::dataset::value::At;
use crate::dataset::write::write;
use crate::error::{Error, Result};
use crate::net::buffers::Buffer;
use crate::net::data::Source;
use crate::types::Uid;
use crate::wire::uids;

/// What is changed, in this order.
#[derive(Clone, Default)]
pub struct Edits {
    list: Vec<(Path, Option<String>)>,
    sop_class: Option<Uid>,
    sop_instance: Option<Uid>,
}

/// What is in front of them is held in memory, for as long as it is changed.
const FRONT: Limits = Limits { bytes: 16 * 1024 * 1024, elements: 1024 * 1024 };

impl Edits {
    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Sets the element at `path` to all values in `text`, or to none where that is empty, or takes it away. A value is
    /// checked as far as that can be done without the data set.
    pub fn set(&mut self, path: Path, text: Option<&str>) -> Result<()> {
        if path.group() >= tags::PIXELS.group {
            return Err(Error::invalid_argument(format!(
                "{path}: elements from group 7FE0 on, the pixel data, are passed on as they are"
            )));
        }
        // Which items there are is not known here, and of what is private not even the VR.
        let is_known =
            |tag| tags::not_allowed(tag).is_some() || matches!(dictionary::entry(tag), Some(Entry::Vr(_)));
        if path.tags().is_some_and(|tags| tags.into_iter().all(is_known)) {
            let mut set = DataSet::new();
            change(&mut set, &path.through_first_items(), text)?;
            self.identify(&path, &set)?;
        }
        match self.list.iter_mut().find(|(known, _)| *known == path) {
            Some((_, known)) => *known = text.map(str::to_owned),
            None => self.list.push((path, text.map(str::to_owned))),
        }
        Ok(())
    }

    /// The command says what is set in the data set (PS3.7 9.1.1.1), and it cannot do without.
    fn identify(&mut self, path: &Path, set: &DataSet) -> Result<()> {
        for (tag, uid) in
            [(Kind::SOP_CLASS, &mut self.sop_class), (Kind::SOP_INSTANCE, &mut self.sop_instance)]
        {
            if path.tag() == Some(tag) {
                *uid = Some(uid_of(set, tag).ok_or_else(|| {
                    let words =
                        "C-STORE needs a UID there, so it can be neither removed nor set to something else";
                    Error::invalid_argument(format!("{path}: {words}"))
                })?);
            }
        }
        Ok(())
    }

    /// What an instance of this kind becomes: it needs a presentation context of that kind, and its command says so,
    /// also where the header of a file had another word than its data set.
    #[must_use]
    pub fn kind_of(&self, own: Kind) -> Kind {
        Kind {
            sop_class: self.sop_class.clone().unwrap_or(own.sop_class),
            sop_instance: self.sop_instance.clone().unwrap_or(own.sop_instance),
            transfer_syntax: own.transfer_syntax,
        }
    }

    /// Changes `set`.
    pub fn apply(&self, set: &mut DataSet) -> Result<()> {
        self.list.iter().try_for_each(|(path, text)| change(set, path, text.as_deref()))
    }
}

fn change(set: &mut DataSet, path: &Path, text: Option<&str>) -> Result<()> {
    match text {
        None => set.remove(path).map(|_| ()),
        Some("") => set.set_empty(path, None),
        Some(text) => set.set_string(path, At::All, text),
    }
}

/// Nobody's name gets into a log.
impl fmt::Debug for Edits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edits({})", self.list.len())
    }
}

impl Opened {
    /// With these elements changed; `self` was opened from `instance` with `buffer`. What is in front of the pixel data
    /// is read, at most 16 MiB, and written again; what is behind streams on as it is.
    pub(crate) fn edited(self, instance: &Instance, buffer: &mut Buffer, edits: &Edits) -> Result<Self> {
        edited(self, buffer, edits).map_err(|fault| fault.of(instance))
    }
}

fn edited(opened: Opened, buffer: &mut Buffer, edits: &Edits) -> std::result::Result<Opened, Fault> {
    let opened =
        if Encoding::of(&opened.kind.transfer_syntax).deflated { inflated(opened, buffer)? } else { opened };
    let head = buffer.get(opened.head.clone()).unwrap_or_default();
    let head_length = u64::try_from(head.len()).unwrap_or(u64::MAX);
    let place = match &opened.source {
        Rest::At(rest) => Some(rest.left.start.saturating_sub(head_length)..rest.left.end),
        Rest::Of(_) | Rest::Converted(_) | Rest::Fronted(_) => None,
    };
    let encoding = Encoding { deflated: false, ..Encoding::of(&opened.kind.transfer_syntax) };
    let mut source = opened.source;
    let Front { mut set, length, behind, has_ended } =
        Front::read(head, &mut source, opened.is_all, encoding)?;
    let encoded = edits.apply(&mut set).and_then(|()| write(&set, encoding));
    let mut encoded = encoded.map_err(|error| refused(&error))?;
    let kind = edits.kind_of(opened.kind);
    let longer = u64::try_from(encoded.len()).unwrap_or(u64::MAX);
    match (source, place) {
        (Rest::At(rest), Some(place)) => {
            let behind = place.start.saturating_add(length);
            let length = longer.saturating_add(place.end.saturating_sub(behind));
            Opened::at(kind, Box::new(Spliced { front: encoded, from: rest.from, behind }), length, buffer)
        }
        (source, _) => {
            let whole = opened.length.map(|whole| longer.saturating_add(whole.saturating_sub(length)));
            encoded.extend_from_slice(&behind);
            let rest = Fronted { front: Cursor::new(encoded), rest: (!has_ended).then_some(source) };
            Opened::of_stream(kind, Rest::Fronted(Box::new(rest)), whole, ENOUGH, buffer)
        }
    }
}

/// What is in a deflated instance; its transfer syntax is still the deflated one.
fn inflated(opened: Opened, buffer: &mut Buffer) -> std::result::Result<Opened, Fault> {
    let inside = uids::EXPLICIT_VR_LITTLE_ENDIAN;
    let kind = opened.kind.clone();
    let own = &kind.transfer_syntax;
    if !Converter::can(own, &inside) {
        return Err(Fault::unsendable(format!("elements cannot be changed in the transfer syntax {own}")));
    }
    opened.rehearse(buffer, &inside)?.map_err(|why| refused(&why))?;
    let deflated = std::mem::replace(buffer, Buffer::take());
    let source = opened.convert(deflated, &inside).map_err(|why| refused(&why))?;
    Ok(Opened { kind, head: 0..0, is_all: false, length: None, source: Rest::Converted(Box::new(source)) })
}

fn refused(why: &dyn fmt::Display) -> Fault {
    Fault::unsendable(format!("its elements cannot be changed: {why}"))
}

/// The elements in front of the pixel data.
struct Front {
    set: DataSet,
    /// How long they were.
    length: u64,
    /// What was read behind them.
    behind: Vec<u8>,
    /// Nothing comes behind that.
    has_ended: bool,
}

impl Front {
    /// Of what begins with `head`, which is all of it or goes on with `source`.
    fn read(
        head: &[u8],
        source: &mut Rest,
        is_all: bool,
        encoding: Encoding,
    ) -> std::result::Result<Self, Fault> {
        let mut has_ended = is_all;
        let mut part = UpTo::new(encoding, Some(tags::PIXELS), FRONT);
        let mut last = head.to_vec();
        let mut before = 0_u64;
        let mut wants_more = part.push(&last).map_err(|error| refused(&error))?;
        while wants_more && !has_ended {
            before = before.saturating_add(u64::try_from(last.len()).unwrap_or(u64::MAX));
            last.resize(STEP, 0);
            let fed = source.read(&mut last)?;
            last.truncate(fed.length);
            has_ended = fed.end || fed.length == 0;
            wants_more = part.push(&last).map_err(|error| refused(&error))?;
        }
        let stop = part.stopped_at();
        if !part.is_as_said() {
            return Err(refused(&"they are not written as its transfer syntax says"));
        }
        let set = part.finish().map_err(|error| refused(&error))?;
        let Some(length) = stop else {
            if !has_ended {
                return Err(refused(&"they cannot be followed to their end"));
            }
            let length = before.saturating_add(u64::try_from(last.len()).unwrap_or(u64::MAX));
            return Ok(Self { set, length, behind: Vec::new(), has_ended });
        };
        let used = usize::try_from(length.saturating_sub(before)).unwrap_or(usize::MAX).min(last.len());
        Ok(Self { set, length, behind: last.split_off(used), has_ended })
    }
}

/// How much is read at once.
const STEP: usize = 64 * 1024;

/// Another front before what is at `behind` in `from`.
struct Spliced {
    front: Vec<u8>,
    from: Box<dyn ReadAt>,
    behind: u64,
}

impl ReadAt for Spliced {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let length = u64::try_from(self.front.len()).unwrap_or(u64::MAX);
        if let Some(offset) = offset.checked_sub(length) {
            return self.from.read_at(into, self.behind.saturating_add(offset));
        }
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        self.front.get(at..).unwrap_or_default().read(into)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CLASS, DEFLATED, Failing, INSTANCE, LITTLE, data_set, file, sent};
    use super::*;
    use crate::dataset::around::PixelData;
    use crate::dataset::deflate::{deflate, inflate};
    use crate::dataset::read::read;
    use crate::error::Cause;

    fn edits(list: &[(&str, Option<&str>)]) -> Edits {
        let mut edits = Edits::default();
        for (path, text) in list {
            edits.set(path.parse().unwrap(), *text).unwrap();
        }
        edits
    }

    /// The instance as it goes out, changed, and its length where that was known.
    fn changed(instance: &Instance, edits: &Edits) -> Result<(Opened, Vec<u8>, Option<u64>)> {
        let mut buffer = Buffer::take();
        let opened = instance.open(&mut buffer)?;
        let mut opened = opened.edited(instance, &mut buffer, edits)?;
        let length = opened.length;
        let bytes = sent(&mut opened, &buffer).unwrap();
        Ok((opened, bytes, length))
    }

    /// As `data_set` makes it, with another instance and a patient's name.
    fn expected(pixels: usize) -> Vec<u8> {
        let front = data_set(0).len() - 12;
        let mut bytes = data_set(pixels).split_off(front);
        bytes.splice(
            0..0,
            *b"\x08\0\x16\0UI\x04\x001.2\0\x08\0\x18\0UI\x06\x001.2.9\0\x10\0\x10\0PN\x04\0A^B ",
        );
        bytes
    }

    #[test]
    fn every_origin_is_changed_in_front_of_its_pixels() {
        let edits =
            edits(&[("SOPInstanceUID", Some("1.2.9")), ("PatientName", Some("A^B")), ("StudyID", None)]);
        for pixels in [0, 10, 200_000, 1_000_000] {
            let bytes = file(&LITTLE, &data_set(pixels));
            let length = u64::try_from(bytes.len()).ok();
            let of_reader = |length| Instance::from_reader(Box::new(Cursor::new(bytes.clone())), length);
            for (instance, length_is_known) in [
                (Instance::from_bytes(bytes.clone()), true),
                (of_reader(length), true),
                (of_reader(None), pixels < 200_000),
            ] {
                let (opened, bytes, length) = changed(&instance, &edits).unwrap();
                assert!(bytes == expected(pixels), "{instance} {pixels}");
                assert_eq!(length, length_is_known.then_some(u64::try_from(bytes.len()).unwrap()));
                assert_eq!((opened.kind.sop_class, opened.kind.sop_instance.as_str()), (CLASS, "1.2.9"));
            }
        }
    }

    #[test]
    fn what_is_set_holds_also_where_the_header_of_a_file_had_another_word() {
        let mut data_set = data_set(10);
        let at = data_set.windows(4).position(|bytes| bytes == b"1.3\0").unwrap();
        data_set[at..at + 4].copy_from_slice(b"1.7\0");
        let instance = Instance::from_bytes(file(&LITTLE, &data_set));
        let (opened, bytes, _) = changed(&instance, &edits(&[("SOPInstanceUID", Some("1.7"))])).unwrap();
        assert_eq!(opened.kind.sop_instance.as_str(), "1.7");
        assert!(bytes == data_set);
        // Where it is not set, the header is believed.
        let (opened, ..) = changed(&instance, &edits(&[("PatientName", None)])).unwrap();
        assert_eq!(opened.kind.sop_instance.as_str(), INSTANCE.as_str());
    }

    #[test]
    fn a_deflated_one_is_inflated_and_deflated_again() {
        let edits = edits(&[("SOPInstanceUID", Some("1.2.9")), ("PatientName", Some("A^B"))]);
        let bytes = file(&DEFLATED, &deflate(&data_set(1_000_000)));
        for instance in [
            Instance::from_bytes(bytes.clone()),
            Instance::from_reader(Box::new(Cursor::new(bytes.clone())), None),
        ] {
            let (opened, bytes, length) = changed(&instance, &edits).unwrap();
            assert_eq!((&opened.kind.transfer_syntax, length), (&DEFLATED, None));
            assert!(inflate(&bytes, 2_000_000).unwrap() == expected(1_000_000));
        }
    }

    /// Whether that is known before it is changed, or found out by what is changed of it.
    #[test]
    fn a_damaged_one_is_told_from_one_that_cannot_be_read() {
        let edits = edits(&[("PatientName", Some("A^B"))]);
        let bytes = file(&DEFLATED, &deflate(&data_set(100_000)));
        let cut_off = &bytes[..bytes.len() - 100];
        let of_reader = |reader| Instance::from_reader(reader, None);
        for instance in [Instance::from_bytes(cut_off), of_reader(Box::new(Cursor::new(cut_off.to_vec())))] {
            let error = changed(&instance, &edits).unwrap_err();
            assert!(matches!(error.cause(), Cause::Instance { .. }), "{error}");
            assert!(error.to_string().contains("the deflate stream is cut off"), "{error}");
        }
        let fails = of_reader(Box::new(Cursor::new(cut_off.to_vec()).chain(Failing)));
        let error = changed(&fails, &edits).unwrap_err();
        assert!(matches!(error.cause(), Cause::Io { .. }), "{error}");
        let words = "the instance from a reader cannot be read: the disk is gone";
        assert_eq!(error.to_string(), words);
    }

    #[test]
    fn what_a_data_set_and_a_reader_make_is_changed_too() {
        let edits = edits(&[("PatientName", Some("A^B"))]);
        let encoding = Encoding::of(&LITTLE);
        let mut set = read(&data_set(0), encoding, Limits::FILE).unwrap();
        set.remove(&crate::dataset::tags::PIXEL_DATA.into()).unwrap();
        set.set_integer(&"BitsAllocated".parse().unwrap(), At::All, 16).unwrap();
        let reader = Box::new(Cursor::new(vec![7; 300_000]));
        let pixels = PixelData::Native(300_000);
        let instance = Instance::from_data_set_and_pixels(&set, &LITTLE, pixels, reader).unwrap();
        let (_, bytes, length) = changed(&instance, &edits).unwrap();
        assert_eq!(length, u64::try_from(bytes.len()).ok());
        edits.apply(&mut set).unwrap();
        set.set_bytes(&crate::dataset::tags::PIXEL_DATA.into(), &vec![7; 300_000]).unwrap();
        assert!(bytes == write(&set, encoding).unwrap());
        // And one without any pixels.
        set.remove(&crate::dataset::tags::PIXEL_DATA.into()).unwrap();
        let before = Instance::from_data_set(&set, &LITTLE).unwrap();
        let (_, bytes, _) = changed(&before, &super::tests::edits(&[("PatientName", None)])).unwrap();
        set.remove(&"PatientName".parse().unwrap()).unwrap();
        assert_eq!(bytes, write(&set, encoding).unwrap());
    }

    #[test]
    fn what_is_behind_is_passed_on_whatever_it_is() {
        let behind = b"\xE0\x7F\0\0UL\x04\0\x22\0\0\0\xE0\x7F\x08\0OF\0\0\x04\0\0\0abcd\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFFxx";
        let front = &data_set(0)[..data_set(0).len() - 12];
        let rest = vec![9; 100_000];
        let bytes = file(&uids::JPEG_BASELINE, &[front, behind, &rest].concat());
        let instance = Instance::from_reader(Box::new(Cursor::new(bytes)), None);
        let mut buffer = Buffer::take();
        let opened = instance.open(&mut buffer).unwrap();
        let mut opened =
            opened.edited(&instance, &mut buffer, &edits(&[("SOPInstanceUID", Some("1.3"))])).unwrap();
        assert!(sent(&mut opened, &buffer).unwrap() == [front, behind, &rest].concat());
    }

    #[test]
    fn what_cannot_be_changed_is_refused_by_name() {
        let words = |data_set: &[u8], list: &[(&str, Option<&str>)]| {
            let instance = Instance::from_bytes(file(&LITTLE, data_set));
            let error = changed(&instance, &edits(list)).unwrap_err();
            assert!(matches!(error.cause(), Cause::Instance { .. }), "{error}");
            error.to_string()
        };
        let large = [&data_set(0)[..24], b"\x09\0\x01\x10OB\0\0\0\0\0\x02", &vec![0; 32 << 20]].concat();
        let limit = words(&large, &[("PatientName", Some("A"))]);
        assert!(limit.contains("longer than the limit of 16777216 bytes"), "{limit}");
        let text = words(&data_set(2), &[("PatientName", Some("Ω"))]);
        assert!(text.contains("PatientName (0010,0010)"), "{text}");
        let item = words(&data_set(2), &[("RequestAttributesSequence[1].PatientName", Some("A"))]);
        assert!(item.contains("RequestAttributesSequence"), "{item}");
        // In implicit VRs, which its header does not say.
        let implicit = b"\x08\0\x16\0\x04\0\0\x001.2\0\x10\0\x10\0\x04\0\0\0A^B ";
        let said = words(implicit, &[("PatientName", Some("A"))]);
        assert!(said.contains("not written as its transfer syntax says"), "{said}");
    }

    #[test]
    fn setters_refuse_what_no_instance_can_have() {
        let mut edits = Edits::default();
        for (path, text, words) in [
            ("PixelData", Some("x"), "from group 7FE0 on"),
            ("(7FE1,\"A\",01)", None, "from group 7FE0 on"),
            ("(0008,0000)", Some("1"), "group lengths are retired"),
            ("TransferSyntaxUID", Some("1.2"), "group 0002"),
            ("Rows", Some("many"), "Rows (0028,0010)"),
            ("RequestAttributesSequence", Some("x"), "RequestAttributesSequence"),
            ("SOPInstanceUID", None, "SOPInstanceUID (0008,0018): C-STORE needs a UID there"),
            ("(0008,0016)", Some(""), "SOPClassUID (0008,0016): C-STORE needs a UID there"),
            ("SOPClassUID", Some("1.2\\1.3"), "SOPClassUID (0008,0016): C-STORE needs a UID there"),
            ("RequestAttributesSequence[0]", Some("x"), "names an item"),
            ("RequestAttributesSequence[7].Rows", Some("many"), "Rows (0028,0010)"),
            ("RequestAttributesSequence[0].(0002,0010)", Some("1.2"), "group 0002"),
            ("PatientID[0].Rows", Some("1"), "PatientID (0010,0020)"),
        ] {
            let error = edits.set(path.parse().unwrap(), text).unwrap_err();
            assert!(matches!(error.cause(), Cause::InvalidArgument(_)), "{error}");
            assert!(error.to_string().contains(words), "{error}");
        }
        assert!(edits.is_empty());
        edits.set("PatientName".parse().unwrap(), Some("A")).unwrap();
        edits.set("00100010".parse().unwrap(), None).unwrap();
        edits.set("RequestAttributesSequence".parse().unwrap(), Some("")).unwrap();
        assert_eq!(format!("{edits:?}"), "Edits(2)");
    }
}
