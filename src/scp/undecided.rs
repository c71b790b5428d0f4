//! An instance of which the front has come, for the one who decides by it where the whole goes.

use std::path::PathBuf;
use std::sync::Arc;

use crate::dataset::data_set::DataSet;
use crate::dataset::encoding::Encoding;
use crate::dataset::limits::Limits;
use crate::dataset::{read, write};
use crate::dimse::status::{Category, Status};
use crate::error::{Error, Result};
use crate::net::association_request::Answered;
use crate::net::data::{Head, Sink};
use crate::net::request::Request;
use crate::storage::arrival::{About, Arrival, Destination};
use crate::storage::folder::{Durability, Folder};
use crate::storage::stored::Tally;
use crate::storage::watch::Watcher;

/// A C-STORE-RQ of which the data set is not taken before somebody has decided, once, now or later, from any thread.
/// Dropped before, it is refused.
pub struct Undecided {
    request: Request,
    head: Arc<Head>,
    about: About,
    house: House,
}

/// What a server has for instances.
pub(super) struct House {
    pub(super) folder: Option<Folder>,
    pub(super) durability: Durability,
    pub(super) watcher: Option<Watcher>,
    pub(super) tally: Arc<Tally>,
    /// A handler is asked about each once all of it is there.
    pub(super) asked: bool,
}

impl Undecided {
    /// `None` where the request has no front, or its association is over.
    pub(super) fn new(request: Request, house: House) -> Option<Self> {
        let head = request.received()?.head.clone()?;
        let about = About::new(request.association().facts()?, request.context(), request.command());
        Some(Self { request, head, about, house })
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What stands before the data set in a file of its own (PS3.10 7.1): preamble, prefix and File Meta Information.
    #[must_use]
    pub fn file_header(&self) -> Option<Vec<u8>> {
        self.about.header()
    }

    /// The elements in front.
    pub fn header(&self) -> Result<DataSet> {
        read::read(self.head.elements(), self.encoding(), LIMITS)
    }

    /// Into the folder of the server. With `changed`, the front is replaced by that.
    pub fn into_folder(&self, changed: Option<&DataSet>) -> Result<Answered> {
        let Some(folder) = &self.house.folder else {
            return Err(Error::state("the server has no folder; set one, or say where the instance goes"));
        };
        self.go(changed, || Destination::Folder(folder.clone()))
    }

    /// To this path, in a folder that is there.
    pub fn into_file(&self, path: PathBuf, changed: Option<&DataSet>) -> Result<Answered> {
        self.go(changed, || Destination::File(path, self.house.durability))
    }

    /// Into memory, where it has `limit` bytes at most. The handler of finished instances has it then.
    pub fn into_memory(&self, limit: usize, changed: Option<&DataSet>) -> Result<Answered> {
        if !self.house.asked {
            return Err(Error::state(
                "nobody would get the instance: it goes to the server's request handler, and there is none",
            ));
        }
        self.go(changed, || Destination::Memory(limit))
    }

    /// Into somebody's code.
    pub fn into_sink(&self, sink: Box<dyn Sink>, changed: Option<&DataSet>) -> Result<Answered> {
        self.go(changed, || Destination::Caller(sink))
    }

    /// Refuses it. Nothing has been stored, so no status may say so.
    pub fn refuse(&self, status: Status, comment: Option<&str>) -> Result<Answered> {
        match status.category() {
            Category::Success | Category::Warning => Err(Error::state(format!(
                "{status} would say that the instance is stored, but nothing was taken of it; accept it first"
            ))),
            _ => Ok(self.request.respond(status, comment)),
        }
    }

    fn go(&self, changed: Option<&DataSet>, to: impl FnOnce() -> Destination) -> Result<Answered> {
        let first = match changed {
            Some(set) => self.replaced(set)?,
            None => self.head.clone(),
        };
        let House { watcher, tally, .. } = &self.house;
        let arrival = Arrival::behind(first, self.about.clone(), to(), watcher.as_ref(), tally);
        Ok(self.request.accept(Box::new(arrival)))
    }

    /// The front with these elements, and behind it what has come behind the other one.
    fn replaced(&self, set: &DataSet) -> Result<Arc<Head>> {
        if self.head.inflated.is_some() {
            return Err(Error::state("the data set is deflated; it cannot be changed on its way"));
        }
        let mut arrived = write::write(set, self.encoding())?;
        arrived.extend_from_slice(self.head.arrived.get(self.head.length..).unwrap_or_default());
        Ok(Arc::new(Head { arrived, ..Head::default() }))
    }

    /// How the elements in front are written.
    fn encoding(&self) -> Encoding {
        Encoding { deflated: false, ..Encoding::of(self.about.transfer_syntax()) }
    }
}

/// The front is bounded by the server's own limit.
const LIMITS: Limits = Limits { bytes: usize::MAX, ..Limits::IDENTIFIER };
