//! Opening an association: addresses, deadlines, rejections, and every way in which an answer can be odd.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use std::net::TcpStream;
use std::time::Duration;

use dimse::error::{Cause, Phase};
use dimse::net::open_options::OpenOptions;
use dimse::types::{AbortReason, MaxPduLength, Rejection, Uid};
use dimse::ul::negotiated::Irregularity;
use dimse::wire::item::{ContextAnswer, ContextResult};
use dimse::wire::pdu::{AssociateAc, Pdu};
use dimse::wire::uids;
use scripted::bytes::{self, bytes, id, item};
use scripted::ours::{Node, Ours, User};
use scripted::peer::{Came, Listening, Peer};
use scripted::{PATIENCE, Span, limit, log};
use socket2::{Domain, Socket, Type};

/// A port of 127.0.0.1 at which nobody answers: its queue of connections is full, so the system drops what comes.
struct Deaf {
    listening: Socket,
    _queued: Vec<TcpStream>,
}

impl Deaf {
    fn begin() -> Self {
        let listening = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listening.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        listening.listen(0).unwrap();
        let address = listening.local_addr().unwrap().as_socket().unwrap();
        let mut queued = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
            queued.push(stream);
            assert!(queued.len() < 100, "the queue does not become full");
        }
        Self { listening, _queued: queued }
    }

    fn port(&self) -> u16 {
        self.listening.local_addr().unwrap().as_socket().unwrap().port()
    }
}

/// A port at which nobody listens.
fn closed_port() -> u16 {
    Listening::begin().port()
}

// ---- no association -------------------------------------------------------------------------------------------------

#[test]
fn a_refused_connection_names_the_address_and_what_to_check() {
    let user = User::new();
    let port = closed_port();
    let error = user.open(port).expect_error(Phase::Connect);
    let Cause::Connect { address, os, detail } = error.cause() else { panic!("{error}") };
    assert_eq!((address.as_str(), *os), (format!("127.0.0.1:{port}").as_str(), 111));
    assert!(detail.contains("refused"), "{detail}");
    assert!(error.hint().contains("firewall") && error.is_retryable(), "{error}");
}

#[test]
fn a_peer_that_does_not_take_the_connection_ends_by_the_connect_limit() {
    let (user, deaf) = (User::new(), Deaf::begin());
    let since = Span::begin();
    let opening = user.open_with(deaf.port(), |options| options.timeouts.connect = Some(limit()));
    let error = opening.expect_error(Phase::Connect);
    since.expect(limit());
    assert_eq!(error.cause(), &Cause::Timeout { limit: limit() });
    assert!(error.hint().contains("firewall"), "{error}");
}

#[test]
fn a_name_that_does_not_resolve_is_named() {
    let user = User::new();
    // No resolver asks anybody for a name with a blank in it.
    let opening = user.prepare("no such host", 104, |_| ());
    opening.association.go_cold();
    let error = opening.expect_error(Phase::Resolve);
    assert!(matches!(error.cause(), Cause::Resolve { host, .. } if host == "no such host"), "{error}");
    assert!(error.hint().contains("name server"), "{error}");
}

#[test]
fn a_name_is_resolved_and_each_of_its_addresses_is_tried() {
    let user = User::new();
    // On a machine where localhost is ::1 too, that one refuses.
    let listening = Listening::begin();
    let opening = user.prepare("localhost", listening.port(), |_| ());
    opening.association.go_cold();
    let _peer = listening.associate();
    opening.expect_open();
}

#[test]
fn the_source_address_is_where_the_connection_comes_from() {
    let user = User::new();
    let listening = Listening::begin();
    let opening =
        user.open_with(listening.port(), |options| options.source = Some("127.0.0.2".parse().unwrap()));
    let peer = listening.associate();
    assert!(peer.other_end().starts_with("127.0.0.2:"), "{}", peer.other_end());
    opening.expect_open();
    // An address that is not this machine's (RFC 5737) can be nobody's source.
    let opening =
        user.open_with(listening.port(), |options| options.source = Some("192.0.2.1".parse().unwrap()));
    opening.expect_error(Phase::Connect);
}

#[test]
fn more_contexts_than_there_are_ids_are_refused_before_connecting() {
    let mut options: OpenOptions = scripted::ours::options("127.0.0.1", 104);
    for _ in 1..128 {
        options.add_context(uids::VERIFICATION, vec![]).unwrap();
    }
    let error = options.add_context(uids::VERIFICATION, vec![]).unwrap_err();
    assert!(matches!(error.cause(), Cause::InvalidArgument(_)), "{error}");
}

