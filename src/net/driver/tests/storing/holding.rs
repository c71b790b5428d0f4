//! What happens while this side's own sinks, handlers or queues are behind: nothing more is begun and no data are read,
//! what ends something goes its way, and the time counts for none of the peer's deadlines.

use super::receiving::Sinks;
use super::sending::Plan;
use super::*;
use crate::runtime::backlog::{MOST_BYTES, Place};

/// So long a sink is at work, or a handler or queue is behind: longer than any deadline.
const HOUR: u64 = 3_600;

/// A user with sinks for what its peer sends, as in a C-GET.
fn getting() -> Side {
    Side::user_with(Arc::new(Sinks::default()), 16_384, 1)
}

impl Side {
    fn echo(&mut self) -> Arc<Operation> {
        self.start(Box::new(Echo(None)))
    }

    /// Nobody takes its events, until that is dropped.
    fn fill(&mut self) -> Place {
        let place = self.strand.backlog().place(MOST_BYTES, false);
        self.step();
        place
    }

    /// The peer sends an instance, and the sink is at work for an hour before it takes all that there is.
    fn is_held_by_a_sink(&mut self) {
        self.comes(&stored(1, &data_set(1_000), 300));
        self.step();
        let work = self.work().unwrap();
        assert!(!self.driver.interest().read);
        self.wait(HOUR);
        self.brings(work);
        self.settle();
    }

    fn phase_of_end(&self) -> Option<Phase> {
        self.driver.ended().map(Error::phase)
    }
}

// ---- deadlines ------------------------------------------------------------------------------------------------------

#[test]
fn a_reply_that_may_lie_unread_is_not_late() {
    let mut user = getting();
    let echo = user.echo();
    user.wait(30);
    user.is_held_by_a_sink();
    user.wait(29);
    assert!(echo.outcome().is_none());
    user.wait(2);
    assert_eq!(echo.outcome().unwrap().result.unwrap_err().phase(), Phase::Reply);
}

#[test]
fn a_request_that_leaves_while_nothing_is_read_has_all_its_time() {
    let mut user = getting();
    user.comes(&stored(1, &data_set(1_000), 300));
    user.step();
    let work = user.work().unwrap();
    user.wait(HOUR);
    let echo = user.echo();
    user.wait(HOUR);
    user.brings(work);
    user.settle();
    user.wait(59);
    assert!(echo.outcome().is_none());
    user.wait(1);
    assert_eq!(echo.outcome().unwrap().result.unwrap_err().phase(), Phase::Reply);
}

#[test]
fn the_answer_to_a_release_may_lie_unread_too() {
    let mut user = getting();
    let release = Operation::new(&user.runtime, user.strand.clone(), Delivery::Pull);
    user.order(Order::Release(release.promise()));
    user.wait(5);
    // PS3.8 AR-6: data may still come.
    let place = user.fill();
    user.comes(&stored(1, &data_set(1_000), 300));
    user.settle();
    assert!(!user.driver.interest().read);
    user.wait(HOUR);
    drop(place);
    user.step();
    user.settle();
    user.wait(4);
    assert!(release.outcome().is_none());
    user.wait(2);
    assert_eq!(release.outcome().unwrap().result.unwrap_err().phase(), Phase::Release);
}

#[test]
fn a_peer_that_waits_for_us_takes_nothing_and_that_is_not_its_fault() {
    let mut user = getting();
    user.link.borrow_mut().room = Some(0);
    let echo = user.echo();
    user.wait(30);
    user.is_held_by_a_sink();
    user.wait(29);
    assert!(echo.outcome().is_none());
    user.wait(2);
    assert_eq!(echo.outcome().unwrap().result.unwrap_err().phase(), Phase::Send);
}

#[test]
fn what_leaves_slowly_while_nothing_is_read_is_not_measured() {
    let mut user = getting();
    let store = user.store([Plan::of(&data_set(1_000_000))]);
    user.link.borrow_mut().room = Some(0);
    assert!(user.does_work() && user.does_work());
    user.comes(&stored(1, &data_set(1_000), 300));
    user.step();
    let work = user.work().unwrap();
    let trickle = |user: &mut Side| {
        user.link.borrow_mut().room = Some(1);
        user.pass(20);
    };
    (0..100).for_each(|_| trickle(&mut user));
    assert!(store.outcome().is_none());
    user.brings(work);
    (0..5).for_each(|_| trickle(&mut user));
    assert_eq!(store.outcome().unwrap().result.unwrap_err().phase(), Phase::Send);
}

#[test]
fn what_comes_in_has_the_rest_of_its_span_behind_the_sink() {
    let mut user = getting();
    user.comes(&stored(1, &data_set(1_000), 300)[..800]);
    user.step();
    let work = user.work().unwrap();
    user.wait(HOUR);
    user.brings(work);
    user.settle();
    user.wait(29);
    assert!(user.phase_of_end().is_none());
    user.wait(2);
    assert_eq!(user.phase_of_end(), Some(Phase::Receive));
}

