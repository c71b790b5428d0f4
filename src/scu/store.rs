//! C-STORE as user (PS3.7 9.1.1, PS3.4 annex B): a list of instances is one operation.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pace::Pace;
use crate::dataset::convert::Converter;
use crate::dimse::command::{CommandSet, Priority};
use crate::dimse::service::{CommandField, Service};
use crate::dimse::status::{Category, Status};
use crate::error::{Cause, Error, Phase, Result};
use crate::net::association::Association;
use crate::net::buffers::{Buffer, Chunk};
use crate::net::data::{Outgoing, Shortfall, Source};
use crate::net::exchange::{Exchange, Next, SoFar};
use crate::net::facts::Facts;
use crate::net::operation::{Event, InstanceReport, Operation, Outcome};
use crate::net::timeouts::Limit;
use crate::storage::edit::Edits;
use crate::storage::instance::{Instance, Kind, Opened};
use crate::types::{AeTitle, PresentationContextId, Uid};
use crate::ul::negotiated::{AcceptedContext, Negotiated, Role};
use crate::wire::uids;

/// What can be set for one C-STORE, or for a list of them.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {
    /// How long each response may take; `None` takes the association's limit.
    pub reply: Option<Limit>,
    /// How long all of it may take, from the first byte on.
    pub total: Limit,
    /// (0000,0700).
    pub priority: Priority,
    /// (0000,1030) and (0000,1031), where these are sub-operations of a C-MOVE.
    pub originator: Option<(AeTitle, u16)>,
    /// What is tried again.
    pub retries: Retries,
    /// What is changed in each instance.
    pub edits: Edits,
}

/// Which failures are tried again, on the same association, and when.
#[derive(Debug, Clone)]
pub struct Retries {
    /// How many times each instance is tried again.
    pub maximum: u32,
    /// The wait before the first time. It doubles with each, up to 60 seconds, and half of it is left to chance, so that
    /// many senders do not come back together.
    pub first_delay: Duration,
    /// The statuses that are worth it.
    pub statuses: Vec<RangeInclusive<u16>>,
}

/// None; where there are some, those who are out of resources are asked again, after a second.
impl Default for Retries {
    fn default() -> Self {
        Self { maximum: 0, first_delay: Duration::from_secs(1), statuses: vec![0xA700..=0xA7FF] }
    }
}

/// The longest wait before a retry.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

impl Retries {
    /// How long to wait after this many attempts that were answered with `status`; `None` where that is final.
    fn delay(&self, status: Status, attempts: u32) -> Option<Duration> {
        // What is stored with a warning is not to be stored again.
        let worth_it = attempts <= self.maximum
            && status.category() == Category::Failure
            && self.statuses.iter().any(|range| range.contains(&status.0));
        worth_it.then(|| {
            let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
            let delay = self.first_delay.saturating_mul(doubled).min(LONGEST_DELAY);
            let chance = u32::try_from(RandomState::new().hash_one(attempts) % 1024).unwrap_or(0);
            delay / 2 + delay * chance / 2048
        })
    }
}

/// Starts to store `instance`; `operation` is done when that is answered or given up, and its outcome is the
/// instance's.
pub fn store(
    association: &Association,
    instance: Instance,
    options: StoreOptions,
    operation: &Arc<Operation>,
) {
    let store = Store::new(vec![instance], options, operation.is_heard());
    association.start(operation, Box::new(Store { single: true, ..store }));
}

/// Starts to store `instances`, one after the other; `operation` is done when the last one is answered or given up,
/// with success whatever became of each: its counts say that.
pub fn store_all(
    association: &Association,
    instances: Vec<Instance>,
    options: StoreOptions,
    operation: &Arc<Operation>,
) {
    association.start(operation, Box::new(Store::new(instances, options, operation.is_heard())));
}

/// Stores a list of instances.
struct Store {
    /// Those that are not done; the first is the one whose turn it is.
    instances: VecDeque<Instance>,
    /// That one, opened.
    present: Option<Present>,
    /// How often that one was tried before.
    attempts: u32,
    /// When its first attempt began.
    since: Option<Instant>,
    options: StoreOptions,
    /// Whether anybody hears what becomes of each.
    heard: bool,
    /// The operation is about one instance: its outcome is that instance's.
    single: bool,
    last: Option<InstanceReport>,
    pace: Pace,
}

