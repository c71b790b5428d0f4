//! dimse store with files and folders that are not what they should be: each has its own words, and what is good beside
//! them is stored.

use std::fmt::Write;
use std::fs;

use super::files::{Instance, Study, below};
use super::golden::assert_golden;
use super::peers::Folder;
use super::program::{Server, run};

/// What is at fault, each in a folder of its own, and the files themselves.
fn study_of_faults() -> Study {
    let study = Study::new();
    let whole = fs::read(study.instance("whole.dcm", 1, 1000)).unwrap();
    study.file("faults/text.txt", b"Dear colleague, here is what you asked for.");
    study.file("faults/empty.dcm", b"");
    study.file("faults/truncated.dcm", &whole[..whole.len() - 500]);
    // In the middle of the tag of the pixel data: 4 bytes of the 12 in front of the 1000.
    study.file("faults/truncated_in_a_tag.dcm", &whole[..whole.len() - 1008]);
    let header_end = whole.windows(4).position(|bytes| bytes == [8, 0, 0x16, 0]).unwrap();
    study.file("faults/header_only.dcm", &whole[..header_end]);
    study.file("faults/half_a_header.dcm", &whole[..200]);
    // The UIDs are gone from the header and from the data set: as private elements nobody knows them.
    let mut without = whole;
    for tag in [[2, 0, 2, 0], [2, 0, 3, 0], [8, 0, 0x16, 0], [8, 0, 0x18, 0]] {
        let at = without.windows(4).position(|bytes| bytes == tag).unwrap();
        without[at + 3] = 0x77;
    }
    study.file("faults/without_uids.dcm", &without);
    study
}

#[test]
fn each_has_its_own_words() {
    let study = study_of_faults();
    let folder = Folder::new("received");
    let server = Server::start(&format!("-od {}", folder.path().display()));
    let mut all = String::new();
    for path in below(&study.path().join("faults")) {
        let output = run(&format!("store 127.0.0.1 {} {}", server.port, path.display()));
        // There is nothing to send: no association either.
        assert_eq!((output.code, output.out.as_str()), (5, ""), "{}", output.err);
        write!(all, "{}", output.err).unwrap();
    }
    assert_golden("store_bad_files", &study.steady(&all));
    assert!(server.stop().out.contains("associations: 0 accepted"));
}

#[test]
fn a_good_one_beside_them_is_stored() {
    let study = study_of_faults();
    let folder = Folder::new("received");
    let server = Server::start(&format!("-od {}", folder.path().display()));
    // By their names: each is a fault. In a folder: what does not say that it is DICOM is left out.
    let named =
        below(study.path()).iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ");
    for (name, paths) in [("named", named), ("folder", study.path().display().to_string())] {
        let output = run(&format!("store 127.0.0.1 {} {paths}", server.port));
        assert_eq!(output.code, 5, "{}", output.err);
        let said = study.steady(&format!("{}{}", output.err, output.out));
        assert_golden(&format!("store_good_beside_bad_{name}"), &said);
    }
    assert_eq!(below(folder.path()).len(), 1);
}

#[test]
fn folders_without_an_instance() {
    let study = Study::new();
    study.file("text/a.txt", b"not DICOM");
    fs::create_dir(study.path().join("empty")).unwrap();
    let mut all = String::new();
    for name in ["text", "empty"] {
        let output = run(&format!("store 127.0.0.1 104 {}/{name}", study.path().display()));
        assert_eq!((output.code, output.out.as_str()), (5, ""), "{}", output.err);
        write!(all, "{}", output.err).unwrap();
    }
    assert_golden("store_empty_folders", &study.steady(&all));
}

/// Not even root can read what a link leads to that leads nowhere.
#[test]
fn what_cannot_be_read_in_a_folder_is_listed_and_the_others_are_stored() {
    let (study, folder) = (Study::of(3, 100), Folder::new("received"));
    study.link("001a.dcm", "nowhere");
    study.link("itself", "itself");
    let server = Server::start(&format!("-od {}", folder.path().display()));
    let output = run(&format!("store 127.0.0.1 {} {}", server.port, study.path().display()));
    assert_eq!(output.code, 5);
    assert_golden("store_unreadable", &study.steady(&format!("{}{}", output.err, output.out)));
    assert_eq!(below(folder.path()).len(), 3);
}

#[test]
fn a_path_that_cannot_be_used_ends_it_before_anything_is_sent() {
    let study = Study::of(1, 100);
    study.link("dangling.dcm", "nowhere");
    let path = study.path().display();
    let output =
        run(&format!("store 127.0.0.1 104 {path}/001.dcm {path}/dangling.dcm {path}/missing /dev/zero"));
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert_golden("store_unusable_paths", &study.steady(&output.err));
}

#[test]
fn a_peer_that_takes_no_such_thing() {
    // It answers C-ECHO only.
    let server = Server::start("");
    let study = Study::of(2, 100);
    let output = run(&format!("store 127.0.0.1 {} {}", server.port, study.path().display()));
    assert_eq!((output.code, output.out.as_str()), (2, ""));
    assert_golden("store_no_context", &study.steady(&output.err));
}

#[test]
fn more_kinds_than_an_association_has_contexts() {
    let study = Study::new();
    // Each needs two: its own, and one with both uncompressed syntaxes.
    for number in 1..=65 {
        let sop_class = format!("1.2.840.10008.5.1.4.1.1.{number}");
        study.write(&format!("{number:02}.dcm"), &Instance { sop_class, ..Instance::new(number) });
    }
    let output = run(&format!("store 127.0.0.1 104 {}", study.path().display()));
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert_golden("store_too_many_contexts", &study.steady(&output.err));
}

#[test]
fn a_file_that_is_gone_when_its_turn_comes() {
    use super::scripted_peer::{ScriptedPeer, answer_store, associate, read_store, release};
    let study = Study::new();
    for number in 1..=3 {
        let instance = Instance { transfer_syntax: super::files::IMPLICIT, ..Instance::new(number) };
        study.write(&format!("{number}.dcm"), &instance);
    }
    let second = study.path().join("2.dcm");
    let peer = ScriptedPeer::start(move |mut stream| {
        associate(&mut stream, 0);
        let first = read_store(&mut stream);
        fs::remove_file(second).unwrap();
        answer_store(&mut stream, first, 0, "");
        let third = read_store(&mut stream);
        answer_store(&mut stream, third, 0, "");
        release(&mut stream);
    });
    let output = run(&format!("store 127.0.0.1 {} {}", peer.port, study.path().display()));
    assert_eq!(output.code, 5);
    assert_golden("store_file_gone", &study.steady(&format!("{}{}", output.err, output.out)));
    peer.end();
}
