//! The bytes of a data set to its elements (PS3.5 section 7), by a stack of our own: what is nested costs no stack of
//! the thread, and what a length claims costs nothing.
//!
//! What other readers take with a shrug is taken: odd lengths, missing or superfluous delimiters, zeros behind the last
//! element, tags out of order, VRs that the standard does not have (as UN), explicit VRs where implicit ones should be
//! and the other way round, as far as that is beyond doubt. Refused by name: lengths that go over what they are in,
//! tags that are there twice, more nesting, bytes or elements than the limits allow.
//!
//! Group lengths (gggg,0000) are left out: they are retired, and wrong as soon as anything is changed (PS3.5 7.2).
//! A sequence in the guise of a UN of undefined length becomes a sequence (PS3.5 6.2.2 note 4), and an element that the
//! standard knows but somebody wrote as UN gets its VR (note 2 there). Where nobody knows what the bytes of a UN in big
//! endian mean, they are kept as they are, and can be written in big endian only.
//!
//! Of numbers in big endian, OW among them, a length that is no whole number of them is refused with the whole data set,
//! though odd lengths are taken elsewhere: in what order the bytes that are left over belong to which number, nobody
//! knows.

use std::collections::btree_map;
use std::fmt::{self, Write};
use std::sync::Arc;

use super::data_set::DataSet;
use super::deflate::{self, inflate};
use super::dictionary::{self, Entry};
use super::element::{Element, Value};
use super::encoding::{Elements, Encoding};
use super::header::{Header, ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION};
use super::limits::Limits;
use super::representation::{self, Context, Unwritable, Written};
use super::scan::MAXIMUM_NESTING;
use super::shown::{shown, shown_by_front};
use super::swap;
use super::tags;
use super::vr::VR;
use super::write::uneven;
use crate::error::{Cause, Error, Phase, Result};
use crate::types::Tag;

/// Reads a whole data set that is encoded so.
pub fn read(bytes: &[u8], encoding: Encoding, limits: Limits) -> Result<DataSet> {
    if encoding.deflated {
        return read_elements(&inflate(bytes, limits.bytes)?, encoding.elements, limits);
    }
    if bytes.len() > limits.bytes {
        return Err(deflate::too_long(limits.bytes));
    }
    read_elements(bytes, encoding.elements, limits)
}

/// Reads a data set that is not deflated, or was inflated.
fn read_elements(bytes: &[u8], elements: Elements, limits: Limits) -> Result<DataSet> {
    let mut reader = Reader::new(bytes, limits);
    let shown = shown_by_front(bytes, elements, true).unwrap_or(elements);
    reader.read(shown).map_err(|fault| fault.of(&reader, limits))
}

