//! C-STORE as user against a peer of raw bytes: the messages byte by byte, every kind of answer, none, and connections
//! that break or stop in the middle of an instance.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dimse::dimse::command::{CommandSet, Priority};
use dimse::dimse::status::Status;
use dimse::error::{Cause, Error, Phase};
use dimse::net::operation::{Delivery, Event, Flow, Listener};
use dimse::scu::store::{Retries, StoreOptions};
use dimse::storage::instance::Instance;
use dimse::types::{AbortReason, MaxPduLength, Tag, Uid};
use dimse::wire::uids;
use scripted::bytes::{self, ae, bytes};
use scripted::instances::{CT, data_set, file, instance, store_rq, store_rsp};
use scripted::ours::{Asked, Ours, User};
use scripted::peer::{Came, Listening, Peer};
use scripted::{PATIENCE, Span, count, limit};

/// A user with an association for CT Image Storage, whose peer takes PDUs of 16 KiB.
fn associated(user: &User) -> (Ours, Peer) {
    associated_with(user, 16_384, None)
}

/// The peer takes PDUs of `longest` bytes, and has `write` for each write.
fn associated_with(user: &User, longest: u32, write: Option<Duration>) -> (Ours, Peer) {
    associated_in(user, &uids::IMPLICIT_VR_LITTLE_ENDIAN, longest, write)
}

/// And takes it in this transfer syntax.
fn associated_in(user: &User, syntax: &Uid, longest: u32, write: Option<Duration>) -> (Ours, Peer) {
    let listening = Listening::begin();
    let opening = user.open_with(listening.port(), |options| {
        options.add_context(CT, vec![syntax.clone()]).unwrap();
        options.timeouts.write = write.or(options.timeouts.write);
    });
    let (mut peer, request) = listening.accept_request();
    let mut acceptance = bytes::acceptance(&request);
    acceptance.user.max_pdu_length = Some(MaxPduLength::from_wire(longest));
    peer.send(&bytes::ac(acceptance));
    (opening.expect_open(), peer)
}

fn instances(count: usize, pixels: usize) -> Vec<Instance> {
    (1..=count).map(|number| instance(&format!("1.2.5.{number}"), pixels)).collect()
}

/// Each instance was asked for once, and its answer counted once.
fn counts_of(asked: &Asked) -> (u32, u32, u32, u32) {
    let counts = asked.outcome().counts;
    (counts.total, counts.done, counts.warned, counts.failed)
}

// ---- what leaves ----------------------------------------------------------------------------------------------------

