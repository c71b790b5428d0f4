//! One instance on its way to a path that somebody chose for it.
//!
//! Until it is kept it lies in a folder `.dimse-part` beside its path, as those of the server's folder lie there
//! (`folder/unfinished.rs`): on the same file system, under a short name, and with a lock that says that its program
//! lives. The next instance that comes into the folder of that path, and a server that is started with it as its own,
//! remove what programs that were killed have left. `.dimse-part` stays in the last few folders until the server has
//! ended, so that one instance after the other does not make it again.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use super::folder::{Durability, Folder, Staging, sync_folder};
use super::refusals::{failed, refusal};
use super::writing::Writing;
use crate::dimse::status::Status;
use crate::net::data::{Paths, Refusal, Sink, Taken};
use crate::runtime::lock::lock;

/// Those of one server.
#[derive(Debug)]
pub(crate) struct SingleFiles {
    durability: Durability,
    free_space_floor_bytes: u64,
    stagings: Mutex<Stagings>,
}

/// Where they lie until they are kept.
#[derive(Debug, Default)]
struct Stagings {
    /// Those that live: of the folders into which something is on its way, the last ones, and the server's own.
    living: HashMap<PathBuf, Weak<Staging>>,
    /// The last ones, those most lately used at the end.
    last: VecDeque<Arc<Staging>>,
}

/// So many stay, with a file and its lock for each.
const LAST: usize = 8;

impl SingleFiles {
    /// They are as safe as `durability` says, and leave so much of each disk free. `own` is the folder of the server.
    pub(crate) fn new(durability: Durability, free_space_floor_bytes: u64, own: Option<&Folder>) -> Self {
        let living = own.map(|own| (own.path().to_owned(), Arc::downgrade(own.staging())));
        let stagings = Stagings { living: living.into_iter().collect(), last: VecDeque::new() };
        Self { durability, free_space_floor_bytes, stagings: Mutex::new(stagings) }
    }

    /// Nothing begins any more: what stays for the next instance goes, on the disk too when this is dropped.
    #[must_use]
    pub(crate) fn close(&self) -> impl Send + use<> {
        std::mem::take(&mut lock(&self.stagings).last)
    }

    /// A new file for the instance with this `header`, which is to become `path`, in a folder that is there.
    pub(super) fn create(&self, path: PathBuf, header: Vec<u8>) -> Result<SingleFile, Refusal> {
        // All of an instance is not taken to find then that it can have no such name.
        let staging = may_be_file(&path)
            .and_then(|folder| self.staging(folder))
            .map_err(|error| failed("written", &path, &error))?;
        let (file, unfinished) = staging.begin()?;
        let file = Some(Writing::new(file, header));
        Ok(SingleFile {
            path,
            unfinished,
            durability: self.durability,
            staging,
            file,
            bytes: 0,
            moved: false,
        })
    }

    /// Shared by all that are on their way into `folder`.
    fn staging(&self, folder: &Path) -> io::Result<Arc<Staging>> {
        if let Some(known) = lock(&self.stagings).known(folder) {
            return Ok(known);
        }
        // Not under the lock: a slow disk stops nobody who stores on another one.
        let new = Arc::new(Staging::open(folder, self.free_space_floor_bytes)?);
        let (staging, _dropped_unlocked) = lock(&self.stagings).add(folder, new);
        Ok(staging)
    }
}

impl Stagings {
    fn known(&mut self, folder: &Path) -> Option<Arc<Staging>> {
        let known = self.living.get(folder)?.upgrade()?;
        let at = self.last.iter().position(|staging| Arc::ptr_eq(staging, &known));
        if let Some(again) = at.and_then(|at| self.last.remove(at)) {
            self.last.push_back(again);
        }
        Some(known)
    }

    /// That of `folder` from now on, which another thread may have made meanwhile; and the one that has to go for it.
    fn add(&mut self, folder: &Path, new: Arc<Staging>) -> (Arc<Staging>, Option<Arc<Staging>>) {
        if let Some(known) = self.known(folder) {
            return (known, Some(new));
        }
        self.living.retain(|_, staging| staging.strong_count() > 0);
        self.living.insert(folder.to_owned(), Arc::downgrade(&new));
        self.last.push_back(new.clone());
        let too_many = self.last.len() > LAST;
        (new, if too_many { self.last.pop_front() } else { None })
    }
}

/// The folder of `path`, where a file may have that name.
fn may_be_file(path: &Path) -> io::Result<&Path> {
    let (Some(folder), Some(_)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::IsADirectory.into());
    };
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(folder),
    }
}

