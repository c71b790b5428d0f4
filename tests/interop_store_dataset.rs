//! Instances that are made of a data set and pixels from a reader, and files of which elements are changed on the way:
//! what arrives at `storescp` is read by pydicom and DCMTK.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod peers;
mod storing;

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use dimse::dataset::around::{OffsetTable, PixelData};
use dimse::dataset::data_set::DataSet;
use dimse::dataset::value::At;
use dimse::net::operation::Delivery;
use dimse::scu::store::{StoreOptions, store_all};
use dimse::storage::contexts::{add_contexts, kind};
use dimse::storage::edit::Edits;
use dimse::storage::instance::Instance;
use dimse::types::Uid;
use dimse::wire::uids;

use peers::{Folder, Provider, dcmtk, pydicom};
use storing::{Sent, associate, files, finish, options, options_for, release, send_with};

const RLE: Uid = Uid::from_static("1.2.840.10008.1.2.5");

/// 3 images of 4 x 4 pixels.
fn images() -> Vec<Vec<u8>> {
    (0..3).map(|image| (0..16).map(|pixel| 60 * image + 3 * pixel).collect()).collect()
}

/// PS3.5 G: one segment, one literal run; 81 bytes, which are odd.
fn rle(image: &[u8]) -> Vec<u8> {
    [&[1, 0, 0, 0, 64][..], &[0; 59], &[15], image].concat()
}

fn data_set(number: usize) -> DataSet {
    let mut set = DataSet::new();
    for (path, text) in [
        ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7.2"),
        ("SOPInstanceUID", &format!("1.2.3.4.{number}")),
        ("StudyInstanceUID", "1.2.3"),
        ("SeriesInstanceUID", "1.2.3.1"),
        ("PatientName", "Müller^Eva"),
        ("Modality", "OT"),
        ("NumberOfFrames", "3"),
        ("PhotometricInterpretation", "MONOCHROME2"),
        ("SamplesPerPixel", "1"),
        ("Rows", "4"),
        ("Columns", "4"),
        ("BitsAllocated", "8"),
        ("BitsStored", "8"),
        ("HighBit", "7"),
        ("PixelRepresentation", "0"),
        ("DataSetTrailingPadding", ""),
    ] {
        set.set_string(&path.parse().unwrap(), At::All, text).unwrap();
    }
    set
}

fn reader(pieces: &[Vec<u8>]) -> Box<dyn Read + Send> {
    Box::new(Cursor::new(pieces.concat()))
}

fn send(provider: &Provider, instances: Vec<Instance>) -> Sent {
    let mut open = options(provider);
    let kinds: Vec<_> = instances.iter().map(|instance| kind(instance, &Edits::default()).unwrap()).collect();
    add_contexts(&mut open, &kinds).unwrap();
    let owner = associate(&open).unwrap();
    let operation = owner.association().operation(Delivery::Pull);
    store_all(owner.association(), instances, StoreOptions::default(), &operation);
    owner.association().drive(&operation);
    let sent = finish(&operation);
    release(owner.association());
    sent
}

/// The file of the instance with this number.
fn file_of(provider: &Provider, number: usize) -> PathBuf {
    let uid = format!("1.2.3.4.{number}");
    let all = files::below(provider.folder());
    all.into_iter().find(|file| file.to_str().unwrap().contains(&uid)).expect("it is stored")
}