#[test]
fn messages_byte_by_byte() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    for (message_id, priority, wire) in
        [(1, Priority::Medium, 0), (2, Priority::High, 1), (3, Priority::Low, 2)]
    {
        let data_set = data_set("1.2.5", 10);
        let options = StoreOptions { priority, ..StoreOptions::default() };
        let store = ours.store_with(vec![instance("1.2.5", 10)], options);
        let length = u8::try_from(data_set.len()).unwrap();
        peer.expect_bytes(&bytes![
            [4, 0, 0, 0, 0, 0x6A, 0, 0, 0, 0x66, 3, 3], // P-DATA-TF, one PDV on context 3: a command, the last of it
            [0, 0, 0, 0, 4, 0, 0, 0, 0x58, 0, 0, 0],    // group length
            b"\0\0\x02\0\x1A\0\0\x001.2.840.10008.5.1.4.1.1.2\0", // affected SOP class
            [0, 0, 0, 1, 2, 0, 0, 0, 1, 0],             // command field: C-STORE-RQ
            [0, 0, 0x10, 1, 2, 0, 0, 0, message_id, 0],
            [0, 0, 0, 7, 2, 0, 0, 0, wire, 0], // priority
            [0, 0, 0, 8, 2, 0, 0, 0, 1, 0],    // a data set follows
            b"\0\0\0\x10\x06\0\0\x001.2.5\0",  // affected SOP instance
            [4, 0, 0, 0, 0, length + 6, 0, 0, 0, length + 2, 3, 2], // a data set, the last of it
            data_set,
        ]);
        peer.send(&store_rsp(message_id.into(), "1.2.5", Status::SUCCESS));
        store.expect_success();
        assert_eq!(store.outcome().message_id, Some(message_id.into()));
    }
    let options = StoreOptions { originator: Some((ae("MOVER"), 0x0102)), ..StoreOptions::default() };
    let store = ours.store_with(vec![instance("1.2.5", 10)], options);
    peer.expect_bytes(&bytes![
        [4, 0, 0, 0, 0, 0x82, 0, 0, 0, 0x7E, 3, 3],
        [0, 0, 0, 0, 4, 0, 0, 0, 0x70, 0, 0, 0],
        b"\0\0\x02\0\x1A\0\0\x001.2.840.10008.5.1.4.1.1.2\0",
        [0, 0, 0, 1, 2, 0, 0, 0, 1, 0],
        [0, 0, 0x10, 1, 2, 0, 0, 0, 4, 0],
        [0, 0, 0, 7, 2, 0, 0, 0, 0, 0],
        [0, 0, 0, 8, 2, 0, 0, 0, 1, 0],
        b"\0\0\0\x10\x06\0\0\x001.2.5\0",
        b"\0\0\x30\x10\x06\0\0\0MOVER ", // move originator
        [0, 0, 0x31, 0x10, 2, 0, 0, 0, 2, 1],
    ]);
    peer.expect_data_set(16_384);
    peer.send(&store_rsp(4, "1.2.5", Status::SUCCESS));
    store.expect_success();
}

#[test]
fn every_maximum_length_is_kept_to() {
    let user = User::new();
    for longest in [8, 9, 17, 128, 4095, 16_384, 131_072, 0] {
        let pixels = if longest == 8 || longest == 9 { 1_000 } else { 700_001 };
        let (ours, mut peer) = associated_with(&user, longest, None);
        let store = ours.store(instances(1, pixels));
        let (_, command) = peer.expect_command();
        assert_eq!(command, store_rq(1, "1.2.5.1"));
        let most = if longest == 0 { 256 * 1024 } else { usize::try_from(longest).unwrap() };
        assert!(peer.expect_data_set(most) == data_set("1.2.5.1", pixels), "{longest}");
        peer.send(&store_rsp(1, "1.2.5.1", Status::SUCCESS));
        store.expect_success();
    }
    let listening = Listening::begin();
    let opening = user.open(listening.port());
    let (mut peer, request) = listening.accept_request();
    let mut acceptance = bytes::acceptance(&request);
    acceptance.user.max_pdu_length = Some(MaxPduLength::from_wire(7));
    peer.send(&bytes::ac(acceptance));
    let error = opening.expect_error(Phase::Associate);
    assert!(matches!(error.cause(), Cause::Protocol(_)), "{error}");
    assert_eq!(peer.expect_abort().source, 2);
}

// ---- answers --------------------------------------------------------------------------------------------------------

