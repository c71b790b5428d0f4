//! Paths as bytes, which is what they are on Unix; elsewhere they are UTF-8.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// The path that `bytes` are; `None` where the system has no such path.
#[cfg(unix)]
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

/// The path that `bytes` are; `None` where the system has no such path.
#[cfg(not(unix))]
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

/// The bytes that `path` is.
#[cfg(unix)]
#[must_use]
pub fn to_bytes(path: &Path) -> Cow<'_, [u8]> {
    use std::os::unix::ffi::OsStrExt as _;
    Cow::Borrowed(path.as_os_str().as_bytes())
}

/// The bytes that `path` is. What is no text becomes U+FFFD.
#[cfg(not(unix))]
#[must_use]
pub fn to_bytes(path: &Path) -> Cow<'_, [u8]> {
    match path.to_string_lossy() {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back_as_it_went() {
        let text = "a folder/\u{e4}.dcm".as_bytes();
        assert_eq!(to_bytes(&from_bytes(text).unwrap()).as_ref(), text);
        let no_text = from_bytes(b"\xFF\x01.dcm");
        assert_eq!(no_text.is_some(), cfg!(unix));
        assert!(no_text.is_none_or(|path| to_bytes(&path).as_ref() == b"\xFF\x01.dcm"));
    }
}
