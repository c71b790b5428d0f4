//! The upper layer's machine: alone, in every cell of the table, and two of them back to back on a fake clock.

use std::time::{Duration, Instant};

use dimse::error::{Cause, Result};
use dimse::types::{AbortReason, Rejection, Uid};
use dimse::ul::machine::{DataIn, Indication, Machine, Output};
use dimse::ul::table::{Action, Cell, Event, Next, State, cell};
use dimse::wire::pdu::Pdu;

#[path = "ul/link.rs"]
mod link;

use link::{ARTIM, End, Link, ac, outputs, rq};

const SECOND: Duration = Duration::from_secs(1);

// Every cell.

#[test]
fn the_machine_does_in_every_cell_what_the_table_says() {
    let now = Instant::now();
    for (state, event) in State::ALL.into_iter().flat_map(|state| Event::ALL.map(|event| (state, event))) {
        if event == Event::Evt5 {
            continue; // Machine::acceptor; its Sta2 is a state of this loop.
        }
        let mut machine = machine_in(state, now);
        let deadline = machine.artim_deadline();
        let later = now + SECOND;
        let outcome = happen(&mut machine, event, later);
        let outputs = outputs(&mut machine);
        let place = format!("{state:?} {event:?}");
        let Cell::Do(action, next) = cell(state, event) else {
            assert_eq!((machine.state(), machine.artim_deadline()), (state, deadline), "{place}");
            assert_eq!(outputs, [], "{place}");
            assert_eq!(outcome.is_err(), is_primitive(event), "{place}");
            continue;
        };
        assert!(outcome.is_ok(), "{place}: {outcome:?}");
        let next = match next {
            Next::Is(state) => state,
            // The A-ASSOCIATE-RQ of this test is acceptable, and its Sta7 is the requestor's.
            Next::Either(first, _) => first,
        };
        assert_eq!(machine.state(), next, "{place}");
        let deadline = match artim(action) {
            Artim::Starts => Some(later + ARTIM),
            Artim::Stops => None,
            Artim::Stays => deadline,
        };
        assert_eq!(machine.artim_deadline(), deadline, "{place}");
        let outputs: Vec<_> = outputs.iter().map(kind).collect();
        assert_eq!(outputs.join(", "), visible(action), "{place}");
        // ARTIM runs in Sta2 and Sta13 and nowhere else.
        let should_run = matches!(next, State::Sta2 | State::Sta13);
        assert_eq!(machine.artim_deadline().is_some(), should_run, "{place}");
    }
}

#[test]
fn a_primitive_in_a_refused_cell_is_an_error_in_words() {
    let now = Instant::now();
    let error = machine_in(State::Sta7, now).release(now).unwrap_err();
    assert!(matches!(error.cause(), Cause::State(_)));
    assert_eq!(
        error.to_string(),
        "A-RELEASE request is not possible in Sta7 (awaiting the peer's A-RELEASE-RP)"
    );
}

// Two machines.

#[test]
fn associate_and_accept() {
    let mut link = Link::asking();
    assert_eq!(link.states(), (State::Sta5, State::Sta3));
    assert_eq!(link.acceptor.heard, [Indication::Associate(rq())]);
    assert_eq!(link.acceptor.machine.artim_deadline(), None);
    link.ask(End::Acceptor, |machine, now| machine.accept(now, ac()));
    link.run();
    assert_eq!(link.requestor.heard, [Indication::Confirmed(ac())]);
    assert_eq!(link.states(), (State::Sta6, State::Sta6));
}

#[test]
fn associate_and_reject() {
    let mut link = Link::asking();
    link.ask(End::Acceptor, |machine, now| machine.reject(now, Rejection::CALLED_AE_TITLE));
    assert_eq!(link.acceptor.machine.artim_deadline(), Some(link.now + ARTIM));
    link.run();
    assert_eq!(link.requestor.heard, [Indication::Rejected(Rejection::CALLED_AE_TITLE)]);
    assert_eq!(link.states(), (State::Sta1, State::Sta1));
    assert!(link.is_closed());
}

#[test]
fn the_provider_rejects_a_protocol_version_without_bit_0_with_1_2_2() {
    let mut unversioned = rq();
    unversioned.protocol_version = 2;
    rejected_by_the_provider(unversioned, Rejection::PROTOCOL_VERSION);
}

