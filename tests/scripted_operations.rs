//! Operations of our user on one association: order, cancel, abort, freeing, many threads, and each one's one DONE;
//! and the end of a server with peers of every kind.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod scripted;

use std::sync::{Arc, Barrier};
use std::time::Duration;

use dimse::error::{Cause, Phase};
use dimse::net::operation::Delivery;
use dimse::types::AbortReason;
use dimse::wire::item::AsyncWindow;
use scripted::bytes::{self, bytes};
use scripted::ours::{Asked, Node, Ours, User};
use scripted::peer::{Came, Listening, Peer};
use scripted::{PATIENCE, Span, count, eventually, limit};

/// Long enough for what must not come to come.
const A_WHILE: Duration = Duration::from_millis(50);

fn associated(user: &User) -> (Ours, Peer) {
    let listening = Listening::begin();
    let opening = user.open(listening.port());
    let peer = listening.associate();
    (opening.expect_open(), peer)
}

// ---- order and window -----------------------------------------------------------------------------------------------

#[test]
fn operations_go_out_one_after_the_other_and_their_ids_count_up() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let echoes: Vec<Asked> = (0..5).map(|_| ours.echo()).collect();
    for (message_id, echo) in (1..).zip(&echoes) {
        assert_eq!(peer.expect_echo_rq(), message_id);
        peer.expect_nothing(A_WHILE / 5);
        peer.send(&bytes::echo_rsp(1, message_id));
        echo.expect_success();
        assert_eq!(echo.outcome().message_id, Some(message_id));
    }
}

#[test]
fn a_negotiated_window_lets_as_many_out_and_takes_answers_in_any_order() {
    let user = User::new();
    let listening = Listening::begin();
    let opening = user.open_with(listening.port(), |options| {
        options.request.user.async_window = Some(AsyncWindow { invoked: 3, performed: 1 });
    });
    let (mut peer, request) = listening.accept_request();
    let mut acceptance = bytes::acceptance(&request);
    acceptance.user.async_window = Some(AsyncWindow { invoked: 2, performed: 1 });
    peer.send(&bytes::ac(acceptance));
    let ours = opening.expect_open();
    let echoes: Vec<Asked> = (0..3).map(|_| ours.echo()).collect();
    assert_eq!((peer.expect_echo_rq(), peer.expect_echo_rq()), (1, 2));
    peer.expect_nothing(A_WHILE);
    peer.send(&bytes::echo_rsp(1, 2));
    echoes[1].expect_success();
    echoes[0].expect_open();
    assert_eq!(peer.expect_echo_rq(), 3);
    peer.send(&bytes![bytes::echo_rsp(1, 3), bytes::echo_rsp(1, 1)]);
    echoes.iter().for_each(Asked::expect_success);
}

#[test]
fn a_thousand_operations_may_wait() {
    let (node, user) = (Node::start(), User::new());
    let ours = user.open(node.address().port()).expect_open();
    let echoes: Vec<Asked> = (0..count(1000, 20_000)).map(|_| ours.echo()).collect();
    let release = ours.release();
    echoes.iter().for_each(Asked::expect_success);
    release.expect_done();
    node.expect_empty();
}

// ---- cancel ---------------------------------------------------------------------------------------------------------

#[test]
fn a_cancelled_echo_is_done_at_once_and_the_association_goes_on_after_its_late_response() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let cancelled = ours.echo();
    assert_eq!(peer.expect_echo_rq(), 1);
    let since = Span::begin();
    cancelled.operation.cancel();
    cancelled.expect_cancelled(Phase::Reply);
    since.expect_at_once();
    // Its place in the window is free when its response has come, and not before.
    let next = ours.echo();
    peer.expect_nothing(A_WHILE);
    peer.send(&bytes::echo_rsp(1, 1));
    assert_eq!(peer.expect_echo_rq(), 2);
    peer.send(&bytes::echo_rsp(1, 2));
    next.expect_success();
    cancelled.expect_cancelled(Phase::Reply);
}

