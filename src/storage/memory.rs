//! One instance on its way into memory.

use std::io::IoSlice;
use std::sync::Arc;

use super::refusals::refusal;
use crate::dimse::status::Status;
use crate::net::data::{Refusal, Sink, Taken};

/// The bytes of a data set as they come, up to a limit; nothing is taken by what the peer says that it sends.
#[derive(Debug)]
pub(super) struct Memory {
    limit: usize,
    bytes: Vec<u8>,
    complete: Option<Arc<Vec<u8>>>,
}

impl Memory {
    /// For a data set of `limit` bytes at most.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, bytes: Vec::new(), complete: None }
    }
}

impl Sink for Memory {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        let length = bytes.iter().fold(self.bytes.len(), |length, slice| length.saturating_add(slice.len()));
        if length > self.limit {
            self.bytes = Vec::new();
            let comment = format!("only {} bytes are taken into memory", self.limit);
            return Err(refusal(Status::OUT_OF_RESOURCES, &comment));
        }
        if length > self.bytes.capacity() {
            let capacity = self.bytes.capacity().saturating_mul(2).clamp(length, self.limit);
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        for slice in bytes {
            self.bytes.extend_from_slice(slice);
        }
        Ok(Taken::Ready)
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        let mut bytes = std::mem::take(&mut self.bytes);
        // Whoever gets them may have them for long. What is given back is cut off where it is: nothing is copied.
        bytes.shrink_to_fit();
        self.complete = Some(Arc::new(bytes));
        Ok(Taken::Ready)
    }

    /// Whoever was asked has it.
    fn keep(self: Box<Self>) -> Result<(), Refusal> {
        Ok(())
    }

    fn bytes(&self) -> u64 {
        let bytes = self.complete.as_deref().unwrap_or(&self.bytes);
        u64::try_from(bytes.len()).unwrap_or(u64::MAX)
    }

    fn data(&self) -> Option<Arc<Vec<u8>>> {
        self.complete.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_there_once_all_has_come() {
        let mut sink = Memory::new(5);
        sink.write(&[IoSlice::new(b"ab"), IoSlice::new(b"c")]).unwrap();
        assert_eq!(sink.data(), None);
        sink.write(&[IoSlice::new(b"de")]).unwrap();
        sink.finish().unwrap();
        assert_eq!(*sink.data().unwrap(), b"abcde");
        Box::new(sink).keep().unwrap();
    }

    #[test]
    fn no_more_memory_is_held_than_the_limit_and_none_in_vain_once_all_has_come() {
        for pieces in [1, 2, 3, 64, 65, 99, 100] {
            let mut sink = Memory::new(100);
            for _ in 0..pieces {
                sink.write(&[IoSlice::new(b"a")]).unwrap();
                assert!(sink.bytes.capacity() <= 100, "{pieces}");
            }
            sink.finish().unwrap();
            assert_eq!(
                (sink.data().unwrap().capacity(), sink.bytes()),
                (pieces, u64::try_from(pieces).unwrap())
            );
        }
    }

    #[test]
    fn more_than_the_limit_is_refused_and_let_go_of() {
        let mut sink = Memory::new(5);
        sink.write(&[IoSlice::new(b"abcde")]).unwrap();
        let refusal = sink.write(&[IoSlice::new(b"f")]).unwrap_err();
        assert_eq!(refusal.status, Status::OUT_OF_RESOURCES);
        assert_eq!(
            (refusal.comment.as_str(), sink.bytes.capacity()),
            ("only 5 bytes are taken into memory", 0)
        );
    }
}