/// The instance whose turn it is.
struct Present {
    kind: Kind,
    data_set: Option<Outgoing>,
    context: PresentationContextId,
    message_id: Option<u16>,
    /// Bytes of its data set that have left.
    sent: u64,
}

impl Store {
    fn new(instances: Vec<Instance>, options: StoreOptions, heard: bool) -> Self {
        let total = u32::try_from(instances.len()).unwrap_or(u32::MAX);
        Self {
            single: false,
            pace: Pace::new(total),
            instances: instances.into(),
            present: None,
            attempts: 0,
            since: None,
            options,
            heard,
            last: None,
        }
    }

    /// Opens the first instance. Where that fails it says what it is, once that is known.
    fn open(&mut self, facts: &Facts) -> std::result::Result<Present, (Error, Option<Box<Kind>>)> {
        let Some(instance) = self.instances.front() else {
            return Err((Error::state("there is no instance left"), None));
        };
        let mut buffer = Buffer::take();
        let opened = instance.open(&mut buffer).map_err(|error| (error, None))?;
        let opened = if self.options.edits.is_empty() {
            opened
        } else {
            let kind = Box::new(opened.kind.clone());
            let edited = opened.edited(instance, &mut buffer, &self.options.edits);
            edited.map_err(|error| (error, Some(kind)))?
        };
        let mut kind = opened.kind.clone();
        let name = instance.to_string();
        let way = way(&name, &opened, &buffer, &facts.negotiated);
        let Way { context, length } = way.map_err(|error| (error, Some(Box::new(kind.clone()))))?;
        self.pace.opened(length);
        let outgoing = if context.transfer_syntax == kind.transfer_syntax {
            let Opened { head, is_all, source, .. } = opened;
            let chunk = Chunk::new(buffer, head.start, head.end);
            let source: Option<Box<dyn Source>> = if is_all { None } else { Some(Box::new(source)) };
            Outgoing { name, chunk, end: is_all, source }
        } else {
            kind.transfer_syntax = context.transfer_syntax.clone();
            let converted = converted(name, opened, buffer, &kind.transfer_syntax);
            converted.map_err(|cause| (Error::new(Phase::Queued, cause), Some(Box::new(kind.clone()))))?
        };
        Ok(Present { kind, data_set: Some(outgoing), context: context.id, message_id: None, sent: 0 })
    }

    /// The first instance is done with.
    fn finish(&mut self, report: InstanceReport, tell: &mut dyn FnMut(Event)) {
        let category = report.status.map(|status| Status(status).category());
        self.pace.finished(report.result.is_ok().then_some(category).flatten(), report.bytes);
        self.instances.pop_front();
        self.present = None;
        self.attempts = 0;
        self.since = None;
        if self.heard {
            tell(Event::Instance(Box::new(report.clone())));
            if let Some(progress) = self.pace.last_word(Instant::now(), self.instances.is_empty()) {
                tell(Event::Progress(progress));
            }
        }
        self.last = Some(report);
    }

    /// What is told of the first instance, but for how it ended.
    fn report(&self, result: Result<()>, kind: Option<&Kind>) -> InstanceReport {
        let present = self.present.as_ref();
        let kind = kind.or(present.map(|present| &present.kind));
        InstanceReport {
            result,
            status: None,
            comment: None,
            offending: Vec::new(),
            sop_class: kind.map(|kind| kind.sop_class.clone()),
            sop_instance: kind.map(|kind| kind.sop_instance.clone()),
            transfer_syntax: kind.map(|kind| kind.transfer_syntax.clone()),
            path: self.instances.front().and_then(Instance::path).map(PathBuf::from),
            message_id: present.and_then(|present| present.message_id),
            bytes: present.map_or(0, |present| present.sent),
            duration: self.since.map_or(Duration::ZERO, |since| since.elapsed()),
            attempts: self.attempts,
        }
    }

