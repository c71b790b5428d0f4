//! The upper layer's machine under whatever comes, in whatever order. An input: how long ARTIM runs, which side it is,
//! then events.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use dimse::types::{AbortReason, Rejection};
use dimse::ul::machine::{Indication, Machine, Output};
use dimse::ul::table::State;
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu};

use crate::golden::golden;
use crate::script::Script;

/// It never panics, ends what it must in bounded time, and says nothing behind its end.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let artim = Duration::from_secs(1 + u64::from(script.number()));
    let mut watched = Watched::new(artim, script.number().is_multiple_of(2));
    while let Some(event) = script.byte() {
        watched.event(event, script.number());
        watched.check();
    }
    watched.end();
}

/// From the request to the release, on both sides, and an abort in each state on the way.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let requestor: &[u8] =
        &[29, 0, CONNECT, 0, CONNECTED, 0, RECEIVED, ACCEPTANCE, DATA, 0, RELEASE, 0, RECEIVED, RP];
    let acceptor: &[u8] =
        &[29, 1, RECEIVED, REQUEST, ACCEPT, 0, DATA, 0, RECEIVED, RQ, RELEASE_RESPONSE, 0, CLOSED, 0];
    let mut seeds = Vec::new();
    for whole in [requestor, acceptor] {
        for length in (2..=whole.len()).step_by(2) {
            for ending in
                [&[][..], &[ABORT, 0, RECEIVED, REQUEST, PASS, 255], &[MALFORMED, 1, RECEIVED, RELEASED]]
            {
                seeds.push([&whole[..length], ending].concat());
            }
        }
    }
    seeds
}

const CONNECT: u8 = 0;
const CONNECTED: u8 = 1;
const ACCEPT: u8 = 2;
const REJECT: u8 = 3;
const RELEASE: u8 = 4;
const RELEASE_RESPONSE: u8 = 5;
const ABORT: u8 = 6;
const RECEIVED: u8 = 7;
const DATA: u8 = 8;
const MALFORMED: u8 = 9;
const CLOSED: u8 = 10;
const PASS: u8 = 11;
const EVENTS: u8 = 12;

/// Parameters of [`RECEIVED`]: an index into [`PDUS`].
const RQ: u8 = 0;
const RP: u8 = 1;
const RELEASED: u8 = 1;
const REQUEST: u8 = 2;
const ACCEPTANCE: u8 = 3;

/// One of each that decides something, then the golden ones.
static PDUS: LazyLock<Vec<Pdu>> = LazyLock::new(|| {
    let golden: Vec<_> = golden().into_iter().map(|(pdu, _)| pdu).collect();
    let first = |is: fn(&Pdu) -> bool| golden.iter().find(|pdu| is(pdu)).cloned().unwrap();
    let mut pdus = vec![Pdu::ReleaseRq, Pdu::ReleaseRp];
    pdus.push(first(|pdu| matches!(pdu, Pdu::AssociateRq(_))));
    pdus.push(first(|pdu| matches!(pdu, Pdu::AssociateAc(_))));
    pdus.extend(golden);
    pdus
});

fn request() -> Box<AssociateRq> {
    match &PDUS[usize::from(REQUEST)] {
        Pdu::AssociateRq(rq) => rq.clone(),
        other => panic!("{other:?}"),
    }
}

fn acceptance() -> Box<AssociateAc> {
    match &PDUS[usize::from(ACCEPTANCE)] {
        Pdu::AssociateAc(ac) => ac.clone(),
        other => panic!("{other:?}"),
    }
}

struct Watched {
    machine: Machine,
    now: Instant,
    artim: Duration,
    /// The state after the last event, and its deadline.
    before: (State, Option<Instant>),
    begun: bool,
    aborts: usize,
    /// Something was sent behind which only A-ABORT may follow.
    said_the_last: bool,
    ended: bool,
    closed: bool,
}

impl Watched {
    fn new(artim: Duration, requestor: bool) -> Self {
        let now = Instant::now();
        let machine = if requestor { Machine::requestor(artim) } else { Machine::acceptor(now, artim) };
        let before = (machine.state(), machine.artim_deadline());
        let mut watched = Self {
            machine,
            now,
            artim,
            before,
            begun: !requestor,
            aborts: 0,
            said_the_last: false,
            ended: false,
            closed: false,
        };
        watched.check();
        watched
    }

