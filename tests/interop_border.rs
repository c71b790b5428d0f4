//! The C border and programs that somebody else wrote: C-ECHO in both directions, and what each says of the other.

#![cfg(feature = "net")]
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "calls the C border")]

mod border;
mod peers;

use std::ptr::{null, null_mut};

use border::*;
use dimse::ffi::assoc_options::*;
use dimse::ffi::error::*;
use dimse::ffi::request::*;
use dimse::ffi::server_options::*;
use peers::dcmtk;

#[test]
fn storescp_answers_blocking_and_asynchronous() {
    let provider = dcmtk::storescp(&[]);
    let title = c(provider.ae_title);
    let options = Options::to(provider.port)
        .set(|o, err| unsafe { dimse_assoc_options_set_ae_titles(o, null(), title.as_ptr(), err) });
    let assoc = options.open().unwrap();
    assert!(text(assoc.facts().peer_implementation_version).starts_with("OFFIS_DCMTK"));
    for _ in 0..20 {
        assert_eq!(assoc.echo(), Ok(0));
    }
    let seen = Seen::new();
    drop(assoc.echo_async(Some(&seen.delivery(null_mut()))));
    assert_eq!((seen.one().result, seen.one().status), (DIMSE_OK, 0));
    assoc.release().unwrap();
    provider.expect_log("Association Release");
    let assoc = options.open().unwrap();
    drop(assoc);
    provider.expect_log("Association Aborted");
}

#[test]
fn echoscu_is_answered_by_the_library_and_by_a_handler() {
    let server = Server::plain();
    dcmtk::echoscu(server.port, "ANYBODY", &["--repeat", "5"]).expect_success();
    eventually(|| server.totals().connections == 0);
    assert_eq!((server.totals().requests_total, server.totals().aborted_total), (5, 0));

    let handler = Handler::<dimse_request>::new(|request| {
        let status = if text_of(request) == "INTEROP" { 0 } else { 0x0110 };
        assert_eq!(unsafe { dimse_request_respond(request, status, null(), null_mut()) }, DIMSE_OK);
        dimse_request_free(request);
    });
    let (call_it, end) = (Handler::<dimse_request>::CALLBACK, Handler::<dimse_request>::RELEASE);
    let mine = c("MINE");
    let options = ServerOptions::new()
        .set(|o, err| unsafe { dimse_server_options_add_ae_title(o, mine.as_ptr(), err) })
        .set(|o, err| unsafe {
            dimse_server_options_set_handler(o, null_mut(), call_it, handler.user_data(), end, err)
        });
    let server = Server::start(&options);
    dcmtk::echoscu(server.port, "MINE", &["--repeat", "3"]).expect_success();
    dcmtk::echoscu(server.port, "OTHER", &[]).expect_text("Called AE Title Not Recognized");
    dcmtk::echoscu(server.port, "MINE", &["--abort"]).expect_success();
    eventually(|| server.totals().connections == 0);
    let totals = server.totals();
    assert_eq!((totals.accepted_total, totals.refused_total, totals.aborted_total), (2, 1, 1));
}

/// Who calls.
fn text_of(request: *mut dimse_request) -> String {
    let mut message: dimse_message = flat();
    assert_eq!(unsafe { dimse_request_message(request, &raw mut message) }, DIMSE_OK);
    text(message.calling)
}
