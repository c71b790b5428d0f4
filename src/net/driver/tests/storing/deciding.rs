//! C-STORE as provider: sinks that are full, and data sets of which somebody decides where they go by what has come.

use super::receiving::{At, Into, Sinks, storing};
use super::*;

// ---- sinks that are full --------------------------------------------------------------------------------------------

#[test]
fn a_full_sink_gets_nothing_before_it_is_called_on() {
    let set = data_set(1_000);
    for most in [1, 3, 100, 999, 1_000] {
        for chunk in [1, 50, 1 << 18] {
            let (mut provider, sinks) = storing(Sinks { full_after: Some(most), ..Sinks::default() });
            provider.link.borrow_mut().chunk = chunk;
            provider.comes(&stored(1, &set, 70));
            provider.settle();
            let mut calls = 0;
            while provider.driver.inbound.is_receiving() {
                assert!(provider.sent().is_empty() && sinks.kept().is_empty());
                let before = provider.works;
                provider.pass(3_600);
                provider.settle();
                assert_eq!(provider.works, before, "nobody has called on it");
                provider.order(Order::CallOnSink);
                provider.settle();
                calls += 1;
            }
            assert!(calls >= 1, "{most} {chunk}");
            assert_eq!(provider.sent(), [Seen::Command(Box::new(store_rsp(1, Status::SUCCESS)))]);
            assert!(sinks.kept() == [set.clone()], "{most} {chunk}");
            assert!(sinks.nothing_is_left() && provider.driver.is_quiet());
        }
    }
}

#[test]
fn a_sink_may_be_called_on_before_it_has_said_that_it_is_full() {
    let (mut provider, sinks) = storing(Sinks { full_after: Some(10), ..Sinks::default() });
    provider.comes(&stored(1, &data_set(100), 100));
    provider.step();
    let work = provider.work().unwrap();
    provider.order(Order::CallOnSink);
    provider.brings(work);
    provider.settle();
    assert_eq!(provider.sent(), [Seen::Command(Box::new(store_rsp(1, Status::SUCCESS)))]);
    assert_eq!(sinks.kept().len(), 1);
    // Nobody receives anything: nothing happens.
    provider.order(Order::CallOnSink);
    assert!(provider.driver.is_quiet() && !provider.does_work());
}

#[test]
fn a_full_sink_is_gone_with_its_association() {
    let (mut provider, sinks) = storing(Sinks { full_after: Some(10), ..Sinks::default() });
    provider.comes(&stored(1, &data_set(100), 30));
    provider.settle();
    provider.order(Order::Abort);
    provider.settle();
    assert!(sinks.nothing_is_left() && sinks.kept().is_empty());
}

// ---- a peer that goes while nothing is read ---------------------------------------------------------------------------

/// What keeps a provider from reading, for as long as the program likes.
fn held() -> [Sinks; 2] {
    [Sinks { full_after: Some(10), ..Sinks::default() }, Sinks { undecided_at: Some(10), ..Sinks::default() }]
}

#[test]
fn a_peer_that_closes_behind_what_is_not_read_is_gone_an_abort_limit_later() {
    for options in held() {
        let (mut provider, sinks) = storing(options);
        provider.link.borrow_mut().chunk = 64;
        provider.comes(&stored(1, &data_set(1_000), 70));
        provider.settle();
        provider.wait(600);
        assert!(!provider.driver.is_closed(), "the peer is there, and may wait for long");
        provider.link.borrow_mut().closed = true;
        provider.wait(2);
        assert!(!provider.driver.is_closed(), "the program may go on still");
        provider.wait(2);
        assert!(provider.driver.is_closed());
        assert_eq!(provider.milestones, [Milestone::Established, Milestone::Aborted]);
        assert!(provider.handed.iter().all(|(handed, _)| handed.standing.has_ended()));
        assert!(sinks.nothing_is_left() && sinks.kept().is_empty());
    }
}

