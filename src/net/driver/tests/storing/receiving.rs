//! C-STORE as provider: what reaches the sinks, what is answered, and what is left when it goes wrong.

use super::*;

// ---- what arrives ---------------------------------------------------------------------------------------------------

#[test]
fn however_it_is_split_and_read_the_bytes_are_the_same_and_in_order() {
    let sets: Vec<_> = [0, 1, 2, 40, 41, 300].map(data_set).to_vec();
    for size in [1, 2, 3, 7, 40, 41, 1_000] {
        let mut stream = Vec::new();
        for (index, set) in sets.iter().enumerate() {
            stream.extend(stored(u16::try_from(index + 1).unwrap(), set, size));
        }
        for chunk in [1, 2, 3, 7, 12, 64, 100, 1 << 18] {
            let (mut provider, sinks) = storing(Sinks::default());
            provider.link.borrow_mut().chunk = chunk;
            // A pipelined peer: all is there before the first answer.
            provider.comes(&stream);
            provider.settle();
            let kept: Vec<_> = sinks.kept();
            assert!(kept == sets, "{size} {chunk}");
            let responses: Vec<_> =
                (1..=6).map(|id| Seen::Command(Box::new(store_rsp(id, Status::SUCCESS)))).collect();
            assert_eq!(provider.sent(), responses, "{size} {chunk}");
            assert!(provider.driver.is_quiet() && sinks.nothing_is_left());
        }
    }
}

#[test]
fn empty_fragments_change_nothing() {
    let (mut provider, sinks) = storing(Sinks::default());
    let set = data_set(10);
    let mut stream = message(&store_rq(1));
    for part in [&set[..0], &set[..4], &set[4..4], &set[4..4], &set[4..10], &set[10..10]] {
        stream.extend(fragment(part, false));
    }
    stream.extend(fragment(&[], true));
    // Command and data in one PDU, too.
    let mut command = message(&store_rq(2));
    let data = fragment(&set, true);
    command.extend(&data[6..]);
    let length = u32::try_from(command.len() - 6).unwrap();
    command[2..6].copy_from_slice(&length.to_be_bytes());
    stream.extend(command);
    provider.comes(&stream);
    provider.settle();
    assert_eq!(sinks.kept(), [set.clone(), set]);
    assert_eq!(provider.sent().len(), 2);
}

#[test]
fn fragments_of_a_byte_leave_no_memory_behind() {
    let (mut provider, sinks) = storing(Sinks::default());
    let set = data_set(10_000);
    provider.comes(&stored(1, &set, 1));
    provider.settle();
    assert!(sinks.kept() == [set.clone()]);
    let kept = provider.driver.inbound.ranges.capacity();
    assert!(kept <= 64, "{kept}");
    provider.comes(&stored(3, &set, 1_000));
    provider.settle();
    assert!(sinks.kept() == [set.clone(), set]);
    let kept = provider.driver.inbound.ranges.capacity();
    assert!((10..=64).contains(&kept), "what is needed again and again is kept: {kept}");
}

#[test]
fn a_large_data_set_passes_in_reads_of_any_length() {
    let set = data_set(700_001);
    // Also as one fragment, which is never held whole.
    for (size, chunk) in
        [16_378, 1 << 20].into_iter().flat_map(|size| [1 << 18, 100_000, 16_384].map(|chunk| (size, chunk)))
    {
        let stream = stored(1, &set, size);
        let (mut provider, sinks) = storing(Sinks::default());
        provider.link.borrow_mut().chunk = chunk;
        provider.comes(&stream);
        provider.settle();
        assert!(sinks.kept() == [set.clone()]);
        assert_eq!(provider.sent(), [Seen::Command(Box::new(store_rsp(1, Status::SUCCESS)))]);
    }
}

// ---- sinks that refuse ----------------------------------------------------------------------------------------------

