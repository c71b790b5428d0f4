//! The association's deadlines but ARTIM, which is the machine's, and the replies', which are the operations'.

use std::time::{Duration, Instant};

use super::calls::Calls;
use super::count;
use crate::error::Phase;
use crate::net::timeouts::{Limit, Timeouts, after, earlier};
use crate::ul::machine::Machine;

/// What must have happened by when. Control phases have one deadline that bytes do not extend; what is coming in or
/// going out has none as long as it makes progress (wire.md, "Lengths, time and memory").
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
    /// While something waits to be sent.
    sending: Option<Span>,
    /// While a message is coming in.
    receiving: Option<Span>,
    /// Since when nothing is read, as far as that time was not counted yet, and why.
    held: Option<(Instant, Hold)>,
    /// While the program holds reading.
    watch: Option<Watch>,
    rate_window: Duration,
    idle_limit: Limit,
    last_message: Instant,
}

impl Clock {
    pub(super) fn new(now: Instant, timeouts: &Timeouts) -> Self {
        Self {
            associate: None,
            release: None,
            abort: None,
            write: None,
            sending: None,
            receiving: None,
            held: None,
            watch: None,
            rate_window: timeouts.rate_window,
            idle_limit: timeouts.idle,
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
            self.sending = None;
            self.last_message = now;
            return;
        }
        if sent > 0 || self.write.is_none() {
            self.write = after(now, timeouts.write);
        }
        self.sending = Span::go_on(self.sending, now, count(sent), self.rate_window.saturating_mul(2));
    }

    /// `bytes` came; `midway` says whether a PDU or message is now incomplete.
    pub(super) fn read(&mut self, now: Instant, bytes: u64, midway: bool) {
        self.receiving =
            if midway { Span::go_on(self.receiving, now, bytes, self.rate_window) } else { None };
    }

    /// Says why nothing is read from now on, where nothing is.
    pub(super) fn hold_reading(&mut self, now: Instant, hold: Option<Hold>) {
        self.held = hold.map(|hold| (now, hold));
        self.watch = match hold {
            Some(Hold::Programs) => self.watch.take().or_else(|| Watch::begin(now)),
            Some(Hold::Ours | Hold::Peers) | None => None,
        };
    }

    /// Whether it is time to look if the peer has closed.
    pub(super) fn is_watch_over(&self, now: Instant) -> bool {
        is_over(self.watch.map(|watch| watch.next), now)
    }

    /// The peer was looked for, and has closed or not. Returns whether it had closed at the look before, too, and all
    /// the time in which the program could have gone on is over.
    pub(super) fn looked(&mut self, now: Instant, has_closed: bool, grace: Duration) -> bool {
        let before = self.watch.is_some_and(|watch| watch.has_closed);
        let wait = if has_closed { grace } else { WATCH };
        self.watch = now.checked_add(wait).map(|next| Watch { next, has_closed });
        before && has_closed
    }

    /// The time in which nothing was read counts for none of the peer's deadlines: what it must send may lie there
    /// unread, and one that waits until it can go on sending takes nothing of us. Before anything begins in a step, so
    /// that what begins then has all its time.
    pub(super) fn pass(&mut self, now: Instant, calls: &mut Calls) {
        let Some((since, hold)) = &mut self.held else { return };
        let time = now.saturating_duration_since(*since);
        *since = now;
        calls.put_off(time);
        put_off(self.release.as_mut(), time);
        put_off(self.receiving.as_mut().map(|span| &mut span.end), time);
        if *hold != Hold::Peers {
            put_off(self.write.as_mut(), time);
            put_off(self.sending.as_mut().map(|span| &mut span.end), time);
        }
    }

