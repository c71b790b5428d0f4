//! The first part of a data set, up to a tag, as its bytes come: what is behind is not read.

use std::ops::ControlFlow;

use super::data_set::DataSet;
use super::deflate::{Inflater, too_long};
use super::encoding::{Elements, Encoding};
use super::header::{Header, has_long_length, is_known};
use super::limits::Limits;
use super::passing::Passing;
use super::read::read_front;
use super::scan::{ElementHeader, End, Malformed, Scanner, Visitor, Wish};
use super::shown::shown_by_front;
use crate::error::{Error, Result};
use crate::types::Tag;

/// Takes a data set in.
#[derive(Debug)]
pub struct UpTo {
    elements: Elements,
    passing: Passing,
    part: Part,
}

/// Why the first part of a data set is no longer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PartEnd {
    /// Nothing comes behind it.
    #[default]
    All,
    /// This element follows, which is not in front of the tag.
    Reached(Tag),
    /// With this element, which follows, it would be longer than it may be.
    TooLong(Tag),
    /// What follows, this element where that is known, cannot be understood, for the reason in these words.
    Lost(Option<Tag>, String),
}

impl PartEnd {
    /// The element that follows, where one is known to.
    #[must_use]
    pub fn next(&self) -> Option<Tag> {
        match self {
            Self::All => None,
            Self::Reached(tag) | Self::TooLong(tag) => Some(*tag),
            Self::Lost(tag, _) => *tag,
        }
    }
}

/// What came of it.
#[derive(Debug)]
struct Part {
    stop: Option<Stop>,
    limits: Limits,
    /// All that has come, inflated where it is deflated.
    bytes: Vec<u8>,
    /// How the elements are really written; `None` before as much has come as shows it. The scanner waits for that.
    shown: Option<Elements>,
}

/// Ends where the first element begins that is not in front of `tag`.
#[derive(Debug)]
struct Stop {
    tag: Tag,
    limit: u64,
    /// Or that does not fit into the limit, or cannot be followed for certain.
    leaves_out: bool,
    last: Option<ElementHeader>,
    end: Option<(PartEnd, u64)>,
}

impl UpTo {
    /// Of a data set that is encoded so, the elements in front of `stop`, or all. The limits are for these.
    #[must_use]
    pub fn new(encoding: Encoding, stop: Option<Tag>, limits: Limits) -> Self {
        let limit = u64::try_from(limits.bytes).unwrap_or(u64::MAX);
        let stop = stop.map(|tag| Stop { tag, limit, leaves_out: false, last: None, end: None });
        Self {
            elements: encoding.elements,
            passing: Passing::new(encoding),
            part: Part { stop, limits, bytes: Vec::new(), shown: None },
        }
    }

    /// The same, for [`UpTo::into_bytes`]: ends where the first element begins that does not fit into the limit, or
    /// whose VR does not exist, since then its length is a guess, and others may guess otherwise.
    #[must_use]
    pub fn leaving_out(mut self) -> Self {
        if let Some(stop) = &mut self.part.stop {
            stop.leaves_out = true;
        }
        self
    }

    /// Takes the next bytes; told whether more are wanted.
    pub fn push(&mut self, bytes: &[u8]) -> Result<bool> {
        let (elements, part) = (self.elements, &mut self.part);
        self.passing.each(bytes, |scanner, inflated| Ok(part.take(inflated, elements, scanner)))
    }

