//! Connections that break: cut off, reset, half-closed or aborted at every byte of an association's stream, in both
//! directions, and while the library sends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use std::sync::atomic::{AtomicUsize, Ordering};

use dimse::dimse::status::Status;
use dimse::error::{Cause, Phase};
use dimse::net::association_request::Answered;
use scripted::bytes::{self, bytes};
use scripted::ours::{Node, User, handed, kept};
use scripted::peer::{Came, Listening, Peer};
use scripted::{PATIENCE, count, eventually};

/// How a peer ends what it does not finish.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cut {
    Close,
    HalfClose,
    Reset,
    Abort,
}

const CUTS: [Cut; 4] = [Cut::Close, Cut::HalfClose, Cut::Reset, Cut::Abort];

impl Cut {
    fn make(self, mut peer: Peer) {
        match self {
            Self::Close => drop(peer),
            Self::HalfClose => {
                peer.half_close();
                // What was already on its way comes, and then the end.
                while !matches!(peer.next(PATIENCE), Came::End) {}
            }
            Self::Reset => peer.reset(),
            Self::Abort => {
                peer.try_send(&bytes::abort());
                peer.half_close();
                while !matches!(peer.next(PATIENCE), Came::End) {}
            }
        }
    }
}

#[test]
fn a_requestor_that_is_gone_after_n_bytes_leaves_nothing_behind() {
    let node = Node::start();
    let stream = bytes![bytes::rq(bytes::request()), bytes::echo_rq(1, 1), bytes::release_rq()];
    for cut in CUTS {
        for length in 0..=stream.len() {
            let mut peer = node.connect();
            peer.send(&stream[..length]);
            cut.make(peer);
        }
        node.expect_empty();
    }
    node.expect_service();
    let counters = node.counters();
    assert_eq!(counters.connected_total, u64::try_from((stream.len() + 1) * CUTS.len() + 1).unwrap());
}

#[test]
fn a_requestor_that_is_gone_after_n_bytes_and_the_answers_to_them_leaves_nothing_behind() {
    let node = Node::start();
    let steps = [bytes::rq(bytes::request()), bytes::echo_rq(1, 1), bytes::release_rq()];
    for cut in CUTS {
        for (step, bytes) in steps.iter().enumerate() {
            for length in 0..bytes.len() {
                let mut peer = node.connect();
                for before in &steps[..step] {
                    peer.send(before);
                    assert!(matches!(peer.next(PATIENCE), Came::Pdu(_) | Came::Data(_)));
                }
                peer.send(&bytes[..length]);
                cut.make(peer);
            }
        }
        node.expect_empty();
    }
    node.expect_service();
}

#[test]
fn an_acceptor_that_is_gone_after_n_bytes_ends_each_operation_once_and_in_its_phase() {
    let user = User::new();
    let listening = Listening::begin();
    let acceptance = bytes::acceptance(&scripted::ours::options("127.0.0.1", 1).request);
    let answers = [bytes::ac(acceptance), bytes::echo_rsp(1, 1), bytes::release_rp()];
    for cut in CUTS {
        let mut length = 0;
        loop {
            while cut == Cut::Abort && completes_a_pdu(&answers, length) {
                length += 1;
            }
            let opening = user.open(listening.port());
            let (mut peer, _) = listening.accept_request();
            let mut left = length;
            // Sends an answer as far as the stream goes; the peer again where it was sent whole.
            let mut answer = |mut peer: Peer, bytes: &[u8]| {
                peer.send(&bytes[..left.min(bytes.len())]);
                if left < bytes.len() {
                    cut.make(peer);
                    return None;
                }
                left -= bytes.len();
                Some(peer)
            };
            let expected = |error: &Cause, place: &str| match (cut, error) {
                (Cut::Abort, Cause::Aborted(_) | Cause::Closed | Cause::Protocol(_))
                | (Cut::Close | Cut::HalfClose | Cut::Reset, Cause::Closed) => {}
                _ => panic!("{cut:?} after {length} bytes, {place}: {error}"),
            };
            let Some(alive) = answer(peer, &answers[0]) else {
                expected(opening.expect_error(Phase::Associate).cause(), "associating");
                length += 1;
                continue;
            };
            peer = alive;
            let ours = opening.expect_open();
            let echo = ours.echo();
            let release = ours.release();
            assert_eq!(peer.expect_echo_rq(), 1);
            let Some(alive) = answer(peer, &answers[1]) else {
                expected(echo.expect_error(Phase::Reply).cause(), "waiting for the reply");
                release.outcome().result.unwrap_err();
                length += 1;
                continue;
            };
            peer = alive;
            echo.expect_success();
            peer.expect_release_rq();
            let Some(_alive) = answer(peer, &answers[2]) else {
                expected(release.expect_error(Phase::Release).cause(), "releasing");
                length += 1;
                continue;
            };
            release.expect_done();
            break;
        }
    }
}

