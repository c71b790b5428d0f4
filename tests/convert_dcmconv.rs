//! Conversion of real files against `dcmconv`, byte for byte, and what pydicom reads in the results.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod converting;
mod peers;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use converting::{ALL, BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, convert};
use dimse::dataset::convert::NotConvertible;
use dimse::dataset::part10::{Header, NewHeader};
use dimse::types::Uid;
use peers::{Folder, dcmtk, pydicom};

/// Where the two are not the same: which file, to which transfer syntaxes, what we say, and why that is right.
#[rustfmt::skip]
const REFUSED: &[(&str, &[Uid], &str, &str)] = &[
    ("DICOMDIR-nooffset", &ALL, "(FFFE,E000) is longer than the rest of (0004,1220), in which it is",
        "the length of the sequence is wrong; dcmconv believes the items more than their sequence"),
    ("nested_priv_SQ.dcm", &[IMPLICIT, EXPLICIT, DEFLATED], "(0001,0002) has an odd length of 9 bytes",
        "odd lengths are refused; dcmconv adds a NUL"),
    ("nested_priv_SQ.dcm", &[BIG_ENDIAN], "(0001,0001) has bytes of unknown meaning (UN), which cannot be put into another byte order",
        "dcmconv leaves them in little endian, and nobody can tell"),
    ("priv_SQ.dcm", &[BIG_ENDIAN], "(3F03,1001) has bytes of unknown meaning (UN), which cannot be put into another byte order",
        "the same"),
    ("MR_truncated.dcm", &ALL, "the data set ends in the middle of (7FE0,0010): 62 more bytes of it must come",
        "dcmconv refuses it too"),
    ("rtplan_truncated.dcm", &ALL, "the data set ends in the middle of (300A,012C): 21 more bytes of it must come",
        "dcmconv refuses it too"),
];

#[test]
fn real_files_become_what_dcmconv_makes_of_them() {
    let folder = Folder::new("convert");
    let mut refused = HashSet::new();
    let mut compared = 0;
    for file in uncompressed_files() {
        let (syntax, data_set) = read(&file);
        for to in &ALL {
            match convert(&syntax, to, &data_set) {
                Ok(converted) => {
                    let theirs = by_dcmconv(&folder, &file, to);
                    assert_same(&file, to, &converted, &theirs);
                    compared += 1;
                }
                Err(error) => {
                    let is_listed = |(name, syntaxes, words, _): &&(&str, &[Uid], &str, &str)| {
                        file.ends_with(name) && syntaxes.contains(to) && error.to_string() == *words
                    };
                    let listed = REFUSED.iter().find(is_listed);
                    let (name, ..) = listed.unwrap_or_else(|| panic!("{} to {to}: {error}", file.display()));
                    refused.insert((*name, to.clone()));
                }
            }
        }
    }
    let listed: usize = REFUSED.iter().map(|(_, syntaxes, ..)| syntaxes.len()).sum();
    assert_eq!(refused.len(), listed, "what is listed is refused: {refused:?}");
    assert!(compared > 4 * 100, "{compared} conversions");
}

/// What `dcmconv` itself wrote, with lengths and group lengths where it can have them.
#[test]
fn what_dcmconv_wrote_becomes_what_dcmconv_makes_of_it() {
    let folder = Folder::new("convert");
    let written = folder.path().join("written");
    let mut compared = 0;
    for file in well_formed_files() {
        for from in [IMPLICIT, EXPLICIT, BIG_ENDIAN] {
            let with_lengths = ["--group-length-create", "--length-explicit", option(&from)];
            dcmtk::dcmconv(&file, &written, &with_lengths).expect_success();
            let (syntax, data_set) = read(&written);
            assert_eq!(syntax, from);
            for to in ALL {
                match convert(&from, &to, &data_set) {
                    Ok(converted) => {
                        assert_same(&file, &to, &converted, &by_dcmconv(&folder, &written, &to));
                        compared += 1;
                    }
                    // Private elements lose their VRs on the way through implicit VRs.
                    Err(NotConvertible::Unknown(tag)) => {
                        assert!(tag.group % 2 == 1 && from == IMPLICIT && to == BIG_ENDIAN, "{tag}");
                    }
                    Err(error) => panic!("{} from {from} to {to}: {error}", file.display()),
                }
            }
        }
    }
    assert!(compared > 3 * 4 * 40, "{compared} conversions");
}