#[test]
fn after_a_refusal_the_rest_passes_and_the_association_goes_on() {
    let set = data_set(1_000);
    for refuses in [At::Write(0), At::Write(500), At::Write(999), At::Finish, At::Keep] {
        for chunk in [1, 50, 1 << 18] {
            for asked in [false, true] {
                let (mut provider, sinks) =
                    storing(Sinks { refuses: Some((1, refuses)), asked, ..Sinks::default() });
                provider.link.borrow_mut().chunk = chunk;
                provider.comes(&stored(1, &set, 70));
                provider.comes(&stored(2, &set, 70));
                provider.settle();
                while let Some((handed, received)) = provider.handed.pop() {
                    assert_eq!(received.unwrap().bytes, 1_000);
                    provider.answers(&handed, Status::SUCCESS);
                    provider.settle();
                }
                let what = (refuses, chunk, asked);
                let full = store_rsp(1, Status::OUT_OF_RESOURCES).with_error_comment("the disk is full");
                let right =
                    [full, store_rsp(2, Status::SUCCESS)].map(|response| Seen::Command(Box::new(response)));
                assert_eq!(provider.sent(), right, "{what:?}");
                assert!(sinks.kept() == [set.clone()], "{what:?}");
                assert!(sinks.nothing_is_left() && provider.driver.is_quiet(), "{what:?}");
            }
        }
    }
}

#[test]
fn a_sink_that_panics_ends_the_association() {
    for panics in [At::Write(10), At::Finish, At::Keep] {
        let (mut provider, sinks) = storing(Sinks { panics: Some(panics), ..Sinks::default() });
        provider.comes(&stored(1, &data_set(100), 30));
        provider.settle();
        assert_eq!(provider.sent(), [Seen::Abort(AbortReason::USER)], "{panics:?}");
        assert!(matches!(provider.driver.ended().unwrap().cause(), Cause::Panic(_)));
        assert!(sinks.nothing_is_left() && sinks.kept().is_empty());
    }
}

// ---- handlers that decide -------------------------------------------------------------------------------------------

#[test]
fn a_handler_decides_later_and_what_it_says_decides_what_is_kept() {
    for (status, kept) in [
        (Status::SUCCESS, 1),
        (Status::COERCION, 1),
        (Status(0xB007), 1),
        (Status(0x0001), 1),
        (Status::OUT_OF_RESOURCES, 0),
        (Status::DATA_SET_DOES_NOT_MATCH, 0),
        (Status::UNABLE_TO_PROCESS, 0),
        (Status(0xFE00), 0),
        (Status(0xFF00), 0),
    ] {
        let (mut provider, sinks) = storing(Sinks { asked: true, ..Sinks::default() });
        provider.comes(&stored(1, &data_set(100), 30));
        provider.settle();
        provider.pass(1_000);
        provider.settle();
        assert!(provider.sent().is_empty() && sinks.kept().is_empty());
        let (handed, _) = provider.handed.pop().unwrap();
        provider.answers(&handed, status);
        assert!(sinks.kept().is_empty(), "nothing that may block happens with the driver held");
        provider.settle();
        assert_eq!(provider.sent(), [Seen::Command(Box::new(store_rsp(1, status)))]);
        assert_eq!(sinks.kept().len(), kept, "{status}");
        assert!(sinks.nothing_is_left() && provider.driver.is_quiet());
    }
}

#[test]
fn while_a_handler_decides_the_next_request_waits_and_its_data_stay_unread() {
    let (mut provider, sinks) = storing(Sinks { asked: true, ..Sinks::default() });
    let sets = [data_set(100), data_set(600_000)];
    provider.comes(&stored(1, &sets[0], 30));
    provider.comes(&stored(2, &sets[1], 16_378));
    provider.settle();
    assert_eq!((provider.handed.len(), sinks.opened()), (1, 1));
    assert!(!provider.driver.interest().read);
    assert!(provider.link.borrow().to_provider.len() > 300_000);
    // Nor does the peer's time run.
    provider.wait(100_000);
    provider.settle();
    assert!(provider.driver.ended().is_none());
    let (handed, _) = provider.handed.pop().unwrap();
    provider.answers(&handed, Status::SUCCESS);
    provider.settle();
    let (handed, received) = provider.handed.pop().unwrap();
    assert_eq!(received.unwrap().bytes, 600_000);
    provider.answers(&handed, Status::SUCCESS);
    provider.settle();
    assert!(sinks.kept() == sets);
    assert_eq!(provider.sent().len(), 2);
}

