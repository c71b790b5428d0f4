//! C-STORE with pynetdicom 3.0.4, both directions, compared byte for byte; statuses, retries, and odd ways to end.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod peers;
mod storing;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dimse::dimse::status::Status;
use dimse::error::Cause;
use dimse::net::implementation;
use dimse::net::operation::InstanceReport;
use dimse::net::request::Request;
use dimse::runtime::strand::Target;
use dimse::scp::server::Handler;
use dimse::scu::store::{Retries, StoreOptions};
use dimse::types::{MaxPduLength, Tag};
use dimse::wire::uids;

use peers::{Folder, pydicom, pynetdicom};
use storing::{Serving, files, options_for, send, send_with};

/// One for each transfer syntax that there is.
const ONE_OF_EACH: [&str; 12] = [
    "MR_small_implicit.dcm",
    "CT_small.dcm",
    "image_dfl.dcm",
    "MR_small_bigendian.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "JPEG-lossy.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "JPEGLSNearLossless_08.dcm",
    "MR_small_jp2klossless.dcm",
    "JPEG2000.dcm",
    "MR_small_RLE.dcm",
];

#[test]
fn our_files_arrive() {
    let provider = pynetdicom::store_scp(&[]);
    let all = pydicom::files();
    let stored = send(&provider, &all).successes();
    files::same(&stored, &files::below(provider.folder()));
    assert!(stored.len() > 150, "only {} of {}", stored.len(), all.len());
    provider.expect_log("released");
}

#[test]
fn our_files_arrive_in_pdus_of_every_kind() {
    for length in ["0", "8", "9", "101", "1000000"] {
        let provider = pynetdicom::store_scp(&["--maximum-length", length]);
        // 8 bytes of a PDU are 2 of a data set: enough of a small file, too many of others.
        let names: &[&str] = if length.len() == 1 && length != "0" { &["rtplan.dcm"] } else { &ONE_OF_EACH };
        let some = pydicom::files_named(names);
        assert_eq!(send(&provider, &some).successes().len(), some.len(), "{length}");
        files::same(&some, &files::below(provider.folder()));
    }
}

#[test]
fn what_it_does_not_take_fails_by_name_and_the_rest_is_stored() {
    let provider = pynetdicom::store_scp(&["--implicit-only"]);
    let sent = send(&provider, &pydicom::files_named(&["MR_small_RLE.dcm", "MR_small_implicit.dcm"]));
    let [(path, error)] = &sent.failures()[..] else { panic!("{:?}", sent.reports) };
    assert!(path.ends_with("MR_small_RLE.dcm") && matches!(error.cause(), Cause::NoContext(_)), "{error}");
    assert!(error.to_string().contains("takes that class in Implicit VR Little Endian only"), "{error}");
    files::same(&sent.successes(), &files::below(provider.folder()));
    assert_eq!((sent.outcome.counts.done, sent.outcome.counts.failed), (1, 1));
}

#[test]
fn its_answers_are_reported_with_comment_and_offending_element() {
    let statuses = [0xA700, 0xB000, 0xC123, 0x0110, 0xFE00, 0x0000];
    let text = statuses.map(|status: u16| format!("{status:#06X}")).join(",");
    let provider =
        pynetdicom::store_scp(&["--answers", &text, "--comment", "not today", "--offending", "00100010"]);
    let file = pydicom::files_named(&["CT_small.dcm"]).remove(0);
    let sent = send(&provider, &vec![file; statuses.len()]);
    for (report, status) in sent.reports.iter().zip(statuses) {
        assert!(report.result.is_ok(), "{:?}", report.result);
        assert_eq!((report.status, report.attempts), (Some(status), 1));
        assert_eq!(report.comment.as_deref(), Some("not today"));
        assert_eq!(report.offending, [Tag::new(0x0010, 0x0010)]);
    }
    let counts = sent.outcome.counts;
    assert_eq!((counts.total, counts.done, counts.warned, counts.failed), (6, 2, 1, 4));
}

#[test]
fn out_of_resources_twice_and_then_success_is_three_attempts_on_one_association() {
    let provider = pynetdicom::store_scp(&["--answers", "0xA700,0xA700,0x0000"]);
    let some = pydicom::files_named(&["CT_small.dcm"]);
    let retries = Retries { maximum: 5, first_delay: Duration::from_millis(50), ..Retries::default() };
    let how = StoreOptions { retries, ..StoreOptions::default() };
    let sent = send_with(&options_for(&provider, &some), &some, how);
    let [InstanceReport { status: Some(0), attempts: 3, .. }] = sent.reports[..] else {
        panic!("{:?}", sent.reports)
    };
    let log = provider.log();
    assert_eq!((log.matches("accepted").count(), log.matches("status 0xA700").count()), (1, 2), "{log}");
}

