//! What no DICOM peer should send: garbage, PDUs at the wrong time, ids that do not exist, other protocols.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use std::net::SocketAddr;

use dimse::dimse::command::{CommandSet, Priority};
use dimse::dimse::status::Status;
use dimse::error::{Cause, Phase};
use dimse::net::association_request::AssociationRequest;
use dimse::net::request::Request;
use dimse::types::{AbortReason, MaxPduLength, Rejection, Uid};
use dimse::wire::item::{AsyncWindow, UserInformation};
use dimse::wire::pdu::Pdu;
use dimse::wire::uids;
use scripted::bytes::{self, COMMAND, LAST, bytes, item};
use scripted::ours::{Node, Opening, Ours, User, handed, kept};
use scripted::peer::{Came, Listening, Peer};
use scripted::{PATIENCE, Span, count, limit, log};

const USER: AbortReason = AbortReason::USER;
const UNKNOWN: AbortReason = AbortReason::UNRECOGNIZED_PDU;
const UNEXPECTED: AbortReason = AbortReason::UNEXPECTED_PDU;
const INVALID: AbortReason = AbortReason::INVALID_PARAMETER;

/// Bytes that are no PDU in any state, and what an A-ABORT says of them.
fn garbage() -> Vec<(Vec<u8>, AbortReason)> {
    let mut all = vec![
        (vec![0; 64], UNKNOWN),
        (vec![0xFF; 64], UNKNOWN),
        (vec![8, 0, 0, 0, 0, 4, 0, 0, 0, 0], UNKNOWN),
        (vec![0x80], UNKNOWN),
        (vec![1, 0, 0xFF, 0xFF, 0xFF, 0xFF], INVALID),
        (vec![1, 0, 0, 0, 0, 0], INVALID),
        (vec![2, 0, 0x7F, 0xFF, 0xFF, 0xFF], INVALID),
        (vec![3, 0, 0, 0, 0, 5], INVALID),
        (vec![5, 0, 0, 0, 0, 0], INVALID),
        (vec![6, 0, 0xFF, 0xFF, 0xFF, 0xFF], INVALID),
        (vec![7, 0, 0, 0, 0, 3], INVALID),
        (vec![4, 0, 0, 0, 0, 0], INVALID),
    ];
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..count(8, 500) {
        // Nothing that begins like a PDU, or like a protocol that is known by its first letters.
        let mut bytes: Vec<u8> = (0..=random.next() % 300).map(|_| random.next().to_le_bytes()[3]).collect();
        bytes[0] |= 0x80;
        all.push((bytes, UNKNOWN));
    }
    all
}

/// The same sequence in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

// ---- the provider ---------------------------------------------------------------------------------------------------

/// A node whose handlers decide nothing and answer nothing, and peers in each state of it.
struct Stage {
    node: Node,
    asked: std::sync::mpsc::Receiver<AssociationRequest>,
    requests: std::sync::mpsc::Receiver<Request>,
}

impl Stage {
    fn new() -> Self {
        let (association_handler, asked) = kept();
        let (request_handler, requests) = kept();
        let node = Node::start_with(|options| {
            options.association_handler = association_handler;
            options.request_handler = request_handler;
        });
        Self { node, asked, requests }
    }

    fn sta3(&self) -> (Peer, AssociationRequest) {
        let mut peer = self.node.connect();
        peer.send(&bytes::rq(bytes::request()));
        (peer, handed(&self.asked))
    }

    fn sta6(&self) -> Peer {
        let (mut peer, request) = self.sta3();
        request.accept();
        peer.expect_acceptance();
        peer
    }

    /// Sta6 while a handler has a request.
    fn working(&self) -> (Peer, Request) {
        let mut peer = self.sta6();
        peer.send(&bytes::echo_rq(1, 1));
        (peer, handed(&self.requests))
    }

    fn sta8(&self) -> (Peer, Request) {
        let (mut peer, request) = self.working();
        peer.send(&bytes::release_rq());
        (peer, request)
    }
}