#[test]
fn frames_arrive_with_the_offset_table_that_was_asked_for() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xa"]);
    let frames: Vec<Vec<u8>> = images().iter().map(|image| rle(image)).collect();
    let lengths: Vec<u64> = frames.iter().map(|frame| u64::try_from(frame.len()).unwrap()).collect();
    let tables = [OffsetTable::Empty, OffsetTable::Real];
    let instances = tables.iter().enumerate().map(|(number, table)| {
        let pixels = PixelData::Frames(&lengths, *table);
        Instance::from_data_set_and_pixels(&data_set(number), &RLE, pixels, reader(&frames)).unwrap()
    });
    let sent = send(&provider, instances.collect());
    assert_eq!(sent.outcome.counts.done, 2, "{:?}", sent.reports);
    let padded: Vec<_> = frames.iter().map(|frame| [frame, &[0][..]].concat()).collect();
    let scratch = Folder::new("decoded");
    for (number, offsets) in [&[][..], &[0, 90, 180]].iter().enumerate() {
        let file = file_of(&provider, number);
        let read = pydicom::frames(&[&file]).remove(0);
        assert_eq!(read["offsets"], serde_json::json!(offsets));
        assert_eq!(read["frames"], serde_json::json!(padded));
        // What DCMTK decodes are the images.
        let decoded = scratch.path().join(format!("{number}.dcm"));
        dcmtk::dcmdrle(&file, &decoded).expect_success();
        let decoded = pydicom::frames(&[&decoded]).remove(0);
        assert_eq!(decoded["pixels"], serde_json::json!(images().concat()));
        is_read_by_others(&file);
    }
}

#[test]
fn native_pixels_arrive_in_every_uncompressed_transfer_syntax() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xa"]);
    let syntaxes = [
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        uids::EXPLICIT_VR_BIG_ENDIAN,
        uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    ];
    let instances = syntaxes.iter().enumerate().map(|(number, syntax)| {
        let pixels = PixelData::Native(48);
        let set = data_set(number);
        Instance::from_data_set_and_pixels(&set, syntax, pixels, reader(&images())).unwrap()
    });
    let sent = send(&provider, instances.collect());
    assert_eq!(sent.outcome.counts.done, 4, "{:?}", sent.reports);
    for (number, syntax) in syntaxes.iter().enumerate() {
        let file = file_of(&provider, number);
        assert_eq!(files::header_of(&file).transfer_syntax, *syntax);
        let read = pydicom::frames(&[&file]).remove(0);
        assert_eq!(read["pixels"], serde_json::json!(images().concat()), "{syntax}");
        is_read_by_others(&file);
    }
}

#[test]
fn changed_files_arrive_changed_and_else_as_they_were() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xa", "--unique-filenames"]);
    let all = pydicom::files_named(&[
        "MR_small.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_implicit.dcm",
        "MR_small_RLE.dcm",
        "image_dfl.dcm",
        "rtplan.dcm",
        "test-SR.dcm",
    ]);
    let mut how = StoreOptions::default();
    how.edits.set("PatientID".parse().unwrap(), Some("4711")).unwrap();
    how.edits.set("AccessionNumber".parse().unwrap(), Some("")).unwrap();
    how.edits.set("StudyID".parse().unwrap(), None).unwrap();
    let sent = send_with(&options_for(&provider, &all), &all, how);
    assert_eq!(sent.successes(), all, "{:?}", sent.failures());
    let got: Vec<PathBuf> =
        files::below(provider.folder()).into_iter().filter(|file| files::data_set(file).is_some()).collect();
    assert_eq!(got.len(), all.len());
    for file in &all {
        let mut expected = elements(file);
        let changed = expected.as_object_mut().unwrap();
        changed.insert("00100020".to_owned(), serde_json::json!({ "vr": "LO", "values": ["4711"] }));
        changed.insert("00080050".to_owned(), serde_json::json!({ "vr": "SH", "values": [] }));
        changed.remove("00200010");
        let arrived = got.iter().find(|got| {
            elements(got)["00080018"] == expected["00080018"]
                && files::header_of(got).transfer_syntax == files::header_of(file).transfer_syntax
        });
        let arrived = arrived.unwrap_or_else(|| panic!("{}", file.display()));
        assert_eq!(elements(arrived), expected, "{}", file.display());
        is_read_by_others(arrived);
    }
}

fn elements(file: &Path) -> serde_json::Value {
    pydicom::elements(None, &[file]).remove(0).get_mut("elements").unwrap().take()
}

fn is_read_by_others(file: &Path) {
    dcmtk::dcmftest(&[file]).expect_success();
    dcmtk::dcmdump(&[file], &["-q"]).expect_success();
}
