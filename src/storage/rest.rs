//! What of a data set comes behind the buffer with which it was opened.

use std::io::{self, Read};
use std::ops::Range;

use super::converted::Converted;
use super::read_at::ReadAt;
use super::whole;
use crate::dataset::scan::Scanner;
use crate::net::data::{Fed, Source};

/// Of an instance, wherever it comes from.
pub(crate) enum Rest {
    /// Of a file or of memory.
    At(RestAt),
    /// Of a reader.
    Of(RestOf),
    /// What is changed on its way: inflated, or deflated again.
    Converted(Box<Converted>),
}

impl Source for Rest {
    fn read(&mut self, into: &mut [u8]) -> io::Result<Fed> {
        match self {
            Self::At(rest) => rest.read(into),
            Self::Of(rest) => rest.read(into),
            Self::Converted(rest) => rest.read(into),
        }
    }
}

/// Of a file or of memory, which were found whole when they were opened.
pub(crate) struct RestAt {
    pub(super) from: Box<dyn ReadAt>,
    pub(super) left: Range<u64>,
}

impl Source for RestAt {
    fn read(&mut self, into: &mut [u8]) -> io::Result<Fed> {
        let room = limited(into, Some(self.left.end.saturating_sub(self.left.start)));
        let length = self.from.fill(room, self.left.start)?;
        if length < room.len() {
            return Err(whole::shrunk());
        }
        self.left.start = self.left.start.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        Ok(Fed { length, end: self.left.is_empty() })
    }
}

/// Of a reader. What cannot be known before is found out on the way: whether the data set is whole.
pub(crate) struct RestOf {
    pub(super) reader: Box<dyn Read + Send>,
    /// How much is to come; `None` is until the reader ends.
    pub(super) left: Option<u64>,
    pub(super) ended: bool,
    /// `None` for a deflated data set: it is not inflated to be sent.
    pub(super) scanner: Option<Scanner>,
    /// What is known of it before: all but the values of pixel data, which are zeros here.
    pub(super) outline: Option<Box<dyn ReadAt>>,
}

/// A slow reader is not waited for until a large buffer is full: the peer measures how fast the data set comes.
pub(super) const ENOUGH: usize = 16 * 1024;

impl Source for RestOf {
    fn read(&mut self, into: &mut [u8]) -> io::Result<Fed> {
        let length = self.fill(into, ENOUGH)?;
        if let Some(scanner) = &mut self.scanner {
            scanner.push(into.get(..length).unwrap_or_default(), &mut ());
            if let Some(words) = self.ended.then(|| whole::words(scanner.end())).flatten() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, words));
            }
        }
        Ok(Fed { length, end: self.ended })
    }
}

impl RestOf {
    /// Reads into `into` until that is full, `enough` have come, or there is no more.
    pub(super) fn fill(&mut self, into: &mut [u8], enough: usize) -> io::Result<usize> {
        let room = limited(into, self.left);
        let mut filled = 0;
        while let Some(room) = room.get_mut(filled..).filter(|room| !room.is_empty() && !self.ended)
            && filled < enough
        {
            match self.reader.read(room) {
                Ok(0) => self.ended = true,
                Ok(count) => filled = filled.saturating_add(count.min(room.len())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(u64::try_from(filled).unwrap_or(u64::MAX));
            if self.ended && *left > 0 {
                let words = format!("it ended {left} bytes before the length that was given for it");
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, words));
            }
            self.ended = *left == 0;
        }
        Ok(filled)
    }
}

fn limited(into: &mut [u8], left: Option<u64>) -> &mut [u8] {
    let left = left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
    let room = left.min(into.len());
    into.split_at_mut(room).0
}