#[test]
fn a_window_lets_handlers_have_several_which_they_may_answer_in_any_order() {
    let (mut provider, sinks) = storing(Sinks { asked: true, window: 3, ..Sinks::default() });
    for id in 1..=5 {
        provider.comes(&stored(id, &data_set(usize::from(id)), 30));
    }
    provider.settle();
    assert_eq!(provider.handed.len(), 3);
    for (index, id) in [(2, 3), (0, 1), (0, 2), (1, 5), (0, 4)] {
        let (handed, _) = provider.handed.remove(index);
        assert_eq!(handed.message_id, id);
        provider.answers(&handed, Status::SUCCESS);
        provider.settle();
        assert_eq!(provider.sent(), [Seen::Command(Box::new(store_rsp(id, Status::SUCCESS)))]);
    }
    assert_eq!(sinks.kept().len(), 5);
    assert!(provider.driver.is_quiet());
}

#[test]
fn a_message_id_that_is_open_is_refused_behind_the_answer_to_the_first() {
    let set = data_set(100);
    for window in [1, 3, 0] {
        let (mut provider, sinks) = storing(Sinks { asked: true, window, ..Sinks::default() });
        for id in [7, 7, 8] {
            provider.comes(&stored(id, &set, 30));
        }
        provider.settle();
        assert_eq!((provider.handed.len(), sinks.opened()), (1, 1), "{window}");
        assert!(provider.sent().is_empty());
        let (first, _) = provider.handed.pop().unwrap();
        provider.answers(&first, Status::SUCCESS);
        provider.settle();
        let right = [Status::SUCCESS, Status::DUPLICATE_INVOCATION].map(|status| store_rsp(7, status));
        assert_eq!(provider.sent(), right.map(|response| Seen::Command(Box::new(response))), "{window}");
        let (other, _) = provider.handed.pop().unwrap();
        provider.answers(&other, Status::SUCCESS);
        // It is free again.
        provider.comes(&stored(7, &set, 30));
        provider.settle();
        let (again, _) = provider.handed.pop().unwrap();
        provider.answers(&again, Status::SUCCESS);
        provider.settle();
        let right = [8, 7].map(|id| Seen::Command(Box::new(store_rsp(id, Status::SUCCESS))));
        assert_eq!(provider.sent(), right, "{window}");
        assert_eq!(sinks.kept().len(), 3, "{window}");
        assert!(provider.driver.is_quiet() && sinks.nothing_is_left());
    }
}

#[test]
fn a_second_answer_and_one_to_a_request_that_is_gone_harm_nothing() {
    let (mut provider, sinks) = storing(Sinks { asked: true, ..Sinks::default() });
    provider.comes(&stored(1, &data_set(100), 30));
    provider.settle();
    let (handed, _) = provider.handed.pop().unwrap();
    provider.answers(&handed, Status::SUCCESS);
    provider.settle();
    provider.answers(&handed, Status::OUT_OF_RESOURCES);
    provider.settle();
    assert_eq!((provider.sent().len(), sinks.kept().len()), (1, 1));
}

// ---- the end while something is out ---------------------------------------------------------------------------------

