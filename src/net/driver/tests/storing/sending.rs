//! C-STORE as user: what leaves, in which order, and what becomes of the association.

use super::*;

// ---- what leaves ----------------------------------------------------------------------------------------------------

#[test]
fn a_data_set_arrives_whole_in_fragments_that_the_peer_takes() {
    for longest in [8, 9, 17, 128, 4095, 16_384, 131_072, 0] {
        let limit = if longest == 0 { 256 * 1024 - 6 } else { usize::try_from(longest - 6).unwrap() & !1 };
        let mut lengths = vec![0, 1, 2, 3, limit - 1, limit, limit + 1, 2 * limit, 3 * limit + 1];
        // More than is in memory at once.
        lengths.extend((longest != 8).then_some(256 * 1024 + 5));
        for length in lengths {
            let bytes = data_set(length);
            let mut padded = bytes.clone();
            padded.resize(length.next_multiple_of(2), 0);
            // How much is in memory at once when it is opened, and what one read brings.
            let reads = [1, 2, limit - 1, limit, limit + 1, 1 << 20];
            for (head, read) in
                reads.into_iter().flat_map(|read| [(0, read), (limit + 1, read), (length, read)])
            {
                // One way is enough for what is large, and a byte at a time for what is small.
                if length / read > 300 || (length > 20_000 && (read < limit || head == limit + 1)) {
                    continue;
                }
                for tells in [true, false] {
                    let mut user = Side::user(longest, 1);
                    let mut plan = Plan::of(&bytes);
                    (plan.head, plan.read, plan.tells) = (head, read, tells);
                    let store = user.store([plan]);
                    user.settle();
                    let (mut seen, what) = (user.sent(), (longest, length, head, read, tells));
                    assert_eq!(seen.len(), 2, "{what:?}");
                    assert!(seen.pop() == Some(Seen::Data(padded.clone())), "{what:?}");
                    assert_eq!(seen.pop(), Some(Seen::Command(Box::new(store_rq(1)))), "{what:?}");
                    assert!(store.outcome().is_none());
                    user.comes_command(&store_rsp(1, Status::SUCCESS));
                    user.settle();
                    assert_eq!(store.outcome().unwrap().status, Some(0), "{what:?}");
                    assert!(user.driver.is_quiet());
                }
            }
        }
    }
}

#[test]
fn whatever_the_connection_takes_at_once_the_stream_is_the_same() {
    let bytes = data_set(301);
    let stream = |room: usize, longest| {
        let mut user = Side::user(longest, 1);
        let store = user.store([Plan { read: 37, ..Plan::of(&bytes) }, Plan::of(&bytes[..16])]);
        user.trickle(room);
        user.comes_command(&store_rsp(1, Status::SUCCESS));
        user.trickle(room);
        user.comes_command(&store_rsp(2, Status::COERCION));
        user.trickle(room);
        assert_eq!(store.outcome().unwrap().status, Some(0xB000));
        let sent = user.sent_bytes();
        assert_eq!(understand(&sent, user.longest).1, 0);
        sent
    };
    for longest in [8, 17, 128, 16_384] {
        let whole = stream(1 << 20, longest);
        for room in 1..=80 {
            assert!(stream(room, longest) == whole, "{longest}, {room} bytes at once");
        }
    }
}

#[test]
fn our_answers_wait_behind_a_data_set() {
    for room in [1, 5, 12, 40, 141, 300] {
        let mut user = Side::user(17, 1);
        user.link.borrow_mut().room = Some(room);
        let bytes = data_set(100);
        let store = user.store([Plan { read: 9, ..Plan::of(&bytes) }]);
        user.settle();
        for message_id in [7, 8] {
            user.comes_command(&CommandSet::c_echo_rq(message_id));
        }
        user.settle();
        user.trickle(room);
        let mut seen = user.sent();
        let answers = seen.split_off(2);
        assert_eq!(seen, [Seen::Command(Box::new(store_rq(1))), Seen::Data(bytes)], "{room}");
        let echo_rsp = |id| {
            let response = CommandSet::response_to(&CommandSet::c_echo_rq(id), Status::SUCCESS);
            Seen::Command(Box::new(response))
        };
        assert_eq!(answers, [echo_rsp(7), echo_rsp(8)], "{room}");
        user.comes_command(&store_rsp(1, Status::SUCCESS));
        user.settle();
        assert!(store.outcome().unwrap().result.is_ok());
    }
}