    /// The operation's outcome, once no instance is left.
    fn outcome(&mut self) -> Outcome {
        let mut outcome = Outcome::new(Ok(()));
        outcome.counts = self.pace.counts();
        outcome.bytes = self.pace.bytes();
        if let Some(last) = self.last.take().filter(|_| self.single) {
            outcome.result = last.result;
            outcome.status = last.status;
            outcome.comment = last.comment;
            outcome.attempts = last.attempts;
            outcome.message_id = last.message_id;
        }
        outcome
    }
}

impl Exchange for Store {
    fn needs_preparing(&self) -> bool {
        self.present.as_ref().is_none_or(|present| present.data_set.is_none())
    }

    /// Opens one instance; where that cannot be sent, the next one has its turn after this.
    fn prepare(&mut self, facts: &Facts, tell: &mut dyn FnMut(Event)) -> Option<Outcome> {
        if self.heard {
            self.pace.begin(&self.instances);
        }
        if self.instances.is_empty() {
            return Some(self.outcome());
        }
        match self.open(facts) {
            Ok(present) => self.present = Some(present),
            Err((error, kind)) => {
                let report = self.report(Err(error), kind.as_deref());
                self.finish(report, tell);
            }
        }
        None
    }

    fn request(
        &mut self,
        _negotiated: &Negotiated,
        message_id: u16,
    ) -> Result<(PresentationContextId, CommandSet)> {
        let StoreOptions { priority, originator, .. } = &self.options;
        let Some(present) = &mut self.present else { return Err(Error::state("no instance is open")) };
        present.message_id = Some(message_id);
        self.attempts = self.attempts.saturating_add(1);
        self.since.get_or_insert_with(Instant::now);
        let Kind { sop_class, sop_instance, .. } = present.kind.clone();
        let mut command = CommandSet::c_store_rq(message_id, sop_class, sop_instance, *priority);
        if let Some((title, id)) = originator {
            command = command.with_move_originator(*title, *id);
        }
        Ok((present.context, command))
    }

    fn data_set(&mut self) -> Option<Outgoing> {
        self.present.as_mut()?.data_set.take()
    }

    fn reply(&self) -> Option<Limit> {
        self.options.reply
    }

    fn total(&self) -> Limit {
        self.options.total
    }

    fn progress(&mut self, now: Instant, sent: u64) -> Option<Event> {
        let present = self.present.as_mut()?;
        present.sent = sent;
        if !self.heard {
            return None;
        }
        self.pace.word(now, sent).map(Event::Progress)
    }

    fn response(
        &mut self,
        now: Instant,
        response: &CommandSet,
        tell: &mut dyn FnMut(Event),
    ) -> std::result::Result<Next, Cause> {
        if response.command_field != CommandField::Response(Service::CStore) {
            let words = format!("{} in answer to a C-STORE-RQ", response.command_field);
            return Err(Cause::Protocol(words));
        }
        let Some(status) = response.status else {
            return Err(Cause::Protocol("a C-STORE-RSP without a status".to_owned()));
        };
        if status.category() == Category::Pending {
            return Err(Cause::Protocol(format!("a C-STORE-RSP with the pending status {status}")));
        }
        let repeatable = self.instances.front().is_some_and(Instance::is_repeatable);
        if let Some(delay) = self.options.retries.delay(status, self.attempts).filter(|_| repeatable) {
            // It stays the present one, so that it is told of where it comes to no further attempt.
            if let Some(present) = &mut self.present {
                present.sent = 0;
            }
            self.pace.again();
            return Ok(Next::Request(now.checked_add(delay)));
        }
        let mut report = self.report(Ok(()), None);
        report.status = Some(status.0);
        report.comment.clone_from(&response.error_comment);
        report.offending.clone_from(&response.offending_elements);
        self.finish(report, tell);
        if self.instances.is_empty() { Ok(Next::Done(self.outcome())) } else { Ok(Next::Request(None)) }
    }

    fn give_up(&mut self, error: &Error, tell: &mut dyn FnMut(Event)) {
        let is_open = self.present.as_ref().is_some_and(|present| present.message_id.is_some());
        if is_open && self.heard {
            tell(Event::Instance(Box::new(self.report(Err(error.clone()), None))));
        }
    }

