//! C-STORE as provider against a peer of raw bytes: messages that are none, names that lead elsewhere, connections that
//! break at every place, peers that are slow, and handlers that decide.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use dimse::dimse::command::{CommandSet, Priority};
use dimse::dimse::status::Status;
use dimse::net::association_request::Answered;
use dimse::net::request::Request;
use dimse::runtime::strand::Target;
use dimse::scp::server::{Handler, ServerOptions};
use dimse::scp::undecided::Undecided;
use dimse::storage::folder::Collision;
use dimse::storage::head::Front;
use dimse::types::{AbortReason, Tag, Uid};
use dimse::ul::negotiation::{AcceptableContext, Roles};
use dimse::wire::uids;
use scripted::bytes::{self, COMMAND, LAST, bytes};
use scripted::instances::{
    CT, SERIES, STUDY, Scratch, data_set, data_set_of, fragments, request, store_rq, stored,
};
use scripted::ours::{Node, handed, kept, runtime_with};
use scripted::peer::{Came, Peer};
use scripted::{PATIENCE, Span, count, eventually, limit, pace};

/// A node that takes CT Image Storage into a folder, and a peer that is associated with it.
fn node() -> (Node, Scratch) {
    node_with(|_| ())
}

fn node_with(adapt: impl FnOnce(&mut ServerOptions)) -> (Node, Scratch) {
    let scratch = Scratch::new();
    let node = Node::start_with(|options| {
        scratch.take(options);
        adapt(options);
    });
    (node, scratch)
}

fn node_with_handler() -> (Node, Scratch, Receiver<Request>) {
    let (handler, requests) = kept();
    let (node, scratch) = node_with(|options| options.request_handler = handler);
    (node, scratch, requests)
}

fn associate(node: &Node) -> Peer {
    Peer::associate_with(node.address(), request())
}

fn path(instance: &str) -> String {
    format!("{STUDY}/{SERIES}/{instance}.dcm")
}

/// It still takes instances.
#[track_caller]
fn expect_service(node: &Node, scratch: &Scratch) {
    let mut peer = associate(node);
    let data = data_set("1.9.9", 1_000);
    peer.send(&stored(1, "1.9.9", &data));
    peer.expect_stored(1);
    peer.send(&bytes::release_rq());
    peer.expect_release_rp();
    assert!(scratch.data_set("1.9.9") == data);
}

// ---- what arrives ---------------------------------------------------------------------------------------------------

#[test]
fn the_bytes_that_come_are_the_bytes_in_the_file_however_they_are_split() {
    let (node, scratch) = node();
    let mut peer = associate(&node);
    let mut message_id = 0;
    for pixels in [0, 10, 5_000, 300_001] {
        for size in [1, 7, 4_096, 16_378, 131_066] {
            if pixels / size > 5_000 {
                continue;
            }
            message_id += 1;
            let instance = format!("1.2.5.{message_id}");
            let data = data_set(&instance, pixels);
            peer.send(&bytes::message(3, &store_rq(message_id, &instance)));
            peer.send(&fragments(3, &data, size));
            peer.expect_stored(message_id);
            assert!(scratch.data_set(&instance) == data, "{pixels} {size}");
        }
    }
    // Many fragments in one PDU.
    let data = data_set("1.2.8", 3_000);
    let count = data.len();
    let pdvs: Vec<_> = data
        .chunks(1)
        .enumerate()
        .map(|(index, byte)| (3, if index + 1 == count { LAST } else { 0 }, byte))
        .collect();
    peer.send(&bytes![bytes::message(3, &store_rq(49, "1.2.8")), bytes::p_data(&pdvs)]);
    peer.expect_stored(49);
    assert!(scratch.data_set("1.2.8") == data);
    // A byte at a time, and all at once.
    let data = data_set("1.2.6", 100);
    let message = stored(50, "1.2.6", &data);
    peer.drip(&message[..message.len() - 1], Duration::from_micros(100));
    assert!(!scratch.finished().contains(&path("1.2.6")));
    peer.send(&message[message.len() - 1..]);
    peer.expect_stored(50);
    assert!(scratch.data_set("1.2.6") == data);
    let all: Vec<u8> = (51..71).flat_map(|id| stored(id, &format!("1.2.7.{id}"), &data)).collect();
    peer.send(&all);
    for id in 51..71 {
        peer.expect_stored(id);
    }
    peer.send(&bytes::release_rq());
    peer.expect_release_rp();
    scratch.expect_nothing_unfinished();
}

