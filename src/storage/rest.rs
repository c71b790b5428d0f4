//! What of a data set comes behind the buffer with which it was opened.

use std::io::{self, Cursor, Read};
use std::ops::Range;

use super::converted::Converted;
use super::read_at::ReadAt;
use super::whole;
use crate::dataset::scan::Scanner;
use crate::net::data::{Fed, Shortfall, Source};

/// Of an instance, wherever it comes from.
pub(crate) enum Rest {
    /// Of a file or of memory.
    At(RestAt),
    /// Of a reader.
    Of(RestOf),
    /// What is changed on its way: inflated, or deflated again.
    Converted(Box<Converted>),
    /// What has another front.
    Fronted(Box<Fronted>),
}

impl Rest {
    /// Its first bytes: of a reader until there are `enough`.
    pub(super) fn begin(&mut self, into: &mut [u8], enough: usize) -> Result<Fed, Shortfall> {
        match self {
            Self::Of(rest) => Ok(Fed { length: rest.fill(into, enough)?, end: rest.ended }),
            rest => rest.read(into),
        }
    }
}

impl Source for Rest {
    fn read(&mut self, into: &mut [u8]) -> Result<Fed, Shortfall> {
        match self {
            Self::At(rest) => rest.read(into),
            Self::Of(rest) => rest.read(into),
            Self::Converted(rest) => rest.read(into),
            Self::Fronted(rest) => rest.read(into),
        }
    }
}

/// Of a file or of memory, which were found whole when they were opened.
pub(crate) struct RestAt {
    pub(super) from: Box<dyn ReadAt>,
    pub(super) left: Range<u64>,
}

impl Source for RestAt {
    fn read(&mut self, into: &mut [u8]) -> Result<Fed, Shortfall> {
        let room = limited(into, Some(self.left.end.saturating_sub(self.left.start)));
        self.from.fill(room, self.left.start)?;
        let length = room.len();
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
    fn read(&mut self, into: &mut [u8]) -> Result<Fed, Shortfall> {
        let length = self.fill(into, ENOUGH)?;
        if let Some(scanner) = &mut self.scanner {
            scanner.push(into.get(..length).unwrap_or_default(), &mut ());
            if let Some(words) = self.ended.then(|| whole::words(scanner.end())).flatten() {
                return Err(Shortfall::Unsendable(words));
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

/// Bytes in memory in front of what is left of another one.
pub(crate) struct Fronted {
    pub(super) front: Cursor<Vec<u8>>,
    /// `None` where nothing is behind them.
    pub(super) rest: Option<Rest>,
}

impl Source for Fronted {
    fn read(&mut self, into: &mut [u8]) -> Result<Fed, Shortfall> {
        let length = self.front.read(into)?;
        let Some(room) = into.get_mut(length..).filter(|room| !room.is_empty()) else {
            return Ok(Fed { length, end: false });
        };
        let fed = match &mut self.rest {
            Some(rest) => rest.read(room)?,
            None => Fed { length: 0, end: true },
        };
        if fed.end {
            self.rest = None;
        }
        Ok(Fed { length: length.saturating_add(fed.length), end: fed.end || fed.length == 0 })
    }
}

fn limited(into: &mut [u8], left: Option<u64>) -> &mut [u8] {
    let left = left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
    let room = left.min(into.len());
    into.split_at_mut(room).0
}
