//! Peers that end in the middle of C-STORE: nothing half stays here, and the operation ends with words.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod peers;
mod storing;

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use dimse::error::{Cause, Phase};
use dimse::scu::store::StoreOptions;

use peers::{Folder, dcmtk, pydicom, pynetdicom};
use storing::{Sent, Serving, associate, files, options_for, send_over, wait_for};

#[test]
fn storescp_killed_while_it_receives_ends_the_operation_at_once() {
    let folder = Folder::new("source");
    let large = files::large(folder.path(), 64);
    // It sleeps before it reads what comes: more than the connection has room for.
    let provider = dcmtk::storescp(&["--sleep-during", "60"]);
    let some = [vec![large], pydicom::files_named(&["CT_small.dcm"])].concat();
    let owner = associate(&options_for(&provider, &some)).unwrap();
    let association = owner.association();
    let (sent, took) = thread::scope(|scope| {
        let sending = scope.spawn(|| send_over(association, &some, StoreOptions::default()));
        wait_for("data on their way", || association.counters().bytes_sent.load(Ordering::Relaxed) > 100_000);
        drop(provider);
        let killed = Instant::now();
        (sending.join().unwrap(), killed.elapsed())
    });
    assert!(took < Duration::from_secs(5), "{took:?}");
    expect_cut(&sent, Phase::Send);
}

/// It sleeps behind its first answer. What it has answered stays answered.
#[test]
fn storescp_killed_before_it_answers_ends_the_operation_at_once() {
    let provider = dcmtk::storescp(&["--sleep-after", "60"]);
    let some = pydicom::files_named(&["CT_small.dcm", "MR_small.dcm", "rtplan.dcm"]);
    let owner = associate(&options_for(&provider, &some)).unwrap();
    let association = owner.association();
    let sent = thread::scope(|scope| {
        let sending = scope.spawn(|| send_over(association, &some, StoreOptions::default()));
        wait_for("two requests", || association.counters().messages_sent.load(Ordering::Relaxed) == 2);
        drop(provider);
        sending.join().unwrap()
    });
    expect_cut(&sent, Phase::Reply);
    assert_eq!(sent.successes(), some[..1]);
}

#[test]
fn storescp_that_aborts_ends_the_operation_in_words() {
    for option in ["--abort-during", "--abort-after"] {
        let provider = dcmtk::storescp(&[option]);
        let some = pydicom::files_named(&["CT_small.dcm", "MR_small.dcm"]);
        let owner = associate(&options_for(&provider, &some)).unwrap();
        let sent = send_over(owner.association(), &some, StoreOptions::default());
        let error = sent.outcome.result.as_ref().unwrap_err();
        assert!(matches!(error.cause(), Cause::Aborted(_)), "{option}: {error}");
        assert!(error.is_retryable() && error.to_string().contains("association aborted"), "{error}");
        let [report] = &sent.reports[..] else { panic!("{:?}", sent.reports) };
        assert!(report.result.is_err() && report.status.is_none());
    }
}

#[test]
fn a_provider_that_aborts_in_the_middle_of_a_data_set_ends_the_operation_in_words() {
    let provider = pynetdicom::store_scp(&["--maximum-length", "1000", "--abort-at", "5"]);
    let some = pydicom::files_named(&["CT_small.dcm", "MR_small.dcm"]);
    let owner = associate(&options_for(&provider, &some)).unwrap();
    let sent = send_over(owner.association(), &some, StoreOptions::default());
    let error = sent.outcome.result.as_ref().unwrap_err();
    assert!(error.is_retryable() && matches!(error.cause(), Cause::Aborted(_)), "{error}");
    assert!(error.to_string().contains("association aborted") && error.peer().is_some(), "{error}");
    let [report] = &sent.reports[..] else { panic!("{:?}", sent.reports) };
    assert!(report.result.is_err() && report.status.is_none());
    provider.expect_log("aborted");
    assert_eq!(files::below(provider.folder()).len(), 1, "nothing but its log");
}

#[test]
fn a_user_that_aborts_in_the_middle_of_a_data_set_leaves_nothing() {
    let server =
        Serving::with(|options| options.policy.max_pdu_length = dimse::types::MaxPduLength::from_wire(1000));
    let some = pydicom::files_named(&["CT_small.dcm"]);
    pynetdicom::store(server.port(), "ANY-SCP", &["--abort-at", "3"], &some).expect_success();
    let counters = server.counters_when_idle();
    assert_eq!((counters.requests_total, counters.aborted_total), (1, 1));
    assert_eq!(server.files(), Vec::<PathBuf>::new());
    pynetdicom::store(server.port(), "ANY-SCP", &[], &some).expect_success();
    files::same(&some, &server.files());
}

#[test]
fn storescu_killed_while_it_sends_leaves_nothing() {
    let server = Serving::start();
    let folder = Folder::new("source");
    let large = files::large(folder.path(), 512);
    let storescu = dcmtk::storescu_in_background(server.port(), "ANY-SCP", &large);
    wait_for("an unfinished file", || {
        server.files().iter().any(|file| file.metadata().is_ok_and(|of| of.len() > 0))
    });
    drop(storescu);
    let counters = server.counters_when_idle();
    assert_eq!((counters.requests_total, counters.aborted_total), (1, 1));
    assert_eq!(server.files(), Vec::<PathBuf>::new());
}

/// `--abort` ends the association with A-ABORT where others release it: what was answered before stays.
#[test]
fn what_storescu_sent_before_it_aborts_stays() {
    let server = Serving::start();
    let all = pydicom::files_named(&["CT_small.dcm", "MR_small.dcm"]);
    dcmtk::storescu(server.port(), "ANY-SCP", &["--abort"], &all);
    assert_eq!(server.counters_when_idle().aborted_total, 1);
    assert_eq!(server.files().len(), 2);
}

/// The connection is gone: the instance that was on its way is told, the next was never tried, and a new association may
/// do better.
#[track_caller]
fn expect_cut(sent: &Sent, phase: Phase) {
    let error = sent.outcome.result.as_ref().unwrap_err();
    assert!(matches!(error.cause(), Cause::Closed), "{error}");
    assert_eq!(error.phase(), phase, "{error}");
    assert!(error.is_retryable() && error.to_string().contains("the peer closed the connection"), "{error}");
    assert!(error.peer().is_some_and(|peer| peer.starts_with("STORESCP at 127.0.0.1:")), "{error}");
    let Some((report, answered)) = sent.reports.split_last() else { panic!("no report") };
    assert!(report.result.is_err() && report.status.is_none(), "{report:?}");
    let (counts, done) = (sent.outcome.counts, u32::try_from(answered.len()).unwrap());
    assert_eq!((counts.total, counts.done), (done + 2, done));
}