    /// The earliest deadline. Those of the peer stand still while nothing is read.
    pub(super) fn next(&self, machine: &Machine, calls: &Calls, quiet: bool) -> Option<Instant> {
        let (reads, writes) = match self.held {
            None => (true, true),
            Some((_, Hold::Peers)) => (false, true),
            Some((_, Hold::Ours | Hold::Programs)) => (false, false),
        };
        // Nothing is quiet while something is held.
        let watch = self.watch.map(|watch| watch.next);
        let others =
            [machine.artim_deadline(), calls.limit(), self.associate, self.abort, self.idle(quiet), watch];
        let reading = [calls.reply(), self.release, self.receiving.map(|span| span.end)];
        let writing = [self.write, self.sending.map(|span| span.end)];
        let reading = reading.into_iter().filter(|_| reads);
        let writing = writing.into_iter().filter(|_| writes);
        others.into_iter().chain(reading).chain(writing).fold(None, earlier)
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
        if is_over(self.idle(quiet), now) {
            self.idle_limit = None;
            return timeouts.idle.map(|limit| (Phase::Idle, limit));
        }
        let least = timeouts.least_bytes_per_second;
        if let Some(span) = Span::too_slow(&mut self.sending, now, least) {
            return Some((Phase::Send, span));
        }
        Span::too_slow(&mut self.receiving, now, least).map(|span| (Phase::Receive, span))
    }

    fn idle(&self, quiet: bool) -> Option<Instant> {
        if quiet { after(self.last_message, self.idle_limit) } else { None }
    }
}

/// Why nothing is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// On this side a sink is at work: it must come back before anything can become of the association.
    Ours,
    /// A handler has not answered, nobody has decided, a sink takes nothing before it is called on, or nobody takes the
    /// events: that may take as long as the program likes.
    Programs,
    /// The peer does not take what we answer.
    Peers,
}

/// How often the peer is looked for while nothing is read: what it closes lies behind what it has sent, so no reading
/// tells that it has gone. A look costs one call of the system, and waiting for the end itself would wake somebody for
/// every packet that nobody reads.
const WATCH: Duration = Duration::from_secs(1);

/// When the peer is to be looked for.
#[derive(Debug, Clone, Copy)]
struct Watch {
    next: Instant,
    /// It had closed at the last look.
    has_closed: bool,
}

impl Watch {
    fn begin(now: Instant) -> Option<Self> {
        now.checked_add(WATCH).map(|next| Self { next, has_closed: false })
    }
}

/// A span in which progress is measured.
#[derive(Debug, Clone, Copy)]
struct Span {
    end: Instant,
    length: Duration,
    bytes: u64,
}

impl Span {
    /// A span that begins now; none where its end is beyond the clock.
    fn begin(now: Instant, length: Duration) -> Option<Self> {
        now.checked_add(length).map(|end| Self { end, length, bytes: 0 })
    }

    /// The same one, `bytes` further, or the first one: what began it does not count.
    fn go_on(span: Option<Self>, now: Instant, bytes: u64, length: Duration) -> Option<Self> {
        match span {
            Some(span) => Some(Self { bytes: span.bytes.saturating_add(bytes), ..span }),
            None => Self::begin(now, length),
        }
    }

    /// The length of the span, where it is over and brought too little; where it brought enough, the next one begins.
    fn too_slow(span: &mut Option<Self>, now: Instant, least_per_second: u32) -> Option<Duration> {
        let over = span.take_if(|span| span.end <= now)?;
        if u128::from(over.bytes) * 1000 >= u128::from(least_per_second) * over.length.as_millis() {
            *span = Self::begin(now, over.length);
            return None;
        }
        Some(over.length)
    }
}

/// Lets a deadline come so much later; one that no clock can hold stays.
pub(super) fn put_off(deadline: Option<&mut Instant>, time: Duration) {
    if let Some(deadline) = deadline {
        *deadline = deadline.checked_add(time).unwrap_or(*deadline);
    }
}

fn is_over(deadline: Option<Instant>, now: Instant) -> bool {
    deadline.is_some_and(|deadline| deadline <= now)
}
