//! Where the files of one folder are made before they have their names there, as long as enough space is free.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::free_space::FreeSpace;
use super::unfinished::Unfinished;
use crate::net::data::Refusal;
use crate::storage::refusals::{below_the_floor, failed};

/// The unfinished files of one folder, and its free space.
#[derive(Debug)]
pub(in crate::storage) struct Staging {
    folder: PathBuf,
    space: FreeSpace,
    unfinished: Unfinished,
}

impl Staging {
    /// In `folder`, which exists. Unfinished files of programs that have ended are removed from it.
    pub(in crate::storage) fn open(folder: &Path, free_space_floor_bytes: u64) -> io::Result<Self> {
        let unfinished = Unfinished::open(folder)?;
        let space = FreeSpace::new(free_space_floor_bytes);
        space.may_begin(folder)?;
        Ok(Self { folder: folder.to_owned(), space, unfinished })
    }

    /// The folder.
    pub(in crate::storage) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A new file of its own name for an instance, which is refused below the floor.
    pub(in crate::storage) fn begin(&self) -> Result<(File, PathBuf), Refusal> {
        match self.space.may_begin(&self.folder) {
            Ok(true) => self.create().map_err(|error| failed("written to", &self.folder, &error)),
            Ok(false) => Err(below_the_floor(&self.folder)),
            Err(error) => Err(failed("looked at", &self.folder, &error)),
        }
    }

    /// A new file of its own name, however little space is free.
    pub(super) fn create(&self) -> io::Result<(File, PathBuf)> {
        self.unfinished.create()
    }

    /// So many bytes more are going to be written; refused below the floor.
    pub(in crate::storage) fn may_write(&self, bytes: usize) -> Result<(), Refusal> {
        match self.space.may_write(&self.folder, bytes) {
            Ok(true) => Ok(()),
            Ok(false) => Err(below_the_floor(&self.folder)),
            Err(error) => Err(failed("written to", &self.folder, &error)),
        }
    }
}
