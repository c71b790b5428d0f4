//! A folder that takes the instances which a C-STORE provider receives: one DICOM file (PS3.10) for each.

mod attributes;
mod free_space;
mod names;
pub mod part_file;
mod place;
#[cfg(test)]
pub(super) mod scratch;
mod staging;
pub mod template;
mod unfinished;

use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use self::part_file::PartFile;
use self::place::Place;
pub(super) use self::place::sync_folder;
pub(super) use self::staging::Staging;
use self::template::{Key, PathTemplate, RelativePath};
use super::refusals::refusal;
use super::stored::{Stored, Tally};
use crate::dataset::part10::NewHeader;
use crate::dimse::status::Status;
use crate::error::{Cause, Error, Phase, Result};
use crate::net::connect::words;
use crate::net::data::Refusal;
use crate::net::implementation;
use crate::types::{AeTitle, Uid};

/// What a folder is to do.
#[derive(Debug, Clone)]
pub struct FolderOptions {
    /// The folder. It is made where only itself is missing.
    pub folder: PathBuf,
    /// Where in it an instance gets its file.
    pub template: PathTemplate,
    /// What happens where a file has that name already.
    pub collision: Collision,
    /// What is on the disk before the peer is told that the instance is stored.
    pub durability: Durability,
    /// With less free space than this nothing is stored (A700); 0 sets no floor.
    pub free_space_floor_bytes: u64,
}

impl FolderOptions {
    /// Free space that is left to others unless told otherwise: a system with a full disk is hard to repair.
    pub const FREE_SPACE_FLOOR_BYTES: u64 = 64 * 1024 * 1024;

    /// One file for each instance below study and series, the last one received stays, nothing is synced.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            template: PathTemplate::default(),
            collision: Collision::Replace,
            durability: Durability::None,
            free_space_floor_bytes: Self::FREE_SPACE_FLOOR_BYTES,
        }
    }
}

/// What happens where a file has the name of an instance already. Each way is one step of the file system: instances
/// that come at the same time over many associations, or to many servers with one folder, obey it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Collision {
    /// The new file takes its place.
    #[default]
    Replace,
    /// The file stays and the new one is dropped. The peer is told success: the instance is there, and a sender that
    /// repeats itself is not to take that for a failure. Needs a file system with hard links.
    Keep,
    /// The new one gets a number: `1.2.3_1.dcm`, up to 1000; beyond that it is refused (0111). Needs a file system with
    /// hard links.
    Number,
}

/// What is on the disk before the peer is told that the instance is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Durability {
    /// What the system has written by then: safe when the program is killed, not when the power fails.
    #[default]
    None,
    /// The bytes of the file; its name may be lost when the power fails.
    Data,
    /// The file, its name, and the folders made for it. Where the file has its name and that cannot be made sure of, the
    /// peer is told A700; an instance that it then sends again makes no second file ([`Collision`]).
    Full,
}

/// What is known of an instance when its command has come.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Affected SOP Class UID (0000,0002).
    pub sop_class: &'a Uid,
    /// Affected SOP Instance UID (0000,1000); `None` where it is missing or no UID.
    pub sop_instance: Option<&'a Uid>,
    /// That of the presentation context.
    pub transfer_syntax: &'a Uid,
    /// Who sends.
    pub calling: &'a AeTitle,
    /// To whom.
    pub called: &'a AeTitle,
}

impl Incoming<'_> {
    /// What stands before the data set in a file of its own (PS3.10 7.1).
    pub(super) fn header(&self, sop_instance: &Uid) -> Vec<u8> {
        let header = NewHeader {
            sop_class: self.sop_class,
            sop_instance,
            transfer_syntax: self.transfer_syntax,
            implementation_class: &implementation::CLASS,
            implementation_version: implementation::VERSION,
            source: Some(self.calling),
        };
        header.encode()
    }
}

/// A folder that takes instances; made once for a server and shared by its associations.
///
/// The name and the header of a file come from the command. Where the data set has another SOP class or instance UID,
/// that is neither looked for nor a reason to refuse: the bytes that arrived are the bytes in the file.
#[derive(Debug, Clone)]
pub struct Folder(Arc<Shared>);

/// What the folder and the instances on their way into it have in common.
#[derive(Debug)]
struct Shared {
    staging: Arc<Staging>,
    template: PathTemplate,
    durability: Durability,
    place: Place,
    tally: Tally,
}

