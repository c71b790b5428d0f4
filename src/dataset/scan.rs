//! The elements of a data set as its bytes pass by, in slices of any size (PS3.5 section 7).
//!
//! The state is small and fixed, whatever is nested in the data set: where the length of a value is known, all that is in
//! it is passed over; where it is not (sequences, items, fragments of pixel data), their headers are followed, and
//! since sequences and items take turns, a count says what is open. Nothing is allocated but values asked for, as far
//! as their bytes have come.

use std::fmt;
use std::ops::ControlFlow;

use super::encoding::Elements;
use super::header::{DELIMITERS, Header, ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION, is_known};
use super::shown::begins_with_vr;
use crate::types::Tag;

/// How many sequences of undefined length may be open in each other.
pub const MAXIMUM_NESTING: u32 = 64;

/// The header of an element of the data set itself, not of one in an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementHeader {
    /// The tag.
    pub tag: Tag,
    /// The VR as it is written; `None` where VRs are implicit.
    pub vr: Option<[u8; 2]>,
    /// The length of the value; `None` is undefined length.
    pub length: Option<u32>,
    /// Where in the data set the element begins.
    pub offset: u64,
}

/// Who is told of the elements. `()` wants nothing of any.
pub trait Visitor {
    /// An element begins: what of it is wanted?
    fn element(&mut self, header: &ElementHeader) -> Wish;

    /// The first bytes of a value that was wished for, as many as were wished; fewer than its length are not all.
    /// Break: nothing more is wanted of the data set.
    fn value(&mut self, header: &ElementHeader, value: &[u8]) -> ControlFlow<()>;
}

impl Visitor for () {
    fn element(&mut self, _: &ElementHeader) -> Wish {
        Wish::Skip
    }

    fn value(&mut self, _: &ElementHeader, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// What is wanted of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    Skip,
    /// The value, up to this many bytes of it. One of undefined length is skipped.
    Collect(usize),
    /// Nothing, and nothing of those behind it: the scanner takes the rest without looking.
    Stop,
}

/// What is wrong with a data set that cannot be followed by its lengths alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// An explicit VR that the standard does not have, so that the length is a guess.
    Vr(Tag),
    /// Something other than an item in a sequence.
    NotAnItem(Tag),
    /// An item, or a delimiter, where there can be none.
    Misplaced(Tag),
    /// An explicit VR where there should be none: in a UN of undefined length, or in the whole data set.
    Mixed(Tag),
    /// More sequences in each other than [`MAXIMUM_NESTING`].
    Nesting,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vr(tag) => write!(f, "{tag} has a VR that does not exist"),
            Self::NotAnItem(tag) => write!(f, "{tag} where an item of a sequence must begin"),
            Self::Misplaced(tag) => write!(f, "{tag} outside of a sequence"),
            Self::Mixed(tag) => write!(f, "{tag} has an explicit VR where VRs are implicit"),
            Self::Nesting => write!(f, "more than {MAXIMUM_NESTING} sequences in each other"),
        }
    }
}

/// Where the data set ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Behind a whole element, or in the padding behind the last one (zeros).
    Whole,
    /// Inside an element.
    Inside {
        /// The element of the data set itself.
        header: ElementHeader,
        /// How many bytes of its value are there.
        present: u64,
    },
    /// Inside the tag, VR and length of an element of the data set itself.
    InsideHeader {
        /// How many bytes of the header are there.
        present: usize,
    },
    /// It was not whole, or not looked at to its end; and before that there was something that may have misled us.
    Unclear(Malformed),
    /// The visitor wanted no more.
    Stopped,
}

