//! Many peers at once, and peers that take no end: others are served in time, limits are kept, and memory and
//! descriptors come back.
//!
//! The tests of this file count what the whole process holds, so they run one at a time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use dimse::dimse::status::Status;
use dimse::net::association_request::AssociationRequest;
use dimse::types::Rejection;
use scripted::bytes::{self, ae};
use scripted::ours::{Node, Ours, User, handed, kept};
use scripted::peer::Peer;
use scripted::process::{descriptors, memory};
use scripted::{Span, count, eventually, limit, log};

static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the process held before, to be held again after.
struct Before {
    descriptors: usize,
    memory: usize,
}

impl Before {
    fn now() -> Self {
        Self { descriptors: descriptors(), memory: memory() }
    }

    #[track_caller]
    fn expect_back(&self) {
        eventually("the descriptors are back", || descriptors() <= self.descriptors);
        // What the allocator keeps for later is not lost, but it is not much either.
        let grown = memory().saturating_sub(self.memory);
        assert!(grown < 24 << 20, "{grown} bytes more than before");
    }
}

/// C-ECHO after C-ECHO on an association of its own, while others do what they do.
struct Verifying {
    stop: std::sync::Arc<AtomicBool>,
    thread: JoinHandle<(usize, Duration)>,
}

impl Verifying {
    fn begin(ours: Ours) -> Self {
        let stop = std::sync::Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let (mut echoes, mut slowest) = (0, Duration::ZERO);
            while !stopped.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let outcome = ours.blocking_echo();
                assert!(outcome.result.is_ok(), "{outcome:?}");
                slowest = slowest.max(begun.elapsed());
                echoes += 1;
                thread::sleep(Duration::from_millis(1));
            }
            ours.release().expect_done();
            (echoes, slowest)
        });
        Self { stop, thread }
    }

    #[track_caller]
    fn expect_in_time(self) {
        self.stop.store(true, Ordering::Relaxed);
        let (echoes, slowest) = self.thread.join().expect("an echo failed");
        assert!(
            echoes > 0 && slowest < Duration::from_secs(1),
            "{echoes} echoes, the slowest took {slowest:?}"
        );
    }
}

#[test]
fn a_flood_of_silent_connections_stops_nobody_and_leaves_nothing() {
    let _alone = alone();
    let (node, user) = (Node::start(), User::new());
    let ours = user.open(node.address().port()).expect_open();
    ours.echo().expect_success();
    let before = Before::now();
    let verifying = Verifying::begin(ours);
    let flood: Vec<Peer> = (0..count(300, 5000)).map(|_| node.connect()).collect();
    eventually("all are taken", || node.counters().connected_total > u64::try_from(flood.len()).unwrap());
    node.expect_service();
    drop(flood);
    verifying.expect_in_time();
    node.expect_empty();
    before.expect_back();
}

#[test]
fn a_flood_of_malformed_requests_stops_nobody_and_leaves_nothing() {
    let _alone = alone();
    let (node, user) = (Node::start_with(|options| options.timeouts.artim = limit()), User::new());
    let ours = user.open(node.address().port()).expect_open();
    ours.echo().expect_success();
    let before = Before::now();
    let verifying = Verifying::begin(ours);
    let malformed = bytes::associate(1, &[0x10, 0, 0xFF, 0xFF, 1]);
    let flood: Vec<Peer> = (0..count(300, 5000))
        .map(|_| {
            let mut peer = node.connect();
            peer.send(&malformed);
            peer
        })
        .collect();
    // None of them closes; each is answered and closed all the same.
    for mut peer in flood {
        peer.expect_abort();
        peer.expect_end();
    }
    verifying.expect_in_time();
    node.expect_empty();
    before.expect_back();
}

#[test]
fn a_flood_of_associations_that_are_aborted_stops_nobody_and_leaves_nothing() {
    let _alone = alone();
    let (node, user) = (Node::start(), User::new());
    let ours = user.open(node.address().port()).expect_open();
    ours.echo().expect_success();
    node.expect_service();
    let before = Before::now();
    let verifying = Verifying::begin(ours);
    for round in 0..count(1000, 20_000) {
        let mut peer = node.associate();
        match round % 3 {
            0 => peer.send(&bytes::abort()),
            1 => peer.reset(),
            _ => drop(peer),
        }
    }
    verifying.expect_in_time();
    node.expect_empty();
    before.expect_back();
}

