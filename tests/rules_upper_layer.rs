//! Each rule for the upper layer, by name: over a real connection where the bytes on a socket say something that the
//! tests without I/O do not.
//!
//! | rule (PS3.8 unless said otherwise)                              | test                                                       |
//! |-----------------------------------------------------------------|------------------------------------------------------------|
//! | every cell of table 9-10 is data and has a test (9.2.3)         | `ul_table.rs`, `ul_machine.rs`                             |
//! | Sta2: anything but A-ASSOCIATE-RQ or A-ABORT: A-ABORT source 0, | `sta2_takes_a_request_or_an_abort_and_nothing_else`        |
//! | ARTIM, Sta13 (AA-1); A-ABORT: close (AA-2) (9.2.2)              |                                                            |
//! | Sta6: unexpected 2,2; unknown type 2,1; bad value 2,6 (9.3.8)   | `sta6_names_the_offence_in_its_abort`; every state:        |
//! |                                                                 | `scripted_garbage.rs`                                      |
//! | ARTIM runs from accept, RJ, RELEASE-RP and ABORT; bytes do not  | `artim_runs_from_accept_rejection_release_and_abort`;      |
//! | restart it (9.1.5)                                              | bytes: `scripted_silence.rs`, `sta13_*` and `sta2_*`       |
//! | an A-ASSOCIATE-RQ that does not parse is answered and closed in | `scripted_garbage.rs`,                                     |
//! | bounded time (9.2)                                              | `a_bad_association_request_is_answered_and_closed_...`     |
//! | Sta7: data may arrive; Sta8: we may send (AR-6, AR-7)           | `in_sta7_data_still_arrive_and_in_sta8_we_still_send`      |
//! | release collision, Sta9..12 (AR-8..10)                          | `scripted_requests.rs`, `a_release_collision_*`            |
//! | Sta13: invalid PDUs are answered once more, others discarded;   | `sta13_answers_once_more_discards_and_closes`              |
//! | A-ABORT or ARTIM: close; closed: end (AA-6, AA-7, AA-2, AR-5)   |                                                            |
//! | unknown items and sub-items are skipped (9.3)                   | `unknown_items_are_skipped_in_both_directions`             |
//! | reserved fields and MCH bits 2-7 are never tested (9.3, E.2)    | `reserved_fields_and_control_bits_are_never_tested`        |
//! | protocol version bit 0; rejections by their numbers (9.3.4)     | `rejections_have_their_numbers`; limits and congestion:    |
//! |                                                                 | `scripted_flood.rs`, `scripted_silence.rs`                 |
//! | AE titles: spaces, blanks, bytes above 7F (9.3.2)               | `ae_titles_may_be_padded_blank_or_of_any_bytes`            |
//! | context ids odd, unique, at most 128 (9.3.2.2)                  | `context_ids_are_odd_and_unique_and_128_at_most`           |
//! | in AC: results in any order, of a refused one only the result   | `scripted_open.rs`, `results_may_come_in_any_order_...`    |
//! | counts, AE titles are not tested (9.3.3)                        |                                                            |
//! | maximum length: what the peer receives; 0: our own cap; below 8 | `the_maximum_length_of_a_peer_is_kept_to_by_the_provider`; |
//! | abort; fragments are even (D.1, E.1)                            | by the user: `scripted_open.rs`, `what_a_peer_takes_...`   |
//! | one message at a time on one context (E.1)                      | `scripted_garbage.rs`, `messages_that_break_...`           |
//! | any split is accepted (E.2)                                     | `any_split_of_messages_is_accepted`                        |
//! | the last-fragment flag on success only; what cannot be          | `an_incomplete_message_ends_in_an_abort_and_the_`          |
//! | completed ends in A-ABORT                                       | `association_is_never_used_again`                          |
//! | user identity, roles, window, extended negotiation,             | `what_ps37_d33_negotiates_is_answered`; in all cases:      |
//! | implementation (PS3.7 D.3.3)                                    | `ul_negotiation.rs`                                        |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use dimse::dimse::command::CommandSet;
use dimse::dimse::status::Status;
use dimse::types::{AbortReason, AeTitle, MaxPduLength, Rejection};
use dimse::ul::negotiation::{AcceptableContext, Roles};
use dimse::wire::item::{
    AsyncWindow, CommonExtendedNegotiation, ContextAnswer, ExtendedNegotiation, RoleSelection, UserIdentity,
};
use dimse::wire::pdu::AssociateRq;
use dimse::wire::uids;
use scripted::bytes::{self, COMMAND, LAST, ae, bytes, item};
use scripted::ours::{Node, User, handed, kept};
use scripted::peer::{Came, Listening, Peer};
use scripted::{PATIENCE, Span, limit};

