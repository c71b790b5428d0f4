//! A folder that takes received instances: what lies in it afterwards, and what the peer is told where nothing does.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]
#![allow(clippy::indexing_slicing, reason = "a test says what went wrong by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, IoSlice, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use dimse::dimse::status::Status;
use dimse::error::Cause;
use dimse::net::data::{Refusal, Sink as _};
use dimse::storage::folder::part_file::{Kept, PartFile};
use dimse::storage::folder::template::PathTemplate;
use dimse::storage::folder::{Collision, Durability, Folder, FolderOptions, Incoming};
use dimse::storage::stored::Stored;
use dimse::types::{AeTitle, Tag, Uid};
use dimse::wire::uids;
use flate2::Compression;
use flate2::write::DeflateEncoder;

static CT: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.1.2");
const STUDY: Tag = Tag::new(0x0020, 0x000D);
const SERIES: Tag = Tag::new(0x0020, 0x000E);
const MODALITY: Tag = Tag::new(0x0008, 0x0060);

// ---- what a file is -------------------------------------------------------------------------------------------------

#[test]
fn the_file_is_a_header_and_the_bytes_that_came() {
    let scratch = Scratch::new();
    let folder = open(&scratch);
    let data_set = data_set("1.2.3", "1.2.4");
    let kept = store(&folder, "1.2.5", &data_set).unwrap();
    assert_eq!(kept, Kept { path: scratch.path().join("1.2.3/1.2.4/1.2.5.dcm"), already_there: false });

    let version = concat!("LIBDIMSE ", env!("CARGO_PKG_VERSION"));
    let mut group = b"\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01".to_vec();
    group.extend(b"\x02\0\x02\0UI\x1a\x001.2.840.10008.5.1.4.1.1.2\0");
    group.extend(b"\x02\0\x03\0UI\x06\x001.2.5\0");
    group.extend(b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0");
    group.extend(b"\x02\0\x12\0UI\x2c\x002.25.284066207272072608789437744203801826376");
    group.extend(b"\x02\0\x13\0SH");
    let padded = version.len().next_multiple_of(2);
    group.extend(u16::try_from(padded).unwrap().to_le_bytes());
    group.extend(format!("{version:padded$}").bytes());
    group.extend(b"\x02\0\x16\0AE\x08\0MODALITY");
    let mut expected = vec![0; 128];
    expected.extend(b"DICM\x02\0\0\0UL\x04\0");
    expected.extend(u32::try_from(group.len()).unwrap().to_le_bytes());
    expected.extend(group);
    expected.extend(&data_set);
    assert_eq!(fs::read(kept.path).unwrap(), expected);
    assert_eq!(files(&scratch), ["1.2.3/1.2.4/1.2.5.dcm"]);
}

#[test]
fn any_split_makes_the_same_file() {
    let scratch = Scratch::new();
    let folder = open(&scratch);
    let data_set = data_set("1.2.3", "1.2.4");
    let whole = fs::read(store(&folder, "1.2.5", &data_set).unwrap().path).unwrap();
    for size in 1..data_set.len() {
        let mut part = receive(&folder, "1.2.5").unwrap();
        part.write(&[]).unwrap();
        // One slice at a time, then all that are left in one gathered write, empty ones among them.
        let (first, rest) = data_set.split_at(data_set.len() / 2);
        for slice in first.chunks(size) {
            part.write(&[IoSlice::new(slice)]).unwrap();
        }
        let empty: &[u8] = &[];
        let slices: Vec<IoSlice<'_>> =
            rest.chunks(size).flat_map(|slice| [IoSlice::new(slice), IoSlice::new(empty)]).collect();
        part.write(&slices).unwrap();
        assert_eq!(part.receipt().bytes(), u64::try_from(data_set.len()).unwrap());
        let kept = keep(part).unwrap();
        assert_eq!(kept.path, scratch.path().join("1.2.3/1.2.4/1.2.5.dcm"), "{size}");
        assert_eq!(fs::read(kept.path).unwrap(), whole, "{size}");
    }
}

#[test]
fn a_deflated_data_set_is_looked_into_and_stored_as_it_came() {
    let scratch = Scratch::new();
    let folder = open(&scratch);
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&data_set("1.2.3", "1.2.4")).unwrap();
    let deflated = encoder.finish().unwrap();
    let incoming = Incoming { transfer_syntax: &DEFLATED, ..incoming(&UID) };
    let mut part = folder.receive(&incoming).unwrap();
    for byte in &deflated {
        part.write(&[IoSlice::new(&[*byte])]).unwrap();
    }
    let kept = keep(part).unwrap();
    assert_eq!(kept.path, scratch.path().join("1.2.3/1.2.4/1.2.5.dcm"));
    assert!(fs::read(kept.path).unwrap().ends_with(&deflated));
}

