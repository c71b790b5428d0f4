//! What this side sends: operations of one request and of several, and sources that do what they like.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::script::Script;
use crate::dimse::command::{CommandSet, Priority};
use crate::dimse::status::{Category, Status};
use crate::error::{Cause, Error, Phase, Result};
use crate::net::buffers::{Buffer, Chunk};
use crate::net::data::{Fed, Outgoing, Shortfall, Source};
use crate::net::exchange::{Exchange, Next, SoFar};
use crate::net::facts::Facts;
use crate::net::operation::{Counts, Event, Outcome, Progress};
use crate::net::timeouts::Limit;
use crate::types::{PresentationContextId, Uid};
use crate::ul::negotiated::Negotiated;
use crate::wire::uids;

/// What is to leave, and what has.
#[derive(Default)]
pub(super) struct Ledger {
    /// By instance.
    expected: Mutex<BTreeMap<String, Plan>>,
    whole: Mutex<BTreeSet<String>>,
    /// How many bytes the sources have given.
    pub(super) read: AtomicUsize,
}

impl Ledger {
    /// A new instance.
    fn begin(&self, plan: &Plan) -> Uid {
        let mut expected = self.expected.lock().unwrap();
        let uid = format!("1.3.{}", expected.len());
        expected.insert(uid.clone(), plan.clone());
        Uid::new(&uid).unwrap()
    }

    pub(super) fn expected(&self, uid: &str) -> Plan {
        self.expected.lock().unwrap().get(uid).expect("nobody sends this").clone()
    }

    /// Its last fragment has left.
    pub(super) fn is_whole(&self, uid: &str) {
        assert!(self.whole.lock().unwrap().insert(uid.to_owned()), "{uid} ends twice");
    }
}

/// An instance, and how it comes.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) length: usize,
    what: u8,
}

/// The bits of a plan.
const LONG: u8 = 1;
const TELLS: u8 = 2;
const BREAKS: u8 = 4;
const CANNOT_OPEN: u8 = 8;
const RETRIED: u8 = 16;
const SMALL_READS: u8 = 32;
const PREPARED: u8 = 64;
const HEAD: u8 = 128;

/// Instances that are read well, and told to end; how many, and no limit.
pub(super) const THREE: &[u8] =
    &[3, 90, PREPARED | TELLS, 101, PREPARED | HEAD, 3, LONG | SMALL_READS | PREPARED];
/// One is tried again, one cannot be opened, one cannot be read, within a limit.
pub(super) const ODD: &[u8] =
    &[0x83, 10, RETRIED | PREPARED, 0, CANNOT_OPEN | PREPARED, 9, LONG | BREAKS | SMALL_READS | PREPARED];

impl Plan {
    fn new(length: u8, what: u8) -> Self {
        let factor = if what & LONG == 0 { 1 } else { 64 };
        Self { length: usize::from(length) * factor, what }
    }

    fn has(&self, bit: u8) -> bool {
        self.what & bit != 0
    }

    /// It cannot be read to its end.
    pub(super) fn is_broken(&self) -> bool {
        self.has(BREAKS)
    }

    /// The one that is to stand there; behind the last it is padding.
    pub(super) fn byte(&self, at: usize) -> u8 {
        if at < self.length { u8::try_from((at * 31 + at / 251 + self.length) % 256).unwrap() } else { 0 }
    }

    fn open(&self, ledger: &Arc<Ledger>) -> Outgoing {
        let mut buffer = Buffer::take();
        let mut source = Reader { plan: self.clone(), at: 0, ledger: ledger.clone() };
        let mut fed = Fed { length: 0, end: false };
        if self.has(HEAD) && !self.is_broken() {
            fed = source.read(&mut buffer).unwrap();
        }
        let chunk = Chunk::new(buffer, 0, fed.length);
        Outgoing { name: "the plan".to_owned(), chunk, end: fed.end, source: Some(Box::new(source)) }
    }
}

struct Reader {
    plan: Plan,
    at: usize,
    ledger: Arc<Ledger>,
}

impl Source for Reader {
    fn read(&mut self, into: &mut [u8]) -> std::result::Result<Fed, Shortfall> {
        assert!(!into.is_empty(), "a read of nothing");
        let readable = if self.plan.is_broken() { self.plan.length / 2 } else { self.plan.length };
        if self.plan.is_broken() && self.at == readable {
            return Err(io::Error::other("the disk is gone").into());
        }
        let most = if self.plan.has(SMALL_READS) { 61 } else { usize::MAX };
        let length = (readable - self.at).min(most).min(into.len());
        for (place, to) in into.iter_mut().take(length).enumerate() {
            *to = self.plan.byte(self.at + place);
        }
        self.at += length;
        self.ledger.read.fetch_add(length, Ordering::Relaxed);
        Ok(Fed { length, end: self.plan.has(TELLS) && !self.plan.is_broken() && self.at == self.plan.length })
    }
}

// ---- operations -------------------------------------------------------------------------------------------------------

/// One request without a data set.
pub(super) struct Echo;

impl Exchange for Echo {
    fn request(&mut self, negotiated: &Negotiated, id: u16) -> Result<(PresentationContextId, CommandSet)> {
        Ok((first_context(negotiated)?, CommandSet::c_echo_rq(id)))
    }

    fn reply(&self) -> Option<Limit> {
        None
    }