#[test]
fn sta2_takes_a_request_or_an_abort_and_nothing_else() {
    let node = Node::start_with(|options| options.timeouts.artim = limit());
    let mut asks = node.connect();
    asks.send(&bytes::rq(bytes::request()));
    asks.expect_acceptance();
    // AA-2: closed without a word.
    let mut aborts = node.connect();
    let since = Span::begin();
    aborts.send(&bytes::abort());
    aborts.expect_end();
    since.expect_at_once();
    // AA-1: source 0, and ARTIM for a peer that does not close.
    let mut others = vec![bytes::release_rq(), bytes::release_rp(), bytes::echo_rq(1, 1), bytes::rj(1, 1, 1)];
    others.push(bytes::ac(bytes::acceptance(&bytes::request())));
    others.push(vec![0x99; 6]);
    for bytes in others {
        let mut peer = node.connect();
        let since = Span::begin();
        peer.send(&bytes);
        assert_eq!(peer.expect_abort(), AbortReason::USER, "{bytes:02X?}");
        peer.expect_end_at(since, limit());
    }
}

#[test]
fn sta6_names_the_offence_in_its_abort() {
    let node = Node::start();
    for (bytes, reason) in [
        (bytes::release_rp(), AbortReason { source: 2, reason: 2 }),
        (vec![0x08, 0, 0, 0, 0, 0], AbortReason { source: 2, reason: 1 }),
        (vec![0x05, 0, 0, 0, 0, 5], AbortReason { source: 2, reason: 6 }),
    ] {
        let mut peer = node.associate();
        peer.send(&bytes);
        assert_eq!(peer.expect_abort_and_close(), reason);
    }
}

#[test]
fn artim_runs_from_accept_rejection_release_and_abort() {
    let node = Node::start_with(|options| options.timeouts.artim = limit());
    let since = Span::begin();
    let mut accepted = node.connect();

    let mut rejected = node.connect();
    rejected.send(&bytes::rq(AssociateRq { protocol_version: 0, ..bytes::request() }));
    rejected.expect_rejection();

    let mut released = node.associate();
    released.send(&bytes::release_rq());
    released.expect_release_rp();

    let mut aborted = node.associate();
    aborted.send(&bytes::release_rp());
    aborted.expect_abort();

    let mut established = node.associate();
    for peer in [&mut accepted, &mut rejected, &mut released, &mut aborted] {
        peer.expect_end_at(since, limit());
    }
    established.expect_nothing(limit());
}

#[test]
fn in_sta7_data_still_arrive_and_in_sta8_we_still_send() {
    // Sta8: the provider answers what it had, after the peer has asked for the release.
    let (handler, requests) = kept();
    let node = Node::start_with(|options| options.request_handler = handler);
    let mut peer = node.associate();
    peer.send(&bytes![bytes::echo_rq(1, 1), bytes::release_rq()]);
    handed(&requests).respond(Status::SUCCESS, None);
    peer.expect_echo_rsp(1);
    peer.expect_release_rp();

    // Sta7: a request that crosses our A-RELEASE-RQ is no offence.
    let (user, listening) = (User::new(), Listening::begin());
    let opening = user.open(listening.port());
    let mut peer = listening.associate();
    let ours = opening.expect_open();
    let release = ours.release();
    peer.expect_release_rq();
    peer.send(&bytes![bytes::echo_rq(1, 1), bytes::release_rp()]);
    release.expect_done();
    peer.expect_end();
}