#[test]
fn large_claims_cost_nothing() {
    let _alone = alone();
    let node = Node::start();
    let before = Before::now();
    let mut flood = Vec::new();
    for round in 0..count(200, 990) {
        let mut peer = if round % 2 == 0 { node.connect() } else { node.associate() };
        match round % 2 {
            // An A-ASSOCIATE-RQ of a mebibyte, of which a few bytes come.
            0 => peer.send(&[1, 0, 0, 0x10, 0, 0, 0, 1, 0, 0]),
            // A command in a P-DATA-TF of 4 GiB.
            _ => peer.send(&[4, 0, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFA, 1, 1, 0, 0]),
        }
        flood.push(peer);
    }
    eventually("all are taken", || node.counters().connections == u64::try_from(flood.len()).unwrap());
    let grown = memory().saturating_sub(before.memory);
    assert!(grown < 24 << 20, "{grown} bytes for claims");
    drop(flood);
    node.expect_empty();
    before.expect_back();
}

#[test]
fn a_peer_that_takes_no_answers_is_not_read_any_more_and_ends_by_the_write_limit() {
    let _alone = alone();
    log::listen();
    let node = Node::start_with(|options| {
        options.timeouts.write = Some(limit());
        options.timeouts.abort = limit();
    });
    node.expect_service();
    let before = Before::now();
    let mut peer = node.associate();
    let requests: Vec<u8> = (1..1000).flat_map(|message_id| bytes::echo_rq(1, message_id)).collect();
    // Until nothing more is taken, or, once the association has ended and what comes is discarded, until the end.
    peer.flood(&requests, limit() / 3);
    let since = Span::begin();
    let grown = memory().saturating_sub(before.memory);
    assert!(grown < 16 << 20, "{grown} bytes for answers that nobody takes");
    log::expect(&["while sending", &peer.address()]);
    node.expect_empty();
    since.expect_at_most(limit() * 2);
    drop(peer);
    before.expect_back();
}

#[test]
fn requests_that_a_handler_does_not_take_are_not_piled_up() {
    let _alone = alone();
    let (handler, requests) = kept();
    let node = Node::start_with(|options| options.request_handler = handler);
    let before = Before::now();
    let mut peer = node.associate();
    let flood: Vec<u8> = (1..1000).flat_map(|message_id| bytes::echo_rq(1, message_id)).collect();
    let sent = peer.flood(&flood, limit());
    assert!(sent < 64 << 20, "{sent} bytes were taken");
    let grown = memory().saturating_sub(before.memory);
    assert!(grown < 16 << 20, "{grown} bytes for requests that nobody takes");
    // The first is being worked on, the second waits, and the next ones were not even counted.
    let first = handed(&requests);
    assert!(requests.try_recv().is_err());
    assert_eq!(node.counters().requests_total, 1);
    // Time in which we do not read counts for none of the peer's deadlines, and nothing is lost meanwhile.
    first.respond(Status::SUCCESS, None);
    for message_id in 2..200 {
        let request = handed(&requests);
        assert_eq!(request.command().message_id, message_id);
        request.respond(Status::SUCCESS, None);
    }
    for message_id in 1..200 {
        peer.expect_echo_rsp(message_id);
    }
    // Its end would stand behind what is not read; a reset is seen at once.
    peer.reset();
    node.expect_empty();
}

// ---- limits ---------------------------------------------------------------------------------------------------------

#[test]
fn the_oldest_silent_connection_goes_when_too_many_wait() {
    let _alone = alone();
    let node = Node::start_with(|options| options.limits.waiting = 5);
    let since = Span::begin();
    let mut silent: Vec<Peer> = (0..5)
        .map(|taken| {
            let peer = node.connect();
            eventually("it is taken", || node.counters().connected_total == taken + 1);
            peer
        })
        .collect();
    let _sixth = node.connect();
    silent.remove(0).expect_end();
    since.expect_at_once();
    let _seventh = node.connect();
    silent.remove(0).expect_end();
    for peer in &mut silent {
        peer.expect_nothing(Duration::from_millis(20));
    }
    assert_eq!(node.counters().waiting, 5);
    // One that asks is none of them any more.
    let mut last = silent.pop().unwrap();
    last.send(&bytes::rq(bytes::request()));
    last.expect_acceptance();
    assert_eq!((node.counters().waiting, node.counters().associations), (4, 1));
}

