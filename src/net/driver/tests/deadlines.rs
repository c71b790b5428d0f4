//! Every wait ends by itself, and the error names the phase.

use super::*;

#[test]
fn a_reply_that_does_not_come_ends_by_its_deadline_and_names_its_phase() {
    let mut pair = Pair::established(Answers::Handler);
    let echo = pair.echo();
    pair.settle();
    pair.pass(Duration::from_secs(59));
    assert!(echo.outcome().is_none());
    pair.pass(Duration::from_secs(1));
    let error = echo.outcome().unwrap().result.unwrap_err();
    assert_eq!(error.phase(), Phase::Reply);
    assert_eq!(error.cause(), &Cause::Timeout { limit: Duration::from_secs(60) });
    assert!(pair.provider.is_closed(), "an association with an answer outstanding is aborted");
}

#[test]
fn a_reply_deadline_begins_with_the_last_byte_sent() {
    let mut pair = Pair::established(Answers::Handler);
    pair.link.borrow_mut().room = Some(3);
    let echo = pair.echo();
    pair.settle();
    pair.pass(Duration::from_secs(20));
    pair.link.borrow_mut().room = None;
    pair.settle();
    pair.pass(Duration::from_secs(59));
    assert!(echo.outcome().is_none(), "59 s after the last byte");
    pair.pass(Duration::from_secs(1));
    assert_eq!(echo.outcome().unwrap().result.unwrap_err().phase(), Phase::Reply);
}

#[test]
fn a_cancelled_echo_without_a_limit_does_not_hold_up_others_for_ever() {
    for sent_first in [true, false] {
        let mut pair = Pair::established(Answers::Handler);
        pair.link.borrow_mut().room = (!sent_first).then_some(0);
        let patient = pair.echo_within(Some(None));
        pair.settle();
        let behind = pair.echo();
        pair.order_user(Order::Cancel(patient.clone()));
        pair.link.borrow_mut().room = None;
        pair.settle();
        assert_eq!(patient.outcome().unwrap().result.unwrap_err().cause(), &Cause::Cancelled);
        pair.pass(Duration::from_secs(59));
        assert!(behind.outcome().is_none());
        pair.pass(Duration::from_secs(1));
        let error = behind.outcome().unwrap().result.unwrap_err();
        assert_eq!(error.cause(), &Cause::Timeout { limit: Duration::from_secs(60) }, "{sent_first}");
        pair.pass(Duration::from_secs(2));
        assert!(pair.user.is_closed(), "{sent_first}");
    }
}

#[test]
fn a_waiting_operations_deadline_begins_with_its_first_byte() {
    let mut pair = Pair::established(Answers::Handler);
    let first = pair.echo();
    let second = pair.echo();
    pair.settle();
    pair.pass(Duration::from_secs(50));
    pair.respond(Status::SUCCESS);
    pair.settle();
    assert!(first.outcome().is_some());
    pair.pass(Duration::from_secs(50));
    assert!(second.outcome().is_none());
    pair.respond(Status::SUCCESS);
    pair.settle();
    assert_eq!(second.outcome().unwrap().status, Some(0));
}

#[test]
fn a_provider_ends_an_idle_association_and_no_other() {
    let mut pair = Pair::established(Answers::Handler);
    let _busy = pair.echo();
    pair.settle();
    pair.pass(Duration::from_secs(59));
    assert!(!pair.provider.is_closed(), "a handler has a request: not idle");
    pair.respond(Status::SUCCESS);
    pair.settle();
    pair.pass(Duration::from_secs(299));
    assert!(!pair.provider.is_closed());
    pair.pass(Duration::from_secs(1));
    assert!(pair.provider.is_closed() && pair.user.is_closed());
    assert_eq!(
        pair.provider.ended().unwrap().to_string(),
        "no message within 300 s (while idle, PEER at 192.0.2.1:104); associate again, or allow more idle time"
    );
}

#[test]
fn a_peer_that_takes_nothing_ends_by_the_write_deadline() {
    let mut pair = Pair::established(Answers::ByItself);
    pair.link.borrow_mut().room = Some(0);
    let echo = pair.echo();
    pair.settle();
    pair.pass(Duration::from_secs(59));
    assert!(echo.outcome().is_none());
    pair.pass(Duration::from_secs(1));
    let error = echo.outcome().unwrap().result.unwrap_err();
    assert_eq!((error.phase(), error.is_retryable()), (Phase::Send, true));
    let words = "the peer took too little within 60 s (while sending, PEER at 192.0.2.1:104); the peer or the network \
        between is stuck or very slow; try again, or allow more time";
    assert_eq!(error.to_string(), words);
    pair.pass(Duration::from_secs(2));
    assert!(pair.user.is_closed(), "A-ABORT that cannot leave is given two seconds");
}

