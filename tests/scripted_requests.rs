//! Requests to our provider: tokens answered once, now, later or never; windows, C-CANCEL-RQ, release and its collision,
//! and association requests that somebody decides about.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use dimse::dimse::command::CommandSet;
use dimse::dimse::status::Status;
use dimse::error::{Cause, Phase};
use dimse::net::association_request::{Answered, AssociationRequest};
use dimse::net::operation::Delivery;
use dimse::net::request::Request;
use dimse::runtime::strand::Target;
use dimse::scp::server::Handler;
use dimse::types::{AbortReason, Rejection, Uid};
use dimse::wire::item::{AsyncWindow, ContextAnswer, UserIdentity};
use dimse::wire::uids;
use scripted::bytes::{self, ae, bytes, id};
use scripted::ours::{Node, User, handed, kept};
use scripted::peer::{Came, Listening, Peer};
use scripted::{PATIENCE, Span, eventually};

/// Long enough for what must not come to come.
const A_WHILE: Duration = Duration::from_millis(50);

fn node_with_requests() -> (Node, Receiver<Request>) {
    let (handler, requests) = kept();
    (Node::start_with(|options| options.request_handler = handler), requests)
}

fn node_with_associations() -> (Node, Receiver<AssociationRequest>) {
    let (handler, requests) = kept();
    (Node::start_with(|options| options.association_handler = handler), requests)
}

fn cancel(context: u8, message_id: u16) -> Vec<u8> {
    bytes::message(context, &CommandSet::c_cancel_rq(message_id))
}

// ---- tokens ---------------------------------------------------------------------------------------------------------

#[test]
fn a_request_is_answered_once_and_a_second_answer_is_harmless() {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    peer.send(&bytes::echo_rq(1, 7));
    let request = handed(&requests);
    assert_eq!(request.context().abstract_syntax, uids::VERIFICATION);
    assert_eq!(request.respond(Status::SUCCESS, None), Answered::Now);
    assert_eq!(request.respond(Status::PROCESSING_FAILURE, Some("too late")), Answered::Already);
    drop(request);
    peer.expect_echo_rsp(7);
    peer.expect_nothing(A_WHILE);
}

#[test]
fn a_message_id_that_is_still_open_is_refused_once_the_first_request_is_answered() {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    for _ in 0..3 {
        peer.send(&bytes::echo_rq(1, 7));
    }
    let request = handed(&requests);
    peer.expect_nothing(A_WHILE);
    assert_eq!(request.respond(Status::SUCCESS, None), Answered::Now);
    peer.expect_echo_rsp(7);
    for _ in 0..2 {
        assert_eq!(peer.expect_status(7), 0x0210);
    }
    // Nobody was asked about these, and the id is free again.
    peer.send(&bytes::echo_rq(1, 7));
    assert_eq!(handed(&requests).respond(Status::SUCCESS, None), Answered::Now);
    peer.expect_echo_rsp(7);
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_request_is_answered_later_and_from_another_thread() {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    peer.send(&bytes::echo_rq(1, 7));
    let request = handed(&requests);
    peer.expect_nothing(A_WHILE);
    std::thread::spawn(move || request.respond(Status::SUCCESS, None)).join().unwrap();
    peer.expect_echo_rsp(7);
}

#[test]
fn a_request_that_is_dropped_is_answered_0110_with_words() {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    peer.send(&bytes::echo_rq(1, 7));
    drop(handed(&requests));
    let (_, response) = peer.expect_command();
    assert_eq!((response.status, response.message_id), (Some(Status::PROCESSING_FAILURE), 7));
    assert_eq!(response.error_comment.as_deref(), Some("the request was not answered"));
}

#[test]
fn a_handler_that_panics_has_failed_one_request_and_nothing_else() {
    let handler: Handler<Request> = Handler {
        target: Target::Library,
        call: Arc::new(|request: Request| {
            assert!(request.command().message_id != 1, "a handler's own defect");
            request.respond(Status::SUCCESS, None);
        }),
    };
    let mut node = Node::start_with(|options| options.request_handler = Some(handler));
    node.expected_panics = 1;
    let mut peer = node.associate();
    peer.send(&bytes![bytes::echo_rq(1, 1), bytes::echo_rq(1, 2)]);
    assert_eq!(peer.expect_status(1), 0x0110);
    peer.expect_echo_rsp(2);
}

// ---- one at a time --------------------------------------------------------------------------------------------------

#[test]
fn beyond_the_window_one_request_waits_and_what_is_behind_it_is_not_acted_on() {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    let all: Vec<u8> = (1..=5).flat_map(|message_id| bytes::echo_rq(1, message_id)).collect();
    peer.send(&all);
    for message_id in 1..=5 {
        let request = handed(&requests);
        assert_eq!(request.command().message_id, message_id);
        peer.expect_nothing(A_WHILE / 5);
        assert!(requests.try_recv().is_err(), "one at a time");
        request.respond(Status::SUCCESS, None);
        peer.expect_echo_rsp(message_id);
    }
    assert_eq!(node.counters().requests_total, 5);
}

#[test]
fn a_negotiated_window_lets_as_many_be_open_and_they_may_be_answered_in_any_order() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| {
        options.request_handler = handler;
        options.policy.async_window = AsyncWindow { invoked: 3, performed: 1 };
    });
    let mut request = bytes::request();
    request.user.async_window = Some(AsyncWindow { invoked: 10, performed: 1 });
    let mut peer = node.connect();
    peer.send(&bytes::rq(request));
    let granted = peer.expect_acceptance().user.async_window;
    assert_eq!(granted, Some(AsyncWindow { invoked: 3, performed: 1 }));
    let all: Vec<u8> = (1..=4).flat_map(|message_id| bytes::echo_rq(1, message_id)).collect();
    peer.send(&all);
    let open: Vec<Request> = (0..3).map(|_| handed(&requests)).collect();
    peer.expect_nothing(A_WHILE);
    assert!(requests.try_recv().is_err(), "three at a time");
    open[2].respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(3);
    handed(&requests).respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(4);
    open[0].respond(Status::SUCCESS, None);
    open[1].respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(1);
    peer.expect_echo_rsp(2);
}

