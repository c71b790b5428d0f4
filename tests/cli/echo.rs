//! dimse echo against dimse serve, and against peers that answer as they like.

use super::golden::{assert_fits_80_columns, assert_golden};
use super::program::{Running, Server, run, run_on_terminal, run_with_input};
use super::scripted_peer::{
    ScriptedPeer, answer_echo, associate, read_echo, read_pdu, release, wait_for_end,
};

#[test]
fn one_echo() {
    let server = Server::start("");
    let output = run(&format!("echo 127.0.0.1 {}", server.port));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert_golden("echo", &output.out);
    assert_eq!(server.stop().code, 0);
}

#[test]
fn one_echo_on_a_terminal() {
    let server = Server::start("");
    let output = run_on_terminal(&format!("echo 127.0.0.1 {}", server.port), &[]);
    assert_eq!(output.code, 0);
    assert_fits_80_columns(&output.out);
    assert_golden("echo_terminal", &output.out);
}

#[test]
fn by_name_and_by_ipv4() {
    let server = Server::start("");
    for host in ["localhost", "127.0.0.1"] {
        let output = run(&format!("echo {host} {}", server.port));
        assert_eq!(output.code, 0, "{host}: {}", output.err);
    }
}

#[test]
fn several_echoes_have_statistics() {
    let server = Server::start("");
    let output = run(&format!("echo -n 3 -i 0.01 -aet TESTER -aec NODE 127.0.0.1 {}", server.port));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert_golden("echo_repeat", &output.out);
    // One association carried all three.
    let stopped = server.stop();
    assert!(stopped.out.contains("associations: 1 accepted"), "{}", stopped.out);
    assert!(stopped.out.contains("requests: 3"), "{}", stopped.out);
}

#[test]
fn interval_is_from_one_request_to_the_next() {
    let server = Server::start("");
    let begun = std::time::Instant::now();
    let output = run(&format!("echo -n 4 -i 0.2 127.0.0.1 {}", server.port));
    assert_eq!(output.code, 0);
    assert!(
        begun.elapsed().as_millis() >= 600,
        "three intervals between four requests: {:?}",
        begun.elapsed()
    );
}

#[test]
fn quiet_says_nothing() {
    let server = Server::start("");
    let output = run(&format!("echo -q -n 3 -i 0 127.0.0.1 {}", server.port));
    assert_eq!((output.code, output.out.as_str(), output.err.as_str()), (0, "", ""));
}

#[test]
fn verbose_says_phases_and_what_was_negotiated() {
    let server = Server::start("");
    let output = run(&format!("echo -v 127.0.0.1 {}", server.port));
    assert_eq!(output.code, 0);
    assert_golden("echo_verbose", &output.err);
    // Results stay alone on stdout.
    assert_golden("echo", &output.out);
}

#[test]
fn verbose_on_a_terminal() {
    let server = Server::start("");
    let output = run_on_terminal(&format!("echo -v 127.0.0.1 {}", server.port), &[]);
    assert_eq!(output.code, 0);
    assert_fits_80_columns(&output.out);
    assert_golden("echo_verbose_terminal", &output.out);
}

#[test]
fn debug_says_every_pdu_and_command_set() {
    let server = Server::start("");
    let output = run(&format!("echo -d 127.0.0.1 {}", server.port));
    assert_eq!(output.code, 0);
    assert_golden("echo_debug", &output.err);
}

#[test]
fn debug_on_a_terminal() {
    let server = Server::start("");
    let output = run_on_terminal(&format!("echo -d 127.0.0.1 {}", server.port), &[]);
    assert_eq!(output.code, 0);
    assert_fits_80_columns(&output.out);
    assert_golden("echo_debug_terminal", &output.out);
}

#[test]
fn a_failure_is_an_answer() {
    let peer = ScriptedPeer::start(|mut stream| {
        associate(&mut stream, 0);
        answer_echo(&mut stream, 0x0000);
        answer_echo(&mut stream, 0x0122);
        release(&mut stream);
    });
    let output = run(&format!("echo -n 2 -i 0 127.0.0.1 {}", peer.port));
    assert_eq!(output.code, 4);
    assert_golden("echo_failure", &format!("{}{}", output.out, output.err));
    peer.end();
}

#[test]
fn what_was_lost_is_in_the_statistics() {
    let peer = ScriptedPeer::start(|mut stream| {
        associate(&mut stream, 0);
        answer_echo(&mut stream, 0x0000);
        read_echo(&mut stream);
    });
    let output = run(&format!("echo -n 3 -i 0 127.0.0.1 {}", peer.port));
    assert_eq!(output.code, 3);
    assert_golden("echo_lost", &format!("{}{}", output.out, output.err));
    peer.end();
}

#[test]
fn interrupted_between_two_requests() {
    let server = Server::start("");
    let running = Running::start(&format!("echo -n 0 -i 30 127.0.0.1 {}", server.port));
    assert!(running.line().starts_with("C-ECHO 1 "));
    running.signal("INT");
    let output = running.end();
    assert_eq!(output.code, 130, "{}", output.err);
    assert_golden("echo_interrupted", &format!("{}{}", output.out, output.err));
    // It said goodbye.
    let stopped = server.stop();
    assert!(stopped.out.contains("0 aborted"), "{}", stopped.out);
}

#[test]
fn interrupted_while_connected_and_not_answered() {
    let (asked, is_asked) = std::sync::mpsc::channel();
    let peer = ScriptedPeer::start(move |mut stream| {
        read_pdu(&mut stream);
        asked.send(()).unwrap();
        wait_for_end(&mut stream);
    });
    let running = Running::start(&format!("echo 127.0.0.1 {}", peer.port));
    is_asked.recv().unwrap();
    running.signal("INT");
    let output = running.end();
    assert_eq!((output.code, output.out.as_str()), (130, ""));
    peer.end();
}

#[test]
fn interrupted_while_a_response_is_due() {
    let (asked, is_asked) = std::sync::mpsc::channel();
    let peer = ScriptedPeer::start(move |mut stream| {
        associate(&mut stream, 0);
        answer_echo(&mut stream, 0x0000);
        read_echo(&mut stream);
        asked.send(()).unwrap();
        wait_for_end(&mut stream);
    });
    let running = Running::start(&format!("echo -n 0 -i 0 127.0.0.1 {}", peer.port));
    is_asked.recv().unwrap();
    running.signal("TERM");
    let output = running.end();
    assert_eq!(output.code, 130, "{}", output.err);
    assert!(output.out.contains("2 sent, 1 answered"), "{}", output.out);
    peer.end();
}

#[test]
fn user_identity_with_a_passcode_that_no_command_line_shows() {
    // Kind 2, no response wanted, user, passcode (PS3.7 table D.3-14).
    let item = [&[0x58, 0, 0, 17, 2, 0, 0, 5][..], b"alice", &[0, 6], b"secret"].concat();
    let peer = ScriptedPeer::start(move |mut stream| {
        let (_, request) = read_pdu(&mut stream);
        assert!(request.windows(item.len()).any(|window| window == item), "the identity item");
        wait_or_reject(&mut stream);
    });
    let output = run_with_input(
        &format!("echo --user alice --password-file - 127.0.0.1 {}", peer.port),
        "secret\nmore\n",
    );
    assert_eq!(output.code, 2);
    assert!(!format!("{}{}", output.out, output.err).contains("secret"));
    peer.end();
}

fn wait_or_reject(stream: &mut std::net::TcpStream) {
    super::scripted_peer::send_pdu(stream, 0x03, &[0, 1, 1, 1]);
    wait_for_end(stream);
}