#[test]
fn an_empty_data_set_is_a_header() {
    let scratch = Scratch::new();
    let kept = store(&open(&scratch), "1.2.5", b"").unwrap();
    assert_eq!(kept.path, scratch.path().join("unknown/unknown/1.2.5.dcm"));
    assert_eq!(&fs::read(kept.path).unwrap()[128..132], b"DICM");
}

#[test]
fn what_is_kept_is_counted_and_nothing_else() {
    let scratch = Scratch::new();
    let folder = open_with(&scratch, |options| options.collision = Collision::Keep);
    let data_set = data_set("1.2.3", "1.2.4");
    let length = u64::try_from(data_set.len()).unwrap();
    let written = || {
        let mut part = receive(&folder, "1.2.5").unwrap();
        part.write(&[IoSlice::new(&data_set)]).unwrap();
        part.finish().unwrap();
        part
    };
    drop(written());
    assert_eq!(folder.stored(), Stored::default());
    // Nobody has to hear of it: the association that it came over may have ended meanwhile.
    Box::new(written()).keep().unwrap();
    assert_eq!(folder.stored(), Stored { instances: 1, bytes: length });
    // Success too, as the peer is told.
    Box::new(written()).keep().unwrap();
    assert_eq!(folder.stored(), Stored { instances: 2, bytes: 2 * length });
    fs::remove_dir_all(scratch.path()).unwrap();
    assert!(receive(&folder, "1.2.5").is_err());
    assert_eq!(folder.stored().instances, 2);
}

#[test]
fn every_key_has_its_value() {
    let scratch = Scratch::new();
    let text = "{calling}-{called}/{class}/{modality}/{date}/{study}/{series}/{instance}";
    let folder = open_with(&scratch, |options| options.template = PathTemplate::parse(text).unwrap());
    let kept = store(&folder, "1.2.5", &data_set("1.2.3", "1.2.4")).unwrap();
    let path = kept.path.strip_prefix(scratch.path()).unwrap().to_str().unwrap().to_owned();
    let components: Vec<&str> = path.split('/').collect();
    assert_eq!(components[..3], ["MODALITY-PACS", "1.2.840.10008.5.1.4.1.1.2", "CT"], "{path}");
    assert!(components[3].len() == 8 && components[3] > "20260000", "{path}");
    assert_eq!(components[4..], ["1.2.3", "1.2.4", "1.2.5"], "{path}");
}

// ---- names that are none --------------------------------------------------------------------------------------------

#[test]
fn no_received_value_leads_out_of_the_folder() {
    let scratch = Scratch::new();
    let folder = open(&scratch);
    assert_eq!(
        folder.receive(&Incoming { sop_instance: None, ..incoming(&UID) }).unwrap_err().status.0,
        0x0117
    );
    for bad in [".", "..", "...", ".1", "1.", "1..2"] {
        let uid = Uid::from_wire(bad.as_bytes()).unwrap();
        let refusal = receive_uid(&folder, &uid).unwrap_err();
        assert_eq!(refusal.status, Status::INVALID_SOP_INSTANCE, "{bad}");
    }
    for bad in [
        "",
        "..",
        "../../../x",
        "/tmp/x",
        "1.2/3",
        "1.2\\3",
        "1.2\x003",
        "1.2\n3",
        "$(x)",
        ".1",
        &"1".repeat(65),
    ] {
        for data_set in [data_set(bad, "1.2.4"), data_set("1.2.3", bad)] {
            let refusal = store(&folder, "1.2.5", &data_set).unwrap_err();
            assert_eq!(refusal.status, Status::UNABLE_TO_PROCESS, "{bad:?}");
            assert!(refusal.comment.len() <= 64 && refusal.comment.contains("Instance UID"), "{refusal:?}");
        }
    }
    nothing_in(&scratch);
}

