//! One association's protocol: machine, assembly, operations and deadlines in one place, without a wait in it.
//!
//! [`Driver::step`] takes orders and the time, reads and writes what can be read and written at once, and leaves
//! [`Effect`]s: what must happen outside, once nobody holds the driver. Who waits between two steps, a tokio task or
//! the thread of a blocking call, is not known here (`net/cold.rs`, `net/hot.rs`): all state is in the driver, none
//! in a suspended future, so the one can go on where the other stopped.

mod calls;
mod clock;
mod inbound;
mod outbox;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use self::calls::Calls;
use self::clock::Clock;
use self::inbound::{Inbound, with_length};
use self::outbox::Outbox;
use super::connect::words;
use super::exchange::{Admission, Asked, Call, Handed, Milestone, Provider};
use super::facts::{Counters, Facts};
use super::io::Io;
use super::operation::{Operation, Outcome, Promise};
use super::sys::Interest;
use super::timeouts::{Timeouts, after};
use crate::dimse::command::CommandSet;
use crate::dimse::fragment::{FragmentLimit, encode_message};
use crate::error::{Cause, Error, Phase};
use crate::types::{AbortReason, PresentationContextId, Rejection};
use crate::ul::machine::{Indication, Machine, Output};
use crate::ul::negotiated::{AcceptedContext, Negotiated};
use crate::ul::table::State;
use crate::wire::describe::describe;
use crate::wire::encode::{PDU_HEADER, encode};
use crate::wire::pdu::{AssociateAc, AssociateRq, Pdu, PduType};
use crate::wire::uids;

/// What the association's owner asks of it.
pub(crate) enum Order {
    /// Run an operation, after those that came before it.
    Start(Call),
    /// End one operation; the association goes on where the protocol allows.
    Cancel(Arc<Operation>),
    /// Release when the operations that came before are done.
    Release(Promise),
    /// A-ABORT now.
    Abort,
    /// A-ABORT now, and do not wait for the peer to close: somebody waits for the end of everything.
    End,
    /// The answer of the one who was asked about an A-ASSOCIATE-RQ.
    Admit(Admission),
    /// A handler's answer to the request with this ticket.
    Respond(u64, Box<CommandSet>),
}

/// What must happen outside, in this order, once nobody holds the driver.
pub(crate) enum Effect {
    /// The association is established; the operation is the one that opened it.
    Established(Arc<Facts>, Option<Arc<Operation>>),
    /// An operation is done.
    Complete(Promise, Outcome),
    /// The provider wants to be asked about this request.
    Ask(Asked),
    /// The provider's handler shall have this request.
    Hand(Handed, AcceptedContext, Box<CommandSet>),
    /// For the provider's counters.
    Reached(Milestone),
    /// A line for the log.
    Note(Note),
}

/// A line for the log.
pub(crate) struct Note {
    pub(crate) kind: NoteKind,
    pub(crate) message_id: Option<u16>,
    pub(crate) text: String,
}

/// Where a line goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoteKind {
    /// A phase or a message, for one who follows (info).
    Phase,
    /// PDUs and command sets in words (debug, target `dimse::wire`).
    Wire,
    /// Something that went wrong (warn).
    Fault,
}

/// How much of the log is wanted; asked once a step.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Verbosity {
    pub(crate) phases: bool,
    pub(crate) wire: bool,
}

/// What a driver is told when it is made.
pub(crate) struct Setup {
    /// The association's number in this process, for the log.
    pub(crate) association: u64,
    pub(crate) timeouts: Timeouts,
    /// Answers the peer's requests; a user without one answers that it provides no service.
    pub(crate) provider: Option<Arc<dyn Provider>>,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    /// The peer as errors name it.
    pub(crate) peer_name: String,
    pub(crate) counters: Arc<Counters>,
}

