//! One instance to be sent by C-STORE, wherever it comes from: a DICOM file (PS3.10) on disk, in memory, or read.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::from_data_set::FromDataSet;
use super::read_at::ReadAt;
use super::rest::{ENOUGH, Rest, RestAt, RestOf};
use super::whole;
use crate::dataset::around::PixelData;
use crate::dataset::data_set::DataSet;
use crate::dataset::encoding::Encoding;
use crate::dataset::part10::{self, Header};
use crate::dataset::scan::{ElementHeader, Scanner, Visitor, Wish};
use crate::error::{Cause, Error, Phase, Result};
use crate::net::connect::words;
use crate::net::data::Shortfall;
use crate::runtime::lock::lock;
use crate::types::{Tag, Uid};

/// An instance to be sent. It is opened when its turn comes. Its clones share what it comes from.
///
/// What is cut off in a file or in memory is found before its first byte is sent. Not so in a deflated data set, which
/// would have to be inflated to its end for that, and in a transfer syntax of which nobody knows how it writes elements:
/// where they are not converted, they are sent as they are.
#[derive(Clone)]
pub struct Instance {
    origin: Origin,
}

#[derive(Clone)]
enum Origin {
    File(PathBuf),
    Memory(Arc<[u8]>),
    /// `None` once it was opened.
    Reader(Arc<Mutex<Option<RestOf>>>),
    DataSet(Arc<FromDataSet>),
}

impl Instance {
    /// The instance in the DICOM file at `path`.
    #[must_use]
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self { origin: Origin::File(path.into()) }
    }

    /// The instance in a whole DICOM file, header included, that is in memory.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { origin: Origin::Memory(bytes.into()) }
    }

    /// The instance in a whole DICOM file, header included, that `reader` gives: `length` bytes of it, or all until it
    /// ends.
    #[must_use]
    pub fn from_reader(reader: Box<dyn Read + Send>, length: Option<u64>) -> Self {
        let rest = RestOf { reader, left: length, ended: length == Some(0), scanner: None, outline: None };
        Self { origin: Origin::Reader(Arc::new(Mutex::new(Some(rest)))) }
    }

    /// The instance that a data set is, in this transfer syntax: its pixel data, where it has any, are native or
    /// encapsulated as that wants.
    pub fn from_data_set(set: &DataSet, transfer_syntax: &Uid) -> Result<Self> {
        Ok(Self { origin: Origin::DataSet(Arc::new(FromDataSet::new(set, transfer_syntax)?)) })
    }

    /// The instance that a data set is with the pixel data that `reader` gives, in this transfer syntax: native ones are
    /// in its byte order. Nothing of them is held.
    pub fn from_data_set_and_pixels(
        set: &DataSet,
        transfer_syntax: &Uid,
        pixels: PixelData,
        reader: Box<dyn Read + Send>,
    ) -> Result<Self> {
        let made = FromDataSet::with_pixels(set, transfer_syntax, pixels, reader)?;
        Ok(Self { origin: Origin::DataSet(Arc::new(made)) })
    }

    /// What it is, where that is known before it is opened.
    #[must_use]
    pub fn kind(&self) -> Option<&Kind> {
        match &self.origin {
            Origin::DataSet(made) => Some(made.kind()),
            Origin::File(_) | Origin::Memory(_) | Origin::Reader(_) => None,
        }
    }

    /// Whether it can be opened again, to be sent again: a reader gives its bytes once.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        match &self.origin {
            Origin::File(_) | Origin::Memory(_) => true,
            Origin::Reader(_) => false,
            Origin::DataSet(made) => made.is_repeatable(),
        }
    }

    /// The file that it comes from.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::File(path) => Some(path),
            Origin::Memory(_) | Origin::Reader(_) | Origin::DataSet(_) => None,
        }
    }

    /// How much there is to read of it, its header included, where that can be told: of a file that is not there, or is
    /// none, it is nothing.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match &self.origin {
            Origin::File(path) => match std::fs::metadata(path) {
                Ok(metadata) if metadata.is_file() => Some(metadata.len()),
                _ => Some(0),
            },
            Origin::Memory(bytes) => u64::try_from(bytes.len()).ok(),
            Origin::Reader(reader) => lock(reader).as_ref().and_then(|rest| rest.left),
            Origin::DataSet(made) => made.size(),
        }
    }

    /// Opens it and reads its first bytes into `buffer`, which has room for [`part10::MAXIMUM_LENGTH`] at least: the
    /// smaller files whole, with one call.
    ///
    /// What is no DICOM file, does not say what it is, or ends in the middle of an element is refused here, before
    /// anything is sent. Of a reader that is known as far as its first bytes and the length that was given go: no more
    /// is waited for than says what it is, and what comes behind is found out by `Opened::source`.
    pub fn open(&self, buffer: &mut [u8]) -> Result<Opened> {
        let opened = match &self.origin {
            Origin::File(path) => open_file(path, buffer),
            Origin::Memory(bytes) => {
                let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                open_at(Arc::clone(bytes), length, buffer)
            }
            Origin::Reader(reader) => {
                let rest = lock(reader).take();
                rest.ok_or(Fault::Spent).and_then(|rest| open_reader(rest, buffer))
            }
            Origin::DataSet(made) => made.open(buffer),
        };
        opened.map_err(|fault| fault.of(self))
    }
}

