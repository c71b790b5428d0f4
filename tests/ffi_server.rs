//! Servers through the C border: who may associate, who answers, when it stops, and when user data is given back.

#![cfg(feature = "net")]
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks, reason = "calls the C border")]

mod border;

use std::ffi::CString;
use std::ptr::{null, null_mut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use border::peer::Connection;
use border::*;
use dimse::ffi::assoc_options::*;
use dimse::ffi::assoc_request::*;
use dimse::ffi::error::*;
use dimse::ffi::facts::*;
use dimse::ffi::number::DIMSE_NO_LIMIT;
use dimse::ffi::op::dimse_op_poll;
use dimse::ffi::queue::dimse_queue_free;
use dimse::ffi::request::*;
use dimse::ffi::runtime::*;
use dimse::ffi::server::*;
use dimse::ffi::server_options::*;
use dimse::ffi::text::{dimse_bytes, dimse_str};

const VERIFICATION: &str = "1.2.840.10008.1.1";
const CT_IMAGE: &str = "1.2.840.10008.5.1.4.1.1.2";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

type AssocHandler = Handler<dimse_assoc_request>;
type RequestHandler = Handler<dimse_request>;

trait Handlers {
    fn association_handler(self, handler: &Arc<AssocHandler>) -> Self;
    fn handler(self, handler: &Arc<RequestHandler>) -> Self;
}

impl Handlers for ServerOptions {
    fn association_handler(self, handler: &Arc<AssocHandler>) -> Self {
        let (call, data, end) = (AssocHandler::CALLBACK, handler.user_data(), AssocHandler::RELEASE);
        self.set(|o, err| unsafe {
            dimse_server_options_set_association_handler(o, null_mut(), call, data, end, err)
        })
    }

    fn handler(self, handler: &Arc<RequestHandler>) -> Self {
        let (call, data, end) = (RequestHandler::CALLBACK, handler.user_data(), RequestHandler::RELEASE);
        self.set(|o, err| unsafe { dimse_server_options_set_handler(o, null_mut(), call, data, end, err) })
    }
}

fn accept(request: *mut dimse_assoc_request) -> dimse_result {
    unsafe { dimse_assoc_request_accept(request, null_mut()) }
}

fn respond(request: *mut dimse_request, status: u32) -> dimse_result {
    unsafe { dimse_request_respond(request, status, null(), null_mut()) }
}

#[test]
fn the_association_handler_accepts_now_or_later_from_any_thread() {
    let handler = AssocHandler::keeping();
    let server = Server::start(&ServerOptions::new().association_handler(&handler));
    let opening = Options::to(server.port).open_async(None);
    let request = handler.next();
    assert_eq!(server.totals().associations, 1);
    assert_eq!(dimse_op_poll(opening.0), DIMSE_PENDING);
    let handle = request.addr();
    std::thread::spawn(move || {
        let request = std::ptr::without_provenance_mut(handle);
        assert_eq!(accept(request), DIMSE_OK);
        assert_eq!(accept(request), DIMSE_ANSWERED_ALREADY);
        assert_eq!(
            unsafe { dimse_assoc_request_refuse(request, 0, 0, 0, null_mut()) },
            DIMSE_ANSWERED_ALREADY
        );
        let late = call(|err| unsafe { dimse_assoc_request_refuse_context(request, 1, 1, err) });
        assert_eq!(late.unwrap_err().result, DIMSE_ERR_STATE);
        dimse_assoc_request_free(request);
        assert_eq!(accept(request), DIMSE_ERR_INVALID_HANDLE);
    })
    .join()
    .unwrap();
    opening.wait().unwrap();
    let assoc = opening.take().unwrap();
    assert_eq!(assoc.echo(), Ok(0));
    assoc.release().unwrap();
}

#[test]
fn the_association_handler_sees_everything() {
    let (server, opening, request) = proposal();
    let now = request.facts();
    assert_eq!((text(now.calling), text(now.called)), ("DIMSE".into(), "ANY-SCP".into()));
    assert_eq!(text(now.local_address), format!("127.0.0.1:{}", server.port));
    assert!(text(now.peer_address).starts_with("127.0.0.1:"));
    assert_eq!((now.is_requestor, now.own_max_pdu_bytes, now.peer_max_pdu_bytes), (0, 32_768, 131_072));
    assert_eq!((now.window_invoked, now.window_performed), (3, 4), "seen from this side");
    assert_eq!((now.context_count, now.accepted_count), (4, 3));
    assert_eq!(bytes(now.identity_response), None);
    let image = request.context(1);
    assert_eq!(
        (text(image.abstract_syntax), text(image.transfer_syntax)),
        (CT_IMAGE.into(), EXPLICIT.into())
    );
    assert_eq!((image.local_is_scu, image.local_is_scp), (0, 1));
    assert_eq!((request.context(3).id, request.context(3).result), (7, DIMSE_CONTEXT_ABSTRACT_SYNTAX));
    let proposed = |context, index| {
        let mut out = dimse_str::EMPTY;
        let result = unsafe { dimse_assoc_request_transfer_syntax(request.0, context, index, &raw mut out) };
        if result == DIMSE_OK { Ok(text(out)) } else { Err(result) }
    };
    assert_eq!((proposed(1, 0), proposed(1, 1)), (Ok(IMPLICIT.into()), Ok(EXPLICIT.into())));
    assert_eq!([proposed(1, 2), proposed(4, 0)], [const { Err(DIMSE_ERR_INVALID_ARGUMENT) }; 2]);
    let none = dimse_bytes { data: null(), len: 0 };
    let (mut kind, mut wants, mut primary, mut secondary) = (9, 9, none, none);
    let (of_kind, of_wants) = (&raw mut kind, &raw mut wants);
    let result = unsafe {
        dimse_assoc_request_identity(request.0, of_kind, &raw mut primary, &raw mut secondary, of_wants)
    };
    assert_eq!((result, kind, wants), (DIMSE_OK, DIMSE_IDENTITY_PASSCODE, 1));
    assert_eq!((bytes(primary), bytes(secondary)), (Some(NAME.to_vec()), Some(SECRET.to_vec())));
    drop(request);
    assert_eq!(opening.wait().unwrap_err().rejection, Some([1, 1, 1]));
}

#[test]
fn the_association_handler_narrows() {
    let (_server, opening, request) = proposal();
    let before = request.facts();
    let (implicit, other) = (c(IMPLICIT), c("1.2.3.4"));
    let choose = |id, uid: &CString| {
        call(|err| unsafe { dimse_assoc_request_choose_transfer_syntax(request.0, id, uid.as_ptr(), err) })
    };
    let refuse =
        |id, result| call(|err| unsafe { dimse_assoc_request_refuse_context(request.0, id, result, err) });
    choose(3, &implicit).unwrap();
    assert_eq!(choose(3, &other).unwrap_err().result, DIMSE_ERR_INVALID_ARGUMENT);
    assert_eq!(choose(2, &implicit).unwrap_err().result, DIMSE_ERR_INVALID_ARGUMENT);
    refuse(5, DIMSE_CONTEXT_USER_REJECTION).unwrap();
    let again = (5, DIMSE_CONTEXT_USER_REJECTION);
    for (id, result) in [again, (1, DIMSE_CONTEXT_ACCEPTED), (1, 5), (1, 300), (300, 1)] {
        assert_eq!(refuse(id, result).unwrap_err().result, DIMSE_ERR_INVALID_ARGUMENT);
    }
    let answer = |response: &[u8]| {
        let (response, length) = (response.as_ptr(), response.len());
        call(|err| unsafe { dimse_assoc_request_set_identity_response(request.0, response, length, err) })
    };
    assert_eq!(answer(&vec![0; 65_535]).unwrap_err().result, DIMSE_ERR_INVALID_ARGUMENT);
    answer(b"welcome").unwrap();
    assert_eq!(
        (request.facts().accepted_count, text(request.context(1).transfer_syntax)),
        (2, IMPLICIT.into())
    );
    let refused = request.context(2);
    assert_eq!(
        (refused.result, text(refused.transfer_syntax)),
        (DIMSE_CONTEXT_USER_REJECTION, String::new())
    );
    assert_eq!(text(before.calling), "DIMSE", "what was given out before still stands");
    assert_eq!(accept(request.0), DIMSE_OK);
    opening.wait().unwrap();
    let assoc = opening.take().unwrap();
    assert_eq!(bytes(assoc.facts().identity_response), Some(b"welcome".to_vec()));
    assert_eq!((assoc.facts().window_invoked, assoc.facts().window_performed), (4, 3));
    let context = |index| (assoc.context(index).result, text(assoc.context(index).transfer_syntax));
    let agreed = [(0, IMPLICIT.into()), (0, IMPLICIT.into()), (1, String::new()), (3, String::new())];
    assert_eq!([0, 1, 2, 3].map(context), agreed);
    assoc.release().unwrap();
}

const NAME: &[u8] = b"somebody";
const SECRET: &[u8] = b"a secret";

/// A request with everything in it, and who waits for the answer.
fn proposal() -> (Server, Op, Asked) {
    let handler = AssocHandler::keeping();
    let (class, verification) = (c(CT_IMAGE), c(VERIFICATION));
    let syntaxes = [c(EXPLICIT), c(IMPLICIT)];
    let list = syntaxes.each_ref().map(|uid| uid.as_ptr());
    let options = ServerOptions::new()
        .association_handler(&handler)
        .set(|o, err| unsafe { dimse_server_options_add_context(o, class.as_ptr(), list.as_ptr(), 2, err) })
        .set(|o, err| unsafe { dimse_server_options_add_context(o, verification.as_ptr(), null(), 0, err) })
        .set(|o, err| unsafe { dimse_server_options_set_max_pdu_bytes(o, 32_768, err) })
        .set(|o, err| unsafe { dimse_server_options_set_async_window(o, 4, 0, err) });
    let server = Server::start(&options);
    let opening = Options::to(server.port)
        .context(VERIFICATION, &[IMPLICIT])
        .context(CT_IMAGE, &[IMPLICIT, EXPLICIT])
        .context(CT_IMAGE, &[IMPLICIT])
        .context("1.2.3", &[IMPLICIT])
        .set(|o, err| unsafe { dimse_assoc_options_set_async_window(o, 0, 3, err) })
        .set(|o, err| unsafe {
            let (name, secret) = ((NAME.as_ptr(), NAME.len()), (SECRET.as_ptr(), SECRET.len()));
            let kind = DIMSE_IDENTITY_PASSCODE;
            dimse_assoc_options_set_user_identity(o, kind, name.0, name.1, secret.0, secret.1, 1, err)
        })
        .open_async(None);
    let request = Asked(handler.next());
    (server, opening, request)
}

/// An association request, freed when dropped.
struct Asked(*mut dimse_assoc_request);

impl Asked {
    fn facts(&self) -> dimse_facts {
        let mut facts = flat();
        assert_eq!(unsafe { dimse_assoc_request_facts(self.0, &raw mut facts) }, DIMSE_OK);
        facts
    }

    fn context(&self, index: usize) -> dimse_context {
        let mut context = flat();
        assert_eq!(unsafe { dimse_assoc_request_context(self.0, index, &raw mut context) }, DIMSE_OK);
        context
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        dimse_assoc_request_free(self.0);
    }
}

#[test]
fn a_request_without_identity_says_so() {
    let handler = AssocHandler::new(|request| {
        let (mut kind, mut wants) = (9, 9);
        let result = unsafe {
            dimse_assoc_request_identity(request, &raw mut kind, null_mut(), null_mut(), &raw mut wants)
        };
        assert_eq!((result, kind, wants), (DIMSE_OK, 0, 0));
        assert_eq!(accept(request), DIMSE_OK);
        dimse_assoc_request_free(request);
    });
    let server = Server::start(&ServerOptions::new().association_handler(&handler));
    server.open().release().unwrap();
}

#[test]
fn the_association_handler_refuses_with_its_numbers_or_without() {
    let handler = AssocHandler::keeping();
    let server = Server::start(&ServerOptions::new().association_handler(&handler));
    let options = Options::to(server.port);
    let numbers = [([2, 3, 1], [2, 3, 1]), ([1, 1, 7], [1, 1, 7]), ([0, 0, 0], [1, 1, 1])];
    for (given, [result, source, reason]) in numbers {
        let opening = options.open_async(None);
        let request = handler.next();
        for wrong in [[0, 1, 1], [3, 1, 1], [1, 1, 4], [1, 2, 3], [1, 4, 1], [1, 1, 257]] {
            let refused =
                call(|err| unsafe { dimse_assoc_request_refuse(request, wrong[0], wrong[1], wrong[2], err) });
            assert_eq!(refused.unwrap_err().result, DIMSE_ERR_INVALID_ARGUMENT);
        }
        let answer = unsafe { dimse_assoc_request_refuse(request, given[0], given[1], given[2], null_mut()) };
        assert_eq!((answer, accept(request)), (DIMSE_OK, DIMSE_ANSWERED_ALREADY));
        dimse_assoc_request_free(request);
        assert_eq!(opening.wait().unwrap_err().rejection, Some([result, source, reason]));
    }
    let opening = options.open_async(None);
    dimse_assoc_request_free(handler.next());
    assert_eq!(opening.wait().unwrap_err().rejection, Some([1, 1, 1]), "freed undecided");
    eventually(|| server.totals().refused_total == 4);
    assert_eq!((server.totals().accepted_total, server.totals().aborted_total), (0, 0));
}

#[test]
fn a_decision_that_takes_too_long_is_a_refusal_and_a_late_one_is_harmless() {
    let handler = AssocHandler::keeping();
    let options = ServerOptions::new()
        .association_handler(&handler)
        .set(|o, err| unsafe { dimse_server_options_set_associate_timeout_ms(o, 50, err) });
    let server = Server::start(&options);
    let failed = Options::to(server.port).open().unwrap_err();
    assert_eq!(failed.rejection, Some([2, 3, 1]));
    eventually(|| server.totals().connections == 0);
    let request = handler.next();
    assert_eq!(accept(request), DIMSE_ANSWERED_ALREADY);
    dimse_assoc_request_free(request);
}

#[test]
fn ae_titles_and_limits_refuse_before_any_handler_is_asked() {
    let handler = AssocHandler::new(|request| {
        assert_eq!(accept(request), DIMSE_OK);
        dimse_assoc_request_free(request);
    });
    let (me, you) = (c("ME"), c("YOU"));
    let options = ServerOptions::new()
        .association_handler(&handler)
        .set(|o, err| unsafe { dimse_server_options_add_ae_title(o, me.as_ptr(), err) })
        .set(|o, err| unsafe { dimse_server_options_add_calling_ae_title(o, you.as_ptr(), err) })
        .set(|o, err| unsafe { dimse_server_options_set_max_per_ae_title(o, 2, err) })
        .set(|o, err| unsafe { dimse_server_options_set_max_per_address(o, 1, err) })
        .set(|o, err| unsafe { dimse_server_options_set_max_associations(o, 3, err) });
    let server = Server::start(&options);
    let open = |calling: &CString, called: &CString| {
        Options::to(server.port)
            .set(|o, err| unsafe {
                dimse_assoc_options_set_ae_titles(o, calling.as_ptr(), called.as_ptr(), err)
            })
            .open()
    };
    assert_eq!(open(&you, &you).unwrap_err().rejection, Some([1, 1, 7]));
    assert_eq!(open(&me, &me).unwrap_err().rejection, Some([1, 1, 3]));
    let first = open(&you, &me).unwrap();
    assert_eq!(open(&you, &me).unwrap_err().rejection, Some([2, 3, 2]), "one for each address");
    first.release().unwrap();
    eventually(|| server.totals().associations == 0);
    open(&you, &me).unwrap().release().unwrap();
    assert_eq!(handler.next().addr() % 2, 1);
}

#[test]
fn a_handler_answers_later_from_another_thread() {
    let handler = RequestHandler::keeping();
    let server = Server::start(&ServerOptions::new().handler(&handler));
    let assoc = server.open();
    let echo = assoc.echo_async(None);
    let request = handler.next();
    let mut message: dimse_message = flat();
    assert_eq!(unsafe { dimse_request_message(request, &raw mut message) }, DIMSE_OK);
    assert_eq!((message.command, message.message_id), (DIMSE_COMMAND_C_ECHO_RQ, 1));
    assert_eq!((message.context_id, message.has_data_set), (1, 0));
    assert_eq!((text(message.sop_class), text(message.sop_instance)), (VERIFICATION.into(), String::new()));
    assert_eq!(text(message.transfer_syntax), EXPLICIT);
    assert_eq!((text(message.calling), text(message.called)), ("DIMSE".into(), "ANY-SCP".into()));
    assert_eq!(text(message.peer_address), text(assoc.facts().local_address));
    assert_eq!(dimse_request_is_cancelled(request), 0);
    assert_eq!(dimse_op_poll(echo.0), DIMSE_PENDING);
    for wrong in [0xFF00, 0xFF01, 0x1_0000, u32::MAX] {
        let refused = call(|err| unsafe { dimse_request_respond(request, wrong, null(), err) });
        assert_eq!(refused.unwrap_err().result, DIMSE_ERR_INVALID_ARGUMENT);
    }
    let handle = request.addr();
    std::thread::spawn(move || {
        let request = std::ptr::without_provenance_mut(handle);
        assert_eq!(respond(request, 0), DIMSE_OK);
        assert_eq!(respond(request, 0x0110), DIMSE_ANSWERED_ALREADY);
        dimse_request_free(request);
        assert_eq!(respond(request, 0), DIMSE_ERR_INVALID_HANDLE);
        assert_eq!(dimse_request_is_cancelled(request), 0);
    })
    .join()
    .unwrap();
    echo.wait().unwrap();
    assoc.release().unwrap();
}

#[test]
fn a_failure_and_its_words_arrive() {
    let handler = RequestHandler::new(|request| {
        let words = c("the disk is on fire");
        assert_eq!(unsafe { dimse_request_respond(request, 0x0213, words.as_ptr(), null_mut()) }, DIMSE_OK);
        dimse_request_free(request);
    });
    let server = Server::start(&ServerOptions::new().handler(&handler));
    let assoc = server.open();
    assert_eq!(assoc.echo(), Ok(0x0213), "a failure status is a call that worked");
    let seen = Seen::new();
    drop(assoc.echo_async(Some(&seen.delivery(null_mut()))));
    let done = seen.one();
    assert_eq!((done.result, done.status, done.comment.as_str()), (DIMSE_OK, 0x0213, "the disk is on fire"));
}

#[test]
fn a_request_freed_unanswered_is_answered_as_failed_with_words() {
    let handler = RequestHandler::new(|request| dimse_request_free(request));
    let server = Server::start(&ServerOptions::new().handler(&handler));
    let assoc = server.open();
    let seen = Seen::new();
    drop(assoc.echo_async(Some(&seen.delivery(null_mut()))));
    let done = seen.one();
    assert_eq!((done.result, done.status), (DIMSE_OK, 0x0110));
    assert!(!done.comment.is_empty());
}

#[test]
fn a_request_whose_peer_has_gone_is_cancelled_and_a_late_answer_is_harmless() {
    let handler = RequestHandler::keeping();
    let server = Server::start(&ServerOptions::new().handler(&handler));
    let assoc = server.open();
    drop(assoc.echo_async(None));
    let request = handler.next();
    drop(assoc);
    eventually(|| dimse_request_is_cancelled(request) == 1);
    eventually(|| server.totals().connections == 0);
    assert_eq!(respond(request, 0), DIMSE_ANSWERED_ALREADY);
    let mut message: dimse_message = flat();
    assert_eq!(unsafe { dimse_request_message(request, &raw mut message) }, DIMSE_OK, "it stays readable");
    dimse_request_free(request);
    assert_eq!(server.totals().aborted_total, 1);
}

#[test]
fn handlers_run_in_a_queue_where_one_is_given_and_what_it_cannot_run_is_answered() {
    let (asked, requested) = (AssocHandler::keeping(), RequestHandler::keeping());
    let queue = Queue::new();
    let (on_assoc, assoc_end) = (AssocHandler::CALLBACK, AssocHandler::RELEASE);
    let (on_request, request_end) = (RequestHandler::CALLBACK, RequestHandler::RELEASE);
    let options = ServerOptions::new()
        .set(|o, err| unsafe {
            dimse_server_options_set_association_handler(
                o,
                queue.0,
                on_assoc,
                asked.user_data(),
                assoc_end,
                err,
            )
        })
        .set(|o, err| unsafe {
            dimse_server_options_set_handler(o, queue.0, on_request, requested.user_data(), request_end, err)
        });
    let server = Server::start(&options);
    let opening = Options::to(server.port).open_async(None);
    queue.dispatch_one();
    let request = asked.next();
    assert_eq!(accept(request), DIMSE_OK);
    dimse_assoc_request_free(request);
    opening.wait().unwrap();
    let assoc = opening.take().unwrap();
    let echo = assoc.echo_async(None);
    queue.dispatch_one();
    let request = requested.next();
    assert_eq!(respond(request, 0), DIMSE_OK);
    dimse_request_free(request);
    echo.wait().unwrap();
    dimse_queue_free(queue.0);
    assert_eq!(assoc.echo(), Ok(0x0110), "nobody can be asked any more");
    assert_eq!(Options::to(server.port).open().unwrap_err().rejection, Some([1, 1, 1]));
}

#[test]
fn user_data_of_handlers_is_given_back_once_after_the_last_who_has_it() {
    let handler = RequestHandler::new(|request| {
        respond(request, 0);
        dimse_request_free(request);
    });
    let options = ServerOptions::new().handler(&handler);
    let (first, second) = (Server::start(&options), Server::start(&options));
    drop(options);
    assert_eq!(first.open().echo(), Ok(0));
    first.stop(0).unwrap();
    drop(first);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(handler.released(), 0, "the second server has it");
    assert_eq!(second.open().echo(), Ok(0));
    drop(second);
    eventually(|| handler.released() == 1);
    // Without any server: with the options, or what replaces it.
    let (replaced, freed, failed) =
        (RequestHandler::keeping(), RequestHandler::keeping(), RequestHandler::keeping());
    let options = ServerOptions::new().handler(&replaced).handler(&freed);
    assert_eq!((replaced.released(), freed.released()), (1, 0));
    let busy = Server::plain();
    let host = c("127.0.0.1");
    let options = options
        .set(|o, err| unsafe { dimse_server_options_set_listen(o, host.as_ptr(), busy.port.into(), err) });
    let mut none = null_mut();
    let refused =
        call(|err| unsafe { dimse_server_start(null_mut(), options.0, &raw mut none, err) }).unwrap_err();
    assert_eq!(refused.result, DIMSE_ERR_IO);
    assert!(
        refused.words.contains(&format!("cannot listen at 127.0.0.1:{}", busy.port)),
        "{}",
        refused.words
    );
    assert_eq!(freed.released(), 0);
    drop(options);
    eventually(|| freed.released() == 1);
    let (call_it, end) = (RequestHandler::CALLBACK, RequestHandler::RELEASE);
    let refused = call(|err| unsafe {
        dimse_server_options_set_handler(null_mut(), null_mut(), call_it, failed.user_data(), end, err)
    });
    assert_eq!((refused.unwrap_err().result, failed.released()), (DIMSE_ERR_INVALID_HANDLE, 1));
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!((handler.released(), replaced.released(), freed.released()), (1, 1, 1));
}

#[test]
fn user_data_is_given_back_where_the_runtime_was_shut_down_first() {
    let handler = RequestHandler::keeping();
    let mut rt = null_mut();
    call(|err| unsafe { dimse_runtime_new(null(), &raw mut rt, err) }).unwrap();
    let options = ServerOptions::new().handler(&handler);
    let mut server = null_mut();
    call(|err| unsafe { dimse_server_start(rt, options.0, &raw mut server, err) }).unwrap();
    drop(options);
    assert_eq!(dimse_runtime_shutdown(rt, 1000), DIMSE_OK);
    assert_eq!(call(|err| unsafe { dimse_server_stop(server, 0, err) }), Ok(DIMSE_OK), "it has stopped");
    dimse_server_free(server);
    dimse_runtime_free(rt);
    assert_eq!(handler.released(), 1);
}

#[test]
fn a_stop_waits_for_associations_takes_no_more_and_tells_when_it_is_done() {
    let server = Server::plain();
    let (assoc, silent) = (server.open(), Connection::to(server.port));
    eventually(|| server.totals().connections == 2);
    assert_eq!((server.totals().associations, server.totals().waiting), (1, 1));
    let seen = Seen::new();
    let stop = server.stop_async(PATIENCE_MS, Some(&seen.delivery(null_mut())));
    eventually(|| server.totals().is_draining == 1 && server.totals().waiting == 0);
    assert_eq!(Options::to(server.port).open().unwrap_err().result, DIMSE_ERR_CONNECT);
    assert_eq!(assoc.echo(), Ok(0), "what is open goes on");
    assert_eq!((dimse_op_poll(stop.0), seen.released()), (DIMSE_PENDING, 0));
    let begun = Instant::now();
    assoc.release().unwrap();
    assert_eq!(seen.one().result, DIMSE_OK);
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(server.stop(0), Ok(DIMSE_OK), "again");
    assert_eq!(server.totals().connections, 0);
    drop(silent);
}

#[test]
fn a_stop_aborts_when_its_time_is_over_or_it_is_cancelled() {
    for drain in [Some(0), Some(50), None] {
        let server = Server::plain();
        let assoc = server.open();
        if let Some(drain) = drain {
            assert_eq!(server.stop(drain), Ok(DIMSE_OK));
        } else {
            let stop = server.stop_async(DIMSE_NO_LIMIT, None);
            eventually(|| server.totals().is_draining == 1);
            stop.cancel();
            stop.wait().unwrap();
        }
        assert_eq!(server.totals().connections, 0);
        eventually(|| server.totals().aborted_total == 1);
        assert_eq!(assoc.echo().unwrap_err().result, DIMSE_ERR_ABORTED);
    }
}

#[test]
fn freeing_a_running_server_stops_it_at_once() {
    let server = Server::plain();
    let (assoc, port) = (server.open(), server.port);
    drop(server);
    eventually(|| assoc.echo().is_err());
    eventually(|| Options::to(port).open().is_err_and(|failed| failed.result == DIMSE_ERR_CONNECT));
}

#[test]
fn an_echo_reaches_a_server_at_every_address() {
    let mut options = null_mut();
    call(|err| unsafe { dimse_server_options_new(&raw mut options, err) }).unwrap();
    let options = ServerOptionsOf(options);
    let mut server = null_mut();
    call(|err| unsafe { dimse_server_start(null_mut(), options.0, &raw mut server, err) }).unwrap();
    let mut port = 0;
    assert_eq!(unsafe { dimse_server_port(server, &raw mut port) }, DIMSE_OK);
    let mut address = dimse_str::EMPTY;
    assert_eq!(unsafe { dimse_server_address(server, &raw mut address) }, DIMSE_OK);
    assert_eq!(text(address), format!("[::]:{port}"));
    for host in ["127.0.0.1", "localhost", "::1", "[::1]"] {
        let host = c(host);
        let assoc = Options::empty()
            .set(|o, err| unsafe { dimse_assoc_options_set_peer(o, host.as_ptr(), port.into(), err) })
            .open()
            .unwrap();
        assert_eq!(assoc.echo(), Ok(0));
        assoc.release().unwrap();
    }
    dimse_server_free(server);
}

#[test]
fn what_no_server_can_do_is_refused_by_its_setter() {
    let options = ServerOptions::new();
    let refused = |call_it: &dyn Fn(*mut *mut dimse_error) -> dimse_result, words: &str| {
        let failed = call(call_it).unwrap_err();
        assert_eq!(failed.result, DIMSE_ERR_INVALID_ARGUMENT, "{words}");
        assert!(failed.words.contains(words), "{:?} does not say {words:?}", failed.words);
    };
    let (host, uid, empty) = (c("localhost"), c("1.2.x"), c(" "));
    let o = options.0;
    unsafe {
        refused(&|e| dimse_server_options_set_listen(o, host.as_ptr(), 104, e), "\"localhost\"");
        refused(&|e| dimse_server_options_set_listen(o, null(), 65_536, e), "port is 65536");
        refused(&|e| dimse_server_options_add_ae_title(o, null(), e), "title is NULL");
        refused(&|e| dimse_server_options_add_calling_ae_title(o, empty.as_ptr(), e), "title");
        refused(&|e| dimse_server_options_add_context(o, uid.as_ptr(), null(), 0, e), "abstract_syntax");
        refused(&|e| dimse_server_options_set_max_pdu_bytes(o, 7, e), "at least 8");
        refused(&|e| dimse_server_options_set_async_window(o, 1, 65_536, e), "performed");
        refused(&|e| dimse_server_options_set_implementation(o, uid.as_ptr(), null(), e), "class_uid");
        refused(&|e| dimse_server_options_set_max_associations(o, 0, e), "count is 0");
        refused(&|e| dimse_server_options_set_max_waiting(o, 0, e), "count is 0");
        refused(&|e| dimse_server_options_set_artim_timeout_ms(o, DIMSE_NO_LIMIT, e), "must end");
        for setter in [dimse_server_options_set_write_timeout_ms, dimse_server_options_set_idle_timeout_ms] {
            for ms in [DIMSE_NO_LIMIT, 0, 1000] {
                call(|e| setter(o, ms, e)).unwrap();
            }
        }
        call(|e| dimse_server_options_set_abort_timeout_ms(o, 1000, e)).unwrap();
        call(|e| dimse_server_options_set_implementation(o, c("1.2").as_ptr(), c("").as_ptr(), e)).unwrap();
        call(|e| dimse_server_options_set_max_waiting(o, 1, e)).unwrap();
    }
    let server = Server::start(&options);
    let assoc = server.open();
    assert_eq!(text(assoc.facts().peer_implementation_class), "1.2");
    assert_eq!(text(assoc.facts().peer_implementation_version), "");
    let (mut first, _second) = (Connection::to(server.port), Connection::to(server.port));
    assert_eq!(first.pdu(), None, "the oldest silent one goes");
}

#[test]
fn a_silent_connection_ends_by_artim() {
    let options =
        ServerOptions::new().set(|o, err| unsafe { dimse_server_options_set_artim_timeout_ms(o, 50, err) });
    let server = Server::start(&options);
    let mut silent = Connection::to(server.port);
    assert_eq!(silent.pdu(), None);
    eventually(|| server.totals().connections == 0);
    assert_eq!((server.totals().connected_total, server.totals().accepted_total), (1, 0));
}

#[test]
fn no_number_is_a_handle_of_these_nouns() {
    let server = Server::plain();
    let stale = {
        let gone = Server::plain();
        gone.handle.addr()
    };
    for wrong in [0, 1, stale, server.open().0.addr()] {
        let of_server: *mut dimse_server = std::ptr::without_provenance_mut(wrong);
        let (mut totals, mut port): (dimse_server_totals, u16) = (flat(), 0);
        let asked: *mut dimse_assoc_request = of_server.cast();
        let request: *mut dimse_request = of_server.cast();
        let (mut facts, mut context, mut syntax): (dimse_facts, dimse_context, dimse_str) =
            (flat(), flat(), dimse_str::EMPTY);
        let mut message: dimse_message = flat();
        let results = unsafe {
            [
                dimse_server_port(of_server, &raw mut port),
                dimse_server_address(of_server, &raw mut syntax),
                dimse_server_counters(of_server, &raw mut totals),
                dimse_server_stop(of_server, 0, null_mut()),
                dimse_server_stop_async(of_server, 0, null(), null_mut(), null_mut()),
                dimse_server_start(null_mut(), of_server.cast(), (&raw mut totals).cast(), null_mut()),
                dimse_assoc_request_facts(asked, &raw mut facts),
                dimse_assoc_request_context(asked, 0, &raw mut context),
                dimse_assoc_request_transfer_syntax(asked, 0, 0, &raw mut syntax),
                dimse_assoc_request_identity(asked, null_mut(), null_mut(), null_mut(), null_mut()),
                dimse_assoc_request_refuse_context(asked, 1, 1, null_mut()),
                dimse_assoc_request_choose_transfer_syntax(asked, 1, c"1.2".as_ptr(), null_mut()),
                dimse_assoc_request_set_identity_response(asked, null(), 0, null_mut()),
                dimse_assoc_request_accept(asked, null_mut()),
                dimse_assoc_request_refuse(asked, 0, 0, 0, null_mut()),
                dimse_request_message(request, &raw mut message),
                dimse_request_respond(request, 0, null(), null_mut()),
            ]
        };
        assert!(results.iter().all(|result| *result == DIMSE_ERR_INVALID_HANDLE), "{results:?}");
        assert_eq!(dimse_request_is_cancelled(request), 0);
        dimse_server_free(of_server);
        dimse_assoc_request_free(asked);
        dimse_request_free(request);
        dimse_server_options_free(of_server.cast());
    }
    server.open().release().unwrap();
}

/// Options without the loopback address.
struct ServerOptionsOf(*mut dimse_server_options);

impl Drop for ServerOptionsOf {
    fn drop(&mut self) {
        dimse_server_options_free(self.0);
    }
}