/// Reads a data set of which it is known that it is written so, as far as it goes: all, or what stands in front of the
/// element of the data set itself that has something wrong in it, and what that is.
pub(super) fn read_front(bytes: &[u8], elements: Elements, limits: Limits) -> (DataSet, Option<Error>) {
    let mut reader = Reader::new(bytes, limits);
    match reader.read(elements) {
        Ok(set) => (set, None),
        Err(fault) => {
            let good = bytes.get(..reader.element_at).unwrap_or_default();
            // It has just been read, and nothing was wrong.
            let front = Reader::new(good, limits).read(elements);
            (front.unwrap_or_else(|_| DataSet::empty()), Some(fault.of(&reader, limits)))
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Where the next header begins.
    at: usize,
    /// Where the last header of the data set itself begins.
    element_at: usize,
    elements_left: usize,
    /// What is open, the data set itself first; data sets and sequences take turns.
    levels: Vec<Level>,
}

enum Level {
    /// The data set itself, or an item.
    DataSet(OpenDataSet),
    Sequence(OpenSequence),
}

struct OpenDataSet {
    set: DataSet,
    elements: Elements,
    /// Where it ends at the latest; there and nowhere else unless it is `delimited`.
    end: usize,
    delimited: bool,
    unsettled: Unsettled,
}

/// What has its VR from another element, which may come behind it, in this data set and in its items.
#[derive(Default)]
struct Unsettled {
    /// VRs are not written here, and there is such an element.
    own: bool,
    /// In these items of these sequences.
    items: Vec<(Tag, usize, Unsettled)>,
}

struct OpenSequence {
    tag: Tag,
    items: Vec<DataSet>,
    unsettled: Vec<(Tag, usize, Unsettled)>,
    /// How its items are written.
    elements: Elements,
    end: usize,
    delimited: bool,
}

/// What is wrong with the bytes, where the header at `at` begins.
struct Fault {
    at: usize,
    tag: Option<Tag>,
    words: String,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], limits: Limits) -> Self {
        let (elements_left, levels) = (limits.elements, Vec::new());
        Self { bytes, at: 0, element_at: 0, elements_left, levels }
    }

    fn read(&mut self, elements: Elements) -> std::result::Result<DataSet, Fault> {
        self.begin_level(self.bytes.len(), false, elements);
        self.run()
    }

    fn run(&mut self) -> std::result::Result<DataSet, Fault> {
        loop {
            match self.levels.pop() {
                None => return Ok(DataSet::empty()),
                Some(Level::DataSet(open)) => {
                    if let Some(whole) = self.data_set(open)? {
                        return Ok(whole);
                    }
                }
                Some(Level::Sequence(open)) => self.sequence(open)?,
            }
        }
    }

    /// Goes on with a data set until it ends, or a sequence in it begins. The outermost comes back when it ended.
    fn data_set(&mut self, mut open: OpenDataSet) -> std::result::Result<Option<DataSet>, Fault> {
        let is_item = !self.levels.is_empty();
        loop {
            if self.at >= open.end {
                if open.delimited {
                    return Err(self.cut_off_item());
                }
                break;
            }
            let begin = self.at;
            if !is_item {
                self.element_at = begin;
            }
            let (header, size) = match self.header(open.elements, open.end) {
                Some(found) => found,
                None if !is_item && self.is_padding() => break,
                None => return Err(cut_off_header(begin, open.end)),
            };
            let Header { tag, .. } = header;
            if tag == ITEM_DELIMITATION || tag == SEQUENCE_DELIMITATION {
                if header.length != Some(0) {
                    return Err(fault(begin, Some(tag), "a delimiter has no value"));
                }
                if open.delimited {
                    // That of the sequence, where the item's was left out, is left for the sequence.
                    self.at = if tag == ITEM_DELIMITATION { begin.saturating_add(size) } else { begin };
                    break;
                }
                // Of something that has a length, and so needed none.
                self.at = begin.saturating_add(size);
                continue;
            }
            if !is_item && tag == Tag::new(0, 0) && self.is_padding() {
                break;
            }
            if let Some(words) = tags::belongs_elsewhere(tag) {
                return Err(fault(begin, Some(tag), words));
            }
            self.count(begin, Some(tag))?;
            self.at = begin.saturating_add(size);
            let vr = self.vr(&header, open.elements);
            open.unsettled.own |= header.vr.is_none() && representation::depends_on_context(tag);
            match header.length {
                Some(length) => {
                    let end = self.end_of(length, begin, tag, open.end)?;
                    if vr == VR::SQ {
                        self.begin_sequence(open, begin, tag, end, false, header)?;
                        return Ok(None);
                    }
                    let value = self.bytes.get(self.at..end).unwrap_or_default();
                    self.at = end;
                    if tag.element != 0 {
                        let element = element(tag, vr, value, open.elements)
                            .map_err(|words| fault(begin, Some(tag), words))?;
                        insert(&mut open.set, tag, element).map_err(|()| twice(begin, tag))?;
                    }
                }
                None if vr == VR::OB || vr == VR::OW => {
                    let fragments = self.fragments(tag, open.elements, open.end)?;
                    let element = Element::fragmented(vr, fragments);
                    insert(&mut open.set, tag, element).map_err(|()| twice(begin, tag))?;
                }
                None if vr == VR::SQ || vr == VR::UN => {
                    let end = open.end;
                    self.begin_sequence(open, begin, tag, end, true, header)?;
                    return Ok(None);
                }
                None => {
                    let words = format!("a value of VR {} cannot have undefined length", vr.as_str());
                    return Err(fault(begin, Some(tag), words));
                }
            }
        }
        Ok(self.end_data_set(open))
    }

    /// The outermost comes back.
    fn end_data_set(&mut self, open: OpenDataSet) -> Option<DataSet> {
        let OpenDataSet { mut set, unsettled, .. } = open;
        if let Some(Level::Sequence(sequence)) = self.levels.last_mut() {
            if unsettled.is_any() {
                sequence.unsettled.push((sequence.tag, sequence.items.len(), unsettled));
            }
            sequence.items.push(set);
            return None;
        }
        if unsettled.is_any() {
            unsettled.settle(&mut set, Context::default());
        }
        Some(set)
    }

    /// Goes on with a sequence: with its next item, or to its end.
    fn sequence(&mut self, open: OpenSequence) -> std::result::Result<(), Fault> {
        let begin = self.at;
        if begin >= open.end {
            if open.delimited {
                return Err(self.cut_off(open.tag));
            }
            return self.end_sequence(open);
        }
        let Some((header, size)) = self.header(open.elements, open.end) else {
            return Err(self.cut_off(open.tag));
        };
        self.at = begin.saturating_add(size);
        match (header.tag, header.length) {
            (ITEM, length) => {
                self.count(begin, Some(open.tag))?;
                let end = match length {
                    Some(length) => self.end_of(length, begin, ITEM, open.end)?,
                    None => open.end,
                };
                let elements = open.elements;
                self.levels.push(Level::Sequence(open));
                self.begin_item(end, length.is_none(), elements);
                Ok(())
            }
            (SEQUENCE_DELIMITATION, Some(0)) if open.delimited => self.end_sequence(open),
            // Of an item that had a length, or of a sequence that has one.
            (ITEM_DELIMITATION | SEQUENCE_DELIMITATION, Some(0)) => {
                self.levels.push(Level::Sequence(open));
                Ok(())
            }
            (tag, _) => {
                let words = format!("it is where an item of {} must begin", open.tag);
                Err(fault(begin, Some(tag), words))
            }
        }
    }

    fn end_sequence(&mut self, open: OpenSequence) -> std::result::Result<(), Fault> {
        match self.levels.last_mut() {
            Some(Level::DataSet(parent)) => {
                parent.unsettled.items.extend(open.unsettled);
                insert(&mut parent.set, open.tag, Element::sequence(open.items))
                    .map_err(|()| twice(self.at, open.tag))
            }
            _ => Ok(()),
        }
    }

    fn begin_item(&mut self, end: usize, delimited: bool, elements: Elements) {
        // In items of an explicit data set others are not to be expected; but in the guise of a UN they are.
        let elements = if elements.is_explicit() {
            elements
        } else {
            shown(self.bytes.get(self.at..end).unwrap_or_default(), elements)
        };
        self.begin_level(end, delimited, elements);
    }

    fn begin_level(&mut self, end: usize, delimited: bool, elements: Elements) {
        let (set, unsettled) = (DataSet::empty(), Unsettled::default());
        self.levels.push(Level::DataSet(OpenDataSet { set, elements, end, delimited, unsettled }));
    }

    fn begin_sequence(
        &mut self,
        parent: OpenDataSet,
        begin: usize,
        tag: Tag,
        end: usize,
        delimited: bool,
        header: Header,
    ) -> std::result::Result<(), Fault> {
        // The levels are the data sets and sequences that are open around `parent`.
        if self.levels.len() >= 2 * usize::try_from(MAXIMUM_NESTING).unwrap_or(usize::MAX) {
            let words = format!("more than {MAXIMUM_NESTING} sequences are in each other");
            return Err(fault(begin, Some(tag), words));
        }
        if parent.set.get(tag).is_some() {
            return Err(twice(begin, tag));
        }
        let is_unknown = header.vr.is_some_and(|vr| vr != *b"SQ");
        let elements = if is_unknown { Elements::ImplicitLittleEndian } else { parent.elements };
        self.levels.push(Level::DataSet(parent));
        let (items, unsettled) = (Vec::new(), Vec::new());
        self.levels.push(Level::Sequence(OpenSequence { tag, items, unsettled, elements, end, delimited }));
        Ok(())
    }

    /// The fragments of encapsulated pixel data (PS3.5 A.4), behind the header.
    fn fragments(
        &mut self,
        tag: Tag,
        elements: Elements,
        end: usize,
    ) -> std::result::Result<Vec<Arc<[u8]>>, Fault> {
        let mut fragments = Vec::new();
        loop {
            let begin = self.at;
            let Some((header, size)) = self.header(elements, end) else { return Err(self.cut_off(tag)) };
            self.at = begin.saturating_add(size);
            match (header.tag, header.length) {
                (ITEM, Some(length)) => {
                    self.count(begin, Some(tag))?;
                    let end = self.end_of(length, begin, ITEM, end)?;
                    fragments.push(self.bytes.get(self.at..end).unwrap_or_default().into());
                    self.at = end;
                }
                (SEQUENCE_DELIMITATION, Some(0)) => return Ok(fragments),
                (other, _) => {
                    let words = format!("it is where a fragment of {tag} must begin");
                    return Err(fault(begin, Some(other), words));
                }
            }
        }
    }

    /// The header that begins here, if it is there up to `end`.
    fn header(&self, elements: Elements, end: usize) -> Option<(Header, usize)> {
        Header::first(self.bytes.get(self.at..end)?, elements)
    }

    /// Where a value of this length ends that begins here.
    fn end_of(&self, length: u32, begin: usize, tag: Tag, limit: usize) -> std::result::Result<usize, Fault> {
        let left = limit.saturating_sub(self.at);
        match usize::try_from(length).ok().filter(|length| *length <= left) {
            Some(length) => Ok(self.at.saturating_add(length)),
            None => {
                Err(fault(begin, Some(tag), format!("its length is {length}, but {left} bytes are left")))
            }
        }
    }

    /// The VR of the element that has this header.
    fn vr(&self, header: &Header, elements: Elements) -> VR {
        let entry = dictionary::entry(header.tag);
        let Some(written) = header.vr else {
            return match (entry, header.length) {
                // Native pixel data has a length: without, it is encapsulated whatever the syntax says.
                (Some(Entry::ObOrOw | Entry::Vr(VR::OB | VR::OW)), None) => VR::OB,
                // Nothing else but a sequence has none.
                (_, None) => VR::SQ,
                _ => representation::vr_of(header.tag, Context::default()).unwrap_or(VR::UN),
            };
        };
        match VR::from_letters(written) {
            // Its items are in implicit VR little endian (PS3.5 6.2.2). In big endian nobody knows which of its bytes
            // belong together, unless none do.
            Some(VR::UN) | None
                if header.length == Some(0)
                    || (header.length.is_some()
                        && (elements == Elements::ExplicitLittleEndian
                            || representation::is_order_free(header.tag, VR::UN))) =>
            {
                match entry {
                    Some(Entry::Vr(VR::SQ)) if !self.may_be_items(header.length) => VR::UN,
                    Some(Entry::Vr(vr)) => vr,
                    _ => VR::UN,
                }
            }
            Some(vr) => vr,
            None => VR::UN,
        }
    }

    /// Whether the value of this length that begins here is empty, or begins as that of a sequence does.
    fn may_be_items(&self, length: Option<u32>) -> bool {
        let length = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
        let behind = self.bytes.get(self.at..).unwrap_or_default();
        let value = behind.get(..length).unwrap_or(behind);
        let first = Header::first(value, Elements::ImplicitLittleEndian);
        length == 0 || first.is_some_and(|(header, _)| header.tag == ITEM)
    }

    fn count(&mut self, at: usize, tag: Option<Tag>) -> std::result::Result<(), Fault> {
        match self.elements_left.checked_sub(1) {
            Some(left) => {
                self.elements_left = left;
                Ok(())
            }
            None => Err(fault(at, tag, TOO_MANY)),
        }
    }

    /// Whether nothing but zeros is left, as media blocks are filled with.
    fn is_padding(&self) -> bool {
        self.bytes.get(self.at..).unwrap_or_default().iter().all(|byte| *byte == 0)
    }

    fn cut_off_item(&self) -> Fault {
        match self.levels.last() {
            Some(Level::Sequence(sequence)) => self.cut_off(sequence.tag),
            _ => fault(self.at, None, "it is cut off"),
        }
    }

    fn cut_off(&self, tag: Tag) -> Fault {
        fault(self.at, Some(tag), "it is cut off: its delimiter is missing")
    }
}

