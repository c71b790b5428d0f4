//! Whatever is wrong with the other side: an error that names the phase, the peer and what to do, and the exit code of
//! its class.

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::golden::{assert_fits_80_columns, assert_golden};
use super::program::{run, run_on_terminal};
use super::scripted_peer::{
    ScriptedPeer, answer_echo, associate, read_echo, read_pdu, release, send_pdu, wait_for_end,
};

/// A port of the loopback interface that was free a moment ago.
pub(crate) fn port_where_nobody_listens() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Echoes with `peer`, expects the exit code and the golden text on stderr, and nothing on stdout.
fn fails(name: &str, options: &str, peer: ScriptedPeer, code: i32) {
    let begun = Instant::now();
    let output = run(&format!("echo {options} 127.0.0.1 {}", peer.port));
    assert_eq!((output.code, output.out.as_str()), (code, ""), "{}", output.err);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_golden(name, &output.err);
    peer.end();
}

#[test]
fn connection_refused() {
    let output = run(&format!("echo 127.0.0.1 {}", port_where_nobody_listens()));
    assert_eq!((output.code, output.out.as_str()), (2, ""));
    assert_golden("refused", &output.err);
}

#[test]
fn connection_refused_on_a_terminal() {
    let output = run_on_terminal(&format!("echo 127.0.0.1 {}", port_where_nobody_listens()), &[]);
    assert_eq!(output.code, 2);
    assert_fits_80_columns(&output.out);
    assert_golden("refused_terminal", &output.out);
}

#[test]
fn name_that_does_not_resolve() {
    let output = run("echo -to 5 name.invalid 104");
    assert_eq!((output.code, output.out.as_str()), (2, ""));
    // The system's words differ, also from time to time.
    assert!(output.err.starts_with("dimse: "), "{}", output.err);
    assert!(
        output.err.contains("while resolving the host name, ANY-SCP at name.invalid:104"),
        "{}",
        output.err
    );
    assert!(output.err.contains("check the host name and the name server"), "{}", output.err);
}

#[test]
fn unreachable_host() {
    // The broadcast address: no system connects to it, and nothing is sent.
    let output = run("echo -to 1 255.255.255.255 104");
    assert_eq!((output.code, output.out.as_str()), (2, ""), "{}", output.err);
    assert!(output.err.contains("while connecting, ANY-SCP at 255.255.255.255:104"), "{}", output.err);
    assert!(output.err.contains("check"), "{}", output.err);
}

#[test]
fn tls_port() {
    // What a TLS server says to somebody who does not speak it: an alert, unexpected_message.
    let peer = ScriptedPeer::start(|mut stream| {
        stream.write_all(&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0A]).unwrap();
        wait_for_end(&mut stream);
    });
    fails("tls_port", "", peer, 2);
}

#[test]
fn http_port() {
    let peer = ScriptedPeer::start(|mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").unwrap();
        wait_for_end(&mut stream);
    });
    fails("http_port", "", peer, 2);
}

#[test]
fn rejecting_peer_in_words() {
    let mut all = String::new();
    // Every result, source and reason of PS3.8 table 9-21, and numbers that are not in it.
    let reasons = [(1, 1), (1, 2), (1, 3), (1, 7), (2, 1), (2, 2), (3, 1), (3, 2)];
    let known = reasons.iter().flat_map(|(source, reason)| [(1, *source, *reason), (2, *source, *reason)]);
    for (result, source, reason) in known.chain([(1, 1, 9), (9, 9, 9)]) {
        let peer = ScriptedPeer::start(move |mut stream| {
            read_pdu(&mut stream);
            send_pdu(&mut stream, 0x03, &[0, result, source, reason]);
            wait_for_end(&mut stream);
        });
        let output = run(&format!("echo 127.0.0.1 {}", peer.port));
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{}", output.err);
        all += &output.err;
        peer.end();
    }
    assert_golden("rejected", &all);
}

#[test]
fn peer_that_accepts_no_context() {
    let mut all = String::new();
    for result in [1, 2, 3, 4] {
        let peer = ScriptedPeer::start(move |mut stream| {
            associate(&mut stream, result);
            wait_for_end(&mut stream);
        });
        let output = run(&format!("echo 127.0.0.1 {}", peer.port));
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{}", output.err);
        all += &output.err;
        peer.end();
    }
    assert_golden("no_context", &all);
}

#[test]
fn peer_that_aborts_the_association_request() {
    let peer = ScriptedPeer::start(|mut stream| {
        read_pdu(&mut stream);
        send_pdu(&mut stream, 0x07, &[0, 0, 2, 1]);
        wait_for_end(&mut stream);
    });
    fails("aborted_associating", "", peer, 2);
}

#[test]
fn peer_that_aborts_the_request() {
    let peer = ScriptedPeer::start(|mut stream| {
        associate(&mut stream, 0);
        read_echo(&mut stream);
        send_pdu(&mut stream, 0x07, &[0, 0, 0, 0]);
        wait_for_end(&mut stream);
    });
    fails("aborted_echo", "", peer, 3);
}

#[test]
fn peer_that_closes_before_it_answers() {
    let peer = ScriptedPeer::start(|mut stream| {
        read_pdu(&mut stream);
    });
    fails("closed_associating", "", peer, 2);
}

#[test]
fn peer_that_closes_instead_of_a_response() {
    let peer = ScriptedPeer::start(|mut stream| {
        associate(&mut stream, 0);
        read_echo(&mut stream);
    });
    fails("closed_echo", "", peer, 3);
}

#[test]
fn peer_that_is_silent_from_the_start() {
    // Nor does it close when it is aborted: the command ends all the same.
    let peer = ScriptedPeer::start(|mut stream| {
        std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
    });
    fails("silent_associating", "-ta 0.3", peer, 2);
}

#[test]
fn peer_that_falls_silent() {
    let peer = ScriptedPeer::start(|mut stream| {
        associate(&mut stream, 0);
        read_echo(&mut stream);
        wait_for_end(&mut stream);
    });
    fails("silent_echo", "-td 0.3", peer, 3);
}

#[test]
fn peer_that_does_not_answer_the_release() {
    let peer = ScriptedPeer::start(|mut stream| {
        associate(&mut stream, 0);
        answer_echo(&mut stream, 0x0000);
        assert_eq!(read_pdu(&mut stream).0, 0x05, "A-RELEASE-RQ");
        wait_for_end(&mut stream);
    });
    let output = run(&format!("echo -q -ta 0.3 127.0.0.1 {}", peer.port));
    assert_eq!((output.code, output.out.as_str()), (3, ""));
    assert_golden("silent_release", &output.err);
    peer.end();
}

#[test]
fn peer_that_sends_rubbish() {
    let peer = ScriptedPeer::start(|mut stream| {
        associate(&mut stream, 0);
        read_echo(&mut stream);
        // A PDU type that does not exist.
        send_pdu(&mut stream, 0x2A, b"rubbish");
        wait_for_end(&mut stream);
    });
    fails("rubbish", "", peer, 3);
}

#[test]
fn peer_that_is_just_good_enough() {
    let peer = ScriptedPeer::start(|mut stream| {
        associate(&mut stream, 0);
        answer_echo(&mut stream, 0x0000);
        release(&mut stream);
    });
    let output = run(&format!("echo 127.0.0.1 {}", peer.port));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    peer.end();
}
