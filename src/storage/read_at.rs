//! Bytes that can be read at any place, without a place of their own that a reader would move.

use std::fs::File;
use std::io;
use std::sync::Arc;

/// A file that is open, or an object in memory.
pub(super) trait ReadAt: Send {
    /// Reads what is there from `offset` on; 0 bytes are its end.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Fills `into`, of which all was there when it was opened.
    fn fill(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        let mut filled = 0;
        while let Some(room) = into.get_mut(filled..).filter(|room| !room.is_empty()) {
            let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match self.read_at(room, at) {
                Ok(0) => {
                    let words = "it became shorter while it was read";
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, words));
                }
                Ok(count) => filled = filled.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Fills `buffer` from its beginning on, or where it is shorter than that, with all its `length` bytes. Tells how
    /// many these are.
    fn fill_front(&self, buffer: &mut [u8], length: u64) -> io::Result<usize> {
        let room = usize::try_from(length).unwrap_or(usize::MAX).min(buffer.len());
        let (front, _) = buffer.split_at_mut(room);
        self.fill(front, 0)?;
        Ok(room)
    }
}

impl ReadAt for File {
    #[cfg(unix)]
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, into, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, into, offset)
    }
}

impl ReadAt for Arc<[u8]> {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let there = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let count = there.len().min(into.len());
        into.split_at_mut(count).0.copy_from_slice(there.split_at(count).0);
        Ok(count)
    }
}