#[test]
fn titles_and_code_strings_stay_names() {
    let scratch = Scratch::new();
    let text = "{calling}/{called}/{modality}/{instance}";
    let folder = open_with(&scratch, |options| options.template = PathTemplate::parse(text).unwrap());
    for (value, name) in [
        (&b".."[..], "__"),
        (b".", "_"),
        (b"../../etc", "_._.._etc"),
        (b"/", "_"),
        (b"A\0B", "A_B"),
        (b"", "unknown"),
        (b"NUL", "_NUL"),
        (b"\xff\x01", "__"),
        (b".dimse-part", "_dimse-part"),
    ] {
        let title = AeTitle::from_wire(value);
        let mut data_set = Vec::new();
        element(&mut data_set, MODALITY, *b"CS", value);
        let incoming = Incoming { calling: &title, called: &title, ..incoming(&UID) };
        let mut part = folder.receive(&incoming).unwrap();
        part.write(&[IoSlice::new(&data_set)]).unwrap();
        let kept = keep(part).unwrap();
        assert_eq!(kept.path, scratch.path().join(format!("{name}/{name}/{name}/1.2.5")), "{value:?}");
        assert!(kept.path.is_file());
    }
}

#[test]
fn what_is_no_data_set_is_stored_all_the_same() {
    let scratch = Scratch::new();
    let folder = open(&scratch);
    let kept = store(&folder, "1.2.5", b"this is not a data set, but somebody wants to keep it").unwrap();
    assert_eq!(kept.path, scratch.path().join("unknown/unknown/1.2.5.dcm"));
    assert!(fs::read(kept.path).unwrap().ends_with(b"wants to keep it"));
}

// ---- the same name again --------------------------------------------------------------------------------------------

#[test]
fn eight_at_once_with_one_name() {
    const ROUNDS: usize = 20;
    for collision in [Collision::Replace, Collision::Keep, Collision::Number] {
        let scratch = Scratch::new();
        // Two servers with one folder.
        let folders: Vec<Folder> =
            (0..2).map(|_| open_with(&scratch, |options| options.collision = collision)).collect();
        let barrier = Barrier::new(8);
        let body = |writer: usize| {
            let mut body = data_set("1.2.3", "1.2.4");
            let filling = [b'a' + u8::try_from(writer).unwrap(); 10_000];
            element(&mut body, Tag::new(0x0028, 0x0010), *b"LT", &filling);
            body
        };
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let (folder, barrier, body) = (&folders[writer % 2], &barrier, body(writer));
                scope.spawn(move || {
                    for _ in 0..ROUNDS {
                        barrier.wait();
                        store(folder, "1.2.5", &body).unwrap();
                    }
                });
            }
        });
        let names = files(&scratch);
        let whole: Vec<usize> = names
            .iter()
            .map(|name| {
                let bytes = fs::read(scratch.path().join(name)).unwrap();
                (0..8).find(|writer| bytes.ends_with(&body(*writer))).expect("a mixed or cut file")
            })
            .collect();
        match collision {
            Collision::Replace | Collision::Keep => assert_eq!(names, ["1.2.3/1.2.4/1.2.5.dcm"]),
            Collision::Number => {
                let expected: BTreeSet<String> = std::iter::once(String::new())
                    .chain((1..8 * ROUNDS).map(|number| format!("_{number}")))
                    .map(|number| format!("1.2.3/1.2.4/1.2.5{number}.dcm"))
                    .collect();
                assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), expected);
                for writer in 0..8 {
                    assert_eq!(whole.iter().filter(|found| **found == writer).count(), ROUNDS);
                }
            }
        }
        assert_eq!(unfinished(&scratch), [""; 0]);
        drop(folders);
        assert!(!scratch.path().join(".dimse-part").exists());
    }
}

#[test]
fn the_first_stays_and_the_sender_of_the_second_is_told_success() {
    let scratch = Scratch::new();
    let folder = open_with(&scratch, |options| options.collision = Collision::Keep);
    let first = store(&folder, "1.2.5", &data_set("1.2.3", "1.2.4")).unwrap();
    let before = fs::read(&first.path).unwrap();
    let mut longer = data_set("1.2.3", "1.2.4");
    element(&mut longer, Tag::new(0x0028, 0x0010), *b"US", b"\0\x02");
    let second = store(&folder, "1.2.5", &longer).unwrap();
    assert_eq!(second, Kept { already_there: true, ..first });
    assert_eq!(fs::read(&second.path).unwrap(), before);
    assert_eq!(files(&scratch).len(), 1);
}

