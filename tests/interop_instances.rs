//! Files of others: what pydicom or DCMTK reads is not refused, what both call cut off is not sent, and what we write
//! they read.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod peers;

use std::fs;
use std::path::{Path, PathBuf};

use dimse::dataset::part10::NewHeader;
use dimse::net::implementation;
use dimse::storage::instance::Instance;
use dimse::types::{AeTitle, Uid};
use peers::{dcmtk, pydicom};

/// Their headers say nothing about what they are, nor do their data sets.
const WITHOUT_IDENTITY: [&str; 3] =
    ["empty_charset_LEI.dcm", "meta_missing_tsyntax.dcm", "nested_priv_SQ.dcm"];
/// Data sets alone. DCMTK sends them, pydicom reads them if forced to.
const WITHOUT_HEADER: [&str; 3] = ["ExplVR_BigEndNoMeta.dcm", "ExplVR_LitEndNoMeta.dcm", "rtstruct.dcm"];
/// It says explicit VR and has none. pydicom reads it, DCMTK does not.
const MISLABELLED: &str = "SC_rgb_jpeg.dcm";
/// pydicom reads what there is of them without a word.
const CUT_OFF: [(&str, &str); 2] = [
    ("MR_truncated.dcm", "the data set ends in the middle of (7FE0,0010): 8,130 of 8,192 bytes are there"),
    ("rtplan_truncated.dcm", "the data set ends in the middle of (300A,00B0): 711 of 976 bytes are there"),
];

#[test]
fn the_files_of_pydicoms_tests() {
    let files = pydicom::read(&[]);
    assert!(files.len() > 100, "only {} files found: where are they?", files.len());
    let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    let damaged = dcmtk::dcmdump(&paths, &["--log-level", "error", "+P", "0008,0016"]).text;
    let in_words = |path: &Path| format!("reading file: {}", path.display());
    let mut buffer = vec![0; 256 * 1024];
    let mut cut_off = Vec::new();
    for file in &files {
        let name = file.path.file_name().and_then(|name| name.to_str()).unwrap();
        let dcmtk_reads = !damaged.lines().any(|line| line.ends_with(&in_words(&file.path)));
        match Instance::from_file(&file.path).open(&mut buffer) {
            Ok(opened) => {
                assert!(dcmtk_reads || name == MISLABELLED, "{name}: DCMTK does not read it");
                let Some(header) = &file.header else {
                    assert!(WITHOUT_HEADER.contains(&name), "{name}: pydicom does not read it");
                    continue;
                };
                let ours = [&opened.kind.sop_class, &opened.kind.sop_instance, &opened.kind.transfer_syntax];
                for (ours, theirs) in ours.iter().zip(header).filter(|(_, theirs)| *theirs != "-") {
                    assert_eq!(ours.as_str(), theirs, "{name}");
                }
            }
            Err(error) => {
                let words = CUT_OFF.iter().find(|(cut_off, _)| *cut_off == name).map(|(_, words)| words);
                if let Some(words) = words {
                    assert!(error.to_string().ends_with(words), "{error}");
                    cut_off.push(name);
                }
                let readable = dcmtk_reads || (file.header.is_some() && words.is_none());
                assert!(!readable || WITHOUT_IDENTITY.contains(&name), "{error}");
            }
        }
    }
    cut_off.sort_unstable();
    assert_eq!(cut_off, CUT_OFF.map(|(name, _)| name));
}

#[test]
fn headers_that_we_write() {
    let source = AeTitle::new("MODALITY1").unwrap();
    let class = Uid::from_static("1.2.840.10008.5.1.4.1.1.7");
    let instance = Uid::from_static("1.2.3.45");
    let syntax = Uid::from_static("1.2.840.10008.1.2");
    let ours = implementation::CLASS;
    let mut header = NewHeader {
        sop_class: &class,
        sop_instance: &instance,
        transfer_syntax: &syntax,
        implementation_class: &ours,
        implementation_version: implementation::VERSION,
        source: Some(&source),
    };
    let version = std::str::from_utf8(implementation::VERSION).unwrap();
    let with = written("with_source.dcm", &header.encode());
    header.source = None;
    let without = written("without_source.dcm", &header.encode());
    for (path, source) in [(&with, "MODALITY1"), (&without, "-")] {
        let read = pydicom::read(&[path]);
        let expected = [class.as_str(), instance.as_str(), syntax.as_str(), ours.as_str(), version, source];
        assert_eq!(read.first().and_then(|read| read.header.as_deref()).unwrap(), expected);
        let dump = dcmtk::dcmdump(&[path], &[]).expect_success().expect_text(version).expect_text("DOE^JANE");
        assert_eq!(dump.text.contains("MODALITY1"), source == "MODALITY1", "{}", dump.text);
        assert!(!dump.text.contains("W:") && !dump.text.contains("E:"), "{}", dump.text);
    }
}

/// A file of this header and a data set of one element, implicit VR.
fn written(name: &str, header: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, [header, b"\x10\0\x10\0\x08\0\0\0DOE^JANE"].concat()).unwrap();
    path
}
