//! dimse store: what it says and how it ends where the peer is as it should be.

use std::fs;

use super::files::{IMPLICIT, Instance, Study, assert_same, below};
use super::golden::assert_golden;
use super::peers::{self, Folder, dcmtk};
use super::program::{Server, run, run_on_terminal};
use super::scripted_peer::{ScriptedPeer, answer_store, associate, read_store, release};

/// A server that receives into a folder of its own.
fn receiver(folder: &Folder, options: &str) -> Server {
    Server::start(&format!("-od {} {options}", folder.path().display()))
}

#[test]
fn one_file() {
    let (study, folder) = (Study::of(1, 5000), Folder::new("received"));
    let server = receiver(&folder, "");
    let output = run(&format!("store 127.0.0.1 {} {}/001.dcm", server.port, study.path().display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert_golden("store", &output.out);
    assert_same(&below(study.path()), &below(folder.path()));
}

#[test]
fn a_folder_with_all_that_is_in_it() {
    let (study, folder) = (Study::of(2, 300), Folder::new("received"));
    for (number, name) in ["b/c/4.dcm", "b/3.dcm", ".hidden/.5", "b.dcm", "no extension"].iter().enumerate() {
        study.instance(name, 10 + number, 300);
    }
    study.file("b/report.txt", b"not DICOM");
    study.file("empty", b"");
    study.file("DICOMDIR", b"made of directory records");
    study.file(".dimse-part/x.1.dimse-part", b"");
    study.link("b/c/circle", "../..");
    study.link("linked.dcm", "b/3.dcm");
    let server = receiver(&folder, "");
    let output = run(&format!("store -v 127.0.0.1 {} {}", server.port, study.path().display()));
    assert_eq!(output.code, 0, "{}", output.err);
    // Library lines apart: which file in which order, and what is left out.
    let ours = |line: &&str| line.contains("C-STORE-RSP") || line.starts_with("left out");
    let said: Vec<_> = output.err.lines().filter(ours).collect();
    assert_golden("store_folder", &study.steady(&format!("{}\n{}", said.join("\n"), output.out)));
    // The linked one was sent twice.
    assert_eq!(below(folder.path()).len(), 7);
}

/// Whatever bytes it is made of, a name leads to its file, and does nothing to the terminal.
#[test]
fn any_name_that_a_file_can_have() {
    use std::os::unix::ffi::OsStrExt;
    let (study, folder) = (Study::of(1, 100), Folder::new("received"));
    let names: [&[u8]; 3] = [b"\xff\xfe.dcm", b"two\nlines", b"\x1b[31mred"];
    for name in names {
        fs::copy(study.path().join("001.dcm"), study.path().join(std::ffi::OsStr::from_bytes(name))).unwrap();
    }
    let server = receiver(&folder, "");
    let output = run(&format!("store -v 127.0.0.1 {} {}", server.port, study.path().display()));
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(output.out.starts_with("stored 4 instances"), "{}", output.out);
    assert!(output.err.contains("two\\x0Alines") && !output.err.contains('\x1b'), "{}", output.err);
}

#[test]
fn a_folder_is_entered_once() {
    let (study, folder) = (Study::new(), Folder::new("received"));
    study.instance("a/1.dcm", 1, 100);
    study.link("b", "a");
    study.link("c", ".");
    let server = receiver(&folder, "");
    let output = run(&format!("store 127.0.0.1 {} {}", server.port, study.path().display()));
    assert_eq!(output.code, 0, "{}", output.err);
    assert_golden("store_links", &study.steady(&format!("{}{}", output.err, output.out)));
}

#[test]
fn quiet_says_nothing() {
    let (study, folder) = (Study::of(3, 300), Folder::new("received"));
    study.file("report.txt", b"not DICOM");
    let server = receiver(&folder, "");
    let output = run(&format!("store -q 127.0.0.1 {} {}", server.port, study.path().display()));
    assert_eq!((output.code, output.out.as_str(), output.err.as_str()), (0, "", ""));
}

#[test]
fn verbose_has_a_line_for_each_instance() {
    let (study, folder) = (Study::of(2, 300), Folder::new("received"));
    let server = receiver(&folder, "-v");
    let output = run(&format!("store -v 127.0.0.1 {} {}", server.port, study.path().display()));
    assert_eq!(output.code, 0);
    assert_golden("store_verbose", &study.steady(&output.err));
    let stopped = server.stop();
    let said = format!("{}{}", stopped.out, stopped.err).replace(folder.path().to_str().unwrap(), "FOLDER");
    assert_golden("serve_store_verbose", &said);
}

/// Every frame of the bar fits, and there are no more than ten a second; what remains in the end is the summary.
#[test]
fn a_progress_bar_on_a_terminal() {
    let (study, folder) = (Study::of(30, 10_000_000), Folder::new("received"));
    let server = receiver(&folder, "");
    let begun = std::time::Instant::now();
    let output = run_on_terminal(&format!("store 127.0.0.1 {} {}", server.port, study.path().display()), &[]);
    let tenths = begun.elapsed().as_millis() / 100;
    assert_eq!(output.code, 0, "{}", output.out);
    let (frames, summary) = output.out.rsplit_once("\r\x1b[K").unwrap();
    let frames: Vec<_> = frames.split('\r').map(|frame| frame.trim_end_matches("\x1b[K")).collect();
    assert!(frames.iter().all(|frame| frame.len() < 80 && frame.is_ascii()), "{frames:?}");
    let bars: Vec<_> = frames.iter().filter(|frame| frame.starts_with('[')).collect();
    assert!(
        !bars.is_empty() && u128::try_from(bars.len()).unwrap() <= tenths + 1,
        "{}: {bars:?}",
        bars.len()
    );
    let numbers = bars.last().unwrap();
    assert!(
        numbers.contains("/30  ") && numbers.contains("/300.") && numbers.ends_with(" left"),
        "{numbers}"
    );
    assert_golden("store_terminal", summary);
}

#[test]
fn no_line_is_redrawn_on_a_teleprinter() {
    let (study, folder) = (Study::of(3, 10_000), Folder::new("received"));
    let server = receiver(&folder, "");
    let arguments = format!("store 127.0.0.1 {} {}", server.port, study.path().display());
    let output = run_on_terminal(&arguments, &[("TERM", "dumb")]);
    assert!(!output.out.contains(['\r', '\x1b']), "{:?}", output.out);
}

/// Answers each C-STORE of one association in turn.
fn peer_that_answers(answers: Vec<(u16, &'static str)>) -> ScriptedPeer {
    ScriptedPeer::start(move |mut stream| {
        associate(&mut stream, 0);
        for (status, comment) in answers {
            let message_id = read_store(&mut stream);
            answer_store(&mut stream, message_id, status, comment);
        }
        release(&mut stream);
    })
}

/// Of what the scripted peer understands.
fn implicit(count: usize) -> Study {
    let study = Study::new();
    for number in 1..=count {
        let instance = Instance { transfer_syntax: IMPLICIT, ..Instance::new(number) };
        study.write(&format!("{number}.dcm"), &instance);
    }
    study
}

#[test]
fn the_answer_to_one_decides() {
    for (status, code) in [(0x0000, 0), (0xB007, 0), (0xA900, 4)] {
        let (study, peer) = (implicit(1), peer_that_answers(vec![(status, "so it is")]));
        let output = run(&format!("store 127.0.0.1 {} {}", peer.port, study.path().display()));
        assert_eq!(output.code, code, "{}", output.err);
        let said = study.steady(&format!("{}{}", output.err, output.out));
        assert_golden(&format!("store_answer_{status:04x}"), &said);
        peer.end();
    }
}

#[test]
fn of_several_each_failure_is_listed() {
    let answers = vec![(0, ""), (0xC001, "cannot understand that"), (0xB000, "coerced"), (0xA700, "no room")];
    let (study, peer) = (implicit(4), peer_that_answers(answers));
    let output = run(&format!("store 127.0.0.1 {} {}", peer.port, study.path().display()));
    assert_eq!(output.code, 5);
    assert_golden("store_failures", &study.steady(&format!("{}{}", output.err, output.out)));
    peer.end();
}

#[test]
fn who_is_out_of_resources_is_asked_again() {
    let answers = vec![(0xA700, "no room"), (0xA701, "still none"), (0, ""), (0, "")];
    let (study, peer) = (implicit(2), peer_that_answers(answers));
    let arguments = "store --store-retries 2 --retry-delay 0.01";
    let output = run(&format!("{arguments} 127.0.0.1 {} {}", peer.port, study.path().display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    peer.end();
}

#[test]
fn priority_is_in_the_request() {
    for (priority, number) in [("medium", 0), ("high", 1), ("low", 2)] {
        let study = implicit(1);
        let peer = ScriptedPeer::start(move |mut stream| {
            associate(&mut stream, 0);
            let (_, body) = super::scripted_peer::read_pdu(&mut stream);
            let element = [0, 0, 0, 7, 2, 0, 0, 0, number, 0];
            assert!(body.windows(element.len()).any(|window| window == element), "{body:?}");
        });
        let arguments = format!("store --priority {priority} 127.0.0.1 {}", peer.port);
        run(&format!("{arguments} {}", study.path().display()));
        peer.end();
    }
}

#[test]
fn at_storescp_of_dcmtk() {
    let study = Study::of(5, 200_000);
    let peer = dcmtk::storescp(&["--bit-preserving", "+xa", "--unique-filenames"]);
    let output = run(&format!("store -aec STORESCP 127.0.0.1 {} {}", peer.port, study.path().display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    let log = peer.folder().join("output.log");
    let received: Vec<_> = below(peer.folder()).into_iter().filter(|path| *path != log).collect();
    assert_same(&below(study.path()), &received);
}

#[test]
fn storescu_of_dcmtk_stores_here() {
    let (study, folder) = (Study::of(5, 200_000), Folder::new("received"));
    let server = receiver(&folder, "-aet NODE");
    dcmtk::storescu(server.port, "NODE", &["-xe"], &below(study.path())).expect_success();
    let stopped = server.stop();
    let from = format!(" from {}\n", peers::CALLING_AE_TITLE);
    assert_eq!(stopped.out.matches(&from).count(), 5, "{}", stopped.out);
    let mut names: Vec<_> =
        below(folder.path()).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["2.25.1.dcm", "2.25.2.dcm", "2.25.3.dcm", "2.25.4.dcm", "2.25.5.dcm"]);
    for path in below(folder.path()) {
        assert!(fs::metadata(path).unwrap().len() > 200_000);
    }
}