impl Folder {
    /// Proves that the folder can be used as the options say, and removes unfinished files of programs that have ended.
    pub fn open(options: FolderOptions) -> Result<Self> {
        let FolderOptions { folder, template, collision, durability, free_space_floor_bytes } = options;
        let unusable = |error: io::Error| {
            let os = error.raw_os_error().unwrap_or(0);
            let detail = format!("the folder {} cannot be used: {}", folder.display(), words(&error));
            Error::new(Phase::Queued, Cause::Io { os, detail })
        };
        // The program may change its working folder later.
        let root = path::absolute(&folder).map_err(unusable)?;
        make(&root, durability).map_err(unusable)?;
        let shared = Shared {
            staging: Arc::new(Staging::open(&root, free_space_floor_bytes).map_err(unusable)?),
            place: Place::new(root, collision, durability),
            template,
            durability,
            tally: Tally::default(),
        };
        shared.probe().map_err(|error| match collision {
            Collision::Keep | Collision::Number if is_unsupported(&error) => {
                unusable(io::Error::other("its file system has no hard links; only replacing works there"))
            }
            _ => unusable(error),
        })?;
        Ok(Self(Arc::new(shared)))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.staging.folder()
    }

    /// Where its files are made.
    pub(super) fn staging(&self) -> &Arc<Staging> {
        &self.0.staging
    }

    /// What it has taken so far.
    #[must_use]
    pub fn stored(&self) -> Stored {
        self.0.tally.so_far()
    }

    /// A file for an instance of which the data set comes now.
    pub fn receive(&self, incoming: &Incoming<'_>) -> std::result::Result<PartFile, Refusal> {
        let shared = &self.0;
        let Some(sop_instance) = incoming.sop_instance.filter(|uid| is_name(uid)) else {
            return Err(refusal(Status::INVALID_SOP_INSTANCE, "the SOP Instance UID is not a UID"));
        };
        if shared.template.needs(Key::Class) && !is_name(incoming.sop_class) {
            return Err(refusal(Status::NO_SUCH_SOP_CLASS, "the SOP Class UID is not a UID"));
        }
        let file = shared.staging.begin()?;
        let header = incoming.header(sop_instance);
        let date = if shared.template.needs(Key::Date) { date(SystemTime::now()) } else { String::new() };
        Ok(PartFile::new(shared.clone(), incoming, sop_instance, date, header, file))
    }
}

impl Shared {
    /// Gives an empty file a name in the folder and removes it.
    fn probe(&self) -> io::Result<()> {
        let (file, path) = self.staging.create()?;
        drop(file);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let put = self.place.put(&path, &RelativePath::own(name.to_owned()));
        // Whether it has either name, both, or, where that went wrong, one of them all the same.
        let removed = [self.staging.folder().join(name), path].map(|path| match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        });
        put?;
        removed.into_iter().collect()
    }
}

fn make(root: &Path, durability: Durability) -> io::Result<()> {
    match fs::create_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::metadata(root)?.is_dir() {
                Ok(())
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        }
        Ok(()) if durability == Durability::Full => root.parent().map_or(Ok(()), sync_folder),
        outcome => outcome,
    }
}

fn is_name(uid: &Uid) -> bool {
    names::is_uid(uid.as_str().as_bytes())
}

/// What systems say of a call that a file system does not have; some take it for a question of permission.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied)
}

/// The day in UTC: `20260131`.
fn date(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    // The Gregorian calendar repeats itself every 400 years of 146,097 days. Years begin in March here, so that the
    // leap day is the last.
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}{month:02}{day:02}", era * 400 + year + later)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::scratch::Scratch;
    use super::*;
    use crate::net::data::Sink as _;

    #[test]
    fn an_instance_whose_name_is_not_safe_is_not_stored() {
        let scratch = Scratch::new();
        let durability = Durability::Full;
        let options =
            FolderOptions { collision: Collision::Number, durability, ..FolderOptions::new(scratch.path()) };
        let mut folder = Folder::open(options).unwrap();
        Arc::get_mut(&mut folder.0).unwrap().place.sync = |_| Err(io::Error::from_raw_os_error(5));
        let uid = Uid::from_static("1.2");
        let title = AeTitle::new("ANY").unwrap();
        let incoming = Incoming {
            sop_class: &uid,
            sop_instance: Some(&uid),
            transfer_syntax: &uid,
            calling: &title,
            called: &title,
        };
        let mut part = Box::new(folder.receive(&incoming).unwrap());
        part.write(&[]).unwrap();
        part.finish().unwrap();
        let destination = part.paths().unwrap().finished;
        assert_eq!(part.keep().unwrap_err().status, Status::OUT_OF_RESOURCES);
        assert_eq!((folder.stored(), destination.exists()), (Stored::default(), false));
        assert!(destination.parent().unwrap().is_dir(), "it had a name there");
    }

    #[test]
    fn days() {
        for (seconds, day) in [
            (0, "19700101"),
            (86_399, "19700101"),
            (86_400, "19700102"),
            (951_782_400, "20000229"),
            (951_868_800, "20000301"),
            (1_769_817_600, "20260131"),
            (4_107_542_400, "21000301"),
            (4_107_456_000, "21000228"),
            (1_735_603_200, "20241231"),
            (253_402_300_799, "99991231"),
        ] {
            assert_eq!(date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)), day, "{seconds}");
        }
    }
}
