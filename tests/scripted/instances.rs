//! Instances: as messages, as files, and the folder of a node that takes them.

use std::fs;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use dimse::dataset::part10::NewHeader;
use dimse::dimse::command::{CommandSet, Priority};
use dimse::dimse::status::Status;
use dimse::scp::server::ServerOptions;
use dimse::storage::folder::FolderOptions;
use dimse::storage::instance::Instance;
use dimse::types::{AbortReason, Uid};
use dimse::ul::negotiation::{AcceptableContext, Roles};
use dimse::wire::pdu::{AssociateRq, Pdu};
use dimse::wire::uids;

use super::bytes;
use super::peer::{Came, Peer};
use super::{PATIENCE, eventually};

/// CT Image Storage: on context 3, beside Verification on context 1.
pub(crate) const CT: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.1.2");
pub(crate) const STUDY: &str = "1.2.3";
pub(crate) const SERIES: &str = "1.2.4";

/// A data set in Implicit VR Little Endian with `pixels` bytes of pixel data.
pub(crate) fn data_set(instance: &str, pixels: usize) -> Vec<u8> {
    data_set_of(STUDY.as_bytes(), SERIES.as_bytes(), instance, pixels)
}

pub(crate) fn data_set_of(study: &[u8], series: &[u8], instance: &str, pixels: usize) -> Vec<u8> {
    let values: Vec<u8> = (0..pixels).map(|at| u8::try_from((at * 7 + at / 256) % 251).unwrap()).collect();
    let mut bytes = Vec::new();
    for (group, number, value) in [
        (0x0008_u16, 0x0016_u16, CT.as_str().as_bytes()),
        (0x0008, 0x0018, instance.as_bytes()),
        (0x0020, 0x000D, study),
        (0x0020, 0x000E, series),
        (0x7FE0, 0x0010, &values),
    ] {
        let length = value.len().next_multiple_of(2);
        bytes.extend(group.to_le_bytes());
        bytes.extend(number.to_le_bytes());
        bytes.extend(u32::try_from(length).unwrap().to_le_bytes());
        bytes.extend(value);
        bytes.extend(&[0][..length - value.len()]);
    }
    bytes
}

pub(crate) fn instance(uid: &str, pixels: usize) -> Instance {
    Instance::from_bytes(file(uid, pixels))
}

/// The same as a DICOM file.
pub(crate) fn file(uid: &str, pixels: usize) -> Vec<u8> {
    let header = NewHeader {
        sop_class: &CT,
        sop_instance: &Uid::new(uid).unwrap(),
        transfer_syntax: &uids::IMPLICIT_VR_LITTLE_ENDIAN,
        implementation_class: &Uid::from_static("1.2.5"),
        implementation_version: b"SCRIPT",
        source: None,
    };
    [header.encode(), data_set(uid, pixels)].concat()
}

// ---- messages -------------------------------------------------------------------------------------------------------

/// An association request for Verification on context 1 and CT Image Storage on context 3.
pub(crate) fn request() -> AssociateRq {
    let mut request = bytes::request();
    request.contexts.push(bytes::proposed(3, &CT));
    request
}

pub(crate) fn store_rq(message_id: u16, instance: &str) -> CommandSet {
    CommandSet::c_store_rq(message_id, CT, Uid::new(instance).unwrap(), Priority::Medium)
}

pub(crate) fn store_rsp(message_id: u16, instance: &str, status: Status) -> Vec<u8> {
    bytes::message(3, &CommandSet::response_to(&store_rq(message_id, instance), status))
}

/// A data set as PDUs of one fragment each.
pub(crate) fn fragments(context: u8, data_set: &[u8], size: usize) -> Vec<u8> {
    let count = data_set.len().div_ceil(size).max(1);
    let fragment = |index: usize| {
        let part = &data_set[index * size..data_set.len().min((index + 1) * size)];
        bytes::p_data(&[(context, if index + 1 == count { bytes::LAST } else { 0 }, part)])
    };
    (0..count).flat_map(fragment).collect()
}

/// A whole C-STORE-RQ.
pub(crate) fn stored(message_id: u16, instance: &str, data_set: &[u8]) -> Vec<u8> {
    [bytes::message(3, &store_rq(message_id, instance)), fragments(3, data_set, 4090)].concat()
}