#[test]
fn all_128_contexts_can_be_proposed_and_used() {
    let (node, user) = (Node::start(), User::new());
    let opening = user.open_with(node.address().port(), |options| {
        for _ in 1..128 {
            options.add_context(uids::VERIFICATION, vec![]).unwrap();
        }
    });
    let ours = opening.expect_open();
    assert_eq!(ours.association.facts().unwrap().negotiated.accepted.len(), 128);
    ours.echo().expect_success();
    ours.release().expect_done();
}

// ---- cancel ---------------------------------------------------------------------------------------------------------

#[test]
fn cancel_while_connecting_is_obeyed_at_once() {
    let (user, deaf) = (User::new(), Deaf::begin());
    let opening = user.open(deaf.port());
    std::thread::sleep(Duration::from_millis(20));
    opening.asked.expect_open();
    let since = Span::begin();
    opening.asked.operation.cancel();
    opening.asked.expect_cancelled(Phase::Connect);
    since.expect_at_once();
    assert!(opening.association.is_over());
}

#[test]
fn cancel_before_anybody_has_driven_it_is_obeyed_at_once() {
    let user = User::new();
    let listening = Listening::begin();
    let opening = user.prepare("127.0.0.1", listening.port(), |_| ());
    opening.asked.operation.cancel();
    opening.asked.expect_cancelled(Phase::Connect);
    opening.association.go_cold();
    opening.asked.expect_cancelled(Phase::Connect);
}

#[test]
fn cancel_while_associating_is_obeyed_at_once_and_the_peer_is_told() {
    let user = User::new();
    let listening = Listening::begin();
    let opening = user.open(listening.port());
    let (peer, _) = listening.accept_request();
    let since = Span::begin();
    opening.asked.operation.cancel();
    opening.asked.expect_cancelled(Phase::Associate);
    since.expect_at_once();
    assert_eq!(peer.expect_abort_and_close(), AbortReason::USER);
}

#[test]
fn cancel_against_the_answer_gives_one_outcome() {
    let user = User::new();
    for round in 0..scripted::count(200, 5000) {
        let listening = Listening::begin();
        let opening = user.open(listening.port());
        let (mut peer, request) = listening.accept_request();
        let operation = opening.asked.operation.clone();
        let canceller = std::thread::spawn(move || operation.cancel());
        if round % 2 == 0 {
            peer.try_send(&bytes::ac(bytes::acceptance(&request)));
        } else {
            peer.try_send(&bytes::rj(1, 1, 1));
        }
        canceller.join().unwrap();
        match (opening.asked.outcome().result, opening.asked.operation.take_product()) {
            (Ok(()), Some(owner)) => drop(owner),
            (Err(_), None) => {}
            (result, owner) => panic!("{result:?} and {}", owner.is_some()),
        }
        // Open or not, nothing of it stays: the owner is gone.
        while !matches!(peer.next(PATIENCE), Came::End) {
            peer.half_close();
        }
    }
}

#[test]
fn an_abort_while_connecting_or_associating_ends_the_opening() {
    let (user, deaf, listening) = (User::new(), Deaf::begin(), Listening::begin());
    let connecting = user.open(deaf.port());
    connecting.association.abort();
    connecting.asked.expect_cancelled(Phase::Connect);
    let associating = user.open(listening.port());
    let (peer, _) = listening.accept_request();
    associating.association.abort();
    associating.asked.expect_cancelled(Phase::Associate);
    assert_eq!(peer.expect_abort_and_close(), AbortReason::USER);
}

#[test]
fn the_thread_of_a_blocking_open_returns_when_another_cancels() {
    let (user, deaf) = (User::new(), Deaf::begin());
    let opening = user.prepare("127.0.0.1", deaf.port(), |_| ());
    let since = Span::begin();
    std::thread::scope(|scope| {
        scope.spawn(|| opening.association.drive(&opening.asked.operation));
        std::thread::sleep(Duration::from_millis(20));
        opening.asked.operation.cancel();
    });
    since.expect_at_once();
    opening.asked.expect_cancelled(Phase::Connect);
}

// ---- rejected -------------------------------------------------------------------------------------------------------