#[test]
fn whatever_is_out_when_the_association_ends_nothing_is_left() {
    for (asked, works_before) in [(false, 0), (false, 1), (true, 0), (true, 1), (true, 2)] {
        for is_out in [false, true] {
            for peer_does in ["abort", "close", "reset", "nonsense", "order"] {
                let (mut provider, sinks) = storing(Sinks { asked, ..Sinks::default() });
                provider.link.borrow_mut().chunk = 200;
                provider.comes(&stored(1, &data_set(300), 50));
                provider.step();
                for _ in 0..works_before {
                    while !provider.handed.is_empty() || !provider.driver.has_work(provider.now) {
                        if let Some((handed, _)) = provider.handed.pop() {
                            provider.answers(&handed, Status::SUCCESS);
                        }
                        provider.step();
                    }
                    if !(is_out && provider.works == works_before) {
                        assert!(provider.does_work());
                    }
                }
                while !provider.driver.has_work(provider.now) {
                    if let Some((handed, _)) = provider.handed.pop() {
                        provider.answers(&handed, Status::SUCCESS);
                    }
                    provider.step();
                    if provider.driver.is_quiet() {
                        break;
                    }
                }
                let out = if is_out { provider.work() } else { None };
                match peer_does {
                    "abort" => provider.comes_pdu(&Pdu::Abort(AbortReason::USER)),
                    "nonsense" => provider.comes(&[9, 0, 0, 0, 0, 0]),
                    "order" => provider.order(Order::Abort),
                    _ => provider.link.borrow_mut().closed = true,
                }
                provider.step();
                let what = (asked, works_before, is_out, peer_does);
                if let Some(work) = out {
                    provider.brings(work);
                }
                provider.settle();
                provider.pass(40);
                provider.settle();
                assert!(provider.driver.is_closed(), "{what:?}");
                assert!(sinks.nothing_is_left(), "{what:?}");
                assert!(sinks.kept().len() <= 1);
            }
        }
    }
}

#[test]
fn a_request_without_the_whole_of_its_data_set_is_never_kept() {
    let whole = stored(1, &data_set(100), 30);
    for length in 0..whole.len() {
        for end in [&[][..], &[7, 0, 0, 0, 0, 4, 0, 0, 0, 0]] {
            if length + end.len() >= whole.len() && !end.is_empty() {
                continue; // the A-ABORT would be the rest of it
            }
            let (mut provider, sinks) = storing(Sinks::default());
            provider.comes(&whole[..length]);
            provider.comes(end);
            provider.settle();
            provider.link.borrow_mut().closed = true;
            provider.settle();
            assert!(provider.driver.is_closed(), "{length} {end:?}");
            assert!(sinks.kept().is_empty() && sinks.nothing_is_left(), "{length}");
        }
    }
}

#[test]
fn a_release_in_the_middle_of_a_message_ends_in_an_abort() {
    let whole = stored(1, &data_set(100), 30);
    let command = message(&store_rq(1)).len();
    for length in [command, command + 12 + 30] {
        let (mut provider, sinks) = storing(Sinks::default());
        provider.comes(&whole[..length]);
        provider.comes_pdu(&Pdu::ReleaseRq);
        provider.settle();
        assert_eq!(provider.sent(), [Seen::Abort(AbortReason::USER)], "{length}");
        assert!(sinks.kept().is_empty() && sinks.nothing_is_left());
    }
    let (mut provider, _) = storing(Sinks::default());
    // Half a command.
    let set = &message(&store_rq(1))[12..];
    let mut half = fragment(&set[..20], false);
    half[11] = 1;
    provider.comes(&half);
    provider.comes_pdu(&Pdu::ReleaseRq);
    provider.settle();
    assert_eq!(provider.sent(), [Seen::Abort(AbortReason::USER)]);
}

#[test]
fn a_release_behind_an_instance_is_answered_once_that_is_stored() {
    for asked in [false, true] {
        let (mut provider, sinks) = storing(Sinks { asked, ..Sinks::default() });
        provider.comes(&stored(1, &data_set(100), 30));
        provider.comes_pdu(&Pdu::ReleaseRq);
        provider.settle();
        if let Some((handed, _)) = provider.handed.pop() {
            assert!(provider.sent().is_empty());
            provider.answers(&handed, Status::SUCCESS);
            provider.settle();
        }
        assert_eq!(
            provider.sent(),
            [Seen::Command(Box::new(store_rsp(1, Status::SUCCESS))), Seen::ReleaseRp]
        );
        assert_eq!(sinks.kept().len(), 1);
    }
}

