//! Bytes that are to be sent, and how far they are: one write for the header and the body, and for every message
//! that is ready together.

use std::io::{self, IoSlice};

use super::sending::{SLICES, Sending};
use crate::net::data::Outgoing;
use crate::net::io::Io;

/// What is to be sent next. Its memory goes back when all is sent, so an idle association holds none.
#[derive(Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    /// How much of `bytes` the system has taken.
    taken: usize,
    /// Bytes ever queued.
    queued: u64,
    /// The data set that follows `bytes`.
    data: Option<Box<Sending>>,
    /// What was queued since that began: messages are never interleaved (PS3.8 E.1).
    behind: Vec<u8>,
}

/// What a flush has done.
#[derive(Default)]
pub(super) struct Flushed {
    /// Bytes that the system has taken.
    pub(super) sent: usize,
    /// The data set whose last fragment was among them.
    pub(super) data: Option<Box<Sending>>,
}

impl Outbox {
    /// Appends what `encode` writes; returns the mark at which all of it is sent.
    pub(super) fn push(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> u64 {
        let queue = if self.data.is_some() { &mut self.behind } else { &mut self.bytes };
        let before = queue.len();
        encode(queue);
        let added = queue.len().saturating_sub(before);
        self.queued = self.queued.saturating_add(u64::try_from(added).unwrap_or(u64::MAX));
        self.queued
    }

    /// Lets a data set follow what was pushed last; there is none before.
    pub(super) fn follow(&mut self, sending: Sending) {
        self.data = Some(Box::new(sending));
    }

    /// Whether nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.data.is_none()
    }

    /// Whether the connection could take something.
    pub(super) fn is_ready(&self) -> bool {
        !self.bytes.is_empty() || self.data.as_ref().is_some_and(|data| data.is_staged())
    }

    /// The data set that is going out.
    pub(super) fn data(&self) -> Option<&Sending> {
        self.data.as_deref()
    }

    /// The data set that is going out, where nothing of it is in memory any more.
    pub(super) fn feed(&mut self) -> Option<Outgoing> {
        self.data.as_mut()?.take_out()
    }

    /// It has been fed; given back where it does not go out any more.
    pub(super) fn fed(&mut self, outgoing: Outgoing) -> Option<Outgoing> {
        match &mut self.data {
            Some(data) => {
                data.put_back(outgoing);
                None
            }
            None => Some(outgoing),
        }
    }

    /// How much of messages waits; data sets do not count.
    pub(super) fn unsent(&self) -> usize {
        (self.bytes.len() + self.behind.len()).saturating_sub(self.taken)
    }

    /// Whether everything up to `mark` is sent.
    pub(super) fn is_sent(&self, mark: u64) -> bool {
        self.queued.saturating_sub(u64::try_from(self.unsent()).unwrap_or(u64::MAX)) >= mark
    }

    /// Sends what the system takes.
    pub(super) fn flush(&mut self, io: &mut impl Io) -> io::Result<Flushed> {
        let mut flushed = Flushed::default();
        while self.is_ready() {
            match self.write(io) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => {
                    flushed.sent += length;
                    if let Some(data) = self.data.take_if(|data| data.is_over()) {
                        flushed.data = Some(data);
                        self.bytes = std::mem::take(&mut self.behind);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.make_room();
                    return Ok(flushed);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(flushed)
    }

    /// One gathered write.
    fn write(&mut self, io: &mut impl Io) -> io::Result<usize> {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        let Some(data) = &mut self.data else {
            let length = io.write(&[IoSlice::new(rest)])?;
            self.advance(length);
            return Ok(length);
        };
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut used = 0;
        if let Some(first) = slices.first_mut().filter(|_| !rest.is_empty()) {
            *first = IoSlice::new(rest);
            used = 1;
        }
        used += data.slices(slices.get_mut(used..).unwrap_or_default());
        let length = io.write(slices.get(..used).unwrap_or_default())?;
        let of_bytes = length.min(rest.len());
        data.advance(length - of_bytes);
        self.advance(of_bytes);
        Ok(length)
    }

    /// The system has taken `length` of `bytes`.
    fn advance(&mut self, length: usize) {
        self.taken = self.taken.saturating_add(length);
        if self.taken >= self.bytes.len() {
            self.taken = 0;
            reuse(&mut self.bytes);
        }
    }

    /// What has not begun to leave never does: A-ABORT stands behind the PDU that has. Returns the data set that it cuts.
    pub(super) fn cut(&mut self) -> Option<Box<Sending>> {
        let data = self.data.take()?;
        self.bytes.extend(data.rest_of_pdu());
        self.behind = Vec::new();
        Some(data)
    }

    /// A peer that always leaves something unsent must not make us keep all that was ever sent. Moving what is left
    /// only where that is the smaller part costs less than sending did.
    fn make_room(&mut self) {
        if self.taken >= self.unsent() {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
    }

    /// Drops what is not sent, but the data set, which it returns.
    pub(super) fn forget(&mut self) -> Option<Box<Sending>> {
        self.behind = Vec::new();
        self.taken = 0;
        reuse(&mut self.bytes);
        self.data.take()
    }
}

/// Empties it, and gives back what is more than it usually holds.
fn reuse(bytes: &mut Vec<u8>) {
    if bytes.capacity() > KEPT {
        *bytes = Vec::new();
    } else {
        bytes.clear();
    }
}

/// A C-ECHO and its like fit: an association that is busy with them does not allocate for each.
const KEPT: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::io::Received;

    /// Takes at most `room` bytes in all.
    struct Narrow {
        room: usize,
        got: Vec<u8>,
    }

    impl Io for Narrow {
        fn read(&mut self, _: &mut [u8]) -> io::Result<Received> {
            Err(io::ErrorKind::WouldBlock.into())
        }
        fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            let length = slices[0].len().min(self.room);
            if length == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.room -= length;
            self.got.extend_from_slice(&slices[0][..length]);
            Ok(length)
        }
        fn before_wait(&mut self) {}
        fn failure(&mut self) -> Option<io::Error> {
            None
        }
        fn has_peer_closed(&mut self) -> bool {
            false
        }
        fn close(&mut self) {}
    }

    #[test]
    fn what_the_system_does_not_take_waits_and_marks_tell_what_is_sent() {
        let mut outbox = Outbox::default();
        let mut io = Narrow { room: 4, got: Vec::new() };
        let first = outbox.push(|out| out.extend_from_slice(b"abc"));
        let second = outbox.push(|out| out.extend_from_slice(b"def"));
        assert_eq!(outbox.flush(&mut io).unwrap().sent, 4);
        assert!(outbox.is_sent(first) && !outbox.is_sent(second) && !outbox.is_empty());
        io.room = 10;
        assert_eq!(outbox.flush(&mut io).unwrap().sent, 2);
        assert!(outbox.is_sent(second) && outbox.is_empty());
        assert_eq!(io.got, b"abcdef");
    }

    #[test]
    fn a_peer_that_always_leaves_something_does_not_make_it_grow() {
        let mut outbox = Outbox::default();
        let mut io = Narrow { room: 0, got: Vec::new() };
        outbox.push(|out| out.extend_from_slice(&[0; 100]));
        for _ in 0..1_000 {
            outbox.push(|out| out.extend_from_slice(&[1; 100]));
            io.room = 100;
            outbox.flush(&mut io).unwrap();
            assert_eq!(outbox.unsent(), 100);
        }
        assert!(outbox.bytes.capacity() < 1_000, "{}", outbox.bytes.capacity());
        let last = outbox.queued;
        assert!(!outbox.is_sent(last) && outbox.is_sent(last - 100));
    }
}