#[test]
fn garbage_is_answered_with_an_abort_in_every_state_of_the_provider() {
    let stage = Stage::new();
    for (bytes, reason) in garbage() {
        let abort = |mut peer: Peer| {
            peer.send(&bytes);
            peer.expect_abort_and_close()
        };
        assert_eq!(abort(stage.node.connect()), USER, "Sta2 {bytes:02X?}");
        let (peer, undecided) = stage.sta3();
        assert_eq!(abort(peer), reason, "Sta3 {bytes:02X?}");
        undecided.accept();
        assert_eq!(abort(stage.sta6()), reason, "Sta6 {bytes:02X?}");
        let (peer, request) = stage.working();
        assert_eq!(abort(peer), reason, "Sta6 with a request open {bytes:02X?}");
        assert!(request.is_cancelled());
        let (peer, request) = stage.sta8();
        assert_eq!(abort(peer), reason, "Sta8 {bytes:02X?}");
        assert!(request.is_cancelled());
    }
    stage.node.expect_empty();
}

#[test]
fn garbage_in_the_middle_of_a_data_pdu_ends_the_association() {
    let node = Node::start();
    let message = bytes::echo_rq(1, 1);
    let table: [(&str, Vec<u8>); 5] = [
        ("a PDV longer than its PDU", bytes![message[..6], [0, 0, 0xFF, 0xFF, 1, 3]]),
        ("a PDV of 1", bytes![message[..6], [0, 0, 0, 1, 1, 3]]),
        ("a PDV on context 2", bytes![message[..6], message[6..10], [2, 3]]),
        ("a PDV on context 0", bytes![message[..6], message[6..10], [0, 3]]),
        ("bytes behind the last PDV", bytes::framed(4, &[0, 0, 0, 2, 1, 1, 0, 0])),
    ];
    for (what, bytes) in table {
        let mut peer = node.associate();
        peer.send(&bytes);
        assert_eq!(peer.expect_abort_and_close(), INVALID, "{what}");
    }
    node.expect_empty();
}

#[test]
fn a_pdu_at_the_wrong_time_is_answered_with_an_abort_in_every_state_of_the_provider() {
    let stage = Stage::new();
    let rq = bytes::rq(bytes::request());
    let ac = bytes::ac(bytes::acceptance(&bytes::request()));
    let (rj, data) = (bytes::rj(1, 1, 1), bytes::echo_rq(1, 77));
    let (release, released) = (bytes::release_rq(), bytes::release_rp());
    let abort = |mut peer: Peer, bytes: &[u8]| {
        peer.send(bytes);
        peer.expect_abort_and_close()
    };
    for bytes in [&ac, &rj, &data, &release, &released] {
        assert_eq!(abort(stage.node.connect(), bytes), USER, "Sta2 {bytes:02X?}");
    }
    for bytes in [&rq, &ac, &rj, &data, &release, &released] {
        let (peer, _undecided) = stage.sta3();
        assert_eq!(abort(peer, bytes), UNEXPECTED, "Sta3 {bytes:02X?}");
    }
    for bytes in [&rq, &ac, &rj, &released] {
        assert_eq!(abort(stage.sta6(), bytes), UNEXPECTED, "Sta6 {bytes:02X?}");
        let (peer, request) = stage.working();
        assert_eq!(abort(peer, bytes), UNEXPECTED, "Sta6 with a request open {bytes:02X?}");
        assert!(request.is_cancelled());
    }
    for bytes in [&rq, &ac, &rj, &data, &release, &released] {
        let (peer, request) = stage.sta8();
        assert_eq!(abort(peer, bytes), UNEXPECTED, "Sta8 {bytes:02X?}");
        assert!(request.is_cancelled());
    }
    stage.node.expect_empty();
}

