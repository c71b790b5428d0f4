//! What the association's owner asks for: operations, their cancelling, the release.

use std::sync::Arc;
use std::time::Instant;

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
        let waits = !self.releasing;
        let waiting_release = self
            .release
            .take_if(|release| waits && Arc::ptr_eq(release, operation))
            .map(|it| (it, Phase::Queued));
        let given_up = self.calls.abandon(now, operation, self.setup.timeouts.reply).or(waiting_release);
        if let Some((promise, phase)) = given_up {
            let error = Error::new(phase, Cause::Cancelled).with_peer(self.setup.peer_name());
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

    fn begin_call(&mut self, call: Call) {
        match self.refusal() {
            Some(error) => {
                self.effects.push_back(Effect::Complete(call.operation, Outcome::new(Err(error))));
            }
            None => self.calls.enqueue(call),
        }
    }

    fn begin_release(&mut self, operation: Promise) {
        match self.refusal() {
            Some(error) => {
                self.effects.push_back(Effect::Complete(operation, Outcome::new(Err(error))));
            }
            None => self.release = Some(operation),
        }
    }
}