#[test]
fn sta13_answers_once_more_discards_and_closes() {
    let node = Node::start();
    let in_sta13 = || {
        let mut peer = node.associate();
        peer.send(&bytes::release_rq());
        peer.expect_release_rp();
        peer
    };
    // AA-7, once.
    let mut peer = in_sta13();
    peer.send(&bytes::rq(bytes::request()));
    assert_eq!(peer.expect_abort(), AbortReason::UNEXPECTED_PDU);
    peer.send(&bytes::rq(bytes::request()));
    // AA-6.
    peer.send(&bytes![bytes::echo_rq(1, 1), bytes::release_rq(), bytes::rj(1, 1, 1)]);
    peer.expect_nothing(std::time::Duration::from_millis(50));
    // AA-2.
    peer.send(&bytes::abort());
    peer.expect_end();
    // AR-5.
    let mut peer = in_sta13();
    peer.half_close();
    peer.expect_end();
    node.expect_empty();
}

#[test]
fn unknown_items_are_skipped_in_both_directions() {
    let node = Node::start();
    let known = bytes![
        item(0x10, b"1.2.840.10008.3.1.1.1"),
        item(
            0x20,
            &bytes![
                [1, 0, 0, 0],
                item(0x31, b"unknown"),
                item(0x30, b"1.2.840.10008.1.1"),
                item(0x40, b"1.2.840.10008.1.2"),
                item(0x41, b""),
            ]
        ),
    ];
    let user = item(0x50, &bytes![item(0x5F, b"unknown"), item(0x51, &[0, 0, 0x40, 0]), item(0, &[0; 9])]);
    let mut peer = node.connect();
    peer.send(&bytes::associate(
        1,
        &bytes![item(0x11, b"unknown"), known, item(0x21, &[0]), user, item(0xFF, b"")],
    ));
    peer.expect_acceptance();
    peer.send(&bytes::echo_rq(1, 1));
    peer.expect_echo_rsp(1);

    let (user, listening) = (User::new(), Listening::begin());
    let opening = user.open(listening.port());
    let (mut peer, _) = listening.accept_request();
    let result =
        item(0x21, &bytes![[1, 0, 0, 0], item(0x42, b"unknown"), item(0x40, b"1.2.840.10008.1.2.1")]);
    peer.send(&bytes::associate(2, &bytes![item(0x20, b"unknown"), result, item(0x50, &item(0x6A, &[1]))]));
    let ours = opening.expect_open();
    let echo = ours.echo();
    let message_id = peer.expect_echo_rq();
    peer.send(&bytes::echo_rsp(1, message_id));
    echo.expect_success();
}

#[test]
fn reserved_fields_and_control_bits_are_never_tested() {
    let node = Node::start();
    let mut request = bytes::rq(bytes::request());
    request[1] = 0xFF;
    request[8..10].fill(0xFF);
    request[42..74].fill(0xFF);
    let context = request.windows(4).position(|item| item[0] == 0x20 && item[1] == 0).unwrap();
    request[context + 1] = 0xFF;
    request[context + 5..context + 8].fill(0xFF);
    let mut peer = node.connect();
    peer.send(&request);
    peer.expect_acceptance();

    let mut echo = bytes::echo_rq(1, 1);
    echo[1] = 0xFF; // the PDU's reserved byte
    echo[11] |= 0xFC; // bits 2 to 7 of the message control header
    peer.send(&echo);
    peer.expect_echo_rsp(1);

    let mut release = bytes::release_rq();
    release[1] = 0xFF;
    release[6..10].fill(0xFF);
    peer.send(&release);
    peer.expect_release_rp();
}

