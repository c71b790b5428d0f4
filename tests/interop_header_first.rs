//! C-STORE of real peers to a server that decides about each instance by its front: DCMTK 3.6.7 and pynetdicom 3.0.4 send,
//! and notice nothing of it but the answer.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod peers;
mod storing;

use std::fs::{self, File};
use std::io::{IoSlice, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use dimse::dataset::value::At;
use dimse::dimse::status::Status;
use dimse::net::data::{Refusal, Sink, Taken};
use dimse::net::request::Request;
use dimse::runtime::strand::Target;
use dimse::scp::server::{Handler, Rest};
use dimse::scp::undecided::{First, Undecided};
use dimse::types::Tag;

use peers::{Folder, dcmtk, pydicom, pynetdicom};
use storing::{Serving, before_pixels, files};

/// The longest front that a server asks for by default.
const FRONT: usize = 1 << 20;
const MODALITY: Tag = Tag::new(0x0008, 0x0060);
const INSTITUTION_NAME: Tag = Tag::new(0x0008, 0x0080);

// ---- accepted as they are -------------------------------------------------------------------------------------------

#[test]
fn what_pynetdicom_sends_arrives_byte_for_byte_however_much_of_it_is_asked_for() {
    let sendable = |read: &pydicom::Read| {
        read.header.as_ref().is_some_and(|header| header[..3].iter().all(|field| field != "-"))
    };
    let all: Vec<PathBuf> = pydicom::read(&[]).into_iter().filter(sendable).map(|read| read.path).collect();
    for limit in [FRONT, 300, 0] {
        let (server, asked) = accepting(limit);
        pynetdicom::store(server.port(), "ANY-SCP", &[], &all).expect_success().expect_text("released");
        let pairs = files::same(&all, &server.files());
        assert!(pairs.len() > 150, "only {}", pairs.len());
        assert_eq!(asked.load(Ordering::Relaxed), pairs.len(), "{limit}");
        if limit == FRONT {
            files::others_read(&pairs, peers::CALLING_AE_TITLE, &[]);
        }
    }
}

/// DCMTK writes data sets anew when it sends them, so what arrives is compared with what arrives at storescp.
#[test]
fn what_dcmsend_sends_arrives_as_it_does_at_storescp() {
    let all = many_kinds();
    let reference = dcmtk::dcmsend_to_storescp(&["--no-halt"], &all);
    let (server, asked) = accepting(FRONT);
    dcmtk::dcmsend(server.port(), "ANY-SCP", &["--no-halt"], &all).expect_success();
    let pairs = files::same(&files::below(reference.folder()), &server.files());
    assert_eq!((pairs.len(), asked.load(Ordering::Relaxed)), (all.len(), all.len()));
    files::others_read(&pairs, peers::CALLING_AE_TITLE, &[]);
}

/// Somebody decides on a thread of its own, after a while.
#[test]
fn what_storescu_sends_waits_for_the_decision_and_arrives_as_it_does_at_storescp() {
    let server = Serving::deciding(FRONT, |instance| {
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            instance.into_folder(instance.front(None).unwrap()).unwrap();
        });
    });
    let (mut references, mut arrived) = (Vec::new(), Vec::new());
    for (option, name) in [
        ("-xi", "CT_small.dcm"),
        ("-xe", "MR_small.dcm"),
        ("-xb", "rtplan.dcm"),
        ("-xd", "image_dfl.dcm"),
        ("-xy", "SC_rgb_dcmtk_+eb+cy+np.dcm"),
        ("-xr", "MR_small_RLE.dcm"),
    ] {
        let reference = dcmtk::storescp(&["--bit-preserving", &option.replace('-', "+")]);
        let source = pydicom::files_named(&[name]);
        for (port, called) in [(reference.port, reference.ae_title), (server.port(), "ANY-SCP")] {
            dcmtk::storescu(port, called, &[option, "--combine", "--required"], &source).expect_success();
        }
        arrived.extend(files::below(reference.folder()));
        references.push(reference);
    }
    let pairs = files::same(&arrived, &server.files());
    assert_eq!(pairs.len(), references.len());
    files::others_read(&pairs, peers::CALLING_AE_TITLE, &[]);
}

// ---- changed --------------------------------------------------------------------------------------------------------

