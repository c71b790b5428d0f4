//! An instance of which the front has come, for the one who decides by it where the whole goes.

use std::path::{self, Path};
use std::sync::Arc;

use crate::dataset::data_set::DataSet;
use crate::dataset::encoding::Encoding;
use crate::dataset::limits::Limits;
use crate::dataset::{read, write};
use crate::dimse::status::{Category, Status};
use crate::error::{Cause, Error, Phase, Result};
use crate::net::association_request::Answered;
use crate::net::connect::words;
use crate::net::data::{Head, Sink};
use crate::net::request::Request;
use crate::storage::arrival::{About, Arrival, Destination};
use crate::storage::folder::Folder;
use crate::storage::single_file::SingleFiles;
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
    pub(super) files: Arc<SingleFiles>,
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

    /// What goes first: the front as it came, or with these elements in its place.
    pub fn front(&self, changed: Option<&DataSet>) -> Result<Arc<Head>> {
        let Some(set) = changed else { return Ok(self.head.clone()) };
        if self.head.inflated.is_some() {
            return Err(Error::state("the data set is deflated; it cannot be changed on its way"));
        }
        if let (Some((last, _)), Some(next)) = (set.iter().next_back(), self.head.next)
            && *last >= next
        {
            let words = format!(
                "{last} cannot be put in front of {next}, which follows; read more before you decide, or leave it out"
            );
            return Err(Error::new(Phase::Queued, Cause::DataSet(words)));
        }
        let mut arrived = write::write(set, self.encoding())?;
        arrived.extend_from_slice(self.head.arrived.get(self.head.length..).unwrap_or_default());
        Ok(Arc::new(Head { arrived, ..Head::default() }))
    }

    /// Into the folder of the server.
    pub fn into_folder(&self, front: Arc<Head>) -> Result<Answered> {
        let Some(folder) = &self.house.folder else {
            return Err(Error::state("the server has no folder; set one, or say where the instance goes"));
        };
        Ok(self.go(front, Destination::Folder(folder.clone())))
    }

    /// To this path, in a folder that is there. It is made absolute: the program may change its working folder.
    pub fn into_file(&self, front: Arc<Head>, path: &Path) -> Result<Answered> {
        let path = path::absolute(path)
            .map_err(|error| Error::invalid_argument(format!("{}: {}", path.display(), words(&error))))?;
        Ok(self.go(front, Destination::File(path, self.house.files.clone())))
    }

    /// Into memory, where it has `limit` bytes at most. The handler of finished instances has it then.
    pub fn into_memory(&self, front: Arc<Head>, limit: usize) -> Result<Answered> {
        if !self.house.asked {
            return Err(Error::state(
                "nobody would get the instance: it goes to the server's request handler, and there is none",
            ));
        }
        Ok(self.go(front, Destination::Memory(limit)))
    }

    /// Into somebody's code.
    pub fn into_sink(&self, front: Arc<Head>, sink: Box<dyn Sink>) -> Answered {
        self.go(front, Destination::Caller(sink))
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

    fn go(&self, front: Arc<Head>, to: Destination) -> Answered {
        let House { watcher, tally, .. } = &self.house;
        let arrival = Arrival::behind(front, self.about.clone(), to, watcher.as_ref(), tally);
        self.request.accept(Box::new(arrival))
    }

    /// How the elements in front are written.
    fn encoding(&self) -> Encoding {
        Encoding { deflated: false, ..Encoding::of(self.about.transfer_syntax()) }
    }
}

/// The front is bounded by the server's own limit.
const LIMITS: Limits = Limits { bytes: usize::MAX, ..Limits::IDENTIFIER };