/// PS3.4 B.2.3, A9xx: it does not encode an instance of its class. That holds wherever it would go.
#[test]
fn an_empty_data_set_is_no_instance() {
    let expect_refusals = |node: &Node, scratch: &Scratch| {
        let mut peer = associate(node);
        for id in 1..3 {
            peer.send(&stored(id, "1.2.5", b""));
            let response = peer.expect_store_rsp(id);
            assert_eq!(response.status, Some(Status::DATA_SET_DOES_NOT_MATCH), "{response:?}");
            assert_eq!(response.error_comment.as_deref(), Some("the data set is empty"));
        }
        scratch.expect_nothing();
        assert_eq!(node.counters().instances_total, 0);
    };
    let (node, scratch) = node();
    expect_refusals(&node, &scratch);
    expect_service(&node, &scratch);
    let (node, scratch, requests) = node_with_handler();
    expect_refusals(&node, &scratch);
    assert!(requests.try_recv().is_err(), "nobody is asked about it");
    for to in 0..3 {
        let (handler, requests) = kept();
        let (node, scratch) = node_with(|options| {
            options.request_handler = handler;
            let path = options.folder.as_ref().unwrap().folder.join("a.dcm");
            let call = move |instance: Undecided| {
                let front = instance.front(None).unwrap();
                let accepted = match to {
                    0 => instance.into_folder(front),
                    1 => instance.into_file(front, &path),
                    _ => instance.into_memory(front, 1_000),
                };
                accepted.unwrap();
            };
            let front = Front { until: Tag::new(0x7FE0, 0x0010), limit: 1_000 };
            options.header_handler = Some((front, Handler { target: Target::Library, call: Arc::new(call) }));
        });
        expect_refusals(&node, &scratch);
        assert!(requests.try_recv().is_err());
    }
}

#[test]
fn the_last_of_two_with_one_name_replaces_the_first_or_is_dropped_or_gets_a_number() {
    for collision in [Collision::Replace, Collision::Keep, Collision::Number] {
        let (node, scratch) = node_with(|options| options.folder.as_mut().unwrap().collision = collision);
        // Both are half there before either is whole.
        let mut peers = [associate(&node), associate(&node)];
        let sets = [data_set("1.2.5", 40_000), data_set("1.2.5", 50_000)];
        let messages = [stored(1, "1.2.5", &sets[0]), stored(1, "1.2.5", &sets[1])];
        for (peer, message) in peers.iter_mut().zip(&messages) {
            peer.send(&message[..20_000]);
        }
        for (peer, message) in peers.iter_mut().zip(&messages) {
            peer.send(&message[20_000..]);
            peer.expect_stored(1);
        }
        let stays = usize::from(collision == Collision::Replace);
        assert!(scratch.data_set("1.2.5") == sets[stays], "{collision:?}");
        assert_eq!(scratch.finished().len(), 1 + usize::from(collision == Collision::Number));
        scratch.expect_nothing_unfinished();
    }
}

#[test]
fn many_associations_at_once_lose_nothing() {
    let (node, scratch) = node();
    store_with_eight(&node, &scratch);
}