/// Follows one data set from its first byte.
#[derive(Debug)]
pub struct Scanner {
    state: State,
    /// The header that is coming in.
    head: [u8; Header::LONG],
    filled: usize,
    /// How many bytes of the data set have passed.
    position: u64,
    /// How many sequences and items of undefined length are open. They take turns, so odd is in a sequence.
    depth: u32,
    /// How they are written in the data set itself.
    elements: Elements,
    /// A bit for every depth that is open, the lowest for 1: there elements are written in implicit VR little endian,
    /// since it is in a UN of undefined length (PS3.5 6.2.2).
    implicit: u128,
    /// Likewise: there the first element of an item has shown that VRs are explicit after all, in little endian.
    shown: u128,
    /// The header that comes in is the first of an item.
    begins_item: bool,
    /// The element of the data set itself in which we are, and where its value begins.
    current: Option<(ElementHeader, u64)>,
    collected: Vec<u8>,
    oddity: Option<Malformed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    /// In a value, of which so many bytes are left.
    Value(u64),
    /// In a value of which `wanted` bytes are collected, and `rest` behind them are not.
    Collecting {
        wanted: usize,
        rest: u64,
    },
    /// Zeros behind the last element.
    Padding,
    /// The visitor wanted no more.
    Stopped,
    /// `oddity` says why we cannot go on.
    Lost,
}

impl Scanner {
    /// A scanner of a data set that is written so; a deflated one is to be inflated first.
    #[must_use]
    pub fn new(elements: Elements) -> Self {
        Self {
            state: State::Header,
            head: [0; Header::LONG],
            filled: 0,
            position: 0,
            depth: 0,
            elements,
            implicit: 0,
            shown: 0,
            begins_item: false,
            current: None,
            collected: Vec::new(),
            oddity: None,
        }
    }

