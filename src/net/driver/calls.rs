//! Operations that this side began: those that wait their turn, and those that wait for an answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Effect;
use super::clock::put_off;
use super::outbox::Outbox;
use crate::dimse::command::CommandSet;
use crate::dimse::message_id::MessageIds;
use crate::dimse::status::Category;
use crate::error::{Cause, Error, Phase};
use crate::net::data::Outgoing;
use crate::net::exchange::{Call, Exchange, Next, SoFar};
use crate::net::operation::{Event, Operation, Outcome, Promise};
use crate::net::timeouts::{Limit, after, earlier};
use crate::types::PresentationContextId;
use crate::ul::negotiated::Negotiated;

/// The operations of one association. They go out in the order in which they came, as many at once as the window
/// allows (one unless more was negotiated, PS3.7 D.3.3.3), and messages are never interleaved.
#[derive(Default)]
pub(super) struct Calls {
    waiting: VecDeque<Waiting>,
    /// The oldest first.
    open: VecDeque<Open>,
    ids: MessageIds,
}

/// An operation that was asked for.
struct Begun {
    operation: Promise,
    exchange: Box<dyn Exchange>,
    total: Limit,
    /// When its first request went out.
    since: Option<Instant>,
}

/// An operation whose next request has not gone out.
enum Waiting {
    Here {
        begun: Begun,
        /// A request that is tried again waits a little.
        not_before: Option<Instant>,
    },
    /// Its exchange is being prepared.
    Away { operation: Promise, total: Limit, since: Option<Instant>, so_far: SoFar },
}

/// An operation whose request is on its way.
struct Open {
    message_id: u16,
    context: PresentationContextId,
    /// `None` once it was cancelled: its response will come all the same, and its id is not free before.
    begun: Option<Begun>,
    /// The operation's own limit for a response, where it has one. It holds for a cancelled operation too, unless it is
    /// none: then the association's does.
    reply: Option<Limit>,
    since: Instant,
    sent: Sent,
    deadline: Option<Instant>,
    /// A response that came before the request's last byte had left: it counts then.
    early: Option<Box<CommandSet>>,
}

/// How much of a request has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// All of it once the outbox is at this mark.
    At(u64),
    /// Its data set is going out.
    InPart,
    Wholly,
}

/// A request to be sent.
pub(super) struct Request {
    pub(super) context: PresentationContextId,
    pub(super) command: CommandSet,
    pub(super) data_set: Option<Outgoing>,
}

/// An operation that is given up.
pub(super) struct GivenUp {
    pub(super) operation: Promise,
    pub(super) outcome: Outcome,
    /// Unless somebody prepares it.
    pub(super) exchange: Option<Box<dyn Exchange>>,
    /// Half of its message has left: the association cannot go on.
    pub(super) is_cut: bool,
}

impl Calls {
    pub(super) fn enqueue(&mut self, call: Call) {
        let Call { operation, exchange } = call;
        let begun = Begun { operation, total: exchange.total(), exchange, since: None };
        self.waiting.push_back(Waiting::Here { begun, not_before: None });
    }

    fn has_room(&self, window: u16) -> bool {
        window == 0 || self.open.len() < usize::from(window)
    }

    /// What was to wait until now has waited: nobody is woken for it any more, though others may be before it.
    pub(super) fn ripen(&mut self, now: Instant) {
        for waiting in &mut self.waiting {
            if let Waiting::Here { not_before, .. } = waiting {
                not_before.take_if(|time| *time <= now);
            }
        }
    }

    /// The next operation, where its turn has come and it is here; whether it has to be prepared first.
    fn next(&self, now: Instant, window: u16) -> Option<bool> {
        match self.waiting.front() {
            Some(Waiting::Here { begun, not_before })
                if self.has_room(window) && not_before.is_none_or(|time| time <= now) =>
            {
                Some(begun.exchange.needs_preparing())
            }
            _ => None,
        }
    }

    /// Whether [`Self::prepare`] would give something out.
    pub(super) fn is_to_prepare(&self, now: Instant, window: u16) -> bool {
        self.next(now, window) == Some(true)
    }