#[test]
fn cancelling_an_operation_that_waits_sends_nothing() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let (first, second, third) = (ours.echo(), ours.echo(), ours.echo());
    assert_eq!(peer.expect_echo_rq(), 1);
    second.operation.cancel();
    second.expect_cancelled(Phase::Queued);
    peer.send(&bytes::echo_rsp(1, 1));
    first.expect_success();
    assert_eq!(peer.expect_echo_rq(), 2);
    peer.send(&bytes::echo_rsp(1, 2));
    third.expect_success();
    peer.expect_nothing(A_WHILE);
}

#[test]
fn cancelling_what_is_done_changes_nothing() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let echo = ours.echo();
    peer.expect_echo_rq();
    peer.send(&bytes::echo_rsp(1, 1));
    echo.expect_success();
    echo.operation.cancel();
    echo.expect_success();
    peer.expect_nothing(A_WHILE);
}

#[test]
fn a_cancelled_release_is_an_abort() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let release = ours.release();
    peer.expect_release_rq();
    release.operation.cancel();
    release.expect_cancelled(Phase::Release);
    assert_eq!(peer.expect_abort_and_close(), AbortReason::USER);
}

#[test]
fn a_blocking_echo_returns_at_once_when_another_thread_cancels_it() {
    let user = User::new();
    let (ours, _peer) = associated(&user);
    let waiting = ours.echo();
    // One is open, the other waits behind it; either may be the one that is cancelled.
    let cancelled = ours.echo();
    for asked in [&cancelled, &waiting] {
        let since = Span::begin();
        std::thread::scope(|scope| {
            scope.spawn(|| ours.association.drive(&asked.operation));
            std::thread::sleep(Duration::from_millis(20));
            asked.operation.cancel();
        });
        since.expect_at_once();
        assert_eq!(asked.outcome().result.unwrap_err().cause(), &Cause::Cancelled);
    }
}

#[test]
fn cancel_against_a_blocking_call_that_just_begins_to_wait_is_not_missed() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let _open = ours.echo();
    peer.expect_echo_rq();
    for _ in 0..count(1000, 50_000) {
        // It waits behind the one that is open: nothing of the connection will wake its thread.
        let asked = ours.echo();
        let barrier = Barrier::new(2);
        let since = Span::begin();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                ours.association.drive(&asked.operation);
            });
            barrier.wait();
            asked.operation.cancel();
        });
        since.expect_at_once();
        asked.expect_cancelled(Phase::Queued);
    }
}

// ---- abort and freeing ----------------------------------------------------------------------------------------------

#[test]
fn an_abort_ends_everything_that_is_open_or_waits_and_the_peer_is_told() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let (open, waiting, release) = (ours.echo(), ours.echo(), ours.release());
    peer.expect_echo_rq();
    let since = Span::begin();
    ours.association.abort();
    open.expect_cancelled(Phase::Reply);
    waiting.expect_cancelled(Phase::Queued);
    assert_eq!(release.outcome().result.unwrap_err().cause(), &Cause::Cancelled);
    since.expect_at_once();
    assert_eq!(peer.expect_abort_and_close(), AbortReason::USER);
    // Again, and again: harmless.
    ours.association.abort();
    eventually("it is over", || ours.association.is_over());
    ours.association.abort();
    let error = ours.echo().outcome().result.unwrap_err();
    assert!(error.to_string().contains("the association was aborted on this side"), "{error}");
}

#[test]
fn threads_that_wait_return_when_another_aborts() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let asked: Vec<Asked> = (0..8).map(|_| ours.echo()).collect();
    peer.expect_echo_rq();
    let since = Span::begin();
    std::thread::scope(|scope| {
        for asked in &asked {
            scope.spawn(|| ours.association.drive(&asked.operation));
        }
        std::thread::sleep(Duration::from_millis(20));
        ours.association.abort();
    });
    since.expect_at_once();
    for asked in asked {
        assert_eq!(asked.outcome().result.unwrap_err().cause(), &Cause::Cancelled);
    }
    assert_eq!(peer.expect_abort_and_close(), AbortReason::USER);
}

