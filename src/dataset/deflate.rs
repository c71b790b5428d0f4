//! Deflated data sets (PS3.5 A.5): one raw deflate stream (RFC 1951), with a NUL behind it where its length is odd.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};

use crate::error::{Cause, Error, Phase, Result};

/// Inflates as it comes, a step at a time.
#[derive(Debug)]
pub struct Inflater {
    stream: Inflating,
    step: Box<[u8]>,
}

/// How much is inflated before anybody looks at it.
const STEP: usize = 64 * 1024;

impl Default for Inflater {
    fn default() -> Self {
        Self { stream: Inflating::default(), step: vec![0; STEP].into() }
    }
}

impl Inflater {
    /// Inflates `bytes`, the next of the stream; `take` is given what comes out, at most 64 KiB at once, and says
    /// whether it wants more. What is behind the end of the stream is nothing to anybody, so others have it that
    /// way, and some write more than the NUL.
    pub fn push(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8]) -> Result<bool>) -> Result<bool> {
        let mut rest = bytes;
        while !self.stream.has_ended() {
            let before = self.stream.total_in();
            let Inflated { read, made, is_broken } = self.stream.step(rest, &mut self.step);
            if is_broken {
                return Err(fault(&format!("the deflate stream is broken at byte {before}")));
            }
            rest = rest.get(read..).unwrap_or_default();
            if made > 0 && !take(self.step.get(..made).unwrap_or_default())? {
                return Ok(false);
            }
            // Nothing is left of `bytes`, and nothing waits in the stream.
            if (rest.is_empty() && made < STEP) || (read == 0 && made == 0) {
                break;
            }
        }
        Ok(true)
    }

    /// Whether the stream has come to its end.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.stream.has_ended()
    }

    /// Says what is wrong where no more will come.
    pub fn finish(&self) -> Result<()> {
        if self.has_ended() { Ok(()) } else { Err(fault("the deflate stream is cut off")) }
    }
}

/// A stream that is being inflated, the one place where it is stepped.
#[derive(Debug)]
pub(super) struct Inflating {
    stream: Decompress,
    has_ended: bool,
}

/// What one step of it did.
pub(super) struct Inflated {
    pub(super) read: usize,
    pub(super) made: usize,
    /// Behind that.
    pub(super) is_broken: bool,
}

impl Default for Inflating {
    fn default() -> Self {
        Self { stream: Decompress::new(false), has_ended: false }
    }
}

impl Inflating {
    /// Inflates what it can of `bytes` into `room`; nothing more behind the end of the stream.
    pub(super) fn step(&mut self, bytes: &[u8], room: &mut [u8]) -> Inflated {
        if self.has_ended {
            return Inflated { read: 0, made: 0, is_broken: false };
        }
        let before = (self.stream.total_in(), self.stream.total_out());
        let status = self.stream.decompress(bytes, room, FlushDecompress::None);
        self.has_ended = matches!(status, Ok(Status::StreamEnd));
        Inflated {
            read: since(before.0, self.stream.total_in()),
            made: since(before.1, self.stream.total_out()),
            is_broken: status.is_err(),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    fn total_in(&self) -> u64 {
        self.stream.total_in()
    }
}

/// Of two counts of one stream.
pub(super) fn since(before: u64, now: u64) -> usize {
    usize::try_from(now.saturating_sub(before)).unwrap_or(usize::MAX)
}

/// Inflates a whole stream to at most `limit` bytes.
pub fn inflate(bytes: &[u8], limit: usize) -> Result<Vec<u8>> {
    let mut whole = Vec::new();
    let mut inflater = Inflater::default();
    inflater.push(bytes, |part| {
        whole.extend_from_slice(part);
        if whole.len() > limit { Err(too_long(limit)) } else { Ok(true) }
    })?;
    inflater.finish()?;
    Ok(whole)
}

/// More bytes than were allowed.
pub(super) fn too_long(limit: usize) -> Error {
    fault(&format!("the data set is longer than the limit of {limit} bytes"))
}

/// Deflates a whole data set, to an even length.
#[must_use]
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // A vector takes everything.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    let mut deflated = written.unwrap_or_default();
    if deflated.len() % 2 == 1 {
        deflated.push(0);
    }
    deflated
}

fn fault(words: &str) -> Error {
    Error::new(Phase::Queued, Cause::DataSet(words.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for length in [0, 1, 10, 65_535, 65_536, 65_537, 300_000] {
            let bytes: Vec<u8> = (0..length).map(|at: u32| (at / 7).to_le_bytes()[0]).collect();
            let deflated = deflate(&bytes);
            assert_eq!(deflated.len() % 2, 0);
            assert_eq!(inflate(&deflated, bytes.len()).unwrap(), bytes);
            for size in [1, 7, 100_000] {
                let mut inflater = Inflater::default();
                let mut whole = Vec::new();
                for part in deflated.chunks(size) {
                    inflater
                        .push(part, |part| {
                            whole.extend_from_slice(part);
                            Ok(true)
                        })
                        .unwrap();
                }
                inflater.finish().unwrap();
                assert_eq!(whole, bytes);
            }
        }
    }

    #[test]
    fn a_bomb_is_inflated_as_far_as_the_limit() {
        let bomb = deflate(&vec![0; 64 * 1024 * 1024]);
        assert!(bomb.len() < 100_000);
        let mut taken = 0;
        let error = Inflater::default().push(&bomb, |part| {
            taken += part.len();
            if taken > 1000 { Err(too_long(1000)) } else { Ok(true) }
        });
        assert_eq!(error.unwrap_err().to_string(), "the data set is longer than the limit of 1000 bytes");
        assert!(taken <= STEP);
        assert!(inflate(&bomb, 1_000_000).is_err());
    }

    #[test]
    fn what_is_wrong_with_a_stream() {
        let mut deflated = deflate(b"DICOM");
        let cut_off = &deflated[..deflated.len() / 2];
        assert_eq!(inflate(cut_off, 100).unwrap_err().to_string(), "the deflate stream is cut off");
        assert_eq!(inflate(b"", 100).unwrap_err().to_string(), "the deflate stream is cut off");
        assert_eq!(
            inflate(&[0xFF; 9], 100).unwrap_err().to_string(),
            "the deflate stream is broken at byte 0"
        );
        deflated.extend_from_slice(b"whatever");
        assert_eq!(inflate(&deflated, 100).unwrap(), b"DICOM");
    }
}
