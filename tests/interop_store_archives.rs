//! C-STORE with dcmjs-dimse 0.3.3 and Orthanc 1.10.1, both directions.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod peers;
mod storing;

use std::fs;
use std::path::PathBuf;

use dimse::net::operation::Delivery;
use dimse::scu::store::{StoreOptions, store_all};
use dimse::storage::instance::Instance;
use dimse::wire::item::AsyncWindow;
use dimse::wire::uids;

use peers::{Folder, dcmjs_dimse, dcmtk, orthanc, pydicom};
use storing::{Serving, associate, files, finish, options_for, release, send};

/// One for each transfer syntax of which there are some with all that an archive needs to know, a study and an instance
/// of their own: none in JPEG-LS near-lossless, none in JPEG lossless.
const ONE_OF_EACH: [&str; 10] = [
    "SC_rgb_jpeg_dcmd.dcm",
    "CT_small.dcm",
    "image_dfl.dcm",
    "ExplVR_BigEnd.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "JPEG-lossy.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "693_J2KI.dcm",
    "JPEG2000.dcm",
    "SC_rgb_rle.dcm",
];

#[test]
fn our_files_arrive_at_dcmjs_dimse() {
    let provider = dcmjs_dimse::store_scp();
    let all = pydicom::files();
    let stored = send(&provider, &all).successes();
    files::same(&stored, &files::below(provider.folder()));
    assert!(stored.len() > 150, "only {} of {}", stored.len(), all.len());
    provider.expect_log("released");
}

/// Four lists at a time on one association, with four requests open.
#[test]
fn our_files_arrive_at_dcmjs_dimse_through_a_window() {
    let provider = dcmjs_dimse::store_scp();
    let all = pydicom::files_named(&ONE_OF_EACH);
    let mut options = options_for(&provider, &all);
    options.request.user.async_window = Some(AsyncWindow { invoked: 4, performed: 1 });
    let owner = associate(&options).unwrap();
    let association = owner.association();
    assert_eq!(association.facts().unwrap().negotiated.window.invoked, 4);
    let operations: Vec<_> = all
        .chunks(3)
        .map(|files| {
            let operation = association.operation(Delivery::Pull);
            let instances = files.iter().map(Instance::from_file).collect();
            store_all(association, instances, StoreOptions::default(), &operation);
            operation
        })
        .collect();
    let mut stored = Vec::new();
    for operation in &operations {
        association.drive(operation);
        stored.extend(finish(operation).successes());
    }
    release(association);
    assert_eq!(stored, all);
    files::same(&all, &files::below(provider.folder()));
}

/// It writes data sets anew, so what arrives is compared with what arrives at storescp. The second time it asks for a
/// window and gets it, and does not wait for answers.
#[test]
fn what_dcmjs_dimse_sends_arrives_here_as_it_does_at_storescp() {
    let all = pydicom::files_named(&["CT_small.dcm", "MR_small.dcm", "SC_rgb_rle.dcm", "rtplan.dcm"]);
    let reference = dcmtk::storescp(&["--bit-preserving", "+xa", "--unique-filenames"]);
    dcmjs_dimse::store(reference.port, reference.ae_title, 1, &all).expect_success();
    for window in [1, 4] {
        let server = Serving::with(|options| {
            options.policy.async_window = AsyncWindow { invoked: 4, performed: 4 };
            // Of the uncompressed ones storescp prefers explicit VR.
            options.policy.promiscuous = Some(vec![uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::RLE_LOSSLESS]);
        });
        let outcome = dcmjs_dimse::store(server.port(), "ANY-SCP", window, &all).expect_success();
        outcome.expect_text(&format!("window {window},1")).expect_text("released");
        files::same(&files::below(reference.folder()), &server.files());
    }
}

#[test]
fn our_files_arrive_at_orthanc_and_have_the_same_elements() {
    let orthanc = orthanc::start();
    let all = pydicom::files_named(&ONE_OF_EACH);
    let sent = send(&orthanc.provider, &all);
    assert_eq!(sent.successes(), all, "{:?}", sent.failures());
    let folder = Folder::new("fetched");
    let ids = orthanc.instances().unwrap();
    let pairs = ids.iter().map(|id| {
        let path = folder.path().join(id);
        fs::write(&path, orthanc.file(id).unwrap()).unwrap();
        let instance = files::header_of(&path).sop_instance;
        let source = all.iter().find(|source| files::header_of(source).sop_instance == instance).unwrap();
        assert_eq!(files::header_of(source).transfer_syntax, files::header_of(&path).transfer_syntax);
        (source.clone(), path)
    });
    let pairs: Vec<_> = pairs.collect();
    assert_eq!(pairs.len(), all.len());
    pydicom::compare(&pairs, &["--rewritten"]).expect_success();
}

#[test]
fn what_orthanc_sends_arrives_here_as_it_is_in_its_archive() {
    let orthanc = orthanc::start();
    for file in pydicom::files_named(&ONE_OF_EACH) {
        orthanc
            .upload(&fs::read(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    let ids = orthanc.instances().unwrap();
    assert_eq!(ids.len(), ONE_OF_EACH.len());
    let server = Serving::start();
    orthanc.store("ANY-SCP", server.port(), &ids).unwrap();
    let pairs: Vec<(PathBuf, PathBuf)> = server
        .files()
        .into_iter()
        .map(|arrived| {
            let instance = files::header_of(&arrived).sop_instance;
            let source = pydicom::files_named(&ONE_OF_EACH)
                .into_iter()
                .find(|source| files::header_of(source).sop_instance == instance)
                .unwrap();
            (source, arrived)
        })
        .collect();
    assert_eq!(pairs.len(), ids.len());
    files::others_read(&pairs, "ORTHANC", &["--rewritten"]);
}