// ---- responses ------------------------------------------------------------------------------------------------------

#[test]
fn a_response_before_the_last_fragment_counts_once_that_has_left() {
    for status in [Status::SUCCESS, Status::OUT_OF_RESOURCES] {
        let mut user = Side::user(128, 1);
        user.link.borrow_mut().room = Some(200);
        let bytes = data_set(1_000);
        let store = user.store([Plan::of(&bytes), Plan::of(&bytes)]);
        user.settle();
        user.comes_command(&store_rsp(1, status));
        user.settle();
        assert!(store.outcome().is_none());
        user.link.borrow_mut().room = None;
        user.settle();
        // The next instance has its turn at once.
        let seen = user.sent();
        assert_eq!(seen.len(), 4);
        assert_eq!(seen[1], Seen::Data(bytes.clone()));
        assert_eq!(seen[2], Seen::Command(Box::new(store_rq(2))));
        user.comes_command(&store_rsp(2, status));
        user.settle();
        assert_eq!(store.outcome().unwrap().status, Some(status.0));
    }
}

#[test]
fn a_failure_before_the_last_fragment_changes_nothing_about_a_store_that_is_given_up() {
    for blow in ["cancel", "abort", "silence"] {
        let mut user = Side::user(128, 1);
        user.link.borrow_mut().room = Some(200);
        let store = user.store([Plan::of(&data_set(1_000))]);
        user.settle();
        user.comes_command(&store_rsp(1, Status::OUT_OF_RESOURCES));
        user.settle();
        match blow {
            "cancel" => user.order(Order::Cancel(store.clone())),
            "abort" => user.comes_pdu(&Pdu::Abort(AbortReason::USER)),
            _ => user.pass(60),
        }
        user.settle();
        // The message is half, whatever the answer to it was; and there is one outcome.
        let error = store.outcome().unwrap().result.unwrap_err();
        assert_eq!(error.phase(), Phase::Send, "{blow}");
        user.link.borrow_mut().room = None;
        user.settle();
        let (seen, _) = understand(&user.sent_bytes(), user.longest);
        assert!(!seen.iter().any(|seen| matches!(seen, Seen::Data(_))), "{blow}: {seen:?}");
    }
}

#[test]
fn two_responses_before_the_last_fragment_end_the_association() {
    let mut user = Side::user(128, 1);
    user.link.borrow_mut().room = Some(200);
    let store = user.store([Plan::of(&data_set(1_000))]);
    user.settle();
    user.comes_command(&store_rsp(1, Status::SUCCESS));
    user.comes_command(&store_rsp(1, Status::SUCCESS));
    user.settle();
    let error = store.outcome().unwrap().result.unwrap_err();
    assert!(matches!(error.cause(), Cause::Protocol(_)), "{error}");
    user.link.borrow_mut().room = None;
    user.settle();
    assert!(matches!(user.sent()[..], [Seen::Command(_), Seen::Cut(_), Seen::Abort(AbortReason::USER)]));
}

#[test]
fn what_waits_behind_a_data_set_goes_out_with_its_last_byte_where_the_window_lets_it() {
    let mut user = Side::user(128, 2);
    let store = user.store([Plan::of(&data_set(1_000))]);
    let echo = user.start(Box::new(Echo(None)));
    user.settle();
    let seen = user.sent();
    assert_eq!(seen.last(), Some(&Seen::Command(Box::new(CommandSet::c_echo_rq(2)))), "{seen:?}");
    for response in
        [CommandSet::response_to(&CommandSet::c_echo_rq(2), Status::SUCCESS), store_rsp(1, Status::SUCCESS)]
    {
        user.comes_command(&response);
    }
    user.settle();
    assert!(echo.outcome().unwrap().result.is_ok() && store.outcome().unwrap().result.is_ok());
}

