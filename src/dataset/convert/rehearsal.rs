//! Whether a data set can be converted, before its first byte is sent.

use super::{NotConvertible, Stage, inflated};
use crate::types::Uid;

/// Follows a data set as its conversion would, but that values are passed over: of a file they need not be read.
pub struct Rehearsal {
    stage: Box<dyn Stage>,
    output: Box<[u8]>,
    written: u64,
    refused: Option<NotConvertible>,
}

/// Room for what is thrown away.
const ROOM: usize = 16 * 1024;

impl Rehearsal {
    /// Of the conversion from one transfer syntax to another.
    pub fn new(from: &Uid, to: &Uid) -> Result<Self, NotConvertible> {
        Ok(Self { stage: inflated(from, to)?, output: vec![0; ROOM].into(), written: 0, refused: None })
    }

    /// The next bytes of the data set.
    pub fn push(&mut self, bytes: &[u8]) {
        self.step(bytes, false);
    }

    /// How many of the bytes that come next nobody will look at; `u64::MAX` is all. They need not be pushed.
    #[must_use]
    pub fn skippable(&self) -> u64 {
        if self.refused.is_some() { u64::MAX } else { self.stage.skippable() }
    }

    /// Leaves out `count` bytes, at most as many as [`Rehearsal::skippable`] says.
    pub fn skip(&mut self, count: u64) {
        let count = count.min(self.stage.skippable());
        self.stage.skip(count);
        self.written = self.written.saturating_add(count);
    }

    /// That was all of it: how long it becomes, before it is deflated, or why it cannot be converted.
    pub fn end(mut self) -> Result<u64, NotConvertible> {
        self.step(&[], true);
        self.refused.map_or(Ok(self.written), Err)
    }

    fn step(&mut self, bytes: &[u8], last: bool) {
        let mut rest = bytes;
        while self.refused.is_none() {
            match self.stage.step(rest, last, &mut self.output) {
                Ok(step) => {
                    self.written =
                        self.written.saturating_add(u64::try_from(step.written).unwrap_or(u64::MAX));
                    rest = rest.get(step.read..).unwrap_or_default();
                    if step.end || (step.read == 0 && step.written == 0) {
                        return;
                    }
                }
                Err(refused) => self.refused = Some(refused),
            }
        }
    }
}

impl std::fmt::Debug for Rehearsal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rehearsal").field("refused", &self.refused).finish_non_exhaustive()
    }
}
