//! Buffers for bytes from and to the connection: large, because one large read or write is what copying costs least
//! in, and so taken only while there is something to read or send. An idle association has none.

use std::ops::{Deref, DerefMut};
use std::sync::Mutex;

use crate::runtime::lock::lock;

use super::data::{Shortfall, Source};

/// One read takes at most this, and as much of a data set is in memory while it goes out.
const LENGTH: usize = 256 * 1024;

/// Buffers kept for the next read: as many as threads read at once on a usual machine.
const KEPT: usize = 8;

static POOL: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A buffer that goes back into the pool.
#[derive(Debug)]
pub(crate) struct Buffer(Vec<u8>);

impl Buffer {
    pub(crate) fn take() -> Self {
        let pooled = lock(&POOL).pop();
        Self(pooled.unwrap_or_else(|| vec![0; LENGTH]))
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Deref for Buffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.0.len() == LENGTH {
            let mut pool = lock(&POOL);
            if pool.len() < KEPT {
                pool.push(std::mem::take(&mut self.0));
            }
        }
    }
}

/// What is in memory of a data set that goes out.
#[derive(Debug)]
pub(crate) struct Chunk {
    buffer: Buffer,
    from: usize,
    to: usize,
}

impl Chunk {
    /// The bytes of `buffer` from `from` to `to`, as far as it has them.
    pub(crate) fn new(buffer: Buffer, from: usize, to: usize) -> Self {
        let to = to.min(buffer.len());
        Self { from: from.min(to), to, buffer }
    }

    /// What is not used yet.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.from..self.to).unwrap_or_default()
    }

    /// The first `length` bytes are used.
    pub(crate) fn advance(&mut self, length: usize) {
        self.from = self.from.saturating_add(length).min(self.to);
    }

    /// Reads once, behind what is not used yet. Returns whether that was the last of it.
    pub(crate) fn fill(&mut self, source: &mut dyn Source) -> Result<bool, Shortfall> {
        if self.from > 0 {
            self.buffer.copy_within(self.from..self.to, 0);
            self.to -= self.from;
            self.from = 0;
        }
        let free = self.buffer.get_mut(self.to..).unwrap_or_default();
        if free.is_empty() {
            return Ok(false); // full already; less than a fragment never is
        }
        let room = free.len();
        let fed = source.read(free)?;
        self.to += fed.length.min(room);
        Ok(fed.end || fed.length == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimse::fragment::FragmentLimit;
    use crate::types::MaxPduLength;

    /// A fragment leaves once it is known whether another one follows: with less room a data set would never go on.
    #[test]
    fn the_longest_fragment_and_a_byte_behind_it_fit_into_a_buffer() {
        let longest = FragmentLimit::for_peer(MaxPduLength::from_wire(0)).unwrap();
        assert!(Buffer::take().len() > longest.get());
    }
}