#[test]
fn a_window_lets_several_be_open_but_their_data_sets_follow_each_other() {
    let mut user = Side::user(64, 3);
    let bytes = data_set(500);
    let stores: Vec<_> = (0..5).map(|_| user.store([Plan { read: 70, ..Plan::of(&bytes) }])).collect();
    user.trickle(33);
    assert_eq!(user.sent().len(), 6, "three messages, none inside of another");
    // In any order.
    for (message_id, index) in [(2, 1), (1, 0), (3, 2)] {
        user.comes_command(&store_rsp(message_id, Status::SUCCESS));
        user.trickle(33);
        assert_eq!(stores[index].outcome().unwrap().message_id, Some(message_id));
    }
    assert_eq!(user.sent().len(), 4);
    assert!(stores[3].outcome().is_none() && stores[4].outcome().is_none());
    user.end();
    assert!(stores.iter().all(|store| store.outcome().is_some()));
}

// ---- tried again ----------------------------------------------------------------------------------------------------

#[test]
fn a_retry_waits_and_keeps_those_behind_it_waiting() {
    let mut user = Side::user(16_384, 1);
    let bytes = data_set(100);
    let store = user.store([Plan { retry: Some(Duration::from_secs(5)), ..Plan::of(&bytes) }]);
    let echo = user.start(Box::new(Echo(None)));
    user.settle();
    user.comes_command(&store_rsp(1, Status::OUT_OF_RESOURCES));
    user.settle();
    assert_eq!(user.sent().len(), 2);
    assert_eq!(user.driver.deadline(), Some(user.now + Duration::from_secs(5)));
    user.pass(4);
    user.settle();
    assert!(user.sent().is_empty());
    user.pass(1);
    user.settle();
    assert_eq!(user.sent(), [Seen::Command(Box::new(store_rq(2))), Seen::Data(bytes)]);
    user.comes_command(&store_rsp(2, Status::SUCCESS));
    user.settle();
    assert_eq!(store.outcome().unwrap().status, Some(0));
    assert!(echo.outcome().is_none() && user.sent().len() == 1);
}

#[test]
fn a_retry_whose_time_has_come_while_another_has_its_turn_wakes_nobody_again_and_again() {
    let mut user = Side::user(16_384, 2);
    let retried = |seconds| Plan { retry: Some(Duration::from_secs(seconds)), ..Plan::of(&data_set(100)) };
    let (first, second) = (user.store([retried(1)]), user.store([retried(20)]));
    user.settle();
    user.comes_command(&store_rsp(1, Status::OUT_OF_RESOURCES));
    user.settle();
    user.comes_command(&store_rsp(2, Status::OUT_OF_RESOURCES));
    user.settle();
    user.wait(19);
    user.settle();
    assert!(first.outcome().is_none() && second.outcome().is_none());
    user.wait(1);
    user.settle();
    assert_eq!(user.sent().len(), 8, "both again");
    user.end();
}

#[test]
fn a_retry_that_is_cancelled_while_it_waits_sends_nothing() {
    let mut user = Side::user(16_384, 1);
    let store = user.store([Plan { retry: Some(Duration::from_secs(5)), ..Plan::of(&data_set(100)) }]);
    user.settle();
    user.comes_command(&store_rsp(1, Status::OUT_OF_RESOURCES));
    user.settle();
    user.sent();
    user.order(Order::Cancel(store.clone()));
    assert_eq!(store.outcome().unwrap().result.unwrap_err().phase(), Phase::Queued);
    user.pass(10);
    user.settle();
    assert!(user.sent().is_empty() && user.driver.is_quiet());
}

// ---- cancelled ------------------------------------------------------------------------------------------------------

#[test]
fn a_store_that_is_cancelled_before_its_first_byte_leaves_the_association_usable() {
    for stage in ["waiting", "preparing", "prepared"] {
        let mut user = Side::user(16_384, 1);
        let alive = Arc::new(());
        let before = (stage == "waiting").then(|| user.start(Box::new(Echo(None))));
        let store = user.store([Plan { alive: alive.clone(), ..Plan::of(&data_set(100)) }]);
        let out = if stage == "preparing" { user.work() } else { None };
        user.order(Order::Cancel(store.clone()));
        let error = store.outcome().unwrap().result.unwrap_err();
        assert_eq!((error.phase(), error.cause()), (Phase::Queued, &Cause::Cancelled), "{stage}");
        if let Some(work) = out {
            user.brings(work);
        }
        user.settle();
        if before.is_some() {
            user.comes_command(&CommandSet::response_to(&CommandSet::c_echo_rq(1), Status::SUCCESS));
            user.settle();
        }
        assert!(nothing_is_left(&alive), "{stage}");
        assert_eq!(user.sent().len(), usize::from(before.is_some()), "{stage}");
        assert!(user.driver.is_quiet(), "{stage}");
        let next = user.store([Plan::of(&data_set(100))]);
        user.settle();
        assert_eq!(user.sent().len(), 2, "{stage}");
        user.end();
        assert!(next.outcome().is_some());
    }
}

