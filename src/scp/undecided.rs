//! An instance of which the front has come, for the one who decides by it where the whole goes.

use std::path::{self, Path};
use std::sync::{Arc, Mutex};

use crate::dataset::data_set::DataSet;
use crate::dataset::encoding::Encoding;
use crate::dataset::limits::Limits;
use crate::dataset::up_to::PartEnd;
use crate::dataset::{read, tags, write};
use crate::dimse::status::{Category, Status};
use crate::error::{Cause, Error, Phase, Result};
use crate::net::association_request::Answered;
use crate::net::connect::words;
use crate::net::data::{Attached, Head, Sink};
use crate::net::request::Request;
use crate::runtime::lock::lock;
use crate::storage::arrival::{About, Arrival, Destination};
use crate::storage::folder::Folder;
use crate::storage::refronted::Refronted;
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
    given: Given,
}

/// What goes first to where an instance goes, and before what still comes.
pub struct First {
    head: Arc<Head>,
    /// These elements in the place of those in front, of a deflated data set.
    instead: Option<Vec<u8>>,
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
        Some(Self { request, head, about, house, given: Given::default() })
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

    /// The elements in front. Refused where what follows them cannot be understood.
    pub fn header(&self) -> Result<DataSet> {
        self.must_be_understood()?;
        read::read(self.head.elements(), self.encoding(), LIMITS)
    }

    fn must_be_understood(&self) -> Result<()> {
        match &self.head.end {
            PartEnd::Lost(_, words) => Err(refused(words.clone())),
            PartEnd::All | PartEnd::Reached(_) | PartEnd::TooLong(_) => Ok(()),
        }
    }

    /// Why the elements in front are no more.
    #[must_use]
    pub fn front_end(&self) -> &PartEnd {
        &self.head.end
    }

    /// Gives this along, once: the request of the whole instance has it too.
    pub fn attach(&self, what: impl FnOnce() -> Attached) -> Result<()> {
        self.given.give(what)
    }

    /// What is given along.
    #[must_use]
    pub fn attached(&self) -> Option<Attached> {
        self.given.what()
    }

    /// What goes first: the front as it came, or with these elements in its place. A deflated data set is then inflated
    /// on its way, and deflated again: it has other bytes in all of its length.
    pub fn front(&self, changed: Option<&DataSet>) -> Result<First> {
        let Some(set) = changed else { return Ok(First { head: self.head.clone(), instead: None }) };
        self.must_be_understood()?;
        if let Some(next) = self.head.end.next() {
            if let Some((last, _)) = set.iter().next_back().filter(|(last, _)| **last >= next) {
                return Err(refused(format!(
                    "{last} cannot be put in front of {next}, which follows; read more before you decide, or leave it out"
                )));
            }
            let charset = |set: &DataSet| set.get(tags::SPECIFIC_CHARACTER_SET).cloned();
            if next < tags::PIXELS && charset(set) != charset(&self.header()?) {
                return Err(refused(format!(
                    "{} cannot be changed in front of {next}, which follows: text from there on stays as it is; read \
                     up to the pixels before you decide, or leave it as it is",
                    tags::SPECIFIC_CHARACTER_SET
                )));
            }
        }
        let mut elements = write::write(set, self.encoding())?;
        if self.head.inflated.is_some() {
            return Ok(First { head: self.head.clone(), instead: Some(elements) });
        }
        elements.extend_from_slice(self.head.arrived.get(self.head.length..).unwrap_or_default());
        Ok(First { head: Arc::new(Head { arrived: elements, ..Head::default() }), instead: None })
    }

    /// Into the folder of the server.
    pub fn into_folder(&self, first: First) -> Result<Answered> {
        let Some(folder) = &self.house.folder else {
            return Err(Error::state("the server has no folder; set one, or say where the instance goes"));
        };
        Ok(self.go(first, Destination::Folder(folder.clone())))
    }

    /// To this path, in a folder that is there. It is made absolute: the program may change its working folder.
    pub fn into_file(&self, first: First, path: &Path) -> Result<Answered> {
        let path = path::absolute(path)
            .map_err(|error| Error::invalid_argument(format!("{}: {}", path.display(), words(&error))))?;
        Ok(self.go(first, Destination::File(path, self.house.files.clone())))
    }