/// One association.
pub(crate) struct Driver<I> {
    io: I,
    setup: Setup,
    machine: Machine,
    inbound: Inbound,
    outbox: Outbox,
    clock: Clock,
    calls: Calls,
    /// The request that opens this association, until it is answered.
    opening: Option<Opening>,
    /// What was agreed, once it was.
    negotiated: Option<Arc<Facts>>,
    release: Option<Promise>,
    /// The peer wants to release.
    release_asked: bool,
    handed: Vec<Handed>,
    /// Complete requests behind those that a handler has.
    requests: VecDeque<Waiting>,
    tickets: u64,
    /// What the peer did wrong, kept until the machine has said that it ends the association.
    fault: Option<Cause>,
    /// Why no operation can run any more.
    ended: Option<Error>,
    closed: bool,
    wanted: Wanted,
    effects: VecDeque<Effect>,
    verbosity: Verbosity,
}

/// Whether somebody wants the association still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Yes,
    /// Until nothing is open on it.
    WhileBusy,
    /// Nobody, and somebody waits for its end: the connection is closed as soon as everything has left.
    No,
}

/// A request that waits behind those that the handler has.
struct Waiting {
    context: PresentationContextId,
    command: Box<CommandSet>,
    /// A C-CANCEL-RQ for it has come.
    cancelled: bool,
}

/// Requests wait as operations while this much of others has not left: where a window has no limit, they neither pile
/// up as bytes nor fill the outbox so far that answers are not read any more.
const SENT_AHEAD: usize = 64 * 1024;

/// Either side of an association that is not established yet.
enum Opening {
    /// We asked; the operation is done when the answer has come.
    Asked(Promise, Box<AssociateRq>),
    /// The peer asked, and this side has not decided yet.
    Deciding(Box<AssociateRq>),
}

impl<I: Io> Driver<I> {
    /// A requestor whose transport connection is there.
    pub(crate) fn requestor(
        now: Instant,
        io: I,
        setup: Setup,
        request: Box<AssociateRq>,
        operation: Promise,
    ) -> Self {
        let mut machine = Machine::requestor(setup.timeouts.artim);
        // A fresh machine takes both, in Sta1 and Sta4.
        let begun = machine.connect_requested(now).and_then(|()| machine.connected(now, request.clone()));
        let mut driver = Self::new(now, io, setup, machine);
        driver.clock.associate = after(now, driver.setup.timeouts.associate);
        driver.opening = Some(Opening::Asked(operation, request));
        if let Err(error) = begun {
            driver.end(now, error.cause());
            driver.closed = true;
        }
        driver
    }

    /// An acceptor whose transport connection has just come.
    pub(crate) fn acceptor(now: Instant, io: I, setup: Setup) -> Self {
        let machine = Machine::acceptor(now, setup.timeouts.artim);
        Self::new(now, io, setup, machine)
    }

    fn new(now: Instant, io: I, setup: Setup, machine: Machine) -> Self {
        let clock = Clock::new(now, &setup.timeouts);
        Self {
            io,
            setup,
            machine,
            inbound: Inbound::default(),
            outbox: Outbox::default(),
            clock,
            calls: Calls::default(),
            opening: None,
            negotiated: None,
            release: None,
            release_asked: false,
            handed: Vec::new(),
            requests: VecDeque::new(),
            tickets: 0,
            fault: None,
            ended: None,
            closed: false,
            wanted: Wanted::Yes,
            effects: VecDeque::new(),
            verbosity: Verbosity::default(),
        }
    }

    /// Takes the orders, reads where the connection may have something (`buffer` given), handles what is due, and writes.
    /// What has arrived is read before its deadline counts: it is not the peer's fault when nobody had the time to look.
    /// Returns whether everything that had arrived was read.
    pub(crate) fn step(
        &mut self,
        now: Instant,
        orders: impl IntoIterator<Item = Order>,
        buffer: Option<&mut [u8]>,
        verbosity: Verbosity,
    ) -> bool {
        self.verbosity = verbosity;
        for order in orders {
            self.order(now, order);
        }
        self.resume(now);
        let drained = buffer.is_none_or(|buffer| self.read(now, buffer));
        self.due(now);
        self.advance(now);
        self.flush(now);
        // What is held back has been read: nothing on the connection would wake anybody for it.
        while self.may_resume() {
            self.resume(now);
            self.advance(now);
            self.flush(now);
        }
        if !self.closed && self.machine.state() == State::Sta1 {
            self.close();
        }
        self.close_in_a_hurry();
        if drained && !self.closed {
            self.io.before_wait();
        }
        drained
    }

