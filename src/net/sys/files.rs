//! What std does not tell about files: how much room there is, and whether closing one went well.
#![allow(unsafe_code)] // statvfs(3) and close(2), and the free space on Windows, have no safe form in std

use std::fs::File;
use std::io;
use std::path::Path;

/// How many bytes this user may still write to the file system of `folder`.
#[cfg(unix)]
pub(crate) fn free_space(folder: &Path) -> io::Result<u64> {
    use std::ffi::CString;
    use std::mem::MaybeUninit;
    use std::os::unix::ffi::OsStrExt as _;

    let path = CString::new(folder.as_os_str().as_bytes())?;
    let mut told = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` ends in a NUL, and `told` has room for what is written; both live over the call.
    if unsafe { libc::statvfs(path.as_ptr(), told.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has succeeded, and so has written all of it.
    let told = unsafe { told.assume_init() };
    #[allow(clippy::useless_conversion, reason = "the fields are narrower on other systems")]
    let (blocks, size) = (u64::from(told.f_bavail), u64::from(told.f_frsize));
    Ok(blocks.saturating_mul(size))
}

/// How many bytes this user may still write to the volume of `folder`.
#[cfg(windows)]
pub(crate) fn free_space(folder: &Path) -> io::Result<u64> {
    use std::os::windows::ffi::OsStrExt as _;
    use std::ptr;
    use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;

    // A share is known by its name with a backslash behind it.
    let path: Vec<u16> = folder.join("").as_os_str().encode_wide().chain([0]).collect();
    let mut free = 0;
    // SAFETY: `path` ends in a NUL, and `free` has room for what is written; both live over the call. Where no number
    // is wanted the pointer may be null.
    let done = unsafe { GetDiskFreeSpaceExW(path.as_ptr(), &raw mut free, ptr::null_mut(), ptr::null_mut()) };
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(free) }
}

/// Closes a file, and tells what went wrong: network file systems may say only here that the disk is full.
#[cfg(unix)]
pub(crate) fn close(file: File) -> io::Result<()> {
    use std::os::fd::IntoRawFd as _;

    // SAFETY: the descriptor is ours alone: `file` has given it up. It is not used after this, whatever the outcome.
    if unsafe { libc::close(file.into_raw_fd()) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Closes a file. Windows reports what went wrong when it writes.
#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
pub(crate) fn close(file: File) -> io::Result<()> {
    drop(file);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_where_there_is_a_folder() {
        assert!(free_space(&std::env::temp_dir()).unwrap() > 0);
        let missing = std::env::temp_dir().join("no such folder of libdimse");
        assert_eq!(free_space(&missing).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    #[cfg(unix)]
    fn a_path_with_a_nul_is_refused() {
        assert!(free_space(Path::new("a\0b")).is_err());
    }

    #[test]
    fn a_file_closes() {
        let path = std::env::current_exe().unwrap();
        close(File::open(path).unwrap()).unwrap();
    }
}