/// Everything that ends an operation in the middle of its message.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Blow {
    Cancel,
    Total,
    Abort,
    BadResponse,
    PeerAborts,
    PeerCloses,
}

const BLOWS: [Blow; 6] =
    [Blow::Cancel, Blow::Total, Blow::Abort, Blow::BadResponse, Blow::PeerAborts, Blow::PeerCloses];

impl Blow {
    fn strike(self, user: &mut Side, store: &Arc<Operation>) {
        match self {
            Self::Cancel => user.order(Order::Cancel(store.clone())),
            Self::Total => user.pass(10),
            Self::Abort => user.order(Order::Abort),
            Self::BadResponse => {
                user.comes_command(&store_rsp(77, Status::SUCCESS));
                user.step();
            }
            Self::PeerAborts => {
                user.comes_pdu(&Pdu::Abort(AbortReason::USER));
                user.step();
            }
            Self::PeerCloses => {
                user.link.borrow_mut().closed = true;
                user.step();
            }
        }
    }

    fn is_ours(self) -> bool {
        !matches!(self, Self::PeerAborts | Self::PeerCloses)
    }
}

#[test]
fn a_message_that_is_not_completed_ends_in_an_abort_behind_a_whole_pdu() {
    for blow in BLOWS {
        for feeding in [false, true] {
            for room in 0..260 {
                let mut user = Side::user(64, 1);
                let alive = Arc::new(());
                let plan = Plan {
                    alive: alive.clone(),
                    total: Some(Duration::from_secs(10)),
                    head: 150,
                    read: 100,
                    ..Plan::of(&data_set(10_000))
                };
                let store = user.store([plan]);
                user.link.borrow_mut().room = Some(room);
                assert!(user.does_work(), "it is opened");
                user.step();
                if feeding {
                    user.link.borrow_mut().room = None;
                }
                user.step();
                let out = user.work();
                if out.is_some() != feeding {
                    break; // all that was in memory has left
                }
                blow.strike(&mut user, &store);
                let outcome = store.outcome().unwrap();
                let error = outcome.result.unwrap_err();
                assert_eq!(error.phase(), Phase::Send, "{blow:?} {feeding} {room}: {error}");
                if let Some(work) = out {
                    user.brings(work);
                }
                user.link.borrow_mut().room = None;
                user.settle();
                assert!(nothing_is_left(&alive), "{blow:?} {feeding} {room}");
                if blow.is_ours() {
                    let seen = user.sent();
                    assert_eq!(
                        seen.last(),
                        Some(&Seen::Abort(AbortReason::USER)),
                        "{blow:?} {feeding} {room}"
                    );
                    assert!(!seen.iter().any(|seen| matches!(seen, Seen::Data(_))), "{seen:?}");
                }
                assert_eq!(user.milestones.last(), Some(&Milestone::Aborted));
                user.pass(2);
                assert!(user.driver.is_closed(), "{blow:?} {feeding} {room}");
            }
        }
    }
}

#[test]
fn a_last_fragment_that_has_begun_is_ended_with_its_padding() {
    let mut padded = data_set(9);
    padded.push(0);
    let command = message(&store_rq(1)).len();
    for room in command + 1..command + 12 + 10 {
        let mut user = Side::user(16_384, 1);
        let store = user.store([Plan { head: 9, ..Plan::of(&data_set(9)) }]);
        user.link.borrow_mut().room = Some(room);
        user.settle();
        user.order(Order::Cancel(store.clone()));
        user.link.borrow_mut().room = None;
        user.settle();
        let abort = Seen::Abort(AbortReason::USER);
        assert_eq!(user.sent()[1..], [Seen::Data(padded.clone()), abort], "{room}");
        assert_eq!(store.outcome().unwrap().result.unwrap_err().phase(), Phase::Send);
    }
}

