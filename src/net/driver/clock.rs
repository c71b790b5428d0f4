//! The association's deadlines but ARTIM, which is the machine's, and the replies', which are the operations'.

use std::time::{Duration, Instant};

use super::calls::Calls;
use crate::error::Phase;
use crate::net::timeouts::{Limit, Timeouts, after, earlier};
use crate::ul::machine::Machine;

/// What must have happened by when. Control phases have one deadline that bytes do not extend; a message that is
/// coming in has none as long as it makes progress (wire.md, "Lengths, time and memory").
#[derive(Debug)]
pub(super) struct Clock {
    /// The association's answer: the peer's, or our own decision.
    pub(super) associate: Option<Instant>,
    /// The answer to A-RELEASE-RQ.
    pub(super) release: Option<Instant>,
    /// A-ABORT must have left.
    pub(super) abort: Option<Instant>,
    /// The system must have taken something of what is to be sent.
    write: Option<Instant>,
    /// The span in which a message that is coming in is measured: its end, and what came in it.
    receiving: Option<(Instant, u64)>,
    rate_window: Duration,
    idle: Limit,
    last_message: Instant,
}

impl Clock {
    pub(super) fn new(now: Instant, timeouts: &Timeouts) -> Self {
        Self {
            associate: None,
            release: None,
            abort: None,
            write: None,
            receiving: None,
            rate_window: timeouts.rate_window,
            idle: timeouts.idle,
            last_message: now,
        }
    }

    /// A whole message came or went.
    pub(super) fn message(&mut self, now: Instant) {
        self.last_message = now;
    }

    /// `sent` bytes left; `all` says whether nothing is left to send.
    pub(super) fn written(&mut self, now: Instant, sent: usize, all: bool, timeouts: &Timeouts) {
        if all {
            self.write = None;
            self.last_message = now;
        } else if sent > 0 || self.write.is_none() {
            self.write = after(now, timeouts.write);
        }
    }

    /// `bytes` came; `midway` says whether a PDU or message is now incomplete.
    pub(super) fn read(&mut self, now: Instant, bytes: u64, midway: bool) {
        self.receiving = match (midway, self.receiving) {
            (false, _) => None,
            (true, None) => now.checked_add(self.rate_window).map(|end| (end, 0)),
            (true, Some((end, before))) => Some((end, before.saturating_add(bytes))),
        };
    }

    /// The time in which we do not read counts for none of the peer's deadlines.
    pub(super) fn reading_held(&mut self) {
        self.receiving = None;
    }

    /// The earliest deadline.
    pub(super) fn next(&self, machine: &Machine, calls: &Calls, quiet: bool) -> Option<Instant> {
        [
            machine.artim_deadline(),
            calls.deadline(),
            self.associate,
            self.release,
            self.abort,
            self.write,
            self.receiving.map(|(end, _)| end),
            self.idle_deadline(quiet),
        ]
        .into_iter()
        .fold(None, earlier)
    }

    pub(super) fn is_associate_over(&self, now: Instant) -> bool {
        is_over(self.associate, now)
    }

    pub(super) fn is_abort_over(&self, now: Instant) -> bool {
        is_over(self.abort, now)
    }

    /// The limit that was exceeded, where one was, and the phase that it belongs to; it is said once.
    pub(super) fn exceeded(
        &mut self,
        now: Instant,
        timeouts: &Timeouts,
        quiet: bool,
    ) -> Option<(Phase, Duration)> {
        if is_over(self.release, now) {
            self.release = None;
            return timeouts.release.map(|limit| (Phase::Release, limit));
        }
        if is_over(self.write, now) {
            self.write = None;
            return timeouts.write.map(|limit| (Phase::Send, limit));
        }
        if is_over(self.idle_deadline(quiet), now) {
            self.idle = None;
            return timeouts.idle.map(|limit| (Phase::Idle, limit));
        }
        let (end, bytes) = self.receiving?;
        if now < end {
            return None;
        }
        let per_second = u128::from(timeouts.least_bytes_per_second);
        if u128::from(bytes) * 1000 >= per_second * self.rate_window.as_millis() {
            self.receiving = now.checked_add(self.rate_window).map(|end| (end, 0));
            return None;
        }
        self.receiving = None;
        Some((Phase::Receive, self.rate_window))
    }

    fn idle_deadline(&self, quiet: bool) -> Option<Instant> {
        if quiet { after(self.last_message, self.idle) } else { None }
    }
}

fn is_over(deadline: Option<Instant>, now: Instant) -> bool {
    deadline.is_some_and(|deadline| deadline <= now)
}