const TOO_MANY: &str = "too many";

/// The element with these bytes, which become little endian where it is known how. In memory no VR has a limit, as where
/// none is written.
fn element(tag: Tag, vr: VR, value: &[u8], elements: Elements) -> std::result::Result<Element, String> {
    if value.is_empty() {
        // That one is shared by all, and costs nothing.
        return Ok(Element::bytes(vr, Arc::<[u8]>::default()));
    }
    let length = u64::try_from(value.len()).unwrap_or(u64::MAX);
    match representation::written(tag, vr, length, elements, Elements::ImplicitLittleEndian) {
        Ok(Written { unit: 1, .. }) => Ok(Element::bytes(vr, value)),
        Ok(Written { unit, .. }) => Ok(Element::bytes(vr, swap::swapped(value, unit))),
        Err(Unwritable::OrderUnknown) => Ok(Element::in_big_endian(value)),
        Err(Unwritable::Uneven(unit)) => Err(uneven(vr, value, unit)),
    }
}

fn insert(set: &mut DataSet, tag: Tag, element: Element) -> std::result::Result<(), ()> {
    match set.entry(tag) {
        btree_map::Entry::Vacant(vacant) => {
            vacant.insert(element);
            Ok(())
        }
        btree_map::Entry::Occupied(_) => Err(()),
    }
}

