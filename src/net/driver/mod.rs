//! One association's protocol: machine, assembly, operations and deadlines in one place, without a wait in it.
//!
//! [`Driver::step`] takes orders and the time, reads and writes what can be read and written at once, and leaves
//! [`Effect`]s: what must happen outside, once nobody holds the driver; what may block is given out as work
//! (`net/work.rs`) and comes back as an order. Who waits between two steps, a tokio task or a thread, is not known here (`net/cold.rs`,
//! `net/hot.rs`): all state is in the driver, none in a suspended future, so the one can go on where the other stopped.

mod associate;
mod calls;
mod clock;
mod ending;
#[cfg(fuzzing)]
#[path = "../../../fuzz/src/driver.rs"]
pub mod fuzzing;
mod inbound;
mod orders;
mod outbound;
mod outbox;
mod receiving;
mod sending;
#[cfg(test)]
mod tests;
mod working;

use std::any::Any;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use self::calls::Calls;
use self::clock::Clock;
use self::inbound::Inbound;
use self::outbox::Outbox;
use self::working::Decided;
use super::buffers::Buffer;
use super::data::Sink;
use super::exchange::{Admission, Asked, Call, Handed, Milestone, Provider, Received};
use super::facts::{Counters, Facts};
use super::io::Io;
use super::operation::{Event, Operation, Outcome, Promise};
use super::sys::Interest;
use super::timeouts::{Timeouts, after};
use super::work::Worked;
use crate::dimse::command::CommandSet;
use crate::error::{Cause, Error, Phase};
use crate::runtime::backlog::Backlog;
use crate::types::{PresentationContextId, Rejection};
use crate::ul::machine::{Machine, Output};
use crate::ul::negotiated::AcceptedContext;
use crate::ul::table::State;
use crate::wire::pdu::{AssociateRq, Pdu};

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
    /// The one who has the request with this ticket says where its data set goes.
    Route(u64, Box<dyn Sink>),
    /// The sink of what is coming in takes more.
    CallOnSink,
    /// What was to be done with nothing held is done.
    Worked(Worked),
}

/// What must happen outside, in this order, once nobody holds the driver.
pub(crate) enum Effect {
    /// The association is established; the operation is the one that opened it.
    Established(Arc<Facts>, Option<Arc<Operation>>),
    /// News of an operation.
    Tell(Arc<Operation>, Event),
    /// An operation is done.
    Complete(Promise, Outcome),
    /// The provider wants to be asked about this request.
    Ask(Asked),
    /// The provider's handler shall have this request.
    Hand(Handed, Box<AcceptedContext>, Box<CommandSet>, Option<Received>),
    /// For the provider's counters.
    Reached(Milestone),
    /// What may hold files or the caller's code is dropped.
    LetGo(Box<dyn Any + Send>),
    /// A line for the log.
    Note(Note),
    /// The association is over, and all before has happened.
    Over,
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
    /// The peer as errors name it, where that is not by its address.
    pub(crate) called: Option<String>,
    pub(crate) counters: Arc<Counters>,
    /// The events that nobody has taken yet.
    pub(crate) backlog: Arc<Backlog>,
}

impl Setup {
    /// The peer as errors name it.
    fn peer_name(&self) -> String {
        self.called.clone().unwrap_or_else(|| self.peer.to_string())
    }
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
    /// Our A-RELEASE-RQ is out and not answered. What ends the association meanwhile leaves this as it is, so that the
    /// phase is known in which it came.
    releasing: bool,
    /// The peer wants to release.
    release_asked: bool,
    handed: Vec<Decided>,
    /// Requests behind those that a handler has.
    requests: VecDeque<Waiting>,
    tickets: u64,
    /// What the peer did wrong, kept until the machine has said that it ends the association.
    fault: Option<Cause>,
    /// Why no operation can run any more.
    ended: Option<Error>,
    closed: bool,
    wanted: Wanted,
    caller: Caller,
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

/// Whether the events are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Follows,
    /// Too many wait: nothing is begun that makes more, and no data are read.
    IsBehind,
}