    fn response(
        &mut self,
        _: Instant,
        response: &CommandSet,
        _: &mut dyn FnMut(Event),
    ) -> std::result::Result<Next, Cause> {
        Ok(match category(response)? {
            Category::Pending => Next::Response,
            _ => Next::Done(Outcome::new(Ok(()))),
        })
    }
}

/// Instances, one after the other.
pub(super) struct List {
    plans: VecDeque<Plan>,
    ledger: Arc<Ledger>,
    opened: Option<Outgoing>,
    /// The one whose request is out.
    open: Option<Uid>,
    /// How much of it has been said to have left.
    sent: u64,
    total: Limit,
    reply: Option<Limit>,
    is_over: bool,
}

impl List {
    /// How many, in the lower bits, and which limits; then each.
    pub(super) fn new(script: &mut Script<'_>, ledger: &Arc<Ledger>) -> Self {
        let what = script.number();
        let plan = |script: &mut Script<'_>| Plan::new(script.number(), script.number());
        Self {
            plans: (0..what % 8).map(|_| plan(script)).collect(),
            ledger: ledger.clone(),
            opened: None,
            open: None,
            sent: 0,
            total: (what & 0x80 != 0).then_some(Duration::from_secs(20)),
            reply: (what & 0x40 != 0).then_some(Some(Duration::from_secs(5))),
            is_over: false,
        }
    }
}

impl Exchange for List {
    fn needs_preparing(&self) -> bool {
        assert!(!self.is_over);
        self.opened.is_none() && self.plans.front().is_none_or(|plan| plan.has(PREPARED))
    }

    fn prepare(&mut self, _: &Facts, tell: &mut dyn FnMut(Event)) -> Option<Outcome> {
        assert!(self.opened.is_none() && self.open.is_none() && !self.is_over);
        tell(word(0));
        let Some(plan) = self.plans.front() else { return Some(Outcome::new(Ok(()))) };
        if plan.has(CANNOT_OPEN) {
            self.plans.pop_front();
        } else {
            self.opened = Some(plan.open(&self.ledger));
        }
        None
    }

    fn request(&mut self, negotiated: &Negotiated, id: u16) -> Result<(PresentationContextId, CommandSet)> {
        assert!(self.open.is_none() && !self.is_over);
        let plan = self.plans.front().expect("nothing is left to send");
        assert_eq!(self.opened.is_some(), plan.has(PREPARED));
        let context = first_context(negotiated)?;
        let uid = self.ledger.begin(plan);
        self.open = Some(uid.clone());
        self.sent = 0;
        Ok((context, CommandSet::c_store_rq(id, uids::VERIFICATION, uid, Priority::Medium)))
    }

    fn data_set(&mut self) -> Option<Outgoing> {
        assert!(self.open.is_some());
        let plan = self.plans.front().unwrap();
        Some(self.opened.take().unwrap_or_else(|| plan.open(&self.ledger)))
    }

    fn reply(&self) -> Option<Limit> {
        self.reply
    }

    fn total(&self) -> Limit {
        self.total
    }

    fn response(
        &mut self,
        now: Instant,
        response: &CommandSet,
        tell: &mut dyn FnMut(Event),
    ) -> std::result::Result<Next, Cause> {
        assert!(!self.is_over);
        let uid = self.open.as_ref().expect("a response to nothing");
        assert!(self.ledger.whole.lock().unwrap().contains(uid.as_str()), "answered before it has left");
        if category(response)? == Category::Pending {
            return Ok(Next::Response);
        }
        tell(word(self.sent));
        self.open = None;
        let plan = self.plans.front_mut().unwrap();
        if plan.has(RETRIED) && response.status == Some(Status::OUT_OF_RESOURCES) {
            plan.what &= !RETRIED;
            return Ok(Next::Request(Some(now + Duration::from_secs(7))));
        }
        self.plans.pop_front();
        self.is_over = self.plans.is_empty();
        Ok(if self.is_over { Next::Done(Outcome::new(Ok(()))) } else { Next::Request(None) })
    }

    fn progress(&mut self, _: Instant, sent: u64) -> Option<Event> {
        let length = self.plans.front().unwrap().length;
        assert!(self.sent <= sent && usize::try_from(sent).unwrap() <= length, "{sent} of {length}");
        self.sent = sent;
        sent.is_multiple_of(2).then(|| word(sent))
    }

    fn give_up(&mut self, _: &Error, tell: &mut dyn FnMut(Event)) {
        assert!(!self.is_over, "given up after its end");
        self.is_over = true;
        tell(word(self.sent));
    }

    fn so_far(&self) -> SoFar {
        let counts = Counts { total: u32::try_from(self.plans.len()).unwrap(), ..Counts::default() };
        SoFar { counts, ..SoFar::default() }
    }
}

fn first_context(negotiated: &Negotiated) -> Result<PresentationContextId> {
    negotiated.accepted.first().map(|context| context.id).ok_or_else(|| Error::state("no context"))
}

fn category(response: &CommandSet) -> std::result::Result<Category, Cause> {
    let status = response.status.ok_or_else(|| Cause::Protocol("no status".to_owned()))?;
    Ok(status.category())
}

fn word(bytes: u64) -> Event {
    Event::Progress(Progress {
        bytes,
        bytes_total: None,
        counts: Counts::default(),
        bytes_per_second: 0,
        time_left: None,
        phase: Phase::Send,
    })
}