    /// Gives out the exchange of the next operation, to be prepared.
    pub(super) fn prepare(
        &mut self,
        now: Instant,
        window: u16,
    ) -> Option<(Arc<Operation>, Box<dyn Exchange>)> {
        if !self.is_to_prepare(now, window) {
            return None;
        }
        let Waiting::Here { begun, .. } = self.waiting.pop_front()? else { return None };
        let Begun { operation, exchange, total, since } = begun;
        let shared = operation.operation().clone();
        let so_far = exchange.so_far();
        self.waiting.push_front(Waiting::Away { operation, total, since, so_far });
        Some((shared, exchange))
    }

    /// An exchange is back: the operation, where it is over with that; or the exchange, where nobody waits for it.
    pub(super) fn prepared(
        &mut self,
        now: Instant,
        operation: &Arc<Operation>,
        exchange: Box<dyn Exchange>,
        outcome: Option<Outcome>,
    ) -> Result<Option<(Promise, Outcome)>, Box<dyn Exchange>> {
        // It may have been cancelled meanwhile.
        let is_it = |waiting: &Waiting| {
            matches!(waiting, Waiting::Away { .. }) && Arc::ptr_eq(waiting.operation(), operation)
        };
        let Some(place) = self.waiting.iter().position(is_it) else { return Err(exchange) };
        let Some(Waiting::Away { operation, total, since, .. }) = self.waiting.remove(place) else {
            return Err(exchange);
        };
        if let Some(outcome) = outcome {
            let duration = since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
            return Ok(Some((operation, Outcome { duration, ..outcome })));
        }
        let begun = Begun { operation, exchange, total, since };
        self.waiting.insert(place, Waiting::Here { begun, not_before: None });
        Ok(None)
    }

    /// The next request, where the window (0: no limit) has room for one; the operation, where it cannot be made.
    pub(super) fn start(
        &mut self,
        now: Instant,
        window: u16,
        negotiated: &Negotiated,
    ) -> Option<Result<(Request, u16), (Promise, Error)>> {
        if self.next(now, window) != Some(false) {
            return None;
        }
        let message_id = self.ids.take()?;
        let Some(Waiting::Here { mut begun, .. }) = self.waiting.pop_front() else { return None };
        match begun.exchange.request(negotiated, message_id) {
            Ok((context, command)) => {
                let data_set = if command.has_data_set { begun.exchange.data_set() } else { None };
                begun.since.get_or_insert(now);
                self.open.push_back(Open {
                    message_id,
                    context,
                    reply: begun.exchange.reply(),
                    begun: Some(begun),
                    since: now,
                    sent: Sent::InPart,
                    deadline: None,
                    early: None,
                });
                Some(Ok((Request { context, command, data_set }, message_id)))
            }
            Err(error) => {
                self.ids.release(message_id);
                Some(Err((begun.operation, error)))
            }
        }
    }

    /// The request without a data set is sent once the outbox is at `mark`.
    pub(super) fn sent_at(&mut self, message_id: u16, mark: u64) {
        if let Some(open) = self.open.iter_mut().find(|open| open.message_id == message_id) {
            open.sent = Sent::At(mark);
        }
    }

    /// Starts the clock of every request whose last byte is sent.
    pub(super) fn flushed(&mut self, now: Instant, outbox: &Outbox, reply: Limit) {
        for open in &mut self.open {
            if matches!(open.sent, Sent::At(mark) if outbox.is_sent(mark)) {
                open.sent = Sent::Wholly;
                open.deadline = after(now, open.reply(reply));
            }
        }
    }

    /// The last byte of the data set that was going out is sent: starts the clock of its request, and returns the
    /// response where that has come already.
    pub(super) fn data_set_sent(
        &mut self,
        now: Instant,
        reply: Limit,
    ) -> Option<(PresentationContextId, Box<CommandSet>)> {
        let open = self.open.iter_mut().find(|open| open.sent == Sent::InPart)?;
        open.sent = Sent::Wholly;
        open.deadline = after(now, open.reply(reply));
        Some((open.context, open.early.take()?))
    }

    /// How far the operation is whose data set is going out, `sent` bytes of it so far.
    pub(super) fn progress(&mut self, now: Instant, sent: u64) -> Option<Effect> {
        let begun = self.open.iter_mut().find(|open| open.sent == Sent::InPart)?.begun.as_mut()?;
        let event = begun.exchange.progress(now, sent)?;
        Some(Effect::Tell(begun.operation.operation().clone(), event))
    }