    /// Whether a deflated data set has come to its end.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.passing.inflater().is_some_and(Inflater::has_ended)
    }

    /// Where in the data set, inflated where it is deflated, the first element begins that is not in front of the tag,
    /// or is left out, once that is known.
    #[must_use]
    pub fn stopped_at(&self) -> Option<u64> {
        self.part.stop.as_ref()?.end.as_ref().map(|(_, at)| *at)
    }

    /// Whether the elements are written as the encoding says, and not in another way that is as clear. The answer is final
    /// once no more is wanted, and where that was all; it does not depend on the slices in which the bytes come.
    #[must_use]
    pub fn is_as_said(&self) -> bool {
        self.part.shown.is_none_or(|shown| shown == self.elements)
    }

    /// How many bytes have come, inflated.
    #[must_use]
    pub fn length(&self) -> usize {
        self.part.bytes.len()
    }

    /// All bytes that have come, inflated; how many of them are whole elements that were wanted; and why it is no more.
    /// What was pushed was all of the data set, or no more was wanted.
    #[must_use]
    pub fn into_bytes(mut self) -> (Vec<u8>, usize, PartEnd) {
        self.settle();
        let (end, at) = self.end();
        (self.part.bytes, usize::try_from(at).unwrap_or(usize::MAX), end)
    }

    /// What has come is all, and where it was too few to show anything else, the elements are written as is said.
    fn settle(&mut self) {
        let Self { elements, passing, part } = self;
        if part.shown.is_none() {
            part.shown = Some(*elements);
            let (bytes, scanner) = (std::mem::take(&mut part.bytes), passing.scanner_mut());
            *scanner = Scanner::new(*elements);
            part.take(&bytes, *elements, scanner);
        }
    }

    fn end(&self) -> (PartEnd, u64) {
        if !self.is_as_said() {
            let words = "the elements are not written as the transfer syntax says";
            return (PartEnd::Lost(None, words.to_owned()), 0);
        }
        let stop = self.part.stop.as_ref();
        if let Some(end) = stop.and_then(|stop| stop.end.clone()) {
            return end;
        }
        let length = u64::try_from(self.part.bytes.len()).unwrap_or(u64::MAX);
        let last = stop.and_then(|stop| stop.last);
        match self.passing.scanner().end() {
            End::Whole if stop.is_some_and(|stop| stop.is_beyond(length)) => {
                last.map_or((PartEnd::All, length), |last| (PartEnd::TooLong(last.tag), last.offset))
            }
            End::Whole | End::Stopped => match self.passing.inflater().map(Inflater::finish) {
                None | Some(Ok(())) => (PartEnd::All, length),
                Some(Err(cut_off)) => (PartEnd::Lost(None, cut_off.to_string()), length),
            },
            End::Inside { header, .. } => {
                let words = format!("the data set ends in the middle of {}", header.tag);
                (PartEnd::Lost(Some(header.tag), words), header.offset)
            }
            End::InsideHeader { present } => {
                let whole = length.saturating_sub(u64::try_from(present).unwrap_or(u64::MAX));
                (PartEnd::Lost(None, "the data set ends in the middle of an element".to_owned()), whole)
            }
            End::Unclear(why) => (
                PartEnd::Lost(last.map(|last| last.tag), format!("the data set is malformed: {why}")),
                last.map_or(0, |last| last.offset),
            ),
        }
    }

    /// Reads what was taken. Where more was wanted, that was all.
    pub fn finish(self) -> Result<DataSet> {
        let (set, wrong) = self.finish_front();
        wrong.map_or(Ok(set), Err)
    }

    /// Reads what was taken as far as it goes, and says what is wrong behind that. After a push that failed too, whose
    /// error is not told again.
    #[must_use]
    pub fn finish_front(mut self) -> (DataSet, Option<Error>) {
        self.settle();
        let stopped_at = self.stopped_at();
        if let Some(at) = stopped_at {
            self.part.bytes.truncate(usize::try_from(at).unwrap_or(usize::MAX));
        }
        let wrong = if self.part.is_too_long() {
            Some(too_long(self.part.limits.bytes))
        } else {
            let inflater = self.passing.inflater().filter(|_| stopped_at.is_none());
            inflater.and_then(|inflater| inflater.finish().err())
        };
        let elements = self.part.shown.unwrap_or(self.elements);
        let (mut set, malformed) = read_front(&self.part.bytes, elements, self.part.limits);
        // Reader and scanner may understand something malformed in two ways: what is behind is not handed out in any.
        if let Some(stop) = self.part.stop {
            set.truncate(stop.tag);
        }
        (set, wrong.or(malformed))
    }
}

impl Part {
    /// Told whether more is wanted.
    fn take(&mut self, bytes: &[u8], elements: Elements, scanner: &mut Scanner) -> bool {
        let mut seen = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        if self.shown.is_none() {
            self.shown = shown_by_front(&self.bytes, elements, false);
            *scanner = Scanner::new(self.shown.unwrap_or(elements));
            seen = 0;
        }
        let is_too_long = self.is_too_long();
        let Some(stop) = &mut self.stop else { return !is_too_long };
        if self.shown.is_some() && stop.end.is_none() {
            scanner.push(self.bytes.get(seen..).unwrap_or_default(), stop);
        }
        stop.look_behind(scanner, u64::try_from(self.bytes.len()).unwrap_or(u64::MAX));
        // Where it cannot be followed any more, reading what is there says why.
        stop.end.is_none() && !scanner.is_done() && (stop.leaves_out || !is_too_long)
    }

    fn is_too_long(&self) -> bool {
        self.bytes.len() > self.limits.bytes
    }
}

