//! The deflate stream of a deflated transfer syntax (PS3.5 A.5): raw (RFC 1951), with a NUL behind it where its length
//! is odd.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::{NotConvertible, Stage, Step};

/// From a deflate stream to what is in it.
pub(super) struct Inflate {
    stream: Decompress,
    has_ended: bool,
    /// How many bytes were behind the end.
    behind: usize,
    /// What is wrong behind what was inflated before it.
    fault: Option<NotConvertible>,
}

/// What some writers leave behind the stream: the checksum and the length of gzip. They are not looked at.
const TRAILER: usize = 8;

impl Default for Inflate {
    fn default() -> Self {
        Self { stream: Decompress::new(false), has_ended: false, behind: 0, fault: None }
    }
}

impl Stage for Inflate {
    fn step(&mut self, input: &[u8], last: bool, output: &mut [u8]) -> Result<Step, NotConvertible> {
        let (mut read, mut written) = (0, 0);
        if !self.has_ended && self.fault.is_none() {
            let before = (self.stream.total_in(), self.stream.total_out());
            match self.stream.decompress(input, output, FlushDecompress::None) {
                Ok(status) => self.has_ended = status == Status::StreamEnd,
                Err(_) => self.fault = Some(NotConvertible::Deflate),
            }
            read = since(before.0, self.stream.total_in());
            written = since(before.1, self.stream.total_out());
        }
        let rest = input.get(read..).unwrap_or_default();
        if self.has_ended {
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
            None => Ok(Step { read, written, end: self.has_ended && last }),
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

/// Of two counts of one stream.
fn since(before: u64, now: u64) -> usize {
    usize::try_from(now.saturating_sub(before)).unwrap_or(usize::MAX)
}
