//! A request from its command on: what the provider says of it, where its data set goes, and who decides about that.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::working::Decided;
use super::{Driver, Effect, Waiting, count};
use crate::dimse::command::CommandSet;
use crate::dimse::status::Status;
use crate::error::Cause;
use crate::net::data::{Head, Refusal, Sink};
use crate::net::exchange::{Handed, Received, Reception, Rest, Standing};
use crate::net::io::Io;
use crate::net::work::{self, Stage};
use crate::types::PresentationContextId;

/// A request whose data set is coming in.
pub(super) struct Receiving {
    context: PresentationContextId,
    command: Box<CommandSet>,
    to: To,
    /// Its last fragment has come.
    complete: bool,
    /// A handler decides about it once all of it is there.
    asked: bool,
    /// What becomes of the rest where the caller's code refuses it.
    rest: Rest,
}

/// Where a data set goes.
enum To {
    /// Nowhere: this is done once it has passed.
    Nowhere(Then),
    /// To a sink. One that is `new` is to be called though nothing has come for it.
    Sink { sink: Box<dyn Sink>, new: bool },
    /// To a sink that is at work. It may be called on before it says that it is full.
    Away { called_on: bool },
    /// To a sink that takes nothing before it is called on.
    Full(Box<dyn Sink>),
    /// The one who has the request with this ticket decides.
    Undecided { ticket: u64 },
}

/// What is done with a request of which all has come.
enum Then {
    Answer(Box<CommandSet>),
    Hand,
}

impl Receiving {
    /// Its sink, where that is here.
    pub(super) fn into_sink(self) -> Option<Box<dyn Sink>> {
        match self.to {
            To::Sink { sink, .. } | To::Full(sink) => Some(sink),
            To::Nowhere(_) | To::Away { .. } | To::Undecided { .. } => None,
        }
    }

    /// Whether nothing more is to be read before something else has happened.
    pub(super) fn holds_reading(&self) -> bool {
        match self.to {
            To::Sink { new, .. } => new || self.complete,
            To::Away { .. } | To::Full(_) | To::Undecided { .. } => true,
            To::Nowhere(_) => false,
        }
    }

    /// Whether it is for the program to go on.
    pub(super) fn waits_for_program(&self) -> bool {
        matches!(self.to, To::Full(_) | To::Undecided { .. })
    }

    /// Whether the sink has something to do; `scattered`: bytes have come for it.
    pub(super) fn has_work(&self, scattered: bool) -> bool {
        matches!(self.to, To::Sink { new, .. } if new || scattered || self.complete)
    }

    /// The sink goes to work; what it has to do once it has taken what has come.
    pub(super) fn begin_work(&mut self) -> Option<(Box<dyn Sink>, work::Then)> {
        let then = match (self.complete, self.asked) {
            (false, _) => work::Then::More,
            (true, true) => work::Then::Finish,
            (true, false) => work::Then::Keep,
        };
        match std::mem::replace(&mut self.to, To::Away { called_on: false }) {
            To::Sink { sink, .. } => Some((sink, then)),
            other => {
                self.to = other;
                None
            }
        }
    }

    fn is_undecided(&self, ticket: u64) -> bool {
        matches!(self.to, To::Undecided { ticket: of } if of == ticket)
    }

    fn answer(&self, status: Status) -> To {
        To::Nowhere(Then::Answer(Box::new(CommandSet::response_to(&self.command, status))))
    }
}

/// Memory for so many ranges is kept for the next read: at the usual lengths a read has 16. A peer that sends fragments
/// of a byte makes ten thousands of them, and is not to have us hold room for as many.
const RANGES_KEPT: usize = 64;