#[test]
fn a_store_that_is_cancelled_once_all_has_left_leaves_the_association_usable() {
    for blow in [Blow::Cancel, Blow::Total] {
        let mut user = Side::user(16_384, 1);
        let plan = Plan { total: Some(Duration::from_secs(10)), ..Plan::of(&data_set(100)) };
        let store = user.store([plan.clone(), plan]);
        user.settle();
        blow.strike(&mut user, &store);
        assert_eq!(store.outcome().unwrap().result.unwrap_err().phase(), Phase::Reply, "{blow:?}");
        let next = user.store([Plan::of(&data_set(10))]);
        user.settle();
        assert_eq!(user.sent().len(), 2, "the window is one");
        user.comes_command(&store_rsp(1, Status::SUCCESS));
        user.settle();
        assert_eq!(user.sent(), [Seen::Command(Box::new(store_rq(2))), Seen::Data(data_set(10))]);
        user.comes_command(&store_rsp(2, Status::SUCCESS));
        user.settle();
        assert!(next.outcome().unwrap().result.is_ok() && user.driver.is_quiet(), "{blow:?}");
    }
}

#[test]
fn a_total_that_is_over_between_two_instances_ends_the_operation_alone() {
    let mut user = Side::user(16_384, 1);
    let plan = Plan { total: Some(Duration::from_secs(10)), ..Plan::of(&data_set(100)) };
    let store = user.store([plan.clone(), plan]);
    user.settle();
    user.comes_command(&store_rsp(1, Status::SUCCESS));
    user.step();
    let out = user.work().unwrap();
    user.pass(10);
    let error = store.outcome().unwrap().result.unwrap_err();
    assert_eq!(error.cause(), &Cause::TotalTimeout { limit: Duration::from_secs(10) });
    user.brings(out);
    user.settle();
    assert!(user.driver.is_quiet());
    assert_eq!(user.sent().len(), 2);
}

// ---- sources that fail ----------------------------------------------------------------------------------------------

#[test]
fn a_source_that_fails_ends_the_association_and_no_last_fragment_leaves() {
    for panics in [false, true] {
        for (fails_at, room) in [(0, None), (100, None), (1_000, None), (1_000, Some(3)), (999, Some(7))] {
            let mut user = Side::user(64, 1);
            let alive = Arc::new(());
            let plan = Plan {
                fails_at: Some((fails_at, panics)),
                head: 0,
                read: 90,
                alive: alive.clone(),
                ..Plan::of(&data_set(2_000))
            };
            let store = user.store([plan]);
            match room {
                Some(room) => user.trickle(room),
                None => user.settle(),
            }
            let error = store.outcome().unwrap().result.unwrap_err();
            let is_right = match error.cause() {
                Cause::Io { detail, .. } => !panics && detail == "the plan cannot be read: the disk is gone",
                Cause::Panic(words) => panics && words.contains("a defect of the reader's"),
                _ => false,
            };
            assert!(is_right, "{error}");
            let seen = user.sent();
            assert_eq!(seen.last(), Some(&Seen::Abort(AbortReason::USER)));
            assert!(!seen.iter().any(|seen| matches!(seen, Seen::Data(_))), "{fails_at}");
            assert!(nothing_is_left(&alive));
        }
    }
}

#[test]
fn an_exchange_that_panics_while_it_is_prepared_ends_the_association() {
    let mut user = Side::user(64, 1);
    let store = user.store([Plan { panics: true, ..Plan::of(&[]) }]);
    user.settle();
    let error = store.outcome().unwrap().result.unwrap_err();
    assert!(matches!(error.cause(), Cause::Panic(_)), "{error}");
    assert_eq!(user.sent(), [Seen::Abort(AbortReason::USER)]);
}

// ---- the peer's release ---------------------------------------------------------------------------------------------