#[test]
fn every_durability_stores() {
    for durability in [Durability::None, Durability::Data, Durability::Full] {
        for collision in [Collision::Replace, Collision::Keep, Collision::Number] {
            let scratch = Scratch::new();
            let folder = open_with(&scratch, |options| {
                options.folder = scratch.path().join("new");
                options.durability = durability;
                options.collision = collision;
            });
            for (instance, study) in [("1.2.5", "1.2.3"), ("1.2.6", "1.2.3"), ("1.2.7", "1.2.9")] {
                let kept = store(&folder, instance, &data_set(study, "1.2.4")).unwrap();
                assert_eq!(kept.path, scratch.path().join(format!("new/{study}/1.2.4/{instance}.dcm")));
                assert!(kept.path.is_file());
            }
        }
    }
}

// ---- what is not kept -----------------------------------------------------------------------------------------------

#[test]
fn what_is_dropped_leaves_nothing() {
    let scratch = Scratch::new();
    let folder = open(&scratch);
    let data_set = data_set("1.2.3", "1.2.4");
    let untouched = receive(&folder, "1.2.5").unwrap();
    let mut begun = receive(&folder, "1.2.5").unwrap();
    begun.write(&[IoSlice::new(&data_set)]).unwrap();
    let mut complete = receive(&folder, "1.2.5").unwrap();
    complete.write(&[IoSlice::new(&data_set)]).unwrap();
    complete.finish().unwrap();
    let receipt = complete.receipt().clone();
    // A handler may look at it before it decides.
    assert!(fs::read(receipt.part()).unwrap().ends_with(&data_set));
    drop((untouched, begun, complete));
    assert!(!receipt.part().exists());
    assert_eq!(receipt.kept(), None);
    nothing_in(&scratch);
}

#[test]
fn nothing_is_kept_that_is_not_complete() {
    let scratch = Scratch::new();
    let folder = open(&scratch);
    let mut part = receive(&folder, "1.2.5").unwrap();
    part.write(&[IoSlice::new(b"x")]).unwrap();
    assert_eq!(Box::new(part).keep().unwrap_err().status, Status::PROCESSING_FAILURE);
    let mut part = receive(&folder, "1.2.5").unwrap();
    part.finish().unwrap();
    assert_eq!(part.write(&[IoSlice::new(b"x")]).unwrap_err().status, Status::PROCESSING_FAILURE);
    drop(part);
    nothing_in(&scratch);
}

const WRITER: &str = "DIMSE_TEST_WRITER";

/// A program that is killed while it writes leaves an unfinished file, which the next one removes; of one that still
/// runs nothing is touched.
#[test]
fn killed_writers_are_cleaned_up_after_and_living_ones_let_alone() {
    if let Some(path) = std::env::var_os(WRITER) {
        let folder = Folder::open(FolderOptions::new(path)).unwrap();
        let mut part = receive(&folder, "1.2.5").unwrap();
        part.write(&[IoSlice::new(&data_set("1.2.3", "1.2.4"))]).unwrap();
        println!("writing {}", part.receipt().part().display());
        let told = std::io::stdin().read(&mut [0]).unwrap();
        assert_eq!(told, 1, "nobody is there any more");
        keep(part).unwrap();
        return;
    }
    let scratch = Scratch::new();
    let start = || {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed_writers_are_cleaned_up_after_and_living_ones_let_alone", "--nocapture"])
            .env(WRITER, scratch.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let part = lines.find_map(|line| Some(PathBuf::from(line.split_once("writing ")?.1)));
        (child, part.expect("the writer does not start"), lines)
    };
    let (mut living, its_part, _lines) = start();
    let (mut killed, left, _lines) = start();
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(left.exists() && left.starts_with(scratch.path().join(".dimse-part")));
    assert_eq!(left.extension().unwrap(), "dimse-part");

    let folder = open(&scratch);
    assert!(!left.exists(), "the file of the one that was killed stays");
    assert!(its_part.exists(), "the file of the one that lives is gone");
    assert_eq!(files(&scratch), [""; 0]);
    living.stdin.take().unwrap().write_all(b"x").unwrap();
    assert!(living.wait().unwrap().success());
    assert_eq!(files(&scratch), ["1.2.3/1.2.4/1.2.5.dcm"]);
    drop(folder);
    assert!(!scratch.path().join(".dimse-part").exists());
}

// ---- what is wrong on this side -------------------------------------------------------------------------------------

#[test]
fn folders_that_cannot_be_used_are_refused_before_anything_starts() {
    let scratch = Scratch::new();
    let file = scratch.path().join("file");
    fs::write(&file, "").unwrap();
    let taken = scratch.path().join("taken");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join(".dimse-part"), "").unwrap();
    for path in [scratch.path().join("missing/missing"), file.clone(), file.join("x"), taken, PathBuf::new()]
    {
        let error = Folder::open(FolderOptions::new(&path)).unwrap_err();
        assert!(matches!(error.cause(), Cause::Io { .. }), "{error:?}");
        assert!(error.to_string().contains("cannot be used"), "{error}");
        assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_read_only_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    // Root may write anywhere but where nobody may.
    for path in ["/proc", "/sys"] {
        let error = Folder::open(FolderOptions::new(path)).unwrap_err().to_string();
        assert!(error.contains(&format!("the folder {path} cannot be used")), "{error}");
    }
    let scratch = Scratch::new();
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let may_write_all_the_same = fs::write(scratch.path().join("x"), "").is_ok();
    assert_eq!(Folder::open(FolderOptions::new(scratch.path())).is_ok(), may_write_all_the_same);
}

#[test]
#[cfg(unix)]
fn a_folder_may_have_any_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let scratch = Scratch::new();
    let path = scratch.path().join(OsStr::from_bytes(b"\xff\n \xe9"));
    let folder = Folder::open(FolderOptions::new(&path)).unwrap();
    assert_eq!(folder.path(), path);
    let kept = store(&folder, "1.2.5", &data_set("1.2.3", "1.2.4")).unwrap();
    assert_eq!(kept.path, path.join("1.2.3/1.2.4/1.2.5.dcm"));
    assert!(kept.path.is_file());
    assert!(Folder::open(FolderOptions::new("a\0b")).is_err());
}