impl<I: Io> Driver<I> {
    pub(super) fn dispatch(&mut self, now: Instant, request: Waiting) {
        let Waiting { context, command, cancelled, repeats } = request;
        if !self.machine.may_send_data() {
            // Sta7, AR-6: nothing can be sent behind our A-RELEASE-RQ. A peer that answers that gives its request up, and
            // one that waits for the response waits until the release is over: then A-ABORT says that there is none.
            self.note_phase(|_| format!("dropped what crossed our release: {}", command.describe()));
            return;
        }
        let Some(facts) = self.negotiated.clone() else { return };
        let Some(accepted) = facts.negotiated.context(context) else { return };
        let mut reception = match &self.setup.provider {
            Some(provider) => provider.request(&facts, accepted, &command),
            None => {
                Reception::Answer(Box::new(CommandSet::response_to(&command, Status::UNRECOGNIZED_OPERATION)))
            }
        };
        if repeats {
            if let Reception::Take { sink, .. } = reception {
                self.let_go(Some(sink));
            }
            let refused = CommandSet::response_to(&command, Status::DUPLICATE_INVOCATION);
            reception = Reception::Answer(Box::new(refused));
        }
        let (to, asked, rest) = match reception {
            Reception::Answer(answer) => (To::Nowhere(Then::Answer(answer)), false, Rest::Discard),
            Reception::Hand => (To::Nowhere(Then::Hand), false, Rest::Discard),
            Reception::Take { sink, asked, rest } => (To::Sink { sink, new: false }, asked, rest),
        };
        let complete = !command.has_data_set;
        let receiving = Receiving { context, command, to, complete, asked, rest };
        match receiving.to {
            To::Nowhere(then) if receiving.complete => {
                self.performed(now, context, receiving.command, then, cancelled);
            }
            _ => self.inbound.receiving = Some(receiving),
        }
    }

    /// Bytes of a data set, as they lie in what was read.
    pub(super) fn data(&mut self, now: Instant, range: Range<usize>, last: bool) {
        if last {
            self.clock.message(now);
        }
        let Some(receiving) = &mut self.inbound.receiving else { return };
        receiving.complete = last;
        match receiving.to {
            To::Nowhere(_) if last => self.passed(now),
            To::Nowhere(_) => {}
            To::Sink { .. } | To::Away { .. } | To::Full(_) | To::Undecided { .. } => {
                if !range.is_empty() {
                    self.inbound.ranges.push(range);
                }
            }
        }
    }

    /// A sink has done its work.
    pub(super) fn taken(&mut self, now: Instant, stage: Result<Stage, Refusal>, ranges: Vec<Range<usize>>) {
        let Some(receiving) = &mut self.inbound.receiving else {
            return self.let_go(stage.ok()); // the association has ended
        };
        let To::Away { called_on } = receiving.to else { return };
        if ranges.capacity() <= RANGES_KEPT {
            self.inbound.ranges = ranges;
        }
        match stage {
            Ok(Stage::Ready(sink)) => receiving.to = To::Sink { sink, new: false },
            Ok(Stage::Full(sink)) if called_on => receiving.to = To::Sink { sink, new: true },
            Ok(Stage::Full(sink)) => receiving.to = To::Full(sink),
            Ok(Stage::Undecided(head)) => self.ask_where(head),
            Ok(Stage::Finished(sink)) => {
                let Some(receiving) = self.inbound.receiving.take() else { return };
                let received = Received {
                    bytes: sink.bytes(),
                    paths: sink.paths(),
                    data: sink.data(),
                    head: None,
                    attached: sink.attached(),
                };
                self.hand(receiving.context, receiving.command, false, Some(received), Some(sink));
            }
            Ok(Stage::Kept) => {
                receiving.to = receiving.answer(Status::SUCCESS);
                self.passed(now);
            }
            Err(refusal) => {
                let answer = Box::new(refusal.response_to(&receiving.command));
                self.refuse(now, answer, refusal.by_caller);
            }
        }
    }