    /// The next bytes of the data set.
    pub fn push<V: Visitor + ?Sized>(&mut self, bytes: &[u8], visitor: &mut V) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let passed = match self.state {
                State::Header => self.header(rest, visitor),
                State::Value(left) => self.pass(left, rest.len()),
                State::Collecting { wanted, rest: behind } => self.collect(wanted, behind, rest, visitor),
                State::Padding | State::Stopped | State::Lost => rest.len(),
            };
            self.position = self.position.saturating_add(wide(passed));
            rest = rest.get(passed..).unwrap_or_default();
        }
    }

    /// How many of the bytes that come next nobody will look at; `u64::MAX` is all. They need not be pushed.
    #[must_use]
    pub fn skippable(&self) -> u64 {
        match self.state {
            State::Value(left) => left,
            State::Padding | State::Stopped | State::Lost => u64::MAX,
            State::Header | State::Collecting { .. } => 0,
        }
    }

    /// Leaves out `count` bytes, at most as many as [`Scanner::skippable`] says.
    pub fn skip(&mut self, count: u64) {
        let count = count.min(self.skippable());
        if let State::Value(left) = self.state {
            self.state = after(left - count);
        }
        self.position = self.position.saturating_add(count);
    }

    /// Whether nothing more will be told: what still comes need not be pushed.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Padding | State::Stopped | State::Lost)
    }

    /// Where the data set ended, if what was pushed and skipped was all of it.
    #[must_use]
    pub fn end(&self) -> End {
        let whole = match self.state {
            State::Stopped => return End::Stopped,
            State::Padding => true,
            State::Header => {
                let started = self.head.get(..self.filled).unwrap_or_default();
                self.depth == 0 && started.iter().all(|byte| *byte == 0)
            }
            State::Value(_) | State::Collecting { .. } | State::Lost => false,
        };
        match (self.oddity, self.current) {
            _ if whole => End::Whole,
            (Some(oddity), _) => End::Unclear(oddity),
            (None, Some((header, value))) if self.depth > 0 || self.state != State::Header => {
                End::Inside { header, present: self.position.saturating_sub(value) }
            }
            (None, _) => End::InsideHeader { present: self.filled },
        }
    }

    /// Takes what belongs to the header that is coming in; told how many bytes that is.
    fn header<V: Visitor + ?Sized>(&mut self, bytes: &[u8], visitor: &mut V) -> usize {
        let mut passed = 0;
        while let Some(missing) = self.header_length().checked_sub(self.filled).filter(|missing| *missing > 0)
        {
            let arrived = bytes.get(passed..).unwrap_or_default();
            let room = self.head.get_mut(self.filled..).unwrap_or_default();
            let count = missing.min(arrived.len());
            for (to, from) in room.iter_mut().zip(arrived.iter().take(count)) {
                *to = *from;
            }
            self.filled += count;
            passed += count;
            if count < missing {
                return passed;
            }
            if self.begins_item {
                self.look_at_first();
            }
        }
        self.begin(self.position.saturating_add(wide(passed)), visitor);
        passed
    }

    /// The first bytes of an item's first header show whether VRs are written where they should not be: in a UN, against
    /// the rule.
    fn look_at_first(&mut self) {
        self.begins_item = false;
        let elements = self.elements();
        let Some(front) = self.head.first_chunk().filter(|_| !elements.is_explicit()) else { return };
        if begins_with_vr(*front) {
            self.odd(Malformed::Mixed(Header::read(self.head, elements).tag));
            self.set_elements(Elements::ExplicitLittleEndian);
        }
    }

    /// The long one as soon as the first bytes say so.
    fn header_length(&self) -> usize {
        let front = self.head.first_chunk().filter(|_| self.filled >= Header::SHORT);
        front.map_or(Header::SHORT, |front| Header::size(*front, self.elements()))
    }

    /// A header is complete; behind it is `value`.
    fn begin<V: Visitor + ?Sized>(&mut self, value: u64, visitor: &mut V) {
        let Header { tag, vr, length } = Header::read(self.head, self.elements());
        let offset = value.saturating_sub(wide(self.filled));
        self.filled = 0;
        if tag.group == DELIMITERS {
            return self.delimiter(tag, length);
        }
        if self.in_sequence() {
            return self.lose(Malformed::NotAnItem(tag));
        }
        // No data set has group 0000 (PS3.7 6.3 gives it to commands): zeros, as media blocks are filled with.
        if self.depth == 0 && tag == Tag::new(0, 0) {
            self.state = State::Padding;
            return;
        }
        match vr {
            Some(vr) if !is_known(vr) => self.odd(Malformed::Vr(tag)),
            // Written against the rule, in UN or as a whole: where the length should be, there is a VR.
            None if (self.elements.is_explicit() || offset == 0)
                && self.head.first_chunk().is_some_and(|front| begins_with_vr(*front)) =>
            {
                self.odd(Malformed::Mixed(tag));
            }
            _ => {}
        }
        let mut wish = Wish::Skip;
        let header = ElementHeader { tag, vr, length, offset };
        if self.depth == 0 {
            self.current = Some((header, value));
            wish = visitor.element(&header);
        }
        match (wish, length) {
            (Wish::Stop, _) => self.state = State::Stopped,
            (_, None) => self.open(vr == Some(*b"UN")),
            (Wish::Skip, Some(length)) => self.state = after(length.into()),
            (Wish::Collect(limit), Some(length)) => {
                let wanted = usize::try_from(length).unwrap_or(usize::MAX).min(limit);
                let rest = u64::from(length) - wide(wanted);
                self.state = State::Collecting { wanted, rest };
                if wanted == 0 {
                    self.collect(0, rest, &[], visitor);
                }
            }
        }
    }

    /// An item or a delimiter (PS3.5 7.5): always a tag and four bytes of length, without a VR.
    fn delimiter(&mut self, tag: Tag, length: Option<u32>) {
        let at_item = self.in_sequence() && tag == ITEM;
        let ends_item = !self.in_sequence() && self.depth > 0 && tag == ITEM_DELIMITATION;
        let ends_sequence = self.in_sequence() && tag == SEQUENCE_DELIMITATION;
        match length {
            None if at_item => {
                let elements = self.elements();
                self.depth += 1;
                self.set_elements(elements);
                self.begins_item = true;
            }
            Some(length) if at_item => self.state = after(length.into()),
            Some(0) if ends_item || ends_sequence => self.close(1),
            // The delimiter of the item was left out.
            Some(0) if self.depth > 0 && tag == SEQUENCE_DELIMITATION => {
                self.odd(Malformed::Misplaced(tag));
                self.close(2);
            }
            // A delimiter of something that has a length, and so needed none.
            Some(0) if tag != ITEM => self.odd(Malformed::Misplaced(tag)),
            _ => self.lose(Malformed::Misplaced(tag)),
        }
    }

    fn open(&mut self, is_unknown: bool) {
        if self.depth >= 2 * MAXIMUM_NESTING {
            return self.lose(Malformed::Nesting);
        }
        let elements = if is_unknown { Elements::ImplicitLittleEndian } else { self.elements() };
        self.depth += 1;
        self.set_elements(elements);
    }

    fn close(&mut self, levels: u32) {
        self.depth = self.depth.saturating_sub(levels);
    }

    /// Passes over what is there of a value that nobody wants.
    fn pass(&mut self, left: u64, there: usize) -> usize {
        let passed = usize::try_from(left).map_or(there, |left| left.min(there));
        self.state = after(left - wide(passed));
        passed
    }

    /// Takes what is there of a value that is wanted. Whole in one slice, it is not copied.
    fn collect<V: Visitor + ?Sized>(
        &mut self,
        wanted: usize,
        rest: u64,
        bytes: &[u8],
        visitor: &mut V,
    ) -> usize {
        let missing = wanted.saturating_sub(self.collected.len());
        let (arrived, complete) = match bytes.get(..missing) {
            Some(arrived) => (arrived, true),
            None => (bytes, false),
        };
        if !complete || !self.collected.is_empty() {
            self.collected.extend_from_slice(arrived);
        }
        if complete {
            self.state = after(rest);
            let value = if self.collected.is_empty() { arrived } else { &self.collected };
            let told = self.current.map(|(header, _)| visitor.value(&header, value));
            if told.is_some_and(|flow| flow.is_break()) {
                self.state = State::Stopped;
            }
            self.collected.clear();
        }
        arrived.len()
    }

    /// Goes on, but the end will be taken as unclear.
    fn odd(&mut self, malformed: Malformed) {
        self.oddity.get_or_insert(malformed);
    }

    fn lose(&mut self, malformed: Malformed) {
        self.odd(malformed);
        self.state = State::Lost;
    }

    fn in_sequence(&self) -> bool {
        self.depth % 2 == 1
    }

    /// How elements are written where we are.
    fn elements(&self) -> Elements {
        let bit = self.bit();
        if self.implicit & bit != 0 {
            Elements::ImplicitLittleEndian
        } else if self.shown & bit != 0 {
            Elements::ExplicitLittleEndian
        } else {
            self.elements
        }
    }

    /// They are written so at the depth where we are now.
    fn set_elements(&mut self, elements: Elements) {
        let bit = self.bit();
        self.implicit &= !bit;
        self.shown &= !bit;
        if elements != self.elements {
            if elements.is_explicit() { self.shown |= bit } else { self.implicit |= bit }
        }
    }

    /// That of this depth, of which there are not more than bits; none in the data set itself.
    fn bit(&self) -> u128 {
        self.depth.checked_sub(1).and_then(|shift| 1_u128.checked_shl(shift)).unwrap_or(0)
    }
}