#[test]
fn every_status_is_told_as_what_it_is() {
    let user = User::new();
    for (status, counts) in [
        (0x0000, (1, 1, 0, 0)),
        (0xB000, (1, 1, 1, 0)),
        (0xB006, (1, 1, 1, 0)),
        (0xB007, (1, 1, 1, 0)),
        (0x0001, (1, 1, 1, 0)),
        (0x0107, (1, 1, 1, 0)),
        (0x0116, (1, 1, 1, 0)),
        (0xA700, (1, 0, 0, 1)),
        (0xA9FF, (1, 0, 0, 1)),
        (0xC000, (1, 0, 0, 1)),
        (0xCFFF, (1, 0, 0, 1)),
        (0x0122, (1, 0, 0, 1)),
        (0x1234, (1, 0, 0, 1)),
        (0xFE00, (1, 0, 0, 1)),
    ] {
        let (ours, mut peer) = associated(&user);
        let store = ours.store(instances(1, 100));
        assert_eq!(peer.expect_store_rq(), 1);
        let response = CommandSet::response_to(&store_rq(1, "1.2.5.1"), Status(status))
            .with_error_comment("in words")
            .with_offending_elements(vec![Tag::new(0x0010, 0x0020)]);
        peer.send(&bytes::message(3, &response));
        let outcome = store.expect_done();
        assert_eq!((outcome.status, outcome.comment.as_deref()), (Some(status), Some("in words")));
        assert_eq!(counts_of(&store), counts, "{status:04X}");
        let reports = store.reports();
        assert_eq!(reports.len(), 1);
        assert_eq!(
            (reports[0].status, reports[0].offending.as_slice()),
            (Some(status), &[Tag::new(0x0010, 0x0020)][..])
        );
        // The association goes on.
        let next = ours.store(instances(1, 100));
        assert_eq!(peer.expect_store_rq(), 2);
        peer.send(&store_rsp(2, "1.2.5.1", Status::SUCCESS));
        next.expect_success();
    }
}

#[test]
fn one_failure_in_a_list_is_that_of_one_instance() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let mut list = instances(4, 100);
    list.insert(1, Instance::from_bytes(b"no instance at all".to_vec()));
    list.insert(3, Instance::from_file("/nowhere/at/all"));
    let store = ours.store(list);
    for (message_id, status) in [(1, 0), (2, 0xC001), (3, 0xB000), (4, 0)] {
        assert_eq!(peer.expect_store_rq(), message_id);
        peer.send(&store_rsp(message_id, "1.2.5", Status(status)));
    }
    assert_eq!(counts_of(&store), (6, 3, 1, 3));
    let told: Vec<_> = store.reports().iter().map(|report| (report.result.is_ok(), report.status)).collect();
    let (ok, no) = (|status| (true, Some(status)), (false, None));
    assert_eq!(told, [ok(0), no, ok(0xC001), no, ok(0xB000), ok(0)]);
}

#[test]
fn answers_that_break_the_protocol_end_the_association() {
    let user = User::new();
    let right = store_rq(1, "1.2.5.1");
    let success = |request: &CommandSet| CommandSet::response_to(request, Status::SUCCESS);
    let mut no_status = success(&right);
    no_status.status = None;
    for (what, context, response) in [
        ("another message id", 3, success(&store_rq(2, "1.2.5.1"))),
        ("another context", 1, success(&right)),
        ("another service", 3, success(&CommandSet::c_echo_rq(1))),
        ("pending", 3, CommandSet::response_to(&right, Status::PENDING)),
        ("no status", 3, no_status),
    ] {
        let (ours, mut peer) = associated(&user);
        let store = ours.store(instances(2, 100));
        peer.expect_store_rq();
        peer.send(&bytes::message(context, &response));
        assert_eq!(peer.expect_abort_and_close(), AbortReason::USER, "{what}");
        let error = store.expect_error(Phase::Reply);
        assert!(matches!(error.cause(), Cause::Protocol(_)), "{what}: {error}");
        let reports = store.reports();
        assert_eq!(reports.len(), 1, "{what}: the one that was open");
        assert!(reports[0].result.is_err() && reports[0].status.is_none(), "{what}");
    }
}

/// The message id says what a response is to. UIDs in it are for people: providers are known that copy wrong ones.
#[test]
fn a_response_is_that_of_its_message_id_whatever_uids_it_bears() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let store = ours.store(instances(1, 100));
    peer.expect_store_rq();
    let other = CommandSet { affected_sop_class: Some(Uid::from_static("1.2.9")), ..store_rq(1, "1.2.77") };
    peer.send(&bytes::message(3, &CommandSet::response_to(&other, Status::SUCCESS)));
    store.expect_success();
    assert_eq!(store.reports()[0].sop_instance.as_ref().unwrap().as_str(), "1.2.5.1");
}