#[test]
fn every_rejection_is_told_in_words() {
    let user = User::new();
    let listening = Listening::begin();
    #[rustfmt::skip] // a table
    let table = [
        ((1, 1, 1), "no reason given (permanent, by the service user; 1,1,1)"),
        ((1, 1, 2), "application context name not supported (permanent, by the service user; 1,1,2)"),
        ((1, 1, 3), "calling AE title not recognized (permanent, by the service user; 1,1,3)"),
        ((1, 1, 7), "called AE title not recognized (permanent, by the service user; 1,1,7)"),
        ((1, 2, 1), "no reason given (permanent, by the service provider, ACSE; 1,2,1)"),
        ((1, 2, 2), "protocol version not supported (permanent, by the service provider, ACSE; 1,2,2)"),
        ((1, 3, 1), "temporary congestion (permanent, by the service provider, presentation; 1,3,1)"),
        ((1, 3, 2), "local limit exceeded (permanent, by the service provider, presentation; 1,3,2)"),
        ((2, 1, 1), "no reason given (transient, by the service user; 2,1,1)"),
        ((2, 1, 2), "application context name not supported (transient, by the service user; 2,1,2)"),
        ((2, 1, 3), "calling AE title not recognized (transient, by the service user; 2,1,3)"),
        ((2, 1, 7), "called AE title not recognized (transient, by the service user; 2,1,7)"),
        ((2, 2, 1), "no reason given (transient, by the service provider, ACSE; 2,2,1)"),
        ((2, 2, 2), "protocol version not supported (transient, by the service provider, ACSE; 2,2,2)"),
        ((2, 3, 1), "temporary congestion (transient, by the service provider, presentation; 2,3,1)"),
        ((2, 3, 2), "local limit exceeded (transient, by the service provider, presentation; 2,3,2)"),
        ((1, 1, 4), "reserved reason (permanent, by the service user; 1,1,4)"),
        ((1, 3, 0), "reserved reason (permanent, by the service provider, presentation; 1,3,0)"),
        ((1, 4, 1), "reserved reason (permanent, by the reserved source; 1,4,1)"),
        ((0, 0, 0), "reserved reason (reserved result, by the reserved source; 0,0,0)"),
        ((255, 255, 255), "reserved reason (reserved result, by the reserved source; 255,255,255)"),
    ];
    for ((result, source, reason), words) in table {
        let opening = user.open(listening.port());
        let (mut peer, _) = listening.accept_request();
        peer.send(&bytes::rj(result, source, reason));
        let error = opening.expect_error(Phase::Associate);
        assert_eq!(error.cause(), &Cause::Rejected(Rejection { result, source, reason }));
        let place = format!("(while associating, NODE at 127.0.0.1:{}); ", listening.port());
        assert_eq!(error.to_string(), format!("association rejected: {words} {place}{}", error.hint()));
        assert!(!error.hint().is_empty());
        assert_eq!(error.is_retryable(), result == 2);
        // AE-4: whoever receives the rejection closes.
        peer.expect_end();
    }
}

// ---- odd acceptances ------------------------------------------------------------------------------------------------

/// Opens with contexts 1 and 3 for Verification and 5 for C-FIND, and answers as `adapt` says.
#[track_caller]
fn answered(user: &User, adapt: impl FnOnce(&mut AssociateAc)) -> (scripted::ours::Opening, Peer) {
    let listening = Listening::begin();
    let opening = user.open_with(listening.port(), |options| {
        options.add_context(uids::VERIFICATION, vec![]).unwrap();
        options.add_context(uids::STUDY_ROOT_FIND, vec![]).unwrap();
    });
    let (mut peer, request) = listening.accept_request();
    let mut acceptance = bytes::acceptance(&request);
    adapt(&mut acceptance);
    peer.send(&bytes::ac(acceptance));
    (opening, peer)
}

/// It is open, and verifies over this context.
#[track_caller]
fn expect_echo_over(ours: &Ours, peer: &mut Peer, context: u8) {
    let echo = ours.echo();
    let (over, request) = peer.expect_command();
    assert_eq!(over, context);
    peer.send(&bytes::echo_rsp(context, request.message_id));
    echo.expect_success();
}

fn irregularities(ours: &Ours) -> Vec<Irregularity> {
    ours.association.facts().unwrap().negotiated.irregularities.clone()
}