    /// The sink of what is coming in takes more, or may have something to say.
    pub(super) fn call_on_sink(&mut self) {
        let Some(receiving) = &mut self.inbound.receiving else { return };
        match &mut receiving.to {
            To::Away { called_on } => *called_on = true,
            to @ To::Full(_) => {
                if let To::Full(sink) = std::mem::replace(to, To::Away { called_on: false }) {
                    *to = To::Sink { sink, new: true };
                }
            }
            To::Nowhere(_) | To::Sink { .. } | To::Undecided { .. } => {}
        }
    }

    /// Somebody gets the request to decide where its data set goes.
    fn ask_where(&mut self, head: Head) {
        let Some(receiving) = &mut self.inbound.receiving else { return };
        let (context, command) = (receiving.context, receiving.command.clone());
        let bytes = count(head.arrived.len());
        let received =
            Received { bytes, paths: None, data: None, head: Some(Arc::new(head)), attached: None };
        receiving.to = To::Undecided { ticket: self.tickets.wrapping_add(1) };
        self.hand(context, command, false, Some(received), None);
    }

    /// The one who has the request with this ticket says where its data set goes.
    pub(super) fn route(&mut self, ticket: u64, sink: Box<dyn Sink>) {
        match &mut self.inbound.receiving {
            Some(receiving) if receiving.is_undecided(ticket) => {
                self.handed.retain(|decided| decided.handed.ticket != ticket);
                receiving.to = To::Sink { sink, new: true };
            }
            _ => self.let_go(Some(sink)),
        }
    }

    /// The one who has the request with this ticket refuses it before its data set has come whole; false where that is
    /// not what was asked.
    pub(super) fn refuse_undecided(&mut self, now: Instant, ticket: u64, answer: &CommandSet) -> bool {
        let is_undecided =
            self.inbound.receiving.as_ref().is_some_and(|receiving| receiving.is_undecided(ticket));
        if is_undecided {
            self.handed.retain(|decided| decided.handed.ticket != ticket);
            self.refuse(now, Box::new(answer.clone()), true);
        }
        is_undecided
    }

    /// What is coming in is refused: the rest of it is discarded, or the association ends with it, where it is the
    /// caller's code that does not want it.
    fn refuse(&mut self, now: Instant, answer: Box<CommandSet>, by_caller: bool) {
        let Some(receiving) = &mut self.inbound.receiving else { return };
        receiving.to = To::Nowhere(Then::Answer(answer));
        if receiving.complete {
            self.passed(now);
        } else if by_caller && receiving.rest == Rest::Abort {
            self.note_phase(|_| {
                "refused an instance, and with it the association: the rest is not waited for".to_owned()
            });
            self.abort(now, &Cause::Cancelled);
        }
    }

    /// A data set has passed.
    fn passed(&mut self, now: Instant) {
        if let Some(Receiving { context, command, to: To::Nowhere(then), .. }) = self.inbound.receiving.take()
        {
            self.performed(now, context, command, then, false);
        }
    }

    fn performed(
        &mut self,
        now: Instant,
        context: PresentationContextId,
        command: Box<CommandSet>,
        then: Then,
        cancelled: bool,
    ) {
        match then {
            Then::Answer(answer) => {
                self.send_command(context, &answer);
                self.clock.message(now);
            }
            Then::Hand => self.hand(context, command, cancelled, None, None),
        }
    }

    /// The handler gets a request; what it says decides about `sink`, where there is one.
    fn hand(
        &mut self,
        context: PresentationContextId,
        command: Box<CommandSet>,
        cancelled: bool,
        received: Option<Received>,
        sink: Option<Box<dyn Sink>>,
    ) {
        let Some(facts) = &self.negotiated else { return };
        let Some(accepted) = facts.negotiated.context(context) else { return };
        self.tickets = self.tickets.wrapping_add(1);
        let standing = Arc::<Standing>::default();
        if cancelled {
            standing.cancel();
        }
        let handed = Handed { ticket: self.tickets, context, message_id: command.message_id, standing };
        self.effects.push_back(Effect::Hand(handed.clone(), Box::new(accepted.clone()), command, received));
        self.handed.push(Decided { handed, sink, answer: None });
    }
}