#[test]
fn the_provider_tests_only_bit_0_of_the_protocol_version() {
    let mut versioned = rq();
    versioned.protocol_version = 0xFFFF;
    let mut link = Link::connecting();
    link.ask(End::Requestor, |machine, now| machine.connected(now, versioned));
    link.run();
    assert_eq!(link.acceptor.machine.state(), State::Sta3);
}

#[test]
fn the_provider_rejects_another_application_context_with_1_1_2() {
    let mut foreign = rq();
    foreign.application_context = Some(Uid::from_static("1.2.3"));
    rejected_by_the_provider(foreign, Rejection::APPLICATION_CONTEXT);
    let mut missing = rq();
    missing.application_context = None;
    rejected_by_the_provider(missing, Rejection::APPLICATION_CONTEXT);
}

#[test]
fn release_by_either_side() {
    for end in [End::Requestor, End::Acceptor] {
        let mut link = Link::associated();
        link.ask(end, Machine::release);
        link.run();
        assert_eq!(link.side(end).machine.state(), State::Sta7);
        assert_eq!(link.side(end.other()).machine.state(), State::Sta8);
        assert_eq!(link.side(end.other()).heard, [Indication::Release]);
        assert!(link.side(end.other()).machine.may_respond_to_release());
        link.ask(end.other(), Machine::release_response);
        assert_eq!(link.side(end.other()).machine.artim_deadline(), Some(link.now + ARTIM));
        link.run();
        assert_eq!(link.side(end).heard, [Indication::ReleaseConfirmed]);
        assert_eq!(link.states(), (State::Sta1, State::Sta1));
        assert!(link.is_closed());
    }
}

#[test]
fn in_sta7_data_still_arrive_and_in_sta8_they_may_still_be_sent() {
    let mut link = Link::associated();
    link.send_data(End::Requestor);
    link.ask(End::Requestor, Machine::release);
    link.run();
    assert_eq!(link.states(), (State::Sta7, State::Sta8));
    assert!(!link.requestor.machine.may_send_data());
    link.send_data(End::Acceptor);
    link.run();
    link.send_data(End::Acceptor);
    link.ask(End::Acceptor, Machine::release_response);
    assert!(!link.acceptor.machine.may_send_data());
    link.run();
    assert_eq!(link.acceptor.data, [DataIn::Take]);
    assert_eq!(link.requestor.data, [DataIn::Take, DataIn::Take]);
    assert_eq!(link.requestor.heard, [Indication::ReleaseConfirmed]);
    assert!(link.is_closed());
}

#[test]
fn release_collision_goes_through_sta9_to_sta12() {
    let mut link = Link::associated();
    link.ask(End::Requestor, Machine::release);
    link.ask(End::Acceptor, Machine::release);
    link.run();
    assert_eq!(link.states(), (State::Sta9, State::Sta10));
    assert_eq!(link.requestor.heard, [Indication::Release]);
    assert_eq!(link.acceptor.heard, [Indication::Release]);

    // The acceptor must wait for the requestor's answer.
    assert!(!link.acceptor.machine.may_respond_to_release());
    assert!(link.acceptor.machine.release_response(link.now).is_err());
    assert!(link.requestor.machine.may_respond_to_release());
    link.ask(End::Requestor, Machine::release_response);
    assert_eq!(link.requestor.machine.state(), State::Sta11);
    link.run();
    assert_eq!(link.states(), (State::Sta11, State::Sta12));
    assert_eq!(link.acceptor.heard, [Indication::Release, Indication::ReleaseConfirmed]);

    assert!(link.acceptor.machine.may_respond_to_release());
    link.ask(End::Acceptor, Machine::release_response);
    assert_eq!(link.acceptor.machine.artim_deadline(), Some(link.now + ARTIM));
    link.run();
    assert_eq!(link.requestor.heard, [Indication::Release, Indication::ReleaseConfirmed]);
    assert_eq!(link.states(), (State::Sta1, State::Sta1));
    assert!(link.is_closed());
}