    fn so_far(&self) -> SoFar {
        let attempts = if self.single { self.attempts.max(1) } else { 1 };
        SoFar { counts: self.pace.counts(), bytes: self.pace.bytes(), attempts }
    }
}

/// How an instance goes out.
struct Way<'a> {
    context: &'a AcceptedContext,
    /// How long its data set is there, where that is known.
    length: Option<u64>,
}

/// Where the peer does not take an instance as it is, what it is converted to: what keeps most of it first.
const CONVERSIONS: [Uid; 4] = [
    uids::EXPLICIT_VR_LITTLE_ENDIAN,
    uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    uids::IMPLICIT_VR_LITTLE_ENDIAN,
    uids::EXPLICIT_VR_BIG_ENDIAN,
];

/// Chooses the presentation context: that of the instance's own transfer syntax, or of one to which it can be
/// converted.
fn way<'a>(name: &str, opened: &Opened, buffer: &[u8], negotiated: &'a Negotiated) -> Result<Way<'a>> {
    let accepted = |syntax: &Uid| {
        negotiated.find(&opened.kind.sop_class, Role::Scu).find(|context| context.transfer_syntax == *syntax)
    };
    let own = &opened.kind.transfer_syntax;
    if let Some(context) = accepted(own) {
        return Ok(Way { context, length: opened.length });
    }
    let mut refused = None;
    for syntax in CONVERSIONS.iter().filter(|syntax| Converter::can(own, syntax)) {
        let Some(context) = accepted(syntax) else { continue };
        match opened.rehearse(buffer, syntax) {
            Ok(Ok(length)) => return Ok(Way { context, length }),
            Ok(Err(why)) => {
                let words = format!("it cannot be converted from {} to {}: {why}", words(own), words(syntax));
                refused.get_or_insert(Shortfall::Unsendable(words).cause(name.to_owned()));
            }
            Err(error) => {
                let cause = Shortfall::Unreadable(error).cause(name.to_owned());
                return Err(Error::new(Phase::Queued, cause));
            }
        }
    }
    let cause = refused.unwrap_or_else(|| no_context(name, &opened.kind, negotiated));
    Err(Error::new(Phase::Queued, cause))
}

/// The first of the converted data set: what is wrong there fails before anything is sent.
fn converted(name: String, opened: Opened, buffer: Buffer, to: &Uid) -> std::result::Result<Outgoing, Cause> {
    let source = match opened.convert(buffer, to) {
        Ok(source) => source,
        Err(why) => return Err(Shortfall::Unsendable(why.to_string()).cause(name)),
    };
    let chunk = Chunk::new(Buffer::take(), 0, 0);
    let mut outgoing = Outgoing { name, chunk, end: false, source: Some(Box::new(source)) };
    match outgoing.feed() {
        Ok(()) => Ok(outgoing),
        Err(shortfall) => Err(shortfall.cause(outgoing.name)),
    }
}

fn words(uid: &Uid) -> &str {
    uids::name(uid.as_str()).unwrap_or(uid.as_str())
}

/// Why an instance has no presentation context, and what the peer would have taken instead.
fn no_context(name: &str, kind: &Kind, negotiated: &Negotiated) -> Cause {
    let (class, syntax) = (words(&kind.sop_class), words(&kind.transfer_syntax));
    let mut others: Vec<_> =
        negotiated.find(&kind.sop_class, Role::Scu).map(|context| words(&context.transfer_syntax)).collect();
    others.sort_unstable();
    others.dedup();
    if !negotiated.is_proposed(&kind.sop_class) {
        Cause::NotProposed(format!(
            "{name} is {class}, for which no presentation context was proposed on this association"
        ))
    } else if others.is_empty() {
        Cause::NoContext(format!(
            "{name} is {class}, for which no presentation context was accepted on this association"
        ))
    } else {
        Cause::NoContext(format!(
            "{name} is {class} in {syntax}, and the peer takes that class in {} only",
            others.join(", ")
        ))
    }
}
