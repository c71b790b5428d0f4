//! The final place of an instance: the folders on the way to it, and what happens where a file has its name already.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::template::RelativePath;
use super::{Collision, Durability};
use crate::net::connect::words;
use crate::runtime::lock::lock;

/// Gives complete files their names in one folder.
#[derive(Debug)]
pub(super) struct Place {
    root: PathBuf,
    collision: Collision,
    /// With [`Durability::Full`]: the folders of which it is known that the names on the way to them are on the disk.
    durable: Option<Mutex<HashSet<String>>>,
    /// [`sync_folder`], which fails in tests only when it is told to.
    pub(super) sync: fn(&Path) -> io::Result<()>,
}

/// What has become of a complete file.
#[derive(Debug)]
pub(super) struct Put {
    /// Where the instance is now.
    pub(super) path: PathBuf,
    /// Another file had the name, and stays.
    pub(super) already_there: bool,
    /// The file has left its old place. Else it has two names, or is not needed.
    pub(super) moved: bool,
}

/// The most files of one instance with [`Collision::Number`].
const MOST_NUMBERS: usize = 1000;

/// How often a name is tried for when somebody keeps removing the folder on the way to it.
const TRIES: usize = 3;

/// The most folders that are remembered.
const MOST_DURABLE: usize = 4096;

impl Place {
    pub(super) fn new(root: PathBuf, collision: Collision, durability: Durability) -> Self {
        let durable = (durability == Durability::Full).then(Mutex::default);
        Self { root, collision, durable, sync: sync_folder }
    }

    /// Gives `file` the name, in one step that leaves either nothing or all of it there.
    ///
    /// Where the name is there but cannot be made durable, it fails, and what a retry will make of that decides what
    /// becomes of the name. A file that would get the next number beside it is taken away again. One that would be
    /// replaced or found stays: the one that it replaced is gone, and others may have been told that it is there.
    pub(super) fn put(&self, file: &Path, name: &RelativePath) -> io::Result<Put> {
        let put = match self.collision {
            Collision::Replace => {
                let path = self.root.join(name.as_str());
                self.with_folders(name, || fs::rename(file, &path))?;
                Put { path, already_there: false, moved: true }
            }
            Collision::Keep => {
                let path = self.root.join(name.as_str());
                let already_there = !self.link(file, &path, name)?;
                Put { path, already_there, moved: false }
            }
            Collision::Number => self.number(file, name)?,
        };
        if let Err(error) = self.make_durable(name) {
            if self.collision == Collision::Number
                && let Err(error) = fs::remove_file(&put.path)
            {
                tracing::warn!(target: "dimse::storage", "{} stays, though its sender is told that it is not stored: {}", put.path.display(), words(&error));
            }
            return Err(error);
        }
        Ok(put)
    }

