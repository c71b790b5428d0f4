//! dimse serve -od: what it writes, where, and what it says of it.

use std::fs;

use super::files::{Study, assert_same, below};
use super::golden::assert_golden;
use super::peers::Folder;
use super::program::{Server, run};

#[test]
fn a_line_for_each_instance() {
    let (study, folder) = (Study::of(2, 1000), Folder::new("received"));
    let server = Server::start(&format!("-od {}", folder.path().display()));
    assert_eq!(run(&format!("store -aet CT1 127.0.0.1 {} {}", server.port, study.path().display())).code, 0);
    assert_eq!(run(&format!("echo 127.0.0.1 {}", server.port)).code, 0, "it answers C-ECHO too");
    let output = server.stop();
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert_golden("serve_receives", &output.out.replace(folder.path().to_str().unwrap(), "FOLDER"));
    assert_same(&below(study.path()), &below(folder.path()));
}

#[test]
fn quiet_receives_and_says_nothing() {
    let (study, folder) = (Study::of(2, 1000), Folder::new("received"));
    let port = super::bad_input::port_where_nobody_listens();
    let server = super::program::Running::start(&format!("serve -q -od {} {port}", folder.path().display()));
    let arguments = format!("store -q --retry 20 --retry-delay 0.1 127.0.0.1 {port}");
    assert_eq!(run(&format!("{arguments} {}", study.path().display())).code, 0);
    server.signal("INT");
    let output = server.end();
    assert_eq!((output.code, output.out.as_str(), output.err.as_str()), (0, "", ""));
    assert_same(&below(study.path()), &below(folder.path()));
}

/// Stores the same instance twice with these options, and says what is in the folder then.
fn twice(options: &str) -> Vec<(String, u64)> {
    let folder = Folder::new("received");
    let server = Server::start(&format!("-od {} {options}", folder.path().display()));
    for bytes in [1000, 2000] {
        let study = Study::of(1, bytes);
        let output = run(&format!("store -aet CT1 127.0.0.1 {} {}", server.port, study.path().display()));
        assert_eq!(output.code, 0, "{}", output.err);
    }
    let name = |path: &std::path::Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
    let thousands = |path| fs::metadata(path).unwrap().len() / 1000;
    below(folder.path()).iter().map(|path| (name(path), thousands(path))).collect()
}

#[test]
fn names_and_collisions() {
    let name = |name: &str, thousands| (name.to_owned(), thousands);
    assert_eq!(twice(""), [name("1.2.3.4/1.2.3.4.5/2.25.1.dcm", 2)]);
    assert_eq!(twice("--collision keep --sync data"), [name("1.2.3.4/1.2.3.4.5/2.25.1.dcm", 1)]);
    assert_eq!(
        twice("--collision number --sync full --path-template {calling}/{instance}"),
        [name("CT1/2.25.1", 1), name("CT1/2.25.1_1", 2)]
    );
}

#[test]
fn a_folder_that_cannot_be_used_ends_it_before_it_starts() {
    let study = Study::new();
    study.file("file", b"");
    let mut all = String::new();
    for folder in ["file", "file/below", "missing/below"] {
        let output = run(&format!("serve --bind 127.0.0.1 -od {}/{folder} 0", study.path().display()));
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{folder}: {}", output.err);
        all += &output.err;
    }
    assert_golden("serve_unusable_folder", &study.steady(&all));
}

#[test]
fn a_disk_that_is_nearly_full() {
    let (study, folder) = (Study::of(2, 1000), Folder::new("received"));
    let server = Server::start(&format!("--min-free 8000T -od {}", folder.path().display()));
    let output = run(&format!("store 127.0.0.1 {} {}", server.port, study.path().display()));
    assert_eq!(output.code, 5);
    assert_golden("store_disk_full", &study.steady(&format!("{}{}", output.err, output.out)));
    assert!(below(folder.path()).is_empty());
}

#[test]
fn a_second_ctrl_c_aborts_what_is_being_received() {
    let folder = Folder::new("received");
    let server = Server::start(&format!("--drain 600 -od {}", folder.path().display()));
    let study = Study::of(1, 300_000_000);
    let client = super::program::Running::start(&format!(
        "store 127.0.0.1 {} {}",
        server.port,
        study.path().display()
    ));
    // It sends nothing more, and is still there.
    std::thread::sleep(std::time::Duration::from_millis(50));
    client.signal("STOP");
    server.running.signal("INT");
    std::thread::sleep(std::time::Duration::from_millis(300));
    server.running.signal("INT");
    let output = server.running.end();
    client.signal("CONT");
    let code = client.end().code;
    // Either it was in the middle, or it had not begun.
    assert!(matches!((output.code, code), (130, 2 | 3) | (0, 2)), "{} {code}", output.code);
    assert!(below(folder.path()).is_empty(), "no half instance has a name");
}
