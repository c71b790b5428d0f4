//! One instance on its way to a path that somebody chose for it.

use std::fs::{self, File};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use super::folder::template::UNFINISHED;
use super::folder::{Durability, sync_folder};
use super::refusals::{failed, refusal};
use super::writing::Writing;
use crate::dimse::status::Status;
use crate::net::data::{Paths, Refusal, Sink, Taken};

/// A file beside its path until it is kept, when it takes the place of what has that name. Dropped before, it leaves
/// nothing.
#[derive(Debug)]
pub(super) struct SingleFile {
    path: PathBuf,
    unfinished: PathBuf,
    durability: Durability,
    /// Until all has come.
    file: Option<Writing>,
    moved: bool,
}

impl SingleFile {
    /// A new file for the instance with this `header`, in the folder of `path`, which is there.
    pub(super) fn create(path: &Path, header: Vec<u8>, durability: Durability) -> Result<Self, Refusal> {
        let (file, unfinished) = beside(path).map_err(|error| failed("written", path, &error))?;
        let file = Some(Writing::new(file, header));
        Ok(Self { path: path.to_owned(), unfinished, durability, file, moved: false })
    }
}

impl Sink for SingleFile {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        let Some(file) = &mut self.file else { return Err(out_of_order()) };
        file.write(bytes).map_err(|error| failed("written", &self.unfinished, &error))?;
        Ok(Taken::Ready)
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        let Some(file) = self.file.take() else { return Err(out_of_order()) };
        file.complete(self.durability).map_err(|error| failed("completed", &self.unfinished, &error))?;
        Ok(Taken::Ready)
    }

    fn keep(mut self: Box<Self>) -> Result<(), Refusal> {
        if self.file.is_some() {
            return Err(out_of_order());
        }
        let named = fs::rename(&self.unfinished, &self.path).and_then(|()| {
            self.moved = true;
            match self.path.parent() {
                Some(folder) if self.durability == Durability::Full => sync_folder(folder),
                _ => Ok(()),
            }
        });
        named.map_err(|error| failed("given its name", &self.path, &error))
    }

    fn paths(&self) -> Option<Paths> {
        Some(Paths { unfinished: self.unfinished.clone(), finished: self.path.clone() })
    }
}

impl Drop for SingleFile {
    fn drop(&mut self) {
        if !self.moved {
            // Windows removes closed files only.
            drop(self.file.take());
            let _gone_already = fs::remove_file(&self.unfinished);
        }
    }
}

/// A new file of a name of its own beside `path`: one rename makes it visible whole.
fn beside(path: &Path) -> io::Result<(File, PathBuf)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut unfinished = name.to_owned();
        unfinished.push(format!(".{:x}-{number:x}{UNFINISHED}", process::id()));
        let unfinished = path.with_file_name(unfinished);
        match File::create_new(&unfinished) {
            // Of a program that had our number and was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            file => return file.map(|file| (file, unfinished)),
        }
    }
}

fn out_of_order() -> Refusal {
    refusal(Status::PROCESSING_FAILURE, "the instance is not complete")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::folder::scratch::Scratch;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn it_has_its_name_when_it_is_kept_and_replaces_what_had_it() {
        let root = Scratch::new();
        let path = root.path().join("a.dcm");
        fs::write(&path, b"old").unwrap();
        let mut sink = SingleFile::create(&path, b"HEAD".to_vec(), Durability::Full).unwrap();
        sink.write(&[IoSlice::new(b"er"), IoSlice::new(b" and more")]).unwrap();
        sink.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let paths = sink.paths().unwrap();
        assert_eq!(
            (fs::read(paths.unfinished).unwrap(), paths.finished),
            (b"HEADer and more".to_vec(), path.clone())
        );
        Box::new(sink).keep().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"HEADer and more");
        assert_eq!(names(root.path()), ["a.dcm"]);
    }

    #[test]
    fn dropped_before_it_leaves_nothing() {
        let root = Scratch::new();
        let path = root.path().join("a.dcm");
        let mut sink = SingleFile::create(&path, Vec::new(), Durability::None).unwrap();
        drop(SingleFile::create(&path, Vec::new(), Durability::None).unwrap());
        sink.write(&[IoSlice::new(b"x")]).unwrap();
        assert_eq!(names(root.path()).len(), 1);
        sink.finish().unwrap();
        drop(sink);
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn what_cannot_be_there_is_refused_with_a700() {
        let root = Scratch::new();
        for path in [root.path().join("missing/a.dcm"), PathBuf::from("/"), root.path().join("..")] {
            let refusal = SingleFile::create(&path, Vec::new(), Durability::None).unwrap_err();
            assert_eq!(refusal.status, Status::OUT_OF_RESOURCES, "{}", path.display());
        }
        // A folder has the name.
        let mut sink = SingleFile::create(root.path(), Vec::new(), Durability::None).unwrap();
        sink.finish().unwrap();
        assert_eq!(Box::new(sink).keep().unwrap_err().status, Status::OUT_OF_RESOURCES);
    }
}
