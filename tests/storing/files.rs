//! DICOM files as the storage tests compare and make them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use dimse::dataset::part10::{Header, NewHeader};
use dimse::net::implementation;
use dimse::types::Uid;
use dimse::wire::uids;

use crate::peers::{dcmtk, pydicom};

/// Secondary Capture Image Storage.
pub(crate) const CLASS: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.1.7");

/// Every file below a folder.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// What stands behind the header of a DICOM file.
pub(crate) fn data_set(path: &Path) -> Option<Vec<u8>> {
    let bytes = fs::read(path).unwrap();
    let header = Header::read(&bytes, true).ok()??;
    bytes.get(header.length..).filter(|data_set| !data_set.is_empty()).map(<[u8]>::to_vec)
}

/// The transfer syntaxes of files.
pub(crate) fn syntaxes(files: &[PathBuf]) -> BTreeSet<String> {
    files.iter().map(|file| header_of(file).transfer_syntax.to_string()).collect()
}

pub(crate) fn header_of(file: &Path) -> Header {
    Header::read(&fs::read(file).unwrap(), true).unwrap().unwrap()
}

/// One for one and byte for byte, but for the padding of an odd data set: a pair for each of what was `sent`. What is no
/// DICOM file among what was `got`, a log, does not count.
#[track_caller]
pub(crate) fn same(sent: &[PathBuf], got: &[PathBuf]) -> Vec<(PathBuf, PathBuf)> {
    let (sent, got) = (by_data_set(sent), by_data_set(got));
    for (data_set, path) in &sent {
        assert!(got.iter().any(|(got, _)| got == data_set), "{} has not arrived as it is", path.display());
    }
    assert_eq!(sent.len(), got.len(), "as many have arrived as were sent");
    let pairs = sent.into_iter().zip(got);
    pairs
        .map(|((sent, source), (got, arrived))| {
            assert!(sent == got, "{} has not arrived as it is", source.display());
            (source, arrived)
        })
        .collect()
}

fn by_data_set(files: &[PathBuf]) -> Vec<(Vec<u8>, PathBuf)> {
    let padded = |file: &PathBuf| {
        let mut data_set = data_set(file)?;
        data_set.resize(data_set.len().next_multiple_of(2), 0);
        Some((data_set, file.clone()))
    };
    let mut found: Vec<_> = files.iter().filter_map(padded).collect();
    found.sort();
    found
}

/// That others read what our folder wrote: it is DICOM for DCMTK, has the same elements as its source for pydicom (of
/// which `options` are those of [`pydicom::compare`]), and a header of ours.
#[track_caller]
pub(crate) fn others_read(pairs: &[(PathBuf, PathBuf)], source_ae_title: &str, options: &[&str]) {
    let arrived: Vec<&Path> = pairs.iter().map(|(_, arrived)| arrived.as_path()).collect();
    dcmtk::dcmftest(&arrived).expect_success();
    pydicom::compare(pairs, options).expect_success();
    let version = std::str::from_utf8(implementation::VERSION).unwrap();
    for ((source, _), read) in pairs.iter().zip(pydicom::read(&arrived)) {
        let source = header_of(source);
        let uid = |uid: &Option<Uid>| uid.as_ref().map(ToString::to_string);
        let fields = read.header.unwrap_or_else(|| panic!("{} is not read", read.path.display()));
        let [class, instance, rest @ ..] = fields.as_slice() else { panic!("{fields:?}") };
        // Where the source has no header, its data set says the same two, and the elements have been compared.
        assert!(uid(&source.sop_class).is_none_or(|sent| sent == *class), "{}", read.path.display());
        assert!(uid(&source.sop_instance).is_none_or(|sent| sent == *instance), "{}", read.path.display());
        let ours =
            [source.transfer_syntax.as_str(), implementation::CLASS.as_str(), version, source_ae_title];
        assert_eq!(rest, ours, "{}", read.path.display());
    }
}

/// What a small file is to be.
pub(crate) struct Kind<'a> {
    pub(crate) class: &'a Uid,
    /// Not checked: it may be none.
    pub(crate) instance: &'a str,
    pub(crate) syntax: &'a Uid,
}