#[test]
fn after_the_end_invalid_pdus_are_answered_once_and_others_not_at_all() {
    let node = Node::start_with(|options| options.timeouts.artim = limit());
    let since = Span::begin();
    let mut peer = node.associate();
    peer.send(&bytes::release_rq());
    peer.expect_release_rp();
    for bytes in [bytes::echo_rq(1, 1), bytes::release_rq(), bytes::release_rp(), bytes::rj(1, 1, 1)] {
        peer.send(&bytes);
    }
    peer.send(&bytes::rq(bytes::request()));
    assert_eq!(peer.expect_abort(), UNEXPECTED);
    peer.send(&bytes::rq(bytes::request()));
    peer.send(&[0xFF; 1000]);
    peer.expect_end_at(since, limit());
    node.expect_empty();
}

#[test]
fn messages_that_break_the_protocol_end_the_association() {
    let node = Node::start();
    let verification = CommandSet::c_echo_rq(1);
    let set = bytes::command_set(&verification);
    let with_data = bytes::command_set(&verification.clone().with_data_set());
    let both = |first: u8, second: u8| {
        bytes::p_data(&[(first, COMMAND | LAST, &with_data), (second, LAST, &[0, 0])])
    };
    let mut twice = set.clone();
    twice.extend_from_slice(&set[12..]);
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("a response to a request that nobody made", bytes::echo_rsp(1, 1)),
        ("a request on a context that was not accepted", bytes::echo_rq(3, 1)),
        ("a request on a context that was not proposed", bytes::echo_rq(255, 1)),
        ("a C-CANCEL-RQ on a context that was not accepted", bytes::message(3, &CommandSet::c_cancel_rq(1))),
        ("a data set without a command", bytes::p_data(&[(1, LAST, &[0, 0])])),
        ("a data set inside a command", bytes::p_data(&[(1, COMMAND, &set[..20]), (1, LAST, &[0, 0])])),
        ("a data set on another context", both(1, 5)),
        (
            "a command inside a data set",
            bytes::p_data(&[(1, COMMAND | LAST, &with_data), (1, COMMAND | LAST, &set)]),
        ),
        (
            "a command that goes on, on another context",
            bytes::p_data(&[(1, COMMAND, &set[..20]), (5, COMMAND | LAST, &set[20..])]),
        ),
        ("an empty command set", bytes::p_data(&[(1, COMMAND | LAST, &[])])),
        ("a command set that is cut", bytes::p_data(&[(1, COMMAND | LAST, &set[..set.len() - 1])])),
        ("a command set without a message id", {
            let mut set = set.clone();
            // (0000,0110) becomes (0000,0111), which nobody knows.
            let at = set.windows(4).position(|tag| tag == [0, 0, 0x10, 0x01]).unwrap();
            set[at + 2] = 0x11;
            bytes::p_data(&[(1, COMMAND | LAST, &set)])
        }),
        ("a command set with its elements twice", bytes::p_data(&[(1, COMMAND | LAST, &twice)])),
        (
            "a command set of another group",
            bytes::p_data(&[(1, COMMAND | LAST, &[8, 0, 0, 0, 2, 0, 0, 0, 1, 0])]),
        ),
        ("a command set of more than 64 KiB", bytes::p_data(&[(1, COMMAND, &vec![0; 65 * 1024])])),
    ];
    for (what, bytes) in table {
        let mut request = bytes::request();
        request.contexts.push(bytes::proposed(3, &uids::STUDY_ROOT_FIND));
        request.contexts.push(bytes::proposed(5, &uids::VERIFICATION));
        let mut peer = Peer::associate_with(node.address(), request);
        peer.send(&bytes);
        assert_eq!(peer.expect_abort_and_close(), USER, "{what}");
    }
    node.expect_empty();
    assert_eq!(node.counters().requests_total, 2, "those whose command was whole");
}

#[test]
fn what_stands_behind_the_offence_in_the_same_pdu_is_not_looked_at() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| options.request_handler = handler);
    let set = bytes::command_set(&CommandSet::c_echo_rq(1));
    let mut peer = node.associate();
    peer.send(&bytes::p_data(&[(3, COMMAND | LAST, &set), (1, COMMAND | LAST, &set)]));
    peer.expect_abort_and_close();
    node.expect_empty();
    assert!(requests.try_recv().is_err(), "a handler has got a request of an association that has ended");
    assert_eq!(node.counters().requests_total, 0);
}