#[test]
fn an_acceptance_of_no_context_names_class_and_reason_and_ends_with_a_release() {
    let user = User::new();
    let answers = [
        (ContextAnswer::UserRejection, "user rejection"),
        (ContextAnswer::NoReason, "no reason (provider rejection)"),
        (ContextAnswer::AbstractSyntaxNotSupported, "abstract syntax not supported (provider rejection)"),
        (ContextAnswer::TransferSyntaxesNotSupported, "transfer syntaxes not supported (provider rejection)"),
    ];
    for (answer, words) in answers {
        let (opening, mut peer) = answered(&user, |acceptance| {
            for context in &mut acceptance.contexts {
                context.result = answer;
            }
        });
        let error = opening.expect_error(Phase::Associate);
        assert!(matches!(error.cause(), Cause::NoContext(_)), "{error}");
        for part in ["accepted none", "Verification", "Study Root", words, "ask which SOP classes"] {
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
        peer.expect_release_rq();
        peer.send(&bytes::release_rp());
        peer.expect_end();
    }
}

#[test]
fn a_reserved_result_is_a_refusal() {
    let user = User::new();
    let listening = Listening::begin();
    let opening = user.open(listening.port());
    let (mut peer, request) = listening.accept_request();
    let mut acceptance = bytes::ac(bytes::acceptance(&request));
    // The result of the one context becomes 9.
    let at = acceptance.windows(4).position(|item| item[0] == 0x21 && item[1] == 0).unwrap();
    acceptance[at + 6] = 9;
    peer.send(&acceptance);
    let error = opening.expect_error(Phase::Associate);
    assert!(error.to_string().contains("reserved result 9"), "{error}");
    peer.expect_release_rq();
}

#[test]
fn a_peer_that_accepts_nothing_and_does_not_release_either_is_aborted() {
    let user = User::new();
    let listening = Listening::begin();
    let opening = user.open_with(listening.port(), |options| options.timeouts.release = Some(limit()));
    let (mut peer, request) = listening.accept_request();
    let mut acceptance = bytes::acceptance(&request);
    acceptance.contexts[0].result = ContextAnswer::UserRejection;
    peer.send(&bytes::ac(acceptance));
    let since = Span::begin();
    opening.expect_error(Phase::Associate);
    peer.expect_release_rq();
    assert_eq!(peer.expect_abort(), AbortReason::USER);
    since.expect(limit());
}

#[test]
fn results_may_come_in_any_order_and_of_a_refused_context_only_the_result_counts() {
    let user = User::new();
    let (opening, mut peer) = answered(&user, |acceptance| {
        acceptance.contexts.reverse();
        acceptance.contexts[2].result = ContextAnswer::UserRejection;
        acceptance.contexts[2].transfer_syntax = Some(Uid::from_static("1.2.3.4"));
        acceptance.called = scripted::bytes::ae("SOMEBODY");
        acceptance.calling = scripted::bytes::ae("ELSE");
    });
    let ours = opening.expect_open();
    assert_eq!(irregularities(&ours), []);
    expect_echo_over(&ours, &mut peer, 3);
}

#[test]
fn results_for_contexts_that_were_not_proposed_are_left_out_and_reported() {
    log::listen();
    let user = User::new();
    let (opening, mut peer) = answered(&user, |acceptance| {
        for number in [9, 11, 255] {
            acceptance.contexts.insert(0, ContextResult { id: id(number), ..acceptance.contexts[0].clone() });
        }
    });
    let ours = opening.expect_open();
    let unknown = [255, 11, 9].map(|number| Irregularity::NotProposed(id(number)));
    assert_eq!(irregularities(&ours), unknown);
    log::expect(&[
        "the answer of NODE at",
        "a result for context 255, which was not proposed",
        &peer.address(),
    ]);
    expect_echo_over(&ours, &mut peer, 1);
    // A message over one of them is none of this association.
    peer.send(&bytes::echo_rq(9, 1));
    assert_eq!(peer.expect_abort_and_close(), AbortReason::USER);
}

#[test]
fn a_context_without_a_result_counts_as_refused() {
    let user = User::new();
    let (opening, mut peer) = answered(&user, |acceptance| {
        acceptance.contexts.remove(0);
    });
    let ours = opening.expect_open();
    assert_eq!(irregularities(&ours), [Irregularity::Unanswered(id(1))]);
    expect_echo_over(&ours, &mut peer, 3);
}

#[test]
fn a_transfer_syntax_that_was_not_proposed_counts_as_a_refusal() {
    let user = User::new();
    let (opening, mut peer) = answered(&user, |acceptance| {
        acceptance.contexts[0].transfer_syntax = Some(uids::JPEG_BASELINE);
    });
    let ours = opening.expect_open();
    assert_eq!(irregularities(&ours), [Irregularity::TransferSyntaxNotProposed(id(1))]);
    expect_echo_over(&ours, &mut peer, 3);
}

#[test]
fn an_answer_with_nothing_but_irregular_contexts_says_what_is_wrong_with_them() {
    let user = User::new();
    let (opening, mut peer) = answered(&user, |acceptance| {
        acceptance.contexts.truncate(1);
        acceptance.contexts[0].transfer_syntax = Some(uids::JPEG_BASELINE);
    });
    let error = opening.expect_error(Phase::Associate);
    assert!(matches!(error.cause(), Cause::NoContext(_)), "{error}");
    for part in ["context 1 was accepted without a proposed transfer syntax", "no result for context 3"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    peer.expect_release_rq();
}

#[test]
fn an_answer_that_is_malformed_is_aborted_2_6() {
    let user = User::new();
    let context =
        |id: u8, result: u8| item(0x21, &bytes![[id, 0, result, 0], item(0x40, b"1.2.840.10008.1.2")]);
    let application_context = item(0x10, b"1.2.840.10008.3.1.1.1");
    #[rustfmt::skip] // a table
    let table = [
        ("a result twice", bytes![application_context, context(1, 0), context(1, 0)]),
        ("a result twice, refused once", bytes![application_context, context(1, 0), context(1, 3)]),
        ("a result for context 2", bytes![application_context, context(1, 0), context(2, 0)]),
        ("an item that runs over the end", bytes![application_context, [0x21, 0, 0xFF, 0xFF, 1]]),
        ("a maximum length of 3 bytes", bytes![application_context, context(1, 0), item(0x50, &item(0x51, &[0; 3]))]),
        ("a maximum length of 7", bytes![application_context, context(1, 0), item(0x50, &item(0x51, &[0, 0, 0, 7]))]),
        ("a maximum length of 1", bytes![application_context, context(1, 0), item(0x50, &item(0x51, &[0, 0, 0, 1]))]),
    ];
    for (what, items) in table {
        let listening = Listening::begin();
        let opening = user.open(listening.port());
        let (mut peer, _) = listening.accept_request();
        peer.send(&bytes::associate(2, &items));
        assert_eq!(peer.expect_abort_and_close(), AbortReason::INVALID_PARAMETER, "{what}");
        let error = opening.expect_error(Phase::Associate);
        assert!(matches!(error.cause(), Cause::Protocol(_)), "{what}: {error}");
    }
}

#[test]
fn an_answer_without_anything_that_it_need_not_have_is_enough() {
    let user = User::new();
    let listening = Listening::begin();
    let opening = user.open(listening.port());
    let (mut peer, _) = listening.accept_request();
    // One result and nothing else; what a refused one would carry, unknown items and reserved bytes.
    let result =
        item(0x21, &bytes![[1, 0xFF, 0, 0xFF], item(0x77, b"?"), item(0x40, b"1.2.840.10008.1.2\0")]);
    peer.send(&bytes::associate(2, &bytes![item(0x88, &[1, 2, 3]), result]));
    let ours = opening.expect_open();
    expect_echo_over(&ours, &mut peer, 1);
}

#[test]
fn what_a_peer_takes_in_a_pdu_is_kept_to() {
    let user = User::new();
    for (announced, longest) in [(0, 1 << 20), (8, 8), (9, 8), (11, 10), (100, 100), (u32::MAX, 1 << 20)] {
        let (opening, mut peer) = answered(&user, |acceptance| {
            acceptance.user.max_pdu_length = Some(MaxPduLength::from_wire(announced));
        });
        let ours = opening.expect_open();
        let echo = ours.echo();
        let mut fragments = 0;
        let mut set = Vec::new();
        loop {
            let Came::Data(pdvs) = peer.next(PATIENCE) else { panic!("no P-DATA-TF") };
            assert_eq!(pdvs.len(), 1);
            assert!(pdvs[0].value.len() + 6 <= longest && pdvs[0].value.len() % 2 == 0, "{announced}");
            set.extend_from_slice(&pdvs[0].value);
            fragments += 1;
            if pdvs[0].last {
                break;
            }
        }
        assert_eq!(fragments, set.len().div_ceil(longest - 6), "{announced}");
        let request = dimse::dimse::decode::decode(&set).unwrap();
        peer.send(&bytes::echo_rsp(1, request.message_id));
        echo.expect_success();
    }
}

#[test]
fn an_acceptance_and_what_follows_it_may_come_in_one_write() {
    let user = User::new();
    let listening = Listening::begin();
    let opening = user.open(listening.port());
    let (mut peer, request) = listening.accept_request();
    // Accepted, and asked for something, and released, before anybody here could say a word.
    peer.send(&bytes![
        bytes::ac(bytes::acceptance(&request)),
        bytes::echo_rq(1, 5),
        bytes::pdu(&Pdu::ReleaseRq)
    ]);
    assert_eq!(peer.expect_status(5), 0x0211);
    peer.expect_release_rp();
    let ours = opening.expect_open();
    assert_eq!(ours.echo().expect_error(Phase::Idle).cause(), &Cause::Released);
}