impl Stop {
    /// A value of undefined length says where it ends only there.
    fn look_behind(&mut self, scanner: &Scanner, passed: u64) {
        let passed = match scanner.end() {
            End::InsideHeader { present } => {
                passed.saturating_sub(u64::try_from(present).unwrap_or(u64::MAX))
            }
            End::Inside { .. } | End::Unclear(_) => passed,
            End::Whole | End::Stopped => return,
        };
        if self.end.is_none() && !scanner.is_done() && self.is_beyond(passed) {
            self.end = self.last.map(|last| (PartEnd::TooLong(last.tag), last.offset));
        }
    }

    /// Whether the last element, of undefined length, does not end within the limit if it ends here at the earliest.
    fn is_beyond(&self, passed: u64) -> bool {
        self.leaves_out && passed > self.limit && self.last.is_some_and(|last| last.length.is_none())
    }
}

impl Visitor for Stop {
    fn element(&mut self, header: &ElementHeader) -> Wish {
        let guess = header.vr.filter(|vr| self.leaves_out && !is_known(*vr));
        let size = if header.vr.is_some_and(has_long_length) { Header::LONG } else { Header::SHORT };
        let value = header.offset.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
        let ends_at = value.saturating_add(header.length.map_or(0, u64::from));
        let (end, at) = match self.last {
            Some(last) if self.is_beyond(header.offset) => (PartEnd::TooLong(last.tag), last.offset),
            _ if guess.is_some() => {
                let words = format!("the data set is malformed: {}", Malformed::Vr(header.tag));
                (PartEnd::Lost(Some(header.tag), words), header.offset)
            }
            _ if header.tag >= self.tag => (PartEnd::Reached(header.tag), header.offset),
            _ if self.leaves_out && ends_at > self.limit => (PartEnd::TooLong(header.tag), header.offset),
            _ => {
                self.last = Some(*header);
                return Wish::Skip;
            }
        };
        self.end = Some((end, at));
        Wish::Stop
    }