#[test]
fn a_peer_that_wants_to_release_while_we_send_has_its_answer_behind_the_data_set() {
    for room in [1, 60, 500] {
        let mut user = Side::user(64, 1);
        let bytes = data_set(1_000);
        user.link.borrow_mut().room = Some(room);
        let store = user.store([Plan { read: 333, ..Plan::of(&bytes) }, Plan::of(&bytes)]);
        user.settle();
        user.comes_pdu(&Pdu::ReleaseRq);
        user.trickle(room);
        let seen = user.sent();
        assert_eq!(seen[1..], [Seen::Data(bytes), Seen::ReleaseRp], "{room}");
        let error = store.outcome().unwrap().result.unwrap_err();
        assert_eq!(error.cause(), &Cause::Released, "{room}");
        user.link.borrow_mut().closed = true;
        user.settle();
        assert!(user.driver.is_closed());
    }
}

#[test]
fn our_release_waits_for_the_response_to_the_last_instance() {
    let mut user = Side::user(64, 1);
    let store = user.store([Plan::of(&data_set(1_000))]);
    let release = Operation::new(&user.runtime, user.strand.clone(), Delivery::Pull);
    user.order(Order::Release(release.promise()));
    user.trickle(100);
    assert_eq!(user.sent().len(), 2);
    user.comes_command(&store_rsp(1, Status::SUCCESS));
    user.settle();
    assert_eq!(user.sent(), [Seen::ReleaseRq]);
    assert!(store.outcome().unwrap().result.is_ok() && release.outcome().is_none());
}

// ---- deadlines ------------------------------------------------------------------------------------------------------

#[test]
fn a_slow_source_counts_for_none_of_the_peers_deadlines() {
    let mut user = Side::user(64, 1);
    let plan = Plan { head: 0, read: 10, ..Plan::of(&data_set(100)) };
    let store = user.store([plan]);
    user.settle_opening();
    for _ in 0..10 {
        let Some(work) = user.work() else { break };
        user.wait(1_000);
        assert!(store.outcome().is_none());
        user.brings(work);
        user.step();
    }
    user.settle();
    assert!(matches!(user.sent()[..], [Seen::Command(_), Seen::Data(_)]));
    // From the last byte on.
    user.wait(59);
    assert!(store.outcome().is_none());
    user.wait(1);
    assert_eq!(store.outcome().unwrap().result.unwrap_err().phase(), Phase::Reply);
}

#[test]
fn a_peer_that_takes_a_data_set_too_slowly_ends_by_the_rate() {
    let mut user = Side::user(16_384, 1);
    let store = user.store([Plan::of(&data_set(10_000_000))]);
    let mut seconds = 0;
    while store.outcome().is_none() && seconds < 300 {
        user.link.borrow_mut().room = Some(100);
        user.pass(1);
        user.does_work();
        seconds += 1;
    }
    let error = store.outcome().unwrap().result.unwrap_err();
    assert_eq!((error.phase(), seconds / 10), (Phase::Send, 6), "{error}");
}

#[test]
fn a_peer_that_takes_a_data_set_slowly_but_fast_enough_may() {
    let mut user = Side::user(16_384, 1);
    let store = user.store([Plan::of(&data_set(1_000_000))]);
    let mut seconds = 0;
    while user.driver.outbox.data().is_some() || seconds == 0 {
        user.link.borrow_mut().room = Some(1_500);
        user.pass(1);
        while user.does_work() {}
        seconds += 1;
        assert!(store.outcome().is_none(), "after {seconds} s");
    }
    assert!(seconds > 600, "{seconds}");
}

// ---- what is sent ---------------------------------------------------------------------------------------------------

/// A data set and how it comes.
#[derive(Clone)]
pub(super) struct Plan {
    bytes: Vec<u8>,
    /// How much is in memory when it is opened.
    head: usize,
    /// What one read brings.
    read: usize,
    /// The last read says that it is the last.
    tells: bool,
    /// Where reading fails, and whether by a panic.
    fails_at: Option<(usize, bool)>,
    /// Preparing it panics.
    panics: bool,
    retry: Option<Duration>,
    pub(super) total: Limit,
    #[expect(dead_code, reason = "whoever has the other one counts them")]
    alive: Arc<()>,
}