#[test]
fn abort_by_either_side() {
    for end in [End::Requestor, End::Acceptor] {
        let mut link = Link::associated();
        link.ask(end, |machine, now| machine.abort(now, AbortReason::USER));
        assert_eq!(link.side(end).machine.state(), State::Sta13);
        link.run();
        assert_eq!(link.side(end.other()).heard, [Indication::Aborted(AbortReason::USER)]);
        assert_eq!(link.side(end).heard, []);
        assert_eq!(link.states(), (State::Sta1, State::Sta1));
        assert!(link.is_closed());
    }
}

#[test]
fn both_sides_abort_at_once() {
    let mut link = Link::associated();
    link.ask(End::Requestor, |machine, now| machine.abort(now, AbortReason::USER));
    link.ask(End::Acceptor, |machine, now| machine.abort(now, AbortReason::INVALID_PARAMETER));
    link.run();
    assert_eq!((link.states(), link.is_closed()), ((State::Sta1, State::Sta1), true));
    assert_eq!((link.requestor.heard, link.acceptor.heard), (vec![], vec![]));
}

#[test]
fn a_lost_connection_is_told_to_both_users() {
    let mut link = Link::associated();
    link.requestor.machine.closed(link.now);
    link.acceptor.machine.closed(link.now);
    assert_eq!(outputs(&mut link.requestor.machine), [Output::Indicate(Indication::Closed)]);
    assert_eq!(outputs(&mut link.acceptor.machine), [Output::Indicate(Indication::Closed)]);
}

// One machine.

#[test]
fn abort_in_each_state() {
    let now = Instant::now();
    for state in State::ALL {
        let mut machine = machine_in(state, now);
        let outcome = machine.abort(now, AbortReason::INVALID_PARAMETER);
        let outputs = outputs(&mut machine);
        match state {
            State::Sta1 | State::Sta2 | State::Sta13 => assert!(outcome.is_err() && outputs.is_empty()),
            State::Sta4 => assert_eq!(outputs, [Output::Close]),
            _ => assert_eq!(outputs, [Output::Send(Pdu::Abort(AbortReason::INVALID_PARAMETER))]),
        }
    }
}

#[test]
fn transport_closed_in_each_state() {
    let now = Instant::now();
    for state in State::ALL {
        let mut machine = machine_in(state, now);
        machine.closed(now);
        let outputs = outputs(&mut machine);
        match state {
            State::Sta1 | State::Sta2 | State::Sta13 => assert_eq!(outputs, [], "{state:?}"),
            _ => assert_eq!(outputs, [Output::Indicate(Indication::Closed)], "{state:?}"),
        }
        assert_eq!((machine.state(), machine.artim_deadline()), (State::Sta1, None), "{state:?}");
    }
}

#[test]
fn sta2_answers_anything_but_rq_and_abort_with_source_0() {
    let now = Instant::now();
    let sta2 = || machine_in(State::Sta2, now);
    let later = now + SECOND;
    let aborts = |mut machine: Machine, what: &str| {
        assert_eq!(outputs(&mut machine), [Output::Send(Pdu::Abort(AbortReason::USER))], "{what}");
        assert_eq!(
            (machine.state(), machine.artim_deadline()),
            (State::Sta13, Some(later + ARTIM)),
            "{what}"
        );
    };
    let rj = Pdu::AssociateRj(Rejection::NO_REASON);
    for pdu in [Pdu::AssociateAc(ac()), rj, Pdu::ReleaseRq, Pdu::ReleaseRp] {
        let (mut machine, what) = (sta2(), format!("{pdu:?}"));
        machine.received(later, pdu);
        aborts(machine, &what);
    }
    let mut machine = sta2();
    assert_eq!(machine.received_data(later), DataIn::Abort);
    aborts(machine, "P-DATA-TF");
    let mut machine = sta2();
    machine.malformed(later, AbortReason::INVALID_PARAMETER);
    aborts(machine, "an A-ASSOCIATE-RQ that does not parse");
    let mut machine = sta2();
    machine.received(later, Pdu::Abort(AbortReason::USER));
    assert_eq!(outputs(&mut machine), [Output::Close]);
    assert_eq!(machine.state(), State::Sta1);
}

#[test]
fn sta6_aborts_unexpected_pdus_with_2_2() {
    let now = Instant::now();
    let rj = Pdu::AssociateRj(Rejection::NO_REASON);
    for pdu in [Pdu::AssociateRq(rq()), Pdu::AssociateAc(ac()), rj, Pdu::ReleaseRp] {
        let mut machine = machine_in(State::Sta6, now);
        machine.received(now, pdu);
        assert_eq!(outputs(&mut machine), provider_abort(AbortReason::UNEXPECTED_PDU));
    }
}