    /// Takes a response; the operation, where it is over with that.
    pub(super) fn response(
        &mut self,
        now: Instant,
        context: PresentationContextId,
        response: &CommandSet,
        reply: Limit,
        mut tell: impl FnMut(Arc<Operation>, Event),
    ) -> Result<Option<(Promise, Outcome)>, Cause> {
        let id = response.message_id;
        let Some(at) = self.open.iter().position(|open| open.message_id == id) else {
            return Err(Cause::Protocol(format!("a response to message {id}, which is not open")));
        };
        let Some(open) = self.open.get_mut(at) else { return Ok(None) };
        if open.context != context {
            let words = format!("a response on context {context} to a request on context {}", open.context);
            return Err(Cause::Protocol(words));
        }
        if let Sent::At(_) = open.sent {
            // The peer has not got all of it: what it answers is something else.
            return Err(Cause::Protocol(format!("a response to message {id}, which has not left")));
        }
        if open.sent == Sent::InPart {
            // A message that has begun must be ended all the same (PS3.8 E.1).
            if open.early.replace(Box::new(response.clone())).is_some() {
                let words = format!("two responses to message {id}, which has not left wholly");
                return Err(Cause::Protocol(words));
            }
            return Ok(None);
        }
        let next = match &mut open.begun {
            Some(begun) => {
                let operation = begun.operation.operation().clone();
                begun.exchange.response(now, response, &mut |event| tell(operation.clone(), event))?
            }
            None if response.status.is_some_and(|status| status.category() != Category::Pending) => {
                Next::Request(None)
            }
            None => Next::Response,
        };
        if let Next::Response = next {
            open.deadline = after(now, open.reply(reply));
            return Ok(None);
        }
        self.ids.release(id);
        let Some(open) = self.open.remove(at) else { return Ok(None) };
        let Some(begun) = open.begun else { return Ok(None) };
        match next {
            Next::Done(outcome) => {
                let since = begun.since.unwrap_or(open.since);
                let duration = now.saturating_duration_since(since);
                Ok(Some((begun.operation, Outcome { duration, message_id: Some(id), ..outcome })))
            }
            // Before those that came later: its instances stand together.
            Next::Request(not_before) => {
                self.waiting.push_front(Waiting::Here { begun, not_before });
                Ok(None)
            }
            Next::Response => Ok(None),
        }
    }

    /// Gives up an operation, with `cause`; `None` where it is not one of these. Its response is due within `reply`
    /// from now where nothing else limits it: the operations behind it wait for that.
    pub(super) fn abandon(
        &mut self,
        now: Instant,
        operation: &Arc<Operation>,
        cause: &Cause,
        reply: Limit,
        tell: impl FnMut(Arc<Operation>, Event),
    ) -> Option<GivenUp> {
        if let Some(at) = self.waiting.iter().position(|waiting| Arc::ptr_eq(waiting.operation(), operation))
        {
            return self.waiting.remove(at).map(|waiting| waiting.give_up(now, cause, tell));
        }
        let is_it = |begun: &Begun| Arc::ptr_eq(begun.operation.operation(), operation);
        let open = self.open.iter_mut().find(|open| open.begun.as_ref().is_some_and(is_it))?;
        let is_cut = open.sent == Sent::InPart;
        // Without a limit of its own or of the association's it would hold up those behind it for ever.
        open.reply = open.reply.filter(Option::is_some);
        if open.sent == Sent::Wholly {
            open.deadline = open.deadline.or_else(|| after(now, reply));
        }
        let (phase, id) = (open.phase(), open.message_id);
        let given_up = open.begun.take()?.give_up(now, cause, phase, Some(id), tell);
        Some(GivenUp { is_cut, ..given_up })
    }

    /// Every operation, open ones first, each with what it came to.
    pub(super) fn drain(
        &mut self,
        now: Instant,
        cause: &Cause,
        mut tell: impl FnMut(Arc<Operation>, Event),
    ) -> Vec<GivenUp> {
        let open = self.open.drain(..).filter_map(|mut open| {
            let phase = open.phase();
            Some(open.begun.take()?.give_up(now, cause, phase, Some(open.message_id), &mut tell))
        });
        let mut all: Vec<_> = open.collect();
        all.extend(self.waiting.drain(..).map(|waiting| waiting.give_up(now, cause, &mut tell)));
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.waiting.is_empty()
    }