impl Peer {
    /// A C-STORE-RSP with this message id on context 3.
    #[track_caller]
    pub(crate) fn expect_store_rsp(&mut self, message_id: u16) -> CommandSet {
        let (context, response) = self.expect_command();
        assert_eq!((context, response.command_field.get(), response.message_id), (3, 0x8001, message_id));
        assert!(!response.has_data_set);
        response
    }

    #[track_caller]
    pub(crate) fn expect_stored(&mut self, message_id: u16) {
        let response = self.expect_store_rsp(message_id);
        assert_eq!(response.status, Some(Status::SUCCESS), "{response:?}");
    }

    /// The data set behind a C-STORE-RQ: fragments that are even, the last of them flagged, up to `longest` bytes.
    #[track_caller]
    pub(crate) fn expect_data_set(&mut self, longest: usize) -> Vec<u8> {
        let mut data_set = Vec::new();
        loop {
            let pdvs = match self.next(PATIENCE) {
                Came::Data(pdvs) => pdvs,
                other => panic!("not a P-DATA-TF: {other:?}"),
            };
            for pdv in pdvs {
                assert!(!pdv.command && pdv.context == 3 && pdv.value.len().is_multiple_of(2));
                assert!(pdv.value.len() + 6 <= longest, "{} bytes for {longest}", pdv.value.len());
                data_set.extend_from_slice(&pdv.value);
                if pdv.last {
                    return data_set;
                }
            }
        }
    }

    /// What is left of a data set that is not completed: whole PDUs, none of them the last, and an A-ABORT behind them.
    #[track_caller]
    pub(crate) fn drain_to_abort(&mut self) {
        loop {
            match self.next(PATIENCE) {
                Came::Data(pdvs) => assert!(!pdvs.iter().any(|pdv| pdv.last)),
                Came::Pdu(pdu) => return assert_eq!(pdu, Pdu::Abort(AbortReason::USER)),
                other => panic!("{other:?}"),
            }
        }
    }

    /// A whole C-STORE-RQ: its message id.
    #[track_caller]
    pub(crate) fn expect_store_rq(&mut self) -> u16 {
        let (context, command) = self.expect_command();
        assert_eq!((context, command.command_field.get()), (3, 0x0001));
        self.expect_data_set(usize::MAX);
        command.message_id
    }
}

// ---- where they go --------------------------------------------------------------------------------------------------

/// A new empty folder, removed with all that is in it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("dimse-scripted-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// The one of another process, which removes it.
    pub(crate) fn of_another(path: PathBuf) -> ManuallyDrop<Self> {
        ManuallyDrop::new(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A server's options that take CT Image Storage into this folder.
    pub(crate) fn take(&self, options: &mut ServerOptions) {
        options.policy.contexts.push(AcceptableContext {
            abstract_syntax: CT,
            transfer_syntaxes: uids::UNCOMPRESSED_LITTLE_ENDIAN.to_vec(),
            requestor: Roles::SCU,
        });
        options.folder = Some(FolderOptions { free_space_floor_bytes: 0, ..FolderOptions::new(&self.0) });
    }

    /// Every file under a final name, as its path below the folder.
    pub(crate) fn finished(&self) -> Vec<String> {
        let mut all = self.files();
        all.retain(|file| !file.contains(".dimse-part"));
        all
    }

    /// No instance is unfinished: what is left in the folder for those is the lock of the server's sink.
    #[track_caller]
    pub(crate) fn expect_nothing_unfinished(&self) {
        eventually("nothing is unfinished", || !self.has_unfinished());
    }

    /// Some instance is on its way.
    pub(crate) fn has_unfinished(&self) -> bool {
        self.files().iter().filter(|file| file.contains(".dimse-part")).count() > 1
    }

    #[track_caller]
    pub(crate) fn expect_nothing(&self) {
        self.expect_nothing_unfinished();
        assert_eq!(self.finished(), Vec::<String>::new());
    }

    /// The data set of the finished instance.
    pub(crate) fn data_set(&self, instance: &str) -> Vec<u8> {
        let path = self.0.join(STUDY).join(SERIES).join(format!("{instance}.dcm"));
        let bytes = fs::read(path).unwrap();
        let header = dimse::dataset::part10::Header::read(&bytes, true).unwrap().unwrap();
        bytes[header.length..].to_vec()
    }

    fn files(&self) -> Vec<String> {
        fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(root, &path, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let mut found = Vec::new();
        collect(&self.0, &self.0, &mut found);
        found
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone_already = fs::remove_dir_all(&self.0);
    }
}
