//! From one way of writing elements to another, element by element.

use super::levels::{Kind, Levels};
use super::{NotConvertible, Stage, Step};
use crate::dataset::encoding::Elements;
use crate::dataset::header::{DELIMITERS, Header, ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION};
use crate::dataset::representation::{self, Unwritable};
use crate::dataset::scan::Malformed;
use crate::dataset::shown::begins_with_vr;
use crate::dataset::swap;
use crate::dataset::tags::{PIXEL_DATA, PIXEL_REPRESENTATION, WAVEFORM_BITS_ALLOCATED};
use crate::dataset::vr::VR;
use crate::types::Tag;

pub(super) struct Elementwise {
    to: Elements,
    levels: Levels,
    state: State,
    /// The header, or the number, that is coming in.
    arriving: [u8; Header::LONG],
    arrived: usize,
    /// What was converted and has not found room: a header, or a number.
    ready: Vec<u8>,
    taken: usize,
    /// How many bytes have been read.
    position: u64,
    /// The element that passes, or passed last.
    current: Tag,
    /// Whether the next header is the first of the data set or of an item.
    is_first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Header,
    /// In a value of which so many bytes are left; `unit` of them are turned round together.
    Value {
        left: u64,
        unit: usize,
    },
    /// In a value on which the VRs of others depend: one number of two bytes.
    Noted {
        unit: usize,
    },
    /// In a value that is left out.
    Dropped {
        left: u64,
    },
    /// Zeros behind the last element.
    Padding,
}

/// How far something got.
#[derive(Debug, Clone, Copy)]
struct Progress {
    read: usize,
    written: usize,
    /// Nothing more can be done without more input, or more room.
    waits: bool,
}

impl Progress {
    /// With what was read, and nothing in the way of going on.
    fn after(read: usize) -> Self {
        Self { read, written: 0, waits: false }
    }
}

impl Elementwise {
    pub(super) fn new(from: Elements, to: Elements) -> Self {
        Self {
            to,
            levels: Levels::new(from),
            state: State::Header,
            arriving: [0; Header::LONG],
            arrived: 0,
            ready: Vec::new(),
            taken: 0,
            position: 0,
            current: Tag::new(0, 0),
            is_first: true,
        }
    }
}

impl Stage for Elementwise {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, NotConvertible> {
        let (mut read, mut written) = (0, 0);
        loop {
            written += self.give(output.get_mut(written..).unwrap_or_default());
            if !self.ready.is_empty() {
                return Ok(Step { read, written, end: false });
            }
            let rest = input.get(read..).unwrap_or_default();
            let room = output.get_mut(written..).unwrap_or_default();
            let progress = self.advance(rest, room)?;
            self.position = self.position.saturating_add(wide(progress.read));
            read += progress.read;
            written += progress.written;
            if progress.waits {
                break;
            }
        }
        let end = last && read == input.len();
        if end {
            self.is_whole()?;
        }
        Ok(Step { read, written, end })
    }

    fn skippable(&self) -> u64 {
        match self.state {
            State::Value { left, .. } if self.arrived == 0 && self.ready.is_empty() => left,
            _ => 0,
        }
    }

    fn skip(&mut self, count: u64) {
        let count = count.min(self.skippable());
        if let State::Value { left, .. } = self.state
            && count > 0
        {
            let left = left - count;
            // Where numbers begin is not known any more, and of no interest.
            self.state = if left == 0 { State::Header } else { State::Value { left, unit: 1 } };
            self.position = self.position.saturating_add(count);
        }
    }
}