#[test]
fn a_folder_that_somebody_removes() {
    let scratch = Scratch::new();
    let root = scratch.path().join("folder");
    let folder = open_with(&scratch, |options| options.folder.clone_from(&root));
    let data_set = data_set("1.2.3", "1.2.4");
    store(&folder, "1.2.5", &data_set).unwrap();
    // That of a study comes back.
    fs::remove_dir_all(root.join("1.2.3")).unwrap();
    assert!(store(&folder, "1.2.5", &data_set).unwrap().path.is_file());
    // The folder itself does not: its going may mean that a disk is not mounted.
    let mut part = receive(&folder, "1.2.5").unwrap();
    part.write(&[IoSlice::new(&data_set)]).unwrap();
    fs::remove_dir_all(&root).unwrap();
    let refusal = keep(part).unwrap_err();
    assert_eq!(refusal.status, Status::OUT_OF_RESOURCES);
    assert_eq!(refusal.comment, "the folder, or the file in it, was removed");
    assert_eq!(receive(&folder, "1.2.5").unwrap_err().status, Status::OUT_OF_RESOURCES);
    assert!(!root.exists());
    // Once it is there again, all is well.
    fs::create_dir(&root).unwrap();
    assert!(store(&folder, "1.2.5", &data_set).unwrap().path.is_file());
}

#[test]
fn something_else_has_the_name() {
    let scratch = Scratch::new();
    let folder = open(&scratch);
    fs::write(scratch.path().join("1.2.3"), "").unwrap();
    let refusal = store(&folder, "1.2.5", &data_set("1.2.3", "1.2.4")).unwrap_err();
    assert_eq!(refusal.status, Status::OUT_OF_RESOURCES);
    assert_eq!(files(&scratch), ["1.2.3"]);
}

#[test]
fn less_free_space_than_the_floor() {
    let scratch = Scratch::new();
    let folder = open_with(&scratch, |options| options.free_space_floor_bytes = u64::MAX);
    let refusal = receive(&folder, "1.2.5").unwrap_err();
    assert_eq!(
        refusal,
        Refusal {
            status: Status::OUT_OF_RESOURCES,
            comment: "the disk is nearly full".to_owned(),
            by_caller: false
        }
    );
    nothing_in(&scratch);
}

const LIMITED: &str = "DIMSE_TEST_LIMITED";