impl Plan {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            head: 0,
            read: 1 << 20,
            tells: true,
            fails_at: None,
            panics: false,
            retry: None,
            total: None,
            alive: Arc::default(),
        }
    }

    fn open(&self) -> Outgoing {
        let mut buffer = Buffer::take();
        let head = self.head.min(self.bytes.len()).min(buffer.len());
        buffer[..head].copy_from_slice(&self.bytes[..head]);
        let end = self.tells && head == self.bytes.len() && self.fails_at.is_none();
        let source: Box<dyn Source> = Box::new(Script { plan: self.clone(), at: head });
        let chunk = Chunk::new(buffer, 0, head);
        Outgoing { name: "the plan".to_owned(), chunk, end, source: (!end).then_some(source) }
    }
}

struct Script {
    plan: Plan,
    at: usize,
}

impl Source for Script {
    fn read(&mut self, into: &mut [u8]) -> std::result::Result<Fed, crate::net::data::Shortfall> {
        let Plan { bytes, read, tells, fails_at, .. } = &self.plan;
        let mut length = (bytes.len() - self.at).min(*read).min(into.len());
        if let Some((at, panics)) = *fails_at {
            assert!(!panics || self.at < at, "a defect of the reader's");
            if self.at >= at {
                return Err(io::Error::other("the disk is gone").into());
            }
            length = length.min(at - self.at);
        }
        into[..length].copy_from_slice(&bytes[self.at..self.at + length]);
        self.at += length;
        Ok(Fed { length, end: *tells && self.at == bytes.len() })
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        assert!(!IS_HELD.get(), "a source is dropped with the driver held");
    }
}

/// Stores what is planned, one after the other.
struct Transfer {
    plans: VecDeque<Plan>,
    opened: Option<Outgoing>,
    is_open: bool,
    status: Option<u16>,
    total: Limit,
}

impl Exchange for Transfer {
    fn needs_preparing(&self) -> bool {
        !self.is_open
    }

    fn prepare(&mut self, _: &Facts, _: &mut dyn FnMut(Event)) -> Option<Outcome> {
        let plan = self.plans.front()?;
        assert!(!plan.panics, "a defect of the caller's");
        self.opened = Some(plan.open());
        self.is_open = true;
        None
    }

    fn request(
        &mut self,
        negotiated: &Negotiated,
        id: u16,
    ) -> crate::error::Result<(PresentationContextId, CommandSet)> {
        Ok((negotiated.accepted[0].id, store_rq(id)))
    }

    fn data_set(&mut self) -> Option<Outgoing> {
        self.opened.take()
    }

    fn reply(&self) -> Option<Limit> {
        None
    }

    fn total(&self) -> Limit {
        self.total
    }

    fn response(
        &mut self,
        now: Instant,
        response: &CommandSet,
        _: &mut dyn FnMut(Event),
    ) -> Result<Next, Cause> {
        self.is_open = false;
        self.status = response.status.map(|status| status.0);
        let front = self.plans.front_mut().unwrap();
        if self.status == Some(0xA700)
            && let Some(delay) = front.retry.take()
        {
            return Ok(Next::Request(Some(now + delay)));
        }
        self.plans.pop_front();
        if !self.plans.is_empty() {
            return Ok(Next::Request(None));
        }
        let mut outcome = Outcome::new(Ok(()));
        outcome.status = self.status;
        Ok(Next::Done(outcome))
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        assert!(!IS_HELD.get() || self.plans.is_empty(), "instances are dropped with the driver held");
    }
}

impl Side {
    pub(super) fn store(&mut self, plans: impl IntoIterator<Item = Plan>) -> Arc<Operation> {
        let plans: VecDeque<_> = plans.into_iter().collect();
        let total = plans.front().and_then(|plan| plan.total);
        self.start(Box::new(Transfer { plans, opened: None, is_open: false, status: None, total }))
    }

    pub(super) fn start(&mut self, exchange: Box<dyn Exchange>) -> Arc<Operation> {
        let operation = Operation::new(&self.runtime, self.strand.clone(), Delivery::Pull);
        self.order(Order::Start(Call { operation: operation.promise(), exchange }));
        operation
    }

    /// The first instance is opened, and its command has left.
    fn settle_opening(&mut self) {
        assert!(self.does_work());
        self.step();
    }
}
