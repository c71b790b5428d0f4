//! What the peer is told when an instance is not stored.
//!
//! A700 (PS3.4 table B.2-1, out of resources) for everything that is wrong on this side, a full disk or another: such
//! an instance may be sent again once somebody has seen to it, and that is what senders do on A700. What is wrong with
//! the instance itself has statuses of its own. The peer learns the kind of failure; path and system's words are for
//! the log.

use std::io;
use std::path::Path;

use crate::dimse::status::Status;
use crate::net::connect::words;
use crate::net::data::Refusal;

/// Error Comment (0000,0902) is LO: 64 characters.
const LONGEST_COMMENT: usize = 64;

/// One of the library's.
pub(crate) fn refusal(status: Status, comment: &str) -> Refusal {
    Refusal { status, comment: comment.chars().take(LONGEST_COMMENT).collect(), by_caller: false }
}

/// A call of the system's has failed: `what` was to be done with `path`.
pub(super) fn failed(what: &str, path: &Path, error: &io::Error) -> Refusal {
    tracing::warn!(target: "dimse::storage", "refused an instance: {} cannot be {what}: {}", path.display(), words(error));
    let comment = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full",
        io::ErrorKind::QuotaExceeded => "the disk quota is used up",
        io::ErrorKind::FileTooLarge => "the file is larger than the system allows",
        io::ErrorKind::ReadOnlyFilesystem => "the folder is on a read-only file system",
        io::ErrorKind::PermissionDenied => "the folder may not be written to",
        io::ErrorKind::NotFound => "the folder, or the file in it, was removed",
        io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
            "something else has the name of the file or its folder"
        }
        _ => return refusal(Status::OUT_OF_RESOURCES, &format!("the file cannot be {what}")),
    };
    refusal(Status::OUT_OF_RESOURCES, comment)
}

/// There is less free space than the floor.
pub(super) fn below_the_floor(folder: &Path) -> Refusal {
    tracing::warn!(target: "dimse::storage", "refused an instance: too little space is free in {}", folder.display());
    refusal(Status::OUT_OF_RESOURCES, "the disk is nearly full")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_fit_and_name_no_path() {
        let path = Path::new("/very/private/place");
        for kind in [
            io::ErrorKind::StorageFull,
            io::ErrorKind::QuotaExceeded,
            io::ErrorKind::FileTooLarge,
            io::ErrorKind::ReadOnlyFilesystem,
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::NotFound,
            io::ErrorKind::IsADirectory,
            io::ErrorKind::Other,
        ] {
            let refusal = failed("written", path, &kind.into());
            assert_eq!(refusal.status, Status::OUT_OF_RESOURCES);
            assert!((1..=64).contains(&refusal.comment.len()), "{kind}");
            assert!(!refusal.comment.contains("private"), "{kind}");
        }
        assert_eq!(refusal(Status::SUCCESS, &"\u{e9}".repeat(70)).comment.chars().count(), 64);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn full_disks_are_told_apart() {
        let full = failed("written", Path::new("x"), &io::Error::from_raw_os_error(libc::ENOSPC));
        assert_eq!(full.comment, "the disk is full");
        let quota = failed("written", Path::new("x"), &io::Error::from_raw_os_error(libc::EDQUOT));
        assert_eq!(quota.comment, "the disk quota is used up");
    }
}
