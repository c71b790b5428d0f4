//! C-STORE with DCMTK 3.6.7, both directions, compared byte for byte.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod peers;
mod storing;

use std::collections::BTreeSet;
use std::path::PathBuf;

use dimse::error::Cause;
use dimse::storage::contexts::{add_contexts, survey};
use dimse::storage::edit::Edits;
use dimse::types::Uid;
use dimse::wire::uids;

use peers::{dcmtk, pydicom};
use storing::{Serving, files, options, send};

/// Every transfer syntax of pydicom's test files.
const SYNTAXES: [&str; 12] = [
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.5",
];

const WITH_ANOTHER_CLASS: [&str; 2] = ["rtdose_rle.dcm", "rtdose_rle_1frame.dcm"];

#[test]
fn our_files_arrive_at_storescp() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xa", "--unique-filenames"]);
    let all = pydicom::files();
    let sent = send(&provider, &all);
    let stored = sent.successes();
    files::same(&stored, &files::below(provider.folder()));
    assert!(stored.len() > 150, "only {} of {}", stored.len(), all.len());
    assert_eq!(files::syntaxes(&stored), SYNTAXES.map(str::to_owned).into());
}

#[test]
fn our_files_arrive_at_storescp_in_its_smallest_pdus() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xa", "--unique-filenames", "--max-pdu", "4096"]);
    let some = pydicom::files_named(&["CT_small.dcm", "MR_small_RLE.dcm", "image_dfl.dcm"]);
    assert_eq!(send(&provider, &some).successes(), some);
    files::same(&some, &files::below(provider.folder()));
}

#[test]
fn our_files_arrive_at_dcmrecv() {
    let usable = usable();
    let kinds = survey(usable.iter().cloned(), &Edits::default()).kinds;
    let unique = |uids: Vec<&Uid>| -> Vec<String> {
        let uids: BTreeSet<_> = uids.into_iter().map(ToString::to_string).collect();
        uids.into_iter().collect()
    };
    let classes = unique(kinds.iter().map(|(class, _)| class).collect());
    let syntaxes = unique(kinds.iter().map(|(_, syntax)| syntax).collect());
    let provider = dcmtk::dcmrecv(&["--bit-preserving", "--unique-filenames"], &classes, &syntaxes);
    assert_eq!(send(&provider, &usable).successes().len(), usable.len());
    files::same(&usable, &files::below(provider.folder()));
}

/// It takes the uncompressed transfer syntaxes and the compressed one that it is told to prefer.
#[test]
fn our_files_arrive_at_dcmqrscp() {
    let provider = dcmtk::dcmqrscp(&["--bit-preserving", "+xs"]);
    let all = pydicom::files_named(&[
        "CT_small.dcm",
        "rtplan.dcm",
        "ExplVR_BigEnd.dcm",
        "SC_rgb_jpeg_gdcm.dcm",
        "MR_small_RLE.dcm",
    ]);
    let sent = send(&provider, &all);
    let [(path, error)] = &sent.failures()[..] else { panic!("{:?}", sent.reports) };
    assert!(path.ends_with("MR_small_RLE.dcm") && matches!(error.cause(), Cause::NoContext(_)), "{error}");
    files::same(&sent.successes(), &files::below(provider.folder()));
}

/// It answers several contexts of the class with the same syntax, which is told once.
#[test]
fn what_storescp_does_not_take_fails_by_name_and_the_rest_is_stored() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xi"]);
    let names = ["MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_implicit.dcm"];
    let all = pydicom::files_named(&names);
    let sent = send(&provider, &all);
    let failures = sent.failures();
    assert_eq!(failures.len(), 2, "{failures:?}");
    for ((path, error), name) in failures.iter().zip(names) {
        assert!(path.ends_with(name));
        assert!(matches!(error.cause(), Cause::NoContext(_)), "{error}");
        assert!(
            error.to_string().contains("the peer takes that class in Implicit VR Little Endian only"),
            "{error}"
        );
    }
    files::same(&sent.successes(), &files::below(provider.folder()));
    assert_eq!((sent.outcome.counts.done, sent.outcome.counts.failed), (1, 2));
}

/// 300 instances of 30 classes in 5 transfer syntaxes need more contexts than an association can have. Told so before
/// anything is sent, their sender sends them in two halves.
#[test]
fn more_kinds_than_contexts_are_refused_before_connecting_and_arrive_at_storescp_in_halves() {
    let syntaxes = [
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        uids::JPEG_BASELINE,
        uids::JPEG_2000_LOSSLESS,
        uids::RLE_LOSSLESS,
    ];
    let folder = peers::Folder::new("kinds");
    let classes: Vec<Uid> = uids::storage_classes().take(30).collect();
    let all: Vec<PathBuf> = (0..300)
        .map(|number: usize| {
            let class = &classes[number / 10];
            let instance = format!("1.2.3.{number}");
            let kind = files::Kind { class, instance: &instance, syntax: &syntaxes[number % 5] };
            files::small(folder.path(), &format!("{number}.dcm"), &kind)
        })
        .collect();
    let provider = dcmtk::storescp(&["--bit-preserving", "+xa", "--promiscuous"]);
    let mut request = options(&provider);
    let error = add_contexts(&mut request, &survey(all.iter().cloned(), &Edits::default()).kinds)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the files need 150 presentation contexts (30 SOP classes in 150 kinds"),
        "{error}"
    );
    assert!(error.contains("128 at most (PS3.8 9.3.2.2); send them in several calls"), "{error}");
    assert!(request.request.contexts.is_empty() && !provider.log().contains("Association Received"));
    let (first, second) = all.split_at(150);
    for half in [first, second] {
        assert_eq!(send(&provider, half).successes().len(), half.len());
    }
    files::same(&all, &files::below(provider.folder()));
}

