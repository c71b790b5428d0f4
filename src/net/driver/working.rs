//! What may block, given out to whoever may wait for it, and brought back.

use std::time::Instant;

use super::{Caller, Driver};
use crate::dimse::command::CommandSet;
use crate::dimse::status::Category;
use crate::error::Cause;
use crate::net::data::{Refusal, Sink};
use crate::net::exchange::Handed;
use crate::net::io::Io;
use crate::net::work::{Work, Worked};

/// A request that a handler decides about, or has decided about.
pub(super) struct Decided {
    pub(super) handed: Handed,
    /// The instance that its answer decides about; `None` while that is kept or let go.
    pub(super) sink: Option<Box<dyn Sink>>,
    /// What is answered once that is done.
    pub(super) answer: Option<Box<CommandSet>>,
}

impl Decided {
    fn is_to_settle(&self) -> bool {
        self.answer.is_some() && self.sink.is_some()
    }
}

impl<I: Io> Driver<I> {
    /// Whether [`Self::work`] would give something out.
    pub(crate) fn has_work(&self, now: Instant) -> bool {
        self.ended.is_none()
            && (self.inbound.has_work()
                || self.handed.iter().any(Decided::is_to_settle)
                || self.outbox.data().is_some_and(super::sending::Sending::is_hungry)
                || self.window_for_requests().is_some_and(|window| self.calls.is_to_prepare(now, window)))
    }

    /// Something to do with nothing held. It is brought back as [`super::Order::Worked`].
    pub(crate) fn work(&mut self, now: Instant) -> Option<Work> {
        if self.ended.is_some() {
            return None;
        }
        self.look_for_room();
        if let Some(work) = self.inbound.work() {
            return Some(work);
        }
        if let Some(decided) = self.handed.iter_mut().find(|decided| decided.is_to_settle()) {
            let keep = decided.answer.as_ref().is_some_and(|answer| keeps(answer));
            let sink = decided.sink.take()?;
            return Some(Work::Settle { ticket: decided.handed.ticket, sink, keep });
        }
        if let Some(outgoing) = self.outbox.feed() {
            return Some(Work::Feed(outgoing));
        }
        let facts = self.negotiated.clone()?;
        let (operation, exchange) = self.calls.prepare(now, self.window_for_requests()?)?;
        Some(Work::Prepare { operation, exchange, facts })
    }

    /// The window in which a request can be prepared now; `None` where none can: where nobody takes what is told of the
    /// requests before, none is begun of an operation that tells more.
    fn window_for_requests(&self) -> Option<u16> {
        if self.caller == Caller::IsBehind && self.calls.is_next_heard() {
            return None;
        }
        let facts = self.negotiated.as_ref().filter(|_| !self.release_asked && self.outbox.data().is_none());
        facts.map(|facts| facts.negotiated.window.invoked)
    }

    /// Something was done.
    pub(super) fn worked(&mut self, now: Instant, worked: Worked) {
        match worked {
            Worked::Prepared { operation, exchange, outcome } => {
                match self.calls.prepared(now, &operation, exchange, outcome) {
                    Ok(None) => {}
                    Ok(Some((promise, outcome))) => self.complete(promise, outcome),
                    Err(exchange) => self.let_go(Some(exchange)),
                }
            }
            Worked::Fed(outgoing, Ok(())) => {
                let unwanted = self.outbox.fed(outgoing);
                self.let_go(unwanted);
            }
            Worked::Fed(mut outgoing, Err(shortfall)) => {
                let name = std::mem::take(&mut outgoing.name);
                self.let_go(Some(outgoing));
                if self.ended.is_none() {
                    self.abort(now, &shortfall.cause(name));
                }
            }
            Worked::Taken { stage, ranges } => self.taken(now, stage, ranges),
            Worked::Settled { ticket, result } => self.settled(ticket, result),
            Worked::Broken(words) => self.abort(now, &Cause::Panic(words)),
        }
    }

    /// The handler's answer to a request.
    pub(super) fn decide(&mut self, now: Instant, ticket: u64, answer: Box<CommandSet>) {
        if self.refuse_undecided(now, ticket, &answer) {
            return;
        }
        let Some(at) = self.handed.iter().position(|decided| decided.handed.ticket == ticket) else { return };
        let Some(decided) = self.handed.get_mut(at) else { return };
        decided.answer = Some(answer);
        if decided.sink.is_none() {
            self.answer(at);
        }
    }

    /// An instance was kept, or let go.
    fn settled(&mut self, ticket: u64, result: Result<(), Refusal>) {
        let Some(at) = self.handed.iter().position(|decided| decided.handed.ticket == ticket) else { return };
        let Some(decided) = self.handed.get_mut(at) else { return };
        if let (Err(refusal), Some(answer)) = (result, &mut decided.answer) {
            answer.status = Some(refusal.status);
            answer.error_comment = Some(refusal.comment);
        }
        self.answer(at);
    }

    fn answer(&mut self, at: usize) {
        let Decided { handed, answer, .. } = self.handed.swap_remove(at);
        if let Some(answer) = answer {
            self.send_command(handed.context, &answer);
        }
    }
}

/// Whether an instance that is answered so is kept: stored with a warning is stored (PS3.4 B.2.3).
fn keeps(answer: &CommandSet) -> bool {
    let category = answer.status.map(crate::dimse::status::Status::category);
    matches!(category, Some(Category::Success | Category::Warning))
}