/// As people name it.
impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::File(path) => path.display().fmt(f),
            Origin::Memory(bytes) => write!(f, "the instance in memory ({} bytes)", bytes.len()),
            Origin::Reader(_) => f.write_str("the instance from a reader"),
            Origin::DataSet(made) => write!(f, "the instance {} from a data set", made.kind().sop_instance),
        }
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({self})")
    }
}

/// What an instance is, and how its data set is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The SOP class.
    pub sop_class: Uid,
    /// The SOP instance.
    pub sop_instance: Uid,
    /// How the data set is written.
    pub transfer_syntax: Uid,
}

impl Kind {
    pub(super) const SOP_CLASS: Tag = Tag::new(0x0008, 0x0016);
    pub(super) const SOP_INSTANCE: Tag = Tag::new(0x0008, 0x0018);
}

/// An instance whose turn has come.
pub struct Opened {
    /// What it is.
    pub kind: Kind,
    /// Where the data set begins in the buffer, and how far it is there.
    pub head: Range<usize>,
    /// Whether all of the data set is in the buffer.
    pub is_all: bool,
    /// How long the data set is; `None` for a reader that has not said.
    pub length: Option<u64>,
    /// What is behind [`Opened::head`]. It fails where the data set turns out not to be whole.
    pub(crate) source: Rest,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("kind", &self.kind)
            .field("head", &self.head)
            .field("is_all", &self.is_all)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Why an instance could not be opened, its name not said yet.
pub(super) enum Fault {
    /// There is no opening it.
    Unopened(io::Error),
    /// What its source may still say when it is on its way.
    Short(Shortfall),
    /// It was read, and is no DICOM object.
    NoInstance(String),
    /// Its reader was read before.
    Spent,
}

impl From<Shortfall> for Fault {
    fn from(shortfall: Shortfall) -> Self {
        Self::Short(shortfall)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Short(error.into())
    }
}

impl Fault {
    /// It was read, and cannot be sent.
    pub(super) fn unsendable(detail: impl Into<String>) -> Self {
        Self::Short(Shortfall::Unsendable(detail.into()))
    }

    pub(super) fn of(self, instance: &Instance) -> Error {
        let name = instance.to_string();
        let cause = match self {
            Self::Unopened(error) => Cause::Io {
                os: error.raw_os_error().unwrap_or(0),
                detail: format!("{name} cannot be opened: {}", words(&error)),
            },
            Self::Short(shortfall) => shortfall.cause(name),
            Self::NoInstance(detail) => Cause::NoInstance { name, detail },
            Self::Spent => Cause::State(format!("{name} was sent before; a reader gives its bytes once")),
        };
        Error::new(Phase::Queued, cause)
    }
}

fn open_file(path: &Path, buffer: &mut [u8]) -> std::result::Result<Opened, Fault> {
    let file = open_at_once(path).map_err(Fault::Unopened)?;
    let metadata = file.metadata().map_err(Fault::Unopened)?;
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    if !metadata.is_file() {
        // It may give its bytes once, or keep us waiting for ever.
        let words = "it is a pipe or a device and no file; what comes from there can be sent with a reader";
        return Err(Fault::NoInstance(words.to_owned()));
    }
    open_at(file, metadata.len(), buffer)
}

/// A pipe that nobody writes to would keep the opening one waiting.
pub(super) fn open_at_once(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.read(true).open(path)
}

/// Opens what can be read at any place, and so be walked to its end before it is sent.
fn open_at<R: ReadAt + 'static>(
    from: R,
    length: u64,
    buffer: &mut [u8],
) -> std::result::Result<Opened, Fault> {
    let filled = from.fill_front(buffer, length)?;
    let front = buffer.get(..filled).unwrap_or_default();
    let end = u64::try_from(filled).unwrap_or(u64::MAX);
    let (header, mut identity) = read_header(front, end == length)?;
    let place = u64::try_from(header.length).unwrap_or(u64::MAX)..length;
    let encoding = Encoding::of(&header.transfer_syntax);
    if !encoding.deflated {
        let head = front.get(header.length..).unwrap_or_default();
        let ended = whole::walk(encoding.elements, head, &from, place.clone(), &mut identity)?;
        let cut_off = whole::words(ended).filter(|_| Encoding::known(&header.transfer_syntax).is_ok());
        cut_off.map_or(Ok(()), |words| Err(identity.cut_off(words)))?;
    }
    Ok(Opened {
        kind: identity.complete(header.transfer_syntax)?,
        head: header.length..filled,
        is_all: end == length,
        length: Some(place.end - place.start),
        source: Rest::At(RestAt { from: Box::new(from), left: end..length }),
    })
}