/// The state with `left` bytes of a value to come.
fn after(left: u64) -> State {
    if left == 0 { State::Header } else { State::Value(left) }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Elements::{
        ExplicitBigEndian as Big, ExplicitLittleEndian as Little, ImplicitLittleEndian as Implicit,
    };

    /// Writes down what it is told, and wishes the same of every element.
    struct Log {
        wish: Wish,
        lines: Vec<String>,
    }

    impl Visitor for Log {
        fn element(&mut self, header: &ElementHeader) -> Wish {
            let ElementHeader { tag, vr, length, offset } = header;
            let vr = vr.map(|vr| vr.escape_ascii().to_string()).unwrap_or_default();
            let length = length.map_or("undefined".to_owned(), |length| length.to_string());
            self.lines.push(format!("{offset}: {tag} {vr} {length}"));
            self.wish
        }

        fn value(&mut self, header: &ElementHeader, value: &[u8]) -> ControlFlow<()> {
            self.lines.push(format!("{} = {}", header.tag, value.escape_ascii()));
            ControlFlow::Continue(())
        }
    }

    /// What is told of `bytes`, the same in slices of every size.
    fn scan(elements: Elements, wish: Wish, bytes: &[u8]) -> (Vec<String>, End) {
        let told = |size: usize| {
            let mut scanner = Scanner::new(elements);
            let mut log = Log { wish, lines: Vec::new() };
            bytes.chunks(size).for_each(|chunk| scanner.push(chunk, &mut log));
            (log.lines, scanner.end())
        };
        let whole = told(bytes.len().max(1));
        for size in 1..bytes.len() {
            assert_eq!(told(size), whole, "in slices of {size}");
        }
        whole
    }

    #[test]
    fn elements_in_every_encoding() {
        for (elements, bytes) in [
            (Little, &b"\x08\0\x16\0UI\x04\x001.2\0\xE0\x7F\x10\0OW\0\0\x02\0\0\0\x01\x02"[..]),
            (Big, b"\0\x08\0\x16UI\0\x041.2\0\x7F\xE0\0\x10OW\0\0\0\0\0\x02\x01\x02"),
        ] {
            let (lines, end) = scan(elements, Wish::Collect(64), bytes);
            assert_eq!(
                lines,
                [
                    "0: (0008,0016) UI 4",
                    "(0008,0016) = 1.2\\x00",
                    "12: (7FE0,0010) OW 2",
                    "(7FE0,0010) = \\x01\\x02"
                ]
            );
            assert_eq!(end, End::Whole);
        }
        let bytes = b"\x08\0\x16\0\x04\0\0\x001.2\0\x10\0\x10\0\0\0\0\0";
        let (lines, end) = scan(Implicit, Wish::Collect(64), bytes);
        assert_eq!(
            lines,
            ["0: (0008,0016)  4", "(0008,0016) = 1.2\\x00", "12: (0010,0010)  0", "(0010,0010) = "]
        );
        assert_eq!(end, End::Whole);
    }

    /// Where `bytes` end, the same in slices of every size.
    fn end(elements: Elements, bytes: &[u8]) -> End {
        scan(elements, Wish::Skip, bytes).1
    }

    const ITEM: &[u8] = b"\xFE\xFF\x00\xE0";
    const ITEM_END: &[u8] = b"\xFE\xFF\x0D\xE0\0\0\0\0";
    const SEQUENCE_END: &[u8] = b"\xFE\xFF\xDD\xE0\0\0\0\0";
    const UNDEFINED: &[u8] = b"\xFF\xFF\xFF\xFF";
    const SEQUENCE: &[u8] = b"\x40\0\x75\x02SQ\0\0\xFF\xFF\xFF\xFF";
    const PIXEL_DATA: &[u8] = b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF";
    const CODE: &[u8] = b"\x08\0\x00\x01SH\x04\0ABCD";
    const LAST: &[u8] = b"\xFC\xFF\xFC\xFFOB\0\0\0\0\0\0";

    fn header(tag: Tag, vr: Option<[u8; 2]>, length: Option<u32>, offset: u64) -> ElementHeader {
        ElementHeader { tag, vr, length, offset }
    }

    /// The data set is whole, of these elements; and every part of it says that it is not, but those between elements.
    #[track_caller]
    fn whole(elements: Elements, parts: &[&[u8]], expected: &[&str]) {
        let bytes = parts.concat();
        let (lines, end_of_all) = scan(elements, Wish::Skip, &bytes);
        assert_eq!(lines, expected);
        assert_eq!(end_of_all, End::Whole);
        let offsets: Vec<usize> =
            expected.iter().map(|line| line.split_once(':').unwrap().0.parse().unwrap()).collect();
        for length in 0..bytes.len() {
            let last = offsets.iter().rfind(|offset| **offset <= length).unwrap();
            // The first byte of a big endian header looks like padding.
            let is_between = bytes[*last..length].iter().all(|byte| *byte == 0);
            assert_eq!(end(elements, &bytes[..length]) == End::Whole, is_between, "{length} bytes");
        }
    }

    #[test]
    fn sequences_and_items_with_and_without_lengths() {
        let empty_item = [ITEM, b"\0\0\0\0"].concat();
        let item = [ITEM, b"\x0C\0\0\0", CODE].concat();
        let open_item = [ITEM, UNDEFINED, CODE, SEQUENCE, &item, SEQUENCE_END, ITEM_END].concat();
        let known = b"\x40\0\x75\x02SQ\0\0\x14\0\0\0";
        whole(Little, &[known, &item, LAST], &["0: (0040,0275) SQ 20", "32: (FFFC,FFFC) OB 0"]);
        whole(
            Little,
            &[SEQUENCE, &item, &empty_item, &open_item, SEQUENCE_END, LAST],
            &["0: (0040,0275) SQ undefined", "116: (FFFC,FFFC) OB 0"],
        );
        let implicit = b"\x40\0\x75\x02\xFF\xFF\xFF\xFF";
        let open_item = [ITEM, UNDEFINED, b"\x08\0\x00\x01\x04\0\0\0ABCD", ITEM_END].concat();
        whole(Implicit, &[implicit, &open_item, SEQUENCE_END], &["0: (0040,0275)  undefined"]);
    }

    #[test]
    fn fragments_of_pixel_data() {
        let fragment = [ITEM, b"\x06\0\0\0\xFE\xFF\xDD\xE0\0\0"].concat();
        let parts = [PIXEL_DATA, ITEM, b"\0\0\0\0", &fragment, &fragment, SEQUENCE_END, LAST];
        whole(Little, &parts, &["0: (7FE0,0010) OB undefined", "56: (FFFC,FFFC) OB 0"]);
    }

    #[test]
    fn unknown_of_undefined_length_is_implicit_little_endian_inside() {
        let implicit = [ITEM, UNDEFINED, b"\x09\0\x01\x10\x02\0\0\0AB", ITEM_END].concat();
        let inner = [b"\x09\0\x02\x10\xFF\xFF\xFF\xFF", &implicit[..], SEQUENCE_END].concat();
        let items = [ITEM, UNDEFINED, &inner, ITEM_END, SEQUENCE_END].concat();
        let lines = ["0: (0009,1001) UN undefined", "78: (0010,0010) PN 2"];
        let unknown = b"\x09\0\x01\x10UN\0\0\xFF\xFF\xFF\xFF";
        whole(Little, &[unknown, &items, b"\x10\0\x10\0PN\x02\0AB"], &lines);
        let unknown = b"\0\x09\x10\x01UN\0\0\xFF\xFF\xFF\xFF";
        whole(Big, &[unknown, &items, b"\0\x10\0\x10PN\0\x02AB"], &lines);
        // Explicit VRs in there are against the rule: they are followed, but where it is cut off nothing is said.
        let unknown = b"\x09\0\x01\x10UN\0\0\xFF\xFF\xFF\xFF";
        let code = [ITEM, UNDEFINED, CODE, ITEM_END].concat();
        let long = [ITEM, UNDEFINED, b"\x09\0\x03\x10OB\0\0\x02\0\0\0AB", ITEM_END].concat();
        let again = [ITEM, UNDEFINED, unknown, &code, &items, SEQUENCE_END, ITEM_END].concat();
        for inside in [&code[..], &long, &again, &[&items[..items.len() - 8], &code, &long].concat()] {
            let bytes = [unknown, inside, SEQUENCE_END, LAST].concat();
            let (lines, end_of_all) = scan(Little, Wish::Skip, &bytes);
            assert_eq!(lines.last().unwrap(), &format!("{}: (FFFC,FFFC) OB 0", bytes.len() - LAST.len()));
            assert_eq!((lines.len(), end_of_all), (2, End::Whole));
        }
        let cut_off = [unknown, &code[..]].concat();
        assert_eq!(end(Little, &cut_off), End::Unclear(Malformed::Mixed(Tag::new(0x0008, 0x0100))));
        assert_eq!(end(Implicit, CODE), End::Unclear(Malformed::Mixed(Tag::new(0x0008, 0x0100))));
    }

    #[test]
    fn lengths_of_four_bytes_and_of_two() {
        for vr in ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV", "ZZ"] {
            let bytes = [b"\x09\0\x01\x10", vr.as_bytes(), b"\0\0\x02\0\0\0AB"].concat();
            assert_eq!(end(Little, &bytes), End::Whole, "{vr}");
            assert_eq!(scan(Little, Wish::Skip, &bytes).0, [format!("0: (0009,1001) {vr} 2")]);
        }
        for vr in ["AE", "CS", "UI", "UL", "US", "??", "\0\0", "Ob"] {
            let bytes = [b"\x09\0\x01\x10", vr.as_bytes(), b"\x02\0AB"].concat();
            assert_eq!(end(Little, &bytes), End::Whole, "{vr}");
        }
    }

    #[test]
    fn words_about_where_it_ends() {
        let tag = Tag::new(0x0008, 0x0016);
        let ui = header(tag, Some(*b"UI"), Some(8), 0);
        let sequence = header(Tag::new(0x0040, 0x0275), Some(*b"SQ"), None, 0);
        for (bytes, expected) in [
            (&b"\x08\0\x16\0UI\x08\x001.2"[..], End::Inside { header: ui, present: 3 }),
            (b"\x08\0\x16\0UI\x08", End::InsideHeader { present: 7 }),
            (b"\x08\0\x16\0OB\0\0\x01\0", End::InsideHeader { present: 10 }),
            (SEQUENCE, End::Inside { header: sequence, present: 0 }),
            (&[SEQUENCE, ITEM].concat(), End::Inside { header: sequence, present: 4 }),
            (&[CODE, b"?"].concat(), End::InsideHeader { present: 1 }),
        ] {
            assert_eq!(end(Little, bytes), expected);
        }
    }

    #[test]
    fn zeros_behind_the_last_element_are_padding() {
        for elements in [Little, Implicit, Big] {
            for count in 0..40 {
                assert_eq!(end(elements, &vec![0; count]), End::Whole, "{count} zeros");
            }
        }
        assert_eq!(end(Little, &[CODE, &[0; 13], b"whatever"].concat()), End::Whole);
    }

    #[test]
    fn delimiters_where_there_should_be_none() {
        let known = b"\x40\0\x75\x02SQ\0\0\x14\0\0\0";
        let item = [ITEM, b"\x0C\0\0\0", CODE].concat();
        // Of a sequence and of an item with lengths: ignored.
        assert_eq!(end(Little, &[known, &item[..], SEQUENCE_END, LAST].concat()), End::Whole);
        assert_eq!(end(Little, &[SEQUENCE, &item, ITEM_END, SEQUENCE_END, LAST].concat()), End::Whole);
        // The item's was left out.
        assert_eq!(end(Little, &[SEQUENCE, ITEM, UNDEFINED, CODE, SEQUENCE_END, LAST].concat()), End::Whole);
        // But what is cut off behind such a thing may be our misunderstanding.
        let misplaced = End::Unclear(Malformed::Misplaced(SEQUENCE_DELIMITATION));
        assert_eq!(end(Little, &[SEQUENCE_END, b"\x08"].concat()), misplaced);
        // Items that belong to nothing, other elements instead of items, delimiters with a length.
        for (bytes, malformed) in [
            (&[&item, LAST].concat(), Malformed::Misplaced(crate::dataset::header::ITEM)),
            (
                &[SEQUENCE, ITEM, UNDEFINED, ITEM, UNDEFINED].concat(),
                Malformed::Misplaced(crate::dataset::header::ITEM),
            ),
            (&[SEQUENCE, CODE, SEQUENCE_END].concat(), Malformed::NotAnItem(Tag::new(0x0008, 0x0100))),
            (
                &[SEQUENCE, &SEQUENCE_END[..4], b"\x01\0\0\0"].concat(),
                Malformed::Misplaced(SEQUENCE_DELIMITATION),
            ),
            (&b"\x08\0\x16\0??\x02\0A".to_vec(), Malformed::Vr(Tag::new(0x0008, 0x0016))),
        ] {
            assert_eq!(end(Little, bytes), End::Unclear(malformed));
        }
    }

    #[test]
    fn nesting_has_a_limit_and_costs_nothing() {
        let level = [SEQUENCE, ITEM, UNDEFINED].concat();
        let closed = [ITEM_END, SEQUENCE_END].concat();
        let limit = usize::try_from(MAXIMUM_NESTING).unwrap();
        assert_eq!(end(Little, &[level.repeat(limit), closed.repeat(limit)].concat()), End::Whole);
        let mut scanner = Scanner::new(Little);
        scanner.push(&level.repeat(100_000), &mut ());
        assert!(scanner.is_done());
        assert_eq!(scanner.end(), End::Unclear(Malformed::Nesting));
        let items = [SEQUENCE, &[ITEM, UNDEFINED, ITEM_END].concat().repeat(100_000), SEQUENCE_END].concat();
        let mut scanner = Scanner::new(Little);
        scanner.push(&items, &mut ());
        assert_eq!(scanner.end(), End::Whole);
    }

    #[test]
    fn long_values_may_be_left_out() {
        let mut scanner = Scanner::new(Little);
        scanner.push(b"\xE0\x7F\x10\0OW\0\0\xFE\xFF\xFF\xFFab", &mut ());
        assert_eq!(scanner.skippable(), 0xFFFF_FFFC);
        scanner.skip(0xFFFF_FFFB);
        let pixels = header(Tag::new(0x7FE0, 0x0010), Some(*b"OW"), Some(0xFFFF_FFFE), 0);
        assert_eq!(scanner.end(), End::Inside { header: pixels, present: 0xFFFF_FFFD });
        scanner.skip(u64::MAX);
        assert_eq!((scanner.end(), scanner.skippable()), (End::Whole, 0));
        let mut log = Log { wish: Wish::Skip, lines: Vec::new() };
        scanner.push(LAST, &mut log);
        assert_eq!(log.lines, ["4294967306: (FFFC,FFFC) OB 0"]);
    }

    #[test]
    fn values_up_to_a_limit_and_none_of_undefined_length() {
        let bytes = [CODE, PIXEL_DATA, SEQUENCE_END, LAST].concat();
        for (limit, value) in [(0, ""), (3, "ABC"), (4, "ABCD"), (usize::MAX, "ABCD")] {
            let (lines, end) = scan(Little, Wish::Collect(limit), &bytes);
            let expected = [
                "0: (0008,0100) SH 4".to_owned(),
                format!("(0008,0100) = {value}"),
                "12: (7FE0,0010) OB undefined".to_owned(),
                "32: (FFFC,FFFC) OB 0".to_owned(),
                "(FFFC,FFFC) = ".to_owned(),
            ];
            assert_eq!((&lines[..], end), (&expected[..], End::Whole));
        }
        // A value that does not come whole is not told.
        let (lines, end) = scan(Little, Wish::Collect(4), &CODE[..11]);
        assert_eq!(lines, ["0: (0008,0100) SH 4"]);
        assert!(matches!(end, End::Inside { present: 3, .. }));
    }

    #[test]
    fn a_visitor_may_stop() {
        struct First;
        impl Visitor for First {
            fn element(&mut self, header: &ElementHeader) -> Wish {
                assert_eq!(header.offset, 0);
                Wish::Collect(64)
            }
            fn value(&mut self, _: &ElementHeader, _: &[u8]) -> ControlFlow<()> {
                ControlFlow::Break(())
            }
        }
        let mut scanner = Scanner::new(Little);
        scanner.push(&CODE.repeat(2), &mut First);
        assert!(scanner.is_done());
        assert_eq!((scanner.end(), scanner.skippable()), (End::Stopped, u64::MAX));
        assert_eq!(
            scan(Little, Wish::Stop, &CODE.repeat(2)),
            (vec!["0: (0008,0100) SH 4".to_owned()], End::Stopped)
        );
    }
}
