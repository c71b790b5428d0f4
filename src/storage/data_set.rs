//! The data set in a DICOM file (PS3.10), or the first part of it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::instance::open_at_once;
use crate::dataset::data_set::DataSet;
use crate::dataset::encoding::Encoding;
use crate::dataset::limits::Limits;
use crate::dataset::part10::Header;
use crate::dataset::up_to::UpTo;
use crate::error::{Cause, Error, Phase, Result};
use crate::net::connect::words;
use crate::types::{Tag, Uid};

/// What could be read of a file.
#[derive(Debug)]
pub struct Front {
    /// The elements.
    pub set: DataSet,
    /// How they are written.
    pub transfer_syntax: Uid,
    /// What is wrong behind them.
    pub damage: Option<Error>,
}

/// Reads the file at `path`: the elements in front of `stop`, or all; told its transfer syntax too. What is behind is
/// not read, but for the rest of the 64 KiB in which it begins. The limits are for the elements that are read.
pub fn read_file(path: &Path, stop: Option<Tag>, limits: Limits) -> Result<(DataSet, Uid)> {
    let Front { set, transfer_syntax, damage } = read_front(path, stop, limits)?;
    damage.map_or(Ok((set, transfer_syntax)), Err)
}

/// The same of a file in which something may be wrong behind its header: what is in front of that.
pub fn read_front(path: &Path, stop: Option<Tag>, limits: Limits) -> Result<Front> {
    let (mut file, mut bytes) = (open(path)?, Vec::new());
    let header = read_header(path, &mut file, &mut bytes)?;
    // In a private transfer syntax too: what it does to the elements, if anything, is told as what is malformed.
    let mut part = UpTo::new(Encoding::of(&header.transfer_syntax), stop, limits);
    let mut pushed = part.push(bytes.get(header.length..).unwrap_or_default());
    while matches!(pushed, Ok(true)) {
        bytes.clear();
        if !read_on(&mut file, &mut bytes).map_err(|error| io(path, "read", &error))? {
            break;
        }
        pushed = part.push(&bytes);
    }
    let (set, malformed) = part.finish_front();
    let damage = pushed.err().or(malformed).map(|error| unreadable(path, &error));
    Ok(Front { set, transfer_syntax: header.transfer_syntax, damage })
}

/// Reads the File Meta Information of the file at `path`, group 0002; empty where there is none.
pub fn read_meta(path: &Path) -> Result<DataSet> {
    let (mut file, mut bytes) = (open(path)?, Vec::new());
    let header = read_header(path, &mut file, &mut bytes)?;
    Ok(header.meta(&bytes))
}

fn open(path: &Path) -> Result<File> {
    let file = open_at_once(path).map_err(|error| io(path, "opened", &error))?;
    let metadata = file.metadata().map_err(|error| io(path, "opened", &error))?;
    if metadata.is_dir() {
        return Err(io(path, "read", &io::ErrorKind::IsADirectory.into()));
    }
    if !metadata.is_file() {
        return Err(unreadable(path, &"it is a pipe or a device and no file"));
    }
    Ok(file)
}

/// Reads so much into `bytes` that the header is among them.
fn read_header(path: &Path, file: &mut File, bytes: &mut Vec<u8>) -> Result<Header> {
    loop {
        let all = !read_on(file, bytes).map_err(|error| io(path, "read", &error))?;
        if let Some(header) = Header::read(bytes, all).map_err(|error| unreadable(path, &error))? {
            return Ok(header);
        }
    }
}

fn io(path: &Path, tried: &str, error: &io::Error) -> Error {
    let os = error.raw_os_error().unwrap_or(0);
    let detail = format!("{} cannot be {tried}: {}", path.display(), words(error));
    Error::new(Phase::Queued, Cause::Io { os, detail })
}

fn unreadable(path: &Path, what: &dyn fmt::Display) -> Error {
    Error::new(Phase::Queued, Cause::DataSet(format!("{} cannot be read: {what}", path.display())))
}