/// Opens what can be read once, from its beginning to its end.
fn open_reader(mut rest: RestOf, buffer: &mut [u8]) -> std::result::Result<Opened, Fault> {
    let mut filled = 0;
    let (header, identity, scanner) = loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        filled += rest.fill(room, ENOUGH)?;
        let goes_on = !rest.ended && filled < buffer.len();
        let front = buffer.get(..filled).unwrap_or_default();
        if goes_on && matches!(Header::read(front, false), Ok(None)) {
            continue;
        }
        let (header, mut identity) = read_header(front, rest.ended)?;
        let encoding = Encoding::of(&header.transfer_syntax);
        let scanner = (!encoding.deflated).then(|| {
            let mut scanner = Scanner::new(encoding.elements);
            scanner.push(front.get(header.length..).unwrap_or_default(), &mut identity);
            scanner
        });
        if !(goes_on && scanner.is_some() && identity.is_incomplete()) {
            break (header, identity, scanner);
        }
    };
    if let Some(mut scanner) = scanner.filter(|_| Encoding::known(&header.transfer_syntax).is_ok()) {
        // Where its length is known, a value that is longer than what comes is known to be cut off.
        let known = rest.left.filter(|left| scanner.skippable() > *left);
        if let Some(left) = known.or(rest.ended.then_some(0)) {
            scanner.skip(left);
            whole::words(scanner.end()).map_or(Ok(()), |words| Err(identity.cut_off(words)))?;
        }
        rest.scanner = Some(scanner);
    }
    let in_buffer = u64::try_from(filled.saturating_sub(header.length)).unwrap_or(u64::MAX);
    let behind = if rest.ended { Some(0) } else { rest.left };
    Ok(Opened {
        kind: identity.complete(header.transfer_syntax)?,
        head: header.length..filled,
        is_all: rest.ended,
        length: behind.map(|behind| behind.saturating_add(in_buffer)),
        source: Rest::Of(rest),
    })
}

/// The header at the front of a file, of which `front` is `all` or the first part.
fn read_header(front: &[u8], all: bool) -> std::result::Result<(Header, Identity), Fault> {
    let mut header = Header::read(front, all)
        .and_then(|header| header.ok_or(part10::NotPart10::TooLong))
        .map_err(|error| {
            let fault = if error.is_dicom() { Fault::unsendable } else { Fault::NoInstance };
            fault(error.to_string())
        })?;
    if all && header.length >= front.len() {
        return Err(Fault::unsendable("there is no data set behind its header"));
    }
    let identity = Identity {
        has_header: header.length > 0,
        sop_class: header.sop_class.take(),
        sop_instance: header.sop_instance.take(),
    };
    Ok((header, identity))
}

/// What the instance is: as its header says, or where that says nothing, as the data set does.
struct Identity {
    has_header: bool,
    sop_class: Option<Uid>,
    sop_instance: Option<Uid>,
}

impl Identity {
    fn is_incomplete(&self) -> bool {
        self.sop_class.is_none() || self.sop_instance.is_none()
    }

    fn complete(mut self, transfer_syntax: Uid) -> std::result::Result<Kind, Fault> {
        let sop_class = self.sop_class.take().ok_or_else(|| self.missing_class())?;
        let sop_instance = self
            .sop_instance
            .take()
            .ok_or_else(|| self.missing("SOP Instance UID", "(0002,0003)", "(0008,0018)"))?;
        Ok(Kind { sop_class, sop_instance, transfer_syntax })
    }

    /// The data set is not whole; `words` say how.
    fn cut_off(&self, words: String) -> Fault {
        // Without a header and a SOP class, it is something else that begins like a data set.
        if self.has_header || self.sop_class.is_some() {
            Fault::unsendable(words)
        } else {
            self.missing_class()
        }
    }

    fn missing_class(&self) -> Fault {
        self.missing("SOP Class UID", "(0002,0002)", "(0008,0016)")
    }

    fn missing(&self, name: &str, meta: &str, data: &str) -> Fault {
        if self.has_header {
            Fault::unsendable(format!(
                "it has no {name}, neither {meta} in its header nor {data} in its data set"
            ))
        } else {
            Fault::NoInstance(format!(
                "it is no DICOM file, without DICM at byte 128, nor a data set with a {name} {data}"
            ))
        }
    }
}

impl Visitor for Identity {
    fn element(&mut self, header: &ElementHeader) -> Wish {
        /// A UID with its padding, and some that should not be there.
        const LONGEST: usize = 128;
        match header.tag {
            Kind::SOP_CLASS if self.sop_class.is_none() => Wish::Collect(LONGEST),
            Kind::SOP_INSTANCE if self.sop_instance.is_none() => Wish::Collect(LONGEST),
            _ => Wish::Skip,
        }
    }

    fn value(&mut self, header: &ElementHeader, value: &[u8]) -> ControlFlow<()> {
        if header.tag == Kind::SOP_CLASS {
            self.sop_class = Uid::from_wire(value);
        } else {
            self.sop_instance = Uid::from_wire(value);
        }
        ControlFlow::Continue(())
    }
}