#[test]
fn an_answer_that_does_not_come_ends_by_its_deadline() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let options = StoreOptions { reply: Some(Some(limit())), ..StoreOptions::default() };
    let store = ours.store_with(instances(2, 100), options);
    peer.expect_store_rq();
    let span = Span::begin();
    assert_eq!(peer.expect_abort_and_close(), AbortReason::USER);
    span.expect(limit());
    store.expect_timeout(Phase::Reply, limit());
}

#[test]
fn an_answer_before_the_last_fragment_counts_once_all_has_left() {
    let user = User::new();
    for status in [Status::SUCCESS, Status::OUT_OF_RESOURCES] {
        let (ours, mut peer) = associated(&user);
        let store = ours.store(instances(2, 20_000_000));
        for message_id in [1, 2] {
            let (_, command) = peer.expect_command();
            assert_eq!(command.message_id, message_id);
            let uid = command.affected_sop_instance.unwrap();
            peer.send(&store_rsp(message_id, uid.as_str(), status));
            std::thread::sleep(limit() / 10);
            store.expect_open();
            assert!(peer.expect_data_set(16_384) == data_set(uid.as_str(), 20_000_000));
        }
        let failed = u32::from(status != Status::SUCCESS) * 2;
        store.expect_done();
        assert_eq!(counts_of(&store), (2, 2 - failed, 0, failed));
        // Each is told of once, with what was answered and all that was sent.
        let length = u64::try_from(data_set("1.2.5.1", 20_000_000).len()).unwrap();
        let reports = store.reports();
        let told: Vec<_> =
            reports.iter().map(|report| (report.status, report.bytes, report.attempts)).collect();
        assert_eq!(told, [(Some(status.0), length, 1); 2]);
    }
}

#[test]
fn a_full_provider_is_asked_again_after_a_while() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let retries = Retries { maximum: 2, first_delay: limit(), ..Retries::default() };
    let store = ours.store_with(instances(2, 100), StoreOptions { retries, ..StoreOptions::default() });
    let mut ids = 1..;
    for (uid, statuses) in [("1.2.5.1", &[0xA700, 0xA701, 0xA702][..]), ("1.2.5.2", &[0xA700, 0x0000])] {
        for (times, status) in statuses.iter().enumerate() {
            let span = Span::begin();
            let (_, command) = peer.expect_command();
            if times > 0 {
                // Half of it is left to chance, and each time twice as long.
                assert!(
                    span.elapsed() + Duration::from_millis(20) >= limit() / 2 * u32::try_from(times).unwrap()
                );
            }
            assert_eq!(command, store_rq(ids.next().unwrap(), uid));
            peer.expect_data_set(16_384);
            peer.send(&store_rsp(command.message_id, uid, Status(*status)));
        }
    }
    assert_eq!(counts_of(&store), (2, 1, 0, 1));
    let reports = store.reports();
    let attempts: Vec<_> = reports.iter().map(|report| (report.attempts, report.status)).collect();
    assert_eq!(attempts, [(3, Some(0xA702)), (2, Some(0))]);
    // All attempts and the waits between them: half of one delay and of a doubled one at least, then half of one.
    assert!(reports[0].duration >= limit() * 3 / 2 && reports[1].duration >= limit() / 2, "{reports:?}");
}

#[test]
fn an_instance_that_waits_to_be_sent_again_is_told_of_when_it_is_given_up() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let retries = Retries { maximum: 2, first_delay: PATIENCE, ..Retries::default() };
    let store = ours.store_with(instances(2, 100), StoreOptions { retries, ..StoreOptions::default() });
    peer.expect_store_rq();
    peer.send(&store_rsp(1, "1.2.5.1", Status::OUT_OF_RESOURCES));
    peer.expect_nothing(Duration::from_millis(50));
    store.operation.cancel();
    store.expect_cancelled(Phase::Queued);
    let reports = store.reports();
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].attempts, reports[0].message_id), (1, Some(1)));
    assert_eq!(reports[0].sop_instance.as_ref().unwrap().as_str(), "1.2.5.1");
    let echo = ours.echo();
    peer.expect_echo_rq();
    peer.send(&bytes::echo_rsp(1, 2));
    echo.expect_success();
}

