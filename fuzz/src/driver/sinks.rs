//! What this side takes: a provider that decides by what the request's instance is called, and sinks that refuse.

use std::io::IoSlice;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::{ASKING, HANDLING, answer, window};
use crate::dimse::command::CommandSet;
use crate::dimse::status::{Category, Status};
use crate::net::association_request::AssociationRequest;
use crate::net::data::{Paths, Refusal, Sink, Taken};
use crate::net::exchange::{Admission, Milestone, Provider, Reception, Rest};
use crate::net::facts::Facts;
use crate::net::request::Request;
use crate::types::Uid;
use crate::ul::negotiated::AcceptedContext;
use crate::wire::pdu::AssociateRq;

/// What becomes of an instance: what the provider says, and where the sink refuses (0: nowhere).
pub(super) const KEEP: u8 = 0;
pub(super) const ASK: u8 = 1;
const ANSWER: u8 = 2;
const RECEPTIONS: u8 = 4;
const REFUSES: u8 = 4;
const AT_FINISH: u8 = 5;
const AT_KEEP: u8 = 6;
const REFUSALS: u8 = 8;

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

pub(super) struct Record {
    /// Which one of the requests it was.
    pub(super) request: usize,
    pub(super) instance: Option<Uid>,
    pub(super) bytes: Vec<u8>,
    pub(super) stage: Stage,
    /// A handler decides, and has decided that.
    asked: bool,
    pub(super) decision: Option<Status>,
    /// What the peer was told.
    pub(super) answered: Option<Status>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Taking,
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
                    asked,
                    decision: None,
                    answered: None,
                });
                let refuses = fate / REFUSES % REFUSALS;
                let sink = Fake { number: records.len() - 1, refuses, writes: 0, sunk: self.sunk.clone() };
                Reception::Take { sink: Box::new(sink), asked, rest: Rest::Discard }
            }
            _ => Reception::Hand,
        }
    }

    fn hand(&self, _: Request) {}

    fn reached(&self, _: u64, _: Milestone) {}

    fn ended(&self, _: u64) {}
}

struct Fake {
    number: usize,
    refuses: u8,
    writes: u8,
    sunk: Sunk,
}

impl Fake {
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
            return Err(Refusal { status: Status::OUT_OF_RESOURCES, comment: "full".to_owned() });
        }
        record.stage = to;
        note(record);
        Ok(())
    }
}

impl Sink for Fake {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        self.writes = self.writes.saturating_add(1);
        let refuses = self.refuses == self.writes && self.refuses < AT_FINISH;
        self.call(Stage::Taking, Stage::Taking, refuses, |record| {
            for slice in bytes {
                assert!(!slice.is_empty(), "a slice of nothing");
                record.bytes.extend_from_slice(slice);
            }
        })?;
        Ok(Taken::Ready)
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        self.call(Stage::Taking, Stage::Finished, self.refuses == AT_FINISH, |_| {})?;
        Ok(Taken::Ready)
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
            && let Some(record) = sunk.get_mut(self.number).filter(|record| record.stage != Stage::Kept)
        {
            record.stage = Stage::Gone;
        }
    }
}
