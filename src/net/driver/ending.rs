//! The end of an association: every operation is told, A-ABORT leaves, the connection is closed.

use std::any::Any;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::calls::GivenUp;
use super::{Driver, Effect, Opening, Wanted};
use crate::error::{Cause, Error};
use crate::net::buffers::Buffer;
use crate::net::connect::words;
use crate::net::exchange::Milestone;
use crate::net::io::Io;
use crate::net::operation::Outcome;
use crate::net::timeouts::after;
use crate::types::AbortReason;
use crate::ul::table::State;

impl<I: Io> Driver<I> {
    /// Ends the association at once: A-ABORT by the user, and a short time for it to leave.
    pub(super) fn abort(&mut self, now: Instant, cause: &Cause) {
        self.abort_for(now, cause, AbortReason::USER);
    }

    pub(super) fn abort_for(&mut self, now: Instant, cause: &Cause, reason: AbortReason) {
        self.end(now, cause);
        self.clock.abort = self.clock.abort.or_else(|| after(now, Some(self.setup.timeouts.abort)));
        if self.machine.abort(now, reason).is_err() && self.machine.state() != State::Sta13 {
            // The peer has not asked for anything: there is no association to abort.
            self.close();
        }
        self.obey(now);
    }

    /// The peer takes nothing any more. What it said before, a rejection or an abort, tells more than that.
    pub(super) fn cannot_write(&mut self, now: Instant, error: &io::Error) {
        self.forget_outbox();
        self.read(now, Buffer::take());
        self.lost(now, error);
    }

    /// The connection is broken.
    pub(super) fn lost(&mut self, now: Instant, error: &io::Error) {
        let cause = match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::WriteZero => Cause::Closed,
            _ => Cause::Io { os: error.raw_os_error().unwrap_or(0), detail: words(error) },
        };
        self.forget_outbox();
        self.end(now, &cause);
        self.machine.closed(now);
        self.obey(now);
        self.close();
    }

    pub(super) fn close_in_a_hurry(&mut self) {
        if self.wanted == Wanted::No && self.ended.is_some() && self.outbox.is_empty() {
            self.close();
        }
    }

    pub(super) fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.forget_outbox();
            self.io.close();
        }
    }

    fn forget_outbox(&mut self) {
        let data = self.outbox.forget();
        self.let_go(data);
    }

    /// What may hold files or the caller's code is dropped once nobody holds the driver.
    pub(super) fn let_go<T: Any + Send>(&mut self, what: Option<T>) {
        self.effects.extend(what.map(|what| Effect::LetGo(Box::new(what))));
    }

    /// Ends every operation with `cause`, each in its own phase.
    pub(super) fn end(&mut self, now: Instant, cause: &Cause) {
        if self.ended.is_some() {
            return;
        }
        let error = Error::new(self.phase(), cause.clone());
        // The end that most associations have at a provider, which seldom asks for anything afterwards: whoever tells of
        // it then names the peer.
        let is_usual = *cause == Cause::Released && !self.machine.is_requestor();
        let error = if is_usual { error } else { error.with_peer(self.setup.peer_name()) };
        self.end_with(now, error);
    }

    pub(super) fn end_with(&mut self, now: Instant, error: Error) {
        if self.ended.is_some() {
            return;
        }
        match error.cause() {
            // Wanted, or said where it was decided.
            Cause::State(_) | Cause::Released | Cause::Cancelled | Cause::Rejected(_) => {}
            // A requestor hears of it by its operations; a provider has nobody else to tell. What to do about it is said
            // to users, who can.
            _ if self.machine.is_requestor() => self.note_phase(|_| error.to_string()),
            _ if self.is_probe() => self.note_phase(|_| format!("{error:#}")),
            _ => self.note_fault(format!("{error:#}")),
        }
        if self.negotiated.is_some() {
            let released = matches!(error.cause(), Cause::State(_) | Cause::Released);
            let milestone = if released { Milestone::Released } else { Milestone::Aborted };
            self.effects.push_back(Effect::Reached(milestone));
        }
        if let Some(Opening::Asked(operation, _)) = self.opening.take() {
            self.effects.push_back(Effect::Complete(operation, Outcome::new(Err(error.clone()))));
        }
        let effects = &mut self.effects;
        let tell = |operation, event| effects.push_back(Effect::Tell(operation, event));
        for GivenUp { operation, outcome, exchange, .. } in self.calls.drain(now, error.cause(), tell) {
            self.complete(operation, outcome);
            self.let_go(exchange);
        }
        if let Some(operation) = self.release.take() {
            self.complete(operation, Outcome::new(Err(error.clone())));
        }
        for decided in std::mem::take(&mut self.handed) {
            decided.handed.standing.end();
            self.let_go(decided.sink);
        }
        self.requests.clear();
        let sink = self.inbound.forget();
        self.let_go(sink);
        self.clock.associate = None;
        // What was under way was cancelled; what comes later is a call that comes too late.
        let too_late = "the association was aborted on this side; open a new one";
        self.ended = Some(if *error.cause() == Cause::Cancelled { Error::state(too_late) } else { error });
    }

    /// Nothing has ever come: a watchdog that looks whether the port is open, say.
    fn is_probe(&self) -> bool {
        self.setup.counters.bytes_received.load(Ordering::Relaxed) == 0
    }
}
