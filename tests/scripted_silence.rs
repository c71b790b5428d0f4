//! Silence, and a byte at a time, in every state: each wait ends by its own deadline, bytes do not extend it, and the
//! error names the phase.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use std::time::Duration;

use dimse::dimse::status::Status;
use dimse::error::{Cause, Phase};
use dimse::net::timeouts::Timeouts;
use dimse::scu::echo::EchoOptions;
use dimse::types::{AbortReason, Rejection};
use scripted::bytes::{self, COMMAND, LAST};
use scripted::ours::{Node, Ours, User, handed, kept};
use scripted::peer::{Listening, Peer};
use scripted::{Span, is_deep, limit, log, pace};

fn node(adapt: impl FnOnce(&mut Timeouts)) -> Node {
    Node::start_with(|options| adapt(&mut options.timeouts))
}

/// A P-DATA-TF PDU that takes longer than any deadline of these tests, a byte at a time.
fn long_pdu() -> Vec<u8> {
    let mut bytes = vec![4, 0, 0, 0, 4, 6, 0, 0, 4, 2, 1, COMMAND];
    bytes.resize(6 + 0x406, 0);
    bytes
}

// ---- the provider ---------------------------------------------------------------------------------------------------

#[test]
fn sta2_a_peer_that_sends_nothing_is_closed_by_artim() {
    let node = node(|timeouts| timeouts.artim = limit());
    let since = Span::begin();
    node.connect().expect_end_at(since, limit());
    node.expect_empty();
}

#[test]
fn sta2_a_request_a_byte_at_a_time_does_not_restart_artim() {
    let node = node(|timeouts| timeouts.artim = limit());
    let since = Span::begin();
    let mut peer = node.connect();
    peer.drip(&bytes::rq(bytes::request()), pace());
    peer.expect_end_at(since, limit());
    node.expect_empty();
}

#[test]
fn sta3_an_undecided_request_is_rejected_by_the_associate_limit() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| {
        options.timeouts.associate = Some(limit());
        options.association_handler = handler;
    });
    let since = Span::begin();
    let mut peer = node.connect();
    peer.send(&bytes::rq(bytes::request()));
    let undecided = handed(&requests);
    assert_eq!(peer.expect_rejection(), Rejection::CONGESTION);
    since.expect(limit());
    drop(undecided);
}

#[test]
fn sta3_bytes_do_not_extend_the_time_to_decide() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| {
        options.timeouts.associate = Some(limit());
        options.association_handler = handler;
    });
    let since = Span::begin();
    let mut peer = node.connect();
    peer.send(&bytes::rq(bytes::request()));
    let undecided = handed(&requests);
    // An A-ASSOCIATE-RQ again, which is not whole before the deadline.
    peer.drip(&bytes::rq(bytes::request()), pace());
    assert_eq!(peer.expect_rejection(), Rejection::CONGESTION);
    since.expect(limit());
    drop(undecided);
}

#[test]
fn sta6_an_idle_association_is_aborted() {
    log::listen();
    let node = node(|timeouts| timeouts.idle = Some(limit()));
    let since = Span::begin();
    let mut peer = node.associate();
    assert_eq!(peer.expect_abort(), AbortReason::USER);
    since.expect(limit());
    log::expect(&["no message within", "idle", &peer.address()]);
    peer.half_close();
    peer.expect_end();
    node.expect_empty();
}

#[test]
fn sta6_every_message_restarts_the_idle_time() {
    // The messages come well within it, and together take longer than it.
    let idle = if is_deep() { limit() + limit() / 2 } else { limit() * 4 };
    let node = node(|timeouts| timeouts.idle = Some(idle));
    let mut peer = node.associate();
    let mut since = Span::begin();
    for message_id in 1..6 {
        peer.expect_nothing(limit());
        since = Span::begin();
        peer.send(&bytes::echo_rq(1, message_id));
        peer.expect_echo_rsp(message_id);
    }
    peer.expect_abort();
    since.expect(idle);
}

#[test]
fn sta6_an_association_is_not_idle_while_a_handler_works() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| {
        options.timeouts.idle = Some(limit());
        options.request_handler = handler;
    });
    let mut peer = node.associate();
    peer.send(&bytes::echo_rq(1, 1));
    let request = handed(&requests);
    peer.expect_nothing(limit() * 2);
    let since = Span::begin();
    request.respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(1);
    peer.expect_abort();
    since.expect(limit());
}