#[test]
fn an_association_is_idle_from_the_answer_on_however_long_its_sink_was_at_work() {
    let mut provider = Side::provider(Arc::new(Sinks::default()), 1);
    provider.wait(200);
    provider.is_held_by_a_sink();
    provider.wait(299);
    assert!(provider.phase_of_end().is_none());
    provider.wait(2);
    assert_eq!(provider.phase_of_end(), Some(Phase::Idle));
}

#[test]
fn a_handler_that_is_behind_is_not_the_peers_fault_either() {
    let handler = TestProvider { answers: Answers::Handler, window: 1 };
    let mut user = Side::user_with(Arc::new(handler), 16_384, 1);
    let echo = user.echo();
    for id in [7, 8, 9] {
        user.comes_command(&CommandSet::c_echo_rq(id));
    }
    user.settle();
    assert!(!user.driver.interest().read, "one that is beyond the window waits, and one behind it");
    user.wait(HOUR);
    assert!(echo.outcome().is_none());
    for _ in 0..3 {
        let (handed, _) = user.handed.remove(0);
        let response = CommandSet::response_to(&CommandSet::c_echo_rq(handed.message_id), Status::SUCCESS);
        user.order(Order::Respond(handed.ticket, Box::new(response)));
        user.settle();
    }
    user.wait(59);
    assert!(echo.outcome().is_none());
    user.wait(2);
    assert_eq!(echo.outcome().unwrap().result.unwrap_err().phase(), Phase::Reply);
}

#[test]
fn a_peer_that_does_not_take_our_answers_has_its_deadline_to_do_so() {
    let mut user = Side::user(16_384, 1);
    user.link.borrow_mut().room = Some(0);
    for _ in 0..3_200 {
        user.comes_command(&CommandSet::c_echo_rq(1));
    }
    user.settle();
    assert!(!user.driver.interest().read);
    user.wait(59);
    assert!(user.phase_of_end().is_none());
    user.wait(1);
    assert_eq!(user.driver.ended().unwrap().cause(), &Cause::Timeout { limit: Duration::from_secs(60) });
}

#[test]
fn nobody_is_woken_for_a_deadline_that_stands_still() {
    let mut user = getting();
    let _echo = user.echo();
    user.comes(&stored(1, &data_set(1_000), 300));
    user.step();
    let work = user.work().unwrap();
    assert_eq!(user.driver.deadline(), None);
    user.brings(work);
    assert!(user.driver.deadline().is_some());
}

// ---- events that nobody takes ---------------------------------------------------------------------------------------

#[test]
fn the_next_instance_waits_for_room_and_what_is_under_way_does_not() {
    let mut user = Side::user(16_384, 1);
    let store = user.store([Plan::of(&data_set(10)), Plan::of(&data_set(20))]);
    user.settle();
    let place = user.fill();
    user.comes_command(&store_rsp(1, Status::SUCCESS));
    user.settle();
    assert_eq!(user.sent().len(), 2, "the first, and nothing of the second");
    // Nothing is open, so that no deadline of the peer runs, and what it says is heard.
    user.wait(HOUR);
    user.comes_command(&CommandSet::c_echo_rq(5));
    user.settle();
    assert_eq!(user.sent().len(), 1);
    assert!(store.outcome().is_none());
    drop(place);
    user.step();
    user.settle();
    assert_eq!(user.sent().len(), 2);
    user.comes_command(&store_rsp(2, Status::SUCCESS));
    user.settle();
    assert!(store.outcome().unwrap().result.is_ok());
}

#[test]
fn the_last_response_and_what_tells_nothing_need_no_room() {
    let mut user = Side::user(16_384, 1);
    let store = user.store([Plan::of(&data_set(10))]);
    user.settle();
    let _place = user.fill();
    let (echo, release) = (user.echo(), Operation::new(&user.runtime, user.strand.clone(), Delivery::Pull));
    user.order(Order::Release(release.promise()));
    user.comes_command(&store_rsp(1, Status::SUCCESS));
    user.settle();
    assert!(store.outcome().unwrap().result.is_ok());
    user.comes_command(&CommandSet::response_to(&CommandSet::c_echo_rq(2), Status::SUCCESS));
    user.settle();
    assert_eq!(echo.outcome().unwrap().status, Some(0));
    user.comes_pdu(&Pdu::ReleaseRp);
    user.settle();
    assert!(release.outcome().unwrap().result.is_ok() && user.driver.is_closed());
}

#[test]
fn an_operation_that_nobody_hears_needs_no_room() {
    let mut user = Side::user(16_384, 1);
    let _place = user.fill();
    let store = user.store([Plan::of(&data_set(10)), Plan::of(&data_set(20))]);
    user.settle();
    assert!(user.sent().is_empty());
    store.detach();
    user.settle();
    user.comes_command(&store_rsp(1, Status::SUCCESS));
    user.settle();
    assert_eq!(user.sent().len(), 4);
}

