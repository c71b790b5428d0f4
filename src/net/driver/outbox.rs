//! Bytes that are to be sent, and how far they are: one write for the header and the body, and for every message
//! that is ready together.

use std::io::{self, IoSlice};

use crate::net::io::Io;

/// What is to be sent next. Its memory goes back when all is sent, so an idle association holds none.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    /// How much of `bytes` the system has taken.
    taken: usize,
    /// Bytes ever queued.
    queued: u64,
}

impl Outbox {
    /// Appends what `encode` writes; returns the mark at which all of it is sent.
    pub(super) fn push(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> u64 {
        let before = self.bytes.len();
        encode(&mut self.bytes);
        let added = self.bytes.len().saturating_sub(before);
        self.queued = self.queued.saturating_add(u64::try_from(added).unwrap_or(u64::MAX));
        self.queued
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How much waits.
    pub(super) fn unsent(&self) -> usize {
        self.bytes.len().saturating_sub(self.taken)
    }

    /// Whether everything up to `mark` is sent.
    pub(super) fn is_sent(&self, mark: u64) -> bool {
        self.queued.saturating_sub(u64::try_from(self.unsent()).unwrap_or(u64::MAX)) >= mark
    }

    /// Sends what the system takes; returns how much that was.
    pub(super) fn flush(&mut self, io: &mut impl Io) -> io::Result<usize> {
        let mut sent = 0;
        while let Some(rest) = self.bytes.get(self.taken..).filter(|rest| !rest.is_empty()) {
            match io.write(&[IoSlice::new(rest)]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => {
                    self.taken = self.taken.saturating_add(length);
                    sent += length;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.make_room();
                    return Ok(sent);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.forget();
        Ok(sent)
    }

    /// A peer that always leaves something unsent must not make us keep all that was ever sent. Moving what is left
    /// only where that is the smaller part costs less than sending did.
    fn make_room(&mut self) {
        if self.taken >= self.unsent() {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
    }

    /// Drops what is not sent.
    pub(super) fn forget(&mut self) {
        self.taken = 0;
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        } else {
            self.bytes.clear();
        }
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
        fn close(&mut self) {}
    }

    #[test]
    fn what_the_system_does_not_take_waits_and_marks_tell_what_is_sent() {
        let mut outbox = Outbox::default();
        let mut io = Narrow { room: 4, got: Vec::new() };
        let first = outbox.push(|out| out.extend_from_slice(b"abc"));
        let second = outbox.push(|out| out.extend_from_slice(b"def"));
        assert_eq!(outbox.flush(&mut io).unwrap(), 4);
        assert!(outbox.is_sent(first) && !outbox.is_sent(second) && !outbox.is_empty());
        io.room = 10;
        assert_eq!(outbox.flush(&mut io).unwrap(), 2);
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