#[test]
fn a_front_in_which_one_element_is_changed_has_the_same_pixels_behind_it() {
    let server = Serving::deciding(FRONT, |instance| {
        instance.into_folder(changed_institution(&instance).unwrap()).unwrap();
    });
    let all = many_kinds();
    pynetdicom::store(server.port(), "ANY-SCP", &[], &all).expect_success();
    let pairs = in_pairs(&all, &server.files());
    for ((source, arrived), (_, length)) in pairs.iter().zip(MANY_KINDS) {
        // Bytes, where pydicom below compares values.
        let (before, after) = (files::data_set(source).unwrap(), files::data_set(arrived).unwrap());
        let is_same = before[before.len() - length..] == after[after.len() - length..];
        let is_changed = after.windows(10).any(|text| text == b"A hospital");
        assert!(is_changed && is_same, "{} {} {}", source.display(), before.len(), after.len());
    }
    let arrived: Vec<&Path> = pairs.iter().map(|(_, arrived)| arrived.as_path()).collect();
    dcmtk::dcmftest(&arrived).expect_success();
    let compared = pydicom::compare(&pairs, &[]);
    assert_eq!(compared.text.lines().count(), pairs.len(), "{}", compared.text);
    for line in compared.text.lines() {
        assert!(line.contains("(0008,0080) is ") && line.matches(") is ").count() == 1, "{line}");
    }
}

/// It is inflated and deflated again, wherever it goes: no byte is as it came, and pydicom finds but one value changed.
#[test]
fn a_deflated_one_is_changed_too_wherever_it_goes() {
    let folder = Folder::new("changed");
    let [file, sunk, remembered] =
        ["file.dcm", "sunk.dcm", "remembered.dcm"].map(|name| folder.path().join(name));
    let asked = AtomicUsize::new(0);
    let (to_file, to_sink, to_memory) = (file.clone(), sunk.clone(), remembered.clone());
    let header = Arc::new(Mutex::new(Vec::new()));
    let header_too = Arc::clone(&header);
    let server = Serving::with(|options| {
        options.header_handler = Some(before_pixels(FRONT, move |instance| {
            let first = changed_institution(&instance).unwrap();
            *header.lock().unwrap() = instance.file_header().unwrap();
            let _answered = match asked.fetch_add(1, Ordering::Relaxed) {
                0 => instance.into_folder(first),
                1 => instance.into_file(first, &to_file),
                2 => Ok(instance.into_sink(first, Box::new(Sunk::new(&instance, &to_sink)))),
                _ => instance.into_memory(first, 1 << 20),
            };
        }));
        options.request_handler = Some(Handler {
            target: Target::Library,
            call: Arc::new(move |request: Request| {
                if let Some(data) = request.received().and_then(|received| received.data.clone()) {
                    fs::write(&to_memory, [&header_too.lock().unwrap()[..], &data].concat()).unwrap();
                }
                let _answered = request.respond(Status::SUCCESS, None);
            }),
        });
    });
    let source = pydicom::files_named(&["image_dfl.dcm"]);
    for _ in 0..4 {
        pynetdicom::store(server.port(), "ANY-SCP", &[], &source).expect_text("image_dfl.dcm status 0x0000");
    }
    let mut arrived = server.files();
    arrived.extend([file, sunk, remembered]);
    assert_eq!(arrived.len(), 4);
    let all: Vec<&Path> = arrived.iter().map(PathBuf::as_path).collect();
    dcmtk::dcmftest(&all).expect_success();
    let pairs: Vec<_> = arrived.iter().map(|file| (source[0].clone(), file.clone())).collect();
    let compared = pydicom::compare(&pairs, &[]);
    assert_eq!(compared.text.lines().count(), 4, "{}", compared.text);
    for (line, (_, file)) in compared.text.lines().zip(&pairs) {
        assert!(line.contains("(0008,0080) is") && line.matches(") is ").count() == 1, "{line}");
        assert_eq!(files::header_of(file).transfer_syntax, files::header_of(&source[0]).transfer_syntax);
    }
}

/// A sink of its own that makes a file, and counts what it writes.
struct Sunk(File, usize);

impl Sunk {
    fn new(instance: &Undecided, path: &Path) -> Self {
        let mut file = File::create(path).unwrap();
        file.write_all(&instance.file_header().unwrap()).unwrap();
        Self(file, 0)
    }
}

impl Sink for Sunk {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        for bytes in bytes {
            self.0.write_all(bytes).unwrap();
            self.1 += bytes.len();
        }
        Ok(Taken::Ready)
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        Ok(Taken::Ready)
    }

    fn keep(self: Box<Self>) -> Result<(), Refusal> {
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.1.try_into().unwrap()
    }
}

// ---- refused --------------------------------------------------------------------------------------------------------