#[test]
fn what_a_peer_sent_before_it_closed_is_taken_where_the_program_goes_on_in_time() {
    let set = data_set(1_000);
    for options in held() {
        let (mut provider, sinks) = storing(options.clone());
        provider.link.borrow_mut().chunk = 64;
        provider.comes(&stored(1, &set, 70));
        provider.settle();
        provider.link.borrow_mut().closed = true;
        provider.wait(2);
        // It is due, and has not been looked at.
        provider.now += Duration::from_secs(600);
        match provider.handed.pop() {
            Some((handed, received)) => {
                let head = received.unwrap().head.unwrap().arrived.clone();
                provider.order(Order::Route(handed.ticket, Box::new(options.chosen(head))));
            }
            None => provider.order(Order::CallOnSink),
        }
        drop(options);
        while !provider.driver.is_closed() {
            provider.settle();
            provider.order(Order::CallOnSink);
        }
        assert!(sinks.kept() == [set.clone()]);
        assert!(sinks.nothing_is_left());
    }
}

#[test]
fn a_handler_is_told_that_its_peer_has_closed_behind_the_next_request() {
    let (mut provider, sinks) = storing(Sinks { asked: true, ..Sinks::default() });
    provider.comes(&stored(1, &data_set(100), 70));
    provider.comes(&stored(2, &data_set(100), 70));
    provider.settle();
    let (handed, _) = provider.handed.pop().unwrap();
    provider.link.borrow_mut().closed = true;
    provider.wait(4);
    assert!(handed.standing.has_ended() && provider.driver.is_closed());
    assert!(sinks.nothing_is_left() && sinks.kept().is_empty());
}

// ---- somebody decides -----------------------------------------------------------------------------------------------

#[test]
fn what_has_come_is_told_and_comes_first_into_the_sink_that_is_chosen() {
    let set = data_set(1_000);
    for at in [0, 1, 69, 70, 500, 1_000, 5_000] {
        for chunk in [1, 50, 1 << 18] {
            for asked in [false, true] {
                let options = Sinks { undecided_at: Some(at), asked, ..Sinks::default() };
                let (mut provider, sinks) = storing(options.clone());
                provider.link.borrow_mut().chunk = chunk;
                provider.comes(&stored(1, &set, 70));
                provider.comes(&stored(2, &set, 70));
                for id in [1, 2] {
                    provider.settle();
                    provider.pass(1_000);
                    provider.settle();
                    let (handed, received) = provider.handed.pop().unwrap();
                    let head = received.unwrap().head.unwrap().arrived.clone();
                    assert!(set.starts_with(&head) && head.len() >= at.min(1_000), "{at} {chunk}");
                    assert_eq!(handed.message_id, id);
                    assert!(provider.sent().is_empty());
                    provider.order(Order::Route(handed.ticket, Box::new(options.chosen(head))));
                    provider.settle();
                    if asked {
                        let (again, received) = provider.handed.pop().unwrap();
                        assert_eq!((again.message_id, received.unwrap().bytes), (id, 1_000));
                        assert_ne!(again.ticket, handed.ticket);
                        provider.answers(&again, Status::SUCCESS);
                        provider.settle();
                    }
                    assert_eq!(provider.sent(), [Seen::Command(Box::new(store_rsp(id, Status::SUCCESS)))]);
                }
                assert!(sinks.kept() == [set.clone(), set.clone()], "{at} {chunk}");
                drop(options);
                assert!(sinks.nothing_is_left() && provider.driver.is_quiet(), "{at} {chunk}");
            }
        }
    }
}

#[test]
fn an_instance_that_is_refused_by_its_front_is_discarded_and_the_association_goes_on() {
    for at in [0, 500, 5_000] {
        let (mut provider, sinks) = storing(Sinks { undecided_at: Some(at), ..Sinks::default() });
        provider.link.borrow_mut().chunk = 64;
        provider.comes(&stored(1, &data_set(1_000), 70));
        provider.comes(&stored(2, &data_set(1_000), 70));
        for id in [1, 2] {
            provider.settle();
            let (handed, _) = provider.handed.pop().unwrap();
            provider.answers(&handed, Status::DATA_SET_DOES_NOT_MATCH);
            provider.settle();
            let refused = store_rsp(id, Status::DATA_SET_DOES_NOT_MATCH);
            assert_eq!(provider.sent(), [Seen::Command(Box::new(refused))], "{at}");
            // The second answer comes too late, and so does a sink.
            provider.answers(&handed, Status::SUCCESS);
            let late = Sinks { alive: sinks.alive.clone(), ..Sinks::default() }.chosen(Vec::new());
            provider.order(Order::Route(handed.ticket, Box::new(late)));
        }
        provider.settle();
        assert!(provider.sent().is_empty() && sinks.kept().is_empty());
        assert!(sinks.nothing_is_left() && provider.driver.is_quiet());
    }
}