// ---- cancel and abort while a handler works -------------------------------------------------------------------------

#[test]
fn a_c_cancel_rq_is_seen_while_a_handler_works() {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    peer.send(&bytes::echo_rq(1, 7));
    let request = handed(&requests);
    assert!(!request.is_cancelled());
    peer.send(&cancel(1, 7));
    eventually("it is seen", || request.is_cancelled());
    request.respond(Status::CANCEL, None);
    assert_eq!(peer.expect_status(7), 0xFE00);
    peer.send(&bytes::echo_rq(1, 8));
    handed(&requests).respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(8);
}

#[test]
fn a_c_cancel_rq_behind_the_one_request_that_waits_is_seen() {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    peer.send(&bytes![bytes::echo_rq(1, 7), bytes::echo_rq(1, 8), cancel(1, 7)]);
    let request = handed(&requests);
    eventually("it is seen", || request.is_cancelled());
    drop(request);
    let waited = handed(&requests);
    assert!(!waited.is_cancelled());
}

#[test]
fn a_c_cancel_rq_for_nothing_is_ignored() {
    let (node, requests) = node_with_requests();
    let mut request = bytes::request();
    request.contexts.push(bytes::proposed(3, &uids::VERIFICATION));
    let mut peer = Peer::associate_with(node.address(), request);
    // Nothing is open at all; then another message, another context.
    peer.send(&cancel(1, 7));
    peer.send(&bytes::echo_rq(1, 7));
    let request = handed(&requests);
    peer.send(&bytes![cancel(1, 8), cancel(1, 0), cancel(3, 7)]);
    peer.expect_nothing(A_WHILE);
    assert!(!request.is_cancelled());
    request.respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(7);
    // Late: it was answered. The id may be used again, and the cancel was not for that one.
    peer.send(&bytes![cancel(1, 7), bytes::echo_rq(1, 7)]);
    let request = handed(&requests);
    assert!(!request.is_cancelled());
    request.respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(7);
}

#[test]
fn an_abort_that_stands_before_unread_data_is_seen_at_once() {
    let (node, requests) = node_with_requests();
    for waiting in [false, true] {
        let mut peer = node.associate();
        peer.send(&bytes::echo_rq(1, 7));
        let request = handed(&requests);
        if waiting {
            peer.send(&bytes::echo_rq(1, 8));
        }
        peer.send(&bytes::abort());
        let since = Span::begin();
        eventually("it is seen", || request.is_cancelled());
        since.expect_at_once();
        peer.expect_end();
        assert_eq!(request.respond(Status::SUCCESS, None), Answered::Already);
        assert!(requests.try_recv().is_err(), "the one that waited is of nobody");
    }
    node.expect_empty();
}

#[test]
fn an_abort_behind_unread_data_is_seen_when_they_are_taken() {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    let all: Vec<u8> = (1..=4).flat_map(|message_id| bytes::echo_rq(1, message_id)).collect();
    peer.send(&bytes![all, bytes::abort()]);
    handed(&requests).respond(Status::SUCCESS, None);
    let second = handed(&requests);
    assert!(!second.is_cancelled());
    second.respond(Status::SUCCESS, None);
    let third = handed(&requests);
    eventually("it is seen", || third.is_cancelled());
    assert!(requests.try_recv().is_err());
    drop(third);
    node.expect_empty();
}

// ---- release --------------------------------------------------------------------------------------------------------

