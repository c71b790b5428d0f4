//! An instance that goes out in another transfer syntax than its own, since the peer takes it in no other.

use std::io;
use std::ops::Range;

use super::instance::Opened;
use super::read_at::ReadAt;
use super::rest::{Rest, RestAt, RestOf};
use super::whole;
use crate::dataset::convert::{Converter, NotConvertible, Rehearsal};
use crate::dataset::encoding::Encoding;
use crate::net::buffers::Buffer;
use crate::net::data::{Fed, Shortfall, Source};
use crate::types::Uid;
use crate::wire::uids;

/// A data set that is converted while it is read.
pub(crate) struct Converted {
    converter: Converter,
    /// What has been read, `there` of it not converted.
    buffer: Buffer,
    there: Range<usize>,
    /// `None` once it has brought its last.
    source: Option<Rest>,
    /// What is known before of all that `source` gave and gives, and how long that is: of what is deflated here, and
    /// not of anything else.
    outline: Option<(Box<dyn ReadAt>, u64)>,
}

impl Opened {
    /// Whether its data set can be converted to the transfer syntax `to`, and how long it becomes; `None` where that is
    /// not known before. `buffer` is the one with which it was opened.
    ///
    /// Of a file, of memory and of a data set, deflated or not, all is known before anything is sent, unless it was
    /// changed on its way; of what comes from a reader, what is in the buffer, and the rest is found out by
    /// [`Converted`].
    pub(crate) fn rehearse(
        &self,
        buffer: &[u8],
        to: &Uid,
    ) -> io::Result<Result<Option<u64>, NotConvertible>> {
        let rehearsal = match Rehearsal::new(&self.kind.transfer_syntax, to) {
            Ok(rehearsal) => rehearsal,
            Err(error) => return Ok(Err(error)),
        };
        let head = buffer.get(self.head.clone()).unwrap_or_default();
        let rehearsed = match &self.source {
            Rest::At(RestAt { from, left }) => {
                let before = u64::try_from(head.len()).unwrap_or(u64::MAX);
                let place = left.start.saturating_sub(before)..left.end;
                whole::rehearse(rehearsal, head, &**from, place)?
            }
            Rest::Of(RestOf { outline: Some(outline), .. }) => {
                let end = self.length.unwrap_or_default();
                whole::rehearse(rehearsal, head, &**outline, 0..end)?
            }
            Rest::Converted(converted) => {
                let Some((outline, length)) = &converted.outline else { return Ok(Ok(None)) };
                match Rehearsal::new(&uids::EXPLICIT_VR_LITTLE_ENDIAN, to) {
                    Ok(rehearsal) => whole::rehearse(rehearsal, &[], &**outline, 0..*length)?,
                    Err(error) => Err(error),
                }
            }
            Rest::Of(_) | Rest::Fronted(_) => return Ok(Ok(None)),
        };
        Ok(rehearsed.map(|length| Some(length).filter(|_| !Encoding::of(to).deflated)))
    }

    /// Its data set, converted.
    pub(crate) fn convert(self, buffer: Buffer, to: &Uid) -> Result<Converted, NotConvertible> {
        Ok(Converted {
            converter: Converter::new(&self.kind.transfer_syntax, to)?,
            buffer,
            there: self.head,
            source: (!self.is_all).then_some(self.source),
            outline: None,
        })
    }
}

impl Converted {
    /// What `source` gives, Explicit VR Little Endian, in the deflated transfer syntax `to`.
    pub(super) fn deflating(mut source: Rest, to: &Uid) -> Result<Self, NotConvertible> {
        let outline = match &mut source {
            Rest::Of(rest) => rest.outline.take().zip(rest.left),
            _ => None,
        };
        Ok(Self {
            converter: Converter::new(&uids::EXPLICIT_VR_LITTLE_ENDIAN, to)?,
            buffer: Buffer::take(),
            there: 0..0,
            source: Some(source),
            outline,
        })
    }
}

impl Source for Converted {
    fn read(&mut self, into: &mut [u8]) -> Result<Fed, Shortfall> {
        let mut length = 0;
        loop {
            let room = into.get_mut(length..).unwrap_or_default();
            let there = self.buffer.get(self.there.clone()).unwrap_or_default();
            let step = self.converter.convert(there, self.source.is_none(), room);
            let step = step.map_err(|why| Shortfall::Unsendable(why.to_string()))?;
            self.there.start = self.there.start.saturating_add(step.read);
            length = length.saturating_add(step.written);
            // A slow reader is not waited for while there is something to send.
            if step.end || (length > 0 && self.there.is_empty()) || length == into.len() {
                return Ok(Fed { length, end: step.end });
            }
            if self.there.is_empty()
                && let Some(source) = &mut self.source
            {
                let fed = source.read(&mut self.buffer)?;
                self.there = 0..fed.length;
                if fed.end || fed.length == 0 {
                    self.source = None;
                }
            }
        }
    }
}