/// A request that waits behind those that are performed. Where it has a data set, that is unread behind it.
struct Waiting {
    context: PresentationContextId,
    command: Box<CommandSet>,
    /// A C-CANCEL-RQ for it has come.
    cancelled: bool,
    /// Its message id is one of a request that had no answer when it came.
    repeats: bool,
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
            releasing: false,
            release_asked: false,
            handed: Vec::new(),
            requests: VecDeque::new(),
            tickets: 0,
            fault: None,
            ended: None,
            closed: false,
            wanted: Wanted::Yes,
            caller: Caller::Follows,
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
        buffer: Option<Buffer>,
        verbosity: Verbosity,
    ) -> bool {
        self.verbosity = verbosity;
        self.clock.pass(now, &mut self.calls);
        self.look_for_room();
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
        self.clock.hold_reading(now, self.reading_hold());
        if !self.closed && self.machine.state() == State::Sta1 {
            self.close();
        }
        self.close_in_a_hurry();
        // Between operations the acknowledgement rides on the next request; where there is work, on what comes of that.
        if drained && !self.closed && !self.is_quiet() && !self.has_work(now) {
            self.io.before_wait();
        }
        drained
    }

    /// Ends the association when nothing is open on it any more.
    pub(crate) fn drain(&mut self, now: Instant) {
        if self.wanted == Wanted::Yes {
            self.wanted = if self.ended.is_some() { Wanted::No } else { Wanted::WhileBusy };
        }
        self.look_for_room();
        self.advance(now);
        self.flush(now);
        self.clock.hold_reading(now, self.reading_hold());
        self.close_in_a_hurry();
    }

    /// Whoever ends the runtime waits for what is open, and may be the one who is to take the events.
    fn look_for_room(&mut self) {
        let is_behind = self.wanted == Wanted::Yes && self.setup.backlog.is_full();
        self.caller = if is_behind { Caller::IsBehind } else { Caller::Follows };
    }

    /// What must happen outside, in this order.
    pub(crate) fn effects(&mut self) -> VecDeque<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// What to wait for on the connection.
    pub(crate) fn interest(&self) -> Interest {
        Interest { read: !self.is_reading_held(), write: self.outbox.is_ready() }
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

    /// Does what the machine says.
    fn obey(&mut self, now: Instant) {
        while let Some(output) = self.machine.take() {
            match output {
                Output::Send(pdu) => {
                    if let Err(error) = self.send(&pdu) {
                        // The peer must not wait for what does not come.
                        self.abort(now, error.cause());
                        continue;
                    }
                    // AE-6: the machine refuses by itself what no provider can accept.
                    if let (Pdu::AssociateRj(rejection), None) = (&pdu, &self.ended) {
                        let from = self.setup.peer_name();
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

    /// Starts what can be started: operations in their order, the release after them and after our answers to the peer's
    /// requests (nothing can be sent behind A-RELEASE-RQ), the answer to the peer's release.
    fn advance(&mut self, now: Instant) {
        // A peer that wants to release could not answer any more (PS3.8 table 9-10: Evt9 in Sta7).
        if let Some(facts) = self.negotiated.clone().filter(|_| !self.release_asked) {
            let window = facts.negotiated.window.invoked;
            while self.outbox.unsent() < SENT_AHEAD
                && self.outbox.data().is_none()
                && let Some(started) = self.calls.start(now, window, &facts.negotiated)
            {
                match started {
                    Ok((request, message_id)) => self.send_request(request, message_id),
                    Err((operation, error)) => self.complete(operation, Outcome::new(Err(error))),
                }
            }
        }
        if self.wanted == Wanted::WhileBusy && self.opening.is_some() {
            self.abort(now, &Cause::Cancelled);
        }
        let wants_release = self.release.is_some() || (self.wanted == Wanted::WhileBusy && self.is_quiet());
        if self.ended.is_none() && wants_release && self.is_free() && self.machine.release(now).is_ok() {
            self.releasing = true;
            self.clock.release = after(now, self.setup.timeouts.release);
            self.note_phase(|_| "releasing".to_owned());
            self.obey(now);
        }
        if self.release_asked
            && self.handed.is_empty()
            && self.requests.is_empty()
            && self.outbox.data().is_none()
        {
            if self.machine.may_respond_to_release() {
                self.release_asked = false;
                self.note_phase(|_| "the peer released the association".to_owned());
                if self.machine.release_response(now).is_ok() && self.machine.state() == State::Sta13 {
                    if let Some(operation) = self.release.take() {
                        self.effects.push_back(Effect::Complete(operation, Outcome::new(Ok(()))));
                    }
                    self.end(now, &Cause::Released);
                }
                self.obey(now);
            } else if self.ended.is_some() {
                self.release_asked = false;
            }
        }
    }

    /// An operation is done; its error names the peer.
    fn complete(&mut self, operation: Promise, mut outcome: Outcome) {
        outcome.result = outcome.result.map_err(|error| error.with_peer(self.setup.peer_name()));
        self.effects.push_back(Effect::Complete(operation, outcome));
    }

    /// What is due.
    fn due(&mut self, now: Instant) {
        self.watch(now);
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
            self.end_with(now, Error::new(phase, cause.clone()).with_peer(self.setup.peer_name()));
            self.abort(now, &cause);
        }
        if let Some(limit) = self.calls.overdue(now, self.setup.timeouts.reply) {
            self.abort(now, &Cause::Timeout { limit });
        }
        self.calls.ripen(now);
        while let Some((operation, limit)) = self.calls.expired(now) {
            self.give_up(now, &operation, &Cause::TotalTimeout { limit });
        }
        self.machine.timeout(now);
        if self.machine.state() == State::Sta1 {
            // ARTIM in Sta2: the peer has not asked for anything. In Sta13 it has been said why.
            self.end(now, &Cause::NotAsked { limit: self.setup.timeouts.artim });
        }
        self.obey(now);
        if self.clock.is_abort_over(now) {
            self.end(now, &Cause::Cancelled);
            self.close();
        }
    }

    /// When it is, for an error that concerns the association.
    fn phase(&self) -> Phase {
        if self.negotiated.is_none() {
            Phase::Associate
        } else if self.releasing {
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
        self.calls.is_empty()
            && self.handed.is_empty()
            && self.requests.is_empty()
            && !self.inbound.is_receiving()
    }

    /// Established, and nothing open on either side.
    pub(crate) fn is_quiet(&self) -> bool {
        self.negotiated.is_some()
            && self.ended.is_none()
            && self.is_free()
            && self.outbox.is_empty()
            && !self.inbound.is_midway()
    }
}

impl<I> Drop for Driver<I> {
    /// However it goes, a panic included: no handler works for nobody without being able to see it.
    fn drop(&mut self) {
        for decided in &self.handed {
            decided.handed.standing.end();
        }
    }
}

fn timeout(limit: super::timeouts::Limit) -> Cause {
    Cause::Timeout { limit: limit.unwrap_or_default() }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