/// Then files are written on the workers, which go on with other tasks meanwhile.
#[test]
fn many_associations_at_once_lose_nothing_where_hot_threads_are_few() {
    let scratch = Scratch::new();
    let runtime = runtime_with(|options| options.set_hot_threads(1).unwrap());
    let node = Node::start_on(runtime, |options| scratch.take(options));
    store_with_eight(&node, &scratch);
}

fn store_with_eight(node: &Node, scratch: &Scratch) {
    let rounds = count(20, 500);
    std::thread::scope(|scope| {
        for association in 0..8 {
            scope.spawn(move || {
                let mut peer = associate(node);
                for round in 1..=rounds {
                    let instance = format!("1.2.{association}.{round}");
                    let id = u16::try_from(round).unwrap();
                    // All of them store 1.2.99 too.
                    peer.send(&stored(id, &instance, &data_set(&instance, 30_000 + round * 7)));
                    peer.expect_stored(id);
                    peer.send(&stored(id, "1.2.99", &data_set("1.2.99", 100_000)));
                    peer.expect_stored(id);
                }
                peer.send(&bytes::release_rq());
                peer.expect_release_rp();
            });
        }
    });
    assert_eq!(scratch.finished().len(), 8 * rounds + 1);
    assert!(scratch.data_set("1.2.99") == data_set("1.2.99", 100_000));
    for association in 0..8 {
        let instance = format!("1.2.{association}.{rounds}");
        assert!(scratch.data_set(&instance) == data_set(&instance, 30_000 + rounds * 7));
    }
    scratch.expect_nothing_unfinished();
    node.expect_empty();
}

// ---- messages that are none -----------------------------------------------------------------------------------------

#[test]
fn messages_that_break_the_protocol_end_the_association_and_nothing_is_stored() {
    let (node, scratch) = node();
    let command = bytes::message(3, &store_rq(1, "1.2.5"));
    let set = bytes::command_set(&store_rq(1, "1.2.5"));
    let data = data_set("1.2.5", 10_000);
    let begun = bytes![command, bytes::p_data(&[(3, 0, &data[..1_000])])];
    for (what, stream) in [
        ("data on another context", bytes![command, fragments(1, &data, 4_096)]),
        ("data on another context, later", bytes![begun, bytes::p_data(&[(1, LAST, &data[1_000..])])]),
        ("data on a context that is none", bytes![command, fragments(9, &data, 4_096)]),
        ("data without a command", fragments(3, &data, 4_096)),
        (
            "data before the end of the command",
            bytes![bytes::p_data(&[(3, COMMAND, &set[..20])]), fragments(3, &data, 4_096)],
        ),
        ("a command instead of data", bytes![command, bytes::echo_rq(1, 2)]),
        ("a command inside of a data set", bytes![begun, bytes::message(3, &store_rq(2, "1.2.6"))]),
        ("a C-CANCEL-RQ inside of a data set", bytes![begun, bytes::message(3, &CommandSet::c_cancel_rq(1))]),
        ("a release instead of data", bytes![command, bytes::release_rq()]),
        ("a release inside of a data set", bytes![begun, bytes::release_rq()]),
        (
            "a release inside of a command",
            bytes![bytes::p_data(&[(3, COMMAND, &set[..20])]), bytes::release_rq()],
        ),
        (
            "a response to nothing",
            bytes![begun[..0], scripted::instances::store_rsp(1, "1.2.5", Status::SUCCESS)],
        ),
    ] {
        let mut peer = associate(&node);
        peer.send(&stream);
        assert_eq!(peer.next(PATIENCE), Came::Pdu(dimse::wire::pdu::Pdu::Abort(AbortReason::USER)), "{what}");
        peer.half_close();
        peer.expect_end();
        scratch.expect_nothing();
    }
    node.expect_empty();
    expect_service(&node, &scratch);
}