#[test]
fn an_owner_that_goes_takes_the_association_with_it_and_each_operation_is_done_once() {
    let user = User::new();
    for operations in [0, 1, 5] {
        let (mut ours, mut peer) = associated(&user);
        let asked: Vec<Asked> = (0..operations).map(|_| ours.echo()).collect();
        if operations > 0 {
            peer.expect_echo_rq();
        }
        drop(ours.owner.take());
        for asked in &asked {
            assert_eq!(asked.outcome().result.unwrap_err().cause(), &Cause::Cancelled);
        }
        assert_eq!(peer.expect_abort_and_close(), AbortReason::USER);
    }
}

#[test]
fn an_association_that_nobody_takes_is_aborted() {
    let user = User::new();
    let listening = Listening::begin();
    let opening = user.open(listening.port());
    let peer = listening.associate();
    opening.asked.expect_done();
    drop(opening);
    assert_eq!(peer.expect_abort_and_close(), AbortReason::USER);
}

#[test]
fn an_abort_against_an_operation_that_just_begins_loses_no_outcome() {
    let (node, user) = (Node::start(), User::new());
    for _ in 0..count(200, 10_000) {
        let ours = user.open(node.address().port()).expect_open();
        let barrier = Arc::new(Barrier::new(2));
        let aborter = std::thread::spawn({
            let (association, barrier) = (ours.association.clone(), barrier.clone());
            move || {
                barrier.wait();
                association.abort();
            }
        });
        barrier.wait();
        let asked = [ours.echo(), ours.echo(), ours.release()];
        for asked in asked {
            match asked.outcome().result {
                Ok(()) => {}
                // Under way, or too late.
                Err(error) => assert!(matches!(error.cause(), Cause::Cancelled | Cause::State(_)), "{error}"),
            }
        }
        aborter.join().unwrap();
    }
    node.expect_empty();
}

#[test]
fn a_peer_that_closes_against_an_operation_that_just_begins_loses_no_outcome() {
    let user = User::new();
    for _ in 0..count(200, 10_000) {
        let (ours, peer) = associated(&user);
        let closer = std::thread::spawn(move || drop(peer));
        let (waited, blocking) = (ours.echo(), ours.echo());
        ours.association.drive(&blocking.operation);
        for asked in [waited, blocking] {
            assert_eq!(asked.outcome().result.unwrap_err().cause(), &Cause::Closed);
        }
        closer.join().unwrap();
    }
}

// ---- release --------------------------------------------------------------------------------------------------------

#[test]
fn a_release_waits_its_turn() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let (open, waiting, release) = (ours.echo(), ours.echo(), ours.release());
    for (message_id, echo) in [(1, &open), (2, &waiting)] {
        assert_eq!(peer.expect_echo_rq(), message_id);
        peer.expect_nothing(A_WHILE / 2);
        peer.send(&bytes::echo_rsp(1, message_id));
        echo.expect_success();
    }
    peer.expect_release_rq();
    release.expect_open();
    peer.send(&bytes::release_rp());
    release.expect_done();
    peer.expect_end();
    let error = ours.echo().outcome().result.unwrap_err();
    assert!(error.to_string().contains("the association is released; open a new one"), "{error}");
}

#[test]
fn a_release_by_the_peer_is_told_from_misuse_and_may_be_tried_again() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let (open, waiting, release) = (ours.echo(), ours.echo(), ours.release());
    peer.expect_echo_rq();
    peer.send(&bytes::release_rq());
    peer.expect_release_rp();
    for (asked, phase) in [(&open, Phase::Reply), (&waiting, Phase::Queued)] {
        let error = asked.expect_error(phase);
        assert_eq!(error.cause(), &Cause::Released);
        assert!(error.is_retryable());
        for words in ["the peer released the association", "127.0.0.1", "associate again"] {
            assert!(error.to_string().contains(words), "{words}: {error}");
        }
    }
    // What it was to bring about has come about.
    release.expect_done();
    // Whoever comes later hears the same, not that it did something wrong.
    let error = ours.echo().expect_error(Phase::Reply);
    assert_eq!((error.cause(), error.is_retryable()), (&Cause::Released, true));
}