#[test]
fn sta6_aborts_unknown_types_with_2_1_and_bad_values_with_2_6() {
    let now = Instant::now();
    for reason in [AbortReason::UNRECOGNIZED_PDU, AbortReason::INVALID_PARAMETER] {
        let mut machine = machine_in(State::Sta6, now);
        machine.malformed(now, reason);
        assert_eq!(outputs(&mut machine), provider_abort(reason));
        assert_eq!((machine.state(), machine.artim_deadline()), (State::Sta13, Some(now + ARTIM)));
    }
}

#[test]
fn data_at_the_wrong_time_end_the_association_and_are_discarded_after_it() {
    let now = Instant::now();
    let mut machine = machine_in(State::Sta8, now);
    assert_eq!(machine.received_data(now), DataIn::Abort);
    assert_eq!(outputs(&mut machine), provider_abort(AbortReason::UNEXPECTED_PDU));
    assert_eq!(machine.received_data(now), DataIn::Discard);
    machine.closed(now);
    assert_eq!(machine.received_data(now), DataIn::Discard);
    assert_eq!(outputs(&mut machine), []);
}

#[test]
fn artim_closes_a_silent_peer_in_sta2_and_one_that_does_not_close_in_sta13() {
    let now = Instant::now();
    for state in [State::Sta2, State::Sta13] {
        let mut machine = machine_in(state, now);
        assert_eq!(machine.artim_deadline(), Some(now + ARTIM));
        machine.timeout(now + Duration::from_nanos(29_999_999_999));
        assert_eq!((machine.state(), outputs(&mut machine)), (state, vec![]));
        machine.timeout(now + ARTIM);
        assert_eq!((machine.state(), outputs(&mut machine)), (State::Sta1, vec![Output::Close]));
        assert_eq!(machine.artim_deadline(), None);
    }
}

#[test]
fn artim_runs_out_on_a_peer_that_keeps_the_connection_after_release() {
    let mut link = Link::associated();
    link.ask(End::Requestor, Machine::release);
    link.run();
    link.ask(End::Acceptor, Machine::release_response);
    link.wait(ARTIM);
    assert_eq!((link.states(), link.is_closed()), ((State::Sta1, State::Sta1), true));
}

#[test]
fn arriving_bytes_never_restart_artim_in_sta13() {
    let now = Instant::now();
    let mut machine = machine_in(State::Sta13, now);
    for second in 1..30 {
        let later = now + SECOND * second;
        machine.received(later, Pdu::ReleaseRq);
        machine.received(later, Pdu::AssociateRq(rq()));
        machine.malformed(later, AbortReason::UNRECOGNIZED_PDU);
        assert_eq!(machine.received_data(later), DataIn::Discard);
        machine.timeout(later);
        assert_eq!(machine.artim_deadline(), Some(now + ARTIM));
    }
    machine.timeout(now + ARTIM);
    assert_eq!(outputs(&mut machine).last(), Some(&Output::Close));
}

#[test]
fn sta13_aborts_again_once_and_discards_other_pdus() {
    let now = Instant::now();
    let mut machine = machine_in(State::Sta13, now);
    let rj = Pdu::AssociateRj(Rejection::NO_REASON);
    for pdu in [Pdu::AssociateAc(ac()), rj, Pdu::ReleaseRq, Pdu::ReleaseRp] {
        machine.received(now, pdu);
        assert_eq!(outputs(&mut machine), []);
    }
    machine.malformed(now, AbortReason::UNRECOGNIZED_PDU);
    assert_eq!(outputs(&mut machine), [Output::Send(Pdu::Abort(AbortReason::UNRECOGNIZED_PDU))]);
    for _ in 0..100 {
        machine.received(now, Pdu::AssociateRq(rq()));
        machine.malformed(now, AbortReason::UNRECOGNIZED_PDU);
        assert_eq!((machine.state(), outputs(&mut machine)), (State::Sta13, vec![]));
    }
    machine.received(now, Pdu::Abort(AbortReason::USER));
    assert_eq!((machine.state(), outputs(&mut machine)), (State::Sta1, vec![Output::Close]));
}