#[test]
fn a_release_while_a_handler_works_is_answered_after_its_response() {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    peer.send(&bytes![bytes::echo_rq(1, 1), bytes::echo_rq(1, 2), bytes::release_rq()]);
    for message_id in [1, 2] {
        let request = handed(&requests);
        peer.expect_nothing(A_WHILE);
        request.respond(Status::SUCCESS, None);
        peer.expect_echo_rsp(message_id);
    }
    peer.expect_release_rp();
    drop(peer);
    node.expect_empty();
}

/// The provider's side of an association, whose release it begins itself.
fn provider_that_releases() -> (Node, Peer, Request) {
    let (node, requests) = node_with_requests();
    let mut peer = node.associate();
    peer.send(&bytes::echo_rq(1, 1));
    (node, peer, handed(&requests))
}

#[test]
fn a_providers_own_release_waits_for_the_answers_that_it_owes() {
    let (_node, mut peer, request) = provider_that_releases();
    let release = request.association().operation(Delivery::Pull);
    request.association().release(&release);
    peer.expect_nothing(A_WHILE);
    request.respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(1);
    peer.expect_release_rq();
    peer.send(&bytes::release_rp());
    assert!(release.wait(Some(PATIENCE)).unwrap().result.is_ok());
    peer.expect_end();
}

#[test]
fn a_release_collision_is_resolved_as_acceptor() {
    let (node, mut peer, request) = provider_that_releases();
    request.respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(1);
    let release = request.association().operation(Delivery::Pull);
    request.association().release(&release);
    peer.expect_release_rq();
    // Sta7 -> Sta10: the acceptor's answer comes after the requestor's.
    peer.send(&bytes::release_rq());
    peer.expect_nothing(A_WHILE);
    assert!(!release.is_complete());
    // Sta10 -> Sta12 -> Sta13.
    peer.send(&bytes::release_rp());
    peer.expect_release_rp();
    assert!(release.wait(Some(PATIENCE)).unwrap().result.is_ok());
    drop(peer);
    node.expect_empty();
}

#[test]
fn a_release_collision_is_resolved_as_requestor() {
    let (user, to) = (User::new(), Listening::begin());
    let opening = user.open(to.port());
    let mut peer = to.associate();
    let ours = opening.expect_open();
    let release = ours.release();
    peer.expect_release_rq();
    // Sta7 -> Sta9 -> Sta11: the requestor answers at once.
    peer.send(&bytes::release_rq());
    peer.expect_release_rp();
    release.expect_open();
    // Sta11 -> Sta1.
    peer.send(&bytes::release_rp());
    release.expect_done();
    peer.expect_end();
}

#[test]
fn a_peer_that_releases_while_our_echo_is_open_is_answered_and_the_echo_has_failed() {
    let (user, to) = (User::new(), Listening::begin());
    let opening = user.open(to.port());
    let mut peer = to.associate();
    let ours = opening.expect_open();
    let (open, waiting) = (ours.echo(), ours.echo());
    peer.expect_echo_rq();
    // In its Sta7 a peer sends no response any more (PS3.8 table 9-10, Evt9): nobody needs to wait for one.
    peer.send(&bytes::release_rq());
    peer.expect_release_rp();
    assert_eq!(open.expect_error(Phase::Reply).cause(), &Cause::Released);
    assert_eq!(waiting.expect_error(Phase::Queued).cause(), &Cause::Released);
    peer.half_close();
    peer.expect_end();
}

// ---- association requests -------------------------------------------------------------------------------------------

#[test]
fn whoever_decides_sees_the_whole_request() {
    let (node, requests) = node_with_associations();
    let mut request = bytes::request();
    request.calling = ae("MODALITY 1");
    request.contexts.push(bytes::proposed(3, &uids::STUDY_ROOT_FIND));
    request.user.identity = Some(UserIdentity {
        kind: 2,
        positive_response: true,
        primary: b"marie".to_vec(),
        secondary: b"secret".to_vec(),
    });
    let mut peer = node.connect();
    peer.send(&bytes::rq(request.clone()));
    let asked = handed(&requests);
    assert_eq!(asked.request(), &request);
    let facts = asked.facts().unwrap();
    assert_eq!((facts.peer.to_string(), facts.requestor), (peer.address(), false));
    assert_eq!(facts.negotiated.accepted[0].abstract_syntax, uids::VERIFICATION);
    assert_eq!(facts.negotiated.refused[0].answer, ContextAnswer::AbstractSyntaxNotSupported);
    asked.set_identity_response(b"ticket".to_vec()).unwrap();
    assert_eq!(asked.accept(), Answered::Now);
    assert_eq!(asked.accept(), Answered::Already);
    assert_eq!(asked.refuse(Rejection::NO_REASON), Answered::Already);
    assert_eq!(peer.expect_acceptance().user.identity_response.as_deref(), Some(&b"ticket"[..]));
    eventually("the facts are known", || asked.association().facts().is_some());
}