#[test]
fn a_release_by_the_peer_while_nothing_is_open_is_no_misuse_either() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    peer.send(&bytes::release_rq());
    peer.expect_release_rp();
    for asked in [ours.echo(), ours.release()] {
        assert_eq!(asked.expect_error(Phase::Idle).cause(), &Cause::Released);
    }
    // Whereas this is: it was this side that released.
    let (ours, mut peer) = associated(&user);
    let release = ours.release();
    peer.expect_release_rq();
    peer.send(&bytes::release_rp());
    release.expect_done();
    let error = ours.echo().expect_error(Phase::Queued);
    assert!(matches!(error.cause(), Cause::State(_)) && !error.is_retryable(), "{error}");
}

#[test]
fn nothing_begins_after_a_release_was_asked_for() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let (open, release) = (ours.echo(), ours.release());
    assert_eq!(peer.expect_echo_rq(), 1);
    let (late, again) = (ours.echo(), ours.release());
    for late in [late, again] {
        let error = late.expect_error(Phase::Queued);
        assert!(error.to_string().contains("the association is being released"), "{error}");
    }
    peer.send(&bytes::echo_rsp(1, 1));
    open.expect_success();
    peer.expect_release_rq();
    peer.send(&bytes::release_rp());
    release.expect_done();
}

#[test]
fn a_release_that_is_cancelled_while_it_waits_sends_nothing() {
    let user = User::new();
    let (ours, mut peer) = associated(&user);
    let (open, release) = (ours.echo(), ours.release());
    assert_eq!(peer.expect_echo_rq(), 1);
    release.operation.cancel();
    release.expect_cancelled(Phase::Queued);
    peer.send(&bytes::echo_rsp(1, 1));
    open.expect_success();
    let next = ours.echo();
    assert_eq!(peer.expect_echo_rq(), 2);
    peer.send(&bytes::echo_rsp(1, 2));
    next.expect_success();
}

// ---- threads --------------------------------------------------------------------------------------------------------

#[test]
fn eight_threads_verify_over_one_association_at_once() {
    let (node, user) = (Node::start(), User::new());
    let ours = user.open(node.address().port()).expect_open();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..count(100, 5000) {
                    assert_eq!(ours.blocking_echo().status, Some(0));
                }
            });
        }
    });
    assert_eq!(node.counters().requests_total, u64::try_from(8 * count(100, 5000)).unwrap());
    ours.release().expect_done();
    node.expect_empty();
}

#[test]
fn blocking_and_other_calls_mix_on_one_association() {
    let (node, user) = (Node::start(), User::new());
    let ours = user.open(node.address().port()).expect_open();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let ours = &ours;
            scope.spawn(move || {
                for round in 0..count(100, 5000) {
                    match (thread + round) % 4 {
                        0 | 1 => assert_eq!(ours.blocking_echo().status, Some(0)),
                        2 => ours.echo().expect_success(),
                        _ => {
                            let cancelled = ours.echo();
                            cancelled.operation.cancel();
                            match cancelled.outcome().result {
                                Ok(()) => {}
                                Err(error) => assert_eq!(error.cause(), &Cause::Cancelled, "{error}"),
                            }
                        }
                    }
                }
            });
        }
    });
    ours.blocking_echo().result.unwrap();
    ours.release().expect_done();
    node.expect_empty();
}

#[test]
fn blocking_calls_with_pauses_between_them_find_the_association_alive() {
    let (node, user) = (Node::start(), User::new());
    let ours = user.open(node.address().port()).expect_open();
    // Before, while and after the seat changes hands.
    for round in 0..count(60, 2000) {
        assert_eq!(ours.blocking_echo().status, Some(0));
        std::thread::sleep(Duration::from_micros(u64::try_from(round).unwrap() % 12 * 1000));
    }
    ours.release().expect_done();
}

#[test]
fn the_end_of_an_idle_association_is_seen_whoever_used_it_last() {
    let user = User::new();
    for blocking in [false, true] {
        let (ours, mut peer) = associated(&user);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                peer.expect_echo_rq();
                peer.send(&bytes::echo_rsp(1, 1));
            });
            if blocking {
                ours.blocking_echo().result.unwrap();
            } else {
                ours.echo().expect_success();
            }
        });
        drop(peer);
        eventually("the end is seen", || ours.association.is_over());
    }
}