#[test]
fn a_second_a_associate_rq_in_sta13_is_answered_with_2_2() {
    let now = Instant::now();
    let mut machine = machine_in(State::Sta13, now);
    machine.received(now, Pdu::AssociateRq(rq()));
    assert_eq!(outputs(&mut machine), [Output::Send(Pdu::Abort(AbortReason::UNEXPECTED_PDU))]);
}

#[test]
fn the_acceptor_of_a_release_collision_is_in_sta10() {
    let mut link = Link::associated();
    link.ask(End::Acceptor, Machine::release);
    link.acceptor.machine.received(link.now, Pdu::ReleaseRq);
    assert_eq!(link.acceptor.machine.state(), State::Sta10);
}

fn rejected_by_the_provider(rq: Box<dimse::wire::pdu::AssociateRq>, why: Rejection) {
    let mut link = Link::connecting();
    link.ask(End::Requestor, |machine, now| machine.connected(now, rq));
    link.run();
    assert_eq!(link.acceptor.heard, [], "no user is asked");
    assert_eq!(link.requestor.heard, [Indication::Rejected(why)]);
    assert_eq!((link.states(), link.is_closed()), ((State::Sta1, State::Sta1), true));
}

fn provider_abort(reason: AbortReason) -> [Output; 2] {
    [Output::Send(Pdu::Abort(reason)), Output::Indicate(Indication::ProviderAbort(reason))]
}

/// A machine brought to `state` at `now` by inputs alone, with nothing left to take.
fn machine_in(state: State, now: Instant) -> Machine {
    let requestor = |steps: &[Event]| walk(Machine::requestor(ARTIM), steps, now);
    let acceptor = |steps: &[Event]| walk(Machine::acceptor(now, ARTIM), steps, now);
    let mut machine = match state {
        State::Sta1 => requestor(&[]),
        State::Sta2 => acceptor(&[]),
        State::Sta3 => acceptor(&[Event::Evt6]),
        State::Sta4 => requestor(&[Event::Evt1]),
        State::Sta5 => requestor(&[Event::Evt1, Event::Evt2]),
        State::Sta6 => acceptor(&[Event::Evt6, Event::Evt7]),
        State::Sta7 => requestor(&[Event::Evt1, Event::Evt2, Event::Evt3, Event::Evt11]),
        State::Sta8 => acceptor(&[Event::Evt6, Event::Evt7, Event::Evt12]),
        State::Sta9 => requestor(&[Event::Evt1, Event::Evt2, Event::Evt3, Event::Evt11, Event::Evt12]),
        State::Sta10 => acceptor(&[Event::Evt6, Event::Evt7, Event::Evt11, Event::Evt12]),
        State::Sta11 => {
            requestor(&[Event::Evt1, Event::Evt2, Event::Evt3, Event::Evt11, Event::Evt12, Event::Evt14])
        }
        State::Sta12 => acceptor(&[Event::Evt6, Event::Evt7, Event::Evt11, Event::Evt12, Event::Evt13]),
        State::Sta13 => acceptor(&[Event::Evt6, Event::Evt8]),
    };
    assert_eq!(machine.state(), state);
    outputs(&mut machine);
    machine
}

fn walk(mut machine: Machine, steps: &[Event], now: Instant) -> Machine {
    for event in steps {
        let outcome = happen(&mut machine, *event, now);
        assert!(outcome.is_ok(), "{event:?}: {outcome:?}");
    }
    machine
}

/// The input that is `event`.
fn happen(machine: &mut Machine, event: Event, now: Instant) -> Result<()> {
    match event {
        Event::Evt1 => machine.connect_requested(now)?,
        Event::Evt2 => machine.connected(now, rq())?,
        Event::Evt3 => machine.received(now, Pdu::AssociateAc(ac())),
        Event::Evt4 => machine.received(now, Pdu::AssociateRj(Rejection::NO_REASON)),
        Event::Evt5 => *machine = Machine::acceptor(now, ARTIM),
        Event::Evt6 => machine.received(now, Pdu::AssociateRq(rq())),
        Event::Evt7 => machine.accept(now, ac())?,
        Event::Evt8 => machine.reject(now, Rejection::NO_REASON)?,
        // The driver sends data itself where it may.
        Event::Evt9 if machine.may_send_data() => {}
        Event::Evt9 => return Err(dimse::error::Error::state("no data may be sent")),
        Event::Evt10 => {
            machine.received_data(now);
        }
        Event::Evt11 => machine.release(now)?,
        Event::Evt12 => machine.received(now, Pdu::ReleaseRq),
        Event::Evt13 => machine.received(now, Pdu::ReleaseRp),
        Event::Evt14 => machine.release_response(now)?,
        Event::Evt15 => machine.abort(now, AbortReason::USER)?,
        Event::Evt16 => machine.received(now, Pdu::Abort(AbortReason::USER)),
        Event::Evt17 => machine.closed(now),
        // It can expire only when it is due.
        Event::Evt18 => machine.timeout(now + ARTIM),
        Event::Evt19 => machine.malformed(now, AbortReason::INVALID_PARAMETER),
    }
    Ok(())
}

