//! A DICOM file that is being written, under whatever name: a header, and behind it the bytes of a data set as they come.

use std::fs::File;
use std::io::{self, IoSlice, Write as _};

use super::folder::Durability;
use crate::net::sys::files::close;

/// A file until all has come.
#[derive(Debug)]
pub(super) struct Writing {
    file: File,
    /// What stands before the data set, until it is written.
    header: Vec<u8>,
}

impl Writing {
    /// `file` is new and empty; `header` goes with the first bytes.
    pub(super) fn new(file: File, header: Vec<u8>) -> Self {
        Self { file, header }
    }

    /// The next bytes of the data set.
    pub(super) fn write(&mut self, data_set: &[IoSlice<'_>]) -> io::Result<()> {
        let data_set = data_set.iter().map(|slice| &**slice);
        write_gathered(&self.file, std::iter::once(self.header.as_slice()).chain(data_set))?;
        self.header = Vec::new();
        Ok(())
    }

    /// All has come: it is closed, and before that as safe as `durability` says.
    pub(super) fn complete(mut self, durability: Durability) -> io::Result<()> {
        // Of a data set without a byte.
        self.write(&[])?;
        match durability {
            Durability::None => {}
            Durability::Data => self.file.sync_data()?,
            Durability::Full => self.file.sync_all()?,
        }
        close(self.file)
    }
}

/// How many slices go into one call. Linux takes 1024; a read of 256 KiB has 16 at the usual PDU lengths.
const BATCH: usize = 64;

/// Writes all of it, in as few calls as may be.
fn write_gathered<'a>(mut file: &File, slices: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
    let mut slices = slices.filter(|slice| !slice.is_empty());
    loop {
        let mut batch = [IoSlice::new(&[]); BATCH];
        let mut count = 0;
        for (place, slice) in batch.iter_mut().zip(slices.by_ref()) {
            *place = IoSlice::new(slice);
            count += 1;
        }
        let mut rest = batch.get_mut(..count).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        while !rest.is_empty() {
            match file.write_vectored(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut rest, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    use crate::storage::folder::scratch::Scratch;

    #[test]
    fn many_slices_empty_ones_among_them() {
        let root = Scratch::new();
        let path = root.path().join("file");
        let slices: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte; usize::from(byte) % 5]).collect();
        let file = File::create_new(&path).unwrap();
        write_gathered(&file, slices.iter().map(Vec::as_slice)).unwrap();
        write_gathered(&file, std::iter::empty()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), slices.concat());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_told() {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let error = write_gathered(&full, std::iter::once(&b"x"[..])).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