    fn number(&self, file: &Path, name: &RelativePath) -> io::Result<Put> {
        let plain = std::iter::once(name.as_str().to_owned());
        for name_now in plain.chain((1..=MOST_NUMBERS).map(|number| name.numbered(number))) {
            let path = self.root.join(name_now);
            if self.link(file, &path, name)? {
                return Ok(Put { path, already_there: false, moved: false });
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// A second name for `file`, which is told not to have happened where the name is taken: a link does not replace,
    /// whoever tries at the same time. The old name goes with the owner of `file`.
    fn link(&self, file: &Path, path: &Path, name: &RelativePath) -> io::Result<bool> {
        match self.with_folders(name, || fs::hard_link(file, path)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Does what needs the folders of `name`. They are made when it turns out that they are missing: no memory of
    /// folders can be wrong, and instances of a series that is known pay nothing.
    fn with_folders(&self, name: &RelativePath, act: impl Fn() -> io::Result<()>) -> io::Result<()> {
        for _ in 1..TRIES {
            match act() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => self.make_folders(name)?,
                outcome => return outcome,
            }
        }
        act()
    }

    /// The folder around all is not made again: where it is gone, something is wrong that nobody should hide.
    fn make_folders(&self, name: &RelativePath) -> io::Result<()> {
        for folder in name.folders() {
            if let Some(durable) = &self.durable {
                lock(durable).remove(folder);
            }
            match fs::create_dir(self.root.join(folder)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }

    /// The name of the file, and those of the folders on the way to it, are on the disk after this. A folder that
    /// another association has made a moment ago counts as made by us: both wait for the disk.
    fn make_durable(&self, name: &RelativePath) -> io::Result<()> {
        let Some(durable) = &self.durable else { return Ok(()) };
        let mut around = self.root.clone();
        for folder in name.folders() {
            if !lock(durable).contains(folder) {
                (self.sync)(&around)?;
                let mut durable = lock(durable);
                if durable.len() >= MOST_DURABLE {
                    durable.clear();
                }
                durable.insert(folder.to_owned());
            }
            around = self.root.join(folder);
        }
        (self.sync)(&around)
    }
}

/// The names in `folder` are on the disk after this.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    match fs::File::open(folder)?.sync_all() {
        // Some file systems have no such thing.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        outcome => outcome,
    }
}

/// Windows keeps a journal of names, and cannot be asked to write it.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::folder::scratch::Scratch;
    use crate::storage::folder::template::{PathTemplate, Received};

    fn name(instance: &str) -> RelativePath {
        let received = Received {
            study: Some(b"1.1"),
            series: Some(b"1.2"),
            instance: instance.as_bytes(),
            class: b"1.3",
            modality: None,
            calling: b"",
            called: b"",
            date: "",
        };
        PathTemplate::default().render(&received).unwrap()
    }

    fn put(place: &Place, root: &Path, text: &str) -> io::Result<Put> {
        let file = root.join(format!("{text}.part"));
        fs::write(&file, text).unwrap();
        let put = place.put(&file, &name("1.5"))?;
        assert_eq!(file.exists(), !put.moved);
        Ok(put)
    }

    fn read(put: &Put) -> String {
        fs::read_to_string(&put.path).unwrap()
    }

    #[test]
    fn the_last_replaces() {
        let root = Scratch::new();
        let place = Place::new(root.path().to_owned(), Collision::Replace, Durability::None);
        put(&place, root.path(), "first").unwrap();
        let second = put(&place, root.path(), "second").unwrap();
        assert_eq!(second.path, root.path().join("1.1/1.2/1.5.dcm"));
        assert!(!second.already_there);
        assert_eq!(read(&second), "second");
    }

    #[test]
    fn the_first_stays() {
        let root = Scratch::new();
        let place = Place::new(root.path().to_owned(), Collision::Keep, Durability::None);
        assert!(!put(&place, root.path(), "first").unwrap().already_there);
        let second = put(&place, root.path(), "second").unwrap();
        assert!(second.already_there);
        assert_eq!(read(&second), "first");
    }

    #[test]
    fn numbers_up_to_a_limit() {
        let root = Scratch::new();
        let place = Place::new(root.path().to_owned(), Collision::Number, Durability::None);
        for expected in ["1.5.dcm", "1.5_1.dcm", "1.5_2.dcm"] {
            let put = put(&place, root.path(), expected).unwrap();
            assert_eq!(put.path, root.path().join("1.1/1.2").join(expected));
            assert_eq!(read(&put), expected);
        }
        for number in 3..=MOST_NUMBERS {
            fs::write(root.path().join(format!("1.1/1.2/1.5_{number}.dcm")), "").unwrap();
        }
        let error = put(&place, root.path(), "one too many").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn folders_that_are_removed_come_back_but_not_the_one_around_all() {
        for collision in [Collision::Keep, Collision::Replace, Collision::Number] {
            let root = Scratch::new();
            let place = Place::new(root.path().to_owned(), collision, Durability::Full);
            put(&place, root.path(), "first").unwrap();
            fs::remove_dir_all(root.path().join("1.1")).unwrap();
            assert_eq!(read(&put(&place, root.path(), "second").unwrap()), "second");
            let elsewhere = Scratch::new();
            let file = elsewhere.path().join("file");
            fs::write(&file, "third").unwrap();
            fs::remove_dir_all(root.path()).unwrap();
            assert_eq!(place.put(&file, &name("1.5")).unwrap_err().kind(), io::ErrorKind::NotFound);
            assert!(!root.path().exists() && file.exists());
        }
    }

    #[test]
    fn a_name_that_cannot_be_made_durable_leaves_one_file_once_that_works_again() {
        for (collision, stays, of_whom) in [
            (Collision::Replace, &["1.5.dcm"][..], "again"),
            (Collision::Keep, &["1.5.dcm"], "first"),
            (Collision::Number, &[], "again"),
        ] {
            let root = Scratch::new();
            let mut place = Place::new(root.path().to_owned(), collision, Durability::Full);
            place.sync = |_| Err(io::ErrorKind::StorageFull.into());
            assert_eq!(put(&place, root.path(), "first").unwrap_err().kind(), io::ErrorKind::StorageFull);
            let names = || {
                let files = fs::read_dir(root.path().join("1.1/1.2")).unwrap();
                files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
            };
            assert_eq!(names(), stays, "{collision:?}");
            place.sync = sync_folder;
            let again = put(&place, root.path(), "again").unwrap();
            assert_eq!(read(&again), of_whom, "{collision:?}");
            assert_eq!(names(), ["1.5.dcm"], "{collision:?}");
        }
    }

    #[test]
    fn something_else_in_the_way_is_an_error() {
        let root = Scratch::new();
        let place = Place::new(root.path().to_owned(), Collision::Replace, Durability::None);
        fs::create_dir_all(root.path().join("1.1/1.2/1.5.dcm/x")).unwrap();
        assert!(put(&place, root.path(), "a folder has the name").is_err());
        fs::remove_dir_all(root.path().join("1.1")).unwrap();
        fs::write(root.path().join("1.1"), "").unwrap();
        assert!(put(&place, root.path(), "a file has the name of the folder").is_err());
    }

    #[test]
    fn folders_known_to_be_durable_are_those_on_the_way() {
        let root = Scratch::new();
        let place = Place::new(root.path().to_owned(), Collision::Replace, Durability::Full);
        put(&place, root.path(), "x").unwrap();
        let known = lock(place.durable.as_ref().unwrap()).clone();
        assert_eq!(known, HashSet::from(["1.1".to_owned(), "1.1/1.2".to_owned()]));
        place.make_folders(&name("1.5")).unwrap();
        assert!(lock(place.durable.as_ref().unwrap()).is_empty());
    }
}
