//! A data set that gets another front.

use super::{NotConvertible, Stage, Step};
use crate::dataset::swap;

/// Bytes in the place of the first ones.
pub(super) struct OtherFront {
    front: Vec<u8>,
    given: usize,
    /// How many of those that come are still to be left out.
    left_out: u64,
}

impl OtherFront {
    /// `front` in the place of the first `length` bytes.
    pub(super) fn new(front: Vec<u8>, length: u64) -> Self {
        Self { front, given: 0, left_out: length }
    }
}

impl Stage for OtherFront {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, NotConvertible> {
        let mut written = swap::copy(self.front.get(self.given..).unwrap_or_default(), output);
        self.given += written;
        let mut read = usize::try_from(self.left_out).map_or(input.len(), |left| left.min(input.len()));
        self.left_out = self.left_out.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        let is_given = self.given == self.front.len();
        if is_given {
            let room = output.get_mut(written..).unwrap_or_default();
            let passed = swap::copy(input.get(read..).unwrap_or_default(), room);
            read += passed;
            written += passed;
        }
        Ok(Step { read, written, end: last && is_given && read == input.len() })
    }
}