/// A file of this kind that says what it is, and nothing else that is of use.
pub(crate) fn small(folder: &Path, name: &str, kind: &Kind<'_>) -> PathBuf {
    let implicit = *kind.syntax == uids::IMPLICIT_VR_LITTLE_ENDIAN;
    let mut bytes = header(kind);
    element(&mut bytes, implicit, (0x0008, 0x0016), *b"UI", kind.class.as_bytes());
    element(&mut bytes, implicit, (0x0008, 0x0018), *b"UI", kind.instance.as_bytes());
    element(&mut bytes, implicit, (0x0008, 0x1030), *b"LO", b"an examination");
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A multi-frame image of `mebibytes` that takes little room on the disk: each MiB begins with its number, the rest
/// of it is a hole.
pub(crate) fn large(folder: &Path, mebibytes: u32) -> PathBuf {
    /// Multi-frame Grayscale Word Secondary Capture Image Storage.
    const CLASS: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.1.7.3");
    let instance = format!("1.2.3.{mebibytes}");
    let mut front =
        header(&Kind { class: &CLASS, instance: &instance, syntax: &uids::EXPLICIT_VR_LITTLE_ENDIAN });
    let frames = (2 * mebibytes).to_string();
    let [one, bits, high, side] = [1_u16, 16, 15, 512].map(u16::to_le_bytes);
    for (tag, vr, value) in [
        ((0x0008, 0x0016), b"UI", CLASS.as_bytes()),
        ((0x0008, 0x0018), b"UI", instance.as_bytes()),
        ((0x0020, 0x000D), b"UI", b"1.2.3.1"),
        ((0x0020, 0x000E), b"UI", b"1.2.3.2"),
        ((0x0028, 0x0002), b"US", &one),
        ((0x0028, 0x0004), b"CS", b"MONOCHROME2"),
        ((0x0028, 0x0008), b"IS", frames.as_bytes()),
        ((0x0028, 0x0010), b"US", &side),
        ((0x0028, 0x0011), b"US", &side),
        ((0x0028, 0x0100), b"US", &bits),
        ((0x0028, 0x0101), b"US", &bits),
        ((0x0028, 0x0102), b"US", &high),
        ((0x0028, 0x0103), b"US", &[0, 0]),
    ] {
        element(&mut front, false, tag, *vr, value);
    }
    front.extend_from_slice(b"\xE0\x7F\x10\x00OW\0\0");
    front.extend_from_slice(&(mebibytes << 20).to_le_bytes());

    let path = folder.join(format!("{mebibytes}MiB.dcm"));
    let mut file = File::create(&path).unwrap();
    file.write_all(&front).unwrap();
    let begin = u64::try_from(front.len()).unwrap();
    for number in 0..mebibytes {
        file.write_all_at(&number.to_be_bytes(), begin + (u64::from(number) << 20)).unwrap();
    }
    file.set_len(begin + (u64::from(mebibytes) << 20)).unwrap();
    path
}

/// The header of a file that is not to be read whole.
pub(crate) fn header_of_large(path: &Path) -> Header {
    let mut front = vec![0; 1024];
    File::open(path).unwrap().read_exact(&mut front).unwrap();
    Header::read(&front, false).unwrap().unwrap()
}

/// Whether two files have the same data set, read in small steps.
pub(crate) fn same_data_set(one: &Path, other: &Path) -> bool {
    let begin = |path: &Path| u64::try_from(header_of_large(path).length).unwrap();
    same_from((one, begin(one)), (other, begin(other)))
}

/// Whether two files have the same last bytes, so many, read in small steps.
pub(crate) fn same_end(one: &Path, other: &Path, length: u64) -> bool {
    let begin = |path: &Path| fs::metadata(path).unwrap().len() - length;
    same_from((one, begin(one)), (other, begin(other)))
}

/// Whether two files are the same, each from a place on.
fn same_from(one: (&Path, u64), other: (&Path, u64)) -> bool {
    let open = |(path, begin): (&Path, u64)| {
        let mut file = File::open(path).unwrap();
        file.seek(SeekFrom::Start(begin)).unwrap();
        file
    };
    let (one, other) = (open(one), open(other));
    let (mut first, mut second) = (Vec::new(), Vec::new());
    loop {
        first.clear();
        second.clear();
        (&one).take(1 << 16).read_to_end(&mut first).unwrap();
        (&other).take(1 << 16).read_to_end(&mut second).unwrap();
        if first != second || first.is_empty() {
            return first == second;
        }
    }
}

fn header(kind: &Kind<'_>) -> Vec<u8> {
    // As long as what is to be there in the end, which may be no UID.
    let placeholder = Uid::new(&"1".repeat(kind.instance.len())).unwrap();
    let mut header = NewHeader {
        sop_class: kind.class,
        sop_instance: &placeholder,
        transfer_syntax: kind.syntax,
        implementation_class: &implementation::CLASS,
        implementation_version: b"TEST",
        source: None,
    }
    .encode();
    let at = header.windows(kind.instance.len()).position(|window| window == placeholder.as_bytes()).unwrap();
    header.get_mut(at..at + kind.instance.len()).unwrap().copy_from_slice(kind.instance.as_bytes());
    header
}

fn element(into: &mut Vec<u8>, implicit: bool, (group, number): (u16, u16), vr: [u8; 2], value: &[u8]) {
    let padded = value.len().next_multiple_of(2);
    into.extend_from_slice(&group.to_le_bytes());
    into.extend_from_slice(&number.to_le_bytes());
    if implicit {
        into.extend_from_slice(&u32::try_from(padded).unwrap().to_le_bytes());
    } else {
        into.extend_from_slice(&vr);
        into.extend_from_slice(&u16::try_from(padded).unwrap().to_le_bytes());
    }
    into.extend_from_slice(value);
    into.extend(std::iter::repeat_n(if vr == *b"UI" { 0 } else { b' ' }, padded - value.len()));
}
