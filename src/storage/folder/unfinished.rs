//! Unfinished files: where they are, how they get names, and what becomes of those whose writer was killed.
//!
//! All of one sink lie in the folder `.dimse-part` inside of its folder: on the same file system, so that one rename
//! makes them visible whole, and in one place, so that a start finds old ones without reading a large tree.
//!
//! Two programs may receive into one folder, and neither may take the other's unfinished files for old ones. A process
//! number would not do, on a network share or in containers. So each sink has a name of its own, a file of that name
//! that it keeps locked (`<name>.dimse-part`), and its files are `<name>.<number>.dimse-part`. The system drops the
//! lock when the program ends, however it ends: a sink whose lock can be had is gone, and so are its files. Where the
//! file system has no locks, nothing is taken for old.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::SystemTime;

use super::template::UNFINISHED;
use crate::net::connect::words;
use crate::runtime::lock::lock;

/// The unfinished files of one sink.
#[derive(Debug)]
pub(super) struct Unfinished {
    folder: PathBuf,
    bench: Mutex<Arc<Bench>>,
    next: AtomicU64,
}

impl Unfinished {
    /// A place in `root`, which exists. Files of sinks that have ended are removed.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let folder = root.join(UNFINISHED);
        let bench = Arc::new(Bench::occupy(&folder)?);
        let shown = folder.display();
        match remove_leftovers(&folder, &bench.name) {
            Ok(0) => {}
            Ok(removed) => {
                tracing::info!(target: "dimse::storage", "{shown}: {removed} unfinished files of earlier runs removed");
            }
            // They are in nobody's way.
            Err(error) => {
                tracing::warn!(target: "dimse::storage", "{shown} cannot be looked through for unfinished files of earlier runs: {}", words(&error));
            }
        }
        Ok(Self { folder, bench: Mutex::new(bench), next: AtomicU64::new(0) })
    }

    /// A new file of its own name. Where somebody has removed the folder it is made again, but not the one around it.
    pub(super) fn create(&self) -> io::Result<(File, PathBuf)> {
        let bench = lock(&self.bench).clone();
        match self.create_at(&bench) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let again = self.occupy_again(&bench)?;
                self.create_at(&again)
            }
            outcome => outcome,
        }
    }

    fn create_at(&self, bench: &Bench) -> io::Result<(File, PathBuf)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("{}.{number:x}{UNFINISHED}", bench.name));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok((file, path))
    }

    fn occupy_again(&self, lost: &Arc<Bench>) -> io::Result<Arc<Bench>> {
        let mut bench = lock(&self.bench);
        // Another thread may have done it meanwhile.
        if Arc::ptr_eq(&bench, lost) {
            *bench = Arc::new(Bench::occupy(&self.folder)?);
        }
        Ok(bench.clone())
    }
}

/// The name of one sink, and the lock that says that it lives.
#[derive(Debug)]
struct Bench {
    name: String,
    path: PathBuf,
    /// Open, and so locked, for as long as this lives.
    locked: Option<File>,
}

const TRIES: usize = 64;

impl Bench {
    fn occupy(folder: &Path) -> io::Result<Self> {
        for _ in 0..TRIES {
            match fs::create_dir(folder) {
                Err(error) if is_passing(&error) => {}
                made => made?,
            }
            let name = new_name();
            let path = lock_of(folder, &name);
            let file = match File::create_new(&path) {
                Ok(file) => file,
                // The last sink that was here has taken the folder with it; or the name is not new after all.
                Err(error) if is_passing(&error) || error.kind() == io::ErrorKind::NotFound => {
                    thread::yield_now();
                    continue;
                }
                Err(error) => return Err(error),
            };
            // Another sink that starts at this moment may have found the file before it was locked, and removed it.
            if !matches!(file.try_lock(), Err(TryLockError::WouldBlock)) && path.exists() {
                return Ok(Self { name, path, locked: Some(file) });
            }
        }
        Err(io::Error::other("no place for unfinished files could be had; another program removes them"))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // Windows removes the name of a file when it is closed. Whoever takes it for old meanwhile removes it too.
        drop(self.locked.take());
        // What cannot be removed is old at the next start. The folder stays while anybody has something in it.
        let _old = fs::remove_file(&self.path);
        if let Some(folder) = self.path.parent() {
            let _used = fs::remove_dir(folder);
        }
    }
}

/// What is there already; and on Windows, what is on its way out: its name stays until everybody has closed it.
fn is_passing(error: &io::Error) -> bool {
    const ACCESS_DENIED: i32 = 5;
    const SHARING_VIOLATION: i32 = 32;
    let is_leaving = cfg!(windows) && matches!(error.raw_os_error(), Some(ACCESS_DENIED | SHARING_VIOLATION));
    is_leaving || error.kind() == io::ErrorKind::AlreadyExists
}

/// Not a secret: only different from all others, in other programs and on other hosts too.
fn new_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}-{:x}", process::id(), now.as_nanos(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn lock_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{UNFINISHED}"))
}