/// DCMTK writes data sets anew when it sends them, so what arrives is compared with what arrives at storescp.
#[test]
fn what_dcmsend_sends_arrives_here_as_it_does_at_storescp() {
    let mut all = usable();
    all.retain(|file| WITH_ANOTHER_CLASS.iter().all(|name| !file.ends_with(name)));
    let reference = dcmtk::dcmsend_to_storescp(&["--no-halt"], &all);
    let server = Serving::start();
    dcmtk::dcmsend(server.port(), "ANY-SCP", &["--no-halt"], &all);
    let pairs = files::same(&files::below(reference.folder()), &server.files());
    assert!(pairs.len() > 140, "only {} of {}", pairs.len(), all.len());
    files::others_read(&pairs, peers::CALLING_AE_TITLE, &[]);
}

/// dcmsend takes their SOP class from a data set that it misreads, and says 31 on a context of RT Dose Storage. That is
/// no request which this context is for (PS3.7 9.1); storescp takes it.
#[test]
fn what_dcmsend_sends_as_another_class_than_it_negotiated_is_refused() {
    let server = Serving::start();
    let all = pydicom::files_named(&WITH_ANOTHER_CLASS);
    dcmtk::dcmsend(server.port(), "ANY-SCP", &["--no-halt"], &all)
        .expect_text("Received C-STORE Response (Refused: SOPClassNotSupported)")
        .expect_text("with status REFUSED  : 2");
    assert_eq!(server.files(), Vec::<PathBuf>::new());
    assert_eq!(server.counters_when_idle().aborted_total, 0);
}

/// storescu sends in the transfer syntaxes that it is told to propose, its uncompressed files in any uncompressed one.
#[test]
fn what_storescu_sends_arrives_here_in_each_transfer_syntax_as_it_does_at_storescp() {
    let server = Serving::start();
    let (mut references, mut pairs) = (Vec::new(), Vec::new());
    for (option, file, syntax) in [
        ("-xi", "CT_small.dcm", uids::IMPLICIT_VR_LITTLE_ENDIAN),
        ("-xe", "CT_small.dcm", uids::EXPLICIT_VR_LITTLE_ENDIAN),
        ("-xb", "CT_small.dcm", uids::EXPLICIT_VR_BIG_ENDIAN),
        ("-xd", "CT_small.dcm", uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN),
        ("-xd", "image_dfl.dcm", uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN),
        ("-xs", "SC_rgb_jpeg_gdcm.dcm", uids::JPEG_LOSSLESS_SV1),
        ("-xy", "SC_rgb_dcmtk_+eb+cy+np.dcm", uids::JPEG_BASELINE),
        ("-xx", "JPEG-lossy.dcm", uids::JPEG_EXTENDED),
        ("-xt", "MR_small_jpeg_ls_lossless.dcm", uids::JPEG_LS_LOSSLESS),
        ("-xu", "JPEGLSNearLossless_08.dcm", uids::JPEG_LS_NEAR_LOSSLESS),
        ("-xv", "MR_small_jp2klossless.dcm", uids::JPEG_2000_LOSSLESS),
        ("-xw", "JPEG2000.dcm", uids::JPEG_2000),
        ("-xr", "MR_small_RLE.dcm", uids::RLE_LOSSLESS),
    ] {
        // All in one context, of which we and storescp take the first syntax: else it sends a file as it is.
        let prefer = option.replace('-', "+");
        let reference = dcmtk::storescp(&["--bit-preserving", &prefer]);
        let source = pydicom::files_named(&[file]);
        let before: BTreeSet<_> = server.files().into_iter().collect();
        for (port, called) in [(reference.port, reference.ae_title), (server.port(), "ANY-SCP")] {
            dcmtk::storescu(port, called, &[option, "--combine", "--required"], &source).expect_success();
        }
        let new: Vec<_> = server.files().into_iter().filter(|file| !before.contains(file)).collect();
        assert_eq!(files::syntaxes(&new), BTreeSet::from([syntax.to_string()]), "{option} {file}");
        pairs.extend(files::same(&files::below(reference.folder()), &new));
        references.push(reference);
    }
    assert_eq!(pairs.len(), references.len());
    files::others_read(&pairs, peers::CALLING_AE_TITLE, &[]);
}

/// Those of pydicom's test files that can be sent at all.
fn usable() -> Vec<PathBuf> {
    let all = pydicom::files();
    let unusable: Vec<_> =
        survey(all.iter().cloned(), &Edits::default()).unusable.into_iter().map(|(path, _)| path).collect();
    all.into_iter().filter(|file| !unusable.contains(file)).collect()
}