#[test]
fn known_and_unknown_requests_that_verification_does_not_have_are_answered_and_the_association_stays() {
    let node = Node::start();
    let mut peer = node.associate();
    let class = uids::VERIFICATION;
    let instance = Uid::from_static("1.2.3");
    let unknown = CommandSet {
        command_field: dimse::dimse::service::CommandField::Unknown(0x0042),
        ..CommandSet::c_echo_rq(1)
    };
    let table = [
        (unknown, 0x0211),
        (CommandSet::c_store_rq(2, class.clone(), instance.clone(), Priority::Medium), 0x0122),
        (CommandSet::c_find_rq(3, class.clone(), Priority::Medium), 0x0122),
        (CommandSet::n_get_rq(4, class.clone(), instance.clone(), vec![]).unwrap(), 0x0122),
        (CommandSet::n_delete_rq(5, class.clone(), instance), 0x0122),
        (CommandSet { affected_sop_class: Some(uids::STUDY_ROOT_FIND), ..CommandSet::c_echo_rq(6) }, 0x0122),
        (CommandSet { affected_sop_class: None, ..CommandSet::c_echo_rq(7) }, 0x0000),
    ];
    for (request, status) in table {
        let mut bytes = bytes::message(1, &request);
        if request.has_data_set {
            bytes.extend(bytes::p_data(&[(1, 0, &[8, 0]), (1, LAST, &[0x52, 0, 0, 0, 0, 0])]));
        }
        peer.send(&bytes);
        let (context, response) = peer.expect_command();
        assert_eq!((context, response.message_id), (1, request.message_id));
        assert_eq!(response.command_field, request.command_field.response());
        assert_eq!(response.status, Some(Status(status)), "{}", request.command_field);
        assert!(!response.has_data_set);
    }
    peer.send(&bytes::echo_rq(1, 9));
    peer.expect_echo_rsp(9);
}

// ---- malformed association requests ---------------------------------------------------------------------------------

/// What an association request leads to.
enum Answer {
    Abort(AbortReason),
    Reject(Rejection),
}

