//! The upper layer's state machine (PS3.8 section 9.2). Sans-I/O: PDUs, the user's primitives and the time go in;
//! PDUs to send, indications and the order to close come out.
//!
//! After each input the caller takes what came of it, in order, until nothing is left:
//!
//! ```text
//! machine.received(now, pdu);
//! while let Some(output) = machine.take() { ... }
//! ```
//!
//! [`super::table`] decides what happens; this file performs the actions. Deviations from the standard:
//!
//! - AA-7 sends one A-ABORT in the whole of Sta13, where the standard answers every invalid PDU with another: a
//!   peer that babbles must not make us babble.
//! - AA-1 sends the source and reason that the local user gives, so that a defect found above this layer (a message
//!   that breaks PS3.7, a deadline) reaches the peer under its own name. Where a PDU in Sta2 leads to AA-1, the
//!   source is the service user, as the standard has it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::negotiation;
use super::table::{Action, Cell, Event, Next, State, cell};
use crate::error::{Error, Result};
use crate::types::{AbortReason, Rejection};
use crate::wire::pdu::{AssociateAc, AssociateRq, Pdu};

/// One association's state. Its inputs take the time because the table, not the caller, decides when ARTIM starts.
#[derive(Debug)]
pub struct Machine {
    state: State,
    requestor: bool,
    /// AA-7 was performed: once is enough.
    aborted_again: bool,
    artim: Duration,
    deadline: Option<Instant>,
    outputs: Outputs,
}

/// What is to be done, in order. Most inputs have one output, which needs no buffer.
#[derive(Debug, Default)]
struct Outputs {
    first: Option<Output>,
    /// Empty where there is no first one.
    behind: VecDeque<Output>,
}

impl Outputs {
    fn push(&mut self, output: Output) {
        if self.first.is_none() {
            self.first = Some(output);
        } else {
            self.behind.push_back(output);
        }
    }

    /// An idle association keeps no buffer.
    fn take(&mut self) -> Option<Output> {
        let first = self.first.take()?;
        self.first = self.behind.pop_front();
        if self.behind.is_empty() {
            self.behind = VecDeque::new();
        }
        Some(first)
    }
}

/// What the caller does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Encode and send it.
    Send(Pdu),
    /// Tell the local user.
    Indicate(Indication),
    /// Close the transport connection, after what was to be sent. The association is over; [`Machine::closed`] need
    /// not be called.
    Close,
}

/// An indication or confirmation primitive for the local user (PS3.8 section 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Indication {
    /// A-ASSOCIATE indication: a peer asks. Answer with [`Machine::accept`] or [`Machine::reject`].
    Associate(Box<AssociateRq>),
    /// A-ASSOCIATE confirmation: the peer accepted.
    Confirmed(Box<AssociateAc>),
    /// A-ASSOCIATE confirmation: the peer rejected.
    Rejected(Rejection),
    /// A-RELEASE indication: the peer asks. Answer with [`Machine::release_response`] once
    /// [`Machine::may_respond_to_release`]; on the acceptor's side of a release collision that is after
    /// [`Indication::ReleaseConfirmed`].
    Release,
    /// A-RELEASE confirmation: the peer agreed to our release.
    ReleaseConfirmed,
    /// The peer sent A-ABORT: A-ABORT indication if its source is 0, else A-P-ABORT indication.
    Aborted(AbortReason),
    /// A-P-ABORT indication: the peer broke the protocol, so we sent A-ABORT with this reason.
    ProviderAbort(AbortReason),
    /// A-P-ABORT indication: the transport connection was lost, or never came to be.
    Closed,
}

/// What becomes of a P-DATA-TF PDU that arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataIn {
    /// DT-2, AR-6: its fragments are for the local user.
    Take,
    /// The association is over: skip it.
    Discard,
    /// It came at the wrong time: skip it, and take the outputs that end the association.
    Abort,
}

impl Machine {
    /// An association that this side will request; `artim` is how long it waits in Sta13 for the peer to close.
    #[must_use]
    pub fn requestor(artim: Duration) -> Self {
        Self {
            state: State::Sta1,
            requestor: true,
            aborted_again: false,
            artim,
            deadline: None,
            outputs: Outputs::default(),
        }
    }

    /// A transport connection that a peer opened: ARTIM runs from `now`, so a peer that does not ask is closed.
    #[must_use]
    pub fn acceptor(now: Instant, artim: Duration) -> Self {
        let mut machine = Self { requestor: false, ..Self::requestor(artim) };
        machine.happened(now, Event::Evt5, None);
        machine
    }

    /// A-ASSOCIATE request: the caller opens the transport connection, then calls [`Self::connected`], or
    /// [`Self::closed`] where it cannot be opened.
    pub fn connect_requested(&mut self, now: Instant) -> Result<()> {
        self.asked(now, Event::Evt1, None)
    }