// ---- our release on its way -----------------------------------------------------------------------------------------

/// A provider whose A-RELEASE-RQ is out.
fn releasing(asked: bool) -> (Side, Watch, Arc<Operation>) {
    let (mut provider, sinks) = storing(Sinks { asked, ..Sinks::default() });
    let release = Operation::new(&provider.runtime, provider.strand.clone(), Delivery::Pull);
    provider.order(Order::Release(release.promise()));
    assert_eq!(provider.sent(), [Seen::ReleaseRq]);
    (provider, sinks, release)
}

#[test]
fn what_crosses_our_release_is_given_up_by_a_peer_that_answers_that() {
    let crosses = stored(1, &data_set(100), 30).repeat(2);
    let between_pdus = ends_of_pdus(&crosses);
    for asked in [false, true] {
        for length in 0..=crosses.len() {
            let (mut provider, sinks, release) = releasing(asked);
            provider.comes(&crosses[..length]);
            provider.settle();
            assert!(release.outcome().is_none() && !provider.driver.is_closed(), "{length}");
            if length == 0 || between_pdus.contains(&length) {
                provider.comes_pdu(&Pdu::ReleaseRp);
                provider.settle();
                assert!(release.outcome().unwrap().result.is_ok(), "{length}");
            } else {
                provider.link.borrow_mut().closed = true;
                provider.settle();
                assert!(release.outcome().unwrap().result.is_err(), "{length}");
            }
            assert!(provider.driver.is_closed() && provider.sent().is_empty(), "{length}");
            assert!(provider.handed.is_empty(), "nobody is asked for what cannot be answered");
            assert_eq!((sinks.opened(), sinks.kept().len()), (0, 0), "{length}");
            assert!(sinks.nothing_is_left(), "{length}");
        }
    }
}

#[test]
fn a_peer_that_waits_for_what_crossed_our_release_hears_of_it_by_an_abort() {
    let (mut provider, sinks, release) = releasing(false);
    provider.comes(&stored(1, &data_set(100), 30));
    provider.settle();
    provider.wait(9);
    assert!(provider.sent().is_empty() && release.outcome().is_none());
    provider.wait(2);
    assert_eq!(provider.sent(), [Seen::Abort(AbortReason::USER)]);
    assert_eq!(release.outcome().unwrap().result.unwrap_err().phase(), Phase::Release);
    assert!(sinks.kept().is_empty() && sinks.nothing_is_left());
}

fn ends_of_pdus(stream: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while let Some(length) = stream.get(at + 2..at + 6) {
        at += 6 + usize::try_from(u32::from_be_bytes(length.try_into().unwrap())).unwrap();
        ends.push(at);
    }
    ends
}

// ---- deadlines ------------------------------------------------------------------------------------------------------

#[test]
fn a_sink_that_takes_long_counts_for_none_of_the_peers_deadlines() {
    let set = data_set(1_000);
    for chunk in [1_000, 100, 33] {
        let (mut provider, sinks) = storing(Sinks::default());
        provider.link.borrow_mut().chunk = chunk;
        provider.comes(&stored(1, &set, 300));
        while sinks.kept().is_empty() {
            // Nothing is lost where it is looked at meanwhile, either.
            provider.step();
            if let Some(work) = provider.work() {
                provider.wait(100);
                provider.step();
                provider.brings(work);
            }
            assert!(provider.driver.ended().is_none(), "{chunk}");
        }
        provider.settle();
        assert_eq!(provider.sent().len(), 1);
    }
}

#[test]
fn a_peer_that_brings_a_byte_now_and_then_ends_by_the_rate_though_its_bytes_go_to_a_sink() {
    let (mut provider, sinks) = storing(Sinks::default());
    provider.comes(&message(&store_rq(1)));
    let mut seconds = 0;
    while provider.driver.ended().is_none() && seconds < 200 {
        provider.comes(&fragment(&data_set(2), false));
        provider.wait(1);
        provider.settle();
        seconds += 1;
    }
    assert!((30..34).contains(&seconds), "{seconds}");
    assert_eq!(provider.driver.ended().unwrap().phase(), Phase::Receive);
    assert!(sinks.nothing_is_left());
}