// ---- shutdown -------------------------------------------------------------------------------------------------------

#[test]
fn a_shutdown_with_work_in_flight_gives_each_operation_its_outcome() {
    let user = User::new();
    let listening = Listening::begin();
    let associating = user.open(listening.port());
    let (_silent, _) = listening.accept_request();
    let (ours, mut peer) = associated(&user);
    let asked = [ours.echo(), ours.echo(), ours.release()];
    peer.expect_echo_rq();
    user.shut_down();
    associating.asked.outcome().result.unwrap_err();
    for asked in asked {
        asked.outcome().result.unwrap_err();
    }
    assert_eq!(peer.expect_abort(), AbortReason::USER);
}

// ---- the end of a server --------------------------------------------------------------------------------------------

fn stop(node: &Node, drain: Option<Duration>) -> Arc<dimse::net::operation::Operation> {
    let operation = node.server.operation(Delivery::Pull);
    node.server.stop(drain, Some(operation.promise()));
    operation
}

#[test]
fn a_server_that_stops_at_once_aborts_associations_and_closes_the_others() {
    let node = Node::start();
    let (mut silent, mut idle) = (node.connect(), node.associate());
    eventually("both are there", || node.counters().connections == 2);
    let since = Span::begin();
    let stopped = stop(&node, Some(Duration::ZERO));
    silent.expect_end();
    assert_eq!(idle.expect_abort(), AbortReason::USER);
    drop(idle);
    assert!(stopped.wait(Some(PATIENCE)).unwrap().result.is_ok());
    since.expect_at_once();
    std::net::TcpStream::connect(node.address()).unwrap_err();
    node.expect_empty();
}

#[test]
fn a_server_that_drains_lets_associations_end_by_themselves() {
    let node = Node::start();
    let (mut silent, mut working) = (node.connect(), node.associate());
    eventually("both are there", || node.counters().connections == 2);
    let stopped = stop(&node, None);
    silent.expect_end();
    working.send(&bytes::echo_rq(1, 1));
    working.expect_echo_rsp(1);
    assert!(stopped.wait(Some(A_WHILE)).is_none());
    working.send(&bytes::release_rq());
    working.expect_release_rp();
    drop(working);
    assert!(stopped.wait(Some(PATIENCE)).unwrap().result.is_ok());
}

#[test]
fn a_drain_time_that_is_over_ends_what_is_left() {
    let node = Node::start();
    let mut idle = node.associate();
    let since = Span::begin();
    let stopped = stop(&node, Some(limit()));
    assert_eq!(idle.expect_abort(), AbortReason::USER);
    since.expect(limit());
    drop(idle);
    assert!(stopped.wait(Some(PATIENCE)).unwrap().result.is_ok());
}

#[test]
fn a_server_stops_while_connections_break() {
    for _ in 0..count(20, 500) {
        let node = Node::start();
        let peers: Vec<Peer> =
            (0..10).map(|round| if round % 2 == 0 { node.connect() } else { node.associate() }).collect();
        let breaker = std::thread::spawn(move || peers.into_iter().for_each(Peer::reset));
        let stopped = stop(&node, Some(Duration::ZERO));
        assert!(stopped.wait(Some(PATIENCE)).unwrap().result.is_ok());
        breaker.join().unwrap();
        node.expect_empty();
    }
}

#[test]
fn a_peer_that_does_not_close_holds_up_a_stop_no_longer_than_the_abort_limit() {
    let node = Node::start_with(|options| options.timeouts.abort = limit());
    let mut stubborn = node.associate();
    let since = Span::begin();
    let stopped = stop(&node, Some(Duration::ZERO));
    assert!(stopped.wait(Some(PATIENCE)).unwrap().result.is_ok());
    since.expect(limit());
    stubborn.expect_abort();
    assert!(matches!(stubborn.next(PATIENCE), Came::End));
}