    fn value(&mut self, _: &ElementHeader, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::deflate::deflate;

    const LIMITS: Limits = Limits { bytes: 100, elements: 10 };
    const NAME: &[u8] = b"\x10\0\x10\0PN\x04\0A^B ";
    const PIXELS: &[u8] = b"\xE0\x7F\x10\0OW\0\0\xFE\xFF\xFF\xFF";

    #[test]
    fn pixel_data_is_not_read() {
        let bytes = [NAME, PIXELS, &vec![7; 64 * 1024]].concat();
        for deflated in [false, true] {
            let encoding =
                Encoding { elements: Elements::ExplicitLittleEndian, deflated, encapsulated: false };
            let bytes = if deflated { deflate(&bytes) } else { bytes.clone() };
            for size in [1, 5, bytes.len()] {
                let mut part = UpTo::new(encoding, Some(Tag::new(0x7FE0, 0x0010)), LIMITS);
                let taken = bytes.chunks(size).position(|bytes| !part.push(bytes).unwrap()).unwrap();
                assert!(deflated || taken * size < 40);
                let set = part.finish().unwrap();
                assert_eq!(set.len(), 1);
                assert_eq!(set.get(Tag::new(0x0010, 0x0010)).unwrap().as_bytes().unwrap()[..], *b"A^B ");
            }
        }
    }

    /// Explicit VRs where there should be none: in a UN of undefined length, and in all of a data set of which the first
    /// bytes that come are too few to show it.
    #[test]
    fn nothing_from_behind_whatever_is_in_front() {
        let stop = Tag::new(0x7FE0, 0x0010);
        let item = [&b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF"[..], NAME, b"\xFE\xFF\x0D\xE0\0\0\0\0"].concat();
        let unknown = b"\x09\0\x01\x10UN\0\0\xFF\xFF\xFF\xFF";
        let pixels = b"\xE0\x7F\x10\0OW\0\0\x02\0\0\0AB";
        let bytes = [&unknown[..], &item, b"\xFE\xFF\xDD\xE0\0\0\0\0", NAME, pixels].concat();
        for size in [1, 7, bytes.len()] {
            for (elements, bytes) in [
                (Elements::ExplicitLittleEndian, bytes.clone()),
                (Elements::ImplicitLittleEndian, [NAME, pixels].concat()),
            ] {
                let encoding = Encoding { elements, deflated: false, encapsulated: false };
                let mut part = UpTo::new(encoding, Some(stop), LIMITS);
                bytes.chunks(size).any(|bytes| !part.push(bytes).unwrap());
                let set = part.finish().unwrap();
                let name = set.get(Tag::new(0x0010, 0x0010)).unwrap().as_bytes().unwrap();
                assert_eq!((&name[..], set.get(stop)), (&b"A^B "[..], None), "{elements:?}, {size}");
            }
        }
        // The scanner has stopped in front of the pixels, and not read all and thrown it away.
        let encoding =
            Encoding { elements: Elements::ExplicitLittleEndian, deflated: false, encapsulated: false };
        let mut part = UpTo::new(encoding, Some(stop), LIMITS);
        assert!(!part.push(&[&bytes[..], &vec![0; 1000]].concat()).unwrap());
    }

    /// Elements in another way than is said, and whole or not: the answer, and where it stops, are those of all at once.
    #[test]
    fn slices_have_no_say() {
        const ALL: Limits = Limits { bytes: 1 << 20, elements: 10 };
        use Elements::{ExplicitLittleEndian as Explicit, ImplicitLittleEndian as Implicit};
        let class = b"\x08\0\x16\0UI\x1A\x001.2.840.10008.5.1.4.1.1.7\0";
        let explicit = [&class[..], NAME, b"\xE0\x7F\x10\0OW\0\0\x00\x10\0\0", &[1; 4096]].concat();
        let class = b"\x08\0\x16\0\x1A\0\0\x001.2.840.10008.5.1.4.1.1.7\0";
        let name = b"\x10\0\x10\0\x04\0\0\0A^B ";
        let implicit = [&class[..], name, b"\xE0\x7F\x10\0\x00\x10\0\0", &[1; 4096]].concat();
        // Nobody waits for this one: it is longer than what is looked at.
        let long = [&b"\x09\0\x01\x10UN\0\0\0\0\x02\0"[..], &vec![1; 0x2_0000], &explicit[34..]].concat();
        for (said, bytes, as_said, at) in [
            (Explicit, &explicit[..], true, Some(46)),
            (Implicit, &explicit, false, Some(46)),
            (Explicit, &implicit, false, Some(46)),
            (Implicit, &implicit, true, Some(46)),
            (Implicit, &explicit[..33], true, None),
            (Implicit, &explicit[..34], false, None),
            (Implicit, &explicit[..7], true, None),
            (Explicit, &implicit[..20], true, None),
            (Implicit, &long, true, None),
            (Explicit, &long, true, Some(0x2_0000 + 24)),
        ] {
            let encoding = Encoding { elements: said, deflated: false, encapsulated: false };
            let whole = crate::dataset::read::read(bytes, encoding, ALL).map(|mut set| {
                set.truncate(Tag::new(0x7FE0, 0x0010));
                set
            });
            for size in [1, 4, 7, 8, 12, 20, 33, 34, 40, 100, 5000, 0x1_0000, bytes.len()] {
                let mut part = UpTo::new(encoding, Some(Tag::new(0x7FE0, 0x0010)), ALL);
                let stopped = bytes.chunks(size).any(|bytes| !part.push(bytes).unwrap());
                let told = (part.is_as_said(), part.stopped_at());
                assert_eq!(told, (as_said, at), "{said:?}, {} by {size}", bytes.len());
                assert!(stopped || at.is_none());
                match (part.finish(), &whole) {
                    (Ok(part), Ok(whole)) => assert_eq!(part, *whole),
                    (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
                    other => panic!("{said:?}, {} by {size}: {other:?}", bytes.len()),
                }
            }
        }
    }

    #[test]
    fn all_of_it_where_the_tag_does_not_come() {
        let encoding =
            Encoding { elements: Elements::ExplicitLittleEndian, deflated: false, encapsulated: false };
        for stop in [None, Some(Tag::new(0x0010, 0x0011))] {
            let mut part = UpTo::new(encoding, stop, LIMITS);
            assert!(part.push(NAME).unwrap());
            assert_eq!(part.finish().unwrap().len(), 1);
            let mut cut_off = UpTo::new(encoding, stop, LIMITS);
            assert!(cut_off.push(&NAME[..9]).unwrap());
            assert!(
                cut_off.finish().unwrap_err().to_string().contains("its length is 4, but 1 bytes are left")
            );
        }
        let mut too_long = UpTo::new(encoding, None, LIMITS);
        assert!(!too_long.push(&NAME.repeat(9)).unwrap());
        assert!(too_long.finish().is_err());
        let mut malformed = UpTo::new(encoding, Some(Tag::new(0x0010, 0x0011)), LIMITS);
        assert!(!malformed.push(b"\xFE\xFF\0\xE0\0\0\0\0").unwrap());
        let words =
            "the data set is malformed at byte 0, (FFFE,E000): items and delimiters are in sequences only";
        assert!(malformed.finish().unwrap_err().to_string().starts_with(words));
    }
}