#[test]
fn one_instance_that_is_given_up_has_its_attempts_in_the_outcome() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let retries = Retries { maximum: 2, first_delay: Duration::ZERO, ..Retries::default() };
    let store = ours.store_with(instances(1, 100), StoreOptions { retries, ..StoreOptions::default() });
    peer.expect_store_rq();
    peer.send(&store_rsp(1, "1.2.5.1", Status::OUT_OF_RESOURCES));
    let (_, command) = peer.expect_command();
    assert_eq!(command.message_id, 2);
    peer.expect_data_set(16_384);
    store.operation.cancel();
    let outcome = store.operation.wait(Some(PATIENCE)).unwrap();
    assert!(outcome.result.is_err());
    assert_eq!((outcome.attempts, outcome.message_id), (2, Some(2)));
}

// ---- in the middle --------------------------------------------------------------------------------------------------

#[test]
fn a_peer_that_is_gone_after_n_bytes_ends_the_operation_and_its_instance() {
    let user = User::new();
    for step in (0..count(60_000, 600_000)).step_by(1_000) {
        for reset in [false, true] {
            let (ours, mut peer) = associated(&user);
            let store = ours.store(instances(3, count(50_000, 500_000)));
            let mut left = step;
            let mut answered = 0;
            // Each instance that is taken whole is answered.
            while left > 0 {
                let whole = 106 + 6 + 2;
                if left < whole {
                    peer.swallow(left);
                    break;
                }
                match peer.next(PATIENCE) {
                    Came::Data(pdvs) => {
                        left = left.saturating_sub(pdvs.iter().map(|pdv| pdv.value.len() + 12).sum());
                        if pdvs.iter().any(|pdv| pdv.last && !pdv.command) {
                            answered += 1;
                            peer.send(&store_rsp(answered, "1.2.5", Status::SUCCESS));
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
            if reset {
                peer.reset();
            } else {
                peer.try_send(&bytes::abort());
                peer.half_close();
                peer.drain();
            }
            let outcome = store.outcome();
            let error = outcome.result.unwrap_err();
            match error.cause() {
                Cause::Closed => {}
                Cause::Aborted(reason) => assert!(!reset && *reason == AbortReason::USER, "{error}"),
                _ => panic!("{step} {reset}: {error}"),
            }
            assert!(error.is_retryable(), "{error}");
            assert!(outcome.counts.done <= u32::from(answered));
            assert_eq!(outcome.counts.total, 3);
            drop(ours);
        }
    }
}

#[test]
fn a_peer_that_stops_reading_ends_by_the_write_limit() {
    let user = User::new();
    let (ours, mut peer) = associated_with(&user, 16_384, Some(limit()));
    let store = ours.store(instances(1, 30_000_000));
    let (_, command) = peer.expect_command();
    assert_eq!(command.message_id, 1);
    store.expect_timeout(Phase::Send, limit());
    let report = store.reports().remove(0);
    assert!(report.bytes < 30_000_000 && report.result.is_err());
}

#[test]
fn a_cancel_in_the_middle_of_an_instance_ends_in_an_abort_behind_a_whole_pdu() {
    let user = User::new();
    let bytes: Arc<[u8]> = file("1.2.5.1", 20_000_000).into();
    for round in 0..count(10, 200) {
        let (ours, mut peer) = associated(&user);
        let store = ours.store(vec![Instance::from_bytes(bytes.clone())]);
        peer.expect_command();
        peer.swallow(round * 777);
        store.operation.cancel();
        store.expect_cancelled(Phase::Send);
        assert!(store.reports()[0].result.is_err());
        drop(peer);
    }
    // What came before the A-ABORT is whole PDUs, none of them the last.
    let (ours, mut peer) = associated(&user);
    let store = ours.store(vec![Instance::from_bytes(bytes)]);
    peer.expect_command();
    store.operation.cancel();
    peer.drain_to_abort();
}

#[test]
fn a_cancel_once_all_has_left_leaves_the_association_usable() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let store = ours.store(instances(3, 100));
    peer.expect_store_rq();
    store.operation.cancel();
    store.expect_cancelled(Phase::Reply);
    let next = ours.store(instances(1, 100));
    peer.expect_nothing(Duration::from_millis(50));
    peer.send(&store_rsp(1, "1.2.5.1", Status::SUCCESS));
    assert_eq!(peer.expect_store_rq(), 2);
    peer.send(&store_rsp(2, "1.2.5.1", Status::SUCCESS));
    next.expect_success();
    assert_eq!(counts_of(&store).0, 3);
}

/// Gives some bytes, then does as it is told.
struct Broken {
    bytes: Vec<u8>,
    at: usize,
    then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Then {
    Fails,
    Panics,
    Ends,
}

impl Read for Broken {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = into.len().min(self.bytes.len() - self.at);
        if length == 0 {
            assert!(self.then != Then::Panics, "a defect of the reader's");
            return if self.then == Then::Fails {
                Err(std::io::Error::other("the disk is gone"))
            } else {
                Ok(0)
            };
        }
        into[..length].copy_from_slice(&self.bytes[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// A file of two million pixels, as far as `there`.
fn broken(there: usize, then: Then) -> Instance {
    let mut bytes = file("1.2.5.1", 2_000_000);
    bytes.truncate(there);
    Instance::from_reader(Box::new(Broken { bytes, at: 0, then }), None)
}

/// What cannot be read, what is damaged, and a defect are told as that, whether it is converted or not.
#[track_caller]
fn expect_cause(error: &Error, then: Then) {
    let words = error.to_string();
    let is_right = match error.cause() {
        Cause::Panic(_) => then == Then::Panics,
        Cause::Io { .. } => {
            then == Then::Fails && words.contains("from a reader cannot be read: the disk is gone")
        }
        Cause::Instance { .. } => {
            then == Then::Ends
                && words.contains("from a reader cannot be sent: the data set ends in the middle")
        }
        _ => false,
    };
    assert!(is_right, "{then:?}: {error:?}");
}

const OWN_OR_CONVERTED: [Uid; 2] = [uids::IMPLICIT_VR_LITTLE_ENDIAN, uids::EXPLICIT_VR_LITTLE_ENDIAN];

#[test]
fn a_reader_that_breaks_in_the_middle_ends_in_an_abort_and_no_last_fragment() {
    for syntax in OWN_OR_CONVERTED {
        for then in [Then::Fails, Then::Panics, Then::Ends] {
            let mut user = User::new();
            user.expected_panics = u64::from(then == Then::Panics);
            let (ours, mut peer) = associated_in(&user, &syntax, 16_384, None);
            let store = ours.store(vec![broken(1_000_000, then)]);
            peer.expect_command();
            peer.drain_to_abort();
            expect_cause(&store.expect_error(Phase::Send), then);
        }
    }
}

#[test]
fn a_reader_that_breaks_at_its_beginning_ends_nothing_else() {
    let user = User::new();
    for syntax in OWN_OR_CONVERTED {
        for then in [Then::Fails, Then::Ends] {
            let (ours, mut peer) = associated_in(&user, &syntax, 16_384, None);
            let store = ours.store(vec![broken(1_000, then), instance("1.2.5.2", 10)]);
            assert_eq!(peer.expect_command().1, store_rq(1, "1.2.5.2"));
            peer.expect_data_set(16_384);
            peer.send(&store_rsp(1, "1.2.5.2", Status::SUCCESS));
            assert_eq!(counts_of(&store), (2, 1, 0, 1));
            expect_cause(&store.reports().remove(0).result.unwrap_err(), then);
        }
    }
}

/// Gives some bytes, then waits until it is told to end.
struct Waiting(Vec<u8>, Receiver<()>);

impl Read for Waiting {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = into.len().min(self.0.len());
        if length == 0 {
            let _told_or_gone = self.1.recv();
        }
        into[..length].copy_from_slice(&self.0[..length]);
        self.0.drain(..length);
        Ok(length)
    }
}

#[test]
fn a_reader_that_waits_holds_up_neither_a_cancel_nor_the_peers_abort_nor_others() {
    let user = User::new();
    for peer_aborts in [false, true] {
        let (ours, mut peer) = associated(&user);
        let (tell, told) = channel();
        let mut bytes = file("1.2.5.1", 2_000_000);
        bytes.truncate(1_000_000);
        let store = ours.store(vec![Instance::from_reader(Box::new(Waiting(bytes, told)), None)]);
        peer.expect_command();
        let mut came = 0;
        // A fragment more may be in memory, of which it is not known whether it is the last.
        while came + 16_384 < 990_000 {
            let Came::Data(pdvs) = peer.next(PATIENCE) else { panic!("no data after {came} bytes") };
            came += pdvs.iter().map(|pdv| pdv.value.len()).sum::<usize>();
        }
        store.expect_open();
        let span = Span::begin();
        if peer_aborts {
            peer.send(&bytes::abort());
            let error = store.expect_error(Phase::Send);
            assert!(matches!(error.cause(), Cause::Aborted(_)), "{error}");
        } else {
            store.operation.cancel();
            store.expect_cancelled(Phase::Send);
            peer.drain_to_abort();
        }
        span.expect_at_once();
        // The thread that waits for the reader is not the one of another association.
        let (other, mut other_peer) = associated(&user);
        let echo = other.echo();
        assert_eq!(other_peer.expect_echo_rq(), 1);
        other_peer.send(&bytes::echo_rsp(1, 1));
        echo.expect_success();
        drop(tell);
    }
}

// ---- blocking -------------------------------------------------------------------------------------------------------

#[test]
fn a_blocking_call_hears_how_far_it_is_while_a_slow_reader_feeds_a_fast_peer() {
    /// A read every now and then.
    struct Slow(Vec<u8>, usize);
    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.1 > 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            let length = into.len().min(64 * 1024).min(self.0.len() - self.1);
            into[..length].copy_from_slice(&self.0[self.1..self.1 + length]);
            self.1 += length;
            Ok(length)
        }
    }
    /// Cancels at the third word.
    struct Impatient(Arc<Mutex<Vec<u64>>>);
    impl Listener for Impatient {
        fn event(&mut self, event: &Event) -> Flow {
            let Event::Progress(progress) = event else { return Flow::Continue };
            let mut words = self.0.lock().unwrap();
            words.push(progress.bytes);
            if words.len() == 3 { Flow::Cancel } else { Flow::Continue }
        }
    }

    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let bytes = file("1.2.5.1", 30_000_000);
    let reads = std::thread::spawn(move || while peer.next(PATIENCE) != Came::End {});
    let words = Arc::<Mutex<Vec<u64>>>::default();
    let operation = ours.association.operation(Delivery::Pull);
    let list = vec![Instance::from_reader(Box::new(Slow(bytes, 0)), None)];
    let span = Span::begin();
    ours.association.run(&operation, Some(Box::new(Impatient(words.clone()))), || {
        dimse::scu::store::store_all(&ours.association, list, StoreOptions::default(), &operation);
    });
    span.expect_at_once();
    assert_eq!(operation.outcome().unwrap().result.unwrap_err().cause(), &Cause::Cancelled);
    let words = words.lock().unwrap();
    assert!(words.len() >= 3 && words[2] < 15_000_000, "{words:?}");
    drop(ours);
    reads.join().unwrap();
}
