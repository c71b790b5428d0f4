//! What this side takes: a provider that decides by what the request's instance is called, and sinks that refuse, that are
//! full, and that want somebody to decide.

use std::io::IoSlice;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::{ASKING, HANDLING, answer, count, window};
use crate::dimse::command::CommandSet;
use crate::dimse::status::{Category, Status};
use crate::net::association_request::AssociationRequest;
use crate::net::data::{Head, Paths, Refusal, Sink, Taken};
use crate::net::exchange::{Admission, Milestone, Provider, Reception, Rest};
use crate::net::facts::Facts;
use crate::net::request::Request;
use crate::types::Uid;
use crate::ul::negotiated::AcceptedContext;
use crate::wire::pdu::AssociateRq;

/// What becomes of an instance: what the provider says, where the sink refuses (0: nowhere), whether it is full again and
/// again, and whether somebody decides about it by its front.
pub(super) const KEEP: u8 = 0;
pub(super) const ASK: u8 = 1;
const ANSWER: u8 = 2;
const RECEPTIONS: u8 = 4;
const REFUSES: u8 = 4;
const AT_FINISH: u8 = 5;
const AT_KEEP: u8 = 6;
const REFUSALS: u8 = 8;
pub(super) const FULL: u8 = 0x20;
pub(super) const UNDECIDED: u8 = 0x40;

/// The name of an instance of the peer's of which this is to become.
pub(super) fn instance(number: usize, fate: u8) -> Uid {
    Uid::new(&format!("1.2.{number}.{fate}")).unwrap()
}

fn fate(command: &CommandSet) -> Option<u8> {
    let uid = command.affected_sop_instance.as_ref()?.as_str();
    uid.strip_prefix("1.2.")?.split_once('.')?.1.parse().ok()
}

/// What the sinks got.
pub(super) type Sunk = Arc<Mutex<Vec<Record>>>;

#[allow(clippy::struct_excessive_bools, reason = "facts, in any combination")]
pub(super) struct Record {
    /// Which one of the requests it was.
    pub(super) request: usize,
    pub(super) instance: Option<Uid>,
    pub(super) bytes: Vec<u8>,
    pub(super) stage: Stage,
    /// It was chosen, and has not got what had come before.
    chosen: bool,
    /// It takes nothing before it is called on.
    full: bool,
    /// It was called on since it went to work.
    called_on: bool,
    /// A handler decides, and has decided that.
    asked: bool,
    pub(super) decision: Option<Status>,
    /// What the peer was told.
    pub(super) answered: Option<Status>,
}

impl Record {
    /// Whether nothing happens with it before it is called on.
    pub(super) fn waits_for_call(&self) -> bool {
        self.stage == Stage::Taking && self.full && !self.called_on
    }

    /// Whether nothing more is to be read for it yet.
    pub(super) fn holds_reading(&self) -> bool {
        self.stage == Stage::Taking && (self.chosen || self.full)
    }

    pub(super) fn is_called_on(&mut self) {
        self.called_on = true;
    }

    /// What it has to do is given out.
    pub(super) fn goes_to_work(&mut self) {
        assert!(!self.waits_for_call(), "it is full, and was not called on");
        self.full = false;
        self.called_on = false;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Taking,
    /// What has come is told, and nobody has decided.
    Undecided,
    Finished,
    Refused,
    Kept,
    /// Dropped before it was kept.
    Gone,
}

/// Whether an instance that is answered so is in its place.
pub(super) fn is_stored(status: Status) -> bool {
    matches!(status.category(), Category::Success | Category::Warning)
}

pub(super) struct Office {
    pub(super) kind: u8,
    pub(super) rest: Rest,
    pub(super) sunk: Sunk,
    pub(super) requests: Mutex<usize>,
}

impl Provider for Office {
    fn associate(&self, _: u64, _: SocketAddr, request: &AssociateRq) -> Admission {
        match answer(request, window(self.kind)) {
            Ok(acceptance) if self.kind & ASKING != 0 => Admission::Ask(Box::new(acceptance)),
            Ok(acceptance) => Admission::Accept(Box::new(acceptance)),
            Err(rejection) => Admission::Refuse(rejection, ""),
        }
    }

    fn ask(&self, _: AssociationRequest) {}

    fn request(&self, _: &Facts, _: &AcceptedContext, command: &CommandSet) -> Reception {
        let mut requests = self.requests.lock().unwrap();
        let request = *requests;
        *requests += 1;
        let answer = || Reception::Answer(Box::new(CommandSet::response_to(command, Status::SUCCESS)));
        match fate(command).filter(|_| command.has_data_set) {
            None if self.kind & HANDLING == 0 => answer(),
            Some(fate) if fate % RECEPTIONS == ANSWER => answer(),
            Some(fate) if matches!(fate % RECEPTIONS, KEEP | ASK) => {
                let mut records = self.sunk.lock().unwrap();
                let asked = fate % RECEPTIONS == ASK;
                records.push(Record {
                    request,
                    instance: command.affected_sop_instance.clone(),
                    bytes: Vec::new(),
                    stage: Stage::Taking,
                    chosen: false,
                    full: false,
                    called_on: false,
                    asked,
                    decision: None,
                    answered: None,
                });
                let mut sink = Fake::new(records.len() - 1, fate, &self.sunk);
                sink.undecided_at = (fate & UNDECIDED != 0).then(|| request % 4 * 90);
                Reception::Take { sink: Box::new(sink), asked, rest: self.rest }
            }
            _ => Reception::Hand,
        }
    }