#[test]
fn requests_that_cannot_be_are_answered_and_the_association_goes_on() {
    let mr = Uid::from_static("1.2.840.10008.5.1.4.1.1.4");
    let (node, scratch) = node_with(|options| {
        options.policy.contexts.push(AcceptableContext {
            abstract_syntax: Uid::from_static("1.2.840.10008.5.1.4.1.1.4"),
            transfer_syntaxes: uids::UNCOMPRESSED_LITTLE_ENDIAN.to_vec(),
            requestor: Roles::SCU,
        });
    });
    let mut peer = associate(&node);
    let data = data_set("1.2.5", 10_000);
    let of_class = |class: Uid| CommandSet { affected_sop_class: Some(class), ..store_rq(1, "1.2.5") };
    let mut no_class = store_rq(1, "1.2.5");
    no_class.affected_sop_class = None;
    let mut no_instance = store_rq(1, "1.2.5");
    no_instance.affected_sop_instance = None;
    let mut no_data = store_rq(1, "1.2.5");
    no_data.has_data_set = false;
    for (what, context, command, status) in [
        ("another class on the context", 3, of_class(mr.clone()), 0x0122),
        ("on Verification", 1, store_rq(1, "1.2.5"), 0x0122),
        ("Verification on itself", 1, of_class(uids::VERIFICATION), 0x0122),
        ("no class", 3, no_class, 0xC000),
        ("no instance", 3, no_instance, 0x0117),
        ("no data set", 3, no_data, 0xC000),
    ] {
        let has_data_set = command.has_data_set;
        peer.send(&bytes::message(context, &command));
        if has_data_set {
            peer.send(&fragments(context, &data, 4_096));
        }
        let (on, response) = peer.expect_command();
        assert_eq!((on, response.message_id), (context, 1), "{what}");
        assert_eq!(response.status, Some(Status(status)), "{what}: {response:?}");
        scratch.expect_nothing();
    }
    peer.send(&stored(9, "1.2.5", &data));
    peer.expect_stored(9);
    // Priority may be missing.
    let mut no_priority = store_rq(10, "1.2.6");
    no_priority.priority = None;
    peer.send(&bytes![bytes::message(3, &no_priority), fragments(3, &data_set("1.2.6", 10), 4_096)]);
    peer.expect_stored(10);
    assert_eq!(scratch.finished().len(), 2);
}

// ---- names ----------------------------------------------------------------------------------------------------------

const BAD: [&[u8]; 16] = [
    b"..",
    b".",
    b"../../../tmp/x",
    b"/tmp/x",
    b"1.2/3",
    b"1.2\\3",
    b"1.2\x003",
    b"\0",
    b"1.2\n3",
    b"1.2\x7F3",
    b"1..2",
    b".1.2",
    b"1.2.",
    b"$(touch x)",
    b"1.2;3",
    &[b'1'; 65],
];

/// A C-STORE-RQ with these bytes as its SOP class and instance UIDs.
fn raw_store_rq(message_id: u16, class: &[u8], instance: &[u8]) -> Vec<u8> {
    let mut set = Vec::new();
    let mut element = |number: u16, value: &[u8]| {
        let length = value.len().next_multiple_of(2);
        set.extend([0, 0]);
        set.extend(number.to_le_bytes());
        set.extend(u32::try_from(length).unwrap().to_le_bytes());
        set.extend(value);
        set.extend(&[0][..length - value.len()]);
    };
    element(0x0002, class);
    element(0x0100, &[1, 0]);
    element(0x0110, &message_id.to_le_bytes());
    element(0x0700, &[0, 0]);
    element(0x0800, &[1, 0]);
    element(0x1000, instance);
    bytes::p_data(&[(3, COMMAND | LAST, &set)])
}