/// Removes what sinks that have ended left in `folder`; told how many instances that were.
fn remove_leftovers(folder: &Path, own: &str) -> io::Result<usize> {
    let mut sinks: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let Some(stem) = file_name.to_str().and_then(|name| name.strip_suffix(UNFINISHED)) else { continue };
        let (name, number) = stem.split_once('.').map_or((stem, None), |(name, number)| (name, Some(number)));
        if name == own {
            continue;
        }
        let files = sinks.entry(name.to_owned()).or_default();
        if number.is_some() {
            files.push(entry.path());
        }
    }
    let mut removed = 0;
    for (name, files) in sinks {
        let path = lock_of(folder, &name);
        let lock = match OpenOptions::new().write(true).open(&path) {
            Ok(lock) if lock.try_lock().is_ok() => Some(lock),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            // It lives, or nobody can tell.
            _ => continue,
        };
        for file in files {
            match fs::remove_file(&file) {
                Ok(()) => removed += 1,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::warn!(target: "dimse::storage", "{} cannot be removed: {}", file.display(), words(&error));
                }
            }
        }
        if let Some(lock) = lock {
            // Last, and in this order: it may be one that is just starting, which must not get its lock before its file
            // is gone, or it would live without one. Where Windows keeps the name for as long as that one has it open,
            // nobody else can open it, and so nobody takes it for old.
            let _gone_already = fs::remove_file(&path);
            drop(lock);
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::storage::folder::scratch::Scratch;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder.join(UNFINISHED)).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_ended_sinks_left_is_removed_and_what_living_ones_have_stays() {
        let root = Scratch::new();
        let living = Unfinished::open(root.path()).unwrap();
        let (_file, unfinished) = living.create().unwrap();
        let folder = root.path().join(UNFINISHED);
        // Killed: the lock file stands there, but nobody holds it. Of another one only an instance is left.
        for left in ["dead.dimse-part", "dead.0.dimse-part", "dead.1f.dimse-part", "older.7.dimse-part"] {
            fs::write(folder.join(left), b"x").unwrap();
        }
        for foreign in ["README", "x.dcm", "y.dimse-part.txt"] {
            fs::write(folder.join(foreign), b"x").unwrap();
        }
        let second = Unfinished::open(root.path()).unwrap();
        assert!(unfinished.exists());
        let left = names(root.path());
        assert_eq!(left.len(), 3 + 3, "{left:?}");
        assert!(!left.iter().any(|name| name.starts_with("dead") || name.starts_with("older")), "{left:?}");
        drop(second);
        assert!(unfinished.exists());
    }

    #[test]
    fn nothing_is_left_where_nothing_is_unfinished() {
        let root = Scratch::new();
        let first = Unfinished::open(root.path()).unwrap();
        let second = Unfinished::open(root.path()).unwrap();
        assert_eq!(names(root.path()).len(), 2);
        drop(first);
        assert_eq!(names(root.path()).len(), 1);
        drop(second);
        assert!(fs::read_dir(root.path()).unwrap().next().is_none());
    }

    /// Elsewhere nobody can remove it.
    #[test]
    #[cfg(unix)]
    fn a_folder_that_somebody_removes_is_made_again() {
        let root = Scratch::new();
        let unfinished = Unfinished::open(root.path()).unwrap();
        let folder = root.path().join(UNFINISHED);
        fs::remove_dir_all(&folder).unwrap();
        let (_file, path) = unfinished.create().unwrap();
        assert!(path.exists());
        // The lock came back with it: another start takes nothing.
        let _other = Unfinished::open(root.path()).unwrap();
        assert!(path.exists());
        fs::remove_dir_all(root.path()).unwrap();
        assert_eq!(unfinished.create().unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(!root.path().exists());
    }

    /// What is taken for old may be just starting: it would live without a lock file, and the next start take its files.
    /// Elsewhere the name may stay until that one has closed it.
    #[test]
    #[cfg(unix)]
    fn whoever_gets_the_lock_of_one_that_was_taken_for_old_finds_that_its_file_is_gone() {
        let root = Scratch::new();
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
            let name = new_name();
            let path = lock_of(root.path(), &name);
            let starting = File::create_new(&path).unwrap();
            let old: Vec<PathBuf> =
                (0..3).map(|number| root.path().join(format!("{name}.{number}{UNFINISHED}"))).collect();
            for file in &old {
                fs::write(file, b"x").unwrap();
            }
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    // From now on it is locked, or was.
                    while old.iter().all(|file| file.exists()) {}
                    while starting.try_lock().is_err() {}
                    assert!(!path.exists());
                });
                assert_eq!(remove_leftovers(root.path(), "own").unwrap(), old.len());
            });
        }
    }

    #[test]
    fn many_starts_at_once_all_get_a_place_and_keep_their_files() {
        let root = Scratch::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let sink = Unfinished::open(root.path()).unwrap();
                        let (_file, path) = sink.create().unwrap();
                        assert!(path.exists());
                        fs::remove_file(path).unwrap();
                    }
                });
            }
        });
        assert!(fs::read_dir(root.path()).unwrap().next().is_none());
    }
}