#[test]
fn rejections_have_their_numbers() {
    let node = Node::start_with(|options| {
        options.policy.called = Some(vec![ae("NODE")]);
        options.policy.calling = Some(vec![ae("SCRIPT")]);
    });
    let rejection = |adapt: &dyn Fn(&mut AssociateRq)| {
        let mut request = bytes::request();
        adapt(&mut request);
        let mut peer = node.connect();
        peer.send(&bytes::rq(request));
        let Rejection { result, source, reason } = peer.expect_rejection();
        (result, source, reason)
    };
    assert_eq!(rejection(&|rq| rq.protocol_version = 2), (1, 2, 2));
    assert_eq!(rejection(&|rq| rq.protocol_version = 0xFFFE), (1, 2, 2));
    assert_eq!(rejection(&|rq| rq.application_context = Some(uids::VERIFICATION)), (1, 1, 2));
    assert_eq!(rejection(&|rq| rq.calling = ae("STRANGER")), (1, 1, 3));
    assert_eq!(rejection(&|rq| rq.called = ae("SOMEBODY")), (1, 1, 7));
    // Only bit 0 of the protocol version counts.
    Peer::associate_with(node.address(), AssociateRq { protocol_version: 0xFFFF, ..bytes::request() });
}

#[test]
fn an_address_that_is_not_allowed_is_rejected_and_others_are_served() {
    let elsewhere = Node::start_with(|options| options.networks = vec!["192.0.2.0/24".parse().unwrap()]);
    let mut peer = elsewhere.connect();
    peer.send(&bytes::rq(bytes::request()));
    let Rejection { result, source, reason } = peer.expect_rejection();
    assert_eq!((result, source, reason), (1, 1, 1));
    let here = Node::start_with(|options| {
        options.networks =
            ["192.0.2.0/24", "127.0.0.0/8", "::1"].map(|network| network.parse().unwrap()).to_vec();
    });
    Peer::associate_with(here.address(), bytes::request());
}

#[test]
fn ae_titles_may_be_padded_blank_or_of_any_bytes() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| {
        options.association_handler = handler;
        options.policy.called = Some(vec![ae("NODE"), AeTitle::NONE]);
    });
    let ask = |called: &[u8; 16], calling: &[u8; 16]| {
        let mut request = bytes::rq(bytes::request());
        request[10..26].copy_from_slice(called);
        request[26..42].copy_from_slice(calling);
        let mut peer = node.connect();
        peer.send(&request);
        let asked = handed(&requests);
        asked.accept();
        peer.expect_acceptance();
        asked
    };
    let asked = ask(b"   NODE         ", b" TWO WORDS      ");
    assert_eq!(asked.request().calling, ae("TWO WORDS"));
    let asked = ask(b"                ", b"\xC4\xD6\x01\x7F            ");
    assert!(asked.request().called.is_none());
    assert_eq!(asked.request().calling.to_string(), "\\xC4\\xD6\\x01\\x7F");
    assert!(ask(b"NODE\0\0\0\0\0\0\0\0\0\0\0\0", b"                ").request().calling.is_none());
}

#[test]
fn context_ids_are_odd_and_unique_and_128_at_most() {
    let node = Node::start();
    let all = |ids: &mut dyn Iterator<Item = u8>| {
        let mut items = item(0x10, b"1.2.840.10008.3.1.1.1");
        for id in ids {
            let syntaxes = bytes![item(0x30, b"1.2.840.10008.1.1"), item(0x40, b"1.2.840.10008.1.2")];
            items.extend(item(0x20, &bytes![[id, 0, 0, 0], syntaxes]));
        }
        let mut peer = node.connect();
        peer.send(&bytes::associate(1, &items));
        peer
    };
    let mut peer = all(&mut (1..=255).step_by(2));
    let accepted = peer.expect_acceptance();
    assert_eq!(accepted.contexts.len(), 128);
    peer.send(&bytes![bytes::echo_rq(255, 1)]);
    assert_eq!(peer.expect_command().0, 255);
    assert_eq!(all(&mut [1, 2].into_iter()).expect_abort(), AbortReason::USER);
    assert_eq!(all(&mut [0].into_iter()).expect_abort(), AbortReason::USER);
    assert_eq!(all(&mut [3, 1, 3].into_iter()).expect_abort(), AbortReason::USER);
    // Any order, with gaps.
    all(&mut [9, 3, 201].into_iter()).expect_acceptance();
}