/// What a message is when it stops, or goes on a byte at a time: inside a PDU header, a PDV header, a command, and
/// between the PDUs of a command; then inside a PDU that is no data.
fn parts_of_a_message() -> Vec<(&'static str, Vec<u8>)> {
    let message = bytes::echo_rq(1, 1);
    let set = bytes::command_set(&dimse::dimse::command::CommandSet::c_echo_rq(1));
    vec![
        ("inside a PDU header", message[..3].to_vec()),
        ("inside a PDV header", message[..9].to_vec()),
        ("inside a command", message[..40].to_vec()),
        ("at a command's last byte", message[..message.len() - 1].to_vec()),
        ("between two PDUs of a command", bytes::p_data(&[(1, COMMAND, &set[..20])])),
        ("behind an empty fragment", bytes::p_data(&[(1, COMMAND, &[])])),
        ("before a data set", bytes::p_data(&[(1, COMMAND | LAST, &with_data_set())])),
        ("inside a data set", {
            let mut bytes = bytes::p_data(&[(1, COMMAND | LAST, &with_data_set())]);
            bytes.extend_from_slice(&[4, 0, 0, 0, 1, 6, 0, 0, 1, 2, 1, LAST, 0, 0]);
            bytes
        }),
        ("inside an A-RELEASE-RQ", bytes::release_rq()[..8].to_vec()),
        ("inside an A-ASSOCIATE-RQ", bytes::rq(bytes::request())[..100].to_vec()),
    ]
}

fn with_data_set() -> Vec<u8> {
    bytes::command_set(&dimse::dimse::command::CommandSet::c_echo_rq(1).with_data_set())
}

#[test]
fn sta6_a_message_that_stops_in_the_middle_ends_by_its_lack_of_progress() {
    log::listen();
    let node = node(|timeouts| timeouts.rate_window = limit());
    std::thread::scope(|scope| {
        for (place, part) in parts_of_a_message() {
            let node = &node;
            scope.spawn(move || {
                let mut peer = node.associate();
                let since = Span::begin();
                peer.send(&part);
                assert_eq!(peer.expect_abort(), AbortReason::USER, "{place}");
                since.expect(limit());
                log::expect(&["while receiving", &peer.address()]);
            });
        }
    });
    node.expect_empty();
}

#[test]
fn sta6_a_message_a_byte_at_a_time_is_not_progress_enough() {
    let node = node(|timeouts| timeouts.rate_window = limit());
    std::thread::scope(|scope| {
        // Two bytes more, and an A-RELEASE-RQ is whole.
        let parts = parts_of_a_message().into_iter().filter(|(place, _)| !place.contains("A-RELEASE-RQ"));
        for (place, part) in parts {
            let node = &node;
            scope.spawn(move || {
                let mut peer = node.associate();
                let since = Span::begin();
                peer.send(&part);
                // Behind each of them more of the same PDU may come, or the first bytes of another.
                peer.drip(&[4, 0, 0, 0, 0, 200, 0, 0, 0, 196, 1, 1], pace() * 2);
                assert!(matches!(peer.expect_abort().source, 0 | 2), "{place}");
                since.expect_at_most(limit() * 2);
            });
        }
    });
    node.expect_empty();
}

#[test]
fn sta6_a_slow_message_that_makes_progress_enough_is_answered() {
    let node = node(|timeouts| {
        timeouts.rate_window = limit();
        timeouts.least_bytes_per_second = 2;
    });
    let mut peer = node.associate();
    let message = bytes::echo_rq(1, 9);
    // Longer than the span over which progress is measured.
    let (slow, rest) = message.split_at(message.len() - 8);
    peer.drip(slow, pace() / 4);
    peer.send(rest);
    peer.expect_echo_rsp(9);
}

#[test]
fn sta8_the_peer_waits_for_a_handler_as_long_as_it_takes() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| {
        options.timeouts = Timeouts { idle: Some(limit()), artim: limit(), ..options.timeouts.clone() };
        options.request_handler = handler;
    });
    let mut peer = node.associate();
    peer.send(&bytes::echo_rq(1, 1));
    let request = handed(&requests);
    peer.send(&bytes::release_rq());
    peer.expect_nothing(limit() * 2);
    request.respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(1);
    peer.expect_release_rp();
}

#[test]
fn sta13_a_peer_that_does_not_close_is_closed_by_artim() {
    let node = node(|timeouts| timeouts.artim = limit());
    std::thread::scope(|scope| {
        for (what, mut peer, since) in peers_in_sta13(&node) {
            scope.spawn(move || {
                assert_eq!(peer.next(scripted::PATIENCE), scripted::peer::Came::End, "{what}");
                since.expect(limit());
            });
        }
    });
    node.expect_empty();
}

#[test]
fn sta13_bytes_do_not_restart_artim() {
    let node = node(|timeouts| timeouts.artim = limit());
    std::thread::scope(|scope| {
        for (what, mut peer, since) in peers_in_sta13(&node) {
            scope.spawn(move || {
                peer.drip(&long_pdu(), pace());
                assert_eq!(peer.next(scripted::PATIENCE), scripted::peer::Came::End, "{what}");
                since.expect(limit());
            });
        }
    });
    node.expect_empty();
}

