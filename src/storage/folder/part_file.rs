//! One instance on its way into a folder: an unfinished file that becomes a finished one, or goes.

use std::fs::{self, File};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::attributes::Attributes;
use super::template::{Key, NotAUid, Received, RelativePath};
use super::{Incoming, Shared};
use crate::dimse::status::Status;
use crate::net::data::{Paths, Refusal, Sink, Taken};
use crate::storage::refusals::{failed, refusal};
use crate::storage::writing::Writing;
use crate::types::{AeTitle, Uid};

/// One instance on its way into a [`Folder`](super::Folder). Dropped before it is kept, it leaves nothing.
#[derive(Debug)]
pub struct PartFile {
    shared: Arc<Shared>,
    facts: Facts,
    attributes: Attributes,
    /// Until all has come.
    file: Option<Writing>,
    /// Where it goes, once all has come.
    name: Option<RelativePath>,
    moved: bool,
    receipt: Arc<Receipt>,
}

/// What others may know of an instance that is received, now and when its [`PartFile`] is gone.
#[derive(Debug)]
pub struct Receipt {
    part: PathBuf,
    bytes: AtomicU64,
    kept: OnceLock<Kept>,
}

/// What has become of an instance that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it lies.
    pub path: PathBuf,
    /// A file had its name and stays ([`Collision::Keep`](super::Collision::Keep)): that is what lies there.
    pub already_there: bool,
}

impl Receipt {
    /// The unfinished file: complete once [`Sink::finish`] went well, and there until the instance is kept or dropped.
    #[must_use]
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// How many bytes of the data set have been written; the file has a header before them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What has become of it; `None` before it is kept, and where it was not.
    #[must_use]
    pub fn kept(&self) -> Option<&Kept> {
        self.kept.get()
    }
}

/// What the association says of an instance that goes into its name.
#[derive(Debug)]
struct Facts {
    sop_class: Uid,
    sop_instance: Uid,
    calling: AeTitle,
    called: AeTitle,
    date: String,
}

impl PartFile {
    /// Nothing is written yet: `file` is new and empty, and `header` stands before the first bytes.
    pub(super) fn new(
        shared: Arc<Shared>,
        incoming: &Incoming<'_>,
        sop_instance: &Uid,
        date: String,
        header: Vec<u8>,
        (file, part): (File, PathBuf),
    ) -> Self {
        let facts = Facts {
            sop_class: incoming.sop_class.clone(),
            sop_instance: sop_instance.clone(),
            calling: *incoming.calling,
            called: *incoming.called,
            date,
        };
        let attributes = Attributes::new(&shared.template, incoming.transfer_syntax);
        let receipt = Arc::new(Receipt { part, bytes: AtomicU64::new(0), kept: OnceLock::new() });
        let file = Some(Writing::new(file, header));
        Self { shared, facts, attributes, file, name: None, moved: false, receipt }
    }

    /// What others may know of it, for longer than it lives.
    #[must_use]
    pub fn receipt(&self) -> &Arc<Receipt> {
        &self.receipt
    }

    fn failed(&self, what: &str, error: &io::Error) -> Refusal {
        failed(what, &self.receipt.part, error)
    }

    fn render(&self) -> Result<RelativePath, Refusal> {
        let received = Received {
            study: self.attributes.study(),
            series: self.attributes.series(),
            instance: self.facts.sop_instance.as_str().as_bytes(),
            class: self.facts.sop_class.as_str().as_bytes(),
            modality: self.attributes.modality(),
            calling: self.facts.calling.trimmed(),
            called: self.facts.called.trimmed(),
            date: &self.facts.date,
        };
        self.shared.template.render(&received).map_err(bad_name)
    }
}

impl Sink for PartFile {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        let Some(file) = &mut self.file else { return Err(out_of_order()) };
        let length = bytes.iter().map(|slice| slice.len()).sum();
        self.shared.staging.may_write(length)?;
        for slice in bytes {
            self.attributes.push(slice);
        }
        file.write(bytes).map_err(|error| failed("written", &self.receipt.part, &error))?;
        self.receipt.bytes.fetch_add(u64::try_from(length).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(Taken::Ready)
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        let Some(file) = self.file.take() else { return Err(out_of_order()) };
        let name = self.render()?;
        file.complete(self.shared.durability).map_err(|error| self.failed("completed", &error))?;
        self.name = Some(name);
        Ok(Taken::Ready)
    }

    fn keep(mut self: Box<Self>) -> Result<(), Refusal> {
        let Some(name) = &self.name else { return Err(out_of_order()) };
        match self.shared.place.put(&self.receipt.part, name) {
            Ok(put) => {
                self.moved = put.moved;
                self.shared.tally.kept(self.receipt.bytes());
                let kept = Kept { path: put.path, already_there: put.already_there };
                // The first and only time: this takes the whole of it.
                let _first = self.receipt.kept.set(kept);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                tracing::warn!(target: "dimse::storage", "refused an instance: {} and its numbers are all there", name.as_str());
                Err(refusal(
                    Status::DUPLICATE_SOP_INSTANCE,
                    "too many files of this instance are there already",
                ))
            }
            Err(error) => Err(self.failed("given its name", &error)),
        }
    }

    fn bytes(&self) -> u64 {
        self.receipt.bytes()
    }

    /// Known once all has come. The name may get a number.
    fn paths(&self) -> Option<Paths> {
        let finished = self.shared.staging.folder().join(self.name.as_ref()?.as_str());
        Some(Paths { unfinished: self.receipt.part.clone(), finished })
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.moved {
            // Windows removes closed files only.
            drop(self.file.take());
            // Where that fails, the next start does it.
            let _gone_already = fs::remove_file(&self.receipt.part);
        }
    }
}

/// The SOP class and instance were looked at before the file was opened.
fn bad_name(NotAUid(key): NotAUid) -> Refusal {
    match key {
        Key::Instance => refusal(Status::INVALID_SOP_INSTANCE, "the SOP Instance UID is not a UID"),
        Key::Class => refusal(Status::NO_SUCH_SOP_CLASS, "the SOP Class UID is not a UID"),
        Key::Series => refusal(Status::UNABLE_TO_PROCESS, "the Series Instance UID (0020,000E) is not a UID"),
        _ => refusal(Status::UNABLE_TO_PROCESS, "the Study Instance UID (0020,000D) is not a UID"),
    }
}

fn out_of_order() -> Refusal {
    refusal(Status::PROCESSING_FAILURE, "the instance is not complete")
}