#[rustfmt::skip] // a table
fn bad_requests() -> Vec<(&'static str, Vec<u8>, Answer)> {
    let application_context = item(0x10, b"1.2.840.10008.3.1.1.1");
    let verification = bytes![item(0x30, b"1.2.840.10008.1.1"), item(0x40, b"1.2.840.10008.1.2")];
    let context = |id: u8| item(0x20, &bytes![[id, 0, 0, 0], verification]);
    let user = |sub_items: &[u8]| item(0x50, sub_items);
    let with = |items: &[u8]| bytes::associate(1, &bytes![application_context, context(1), items]);
    let whole = bytes::rq(bytes::request());
    let adapted = |adapt: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        adapt(&mut bytes);
        bytes
    };
    let spoken = |adapt: &dyn Fn(&mut dimse::wire::pdu::AssociateRq)| {
        let mut request = bytes::request();
        adapt(&mut request);
        bytes::rq(request)
    };
    let abort = || Answer::Abort(USER);
    vec![
        ("a length of 0", vec![1, 0, 0, 0, 0, 0], abort()),
        ("a length below the fixed fields", bytes::framed(1, &[0; 67]), abort()),
        ("a length of 4 GiB", bytes![[1, 0, 0xFF, 0xFF, 0xFF, 0xFF], whole[6..]], abort()),
        ("a length of 1 MiB and 1", vec![1, 0, 0, 0x10, 0, 1], abort()),
        ("an item that runs over the end", bytes::associate(1, &[0x10, 0, 0, 9, b'1']), abort()),
        ("an item without a length", bytes::associate(1, &[0x10, 0, 0]), abort()),
        ("a byte behind the last item", with(&[0]), abort()),
        ("a context without its fixed fields", with(&item(0x20, &[3, 0, 0])), abort()),
        ("a context with an even id", bytes::associate(1, &bytes![application_context, context(2)]), abort()),
        ("a context with the id 0", bytes::associate(1, &bytes![application_context, context(0)]), abort()),
        ("a context id twice", with(&context(1)), abort()),
        ("a context whose sub-item runs over its end", with(&item(0x20, &[3, 0, 0, 0, 0x30, 0, 0, 20])), abort()),
        ("a context with a byte too many", with(&item(0x20, &bytes![[3, 0, 0, 0], verification, [0x40]])), abort()),
        ("a maximum length of 2 bytes", with(&user(&item(0x51, &[0, 1]))), abort()),
        ("a maximum length of 5 bytes", with(&user(&item(0x51, &[0; 5]))), abort()),
        ("a window of 3 bytes", with(&user(&item(0x53, &[0; 3]))), abort()),
        ("a role whose UID runs over its end", with(&user(&item(0x54, &[0, 9, b'1', 0, 1]))), abort()),
        ("a role without the roles", with(&user(&item(0x54, &[0, 1, b'1']))), abort()),
        ("an extended negotiation cut in its length", with(&user(&item(0x56, &[0]))), abort()),
        ("a common extended negotiation that is cut", with(&user(&item(0x57, &[0, 1, b'1', 0]))), abort()),
        ("an identity without its fields", with(&user(&item(0x58, &[1, 0]))), abort()),
        ("an identity whose name runs over its end", with(&user(&item(0x58, &[1, 0, 0xFF, 0xFF, b'a', 0, 0]))), abort()),
        ("a user information sub-item that runs over", with(&user(&[0x51, 0, 0, 4, 0])), abort()),
        ("a request twice", bytes![whole, whole], Answer::Abort(UNEXPECTED)),
        ("a maximum length of 7", spoken(&|rq| rq.user.max_pdu_length = Some(MaxPduLength::from_wire(7))), Answer::Abort(INVALID)),
        ("a maximum length of 1", spoken(&|rq| rq.user.max_pdu_length = Some(MaxPduLength::from_wire(1))), Answer::Abort(INVALID)),
        ("protocol version 0", adapted(&|bytes| bytes[7] = 0), Answer::Reject(Rejection::PROTOCOL_VERSION)),
        ("protocol version 2", adapted(&|bytes| bytes[7] = 2), Answer::Reject(Rejection::PROTOCOL_VERSION)),
        ("no item at all", bytes::associate(1, &[]), Answer::Reject(Rejection::APPLICATION_CONTEXT)),
        ("no application context", bytes::associate(1, &context(1)), Answer::Reject(Rejection::APPLICATION_CONTEXT)),
        ("another application context", spoken(&|rq| rq.application_context = Some(Uid::from_static("1.2.840.10008.3.1.1.2"))), Answer::Reject(Rejection::APPLICATION_CONTEXT)),
        ("an application context that is no UID", bytes::associate(1, &bytes![item(0x10, b"DICOM"), context(1)]), Answer::Reject(Rejection::APPLICATION_CONTEXT)),
    ]
}

#[test]
fn a_bad_association_request_is_answered_and_closed_in_bounded_time() {
    // The first answer to a request twice would be the acceptance: here nobody has decided when the second comes.
    let (handler, requests) = kept::<AssociationRequest>();
    let node = Node::start_with(|options| {
        options.timeouts.artim = limit();
        options.timeouts.abort = limit();
        options.association_handler = handler;
    });
    let table = bad_requests();
    assert!(table.len() >= 20);
    std::thread::scope(|scope| {
        for (what, bytes, answer) in table {
            let node = &node;
            scope.spawn(move || {
                let mut peer = node.connect();
                let since = Span::begin();
                peer.send(&bytes);
                match answer {
                    Answer::Abort(reason) => assert_eq!(peer.expect_abort(), reason, "{what}"),
                    Answer::Reject(rejection) => assert_eq!(peer.expect_rejection(), rejection, "{what}"),
                }
                since.expect_at_once();
                assert_eq!(peer.next(PATIENCE), Came::End, "{what}");
                since.expect(limit());
            });
        }
        scope.spawn(move || {
            // Those that only the acceptance finds to be bad.
            let mut undecided = Vec::new();
            while let Ok(request) = requests.recv_timeout(limit() / 2) {
                if request.request().user.max_pdu_length.is_some_and(|length| length.get() < 8) {
                    request.accept();
                } else {
                    undecided.push(request);
                }
            }
        });
    });
    node.expect_empty();
}