#[test]
fn sta13_whole_pdus_do_not_restart_artim() {
    let node = node(|timeouts| timeouts.artim = limit());
    std::thread::scope(|scope| {
        for (what, mut peer, since) in peers_in_sta13(&node) {
            scope.spawn(move || {
                for _ in 0..1000 {
                    if !peer.try_send(&bytes::echo_rq(1, 1)) || peer.has_ended() {
                        break;
                    }
                    std::thread::sleep(pace());
                }
                assert_eq!(peer.next(scripted::PATIENCE), scripted::peer::Came::End, "{what}");
                since.expect(limit());
            });
        }
    });
    node.expect_empty();
}

/// A peer in each way to get into Sta13, which has read the PDU that led there.
fn peers_in_sta13(node: &Node) -> Vec<(&'static str, Peer, Span)> {
    let mut rejected = node.connect();
    let mut request = bytes::request();
    request.protocol_version = 2;
    rejected.send(&bytes::rq(request));
    let since_rejection = Span::begin();
    rejected.expect_rejection();

    let mut released = node.associate();
    released.send(&bytes::release_rq());
    let since_release = Span::begin();
    released.expect_release_rp();

    let mut aborted = node.associate();
    aborted.send(&bytes::release_rp());
    let since_abort = Span::begin();
    aborted.expect_abort();

    let mut never_asked = node.connect();
    never_asked.send(&bytes::release_rq());
    let since_refusal = Span::begin();
    never_asked.expect_abort();

    vec![
        ("A-ASSOCIATE-RJ", rejected, since_rejection),
        ("A-RELEASE-RP", released, since_release),
        ("A-ABORT in Sta6", aborted, since_abort),
        ("A-ABORT in Sta2", never_asked, since_refusal),
    ]
}

// ---- the user -------------------------------------------------------------------------------------------------------

/// Ours, and the peer that it is associated with.
fn associated(user: &User, adapt: impl FnOnce(&mut Timeouts)) -> (Ours, Peer) {
    let listening = Listening::begin();
    let opening = user.open_with(listening.port(), |options| adapt(&mut options.timeouts));
    let peer = listening.associate();
    (opening.expect_open(), peer)
}

#[test]
fn sta5_a_peer_that_does_not_answer_ends_by_the_associate_limit() {
    let user = User::new();
    let listening = Listening::begin();
    let since = Span::begin();
    let opening = user.open_with(listening.port(), |options| options.timeouts.associate = Some(limit()));
    let (mut peer, _) = listening.accept_request();
    let error = opening.expect_error(Phase::Associate);
    since.expect(limit());
    assert_eq!(error.cause(), &Cause::Timeout { limit: limit() });
    assert!(error.to_string().contains(&format!("NODE at 127.0.0.1:{}", listening.port())), "{error}");
    assert!(error.to_string().contains("does not answer as a DICOM node"), "{error}");
    assert_eq!(peer.expect_abort(), AbortReason::USER);
}

#[test]
fn sta5_an_answer_a_byte_at_a_time_does_not_extend_the_associate_limit() {
    let user = User::new();
    let listening = Listening::begin();
    let since = Span::begin();
    let opening = user.open_with(listening.port(), |options| options.timeouts.associate = Some(limit()));
    let (mut peer, request) = listening.accept_request();
    peer.drip(&bytes::ac(bytes::acceptance(&request)), pace());
    let error = opening.expect_error(Phase::Associate);
    since.expect(limit());
    assert_eq!(error.cause(), &Cause::Timeout { limit: limit() });
    peer.expect_abort();
}

#[test]
fn a_connection_that_is_not_even_accepted_ends_by_the_associate_limit() {
    let user = User::new();
    // The system completes the connection; nobody takes it.
    let listening = Listening::begin();
    let since = Span::begin();
    let opening = user.open_with(listening.port(), |options| options.timeouts.associate = Some(limit()));
    opening.expect_error(Phase::Associate);
    since.expect(limit());
}

#[test]
fn sta6_a_user_is_idle_without_limit_unless_one_is_set() {
    let user = User::new();
    let (_ours, mut patient) = associated(&user, |_| ());
    patient.expect_nothing(limit());
    let since = Span::begin();
    let (ours, mut peer) = associated(&user, |timeouts| timeouts.idle = Some(limit()));
    peer.expect_abort();
    since.expect(limit());
    let error = ours.echo().expect_error(Phase::Idle);
    assert_eq!(error.cause(), &Cause::Timeout { limit: limit() });
}