#[test]
fn a_peer_that_stops_behind_what_a_sink_has_taken_ends_by_the_rate() {
    for held in [0, 100] {
        let (mut provider, sinks) = storing(Sinks::default());
        provider.comes(&stored(1, &data_set(1_000), 300)[..800]);
        provider.step();
        let work = provider.work().unwrap();
        provider.wait(held);
        provider.brings(work);
        provider.settle();
        provider.wait(29);
        assert!(provider.driver.ended().is_none());
        provider.wait(2);
        assert_eq!(provider.driver.ended().unwrap().phase(), Phase::Receive, "{held}");
        assert!(sinks.nothing_is_left());
    }
}

#[test]
fn a_peer_whose_instances_follow_each_other_closely_is_as_fast_as_all_of_them() {
    let (mut provider, sinks) = storing(Sinks::default());
    let mut stream = Vec::new();
    for id in 1..=120 {
        stream.extend(stored(id, &data_set(2_000), 3_000));
    }
    // Each second the rest of one and the beginning of the next.
    let length = stream.len() / 120;
    for second in 0..119 {
        provider.comes(&stream[second * length + second.min(1) * 50..(second + 1) * length + 50]);
        provider.settle();
        provider.wait(1);
        assert!(provider.driver.ended().is_none(), "after {second} s");
    }
    assert_eq!(sinks.kept().len(), 119);
}

#[test]
fn a_peer_that_does_not_take_its_answers_is_not_read_and_that_does_not_count_against_it() {
    let (mut provider, sinks) = storing(Sinks::default());
    let stream = stored(1, &data_set(100), 30);
    // All but its last bytes, and the peer waits until its sink is done: it is the sink's time.
    provider.comes(&stream);
    provider.step();
    let work = provider.work().unwrap();
    provider.wait(3_600);
    assert!(provider.driver.ended().is_none());
    provider.brings(work);
    provider.settle();
    assert_eq!((provider.sent().len(), sinks.kept().len()), (1, 1));
}

// ---- sinks ----------------------------------------------------------------------------------------------------------

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum At {
    /// Once this many bytes were written.
    Write(usize),
    Finish,
    Keep,
}

/// A provider's sinks, and how they behave.
#[derive(Clone)]
pub(super) struct Sinks {
    pub(super) asked: bool,
    pub(super) window: u16,
    /// The how manieth sink refuses, and where.
    pub(super) refuses: Option<(usize, At)>,
    /// It does so in the caller's code.
    pub(super) by_caller: bool,
    pub(super) panics: Option<At>,
    /// They are full after so many bytes, and again after as many.
    pub(super) full_after: Option<usize>,
    /// Somebody is to decide once so many bytes have come, or all.
    pub(super) undecided_at: Option<usize>,
    pub(super) rest: Rest,
    pub(super) opened: Arc<Mutex<usize>>,
    pub(super) kept: Arc<Mutex<Vec<Vec<u8>>>>,
    pub(super) alive: Arc<()>,
}

impl Default for Sinks {
    fn default() -> Self {
        Self {
            asked: false,
            window: 1,
            refuses: None,
            by_caller: false,
            panics: None,
            full_after: None,
            undecided_at: None,
            rest: Rest::Discard,
            opened: Arc::default(),
            kept: Arc::default(),
            alive: Arc::default(),
        }
    }
}

/// What the test can see of them.
pub(super) struct Watch {
    pub(super) opened: Arc<Mutex<usize>>,
    pub(super) kept: Arc<Mutex<Vec<Vec<u8>>>>,
    pub(super) alive: Arc<()>,
}

impl Watch {
    pub(super) fn kept(&self) -> Vec<Vec<u8>> {
        self.kept.lock().unwrap().clone()
    }

    pub(super) fn opened(&self) -> usize {
        *self.opened.lock().unwrap()
    }