impl Unsettled {
    fn is_any(&self) -> bool {
        self.own || !self.items.is_empty()
    }

    /// Gives elements the VR that others say, the nearest around them. Not where a VR is written: that stays as it is.
    fn settle(self, set: &mut DataSet, outer: Context) {
        let context = outer.within(set);
        if self.own && context != Context::default() {
            for (tag, element) in set.elements_mut() {
                let is_value = matches!(element.value, Value::Bytes(_));
                if is_value && representation::depends_on_context(*tag) {
                    element.vr = representation::vr_of(*tag, context).unwrap_or(element.vr);
                }
            }
        }
        for (tag, index, unsettled) in self.items {
            if let btree_map::Entry::Occupied(mut element) = set.entry(tag)
                && let Value::Items(items) = &mut element.get_mut().value
                && let Some(item) = items.get_mut(index)
            {
                unsettled.settle(item, context);
            }
        }
    }
}

fn fault(at: usize, tag: Option<Tag>, words: impl Into<String>) -> Fault {
    Fault { at, tag, words: words.into() }
}

fn cut_off_header(begin: usize, end: usize) -> Fault {
    let left = end.saturating_sub(begin);
    fault(begin, None, format!("the header of an element is cut off after {left} bytes"))
}

fn twice(at: usize, tag: Tag) -> Fault {
    fault(at, Some(tag), "it is there twice")
}

impl Fault {
    /// In words: where, what is open there, and what is wrong.
    fn of(self, reader: &Reader, limits: Limits) -> Error {
        let words = if self.words == TOO_MANY {
            format!("the data set has more than the limit of {} elements and items", limits.elements)
        } else {
            let place = Place { levels: &reader.levels, tag: self.tag };
            format!("the data set is malformed at byte {}{place}: {}", self.at, self.words)
        };
        Error::new(Phase::Queued, Cause::DataSet(words))
    }
}

/// `, in (0040,0275)[0].(0008,0100)`
struct Place<'a> {
    levels: &'a [Level],
    tag: Option<Tag>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut path = String::new();
        for level in self.levels {
            if let Level::Sequence(OpenSequence { tag, items, .. }) = level {
                write!(path, "{tag}[{}].", items.len())?;
            }
        }
        match self.tag {
            Some(tag) => write!(path, "{tag}")?,
            None => {
                path.pop();
            }
        }
        if path.is_empty() { Ok(()) } else { write!(f, ", {path}") }
    }
}
