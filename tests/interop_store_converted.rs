//! C-STORE to peers that do not take an instance as it is: what arrives there is what `dcmconv` would have made of it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod peers;
mod storing;

use std::fs;
use std::path::{Path, PathBuf};

use dimse::error::Cause;
use dimse::net::open_options::OpenOptions;
use dimse::scu::store::StoreOptions;
use dimse::storage::contexts::survey;
use dimse::storage::edit::Edits;
use dimse::types::Uid;
use dimse::wire::uids;

use peers::{Folder, Provider, dcmtk, pydicom};
use storing::{files, options, options_for, send_with};

/// One of each uncompressed transfer syntax, and of each kind of pixels.
const FILES: [&str; 8] = [
    "MR_small.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_implicit.dcm",
    "image_dfl.dcm",
    "rtplan.dcm",
    "rtdose_expb.dcm",
    "SC_rgb_small_odd.dcm",
    "test-SR.dcm",
];

#[test]
fn what_storescp_takes_in_implicit_vrs_only_arrives_in_implicit_vrs() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xi", "--unique-filenames"]);
    let all = pydicom::files_named(&FILES);
    arrive(&provider, &options_for(&provider, &all), &all, &uids::IMPLICIT_VR_LITTLE_ENDIAN);
}

#[test]
fn storescp_gets_each_uncompressed_transfer_syntax_if_it_wants_it() {
    for (syntax, option) in [
        (uids::IMPLICIT_VR_LITTLE_ENDIAN, "+xi"),
        (uids::EXPLICIT_VR_LITTLE_ENDIAN, "+xe"),
        (uids::EXPLICIT_VR_BIG_ENDIAN, "+xb"),
        (uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, "+xd"),
    ] {
        let provider = dcmtk::storescp(&["--bit-preserving", option, "--unique-filenames"]);
        let all = pydicom::files_named(&FILES);
        arrive(&provider, &only(&provider, &all, &syntax), &all, &syntax);
    }
}

/// The smallest PDUs and the archive with a process for each association.
#[test]
fn what_arrives_at_dcmqrscp_is_converted_as_well() {
    let provider = dcmtk::dcmqrscp(&["--bit-preserving", "--max-pdu", "4096"]);
    let all = pydicom::files_named(&["MR_small_implicit.dcm", "image_dfl.dcm", "ExplVR_BigEnd.dcm"]);
    let syntax = uids::EXPLICIT_VR_LITTLE_ENDIAN;
    arrive(&provider, &only(&provider, &all, &syntax), &all, &syntax);
}

/// Where an instance's own transfer syntax is taken, it goes out as it is, byte for byte.
#[test]
fn what_need_not_be_converted_is_not() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xa", "--unique-filenames"]);
    let all = pydicom::files_named(&FILES);
    assert_eq!(send_with(&options_for(&provider, &all), &all, StoreOptions::default()).successes(), all);
    files::same(&all, &files::below(provider.folder()));
}

/// Before anything of it is sent, so that those behind it are stored.
#[test]
fn what_cannot_be_converted_fails_by_name_and_the_rest_is_stored() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xb", "--unique-filenames"]);
    let all = pydicom::files_named(&["priv_SQ.dcm", "MR_small_RLE.dcm", "MR_small.dcm"]);
    let syntax = uids::EXPLICIT_VR_BIG_ENDIAN;
    let sent = send_with(&only(&provider, &all, &syntax), &all, StoreOptions::default());
    let [(_, private), (_, compressed)] = &sent.failures()[..] else { panic!("{:?}", sent.reports) };
    assert!(matches!(private.cause(), Cause::Instance { .. }), "{private}");
    let words = "it cannot be converted from Implicit VR Little Endian to Explicit VR Big Endian (Retired): (3F03,1001) has \
                 bytes of unknown meaning (UN), which cannot be put into another byte order";
    assert!(private.to_string().contains(words), "{private}");
    assert!(matches!(compressed.cause(), Cause::NoContext(_)), "{compressed}");
    assert_eq!((sent.outcome.counts.done, sent.outcome.counts.failed), (1, 2));
    same_as_dcmconv(&all[2..], &files::below(provider.folder()), &syntax);
}

/// Larger than all buffers together: 48 MiB of words, every one turned round.
#[test]
fn a_large_one_is_converted_while_it_is_sent() {
    let folder = Folder::new("large");
    let large = vec![files::large(folder.path(), 48)];
    for (syntax, option) in [(uids::EXPLICIT_VR_BIG_ENDIAN, "+xb"), (uids::IMPLICIT_VR_LITTLE_ENDIAN, "+xi")]
    {
        let provider = dcmtk::storescp(&["--bit-preserving", option, "--unique-filenames"]);
        arrive(&provider, &only(&provider, &large, &syntax), &large, &syntax);
    }
}

/// A request for every SOP class of the files in one transfer syntax.
fn only(provider: &Provider, all: &[PathBuf], syntax: &Uid) -> OpenOptions {
    let mut open = options(provider);
    let mut classes: Vec<Uid> =
        survey(all.iter().cloned(), &Edits::default()).kinds.into_iter().map(|(class, _)| class).collect();
    classes.sort();
    classes.dedup();
    for class in classes {
        open.add_context(class, vec![syntax.clone()]).unwrap();
    }
    open
}

/// All are stored, and are there what they should be.
#[track_caller]
fn arrive(provider: &Provider, open: &OpenOptions, all: &[PathBuf], syntax: &Uid) {
    let sent = send_with(open, all, StoreOptions::default());
    assert_eq!(sent.successes(), all, "{:?}", sent.failures());
    assert!(sent.reports.iter().all(|report| report.transfer_syntax.as_ref() == Some(syntax)));
    same_as_dcmconv(all, &files::below(provider.folder()), syntax);
}

/// What is already in the transfer syntax is sent as it is, and so is compared. `got` may have a log in it.
#[track_caller]
fn same_as_dcmconv(sent: &[PathBuf], got: &[PathBuf], syntax: &Uid) {
    let folder = Folder::new("converted");
    let is_deflated = *syntax == uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
    let inflated = |file: &Path| {
        let explicit = || by_dcmconv(&folder, file, &uids::EXPLICIT_VR_LITTLE_ENDIAN);
        if is_deflated { explicit() } else { files::data_set(file).unwrap() }
    };
    let is_file = |file: &&PathBuf| files::data_set(file).is_some();
    let mut arrived: Vec<Vec<u8>> = Vec::new();
    for file in got.iter().filter(is_file) {
        assert_eq!(files::header_of(file).transfer_syntax, *syntax);
        arrived.push(inflated(file));
    }
    for file in sent {
        let is_as_it_is = files::header_of(file).transfer_syntax == *syntax;
        let expected = if is_as_it_is { inflated(file) } else { by_dcmconv(&folder, file, syntax) };
        let place = arrived.iter().position(|arrived| *arrived == expected);
        arrived.remove(place.unwrap_or_else(|| panic!("{} to {syntax}", file.display())));
    }
    assert_eq!(arrived.len(), 0);
}

fn by_dcmconv(folder: &Folder, file: &Path, to: &Uid) -> Vec<u8> {
    let option = match to {
        to if *to == uids::IMPLICIT_VR_LITTLE_ENDIAN => "--write-xfer-implicit",
        to if *to == uids::EXPLICIT_VR_BIG_ENDIAN => "--write-xfer-big",
        _ => "--write-xfer-little",
    };
    let written = folder.path().join("by-dcmconv");
    dcmtk::dcmconv(file, &written, &["--write-dataset", option]).expect_success();
    fs::read(&written).unwrap()
}