/// Whether the ten bytes of an A-ABORT would be the missing ones of the PDU that stops after `length` bytes of the stream.
fn completes_a_pdu(stream: &[Vec<u8>], mut length: usize) -> bool {
    for pdu in stream {
        if length < pdu.len() {
            return length > 0 && pdu.len() - length <= bytes::abort().len();
        }
        length -= pdu.len();
    }
    false
}

#[test]
fn a_peer_that_is_gone_while_a_handler_works_is_seen_and_the_answer_harms_nothing() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| options.request_handler = handler);
    for cut in CUTS {
        let mut peer = node.associate();
        peer.send(&bytes::echo_rq(1, 1));
        let request = handed(&requests);
        cut.make(peer);
        eventually("the handler can see that nobody waits", || request.is_cancelled());
        node.expect_empty();
        assert_eq!(request.respond(Status::SUCCESS, None), Answered::Already, "{cut:?}");
    }
}

#[test]
fn a_reset_is_seen_without_reading_while_a_handler_works() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| options.request_handler = handler);
    let mut peer = node.associate();
    // One request is worked on, one waits, and behind the third nothing is read.
    peer.send(&bytes![
        bytes::echo_rq(1, 1),
        bytes::echo_rq(1, 2),
        bytes::echo_rq(1, 3),
        bytes::echo_rq(1, 4)
    ]);
    let request = handed(&requests);
    peer.expect_nothing(std::time::Duration::from_millis(50));
    peer.send(&bytes::echo_rq(1, 5));
    peer.reset();
    eventually("the handler can see that nobody waits", || request.is_cancelled());
    node.expect_empty();
    drop(request);
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_reset_while_the_library_sends_ends_the_association_and_nothing_else() {
    let node = Node::start();
    let sent = AtomicUsize::new(0);
    for round in 0..count(30, 1000) {
        let mut peer = node.associate();
        let requests: Vec<u8> = (1..500).flat_map(|message_id| bytes::echo_rq(1, message_id)).collect();
        peer.send(&requests);
        // Somewhere among its answers.
        for _ in 0..round % 7 {
            peer.expect_command();
            sent.fetch_add(1, Ordering::Relaxed);
        }
        peer.reset();
    }
    node.expect_empty();
    node.expect_service();
    assert!(sent.into_inner() > 0);
}

#[test]
fn a_reset_while_our_user_sends_ends_its_operations_as_closed() {
    let user = User::new();
    for _ in 0..count(30, 1000) {
        let listening = Listening::begin();
        let opening = user.open(listening.port());
        let peer = listening.associate();
        let ours = opening.expect_open();
        let resetter = std::thread::spawn(move || peer.reset());
        let echoes = [ours.echo(), ours.echo(), ours.echo()];
        resetter.join().unwrap();
        for echo in echoes {
            let error = echo.outcome().result.unwrap_err();
            assert_eq!(error.cause(), &Cause::Closed);
            assert!(error.is_retryable());
        }
    }
}

#[test]
fn a_connection_that_breaks_while_idle_is_what_later_operations_report() {
    let user = User::new();
    for cut in CUTS {
        let listening = Listening::begin();
        let opening = user.open(listening.port());
        let peer = listening.associate();
        let ours = opening.expect_open();
        cut.make(peer);
        eventually("the end is seen", || ours.association.is_over());
        let error = ours.echo().expect_error(Phase::Idle);
        match cut {
            Cut::Abort => assert!(matches!(error.cause(), Cause::Aborted(_)), "{error}"),
            _ => assert_eq!(error.cause(), &Cause::Closed),
        }
        assert!(error.is_retryable() && error.peer().is_some(), "{error}");
        assert_eq!(ours.release().expect_error(Phase::Idle).cause(), error.cause());
    }
}

#[test]
fn connections_that_are_reset_before_they_are_taken_are_survived() {
    let node = Node::start();
    for _ in 0..count(300, 5000) {
        node.connect().reset();
    }
    node.expect_service();
    node.expect_empty();
}