#[test]
fn no_uid_of_the_command_leads_out_of_the_folder() {
    let (node, scratch) = node();
    let mut peer = associate(&node);
    let data = data_set("1.2.5", 1_000);
    for (index, bad) in BAD.into_iter().chain([&b""[..]]).enumerate() {
        let id = u16::try_from(index + 1).unwrap();
        peer.send(&bytes![raw_store_rq(id, CT.as_str().as_bytes(), bad), fragments(3, &data, 300)]);
        let response = peer.expect_store_rsp(id);
        let status = response.status.unwrap();
        let name = String::from_utf8_lossy(bad);
        assert!(status == Status::INVALID_SOP_INSTANCE || status == Status(0xC000), "{name:?}: {status}");
        assert!(response.error_comment.is_some_and(|comment| comment.len() <= 64), "{name:?}");
        scratch.expect_nothing();
        // The class, too.
        peer.send(&bytes![raw_store_rq(id, bad, b"1.2.5\0"), fragments(3, &data, 300)]);
        assert_ne!(peer.expect_store_rsp(id).status, Some(Status::SUCCESS), "{name:?}");
        scratch.expect_nothing();
    }
    peer.send(&stored(99, "1.2.5", &data));
    peer.expect_stored(99);
}

#[test]
fn no_uid_of_the_data_set_leads_out_of_the_folder() {
    let (node, scratch) = node();
    let mut peer = associate(&node);
    let mut id = 0;
    for bad in BAD {
        // A NUL at the end is padding.
        if bad == b"\0" {
            continue;
        }
        for (study, series) in [(bad, SERIES.as_bytes()), (STUDY.as_bytes(), bad), (bad, bad)] {
            id += 1;
            peer.send(&stored(id, "1.2.5", &data_set_of(study, series, "1.2.5", 1_000)));
            let response = peer.expect_store_rsp(id);
            assert_eq!(response.status, Some(Status(0xC000)), "{:?}", String::from_utf8_lossy(bad));
            scratch.expect_nothing();
        }
    }
    // One in the data set that is not that of the command names nothing.
    peer.send(&stored(999, "1.2.5", &data_set("../../x", 1_000)));
    peer.expect_stored(999);
    assert_eq!(scratch.finished(), [path("1.2.5")]);
}

#[test]
fn titles_lead_nowhere_either() {
    let (node, scratch) = node_with(|options| {
        let template = "{calling}/{called}/{instance}";
        let folder = options.folder.as_mut().unwrap();
        folder.template = dimse::storage::folder::template::PathTemplate::parse(template).unwrap();
    });
    let mut request = request();
    request.calling = dimse::types::AeTitle::from_wire(b"../../../tmp/x");
    request.called = dimse::types::AeTitle::from_wire(b"..");
    let mut peer = Peer::associate_with(node.address(), request);
    peer.send(&stored(1, "1.2.5", &data_set("1.2.5", 10)));
    peer.expect_stored(1);
    assert_eq!(scratch.finished(), ["_._.._.._tmp_x/__/1.2.5"]);
}

// ---- connections that break -----------------------------------------------------------------------------------------

#[test]
fn a_peer_that_is_gone_after_n_bytes_leaves_nothing_under_a_name_and_nothing_unfinished() {
    let (node, scratch) = node();
    let data = data_set("1.2.5", count(30_000, 300_000));
    let message = stored(1, "1.2.5", &data);
    for length in (0..message.len()).step_by(1_000).chain([message.len() - 1]) {
        for cut in ["close", "half", "reset", "abort"] {
            if cut == "abort" && length + bytes::abort().len() >= message.len() {
                continue; // it would be the rest of the message
            }
            let mut peer = associate(&node);
            peer.send(&message[..length]);
            match cut {
                "close" => drop(peer),
                "reset" => peer.reset(),
                _ => {
                    if cut == "abort" {
                        peer.send(&bytes::abort());
                    }
                    peer.half_close();
                    peer.drain();
                }
            }
        }
        node.expect_empty();
        scratch.expect_nothing();
    }
    expect_service(&node, &scratch);
}

