//! dimse store where something ends in the middle: by Ctrl-C, by the peer, by a server that is killed.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::bad_input::port_where_nobody_listens;
use super::files::{IMPLICIT, Instance, Study, assert_same, below};
use super::golden::assert_golden;
use super::peers::Folder;
use super::program::{Running, run};
use super::scripted_peer::{ScriptedPeer, answer_store, associate, read_pdu, read_store, wait_for_end};

/// Of what the scripted peer understands; the last one is large.
fn study() -> Study {
    let study = Study::new();
    for number in 1..=4 {
        let bytes = if number == 3 { 50_000_000 } else { 1000 };
        let instance = Instance { transfer_syntax: IMPLICIT, bytes, ..Instance::new(number) };
        study.write(&format!("{number}.dcm"), &instance);
    }
    study
}

/// Takes two instances and a part of the third; then does what `then` does.
fn peer_that_stops(then: impl FnOnce(std::net::TcpStream) + Send + 'static) -> ScriptedPeer {
    ScriptedPeer::start(move |mut stream| {
        associate(&mut stream, 0);
        for _ in 0..2 {
            let message_id = read_store(&mut stream);
            answer_store(&mut stream, message_id, 0, "");
        }
        read_pdu(&mut stream);
        read_pdu(&mut stream);
        then(stream);
    })
}

#[test]
fn interrupted_in_the_middle_of_an_instance() {
    let (study, (asked, is_asked)) = (study(), mpsc::channel());
    let peer = peer_that_stops(move |mut stream| {
        asked.send(()).unwrap();
        thread::sleep(Duration::from_millis(500));
        wait_for_end(&mut stream);
    });
    let running = Running::start(&format!("store 127.0.0.1 {} {}", peer.port, study.path().display()));
    is_asked.recv().unwrap();
    running.signal("INT");
    let output = running.end();
    assert_eq!(output.code, 130, "{}", output.err);
    assert_golden("store_interrupted", &study.steady(&format!("{}{}", output.err, output.out)));
    peer.end();
}

/// What is said to be stored is, and nothing half is.
#[test]
fn interrupted_in_the_middle_of_a_big_store() {
    let (study, folder) = (Study::of(40, 10_000_000), Folder::new("received"));
    let port = port_where_nobody_listens();
    let server = serve(port, &folder);
    let client = Running::start(&format!("store 127.0.0.1 {port} {}", study.path().display()));
    for _ in 0..3 {
        server.line();
    }
    client.signal("INT");
    let output = client.end();
    assert_eq!(output.code, 130, "{}{}", output.err, output.out);
    server.signal("INT");
    assert_eq!(server.end().code, 0);
    let stored = output.out.strip_prefix("stored ").and_then(|rest| rest.split(' ').next());
    let stored: usize = stored.unwrap().parse().unwrap();
    let received = below(folder.path());
    // The one that was not confirmed may be there, or not.
    let unconfirmed = usize::from(output.err.contains("not confirmed: "));
    assert!((stored..=stored + unconfirmed).contains(&received.len()), "{}: {}", received.len(), output.out);
    assert_same(&below(study.path())[..received.len()], &received);
}

#[test]
fn lost_in_the_middle_of_an_instance() {
    let (study, peer) = (study(), peer_that_stops(drop));
    let output = run(&format!("store 127.0.0.1 {} {}", peer.port, study.path().display()));
    assert_eq!(output.code, 3, "{}", output.err);
    let said = study.steady(&format!("{}{}", output.err, output.out));
    assert!(said.contains("not confirmed: STUDY/3.dcm"), "{said}");
    assert!(said.contains("stored 2 instances") && said.contains("1 not confirmed, 1 not tried"), "{said}");
    peer.end();
}

#[test]
fn a_peer_that_falls_silent() {
    let (study, peer) = (study(), peer_that_stops(|mut stream| wait_for_end(&mut stream)));
    let output = run(&format!("store -td 0.5 127.0.0.1 {} {}", peer.port, study.path().display()));
    assert_eq!(output.code, 3, "{}", output.err);
    assert_golden("store_silent", &study.steady(&format!("{}{}", output.err, output.out)));
    peer.end();
}