    fn event(&mut self, event: u8, parameter: u8) {
        let (machine, now) = (&mut self.machine, self.now);
        let reason = AbortReason { source: parameter % 3, reason: parameter / 3 };
        let state = machine.state();
        let asked = match event % EVENTS {
            // One machine is one association: it begins once, on the requestor's side.
            CONNECT if self.begun => return,
            CONNECT => {
                self.begun = true;
                machine.connect_requested(now)
            }
            CONNECTED => machine.connected(now, request()),
            ACCEPT => machine.accept(now, acceptance()),
            REJECT => machine.reject(now, Rejection { result: 1, source: 1, reason: parameter }),
            RELEASE => machine.release(now),
            RELEASE_RESPONSE => machine.release_response(now),
            ABORT => machine.abort(now, reason),
            other => {
                self.happens(other, parameter);
                return;
            }
        };
        if asked.is_err() {
            assert_eq!(machine.state(), state, "what is refused changes nothing");
            assert_eq!(machine.take(), None, "what is refused says nothing");
        }
    }

    fn happens(&mut self, event: u8, parameter: u8) {
        let (machine, now) = (&mut self.machine, self.now);
        match event {
            RECEIVED => {
                let index = usize::from(parameter) % PDUS.len();
                machine.received(now, PDUS[index].clone());
            }
            DATA => {
                machine.received_data(now);
            }
            MALFORMED => machine.malformed(now, AbortReason { source: 2, reason: parameter % 7 }),
            CLOSED => machine.closed(now),
            _ => {
                self.now += Duration::from_secs(parameter.into());
                machine.timeout(self.now);
            }
        }
    }

    fn check(&mut self) {
        while let Some(output) = self.machine.take() {
            assert!(!self.closed, "{output:?} behind the order to close");
            match output {
                Output::Send(pdu) => self.sent(&pdu),
                Output::Indicate(indication) => self.indicated(&indication),
                Output::Close => {
                    self.closed = true;
                    assert_eq!(self.machine.state(), State::Sta1);
                }
            }
        }
        let (state, deadline) = (self.machine.state(), self.machine.artim_deadline());
        if matches!(state, State::Sta2 | State::Sta13) {
            let deadline = deadline.expect("ARTIM runs in Sta2 and Sta13");
            assert!(deadline > self.now && deadline <= self.now + self.artim);
            if self.before.0 == state {
                assert_eq!(self.before.1, Some(deadline), "nothing restarts ARTIM");
            }
        } else {
            assert_eq!(deadline, None, "ARTIM runs in {state:?}");
        }
        assert_eq!(
            self.machine.may_send_data(),
            matches!(state, State::Sta6 | State::Sta8),
            "P-DATA in {state:?}"
        );
        self.before = (state, deadline);
    }

    fn sent(&mut self, pdu: &Pdu) {
        if matches!(pdu, Pdu::Abort(_)) {
            self.aborts += 1;
            assert!(self.aborts <= 2, "an A-ABORT, and one more in Sta13");
            assert_eq!(self.machine.state(), State::Sta13);
        } else {
            assert!(!self.said_the_last, "{pdu:?} behind the last word");
        }
        self.said_the_last |= matches!(pdu, Pdu::Abort(_) | Pdu::AssociateRj(_) | Pdu::ReleaseRp);
    }

    fn indicated(&mut self, indication: &Indication) {
        let ends = matches!(
            indication,
            Indication::Rejected(_)
                | Indication::Aborted(_)
                | Indication::ProviderAbort(_)
                | Indication::Closed
        );
        assert!(!(self.ended && ends), "{indication:?} after the end");
        self.ended |= ends;
    }

    /// Wherever it stands: ARTIM ends it, or the connection that is lost.
    fn end(&mut self) {
        match self.machine.artim_deadline() {
            Some(deadline) => {
                self.now = deadline;
                self.machine.timeout(self.now);
            }
            None => self.machine.closed(self.now),
        }
        self.check();
        assert_eq!(self.before, (State::Sta1, None));
    }
}