#[test]
fn a_limit_that_is_reached_is_answered_2_3_2_and_a_place_that_is_free_is_given_away_again() {
    let _alone = alone();
    let request = |calling: &str| {
        let mut request = bytes::request();
        request.calling = ae(calling);
        bytes::rq(request)
    };
    let ask = |node: &Node, calling: &str| {
        let mut peer = node.connect();
        peer.send(&request(calling));
        peer
    };
    let total = Node::start_with(|options| options.limits.associations = 3);
    let address = Node::start_with(|options| options.limits.per_address = Some(3));
    let ae_title = Node::start_with(|options| options.limits.per_ae_title = Some(3));
    for node in [&total, &address, &ae_title] {
        let mut open: Vec<Peer> = (0..3).map(|_| ask(node, "SCRIPT")).collect();
        for peer in &mut open {
            peer.expect_acceptance();
        }
        for _ in 0..3 {
            assert_eq!(ask(node, "SCRIPT").expect_rejection(), Rejection::LIMIT_EXCEEDED);
        }
        eventually("the refusals are counted", || node.counters().refused_total == 3);
        // The title's limit is for each title, and those that are there are served.
        if std::ptr::eq(node, &raw const ae_title) {
            ask(node, "ANOTHER").expect_acceptance();
        } else {
            assert_eq!(ask(node, "ANOTHER").expect_rejection(), Rejection::LIMIT_EXCEEDED);
        }
        open[2].send(&bytes::echo_rq(1, 1));
        open[2].expect_echo_rsp(1);
        // However a place becomes free.
        open.pop().unwrap().reset();
        let mut leaving = open.pop().unwrap();
        leaving.send(&bytes::release_rq());
        leaving.expect_release_rp();
        drop(leaving);
        eventually("two have gone", || node.counters().associations == 1);
        let (mut one, mut other) = (ask(node, "SCRIPT"), ask(node, "SCRIPT"));
        one.expect_acceptance();
        other.expect_acceptance();
        assert_eq!(ask(node, "SCRIPT").expect_rejection(), Rejection::LIMIT_EXCEEDED);
    }
}

#[test]
fn peers_that_do_not_close_after_the_end_do_not_use_up_the_limit_of_associations() {
    let _alone = alone();
    let (handler, requests) = kept::<AssociationRequest>();
    let node = Node::start_with(|options| {
        options.limits.associations = 1;
        options.association_handler = handler;
    });
    let ask = || {
        let mut peer = node.connect();
        peer.send(&bytes::rq(bytes::request()));
        (handed(&requests), peer)
    };
    let place_is_free = || eventually("its place is free", || node.counters().associations == 0);
    let (asked, mut refused) = ask();
    asked.refuse(Rejection::NO_REASON);
    refused.expect_rejection();
    place_is_free();

    let (asked, mut released) = ask();
    asked.accept();
    released.expect_acceptance();
    released.send(&bytes::release_rq());
    released.expect_release_rp();
    place_is_free();

    let (asked, mut aborted) = ask();
    asked.accept();
    aborted.expect_acceptance();
    aborted.send(&bytes::release_rp());
    aborted.expect_abort();
    place_is_free();

    let (asked, mut established) = ask();
    asked.accept();
    established.expect_acceptance();
    // Four connections, of which one is an association.
    assert_eq!((node.counters().waiting, node.counters().associations), (3, 1));
}

#[test]
fn silent_connections_do_not_use_up_the_limit_of_associations() {
    let _alone = alone();
    let node = Node::start_with(|options| options.limits.associations = 2);
    let _silent: Vec<Peer> = (0..20).map(|_| node.connect()).collect();
    eventually("all are taken", || node.counters().waiting == 20);
    let _first = node.associate();
    let _second = node.associate();
    assert_eq!(node.counters().associations, 2);
}

// ---- a process with few descriptors ---------------------------------------------------------------------------------

const FEW_DESCRIPTORS: &str = "DIMSE_TEST_FEW_DESCRIPTORS";

/// Runs itself a second time, as the node, where the system gives it no more than 64 descriptors.
#[test]
fn descriptors_that_run_out_are_survived() {
    let _alone = alone();
    if std::env::var_os(FEW_DESCRIPTORS).is_some() {
        serve_until_told();
        return;
    }
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "descriptors_that_run_out_are_survived", "--nocapture"])
        .env(FEW_DESCRIPTORS, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port: u16 = lines
        .find_map(|line| line.strip_prefix("listening at port ")?.parse().ok())
        .expect("the node does not start");
    let address = ([127, 0, 0, 1], port).into();

    let mut before = Peer::associate(address);
    let silent: Vec<Peer> = (0..200).map(|_| Peer::connect(address)).collect();
    let since = Span::begin();
    before.send(&bytes::echo_rq(1, 1));
    before.expect_echo_rsp(1);
    since.expect_at_once();
    // Those that wait longest go for those that ask.
    let since = Span::begin();
    let mut another = Peer::associate(address);
    another.send(&bytes::echo_rq(1, 2));
    another.expect_echo_rsp(2);
    since.expect_at_once();
    drop(silent);
    let mut after = Peer::associate(address);
    after.send(&bytes::echo_rq(1, 3));
    after.expect_echo_rsp(3);
    before.send(&bytes::echo_rq(1, 4));
    before.expect_echo_rsp(4);

    child.stdin.take().unwrap().write_all(b"end\n").unwrap();
    let rest: Vec<String> = lines.collect();
    assert!(child.wait().unwrap().success(), "{}", rest.join("\n"));
}

fn serve_until_told() {
    log::listen();
    let node = Node::start();
    println!("\nlistening at port {}", node.address().port());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    assert_eq!(line, "end\n");
    log::expect(&["no connection can be taken for now"]);
    assert!(node.counters().connected_total > 100);
}