    /// The transport connection is open: `rq` goes out.
    pub fn connected(&mut self, now: Instant, rq: Box<AssociateRq>) -> Result<()> {
        self.asked(now, Event::Evt2, Some(Pdu::AssociateRq(rq)))
    }

    /// A-ASSOCIATE response, accepting.
    pub fn accept(&mut self, now: Instant, ac: Box<AssociateAc>) -> Result<()> {
        self.asked(now, Event::Evt7, Some(Pdu::AssociateAc(ac)))
    }

    /// A-ASSOCIATE response, rejecting.
    pub fn reject(&mut self, now: Instant, rejection: Rejection) -> Result<()> {
        self.asked(now, Event::Evt8, Some(Pdu::AssociateRj(rejection)))
    }

    /// A-RELEASE request. Data may still arrive until the peer answers.
    pub fn release(&mut self, now: Instant) -> Result<()> {
        self.asked(now, Event::Evt11, Some(Pdu::ReleaseRq))
    }

    /// A-RELEASE response: nothing can be sent after it.
    pub fn release_response(&mut self, now: Instant) -> Result<()> {
        self.asked(now, Event::Evt14, Some(Pdu::ReleaseRp))
    }

    /// A-ABORT request. In Sta2 and Sta13 there is no association that could be aborted: close the connection there.
    pub fn abort(&mut self, now: Instant, reason: AbortReason) -> Result<()> {
        self.asked(now, Event::Evt15, Some(Pdu::Abort(reason)))
    }

    /// A PDU that arrived whole. One that arrives after the association's end is dropped.
    pub fn received(&mut self, now: Instant, pdu: Pdu) {
        let event = match pdu {
            Pdu::AssociateAc(_) => Event::Evt3,
            Pdu::AssociateRj(_) => Event::Evt4,
            Pdu::AssociateRq(_) => Event::Evt6,
            Pdu::ReleaseRq => Event::Evt12,
            Pdu::ReleaseRp => Event::Evt13,
            Pdu::Abort(_) => Event::Evt16,
        };
        self.happened(now, event, Some(pdu));
    }

    /// The head of a P-DATA-TF PDU arrived.
    pub fn received_data(&mut self, now: Instant) -> DataIn {
        match cell(self.state, Event::Evt10) {
            Cell::Do(Action::Dt2 | Action::Ar6, _) => DataIn::Take,
            Cell::Do(Action::Aa6, _) | Cell::Refused => DataIn::Discard,
            Cell::Do(..) => {
                self.happened(now, Event::Evt10, None);
                DataIn::Abort
            }
        }
    }

    /// Something arrived that is no PDU or a PDU that cannot be accepted; `reason` is what the peer is told
    /// (unknown type 2,1; bad value 2,6).
    pub fn malformed(&mut self, now: Instant, reason: AbortReason) {
        self.happened(now, Event::Evt19, Some(Pdu::Abort(reason)));
    }

    /// The transport connection closed, was reset, or could not be opened.
    pub fn closed(&mut self, now: Instant) {
        self.happened(now, Event::Evt17, None);
    }