fn is_primitive(event: Event) -> bool {
    use Event::{Evt1, Evt2, Evt7, Evt8, Evt9, Evt11, Evt14, Evt15};
    matches!(event, Evt1 | Evt2 | Evt7 | Evt8 | Evt9 | Evt11 | Evt14 | Evt15)
}

enum Artim {
    Starts,
    Stops,
    Stays,
}

/// Tables 9-6 to 9-9: what an action does to ARTIM. AE-6 accepts here.
fn artim(action: Action) -> Artim {
    match action {
        Action::Ae5 | Action::Ae8 | Action::Ar4 | Action::Aa1 | Action::Aa8 => Artim::Starts,
        Action::Ae6 | Action::Ar5 | Action::Aa2 | Action::Aa5 => Artim::Stops,
        _ => Artim::Stays,
    }
}

/// Tables 9-6 to 9-9: what an action sends, indicates and closes.
fn visible(action: Action) -> &'static str {
    match action {
        Action::Ae1
        | Action::Ae5
        | Action::Dt1
        | Action::Dt2
        | Action::Ar5
        | Action::Ar6
        | Action::Ar7
        | Action::Aa5
        | Action::Aa6 => "",
        Action::Ae2 => "send A-ASSOCIATE-RQ",
        Action::Ae3 => "A-ASSOCIATE confirmation (accept)",
        Action::Ae4 => "A-ASSOCIATE confirmation (reject), close",
        Action::Ae6 => "A-ASSOCIATE indication",
        Action::Ae7 => "send A-ASSOCIATE-AC",
        Action::Ae8 => "send A-ASSOCIATE-RJ",
        Action::Ar1 => "send A-RELEASE-RQ",
        Action::Ar2 | Action::Ar8 => "A-RELEASE indication",
        Action::Ar3 => "A-RELEASE confirmation, close",
        Action::Ar4 | Action::Ar9 => "send A-RELEASE-RP",
        Action::Ar10 => "A-RELEASE confirmation",
        Action::Aa1 | Action::Aa7 => "send A-ABORT",
        Action::Aa2 => "close",
        Action::Aa3 => "A-ABORT indication, close",
        Action::Aa4 => "A-P-ABORT indication",
        Action::Aa8 => "send A-ABORT, A-P-ABORT indication",
    }
}

fn kind(output: &Output) -> &'static str {
    match output {
        Output::Close => "close",
        Output::Send(pdu) => match pdu {
            Pdu::AssociateRq(_) => "send A-ASSOCIATE-RQ",
            Pdu::AssociateAc(_) => "send A-ASSOCIATE-AC",
            Pdu::AssociateRj(_) => "send A-ASSOCIATE-RJ",
            Pdu::ReleaseRq => "send A-RELEASE-RQ",
            Pdu::ReleaseRp => "send A-RELEASE-RP",
            Pdu::Abort(_) => "send A-ABORT",
        },
        Output::Indicate(indication) => match indication {
            Indication::Associate(_) => "A-ASSOCIATE indication",
            Indication::Confirmed(_) => "A-ASSOCIATE confirmation (accept)",
            Indication::Rejected(_) => "A-ASSOCIATE confirmation (reject)",
            Indication::Release => "A-RELEASE indication",
            Indication::ReleaseConfirmed => "A-RELEASE confirmation",
            Indication::Aborted(_) => "A-ABORT indication",
            Indication::ProviderAbort(_) | Indication::Closed => "A-P-ABORT indication",
        },
    }
}