impl Elementwise {
    /// Hands out what is ready.
    fn give(&mut self, room: &mut [u8]) -> usize {
        let count = swap::copy(self.ready.get(self.taken..).unwrap_or_default(), room);
        self.taken += count;
        if self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
        }
        count
    }

    /// Goes on by one header, or as far as there is of a value.
    fn advance(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, NotConvertible> {
        match self.state {
            State::Header => self.header(input),
            State::Value { left, unit } => Ok(self.value(left, unit, input, output)),
            State::Noted { unit } => Ok(self.noted(unit, input)),
            State::Dropped { left } => {
                let count = least(left, input.len());
                let left = left - wide(count);
                self.state = if left == 0 { State::Header } else { State::Dropped { left } };
                Ok(Progress { read: count, written: 0, waits: left > 0 })
            }
            State::Padding if input.iter().any(|byte| *byte != 0) => Err(NotConvertible::BehindPadding),
            State::Padding => Ok(Progress { read: input.len(), written: 0, waits: true }),
        }
    }

    /// Takes what is missing of `size` bytes that belong together; told how many that were.
    fn arrive(&mut self, input: &[u8], size: usize) -> usize {
        let room = self.arriving.get_mut(self.arrived..size).unwrap_or_default();
        let count = swap::copy(input, room);
        self.arrived += count;
        count
    }

    /// Closes what has ended here, or takes the next header.
    fn header(&mut self, input: &[u8]) -> Result<Progress, NotConvertible> {
        let level = *self.levels.innermost();
        if self.arrived == 0 && level.end == Some(self.position) {
            self.close(level.kind);
            return Ok(Progress::after(0));
        }
        let mut read = self.arrive(input, Header::SHORT);
        let [front @ .., _, _, _, _] = self.arriving;
        let size = if self.arrived < front.len() {
            front.len()
        } else {
            self.look_at_first(front)?;
            Header::size(front, self.levels.innermost().elements)
        };
        read += self.arrive(input.get(read..).unwrap_or_default(), size);
        if self.arrived < size {
            return Ok(Progress { read, written: 0, waits: true });
        }
        self.arrived = 0;
        self.begin(self.position.saturating_add(wide(read)), size)?;
        Ok(Progress::after(read))
    }

    /// The first bytes of a first header show explicit VRs where they should be implicit. Of an item that is believed, as
    /// the reader and the scanner believe it; of a data set not, since its transfer syntax says the contrary.
    fn look_at_first(&mut self, front: [u8; Header::SHORT]) -> Result<(), NotConvertible> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        let level = self.levels.innermost_mut();
        if !is_first || level.elements.is_explicit() || !begins_with_vr(front) {
            return Ok(());
        }
        if level.kind == Kind::DataSet {
            let tag = Header::read(self.arriving, level.elements).tag;
            return Err(NotConvertible::Malformed(Malformed::Mixed(tag)));
        }
        level.elements = Elements::ExplicitLittleEndian;
        Ok(())
    }

    /// A header of `size` bytes is there; behind it, at `position`, is the value.
    fn begin(&mut self, position: u64, size: usize) -> Result<(), NotConvertible> {
        let level = *self.levels.innermost();
        let header = Header::read(self.arriving, level.elements);
        self.levels.end(header.tag, header.length, position)?;
        if let Some(length) = header.length.filter(|length| length % 2 == 1) {
            return Err(NotConvertible::OddLength { tag: header.tag, length });
        }
        if header.tag.group == DELIMITERS {
            return self.delimiter(header, position);
        }
        if level.kind == Kind::Sequence {
            return Err(NotConvertible::Malformed(Malformed::NotAnItem(header.tag)));
        }
        let is_nothing = self.arriving.iter().take(size).all(|byte| *byte == 0);
        if is_nothing && level.kind == Kind::DataSet {
            self.state = State::Padding;
            return Ok(());
        }
        self.current = header.tag;
        self.element(header, position)
    }

    /// An element of the data set or of an item.
    fn element(&mut self, header: Header, position: u64) -> Result<(), NotConvertible> {
        let Header { tag, vr: letters, length } = header;
        if tag.element == 0 {
            return self.group_length(tag, length);
        }
        let level = *self.levels.innermost();
        let vr = match letters {
            Some(letters) => VR::from_letters(letters),
            None => representation::vr_of(tag, level.context),
        };
        let Some(length) = length else {
            let elements = match (vr, letters) {
                _ if tag == PIXEL_DATA => return Err(NotConvertible::Encapsulated(tag)),
                (Some(VR::OB | VR::OW), Some(_)) => return Err(NotConvertible::Encapsulated(tag)),
                // Where there are no VRs nothing else can have it, whatever the dictionary says.
                (_, None) | (Some(VR::SQ), _) => level.elements,
                // PS3.5 6.2.2: the one thing known of it is that it is a sequence, and how that is written.
                (Some(VR::UN), _) => Elements::ImplicitLittleEndian,
                (Some(_), _) => return Err(NotConvertible::UndefinedLength(tag)),
                (None, _) => return Err(NotConvertible::Malformed(Malformed::Vr(tag))),
            };
            return self.sequence(tag, None, position, elements);
        };
        if vr == Some(VR::SQ) {
            if tag == PIXEL_DATA {
                return Err(NotConvertible::Encapsulated(tag));
            }
            return self.sequence(tag, Some(length), position, level.elements);
        }
        let vr = match (vr, letters) {
            (Some(vr), _) => vr,
            // What is no text is no VR, and what follows may be anything; "ZZ" and "??" are as good as UN.
            (None, Some(letters)) if letters.iter().any(|byte| !matches!(byte, b' '..=b'~')) => {
                return Err(NotConvertible::Malformed(Malformed::Vr(tag)));
            }
            (None, _) => VR::UN,
        };
        let written = representation::written(tag, vr, length.into(), level.elements, self.to);
        let written = written.map_err(|unwritable| match unwritable {
            Unwritable::OrderUnknown => NotConvertible::Unknown(tag),
            Unwritable::Uneven(unit) => NotConvertible::Uneven { tag, length, unit },
        })?;
        self.write(Header { tag, vr: Some(written.vr.letters()), length: Some(length) });
        let is_noted = matches!(tag, PIXEL_REPRESENTATION | WAVEFORM_BITS_ALLOCATED);
        self.state = match length {
            0 => State::Header,
            2 if is_noted && vr == VR::US => State::Noted { unit: written.unit },
            _ => State::Value { left: length.into(), unit: written.unit },
        };
        Ok(())
    }

    /// PS3.5 7.2: they say nothing that is not said elsewhere, and would not be true any more.
    fn group_length(&mut self, tag: Tag, length: Option<u32>) -> Result<(), NotConvertible> {
        match length {
            Some(length @ (0 | 4)) => self.state = State::Dropped { left: length.into() },
            Some(length) => return Err(NotConvertible::GroupLength { tag, length }),
            None => return Err(NotConvertible::UndefinedLength(tag)),
        }
        Ok(())
    }

    fn sequence(
        &mut self,
        tag: Tag,
        length: Option<u32>,
        position: u64,
        elements: Elements,
    ) -> Result<(), NotConvertible> {
        self.levels.open_sequence(tag, length, position, elements)?;
        self.write(Header { tag, vr: Some(*b"SQ"), length: None });
        Ok(())
    }

    /// An item or a delimiter (PS3.5 7.5).
    fn delimiter(&mut self, header: Header, position: u64) -> Result<(), NotConvertible> {
        let level = *self.levels.innermost();
        let closes = match header.tag {
            ITEM_DELIMITATION => level.kind == Kind::Item,
            SEQUENCE_DELIMITATION => level.kind == Kind::Sequence,
            _ => false,
        };
        match (header.length, level.end) {
            (length, _) if header.tag == ITEM && level.kind == Kind::Sequence => {
                self.levels.open_item(length, position)?;
                self.write(Header { tag: ITEM, vr: None, length: None });
                self.is_first = true;
                Ok(())
            }
            (Some(0), None) if closes => {
                self.close(level.kind);
                Ok(())
            }
            // Needless, since its length says the same.
            (Some(0), Some(end)) if closes && end == position => Ok(()),
            _ => Err(NotConvertible::Malformed(Malformed::Misplaced(header.tag))),
        }
    }

    fn close(&mut self, kind: Kind) {
        let tag = if kind == Kind::Item { ITEM_DELIMITATION } else { SEQUENCE_DELIMITATION };
        self.levels.close();
        self.write(Header { tag, vr: None, length: Some(0) });
    }

    fn write(&mut self, header: Header) {
        header.write(self.to, &mut self.ready);
    }

    /// Passes on what there is of a value, and room for.
    fn value(&mut self, left: u64, unit: usize, input: &[u8], output: &mut [u8]) -> Progress {
        let there = input.get(..least(left, input.len())).unwrap_or_default();
        let mut read = 0;
        let mut written = 0;
        if self.arrived == 0 {
            read = swap::swap(there, output, unit);
            written = read;
        }
        let rest = there.get(read..).unwrap_or_default();
        // A number of which not all is there, or for which there is no room in one piece.
        if unit > 1 && !rest.is_empty() {
            read += self.arrive(rest, unit);
            if self.arrived == unit {
                self.ready.extend(self.arriving.iter().take(unit).rev());
                self.arrived = 0;
            }
        }
        let left = left - wide(read);
        self.state = if left == 0 { State::Header } else { State::Value { left, unit } };
        // Where something is ready it goes out first, and then all this goes on.
        Progress {
            read,
            written,
            waits: left > 0 && self.ready.is_empty() && (read == 0 || read == there.len()),
        }
    }

    /// Takes a number, and keeps it in mind.
    fn noted(&mut self, unit: usize, input: &[u8]) -> Progress {
        let read = self.arrive(input, 2);
        if self.arrived < 2 {
            return Progress { read, written: 0, waits: true };
        }
        let [first, second, ..] = self.arriving;
        let level = self.levels.innermost_mut();
        let number = Some(level.elements.short([first, second]));
        if self.current == PIXEL_REPRESENTATION {
            level.context.pixel_representation = number;
        } else {
            level.context.waveform_bits = number;
        }
        self.ready.extend(if unit == 1 { [first, second] } else { [second, first] });
        self.arrived = 0;
        self.state = State::Header;
        Progress::after(read)
    }

    /// Says what is missing where no more comes.
    fn is_whole(&self) -> Result<(), NotConvertible> {
        let arrived = self.arriving.get(..self.arrived).unwrap_or_default();
        let missing = match self.state {
            State::Value { left, .. } | State::Dropped { left } => left,
            State::Noted { .. } => 2 - wide(arrived.len()),
            State::Padding => return Ok(()),
            State::Header => {
                let level = self.levels.innermost();
                return match level.kind {
                    Kind::DataSet if arrived.iter().all(|byte| *byte == 0) => Ok(()),
                    Kind::DataSet => Err(NotConvertible::CutOffHeader { present: arrived.len() }),
                    Kind::Sequence | Kind::Item => Err(NotConvertible::CutOffSequence(level.tag)),
                };
            }
        };
        Err(NotConvertible::CutOff { tag: self.current, missing })
    }
}

/// The lesser of what is left and what is there.
fn least(left: u64, there: usize) -> usize {
    usize::try_from(left).map_or(there, |left| left.min(there))
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