    /// The phase of the oldest open operation.
    pub(super) fn phase(&self) -> Option<Phase> {
        self.open.front().map(Open::phase)
    }

    /// Whether somebody hears what comes of the next operation.
    pub(super) fn is_next_heard(&self) -> bool {
        self.waiting.front().is_some_and(|waiting| waiting.operation().is_heard())
    }

    /// When the first of the responses that are awaited is due.
    pub(super) fn reply(&self) -> Option<Instant> {
        self.open.iter().map(|open| open.deadline).fold(None, earlier)
    }

    /// Each of them may come so much later.
    pub(super) fn put_off(&mut self, time: Duration) {
        for open in &mut self.open {
            put_off(open.deadline.as_mut(), time);
        }
    }

    /// When an operation is to be over in all, or a request is to be tried again.
    pub(super) fn limit(&self) -> Option<Instant> {
        let open = self.open.iter().filter_map(|open| open.begun.as_ref());
        let open = open.map(|begun| until(begun.since, begun.total));
        let waiting = self.waiting.iter().flat_map(|waiting| match waiting {
            Waiting::Here { begun, not_before } => [*not_before, until(begun.since, begun.total)],
            Waiting::Away { total, since, .. } => [None, until(*since, *total)],
        });
        open.chain(waiting).fold(None, earlier)
    }

    /// The limit that an open operation has exceeded.
    pub(super) fn overdue(&self, now: Instant, reply: Limit) -> Limit {
        let is_over = |open: &&Open| open.deadline.is_some_and(|deadline| deadline <= now);
        self.open.iter().find(is_over).and_then(|open| open.reply(reply))
    }

    /// An operation that has taken longer than it may in all, and that limit.
    pub(super) fn expired(&self, now: Instant) -> Option<(Arc<Operation>, Duration)> {
        let open = self.open.iter().filter_map(|open| open.begun.as_ref());
        let open = open.map(|begun| (&begun.operation, begun.total, begun.since));
        let waiting = self.waiting.iter().map(|waiting| match waiting {
            Waiting::Here { begun, .. } => (&begun.operation, begun.total, begun.since),
            Waiting::Away { operation, total, since, .. } => (operation, *total, *since),
        });
        let is_over = |since, total| until(since, total).is_some_and(|until| until <= now);
        let (operation, total, _) = open.chain(waiting).find(|(_, total, since)| is_over(*since, *total))?;
        Some((operation.operation().clone(), total.unwrap_or_default()))
    }
}

/// When an operation that began then must be over.
fn until(since: Option<Instant>, total: Limit) -> Option<Instant> {
    since.and_then(|since| after(since, total))
}

impl Begun {
    fn give_up(
        mut self,
        now: Instant,
        cause: &Cause,
        phase: Phase,
        message_id: Option<u16>,
        mut tell: impl FnMut(Arc<Operation>, Event),
    ) -> GivenUp {
        let error = Error::new(phase, cause.clone());
        let operation = self.operation.operation().clone();
        self.exchange.give_up(&error, &mut |event| tell(operation.clone(), event));
        let duration = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let outcome = Outcome { message_id, duration, ..self.exchange.so_far().outcome(error) };
        GivenUp { operation: self.operation, outcome, exchange: Some(self.exchange), is_cut: false }
    }
}

impl Waiting {
    fn operation(&self) -> &Arc<Operation> {
        match self {
            Self::Here { begun, .. } => begun.operation.operation(),
            Self::Away { operation, .. } => operation.operation(),
        }
    }

    fn give_up(self, now: Instant, cause: &Cause, tell: impl FnMut(Arc<Operation>, Event)) -> GivenUp {
        match self {
            Self::Here { begun, .. } => begun.give_up(now, cause, Phase::Queued, None, tell),
            Self::Away { operation, since, so_far, .. } => {
                let duration = since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
                let error = Error::new(Phase::Queued, cause.clone());
                let outcome = Outcome { duration, ..so_far.outcome(error) };
                GivenUp { operation, outcome, exchange: None, is_cut: false }
            }
        }
    }
}

impl Open {
    /// How long the response may take: the operation's own limit, or the association's.
    fn reply(&self, of_association: Limit) -> Limit {
        self.reply.unwrap_or(of_association)
    }

    fn phase(&self) -> Phase {
        if self.sent == Sent::Wholly { Phase::Reply } else { Phase::Send }
    }
}