#[test]
fn a_good_association_request_may_have_what_nobody_knows() {
    let node = Node::start();
    let mut request = bytes::request();
    request.user =
        UserInformation { async_window: Some(AsyncWindow { invoked: 0, performed: 0 }), ..request.user };
    let mut bytes = bytes::rq(request);
    // Unknown items, before and behind the known ones, and every reserved field set.
    bytes.splice(74..74, item(0x99, b"?"));
    bytes.extend(item(0xEE, &[7; 300]));
    let length = u32::try_from(bytes.len() - 6).unwrap().to_be_bytes();
    bytes[2..6].copy_from_slice(&length);
    bytes[1] = 0xFF;
    bytes[8..10].fill(0xFF);
    bytes[42..74].fill(0xFF);
    let mut peer = node.connect();
    peer.send(&bytes);
    peer.expect_acceptance();
    peer.send(&bytes::echo_rq(1, 1));
    peer.expect_echo_rsp(1);
}

// ---- other protocols ------------------------------------------------------------------------------------------------

/// A TLS 1.2 client hello, as much of it as a server needs to know that it is one.
const CLIENT_HELLO: &[u8] = &[0x16, 3, 1, 0, 0x2F, 1, 0, 0, 0x2B, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9];

#[test]
fn a_client_of_another_protocol_is_named_in_the_log_and_closed() {
    log::listen();
    let node = Node::start_with(|options| options.timeouts.artim = limit());
    for (protocol, hello) in [
        ("HTTP", &b"GET / HTTP/1.1\r\nHost: pacs\r\n\r\n"[..]),
        ("HTTP", b"POST /dicom-web/studies HTTP/1.1\r\n\r\n"),
        ("TLS", CLIENT_HELLO),
        ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ] {
        for in_pieces in [false, true] {
            let mut peer = node.connect();
            let since = Span::begin();
            if in_pieces {
                hello.chunks(1).take(4).for_each(|byte| assert!(peer.try_send(byte)));
            } else {
                peer.send(hello);
            }
            assert_eq!(peer.expect_abort(), USER, "{protocol}");
            peer.expect_end_at(since, limit());
            log::expect(&["the other side speaks", protocol, "not DICOM", &peer.address()]);
        }
    }
    node.expect_empty();
    node.expect_service();
}