    /// Ends the association when nothing is open on it any more.
    pub(crate) fn drain(&mut self, now: Instant) {
        if self.wanted == Wanted::Yes {
            self.wanted = if self.ended.is_some() { Wanted::No } else { Wanted::WhileBusy };
        }
        self.advance(now);
        self.flush(now);
        self.close_in_a_hurry();
    }

    /// The next thing that must happen outside.
    pub(crate) fn effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// What to wait for on the connection.
    pub(crate) fn interest(&self) -> Interest {
        Interest { read: !self.is_reading_held(), write: !self.outbox.is_empty() }
    }

    /// When [`Self::step`] must be called at the latest.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.clock.next(&self.machine, &self.calls, self.is_quiet())
    }

    /// The connection is closed: nothing more will happen.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Why no operation can run any more.
    pub(crate) fn ended(&self) -> Option<&Error> {
        self.ended.as_ref()
    }

    fn order(&mut self, now: Instant, order: Order) {
        match order {
            Order::Start(call) => match self.refusal() {
                Some(error) => {
                    self.effects.push_back(Effect::Complete(call.operation, Outcome::new(Err(error))));
                }
                None => self.calls.enqueue(call),
            },
            Order::Cancel(operation) => self.cancel(now, &operation),
            Order::Release(operation) => self.begin_release(operation),
            Order::Abort => self.abort(now, &Cause::Cancelled),
            Order::End => {
                self.wanted = Wanted::No;
                self.abort(now, &Cause::Cancelled);
            }
            Order::Admit(admission) => self.admit(now, admission),
            Order::Respond(ticket, command) => {
                if let Some(at) = self.handed.iter().position(|handed| handed.ticket == ticket) {
                    let handed = self.handed.swap_remove(at);
                    self.send_command(handed.context, &command);
                }
            }
        }
    }

    /// Why no operation can be started, where none can: one behind a release would hold it up.
    fn refusal(&self) -> Option<Error> {
        if self.ended.is_some() {
            self.ended.clone()
        } else if self.release.is_some() {
            Some(Error::state("the association is being released; open a new one"))
        } else if self.wanted == Wanted::WhileBusy {
            Some(Error::state("the association ends with its runtime, which is being shut down"))
        } else {
            None
        }
    }

    fn cancel(&mut self, now: Instant, operation: &Arc<Operation>) {
        if let Some((promise, phase)) = self.calls.abandon(operation) {
            let error = Error::new(phase, Cause::Cancelled).with_peer(&*self.setup.peer_name);
            let outcome = Outcome::new(Err(error));
            self.effects.push_back(Effect::Complete(promise, outcome));
            return;
        }
        let opens =
            matches!(&self.opening, Some(Opening::Asked(opening, _)) if Arc::ptr_eq(opening, operation));
        let releases = self.release.as_ref().is_some_and(|release| Arc::ptr_eq(release, operation));
        if opens || releases {
            // Half of an association, or of its end, cannot be kept.
            self.abort(now, &Cause::Cancelled);
        }
    }

    fn begin_release(&mut self, operation: Promise) {
        let refusal = match (&self.ended, &self.release) {
            (Some(error), _) => error.clone(),
            (None, Some(_)) => Error::state("the association is being released already"),
            (None, None) => {
                self.release = Some(operation);
                return;
            }
        };
        self.effects.push_back(Effect::Complete(operation, Outcome::new(Err(refusal))));
    }

    /// Ends the association at once: A-ABORT by the user, and a short time for it to leave.
    fn abort(&mut self, now: Instant, cause: &Cause) {
        self.abort_for(now, cause, AbortReason::USER);
    }

    fn abort_for(&mut self, now: Instant, cause: &Cause, reason: AbortReason) {
        self.end(now, cause);
        self.clock.abort = self.clock.abort.or_else(|| after(now, Some(self.setup.timeouts.abort)));
        if self.machine.abort(now, reason).is_err() && self.machine.state() != State::Sta13 {
            // The peer has not asked for anything: there is no association to abort.
            self.close();
        }
        self.obey(now);
    }

    /// The answer to an A-ASSOCIATE-RQ.
    fn admit(&mut self, now: Instant, admission: Admission) {
        let Some(Opening::Deciding(request)) = self.opening.take() else {
            return; // decided too late: the peer has gone
        };
        match admission {
            Admission::Accept(acceptance) => match Negotiated::as_acceptor(&request, &acceptance) {
                Ok(negotiated) => {
                    if self.machine.accept(now, acceptance).is_ok() {
                        self.establish(now, negotiated, None);
                        self.effects.push_back(Effect::Reached(Milestone::Established));
                    }
                }
                Err(error) => self.abort_for(now, error.cause(), AbortReason::INVALID_PARAMETER),
            },
            Admission::Refuse(rejection, why) => {
                let from = format!("{} at {}", request.calling, self.setup.peer_name);
                self.refused(now, &from, rejection, why);
                // Refused in Sta3 only where the peer has gone meanwhile.
                let _gone = self.machine.reject(now, rejection);
            }
            Admission::Ask(proposal) => {
                let Setup { local, peer, .. } = self.setup;
                self.effects.push_back(Effect::Ask(Asked {
                    request: request.clone(),
                    proposal,
                    local,
                    peer,
                }));
                self.opening = Some(Opening::Deciding(request));
                self.clock.associate = after(now, self.setup.timeouts.associate);
            }
        }
        self.obey(now);
    }

    fn refused(&mut self, now: Instant, from: &str, rejection: Rejection, why: &str) {
        let colon = if why.is_empty() { "" } else { "; " };
        self.note_phase(|_| format!("association from {from} refused: {rejection}{colon}{why}"));
        self.effects.push_back(Effect::Reached(Milestone::Refused));
        self.end(now, &Cause::Rejected(rejection));
    }

    fn establish(&mut self, now: Instant, negotiated: Negotiated, opened_by: Option<Arc<Operation>>) {
        let facts = Arc::new(Facts {
            local: self.setup.local,
            peer: self.setup.peer,
            requestor: self.machine.is_requestor(),
            negotiated,
        });
        self.clock.associate = None;
        self.clock.message(now);
        self.negotiated = Some(facts.clone());
        self.note_phase(|driver| format!("associated with {}: {}", driver.setup.peer_name, facts.summary()));
        self.effects.push_back(Effect::Established(facts, opened_by));
    }

    /// Does what the machine says.
    fn obey(&mut self, now: Instant) {
        while let Some(output) = self.machine.take() {
            match output {
                Output::Send(pdu) => {
                    self.send(&pdu);
                    // AE-6: the machine refuses by itself what no provider can accept.
                    if let (Pdu::AssociateRj(rejection), None) = (&pdu, &self.ended) {
                        let from = self.setup.peer_name.clone();
                        self.refused(now, &from, *rejection, "");
                    }
                }
                Output::Indicate(indication) => self.indicated(now, indication),
                Output::Close => {
                    self.flush(now);
                    self.close();
                }
            }
        }
    }

    fn indicated(&mut self, now: Instant, indication: Indication) {
        match indication {
            Indication::Associate(request) => {
                let admission = match &self.setup.provider {
                    Some(provider) => provider.associate(self.setup.association, self.setup.peer, &request),
                    None => Admission::Refuse(Rejection::NO_REASON, "nobody provides anything here"),
                };
                self.opening = Some(Opening::Deciding(request));
                self.admit(now, admission);
            }
            Indication::Confirmed(acceptance) => self.confirmed(now, &acceptance),
            Indication::Rejected(rejection) => self.end(now, &Cause::Rejected(rejection)),
            Indication::Release => self.release_asked = true,
            Indication::ReleaseConfirmed => {
                self.clock.release = None;
                self.note_phase(|_| "released".to_owned());
                if let Some(operation) = self.release.take() {
                    self.effects.push_back(Effect::Complete(operation, Outcome::new(Ok(()))));
                }
                self.end_with(now, Error::state("the association is released; open a new one"));
            }
            Indication::Aborted(reason) => self.end(now, &Cause::Aborted(reason)),
            Indication::ProviderAbort(reason) => {
                let cause = self.fault.take().unwrap_or_else(|| Cause::Protocol(reason.to_string()));
                self.end(now, &cause);
            }
            Indication::Closed => self.end(now, &Cause::Closed),
        }
    }

    /// A-ASSOCIATE-AC.
    fn confirmed(&mut self, now: Instant, acceptance: &AssociateAc) {
        let Some(Opening::Asked(operation, request)) = self.opening.take() else {
            return; // cancelled while the answer was on its way: the abort is out
        };
        match Negotiated::as_requestor(&request, acceptance) {
            Ok(negotiated) if negotiated.accepted.is_empty() => {
                let refused = negotiated.refusals();
                let cause = Cause::NoContext(format!(
                    "the peer accepted none of the presentation contexts: {refused}"
                ));
                self.opening = Some(Opening::Asked(operation, request));
                self.end(now, &cause);
                // Both sides are in Sta6: it ends in order.
                if self.machine.release(now).is_ok() {
                    self.clock.release = after(now, self.setup.timeouts.release);
                }
            }
            Ok(negotiated) => {
                for irregularity in &negotiated.irregularities {
                    self.note_fault(format!("in the answer of {}: {irregularity}", self.setup.peer_name));
                }
                self.establish(now, negotiated, Some(operation.operation().clone()));
                self.effects.push_back(Effect::Complete(operation, Outcome::new(Ok(()))));
            }
            Err(error) => {
                self.opening = Some(Opening::Asked(operation, request));
                self.abort_for(now, error.cause(), AbortReason::INVALID_PARAMETER);
            }
        }
    }

    /// Starts what can be started: operations in their order, the release after them and after our answers to the peer's
    /// requests (nothing can be sent behind A-RELEASE-RQ), the answer to the peer's release.
    fn advance(&mut self, now: Instant) {
        // A peer that wants to release could not answer any more (PS3.8 table 9-10: Evt9 in Sta7).
        if let Some(facts) = self.negotiated.clone().filter(|_| !self.release_asked) {
            let window = facts.negotiated.window.invoked;
            while self.outbox.unsent() < SENT_AHEAD
                && let Some(started) = self.calls.start(now, window, &facts.negotiated)
            {
                match started {
                    Ok((context, command, message_id)) => {
                        let mark = self.send_command(context, &command);
                        self.calls.sent_at(message_id, mark);
                    }
                    Err((operation, error)) => {
                        let outcome = Outcome::new(Err(error.with_peer(&*self.setup.peer_name)));
                        self.effects.push_back(Effect::Complete(operation, outcome));
                    }
                }
            }
        }
        if self.ended.is_none() && self.release.is_some() && self.is_free() && self.clock.release.is_none() {
            if self.machine.release(now).is_ok() {
                self.clock.release = after(now, self.setup.timeouts.release);
                self.note_phase(|_| "releasing".to_owned());
            }
            self.obey(now);
        }
        if self.wanted == Wanted::WhileBusy && (self.is_quiet() || self.opening.is_some()) {
            self.wanted = Wanted::Yes;
            self.abort(now, &Cause::Cancelled);
        }
        if self.release_asked && self.handed.is_empty() && self.requests.is_empty() {
            if self.machine.may_respond_to_release() {
                self.release_asked = false;
                self.note_phase(|_| "the peer released the association".to_owned());
                if self.machine.release_response(now).is_ok() && self.machine.state() == State::Sta13 {
                    if let Some(operation) = self.release.take() {
                        self.effects.push_back(Effect::Complete(operation, Outcome::new(Ok(()))));
                    }
                    self.end_with(now, Error::state("the peer has released the association; open a new one"));
                }
                self.obey(now);
            } else if self.ended.is_some() {
                self.release_asked = false;
            }
        }
    }

    fn flush(&mut self, now: Instant) {
        if self.outbox.is_empty() || self.closed {
            return;
        }
        match self.outbox.flush(&mut self.io) {
            Ok(sent) => {
                self.setup.counters.bytes_sent.fetch_add(count(sent), Ordering::Relaxed);
                self.clock.written(now, sent, self.outbox.is_empty(), &self.setup.timeouts);
                self.calls.flushed(now, &self.outbox, self.setup.timeouts.reply);
            }
            Err(error) => self.lost(now, &error),
        }
    }

    /// The connection is broken.
    fn lost(&mut self, now: Instant, error: &io::Error) {
        let cause = match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::WriteZero => Cause::Closed,
            _ => Cause::Io { os: error.raw_os_error().unwrap_or(0), detail: words(error) },
        };
        self.outbox.forget();
        self.end(now, &cause);
        self.machine.closed(now);
        self.obey(now);
        self.close();
    }

    fn close_in_a_hurry(&mut self) {
        if self.wanted == Wanted::No && self.ended.is_some() && self.outbox.is_empty() {
            self.close();
        }
    }

    fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.outbox.forget();
            self.io.close();
        }
    }

    /// What is due.
    fn due(&mut self, now: Instant) {
        if self.clock.is_associate_over(now) {
            self.clock.associate = None;
            if matches!(self.opening, Some(Opening::Deciding(_))) {
                self.admit(now, Admission::Refuse(Rejection::CONGESTION, "nobody decided in time"));
            } else {
                self.abort(now, &timeout(self.setup.timeouts.associate));
            }
        }
        let quiet = self.is_quiet();
        if let Some((phase, limit)) = self.clock.exceeded(now, &self.setup.timeouts, quiet) {
            let cause = Cause::Timeout { limit };
            self.end_with(now, Error::new(phase, cause.clone()).with_peer(&*self.setup.peer_name));
            self.abort(now, &cause);
        }
        if let Some(limit) = self.calls.overdue(now, self.setup.timeouts.reply) {
            self.abort(now, &Cause::Timeout { limit });
        }
        self.machine.timeout(now);
        self.obey(now);
        if self.clock.is_abort_over(now) {
            self.end(now, &Cause::Cancelled);
            self.close();
        }
    }

    /// Ends every operation with `cause`, each in its own phase.
    fn end(&mut self, now: Instant, cause: &Cause) {
        self.end_with(now, Error::new(self.phase(), cause.clone()).with_peer(&*self.setup.peer_name));
    }

    fn end_with(&mut self, now: Instant, error: Error) {
        if self.ended.is_some() {
            return;
        }
        let cause = error.cause().clone();
        match cause {
            // Wanted, or said where it was decided.
            Cause::State(_) | Cause::Cancelled | Cause::Rejected(_) => {}
            // A requestor hears of it by its operations; a provider has nobody else to tell. What to do about it is said
            // to users, who can.
            _ if self.machine.is_requestor() => self.note_phase(|_| error.to_string()),
            _ if self.is_probe() => self.note_phase(|_| format!("{error:#}")),
            _ => self.note_fault(format!("{error:#}")),
        }
        if self.negotiated.is_some() {
            let released = matches!(cause, Cause::State(_));
            let milestone = if released { Milestone::Released } else { Milestone::Aborted };
            self.effects.push_back(Effect::Reached(milestone));
        }
        if let Some(Opening::Asked(operation, _)) = self.opening.take() {
            self.effects.push_back(Effect::Complete(operation, Outcome::new(Err(error.clone()))));
        }
        for (operation, phase, duration) in self.calls.drain(now) {
            let error = Error::new(phase, cause.clone()).with_peer(&*self.setup.peer_name);
            let outcome = Outcome { duration, ..Outcome::new(Err(error)) };
            self.effects.push_back(Effect::Complete(operation, outcome));
        }
        if let Some(operation) = self.release.take() {
            self.effects.push_back(Effect::Complete(operation, Outcome::new(Err(error.clone()))));
        }
        for handed in self.handed.drain(..) {
            handed.cancelled.store(true, Ordering::Release);
        }
        self.requests.clear();
        self.inbound.forget();
        self.clock.associate = None;
        // What was under way was cancelled; what comes later is a call that comes too late.
        let too_late = "the association was aborted on this side; open a new one";
        self.ended = Some(if cause == Cause::Cancelled { Error::state(too_late) } else { error });
    }

    /// Nothing has ever come: a watchdog that looks whether the port is open, say.
    fn is_probe(&self) -> bool {
        self.setup.counters.bytes_received.load(Ordering::Relaxed) == 0
    }

    /// When it is, for an error that concerns the association.
    fn phase(&self) -> Phase {
        if self.negotiated.is_none() {
            Phase::Associate
        } else if self.clock.release.is_some() {
            Phase::Release
        } else if let Some(phase) = self.calls.phase() {
            phase
        } else if self.inbound.is_midway() {
            Phase::Receive
        } else {
            Phase::Idle
        }
    }

    /// No operation is open on either side.
    fn is_free(&self) -> bool {
        self.calls.is_empty() && self.handed.is_empty() && self.requests.is_empty()
    }

    /// Established, and nothing open on either side.
    pub(crate) fn is_quiet(&self) -> bool {
        self.negotiated.is_some()
            && self.ended.is_none()
            && self.is_free()
            && self.outbox.is_empty()
            && !self.inbound.is_midway()
    }

    /// Puts a message into the outbox; returns the mark at which it is sent.
    fn send_command(&mut self, context: PresentationContextId, command: &CommandSet) -> u64 {
        let Some(facts) = &self.negotiated else { return 0 };
        if !self.machine.may_send_data() {
            return 0;
        }
        let Some(limit) = FragmentLimit::for_peer(facts.negotiated.peer_max_pdu_length) else { return 0 };
        if self.verbosity.wire {
            let text = format!("sending on context {context}: {}", command.describe(uids::name));
            self.note(NoteKind::Wire, Some(command.message_id), text);
        }
        let before = self.outbox.unsent();
        let mut pdus = 0;
        let mark = self.outbox.push(|out| pdus = encode_message(command, context, limit, out));
        self.setup.counters.messages_sent.fetch_add(1, Ordering::Relaxed);
        self.setup.counters.pdus_sent.fetch_add(count(pdus), Ordering::Relaxed);
        if self.verbosity.wire {
            let bytes = (self.outbox.unsent() - before).saturating_sub(pdus.saturating_mul(PDU_HEADER));
            let text = match pdus {
                1 => format!("sent {}, {bytes} bytes", PduType::PData),
                _ => format!("sent {pdus} {}, {bytes} bytes in all", PduType::PData),
            };
            self.note(NoteKind::Wire, None, text);
        }
        mark
    }

    fn send(&mut self, pdu: &Pdu) {
        let before = self.outbox.unsent();
        let mut refused = None;
        self.outbox.push(|out| refused = encode(pdu, out).err());
        if let Some(error) = refused {
            // Requests are checked when they are made, answers when they are negotiated.
            self.note_fault(format!("a PDU could not be encoded: {error}"));
            return;
        }
        self.setup.counters.pdus_sent.fetch_add(1, Ordering::Relaxed);
        if self.verbosity.wire {
            let length = (self.outbox.unsent() - before).saturating_sub(PDU_HEADER);
            let text = with_length(&describe(pdu), u32::try_from(length).unwrap_or(u32::MAX));
            self.note(NoteKind::Wire, None, format!("sent {text}"));
        }
    }

    fn note_phase(&mut self, text: impl FnOnce(&Self) -> String) {
        if self.verbosity.phases {
            let text = text(self);
            self.note(NoteKind::Phase, None, text);
        }
    }

    fn note_fault(&mut self, text: impl Into<String>) {
        self.note(NoteKind::Fault, None, text.into());
    }

    fn note(&mut self, kind: NoteKind, message_id: Option<u16>, text: String) {
        self.effects.push_back(Effect::Note(Note { kind, message_id, text }));
    }
}

fn timeout(limit: super::timeouts::Limit) -> Cause {
    Cause::Timeout { limit: limit.unwrap_or_default() }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