#[test]
fn cancel_abort_a_limit_in_all_and_the_peer_end_what_waits_for_room() {
    for end in ["cancel", "abort", "end", "total", "peer aborts", "peer closes"] {
        let mut user = Side::user(16_384, 1);
        let mut plan = Plan::of(&data_set(10));
        plan.total = Some(Duration::from_secs(100));
        let store = user.store([plan.clone(), plan]);
        user.settle();
        let _place = user.fill();
        user.comes_command(&store_rsp(1, Status::SUCCESS));
        user.settle();
        user.sent();
        match end {
            "cancel" => user.order(Order::Cancel(store.clone())),
            "abort" => user.order(Order::Abort),
            "end" => user.order(Order::End),
            "total" => user.wait(100),
            "peer aborts" => user.comes_pdu(&Pdu::Abort(AbortReason::USER)),
            _ => user.link.borrow_mut().closed = true,
        }
        user.settle();
        let error = store.outcome().unwrap().result.unwrap_err();
        assert_eq!(error.phase(), Phase::Queued, "{end}");
        let goes_on = matches!(end, "cancel" | "total");
        assert_eq!(user.driver.ended().is_none(), goes_on, "{end}");
        if goes_on {
            assert!(user.sent().is_empty() && user.driver.is_quiet(), "{end}");
        }
    }
}

#[test]
fn a_runtime_that_is_shut_down_waits_for_no_room() {
    let mut user = Side::user(16_384, 1);
    let store = user.store([Plan::of(&data_set(10)), Plan::of(&data_set(20))]);
    user.settle();
    let _place = user.fill();
    user.comes_command(&store_rsp(1, Status::SUCCESS));
    user.settle();
    user.sent();
    user.driver.drain(user.now);
    user.settle();
    assert_eq!(user.sent().len(), 2);
    user.comes_command(&store_rsp(2, Status::SUCCESS));
    user.settle();
    assert!(store.outcome().unwrap().result.is_ok());
    assert_eq!(user.sent(), [Seen::ReleaseRq]);
}

#[test]
fn a_thread_that_waits_itself_is_not_waited_for() {
    let mut user = Side::user(16_384, 1);
    let _place = user.strand.backlog().place(MOST_BYTES, true);
    let _store = user.store([Plan::of(&data_set(10))]);
    user.settle();
    assert!(user.sent().is_empty());
    let _waits = user.strand.backlog().wait();
    user.step();
    user.settle();
    assert_eq!(user.sent().len(), 2);
}

#[test]
fn no_data_are_read_while_nobody_takes_the_events_and_commands_are() {
    let mut user = getting();
    let echo = user.echo();
    user.settle();
    let place = user.fill();
    user.wait(30);
    user.comes_command(&CommandSet::c_cancel_rq(9));
    user.comes(&message(&store_rq(1)));
    user.settle();
    assert!(!user.driver.interest().read, "behind the command stand data");
    for byte in fragment(&data_set(100), true) {
        user.comes(&[byte]);
        user.step();
    }
    assert_eq!(user.link.borrow().to_user.len(), 112);
    assert_eq!(
        user.driver.deadline(),
        Some(user.now + Duration::from_secs(1)),
        "only the peer is looked for"
    );
    user.wait(HOUR);
    assert!(echo.outcome().is_none() && user.work().is_none());
    drop(place);
    user.step();
    user.settle();
    assert!(
        matches!(&user.sent()[..], [Seen::Command(_), Seen::Command(answer)] if **answer == store_rsp(1, Status::SUCCESS))
    );
    user.wait(29);
    assert!(echo.outcome().is_none());
    user.wait(2);
    assert_eq!(echo.outcome().unwrap().result.unwrap_err().phase(), Phase::Reply);
}

#[test]
fn a_peer_that_closes_while_nobody_takes_the_events_is_gone_an_abort_limit_later() {
    let mut user = getting();
    let _place = user.fill();
    user.comes(&message(&store_rq(1)));
    user.settle();
    assert!(!user.driver.interest().read);
    user.wait(HOUR);
    assert!(!user.driver.is_closed(), "the peer is there, and may wait for long");
    user.link.borrow_mut().closed = true;
    user.wait(2);
    assert!(!user.driver.is_closed(), "the program may go on still");
    user.wait(2);
    assert!(user.driver.is_closed());
    assert_eq!(user.phase_of_end(), Some(Phase::Receive));
}

#[test]
fn an_abort_lets_the_unread_data_pass() {
    let mut user = getting();
    let _place = user.fill();
    user.comes(&message(&store_rq(1)));
    user.settle();
    assert!(!user.driver.interest().read);
    user.order(Order::Abort);
    assert!(user.driver.interest().read, "what comes now is discarded");
    user.end();
}