#[test]
fn a_server_of_another_protocol_is_named_in_the_error_with_what_to_do() {
    let user = User::new();
    for (protocol, greeting) in [
        ("HTTP", &b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"[..]),
        ("TLS", &[0x15, 3, 1, 0, 2, 2, 70]),
        ("SSH", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ] {
        for closes in [false, true] {
            let listening = Listening::begin();
            let opening = user.open(listening.port());
            let (mut peer, _) = listening.accept_request();
            peer.send(greeting);
            if closes {
                peer.half_close();
            }
            let error = opening.expect_error(Phase::Associate);
            assert_eq!(error.cause(), &Cause::NotDicom(protocol));
            assert!(error.to_string().contains(&format!("speaks {protocol}, not DICOM")), "{error}");
            assert_eq!(error.hint(), "check the port number, and whether TLS is expected");
            assert!(!error.is_retryable());
        }
    }
}

// ---- the user -------------------------------------------------------------------------------------------------------

fn asked(user: &User, to: &Listening) -> (Opening, Peer) {
    let opening = user.open(to.port());
    let (peer, _) = to.accept_request();
    (opening, peer)
}

fn associated(user: &User, to: &Listening) -> (Ours, Peer) {
    let opening = user.open(to.port());
    let peer = to.associate();
    (opening.expect_open(), peer)
}

#[test]
fn garbage_and_pdus_at_the_wrong_time_end_the_users_operation_in_every_state() {
    let (user, to) = (User::new(), Listening::begin());
    let ac = bytes::ac(bytes::acceptance(&bytes::request()));
    let rq = bytes::rq(bytes::request());
    let rj = bytes::rj(1, 1, 1);
    let data = bytes::p_data(&[(1, COMMAND, &[0, 0])]);
    let mut bad = garbage();
    bad.push((rq, UNEXPECTED));
    let sta5 = [data, bytes::release_rq(), bytes::release_rp()].map(|bytes| (bytes, UNEXPECTED));
    for (bytes, reason) in bad.iter().chain(&sta5) {
        let (opening, mut peer) = asked(&user, &to);
        peer.send(bytes);
        assert_eq!(&peer.expect_abort_and_close(), reason, "Sta5 {bytes:02X?}");
        let error = opening.expect_error(Phase::Associate);
        assert!(matches!(error.cause(), Cause::Protocol(_)), "{error}");
    }
    bad.push((ac, UNEXPECTED));
    bad.push((rj, UNEXPECTED));
    let sta6 = [(bytes::release_rp(), UNEXPECTED)];
    for (bytes, reason) in bad.iter().chain(&sta6) {
        let (ours, mut peer) = associated(&user, &to);
        peer.send(bytes);
        assert_eq!(&peer.expect_abort_and_close(), reason, "Sta6 {bytes:02X?}");
        ours.echo().outcome().result.unwrap_err();

        let (ours, mut peer) = associated(&user, &to);
        let (open, waiting) = (ours.echo(), ours.echo());
        peer.expect_echo_rq();
        peer.send(bytes);
        assert_eq!(&peer.expect_abort_and_close(), reason, "Sta6, waiting {bytes:02X?}");
        let error = open.expect_error(Phase::Reply);
        assert!(matches!(error.cause(), Cause::Protocol(_)), "{error}");
        waiting.expect_error(Phase::Queued);
    }
    for (bytes, reason) in &bad {
        let (ours, mut peer) = associated(&user, &to);
        let release = ours.release();
        peer.expect_release_rq();
        peer.send(bytes);
        assert_eq!(&peer.expect_abort_and_close(), reason, "Sta7 {bytes:02X?}");
        let error = release.expect_error(Phase::Release);
        assert!(matches!(error.cause(), Cause::Protocol(_)), "{error}");
    }
}

#[test]
fn a_response_that_fits_to_nothing_ends_the_association() {
    let user = User::new();
    let echo = CommandSet::c_echo_rq(1);
    let find = CommandSet::c_find_rq(1, uids::STUDY_ROOT_FIND, Priority::Medium);
    let table = [
        ("another message id", bytes::echo_rsp(1, 2)),
        ("message id 0", bytes::echo_rsp(1, 0)),
        ("another context", bytes::echo_rsp(3, 1)),
        ("a context that was not accepted", bytes::echo_rsp(5, 1)),
        ("a context that was not proposed", bytes::echo_rsp(9, 1)),
        (
            "the response of another service",
            bytes::message(1, &CommandSet::response_to(&find, Status::SUCCESS)),
        ),
        ("a pending status", bytes::message(1, &CommandSet::response_to(&echo, Status::PENDING))),
        ("no status", {
            let mut set = bytes::command_set(&CommandSet::response_to(&echo, Status::SUCCESS));
            let at = set.windows(4).position(|tag| tag == [0, 0, 0, 9]).unwrap();
            set[at + 2] = 1;
            bytes::p_data(&[(1, COMMAND | LAST, &set)])
        }),
    ];
    for (what, bytes) in table {
        let to = Listening::begin();
        let opening = user.open_with(to.port(), |options| {
            options.add_context(uids::VERIFICATION, vec![]).unwrap();
            options.add_context(uids::STUDY_ROOT_FIND, vec![]).unwrap();
        });
        let (mut peer, request) = to.accept_request();
        let mut acceptance = bytes::acceptance(&request);
        acceptance.contexts[2].result = dimse::wire::item::ContextAnswer::AbstractSyntaxNotSupported;
        peer.send(&bytes::ac(acceptance));
        let ours = opening.expect_open();
        let open = ours.echo();
        peer.expect_echo_rq();
        peer.send(&bytes);
        assert_eq!(peer.expect_abort_and_close(), USER, "{what}");
        let error = open.expect_error(Phase::Reply);
        assert!(matches!(error.cause(), Cause::Protocol(_)), "{what}: {error}");
    }
}

#[test]
fn a_response_twice_ends_the_association_and_the_operation_is_done_once() {
    let (user, to) = (User::new(), Listening::begin());
    let (ours, mut peer) = associated(&user, &to);
    let open = ours.echo();
    let message_id = peer.expect_echo_rq();
    peer.send(&bytes![bytes::echo_rsp(1, message_id), bytes::echo_rsp(1, message_id)]);
    open.expect_success();
    assert_eq!(peer.expect_abort_and_close(), USER);
    ours.echo().outcome().result.unwrap_err();
}

#[test]
fn a_peers_request_to_a_user_is_answered_that_there_is_no_such_service() {
    let (user, to) = (User::new(), Listening::begin());
    let (ours, mut peer) = associated(&user, &to);
    let open = ours.echo();
    let message_id = peer.expect_echo_rq();
    // Message ids of the two directions count apart.
    peer.send(&bytes::echo_rq(1, message_id));
    assert_eq!(peer.expect_status(message_id), 0x0211);
    peer.send(&bytes::echo_rsp(1, message_id));
    open.expect_success();
}

#[test]
fn a_peers_abort_is_told_in_words_in_every_phase() {
    let (user, to) = (User::new(), Listening::begin());
    let aborts = [
        (0, 0, "by the service user"),
        (2, 0, "reason not specified"),
        (2, 1, "unrecognized PDU"),
        (2, 2, "unexpected PDU"),
        (2, 3, "reserved"),
        (2, 4, "unrecognized PDU parameter"),
        (2, 5, "unexpected PDU parameter"),
        (2, 6, "invalid PDU parameter"),
        (1, 0, "by a reserved source"),
        (255, 255, "by a reserved source"),
    ];
    for (source, reason, words) in aborts {
        let reason = AbortReason { source, reason };
        let abort = bytes::pdu(&Pdu::Abort(reason));

        let (opening, mut peer) = asked(&user, &to);
        peer.send(&abort);
        let error = opening.expect_error(Phase::Associate);
        assert_eq!(error.cause(), &Cause::Aborted(reason));
        assert!(error.to_string().contains(words), "{error}");
        peer.expect_end();

        let (ours, mut peer) = associated(&user, &to);
        let open = ours.echo();
        peer.expect_echo_rq();
        peer.send(&abort);
        assert_eq!(open.expect_error(Phase::Reply).cause(), &Cause::Aborted(reason));
        peer.expect_end();

        let (ours, mut peer) = associated(&user, &to);
        let release = ours.release();
        peer.expect_release_rq();
        peer.send(&abort);
        assert_eq!(release.expect_error(Phase::Release).cause(), &Cause::Aborted(reason));
        peer.expect_end();
    }
}

#[test]
fn a_port_of_another_node_that_nobody_asked_for_is_no_matter() {
    // A node that is called by its own user, over the same process's library.
    let (node, user) = (Node::start(), User::new());
    let SocketAddr::V4(address) = node.address() else { panic!("{:?}", node.address()) };
    let ours = user.open(address.port()).expect_open();
    ours.echo().expect_success();
    ours.release().expect_done();
    node.expect_empty();
}
