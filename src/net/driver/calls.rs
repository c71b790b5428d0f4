//! Operations that this side began: those that wait their turn, and those that wait for an answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::outbox::Outbox;
use crate::dimse::command::CommandSet;
use crate::dimse::message_id::MessageIds;
use crate::dimse::status::Category;
use crate::error::{Cause, Error, Phase};
use crate::net::exchange::Call;
use crate::net::operation::{Operation, Outcome, Promise};
use crate::net::timeouts::{Limit, after, earlier};
use crate::types::PresentationContextId;
use crate::ul::negotiated::Negotiated;

/// The operations of one association. They go out in the order in which they came, as many at once as the window
/// allows (one unless more was negotiated, PS3.7 D.3.3.3), and messages are never interleaved.
#[derive(Default)]
pub(super) struct Calls {
    waiting: VecDeque<Call>,
    /// The oldest first.
    open: VecDeque<Open>,
    ids: MessageIds,
}

/// An operation whose request is on its way.
struct Open {
    message_id: u16,
    context: PresentationContextId,
    /// `None` once it was cancelled: its response will come all the same, and its id is not free before.
    call: Option<Call>,
    /// The operation's own limit for a response, where it has one. It holds for a cancelled operation too, unless it is
    /// none: then the association's does.
    reply: Option<Limit>,
    begun: Instant,
    /// The outbox's mark at which the request is sent.
    sent_at: u64,
    sent: bool,
    deadline: Option<Instant>,
}

/// A request to be sent, or the operation that cannot be.
pub(super) type Started = Result<(PresentationContextId, CommandSet, u16), (Promise, Error)>;

impl Calls {
    pub(super) fn enqueue(&mut self, call: Call) {
        self.waiting.push_back(call);
    }

    /// The next request, where the window (0: no limit) has room for one.
    pub(super) fn start(&mut self, now: Instant, window: u16, negotiated: &Negotiated) -> Option<Started> {
        if window != 0 && self.open.len() >= usize::from(window) {
            return None;
        }
        let mut call = self.waiting.pop_front()?;
        let Some(message_id) = self.ids.take() else {
            self.waiting.push_front(call);
            return None;
        };
        match call.exchange.request(negotiated, message_id) {
            Ok((context, command)) => {
                self.open.push_back(Open {
                    message_id,
                    context,
                    reply: call.exchange.reply(),
                    call: Some(call),
                    begun: now,
                    sent_at: u64::MAX,
                    sent: false,
                    deadline: None,
                });
                Some(Ok((context, command, message_id)))
            }
            Err(error) => {
                self.ids.release(message_id);
                Some(Err((call.operation, error)))
            }
        }
    }

    pub(super) fn sent_at(&mut self, message_id: u16, mark: u64) {
        if let Some(open) = self.open.iter_mut().find(|open| open.message_id == message_id) {
            open.sent_at = mark;
        }
    }

    /// Starts the clock of every request whose last byte is sent.
    pub(super) fn flushed(&mut self, now: Instant, outbox: &Outbox, reply: Limit) {
        for open in self.open.iter_mut().filter(|open| !open.sent && outbox.is_sent(open.sent_at)) {
            open.sent = true;
            open.deadline = after(now, open.reply(reply));
        }
    }

    /// Takes a response. `Ok(None)`: more will come, or it was one of a cancelled operation.
    pub(super) fn response(
        &mut self,
        now: Instant,
        context: PresentationContextId,
        response: &CommandSet,
        reply: Limit,
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
        let outcome = match &mut open.call {
            Some(call) => call.exchange.response(response)?,
            None => response
                .status
                .filter(|status| status.category() != Category::Pending)
                .map(|_| Outcome::new(Ok(()))),
        };
        let Some(outcome) = outcome else {
            open.deadline = after(now, open.reply(reply));
            return Ok(None);
        };
        self.ids.release(id);
        let Some(open) = self.open.remove(at) else { return Ok(None) };
        let duration = now.saturating_duration_since(open.begun);
        Ok(open.call.map(|call| (call.operation, Outcome { duration, message_id: Some(id), ..outcome })))
    }

    /// Gives up an operation; returns the phase in which it was, `None` where it is not one of these. Its response is
    /// due within `reply` from now where nothing else limits it: the operations behind it wait for that.
    pub(super) fn abandon(
        &mut self,
        now: Instant,
        operation: &Arc<Operation>,
        reply: Limit,
    ) -> Option<(Promise, Phase)> {
        let is_it = |call: &Call| Arc::ptr_eq(&call.operation, operation);
        if let Some(at) = self.waiting.iter().position(is_it) {
            return self.waiting.remove(at).map(|call| (call.operation, Phase::Queued));
        }
        let open = self.open.iter_mut().find(|open| open.call.as_ref().is_some_and(is_it))?;
        let phase = open.phase();
        // Without a limit of its own or of the association's it would hold up those behind it for ever.
        open.reply = open.reply.filter(Option::is_some);
        if open.sent {
            open.deadline = open.deadline.or_else(|| after(now, reply));
        }
        open.call.take().map(|call| (call.operation, phase))
    }

    /// Every operation, open ones first, with its phase and how long it took.
    pub(super) fn drain(&mut self, now: Instant) -> Vec<(Promise, Phase, Duration)> {
        let open = self.open.drain(..).filter_map(|open| {
            let phase = open.phase();
            let duration = now.saturating_duration_since(open.begun);
            open.call.map(|call| (call.operation, phase, duration))
        });
        let waiting = self.waiting.drain(..).map(|call| (call.operation, Phase::Queued, Duration::ZERO));
        open.chain(waiting).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty() && self.waiting.is_empty()
    }

    /// The phase of the oldest open operation.
    pub(super) fn phase(&self) -> Option<Phase> {
        self.open.front().map(Open::phase)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.open.iter().fold(None, |first, open| earlier(first, open.deadline))
    }

    /// The limit that an open operation has exceeded.
    pub(super) fn overdue(&self, now: Instant, reply: Limit) -> Limit {
        let is_over = |open: &&Open| open.deadline.is_some_and(|deadline| deadline <= now);
        self.open.iter().find(is_over).and_then(|open| open.reply(reply))
    }
}

impl Open {
    /// How long the response may take: the operation's own limit, or the association's.
    fn reply(&self, of_association: Limit) -> Limit {
        self.reply.unwrap_or(of_association)
    }

    fn phase(&self) -> Phase {
        if self.sent { Phase::Reply } else { Phase::Send }
    }
}