/// The nearest to a disk that gets full midway which needs no rights: a limit of the size of files.
#[test]
#[cfg(target_os = "linux")]
fn a_write_that_fails_midway_is_told_and_leaves_nothing() {
    if std::env::var_os(LIMITED).is_some() {
        let scratch = Scratch::new();
        let folder = open(&scratch);
        let mut part = receive(&folder, "1.2.5").unwrap();
        let bytes = [0; 3000];
        part.write(&[IoSlice::new(&bytes)]).unwrap();
        // The first of the two fits in part.
        let refusal = part.write(&[IoSlice::new(&bytes), IoSlice::new(&bytes)]).unwrap_err();
        assert_eq!(refusal.status, Status::OUT_OF_RESOURCES);
        assert_eq!(refusal.comment, "the file is larger than the system allows");
        let receipt = part.receipt().clone();
        drop(part);
        assert!(!receipt.part().exists());
        store(&folder, "1.2.6", &data_set("1.2.3", "1.2.4")).unwrap();
        assert_eq!(files(&scratch), ["1.2.3/1.2.4/1.2.6.dcm"]);
        return;
    }
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ && ulimit -f 8 && exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "a_write_that_fails_midway_is_told_and_leaves_nothing", "--nocapture"])
        .env(LIMITED, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

// ---- helpers --------------------------------------------------------------------------------------------------------

static UID: Uid = Uid::from_static("1.2.5");
static EXPLICIT: Uid = uids::EXPLICIT_VR_LITTLE_ENDIAN;
static DEFLATED: Uid = uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;

fn incoming(sop_instance: &Uid) -> Incoming<'_> {
    static TITLES: std::sync::OnceLock<[AeTitle; 2]> = std::sync::OnceLock::new();
    let [calling, called] =
        TITLES.get_or_init(|| ["MODALITY", "PACS"].map(|title| AeTitle::new(title).unwrap()));
    Incoming { sop_class: &CT, sop_instance: Some(sop_instance), transfer_syntax: &EXPLICIT, calling, called }
}

fn open(scratch: &Scratch) -> Folder {
    open_with(scratch, |_| {})
}

fn open_with(scratch: &Scratch, set: impl FnOnce(&mut FolderOptions)) -> Folder {
    let mut options = FolderOptions::new(scratch.path());
    set(&mut options);
    Folder::open(options).unwrap()
}

fn receive(folder: &Folder, sop_instance: &str) -> Result<PartFile, Refusal> {
    receive_uid(folder, &Uid::new(sop_instance).unwrap())
}

fn receive_uid(folder: &Folder, sop_instance: &Uid) -> Result<PartFile, Refusal> {
    folder.receive(&incoming(sop_instance))
}

fn keep(mut part: PartFile) -> Result<Kept, Refusal> {
    part.finish()?;
    let receipt = part.receipt().clone();
    Box::new(part).keep()?;
    assert!(!receipt.part().exists());
    Ok(receipt.kept().unwrap().clone())
}

fn store(folder: &Folder, sop_instance: &str, data_set: &[u8]) -> Result<Kept, Refusal> {
    let mut part = receive(folder, sop_instance)?;
    part.write(&[IoSlice::new(data_set)])?;
    keep(part)
}

/// A CT image in explicit VR little endian.
fn data_set(study: &str, series: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    element(&mut bytes, MODALITY, *b"CS", b"CT");
    element(&mut bytes, Tag::new(0x0010, 0x0010), *b"PN", b"Doe^Jane");
    element(&mut bytes, STUDY, *b"UI", study.as_bytes());
    element(&mut bytes, SERIES, *b"UI", series.as_bytes());
    element(&mut bytes, Tag::new(0x0020, 0x0013), *b"IS", b"12");
    bytes
}

fn element(bytes: &mut Vec<u8>, tag: Tag, vr: [u8; 2], value: &[u8]) {
    let padding = value.len() % 2;
    bytes.extend(tag.group.to_le_bytes());
    bytes.extend(tag.element.to_le_bytes());
    bytes.extend(vr);
    bytes.extend(u16::try_from(value.len() + padding).unwrap().to_le_bytes());
    bytes.extend(value);
    bytes.extend(&[0][..padding]);
}

/// Every finished file, as paths below the folder.
fn files(scratch: &Scratch) -> Vec<String> {
    fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
            } else if path != root.join(".dimse-part") {
                collect(root, &path, found);
            }
        }
    }
    let mut found = Vec::new();
    collect(scratch.path(), scratch.path(), &mut found);
    found.sort();
    found
}

/// The unfinished files, without the locks of the sinks, which have no number.
fn unfinished(scratch: &Scratch) -> Vec<String> {
    let entries = fs::read_dir(scratch.path().join(".dimse-part")).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.matches('.').count() == 2).collect()
}

#[track_caller]
fn nothing_in(scratch: &Scratch) {
    assert_eq!((files(scratch), unfinished(scratch)), (Vec::new(), Vec::new()));
}

/// A new empty folder, removed with all that is in it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("dimse-folder-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone_already = fs::remove_dir_all(&self.0);
    }
}