#[test]
fn a_peer_that_is_gone_with_its_last_byte_has_stored_a_whole_instance_or_none() {
    let (node, scratch) = node();
    for round in 0..count(30, 1_000) {
        let instance = format!("1.2.5.{round}");
        let data = data_set(&instance, 50_000);
        let mut peer = associate(&node);
        peer.send(&stored(1, &instance, &data));
        peer.reset();
        node.expect_empty();
        if scratch.finished().contains(&path(&instance)) {
            assert!(scratch.data_set(&instance) == data);
        }
    }
    scratch.expect_nothing_unfinished();
    node.expect_empty();
}

#[test]
fn a_server_that_stops_in_the_middle_of_an_instance_leaves_nothing() {
    let (node, scratch) = node();
    let mut peer = associate(&node);
    let message = stored(1, "1.2.5", &data_set("1.2.5", 100_000));
    peer.send(&message[..60_000]);
    eventually("its first bytes are written", || scratch.has_unfinished());
    node.server.stop(Some(Duration::ZERO), None);
    peer.drain();
    node.expect_empty();
    scratch.expect_nothing();
}

#[test]
fn a_server_that_stops_has_counted_every_instance_that_stays() {
    for round in 0..count(20, 400) {
        let (node, scratch) = node_with(|_| ());
        let mut peer = associate(&node);
        let sender = std::thread::spawn(move || {
            let send = |id: &u16| {
                let instance = format!("1.2.{id}");
                peer.try_send(&stored(*id, &instance, &data_set(&instance, 500)))
            };
            assert!((1..=1_000).take_while(send).count() > 0);
            // It must not be gone, and reset the connection, before the server comes to store.
            peer
        });
        eventually("some are stored", || node.counters().instances_total > 3);
        std::thread::sleep(Duration::from_micros(u64::try_from(round * 177 % 2_000).unwrap()));
        node.server.stop(Some(Duration::ZERO), None);
        drop(sender.join().unwrap());
        node.expect_empty();
        // One may have been at its last step when the association was ended.
        eventually("every file is counted", || {
            let files = u64::try_from(scratch.finished().len()).unwrap();
            node.counters().instances_total == files
        });
        scratch.expect_nothing_unfinished();
    }
}

const KILLED: &str = "DIMSE_TEST_KILLED";

/// What was answered is there, what is there is whole, and what is neither is removed by the next start.
#[test]
fn a_server_that_is_killed_at_any_moment_leaves_whole_instances() {
    if let Some(path) = std::env::var_os(KILLED) {
        let scratch = Scratch::of_another(path.into());
        let node = Node::start_with(|options| scratch.take(options));
        println!("listening {}", node.address());
        let _never = std::io::stdin().read(&mut [0]);
        return;
    }
    let scratch = Scratch::new();
    let mut answered = Vec::new();
    for round in 0..count(12, 400) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_server_that_is_killed_at_any_moment_leaves_whole_instances", "--nocapture"])
            .env(KILLED, scratch.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.split_once("listening ")?.1.parse().ok());
        // The leftovers of the one before are gone once the next one listens.
        scratch.expect_nothing_unfinished();
        let mut peer = Peer::associate_with(address.expect("the server does not start"), request());
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_micros(u64::try_from(round * 1_777 % 20_000).unwrap()));
            child.kill().unwrap();
            child.wait().unwrap();
        });
        for id in 1..=10_000 {
            let instance = format!("1.2.{round}.{id}");
            let data = data_set(&instance, 30_000);
            if !peer.try_send(&stored(id, &instance, &data)) {
                break;
            }
            match peer.next(PATIENCE) {
                Came::Data(_) => answered.push(instance),
                Came::End => break,
                other => panic!("{other:?}"),
            }
        }
        killer.join().unwrap();
    }
    assert!(answered.len() > 12);
    let finished = scratch.finished();
    for instance in &answered {
        assert!(finished.contains(&path(instance)), "{instance} was answered with success");
    }
    for file in finished {
        let instance = file.rsplit_once('/').unwrap().1.strip_suffix(".dcm").unwrap();
        assert!(scratch.data_set(instance) == data_set(instance, 30_000), "{instance}");
    }
    let (node, _other) = node_with(|options| scratch.take(options));
    scratch.expect_nothing_unfinished();
    drop(node);
}