/// And so that two readers agree about the results, and not only two writers.
#[test]
fn pydicom_reads_the_same_elements_before_and_after() {
    let folder = Folder::new("convert");
    let mut pairs = Vec::new();
    for file in well_formed_files() {
        let (syntax, data_set) = read(&file);
        for to in &ALL {
            let converted = folder.path().join(format!("{}.dcm", pairs.len()));
            let header = header(to);
            fs::write(&converted, [header, convert(&syntax, to, &data_set).unwrap()].concat()).unwrap();
            pairs.push((file.clone(), converted));
        }
    }
    pydicom::compare(&pairs, &["--converted"]).expect_success();
}

/// Items in a UN of undefined length are implicit (PS3.5 6.2.2); pydicom, too, knows those that are not. Such a file is
/// made, since there is none among its own.
#[test]
fn pydicom_reads_the_same_in_unknown_of_undefined_length_whatever_the_vrs_are_there() {
    let (item, item_end) = (b"\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF", b"\xFE\xFF\x0D\xE0\0\0\0\0");
    let sequence_end = b"\xFE\xFF\xDD\xE0\0\0\0\0";
    let data_set = [
        &b"\x09\0\x10\0LO\x04\0ACME\x09\0\x01\x10UN\0\0\xFF\xFF\xFF\xFF"[..],
        item,
        b"\x08\0\0\x01SH\x04\0ABCD\x28\0\x10\0US\x02\0\x34\x12\x40\0\x75\x02SQ\0\0\xFF\xFF\xFF\xFF",
        item,
        b"\x10\0\x10\0PN\0\0\x10\0\x20\0LO\x02\0ID",
        item_end,
        sequence_end,
        item_end,
        item,
        b"\x08\0\0\x01\x04\0\0\0EFGH\x28\0\x10\0\x02\0\0\0\x34\x12",
        item_end,
        sequence_end,
        b"\x10\0\x10\0PN\x04\0A^B ",
    ]
    .concat();
    let folder = Folder::new("convert");
    let write = |name: &str, syntax: &Uid, data_set: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, [&header(syntax)[..], data_set].concat()).unwrap();
        path
    };
    let made = write("made.dcm", &EXPLICIT, &data_set);
    let pairs: Vec<_> = ALL
        .iter()
        .map(|to| {
            let converted = convert(&EXPLICIT, to, &data_set).unwrap();
            (made.clone(), write(&format!("{to}.dcm"), to, &converted))
        })
        .collect();
    pydicom::compare(&pairs, &["--converted"]).expect_success();
    let read = pydicom::elements(None, &[&made]).remove(0).to_string();
    assert!(["ABCD", "EFGH", "4660", "ID"].iter().all(|value| read.contains(value)), "{read}");
}

/// Every element that DCMTK's copy of PS3.6 has, retired ones and repeating groups included, with no value: nothing but
/// the VRs is compared.
#[test]
fn every_element_of_the_dictionary_gets_the_vr_that_dcmconv_gives_it() {
    const LAST: (u16, u16) = (0xFFFC, 0xFFFC);
    let mut tags: Vec<(u16, u16)> = dcmtk::dictionary_tags();
    // Group lengths are dropped, the header's group is another's, delimiters are no elements; and of a data set with a
    // Pixel Data Provider URL dcmconv thinks that it cannot be converted.
    tags.retain(|tag| *tag != (0x0028, 0x7FE0) && *tag != LAST);
    tags.retain(|(group, element)| !matches!(group, 0x0000 | 0x0002 | 0x0004 | 0xFFFE) && *element != 0);
    tags.sort_unstable();
    tags.dedup();
    assert!(tags.len() > 4_500, "{}", tags.len());
    let mut data_set = Vec::new();
    for (group, element) in tags {
        data_set.extend([group.to_le_bytes(), element.to_le_bytes(), [0; 2], [0; 2]].as_flattened());
    }
    // dcmconv wants something to read at the end.
    data_set.extend_from_slice(b"\xFC\xFF\xFC\xFF\x02\0\0\0\0\0");
    let folder = Folder::new("convert");
    let file = folder.path().join("dictionary");
    fs::write(&file, [header(&IMPLICIT), data_set.clone()].concat()).unwrap();
    for to in &ALL {
        let converted = convert(&IMPLICIT, to, &data_set).unwrap();
        assert_same(&file, to, &converted, &by_dcmconv(&folder, &file, to));
    }
}