/// Reads the next of a file behind `bytes`; told whether there was any.
fn read_on(file: &mut File, bytes: &mut Vec<u8>) -> io::Result<bool> {
    /// At once.
    const STEP: u64 = 64 * 1024;
    file.take(STEP).read_to_end(bytes).map(|read| read > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::dataset::part10::NewHeader;
    use crate::storage::folder::scratch::Scratch;
    use crate::wire::uids;

    const PIXEL_DATA: Tag = Tag::new(0x7FE0, 0x0010);

    fn header() -> Vec<u8> {
        let uid = Uid::from_static("1.2.3");
        let header = NewHeader {
            sop_class: &uid,
            sop_instance: &uid,
            transfer_syntax: &uids::EXPLICIT_VR_LITTLE_ENDIAN,
            implementation_class: &uid,
            implementation_version: b"TEST",
            source: None,
        };
        header.encode()
    }

    #[test]
    fn pixel_data_is_not_read() {
        let folder = Scratch::new();
        let path = folder.path().join("stop.dcm");
        let name = b"\x10\0\x10\0PN\x04\0A^B ";
        let pixels = b"\xE0\x7F\x10\0OW\0\0\xFE\xFF\xFF\xFF";
        std::fs::write(&path, [&header(), &name[..], pixels].concat()).unwrap();
        let limits = Limits { bytes: 12, elements: 1 };
        let (set, syntax) = read_file(&path, Some(PIXEL_DATA), limits).unwrap();
        assert_eq!((set.len(), syntax), (1, uids::EXPLICIT_VR_LITTLE_ENDIAN));
        let error = read_file(&path, None, Limits::FILE).unwrap_err().to_string();
        assert!(
            error.contains("cannot be read: the data set is malformed at byte 12, (7FE0,0010)"),
            "{error}"
        );
        let error = read_file(&path, None, limits).unwrap_err().to_string();
        assert!(error.ends_with("the data set is longer than the limit of 12 bytes"), "{error}");
    }

    #[test]
    fn what_cannot_be_read() {
        let folder = Scratch::new();
        let path = folder.path().join("it.dcm");
        for path in [folder.path(), &path] {
            let error = read_file(path, None, Limits::FILE).unwrap_err();
            assert!(matches!(error.cause(), Cause::Io { .. }), "{error}");
        }
        for (bytes, words) in [
            (&b""[..], "it is empty"),
            (b"Hello, world", "it is no DICOM file, without DICM at byte 128; it looks like text"),
            (&header()[..200], "it is cut off: it ends in its header, after 200 bytes"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = read_file(&path, None, Limits::FILE).unwrap_err().to_string();
            assert!(error.ends_with(words), "{error}");
        }
        std::fs::write(&path, header()).unwrap();
        assert!(read_file(&path, None, Limits::FILE).unwrap().0.is_empty());
    }

    /// A header that says this transfer syntax, of which the name is as long as that of the right one.
    fn header_in(syntax: &str) -> Vec<u8> {
        assert!(syntax.len() <= 20);
        let padded = format!("{syntax:\0<20}");
        String::from_utf8(header()).unwrap().replace("1.2.840.10008.1.2.1\0", &padded).into_bytes()
    }

    /// They differ from the standard's in their pixels (PS3.5 10.1), and GE's is known to be implicit.
    #[test]
    fn files_in_private_transfer_syntaxes() {
        let folder = Scratch::new();
        let path = folder.path().join("private.dcm");
        let explicit = b"\x10\0\x10\0PN\x04\0A^B ";
        let implicit = b"\x10\0\x10\0\x04\0\0\0A^B ";
        for (syntax, name) in [("1.3.46.670589.33.1.4", explicit), ("1.2.840.113619.5.2", implicit)] {
            std::fs::write(&path, [&header_in(syntax), &name[..]].concat()).unwrap();
            let (set, told) = read_file(&path, None, Limits::FILE).unwrap();
            assert_eq!((set.len(), told.as_str()), (1, syntax));
            std::fs::write(&path, [&header_in(syntax), &name[..], b"\x10\0"].concat()).unwrap();
            let front = read_front(&path, None, Limits::FILE).unwrap();
            let damage = front.damage.unwrap().to_string();
            assert_eq!(front.set, set);
            assert!(damage.ends_with("the header of an element is cut off after 2 bytes"), "{damage}");
        }
    }

    #[test]
    fn the_meta_information_of_headers_that_are_written_wrongly() {
        let folder = Scratch::new();
        let path = folder.path().join("meta.dcm");
        let syntax = b"\x02\0\x10\0\x12\0\0\x001.2.840.10008.1.2\0";
        let class = b"\x02\0\x02\0UI\x04\x001.1\0";
        let bytes = [&[0; 128][..], b"DICM", class, class, syntax, b"\x08\0\x60\0\x02\0\0\0CT"];
        std::fs::write(&path, bytes.concat()).unwrap();
        assert_eq!(read_file(&path, None, Limits::FILE).unwrap().0.len(), 1);
        assert_eq!(read_meta(&path).unwrap().len(), 2);
    }
}