// ---- slow peers -----------------------------------------------------------------------------------------------------

#[test]
fn a_byte_now_and_then_is_too_slow() {
    let (node, scratch) = node_with(|options| options.timeouts.rate_window = limit());
    for begun in [50, 5_000] {
        let mut peer = associate(&node);
        let message = stored(1, "1.2.5", &data_set("1.2.5", 100_000));
        peer.send(&message[..begun]);
        let span = Span::begin();
        peer.drip(&message[begun..], pace());
        span.expect_at_most(limit() * 3);
        assert_eq!(peer.expect_abort(), AbortReason::USER);
        scratch.expect_nothing();
    }
    // Others are not disturbed meanwhile, and a peer that is fast enough may take its time.
    expect_service(&node, &scratch);
}

// ---- handlers -------------------------------------------------------------------------------------------------------

#[test]
fn a_handler_sees_the_whole_instance_and_decides_what_becomes_of_it() {
    let (node, scratch, requests) = node_with_handler();
    let mut peer = associate(&node);
    let data = data_set("1.2.5", 100_000);
    for (id, status, is_kept) in [
        (1, Status::OUT_OF_RESOURCES, false),
        (2, Status(0xA900), false),
        (3, Status(0xC123), false),
        (4, Status::SUCCESS, true),
        (5, Status::COERCION, true),
    ] {
        let instance = format!("1.2.5.{id}");
        peer.send(&stored(id, &instance, &data));
        let request = handed(&requests);
        let received = request.received().unwrap().clone();
        assert_eq!(received.bytes, u64::try_from(data.len()).unwrap());
        let paths = received.paths.unwrap();
        assert!(std::fs::read(&paths.unfinished).unwrap().ends_with(&data));
        assert!(!paths.finished.exists());
        peer.expect_nothing(Duration::from_millis(10));
        assert_eq!(request.respond(status, Some("decided")), Answered::Now);
        let response = peer.expect_store_rsp(id);
        assert_eq!((response.status, response.error_comment.as_deref()), (Some(status), Some("decided")));
        assert_eq!(paths.finished.exists(), is_kept, "{status}");
        assert!(!paths.unfinished.exists());
    }
    scratch.expect_nothing_unfinished();
}

#[test]
fn an_instance_that_nobody_decides_about_is_not_kept() {
    let (node, scratch, requests) = node_with_handler();
    let mut peer = associate(&node);
    peer.send(&stored(1, "1.2.5", &data_set("1.2.5", 10_000)));
    drop(handed(&requests));
    let response = peer.expect_store_rsp(1);
    assert_eq!(response.status, Some(Status(0xC001)));
    assert_eq!(response.error_comment.as_deref(), Some("the request was not answered"));
    scratch.expect_nothing();
    // Nor is one whose sender has gone meanwhile.
    peer.send(&stored(2, "1.2.5", &data_set("1.2.5", 10_000)));
    let request = handed(&requests);
    peer.reset();
    eventually("the handler can see that nobody waits", || request.is_cancelled());
    node.expect_empty();
    assert_eq!(request.respond(Status::SUCCESS, None), Answered::Already);
    scratch.expect_nothing();
}