// ---- files ----------------------------------------------------------------------------------------------------------

/// Those of pydicom's own tests, with one for every transfer syntax at least.
fn uncompressed_files() -> Vec<PathBuf> {
    let is_uncompressed = |file: &PathBuf| {
        let bytes = fs::read(file).unwrap();
        let header = Header::read(&bytes, true).ok().flatten();
        header.is_some_and(|header| ALL.contains(&header.transfer_syntax))
    };
    let files: Vec<PathBuf> = pydicom::files().into_iter().filter(is_uncompressed).collect();
    for syntax in &ALL {
        assert!(files.iter().any(|file| read(file).0 == *syntax), "a file in {syntax}");
    }
    files
}

/// Those that can be converted to everything; of many that differ in a UID or two, one.
fn well_formed_files() -> Vec<PathBuf> {
    let is_refused = |file: &PathBuf| REFUSED.iter().any(|(name, ..)| file.ends_with(name));
    let mut sizes = HashSet::new();
    let mut is_new = |file: &PathBuf| sizes.insert(fs::metadata(file).unwrap().len());
    uncompressed_files().into_iter().filter(|file| !is_refused(file) && is_new(file)).collect()
}

/// The transfer syntax of a file, and its data set.
fn read(file: &Path) -> (Uid, Vec<u8>) {
    let mut bytes = fs::read(file).unwrap();
    let header = Header::read(&bytes, true).unwrap().unwrap();
    (header.transfer_syntax, bytes.split_off(header.length))
}

fn header(transfer_syntax: &Uid) -> Vec<u8> {
    NewHeader {
        sop_class: &Uid::from_static("1.2.840.10008.5.1.4.1.1.7"),
        sop_instance: &Uid::from_static("1.2.3"),
        transfer_syntax,
        implementation_class: &Uid::from_static("1.2.3"),
        implementation_version: b"TEST",
        source: None,
    }
    .encode()
}

/// The data set as `dcmconv` converts it.
fn by_dcmconv(folder: &Folder, file: &Path, to: &Uid) -> Vec<u8> {
    let written = folder.path().join("by-dcmconv");
    dcmtk::dcmconv(file, &written, &["--write-dataset", option(to)]).expect_success();
    fs::read(&written).unwrap()
}

fn option(to: &Uid) -> &'static str {
    match to {
        to if *to == IMPLICIT => "--write-xfer-implicit",
        to if *to == EXPLICIT => "--write-xfer-little",
        to if *to == BIG_ENDIAN => "--write-xfer-big",
        _ => "--write-xfer-deflated",
    }
}

/// Of deflated data sets what is in them: how well a stream is deflated is each one's own business.
#[track_caller]
fn assert_same(file: &Path, to: &Uid, ours: &[u8], theirs: &[u8]) {
    let inflated = |bytes: &[u8]| {
        let is_deflated = *to == DEFLATED;
        if is_deflated { convert(&DEFLATED, &EXPLICIT, bytes).unwrap() } else { bytes.to_vec() }
    };
    let (ours, theirs) = (inflated(ours), inflated(theirs));
    let first = ours.iter().zip(&theirs).position(|(ours, theirs)| ours != theirs);
    let place = first.unwrap_or(ours.len().min(theirs.len()));
    let lengths = (ours.len(), theirs.len());
    assert!(ours == theirs, "{} to {to}: different at byte {place} of {lengths:?}", file.display());
}