#[test]
fn a_message_that_stops_in_the_middle_ends_by_its_lack_of_progress() {
    let mut pair = Pair::established(Answers::ByItself);
    // The header of a P-DATA-TF PDU of 4 GiB, and a byte a second behind it.
    pair.user_writes(&[0x04, 0, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFA, 1, 0x03]);
    for _ in 0..29 {
        pair.user_writes(&[0]);
        pair.pass(Duration::from_secs(1));
        assert!(!pair.provider.is_closed());
    }
    pair.pass(Duration::from_secs(2));
    pair.pass(Duration::from_secs(3));
    assert!(pair.provider.is_closed());
}

#[test]
fn a_release_waits_for_the_operations_before_it_and_has_its_own_deadline() {
    let mut pair = Pair::established(Answers::Handler);
    let echo = pair.echo();
    let release = pair.release();
    pair.settle();
    assert!(echo.outcome().is_none() && release.outcome().is_none());
    pair.link.borrow_mut().deaf_user = true;
    pair.pass(Duration::from_secs(30));
    assert!(release.outcome().is_none(), "its deadline has not begun");
    pair.link.borrow_mut().deaf_user = false;
    pair.respond(Status::SUCCESS);
    pair.settle();
    assert!(echo.outcome().unwrap().result.is_ok() && release.outcome().unwrap().result.is_ok());
}

#[test]
fn a_release_that_is_not_answered_ends_in_an_abort() {
    let mut pair = Pair::established(Answers::ByItself);
    pair.link.borrow_mut().deaf_user = true;
    let release = pair.release();
    pair.settle();
    pair.pass(Duration::from_secs(10));
    let error = release.outcome().unwrap().result.unwrap_err();
    assert_eq!(
        (error.phase(), error.cause()),
        (Phase::Release, &Cause::Timeout { limit: Duration::from_secs(10) })
    );
}

#[test]
fn a_release_without_a_limit_that_is_out_is_cancelled_by_an_abort() {
    let mut pair = Pair::established(Answers::ByItself);
    pair.user.setup.timeouts.release = None;
    pair.link.borrow_mut().deaf_user = true;
    let release = pair.release();
    pair.settle();
    pair.order_user(Order::Cancel(release.clone()));
    let error = release.outcome().unwrap().result.unwrap_err();
    assert_eq!((error.phase(), error.cause()), (Phase::Release, &Cause::Cancelled));
    pair.link.borrow_mut().deaf_user = false;
    pair.settle();
    assert!(pair.user.is_closed() && pair.provider.is_closed());
}

#[test]
fn an_answer_that_has_arrived_is_read_before_its_deadline_counts() {
    let mut pair = Pair::established(Answers::Handler);
    let echo = pair.echo();
    pair.settle();
    pair.link.borrow_mut().deaf_user = true;
    pair.respond(Status::SUCCESS);
    pair.link.borrow_mut().deaf_user = false;
    pair.pass(Duration::from_secs(61)); // nobody had the time to look
    assert_eq!(echo.outcome().unwrap().status, Some(0));
}

#[test]
fn a_peer_that_takes_a_byte_now_and_then_ends_by_its_lack_of_progress() {
    let mut pair = Pair::established(Answers::ByItself);
    pair.link.borrow_mut().room = Some(0);
    let echo = pair.echo();
    pair.settle();
    for _ in 0..3 {
        assert!(echo.outcome().is_none());
        pair.link.borrow_mut().room = Some(1);
        pair.now += Duration::from_secs(20);
        pair.step_user();
    }
    assert_eq!(echo.outcome().unwrap().result.unwrap_err().phase(), Phase::Send);
}

#[test]
fn an_abort_without_a_limit_does_not_overflow_the_clock() {
    let mut pair = Pair::established(Answers::ByItself);
    pair.user.setup.timeouts.abort = Duration::MAX;
    pair.order_user(Order::Abort);
    pair.settle();
    assert!(pair.user.is_closed());
}
