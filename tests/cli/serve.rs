//! dimse serve: what it says, whom it lets in, and how it ends.

use std::fmt::Write;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::golden::assert_golden;
use super::program::{Running, Server, run};

#[test]
fn verbose_has_a_line_for_each_association_and_request() {
    let server = Server::start("-v");
    assert_eq!(run(&format!("echo -n 2 -i 0 -aet TESTER 127.0.0.1 {}", server.port)).code, 0);
    let output = server.stop();
    assert_eq!(output.code, 0);
    assert_golden("serve_verbose", &output.err);
    assert_golden("serve", &output.out);
}

#[test]
fn debug_says_every_pdu_and_command_set() {
    let server = Server::start("-d");
    assert_eq!(run(&format!("echo 127.0.0.1 {}", server.port)).code, 0);
    let output = server.stop();
    assert_eq!(output.code, 0);
    assert_golden("serve_debug", &output.err);
}

#[test]
fn quiet_says_nothing() {
    let port = super::bad_input::port_where_nobody_listens();
    let server = Running::start(&format!("serve -q --bind 127.0.0.1 {port}"));
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(run(&format!("echo -q 127.0.0.1 {port}")).code, 0);
    server.signal("INT");
    let output = server.end();
    assert_eq!((output.code, output.out.as_str(), output.err.as_str()), (0, "", ""));
}

#[test]
fn answers_at_both_families_by_default() {
    let server = Running::start("serve 0");
    let line = server.line();
    let port = line.strip_prefix("listening on port ").expect(&line);
    assert_eq!(run(&format!("echo 127.0.0.1 {port}")).code, 0);
    if TcpListener::bind("[::1]:0").is_ok() {
        assert_eq!(run(&format!("echo ::1 {port}")).code, 0);
    }
    server.signal("TERM");
    assert_eq!(server.end().code, 0);
}

#[test]
fn rejects_who_is_not_wanted() {
    let server = Server::start("-aet NODE --allow CT1 --allow MR1");
    let mut all = String::new();
    for options in ["-aet CT1 -aec NODE", "-aet MR1 -aec NODE", "-aet CT2 -aec NODE", "-aet CT1 -aec PACS"] {
        let output = run(&format!("echo {options} 127.0.0.1 {}", server.port));
        writeln!(all, "$ dimse echo {options}\n{}{}=> {}", output.out, output.err, output.code).unwrap();
    }
    assert_golden("serve_rejects", &all);
    let output = server.stop();
    assert!(output.out.contains("associations: 2 accepted, 2 refused"), "{}", output.out);
}

#[test]
fn rejects_who_comes_from_elsewhere() {
    for (networks, code) in [
        ("--allow-from 192.0.2.0/24", 2),
        ("--allow-from 192.0.2.0/24 --allow-from 127.0.0.0/8 --allow-from ::1", 0),
    ] {
        let server = Server::start(networks);
        let output = run(&format!("echo 127.0.0.1 {}", server.port));
        assert_eq!(output.code, code, "{networks}: {}", output.err);
        assert_eq!(output.err.contains("1,1,1"), code != 0, "{networks}: {}", output.err);
        server.stop();
    }
    let output = run("serve --allow-from localhost 0");
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert!(output.err.contains("network: \"localhost\" is neither an IP address"), "{}", output.err);
}

#[test]
fn a_limit_is_said_to_the_one_who_meets_it() {
    let server = Server::start("--max-associations 1");
    let first = Running::start(&format!("echo -n 0 -i 30 127.0.0.1 {}", server.port));
    first.line();
    let second = run(&format!("echo 127.0.0.1 {}", server.port));
    assert_eq!(second.code, 2);
    assert!(second.err.contains("local limit exceeded (transient"), "{}", second.err);
    first.signal("INT");
    assert_eq!(first.end().code, 130);
}

#[test]
fn a_port_in_use_ends_it_before_it_starts() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = run(&format!("serve --bind 127.0.0.1 {port}"));
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert_golden("serve_port_in_use", &output.err);
}

#[test]
fn drains_until_the_last_association_has_ended() {
    let server = Server::start("");
    let client = Running::start(&format!("echo -n 3 -i 0.4 127.0.0.1 {}", server.port));
    client.line();
    server.running.signal("INT");
    let output = server.running.end();
    assert_eq!(output.code, 0);
    assert_golden("serve_drain", &format!("{}{}", output.err, output.out));
    assert_eq!(client.end().code, 0, "the open association could finish");
}

#[test]
fn a_drain_has_an_end() {
    let server = Server::start("--drain 0.3");
    let client = Running::start(&format!("echo -n 0 -i 30 127.0.0.1 {}", server.port));
    client.line();
    let begun = Instant::now();
    server.running.signal("TERM");
    assert_eq!(server.running.end().code, 0);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    client.signal("INT");
    assert_eq!(client.end().code, 130);
}

#[test]
fn the_second_ctrl_c_aborts() {
    let server = Server::start("--drain 600");
    let client = Running::start(&format!("echo -n 0 -i 0.05 127.0.0.1 {}", server.port));
    client.line();
    server.running.signal("INT");
    std::thread::sleep(Duration::from_millis(300));
    server.running.signal("INT");
    let output = server.running.end();
    assert_eq!(output.code, 130);
    assert!(output.out.contains("1 aborted"), "{}", output.out);
    let client = client.end();
    assert_eq!(client.code, 3, "{}", client.err);
    assert!(client.err.contains("association"), "{}", client.err);
}

#[test]
fn who_connects_and_asks_for_nothing_is_let_go_of_in_words() {
    let server = Server::start("-v -ta 0.3");
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0, "closed, without a word on the wire (PS3.8 AA-2)");
    let output = server.stop();
    let words = "no association request came within 300 ms (while associating, 127.0.0.1:";
    assert!(output.err.contains(words), "{}", output.err);
}

#[test]
fn nobody_can_make_a_terminal_do_things() {
    // An AE title of the peer's with an escape sequence: raw bytes, since no option lets it through.
    let server = Server::start("-v -d");
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let mut request = vec![0, 1, 0, 0];
    request.extend_from_slice(b"ANY-SCP         ");
    request.extend_from_slice(b"\x1b[31mRED\x07       ");
    request.extend_from_slice(&[0; 32]);
    super::scripted_peer::send_pdu(&mut stream, 0x01, &request);
    // Whatever it answers: it has read the title.
    super::scripted_peer::read_pdu(&mut stream);
    drop(stream);
    let output = server.stop();
    assert_eq!(output.code, 0);
    assert!(output.err.contains("RED"), "{:?}", output.err);
    assert!(!output.err.contains(['\x1b', '\x07']), "{:?}", output.err);
}