/// It takes the place of what has its path when it is kept. Dropped before, it leaves nothing.
#[derive(Debug)]
pub(super) struct SingleFile {
    path: PathBuf,
    unfinished: PathBuf,
    durability: Durability,
    /// Lives as long as the unfinished file.
    staging: Arc<Staging>,
    /// Until all has come.
    file: Option<Writing>,
    bytes: u64,
    moved: bool,
}

impl Sink for SingleFile {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        let Some(file) = &mut self.file else { return Err(out_of_order()) };
        let length = bytes.iter().map(|slice| slice.len()).sum();
        self.staging.may_write(length)?;
        file.write(bytes).map_err(|error| failed("written", &self.unfinished, &error))?;
        self.bytes = self.bytes.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
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
            if self.durability == Durability::Full { sync_folder(self.staging.folder()) } else { Ok(()) }
        });
        named.map_err(|error| failed("given its name", &self.path, &error))
    }

    fn bytes(&self) -> u64 {
        self.bytes
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
            // Where that fails, the next one into this folder does it.
            let _gone_already = fs::remove_file(&self.unfinished);
        }
    }
}

fn out_of_order() -> Refusal {
    refusal(Status::PROCESSING_FAILURE, "the instance is not complete")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::folder::FolderOptions;
    use crate::storage::folder::scratch::Scratch;
    use crate::storage::folder::template::UNFINISHED;

    fn files(durability: Durability) -> SingleFiles {
        SingleFiles::new(durability, 0, None)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn it_has_its_name_when_it_is_kept_and_replaces_what_had_it() {
        let root = Scratch::new();
        let path = root.path().join("a.dcm");
        fs::write(&path, b"old").unwrap();
        let files = files(Durability::Full);
        let mut sink = files.create(path.clone(), b"HEAD".to_vec()).unwrap();
        sink.write(&[IoSlice::new(b"er"), IoSlice::new(b" and more")]).unwrap();
        sink.finish().unwrap();
        assert_eq!((fs::read(&path).unwrap(), sink.bytes()), (b"old".to_vec(), 11));
        let paths = sink.paths().unwrap();
        assert!(paths.unfinished.starts_with(root.path().join(UNFINISHED)));
        assert_eq!(
            (fs::read(paths.unfinished).unwrap(), paths.finished),
            (b"HEADer and more".to_vec(), path.clone())
        );
        Box::new(sink).keep().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"HEADer and more");
        drop(files.close());
        assert_eq!(names(root.path()), ["a.dcm"]);
    }

    #[test]
    fn dropped_before_it_leaves_nothing() {
        let root = Scratch::new();
        let path = root.path().join("a.dcm");
        let files = files(Durability::None);
        let mut sink = files.create(path.clone(), Vec::new()).unwrap();
        drop(files.create(path, Vec::new()).unwrap());
        sink.write(&[IoSlice::new(b"x")]).unwrap();
        assert!(sink.unfinished.exists());
        sink.finish().unwrap();
        let unfinished = sink.unfinished.clone();
        drop(sink);
        assert!(!unfinished.exists());
        drop(files.close());
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn what_killed_programs_left_is_removed_and_what_living_ones_have_stays() {
        let root = Scratch::new();
        let path = root.path().join("a.dcm");
        let (files, others) = (files(Durability::None), files(Durability::None));
        let living = [
            files.create(path.clone(), Vec::new()).unwrap(),
            files.create(path.clone(), Vec::new()).unwrap(),
        ];
        let folder = root.path().join(UNFINISHED);
        assert_eq!(names(&folder).len(), 3, "two and their lock: {:?}", names(&folder));
        for left in ["dead.dimse-part", "dead.0.dimse-part"] {
            fs::write(folder.join(left), b"x").unwrap();
        }
        drop(others.create(root.path().join("b.dcm"), Vec::new()).unwrap());
        drop(others);
        assert_eq!(names(&folder).len(), 3, "{:?}", names(&folder));
        assert!(living.iter().all(|file| file.unfinished.exists()));
        drop((living, files.close()));
        assert!(names(root.path()).is_empty());
        // As a program that was killed leaves it.
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("dead.0.dimse-part"), b"x").unwrap();
        drop((files.create(path, Vec::new()).unwrap(), files.close()));
        assert!(names(root.path()).is_empty());
    }

    /// What begins is a lock file of a new name.
    #[test]
    fn one_after_the_other_begins_once_and_the_last_folders_stay_until_the_end() {
        let root = Scratch::new();
        let files = files(Durability::None);
        let folders: Vec<PathBuf> = (0..=LAST).map(|number| root.path().join(number.to_string())).collect();
        let store = |folder: &Path| {
            let mut sink = files.create(folder.join("a.dcm"), b"HEAD".to_vec()).unwrap();
            sink.finish().unwrap();
            Box::new(sink).keep().unwrap();
            names(&folder.join(UNFINISHED))
        };
        for folder in &folders {
            fs::create_dir(folder).unwrap();
        }
        let begun: Vec<Vec<String>> = folders[..LAST].iter().map(|folder| store(folder)).collect();
        for (folder, begun) in folders.iter().zip(&begun).rev() {
            assert_eq!((store(folder), begun.len()), (begun.clone(), 1));
        }
        // One too many: the one goes that was not used for the longest time.
        store(&folders[LAST]);
        let stays = |folder: &PathBuf| folder.join(UNFINISHED).exists();
        assert_eq!(folders.iter().filter(|folder| !stays(folder)).collect::<Vec<_>>(), [&folders[LAST - 1]]);
        assert_eq!(store(&folders[0]), begun[0]);
        // It is made again where somebody has removed it.
        fs::remove_dir_all(&folders[0]).unwrap();
        fs::create_dir(&folders[0]).unwrap();
        assert_eq!(store(&folders[0]).len(), 1);
        drop(files.close());
        assert!(!folders.iter().any(stays));
    }

    #[test]
    fn those_into_the_folder_of_the_server_lie_with_its_own() {
        let root = Scratch::new();
        let folder = Folder::open(FolderOptions::new(root.path())).unwrap();
        let own = names(&root.path().join(UNFINISHED));
        let files = SingleFiles::new(Durability::None, 0, Some(&folder));
        let sink = files.create(root.path().join("a.dcm"), Vec::new()).unwrap();
        assert_eq!((names(&root.path().join(UNFINISHED)).len(), own.len()), (2, 1), "a lock for both");
        drop((sink, files));
        assert_eq!(names(&root.path().join(UNFINISHED)), own);
    }

    #[test]
    fn many_servers_at_once_into_one_folder() {
        let root = Scratch::new();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let root = &root;
                scope.spawn(move || {
                    for number in 0..50 {
                        let files = files(Durability::None);
                        let path = root.path().join(format!("{thread}-{number}.dcm"));
                        let mut sink = files.create(path, b"HEAD".to_vec()).unwrap();
                        sink.finish().unwrap();
                        Box::new(sink).keep().unwrap();
                    }
                });
            }
        });
        assert_eq!(names(root.path()).len(), 400);
    }

    #[test]
    fn many_at_once_into_one_folder() {
        let root = Scratch::new();
        let files = files(Durability::None);
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (root, files) = (&root, &files);
                scope.spawn(move || {
                    for number in 0..50 {
                        let path = root.path().join(format!("{thread}-{number}.dcm"));
                        let mut sink = files.create(path, b"HEAD".to_vec()).unwrap();
                        sink.finish().unwrap();
                        Box::new(sink).keep().unwrap();
                    }
                });
            }
        });
        drop(files.close());
        assert_eq!(names(root.path()).len(), 400);
    }

    #[test]
    fn every_name_that_the_system_takes_is_one() {
        let root = Scratch::new();
        for length in [230, 255] {
            let path = root.path().join("n".repeat(length));
            let mut sink = files(Durability::None).create(path.clone(), b"HEAD".to_vec()).unwrap();
            sink.finish().unwrap();
            Box::new(sink).keep().unwrap();
            assert!(path.exists());
        }
    }

    #[test]
    fn what_cannot_be_there_is_refused_with_a700_before_it_is_taken() {
        let root = Scratch::new();
        for path in [
            root.path().join("missing/a.dcm"),
            PathBuf::from("/"),
            root.path().join(".."),
            root.path().to_owned(),
            root.path().join("n".repeat(256)),
        ] {
            let refusal = files(Durability::None).create(path.clone(), Vec::new()).unwrap_err();
            assert_eq!(refusal.status, Status::OUT_OF_RESOURCES, "{}", path.display());
        }
        // A folder gets the name meanwhile.
        let path = root.path().join("a.dcm");
        let files = files(Durability::None);
        let mut sink = files.create(path.clone(), Vec::new()).unwrap();
        sink.finish().unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(Box::new(sink).keep().unwrap_err().status, Status::OUT_OF_RESOURCES);
        drop(files.close());
        assert_eq!(names(root.path()), ["a.dcm"]);
    }

    #[test]
    fn nothing_is_stored_below_the_floor() {
        let root = Scratch::new();
        let files = SingleFiles::new(Durability::None, u64::MAX, None);
        let refusal = files.create(root.path().join("a.dcm"), Vec::new()).unwrap_err();
        assert_eq!(
            (refusal.status, refusal.comment.as_str()),
            (Status::OUT_OF_RESOURCES, "the disk is nearly full")
        );
        drop(files.close());
        assert!(names(root.path()).is_empty());
    }
}
