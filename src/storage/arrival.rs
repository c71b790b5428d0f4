//! One instance that comes in: where it goes is opened with its first bytes, since a command must not wait for files.

use std::io::IoSlice;
use std::path::PathBuf;
use std::sync::Arc;

use super::folder::{Folder, Incoming};
use super::memory::Memory;
use super::refusals::refusal;
use super::single_file::SingleFiles;
use super::stored::Tally;
use super::watch::{Watch, Watcher};
use crate::dimse::command::CommandSet;
use crate::dimse::status::Status;
use crate::net::data::{Attached, Head, Paths, Refusal, Sink, Taken};
use crate::net::facts::Facts;
use crate::types::{AeTitle, Uid};
use crate::ul::negotiated::AcceptedContext;

/// What is known of the instance of a C-STORE-RQ.
#[derive(Debug, Clone)]
pub struct About {
    sop_class: Uid,
    sop_instance: Option<Uid>,
    transfer_syntax: Uid,
    calling: AeTitle,
    called: AeTitle,
}

impl About {
    /// What `command` announces over `context`.
    pub(crate) fn new(facts: &Facts, context: &AcceptedContext, command: &CommandSet) -> Self {
        Self {
            sop_class: context.abstract_syntax.clone(),
            sop_instance: command.affected_sop_instance.clone(),
            transfer_syntax: context.transfer_syntax.clone(),
            calling: facts.negotiated.calling,
            called: facts.negotiated.called,
        }
    }

    /// One of which nothing but how its data set is written matters.
    #[cfg(test)]
    pub(super) fn of(transfer_syntax: &Uid) -> Self {
        let title = AeTitle::from_wire(b"ANY");
        let sop_class = Uid::from_static("1.2");
        let transfer_syntax = transfer_syntax.clone();
        Self { sop_class, sop_instance: None, transfer_syntax, calling: title, called: title }
    }

    /// Affected SOP Class UID.
    #[must_use]
    pub fn sop_class(&self) -> &Uid {
        &self.sop_class
    }

    /// Affected SOP Instance UID, where it is one.
    #[must_use]
    pub fn sop_instance(&self) -> Option<&Uid> {
        self.sop_instance.as_ref()
    }

    /// How its data set is written.
    #[must_use]
    pub fn transfer_syntax(&self) -> &Uid {
        &self.transfer_syntax
    }

    /// What stands before the data set in a file of its own (PS3.10 7.1); `None` where the instance has no UID.
    pub(crate) fn header(&self) -> Option<Vec<u8>> {
        self.sop_instance.as_ref().map(|sop_instance| self.incoming().header(sop_instance))
    }

    fn incoming(&self) -> Incoming<'_> {
        Incoming {
            sop_class: &self.sop_class,
            sop_instance: self.sop_instance.as_ref(),
            transfer_syntax: &self.transfer_syntax,
            calling: &self.calling,
            called: &self.called,
        }
    }
}

/// Where an instance goes.
pub(crate) enum Destination {
    /// Into a folder, which names and counts it.
    Folder(Folder),
    /// To this path.
    File(PathBuf, Arc<SingleFiles>),
    /// Into memory, where it has so many bytes at most.
    Memory(usize),
    /// Into code of the caller's.
    Caller(Box<dyn Sink>),
}

/// The instance of one C-STORE-RQ on its way.
pub(crate) struct Arrival {
    about: About,
    /// What comes before what still comes.
    first: Option<Arc<Head>>,
    /// Shows its elements, until there is nothing more to see.
    watch: Option<Watch>,
    /// Counts it, where a folder does not.
    tally: Option<Arc<Tally>>,
    /// What comes along with it.
    attached: Option<Attached>,
    stage: Stage,
}

enum Stage {
    /// Nothing has come.
    Closed(Destination),
    Open(Box<dyn Sink>),
    Failed,
}

impl Arrival {
    /// An instance of which nothing has come.
    pub(crate) fn new(about: About, to: Destination, watcher: Option<&Watcher>) -> Self {
        let watch = watcher.map(|watcher| Watch::new(watcher, &about));
        Self { about, first: None, watch, tally: None, attached: None, stage: Stage::Closed(to) }
    }

    /// One of which this has come, in `tally` once it is kept, unless it goes into a folder.
    pub(crate) fn behind(
        first: Arc<Head>,
        about: About,
        to: Destination,
        watcher: Option<&Watcher>,
        tally: &Arc<Tally>,
    ) -> Self {
        let tally = (!matches!(to, Destination::Folder(_))).then(|| tally.clone());
        Self { first: Some(first), tally, ..Self::new(about, to, watcher) }
    }

    /// With this along.
    pub(crate) fn with(self, attached: Option<Attached>) -> Self {
        Self { attached, ..self }
    }

    fn open(&mut self) -> Result<&mut dyn Sink, Refusal> {
        if let Stage::Closed(_) = self.stage
            && let Stage::Closed(to) = std::mem::replace(&mut self.stage, Stage::Failed)
        {
            self.stage = Stage::Open(match to {
                Destination::Folder(folder) => Box::new(folder.receive(&self.about.incoming())?),
                Destination::File(path, files) => {
                    let Some(header) = self.about.header() else {
                        return Err(refusal(
                            Status::INVALID_SOP_INSTANCE,
                            "the SOP Instance UID is not a UID",
                        ));
                    };
                    Box::new(files.create(path, header)?)
                }
                Destination::Memory(limit) => Box::new(Memory::new(limit)),
                Destination::Caller(sink) => sink,
            });
        }
        match &mut self.stage {
            Stage::Open(sink) => Ok(&mut **sink),
            Stage::Closed(_) | Stage::Failed => Err(not_open()),
        }
    }

    /// Only what is taken is shown: nobody sees elements of an instance that is refused before.
    fn take(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        let taken = self.open()?.write(bytes)?;
        if let Some(watch) = &mut self.watch
            && !bytes.iter().all(|bytes| watch.push(bytes))
        {
            self.watch = None;
        }
        Ok(taken)
    }
}

impl Sink for Arrival {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        if let Some(head) = self.first.take().filter(|head| !head.arrived.is_empty()) {
            let taken = self.take(&[IoSlice::new(&head.arrived)])?;
            if bytes.is_empty() {
                return Ok(taken);
            }
        }
        self.take(bytes)
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        if self.first.is_some() && self.write(&[])? == Taken::Full {
            return Ok(Taken::Full);
        }
        if self.bytes() == 0 {
            return Err(refusal(Status::DATA_SET_DOES_NOT_MATCH, "the data set is empty"));
        }
        self.open()?.finish()
    }

    fn keep(self: Box<Self>) -> Result<(), Refusal> {
        let Stage::Open(sink) = self.stage else { return Err(not_open()) };
        let bytes = sink.bytes();
        sink.keep()?;
        if let Some(tally) = self.tally {
            tally.kept(bytes);
        }
        Ok(())
    }

    fn bytes(&self) -> u64 {
        if let Stage::Open(sink) = &self.stage { sink.bytes() } else { 0 }
    }

    fn paths(&self) -> Option<Paths> {
        if let Stage::Open(sink) = &self.stage { sink.paths() } else { None }
    }

    fn data(&self) -> Option<Arc<Vec<u8>>> {
        if let Stage::Open(sink) = &self.stage { sink.data() } else { None }
    }

    fn attached(&self) -> Option<Attached> {
        self.attached.clone()
    }
}

fn not_open() -> Refusal {
    refusal(Status::PROCESSING_FAILURE, "the instance is not complete")
}
