//! Conversion of a data set between the uncompressed transfer syntaxes while it streams by: Implicit VR Little Endian,
//! Explicit VR Little Endian, Explicit VR Big Endian (retired) and Deflated Explicit VR Little Endian, any to any.
//!
//! What comes out has sequences and items of undefined length, since their lengths change and are not known before
//! their ends, and no group lengths; it keeps the order of the elements and every byte of their values, swapped where
//! the order of bytes changes. What cannot be converted is refused, and the words name the element.
//!
//! A VR that is not written is found out by what came before the element, since the rest is not here yet. What depends on
//! something behind it is written as if that were missing: US, not SS, in front of Pixel Representation (0028,0103), and
//! OB, not OW, where Channel Minimum and Maximum Value (5400,0110), (5400,0112) stand in front of Waveform Bits Allocated
//! (5400,1004). A data set in memory knows better.
//!
//! Nothing of a value is held but the few bytes of a number that two reads cut in two, so the memory is the same for
//! every data set: a few words for each open sequence, and 64 KiB for each step that inflates or deflates.

mod deflated;
mod elementwise;
mod front;
mod levels;
mod refusal;
mod rehearsal;

pub use refusal::NotConvertible;
pub use rehearsal::Rehearsal;

use self::deflated::{Deflate, Inflate};
use self::elementwise::Elementwise;
use self::front::OtherFront;
use super::encoding::Encoding;
use crate::types::Uid;
use crate::wire::uids;

/// Converts one data set from its first byte to its last.
pub struct Converter {
    stage: Box<dyn Stage>,
}

impl Converter {
    /// From one transfer syntax to another, or to the same: then only lengths of sequences and items change.
    pub fn new(from: &Uid, to: &Uid) -> Result<Self, NotConvertible> {
        let stage = inflated(from, to)?;
        let is_deflated = Encoding::of(to).deflated;
        let deflated = |stage| Box::new(Chain::new(stage, Box::new(Deflate::default())));
        Ok(Self { stage: if is_deflated { deflated(stage) } else { stage } })
    }

    /// Of a deflated data set, which stays deflated: `front` takes the place of its first `length` bytes, inflated, and
    /// the others pass as they are. No element is looked at.
    #[must_use]
    pub fn with_other_front(front: Vec<u8>, length: u64) -> Self {
        let inflated = Chain::new(Box::new(Inflate::default()), Box::new(OtherFront::new(front, length)));
        Self { stage: Box::new(Chain::new(Box::new(inflated), Box::new(Deflate::default()))) }
    }

    /// Whether a data set can be converted between these transfer syntaxes, whatever is in it.
    #[must_use]
    pub fn can(from: &Uid, to: &Uid) -> bool {
        uncompressed(from).is_ok() && uncompressed(to).is_ok()
    }

    /// Converts what it can of `input`, the next bytes of the data set, into `output`; `last` says that nothing comes
    /// behind them. It stops where `output` is full or `input` is used up: what was not read of `input` is to be
    /// handed in again. A step that neither reads nor writes wants more of one of them.
    ///
    /// After an error it is of no use: what it has written is not a whole data set.
    pub fn convert(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, NotConvertible> {
        self.stage.step(input, last, output)
    }
}

impl std::fmt::Debug for Converter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Converter").finish_non_exhaustive()
    }
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many bytes of the input were read.
    pub read: usize,
    /// How many bytes were written to the output.
    pub written: usize,
    /// The data set is whole: nothing more will be written.
    pub end: bool,
}

/// Up to where it would be deflated.
fn inflated(from: &Uid, to: &Uid) -> Result<Box<dyn Stage>, NotConvertible> {
    let (from, to) = (uncompressed(from)?, uncompressed(to)?);
    let stage = Box::new(Elementwise::new(from.elements, to.elements));
    Ok(if from.deflated { Box::new(Chain::new(Box::new(Inflate::default()), stage)) } else { stage })
}

/// Not of every UID that has native pixel data: others than these four differ in something (the byte order of pixels,
/// an address in place of them).
fn uncompressed(transfer_syntax: &Uid) -> Result<Encoding, NotConvertible> {
    let known = [
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        uids::EXPLICIT_VR_BIG_ENDIAN,
        uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    ];
    if known.contains(transfer_syntax) {
        Ok(Encoding::of(transfer_syntax))
    } else {
        Err(NotConvertible::TransferSyntax(transfer_syntax.clone()))
    }
}

/// A part of a conversion, with the promises of [`Converter::convert`].
trait Stage: Send {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, NotConvertible>;

    /// How many of the bytes that come next are passed on whatever they are.
    fn skippable(&self) -> u64 {
        0
    }

    /// Leaves out `count` of them; what would be written is of no interest any more.
    fn skip(&mut self, _count: u64) {}
}

/// What goes through one stage, and then through another.
struct Chain {
    first: Box<dyn Stage>,
    second: Box<dyn Stage>,
    /// What the first has written, `there` of it not read by the second.
    between: Box<[u8]>,
    there: std::ops::Range<usize>,
    first_has_ended: bool,
}

/// How much is inflated, or waits to be deflated, at a time.
const BETWEEN: usize = 64 * 1024;

impl Chain {
    fn new(first: Box<dyn Stage>, second: Box<dyn Stage>) -> Self {
        Self { first, second, between: vec![0; BETWEEN].into(), there: 0..0, first_has_ended: false }
    }
}

impl Stage for Chain {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, NotConvertible> {
        let (mut read, mut written) = (0, 0);
        loop {
            let there = self.between.get(self.there.clone()).unwrap_or_default();
            let room = output.get_mut(written..).unwrap_or_default();
            let step = self.second.step(there, self.first_has_ended, room)?;
            self.there.start += step.read;
            written += step.written;
            if step.end || !self.there.is_empty() || self.first_has_ended {
                return Ok(Step { read, written, end: step.end });
            }
            let rest = input.get(read..).unwrap_or_default();
            let step = self.first.step(rest, last, &mut self.between)?;
            read += step.read;
            self.there = 0..step.written;
            self.first_has_ended = step.end;
            if step.read == 0 && step.written == 0 && !step.end {
                return Ok(Step { read, written, end: false });
            }
        }
    }
}
