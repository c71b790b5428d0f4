//! One instance that comes in: where it goes is opened with its first bytes, since a command must not wait for files.

use std::io::IoSlice;

use super::folder::part_file::PartFile;
use super::folder::{Folder, Incoming};
use crate::dimse::command::CommandSet;
use crate::dimse::status::Status;
use crate::net::data::{Paths, Refusal, Sink, Taken};
use crate::net::facts::Facts;
use crate::types::{AeTitle, Uid};
use crate::ul::negotiated::AcceptedContext;

/// The instance of one C-STORE-RQ on its way into a folder.
pub(crate) struct Arrival {
    folder: Folder,
    sop_class: Uid,
    sop_instance: Option<Uid>,
    transfer_syntax: Uid,
    calling: AeTitle,
    called: AeTitle,
    /// `None` before the first bytes.
    file: Option<Box<PartFile>>,
}

impl Arrival {
    /// What `command` announces over `context`.
    pub(crate) fn new(
        folder: &Folder,
        facts: &Facts,
        context: &AcceptedContext,
        command: &CommandSet,
    ) -> Self {
        Self {
            folder: folder.clone(),
            sop_class: context.abstract_syntax.clone(),
            sop_instance: command.affected_sop_instance.clone(),
            transfer_syntax: context.transfer_syntax.clone(),
            calling: facts.negotiated.calling,
            called: facts.negotiated.called,
            file: None,
        }
    }

    fn file(&mut self) -> Result<&mut PartFile, Refusal> {
        if self.file.is_none() {
            let incoming = Incoming {
                sop_class: &self.sop_class,
                sop_instance: self.sop_instance.as_ref(),
                transfer_syntax: &self.transfer_syntax,
                calling: &self.calling,
                called: &self.called,
            };
            self.file = Some(Box::new(self.folder.receive(&incoming)?));
        }
        self.file.as_deref_mut().ok_or_else(not_open)
    }
}

impl Sink for Arrival {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        self.file()?.write(bytes)
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        self.file()?.finish()
    }

    fn keep(self: Box<Self>) -> Result<(), Refusal> {
        self.file.ok_or_else(not_open)?.keep()
    }

    fn paths(&self) -> Option<Paths> {
        let file = self.file.as_deref()?;
        Some(Paths { unfinished: file.receipt().part().to_owned(), finished: file.destination()? })
    }
}

fn not_open() -> Refusal {
    Refusal { status: Status::PROCESSING_FAILURE, comment: "the instance is not complete".to_owned() }
}