#[test]
fn an_echo_that_is_not_answered_ends_by_the_reply_limit() {
    let user = User::new();
    let (ours, mut peer) = associated(&user, |timeouts| timeouts.reply = Some(limit()));
    let since = Span::begin();
    let (open, waiting) = (ours.echo(), ours.echo());
    peer.expect_echo_rq();
    open.expect_timeout(Phase::Reply, limit());
    since.expect(limit());
    // The next one never had its turn.
    waiting.expect_timeout(Phase::Queued, limit());
    assert_eq!(peer.expect_abort(), AbortReason::USER);
}

#[test]
fn an_echo_has_its_own_reply_limit_where_one_is_set() {
    let user = User::new();
    let (ours, mut peer) = associated(&user, |_| ());
    let since = Span::begin();
    let open = ours.echo_with(&EchoOptions { reply: Some(Some(limit())) });
    peer.expect_echo_rq();
    open.expect_timeout(Phase::Reply, limit());
    since.expect(limit());
}

#[test]
fn a_cancelled_echo_keeps_its_own_reply_limit() {
    let user = User::new();
    let (ours, mut peer) = associated(&user, |timeouts| timeouts.reply = None);
    let since = Span::begin();
    let open = ours.echo_with(&EchoOptions { reply: Some(Some(limit())) });
    peer.expect_echo_rq();
    open.operation.cancel();
    open.expect_cancelled(Phase::Reply);
    // Its response must still come: without it nobody could use the association any more.
    peer.expect_abort();
    since.expect(limit());
}

#[test]
fn a_reply_a_byte_at_a_time_does_not_extend_the_reply_limit() {
    let user = User::new();
    let (ours, mut peer) = associated(&user, |timeouts| timeouts.reply = Some(limit()));
    let since = Span::begin();
    let open = ours.echo();
    let message_id = peer.expect_echo_rq();
    peer.drip(&bytes::echo_rsp(1, message_id), pace());
    open.expect_timeout(Phase::Reply, limit());
    since.expect(limit());
    peer.expect_abort();
}

#[test]
fn the_blocking_call_ends_by_the_same_limit() {
    let user = User::new();
    let (ours, mut peer) = associated(&user, |timeouts| timeouts.reply = Some(limit()));
    let since = Span::begin();
    let error = ours.blocking_echo().result.unwrap_err();
    since.expect(limit());
    assert_eq!((error.phase(), error.cause()), (Phase::Reply, &Cause::Timeout { limit: limit() }));
    peer.expect_echo_rq();
    peer.expect_abort();
}

#[test]
fn sta7_a_release_that_is_not_answered_ends_by_the_release_limit() {
    let user = User::new();
    let (ours, mut peer) = associated(&user, |timeouts| timeouts.release = Some(limit()));
    let since = Span::begin();
    let release = ours.release();
    peer.expect_release_rq();
    release.expect_timeout(Phase::Release, limit());
    since.expect(limit());
    assert_eq!(peer.expect_abort(), AbortReason::USER);
}

#[test]
fn sta7_neither_bytes_nor_whole_messages_extend_the_release_limit() {
    let user = User::new();
    for in_pieces in [true, false] {
        let (ours, mut peer) = associated(&user, |timeouts| timeouts.release = Some(limit()));
        let since = Span::begin();
        let release = ours.release();
        peer.expect_release_rq();
        if in_pieces {
            peer.drip(&bytes::release_rp()[..9], pace() * 2);
        } else {
            for message_id in 1..10 {
                if peer.has_ended() || !peer.try_send(&bytes::echo_rq(1, message_id)) {
                    break;
                }
                std::thread::sleep(pace());
            }
        }
        release.expect_timeout(Phase::Release, limit());
        since.expect(limit());
        peer.expect_abort();
    }
}

#[test]
fn sta13_a_peer_that_does_not_close_after_our_abort_is_closed_by_the_abort_limit() {
    let user = User::new();
    let (ours, mut peer) = associated(&user, |timeouts| timeouts.abort = limit());
    let since = Span::begin();
    ours.association.abort();
    peer.expect_abort();
    peer.drip(&long_pdu(), pace());
    peer.expect_end_at(since, limit());
}

#[test]
fn a_user_aborts_a_peer_that_begins_a_message_and_stops() {
    let user = User::new();
    let (ours, mut peer) = associated(&user, |timeouts| timeouts.rate_window = limit());
    let since = Span::begin();
    peer.send(&bytes::echo_rq(1, 1)[..20]);
    peer.expect_abort();
    since.expect(limit());
    let error = ours.echo().expect_error(Phase::Receive);
    assert!(matches!(error.cause(), Cause::Timeout { .. }), "{error}");
}

#[test]
fn the_time_that_a_test_gives_is_what_counts() {
    // The deadlines of this file are real ones: none is so short that a machine under load would miss it.
    assert!(limit() >= Duration::from_millis(300) && pace() < limit());
}