    /// Into memory, where it has `limit` bytes at most. The handler of finished instances has it then.
    pub fn into_memory(&self, first: First, limit: usize) -> Result<Answered> {
        if !self.house.asked {
            return Err(Error::state(
                "nobody would get the instance: it goes to the server's request handler, and there is none",
            ));
        }
        Ok(self.go(first, Destination::Memory(limit)))
    }

    /// Into somebody's code.
    pub fn into_sink(&self, first: First, sink: Box<dyn Sink>) -> Answered {
        self.go(first, Destination::Caller(sink))
    }

    /// Refuses it. Nothing has been stored, so no status may say so.
    pub fn refuse(&self, status: Status, comment: Option<&str>) -> Result<Answered> {
        match status.category() {
            Category::Success | Category::Warning => Err(Error::state(format!(
                "{status} would say that the instance is stored, but nothing was taken of it; accept it first"
            ))),
            _ => {
                let _goes_nowhere = self.given.close();
                Ok(self.request.respond(status, comment))
            }
        }
    }

    fn go(&self, first: First, to: Destination) -> Answered {
        let House { watcher, tally, .. } = &self.house;
        let First { head, instead } = first;
        let given = self.given.close();
        let arrival = |head| {
            let arrival = Arrival::behind(head, self.about.clone(), to, watcher.as_ref(), tally);
            Box::new(arrival.with(given))
        };
        match instead {
            None => self.request.accept(arrival(head)),
            Some(front) => {
                let arrival = arrival(Arc::default());
                self.request.accept(Box::new(Refronted::new(front, &head, arrival)))
            }
        }
    }

    /// How the elements in front are written.
    fn encoding(&self) -> Encoding {
        Encoding { deflated: false, ..Encoding::of(self.about.transfer_syntax()) }
    }
}

/// What is given along with an instance. The request has it for as long as it lives, and so nothing takes its place.
#[derive(Default)]
struct Given(Mutex<Along>);

#[derive(Default)]
struct Along {
    what: Option<Attached>,
    /// It was decided where the instance goes.
    is_closed: bool,
}

impl Given {
    fn give(&self, what: impl FnOnce() -> Attached) -> Result<()> {
        let mut along = lock(&self.0);
        if along.is_closed {
            return Err(Error::state(
                "it was decided before where the instance goes, and nothing can be given along any more",
            ));
        }
        if along.what.is_some() {
            return Err(Error::state(
                "something was given along before, and the request has it for as long as it lives",
            ));
        }
        along.what = Some(what());
        Ok(())
    }

    fn what(&self) -> Option<Attached> {
        lock(&self.0).what.clone()
    }

    /// All that was given by now, and nothing is after it.
    fn close(&self) -> Option<Attached> {
        let mut along = lock(&self.0);
        along.is_closed = true;
        along.what.clone()
    }
}

fn refused(words: String) -> Error {
    Error::new(Phase::Queued, Cause::DataSet(words))
}

/// The front is bounded by the server's own limit.
const LIMITS: Limits = Limits { bytes: usize::MAX, ..Limits::IDENTIFIER };

#[cfg(test)]
mod tests {
    use super::*;

    fn number(given: Option<Attached>) -> Option<u32> {
        given.and_then(|given| given.downcast_ref().copied())
    }

    #[test]
    fn what_is_given_stays_and_nothing_is_given_once_it_is_decided() {
        let given = Given::default();
        assert!(given.what().is_none());
        given.give(|| Arc::new(1_u32)).unwrap();
        let again = given.give(|| unreachable!()).unwrap_err();
        assert!(again.to_string().contains("given along before"), "{again}");
        assert_eq!((number(given.what()), number(given.close())), (Some(1), Some(1)));
        let late = given.give(|| unreachable!()).unwrap_err();
        assert!(late.to_string().contains("decided before"), "{late}");
        assert_eq!(number(given.what()), Some(1));
        let nothing = Given::default();
        assert!(nothing.close().is_none());
        nothing.give(|| unreachable!()).unwrap_err();
    }

    #[test]
    fn what_was_given_goes_along_however_late_it_was() {
        for round in 0..2000_u32 {
            let given = Given::default();
            let (said, gone) = std::thread::scope(|scope| {
                let other = scope.spawn(|| given.give(|| Arc::new(round)).is_ok());
                let gone = number(given.close());
                (other.join().unwrap(), gone)
            });
            assert_eq!(gone, said.then_some(round));
        }
    }
}