    /// Every sink is gone. The provider has one, too.
    pub(super) fn nothing_is_left(&self) -> bool {
        Arc::strong_count(&self.alive) == 2
    }
}

pub(super) fn storing(sinks: Sinks) -> (Side, Watch) {
    let watch = Watch { opened: sinks.opened.clone(), kept: sinks.kept.clone(), alive: sinks.alive.clone() };
    let window = sinks.window;
    (Side::provider(Arc::new(sinks), window), watch)
}

impl Side {
    pub(super) fn answers(&mut self, handed: &Handed, status: Status) {
        let response = store_rsp(handed.message_id, status);
        self.order(Order::Respond(handed.ticket, Box::new(response)));
    }
}

impl Provider for Sinks {
    fn associate(&self, _: u64, _: SocketAddr, request: &AssociateRq) -> Admission {
        Admission::Accept(acceptance(request, self.window))
    }

    fn ask(&self, _: crate::net::association_request::AssociationRequest) {}

    fn request(&self, _: &Facts, _: &AcceptedContext, _: &CommandSet) -> Reception {
        let mut opened = self.opened.lock().unwrap();
        *opened += 1;
        let refuses = self.refuses.filter(|(number, _)| *number == *opened).map(|(_, at)| at);
        let undecided_at = self.undecided_at;
        let sink =
            Into { sinks: self.clone(), refuses, undecided_at, bytes: Vec::new(), taken: 0, is_over: false };
        Reception::Take { sink: Box::new(sink), asked: self.asked, rest: self.rest }
    }

    fn hand(&self, _: crate::net::request::Request) {}

    fn reached(&self, _: u64, _: Milestone) {}

    fn ended(&self, _: u64) {}
}

pub(super) struct Into {
    pub(super) sinks: Sinks,
    pub(super) refuses: Option<At>,
    pub(super) undecided_at: Option<usize>,
    pub(super) bytes: Vec<u8>,
    /// Bytes since it was full.
    pub(super) taken: usize,
    /// It has refused, or all has come.
    pub(super) is_over: bool,
}

impl Into {
    fn come_to(&mut self, here: At) -> Result<(), Refusal> {
        assert!(self.sinks.panics != Some(here), "a defect of the sink's");
        if self.refuses == Some(here) {
            self.is_over = true;
            let comment = "the disk is full".to_owned();
            return Err(Refusal {
                status: Status::OUT_OF_RESOURCES,
                comment,
                by_caller: self.sinks.by_caller,
            });
        }
        Ok(())
    }
}

impl Drop for Into {
    fn drop(&mut self) {
        assert!(!IS_HELD.get(), "a sink is dropped with the driver held");
    }
}

impl Sink for Into {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        assert!(!self.is_over);
        for byte in bytes.iter().flat_map(|slice| slice.iter().copied()) {
            self.come_to(At::Write(self.bytes.len()))?;
            self.bytes.push(byte);
            self.taken += 1;
        }
        if self.undecided_at.is_some_and(|at| self.bytes.len() >= at) {
            return Ok(Taken::Undecided);
        }
        if self.sinks.full_after.is_some_and(|most| self.taken >= most) {
            self.taken = 0;
            return Ok(Taken::Full);
        }
        Ok(Taken::Ready)
    }

    fn bytes(&self) -> u64 {
        count(self.bytes.len())
    }

    fn head(mut self: Box<Self>) -> Head {
        Head { arrived: std::mem::take(&mut self.bytes), ..Head::default() }
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        if self.undecided_at.is_some() {
            return Ok(Taken::Undecided);
        }
        assert!(!std::mem::replace(&mut self.is_over, true));
        self.come_to(At::Finish).map(|()| Taken::Ready)
    }

    fn keep(mut self: Box<Self>) -> Result<(), Refusal> {
        assert!(self.is_over);
        self.come_to(At::Keep)?;
        self.sinks.kept.lock().unwrap().push(std::mem::take(&mut self.bytes));
        Ok(())
    }
}