    /// To be called at [`Self::artim_deadline`] or later; before it, nothing happens.
    pub fn timeout(&mut self, now: Instant) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.happened(now, Event::Evt18, None);
        }
    }

    /// What to do next; `None` when all was taken.
    pub fn take(&mut self) -> Option<Output> {
        self.outputs.take()
    }

    /// When to call [`Self::timeout`]; `None` while ARTIM does not run.
    #[must_use]
    pub fn artim_deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Where in table 9-10 the association is.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether this side requested the association.
    #[must_use]
    pub fn is_requestor(&self) -> bool {
        self.requestor
    }

    /// Whether P-DATA-TF may be sent now (DT-1, AR-7).
    #[must_use]
    pub fn may_send_data(&self) -> bool {
        matches!(cell(self.state, Event::Evt9), Cell::Do(..))
    }

    /// Whether [`Self::release_response`] may be called now.
    #[must_use]
    pub fn may_respond_to_release(&self) -> bool {
        matches!(cell(self.state, Event::Evt14), Cell::Do(..))
    }

    /// A local primitive: a refused cell is the caller's mistake.
    fn asked(&mut self, now: Instant, event: Event, pdu: Option<Pdu>) -> Result<()> {
        let Cell::Do(action, next) = cell(self.state, event) else {
            return Err(Error::state(format!("{event} is not possible in {}", self.state)));
        };
        self.perform(now, action, next, pdu);
        Ok(())
    }

    /// An event of the network or the clock. Refused cells are those where no connection exists (Sta1, Sta4): what
    /// comes late, after we closed, has nobody left to care.
    fn happened(&mut self, now: Instant, event: Event, pdu: Option<Pdu>) {
        if let Cell::Do(action, next) = cell(self.state, event) {
            self.perform(now, action, next, pdu);
        }
    }

    /// Tables 9-6 to 9-9. `pdu` is the one that came or, with a primitive, the one that it asks to send; with an
    /// invalid PDU, the A-ABORT that answers it.
    fn perform(&mut self, now: Instant, action: Action, next: Next, pdu: Option<Pdu>) {
        let refusal = match (action, &pdu) {
            (Action::Ae6, Some(Pdu::AssociateRq(rq))) => negotiation::acceptable_by_provider(rq).err(),
            _ => None,
        };
        let abort_reason = match (action, &pdu) {
            (Action::Aa1, _) if self.state == State::Sta2 => AbortReason::USER,
            (_, Some(Pdu::Abort(reason))) => *reason,
            _ => AbortReason::UNEXPECTED_PDU,
        };
        let takes_first = if action == Action::Ar8 { self.requestor } else { refusal.is_none() };
        self.state = match next {
            Next::Either(state, _) if takes_first => state,
            Next::Is(state) | Next::Either(_, state) => state,
        };
        match action {
            // The caller connects; data pass this machine by.
            Action::Ae1 | Action::Dt1 | Action::Dt2 | Action::Ar6 | Action::Ar7 | Action::Aa6 => {}
            Action::Ae2 | Action::Ae7 | Action::Ar1 | Action::Ar9 => self.send(pdu),
            Action::Ae8 | Action::Ar4 => {
                self.send(pdu);
                self.start_artim(now);
            }
            Action::Ae3 | Action::Ar2 | Action::Ar8 | Action::Ar10 => self.indicate(pdu),
            Action::Ae4 | Action::Ar3 | Action::Aa3 => {
                self.indicate(pdu);
                self.outputs.push(Output::Close);
            }
            Action::Ae5 => self.start_artim(now),
            Action::Ae6 => {
                self.deadline = None;
                if let Some(rejection) = refusal {
                    self.send(Some(Pdu::AssociateRj(rejection)));
                    self.start_artim(now);
                } else {
                    self.indicate(pdu);
                }
            }
            Action::Ar5 | Action::Aa5 => self.deadline = None,
            Action::Aa1 => {
                self.send(Some(Pdu::Abort(abort_reason)));
                self.start_artim(now);
            }
            Action::Aa2 => {
                self.deadline = None;
                self.outputs.push(Output::Close);
            }
            Action::Aa4 => self.outputs.push(Output::Indicate(Indication::Closed)),
            Action::Aa7 => {
                if !self.aborted_again {
                    self.aborted_again = true;
                    self.send(Some(Pdu::Abort(abort_reason)));
                }
            }
            Action::Aa8 => {
                self.send(Some(Pdu::Abort(abort_reason)));
                self.outputs.push(Output::Indicate(Indication::ProviderAbort(abort_reason)));
                self.start_artim(now);
            }
        }
    }

    fn send(&mut self, pdu: Option<Pdu>) {
        if let Some(pdu) = pdu {
            self.outputs.push(Output::Send(pdu));
        }
    }

    fn indicate(&mut self, pdu: Option<Pdu>) {
        if let Some(pdu) = pdu {
            self.outputs.push(Output::Indicate(pdu.into()));
        }
    }

    /// A duration beyond the clock's range never ends.
    fn start_artim(&mut self, now: Instant) {
        self.deadline = now.checked_add(self.artim);
    }
}

impl From<Pdu> for Indication {
    /// What a received PDU means to the local user.
    fn from(pdu: Pdu) -> Self {
        match pdu {
            Pdu::AssociateRq(rq) => Self::Associate(rq),
            Pdu::AssociateAc(ac) => Self::Confirmed(ac),
            Pdu::AssociateRj(rejection) => Self::Rejected(rejection),
            Pdu::ReleaseRq => Self::Release,
            Pdu::ReleaseRp => Self::ReleaseConfirmed,
            Pdu::Abort(reason) => Self::Aborted(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_association_costs_few_bytes() {
        assert!(size_of::<Machine>() <= 96, "{}", size_of::<Machine>());
        let mut machine = Machine::acceptor(Instant::now(), Duration::from_secs(30));
        machine.malformed(Instant::now(), AbortReason::UNRECOGNIZED_PDU);
        while machine.take().is_some() {}
        assert_eq!(machine.outputs.behind.capacity(), 0);
    }

    #[test]
    fn what_is_to_be_done_stays_in_order_and_leaves_no_buffer() {
        let mut outputs = Outputs::default();
        let order = [Output::Send(Pdu::ReleaseRq), Output::Send(Pdu::ReleaseRp), Output::Close];
        for round in 1..=order.len() {
            order.iter().take(round).for_each(|output| outputs.push(output.clone()));
            for output in order.iter().take(round) {
                assert_eq!(outputs.take().as_ref(), Some(output));
            }
            assert_eq!((outputs.take(), outputs.behind.capacity()), (None, 0));
        }
    }

    #[test]
    fn an_artim_beyond_the_clock_never_ends() {
        let machine = Machine::acceptor(Instant::now(), Duration::MAX);
        assert_eq!((machine.state(), machine.artim_deadline()), (State::Sta2, None));
    }
}