#[test]
fn a_refusal_is_sent_as_it_was_given_and_none_at_all_is_1_1_1() {
    let (node, requests) = node_with_associations();
    for rejection in
        [Rejection::CALLING_AE_TITLE, Rejection::CONGESTION, Rejection { result: 2, source: 1, reason: 1 }]
    {
        let mut peer = node.connect();
        peer.send(&bytes::rq(bytes::request()));
        assert_eq!(handed(&requests).refuse(rejection), Answered::Now);
        assert_eq!(peer.expect_rejection(), rejection);
    }
    let mut peer = node.connect();
    peer.send(&bytes::rq(bytes::request()));
    drop(handed(&requests));
    assert_eq!(peer.expect_rejection(), Rejection::NO_REASON);
    drop(peer);
    node.expect_empty();
}

#[test]
fn an_association_handler_that_panics_has_refused() {
    let handler: Handler<AssociationRequest> = Handler {
        target: Target::Library,
        call: Arc::new(|request: AssociationRequest| {
            assert!(request.request().calling != ae("SCRIPT"), "a handler's own defect");
            request.accept();
        }),
    };
    let mut node = Node::start_with(|options| options.association_handler = Some(handler));
    node.expected_panics = 1;
    let mut peer = node.connect();
    peer.send(&bytes::rq(bytes::request()));
    assert_eq!(peer.expect_rejection(), Rejection::NO_REASON);
    let mut request = bytes::request();
    request.calling = ae("ANOTHER");
    Peer::associate_with(node.address(), request);
}

#[test]
fn whoever_decides_may_narrow_the_contexts() {
    let (node, requests) = node_with_associations();
    let mut request = bytes::request();
    request.contexts[0].transfer_syntaxes.push(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    request.contexts.push(bytes::proposed(3, &uids::VERIFICATION));
    let mut peer = node.connect();
    peer.send(&bytes::rq(request));
    let asked = handed(&requests);
    asked.refuse_context(id(3), ContextAnswer::UserRejection).unwrap();
    asked.choose_transfer_syntax(id(1), &uids::IMPLICIT_VR_LITTLE_ENDIAN).unwrap();
    // Nonsense is refused, and changes nothing.
    asked.refuse_context(id(3), ContextAnswer::UserRejection).unwrap_err();
    asked.refuse_context(id(5), ContextAnswer::UserRejection).unwrap_err();
    asked.refuse_context(id(1), ContextAnswer::Acceptance).unwrap_err();
    asked.choose_transfer_syntax(id(1), &Uid::from_static("1.2.3")).unwrap_err();
    asked.accept();
    let acceptance = peer.expect_acceptance();
    let results: Vec<_> =
        acceptance.contexts.iter().map(|context| (context.id.get(), context.result)).collect();
    assert_eq!(results, [(1, ContextAnswer::Acceptance), (3, ContextAnswer::UserRejection)]);
    assert_eq!(acceptance.contexts[0].transfer_syntax, Some(uids::IMPLICIT_VR_LITTLE_ENDIAN));
    peer.send(&bytes::echo_rq(1, 1));
    peer.expect_echo_rsp(1);
    peer.send(&bytes::echo_rq(3, 2));
    assert_eq!(peer.expect_abort(), AbortReason::USER);
}

#[test]
fn a_decision_after_the_peer_has_gone_is_harmless() {
    let (node, requests) = node_with_associations();
    for accepts in [true, false] {
        for ends_with_abort in [true, false] {
            let mut peer = node.connect();
            peer.send(&bytes::rq(bytes::request()));
            let asked = handed(&requests);
            if ends_with_abort {
                peer.send(&bytes::abort());
                peer.expect_end();
            } else {
                peer.reset();
            }
            node.expect_empty();
            let answered = if accepts { asked.accept() } else { asked.refuse(Rejection::NO_REASON) };
            assert_eq!(answered, Answered::Already);
            assert!(asked.association().facts().is_none());
        }
    }
}

#[test]
fn a_decision_while_the_peer_is_going_is_harmless() {
    let (node, requests) = node_with_associations();
    for round in 0..scripted::count(200, 5000) {
        let mut peer = node.connect();
        peer.send(&bytes::rq(bytes::request()));
        let asked = handed(&requests);
        let decider = std::thread::spawn(move || asked.accept());
        if round % 2 == 0 {
            peer.reset();
        } else {
            peer.try_send(&bytes::abort());
            // The acceptance may have been faster.
            while !matches!(peer.next(PATIENCE), Came::End) {}
        }
        decider.join().unwrap();
    }
    node.expect_empty();
    assert_eq!(node.counters().associations, 0);
}