    fn hand(&self, _: Request) {}

    fn reached(&self, _: u64, _: Milestone) {}

    fn ended(&self, _: u64) {}
}

pub(super) struct Fake {
    number: usize,
    refuses: u8,
    fills: bool,
    undecided_at: Option<usize>,
    /// What comes before what still comes.
    first: Option<Arc<Head>>,
    writes: u8,
    finishes: u8,
    sunk: Sunk,
}

impl Fake {
    fn new(number: usize, fate: u8, sunk: &Sunk) -> Self {
        Self {
            number,
            refuses: fate / REFUSES % REFUSALS,
            fills: fate & FULL != 0,
            undecided_at: None,
            first: None,
            writes: 0,
            finishes: 0,
            sunk: sunk.clone(),
        }
    }

    /// The one that somebody chooses for what comes behind `first`.
    pub(super) fn chosen(number: usize, fate: u8, first: Arc<Head>, sunk: &Sunk) -> Self {
        let mut records = sunk.lock().unwrap();
        assert_eq!(records[number].stage, Stage::Undecided);
        records[number].stage = Stage::Taking;
        records[number].chosen = true;
        records[number].bytes.clear();
        drop(records);
        let mut chosen = Self::new(number, fate, sunk);
        chosen.first = Some(first);
        chosen
    }

    /// What it says of what it has taken: `times` it was full before.
    fn taken(&self, times: u8) -> Taken {
        let record = &mut self.sunk.lock().unwrap()[self.number];
        if self.undecided_at.is_some_and(|at| record.bytes.len() >= at) {
            return Taken::Undecided;
        }
        record.full = self.fills && !times.is_multiple_of(3);
        if record.full { Taken::Full } else { Taken::Ready }
    }

    /// One call, which is the one that it may refuse.
    fn call(
        &mut self,
        from: Stage,
        to: Stage,
        refuses: bool,
        note: impl FnOnce(&mut Record),
    ) -> Result<(), Refusal> {
        let record = &mut self.sunk.lock().unwrap()[self.number];
        assert_eq!(record.stage, from, "on its way to {to:?}");
        if refuses {
            record.stage = Stage::Refused;
            return Err(Refusal {
                status: Status::OUT_OF_RESOURCES,
                comment: "full".to_owned(),
                by_caller: true,
            });
        }
        record.stage = to;
        note(record);
        Ok(())
    }
}

impl Sink for Fake {
    fn bytes(&self) -> u64 {
        count(self.sunk.lock().unwrap()[self.number].bytes.len())
    }

    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        self.writes = self.writes.saturating_add(1);
        let refuses = self.refuses == self.writes && self.refuses < AT_FINISH;
        let first = self.first.take();
        self.call(Stage::Taking, Stage::Taking, refuses, |record| {
            record.bytes.extend(first.iter().flat_map(|head| &head.arrived));
            record.chosen = false;
            for slice in bytes {
                assert!(!slice.is_empty(), "a slice of nothing");
                record.bytes.extend_from_slice(slice);
            }
        })?;
        Ok(self.taken(self.writes))
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        assert!(!self.sunk.lock().unwrap()[self.number].full, "finished, and full");
        if self.first.is_some() && self.write(&[])? == Taken::Full {
            return Ok(Taken::Full);
        }
        self.finishes += 1;
        self.call(Stage::Taking, Stage::Taking, self.refuses == AT_FINISH, |_| {})?;
        if self.undecided_at.is_some() {
            return Ok(Taken::Undecided);
        }
        let taken = self.taken(self.finishes);
        if taken == Taken::Ready {
            self.call(Stage::Taking, Stage::Finished, false, |_| {})?;
        }
        Ok(taken)
    }

    fn head(mut self: Box<Self>) -> Head {
        assert!(self.undecided_at.is_some(), "it never asked");
        let mut arrived = Vec::new();
        let told =
            self.call(Stage::Taking, Stage::Undecided, false, |record| arrived.clone_from(&record.bytes));
        assert_eq!(told, Ok(()));
        Head { length: arrived.len(), arrived, inflated: None, next: None }
    }

    fn keep(mut self: Box<Self>) -> Result<(), Refusal> {
        let refuses = self.refuses == AT_KEEP;
        self.call(Stage::Finished, Stage::Kept, refuses, |record| {
            assert_eq!(record.asked, record.decision.is_some(), "kept before it was decided");
            assert!(record.decision.is_none_or(is_stored), "kept, and refused");
        })
    }

    fn paths(&self) -> Option<Paths> {
        let path = PathBuf::from(self.number.to_string());
        Some(Paths { unfinished: path.clone(), finished: path })
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Ok(mut sunk) = self.sunk.lock()
            && let Some(record) = sunk.get_mut(self.number)
            && !matches!(record.stage, Stage::Kept | Stage::Undecided)
        {
            record.stage = Stage::Gone;
        }
    }
}