/// The peer does not close, and so the connection stays for a while.
#[test]
fn an_answer_after_the_end_is_told_so_at_once() {
    let (handler, undecided) = kept();
    let (echo_handler, echoes) = kept();
    let (node, scratch) = node_with(|options| {
        let front = Front { until: Tag::new(0x7FE0, 0x0010), limit: 10_000 };
        options.header_handler = handler.map(|handler| (front, handler));
        options.request_handler = echo_handler;
    });
    let (mut peer, mut other) = (associate(&node), node.associate());
    peer.send(&stored(1, "1.2.5", &data_set("1.2.5", 10_000)));
    other.send(&bytes::echo_rq(1, 1));
    let (undecided, echo) = (handed(&undecided), handed::<Request>(&echoes));
    assert!(!undecided.request().is_cancelled() && !echo.is_cancelled());
    node.server.stop(Some(Duration::ZERO), None);
    peer.expect_abort();
    other.expect_abort();
    assert!(undecided.request().is_cancelled() && echo.is_cancelled());
    let front = undecided.front(None).unwrap();
    assert_eq!(undecided.into_file(front, &scratch.path().join("late.dcm")).unwrap(), Answered::Already);
    assert_eq!(echo.respond(Status::SUCCESS, None), Answered::Already);
    scratch.expect_nothing();
}

/// While it is there, though nothing is on its way, the next instance need not make it.
#[test]
fn what_stays_beside_paths_is_gone_when_the_server_has_ended() {
    let (handler, undecided) = kept();
    let (node, scratch) = node_with(|options| {
        options.header_handler =
            handler.map(|handler| (Front { until: Tag::new(0x7FE0, 0x0010), limit: 10_000 }, handler));
    });
    let folder = scratch.path().join("elsewhere");
    std::fs::create_dir(&folder).unwrap();
    let mut peer = associate(&node);
    peer.send(&stored(1, "1.2.5", &data_set("1.2.5", 10_000)));
    let undecided: Undecided = handed(&undecided);
    let front = undecided.front(None).unwrap();
    assert_eq!(undecided.into_file(front, &folder.join("a.dcm")).unwrap(), Answered::Now);
    peer.expect_stored(1);
    let beside = folder.join(".dimse-part");
    assert_eq!(std::fs::read_dir(&beside).unwrap().count(), 1);
    node.server.stop(Some(Duration::ZERO), None);
    eventually("nothing is left beside the path", || !beside.exists());
    assert!(folder.join("a.dcm").exists());
}

#[test]
fn a_handler_that_has_an_instance_keeps_the_next_one_waiting_and_an_echo_elsewhere_is_answered() {
    let (node, scratch, requests) = node_with_handler();
    let mut peer = associate(&node);
    let data = data_set("1.2.5", 3_000_000);
    let sender = std::thread::spawn({
        let data = data.clone();
        move || {
            for id in 1..=3 {
                peer.send(&stored(id, &format!("1.2.5.{id}"), &data));
            }
            for id in 1..=3 {
                peer.expect_stored(id);
            }
        }
    });
    for id in 1..=3 {
        let request = handed(&requests);
        assert_eq!(request.command().message_id, id);
        let mut other = node.associate();
        other.send(&bytes::echo_rq(1, 1));
        let echo = handed(&requests);
        assert_eq!(echo.command().sop_class(), Some(&uids::VERIFICATION));
        echo.respond(Status::SUCCESS, None);
        other.expect_echo_rsp(1);
        assert!(requests.try_recv().is_err(), "one at a time");
        request.respond(Status::SUCCESS, None);
    }
    sender.join().unwrap();
    assert_eq!(scratch.finished().len(), 3);
}

#[test]
fn priorities_and_originators_are_seen_by_the_handler() {
    let (node, _scratch, requests) = node_with_handler();
    let mut peer = associate(&node);
    let command = CommandSet::c_store_rq(1, CT, Uid::from_static("1.2.5"), Priority::High)
        .with_move_originator(bytes::ae("MOVER"), 77);
    peer.send(&bytes![bytes::message(3, &command), fragments(3, &data_set("1.2.5", 10), 100)]);
    let request = handed(&requests);
    assert_eq!(*request.command(), command);
    request.respond(Status::SUCCESS, None);
    peer.expect_stored(1);
}
