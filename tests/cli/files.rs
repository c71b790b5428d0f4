//! DICOM files for the command to send: as small as they can be, or with as many zeros as a test wants.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::peers::Folder;

pub(crate) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(crate) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

/// A folder of files to send, which is removed at the end.
pub(crate) struct Study {
    folder: Folder,
}

impl Study {
    pub(crate) fn new() -> Self {
        Self { folder: Folder::new("study") }
    }

    /// One with so many instances in it, each with so many bytes of pixel data.
    pub(crate) fn of(count: usize, bytes: u32) -> Self {
        let study = Self::new();
        for number in 1..=count {
            study.instance(&format!("{number:03}.dcm"), number, bytes);
        }
        study
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A CT image; the folders on the way to it are made.
    pub(crate) fn instance(&self, name: &str, number: usize, bytes: u32) -> PathBuf {
        self.write(name, &Instance { bytes, ..Instance::new(number) })
    }

    pub(crate) fn write(&self, name: &str, instance: &Instance) -> PathBuf {
        let path = self.place(name);
        instance.write(&path);
        path
    }

    /// Anything else.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.place(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn link(&self, name: &str, to: &str) {
        std::os::unix::fs::symlink(to, self.place(name)).unwrap();
    }

    fn place(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// What was printed, without the folder's name, which is another one each time.
    pub(crate) fn steady(&self, text: &str) -> String {
        text.replace(self.path().to_str().unwrap(), "STUDY")
    }
}

/// What a file is.
pub(crate) struct Instance {
    pub(crate) sop_class: String,
    pub(crate) uid: String,
    pub(crate) transfer_syntax: &'static str,
    pub(crate) bytes: u32,
}

impl Instance {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            sop_class: CT.to_owned(),
            uid: format!("2.25.{number}"),
            transfer_syntax: EXPLICIT,
            bytes: 100,
        }
    }

    /// PS3.10 7.1. The pixel data are a hole in the file, but for their last bytes.
    fn write(&self, path: &Path) {
        let mut file = File::create(path).unwrap();
        file.write_all(&self.header()).unwrap();
        file.write_all(&self.data_set_before_pixels()).unwrap();
        let number = self.uid.as_bytes();
        let hole = i64::from(self.bytes) - i64::try_from(number.len()).unwrap();
        file.seek(SeekFrom::Current(hole)).unwrap();
        file.write_all(number).unwrap();
    }

    pub(crate) fn header(&self) -> Vec<u8> {
        let elements = [
            explicit(0x0002, 0x0001, "OB", &[0, 1]),
            explicit(0x0002, 0x0002, "UI", &padded(&self.sop_class)),
            explicit(0x0002, 0x0003, "UI", &padded(&self.uid)),
            explicit(0x0002, 0x0010, "UI", &padded(self.transfer_syntax)),
            explicit(0x0002, 0x0012, "UI", &padded("1.2.3")),
        ]
        .concat();
        let length = u32::try_from(elements.len()).unwrap().to_le_bytes();
        [&[0; 128][..], b"DICM", &explicit(0x0002, 0x0000, "UL", &length), &elements].concat()
    }

    /// With the tag and length of the pixel data.
    fn data_set_before_pixels(&self) -> Vec<u8> {
        let element = if self.transfer_syntax == IMPLICIT { implicit } else { explicit };
        let pixels = element(0x7FE0, 0x0010, "OW", &[]);
        [
            element(0x0008, 0x0016, "UI", &padded(&self.sop_class)),
            element(0x0008, 0x0018, "UI", &padded(&self.uid)),
            element(0x0020, 0x000D, "UI", &padded("1.2.3.4")),
            element(0x0020, 0x000E, "UI", &padded("1.2.3.4.5")),
            pixels[..pixels.len() - 4].to_vec(),
            self.bytes.to_le_bytes().to_vec(),
        ]
        .concat()
    }
}

fn padded(text: &str) -> Vec<u8> {
    let mut value = text.as_bytes().to_vec();
    value.resize(value.len().next_multiple_of(2), 0);
    value
}

/// PS3.5 7.1.2.
pub(crate) fn explicit(group: u16, element: u16, vr: &str, value: &[u8]) -> Vec<u8> {
    let tag = [group.to_le_bytes(), element.to_le_bytes()].concat();
    let length = u32::try_from(value.len()).unwrap();
    let length = if vr.starts_with('O') || matches!(vr, "SQ" | "UN" | "UT") {
        [&[0, 0][..], &length.to_le_bytes()].concat()
    } else {
        u16::try_from(length).unwrap().to_le_bytes().to_vec()
    };
    [&tag, vr.as_bytes(), &length, value].concat()
}

/// PS3.5 7.1.3.
pub(crate) fn implicit(group: u16, element: u16, _vr: &str, value: &[u8]) -> Vec<u8> {
    let tag = [group.to_le_bytes(), element.to_le_bytes()].concat();
    let length = u32::try_from(value.len()).unwrap();
    [&tag, &length.to_le_bytes()[..], value].concat()
}

/// Every file below a folder, hidden ones too, by name; but for what a server receives just now.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() || path.ends_with(".dimse-part") {
            continue;
        }
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What stands behind the header of a DICOM file: its group length says how long that is.
pub(crate) fn data_set(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[128..140], b"DICM\x02\0\0\0UL\x04\0", "{}", path.display());
    let length = u32::from_le_bytes(bytes[140..144].try_into().unwrap());
    bytes[144 + usize::try_from(length).unwrap()..].to_vec()
}

/// The data sets of these files are those, one for one and byte for byte.
pub(crate) fn assert_same(sent: &[PathBuf], received: &[PathBuf]) {
    let data_sets = |files: &[PathBuf]| {
        let mut all: Vec<_> = files.iter().map(|file| data_set(file)).collect();
        all.sort();
        all
    };
    assert_eq!(sent.len(), received.len());
    assert!(data_sets(sent) == data_sets(received), "they differ");
}
