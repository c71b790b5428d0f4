//! The first part of a data set, up to a tag, as its bytes come: what is behind is not read.

use std::ops::ControlFlow;

use super::data_set::DataSet;
use super::deflate::{Inflater, too_long};
use super::encoding::{Elements, Encoding};
use super::limits::Limits;
use super::read::read_front;
use super::scan::{ElementHeader, Scanner, Visitor, Wish};
use super::shown::shown;
use crate::error::{Error, Result};
use crate::types::Tag;

/// Takes a data set in.
#[derive(Debug)]
pub struct UpTo {
    elements: Elements,
    inflater: Option<Inflater>,
    part: Part,
}

/// What came of it.
#[derive(Debug)]
struct Part {
    stop: Option<Stop>,
    limits: Limits,
    scanner: Scanner,
    bytes: Vec<u8>,
    /// How the elements are really written; `None` before the first has come.
    shown: Option<Elements>,
}

/// Ends where the first element that is not in front of `tag` begins.
#[derive(Debug)]
struct Stop {
    tag: Tag,
    at: Option<u64>,
}

impl UpTo {
    /// Of a data set that is encoded so, the elements in front of `stop`, or all. The limits are for these.
    #[must_use]
    pub fn new(encoding: Encoding, stop: Option<Tag>, limits: Limits) -> Self {
        let stop = stop.map(|tag| Stop { tag, at: None });
        let inflater = encoding.deflated.then(Inflater::default);
        let scanner = Scanner::new(encoding.elements);
        Self {
            elements: encoding.elements,
            inflater,
            part: Part { stop, limits, scanner, bytes: Vec::new(), shown: None },
        }
    }

    /// Takes the next bytes; told whether more are wanted.
    pub fn push(&mut self, bytes: &[u8]) -> Result<bool> {
        let (elements, part) = (self.elements, &mut self.part);
        match &mut self.inflater {
            Some(inflater) => inflater.push(bytes, |inflated| part.take(inflated, elements)),
            None => part.take(bytes, elements),
        }
    }

    /// Where in the data set, inflated where it is deflated, the first element begins that is not in front of the tag,
    /// once that is known.
    #[must_use]
    pub fn stopped_at(&self) -> Option<u64> {
        self.part.stop.as_ref().and_then(|stop| stop.at)
    }

    /// Whether the elements are written as the encoding says, and not in another way that is as clear.
    #[must_use]
    pub fn is_as_said(&self) -> bool {
        self.part.shown.is_none_or(|shown| shown == self.elements)
    }

    /// Reads what was taken. Where more was wanted, that was all.
    pub fn finish(self) -> Result<DataSet> {
        let (set, wrong) = self.finish_front();
        wrong.map_or(Ok(set), Err)
    }

    /// Reads what was taken as far as it goes, and says what is wrong behind that. After a push that failed too, whose
    /// error is not told again.
    #[must_use]
    pub fn finish_front(self) -> (DataSet, Option<Error>) {
        let stop = self.part.stop;
        let has_stopped = stop.as_ref().is_some_and(|stop| stop.at.is_some());
        let inflater = self.inflater.filter(|_| !has_stopped);
        let cut_off = inflater.and_then(|inflater| inflater.finish().err());
        let (mut set, malformed) = read_front(&self.part.bytes, self.elements, self.part.limits);
        // Reader and scanner may understand something malformed in two ways: what is behind is not handed out in any.
        if let Some(stop) = stop {
            set.truncate(stop.tag);
        }
        (set, cut_off.or(malformed))
    }
}

impl Part {
    fn take(&mut self, bytes: &[u8], elements: Elements) -> Result<bool> {
        if self.bytes.is_empty() {
            let shown = shown(bytes, elements);
            self.scanner = Scanner::new(shown);
            self.shown = Some(shown);
        }
        self.bytes.extend_from_slice(bytes);
        if let Some(stop) = &mut self.stop {
            self.scanner.push(bytes, stop);
            if let Some(at) = stop.at {
                self.bytes.truncate(usize::try_from(at).unwrap_or(usize::MAX));
            }
        }
        if self.bytes.len() > self.limits.bytes {
            return Err(too_long(self.limits.bytes));
        }
        // Where it cannot be followed any more, reading what is there says why.
        Ok(!self.scanner.is_done())
    }
}

impl Visitor for Stop {
    fn element(&mut self, header: &ElementHeader) -> Wish {
        if header.tag < self.tag {
            return Wish::Skip;
        }
        self.at = Some(header.offset);
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
        assert!(too_long.push(&NAME.repeat(9)).is_err());
        let mut malformed = UpTo::new(encoding, Some(Tag::new(0x0010, 0x0011)), LIMITS);
        assert!(!malformed.push(b"\xFE\xFF\0\xE0\0\0\0\0").unwrap());
        let words =
            "the data set is malformed at byte 0, (FFFE,E000): items and delimiters are in sequences only";
        assert!(malformed.finish().unwrap_err().to_string().starts_with(words));
    }
}
