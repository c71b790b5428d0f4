//! Data sets on their way: where the bytes of an outgoing one come from, and where those of an incoming one go.
//!
//! `storage/` implements both. Their calls may block on files, so nothing of the association is held while they run, and
//! a tokio worker that has to make one hands its other tasks over first.

use std::any::Any;
use std::fmt;
use std::io::{self, IoSlice};
use std::path::PathBuf;
use std::sync::Arc;

use super::buffers::Chunk;
use super::connect::words;
use crate::dataset::up_to::PartEnd;
use crate::dimse::command::CommandSet;
use crate::dimse::status::Status;
use crate::error::Cause;

/// Where the bytes of an outgoing data set come from, in their transfer syntax and in order.
pub trait Source: Send {
    /// Fills `into` as far as there is something. After an error the message cannot be completed.
    fn read(&mut self, into: &mut [u8]) -> Result<Fed, Shortfall>;
}

/// What one read of a source brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fed {
    /// How many bytes; 0 only at the end.
    pub length: usize,
    /// These were the last. A source that cannot tell says so with a read that brings nothing.
    pub end: bool,
}

/// Why a data set does not come to its end. Where it happens it is known which of the two it is, and nobody has to
/// guess later.
#[derive(Debug, thiserror::Error)]
pub enum Shortfall {
    /// It cannot be read: the file, or the caller's reader, has failed.
    #[error("{}", words(.0))]
    Unreadable(#[from] io::Error),
    /// It was read, and is not whole, or cannot be sent as it should: the words say what is wrong with it.
    #[error("{0}")]
    Unsendable(String),
}

impl Shortfall {
    /// What happened to the instance of this name.
    pub(crate) fn cause(self, name: String) -> Cause {
        match self {
            Self::Unreadable(error) => Cause::Io {
                os: error.raw_os_error().unwrap_or(0),
                detail: format!("{name} cannot be read: {}", words(&error)),
            },
            Self::Unsendable(detail) => Cause::Instance { name, detail },
        }
    }
}

/// Where the bytes of one incoming data set go. Dropped before [`Sink::keep`], it leaves nothing behind.
pub trait Sink: Send {
    /// Takes the next bytes. Those of one read may come in several calls; what the last of them says holds. After a
    /// refusal it gets nothing more: what still comes of the data set is discarded.
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal>;
    /// All has come: after this it is complete, and as safe as was asked for, but not yet under its name. One that is
    /// [`Taken::Full`] is asked again once it was called on.
    fn finish(&mut self) -> Result<Taken, Refusal>;
    /// It is to be kept, under its name.
    fn keep(self: Box<Self>) -> Result<(), Refusal>;
    /// How long the data set is, as far as it has come into this.
    fn bytes(&self) -> u64;
    /// All of it, where it is in memory, once it is complete.
    fn data(&self) -> Option<Arc<Vec<u8>>> {
        None
    }
    /// What has come, where that decides: this sink is done then, and another one gets that first.
    #[must_use]
    fn head(self: Box<Self>) -> Head {
        Head::default()
    }
    /// Where it lies now, and where it is going to lie; `None` where it does not become a file.
    fn paths(&self) -> Option<Paths> {
        None
    }
    /// What comes along with it.
    fn attached(&self) -> Option<Attached> {
        None
    }
}

/// What the one who decides about an instance by its front gives along, for the one who decides about the whole.
pub type Attached = Arc<dyn Any + Send + Sync>;

/// What a sink makes of the bytes that it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It takes more.
    Ready,
    /// It takes no more before it is called on, and nothing more is read for it.
    Full,
    /// Somebody has to decide where the data set goes, by what has come of it: [`Sink::head`].
    Undecided,
}

/// The front of a data set, as far as it has come when somebody decides where the whole goes.
#[derive(Default)]
pub struct Head {
    /// All that has come so far, as it came.
    pub arrived: Vec<u8>,
    /// The elements in front, inflated; `None` where the data set is not deflated.
    pub inflated: Option<Vec<u8>>,
    /// How long the elements in front are that are there whole.
    pub length: usize,
    /// Why they are no more.
    pub end: PartEnd,
    /// Counts the bytes for as long as they are held.
    pub held: Option<Attached>,
}

impl Head {
    /// The elements in front, each whole, as the transfer syntax writes them before it deflates.
    #[must_use]
    pub fn elements(&self) -> &[u8] {
        self.inflated.as_ref().unwrap_or(&self.arrived).get(..self.length).unwrap_or_default()
    }
}

/// Nobody's name gets into a log.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("arrived", &self.arrived.len())
            .field("inflated", &self.inflated.as_ref().map(Vec::len))
            .field("length", &self.length)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// Where an instance that was received lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Complete, but not under its name yet.
    pub unfinished: PathBuf,
    /// The name that it gets where it is kept.
    pub finished: PathBuf,
}

/// Why a data set is not taken: what the response says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Status (0000,0900).
    pub status: Status,
    /// For (0000,0902): at most 64 characters.
    pub comment: String,
    /// The caller's code does not want it. Else the library cannot take it, and its sender is to be told why.
    pub by_caller: bool,
}

impl Refusal {
    /// What the peer is told.
    pub(crate) fn response_to(&self, command: &CommandSet) -> CommandSet {
        CommandSet::response_to(command, self.status).with_error_comment(&self.comment)
    }
}

/// A data set that goes out: what is in memory of it, and where the rest comes from.
pub(crate) struct Outgoing {
    /// The instance, as people name it.
    pub(crate) name: String,
    pub(crate) chunk: Chunk,
    /// Nothing comes behind what is in `chunk`.
    pub(crate) end: bool,
    /// `None` once it has brought its last: what closing a file or letting go of a reader takes is taken where reading
    /// is, not when the last byte leaves.
    pub(crate) source: Option<Box<dyn Source>>,
}

impl Outgoing {
    /// Reads once more.
    pub(crate) fn feed(&mut self) -> Result<(), Shortfall> {
        self.end = match &mut self.source {
            Some(source) => self.chunk.fill(&mut **source)?,
            None => true,
        };
        if self.end {
            self.source = None;
        }
        Ok(())
    }
}