#[test]
fn the_maximum_length_of_a_peer_is_kept_to_by_the_provider() {
    let node = Node::start();
    for (announced, longest) in
        [(Some(8), 8), (Some(9), 8), (Some(31), 30), (Some(0), 1 << 20), (None, 1 << 20)]
    {
        let mut request = bytes::request();
        request.user.max_pdu_length = announced.map(MaxPduLength::from_wire);
        let mut peer = Peer::associate_with(node.address(), request);
        peer.send(&bytes::echo_rq(1, 1));
        let mut set = Vec::new();
        loop {
            let Came::Data(pdvs) = peer.next(PATIENCE) else { panic!("no P-DATA-TF") };
            let [pdv] = &pdvs[..] else { panic!("{pdvs:?}") };
            assert!(pdv.value.len() + 6 <= longest && pdv.value.len() % 2 == 0, "{announced:?}: {pdv:?}");
            set.extend_from_slice(&pdv.value);
            if pdv.last {
                break;
            }
            assert_eq!(pdv.value.len() + 6, longest, "no fragment but the last is short");
        }
        let response = dimse::dimse::decode::decode(&set).unwrap();
        assert_eq!((response.status, response.message_id), (Some(Status::SUCCESS), 1));
    }
    for announced in [1, 7] {
        let mut request = bytes::request();
        request.user.max_pdu_length = Some(MaxPduLength::from_wire(announced));
        let mut peer = node.connect();
        peer.send(&bytes::rq(request));
        assert_eq!(peer.expect_abort_and_close(), AbortReason::INVALID_PARAMETER);
    }
}

#[test]
fn any_split_of_messages_is_accepted() {
    let node = Node::start();
    let set = bytes::command_set(&CommandSet::c_echo_rq(1));
    let with_data = bytes::command_set(&CommandSet::c_echo_rq(1).with_data_set());
    let data = [8, 0, 0x52, 0, 0, 0, 0, 0];
    let fragments = |length: usize| -> Vec<(u8, u8, &[u8])> {
        let count = set.chunks(length).count();
        let control = |index| if index + 1 == count { COMMAND | LAST } else { COMMAND };
        set.chunks(length).enumerate().map(|(index, part)| (1, control(index), part)).collect()
    };
    let mut splits: Vec<(String, Vec<u8>)> = vec![
        ("in one PDV".into(), bytes::p_data(&[(1, COMMAND | LAST, &set)])),
        (
            "empty fragments".into(),
            bytes::p_data(&[
                (1, COMMAND, &[]),
                (1, COMMAND, &set),
                (1, COMMAND, &[]),
                (1, COMMAND | LAST, &[]),
            ]),
        ),
        (
            "command and data set in one PDU".into(),
            bytes::p_data(&[(1, COMMAND | LAST, &with_data), (1, LAST, &data)]),
        ),
        (
            "a data set of empty fragments".into(),
            bytes::p_data(&[(1, COMMAND | LAST, &with_data), (1, 0, &[]), (1, LAST, &[])]),
        ),
        (
            "fragments of odd lengths".into(),
            bytes::p_data(&[(1, COMMAND, &set[..7]), (1, COMMAND | LAST, &set[7..])]),
        ),
    ];
    for length in 1..=set.len() {
        splits.push((format!("PDVs of {length} in one PDU"), bytes::p_data(&fragments(length))));
        let pdus = fragments(length).iter().flat_map(|pdv| bytes::p_data(&[*pdv])).collect();
        splits.push((format!("PDUs of {length}"), pdus));
    }
    let mut peer = node.associate();
    for (what, bytes) in &splits {
        peer.send(bytes);
        let (_, response) = peer.expect_command();
        assert_eq!((response.message_id, response.command_field.get()), (1, 0x8030), "{what}");
    }
    // Two messages in one PDU, several PDUs in one write, and every byte on its own.
    peer.send(&bytes::p_data(&[(1, COMMAND | LAST, &set), (1, COMMAND | LAST, &set)]));
    peer.expect_echo_rsp(1);
    peer.expect_echo_rsp(1);
    peer.send(&(1..20).flat_map(|message_id| bytes::echo_rq(1, message_id)).collect::<Vec<u8>>());
    (1..20).for_each(|message_id| peer.expect_echo_rsp(message_id));
    bytes::echo_rq(1, 5).chunks(1).for_each(|byte| peer.send(byte));
    peer.expect_echo_rsp(5);
}

