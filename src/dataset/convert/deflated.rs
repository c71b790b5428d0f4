//! The deflate stream of a deflated transfer syntax (PS3.5 A.5): raw (RFC 1951), with a NUL behind it where its length
//! is odd.

use flate2::{Compress, Compression, FlushCompress, Status};

use super::{NotConvertible, Stage, Step};
use crate::dataset::deflate::{Inflated, Inflating, since};

/// From a deflate stream to what is in it.
#[derive(Default)]
pub(super) struct Inflate {
    stream: Inflating,
    /// How many bytes were behind the end.
    behind: usize,
    /// What is wrong behind what was inflated before it.
    fault: Option<NotConvertible>,
}

/// What some writers leave behind the stream: the checksum and the length of gzip. They are not looked at.
const TRAILER: usize = 8;

impl Stage for Inflate {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, NotConvertible> {
        let (mut read, mut written) = (0, 0);
        if self.fault.is_none() {
            let step = self.stream.step(input, output);
            Inflated { read, made: written, .. } = step;
            self.fault = step.is_broken.then_some(NotConvertible::Deflate);
        }
        let rest = input.get(read..).unwrap_or_default();
        if self.stream.has_ended() {
            let trailer = TRAILER.saturating_sub(self.behind);
            if rest.iter().skip(trailer).any(|byte| *byte != 0) {
                self.fault = Some(NotConvertible::BehindDeflate);
            }
            self.behind = self.behind.saturating_add(rest.len());
            read = input.len();
        } else if last && rest.is_empty() && written == 0 && !output.is_empty() {
            self.fault.get_or_insert(NotConvertible::DeflateCutOff);
        }
        // What was inflated goes first, so that the words about it do not depend on how much came at once.
        match &self.fault {
            Some(fault) if written == 0 => Err(fault.clone()),
            Some(_) => Ok(Step { read, written, end: false }),
            None => Ok(Step { read, written, end: self.stream.has_ended() && last }),
        }
    }
}

/// From a data set to its deflate stream.
pub(super) struct Deflate {
    stream: Compress,
    has_ended: bool,
    /// The stream is odd, and the NUL behind it is not written.
    wants_padding: bool,
}

impl Default for Deflate {
    fn default() -> Self {
        let stream = Compress::new(Compression::default(), false);
        Self { stream, has_ended: false, wants_padding: false }
    }
}

impl Stage for Deflate {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, NotConvertible> {
        let before = (self.stream.total_in(), self.stream.total_out());
        if !self.has_ended {
            let flush = if last { FlushCompress::Finish } else { FlushCompress::None };
            let status = self.stream.compress(input, output, flush).map_err(|_| NotConvertible::Deflate)?;
            self.has_ended = status == Status::StreamEnd;
            self.wants_padding = self.has_ended && self.stream.total_out() % 2 == 1;
        }
        let read = since(before.0, self.stream.total_in());
        let mut written = since(before.1, self.stream.total_out());
        if self.wants_padding
            && let Some(byte) = output.get_mut(written)
        {
            *byte = 0;
            written += 1;
            self.wants_padding = false;
        }
        Ok(Step { read, written, end: self.has_ended && !self.wants_padding })
    }
}
