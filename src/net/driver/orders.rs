//! What the association's owner asks for: operations, their cancelling, the release.

use std::sync::Arc;
use std::time::Instant;

use super::calls::GivenUp;
use super::{Driver, Effect, Opening, Order, Wanted};
use crate::error::{Cause, Error, Phase};
use crate::net::exchange::Call;
use crate::net::io::Io;
use crate::net::operation::{Operation, Outcome, Promise};

impl<I: Io> Driver<I> {
    pub(super) fn order(&mut self, now: Instant, order: Order) {
        match order {
            Order::Start(call) => self.begin_call(call),
            Order::Cancel(operation) => self.cancel(now, &operation),
            Order::Release(operation) => self.begin_release(operation),
            Order::Abort => self.abort(now, &Cause::Cancelled),
            Order::End => {
                self.wanted = Wanted::No;
                self.abort(now, &Cause::Cancelled);
            }
            Order::Admit(admission) => self.admit(now, admission),
            Order::Respond(ticket, command) => self.decide(now, ticket, command),
            Order::Route(ticket, sink) => self.route(ticket, sink),
            Order::CallOnSink => self.call_on_sink(),
            Order::Worked(worked) => self.worked(now, worked),
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
        let waits = !self.releasing;
        let waiting_release = self.release.take_if(|release| waits && Arc::ptr_eq(release, operation));
        if let Some(promise) = waiting_release {
            let error = Error::new(Phase::Queued, Cause::Cancelled);
            self.complete(promise, Outcome::new(Err(error)));
            return;
        }
        if self.give_up(now, operation, &Cause::Cancelled) {
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

    /// Ends one operation; false where it is not one that exchanges messages. Half a message cannot be taken back: where
    /// one has left, the association ends with it.
    pub(super) fn give_up(&mut self, now: Instant, operation: &Arc<Operation>, cause: &Cause) -> bool {
        let effects = &mut self.effects;
        let tell = |operation, event| effects.push_back(Effect::Tell(operation, event));
        let given_up = self.calls.abandon(now, operation, cause, self.setup.timeouts.reply, tell);
        let Some(GivenUp { operation, outcome, exchange, is_cut }) = given_up else { return false };
        self.complete(operation, outcome);
        self.let_go(exchange);
        if is_cut {
            self.abort(now, cause);
        }
        true
    }

    fn begin_call(&mut self, call: Call) {
        match self.refusal() {
            Some(error) => {
                let outcome = call.exchange.so_far().outcome(error);
                self.complete(call.operation, outcome);
                self.let_go(Some(call.exchange));
            }
            None => self.calls.enqueue(call),
        }
    }

    fn begin_release(&mut self, operation: Promise) {
        match self.refusal() {
            Some(error) => self.complete(operation, Outcome::new(Err(error))),
            None => self.release = Some(operation),
        }
    }
}