#[test]
fn an_incomplete_message_ends_in_an_abort_and_the_association_is_never_used_again() {
    let (handler, requests) = kept::<dimse::net::request::Request>();
    let node = Node::start_with(|options| {
        options.timeouts.rate_window = limit();
        options.request_handler = handler;
    });
    let set = bytes::command_set(&CommandSet::c_echo_rq(1));
    let mut peer = node.associate();
    // All of it, but without the last-fragment flag: not a message, however long one waits.
    peer.send(&bytes::p_data(&[(1, COMMAND, &set)]));
    peer.expect_abort();
    assert!(requests.try_recv().is_err());
    // And nothing of that association counts any more.
    peer.send(&bytes![bytes::p_data(&[(1, COMMAND | LAST, &[])]), bytes::echo_rq(1, 2)]);
    peer.half_close();
    peer.expect_end();
    node.expect_empty();
    assert!(requests.try_recv().is_err());
}

#[test]
fn what_ps37_d33_negotiates_is_answered() {
    let (handler, requests) = kept();
    let node = Node::start_with(|options| {
        options.association_handler = handler;
        options.policy.contexts.push(AcceptableContext {
            abstract_syntax: uids::STUDY_ROOT_FIND,
            transfer_syntaxes: uids::UNCOMPRESSED_LITTLE_ENDIAN.to_vec(),
            requestor: Roles::BOTH,
        });
        options.policy.async_window = AsyncWindow { invoked: 4, performed: 2 };
        options.policy.extended.insert(uids::STUDY_ROOT_FIND, vec![1, 1]);
        options.policy.implementation_version = Some(b"NODE 1".to_vec());
    });
    for kind in 1..=5 {
        let mut request = bytes::request();
        request.contexts.push(bytes::proposed(3, &uids::STUDY_ROOT_FIND));
        request.user.async_window = Some(AsyncWindow { invoked: 9, performed: 1 });
        request.user.roles = vec![RoleSelection { sop_class: uids::STUDY_ROOT_FIND, scu: true, scp: true }];
        request.user.extended =
            vec![ExtendedNegotiation { sop_class: uids::STUDY_ROOT_FIND, information: vec![1, 0, 1] }];
        request.user.common_extended = vec![CommonExtendedNegotiation {
            sop_class: uids::STUDY_ROOT_FIND,
            service_class: uids::STORAGE_SERVICE_CLASS,
            related_general_classes: vec![],
        }];
        let secondary = if kind == 2 { b"secret".to_vec() } else { Vec::new() };
        request.user.identity =
            Some(UserIdentity { kind, positive_response: true, primary: b"somebody".to_vec(), secondary });
        let mut peer = node.connect();
        peer.send(&bytes::rq(request.clone()));
        let asked = handed(&requests);
        assert_eq!(asked.request().user, request.user);
        asked.set_identity_response(vec![kind; 3]).unwrap();
        asked.accept();
        let answer = peer.expect_acceptance();
        assert!(answer.contexts.iter().all(|context| context.result == ContextAnswer::Acceptance));
        assert_eq!(answer.user.async_window, Some(AsyncWindow { invoked: 4, performed: 1 }));
        assert_eq!(answer.user.roles, request.user.roles);
        assert_eq!(answer.user.extended[0].information, [1, 1]);
        assert_eq!(answer.user.identity_response, Some(vec![kind; 3]));
        assert_eq!(answer.user.implementation_class, Some(dimse::net::implementation::CLASS));
        assert_eq!(answer.user.implementation_version.as_deref(), Some(&b"NODE 1"[..]));
        assert_eq!(answer.user.common_extended, []);
    }
    // What was not asked for is not answered.
    let mut peer = node.connect();
    peer.send(&bytes::rq(bytes::request()));
    handed(&requests).accept();
    let answer = peer.expect_acceptance().user;
    assert_eq!((answer.async_window, answer.identity_response), (None, None));
    assert!(answer.roles.is_empty() && answer.extended.is_empty());
}