#[test]
fn all_its_files_arrive_here() {
    let server = Serving::start();
    let read = pydicom::read(&[]);
    // It sends what has a header that says what it is.
    let all: Vec<PathBuf> = read
        .into_iter()
        .filter(|read| {
            read.header.as_ref().is_some_and(|header| header[..3].iter().all(|field| field != "-"))
        })
        .map(|read| read.path)
        .collect();
    pynetdicom::store(server.port(), "ANY-SCP", &[], &all).expect_success().expect_text("released");
    let pairs = files::same(&all, &server.files());
    assert!(pairs.len() > 150, "only {}", pairs.len());
    files::others_read(&pairs, peers::CALLING_AE_TITLE, &[]);
}

#[test]
fn its_files_arrive_here_in_pdus_of_every_kind() {
    for length in [0, 8, 101, 1_000_000] {
        let server = Serving::with(|options| {
            options.policy.max_pdu_length = MaxPduLength::from_wire(length);
        });
        let names: &[&str] = if length == 8 { &["rtplan.dcm"] } else { &ONE_OF_EACH };
        let some = pydicom::files_named(names);
        let ours = length.to_string();
        pynetdicom::store(server.port(), "ANY-SCP", &["--maximum-length", &ours], &some).expect_success();
        files::same(&some, &server.files());
    }
}

/// Its A-RELEASE-RQ comes before it has the answer to its request: that is still sent (PS3.8 9.2, Sta8 and AR-7).
#[test]
fn one_that_releases_before_the_answer_gets_both_answers() {
    let answer_late = |request: Request| {
        std::thread::sleep(Duration::from_millis(300));
        request.respond(Status::SUCCESS, None);
    };
    let server = handled_by(answer_late);
    let some = pydicom::files_named(&["CT_small.dcm"]);
    pynetdicom::store(server.port(), "ANY-SCP", &["--early-release"], &some)
        .expect_success()
        .expect_text("store status 0x0000")
        .expect_text("released");
    files::same(&some, &server.files());
    assert_eq!(server.counters_when_idle().aborted_total, 0);
}

#[test]
fn a_handler_that_refuses_is_heard_and_nothing_is_kept() {
    let server = handled_by(|request| {
        request.respond(Status(0xC123), Some("not ours"));
    });
    let some = pydicom::files_named(&["CT_small.dcm"]);
    let outcome = pynetdicom::store(server.port(), "ANY-SCP", &[], &some)
        .expect_text("status 0xC123 not ours")
        .expect_text("released");
    assert_eq!((outcome.code, server.files()), (1, Vec::new()));
}

#[test]
fn a_full_disk_is_out_of_resources() {
    let server = Serving::with(|options| {
        options.folder.as_mut().unwrap().free_space_floor_bytes = 1 << 60;
    });
    let some = pydicom::files_named(&["CT_small.dcm", "MR_small.dcm"]);
    let outcome = pynetdicom::store(server.port(), "ANY-SCP", &[], &some)
        .expect_text("CT_small.dcm status 0xA700 the disk is nearly full")
        .expect_text("MR_small.dcm status 0xA700 the disk is nearly full")
        .expect_text("released");
    assert_eq!((outcome.code, server.files()), (1, Vec::new()));
}

#[test]
fn an_instance_uid_that_is_none_is_refused_and_the_next_one_taken() {
    let server = Serving::start();
    let folder = Folder::new("names");
    for (number, name) in ["../../../outside", "1.2.3/4", "1.2.x", "a b"].into_iter().enumerate() {
        let kind =
            files::Kind { class: &files::CLASS, instance: name, syntax: &uids::EXPLICIT_VR_LITTLE_ENDIAN };
        let bad = files::small(folder.path(), &format!("bad{number}.dcm"), &kind);
        let good = files::small(folder.path(), "good.dcm", &files::Kind { instance: "1.2.3", ..kind });
        let outcome = pynetdicom::store(server.port(), "ANY-SCP", &[], &[bad, good])
            .expect_text("good.dcm status 0x0000")
            .expect_text(&format!("bad{number}.dcm status 0x0117 "))
            .expect_text("released");
        assert_eq!((outcome.code, server.files().len()), (1, number + 1));
    }
}

#[test]
fn it_is_told_who_we_are() {
    let provider = pynetdicom::store_scp(&[]);
    send(&provider, &pydicom::files_named(&["CT_small.dcm"]));
    let version = std::str::from_utf8(implementation::VERSION).unwrap();
    provider.expect_log(&format!("implementation {} {version}", implementation::CLASS));
}

/// Our provider, with somebody who answers for it.
fn handled_by(answer: impl Fn(Request) + Send + Sync + 'static) -> Serving {
    Serving::with(|options| {
        options.request_handler = Some(Handler { target: Target::Library, call: Arc::new(answer) });
    })
}