#[test]
fn what_is_refused_by_its_front_is_told_and_each_sender_goes_on() {
    let folder = Folder::new("large");
    let mut all = pydicom::files_named(&["MR_small.dcm", "CT_small.dcm", "test-SR.dcm"]);
    // The rest of which is still on its way when it is refused: it has no modality.
    all.insert(1, files::large(folder.path(), 24));

    let server = refusing(Rest::Discard);
    let outcome = pynetdicom::store(server.port(), "ANY-SCP", &[], &all)
        .expect_text("MR_small.dcm status 0x0000")
        .expect_text("24MiB.dcm status 0xC123 not ours")
        .expect_text("CT_small.dcm status 0xC123 not ours")
        .expect_text("test-SR.dcm status 0x0000")
        .expect_text("released");
    assert_eq!(outcome.code, 1);
    only_two_are_there(&server, &all);

    let server = refusing(Rest::Discard);
    let outcome = dcmtk::storescu(server.port(), "ANY-SCP", &["--no-halt", "--required"], &all);
    let refused = outcome.text.matches("Received Store Response (Error: CannotUnderstand)").count();
    let stored = outcome.text.matches("Received Store Response (Success)").count();
    assert_eq!((refused, stored), (2, 2), "{}", outcome.text);
    only_two_are_there(&server, &all);

    let server = refusing(Rest::Discard);
    dcmtk::dcmsend(server.port(), "ANY-SCP", &["--no-halt"], &all)
        .expect_text("with status SUCCESS  : 2")
        .expect_text("with status ERROR    : 2");
    only_two_are_there(&server, &all);
}

/// The rest of a large one is not waited for.
#[test]
fn the_association_may_end_with_what_is_refused() {
    let folder = Folder::new("large");
    let large = [files::large(folder.path(), 24)];
    let server = refusing(Rest::Abort);
    let outcome = dcmtk::storescu(server.port(), "ANY-SCP", &["--required"], &large);
    assert_ne!(outcome.code, 0, "{}", outcome.text);
    assert!(!outcome.text.contains("Received Store Response"), "{}", outcome.text);
    assert_eq!((server.counters_when_idle().aborted_total, server.files()), (1, Vec::new()));
}

/// One for each way in which a front is written, each with so many bytes of pixels at its end, or nearly there.
const MANY_KINDS: [(&str, usize); 6] = [
    ("CT_small.dcm", 32768),
    ("MR_small_implicit.dcm", 8192),
    ("MR_small_bigendian.dcm", 8192),
    ("MR_small_RLE.dcm", 6128),
    ("SC_rgb_jpeg_gdcm.dcm", 3876),
    ("JPEG2000.dcm", 266),
];

fn many_kinds() -> Vec<PathBuf> {
    pydicom::files_named(&MANY_KINDS.map(|(name, _)| name))
}

/// A server that takes all, and how many it was asked about.
fn accepting(limit: usize) -> (Serving, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let server = Serving::deciding(limit, move |instance| {
        counted.fetch_add(1, Ordering::Relaxed);
        instance.into_folder(instance.front(None).unwrap()).unwrap();
    });
    (server, asked)
}

/// A server that takes MR and SR.
fn refusing(rest: Rest) -> Serving {
    Serving::with(|options| {
        options.rest = rest;
        options.header_handler = Some(before_pixels(FRONT, |instance| {
            let modality = instance.header().unwrap().string(&MODALITY.into(), At::All).unwrap();
            let _answered = match modality.as_deref() {
                Some("MR" | "SR") => instance.into_folder(instance.front(None).unwrap()),
                _ => instance.refuse(Status(0xC123), Some("not ours")),
            };
        }));
    })
}

#[track_caller]
fn only_two_are_there(server: &Serving, sent: &[PathBuf]) {
    assert_eq!(server.counters_when_idle().aborted_total, 0);
    let names: Vec<_> = in_pairs(sent, &server.files())
        .into_iter()
        .map(|(source, _)| source.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["MR_small.dcm", "test-SR.dcm"]);
}

/// What has arrived, each behind what it was sent as. Some of pydicom's files are one instance in several syntaxes.
fn in_pairs(sent: &[PathBuf], arrived: &[PathBuf]) -> Vec<(PathBuf, PathBuf)> {
    let name = |file: &PathBuf| {
        let header = files::header_of(file);
        (header.sop_instance, header.transfer_syntax)
    };
    let pairs: Vec<_> = sent
        .iter()
        .filter_map(|source| {
            let is_it = |file: &&PathBuf| name(file) == name(source);
            Some((source.clone(), arrived.iter().find(is_it)?.clone()))
        })
        .collect();
    assert_eq!(pairs.len(), arrived.len());
    pairs
}

fn changed_institution(instance: &Undecided) -> Result<First, dimse::error::Error> {
    let mut front = instance.header()?;
    front.set_string(&INSTITUTION_NAME.into(), At::All, "A hospital")?;
    instance.front(Some(&front))
}