/// In a pipe there is a line from time to time; on a terminal one says that it waits.
#[test]
fn a_slow_peer_is_told_of() {
    let slow = || {
        ScriptedPeer::start(|mut stream| {
            associate(&mut stream, 0);
            let message_id = read_store(&mut stream);
            thread::sleep(Duration::from_millis(6500));
            answer_store(&mut stream, message_id, 0, "");
            super::scripted_peer::release(&mut stream);
        })
    };
    let study = Study::new();
    study.write("1.dcm", &Instance { transfer_syntax: IMPLICIT, ..Instance::new(1) });
    let (peer, other) = (slow(), slow());
    let path = study.path().display().to_string();
    let arguments = format!("store 127.0.0.1 {} {path}", other.port);
    let terminal = thread::spawn(move || super::program::run_on_terminal(&arguments, &[]));
    let output = run(&format!("store 127.0.0.1 {} {path}", peer.port));
    assert_eq!(output.code, 0);
    assert!(
        output.err.starts_with(" 99%  0/1 ") && output.err.ends_with("no answer for 5 s\n"),
        "{}",
        output.err
    );
    let terminal = terminal.join().unwrap();
    assert!(terminal.out.contains("no answer for 3 s"), "{:?}", terminal.out);
    peer.end();
    other.end();
}

fn serve(port: u16, folder: &Folder) -> Running {
    let running = Running::start(&format!("serve --bind 127.0.0.1 -od {} {port}", folder.path().display()));
    assert!(running.line().starts_with("listening"));
    running
}

/// Killed, so that it says goodbye to nobody, and started again: every instance arrives, and no half one has a name.
#[test]
fn goes_on_where_a_killed_server_was() {
    let (study, folder) = (Study::of(60, 4_000_000), Folder::new("received"));
    let port = port_where_nobody_listens();
    let server = serve(port, &folder);
    let arguments = "--retry 20 --retry-delay 0.1";
    let client = Running::start(&format!("store {arguments} 127.0.0.1 {port} {}", study.path().display()));
    for _ in 0..5 {
        server.line();
    }
    // By SIGKILL.
    drop(server);
    let server = serve(port, &folder);
    let output = client.end();
    assert_eq!(output.code, 0, "{}{}", output.err, output.out);
    assert!(output.out.contains("stored 60 instances"), "{}", output.out);
    assert!(output.err.contains("associating again in 0.1 s, try 1 of 20"), "{}", output.err);
    server.signal("INT");
    assert_eq!(server.end().code, 0);
    assert_same(&below(study.path()), &below(folder.path()));
}

#[test]
fn tries_have_an_end() {
    let (study, port) = (Study::of(1, 100), port_where_nobody_listens());
    let arguments = format!("store --retry 2 --retry-delay 0.05 127.0.0.1 {port}");
    let output = run(&format!("{arguments} {}", study.path().display()));
    assert_eq!((output.code, output.out.as_str()), (2, ""));
    assert_golden("store_retry", &study.steady(&output.err));
}

#[test]
fn a_rejection_for_good_is_not_tried_again() {
    let server = super::program::Server::start("--allow SOMEBODY");
    let study = Study::of(1, 100);
    let output = run(&format!("store --retry 5 127.0.0.1 {} {}", server.port, study.path().display()));
    assert_eq!(output.code, 2);
    assert!(!output.err.contains("again in"), "{}", output.err);
}

#[test]
fn interrupted_between_two_tries() {
    let (study, port) = (Study::of(1, 100), port_where_nobody_listens());
    let arguments = format!("store --retry 2 --retry-delay 30 127.0.0.1 {port}");
    let client = Running::start(&format!("{arguments} {}", study.path().display()));
    thread::sleep(Duration::from_millis(500));
    client.signal("INT");
    assert_eq!(client.end().code, 130);
}