#[test]
fn a_refusal_may_end_the_association_instead_of_taking_the_rest() {
    for at in [0, 500, 1_000] {
        let options = Sinks { undecided_at: Some(at), rest: Rest::Abort, ..Sinks::default() };
        let (mut provider, sinks) = storing(options);
        provider.link.borrow_mut().chunk = 64;
        provider.comes(&stored(1, &data_set(1_000), 70));
        provider.settle();
        let (handed, _) = provider.handed.pop().unwrap();
        provider.answers(&handed, Status::DATA_SET_DOES_NOT_MATCH);
        provider.settle();
        // Where all of it is there, there is nothing that would have to be waited for.
        let refused = Seen::Command(Box::new(store_rsp(1, Status::DATA_SET_DOES_NOT_MATCH)));
        let right = if at == 1_000 { refused } else { Seen::Abort(AbortReason::USER) };
        assert_eq!(provider.sent(), [right], "{at}");
        assert!(sinks.nothing_is_left());
    }
}

#[test]
fn what_the_library_cannot_take_is_answered_whatever_becomes_of_what_its_caller_refuses() {
    for by_caller in [false, true] {
        let options = Sinks { undecided_at: Some(100), rest: Rest::Abort, by_caller, ..Sinks::default() };
        let (mut provider, sinks) = storing(options.clone());
        provider.link.borrow_mut().chunk = 64;
        provider.comes(&stored(1, &data_set(1_000), 70));
        provider.settle();
        let (handed, received) = provider.handed.pop().unwrap();
        let mut chosen = options.chosen(received.unwrap().head.unwrap().arrived.clone());
        drop(options);
        chosen.refuses = Some(At::Write(500));
        provider.order(Order::Route(handed.ticket, Box::new(chosen)));
        provider.settle();
        let full = store_rsp(1, Status::OUT_OF_RESOURCES).with_error_comment("the disk is full");
        let right = if by_caller { Seen::Abort(AbortReason::USER) } else { Seen::Command(Box::new(full)) };
        assert_eq!(provider.sent(), [right], "{by_caller}");
        assert!(sinks.nothing_is_left() && sinks.kept().is_empty());
    }
}

#[test]
fn an_association_that_ends_while_somebody_decides_tells_them() {
    let (mut provider, sinks) = storing(Sinks { undecided_at: Some(10), ..Sinks::default() });
    provider.comes(&stored(1, &data_set(100), 30));
    provider.settle();
    let (handed, received) = provider.handed.pop().unwrap();
    provider.order(Order::Abort);
    provider.settle();
    assert!(handed.standing.has_ended());
    let head = received.unwrap().head.unwrap().arrived.clone();
    let late = Sinks { alive: sinks.alive.clone(), ..Sinks::default() }.chosen(head);
    provider.order(Order::Route(handed.ticket, Box::new(late)));
    assert!(sinks.nothing_is_left() && sinks.kept().is_empty());
}

#[test]
fn a_sink_that_was_chosen_may_refuse_what_came_first() {
    let options = Sinks { undecided_at: Some(10), ..Sinks::default() };
    let (mut provider, sinks) = storing(options.clone());
    provider.comes(&stored(1, &data_set(100), 30));
    provider.settle();
    let (handed, received) = provider.handed.pop().unwrap();
    let mut chosen = options.chosen(received.unwrap().head.unwrap().arrived.clone());
    chosen.refuses = Some(At::Finish);
    drop(options);
    provider.order(Order::Route(handed.ticket, Box::new(chosen)));
    provider.settle();
    let full = store_rsp(1, Status::OUT_OF_RESOURCES).with_error_comment("the disk is full");
    assert_eq!(provider.sent(), [Seen::Command(Box::new(full))]);
    assert!(sinks.nothing_is_left() && sinks.kept().is_empty());
}

impl Sinks {
    /// The sink that somebody chooses, with what has come.
    fn chosen(&self, head: Vec<u8>) -> Into {
        let taken = head.len();
        Into { sinks: self.clone(), refuses: None, undecided_at: None, bytes: head, taken, is_over: false }
    }
}
